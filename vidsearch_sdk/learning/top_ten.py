"""The first hits of saved queries, and what another index makes of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from vidsearch_sdk.errors import QueryError
from vidsearch_sdk.pages.markup import plain
from vidsearch_sdk.query.algebra.typed import typed
from vidsearch_sdk.shot_index import ShotIndex

TOP = 10
"""Hits of a query that are looked at."""

COLUMNS = ("query", "change", "before", "after", "shot_id", "video_id", "name", "start_s", "end_s")
_FACTS = COLUMNS[4:]


@dataclass(frozen=True)
class TopTen:
    """The first hits of a query.

    Attributes:
        query: As it was typed.
        rows: ``shot_id``, ``video_id``, ``name``, ``start_s`` and ``end_s`` of each, best first.
    """

    query: str
    rows: tuple[Mapping[str, Any], ...]


def check_queries(queries: Sequence[str]) -> list[str]:
    """Give queries, each once.

    Raises:
        QueryError: One of them cannot be asked, or they are no texts.
    """
    if isinstance(queries, str) or not all(isinstance(query, str) for query in queries):
        raise QueryError(f"queries={plain(repr(queries), limit=80)}: a list of texts is needed")
    for query in queries:
        typed(query)
    return list(dict.fromkeys(queries))


def top_tens(index: ShotIndex, queries: Sequence[str]) -> tuple[TopTen, ...]:
    """Ask every query as a user would."""
    found = []
    for query in queries:
        with index.catalog.recorder.rest():
            table = index.search(typed(query), k=TOP).table.drop_duplicates("shot_id")
        rows = [{name: row[name] for name in _FACTS} for row in table.to_dict("records")]
        found.append(TopTen(query, tuple(rows)))
    return tuple(found)


def changes(before: Sequence[TopTen], after: Sequence[TopTen]) -> pd.DataFrame:
    """Hold the first hits of the same queries side by side.

    Returns:
        One row per query and shot, columns ``COLUMNS``: places count from 1 and are missing where a shot is
        not among the first ten; ``change`` is ``in``, ``up``, ``same``, ``down`` or ``out``. Of each query
        come the new hits in their order, then those that went out.
    """
    rows = [row for old, new in zip(before, after, strict=True) for row in _rows(old, new)]
    frame = pd.DataFrame(rows, columns=[*COLUMNS])
    kinds = {"before": "Int64", "after": "Int64", "start_s": "float64", "end_s": "float64"}
    return frame.astype({name: kinds.get(name, "str") for name in COLUMNS})


def _rows(old: TopTen, new: TopTen) -> Iterator[dict[str, Any]]:
    was = {row["shot_id"]: place for place, row in enumerate(old.rows, start=1)}
    now = {row["shot_id"]: place for place, row in enumerate(new.rows, start=1)}
    for place, row in enumerate(new.rows, start=1):
        known = was.get(row["shot_id"])
        change = "in" if known is None else "same" if known == place else "up" if place < known else "down"
        yield {"query": new.query, "change": change, "before": known, "after": place, **row}
    for place, row in enumerate(old.rows, start=1):
        if row["shot_id"] not in now:
            yield {"query": old.query, "change": "out", "before": place, "after": None, **row}


def by_query(table: pd.DataFrame, queries: Sequence[str]) -> pd.DataFrame:
    """Count the changes of each query.

    Returns:
        One row per query, those that changed most first: ``query``, ``stayed``, ``moved_in``, ``moved_out``
        and ``first_changed`` (whether another shot stands in the first place).
    """
    rows = []
    for query in queries:
        of_query = table[table["query"] == query]
        change = of_query["change"]
        first = {str(side): set(of_query.loc[of_query[side] == 1, "shot_id"]) for side in ("before", "after")}
        rows.append(
            {
                "query": query,
                "stayed": int(change.isin(["up", "same", "down"]).sum()),
                "moved_in": int((change == "in").sum()),
                "moved_out": int((change == "out").sum()),
                "first_changed": first["before"] != first["after"],
            }
        )
    columns = ["query", "stayed", "moved_in", "moved_out", "first_changed"]
    frame = pd.DataFrame(rows, columns=columns)
    moved = frame["moved_in"] + frame["moved_out"]
    order = pd.DataFrame({"moved": -moved, "first": ~frame["first_changed"].astype(bool)})
    return frame.loc[order.sort_values(["moved", "first"], kind="stable").index].reset_index(drop=True)
