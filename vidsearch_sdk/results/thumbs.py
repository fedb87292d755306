"""Thumbs up and down that shots were given for a query."""

from __future__ import annotations

import datetime as dt
import threading
import weakref
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from vidsearch_sdk.errors import QueryError
from vidsearch_sdk.results.listening import Listener

if TYPE_CHECKING:
    import pandas as pd

    from vidsearch_sdk.results.hit import Hit


class Thumbs:
    """What was said of shots, the last word for each query and shot."""

    def __init__(self) -> None:
        self._given: dict[tuple[str, str], tuple[int, dt.datetime]] = {}
        self._guard = threading.Lock()
        self._listeners: weakref.WeakSet[Listener] = weakref.WeakSet()

    def __reduce__(self) -> tuple[type[Thumbs], tuple[()]]:
        # What is sent to another process is an answer, not what people said of it here.
        return Thumbs, ()

    def give(self, hit: Hit, thumb: int) -> None:
        """Say that a hit is right (1) or wrong (-1) for its query; 0 takes that back.

        Raises:
            QueryError: The thumb is none of these.
        """
        if thumb not in (-1, 0, 1):
            raise QueryError(f"thumb={thumb!r}: 1 (right), -1 (wrong) or 0 (neither) is needed")
        with self._guard:
            self._given.pop(_key(hit), None)
            if thumb:
                self._given[_key(hit)] = thumb, dt.datetime.now(dt.UTC)
        hit.was_judged(thumb)
        for listener in list(self._listeners):
            listener.call(*_key(hit), thumb)

    def watch(self, listen: Callable[[str, str, int], None], /) -> Listener:
        """Have a function told query, shot_id and thumb, for as long as what is returned is kept."""
        kept = Listener(listen)
        self._listeners.add(kept)
        return kept

    def of(self, hit: Hit) -> int:
        """What was said of a hit: 1, -1 or 0."""
        return self._given.get(_key(hit), (0, None))[0]

    @property
    def given(self) -> Mapping[tuple[str, str], int]:
        """The thumb for each query and shot_id."""
        with self._guard:
            return {key: thumb for key, (thumb, _) in self._given.items()}

    @property
    def table(self) -> pd.DataFrame:
        """One row per thumb, as given: ``query``, ``shot_id``, ``thumb`` (1 or -1), ``at`` (UTC)."""
        import pandas as pd

        with self._guard:
            rows = [(query, shot, thumb, at) for (query, shot), (thumb, at) in self._given.items()]
        frame = pd.DataFrame(rows, columns=["query", "shot_id", "thumb", "at"])
        kinds = {"query": "str", "shot_id": "str", "thumb": "int64", "at": "datetime64[us, UTC]"}
        return frame.astype(kinds)


def _key(hit: Hit) -> tuple[str, str]:
    return ("" if hit.answer is None else hit.answer.query), hit.shot_id
