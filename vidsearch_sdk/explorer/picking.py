"""Picks as people give them: hits, ids of shots, tables."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from vidsearch_sdk.errors import QueryError
from vidsearch_sdk.explorer.browsing import shots_of
from vidsearch_sdk.pages.markup import plain
from vidsearch_sdk.results.hit import Hit

if TYPE_CHECKING:
    from vidsearch_sdk.shot_index import ShotIndex

_Named = tuple[str, int | None]
"""A shot's id and, where a table tells it, the end of the span."""


def picked(picks: Any, index: ShotIndex, known: Iterable[Hit], *, options: Mapping[str, Any]) -> list[Hit]:
    """Take what somebody wants picked as hits.

    Args:
        picks: A hit, the id of a shot, several of these, or a table with a column ``shot_id``.
        index: Where shots are looked up by their ids.
        known: Hits that are taken as they are, with their query and score, where an id means them.
        options: Those of further searches that begin at the others.

    Raises:
        QueryError: It is nothing of these, or there is no such shot.
    """
    there: dict[_Named, Hit] = {}
    for hit in known:
        there.setdefault((hit.shot_id, hit.end_pts), hit)
        if not hit.parts:
            there.setdefault((hit.shot_id, None), hit)
    wanted = _wanted(picks)
    ids = list(dict.fromkeys(one[0] for one in wanted if isinstance(one, tuple) and one not in there))
    found = dict(zip(ids, shots_of(index, ids, options), strict=True)) if ids else {}
    return [one if isinstance(one, Hit) else there.get(one) or found[one[0]] for one in wanted]


def _wanted(picks: Any) -> list[Hit | _Named]:
    if hasattr(picks, "columns"):
        return list(_rows(picks))
    given = [picks] if isinstance(picks, Hit | str) or not isinstance(picks, Iterable) else list(picks)
    wanted: list[Hit | _Named] = []
    for one in given:
        if not isinstance(one, Hit | str):
            raise QueryError(
                f"{plain(repr(one), limit=60)} cannot be picked: give hits, ids of shots or a table"
            )
        wanted.append(one if isinstance(one, Hit) else (one, None))
    return wanted


def _rows(table: Any) -> Iterable[_Named]:
    if "shot_id" not in table.columns:
        raise QueryError("a table of picks needs the column shot_id, as explorer.results has it")
    ends = table["end_pts"].tolist() if "end_pts" in table.columns else [None] * len(table)
    return zip(map(str, table["shot_id"]), ends, strict=True)
