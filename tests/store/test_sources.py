from __future__ import annotations

import hashlib
import os
import socket
import threading
import time
from pathlib import Path

import pytest

from vidsearch_sdk.errors import VideoNotFound, VideoRejected
from vidsearch_sdk.store.sources import find_files, holds, read_content


@pytest.fixture
def films(tmp_path: Path) -> Path:
    folder = tmp_path / "films [4k]"
    for name in (
        "b.mkv",
        "a.MP4",
        "deep/c.mov",
        "deep/.hidden.mkv",
        ".git/d.mkv",
        "notes.txt",
        "deep/film.srt",
    ):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(name.encode())
    return folder


def _names(found: list[Path], folder: Path) -> list[str]:
    return [str(path.relative_to(folder)) for path in found]


def test_folders_are_searched_for_videos(films: Path) -> None:
    assert _names(find_files(films), films) == ["a.MP4", "b.mkv", "deep/c.mov"]
    assert _names(find_files(films, skip=films / "deep"), films) == ["a.MP4", "b.mkv"]


def test_a_named_file_is_taken_whatever_its_suffix(films: Path) -> None:
    assert _names(find_files(films / "notes.txt"), films) == ["notes.txt"]
    assert _names(find_files(str(films / "deep" / ".hidden.mkv")), films) == ["deep/.hidden.mkv"]


@pytest.mark.parametrize(
    ("pattern", "found"),
    [
        ("*.mkv", ["b.mkv"]),
        ("*", ["a.MP4", "b.mkv", "deep/c.mov"]),
        ("**/*.mov", ["deep/c.mov"]),
        ("*.txt", ["notes.txt"]),
        ("[ab].*", ["a.MP4", "b.mkv"]),
        ("d??p", ["deep/c.mov"]),
    ],
)
def test_patterns(films: Path, pattern: str, found: list[str]) -> None:
    assert _names(find_files(f"{films}/{pattern}"), films) == found


def test_a_file_whose_name_looks_like_a_pattern_is_meant_itself(films: Path) -> None:
    for name in ("[ab].mkv", "*.mkv", "?.mkv"):
        (films / name).write_bytes(b"x")
        assert _names(find_files(films / name), films) == [name]


def test_several_paths_each_file_once_in_order(films: Path) -> None:
    found = find_files([films / "deep", f"{films}/b*", films])
    assert _names(found, films) == ["deep/c.mov", "b.mkv", "a.MP4"]
    assert find_files(iter([str(films)])) == find_files(films)
    assert find_files((films / "b.mkv").as_uri()) == [films / "b.mkv"]
    assert find_files([]) == []


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ("nothing.mkv", "No such file or folder"),
        ("no-folder/nothing.mkv", "is not there either"),
        ("b.mkw", "Did you mean 'b.mkv'"),
        ("*.webm", "No file matches"),
        ("not*", "1 matches, none of them a video"),
        (".git/../empty", "No video in the folder"),
    ],
)
def test_what_is_not_there_is_said(films: Path, given: str, words: str) -> None:
    (films / "empty").mkdir()
    with pytest.raises(VideoNotFound, match=words):
        find_files([films / "b.mkv", f"{films}/{given}"])


@pytest.mark.parametrize("given", ["", "a\0b", "s3://bucket/film.mkv", 7, None, b"bytes.mkv"])
def test_what_is_no_path_is_said(given: object) -> None:
    with pytest.raises(VideoNotFound):
        find_files([given])  # type: ignore[list-item]


def test_a_link_back_is_followed_once(films: Path) -> None:
    (films / "deep" / "loop").symlink_to(films)
    (films / "zlink").symlink_to(films / "deep")
    assert _names(find_files(films), films) == ["a.MP4", "b.mkv", "deep/c.mov"]


def test_content_is_known_by_its_hash(tmp_path: Path) -> None:
    data = os.urandom(5_000_000)
    path = tmp_path / "x"
    path.write_bytes(data)
    told: list[int] = []
    content = read_content(path, on_bytes=told.append)
    assert content.video_id == hashlib.sha256(data).hexdigest()[:16]
    assert (content.bytes, content.mtime_ns) == (len(data), path.stat().st_mtime_ns)
    assert sum(told) == len(data)
    assert holds(path, content)
    os.utime(path)
    assert holds(path, content)
    path.write_bytes(data[::-1])
    assert not holds(path, content)
    path.unlink()
    assert not holds(path, content)


def test_only_regular_files_are_read_and_nothing_waits(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "folder").mkdir()
    (tmp_path / "dangling").symlink_to("nowhere\n")
    (tmp_path / "loop").symlink_to("loop")
    (tmp_path / "empty").touch()
    (tmp_path / "zero").symlink_to("/dev/zero")
    with socket.socket(socket.AF_UNIX) as server:
        here = Path.cwd()
        os.chdir(tmp_path)  # the path of a socket is short
        server.bind("socket")
        os.chdir(here)
        expected = {
            "pipe": "is a FIFO",
            "folder": "is a directory",
            "dangling": "is a link to 'nowhere', which does not exist",
            "loop": "cannot be read: Too many levels",
            "empty": "is empty",
            "zero": "is a device",
            "socket": "is a socket",
            "gone": "cannot be read: No such file",
        }
        began = time.monotonic()
        for name, words in expected.items():
            with pytest.raises(VideoRejected, match=words):
                read_content(tmp_path / name)
        assert time.monotonic() - began < 5


def test_a_file_that_became_a_fifo_is_not_waited_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "film.mkv"
    os.mkfifo(path)
    from vidsearch_sdk.store import sources

    # What was looked at a moment ago was a file.
    monkeypatch.setattr(sources, "look_at", lambda path: (5, 5))
    caught: list[BaseException] = []

    def read() -> None:
        try:
            read_content(path)
        except VideoRejected as error:
            caught.append(error)

    thread = threading.Thread(target=read, daemon=True)
    thread.start()
    thread.join(10)
    assert "is a FIFO" in str(caught[0])


def test_a_file_that_is_being_written_is_noticed(tmp_path: Path) -> None:
    path = tmp_path / "film.mkv"
    path.write_bytes(bytes(5_000_000))

    def grow(count: int) -> None:
        with path.open("ab") as file:
            file.write(b"more")

    with pytest.raises(VideoRejected, match="being written to"):
        read_content(path, on_bytes=grow)

    def shrink(count: int) -> None:
        os.truncate(path, 10)

    with pytest.raises(VideoRejected, match="being written to"):
        read_content(path, on_bytes=shrink)


@pytest.mark.parametrize("paths", [None, 7, b"film.mp4", [b"film.mp4"], [None]])
def test_what_is_no_path_is_named(paths: object) -> None:
    with pytest.raises(VideoNotFound, match=r"(None|7|b'film.mp4') is not a path"):
        find_files(paths)  # type: ignore[arg-type]
