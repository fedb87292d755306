"""Writing a page whole."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

from vidsearch_sdk.errors import StorageError


def write_whole(path: str | os.PathLike[str], content: str | bytes) -> Path:
    """Write a file such that a reader sees the old one or the new one; folders are made.

    Raises:
        StorageError: The disk refused; the old file, if any, is still in place.
    """
    out = Path(path).expanduser()
    aside = out.with_name(f".{out.name[:100]}.{os.getpid()}.new")
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        aside.write_bytes(content.encode("utf-8") if isinstance(content, str) else content)
        aside.replace(out)
    except OSError as error:
        with contextlib.suppress(OSError):
            aside.unlink(missing_ok=True)
        raise StorageError(f"{out} cannot be written: {error.strerror or error}") from error
    return out
