"""Dates and times of day as numbers that compare: microseconds since 1970 in UTC."""

from __future__ import annotations

import calendar
import datetime as dt
import re
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from vidsearch_sdk.errors import QueryError

_START = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
_MICROSECOND = dt.timedelta(microseconds=1)
_DAY = 86_400_000_000
_MONTH = re.compile(r"([0-9]{4})(?:-([0-9]{2}))?")


def moments_of(values: pa.Array) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.bool_]]:
    """Dates or timestamps as numbers; a day is its first moment, a time without a zone counts as UTC.

    Args:
        values: Of any date or timestamp type.

    Returns:
        int64 (n,), and bool (n,), whether there is a value.
    """
    zone = values.type.tz if pa.types.is_timestamp(values.type) else None
    moments = values.cast(pa.timestamp("us", tz=zone), safe=False).view(pa.int64())
    known = np.asarray(values.is_valid().to_numpy(zero_copy_only=False), np.bool_)
    return np.asarray(moments.fill_null(0).to_numpy(zero_copy_only=False), np.int64), known


def span_of(value: Any, column: str, *, whole_days: bool = False) -> tuple[int, int]:
    """From when to when a date, a time or a text that stands for one lasts.

    Args:
        value: A date, a datetime (without a zone: UTC), or ISO 8601 text: ``2024``, ``2024-05``,
            ``2024-05-31`` or ``2024-05-31T18:00``.
        column: The column, for the message.
        whole_days: Whether a time stands for its whole day.

    Returns:
        Microseconds since 1970, UTC; the second is the first moment after it.

    Raises:
        QueryError: The text is no date.

    Examples:
        >>> start, stop = span_of("2024-02", "shot_on")
        >>> (stop - start) // 86_400_000_000
        29
    """
    moment = _read(value, column) if isinstance(value, str) else value
    if isinstance(moment, dt.datetime):
        if not whole_days:
            start = _microseconds(moment)
            return start, start + 1
        moment = moment.date()
    days = 1
    if isinstance(value, str) and (rough := _MONTH.fullmatch(value.strip())):
        year, month = moment.year, moment.month
        days = calendar.monthrange(year, month)[1] if rough[2] else 365 + calendar.isleap(year)
    start = _microseconds(dt.datetime.combine(moment, dt.time()))
    return start, start + days * _DAY


def _microseconds(moment: dt.datetime) -> int:
    aware = moment if moment.tzinfo is not None else moment.replace(tzinfo=dt.UTC)
    return (aware - _START) // _MICROSECOND


def _read(text: str, column: str) -> dt.date | dt.datetime:
    plain = text.strip()
    try:
        if rough := _MONTH.fullmatch(plain):
            return dt.date(int(rough[1]), int(rough[2] or 1), 1)
        return (
            dt.date.fromisoformat(plain)
            if len(plain) <= len("2024-05-31")
            else dt.datetime.fromisoformat(plain)
        )
    except ValueError:
        raise QueryError(
            f"where[{column!r}] holds {text!r}; the column holds date: write it as 2024-05-31, 2024-05, 2024 "
            "or 2024-05-31T18:00"
        ) from None
