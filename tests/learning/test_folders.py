"""Two runs never work in one folder, also where the first removes it at its end."""

import shutil
import threading

import pytest

from vidsearch_sdk.errors import StorageError
from vidsearch_sdk.learning import folders
from vidsearch_sdk.learning.folders import held


def test_a_folder_that_was_removed_meanwhile_is_made_and_held_anew(tmp_path, monkeypatch):
    work = tmp_path / "out.work"
    real, opened = folders._lock, []

    def removed_meanwhile(file, place):
        if not opened:
            # As the end of another run does, just before this one asks for the lock.
            shutil.rmtree(place)
        opened.append(file)
        real(file, place)

    monkeypatch.setattr(folders, "_lock", removed_meanwhile)
    with held(work):
        assert len(opened) == 2
        assert (work / "lock").exists()
        said = []

        def other():
            with pytest.raises(StorageError, match="another run is at work"), held(work):
                said.append("entered")

        thread = threading.Thread(target=other)
        thread.start()
        thread.join()
        assert not said
    assert not work.exists()


def test_a_run_may_remove_its_folder_while_it_holds_it(tmp_path):
    with held(tmp_path / "out.work"):
        shutil.rmtree(tmp_path / "out.work")
    assert not list(tmp_path.iterdir())
