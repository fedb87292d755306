"""Filters: which shots a search may return, said as data and never evaluated.

A filter maps columns to what they may be: a value, a list of values, or a ``(low, high)`` pair, both ends
included and ``None`` for an open end. A shot passes when every column does; a missing value never passes.
"""

from __future__ import annotations

import datetime as dt
import difflib
import math
import numbers
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from vidsearch_sdk.errors import QueryError, UnknownColumn

Mask = npt.NDArray[np.bool_]
Value = str | bool | int | float | dt.date | dt.datetime

ALLOWED = "a value, a list of values, or a (low, high) pair with None for an open end"


@dataclass(frozen=True)
class Condition:
    """What one column may be.

    Attributes:
        column: The column.
        kind: ``any_of`` values, or ``between`` two ends, both included.
        values: The values, or the two ends (``None`` for an open one).
    """

    column: str
    kind: Literal["any_of", "between"]
    values: tuple[Value | None, ...]


Filter = tuple[Condition, ...]
"""Conditions that must all hold; hashable, so that its mask can be kept."""


def parse_filter(where: Mapping[str, Any] | None) -> Filter:
    """Check the form of a filter.

    Args:
        where: Column to value, list of values, or ``(low, high)`` pair.

    Returns:
        Its conditions, in order of columns; ``()`` for ``None`` or an empty mapping.

    Raises:
        QueryError: It is not a mapping, or a value is of no usable type.

    Examples:
        >>> parse_filter({"show": "Dark", "duration_s": (1, None)})
        (Condition(column='duration_s', kind='between', values=(1, None)),
         Condition(column='show', kind='any_of', values=('Dark',)))
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
    if isinstance(wanted, tuple):
        if len(wanted) != 2:
            raise QueryError(
                f"where[{column!r}] is {wanted!r}: a tuple is a (low, high) pair; "
                "write a list for several values"
            )
        low, high = (None if end is None else _value(column, end) for end in wanted)
        if low is None and high is None:
            raise QueryError(
                f"where[{column!r}] is (None, None): give at least one end, or leave the column out"
            )
        if isinstance(low, bool) or isinstance(high, bool):
            raise QueryError(f"where[{column!r}] is {wanted!r}: True and False have no order; give the value")
        if low is not None and high is not None and _family(low) != _family(high):
            raise QueryError(f"where[{column!r}] is {wanted!r}: both ends must be of one type")
        try:
            reversed_ends = low is not None and high is not None and low > high  # type: ignore[operator]
        except TypeError:  # a date and a moment, or moments with and without a time zone
            raise QueryError(f"where[{column!r}] is {wanted!r}: both ends must be of one type") from None
        if reversed_ends:
            raise QueryError(f"where[{column!r}] is {wanted!r}: the low end is above the high end")
        return Condition(column, "between", (low, high))
    if isinstance(wanted, list | set | frozenset | np.ndarray):
        values = [_value(column, value) for value in wanted]
        if not values:
            raise QueryError(
                f"where[{column!r}] is empty: nothing could pass; leave the column out to pass all"
            )
        # Sorted by text so that equal filters are equal whatever their order.
        return Condition(
            column, "any_of", tuple(sorted(dict.fromkeys(values), key=lambda v: (str(type(v)), v)))
        )
    return Condition(column, "any_of", (_value(column, wanted),))


def _value(column: str, value: Any) -> Value:
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, str | bool):
        return value
    if isinstance(value, numbers.Integral):
        return int(value)
    if isinstance(value, numbers.Real):
        number = float(value)
        if math.isnan(number):
            raise QueryError(f"where[{column!r}] holds nan, which nothing equals")
        return number
    if isinstance(value, dt.datetime | dt.date):
        return value
    raise QueryError(f"where[{column!r}] is {value!r} ({type(value).__name__}); a column takes {ALLOWED}")


def _family(value: Value) -> str:
    if isinstance(value, str):
        return "text"
    if isinstance(value, bool):
        return "true or false"
    if isinstance(value, int | float):
        return "number"
    return "date"


def check_columns(conditions: Filter, columns: Iterable[str]) -> None:
    """See that every column of a filter exists.

    Raises:
        UnknownColumn: One does not; the nearest and all others are named.
    """
    known = list(columns)
    for condition in conditions:
        if condition.column not in known:
            lower = {name.lower(): name for name in known}
            near = difflib.get_close_matches(condition.column.lower(), lower, 1, 0.5)
            hint = f"; did you mean {lower[near[0]]!r}?" if near else "."
            raise UnknownColumn(
                f"no column {condition.column!r}{hint} There are: {', '.join(sorted(known))}."
            )


def filter_mask(table: pa.Table, conditions: Sequence[Condition]) -> Mask:
    """Which rows pass.

    Args:
        table: The shots.
        conditions: What must hold; ``()`` passes all.

    Returns:
        bool (rows,).

    Raises:
        UnknownColumn: A column is not there.
        QueryError: A value is of another type than its column.
    """
    check_columns(tuple(conditions), table.column_names)
    mask = np.ones(table.num_rows, np.bool_)
    for condition in conditions:
        mask &= _passes(table[condition.column], condition)
    return mask


def _passes(column: pa.ChunkedArray, condition: Condition) -> Mask:
    if pa.types.is_dictionary(column.type):
        # Films' columns repeat: decide once for each value, then look up.
        parts = [_looked_up(chunk, condition) for chunk in column.chunks]
    else:
        parts = [_plain(chunk, condition) for chunk in column.chunks]
    return np.concatenate([np.empty(0, np.bool_), *parts])


def _looked_up(chunk: pa.DictionaryArray, condition: Condition) -> Mask:
    passes = np.append(_plain(chunk.dictionary, condition), False)
    codes = chunk.indices.fill_null(len(chunk.dictionary)) if chunk.indices.null_count else chunk.indices
    return np.asarray(passes[codes.to_numpy(zero_copy_only=False)])


def _plain(values: pa.Array, condition: Condition) -> Mask:
    kind = values.type
    _check_type(kind, condition)
    if pa.types.is_null(kind):
        return np.zeros(len(values), np.bool_)
    if pa.types.is_integer(kind):  # so that 1.5 and 10**30 compare by value instead of being cast or refused
        values = values.cast(pa.float64(), safe=False)
        kind = values.type
    if condition.kind == "any_of":
        wanted = pa.array([_as(kind, value) for value in condition.values], kind)
        passes = pc.is_in(values, value_set=wanted)
    else:
        low, high = condition.values
        passes = pc.is_valid(values)
        if low is not None:
            passes = pc.and_(passes, pc.greater_equal(values, pa.scalar(_as(kind, low), kind)))
        if high is not None:
            passes = pc.and_(passes, pc.less_equal(values, pa.scalar(_as(kind, high), kind)))
    return np.asarray(passes.fill_null(False).to_numpy(zero_copy_only=False), np.bool_)


def _check_type(kind: pa.DataType, condition: Condition) -> None:
    if pa.types.is_null(kind):
        return
    if pa.types.is_string(kind) or pa.types.is_large_string(kind):
        family = "text"
    elif pa.types.is_boolean(kind):
        family = "true or false"
    elif pa.types.is_integer(kind) or pa.types.is_floating(kind):
        family = "number"
    elif pa.types.is_temporal(kind):
        family = "date"
    else:
        raise QueryError(f"column {condition.column!r} holds {kind}, which cannot be filtered")
    for value in condition.values:
        if value is not None and _family(value) != family:
            raise QueryError(
                f"where[{condition.column!r}] holds {value!r} ({_family(value)}); the column holds {family}"
            )
    if condition.kind == "between" and family == "true or false":
        raise QueryError(
            f"column {condition.column!r} holds true or false, which have no order; give the value"
        )


def _as(kind: pa.DataType, value: Value | None) -> Any:
    if pa.types.is_floating(kind):
        try:
            return float(value)  # type: ignore[arg-type]
        except OverflowError:  # a whole number past every float
            return math.inf if value > 0 else -math.inf  # type: ignore[operator]
    if pa.types.is_timestamp(kind) and not isinstance(value, dt.datetime) and isinstance(value, dt.date):
        return dt.datetime.combine(value, dt.time(), tzinfo=dt.UTC if kind.tz else None)
    if pa.types.is_date(kind) and isinstance(value, dt.datetime):
        return value.date()
    return value
