"""Which rows pass a filter, column by column."""

from __future__ import annotations

import difflib
import math
import unicodedata
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from vidsearch_sdk.errors import QueryError, UnknownColumn
from vidsearch_sdk.index.filters import Condition, Filter, Value, family
from vidsearch_sdk.index.language_tags import language_of
from vidsearch_sdk.index.moments import moments_of, span_of

Mask = npt.NDArray[np.bool_]


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
        table: The shots. A column of lists holds language tags: a row passes when one of its tags does, and
            ``en`` stands for ``en-US`` (basic filtering of RFC 4647) and ``eng`` too.
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
        mask &= _passes(table[condition.column], condition) != condition.negated
    return mask


def _passes(column: pa.ChunkedArray, condition: Condition) -> Mask:
    # A type that does not fit is told of, whether or not there are rows.
    kind = column.type.value_type if pa.types.is_dictionary(column.type) else column.type
    _check_type(kind.value_type if pa.types.is_list(kind) else kind, condition)
    if pa.types.is_list(kind) and condition.kind == "between":
        raise QueryError(f"where[{condition.column!r}] is a (low, high) pair: languages have no order")
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
    if pa.types.is_null(kind):
        return np.zeros(len(values), np.bool_)
    if pa.types.is_list(kind):
        fits = _tag_fits(condition)
        return np.array([any(fits(tag) for tag in tags or ()) for tags in values.to_pylist()], np.bool_)
    if condition.kind == "contains":
        return _holds(values, str(condition.values[0]))
    if pa.types.is_date(kind) or pa.types.is_timestamp(kind):
        return _in_time(values, condition)
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


def _in_time(values: pa.Array, condition: Condition) -> Mask:
    moments, known = moments_of(values)
    spans = [
        None if value is None else span_of(value, condition.column, whole_days=pa.types.is_date(values.type))
        for value in condition.values
    ]
    if condition.kind == "any_of":
        passes = np.zeros(len(moments), np.bool_)
        for span in spans:
            if span is not None:
                passes |= (moments >= span[0]) & (moments < span[1])
        return passes & known
    low, high = spans
    passes = known.copy()
    if low is not None:
        passes &= moments >= low[0]
    if high is not None:
        passes &= moments < high[1]
    return passes


def _holds(values: pa.Array, part: str) -> Mask:
    wanted = folded(part)
    if not wanted:  # an accent alone
        return np.asarray(pc.is_valid(values).to_numpy(zero_copy_only=False), np.bool_)
    if part.isascii() and pc.all(pc.string_is_ascii(values)).as_py() is not False:
        found = pc.match_substring(values, part, ignore_case=True).fill_null(False)
        return np.asarray(found.to_numpy(zero_copy_only=False), np.bool_)
    return np.array([text is not None and wanted in folded(text) for text in values.to_pylist()], np.bool_)


def folded(text: str) -> str:
    """A text without its capital letters and accents; marks that are letters of their script stay.

    Examples:
        >>> folded("Amélie"), folded("Straße"), folded("КОФЕЙ")
        ('amelie', 'strasse', 'кофеи')
    """
    if text.isascii():
        return text.casefold()
    apart = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold())
    bare = "".join(letter for letter in apart if not "\u0300" <= letter <= "\u036f")
    return unicodedata.normalize("NFC", bare)  # or a syllable would hold the one that it begins with


def _tag_fits(condition: Condition) -> Any:
    if condition.kind == "contains":
        part = folded(str(condition.values[0]))
        return lambda tag: part in folded(tag)
    wanted = [_usual(str(value)) for value in condition.values]

    def fits(tag: str) -> bool:
        usual = _usual(tag)
        return any(usual == one or usual.startswith(f"{one}-") for one in wanted)

    return fits


def _usual(tag: str) -> str:
    """A language's tag in one way of writing: ``eng-US`` and ``en_us`` are ``en-us``."""
    first, *rest = tag.strip().casefold().replace("_", "-").split("-")
    return "-".join([language_of(first), *rest])


def _check_type(kind: pa.DataType, condition: Condition) -> None:
    if pa.types.is_null(kind):
        return
    column = condition.column
    if pa.types.is_string(kind) or pa.types.is_large_string(kind):
        held = "text"
    elif pa.types.is_boolean(kind):
        held = "true or false"
    elif pa.types.is_integer(kind) or pa.types.is_floating(kind):
        held = "number"
    elif pa.types.is_date(kind) or pa.types.is_timestamp(kind):
        held = "date"
    else:
        raise QueryError(f"column {column!r} holds {kind}, which cannot be filtered")
    if condition.kind == "contains" and held != "text":
        raise QueryError(f"where[{column!r}] is Contains(...), which is for text; the column holds {held}")
    for value in condition.values:
        if value is None or family(value) == held:
            continue
        if held == "date" and isinstance(value, str):
            span_of(value, column)
            continue
        raise QueryError(f"where[{column!r}] holds {value!r} ({family(value)}); the column holds {held}")
    if condition.kind == "between" and held == "true or false":
        raise QueryError(f"column {column!r} holds true or false, which have no order; give the value")


def _as(kind: pa.DataType, value: Value | None) -> Any:
    if pa.types.is_floating(kind):
        try:
            return float(value)  # type: ignore[arg-type]
        except OverflowError:  # a whole number past every float
            return math.inf if value > 0 else -math.inf  # type: ignore[operator]
    return value
