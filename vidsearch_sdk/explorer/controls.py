"""What the controls of a search desk can be set to wrongly, said with the labels that stand beside them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from vidsearch_sdk.errors import QueryError
from vidsearch_sdk.explorer.labels import label_of
from vidsearch_sdk.pages.markup import plain
from vidsearch_sdk.query.arguments import MOST_RESULTS

_COUNTED = {
    "k": ("shots at most", ""),
    "per_film": ("of one film", "; leave it empty for any number"),
}


def check_range(column: str, low: Any, high: Any) -> None:
    """Check the two ends of a range.

    Args:
        column: The column.
        low: The low end, ``None`` for an open one.
        high: The high end.

    Raises:
        QueryError: The low end lies above the high one, or an end is no value of a number or date.

    Examples:
        >>> check_range("duration_s", 5, 2)
        Traceback (most recent call last):
        vidsearch_sdk.errors.QueryError: length: from 5 is above to 2
    """
    label = label_of(column)
    if low is None and high is None:
        raise QueryError(f"{label}: one end at least is needed")
    for end in (low, high):
        if isinstance(end, str):
            _check_date(label, end)
    try:
        if low is None or high is None or low <= high:
            return
    except TypeError:
        raise QueryError(f"{label}: both ends must be numbers, or both dates") from None
    above = "after" if isinstance(low, str) else "above"
    raise QueryError(f"{label}: from {_said(low)} is {above} to {_said(high)}")


def check_options(options: Mapping[str, Any]) -> None:
    """Check what holds of an answer as a whole.

    Args:
        options: ``k``, ``min_score`` and ``per_film``; others are passed over.

    Raises:
        QueryError: One of them is out of its range.

    Examples:
        >>> check_options({"k": 0})
        Traceback (most recent call last):
        vidsearch_sdk.errors.QueryError: shots at most: a whole number from 1 to 10,000 is needed, not 0
    """
    for name, (label, more) in _COUNTED.items():
        if name not in options or (name == "per_film" and options[name] is None):
            continue
        value = options[name]
        if not isinstance(value, int) or not _within(value, 1, MOST_RESULTS):
            raise QueryError(
                f"{label}: a whole number from 1 to {MOST_RESULTS:,} is needed, not {_said(value)}{more}"
            )
    score = options.get("min_score")
    if score is not None and not _within(score, 0, 1):
        raise QueryError(
            f"least score: a number from 0 to 1 is needed, not {_said(score)}; "
            "with 0 the nearest shots are shown, whatever they score"
        )


def _within(value: Any, least: int, most: int) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and least <= value <= most


def _check_date(label: str, end: str) -> None:
    try:
        dt.datetime.fromisoformat(end)
    except ValueError:
        raise QueryError(
            f"{label}: {_said(end)} is no date from the year 1 to 9999, written as 2024-12-31"
        ) from None


def _said(value: Any) -> str:
    if isinstance(value, float):
        return f"{value:.10g}"
    return "nothing" if value is None else plain(value, limit=40)
