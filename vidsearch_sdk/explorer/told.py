"""What the front end of an explorer is told beside the tiles: the state of its controls, in clean words."""

from __future__ import annotations

import datetime as dt
import math
import re
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from vidsearch_sdk.explorer.asked import Asked
from vidsearch_sdk.explorer.labels import label_of, unit_of
from vidsearch_sdk.index.facets import Facet
from vidsearch_sdk.index.filter_forms import to_forms
from vidsearch_sdk.pages.markup import plain

if TYPE_CHECKING:
    from vidsearch_sdk.results.search_results import SearchResults

MOST_WORDS = 40
"""Characters of a query before and after the place of a mistake that are shown."""

_MOST_FILTERS = 2
"""Filters that the name of an answer tells; the rest is counted."""

_PLACE = re.compile(r"cannot be read at (?:character (?P<place>[0-9,]+)|its end)")
_PIECE = re.compile(r"\w+|\S|\Z")


class Facts(dict[str, Any]):
    """Facts of a view that also know what was asked, for Python.

    Args:
        asked: What was asked.
        begun: Whether anything was, so far.
        facts: What the front end is told in place of what an answer says by itself.
    """

    def __init__(self, asked: Asked, *, begun: bool = True, **facts: Any) -> None:
        super().__init__(facts, explorer=state_of(asked, begun=begun))
        self.asked = asked
        self.begun = begun


def facts_of(asked: Asked, hits: SearchResults, *, aside: bool = False) -> Facts:
    """What is told with an answer; an empty one says what to try.

    Args:
        asked: What was asked.
        hits: What was found.
        aside: Whether it is the answer to something else, such as what follows a shot, which names itself.
    """
    if len(hits):
        return Facts(asked) if asked.query or aside else Facts(asked, query="")
    if not asked.query:
        passes = "No shot passes the filters. Take one away, or widen it."
        return Facts(asked, query="", empty=passes if asked.where else "There are no shots in this index.")
    passing = "No shot that passes the filters" if asked.where else "No shot"
    found = f"was found for {asked.said}" if asked.said else f"matches “{plain(asked.query, limit=120)}”"
    tries = ["other words"]
    tries += ["fewer filters"] if asked.where else []
    if asked.options.get("min_score") != 0:
        tries.append("the nearest shots, whatever they score")
    return Facts(asked, empty=f"{passing} {found}. Try {_listed(tries)}.")


def label_of_visit(asked: Asked, hits: SearchResults) -> str:
    """Name an answer on the way back to it: its query and its filters."""
    if not asked.where:
        return hits.query
    filters = filters_of(asked.where)
    named = [f"{one['label']} {plain(one['words'], limit=30)}" for one in filters[:_MOST_FILTERS]]
    left = len(filters) - len(named)
    more = f" and {left} more" if left else ""
    query = plain(hits.query, limit=60) if asked.query else "all shots"
    return f"{query}, {', '.join(named)}{more}"


def _listed(words: list[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} or {words[-1]}"


def state_of(asked: Asked, *, begun: bool = True) -> dict[str, Any]:
    """Describe what is asked; every text that is only read is cleaned."""
    options = asked.options
    return {
        "begun": begun,
        "query": asked.query,
        "said": "" if asked.said is None else str(asked.said),
        "filters": filters_of(asked.where),
        "as_typed": sorted(asked.as_typed),
        "alone": sorted(asked.alone),
        "learn": asked.learn,
        "options": {
            "k": options.get("k"),
            "min_score": options.get("min_score"),
            "per_film": options.get("per_film"),
            "fold": bool(options.get("fold", True)),
        },
    }


def filters_of(where: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Describe the conditions of a filter, each with its column's label and words for it."""
    forms = []
    for form in to_forms(where):
        unit = " s" if form["kind"] == "between" and unit_of(form["column"]) else ""
        words = plain(form["words"] + unit, limit=120)
        forms.append({**form, "label": label_of(form["column"]), "words": words})
    return forms


def facets_told(facets: Iterable[Facet]) -> list[dict[str, Any]]:
    """Describe the columns that filters can be built from."""
    return [
        {
            "name": facet.name,
            "label": label_of(facet.name),
            "kind": facet.kind,
            "group": facet.group,
            "values": [
                {"value": value, "label": _said(value), "count": count} for value, count in facet.values
            ],
            "low": _end(facet.low, math.floor),
            "high": _end(facet.high, math.ceil),
            "unit": facet.unit,
        }
        for facet in facets
    ]


def mistake_in(query: str, words: str) -> list[str] | None:
    """Find the place in a written query that an error's words speak of.

    Args:
        query: The query, as it was typed.
        words: The error.

    Returns:
        What stands before the place, at it and after it, shortened; ``None`` where the error names no place.

    Examples:
        >>> mistake_in('text("a dog") & say("key")', "the query cannot be read at character 17, 'say': …")
        ['text("a dog") & ', 'say', '("key")']
    """
    found = _PLACE.search(words)
    if found is None:
        return None
    at = len(query) if found["place"] is None else int(found["place"].replace(",", "")) - 1
    piece = _PIECE.match(query, at)
    if piece is None:
        return None
    before, after = query[:at], query[piece.end() :]
    return [
        ("…" if len(before) > MOST_WORDS else "") + before[-MOST_WORDS:],
        piece[0],
        after[:MOST_WORDS] + ("…" if len(after) > MOST_WORDS else ""),
    ]


def _said(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return plain(value, limit=80) or "(empty)"


def _end(value: Any, rounded: Any) -> Any:
    if isinstance(value, float):
        near = round(value, 2)
        # Outward, so that both ends hold all shots; 8.8 is no more than 8.8 for all that.
        return near if math.isclose(near, value, rel_tol=1e-12) else rounded(value * 100) / 100
    return value.isoformat() if isinstance(value, dt.date) else value
