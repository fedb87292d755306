"""Write a text to a file whole, or not at all."""

from __future__ import annotations

import errno
import os
import uuid
from contextlib import suppress
from pathlib import Path

from vidsearch_sdk.errors import StorageError


def write_whole(path: Path, text: str, *, overwrite: bool) -> Path:
    """Write a text as UTF-8, aside and then into place, so that no reader ever finds half of it.

    Args:
        path: The file; its folder is made.
        text: What it holds.
        overwrite: Replace a file that exists.

    Returns:
        The file as an absolute path.

    Raises:
        StorageError: The file exists and ``overwrite`` is false, or the disk refused.
    """
    target = path.absolute()
    aside = target.with_name(f".timeline-{uuid.uuid4().hex}.part")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
    except (OSError, ValueError) as error:
        raise StorageError(f"the folder {target.parent} cannot be made ({reason(error)})") from error
    try:
        try:
            with aside.open("xb") as file:
                file.write(text.encode())
                file.flush()
                os.fsync(file.fileno())
            _put(aside, target, overwrite=overwrite)
        finally:
            with suppress(OSError):
                aside.unlink()
    except FileExistsError as error:
        raise StorageError(f"{target} exists; choose another name or pass overwrite=True") from error
    except IsADirectoryError as error:
        raise StorageError(f"{target} is a folder; name a file in it") from error
    except (OSError, ValueError) as error:
        raise StorageError(f"{target} cannot be written ({reason(error)})") from error
    return target


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
        if target.exists():
            raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(target)) from error
        aside.replace(target)


def reason(error: Exception) -> str:
    """Say why the system refused; a name that holds a zero byte is a ``ValueError``, not an ``OSError``."""
    return (isinstance(error, OSError) and error.strerror) or str(error)
