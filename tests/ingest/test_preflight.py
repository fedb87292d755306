"""A cluster that cannot do the work says so at once; workers are real processes in real trouble."""

from __future__ import annotations

import asyncio
import concurrent.futures
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from distributed import Client, LocalCluster

from vidsearch_sdk.errors import ExecutorError
from vidsearch_sdk.ingest.preflight import Crew, check_client, inspect_cluster

StartWorker = Callable[..., subprocess.Popen[bytes]]


@pytest.fixture(scope="module")
def scheduler() -> Iterator[LocalCluster]:
    with LocalCluster(
        n_workers=0,
        processes=True,
        dashboard_address=None,
        scheduler_kwargs={"dashboard_address": "127.0.0.1:0"},
        silence_logs=50,
    ) as cluster:
        yield cluster


@pytest.fixture
def client(scheduler: LocalCluster) -> Iterator[Client]:
    with Client(scheduler.scheduler_address, set_as_default=False) as client:
        yield client


@pytest.fixture
def start_worker(scheduler: LocalCluster, client: Client, tmp_path: Path) -> Iterator[StartWorker]:
    """Starts one worker process, which runs some lines before it becomes one."""
    with ExitStack() as stack:

        def start(lines: str = "", *, threads: int = 1, cwd: Path = tmp_path) -> subprocess.Popen[bytes]:
            code = f"import sys, os\n{lines}\nfrom distributed.cli.dask_worker import main\nmain()"
            command = [
                sys.executable,
                "-c",
                code,
                scheduler.scheduler_address,
                "--no-nanny",
                "--no-dashboard",
            ]
            command += ["--nthreads", str(threads), "--local-directory", str(tmp_path)]
            before = len(client.nthreads())
            worker = subprocess.Popen(command, cwd=cwd, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            stack.callback(worker.wait)
            stack.callback(worker.kill)
            client.wait_for_workers(before + 1, timeout=30)
            return worker

        yield start
    deadline = time.monotonic() + 20
    while client.nthreads() and time.monotonic() < deadline:
        time.sleep(0.05)


def test_workers_that_have_everything_pass(client: Client, start_worker: StartWorker, tmp_path: Path) -> None:
    film = tmp_path / "film.mp4"
    film.touch()
    start_worker(threads=3, cwd=Path("/"))
    start_worker(threads=1)
    crew = inspect_cluster(client, catalog=str(tmp_path), films=[film] * 1000)
    assert crew == Crew(slots=4, cores=crew.cores, host_cores=crew.cores)
    assert crew.cores >= 1


@pytest.mark.parametrize(
    ("trouble", "words"),
    [
        ("sys.modules['vidsearch_sdk'] = None", "cannot import the package"),
        ("import vidsearch_sdk; vidsearch_sdk.__version__ = '0.0.1'", "has vidsearch_sdk 0.0.1, here it is"),
        ("sys.modules['av'] = None", "No module named 'av'"),
        ("sys.modules['scenedetect'] = None", "No module named 'scenedetect'"),
        ("os.access = lambda path, mode: False", "cannot write to the catalog folder"),
    ],
    ids=["no-package", "other-version", "no-av", "no-scenedetect", "read-only-catalog"],
)
def test_one_worker_in_trouble_is_named_at_once(
    client: Client, start_worker: StartWorker, tmp_path: Path, trouble: str, words: str
) -> None:
    start_worker()
    healthy = set(client.nthreads())
    start_worker(trouble)
    (sick,) = set(client.nthreads()) - healthy
    began = time.monotonic()
    with pytest.raises(ExecutorError) as refusal:
        inspect_cluster(client, catalog=str(tmp_path), films=[])
    assert time.monotonic() - began < 10
    message = str(refusal.value)
    assert words in message
    assert f"1 of 2 Dask workers cannot do the work: {sick}" in message


def test_a_worker_that_does_not_see_the_films_is_named_with_them(
    client: Client, start_worker: StartWorker, tmp_path: Path
) -> None:
    films = [tmp_path / f"film {number}.mp4" for number in range(7)]
    for film in films:
        film.touch()
    start_worker(
        "access = os.access\nos.access = lambda path, mode: 'film' not in path and access(path, mode)"
    )
    with pytest.raises(ExecutorError, match=r"do not see .*film 0.mp4.* and 2 more"):
        inspect_cluster(client, catalog=str(tmp_path), films=films)


def test_a_catalog_folder_that_is_not_mounted_is_told(
    client: Client, start_worker: StartWorker, tmp_path: Path
) -> None:
    start_worker()
    with pytest.raises(ExecutorError, match=r"does not see the catalog folder .*elsewhere"):
        inspect_cluster(client, catalog=str(tmp_path / "elsewhere"), films=[])


def test_a_film_that_nobody_sees_is_no_fault_of_the_cluster(
    client: Client, start_worker: StartWorker, tmp_path: Path
) -> None:
    start_worker()
    assert inspect_cluster(client, catalog=str(tmp_path), films=[tmp_path / "gone.mp4"]).slots == 1


def test_a_worker_that_does_not_answer_is_not_waited_for(
    client: Client, start_worker: StartWorker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("vidsearch_sdk.ingest.preflight._WITHIN_S", 1.0)
    start_worker().send_signal(signal.SIGSTOP)
    with pytest.raises(ExecutorError, match=r"did not answer within 1 s"):
        inspect_cluster(client, catalog=str(tmp_path), films=[])


def test_a_cluster_without_workers_is_refused(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("vidsearch_sdk.ingest.preflight._WITHIN_S", 0.3)
    with pytest.raises(ExecutorError, match=r"has no workers"):
        inspect_cluster(client, catalog=None, films=[])


def test_only_a_client_is_an_executor(scheduler: LocalCluster) -> None:
    with concurrent.futures.ThreadPoolExecutor(1) as threads:
        for wrong in ("threads", 4, scheduler.scheduler_address, threads, scheduler):
            with pytest.raises(ExecutorError, match=r"a distributed.Client uses its cluster"):
                check_client(wrong)


def test_a_closed_or_asynchronous_client_is_refused(scheduler: LocalCluster) -> None:
    client = Client(scheduler.scheduler_address, set_as_default=False)
    assert check_client(client) is client
    client.close()
    with pytest.raises(ExecutorError, match=r"closed"):
        check_client(client)

    async def given_an_asynchronous_one() -> None:
        async with Client(scheduler.scheduler_address, set_as_default=False, asynchronous=True) as later:
            with pytest.raises(ExecutorError, match=r"asynchronous"):
                check_client(later)

    asyncio.run(given_an_asynchronous_one())
