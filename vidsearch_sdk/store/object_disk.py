"""A catalog on an object store, through fsspec."""

from __future__ import annotations

import hashlib
import os
import secrets
import tempfile
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path
from typing import Any

import fsspec

from vidsearch_sdk.errors import CatalogBusy, CatalogError, StorageError
from vidsearch_sdk.store.disk import Disk, Stored, Writer, check_name, refused

LEASE_S = 60.0
"""A lock that is older than this belonged to a writer that died; writers hold one for milliseconds."""


class _ObjectWriter(Writer):
    def __init__(self, file: Any) -> None:
        super().__init__()
        self._file = file

    def _store(self, data: bytes | bytearray | memoryview) -> None:
        self._file.write(data)


class ObjectDisk(Disk):
    """A catalog below a prefix of an object store.

    An object appears whole with one PUT, so nothing is written aside or synced. What was acknowledged is what
    the store acknowledged.

    Args:
        url: For example ``s3://bucket/prefix``.
        storage_options: Passed to fsspec; never shown in a message.
    """

    def __init__(self, url: str, storage_options: Mapping[str, Any]) -> None:
        self.location = url.rstrip("/")
        self.storage_options = dict(storage_options)
        self._connect()

    def _connect(self) -> None:
        protocol = self.location.partition("://")[0]
        try:
            self._fs, root = fsspec.core.url_to_fs(self.location, **self.storage_options)
        except ImportError as error:
            raise StorageError(f"{protocol}:// needs a package that is not installed: {error}") from error
        except ValueError as error:
            raise CatalogError(f"{self.location} cannot be opened: {error}") from error
        self._root = str(root).rstrip("/")

    def __repr__(self) -> str:
        return f"ObjectDisk({self.location!r})"

    def __getstate__(self) -> dict[str, Any]:
        return {
            "location": self.location,
            "storage_options": self.storage_options,
            "_refusal": self._refusal,
        }

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        self._connect()

    def _key(self, name: str) -> str:
        return f"{self._root}/{check_name(name)}"

    def _prefix(self, folder: str) -> str:
        return self._key(folder) if folder else self._root

    @contextmanager
    def _telling(self, doing: str, name: str) -> Iterator[None]:
        try:
            yield
        except (FileNotFoundError, StorageError, CatalogError):
            raise
        except Exception as error:  # every store's client has its own tree of errors
            raise refused(doing, name, self.location, error) from error

    def read(self, name: str, *, start: int = 0, end: int | None = None) -> bytes:
        """Return bytes of a file (see ``Disk.read``)."""
        with self._telling("read", name):
            return bytes(self._fs.cat_file(self._key(name), start=start, end=end))

    def read_many(self, names: Iterable[str]) -> dict[str, bytes]:
        """Return several small files (see ``Disk.read_many``)."""
        keys = {self._key(name): name for name in names}
        if not keys:
            return {}
        with self._telling("read", f"{len(keys)} files"):
            found = self._fs.cat(list(keys), on_error="return")
            if isinstance(found, bytes):  # fsspec returns the bytes alone for a single key
                return {next(iter(keys.values())): found}
        result = {}
        for key, data in found.items():
            name = keys[key]
            if isinstance(data, FileNotFoundError):
                continue
            if isinstance(data, Exception):
                raise refused("read", name, self.location, data) from data
            result[name] = bytes(data)
        return result

    def size(self, name: str) -> int | None:
        """Return the size in bytes, or None."""
        with self._telling("look at", name):
            try:
                self._fs.invalidate_cache(os.path.dirname(self._key(name)))  # noqa: PTH120
                info = self._fs.info(self._key(name))
            except FileNotFoundError:
                return None
        return int(info["size"]) if info["type"] == "file" else None

    def names(self, folder: str) -> list[str]:
        """Return the names directly below a folder."""
        with self._telling("list", folder):
            try:
                self._fs.invalidate_cache(self._prefix(folder))
                keys = self._fs.ls(self._prefix(folder), detail=False)
            except FileNotFoundError:
                return []
        return sorted(name for key in keys if (name := str(key).rstrip("/").rpartition("/")[2]))

    def find(self, folder: str, file_name: str) -> list[str]:
        """Return the files of one name two folders below."""
        # One listing of everything is some requests per 1,000 objects; folder by folder is one request per
        # film.
        return [
            stored.name
            for stored in self.walk(folder)
            if stored.name.endswith("/" + file_name) and stored.name.count("/") == folder.count("/") + 3
        ]

    def walk(self, folder: str) -> list[Stored]:
        """Return all files below a folder."""
        with self._telling("list", folder):
            self._fs.invalidate_cache()
            found = self._fs.find(self._prefix(folder), detail=True)
            prefix = self._fs._strip_protocol(self._root).rstrip("/") + "/"
            return [
                Stored(str(key).removeprefix(prefix), int(info["size"]), self._modified_s(str(key), info))
                for key, info in sorted(found.items())
            ]

    def _modified_s(self, key: str, info: Mapping[str, Any]) -> float:
        for field in ("LastModified", "last_modified", "mtime", "created"):
            value = info.get(field)
            if isinstance(value, datetime):
                return value.timestamp()
            if isinstance(value, int | float):
                return float(value)
        return float(self._fs.modified(key).timestamp())

    @contextmanager
    def create(self, name: str) -> Iterator[Writer]:
        """Write a new file (see ``Disk.create``)."""
        self.check_writable()
        key = self._key(name)
        with tempfile.NamedTemporaryFile(prefix="vidsearch-") as spool:
            yield _ObjectWriter(spool)
            with self._telling("write", name):
                spool.flush()
                self._fs.put_file(spool.name, key)

    def sync(self, folder: str) -> None:
        """Nothing to do: a store answers a PUT when the object is durable."""

    def put(self, name: str, data: bytes) -> None:
        """Write or replace a small file (see ``Disk.put``)."""
        self.check_writable()
        with self._telling("write", name):
            self._fs.pipe_file(self._key(name), data)

    def remove(self, name: str) -> None:
        """Remove a file."""
        self.check_writable()
        with self._telling("remove", name), suppress(FileNotFoundError):
            self._fs.rm_file(self._key(name))

    def remove_folder(self, folder: str) -> None:
        """Nothing to do: a store has no folders."""

    @contextmanager
    def lock(self, folder: str, *, wait_s: float = 60.0) -> Iterator[None]:
        """Keep other writers out (see ``Disk.lock``)."""
        # fsspec has no portable If-Match, but mode="create" is If-None-Match where the store knows it: the
        # object that only one writer can create is the lock.
        self.check_writable()
        key = self._key(f"{folder}/.lock".lstrip("/"))
        token = secrets.token_hex(8).encode()
        deadline = time.monotonic() + wait_s
        while not self._take(key, token):
            self._break_stale(key)
            if time.monotonic() > deadline:
                raise CatalogBusy(
                    f"Another process has been writing {folder} in {self.location} for more than "
                    f"{wait_s:g} s; wait for it to end, then try again."
                )
            time.sleep(0.02)
        try:
            yield
        finally:
            with self._telling("unlock", folder), suppress(FileNotFoundError):
                if self._fs.cat_file(key) == token:
                    self._fs.rm_file(key)

    def _take(self, key: str, token: bytes) -> bool:
        with self._telling("lock", key.removeprefix(self._root + "/")):
            try:
                self._fs.pipe_file(key, token, mode="create")
            except FileExistsError:
                return False
            return True

    def _break_stale(self, key: str) -> None:
        with self._telling("lock", key.removeprefix(self._root + "/")), suppress(FileNotFoundError):
            self._fs.invalidate_cache()
            if time.time() - self._modified_s(key, self._fs.info(key)) > LEASE_S:
                self._fs.rm_file(key)

    def local(self, name: str, *, fresh: bool = False) -> Path:
        """Return a local path that holds the file."""
        base = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "vidsearch_sdk"
        copy = base / hashlib.sha256(self.location.encode()).hexdigest()[:16] / check_name(name)
        if fresh or not copy.is_file():
            copy.parent.mkdir(parents=True, exist_ok=True)
            aside = copy.with_name(f".{copy.name}.{secrets.token_hex(6)}.tmp")
            try:
                with self._telling("fetch", name):
                    self._fs.get_file(self._key(name), str(aside))
                aside.replace(copy)
            finally:
                aside.unlink(missing_ok=True)
        return copy
