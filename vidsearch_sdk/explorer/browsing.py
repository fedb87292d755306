"""Shots that nobody asked for in words: all that pass a filter, or those of given ids."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from vidsearch_sdk.errors import QueryError
from vidsearch_sdk.index.exact import Rows
from vidsearch_sdk.index.filters import parse_filter
from vidsearch_sdk.index.served import Served
from vidsearch_sdk.pages.markup import Markup, element, plain
from vidsearch_sdk.query.algebra.terms import Words
from vidsearch_sdk.query.answer_tables import moments_table
from vidsearch_sdk.query.arguments import checked_count
from vidsearch_sdk.query.moments import Moments
from vidsearch_sdk.query.reasons import Reasons
from vidsearch_sdk.results.follow import Follow
from vidsearch_sdk.results.grid import grid
from vidsearch_sdk.results.hit import OPTIONAL_COLUMNS, SHOT_COLUMNS
from vidsearch_sdk.results.search_results import SearchResults
from vidsearch_sdk.results.tile import Link

if TYPE_CHECKING:
    from vidsearch_sdk.shot_index import ShotIndex

_MOST_NAMED = 5
_NOT_ASKED = "Nothing was searched for yet: run this cell to open the search desk."


def all_shots(index: ShotIndex, options: Mapping[str, Any]) -> SearchResults:
    """Give the shots that pass a filter, in the order of films and of time, without scores.

    Args:
        index: Where they are.
        options: Those of a search; ``where`` and ``k`` count.

    Raises:
        QueryError: The filter or ``k`` is not usable.
        UnknownColumn: The filter names a column that is not there.
    """
    started = time.perf_counter()
    k = checked_count(options.get("k", 20))
    served = index._serving()
    mask = served.mask(parse_filter(options.get("where")))
    last = served.segments[-1].table.num_rows + sum(one.table.num_rows for one in served.segments[:-1])
    rows = np.arange(last) if mask is None else np.flatnonzero(mask)
    notes = []
    if len(rows) > k:
        notes.append(f"the first {k:,} of {len(rows):,}, film by film: say what you are looking for")
    query = "all shots that pass the filters" if options.get("where") else "all shots"
    return _unranked(index, served, rows[:k], query, options, notes, started)


def shots_of(index: ShotIndex, shot_ids: Sequence[str], options: Mapping[str, Any]) -> SearchResults:
    """Give shots by their ids, in that order.

    Args:
        index: Where they are.
        shot_ids: Their ids.
        options: Those of further searches that begin at them.

    Raises:
        QueryError: There is no such shot; names those that are missing.
    """
    started, served = time.perf_counter(), index._serving()
    found = {shot_id: served.row_of(shot_id) for shot_id in shot_ids}
    missing = [shot_id for shot_id, row in found.items() if row is None]
    if missing:
        named = ", ".join(plain(repr(one), limit=60) for one in missing[:_MOST_NAMED])
        more = f" and {len(missing) - _MOST_NAMED:,} more" if len(missing) > _MOST_NAMED else ""
        raise QueryError(f"no shot {named}{more} in the index; index.table lists those that are")
    rows = np.array([found[shot_id] for shot_id in shot_ids], np.int64)
    return _unranked(index, served, rows, "picked by id", options, (), started)


class NotAsked(SearchResults):
    """An answer without shots, before anything was asked; the index is not opened for it.

    Args:
        index: What will be searched.
    """

    def __init__(self, index: ShotIndex) -> None:
        table = pd.DataFrame(columns=[*SHOT_COLUMNS, *OPTIONAL_COLUMNS])
        super().__init__(table, catalog=index.catalog, query_text="", elapsed_s=0.0)

    def text(self, *, rows: int = 20) -> str:
        """Say that nothing was asked."""
        return _NOT_ASKED if rows else ""

    def html(
        self,
        *,
        max_tiles: int | None = None,
        link: Link | None = None,
        styled: bool = True,
        key: str | None = None,
    ) -> Markup:
        """Say that nothing was asked, in place of tiles."""
        says = element("p", _NOT_ASKED, class_="vs-note")
        most = max_tiles or 1
        return grid([], head=[says], label="Search", max_tiles=most, link=link, styled=styled, key=key)


def _unranked(
    index: ShotIndex,
    served: Served,
    rows: Rows,
    query: str,
    options: Mapping[str, Any],
    notes: Sequence[str],
    started: float,
) -> SearchResults:
    unknown = np.full(len(rows), np.nan)
    reasons = Reasons(unknown, unknown, [None] * len(rows))
    folded = {"folded": np.zeros(len(rows), np.int64)}
    table = moments_table(Moments.of_shots(rows, unknown), unknown, reasons, served, folded)
    return SearchResults(
        table,
        catalog=index.catalog,
        query_text=query,
        elapsed_s=time.perf_counter() - started,
        notes=[*served.published.notes, *served.notes, *served.stock.notes, *notes],
        follow=Follow(partial(index.search, **options), Words(query), least=0.0),
    )
