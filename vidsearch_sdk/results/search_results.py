"""What a search returns."""

from __future__ import annotations

import operator
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, SupportsIndex, overload

from vidsearch_sdk.results.footage import CatalogLike, Footage
from vidsearch_sdk.results.grid import Link, grid
from vidsearch_sdk.results.hit import SHOT_COLUMNS, Hit
from vidsearch_sdk.results.markup import SPACE, Markup, element, plain

if TYPE_CHECKING:
    import pandas as pd

NEXT_TRIES = "other words, fewer filters, or min_score=0 to see what comes nearest"
"""What to do about an empty answer."""


class SearchResults(Sequence[Hit]):
    """Shots that a search found, best first.

    It is a sequence of ``Hit``: ``hits[0]``, ``hits[-1]``, ``for hit in hits``; a slice is ``SearchResults``
    again. In a notebook it shows pictures; ``print(hits)`` shows a table.

    Args:
        table: One row per shot, best first, with the columns ``SHOT_COLUMNS`` in any order; further columns
            are kept.
        catalog: The catalog that was searched; gives pictures and film files.
        query_text: The query as people read it.
        elapsed_s: Seconds that the search took.
        notes: What the searcher should know about the answer, one sentence each.

    Attributes:
        query: The query as people read it.
        elapsed_s: Seconds that the search took.
        notes: What to know about the answer.

    Raises:
        ValueError: The table lacks a column.
    """

    def __init__(
        self,
        table: pd.DataFrame,
        *,
        catalog: CatalogLike,
        query_text: str,
        elapsed_s: float,
        notes: tuple[str, ...] = (),
    ) -> None:
        missing = [name for name in SHOT_COLUMNS if name not in table.columns]
        if missing:
            raise ValueError(f"the search table lacks the columns {', '.join(missing)}")
        self._table = table.reset_index(drop=True)
        self._footage = Footage(catalog)
        self._catalog = catalog
        self.query = query_text
        self.elapsed_s = float(elapsed_s)
        self.notes = tuple(notes)

    @property
    def table(self) -> pd.DataFrame:
        """The hits as a pandas table of your own: changing it changes nothing here."""
        return self._table.copy()

    def __len__(self) -> int:
        return len(self._table)

    def __iter__(self) -> Iterator[Hit]:
        for row in self._table.to_dict("records"):
            yield self._hit(row)

    @overload
    def __getitem__(self, index: SupportsIndex) -> Hit: ...
    @overload
    def __getitem__(self, index: slice) -> SearchResults: ...
    def __getitem__(self, index: SupportsIndex | slice) -> Hit | SearchResults:
        if isinstance(index, slice):
            part = SearchResults(
                self._table.iloc[index],
                catalog=self._catalog,
                query_text=self.query,
                elapsed_s=self.elapsed_s,
                notes=self.notes,
            )
            part._footage = self._footage
            return part
        place = operator.index(index)
        if not -len(self) <= place < len(self):
            raise IndexError(f"hit {place} was asked for; there are {len(self)}")
        place %= len(self)
        return self._hit(self._table.iloc[place : place + 1].to_dict("records")[0])

    def __repr__(self) -> str:
        return self.text()

    def text(self, *, rows: int = 20) -> str:
        """Write the hits as an aligned table in plain text, with the notes below.

        Args:
            rows: Most hits to write; the rest is counted.
        """
        lines = [self.headline]
        table = [("rank", "score", "position", "length", "shot_id", "film")]
        for hit in self[:rows]:
            name = plain(hit.name, limit=60)
            length = f"{hit.duration_s:.2f} s"
            table.append((str(hit.rank), f"{hit.score:.2f}", hit.position, length, hit.shot_id, name))
        if len(self):
            widths = [max(len(row[column]) for row in table) for column in range(5)]
            for *cells, film in table:
                aligned = (cell.rjust(width) for cell, width in zip(cells, widths, strict=True))
                lines.append(f"{'  '.join(aligned)}  {film}")
            if len(self) > rows:
                lines.append(f"… and {len(self) - rows:,} more: hits.table")
        else:
            lines.append(f"Try {NEXT_TRIES}.")
        return "\n".join([*lines, *(plain(note) for note in self.notes)])

    def _repr_html_(self) -> str:
        return self.html()

    @property
    def headline(self) -> str:
        """One line: how many shots for which query, and how fast."""
        query = plain(self.query, limit=120)
        if not len(self):
            return f"no shot matches {query!r} ({_duration(self.elapsed_s)})"
        shots = "1 shot matches" if len(self) == 1 else f"{len(self):,} shots match"
        return f"{shots} {query!r} ({_duration(self.elapsed_s)})"

    def html(self, *, max_tiles: int | None = None, link: Link | None = None, styled: bool = True) -> Markup:
        """Lay the hits out as static HTML (a ``<div>``, no script) of at most 2 MB.

        Args:
            max_tiles: Most tiles; those left out are counted below.
            link: Where a click on a tile leads.
            styled: Bring the style sheet along.
        """
        count = f"{len(self):,} shot{'' if len(self) == 1 else 's'}" if len(self) else "No shot"
        query = element("span", self.query, class_="vs-query", limit=300)
        seconds = element("span", f"· {_duration(self.elapsed_s)}", class_="vs-quiet")
        head = [element("p", f"{count} for", SPACE, query, SPACE, seconds, class_="vs-head")]
        return self.tiles(head=head, max_tiles=max_tiles, link=link, styled=styled)

    def tiles(
        self,
        *,
        head: Sequence[Markup] = (),
        max_tiles: int | None = None,
        link: Link | None = None,
        styled: bool = True,
    ) -> Markup:
        """Lay the hits out below a head of your own; as ``html`` in all else."""
        notes = [element("p", note, class_="vs-note", limit=400) for note in self.notes]
        empty = []
        if not len(self):
            says = element("b", f"No shot matches “{plain(self.query, limit=120)}”.")
            empty = [element("p", says, SPACE, f"Try {NEXT_TRIES}.", class_="vs-empty")]
        limits = {} if max_tiles is None else {"max_tiles": max_tiles}
        label = f"Shots for {plain(self.query, limit=120)}"
        return grid(self, head=[*head, *empty, *notes], label=label, link=link, styled=styled, **limits)

    def save_html(self, path: str | Path) -> Path:
        """Write the hits as a page of their own, with links into the films that are still in their place.

        Args:
            path: The file to write; one that exists is replaced.

        Raises:
            StorageError: The disk refused.
        """
        from vidsearch_sdk.results.page import Section, film_link, page, write_page

        section = Section(heading=self.query, hits=self, link=film_link)
        return write_page(path, page(title=plain(self.query, limit=80) or "Search", sections=[section]))

    def _hit(self, row: Mapping[Any, Any]) -> Hit:
        return Hit.from_row(row, self._footage)


def _duration(seconds: float) -> str:
    return f"{seconds * 1000:.0f} ms" if seconds < 1 else f"{seconds:.1f} s"
