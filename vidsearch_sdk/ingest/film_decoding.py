"""A film decoded on one machine: in one child, or in ranges in several where there are cores to spare.

One decoder keeps about three cores busy: beyond that its frames wait for the one thread that scores them. So
a long film with more cores than that is cut into ranges. They give the same result as one pass or none:
whatever happens to a range, the film is then decoded in one pass, which alone decides its status.
"""

from __future__ import annotations

import contextlib
import logging
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path

from vidsearch_sdk.ingest.decoder_pool import DecoderPool
from vidsearch_sdk.ingest.decoder_process import DecoderProcess, Ending, OnProgress
from vidsearch_sdk.ingest.messages import Opened, Progress

_log = logging.getLogger("vidsearch_sdk")

CORES_PER_RANGE = 3
MOST_THREADS = 16
"""More decoding threads than that make no film faster; each holds pictures."""

SHORTEST_RANGE_S = 60.0
"""Starting a child and leading a range in and out costs about a second of work."""


@contextlib.contextmanager
def decode_film(
    pool: DecoderPool,
    path: Path,
    video_id: str,
    *,
    threads: int,
    on_progress: OnProgress | None = None,
) -> Iterator[tuple[Ending, Path]]:
    """Decode a film; hold the folder of its tables until the block ends.

    Args:
        pool: Where children come from.
        path: The film.
        video_id: Its id.
        threads: Cores to use.
        on_progress: Told of each sign of life.

    Yields:
        How it ended, and the folder with the four tables as ``<name>.arrow``.

    Raises:
        StorageError: The scratch folder is full or cannot be made.
        ExecutorError: No child can be started.
        DecodingStopped: The pool was closed.
    """
    tell = on_progress or _ignore
    with contextlib.ExitStack() as stack:
        if threads >= 2 * CORES_PER_RANGE:
            merged = _in_ranges(stack, pool, path, video_id, threads, tell)
            if merged is not None:
                yield merged
                return
        decoder = stack.enter_context(pool.borrow())
        job = {"kind": "film", "path": str(path), "video_id": video_id}
        yield stack.enter_context(
            decoder.run(job, path=path, threads=min(threads, MOST_THREADS), on_progress=tell)
        )


def _in_ranges(
    stack: contextlib.ExitStack,
    pool: DecoderPool,
    path: Path,
    video_id: str,
    threads: int,
    tell: OnProgress,
) -> tuple[Ending, Path] | None:
    """The merged film, held by ``stack``; ``None`` when ranges do not pay or do not work out."""
    with contextlib.ExitStack() as ranges:
        decoder = ranges.enter_context(pool.borrow())
        count = _ranges_of(decoder, path, threads)
        if count < 2:
            return None
        decoders = [decoder, *(ranges.enter_context(pool.borrow()) for _ in range(count - 1))]
        folders = _decode_ranges(ranges, decoders, path, threads, tell)
        if folders is None:
            return None
        job: dict[str, object] = {"kind": "merge", "path": str(path), "video_id": video_id}
        job["folders"] = [str(folder) for folder in folders]
        merged = ranges.enter_context(decoder.run(job, path=path, threads=1, on_progress=tell))
        if merged[0].done is None:
            _log.info("%s: %s; decoding it in one pass", path.name, merged[0].error)
            return None
        stack.push(ranges.pop_all())
        return merged


def _ranges_of(decoder: DecoderProcess, path: Path, threads: int) -> int:
    plan: dict[str, object] = {"kind": "plan", "path": str(path), "ranges": threads // CORES_PER_RANGE}
    plan["shortest_s"] = SHORTEST_RANGE_S
    with decoder.run(plan, path=path, threads=1) as (ending, _):
        ranges = ending.done.measured.get("ranges") if ending.done is not None else 1
    return min(ranges, threads // CORES_PER_RANGE) if isinstance(ranges, int) else 1


def _decode_ranges(
    stack: contextlib.ExitStack, decoders: list[DecoderProcess], path: Path, threads: int, tell: OnProgress
) -> list[Path] | None:
    """The folders of the ranges, held by ``stack``; ``None`` when one of them did not end well."""
    count = len(decoders)
    for decoder in decoders:
        decoder.start()  # here, because a child dies with the thread that starts it
    progress = _Together(count, tell)
    job = {"kind": "range", "path": str(path), "ranges": count, "shortest_s": SHORTEST_RANGE_S}
    runs = [
        decoder.run(
            job | {"number": number},
            path=path,
            threads=max(1, threads // count),
            on_progress=progress.of(number),
        )
        for number, decoder in enumerate(decoders)
    ]
    with ThreadPoolExecutor(count, thread_name_prefix="vidsearch-range") as side_by_side:
        futures = [side_by_side.submit(stack.enter_context, run) for run in runs]
        try:
            for future in as_completed(futures):
                ending, _ = future.result()
                if ending.done is None:
                    _log.info("%s: %s; decoding it in one pass", path.name, ending.error)
                    return None
        finally:
            if not all(future.done() for future in futures):
                for decoder in decoders:
                    decoder.stop()
    return [future.result()[1] for future in futures]


class _Together:
    """Adds up the progress of ranges."""

    def __init__(self, count: int, tell: OnProgress) -> None:
        self._at = [0.0] * count
        self._tell = tell
        self._lock = threading.Lock()
        self._opened = False

    def of(self, number: int) -> Callable[[Opened | Progress], None]:
        """What one range reports to."""

        def report(message: Opened | Progress) -> None:
            with self._lock:
                if isinstance(message, Opened):
                    first, self._opened = not self._opened, True
                    if first:
                        self._tell(message)
                elif message.film_s is not None:
                    self._at[number] = max(self._at[number], message.film_s)
                    self._tell(Progress(sum(self._at)))

        return report


def _ignore(_: Opened | Progress) -> None:
    return None
