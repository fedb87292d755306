"""Files that are there whole or not at all: written aside, then put in their place."""

from __future__ import annotations

import errno
import os
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from vidsearch_sdk.errors import StorageError

_FULL = (errno.ENOSPC, errno.EDQUOT)
_REMEDIES = {
    **dict.fromkeys(_FULL, "make room there, or choose another folder"),
    errno.ENAMETOOLONG: "choose a shorter name",
    errno.EFBIG: "it is larger than that disk takes in one file; choose another folder, or fewer shots",
}


class FileTaken(StorageError):
    """A file exists and may not be replaced; leave to replace it is all that is missing."""


def taken(target: Path) -> FileTaken:
    """Give the error to raise about a file that exists."""
    return FileTaken(f"{_shown(target)} exists; choose another name or pass overwrite=True")


def refused(error: Exception, target: Path) -> StorageError:
    """Give the error to raise where the system refused to write a file; it names the folder and a remedy.

    Args:
        error: What the system said; a name that holds a zero byte is a ``ValueError``.
        target: The file that was to be written.
    """
    remedy = _REMEDIES.get(getattr(error, "errno", None) or 0, "choose another folder")
    name, folder = _shown(target.name), _shown(target.parent)
    return StorageError(f"{name} cannot be written in {folder} ({_reason(error)}); {remedy}")


@contextmanager
def into_place(target: Path, *, overwrite: bool) -> Iterator[Path]:
    """Give a place aside of a file; what was written there takes the file's place when the block ends.

    Whatever goes wrong, nothing is left of it, and a file that was there stays as it was. What is raised
    inside of the block comes through as it is.

    Args:
        target: The file, an absolute path; its folder is made.
        overwrite: Replace a file that exists. Otherwise one that appears while the block runs stays.

    Yields:
        The path to write to.

    Raises:
        StorageError: The file exists and ``overwrite`` is false, or the disk refused.

    Examples:
        >>> import tempfile
        >>> target = Path(tempfile.mkdtemp()) / "made" / "a.txt"
        >>> with into_place(target, overwrite=False) as aside:
        ...     _ = aside.write_text("whole")
        >>> target.read_text(), len(list(target.parent.iterdir()))
        ('whole', 1)
    """
    aside = target.with_name(f".vidsearch-{uuid.uuid4().hex}.part")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
    except (OSError, ValueError) as error:
        folder = _shown(target.parent)
        raise StorageError(
            f"the folder {folder} cannot be made ({_reason(error)}); choose another folder"
        ) from error
    try:
        yield aside
        try:
            _put(aside, target, overwrite=overwrite)
        except FileExistsError as error:
            raise taken(target) from error
        except IsADirectoryError as error:
            raise StorageError(f"{_shown(target)} is a folder; give the name of a file in it") from error
        except (OSError, ValueError) as error:
            raise refused(error, target) from error
    finally:
        with suppress(OSError):
            aside.unlink()


def _put(aside: Path, target: Path, *, overwrite: bool) -> None:
    if overwrite:
        aside.replace(target)
        return
    try:
        # A link is refused where a file has come meanwhile; a rename would replace it.
        os.link(aside, target)
    except FileExistsError:
        raise
    except OSError as error:
        # Some shared folders and memory cards have no links.
        if os.path.lexists(target):
            raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(target)) from error
        aside.replace(target)


def _reason(error: Exception) -> str:
    # An OSError's own words name the file once more.
    return getattr(error, "strerror", None) or str(error)


def _shown(path: str | Path) -> str:
    return "".join(c if c.isprintable() else ascii(c)[1:-1] for c in os.fspath(path))
