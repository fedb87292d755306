from __future__ import annotations

import os
import random
from pathlib import Path

import pytest

from vidsearch_sdk.errors import VideoNotFound
from vidsearch_sdk.store.uri import absolute, display_name, path_of, uri_of

NAMES = [
    b"plain.mkv",
    b"new\nline.mkv",
    b'\'"quotes".mkv',
    b"-rf.mkv",
    b"bad \xff\xfe utf8.mkv",
    b"100%25.mkv",
    b"[1] * ?.mkv",
    "ünï – 日本 \u202egnp.mkv".encode(),
    b"http:x.mp4",
    b"#fragment?query;param&a=b+c.mkv",
    b"\\back\\slash",
    bytes(range(1, 47)) + bytes(range(48, 255)),
]


@pytest.mark.parametrize("name", NAMES)
def test_a_uri_loses_no_byte(name: bytes) -> None:
    path = Path("/films", os.fsdecode(name))
    uri = uri_of(path)
    assert uri.isascii()
    assert uri.isprintable()
    assert path_of(uri) == path


def test_a_uri_loses_no_byte_of_random_names() -> None:
    rng = random.Random(1)
    for _ in range(300):
        name = bytes(byte for byte in rng.randbytes(40) if byte not in b"/\0") or b"x"
        path = Path("/f", os.fsdecode(name))
        assert path_of(uri_of(path)) == path


def test_it_is_the_uri_that_others_write() -> None:
    path = Path("/films/a b [x]#%é.mkv")
    assert path_of(path.as_uri()) == path
    assert path_of("file://localhost/films/x") == Path("/films/x")


@pytest.mark.parametrize("uri", ["s3://bucket/x", "file://server/x", "file:relative", "", "/films/x"])
def test_other_uris_are_refused(uri: str) -> None:
    with pytest.raises(VideoNotFound):
        path_of(uri)


@pytest.mark.parametrize("name", NAMES)
def test_display_names_are_safe(name: bytes) -> None:
    shown = display_name(os.fsdecode(b"/films/" + name))
    assert shown
    assert shown.encode()
    assert not any(char in shown for char in "\n\r\x00\x1b\x7f\u202e\u200f\u2066")


def test_display_names_are_bounded_composed_and_never_empty() -> None:
    assert display_name("/f/" + "x" * 5000) == "x" * 1000
    assert display_name("/f/e\u0301.mkv") == "é.mkv"
    assert display_name("/f/\n") == "unnamed"


def test_absolute(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    assert absolute("~/a.mkv") == tmp_path / "a.mkv"
    assert absolute("./x//y.mkv") == tmp_path / "x" / "y.mkv"
    assert absolute("~nobody-of-that-name.mkv") == tmp_path / "~nobody-of-that-name.mkv"
    (tmp_path / "~").write_bytes(b"a file of that name")
    assert absolute("~") == tmp_path / "~"


def test_two_dots_after_a_link_lead_where_the_system_goes(tmp_path: Path) -> None:
    (tmp_path / "real" / "deep").mkdir(parents=True)
    (tmp_path / "link").symlink_to(tmp_path / "real" / "deep")
    (tmp_path / "real" / "film.mkv").write_bytes(b"x")
    assert absolute(tmp_path / "link" / ".." / "film.mkv").read_bytes() == b"x"
    assert absolute(tmp_path / "link") == tmp_path / "link"
