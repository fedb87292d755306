"""``COLUMN=VALUE`` as typed, made into columns and filters."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from vidsearch_sdk.errors import QueryError

if TYPE_CHECKING:
    import pandas as pd

_RANGE = re.compile(r"^(.*?)\.\.(.*)$", re.DOTALL)
_TRUE_FALSE = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}


def own_columns(given: Iterable[str]) -> dict[str, Any]:
    """Read ``--column``: whole numbers and decimals become numbers, all else stays text.

    Raises:
        QueryError: A text is not of the form ``COLUMN=VALUE``, or a column comes twice.

    Examples:
        >>> own_columns(["show=Dark", "season=1"])
        {'show': 'Dark', 'season': 1}
    """
    columns: dict[str, Any] = {}
    for text in given:
        name, value = _split(text, "--column")
        if name in columns:
            raise QueryError(f"--column names the column {name!r} twice; give it one value")
        columns[name] = _guess(value)
    return columns


def filters(given: Iterable[str], table: pd.DataFrame) -> dict[str, Any] | None:
    """Read ``--where`` against the columns that there are.

    Args:
        given: Texts of the form ``COLUMN=VALUE`` or ``COLUMN=LOW..HIGH``.
        table: The table that is filtered; a column's type decides how its values are read.

    Returns:
        A filter as ``ShotIndex.search`` takes it, or ``None`` for none.

    Raises:
        QueryError: A text is not of that form, or a value is not of its column's type.
    """
    from pandas.api import types

    where: dict[str, Any] = {}
    for text in given:
        name, value = _split(text, "--where")
        column = table[name] if name in table.columns else None
        read: Any = value
        if column is not None and types.is_bool_dtype(column):
            if value.lower() not in _TRUE_FALSE:
                raise QueryError(f"--where {name}: the column holds true or false, not {value!r}")
            read = _TRUE_FALSE[value.lower()]
        elif column is not None and types.is_numeric_dtype(column):
            span = _RANGE.match(value)
            read = (_limit(name, span[1]), _limit(name, span[2])) if span else _number(name, value)
        _put(where, name, read)
    return where or None


def _put(where: dict[str, Any], name: str, value: Any) -> None:
    if name not in where:
        where[name] = value
    elif isinstance(value, tuple) or isinstance(where[name], tuple):
        raise QueryError(f"--where {name}: a range stands alone; give the column once")
    else:
        before = where[name]
        where[name] = [*(before if isinstance(before, list) else [before]), value]


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


def _guess(text: str) -> int | float | str:
    # Not int() itself: it also reads "1_000" and the digits of other alphabets, which are names more often.
    if re.fullmatch(r"[+-]?(0|[1-9][0-9]{0,17})", text):
        return int(text)
    if re.fullmatch(r"[+-]?([0-9]+\.[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?", text):
        return float(text)
    return text
