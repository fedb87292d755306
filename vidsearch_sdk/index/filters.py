"""Filters: which shots a search may return, said as data and never evaluated.

A filter maps columns to what they may be: a value, a list of values, a ``(low, high)`` pair, both ends
included and ``None`` for an open end, ``Contains("part of a text")``, or ``Not(...)`` of any of these. A shot
passes when every column does. A missing value never passes, except a ``Not``.
"""

from __future__ import annotations

import datetime as dt
import math
import numbers
from collections.abc import Mapping, Set
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from vidsearch_sdk.errors import QueryError

Value = str | bool | int | float | dt.date | dt.datetime

ALLOWED = (
    "a value, a list of values, a (low, high) pair with None for an open end, Contains(text), or Not(...) of "
    "one of these"
)


@dataclass(frozen=True)
class Contains:
    """In a filter: texts in which this occurs, whatever its capital letters and accents.

    Attributes:
        text: The part that is looked for, at least one character.

    Raises:
        QueryError: It is no text, or empty.

    Examples:
        >>> parse_filter({"name": Contains("pilot")})
        (Condition(column='name', kind='contains', values=('pilot',), negated=False),)
    """

    text: str

    def __post_init__(self) -> None:
        if not isinstance(self.text, str) or not self.text:
            raise QueryError(f"Contains({self.text!r}): give the text that is looked for, not an empty one")


@dataclass(frozen=True)
class Not:
    """In a filter: every shot that the same condition without ``Not`` would leave out.

    That includes shots without a value: ``{"show": Not("Dark")}`` keeps films that belong to no show.

    Attributes:
        wanted: A value, a list of values, a ``(low, high)`` pair, or ``Contains``.

    Raises:
        QueryError: It is another ``Not``.

    Examples:
        >>> parse_filter({"season": Not((2, 3))})
        (Condition(column='season', kind='between', values=(2, 3), negated=True),)
    """

    wanted: Any

    def __post_init__(self) -> None:
        if isinstance(self.wanted, Not):
            raise QueryError(f"{self!r}: a Not inside a Not; leave both out")


@dataclass(frozen=True)
class Condition:
    """What one column may be.

    Attributes:
        column: The column.
        kind: ``any_of`` values, ``between`` two ends, both included, or ``contains`` a text.
        values: The values, the two ends (``None`` for an open one), or the text.
        negated: Whether the others pass instead.
    """

    column: str
    kind: Literal["any_of", "between", "contains"]
    values: tuple[Value | None, ...]
    negated: bool = False


Filter = tuple[Condition, ...]
"""Conditions that must all hold; hashable, so that its mask can be kept."""


def parse_filter(where: Mapping[str, Any] | None) -> Filter:
    """Check the form of a filter.

    Args:
        where: Column to value, list of values (also a set, range, NumPy array or pandas Series),
            ``(low, high)`` pair, ``Contains`` or ``Not``.

    Returns:
        Its conditions, in order of columns; ``()`` for ``None`` or an empty mapping.

    Raises:
        QueryError: It is not a mapping, or a value is of no usable type.

    Examples:
        >>> parse_filter({"show": "Dark", "duration_s": (1, None)})
        (Condition(column='duration_s', kind='between', values=(1, None), negated=False),
         Condition(column='show', kind='any_of', values=('Dark',), negated=False))
    """
    if where is None:
        return ()
    if not isinstance(where, Mapping):
        raise QueryError(
            f"where is {where!r}; it must be a dict of column to {ALLOWED}, "
            'for example {"show": ["Dark"], "duration_s": (1, 10)}'
        )
    conditions = []
    for column, wanted in where.items():
        if not isinstance(column, str):
            raise QueryError(f"a filter's column is its name, not {column!r}")
        conditions.append(_condition(column, wanted))
    return tuple(sorted(conditions, key=lambda condition: condition.column))


def _condition(column: str, wanted: Any) -> Condition:
    negated = isinstance(wanted, Not)
    if isinstance(wanted, Not):
        wanted = wanted.wanted
    if isinstance(wanted, Contains):
        return Condition(column, "contains", (wanted.text,), negated)
    if isinstance(wanted, tuple):
        return Condition(column, "between", _ends(column, wanted), negated)
    if _is_several(wanted):
        values = {(str(type(value)), value): value for value in (_value(column, one) for one in wanted)}
        if not values:
            raise QueryError(
                f"where[{column!r}] is empty: nothing could pass; leave the column out to pass all"
            )
        # In one order, so that equal filters are equal whatever theirs; moments may not compare otherwise.
        ordered = sorted(values.values(), key=lambda value: (str(type(value)), repr(value)))
        return Condition(column, "any_of", tuple(ordered), negated)
    return Condition(column, "any_of", (_value(column, wanted),), negated)


def _is_several(wanted: Any) -> bool:
    if isinstance(wanted, np.ndarray):
        return wanted.ndim > 0
    # The columns of pandas and Arrow are known by what they can be made into.
    return isinstance(wanted, list | Set | range) or (
        hasattr(wanted, "to_numpy") and hasattr(wanted, "__iter__") and not isinstance(wanted, type)
    )


def _ends(column: str, wanted: tuple[Any, ...]) -> tuple[Value | None, Value | None]:
    if len(wanted) != 2:
        raise QueryError(
            f"where[{column!r}] is {wanted!r}: a tuple is a (low, high) pair; write a list for several values"
        )
    low, high = (None if end is None else _value(column, end) for end in wanted)
    if low is None and high is None:
        raise QueryError(f"where[{column!r}] is (None, None): give at least one end, or leave the column out")
    if isinstance(low, bool) or isinstance(high, bool):
        raise QueryError(f"where[{column!r}] is {wanted!r}: True and False have no order; give the value")
    if low is not None and high is not None and family(low) != family(high):
        raise QueryError(f"where[{column!r}] is {wanted!r}: both ends must be of one type")
    try:
        reversed_ends = low is not None and high is not None and low > high  # type: ignore[operator]
    except TypeError:  # a date and a moment, or moments with and without a time zone
        raise QueryError(f"where[{column!r}] is {wanted!r}: both ends must be of one type") from None
    if reversed_ends:
        raise QueryError(f"where[{column!r}] is {wanted!r}: the low end is above the high end")
    return low, high


def _value(column: str, value: Any) -> Value:
    if hasattr(value, "as_py"):
        value = value.as_py()
    if isinstance(value, np.datetime64):  # whose item() is a plain number in nanoseconds
        value = value.astype("datetime64[us]")
    if isinstance(value, np.generic) or (isinstance(value, np.ndarray) and value.ndim == 0):
        value = value.item()
    if isinstance(value, str | bool):
        return str(value) if isinstance(value, str) else value
    if isinstance(value, numbers.Integral):
        return int(value)
    if isinstance(value, numbers.Real):
        number = float(value)
        if math.isnan(number):
            raise QueryError(f"where[{column!r}] holds nan, which nothing equals")
        return number
    if isinstance(value, dt.datetime | dt.date):
        if value != value:
            raise QueryError(f"where[{column!r}] holds {value!r}, which nothing equals")
        return value.to_pydatetime(warn=False) if hasattr(value, "to_pydatetime") else value
    raise QueryError(f"where[{column!r}] is {value!r} ({type(value).__name__}); a column takes {ALLOWED}")


def family(value: Value) -> str:
    """The kind of a value, in words; values of one kind can be compared."""
    if isinstance(value, str):
        return "text"
    if isinstance(value, bool):
        return "true or false"
    if isinstance(value, int | float):
        return "number"
    return "date"
