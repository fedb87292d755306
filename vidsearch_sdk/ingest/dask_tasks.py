"""What runs inside a Dask worker: the film task, and the plugin that keeps its decoding children.

The plugin is also how work is called off. Dask does not interrupt a task that runs, but taking the plugin
from the workers kills the children, and a task whose child was taken away ends without publishing.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

from distributed import WorkerPlugin, get_worker

from vidsearch_sdk.errors import VideoNotFound, VidsearchError
from vidsearch_sdk.ingest.decoder_pool import DecoderPool
from vidsearch_sdk.ingest.decoder_process import DecodingStopped
from vidsearch_sdk.ingest.limits import Limits
from vidsearch_sdk.ingest.messages import Opened, Progress
from vidsearch_sdk.ingest.one_film import segment_film
from vidsearch_sdk.store.disk import Disk
from vidsearch_sdk.store.films import Films


@dataclass(frozen=True)
class FilmTask:
    """One film to do, as plain values.

    Attributes:
        session: Name of the plugin, and of the topic of its progress.
        video_id: The film.
        run_before: Its run when the work was planned.
        threads: Decoding threads.
    """

    session: str
    video_id: str
    run_before: str | None
    threads: int


class DecoderPlugin(WorkerPlugin):  # type: ignore[misc]
    """Gives every worker, also one that joins later, the catalog and a pool of decoding children.

    The catalog travels here and not with each task, because Dask writes the arguments of a task that fails
    into its log and they would hold the keys of an object store.
    """

    def __init__(self, session: str, disk: Disk, limits: Limits) -> None:
        self.name = session
        self.disk = disk
        self._limits = limits
        self.pool: DecoderPool | None = None

    def setup(self, worker: object) -> None:  # noqa: ARG002
        """Called by Dask when the plugin reaches a worker."""
        self.pool = DecoderPool(limits=self._limits)

    def teardown(self, worker: object) -> None:  # noqa: ARG002
        """Called by Dask when the plugin or the worker goes: kills the children."""
        if self.pool is not None:
            self.pool.close()


def film_task() -> Callable[[dict[str, Any]], dict[str, Any]]:
    """The task as a function that travels by value: a worker without this package fails and does not hang."""

    def segment_one_film(task: dict[str, Any]) -> dict[str, Any]:
        from vidsearch_sdk.ingest.dask_tasks import do_film_task

        return do_film_task(task)

    return segment_one_film


def do_film_task(fields: dict[str, Any]) -> dict[str, Any]:
    """Do one film on this worker.

    Args:
        fields: Those of a `FilmTask`.

    Returns:
        ``{"summary": {...}}``; ``{"stopped": True}`` when the work was called off, ``False`` when the film
        was removed from the catalog meanwhile; or ``{"error": VidsearchError}`` when the catalog or this
        worker is at fault and not the film.
    """
    task = FilmTask(**fields)
    worker = get_worker()
    plugin = worker.plugins.get(task.session)
    if plugin is None or plugin.pool is None:
        return {"stopped": True}

    def tell(message: Opened | Progress) -> None:
        if isinstance(message, Opened):
            worker.log_event(task.session, {"video_id": task.video_id, "length_s": message.duration_s})
        else:
            worker.log_event(task.session, {"video_id": task.video_id, "film_s": message.film_s})

    try:
        summary = segment_film(
            Films(plugin.disk),
            task.video_id,
            pool=plugin.pool,
            threads=task.threads,
            run_before=task.run_before,
            on_progress=tell,
        )
    except (DecodingStopped, VideoNotFound) as ended:
        return {"stopped": isinstance(ended, DecodingStopped)}
    except VidsearchError as error:
        return {"error": error}
    return {"summary": asdict(summary)}
