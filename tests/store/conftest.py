"""A catalog's place, on a disk and on an object store."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from pathlib import Path

import fsspec
import pytest

from vidsearch_sdk.store.disk import Disk, open_disk


@pytest.fixture(params=["local", "memory"])
def disk(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Disk]:
    """An empty place of each kind: what holds for one must hold for the other."""
    if request.param == "local":
        yield open_disk(tmp_path / "catalog")
        return
    # Copies of an object store's files are kept in the user's cache; a test keeps them to itself.
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    url = f"memory://{uuid.uuid4().hex}/prefix"
    yield open_disk(url)
    fsspec.filesystem("memory").store.clear()
