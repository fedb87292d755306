"""One proxy on disk: the bytes of the mp4, and behind them, in a box that players skip, what it is."""

from __future__ import annotations

import json
import os
import struct
import uuid
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import BinaryIO

import xxhash

from vidsearch_sdk.errors import StorageError

PART_SUFFIX = ".part"
"""How a file ends that is still being written."""

_FIRST_CHUNK, _LARGEST_CHUNK = 1 << 16, 1 << 20
_END = struct.Struct(">I8s")
_MAGIC = b"vsproxy1"


@dataclass(frozen=True, slots=True)
class _Facts:
    mime: str
    times: list[float]
    duration_s: float
    size: int
    digest: str


class KeptProxy:
    """A proxy from disk, checked; iterate over it once, then close it.

    Args:
        path: As :class:`ProxyPart` wrote it.

    Attributes:
        mime: Type and codecs as ``MediaSource`` takes them.
        times: Start of every frame in seconds of the proxy.
        duration_s: Its length in seconds.

    Raises:
        OSError: It cannot be read.
        ValueError: It is not what was written.
    """

    def __init__(self, path: Path) -> None:
        self._file = path.open("rb")
        try:
            facts = _read_facts(self._file)
        except BaseException:
            self._file.close()
            raise
        self._size = facts.size
        self.mime, self.times, self.duration_s = facts.mime, facts.times, facts.duration_s

    def __iter__(self) -> Iterator[bytes]:
        self._file.seek(0)
        # Small at first: it plays before all of it has come.
        left, chunk = self._size, _FIRST_CHUNK
        while left:
            data = self._file.read(min(left, chunk))
            if not data:
                raise StorageError("a kept proxy was cut while it was read; play the shot again")
            left -= len(data)
            chunk = min(2 * chunk, _LARGEST_CHUNK)
            yield data

    def close(self) -> None:
        """Close the file."""
        self._file.close()


class ProxyPart:
    """A proxy that is being written, aside of the place that it takes once it is whole.

    Args:
        path: That place.
        max_bytes: A larger one is not kept.

    Attributes:
        error: Why it cannot be kept, once the disk has refused.
    """

    def __init__(self, path: Path, *, max_bytes: int) -> None:
        self._path = path
        self._aside = path.with_name(f".{path.stem}-{uuid.uuid4().hex}{PART_SUFFIX}")
        self._max_bytes = max_bytes
        self._digest = xxhash.xxh3_128()
        self._size = 0
        self._file: BinaryIO | None = None
        self.error: OSError | None = None
        try:
            # Others have no business with what someone looked at.
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._file = self._aside.open("xb")
        except OSError as error:
            self.error = error

    def add(self, chunk: bytes) -> None:
        """Write one more chunk; what goes wrong is told by :attr:`error` and costs the keeping only."""
        self._size += len(chunk)
        self._digest.update(chunk)
        if self._size > self._max_bytes:
            self.close()
        self._write(chunk)

    def keep(self, *, mime: str, times: list[float], duration_s: float) -> None:
        """Put the whole proxy in its place, if it could be written."""
        facts = _Facts(mime, times, duration_s, self._size, self._digest.hexdigest())
        told = json.dumps(asdict(facts)).encode()
        size = 8 + len(told) + _END.size
        self._write(struct.pack(">I4s", size, b"free") + told + _END.pack(len(told), _MAGIC))
        if self._file is None:
            return
        try:
            self._file.close()
            self._aside.replace(self._path)
        except OSError as error:
            self.error = error

    def close(self) -> None:
        """End writing; what was not kept is removed."""
        if self._file is not None:
            # Closing writes what is still held back, which a full disk refuses again.
            with suppress(OSError):
                self._file.close()
            self._file = None
            with suppress(OSError):
                self._aside.unlink()

    def _write(self, data: bytes) -> None:
        if self._file is None:
            return
        try:
            self._file.write(data)
        except OSError as error:
            self.error = error
            self.close()


def _read_facts(file: BinaryIO) -> _Facts:
    whole = file.seek(0, os.SEEK_END)
    if whole < _END.size:
        raise ValueError("too short")
    file.seek(-_END.size, os.SEEK_END)
    length, magic = _END.unpack(file.read(_END.size))
    size = whole - _END.size - length - 8
    if magic != _MAGIC or size < 0:
        raise ValueError("without its end")
    file.seek(size + 8)
    try:
        facts = _Facts(**json.loads(file.read(length)))
    except TypeError as error:
        raise ValueError("of another make") from error
    digest, left = xxhash.xxh3_128(), size
    file.seek(0)
    while left:
        data = file.read(min(left, _LARGEST_CHUNK))
        if not data:
            break
        digest.update(data)
        left -= len(data)
    if facts.size != size or facts.digest != digest.hexdigest():
        raise ValueError("altered")
    return facts
