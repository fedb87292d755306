"""Workers and children load nothing that they do not need."""

from __future__ import annotations

import subprocess
import sys

import pytest


@pytest.mark.parametrize(
    ("modules", "unwanted"),
    [
        ("vidsearch_sdk.ingest.child", "torch distributed dask pandas av cv2 numpy"),
        ("vidsearch_sdk.ingest.child_jobs", "torch distributed dask open_clip fsspec"),
        ("vidsearch_sdk.ingest.run", "torch distributed dask open_clip av cv2"),
        ("vidsearch_sdk.ingest.dask_run", "torch open_clip av cv2"),
        ("vidsearch_sdk.ingest.clip_frames", "torch distributed dask open_clip av cv2"),
    ],
)
def test_a_module_leaves_the_heavy_ones_unloaded(modules: str, unwanted: str) -> None:
    code = f"import sys, {modules}; print([name for name in {unwanted.split()} if name in sys.modules])"
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert answer.stdout.strip() == "[]"


@pytest.mark.parametrize("room", ["ingest", "shots", "store", "video"])
def test_no_module_of_these_rooms_loads_torch(room: str) -> None:
    code = f"""
import importlib, pkgutil, sys
import vidsearch_sdk.{room} as room
names = [module.name for module in pkgutil.iter_modules(room.__path__)]
for name in names:
    importlib.import_module("vidsearch_sdk.{room}." + name)
assert names and "torch" not in sys.modules, names
"""
    subprocess.run([sys.executable, "-c", code], check=True)
