"""Reading ahead: pictures are fetched and decoded while, or right before, the device works."""

from __future__ import annotations

import queue
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import islice
from typing import Generic, TypeVar

Item = TypeVar("Item")
Ready = TypeVar("Ready")

_END = object()
_WAIT_S = 0.05


class ReadAhead(Generic[Item, Ready]):
    """Turns a stream of items into groups of prepared bundles, in order, holding only a few at a time.

    One thread takes items from the source, so that a slow source is waited for while the device works;
    ``threads`` others prepare bundles of them. With ``ahead=0`` a group is prepared by all threads, then
    handed over, and nothing is prepared meanwhile. That is right where preparing and using share the same
    cores: a matrix product that loses one of its cores to a decoder for a moment waits with all of them.

    Args:
        prepare: (items, position of the first) -> what is needed of them; called in several threads.
        bundle: Items per bundle.
        group: Bundles per group.
        ahead: Groups that are prepared beyond the one in use.
        threads: Threads that prepare.
    """

    def __init__(
        self,
        prepare: Callable[[list[Item], int], Ready],
        *,
        bundle: int,
        group: int,
        ahead: int,
        threads: int,
    ) -> None:
        self._prepare = prepare
        self._bundle = bundle
        self._group = group
        self._ahead = ahead
        self._threads = threads

    def __call__(self, items: Iterable[Item]) -> Iterator[list[Ready]]:
        """Yield groups; errors of the source and of ``prepare`` are raised here, in their place."""
        fetched: queue.Queue[object] = queue.Queue(maxsize=self._group * (self._ahead + 2))
        stopped = threading.Event()
        reader = threading.Thread(
            target=self._read, args=(items, fetched, stopped), name="vidsearch-read-ahead", daemon=True
        )
        pool = ThreadPoolExecutor(self._threads, "vidsearch-decode")
        reader.start()
        try:
            yield from self._groups(fetched, pool)
        finally:
            stopped.set()
            pool.shutdown(wait=True, cancel_futures=True)
            reader.join(timeout=5.0)  # a source that hangs is left to its daemon thread

    def _groups(self, fetched: queue.Queue[object], pool: ThreadPoolExecutor) -> Iterator[list[Ready]]:
        waiting: deque[list[Future[Ready]]] = deque()
        failure: BaseException | None = None
        ended = False
        while True:
            while not ended and len(waiting) <= self._ahead:
                group: list[Future[Ready]] = []
                while len(group) < self._group and not ended:
                    bundle = fetched.get()
                    if isinstance(bundle, tuple):
                        group.append(pool.submit(self._prepare, *bundle))
                    else:
                        ended = True
                        failure = bundle if isinstance(bundle, BaseException) else None
                if group:
                    waiting.append(group)
            if not waiting:
                break
            yield [future.result() for future in waiting.popleft()]
        if failure is not None:
            raise failure

    def _read(self, items: Iterable[Item], fetched: queue.Queue[object], stopped: threading.Event) -> None:
        last: object = _END
        position = 0
        try:
            source = iter(items)
            while not stopped.is_set() and (bundle := list(islice(source, self._bundle))):
                _put(fetched, (bundle, position), stopped)
                position += len(bundle)
        except BaseException as error:
            last = error
        _put(fetched, last, stopped)


def _put(fetched: queue.Queue[object], item: object, stopped: threading.Event) -> None:
    while not stopped.is_set():
        try:
            fetched.put(item, timeout=_WAIT_S)
        except queue.Full:
            continue
        return
