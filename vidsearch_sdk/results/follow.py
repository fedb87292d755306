"""What can be asked further about a shot that was found."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from vidsearch_sdk.errors import QueryError
from vidsearch_sdk.results.markup import plain

if TYPE_CHECKING:
    from vidsearch_sdk.results.hit import Hit
    from vidsearch_sdk.results.search_results import SearchResults

_NEXT = 24
"""Shots that are shown of what follows."""


class Follow:
    """Asks the index that found some shots for others.

    Args:
        search: ``ShotIndex.search`` with the options of the first search; options given again replace those.
        asked: The expression that was searched for.
        least: The score that a shot needs when the same is asked again: that something is there is known.
    """

    def __init__(self, search: Callable[..., SearchResults], asked: Any, *, least: float) -> None:
        self._search = search
        self._asked = asked
        self._least = least

    def like(self, hit: Hit) -> SearchResults:
        """Find more like this shot."""
        return _called(self._search(hit), f"more like {_name(hit)}")

    def unlike(self, hit: Hit) -> SearchResults:
        """Ask the same again, away from this shot.

        Raises:
            QueryError: Nothing can be taken away from what was asked.
        """
        found = self._search(self._asked - hit, min_score=self._least)
        return _called(found, f"the same, but not like {_name(hit)}")

    def after(self, hit: Hit) -> SearchResults:
        """Give the shots that follow this one in its film, in order.

        Raises:
            QueryError: It is the last one.
        """
        last = max((part.number for part in hit.parts), default=hit.number)
        found = self._search(
            hit,
            k=_NEXT,
            where={"video_id": hit.video_id, "number": (last + 1, last + _NEXT)},
            min_score=0.0,
            fold=False,
            per_film=None,
            rerank=False,
        )
        if not len(found):
            raise QueryError(f"nothing follows {_name(hit)}: it is the last of its film")
        return _called(found.in_order(), f"what follows {_name(hit)}")


def _called(found: SearchResults, query: str) -> SearchResults:
    found.query = query
    return found


def _name(hit: Hit) -> str:
    return f"{plain(hit.name, limit=60)} at {hit.position}"
