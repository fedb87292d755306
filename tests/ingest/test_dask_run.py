"""Films on a cluster of real worker processes, which are killed, drained and taken away."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from distributed import Client, LocalCluster

from vidsearch_sdk.errors import ExecutorError, StorageError
from vidsearch_sdk.ingest.run import segment_films

pytestmark = pytest.mark.usefixtures("no_leftovers")


@pytest.fixture(scope="module")
def films(make_film, tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    folder = tmp_path_factory.mktemp("films")
    return [make_film(folder / f"film-{seed}.mp4", seed=50 + seed, frames=40) for seed in range(8)]


@pytest.fixture(scope="module")
def poison(make_film, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A film like any other, of which something will always kill whoever decodes it."""
    folder = tmp_path_factory.mktemp("poison")
    return make_film(folder / "poison.mp4", seed=99, frames=1200, size=(320, 192))


@contextmanager
def cluster(workers: int = 2) -> Iterator[Client]:
    with (
        LocalCluster(
            n_workers=workers,
            threads_per_worker=1,
            processes=True,
            dashboard_address=None,
            scheduler_kwargs={"dashboard_address": "127.0.0.1:0"},
            memory_limit=None,
            silence_logs=60,
        ) as running,
        Client(running, set_as_default=False) as client,
    ):
        yield client


@pytest.fixture(scope="module")
def client() -> Iterator[Client]:
    with cluster() as client:
        yield client


@contextmanager
def meanwhile(act: Callable[[], bool]) -> Iterator[None]:
    """Call ``act`` again and again from another thread until it returns true or the block ends."""
    over = threading.Event()

    def go() -> None:
        while not over.is_set() and not act():
            time.sleep(0.005)

    thread = threading.Thread(target=go)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def worker_pids(client: Client) -> dict[str, int]:
    return dict(client.run(os.getpid))


def test_a_cluster_does_all_films_and_nothing_of_us_stays_on_it(
    shelf, films: list[Path], client: Client, processes
) -> None:
    for film in films:
        shelf.add(film)
    summaries = segment_films(shelf.disk, executor=client, progress=False)
    assert {summary.status for summary in summaries} == {"ok"}
    assert len(summaries) == len(films)
    shelf.check_whole(frames=40)
    for pid in worker_pids(client).values():
        assert processes.eventually(lambda pid=pid: not processes.decoders(pid), 5)
    plugins = client.run(lambda dask_worker: [name for name in dask_worker.plugins if "vidsearch" in name])
    assert set(map(tuple, plugins.values())) == {()}
    assert segment_films(shelf.disk, executor=client, progress=False) == []


def test_progress_comes_from_the_workers(
    shelf, films: list[Path], client: Client, capfd: pytest.CaptureFixture[str]
) -> None:
    for film in films[:2]:
        shelf.add(film)
    segment_films(shelf.disk, executor=client, progress=True)
    shown = capfd.readouterr().err
    assert "2/2 films" in shown
    assert "film-0.mp4" in shown or "film-1.mp4" in shown


def test_a_film_that_kills_its_decoders_crashes_alone(
    shelf, films: list[Path], poison: Path, client: Client, processes
) -> None:
    for film in [*films, poison]:
        shelf.add(film)
    workers = set(worker_pids(client).values())
    killed: set[int] = set()

    def kill() -> bool:
        for pid in processes.decoding(poison):
            killed.add(pid)
            os.kill(pid, signal.SIGKILL)
        return False

    with meanwhile(kill):
        segment_films(shelf.disk, executor=client, progress=False)
    statuses = shelf.status()
    assert statuses.pop("poison.mp4") == "crashed"
    assert set(statuses.values()) == {"ok"}
    assert len(killed) == 2
    assert set(worker_pids(client).values()) == workers
    (crashed,) = (film for film in shelf.films.list() if film.status == "crashed")
    assert "SIGKILL" in crashed.error
    (again,) = segment_films(shelf.disk, executor=client, progress=False, retry=True)
    assert again.status == "ok"


def test_a_worker_that_is_killed_costs_nothing_but_time(
    shelf, films: list[Path], poison: Path, processes
) -> None:
    for film in [*films, poison]:
        shelf.add(film)
    killed: list[tuple[int, list[int]]] = []

    def kill_worker_once() -> bool:
        for child in processes.decoding(poison):
            worker = processes.parent(child)
            if worker is not None:
                killed.append((worker, processes.decoders(worker)))
                os.kill(worker, signal.SIGKILL)
                return True
        return False

    with cluster() as client:
        with meanwhile(kill_worker_once):
            segment_films(shelf.disk, executor=client, progress=False)
        ((worker, children),) = killed
        assert not processes.alive(worker)
        assert children
        assert not any(map(processes.alive, children))
    assert set(shelf.status().values()) == {"ok"}
    shelf.check_whole()


def test_a_film_whose_workers_all_die_is_given_up_and_the_others_are_not(
    shelf, films: list[Path], poison: Path, processes
) -> None:
    for film in [*films[:3], poison]:
        shelf.add(film)
    killed: set[int] = set()

    def kill_workers() -> bool:
        for child in processes.decoding(poison):
            worker = processes.parent(child)
            if worker is not None and worker not in killed:
                killed.add(worker)
                os.kill(worker, signal.SIGKILL)
        return False

    with cluster() as client, meanwhile(kill_workers):
        segment_films(shelf.disk, executor=client, progress=False)
    statuses = shelf.status()
    assert statuses.pop("poison.mp4") == "crashed"
    assert set(statuses.values()) == {"ok"}
    assert len(killed) == 4
    (crashed,) = (film for film in shelf.films.list() if film.status == "crashed")
    assert "every Dask worker that took this film died" in crashed.error


def test_a_cluster_that_goes_away_is_an_error_and_what_is_done_stays(
    shelf, films: list[Path], poison: Path, processes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("vidsearch_sdk.ingest.dask_run._NO_WORKERS_S", 0.1)
    monkeypatch.setattr("vidsearch_sdk.ingest.dask_run._LOOK_EVERY_S", 0.2)
    for film in [*films, poison]:
        shelf.add(film)
    with cluster() as client:

        def close_workers() -> bool:
            if processes.decoding(poison):
                client.cluster.scale(0)
                return True
            return False

        with meanwhile(close_workers), pytest.raises(ExecutorError, match=r"no workers|left the cluster"):
            segment_films(shelf.disk, executor=client, progress=False)
    shelf.check_whole()
    segment_films(shelf.disk, progress=False)
    assert set(shelf.status().values()) == {"ok"}


def test_a_worker_that_is_retired_hands_its_film_on(
    shelf, films: list[Path], poison: Path, processes
) -> None:
    for film in [*films, poison]:
        shelf.add(film)
    with cluster() as client:

        def retire() -> bool:
            for child in processes.decoding(poison):
                worker = processes.parent(child)
                addresses = [address for address, pid in worker_pids(client).items() if pid == worker]
                client.retire_workers(addresses)
                return True
            return False

        with meanwhile(retire):
            segment_films(shelf.disk, executor=client, progress=False)
    assert set(shelf.status().values()) == {"ok"}


def test_a_catalog_that_workers_cannot_write_stops_the_run(shelf, films: list[Path], client: Client) -> None:
    for film in films:
        shelf.add(film)
    limit = "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, ({0}, resource.RLIM_INFINITY))"
    client.run(exec, limit.format(100))
    try:
        with pytest.raises(StorageError) as full:
            segment_films(shelf.disk, executor=client, progress=False)
    finally:
        client.run(exec, limit.format("resource.RLIM_INFINITY"))
    assert "0 of 8 films are finished" in full.value.__notes__[0]
    assert set(shelf.status().values()) == {"added"}
    segment_films(shelf.disk, executor=client, progress=False)
    assert set(shelf.status().values()) == {"ok"}


def test_an_interrupt_leaves_no_task_and_no_child_on_the_cluster(
    shelf, films: list[Path], poison: Path, client: Client, processes
) -> None:
    for film in [*films, poison]:
        shelf.add(film)
    main = threading.main_thread().ident
    assert main is not None

    def interrupt() -> bool:
        if processes.decoding(poison):
            signal.pthread_kill(main, signal.SIGINT)
            return True
        return False

    with meanwhile(interrupt), pytest.raises(KeyboardInterrupt):
        segment_films(shelf.disk, executor=client, progress=False)
    assert processes.eventually(lambda: not processes.decoding(poison), 5)
    for pid in worker_pids(client).values():
        assert processes.eventually(lambda pid=pid: not processes.decoders(pid), 5)
    began = time.monotonic()
    assert client.submit(lambda: 7, pure=False).result(timeout=10) == 7
    assert time.monotonic() - began < 5
    shelf.check_whole()
    segment_films(shelf.disk, executor=client, progress=False)
    assert set(shelf.status().values()) == {"ok"}


OWN_CLUSTER = """
import sys
from distributed import Client, LocalCluster
from vidsearch_sdk.ingest.run import segment_films
from vidsearch_sdk.store.local_disk import LocalDisk

if __name__ == "__main__":
    with LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address="127.0.0.1:0") as cluster:
        with Client(cluster) as client:
            print(len(segment_films(LocalDisk(sys.argv[1]), executor=client, progress=False)), flush=True)
"""


def test_a_killed_driver_takes_its_workers_and_their_children_with_it(
    shelf, films: list[Path], poison: Path, processes, tmp_path: Path
) -> None:
    for film in [*films, poison]:
        shelf.add(film)
    script = tmp_path / "own_cluster.py"
    script.write_text(OWN_CLUSTER)
    driver = subprocess.Popen([sys.executable, str(script), str(shelf.folder)], stderr=subprocess.DEVNULL)
    found: set[int] = set()

    def at_work() -> bool:
        for child in processes.decoding(poison):
            worker = processes.parent(child)
            if worker is not None:
                found.update((child, worker))
        return bool(found)

    try:
        assert processes.eventually(at_work, 60)
    finally:
        driver.kill()
        driver.wait()
    assert processes.eventually(lambda: not any(map(processes.alive, found)), 10)
    shelf.check_whole()
    segment_films(shelf.disk, progress=False)
    assert set(shelf.status().values()) == {"ok"}
