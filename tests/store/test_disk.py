"""One contract for every place where a catalog may lie."""

from __future__ import annotations

import errno
import os
import pickle
import threading
from pathlib import Path

import pytest

from vidsearch_sdk.errors import CatalogBusy, CatalogError, CatalogTooNew, StorageError
from vidsearch_sdk.store import object_disk
from vidsearch_sdk.store.disk import Disk, open_disk, refused
from vidsearch_sdk.store.local_disk import LocalDisk


def _write(disk: Disk, name: str, data: bytes) -> None:
    with disk.create(name) as out:
        out.write(data)
    disk.sync(name.rpartition("/")[0])


def test_what_is_written_is_read(disk: Disk) -> None:
    data = bytes(range(256)) * 20_000  # more than one block
    with disk.create("films/ab/part") as out:
        for at in range(0, len(data), 70_000):
            out.write(data[at : at + 70_000])
    disk.sync("films/ab")
    import hashlib

    assert (out.bytes, out.sha256) == (len(data), hashlib.sha256(data).hexdigest())
    assert disk.read("films/ab/part") == data
    assert disk.read("films/ab/part", start=10, end=20) == data[10:20]
    assert disk.read("films/ab/part", start=len(data) - 3, end=len(data) + 9) == data[-3:]
    assert disk.size("films/ab/part") == len(data)
    assert disk.local("films/ab/part").read_bytes() == data


def test_put_replaces(disk: Disk) -> None:
    disk.put("published/CURRENT", b"one")
    disk.put("published/CURRENT", b"two, longer")
    assert disk.read("published/CURRENT") == b"two, longer"
    assert disk.names("published") == ["CURRENT"]


def test_what_is_not_there(disk: Disk) -> None:
    with pytest.raises(FileNotFoundError):
        disk.read("films/none")
    assert disk.size("films/none") is None
    assert disk.names("films") == []
    assert disk.walk("films") == []
    assert disk.find("films", "film.json") == []
    disk.remove("films/none")
    disk.remove_folder("films")


def test_listing(disk: Disk) -> None:
    for name in (
        "films/ab/x1/film.json",
        "films/ab/x1/part",
        "films/cd/y2/film.json",
        "films/cd/y2/deep/film.json",
    ):
        _write(disk, name, b"12345")
    assert disk.names("films") == ["ab", "cd"]
    assert disk.names("films/ab/x1") == ["film.json", "part"]
    assert disk.find("films", "film.json") == ["films/ab/x1/film.json", "films/cd/y2/film.json"]
    assert [file.name for file in disk.walk("films")] == [
        "films/ab/x1/film.json",
        "films/ab/x1/part",
        "films/cd/y2/deep/film.json",
        "films/cd/y2/film.json",
    ]
    assert {file.bytes for file in disk.walk("")} == {5}
    import time

    assert all(abs(file.modified_s - time.time()) < 60 for file in disk.walk("films/cd"))
    assert disk.read_many(["films/ab/x1/part", "films/none"]) == {"films/ab/x1/part": b"12345"}
    assert disk.read_many([]) == {}
    disk.remove("films/ab/x1/part")
    assert disk.names("films/ab/x1") == ["film.json"]


def test_a_write_that_fails_leaves_nothing(disk: Disk) -> None:
    class StopError(Exception):
        pass

    def interrupted() -> None:
        with disk.create("films/part") as out:
            out.write(b"x" * 3_000_000)
            raise StopError

    with pytest.raises(StopError):
        interrupted()
    assert disk.size("films/part") is None
    _write(disk, "films/part", b"again")
    assert disk.read("films/part") == b"again"


@pytest.mark.parametrize(
    "name", ["", "/etc/passwd", "../up", "films/../../up", "films//x", "a\0b", "a\\b", "./x"]
)
def test_names_stay_within(disk: Disk, name: str) -> None:
    with pytest.raises(CatalogError, match="not a name within a catalog"):
        disk.put(name, b"")


def test_a_disk_travels_to_other_processes(disk: Disk) -> None:
    disk.put("films/x", b"1")
    disk.refuse_writes("too new")
    copy = pickle.loads(pickle.dumps(disk))
    assert copy.read("films/x") == b"1"
    assert copy.location == disk.location
    with pytest.raises(CatalogTooNew, match="too new"):
        copy.put("films/x", b"2")


def test_writes_can_be_refused(disk: Disk) -> None:
    disk.put("films/x", b"1")
    disk.refuse_writes("newer")
    for write in (
        lambda: disk.put("films/x", b"2"),
        lambda: disk.remove("films/x"),
        lambda: disk.create("films/y").__enter__(),
        lambda: disk.lock("films").__enter__(),
    ):
        with pytest.raises(CatalogTooNew):
            write()
    assert disk.read("films/x") == b"1"


def test_a_lock_lets_one_in_at_a_time(disk: Disk) -> None:
    disk.put("films/count", b"0")

    def count() -> None:
        other = pickle.loads(pickle.dumps(disk))
        for _ in range(10):
            with other.lock("films"):
                other.put("films/count", str(int(other.read("films/count")) + 1).encode())

    threads = [threading.Thread(target=count) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert disk.read("films/count") == b"40"


def test_waiting_for_a_lock_ends(disk: Disk) -> None:
    with disk.lock("films"), pytest.raises(CatalogBusy, match=r"for more than 0\.1 s"):
        disk.lock("films", wait_s=0.1).__enter__()
    with disk.lock("films"):
        pass


def test_the_lock_of_a_dead_writer_of_a_store_is_broken(disk: Disk, monkeypatch: pytest.MonkeyPatch) -> None:
    if disk.is_local:
        # The system frees the lock of a process that was killed; the file that is left is no lock.
        disk.put("films/.lock", b"left over")
    else:
        disk.put("films/.lock", b"0123456789abcdef")
        with pytest.raises(CatalogBusy):
            disk.lock("films", wait_s=0.05).__enter__()
        monkeypatch.setattr(object_disk, "LEASE_S", -1.0)
    with disk.lock("films", wait_s=0.05):
        pass


def test_a_local_copy_is_fetched_again_when_asked(disk: Disk) -> None:
    disk.put("published/x", b"right")
    copy = disk.local("published/x")
    if not disk.is_local:
        copy.write_bytes(b"wrong")
        assert disk.local("published/x").read_bytes() == b"wrong"
    assert disk.local("published/x", fresh=True).read_bytes() == b"right"


def test_a_name_is_never_written_twice(tmp_path: Path) -> None:
    disk = LocalDisk(tmp_path)
    _write(disk, "films/part", b"first")
    with pytest.raises(StorageError, match="File exists"):
        _write(disk, "films/part", b"second")
    assert disk.read("films/part") == b"first"


def test_only_regular_files_are_read(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "folder").mkdir()
    for name in ("pipe", "folder"):
        with pytest.raises(StorageError, match="not a regular file"):
            LocalDisk(tmp_path).read(name)
        assert LocalDisk(tmp_path).size(name) is None


def test_no_permission_is_said(tmp_path: Path) -> None:
    error = refused("write", "film.json", str(tmp_path), PermissionError(errno.EACCES, "Permission denied"))
    assert isinstance(error, StorageError)
    assert "Permission denied. Give this user the right" in str(error)


def test_secrets_of_a_store_are_never_shown() -> None:
    class Broken(object_disk.ObjectDisk):
        def _connect(self) -> None:
            self._root = "bucket"
            self._fs = None

    disk = Broken("memory://bucket", {"key": "hidden", "secret": "very-hidden"})
    with pytest.raises(StorageError) as caught:
        disk.read("films/x")
    assert "hidden" not in f"{caught.value} {disk!r}"


def test_open_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    assert open_disk("~/films").location == str(tmp_path / "films")
    assert open_disk((tmp_path / "a b").as_uri()).location == str(tmp_path / "a b")
    monkeypatch.chdir(tmp_path)
    assert open_disk("films").location == str(tmp_path / "films")
    assert open_disk("memory://bucket/prefix/").location == "memory://bucket/prefix"
    with pytest.raises(CatalogError, match="empty"):
        open_disk("")
    with pytest.raises(CatalogError, match="local folder"):
        open_disk(tmp_path, storage_options={"key": "x"})
    with pytest.raises(CatalogError, match="nonsense"):
        open_disk("nonsense://bucket")
