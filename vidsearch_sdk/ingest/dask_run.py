"""Many films on a Dask cluster: a window of tasks, and what each of its accidents means for the films."""

from __future__ import annotations

import contextlib
import logging
import math
import queue
import time
import uuid
from collections import deque
from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from vidsearch_sdk.errors import ExecutorError, VideoNotFound
from vidsearch_sdk.ingest.dask_tasks import DecoderPlugin, FilmTask, film_task
from vidsearch_sdk.ingest.decoder_process import Ending
from vidsearch_sdk.ingest.film_progress import FilmProgress
from vidsearch_sdk.ingest.limits import Limits
from vidsearch_sdk.ingest.one_film import Summary, publish_failure
from vidsearch_sdk.ingest.preflight import Crew
from vidsearch_sdk.store.disk import Disk
from vidsearch_sdk.store.film import Film
from vidsearch_sdk.store.films import Films

if TYPE_CHECKING:
    from distributed import Client, Future

_log = logging.getLogger("vidsearch_sdk")

_LOOK_EVERY_S = 2.0
_NO_WORKERS_S = 60.0
_MOST_STOPS = 4


@contextlib.contextmanager
def local_client(threads: int) -> Iterator[Client]:
    """A Dask cluster within this process, for the length of a block.

    Its threads only wait for decoding children, which are processes of their own, and publish what they made.
    So it starts in milliseconds, works in a script without ``if __name__ == "__main__"`` and in a notebook,
    and nothing of it outlives this process. There is no memory limit, because it would count what the user
    holds in this process.
    """
    from distributed import Client, Scheduler, SpecCluster, Worker

    # Both keep a small status server, which would listen on every interface; a dashboard would import its
    # plotting library.
    options = {"protocol": "inproc://", "dashboard": False, "dashboard_address": "127.0.0.1:0"}
    worker = {"cls": Worker, "options": {**options, "nthreads": threads, "memory_limit": None}}
    with (
        SpecCluster(
            scheduler={"cls": Scheduler, "options": options}, workers={0: worker}, silence_logs=logging.ERROR
        ) as cluster,
        Client(cluster, set_as_default=False) as client,
    ):
        yield client


class DaskRun:
    """One call of ``segment`` on a cluster that stood the preflight.

    Args:
        client: The cluster.
        crew: Its size.
        disk: The catalog.
        limits: What one film may cost.
        bar: Told of progress.
    """

    def __init__(self, client: Client, *, crew: Crew, disk: Disk, limits: Limits, bar: FilmProgress) -> None:
        self._client = client
        self._crew = crew
        self._disk = disk
        self._films = Films(disk)
        self._limits = limits
        self._bar = bar
        self._session = f"vidsearch-{uuid.uuid4().hex}"
        self._results: queue.SimpleQueue[Future] = queue.SimpleQueue()
        self._running: dict[Future, Film] = {}
        self._stops: dict[str, int] = {}
        self._workers_seen = time.monotonic()

    def summaries(self, waiting: Sequence[Film]) -> Generator[Summary]:
        """Do the films; yields each as it ends. Closing the iterator calls the rest off.

        Only as many tasks as the cluster has threads are with it at one time: a worker that dies takes no
            queue with it, and a catalog of
        a hundred thousand films weighs nothing on the scheduler.

        Raises:
            ExecutorError: The cluster went away or cannot run the work.
            StorageError: The catalog cannot store more.
        """
        left = deque(waiting)
        function = film_task()
        try:
            self._client.register_plugin(
                DecoderPlugin(self._session, self._disk, self._limits), name=self._session
            )
        except Exception as error:
            raise ExecutorError(f"the Dask workers cannot prepare for decoding: {error}") from error
        try:
            self._client.subscribe_topic(self._session, self._hear)
            while left or self._running:
                while left and len(self._running) < self._crew.slots:
                    self._submit(function, left.popleft(), active=len(left) + len(self._running) + 1)
                future = self._next_result()
                film = self._running.pop(future)
                summary, again = self._judge(future, film)
                future.release()
                if again:
                    left.append(film)
                elif summary is not None:
                    yield summary
        finally:
            self._call_off()

    def _submit(self, function: Callable[..., Any], film: Film, *, active: int) -> None:
        share = math.ceil(self._crew.cores / min(self._crew.slots, active))
        task = FilmTask(self._session, film.video_id, film.run, min(share, self._crew.host_cores))
        # A key that was used before would hand out the old result while anybody holds it.
        key = f"segment-{film.video_id}-{uuid.uuid4().hex}"
        future = self._client.submit(function, asdict(task), key=key, pure=False)
        self._running[future] = film
        future.add_done_callback(self._results.put)

    def _next_result(self) -> Future:
        while True:
            try:
                return self._results.get(timeout=_LOOK_EVERY_S)
            except queue.Empty:
                self._check_workers()

    def _check_workers(self) -> None:
        try:
            present = bool(self._client.nthreads())
        except Exception as error:
            raise ExecutorError(f"the Dask cluster cannot be reached any more: {error}") from error
        now = time.monotonic()
        if present:
            self._workers_seen = now
        elif now - self._workers_seen > _NO_WORKERS_S:
            raise ExecutorError(f"the Dask cluster has had no workers for {_NO_WORKERS_S:.0f} s.")

    def _judge(self, future: Future, film: Film) -> tuple[Summary | None, bool]:
        """What a finished future means: a summary if it has one, and whether to do the film again."""
        if future.status == "finished":
            result = future.result()
            if "error" in result:
                raise result["error"]
            if "summary" in result:
                return Summary(**result["summary"]), False
            if not result["stopped"]:
                return None, False
            # Its worker is leaving the cluster; another one takes the film.
            self._stops[film.video_id] = stops = self._stops.get(film.video_id, 0) + 1
            if stops > _MOST_STOPS:
                raise ExecutorError(
                    f"{stops} Dask workers in a row left the cluster while they decoded {film.name}."
                )
            return None, True
        if future.status != "error":
            raise ExecutorError(
                "the Dask cluster dropped the work: its scheduler was restarted or has gone away."
            )
        error = future.exception()
        if isinstance(error, ImportError):
            raise ExecutorError(f"a Dask worker cannot import the package: {error}") from error
        if type(error).__name__ == "KilledWorker":
            words = "every Dask worker that took this film died; watch their memory, then use retry=True"
        else:
            _log.error("%s: the task failed", film.name, exc_info=error)
            words = f"the task failed: {type(error).__name__}: {error}"
        return self._crashed(film, words), False

    def _crashed(self, film: Film, words: str) -> Summary | None:
        try:
            if self._films.get(film.video_id).run != film.run:
                return None
            return publish_failure(self._films, film.video_id, Ending("crashed", words), time.monotonic())
        except VideoNotFound:
            return None

    def _hear(self, event: tuple[float, dict[str, Any]]) -> None:
        _, message = event
        if "length_s" in message:
            self._bar.opened(message["video_id"], message["length_s"])
        else:
            self._bar.advanced(message["video_id"], message["film_s"])

    def _call_off(self) -> None:
        with contextlib.suppress(Exception):  # the cluster may be gone; then so are its children
            self._client.unsubscribe_topic(self._session)
        with contextlib.suppress(Exception):
            if self._running:
                self._client.cancel(list(self._running), force=True)
        with contextlib.suppress(Exception):
            self._client.unregister_worker_plugin(self._session)
        self._running.clear()
