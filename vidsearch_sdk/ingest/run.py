"""Many films: which are to be done, where, in which order, and what the user sees of it."""

from __future__ import annotations

import logging
import os
from collections.abc import Generator, Sequence
from contextlib import ExitStack, closing
from pathlib import Path
from typing import TYPE_CHECKING

from vidsearch_sdk.errors import VideoNotFound, VidsearchError
from vidsearch_sdk.ingest.decoder_pool import DecoderPool
from vidsearch_sdk.ingest.film_progress import FilmProgress
from vidsearch_sdk.ingest.limits import Limits
from vidsearch_sdk.ingest.messages import Opened, Progress
from vidsearch_sdk.ingest.one_film import Summary, segment_film
from vidsearch_sdk.ingest.preflight import Crew, check_client, inspect_cluster
from vidsearch_sdk.store.disk import Disk
from vidsearch_sdk.store.film import Film
from vidsearch_sdk.store.films import Films
from vidsearch_sdk.store.uri import path_of

if TYPE_CHECKING:
    from distributed import Client

_log = logging.getLogger("vidsearch_sdk")


def segment_films(
    disk: Disk,
    *,
    executor: Client | None = None,
    progress: bool = True,
    retry: bool = False,
    limits: Limits | None = None,
) -> list[Summary]:
    """Cut every waiting film of a catalog into shots, and give each exactly one status.

    Films that are finished are never done again, so a run that was interrupted, killed or ran out of disk is
    taken up by calling this once more.

    Args:
        disk: The catalog.
        executor: ``None`` for all cores of this machine, or a ``distributed.Client``, which is tested before
            any work is sent.
        progress: Show a bar.
        retry: Also do films again that ended ``rejected``, ``crashed`` or ``timed_out``, or whose stored
            parts are damaged.
        limits: What one film may cost.

    Returns:
        One summary per film that was done, in the order in which they ended.

    Raises:
        ExecutorError: ``executor`` is nothing that can be used, or its workers cannot do the work.
        StorageError: The catalog cannot store more; films that are finished stay finished.
        KeyboardInterrupt: The user interrupted; all children are gone, films that are finished stay finished.
    """
    client = None if executor is None else check_client(executor)
    films = Films(disk)
    waiting = films.waiting(retry=retry)
    if not waiting:
        return []
    # The longest film first: begun last, it would keep one core busy while the others have nothing to do.
    waiting.sort(key=_size, reverse=True)
    cores = available_cores()
    crew = Crew(slots=min(cores, len(waiting)), cores=cores, host_cores=cores)
    if client is not None:
        crew = inspect_cluster(client, catalog=_folder(disk), films=_paths(waiting))
    try:
        return _segment(disk, waiting, client, crew, limits or Limits(), progress)
    except (KeyboardInterrupt, VidsearchError) as stop:
        before = {film.video_id: film.run for film in waiting}
        done = sum(film.run != before.get(film.video_id, film.run) for film in films.list())
        words = (
            f"{done} of {len(waiting)} films are finished and kept; segment() again goes on with the others"
        )
        _log.warning("%s: %s", "interrupted" if isinstance(stop, KeyboardInterrupt) else "stopped", words)
        stop.add_note(words)
        raise


def _segment(
    disk: Disk, waiting: Sequence[Film], client: Client | None, crew: Crew, limits: Limits, progress: bool
) -> list[Summary]:
    finished: list[Summary] = []
    names = {film.video_id: film.name for film in waiting}
    sizes = {film.video_id: _size(film) for film in waiting}
    with ExitStack() as stack:
        bar = stack.enter_context(FilmProgress(sizes, names, show=progress))
        if client is None and crew.slots == 1:
            work = _here(Films(disk), waiting, threads=crew.cores, limits=limits, bar=bar)
        else:
            from vidsearch_sdk.ingest.dask_run import DaskRun, local_client

            if client is None:
                client = stack.enter_context(local_client(crew.slots))
            work = DaskRun(client, crew=crew, disk=disk, limits=limits, bar=bar).summaries(waiting)
        with closing(work):
            for summary in work:
                finished.append(summary)
                bar.finished(summary.video_id, summary.film_s)
                if summary.error:
                    _log.warning("%s: %s: %s", summary.name, summary.status, summary.error)
    return finished


def available_cores() -> int:
    """Processor cores that this process may use, at least 1."""
    if hasattr(os, "sched_getaffinity"):
        return max(1, len(os.sched_getaffinity(0)))
    return max(1, os.cpu_count() or 1)


def _here(
    films: Films, waiting: Sequence[Film], *, threads: int, limits: Limits, bar: FilmProgress
) -> Generator[Summary]:
    """One film after the other with all cores, in a child of this process, without a cluster."""
    with DecoderPool(limits=limits) as pool:
        for film in waiting:

            def tell(message: Opened | Progress, video_id: str = film.video_id) -> None:
                if isinstance(message, Opened):
                    bar.opened(video_id, message.duration_s)
                else:
                    bar.advanced(video_id, message.film_s)

            try:
                yield segment_film(
                    films,
                    film.video_id,
                    pool=pool,
                    threads=threads,
                    run_before=film.run,
                    on_progress=tell,
                )
            except VideoNotFound:  # removed from the catalog meanwhile
                continue


def _folder(disk: Disk) -> str | None:
    return disk.location if disk.is_local else None


def _paths(films: Sequence[Film]) -> list[Path]:
    paths = []
    for film in films:
        try:
            paths.append(path_of(film.uri))
        except VideoNotFound:
            continue
    return paths


def _size(film: Film) -> int:
    size = (film.source or {}).get("bytes", 0)
    return size if isinstance(size, int) else 0
