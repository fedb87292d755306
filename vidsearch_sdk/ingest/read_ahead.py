"""Items made by another thread, so that it need not wait while they are worked on."""

from __future__ import annotations

import queue
import sys
import threading
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from typing import TypeVar

T = TypeVar("T")

_LOOK_UP_S = 0.05
_TURN_S = 0.0005


@contextmanager
def read_ahead(items: Iterator[T], *, at_once: int, ahead: int) -> Generator[Iterator[list[T]]]:
    """Take items in a thread of their own and hand them on in lists.

    A decoder works on while its pictures are scored only as long as somebody asks it for the next one: one
    thread that does both lets it idle for as long as the scoring takes.

    Args:
        items: Made one by one; only the other thread touches them until the ``with`` ends.
        at_once: Items of a list.
        ahead: Lists that wait at most.

    Yields:
        The lists, in order. What the items raise, they raise.

    Example:
        >>> with read_ahead(iter(range(5)), at_once=2, ahead=1) as lists:
        ...     print(list(lists))
        [[0, 1], [2, 3], [4]]
    """
    waiting: queue.Queue[list[T] | BaseException | None] = queue.Queue(ahead)
    stop = threading.Event()
    # With the usual 5 ms the decoder would wait longer for its turn than a picture takes to decode.
    usual = sys.getswitchinterval()
    sys.setswitchinterval(min(usual, _TURN_S))
    thread = threading.Thread(target=_take, args=(items, at_once, waiting, stop), daemon=True)
    thread.start()
    try:
        yield _given(waiting)
    finally:
        stop.set()
        thread.join()
        sys.setswitchinterval(usual)


def _given(waiting: queue.Queue[list[T] | BaseException | None]) -> Iterator[list[T]]:
    while (given := waiting.get()) is not None:
        if isinstance(given, BaseException):
            raise given
        yield given


def _take(
    items: Iterator[T],
    at_once: int,
    waiting: queue.Queue[list[T] | BaseException | None],
    stop: threading.Event,
) -> None:
    last: BaseException | None = None
    taken: list[T] = []
    try:
        for item in items:
            taken.append(item)
            if len(taken) == at_once:
                if not _put(taken, waiting, stop):
                    return
                taken = []
    except BaseException as error:  # handed on to the thread that works, whatever it is
        last = error
    if taken:
        _put(taken, waiting, stop)
    _put(last, waiting, stop)


def _put(
    given: list[T] | BaseException | None,
    waiting: queue.Queue[list[T] | BaseException | None],
    stop: threading.Event,
) -> bool:
    while not stop.is_set():
        try:
            waiting.put(given, timeout=_LOOK_UP_S)
        except queue.Full:
            continue
        return True
    return False
