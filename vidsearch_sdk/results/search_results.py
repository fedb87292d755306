"""What a search returns."""

from __future__ import annotations

import operator
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, SupportsIndex, overload

from vidsearch_sdk.errors import QueryError
from vidsearch_sdk.pages.markup import SPACE, Markup, element, plain
from vidsearch_sdk.results.footage import CatalogLike, Footage
from vidsearch_sdk.results.grid import MAX_TILES, grid
from vidsearch_sdk.results.hand_over import HandOver
from vidsearch_sdk.results.heading import answer_head, query_changes
from vidsearch_sdk.results.hit import SHOT_COLUMNS, Hit
from vidsearch_sdk.results.said import keep
from vidsearch_sdk.results.thumbs import Thumbs
from vidsearch_sdk.results.tile import Link
from vidsearch_sdk.results.tray import Tray
from vidsearch_sdk.results.wording import NEXT_TRIES, corrected, expanded, round_duration, stages
from vidsearch_sdk.results.written import hit_lines

if TYPE_CHECKING:
    import pandas as pd

    from vidsearch_sdk.results.follow import Follow
    from vidsearch_sdk.usage.answered import Answered
    from vidsearch_sdk.widgets.desk import Desk


class SearchResults(HandOver):
    """Shots that a search found, best first.

    It is a sequence of ``Hit``: ``hits[0]``, ``hits[-1]``, ``for hit in hits``; a slice is ``SearchResults``
    again. In a notebook it shows a grid to look, play and pick in; ``print(hits)`` shows a table.

    Args:
        table: One row per shot or span, best first, with the columns ``SHOT_COLUMNS`` in any order. The
            columns ``OPTIONAL_COLUMNS`` say why each came; further columns are kept.
        catalog: The catalog that was searched; gives pictures and film files.
        query_text: The query as people read it.
        elapsed_s: Seconds that the search took.
        notes: What the searcher should know about the answer, one sentence each.
        timing: Seconds that each stage took, in order.
        corrections: Pairs of a word as it was typed and as it was searched.
        expansions: Pairs of a word and the synonyms that were searched with it.
        folded: For the rank of a hit, the table of near-duplicates that it stands for; looked at only when
            a hit is asked for them, so that the mapping may make them late.
        parts: For the rank of a span, the table of its shots, in order of time.
        follow: Asks the index further about a shot; none where no index found these.

    Attributes:
        query: The query as people read it.
        elapsed_s: Seconds that the search took.
        notes: What to know about the answer.
        timing: Seconds that each stage took, in order.
        corrections: Pairs of a word as it was typed and as it was searched; ``spelling=False`` refuses them.
        expansions: Pairs of a word and the synonyms searched with it; ``synonyms=False`` leaves them out.
        tray: What was picked in the grid of these hits, in order.
        follow: Asks the index further about a shot, if one found these.
        learned: How many judged shots it was searched by: right ones and wrong ones.
        usage: Is told what becomes of the answer, where the catalog keeps that.

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
        notes: Sequence[str] = (),
        timing: Mapping[str, float] | None = None,
        corrections: Sequence[tuple[str, str]] = (),
        expansions: Sequence[tuple[str, Sequence[str]]] = (),
        folded: Mapping[int, pd.DataFrame] | None = None,
        parts: Mapping[int, pd.DataFrame] | None = None,
        follow: Follow | None = None,
    ) -> None:
        missing = [name for name in SHOT_COLUMNS if name not in table.columns]
        if missing:
            raise ValueError(f"the search table lacks the columns {', '.join(missing)}")
        self._table = table.reset_index(drop=True)
        self._folded: Mapping[int, pd.DataFrame] = {} if folded is None else folded
        self._parts: Mapping[int, pd.DataFrame] = {} if parts is None else parts
        # By their keys: a mapping that makes tables late may make one only to say whether it has it.
        self._folded_ranks, self._span_ranks = frozenset(self._folded), frozenset(self._parts)
        self._like: str | None = None
        self._footage = Footage(catalog)
        self._catalog = catalog
        self.query = query_text
        self.elapsed_s = float(elapsed_s)
        self.notes = tuple(notes)
        self.timing = {str(stage): float(seconds) for stage, seconds in (timing or {}).items()}
        self.corrections = tuple((typed, read) for typed, read in corrections)
        self.expansions = tuple((word, tuple(others)) for word, others in expansions)
        self.follow = follow
        self.usage: Answered | None = None
        self.learned = (0, 0)
        self.tray = Tray()
        self._thumbs = Thumbs()

    @property
    def title(self) -> str:
        """The query, as a title."""
        return plain(self.query, limit=80) or "Search"

    @property
    def picks(self) -> pd.DataFrame:
        """What was picked in the grid of these hits, in order; ``tray`` can be exported."""
        return self.tray.table

    @property
    def thumbs(self) -> pd.DataFrame:
        """Thumbs given in the grid: ``query``, ``shot_id``, ``thumb`` (1 or -1), ``at`` (UTC)."""
        return self._thumbs.table

    @property
    def catalog(self) -> CatalogLike:
        """The catalog that was searched."""
        return self._catalog

    def again(self) -> SearchResults:
        """Search the same again with the thumbs and picks of this answer, which find better shots.

        What is wrong is found no more. The new answer has the same tray and the same thumbs, so that more of
        them can be given there.

        Raises:
            QueryError: Nothing was said of it, or no index found these shots.
        """
        if self.follow is None:
            raise QueryError("these shots were not found by an index here: there is nothing to ask again")
        found = self.follow.again(self, thumbs=self._thumbs, tray=self.tray)
        found.tray, found._thumbs = self.tray, self._thumbs
        return found

    def keep(self, *, who: str, concept: str | None = None) -> str:
        """Keep the thumbs and picks of this answer in ``catalog.judgments``, with who gave them and when.

        Args:
            who: Who gave them.
            concept: A name to keep them under; ``vs.concept(name)`` then searches for it. By default they are
                kept for the words that were searched for.

        Returns:
            The id of what was added; ``catalog.judgments.remove`` takes it back.

        Raises:
            QueryError: There are none, or ``concept`` is no name.
            CatalogError: It is not said who gave them.
            StorageError: The disk refused; nothing was added.
        """
        return keep([self], thumbs=self._thumbs, tray=self.tray, who=who, concept=concept)

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
            return self._again(self._table.iloc[index])
        place = operator.index(index)
        if not -len(self) <= place < len(self):
            raise IndexError(f"hit {place} was asked for; there are {len(self)}")
        place %= len(self)
        return self._hit(self._table.iloc[place : place + 1].to_dict("records")[0])

    def __repr__(self) -> str:
        return self.text()

    def text(self, *, rows: int = 20) -> str:
        """Write the hits as an aligned table in plain text, what was made of the query above, notes below.

        What a row has to say beyond its score (the line that was found, the steps of a span, the
        near-duplicates folded behind it) stands below it, indented.

        Args:
            rows: Most hits to write; the rest is counted.
        """
        self.was_shown()
        lines = [self.headline]
        lines += [line for line in (corrected(self.corrections), expanded(self.expansions)) if line]
        lines += hit_lines(self[:rows])
        if len(self) > rows:
            lines.append(f"… and {len(self) - rows:,} more: hits.table")
        elif not len(self) and self._like is None:
            lines.append(f"Try {NEXT_TRIES}.")
        lines += [plain(note) for note in self.notes]
        if self.timing:
            lines.append(f"time: {stages(self.timing)}")
        return "\n".join(lines)

    def _repr_html_(self) -> str:
        return self.html()

    def show(self) -> None:
        """Show the grid in a notebook, as a cell that ends in the hits does.

        The pictures are a static page first; where a kernel runs, the live grid takes its place.
        """
        from vidsearch_sdk.results.display import show

        show(self, self._desk)

    def _ipython_display_(self) -> None:
        from vidsearch_sdk.results.display import kernel_shell

        if kernel_shell() is None:
            raise NotImplementedError  # a terminal then goes on to the plain text
        self.show()

    def _desk(self, key: str) -> Desk:
        from vidsearch_sdk.results.showing import Showing

        return Showing(self, tray=self.tray, thumbs=self._thumbs).desk(key)

    @property
    def headline(self) -> str:
        """One line: how many shots for which query, and how fast."""
        query = plain(self.query, limit=120)
        # An expression brings quotes of its own.
        query = query if '"' in query else repr(query)
        if self._like is not None:
            shots = "1 more shot" if len(self) == 1 else f"{len(self) or 'no'} more shots"
            return f"{shots} like {plain(self._like)} for {query}"
        took = round_duration(self.elapsed_s)
        verb = "match" if len(self) > 1 else "matches"
        return f"{self.counted.lower()} {verb} {query} ({took})"

    @property
    def counted(self) -> str:
        """How many shots or spans, in words."""
        if not len(self):
            return "No shot"
        spans = self._span_ranks.issuperset(self._table["rank"].tolist())
        return f"{len(self):,} {'span' if spans else 'shot'}{'' if len(self) == 1 else 's'}"

    def html(
        self,
        *,
        max_tiles: int | None = None,
        link: Link | None = None,
        styled: bool = True,
        key: str | None = None,
    ) -> Markup:
        """Lay the hits out as static HTML (a ``<div>``, no script) of at most 2 MB.

        Args:
            max_tiles: Most tiles; those left out are counted below.
            link: Where a click on a tile leads.
            styled: Bring the style sheet along.
            key: What a live grid finds the page by.
        """
        if self._like is None:
            counted = self.counted
            head = answer_head(counted, query=self.query, elapsed_s=self.elapsed_s, timing=self.timing)
        else:
            head = element("p", self.headline, class_="vs-head", limit=300)
        return self.tiles(head=[head], max_tiles=max_tiles, link=link, styled=styled, key=key)

    def tiles(
        self,
        *,
        head: Sequence[Markup] = (),
        max_tiles: int | None = None,
        link: Link | None = None,
        styled: bool = True,
        key: str | None = None,
    ) -> Markup:
        """Lay the hits out below a head of your own; as ``html`` in all else.

        What was made of the query (corrections, synonyms) and the notes stand between head and tiles.
        """
        self.was_shown()
        notes = [element("p", note, class_="vs-note", limit=400) for note in self.notes]
        changes = query_changes(self.corrections, self.expansions)
        empty = []
        if not len(self) and self._like is None:
            says = element("b", f"No shot matches “{plain(self.query, limit=120)}”.")
            empty = [element("p", says, SPACE, f"Try {NEXT_TRIES}.", class_="vs-empty")]
        most = MAX_TILES if max_tiles is None else max_tiles
        label = f"Shots for {plain(self.query, limit=120)}"
        above = [*head, *changes, *empty, *notes]
        return grid(self, head=above, label=label, max_tiles=most, link=link, styled=styled, key=key)

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

    def __getstate__(self) -> dict[str, Any]:
        # Mappings that make their tables late hold on to the index; only tables go to another process.
        kept = {"_folded": self._kept(self._folded), "_parts": self._kept(self._parts), "follow": None}
        kept["usage"] = None
        return {**self.__dict__, **kept, "tray": Tray(), "_thumbs": Thumbs()}

    def was_shown(self) -> None:
        """Tell that somebody sees the answer, where the catalog keeps that."""
        if self.usage is not None:
            self.usage.shown()

    def parts_of(self, rank: int) -> tuple[Hit, ...]:
        """Give the shots of the span of that rank, in order of time; none for a single shot."""
        table = self._parts.get(rank)
        return () if table is None else tuple(self._again(_ranked(table), alone=True))

    def folded_behind(self, rank: int) -> SearchResults:
        """Give the near-duplicates that the hit of that rank stands for, without itself; often none."""
        table = self._folded.get(rank)
        behind = self._again(self._table.iloc[:0] if table is None else _ranked(table), alone=True)
        at = self._table["rank"] == rank
        behind._like = str(self._table.loc[at, "shot_id"].iloc[0]) if at.any() else ""
        return behind

    def place_of(self, hit: Hit) -> int | None:
        """Give the place of a shot or span among these, from 0; ``None`` where it is not one."""
        same = (self._table["shot_id"] == hit.shot_id) & (self._table["end_pts"] == hit.end_pts)
        return int(same.to_numpy().argmax()) if same.any() else None

    def in_order(self) -> SearchResults:
        """Give the hits in the order in which their films show them, ranked anew and without scores."""
        table = self._table.sort_values(["video_id", "start_pts"], kind="stable", ignore_index=True)
        # They are there for where they stand, and not for what was asked.
        scores = dict.fromkeys({"score", "picture", "dialogue"}.intersection(table.columns), float("nan"))
        return self._again(table.assign(rank=range(1, len(table) + 1), **scores), alone=True)

    def only(self, rank: int) -> SearchResults:
        """Give the answer with the hit of that rank alone, its parts and near-duplicates in memory."""
        one = self._again(self._table[self._table["rank"] == rank])
        one._folded, one._parts = one._kept(self._folded), one._kept(self._parts)
        one._folded_ranks, one._span_ranks = frozenset(one._folded), frozenset(one._parts)
        return one

    def _kept(self, tables: Mapping[int, pd.DataFrame]) -> dict[int, pd.DataFrame]:
        ranks = frozenset(tables)
        return {rank: tables[rank] for rank in self._table["rank"].tolist() if rank in ranks}

    def _again(self, table: pd.DataFrame, *, alone: bool = False) -> SearchResults:
        """Make results of other rows of the same search; ``alone`` without what stands behind these."""
        again = SearchResults(
            table,
            catalog=self._catalog,
            query_text=self.query,
            elapsed_s=self.elapsed_s,
            notes=() if alone else self.notes,
            timing={} if alone else self.timing,
            corrections=() if alone else self.corrections,
            expansions=() if alone else self.expansions,
            folded={} if alone else self._folded,
            parts={} if alone else self._parts,
            follow=self.follow,
        )
        again.tray, again._thumbs = self.tray, self._thumbs
        again._footage, again.usage, again.learned = self._footage, self.usage, self.learned
        again._like = self._like
        return again

    def _hit(self, row: Mapping[Any, Any]) -> Hit:
        if "folded" not in row and row["rank"] in self._folded_ranks:
            row = {**row, "folded": len(self._folded[row["rank"]])}
        return Hit.from_row(row, self._footage, answer=self)


def _ranked(table: pd.DataFrame) -> pd.DataFrame:
    return table if "rank" in table.columns else table.assign(rank=range(1, len(table) + 1))
