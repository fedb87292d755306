"""Files come into being whole or not at all, and take nobody's place unasked."""

import errno
import os
import threading

import pytest

from vidsearch_sdk.errors import StorageError
from vidsearch_sdk.video.into_place import FileTaken, into_place, refused


def write(path, text, *, overwrite=False):
    with into_place(path, overwrite=overwrite) as aside:
        aside.write_text(text)


def test_of_many_at_once_one_wins(tmp_path):
    path, outcomes = tmp_path / "a.csv", []

    def one(text):
        try:
            write(path, text)
            outcomes.append(text)
        except FileTaken:
            outcomes.append("")

    threads = [threading.Thread(target=one, args=(str(n) * 100_000,)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    (winner,) = [text for text in outcomes if text]
    assert path.read_text() == winner
    assert [one.name for one in tmp_path.iterdir()] == ["a.csv"]


@pytest.mark.parametrize("links", [True, False])
def test_a_file_is_replaced_only_if_told(tmp_path, monkeypatch, links):
    def no_links(*_):
        raise OSError(errno.EPERM, os.strerror(errno.EPERM))

    if not links:
        monkeypatch.setattr(os, "link", no_links)
    path = tmp_path / "new" / "a.csv"
    write(path, "one")
    with pytest.raises(FileTaken, match=r"a\.csv exists; choose another name or pass overwrite=True"):
        write(path, "two")
    assert path.read_text() == "one"
    write(path, "three", overwrite=True)
    assert path.read_text() == "three"
    assert [one.name for one in path.parent.iterdir()] == ["a.csv"]


def test_a_link_that_leads_nowhere_is_in_the_way_too(tmp_path):
    path = tmp_path / "a.csv"
    path.symlink_to(tmp_path / "gone")
    with pytest.raises(FileTaken):
        write(path, "one")
    write(path, "two", overwrite=True)
    assert not path.is_symlink()


@pytest.mark.parametrize("reason", [KeyboardInterrupt, OSError, ValueError, FileExistsError])
def test_what_stops_it_comes_through_and_leaves_nothing(tmp_path, reason):
    path = tmp_path / "a.csv"
    path.write_text("older")

    def write_half():
        with into_place(path, overwrite=True) as aside:
            aside.write_text("half")
            raise reason

    with pytest.raises(reason):
        write_half()
    assert path.read_text() == "older"
    assert [one.name for one in tmp_path.iterdir()] == ["a.csv"]


def test_errors_name_the_folder_and_a_remedy(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(StorageError, match=r"the folder .*file/b cannot be made \(.*\); choose another"):
        write(tmp_path / "file" / "b" / "a.csv", "one")
    (tmp_path / "folder.csv").mkdir()
    with pytest.raises(StorageError, match=r"folder\.csv is a folder; give the name of a file in it") as told:
        write(tmp_path / "folder.csv", "one", overwrite=True)
    assert not isinstance(told.value, FileTaken)
    for number, remedy in (
        (errno.ENOSPC, "make room"),
        (errno.ENAMETOOLONG, "shorter"),
        (errno.EIO, "folder"),
    ):
        error = refused(OSError(number, os.strerror(number)), tmp_path / "a\x1b.csv")
        assert str(error).startswith(f"a\\x1b.csv cannot be written in {tmp_path} ({os.strerror(number)}); ")
        assert remedy in str(error).split("; ")[1]
