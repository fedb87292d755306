"""System calls that fail, stop or forget on demand, and a model of what a loss of power leaves of a disk."""

from __future__ import annotations

import errno
import os
import random
from pathlib import Path, PurePath

from vidsearch_sdk.store.system_calls import SystemCalls

DIRECTORY = -1


class Killed(BaseException):
    """The process was killed here: nothing of it runs any more."""


class Platter:
    """What of a folder would survive a loss of power.

    A file's bytes survive from its fsync on, a name from the fsync of its folder on. Of anything else any
    earlier or later state may be found.
    """

    def __init__(self, root: str) -> None:
        self._root = root
        self._now: dict[str, int] = {}
        self._synced: dict[str, dict[str, int]] = {}
        self._content: dict[int, bytearray] = {}
        self._safe: dict[int, bytes] = {}
        self._open: dict[int, int] = {}

    def mkdir(self, path: str) -> None:
        self._now[path] = DIRECTORY

    def create(self, path: str, fd: int) -> None:
        number = len(self._content)
        self._now[path] = number
        self._content[number] = bytearray()
        self._open[fd] = number

    def write(self, fd: int, data: bytes) -> None:
        self._content[self._open[fd]] += data

    def fsync(self, fd: int) -> None:
        self._safe[self._open[fd]] = bytes(self._content[self._open[fd]])

    def close(self, fd: int) -> None:
        del self._open[fd]

    def replace(self, source: str, target: str) -> None:
        self._now[target] = self._now.pop(source)

    def unlink(self, path: str) -> None:
        del self._now[path]

    def fsync_folder(self, path: str) -> None:
        self._synced[path] = self._children(path)

    def _children(self, path: str) -> dict[str, int]:
        return {name: n for name, n in self._now.items() if str(PurePath(name).parent) == path}

    def lose_power(self, target: Path, rng: random.Random) -> None:
        """Write to ``target`` one of the states in which the disk may be found."""
        self._rebuild(self._root, target, rng)

    def _rebuild(self, path: str, target: Path, rng: random.Random) -> None:
        target.mkdir(exist_ok=True)
        synced, now = self._synced.get(path, {}), self._children(path)
        for name in sorted({*synced, *now}):
            number = rng.choice([synced.get(name), now.get(name)])
            if number == DIRECTORY:
                self._rebuild(name, target / PurePath(name).name, rng)
            elif number is not None:
                (target / PurePath(name).name).write_bytes(self._damaged(number, rng))

    def _damaged(self, number: int, rng: random.Random) -> bytes:
        safe, whole = self._safe.get(number, b""), bytes(self._content[number])
        tail = len(whole) - len(safe)
        return rng.choice(
            [
                safe,
                safe + whole[len(safe) : len(safe) + tail // 2],
                safe + bytes(tail),
                safe + rng.randbytes(tail),
                whole,
            ]
        )


class FaultyCalls(SystemCalls):
    """Counts every call that touches the disk, and lets one of them go wrong.

    Args:
        platter: The model of what is durable; without one the calls only fail.
        at: Which call goes wrong, counted from 0; None: none.
        how: ``EIO`` or ``ENOSPC`` once, ``EIO-forever`` from there on, ``kill`` before the call, ``half``: a
            write that stops in its middle and then a kill.
        reads: Whether calls that only read count too.
    """

    def __init__(
        self, platter: Platter | None = None, *, at: int | None = None, how: str = "kill", reads: bool = False
    ) -> None:
        self.names: list[str] = []
        self.dead = False
        self.hit = ""
        self._platter = platter
        self._at = at
        self._how = how
        self._reads = reads

    def _point(self, call: str, *, reading: bool = False) -> bool:
        """Count one call; return whether a write shall stop half way."""
        if self.dead:
            raise Killed
        if reading and not self._reads:
            return False
        here = len(self.names)
        self.names.append(call)
        if self._at is None or here < self._at or (here > self._at and self._how != "EIO-forever"):
            return False
        self.hit = self.hit or call
        if self._how == "half" and call == "write":
            return True
        if self._how in ("kill", "half"):
            self.dead = True
            raise Killed
        number = errno.ENOSPC if self._how == "ENOSPC" else errno.EIO
        raise OSError(number, os.strerror(number))

    def mkdir(self, path: str) -> None:
        self._point("mkdir")
        super().mkdir(path)
        if self._platter:
            self._platter.mkdir(path)

    def create(self, path: str) -> int:
        self._point("create")
        fd = super().create(path)
        if self._platter:
            self._platter.create(path, fd)
        return fd

    def write(self, fd: int, data: memoryview) -> int:
        half = self._point("write")
        count = super().write(fd, data[: max(1, len(data) // 2)] if half else data)
        if self._platter:
            self._platter.write(fd, bytes(data[:count]))
        if half:
            self.dead = True
            raise Killed
        return count

    def fsync(self, fd: int) -> None:
        # The real fsync would only cost time: the model decides what is safe.
        self._point("fsync")
        if self._platter:
            self._platter.fsync(fd)

    def close(self, fd: int) -> None:
        if self.dead:
            super().close(fd)  # the system closes a dead process's files, and so must this one
            raise Killed
        try:
            self._point("close")
        finally:
            super().close(fd)
            if self._platter:
                self._platter.close(fd)

    def replace(self, source: str, target: str) -> None:
        self._point("replace")
        super().replace(source, target)
        if self._platter:
            self._platter.replace(source, target)

    def unlink(self, path: str) -> None:
        self._point("unlink")
        super().unlink(path)
        if self._platter:
            self._platter.unlink(path)

    def rmdir(self, path: str) -> None:
        self._point("rmdir")
        super().rmdir(path)

    def fsync_folder(self, path: str) -> None:
        self._point("fsync_folder")
        if self._platter:
            self._platter.fsync_folder(path)

    def read(self, path: str, start: int, end: int | None) -> bytes:
        self._point("read", reading=True)
        return super().read(path, start, end)

    def stat(self, path: str) -> os.stat_result:
        self._point("stat", reading=True)
        return super().stat(path)

    def scan(self, path: str) -> list[str]:
        self._point("scan", reading=True)
        return super().scan(path)
