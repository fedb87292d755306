"""What can be asked further about a shot that was found."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from vidsearch_sdk.errors import QueryError
from vidsearch_sdk.pages.markup import plain
from vidsearch_sdk.results.said import JudgedAnswer, said_of

if TYPE_CHECKING:
    from vidsearch_sdk.results.hit import Hit
    from vidsearch_sdk.results.search_results import SearchResults
    from vidsearch_sdk.results.thumbs import Thumbs
    from vidsearch_sdk.results.tray import Tray

_NEXT = 24
"""Shots that are shown of what follows."""

_MOST_NAMED = 2


@dataclass(frozen=True)
class Said:
    """How people read a query that names shots, whose ids say nothing to them.

    Attributes:
        begun: What was asked first.
        away: The shots that it was asked away from, in order.

    Examples:
        >>> print(Said("“a dog”", ("park.mp4 at 00:00:04.583",)))
        “a dog”, but not like park.mp4 at 00:00:04.583
        >>> print(Said("“a dog”", ("a.mp4 at 00:00:01", "b.mp4 at 00:00:02", "c.mp4 at 00:00:03")))
        “a dog”, but not like b.mp4 at 00:00:02, c.mp4 at 00:00:03 or 1 other
    """

    begun: str
    away: tuple[str, ...] = ()

    @classmethod
    def of(cls, asked: Any) -> Said:
        """Name what was searched for: words as they are, all else as it is written."""
        words = getattr(asked, "words", None)
        return cls(f"“{plain(words, limit=80)}”" if isinstance(words, str) else plain(str(asked), limit=80))

    @classmethod
    def like(cls, hit: Hit) -> Said:
        """Name the search for more like a hit."""
        return cls(f"more like {_name(hit)}")

    def unlike(self, hit: Hit) -> Said:
        """Name the same, asked away from a hit as well."""
        return replace(self, away=(*self.away, _name(hit)))

    def __str__(self) -> str:
        if not self.away:
            return self.begun
        # The latest tell one step of a visit from the next; all of them would grow without end.
        named = list(self.away[-_MOST_NAMED:])
        left = len(self.away) - len(named)
        named += [f"{left:,} other{'s' if left > 1 else ''}"] if left else []
        listed = named[0] if len(named) == 1 else f"{', '.join(named[:-1])} or {named[-1]}"
        return f"{self.begun}, but not like {listed}"

    def name(self, found: SearchResults) -> SearchResults:
        """Call an answer so, and what is asked further about it; gives it back."""
        found.query = str(self)
        if found.follow is not None:
            found.follow._said = self
        return found


class Follow:
    """Asks the index that found some shots for others.

    Args:
        search: ``ShotIndex.search`` with the options of the first search; options given again replace those.
        asked: The expression that was searched for.
        least: The score that a shot needs when the same is asked again: that something is there is known.
        feedback: What the first search learned from.

    Attributes:
        said: What was said of an answer before, by shot_id, where it was asked for again by that.
    """

    def __init__(
        self, search: Callable[..., SearchResults], asked: Any, *, least: float, feedback: Any = False
    ) -> None:
        self.said: Mapping[str, int] = {}
        self._feedback = feedback
        self._search = search
        self._asked = asked
        self._least = least
        self._said = Said.of(asked)

    def like(self, hit: Hit) -> SearchResults:
        """Find more like this shot."""
        return Said.like(hit).name(self._search(hit, feedback=False))

    def unlike(self, hit: Hit) -> SearchResults:
        """Ask the same again, away from this shot.

        Raises:
            QueryError: Nothing can be taken away from what was asked.
        """
        found = self._search(self._asked - hit, min_score=self._least)
        return self._said.unlike(hit).name(found)

    @property
    def written(self) -> str:
        """What the query is kept under: words and the name of a concept as they are, all else as written."""
        words = getattr(self._asked, "words", None) or getattr(self._asked, "name", None)
        return words if isinstance(words, str) else str(self._asked)

    @property
    def learned(self) -> bool:
        """Whether the search was given what people said of shots; a concept brings its own."""
        return self._feedback is not None and self._feedback is not False

    def again(self, answer: SearchResults, *, thumbs: Thumbs, tray: Tray) -> SearchResults:
        """Ask the same again, with what was said of its answer.

        Args:
            answer: The answer.
            thumbs: The thumbs that were given.
            tray: The picks; they count as right.

        Raises:
            QueryError: Nothing was said of it.
        """
        said = said_of(answer.query, thumbs, tray)
        if not said:
            raise QueryError(
                "nothing was said of this answer yet: give thumbs or pick in its grid, then ask again"
            )
        earlier = self._feedback.earlier if isinstance(self._feedback, JudgedAnswer) else self._feedback
        given = JudgedAnswer(thumbs.table, tray.table, answer.query, earlier)
        found = self._search(self._asked, feedback=given, min_score=self._least)
        if found.query != answer.query:
            self._said.name(found)
        if found.follow is not None:
            found.follow.said = said
        return found

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
            feedback=False,
        )
        if not len(found):
            raise QueryError(f"nothing follows {_name(hit)}: it is the last of its film")
        following = found.in_order()
        following.query = f"what follows {_name(hit)}"
        # What is asked further begins at what was asked, and not among the few shots that follow.
        following.follow = self
        return following


def _name(hit: Hit) -> str:
    return f"{plain(hit.name, limit=60)} at {hit.position}"
