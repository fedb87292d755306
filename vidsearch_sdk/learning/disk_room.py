"""Room on the disk, asked for before time is spent; and what the disk refuses, said in words."""

from __future__ import annotations

import contextlib
import errno
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

from safetensors import SafetensorError

from vidsearch_sdk.errors import StorageError

_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


def check_room(folder: Path, needed: int, *, purpose: str) -> None:
    """Raise where a disk has less room than will be needed.

    Args:
        folder: Where it will be written; it need not exist yet.
        needed: Bytes.
        purpose: What they are for.

    Raises:
        StorageError: There is less; says how much is needed and how much there is.
    """
    place = folder.absolute()
    while not place.exists() and place != place.parent:
        place = place.parent
    free = shutil.disk_usage(place).free
    if free < needed:
        raise StorageError(
            f"{purpose} need {in_words(needed)} in {folder} and {in_words(free)} are free: "
            "make room there, or choose another folder with out="
        )


def in_words(size: int) -> str:
    """Write a number of bytes for people.

    Examples:
        >>> in_words(999), in_words(2_500_000), in_words(7_200_000_000)
        ('999 bytes', '2.5 MB', '7.2 GB')
    """
    for unit, name in ((1e9, "GB"), (1e6, "MB"), (1e3, "kB")):
        if size >= unit:
            return f"{size / unit:.1f} {name}"
    return f"{size} bytes"


@contextlib.contextmanager
def telling(path: Path) -> Iterator[None]:
    """Turn what the system says about a file or folder into a clear error.

    Raises:
        StorageError: The block failed with an error of the system, or of safetensors while it wrote.
    """
    try:
        yield
    except OSError as error:
        raise _refused(path, error.errno in _FULL, error.strerror or str(error)) from error
    except SafetensorError as error:
        said = str(error)
        full = any(words in said for words in ("No space left", "File too large", "quota"))
        raise _refused(path, full, said) from error


def _refused(path: Path, full: bool, why: str) -> StorageError:
    remedy = "make room there" if full else "check the folder and the rights to write in it"
    return StorageError(f"{path} cannot be written ({why}); {remedy}, then run the same again")


def sync_folder(folder: Path) -> None:
    """Make the names in a folder survive a loss of power."""
    number = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(number)
    finally:
        os.close(number)


def sync_file(path: Path) -> None:
    """Make the content of a file survive a loss of power."""
    with path.open("rb+") as file:
        os.fsync(file.fileno())
