"""A catalog on a local disk."""

from __future__ import annotations

import os
import secrets
import stat
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from vidsearch_sdk.errors import CatalogBusy
from vidsearch_sdk.store.disk import Disk, Stored, Writer, check_name, refused
from vidsearch_sdk.store.system_calls import SystemCalls

_BLOCK = 1 << 20


class _LocalWriter(Writer):
    """Gathers small writes into blocks: parquet writes a few bytes at a time."""

    def __init__(self, disk: LocalDisk, name: str, fd: int) -> None:
        super().__init__()
        self._disk = disk
        self._name = name
        self._fd = fd
        self._waiting = bytearray()

    def _store(self, data: bytes | bytearray | memoryview) -> None:
        self._waiting += data
        if len(self._waiting) >= _BLOCK:
            self.flush()

    def flush(self) -> None:
        rest = memoryview(bytes(self._waiting))
        self._waiting.clear()
        with self._disk._telling("write", self._name):
            while rest:
                rest = rest[self._disk._calls.write(self._fd, rest) :]


class LocalDisk(Disk):
    """A catalog in a folder of this machine or of a mounted file system.

    What was acknowledged survives a kill and, on a disk that honors fsync, a loss of power.

    Args:
        folder: The catalog's folder; made when something is first written.
        calls: The system calls to use.
    """

    def __init__(self, folder: str | os.PathLike[str], *, calls: SystemCalls | None = None) -> None:
        self.location = os.path.abspath(folder)  # noqa: PTH100
        self.storage_options = {}
        self._calls = calls or SystemCalls()

    def __repr__(self) -> str:
        return f"LocalDisk({self.location!r})"

    def _path(self, name: str) -> str:
        return os.path.join(self.location, check_name(name))  # noqa: PTH118

    def _folder(self, name: str) -> str:
        return self._path(name) if name else self.location

    @contextmanager
    def _telling(self, doing: str, name: str) -> Iterator[None]:
        """Turn what the system refuses into StorageError; only reading may answer "no such file"."""
        try:
            yield
        except OSError as error:
            if isinstance(error, FileNotFoundError) and doing == "read":
                raise
            raise refused(doing, name, self.location, error) from error

    def read(self, name: str, *, start: int = 0, end: int | None = None) -> bytes:
        """Return bytes of a file (see ``Disk.read``)."""
        with self._telling("read", name):
            return self._calls.read(self._path(name), start, end)

    def read_many(self, names: Iterable[str]) -> dict[str, bytes]:
        """Return several small files (see ``Disk.read_many``)."""
        found = {}
        for name in names:
            with suppress(FileNotFoundError):
                found[name] = self.read(name)
        return found

    def size(self, name: str) -> int | None:
        """Return the size in bytes, or None."""
        with self._telling("look at", name):
            try:
                status = self._calls.stat(self._path(name))
            except (FileNotFoundError, NotADirectoryError):
                return None
        return status.st_size if stat.S_ISREG(status.st_mode) else None

    def names(self, folder: str) -> list[str]:
        """Return the names directly below a folder."""
        with self._telling("list", folder):
            try:
                return sorted(self._calls.scan(self._folder(folder)))
            except (FileNotFoundError, NotADirectoryError):
                return []

    def find(self, folder: str, file_name: str) -> list[str]:
        """Return the files of one name two folders below."""
        return [
            name
            for outer in self.names(folder)
            for inner in self.names(f"{folder}/{outer}")
            if self.size(name := f"{folder}/{outer}/{inner}/{file_name}") is not None
        ]

    def walk(self, folder: str) -> list[Stored]:
        """Return all files below a folder."""
        found = []
        waiting = [folder]
        while waiting:
            inside = waiting.pop()
            for child in self.names(inside):
                name = f"{inside}/{child}" if inside else child
                try:
                    status = self._calls.stat(self._path(name))
                except FileNotFoundError:  # a writer put it in place under another name meanwhile
                    continue
                except OSError as error:
                    raise refused("look at", name, self.location, error) from error
                if stat.S_ISDIR(status.st_mode):
                    waiting.append(name)
                else:
                    found.append(Stored(name, status.st_size, status.st_mtime))
        return sorted(found, key=lambda stored: stored.name)

    @contextmanager
    def create(self, name: str) -> Iterator[Writer]:
        """Write a new file (see ``Disk.create``)."""
        self.check_writable()
        path = self._path(name)
        with self._telling("write", name):
            fd = self._open_new(path)
        is_open = True
        try:
            writer = _LocalWriter(self, name, fd)
            yield writer
            writer.flush()
            with self._telling("write", name):
                self._calls.fsync(fd)
                is_open = (
                    False  # a close that fails must not be tried again: the number may be another file's
                )
                self._calls.close(fd)
        except BaseException:
            with suppress(OSError):
                if is_open:
                    self._calls.close(fd)
            with suppress(OSError):
                self._calls.unlink(path)
            raise

    def _open_new(self, path: str) -> int:
        folder = os.path.dirname(path)  # noqa: PTH120
        for _ in range(20):
            try:
                return self._calls.create(path)
            except FileNotFoundError:
                # Also when a collection takes the empty folder away between the two calls, hence the loop.
                self._make(folder)
        return self._calls.create(path)

    def _make(self, folder: str) -> None:
        if os.path.isdir(folder):  # noqa: PTH112
            return
        above = os.path.dirname(folder)  # noqa: PTH120
        if above != folder:
            self._make(above)
        with suppress(FileExistsError):
            self._calls.mkdir(folder)
            # Above the catalog there may be no right to open the folder for syncing.
            with suppress(PermissionError):
                self._calls.fsync_folder(above)

    def sync(self, folder: str) -> None:
        """Make names durable (see ``Disk.sync``)."""
        with self._telling("sync", folder):
            # Every folder up to the catalog's own: another process may have made one and not synced its name
            # yet.
            pieces = folder.split("/") if folder else []
            for depth in range(len(pieces), -1, -1):
                self._calls.fsync_folder(self._folder("/".join(pieces[:depth])))

    def put(self, name: str, data: bytes) -> None:
        """Write or replace a small file (see ``Disk.put``)."""
        folder, _, base = check_name(name).rpartition("/")
        aside = f"{folder}/" * bool(folder) + f".{base}.{secrets.token_hex(6)}.tmp"
        with self.create(aside) as out:
            out.write(data)
        with self._telling("write", name):
            try:
                self._calls.replace(self._path(aside), self._path(name))
            except BaseException:
                with suppress(OSError):
                    self._calls.unlink(self._path(aside))
                raise
        self.sync(folder)

    def remove(self, name: str) -> None:
        """Remove a file."""
        self.check_writable()
        with self._telling("remove", name), suppress(FileNotFoundError):
            self._calls.unlink(self._path(name))

    def remove_folder(self, folder: str) -> None:
        """Remove an empty folder."""
        self.check_writable()
        with suppress(OSError):
            self._calls.rmdir(self._path(folder))

    @contextmanager
    def lock(self, folder: str, *, wait_s: float = 60.0) -> Iterator[None]:
        """Keep other writers out (see ``Disk.lock``)."""
        # flock, not a file that exists or not: the system frees it when its holder is killed. The file is
        # never removed, so nobody can hold a lock on a name that is gone.
        self.check_writable()
        path = self._path(f"{folder}/.lock".lstrip("/"))
        with self._telling("lock", folder):
            try:
                fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
            except FileNotFoundError:
                self._make(os.path.dirname(path))  # noqa: PTH120
                fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
        try:
            deadline = time.monotonic() + wait_s
            pause = 0.001
            while not self._flock(fd, folder):
                if time.monotonic() > deadline:
                    raise CatalogBusy(
                        f"Another process has been writing {folder} in {self.location} for more than "
                        f"{wait_s:g} s; wait for it to end, then try again."
                    )
                time.sleep(pause)
                pause = min(0.05, pause * 2)
            yield
        finally:
            os.close(fd)

    def _flock(self, fd: int, folder: str) -> bool:
        import fcntl

        with self._telling("lock", folder):
            try:
                fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return False
        return True

    def local(self, name: str, *, fresh: bool = False) -> Path:  # noqa: ARG002 - there is no copy to renew
        """Return a local path that holds the file."""
        return Path(self._path(name))

    @property
    def is_local(self) -> bool:
        """Always true here."""
        return True
