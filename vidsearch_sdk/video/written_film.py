"""What is looked at when a film was written: whether it is whole, and what the system's refusals mean."""

from __future__ import annotations

import errno
import os
from pathlib import Path

from av.error import FFmpegError

from vidsearch_sdk.errors import DecodeError, StorageError
from vidsearch_sdk.video.into_place import refused
from vidsearch_sdk.video.whole_file import missing_bytes

_REFUSED = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EACCES, errno.EPERM, errno.EROFS, errno.EIO)
_NO_PLACE = (errno.ENOENT, errno.ENOTDIR)


def check_whole(path: Path) -> None:
    """Make sure that a film that was just written is all there.

    Raises:
        OSError: It is not: the disk was full when the last buffer was written, which PyAV does not hear of.
    """
    descriptor = os.open(path, os.O_RDONLY)
    try:
        if missing_bytes(descriptor) or not os.fstat(descriptor).st_size:
            raise OSError(errno.EIO, "the file is shorter than what was written")
    finally:
        os.close(descriptor)


def write_error(error: OSError | FFmpegError, target: Path, *, cannot: str) -> DecodeError | StorageError:
    """Say what an error of writing was: the disk's, or the encoder's.

    Args:
        error: What was raised.
        target: The file that was to be written.
        cannot: What to say of the encoder's, as ``"a.mp4: the clip cannot be made"``.

    Returns:
        The error to raise.
    """
    if isinstance(error, FFmpegError) and error.errno not in (*_REFUSED, *_NO_PLACE):
        return DecodeError(f"{cannot} ({error.strerror})")
    return refused(error, target)
