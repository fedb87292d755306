"""What every test may use."""

from __future__ import annotations

import os
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def real_videos() -> Path:
    """The folder of real films, odd formats and broken files beside the checkout."""
    folder = Path(__file__).resolve().parents[2] / "shared" / "videos"
    if not (folder / "cuts.json").is_file():
        reason = f"real footage is missing: no {folder}"
        if os.environ.get("CI") == "true":
            pytest.fail(reason)
        pytest.skip(reason)
    return folder


@pytest.fixture(scope="session")
def sample_index(tmp_path_factory):
    """The sample film, segmented and searched by the sample encoder; tests only read it."""
    import vidsearch_sdk as vs
    from vidsearch_sdk.sample.assets import film_path

    catalog = vs.Catalog(tmp_path_factory.mktemp("sample") / "catalog")
    catalog.add(film_path())
    catalog.segment(progress=False)
    return vs.ShotIndex.build(catalog, vs.Encoder("sample"), progress=False)
