"""The one place that touches the disk or object store on behalf of a catalog.

Everything at rest goes through a :class:`Disk`: names are relative to the catalog, use ``/`` and hold ids
only. There are two: :class:`~vidsearch_sdk.store.local_disk.LocalDisk` and
:class:`~vidsearch_sdk.store.object_disk.ObjectDisk`.

The order that makes a publication safe (whatever dies, nothing is visible before its marker)::

    with disk.create(part) as out:  # a new name, written and synced
        out.write(...)
    disk.sync(folder)               # the part's name is on the disk too
    disk.put(marker, data)          # aside, synced, renamed, folder synced: now it exists
"""

from __future__ import annotations

import errno
import hashlib
import os
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import xxhash

from vidsearch_sdk.errors import CatalogError, CatalogTooNew, StorageError
from vidsearch_sdk.store.uri import path_of

_BLOCK = 1 << 23


@dataclass(frozen=True, slots=True)
class Stored:
    """One stored file: its name within the catalog, size in bytes and time of writing (s since 1970, UTC)."""

    name: str
    bytes: int
    modified_s: float


class Writer(ABC):
    """A file being written: counts and hashes what passes."""

    def __init__(self) -> None:
        self.bytes = 0
        self._sha256 = hashlib.sha256()
        self._xxh3 = xxhash.xxh3_128()

    def write(self, data: bytes | bytearray | memoryview) -> None:
        """Append ``data``.

        Raises:
            StorageError: The disk refused.
        """
        self._sha256.update(data)
        self._xxh3.update(data)
        self.bytes += len(data)
        self._store(data)

    @property
    def sha256(self) -> str:
        """SHA-256 of everything written so far, 64 hex digits."""
        return self._sha256.hexdigest()

    @property
    def xxh3(self) -> str:
        """128-bit XXH3 of everything written so far, 32 hex digits."""
        return self._xxh3.hexdigest()

    @abstractmethod
    def _store(self, data: bytes | bytearray | memoryview) -> None: ...


class Disk(ABC):
    """A catalog's place on a local disk or an object store.

    Picklable: a copy in another process opens the same place.

    Attributes:
        location: Absolute path or URL of the catalog.
        storage_options: What fsspec needs to reach an object store (may hold secrets: never shown).
    """

    location: str
    storage_options: Mapping[str, Any]
    _refusal: str = ""

    @abstractmethod
    def read(self, name: str, *, start: int = 0, end: int | None = None) -> bytes:
        """Return bytes ``[start, end)`` of a file, fewer where the file ends before.

        Raises:
            FileNotFoundError: No such file.
            StorageError: The disk refused.
        """

    @abstractmethod
    def read_many(self, names: Iterable[str]) -> dict[str, bytes]:
        """Return the whole content of several small files; files that are not there are left out."""

    @abstractmethod
    def size(self, name: str) -> int | None:
        """Return the size in bytes, or None where there is no such file."""

    @abstractmethod
    def names(self, folder: str) -> list[str]:
        """Return the names directly below ``folder``, without it, sorted; none where it does not exist."""

    @abstractmethod
    def find(self, folder: str, file_name: str) -> list[str]:
        """Return the names of all files called ``file_name`` two folders below ``folder``, sorted."""

    @abstractmethod
    def walk(self, folder: str) -> list[Stored]:
        """Return all files at any depth below ``folder``, sorted by name."""

    @abstractmethod
    def create(self, name: str) -> AbstractContextManager[Writer]:
        """Write a new file; it is synced when the block ends and removed when the block fails.

        Raises:
            StorageError: The disk refused, or the name is taken.
            CatalogTooNew: The catalog is not written to by this version.
        """

    @abstractmethod
    def sync(self, folder: str) -> None:
        """Make the names in ``folder``, and the folder's own name, survive a loss of power."""

    @abstractmethod
    def put(self, name: str, data: bytes) -> None:
        """Write or replace a small file so that readers see all of the old or all of the new.

        When this returns the file survives a kill and a loss of power.

        Raises:
            StorageError: The disk refused; the old file, if any, is still in place.
            CatalogTooNew: The catalog is not written to by this version.
        """

    @abstractmethod
    def remove(self, name: str) -> None:
        """Remove a file; one that is not there is fine."""

    @abstractmethod
    def remove_folder(self, folder: str) -> None:
        """Remove a folder if it is empty; anything else leaves it in place."""

    @abstractmethod
    def lock(self, folder: str, *, wait_s: float = 60.0) -> AbstractContextManager[None]:
        """Keep other writers of ``folder`` out for the length of the block.

        Raises:
            CatalogBusy: Another writer held it for longer than ``wait_s`` seconds.
        """

    @abstractmethod
    def local(self, name: str, *, fresh: bool = False) -> Path:
        """Return a local path that holds the file: the file itself, or a copy kept in the user's cache.

        Args:
            name: The file; it must be of the kind that is never rewritten.
            fresh: Fetch the copy again although there is one.
        """

    @property
    def is_local(self) -> bool:
        """Whether :meth:`local` returns the stored file itself."""
        return False

    def refuse_writes(self, reason: str) -> None:
        """Let every later write through this object fail with ``CatalogTooNew(reason)``."""
        self._refusal = reason

    def check_writable(self) -> None:
        """Raise CatalogTooNew when writes are refused."""
        if self._refusal:
            raise CatalogTooNew(self._refusal)


def open_disk(location: str | os.PathLike[str], *, storage_options: Mapping[str, Any] | None = None) -> Disk:
    """Open the place of a catalog; nothing is read or written yet.

    Args:
        location: A local folder (``~`` is expanded) or a URL such as ``s3://bucket/prefix``.
        storage_options: Passed to fsspec for a URL; a local folder takes none.

    Raises:
        CatalogError: The URL's kind is unknown, or options were given for a local folder.
        StorageError: The package for that kind of store is not installed.
    """
    text = os.fspath(location)
    if not text:
        raise CatalogError(
            "The location of a catalog is empty; give a folder or a URL such as s3://bucket/prefix."
        )
    if "://" in text and not text.startswith("file://"):
        from vidsearch_sdk.store.object_disk import ObjectDisk

        return ObjectDisk(text, storage_options or {})
    if storage_options:
        raise CatalogError(
            f"storage_options are for object stores; {text!r} is a local folder and takes none."
        )
    from vidsearch_sdk.store.local_disk import LocalDisk

    return LocalDisk(path_of(text) if text.startswith("file://") else Path(text).expanduser())


def difference(
    disk: Disk, name: str, size: int, sha256: str, *, on_bytes: Callable[[int], object] = lambda _: None
) -> str:
    """Read a file through, a block at a time, and say in words how it differs from what was written, or ''.

    Args:
        disk: Where.
        name: The file.
        size: Its size in bytes as it was written.
        sha256: Its SHA-256 as it was written.
        on_bytes: Told how many bytes were read, piece by piece.

    Raises:
        StorageError: The disk refused.
    """
    digest = hashlib.sha256()
    at = 0
    try:
        while at <= size and (block := disk.read(name, start=at, end=at + _BLOCK)):
            digest.update(block)
            at += len(block)
            on_bytes(len(block))
    except FileNotFoundError:
        return "is missing"
    if at != size:
        return f"has {'more than ' * (at > size)}{min(at, size)} bytes instead of {size}"
    return "" if digest.hexdigest() == sha256 else "is not what was written"


def check_name(name: str) -> str:
    """Return ``name`` if it stays within the catalog, else raise CatalogError.

    Examples:
        >>> check_name("films/ab/film.json")
        'films/ab/film.json'
    """
    if not name or any(
        piece in ("", ".", "..") or "\\" in piece or "\0" in piece for piece in name.split("/")
    ):
        raise CatalogError(f"{name!r} is not a name within a catalog.")
    return name


def refused(doing: str, name: str, location: str, cause: BaseException) -> StorageError:
    """Return the StorageError that tells what could not be done, why, and what helps."""
    number = cause.errno if isinstance(cause, OSError) else None
    if number in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
        remedy = "Free some space and run the same command again: everything that was finished is kept."
    elif number in (errno.EACCES, errno.EPERM, errno.EROFS):
        remedy = "Give this user the right to read and write that folder, or choose another one."
    elif number == errno.EIO:
        remedy = "The disk itself reports a fault: check it, then run the same command again."
    else:
        remedy = "Check that the place can be reached, then run the same command again."
    why = (cause.strerror if isinstance(cause, OSError) else None) or f"{type(cause).__name__}: {cause}"
    return StorageError(f"Could not {doing} {name or 'the folder'} in {location}: {why}. {remedy}")
