"""The public names are those that are promised, each importable, and the package is cheap to import."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import vidsearch_sdk
from vidsearch_sdk import errors

PACKAGE = Path(vidsearch_sdk.__file__).parent


def test_names_are_sorted_and_all_can_be_had():
    assert vidsearch_sdk.__all__ == sorted(vidsearch_sdk.__all__)
    for name in vidsearch_sdk.__all__:
        assert getattr(vidsearch_sdk, name).__name__.lower() == name.lower()
        assert getattr(vidsearch_sdk, name).__doc__, name


def test_every_error_is_public_and_in_the_drawn_tree():
    classes = {name for name, thing in vars(errors).items() if isinstance(thing, type)}
    assert classes <= set(vidsearch_sdk.__all__)
    for name in classes:
        assert issubclass(getattr(errors, name), errors.VidsearchError)
        assert name in (errors.__doc__ or "")


def test_an_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="no attribute 'Catalogue'"):
        vidsearch_sdk.Catalogue  # noqa: B018


@pytest.mark.parametrize(
    "module", ["", ".shots.boundaries", ".ingest.run", ".ingest.one_film", ".store.films", ".catalog", ".cli"]
)
def test_workers_do_not_load_torch(module):
    code = f"import sys, vidsearch_sdk{module}; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


@pytest.mark.parametrize(
    ("imported", "room"),
    [
        ("pyarrow.parquet", "store"),
        ("av", "video"),
        ("cv2", "shots"),
        ("usearch", "index"),
        ("open_clip", "encoding"),
    ],
)
def test_one_room_alone_imports_a_library(imported, room):
    # import-linter knows libraries by their first name only; this also sees pyarrow.parquet.
    users = set()
    for path in PACKAGE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            names = []
            if isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                names = [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
            if any(name == imported or name.startswith(f"{imported}.") for name in names):
                users.add(path.relative_to(PACKAGE).parts[0])
    assert users == {room}
