"""What the examples in docstrings may take for granted."""

from __future__ import annotations

from typing import Any

import pytest


@pytest.fixture(autouse=True)
def _sample_catalog(request: pytest.FixtureRequest, doctest_namespace: dict[str, Any]) -> None:
    """Give the example of ``ShotIndex`` a segmented catalog and an encoder, and make them for no other."""
    if request.node.name != "vidsearch_sdk.shot_index.ShotIndex":
        return
    import vidsearch_sdk as vs
    from vidsearch_sdk.sample.assets import film_path

    catalog = vs.Catalog(request.getfixturevalue("tmp_path") / "catalog")
    catalog.add(film_path())
    catalog.segment(progress=False)
    doctest_namespace.update(catalog=catalog, encoder=vs.Encoder("sample"))
