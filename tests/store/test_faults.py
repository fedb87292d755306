"""Whatever fails, dies or loses power: what was acknowledged is there, and nothing is half there."""

from __future__ import annotations

import os
import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.store.faulty import FaultyCalls, Killed, Platter
from tests.store.story import check, resume, tell
from vidsearch_sdk.errors import StorageError
from vidsearch_sdk.store.disk import Writer
from vidsearch_sdk.store.local_disk import LocalDisk

MakeDisk = Callable[[Path, FaultyCalls], LocalDisk]
LOSSES = 2


def _disk(folder: Path, calls: FaultyCalls) -> LocalDisk:
    return LocalDisk(folder, calls=calls)


def _calls(tmp_path: Path, *, reads: bool) -> list[str]:
    """Return the name of every call of an undisturbed run."""
    calls = FaultyCalls(reads=reads)
    tell(_disk(tmp_path / "count", calls), lambda _: None)
    return calls.names


@pytest.mark.parametrize(
    ("how", "reads", "step"), [("EIO", True, 1), ("ENOSPC", False, 2), ("EIO-forever", True, 5)]
)
def test_an_error_at_any_point_loses_nothing(tmp_path: Path, how: str, reads: bool, step: int) -> None:
    points = len(_calls(tmp_path, reads=reads))
    assert points > 150
    refused = 0
    for at in range(0, points, step):
        folder = tmp_path / f"{how}-{at}"
        acknowledged: list[str] = []
        calls = FaultyCalls(at=at, how=how, reads=reads)
        try:
            tell(_disk(folder, calls), acknowledged.append)
        except StorageError as error:
            refused += ("Free some space" if how == "ENOSPC" else "reports a fault") in str(error)
        assert calls.hit, "the fault never came"
        check(folder, acknowledged)
        if at % 12 == 0:
            resume(folder)
    assert refused > points / step / 2


def test_a_kill_at_any_point_loses_nothing(tmp_path: Path) -> None:
    for at in range(0, len(_calls(tmp_path, reads=False)), 2):
        folder = tmp_path / f"kill-{at}"
        acknowledged, _ = _killed(folder, at, "kill", _disk)
        check(folder, acknowledged)


def test_a_kill_in_the_middle_of_any_write_loses_nothing(tmp_path: Path) -> None:
    writes = [at for at, call in enumerate(_calls(tmp_path, reads=False)) if call == "write"]
    assert len(writes) > 15
    for at in writes:
        folder = tmp_path / f"half-{at}"
        acknowledged, calls = _killed(folder, at, "half", _disk)
        assert calls.hit == "write"
        check(folder, acknowledged)
        resume(folder)


def test_a_loss_of_power_at_any_point_loses_nothing(tmp_path: Path) -> None:
    points = len(_calls(tmp_path, reads=False))
    assert points * LOSSES > 200
    assert _lost(tmp_path, points, _disk, LOSSES, resumes=4) == []


class _NoFsync(FaultyCalls):
    def fsync(self, fd: int) -> None:
        self._point("fsync")


class _NoFolderFsync(FaultyCalls):
    def fsync_folder(self, path: str) -> None:
        self._point("fsync_folder")


class _MarkerFirst(LocalDisk):
    """Writes parts only after the marker that names them."""

    def __init__(self, folder: Path, calls: FaultyCalls) -> None:
        super().__init__(folder, calls=calls)
        self._late: dict[str, bytearray] = {}

    @contextmanager
    def create(self, name: str) -> Iterator[Writer]:
        if not name.endswith(".parquet"):
            with super().create(name) as out:
                yield out
            return
        late = self._late.setdefault(name, bytearray())

        class Later(Writer):
            def _store(self, data: bytes | bytearray | memoryview) -> None:
                late.extend(data)

        yield Later()

    def size(self, name: str) -> int | None:
        return len(self._late[name]) if name in self._late else super().size(name)

    def read(self, name: str, *, start: int = 0, end: int | None = None) -> bytes:
        return (
            bytes(self._late[name][start:end])
            if name in self._late
            else super().read(name, start=start, end=end)
        )

    def sync(self, folder: str) -> None:
        if super().names(folder):
            super().sync(folder)

    def put(self, name: str, data: bytes) -> None:
        super().put(name, data)
        for late in list(self._late):
            with super().create(late) as out:
                out.write(self._late.pop(late))
            super().sync(late.rpartition("/")[0])


class _InPlace(LocalDisk):
    """Writes markers where they stand instead of aside."""

    def put(self, name: str, data: bytes) -> None:
        if super().size(name) is not None:
            self.remove(name)
        with super().create(name) as out:
            out.write(data)
        self.sync(name.rpartition("/")[0])


PLANTED: dict[str, tuple[type[FaultyCalls], MakeDisk]] = {
    "no fsync of files": (_NoFsync, _disk),
    "no fsync of folders": (_NoFolderFsync, _disk),
    "marker before parts": (FaultyCalls, _MarkerFirst),
    "marker in place": (FaultyCalls, lambda folder, calls: _InPlace(folder, calls=calls)),
}


@pytest.mark.parametrize("bug", PLANTED)
def test_these_tests_find_a_planted_bug(tmp_path: Path, bug: str) -> None:
    calls, make_disk = PLANTED[bug]
    counted = calls()
    tell(make_disk(tmp_path / "count", counted), lambda _: None)
    assert _lost(tmp_path, len(counted.names), make_disk, 1, calls_type=calls, until=3)


def _killed(
    folder: Path, at: int, how: str, make_disk: MakeDisk, calls: FaultyCalls | None = None
) -> tuple[list[str], FaultyCalls]:
    acknowledged: list[str] = []
    calls = calls or FaultyCalls(at=at, how=how)
    with pytest.raises(Killed):
        tell(make_disk(folder, calls), acknowledged.append)
    return acknowledged, calls


def _lost(
    tmp_path: Path,
    points: int,
    make_disk: MakeDisk,
    losses: int,
    *,
    calls_type: type[FaultyCalls] = FaultyCalls,
    until: int = 10**9,
    resumes: int = 0,
) -> list[str]:
    """Cut the power at every point, and return what was wrong afterwards (at most ``until`` cases).

    Every ``resumes``-th time the work is taken up again and finished as well.
    """
    wrong: list[str] = []
    for at in range(points):
        folder = tmp_path / f"power-{at}"
        platter = Platter(os.fspath(folder))
        acknowledged, calls = _killed(folder, at, "kill", make_disk, calls_type(platter, at=at))
        for seed in range(losses):
            found = tmp_path / f"power-{at}-{seed}"
            platter.lose_power(found, random.Random(f"{at}-{seed}"))
            try:
                check(found, acknowledged)
                if resumes and (at + seed) % resumes == 0:
                    resume(found)
            except Exception as error:
                wrong.append(f"{calls.hit} {at}, seed {seed}: {error}")
        if len(wrong) >= until:
            break
    return wrong
