"""Small mp4s of shots for the player, kept on disk as long as there is room."""

from __future__ import annotations

import logging
import os
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import xxhash

from vidsearch_sdk.errors import QueryError
from vidsearch_sdk.results.proxy_file import PART_SUFFIX, KeptProxy, ProxyPart

if TYPE_CHECKING:
    from vidsearch_sdk.results.hit import Hit
    from vidsearch_sdk.video.probe import VideoInfo
    from vidsearch_sdk.video.proxies import Proxy

log = logging.getLogger("vidsearch_sdk")

_File = tuple[str, int, int]
_FILMS_KNOWN = 256
_PART_LIVES_S = 3600.0  # what nobody wrote to for so long belongs to a process that is gone


class Playing(Protocol):
    """What is played: an iterable, once, of the bytes of an mp4, a megabyte or one fragment at a time."""

    @property
    def mime(self) -> str:
        """Type and codecs as ``MediaSource`` takes them; known from the first chunk on."""

    @property
    def times(self) -> list[float]:
        """Start of every frame in seconds of the proxy, the first 0.0; whole at the end."""

    @property
    def duration_s(self) -> float:
        """Length in seconds; right at the end."""

    def __iter__(self) -> Iterator[bytes]:
        """Give the bytes."""


class ProxyCache:
    """Plays shots as small mp4s; what was played once is there at once the next time.

    Safe for several threads and processes at a time: a proxy is written aside and renamed when it is whole.
    A folder that cannot be written, or a full disk, costs the keeping only, and a damaged file is made again.

    Args:
        folder: Where proxies are kept; by default ``vidsearch_sdk/proxies`` in the user's folder of caches
            (``XDG_CACHE_HOME``, ``~/.cache``, ``~/Library/Caches`` or ``%LOCALAPPDATA%``).
        max_bytes: What all kept proxies may take together; those not played for longest go first.

    Attributes:
        folder: Where they are kept.

    Raises:
        ValueError: ``max_bytes`` is below 0.
    """

    def __init__(self, folder: str | os.PathLike[str] | None = None, *, max_bytes: int = 500_000_000) -> None:
        if max_bytes < 0:
            raise ValueError(f"max_bytes must be 0 or more, not {max_bytes}")
        self.folder = Path(folder) if folder is not None else _user_caches() / "vidsearch_sdk" / "proxies"
        self._max_bytes = max_bytes
        self._guard = threading.Lock()
        self._played: Counter[str] = Counter()
        self._known: dict[_File, VideoInfo] = {}
        self._told = False

    @contextmanager
    def play(self, hit: Hit) -> Iterator[Playing]:
        """Play a hit, or a whole span: from the cache, or made while it is read and kept once it is whole.

        Work is done only while the next chunk is asked for: whoever stops asking stops it.

        Yields:
            What is played; iterate over it inside the ``with``.

        Raises:
            VideoNotFound: The film's file has moved or is gone; the message says what to do.
            VideoError: The film cannot be decoded.
            StorageError: The system refuses to read the film.
            QueryError: The hit was made without a catalog.
        """
        if hit.footage is None:
            raise QueryError(f"the hit {hit.shot_id} was made without a catalog: it cannot be played")
        film = hit.footage.path(hit.video_id)
        from vidsearch_sdk.video.proxies import LOOK, open_proxy

        # Hashed: no part of the name comes from outside.
        key = f"{hit.video_id} {hit.start_pts} {hit.end_pts} {LOOK}"
        name = f"{xxhash.xxh3_128_hexdigest(key.encode())}.mp4"
        with self._in_use(name):
            kept = self._kept(self.folder / name)
            if kept is not None:
                with closing(kept):
                    yield kept
                return
            file = _file_of(film)
            info = self._known.get(file)
            with open_proxy(film, start_pts=hit.start_pts, end_pts=hit.end_pts, info=info) as proxy:
                self._remember(file, proxy.info)
                part = ProxyPart(self.folder / name, max_bytes=self._max_bytes)
                with closing(part):
                    yield _Made(proxy, part)
                if part.error is not None:
                    self._tell(part.error)

    @contextmanager
    def _in_use(self, name: str) -> Iterator[None]:
        with self._guard:
            self._played[name] += 1
        try:
            yield
        finally:
            with self._guard:
                self._played[name] -= 1
                self._played += Counter()  # names that nobody plays any more are forgotten
            self._make_room()

    def _remember(self, file: _File, info: VideoInfo | None) -> None:
        with self._guard:
            if info is not None:
                self._known[file] = info
            while len(self._known) > _FILMS_KNOWN:
                del self._known[next(iter(self._known))]

    @staticmethod
    def _kept(path: Path) -> KeptProxy | None:
        try:
            kept = KeptProxy(path)
        except FileNotFoundError:
            return None
        except (OSError, ValueError) as error:
            log.info("a kept proxy is damaged (%s): it is made again", error)
            return None
        with suppress(OSError):
            os.utime(path)
        return kept

    def _tell(self, error: OSError) -> None:
        # Once: with every click it would be no news.
        if not self._told:
            self._told = True
            log.warning("%s: %s; shots play, but are made anew each time", self.folder, error.strerror)

    def _make_room(self) -> None:
        files, now = [], time.time()
        try:
            found = list(os.scandir(self.folder))
        except OSError:
            return
        with self._guard:
            for entry in found:
                # Another process may take it away at any moment.
                with suppress(OSError):
                    known = entry.stat()
                    if entry.name.endswith(".mp4"):
                        files.append((known.st_mtime_ns, entry.name, known.st_size))
                    elif entry.name.endswith(PART_SUFFIX) and now - known.st_mtime > _PART_LIVES_S:
                        Path(entry).unlink()
            taken = sum(size for *_, size in files)
            for _, name, size in sorted(files):
                if taken <= self._max_bytes:
                    break
                if not self._played[name]:
                    with suppress(OSError):
                        (self.folder / name).unlink()
                    taken -= size


class _Made:
    """A proxy that is made and kept while it is read."""

    def __init__(self, proxy: Proxy, part: ProxyPart) -> None:
        self._proxy = proxy
        self._part = part

    @property
    def mime(self) -> str:
        return self._proxy.mime

    @property
    def times(self) -> list[float]:
        return self._proxy.times

    @property
    def duration_s(self) -> float:
        return self._proxy.duration_s

    def __iter__(self) -> Iterator[bytes]:
        for chunk in self._proxy:
            self._part.add(chunk)
            yield chunk
        self._part.keep(mime=self.mime, times=self.times, duration_s=self.duration_s)


def _file_of(film: str | os.PathLike[str]) -> _File:
    # A film that was written over is another one.
    try:
        found = os.stat(film)  # noqa: PTH116
    except OSError:
        return str(film), 0, 0
    return str(film), found.st_size, found.st_mtime_ns


def _user_caches() -> Path:
    told = os.environ.get("XDG_CACHE_HOME", "")
    # A relative one is to be ignored (XDG Base Directory Specification).
    if Path(told).is_absolute():
        return Path(told)
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Caches"
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local")
    return Path.home() / ".cache"
