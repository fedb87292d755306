"""Of several pieces of work of which each takes the place of the one before, the last one counts."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")

_LOOK_S = 0.05
_MOST_AT_ONCE = 4
"""Searches that run side by side at most; what was dropped still runs to its end."""


class Turn:
    """One piece of work's claim to be the last."""

    def __init__(self) -> None:
        self.ended = threading.Event()
        self.superseded = False


class Latest:
    """Hands out turns, and says whose is the last; safe to use from many threads."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._turn: Turn | None = None
        self._places = threading.Semaphore(_MOST_AT_ONCE)

    def begin(self) -> Turn:
        """Take a turn; whoever had it before has it no longer."""
        turn = Turn()
        with self._guard:
            before, self._turn = self._turn, turn
        if before is not None:
            before.superseded = True
            before.ended.set()
        return turn

    def is_last(self, turn: Turn) -> bool:
        """Whether nothing was begun after a turn, and it was not given back."""
        with self._guard:
            return self._turn is turn

    def end(self, turn: Turn) -> bool:
        """Give a turn back; says whether it was still the last."""
        with self._guard:
            if self._turn is not turn:
                return False
            self._turn = None
            return True

    def aside(self, turn: Turn, work: Callable[[], T], cancelled: threading.Event) -> T | None:
        """Do work in a thread of its own, and wait for it as long as it is wanted.

        A search cannot be stopped in the middle; what is no longer wanted runs on and is dropped.

        Args:
            turn: Whose work it is.
            work: What is done.
            cancelled: Set when the answer is no longer wanted.

        Returns:
            What ``work`` returns; ``None`` where it is no longer wanted. What it raises is raised here.
        """
        made: list[T] = []
        failed: list[BaseException] = []

        def do() -> None:
            with self._places:
                try:
                    if not turn.superseded and not cancelled.is_set():
                        made.append(work())
                except BaseException as error:
                    failed.append(error)
            turn.ended.set()

        threading.Thread(target=do, name="vidsearch-explorer", daemon=True).start()
        while not turn.ended.wait(_LOOK_S) and not cancelled.is_set():
            pass
        if turn.superseded or cancelled.is_set():
            return None
        if failed:
            raise failed[0]
        return made[0] if made else None
