"""The shots that were picked, in the order in which they are wanted."""

from __future__ import annotations

import operator
import threading
import weakref
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Any, SupportsIndex, overload

from vidsearch_sdk.errors import QueryError
from vidsearch_sdk.pages.markup import Markup, element, plain
from vidsearch_sdk.results.hand_over import HandOver
from vidsearch_sdk.results.hit import SHOT_COLUMNS, Hit
from vidsearch_sdk.results.listening import Listener

if TYPE_CHECKING:
    import pandas as pd


class Tray(HandOver):
    """Picked shots in order, whichever searches they come from; a grid in a notebook fills one.

    Args:
        hits: Hits to begin with.

    Examples:
        >>> Tray()
        Tray of 0 picks
    """

    def __init__(self, hits: Iterable[Hit] = ()) -> None:
        self._hits: list[Hit] = []
        self._guard = threading.RLock()
        self._listeners: weakref.WeakSet[Listener] = weakref.WeakSet()
        self._put(hits)

    @property
    def title(self) -> str:
        """The queries that the picks answer."""
        asked = dict.fromkeys(hit.answer.query for hit in self if hit.answer is not None)
        return plain(", ".join(asked), limit=80) or "Picks"

    @property
    def table(self) -> pd.DataFrame:
        """The picks as a pandas table of your own, with the query that each answers."""
        import pandas as pd

        rows = [
            {
                "query": hit.answer.query if hit.answer is not None else "",
                **{name: getattr(hit, name) for name in SHOT_COLUMNS},
                **hit.own,
            }
            for hit in self
        ]
        return pd.DataFrame(rows, columns=None if rows else ["query", *SHOT_COLUMNS])

    def add(self, hits: Hit | Iterable[Hit], /) -> Tray:
        """Put hits behind those that are there; a shot or span that is there stays where it is.

        Returns:
            The tray itself.

        Raises:
            QueryError: One of them is no hit.
        """
        for hit in self._put(hits):
            hit.was_picked()
        self._tell()
        return self

    def _put(self, hits: Hit | Iterable[Hit]) -> list[Hit]:
        """Put hits behind those that are there; gives those that were not."""
        wanted = list(hits) if isinstance(hits, Iterable) and not isinstance(hits, Hit) else [hits]
        for hit in wanted:
            if not isinstance(hit, Hit):
                raise QueryError(
                    f"{plain(repr(hit), limit=60)} is no hit: tray.add(hits[0]) or tray.add(hits)"
                )
        new: list[Hit] = []
        with self._guard:
            there = {span_of(hit) for hit in self._hits}
            for hit in wanted:
                if span_of(hit) not in there:
                    there.add(span_of(hit))
                    new.append(hit)
            self._hits += new
        return new

    def remove(self, pick: SupportsIndex | Hit, /) -> None:
        """Take a pick out.

        Args:
            pick: Its place, or the hit itself.

        Raises:
            QueryError: It is not in the tray.
        """
        with self._guard:
            del self._hits[self._place(pick)]
        self._tell()

    def move(self, pick: SupportsIndex | Hit, to: int, /) -> None:
        """Put a pick at another place, from 0; the others close up.

        Raises:
            QueryError: It is not in the tray, or there is no such place.
        """
        with self._guard:
            place, goal = self._place(pick), self._place(to)
            self._hits.insert(goal, self._hits.pop(place))
        self._tell()

    def clear(self) -> None:
        """Take all picks out."""
        with self._guard:
            self._hits.clear()
        self._tell()

    def replace(self, hits: Iterable[Hit], /) -> None:
        """Let these be the picks."""
        fresh = Tray(hits)
        with self._guard:
            self._hits[:] = fresh._hits
        self._tell()

    def place_of(self, hit: Hit) -> int | None:
        """Give the place of a shot or span, from 0; ``None`` where it was not picked."""
        wanted = span_of(hit)
        with self._guard:
            return next((at for at, pick in enumerate(self._hits) if span_of(pick) == wanted), None)

    def __len__(self) -> int:
        return len(self._hits)

    def __iter__(self) -> Iterator[Hit]:
        with self._guard:
            return iter(list(self._hits))

    @overload
    def __getitem__(self, index: SupportsIndex) -> Hit: ...
    @overload
    def __getitem__(self, index: slice) -> Tray: ...
    def __getitem__(self, index: SupportsIndex | slice) -> Hit | Tray:
        with self._guard:
            if isinstance(index, slice):
                return Tray(self._hits[index])
            at = operator.index(index)
            if not -len(self._hits) <= at < len(self._hits):
                raise IndexError(f"pick {at} was asked for; there are {len(self._hits)}")
            return self._hits[at]

    def __contains__(self, hit: object) -> bool:
        return isinstance(hit, Hit) and self.place_of(hit) is not None

    def __repr__(self) -> str:
        picks = "1 pick" if len(self) == 1 else f"{len(self)} picks"
        lines = [
            f"{at}. {plain(hit.name, limit=60)} at {hit.position}" for at, hit in enumerate(self, start=1)
        ]
        return "\n".join([f"Tray of {picks}", *lines])

    def _repr_html_(self) -> str:
        from vidsearch_sdk.results.grid import grid

        picks = list(self)
        counted = "1 pick" if len(picks) == 1 else f"{len(picks)} picks"
        head: list[Markup] = [element("p", counted, class_="vs-head")]
        return grid(picks, head=head, label="Picks", table="tray.table")

    def __getstate__(self) -> dict[str, Any]:
        return {"_hits": list(self)}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__init__(state["_hits"])  # type: ignore[misc]

    def watch(self, listener: Callable[[], None], /) -> Listener:
        """Have a function called after every change, for as long as what is returned is kept."""
        kept = Listener(listener)
        self._listeners.add(kept)
        return kept

    def _tell(self) -> None:
        for listener in list(self._listeners):
            listener.call()

    def _place(self, pick: object) -> int:
        if isinstance(pick, Hit):
            place = self.place_of(pick)
            if place is None:
                raise QueryError(f"{pick} is not in the tray")
            return place
        try:
            place = operator.index(pick)  # type: ignore[arg-type]
        except TypeError:
            given = plain(repr(pick), limit=60)
            raise QueryError(f"{given} is no pick: give its place in the tray, from 0, or the hit") from None
        if not -len(self._hits) <= place < len(self._hits):
            there = f"0 to {len(self._hits) - 1}" if self._hits else "none, it is empty"
            raise QueryError(f"there is no place {place} in the tray: {there}")
        return place % len(self._hits)


def span_of(hit: Hit) -> tuple[str, int, int]:
    """What makes two picks one: the film and the span of it."""
    return hit.video_id, hit.start_pts, hit.end_pts
