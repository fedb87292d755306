"""The searches of an explorer: what was asked last is shown, what was overtaken is dropped."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from vidsearch_sdk.explorer.asked import Asked
from vidsearch_sdk.explorer.latest import Latest, Turn
from vidsearch_sdk.explorer.told import facts_of, label_of_visit
from vidsearch_sdk.results.follow import Said

if TYPE_CHECKING:
    from vidsearch_sdk.explorer.requests import ExplorerShowing
    from vidsearch_sdk.results.search_results import SearchResults
    from vidsearch_sdk.widgets.reply import Reply

Search = Callable[[], "SearchResults"]

_HISTORY = 200
_BUSY_S = 0.5


class Searching:
    """Runs searches and shows what they find; safe to use from many threads.

    Args:
        showing: Where answers are shown.
    """

    def __init__(self, showing: ExplorerShowing) -> None:
        self._showing = showing
        self._guard = threading.RLock()
        self._latest = Latest()
        self._pending: Asked | None = None
        self._busy = False
        self._history: dict[str, Said | None] = {}

    @property
    def asked(self) -> Asked:
        """What was asked for what is shown."""
        asked: Asked = self._showing.visit.facts.asked  # type: ignore[attr-defined]
        return asked

    @property
    def base(self) -> Asked:
        """What a change starts from: what is being searched for, or else what is shown."""
        with self._guard:
            return self._pending or self.asked

    @property
    def history(self) -> list[str]:
        """Queries that were asked, the last one first, each once."""
        with self._guard:
            return list(reversed(self._history))

    @property
    def labels(self) -> Mapping[str, str]:
        """How people read those of the queries that name shots."""
        with self._guard:
            return {query: str(said) for query, said in self._history.items() if said is not None}

    def recalled(self, asked: Asked) -> Asked:
        """Name a query that was asked before as it was named then."""
        with self._guard:
            known = self._history.get(asked.query)
        return asked if asked.said is not None or known is None else replace(asked, said=known)

    def run(self, asked: Asked, search: Search) -> SearchResults:
        """Search in the caller's thread, show what is found, and return it."""
        turn = self._begin(asked)
        busy = threading.Timer(_BUSY_S, self._tell_busy, [turn])
        busy.daemon = True
        busy.start()
        try:
            hits = search()
        except BaseException:
            self._give_up(turn)
            raise
        finally:
            busy.cancel()
        self._take(turn, hits, asked, "")
        return hits

    def run_aside(self, asked: Asked, search: Search, reply: Reply, *, aside: bool = False) -> bool:
        """Search in a thread of its own, and show what is found where it is still wanted.

        Args:
            asked: What is asked.
            search: Finds it.
            reply: Says when it is no longer wanted.
            aside: Whether the answer is to something else than the query and the filter that stay set.

        Returns:
            Whether it was shown.
        """
        turn = self._begin(asked)
        try:
            hits = self._latest.aside(turn, search, reply.cancelled)
        except BaseException:
            self._give_up(turn)
            raise
        if hits is None:
            self._give_up(turn)
            return False
        return self._take(turn, hits, asked, hits.query if aside else "")

    def go(self, steps: int) -> bool:
        """Go back or forward, and drop what is being searched for; says whether there was anywhere to go."""
        with self._guard:
            # Where there is nowhere to go, a search that runs goes on.
            if not self._showing.go(steps):
                return False
            self._drop()
            return True

    def stop(self) -> None:
        """Drop what is being searched for."""
        with self._guard:
            self._drop()

    def _begin(self, asked: Asked) -> Turn:
        with self._guard:
            self._pending = asked
            return self._latest.begin()

    def _drop(self) -> None:
        self._latest.begin()
        self._pending, self._busy = None, False

    def _tell_busy(self, turn: Turn) -> None:
        with self._guard:
            # Whatever overtook it may have been shown by now.
            if self._latest.is_last(turn):
                self._busy = True
                self._showing.push({"push": "busy", "words": "Searching …"})

    def _end(self, turn: Turn) -> bool:
        last = self._latest.end(turn)
        if last:
            self._pending = None
        return last

    def _give_up(self, turn: Turn) -> None:
        with self._guard:
            # Where another search overtook it, that one's end takes the words away.
            if self._end(turn) and self._busy:
                self._busy = False
                self._showing.push_view()

    def _take(self, turn: Turn, hits: SearchResults, asked: Asked, label: str) -> bool:
        with self._guard:
            if not self._end(turn):
                return False
            self._busy = False
            if asked.query and asked.query != self.asked.query:
                self._history.pop(asked.query, None)
                self._history[asked.query] = asked.said
                if len(self._history) > _HISTORY:
                    del self._history[next(iter(self._history))]
            facts = facts_of(asked, hits, aside=bool(label))
            self._showing.show(hits, label=label or label_of_visit(asked, hits), facts=facts)
            return True
