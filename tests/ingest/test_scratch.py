"""Scratch folders go, whatever happens to who made them."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from vidsearch_sdk.errors import StorageError
from vidsearch_sdk.ingest.scratch import Scratch, remove_abandoned


def test_a_folder_is_private_and_goes_with_all_that_is_in_it(tmp_path: Path) -> None:
    scratch = Scratch(tmp_path)
    assert scratch.path.stat().st_mode & 0o777 == 0o700
    (scratch.job("job-1") / "frames.arrow").write_bytes(b"x")
    scratch.remove()
    scratch.remove()
    assert list(tmp_path.iterdir()) == []


def test_the_folder_of_a_killed_process_is_removed_by_the_next(tmp_path: Path) -> None:
    code = (
        "import os, signal; from pathlib import Path; from vidsearch_sdk.ingest.scratch import Scratch; "
        f"s = Scratch(Path({str(tmp_path)!r})); s.job('job-1'); os.kill(os.getpid(), signal.SIGKILL)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == -9
    (left,) = tmp_path.iterdir()
    mine = Scratch(tmp_path)
    assert not left.exists()
    assert mine.path.exists()
    mine.remove()


def test_folders_of_the_living_and_of_others_stay(tmp_path: Path) -> None:
    mine = Scratch(tmp_path)
    (tmp_path / "vidsearch-scratch-new").mkdir()  # its owner died before it took the lock
    (tmp_path / "vidsearch-scratch-odd").mkdir()
    (tmp_path / "vidsearch-scratch-odd" / "file").touch()  # whatever that is, it is not known to be ours
    (tmp_path / "films").mkdir()
    (tmp_path / "films" / "film.mp4").touch()
    (tmp_path / "vidsearch-scratch-link").symlink_to(tmp_path / "films")
    assert remove_abandoned(tmp_path) == 1
    assert mine.path.exists()
    assert not (tmp_path / "vidsearch-scratch-new").exists()
    assert (tmp_path / "vidsearch-scratch-odd" / "file").exists()
    assert (tmp_path / "films" / "film.mp4").exists()
    mine.remove()


def test_a_place_where_nothing_can_be_made_is_told(tmp_path: Path) -> None:
    with pytest.raises(StorageError, match=r"no scratch folder can be made in .*nowhere"):
        Scratch(tmp_path / "nowhere")
