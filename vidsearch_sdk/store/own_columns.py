"""The user's own columns: which names and values they may have, and how they become a table."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import pyarrow as pa

from vidsearch_sdk.errors import CatalogError
from vidsearch_sdk.store.film import Film
from vidsearch_sdk.store.tables import SHOTS, VIDEOS
from vidsearch_sdk.store.values import Own, as_own

ANSWER_COLUMNS = (
    "rank",
    "score",
    "similarity",
    "picture",
    "dialogue",
    "line",
    "line_start_s",
    "line_language",
    "folded",
)
"""The columns of an answer that no shot has by itself."""

RESERVED = frozenset([*VIDEOS.names, *SHOTS.names, *ANSWER_COLUMNS])
"""Names that stand in a table beside the user's own."""

_LONGEST_NAME = 200
_INTEGERS = range(-(2**63), 2**63)


def check_own(columns: Mapping[str, Any]) -> dict[str, Own]:
    """Return own columns as they are stored: text, numbers, bools, dates, datetimes, or None (no value).

    Raises:
        CatalogError: A name is reserved or cannot be one, or a value is of another kind.
    """
    return {_check_name(name): _check_value(name, value) for name, value in columns.items()}


def check_kinds(columns: Mapping[str, Own], films: Iterable[Film]) -> None:
    """Compare new values with what the same columns hold in other films: a column is of one kind.

    Raises:
        CatalogError: One is of another kind; names the column and both kinds.
    """
    wanted = {name: _kind(value) for name, value in columns.items() if value is not None}
    for film in films if wanted else ():
        for name, kind in wanted.items():
            other = film.own.get(name)
            if other is not None and _kind(other) != kind:
                raise CatalogError(
                    f"The column {name!r} holds {_kind(other)} (such as {other!r} for {film.name!r}); "
                    f"{columns[name]!r} is {kind}. Give a value of the same kind, or choose another name."
                )


def own_table(films: Sequence[Film]) -> pa.Table:
    """Return the own columns of films, one row each, in the order in which the columns first appear.

    A column is bool, int64, float64 (when any of its numbers is), string, date32 or timestamp (in
    microseconds, in UTC where moments have a time zone); where two writers put values of different kinds into
    one column at the same moment, everything in it becomes text.
    """
    names = dict.fromkeys(name for film in films for name in film.own)
    return pa.table(
        {name: _array([film.own.get(name) for film in films]) for name in names},
        schema=None,
    )


def _array(values: list[Own]) -> pa.Array:
    kinds = {_kind(value) for value in values if value is not None}
    if kinds == {"a bool"}:
        return pa.array(values, pa.bool_())
    if kinds == {"a number"}:
        whole = all(isinstance(value, int) for value in values if value is not None)
        if whole:
            return pa.array(values, pa.int64())
        return pa.array(
            [float(one) if isinstance(one, int | float) else None for one in values], pa.float64()
        )
    if len(kinds) == 1 and (moments := _MOMENTS.get(*kinds)) is not None:
        return pa.array(values, moments)
    return pa.array([None if value is None else str(value) for value in values], pa.string())


_MOMENTS = {
    "a date": pa.date32(),
    "a date and time": pa.timestamp("us"),
    "a date and time with a time zone": pa.timestamp("us", tz="UTC"),
}


def _kind(value: Own) -> str:
    if isinstance(value, bool):
        return "a bool"
    if isinstance(value, dt.datetime):
        return "a date and time" if value.tzinfo is None else "a date and time with a time zone"
    if isinstance(value, dt.date):
        return "a date"
    return "a number" if isinstance(value, int | float) else "text"


def _check_name(name: str) -> str:
    if name in RESERVED:
        raise CatalogError(f"{name!r} is a column that every film has; choose another name for your own.")
    if (
        not name
        or name.startswith("_")
        or not name.isprintable()
        or name != name.strip()
        or len(name) > _LONGEST_NAME
    ):
        raise CatalogError(
            f"{name!r} cannot be the name of a column: 1 to {_LONGEST_NAME} printable characters, "
            "not beginning with '_'."
        )
    return name


def _check_value(name: str, value: Any) -> Own:
    try:
        result = as_own(value)
    except CatalogError as error:
        raise CatalogError(
            f"The column {name!r} cannot hold {value!r} ({type(value).__name__}): "
            "give text, a number, a bool, a date, or None for no value."
        ) from error
    if isinstance(result, str):
        try:
            result.encode()
        except UnicodeEncodeError as error:
            raise CatalogError(
                f"The column {name!r} cannot hold {value!r}: it is not valid Unicode."
            ) from error
    if isinstance(result, int) and result not in _INTEGERS:
        raise CatalogError(f"The column {name!r} cannot hold {value!r}: whole numbers have at most 64 bits.")
    return result
