"""``COLUMN=VALUE`` as typed, made into columns and filters."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from vidsearch_sdk.errors import QueryError

if TYPE_CHECKING:
    import pandas as pd

_RANGE = re.compile(r"^(.*?)\.\.(.*)$", re.DOTALL)
_CLOCK = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{1,6})?)?(Z|[+-][0-9]{2}:[0-9]{2})?"
)
_TRUE_FALSE = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}


def own_columns(given: Iterable[str]) -> dict[str, Any]:
    """Read ``--column``: whole numbers and decimals become numbers, ISO 8601 dates dates; the rest is text.

    Raises:
        QueryError: A text is not of the form ``COLUMN=VALUE``, or a column comes twice.

    Examples:
        >>> own_columns(["show=Dark", "season=1", "aired=2017-12-01"])
        {'show': 'Dark', 'season': 1, 'aired': datetime.date(2017, 12, 1)}
    """
    columns: dict[str, Any] = {}
    for text in given:
        name, value = _split(text, "--column")
        if name in columns:
            raise QueryError(f"--column names the column {name!r} twice; give it one value")
        moment = _moment(value)
        columns[name] = _guess(value) if moment is None else moment
    return columns


def filters(given: Iterable[str], table: pd.DataFrame) -> dict[str, Any] | None:
    """Read ``--where`` against the columns that there are.

    Args:
        given: Texts of the form ``COLUMN=VALUE``, ``COLUMN=LOW..HIGH`` or ``COLUMN~=TEXT``, with ``!`` before
            the sign for what is to be left out.
        table: The table that is filtered; a column's type decides how its values are read.

    Returns:
        A filter as ``ShotIndex.search`` takes it, or ``None`` for none.

    Raises:
        QueryError: A text is not of that form, or a value is not of its column's type.
    """
    from vidsearch_sdk.index.filters import Contains, Not

    read: dict[str, tuple[str, list[Any]]] = {}
    for text in given:
        name, value = _split(text, "--where")
        name, sign = _sign(name, table)
        one = Contains(value) if sign.endswith("~") else _read(name, value, table)
        before, values = read.setdefault(name, (sign, []))
        if values and (before != sign or isinstance(one, tuple | Contains) or isinstance(values[0], tuple)):
            raise QueryError(f"--where {name}: a range, a ~= and a != stand alone; give the column once")
        values.append(one)
    where = {name: values[0] if len(values) == 1 else values for name, (_, values) in read.items()}
    return {name: Not(one) if read[name][0].startswith("!") else one for name, one in where.items()} or None


def _sign(name: str, table: pd.DataFrame) -> tuple[str, str]:
    bare = name.rstrip("!~").rstrip()
    sign = "".join(name[len(bare) :].split())
    if name in table.columns or not bare or not sign:
        return name, ""
    if sign not in ("!", "~", "!~"):
        raise QueryError(f"--where {name}=: the signs are =, ~= (contains), != and !~= (neither)")
    return bare, sign


def _read(name: str, value: str, table: pd.DataFrame) -> Any:
    from pandas.api import types

    if name not in table.columns:
        return value
    column = table[name]
    if types.is_bool_dtype(column):
        if value.lower() not in _TRUE_FALSE:
            raise QueryError(f"--where {name}: the column holds true or false, not {value!r}")
        return _TRUE_FALSE[value.lower()]
    span = _RANGE.match(value)
    if types.is_numeric_dtype(column):
        return (_limit(name, span[1]), _limit(name, span[2])) if span else _number(name, value)
    if span and isinstance(next(iter(column.dropna()), None), dt.date):
        return span[1].strip() or None, span[2].strip() or None
    if span and all(map(_is_end, span.groups())) and not (column == value).any():
        raise QueryError(
            f"--where {name}: the column holds text, and {value!r} is none of it; ranges are of "
            "numbers and dates"
        )
    return value


def _split(text: str, option: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals or not name.strip():
        raise QueryError(f"{option} takes COLUMN=VALUE, as {option} show=Dark; got {text!r}")
    return name.strip(), value.strip()


def _number(name: str, text: str) -> int | float:
    value = _guess(text)
    if isinstance(value, str):
        raise QueryError(
            f"--where {name}: the column holds numbers; {text!r} is neither a number nor LOW..HIGH"
        )
    return value


def _limit(name: str, text: str) -> int | float | None:
    return _number(name, text) if text.strip() else None


def _is_end(text: str) -> bool:
    one = text.strip()
    return not one or not isinstance(_guess(one), str) or _moment(one) is not None


def _moment(text: str) -> dt.date | None:
    try:
        if re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text):
            return dt.date.fromisoformat(text)
        if _CLOCK.fullmatch(text):
            return dt.datetime.fromisoformat(text)
    except ValueError:
        pass  # a month 13: text
    return None


def _guess(text: str) -> int | float | str:
    # Not int() itself: it also reads "1_000" and the digits of other alphabets, which are names more often.
    if re.fullmatch(r"[+-]?(0|[1-9][0-9]{0,17})", text):
        return int(text)
    if re.fullmatch(r"[+-]?([0-9]+\.[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?", text):
        return float(text)
    return text
