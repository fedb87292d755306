"""The system calls that a local catalog is made of."""

from __future__ import annotations

import errno
import os
import stat


class SystemCalls:
    """The system calls of a local catalog, one method each, so that a test can let any single one fail."""

    def mkdir(self, path: str) -> None:
        """Make one folder."""
        os.mkdir(path)  # noqa: PTH102 - one call each, without the loop of Path.mkdir

    def create(self, path: str) -> int:
        """Open a new file for writing; the name must be free."""
        return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o666)

    def write(self, fd: int, data: memoryview) -> int:
        """Write some of ``data`` and return how many bytes."""
        return os.write(fd, data)

    def fsync(self, fd: int) -> None:
        """Bring the file's bytes to the disk."""
        import fcntl

        full = getattr(fcntl, "F_FULLFSYNC", None)
        if full is None:
            os.fsync(fd)
        else:  # macOS: fsync stops at the drive's own cache
            fcntl.fcntl(fd, full)

    def close(self, fd: int) -> None:
        """Close a file."""
        os.close(fd)

    def replace(self, source: str, target: str) -> None:
        """Rename, replacing what is there in one step."""
        os.replace(source, target)  # noqa: PTH105

    def unlink(self, path: str) -> None:
        """Remove a name."""
        os.unlink(path)  # noqa: PTH108

    def rmdir(self, path: str) -> None:
        """Remove an empty folder."""
        os.rmdir(path)  # noqa: PTH106

    def fsync_folder(self, path: str) -> None:
        """Bring the names in a folder to the disk."""
        fd = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            os.fsync(fd)
        except OSError as error:
            # Some network file systems cannot sync a folder and say so with these; they sync names by
            # themselves.
            if error.errno not in (errno.EINVAL, errno.ENOTSUP):
                raise
        finally:
            os.close(fd)

    def read(self, path: str, start: int, end: int | None) -> bytes:
        """Return bytes ``[start, end)`` of a regular file."""
        fd = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        try:
            status = os.fstat(fd)
            if not stat.S_ISREG(status.st_mode):
                raise OSError(errno.EINVAL, "is not a regular file", path)
            stop = status.st_size if end is None else min(end, status.st_size)
            pieces = []
            while start < stop:
                piece = os.pread(fd, stop - start, start)
                if not piece:
                    break
                pieces.append(piece)
                start += len(piece)
            return pieces[0] if len(pieces) == 1 else b"".join(pieces)
        finally:
            os.close(fd)

    def stat(self, path: str) -> os.stat_result:
        """Return size, kind and times of a file."""
        return os.stat(path)  # noqa: PTH116

    def scan(self, path: str) -> list[str]:
        """Return the names in a folder."""
        return os.listdir(path)  # noqa: PTH208
