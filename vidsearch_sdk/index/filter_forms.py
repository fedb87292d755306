"""Filters in a form that travels as JSON, for a front end that shows and changes them.

::

    {"column": "show", "kind": "any_of", "values": ["Dark", "1899"], "not": false, "words": "Dark or 1899"}
    {"column": "duration_s", "kind": "between", "values": [2, null], "not": false, "words": "from 2"}
    {"column": "name", "kind": "contains", "values": ["pilot"], "not": false, "words": "contains “pilot”"}

``words`` is for people and is not read back. Dates travel as ISO 8601 text, which filters take as well.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Mapping
from typing import Any

from vidsearch_sdk.errors import QueryError
from vidsearch_sdk.index.filters import Condition, Contains, Not, Value, parse_filter

_MOST_SHOWN = 3
_KINDS = ("any_of", "between", "contains")


def to_forms(where: Mapping[str, Any] | None) -> list[dict[str, Any]]:
    """Write a filter's conditions as JSON values, in order of columns.

    Args:
        where: As a search takes it.

    Raises:
        QueryError: It is not a filter.

    Examples:
        >>> to_forms({"duration_s": (2, None)})
        [{'column': 'duration_s', 'kind': 'between', 'values': [2, None], 'not': False, 'words': 'from 2'}]
    """
    return [
        {
            "column": one.column,
            "kind": one.kind,
            "values": [_to_json(value) for value in one.values],
            "not": one.negated,
            "words": _words(one),
        }
        for one in parse_filter(where)
    ]


def from_form(form: Mapping[str, Any]) -> Any:
    """Read one condition: what a filter maps ``form["column"]`` to.

    Raises:
        QueryError: It is no such form.

    Examples:
        >>> from_form({"column": "show", "kind": "any_of", "values": ["Dark"], "not": True})
        Not(wanted=['Dark'])
    """
    kind, values = form.get("kind"), form.get("values")
    if kind not in _KINDS or not isinstance(values, list) or not isinstance(form.get("column"), str):
        raise QueryError(
            f"{form!r} is no filter: a column, a kind ({', '.join(_KINDS)}) and values are needed"
        )
    if kind == "contains":
        wanted: Any = Contains(values[0] if len(values) == 1 else "")
    else:
        wanted = tuple(values) if kind == "between" else values
    wanted = Not(wanted) if form.get("not") else wanted
    parse_filter({form["column"]: wanted})
    return wanted


def _to_json(value: Value | None) -> Any:
    if isinstance(value, dt.date):
        return value.isoformat()
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value


def _words(one: Condition) -> str:
    if one.kind == "contains":
        return f"{'does not contain' if one.negated else 'contains'} “{one.values[0]}”"
    if one.kind == "between":
        return f"{'not ' if one.negated else ''}{_span(*one.values)}"
    shown = [_said(value) for value in one.values[:_MOST_SHOWN]]
    more = len(one.values) - len(shown)
    if more:
        return f"{'none' if one.negated else 'one'} of {', '.join(shown)} and {more:,} more"
    return f"{'not ' if one.negated else ''}{' or '.join(shown)}"


def _span(low: Value | None, high: Value | None) -> str:
    if low is None:
        return f"up to {_said(high)}"
    return f"from {_said(low)}" if high is None else f"{_said(low)} to {_said(high)}"


def _said(value: Value | None) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:.10g}"
    if isinstance(value, dt.datetime):
        return value.isoformat(sep=" ", timespec="minutes")
    return "(empty)" if value == "" else str(value)
