"""Real processes: killed at any moment, writing at once, and on a disk that is full."""

from __future__ import annotations

import multiprocessing
import random
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import pytest

from tests.store import workers
from tests.store.made import FINGERPRINT, added, published, tables, video_id
from vidsearch_sdk.catalog import Catalog
from vidsearch_sdk.store.catalog_file import make_catalog
from vidsearch_sdk.store.collect import remove_unnamed
from vidsearch_sdk.store.films import Films
from vidsearch_sdk.store.local_disk import LocalDisk

KILLS = 30


@pytest.fixture(scope="module")
def start() -> Callable[..., tuple[Any, Connection]]:
    """Start a function of ``workers`` in a process of its own; returns it and what it says."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["tests.store.workers"])

    def begin(work: Callable[..., None], *arguments: object) -> tuple[Any, Connection]:
        mine, theirs = context.Pipe(duplex=False)
        process = context.Process(target=work, args=(*arguments, theirs), daemon=True)
        process.start()
        theirs.close()
        return process, mine

    return begin


def _said(connection: Connection) -> Iterator[Any]:
    try:
        while connection.poll():
            yield connection.recv()
    except EOFError:
        return


def test_kill_9_at_random_moments_loses_nothing(tmp_path: Path, start: Callable[..., Any]) -> None:
    folder, films = tmp_path / "catalog", tmp_path / "films"
    films.mkdir()
    rng = random.Random(9)
    acknowledged: dict[str, set[str]] = {
        "added": set(),
        "published": set(),
        "embedded": set(),
        "generation": set(),
    }
    for trial in range(KILLS):
        process, told = start(workers.add_and_publish, folder, films, trial * 1000)
        for _ in range(rng.randrange(1, 8)):
            kind, what = told.recv()
            acknowledged[kind].add(what)
        time.sleep(rng.uniform(0, 0.02))
        process.kill()
        process.join()
        for kind, what in _said(told):
            acknowledged[kind].add(what)
        if trial % 10 == 9:
            _demand(folder, acknowledged)
    assert len(acknowledged["published"]) > KILLS
    garbage = remove_unnamed(LocalDisk(folder), before_s=float("inf"))
    assert garbage.files > 0, "no kill came in the middle of anything"
    _demand(folder, acknowledged)


def _demand(folder: Path, acknowledged: dict[str, set[str]]) -> None:
    catalog = Catalog(folder)
    listed = {film.video_id: film for film in catalog.films.list()}
    assert acknowledged["added"] <= set(listed)
    assert acknowledged["published"] <= {video_id for video_id, film in listed.items() if film.has_shots}
    for film_id in acknowledged["embedded"]:
        assert catalog.embeddings.has(listed[film_id], FINGERPRINT)
    assert len(catalog.verify(progress=False)) == 0
    shots = catalog.shots
    assert not shots["shot_id"].duplicated().any()
    assert set(shots["video_id"]) == {video_id for video_id, film in listed.items() if film.has_shots}
    current = catalog.generations.current()
    if acknowledged["generation"]:
        assert current is not None
        assert len(current.covers) >= max(int(count) for count in acknowledged["generation"])
        assert current.local("index").stat().st_size == 50_000


def test_four_processes_publish_the_same_and_other_films(tmp_path: Path, start: Callable[..., Any]) -> None:
    disk = LocalDisk(tmp_path / "catalog")
    make_catalog(disk)
    films = Films(disk)
    for number in [*range(6), *range(100, 108)]:
        added(films, video_id(number))
    running = [start(workers.publish_all, tmp_path / "catalog", me) for me in range(4)]
    for process, told in running:
        process.join(timeout=120)
        assert list(_said(told)) == ["done"]
    everyone = {f"by {me}": me for me in range(4)}
    for film in films.list():
        assert film.status == "ok"
        assert films.table(film, "shots").num_rows == 3
        assert film.own == (everyone if film.video_id in {video_id(n) for n in range(6)} else {})
    catalog = Catalog(tmp_path / "catalog")
    assert len(catalog.verify(progress=False)) == 0
    assert len(catalog.shots) == 14 * 3
    assert catalog.generations.current() is not None
    assert len(catalog.generations.names(FINGERPRINT)) == 4


@pytest.fixture(params=["a small file system", "a limit on the size of files"])
def full_disk(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[Path, int | None]]:
    """A place that fills up: its folder, and the limit to set in the process that writes there."""
    if request.param == "a limit on the size of files":
        yield tmp_path, 30_000
        return
    place = tmp_path / "small"
    place.mkdir()
    mount = shutil.which("mount")
    command = [mount or "mount", "-t", "tmpfs", "-o", "size=600k", "tmpfs", str(place)]
    if mount is None or subprocess.run(command, capture_output=True, check=False).returncode:
        pytest.skip("a file system can be mounted only by root; the limit on file sizes is tried instead")
    try:
        yield place, None
    finally:
        subprocess.run([shutil.which("umount") or "umount", "-l", str(place)], check=True)


def test_a_full_disk_is_said_and_loses_nothing(
    full_disk: tuple[Path, int | None], start: Callable[..., Any]
) -> None:
    place, limit = full_disk
    process, told = start(workers.fill_up, place / "catalog", limit)
    done, words = told.recv()
    process.join()
    assert done
    assert "Free some space and run the same command again" in words
    films = Films(LocalDisk(place / "catalog"))
    assert [film.video_id for film in films.list() if film.has_shots] == done
    for number, film_id in enumerate(done):
        expected = tables(film_id, jpeg=1000 * (number + 1))
        stored = films.table(films.get(film_id), "keyframes")
        assert stored.column("jpeg").to_pylist() == expected["keyframes"].column("jpeg").to_pylist()
    assert not list((place / "catalog").rglob("*.tmp"))
    if limit is None:
        # Space is made, and the same work goes on where it stopped.
        films.remove(done[0])
        remove_unnamed(LocalDisk(place / "catalog"), before_s=float("inf"))
        assert published(films, video_id(len(done))).has_shots
