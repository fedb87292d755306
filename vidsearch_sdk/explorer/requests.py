"""What the front end of an explorer asks beyond what every grid asks."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Literal

from vidsearch_sdk.errors import QueryError, VidsearchError
from vidsearch_sdk.explorer.told import mistake_in
from vidsearch_sdk.results.display import renew
from vidsearch_sdk.results.showing import Showing

if TYPE_CHECKING:
    from vidsearch_sdk.explorer.explorer import Explorer
    from vidsearch_sdk.results.search_results import SearchResults
    from vidsearch_sdk.results.thumbs import Thumbs
    from vidsearch_sdk.results.tray import Tray
    from vidsearch_sdk.widgets.desk import Handler
    from vidsearch_sdk.widgets.reply import Reply

_RENEW_AFTER_S = 2.0
"""Seconds without another answer after which the notebook's page is drawn anew."""


class ExplorerShowing(Showing):
    """The state of a live grid below a query box.

    Args:
        explorer: Does what is asked.
        hits: The first answer.
        tray: Where picks go.
        thumbs: Where thumbs go.
        facts: What the front end is told with the first answer.
    """

    def __init__(
        self,
        explorer: Explorer,
        hits: SearchResults,
        *,
        tray: Tray,
        thumbs: Thumbs,
        facts: Mapping[str, Any],
    ) -> None:
        super().__init__(hits, tray=tray, thumbs=thumbs, facts=facts)
        self._explorer = explorer
        self._renewal: threading.Timer | None = None

    def view(self) -> dict[str, Any]:
        """Describe what is shown; the way back ends at the first answer, not before it."""
        with self._guard:
            told = super().view()
            unasked = self._unasked and len(told["trail"]) > 1
        return {**told, "trail": told["trail"][1:], "back": len(told["trail"]) > 2} if unasked else told

    def go(self, steps: int) -> bool:
        """Go back or forward among the answers; says whether there was one."""
        with self._guard:
            return not (self._at + steps == 0 and self._unasked) and super().go(steps)

    def push_view(self) -> None:
        """Tell every front end what is shown; the page that the notebook keeps follows a little later."""
        super().push_view()
        with self._guard:
            if self._renewal is not None:
                self._renewal.cancel()
            self._renewal = threading.Timer(_RENEW_AFTER_S, self._renew)
            self._renewal.daemon = True
            self._renewal.start()

    def close(self) -> None:
        """Close every front end."""
        with self._guard:
            if self._renewal is not None:
                self._renewal.cancel()
        for desk in list(self._desks):
            desk.close()

    def _renew(self) -> None:
        hits = self.hits
        for desk in list(self._desks):
            if desk.comm is not None:
                renew(hits, desk.key)

    @property
    def _unasked(self) -> bool:
        return not getattr(self._visits[0].facts, "begun", True)

    def handlers(self) -> dict[str, Handler]:
        """Give what answers the front end, by what it asks."""
        return {
            **super().handlers(),
            "search": self._search,
            "facets": lambda _, reply: reply.done({"columns": self._explorer._facets()}),
            "history": self._history,
            "back": lambda _, reply: reply.done({"shown": self._explorer.back()}),
            "forward": lambda _, reply: reply.done({"shown": self._explorer.forward()}),
        }

    def _again(self, _: Mapping[str, Any], reply: Reply) -> None:
        reply.done({"shown": self._explorer._again_aside(reply)})

    def _history(self, _: Mapping[str, Any], reply: Reply) -> None:
        labels = self._explorer._searching.labels
        reply.done({"queries": self._explorer.history, "labels": dict(labels)})

    def _search(self, request: Mapping[str, Any], reply: Reply) -> None:
        try:
            reply.done({"shown": self._explorer._asked_aside(request, reply)})
        except VidsearchError as error:
            words = str(error)
            query = request.get("query", self._explorer.query)
            marked = mistake_in(query, words) if isinstance(error, QueryError) else None
            reply.fail(words, marked=marked)

    def _follow(self, how: Literal["like", "unlike", "after"]) -> Handler:
        def handler(asked: Mapping[str, Any], reply: Reply) -> None:
            hit, hits = self._hit(asked), self._set(asked["set"])
            reply.done({"shown": self._explorer._followed_aside(hit, hits, how, reply)})

        return handler
