"""The user's files: which ones are meant, and what their content is. Nothing is ever written to them."""

from __future__ import annotations

import glob
import hashlib
import logging
import os
import stat
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from vidsearch_sdk.errors import VideoNotFound, VideoRejected
from vidsearch_sdk.store.uri import absolute, display_name, path_of

# fmt: off
VIDEO_SUFFIXES = frozenset({
    ".3g2", ".3gp", ".asf", ".avi", ".divx", ".dv", ".f4v", ".flv", ".m1v", ".m2t",
    ".m2ts", ".m2v", ".m4v", ".mkv", ".mov", ".mp4", ".mpe", ".mpeg", ".mpg", ".mpv",
    ".mts", ".mxf", ".ogm", ".ogv", ".qt", ".ts", ".vob", ".webm", ".wmv",
})
# fmt: on
"""Suffixes, in lower case, by which films are recognized in folders."""

PathLike = str | os.PathLike[str]

_KINDS = (
    (stat.S_ISDIR, "is a directory"),
    (stat.S_ISFIFO, "is a FIFO"),
    (stat.S_ISSOCK, "is a socket"),
    (stat.S_ISCHR, "is a device"),
    (stat.S_ISBLK, "is a device"),
)
_BLOCK = 1 << 21
_log = logging.getLogger("vidsearch_sdk")


@dataclass(frozen=True, slots=True)
class Content:
    """What a regular file holds: the film's id, its size in bytes and the time of its last change."""

    video_id: str
    bytes: int
    mtime_ns: int


def find_files(paths: PathLike | Iterable[PathLike], *, skip: Path | None = None) -> list[Path]:
    """Return the absolute paths of the files that are meant, each once, in the order given.

    A path that exists is taken as it is, even if its name holds ``*``, ``?`` or ``[``; otherwise it is a
    pattern (``**`` goes into folders). Folders are searched through, hidden files and folders left out, for
    the suffixes of ``VIDEO_SUFFIXES``; so are patterns that do not name a suffix themselves.

    Args:
        paths: One path or several; ``~`` is expanded, ``file://`` URIs are understood.
        skip: A folder to stay out of (the catalog's own).

    Raises:
        VideoNotFound: A path does not exist, or a folder or pattern leads to no video.
    """
    several = isinstance(paths, Iterable) and not isinstance(paths, str | bytes | os.PathLike)
    given: list[object] = list(paths) if several else [paths]  # type: ignore[arg-type]
    found: dict[Path, None] = {}
    for one in given:
        if not isinstance(one, str | os.PathLike) or not isinstance(os.fspath(one), str):
            raise VideoNotFound(f"{one!r} is not a path: give text or a pathlib.Path, or several of them.")
        found.update(dict.fromkeys(_meant(os.fspath(one), skip)))
    return list(found)


def _meant(text: str, skip: Path | None) -> Iterator[Path]:
    if "://" in text and not os.path.lexists(text):
        path = path_of(text)
    elif not text or "\0" in text:
        raise VideoNotFound(f"{text!r} is not a path.")
    else:
        path = absolute(text)
    if path.is_dir():
        yield from _some(list(_in_folder(path, skip)), f"no video in the folder {str(path)!r}")
    elif os.path.lexists(path):
        yield path
    elif any(map(glob.has_magic, _split(path)[1])):
        named = Path(text).suffix and not glob.has_magic(Path(text).suffix)
        matches = _matches(path)
        files = []
        for match in matches:
            if match.is_dir():
                files += list(_in_folder(match, skip))
            elif named or match.suffix.lower() in VIDEO_SUFFIXES:
                files.append(match)
        what = f"{len(matches)} matches, none of them a video" if matches else "no file matches"
        yield from _some(files, f"{what}: {text!r}")
    else:
        raise VideoNotFound(f"No such file or folder: {text!r}. {_nearest(path)}")


def _split(pattern: Path) -> tuple[Path, list[str]]:
    """Return the folder of a pattern that exists, and what is left of it.

    Folders that exist are meant literally, whatever their names: "/films [4k]/*.mkv".
    """
    root = Path(pattern.anchor)
    rest = list(pattern.parts[1:])
    while rest and (root / rest[0]).is_dir():
        root /= rest.pop(0)
    return root, rest


def _matches(pattern: Path) -> list[Path]:
    root, rest = _split(pattern)
    text = os.path.join(glob.escape(str(root)), *rest)  # noqa: PTH118
    return [Path(match) for match in sorted(glob.glob(text, recursive=True))]  # noqa: PTH207


def _some(files: list[Path], otherwise: str) -> list[Path]:
    if not files:
        raise VideoNotFound(
            f"{otherwise[0].upper()}{otherwise[1:]}. Folders are searched for videos by suffix (.mp4, …); "
            "name a file itself to take it whatever its suffix."
        )
    return files


def _nearest(path: Path) -> str:
    import difflib

    try:
        near = difflib.get_close_matches(path.name, os.listdir(path.parent), n=1)  # noqa: PTH208
    except OSError:
        return f"The folder {str(path.parent)!r} is not there either, or may not be read."
    return f"Did you mean {near[0]!r}?" if near else "Check the spelling."


def _in_folder(folder: Path, skip: Path | None) -> Iterator[Path]:
    seen: set[tuple[int, int]] = set()

    def refused(error: OSError) -> None:
        _log.warning("The folder %r was passed over: %s", error.filename, error.strerror)

    for inside, folders, files in os.walk(folder, followlinks=True, onerror=refused):
        here = os.stat(inside)  # noqa: PTH116
        # Links to folders are followed, so the same folder may come again, even within itself.
        if (here.st_dev, here.st_ino) in seen or (skip is not None and Path(inside) == skip):
            folders.clear()
            continue
        seen.add((here.st_dev, here.st_ino))
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(files):
            if not name.startswith(".") and os.path.splitext(name)[1].lower() in VIDEO_SUFFIXES:  # noqa: PTH122
                yield Path(inside, name)


def look_at(path: Path) -> tuple[int, int]:
    """Return size in bytes and time of the last change (ns) of a regular, not empty file, without opening it.

    Raises:
        VideoRejected: It is anything else; says what.
    """
    try:
        status = path.stat()
    except OSError as error:
        raise VideoRejected(_why_not(path, error)) from error
    return _check(status)


def read_content(path: Path, *, on_bytes: Callable[[int], object] | None = None) -> Content:
    """Read a file through and return its id, size and time of change.

    Args:
        path: A file; a FIFO or device is neither waited for nor read.
        on_bytes: Called with the number of bytes of each piece.

    Raises:
        VideoRejected: Not a regular file, empty, not readable, or changing while it was read.
    """
    look_at(path)
    digest = hashlib.sha256()
    try:
        # NONBLOCK: the file may have become a FIFO since it was looked at, and opening that would wait for
        # ever.
        fd = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOCTTY)
        with os.fdopen(fd, "rb", buffering=0) as file:
            before = _check(os.fstat(fd))
            buffer = bytearray(_BLOCK)
            view = memoryview(buffer)
            total = 0
            while count := file.readinto(buffer):
                digest.update(view[:count])
                total += count
                if on_bytes is not None:
                    on_bytes(count)
                if total > before[0]:
                    break
            after = _check(os.fstat(fd))
    except OSError as error:
        raise VideoRejected(_why_not(path, error)) from error
    if before != after or total != before[0]:
        raise VideoRejected("is being written to; add it again when it is complete")
    return Content(digest.hexdigest()[:16], *before)


def holds(path: Path, content: Content) -> bool:
    """Whether a file still holds that content; it is read only if its time of change is another."""
    try:
        found = look_at(path)
        if found == (content.bytes, content.mtime_ns):
            return True
        return found[0] == content.bytes and read_content(path).video_id == content.video_id
    except VideoRejected:
        return False


def _check(status: os.stat_result) -> tuple[int, int]:
    for is_kind, words in _KINDS:
        if is_kind(status.st_mode):
            raise VideoRejected(f"{words}, not a file")
    if status.st_size == 0:
        raise VideoRejected("is empty")
    return status.st_size, status.st_mtime_ns


def _why_not(path: Path, error: OSError) -> str:
    if isinstance(error, FileNotFoundError) and path.is_symlink():
        return f"is a link to {display_name(path.readlink())!r}, which does not exist"
    return f"cannot be read: {error.strerror}"
