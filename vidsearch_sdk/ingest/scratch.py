"""A folder for one decoding child, which is gone afterwards whatever happened.

A killed process cannot tidy up. So each folder carries a lock that its owner holds while it lives, and
whoever makes the next folder removes those whose lock nobody holds any more.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import stat
import sys
import tempfile
from pathlib import Path

from vidsearch_sdk.errors import StorageError

_PREFIX = "vidsearch-scratch-"
_LOCK = "owner.lock"


class Scratch:
    """A private folder of the system's temporary folder, held by this process until `remove`.

    Args:
        root: Where to make it; the system's temporary folder (``TMPDIR``) when ``None``.

    Raises:
        StorageError: The folder cannot be made.
    """

    path: Path

    def __init__(self, root: Path | None = None) -> None:
        base = Path(tempfile.gettempdir()) if root is None else root
        remove_abandoned(base)
        for _ in range(10):
            try:
                self.path = Path(tempfile.mkdtemp(prefix=_PREFIX, dir=base))
            except OSError as error:
                raise _refused(base, error) from error
            try:
                self._lock = os.open(self.path / _LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            except FileNotFoundError:  # another process found it empty and removed it
                continue
            except OSError as error:
                raise _refused(base, error) from error
            # Another process may find it before its lock is taken; then it is lost and another is made.
            if _try_lock(self._lock) and (self.path / _LOCK).exists():
                return
            os.close(self._lock)
        raise StorageError(
            f"no scratch folder can be made in {base}: each was removed at once by another process"
        )

    def job(self, name: str) -> Path:
        """Make and return an empty folder for one job; ``name`` is a plain word."""
        folder = self.path / name
        try:
            folder.mkdir(mode=0o700)
        except OSError as error:
            raise _refused(self.path, error) from error
        return folder

    def remove(self) -> None:
        """Remove the folder and all that is in it; a second call does nothing."""
        shutil.rmtree(self.path, ignore_errors=True)
        lock, self._lock = self._lock, -1
        if lock >= 0:
            os.close(lock)


def _refused(base: Path, error: OSError) -> StorageError:
    return StorageError(f"no scratch folder can be made in {base}: {error.strerror}")


def remove_abandoned(base: Path) -> int:
    """Remove the scratch folders of ``base`` whose owner died; returns how many.

    Only folders of this user are looked at, and links are never followed.
    """
    removed = 0
    for folder in base.glob(f"{_PREFIX}*"):
        with contextlib.suppress(OSError):
            facts = folder.lstat()
            if not stat.S_ISDIR(facts.st_mode) or (sys.platform != "win32" and facts.st_uid != os.geteuid()):
                continue
            try:
                lock = os.open(folder / _LOCK, os.O_RDWR | os.O_CLOEXEC | getattr(os, "O_NOFOLLOW", 0))
            except FileNotFoundError:
                # Its owner died, or is just about to lock it and will then make another: an empty one may go.
                folder.rmdir()
                removed += 1
                continue
            try:
                if _try_lock(lock):
                    shutil.rmtree(folder, ignore_errors=True)
                    removed += 1
            finally:
                os.close(lock)
    return removed


def _try_lock(descriptor: int) -> bool:
    if sys.platform == "win32":
        return False
    import fcntl

    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True
