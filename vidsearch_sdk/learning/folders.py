"""Where a run writes: its encoder folder, and the work folder beside it."""

from __future__ import annotations

import contextlib
import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from vidsearch_sdk.encoding.sources import CONFIG_NAME
from vidsearch_sdk.errors import StorageError
from vidsearch_sdk.learning.disk_room import telling
from vidsearch_sdk.learning.out_folder import RECORD_NAME

_LOCK = "lock"


@dataclass(frozen=True)
class Folders:
    """The two folders of a run.

    Attributes:
        out: The encoder folder that the run leaves.
        work: Pictures and checkpoint, beside it; removed at the end.
    """

    out: Path
    work: Path

    @property
    def checkpoint(self) -> Path:
        """File of the run."""
        return self.work / "checkpoint.safetensors"


def run_folders(out: str | os.PathLike[str], *, given: str, overwrite: bool) -> Folders:
    """Check where a run is to write; nothing is written.

    Args:
        out: The folder for the encoder.
        given: Name of the encoder that is tuned, which for a folder is its path.
        overwrite: Whether an encoder that is there may be replaced.

    Raises:
        StorageError: The place is taken by something else, or the folder cannot be written.
    """
    place = Path(out).expanduser().absolute()
    if not place.name:
        raise StorageError(f"out={os.fspath(out)!r} names no folder")
    folders = Folders(place, place.with_name(place.name + ".work"))
    if place.resolve() == Path(given).resolve():
        raise StorageError(f"{place} is the encoder that is tuned; choose another folder with out=")
    if place.exists():
        holds = sorted(path.name for path in place.iterdir()) if place.is_dir() else [""]
        # A run that has ended there may be this one; finetune looks at its record.
        if not overwrite and holds and RECORD_NAME not in holds:
            raise StorageError(f"{place} exists; choose another folder, or pass overwrite=True")
        if holds and CONFIG_NAME not in holds:
            raise StorageError(f"{place} holds no encoder and is not replaced; choose another folder")
    with telling(place):
        place.parent.mkdir(parents=True, exist_ok=True)
    if not os.access(place.parent, os.W_OK | os.X_OK):
        raise StorageError(f"{place.parent} cannot be written to; choose another folder with out=")
    return folders


@contextlib.contextmanager
def held(work: Path) -> Iterator[None]:
    """Keep other runs out of a work folder, which is made; a killed process holds nothing.

    Raises:
        StorageError: Another run is at work there, or the folder cannot be made.
    """
    file = _opened(work)
    try:
        _lock(file, work)
        # Whoever held it may have removed the folder between the two: then the lock is on nothing.
        while not _is_there(file, work):
            os.close(file)
            file = _opened(work)
            _lock(file, work)
        try:
            yield
        finally:
            # A folder that nothing was written to is not left behind.
            if work.is_dir() and [path.name for path in work.iterdir()] == [_LOCK]:
                shutil.rmtree(work, ignore_errors=True)
    finally:
        os.close(file)


def _opened(work: Path) -> int:
    with telling(work):
        work.mkdir(parents=True, exist_ok=True)
        return os.open(work / _LOCK, os.O_RDWR | os.O_CREAT, 0o666)


def _is_there(file: int, work: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(file), (work / _LOCK).stat())
    except FileNotFoundError:
        return False


def _lock(file: int, work: Path) -> None:
    try:
        import fcntl
    except ImportError:  # Windows: two runs at once are the user's own care there
        return
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        raise StorageError(
            f"another run is at work in {work}; wait for it, or choose another out="
        ) from error
