"""The values that a film's marker holds: plain ones, and in the user's own columns also days and moments."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from vidsearch_sdk.errors import CatalogError

Scalar = str | int | float | bool | None
"""What is measured."""
Own = Scalar | dt.date
"""What an own column may hold; a ``datetime`` is a ``date`` as well."""

_DAY, _MOMENT = "date", "datetime"


def as_scalar(value: Any) -> Scalar:
    """Return ``value`` as text, number, bool or None.

    A fraction becomes its exact text, NaN and infinities None, and NumPy's scalars Python's.

    Raises:
        CatalogError: The value is none of these.

    Examples:
        >>> as_scalar(Fraction(24000, 1001)), as_scalar(float("nan"))
        ('24000/1001', None)
    """
    if value is None or isinstance(value, str | bool):
        return value
    if isinstance(value, Fraction):
        return str(value)
    if isinstance(value, float):
        return float(value) if math.isfinite(value) else None
    if isinstance(value, int):
        return int(value)
    if hasattr(value, "item") and getattr(value, "ndim", None) == 0:
        return as_scalar(value.item())
    raise CatalogError(f"{value!r} is not text, a number, a bool or None.")


def as_own(value: Any) -> Own:
    """Return ``value`` as text, number, bool, date, datetime or None.

    A moment with a time zone is brought to UTC; one without stays so. Pandas' and NumPy's moments become
    Python's, to the microsecond, and ``NaT`` None.

    Raises:
        CatalogError: The value is none of these.

    Examples:
        >>> import numpy as np
        >>> as_own(np.datetime64("2017-12-01")), as_own(np.datetime64("2017-12-01T18:00", "ns"))
        (datetime.date(2017, 12, 1), datetime.datetime(2017, 12, 1, 18, 0))
    """
    if type(value).__name__ == "datetime64" and hasattr(value, "astype"):
        # In nanoseconds its item() would be a plain number.
        days = value.dtype.name in ("datetime64[D]", "datetime64[M]", "datetime64[Y]")
        moment = value.astype("datetime64[D]" if days else "datetime64[us]").item()
        if isinstance(moment, int):
            raise CatalogError(f"{value!r} lies outside of the years 1 to 9999.")
        value = moment
    if type(value).__name__ == "timedelta64":
        raise CatalogError(f"{value!r} is a length of time; give it as a number of seconds.")
    if not isinstance(value, dt.date):
        return as_scalar(value)
    if value != value:
        return None
    day: dt.date = value.to_pydatetime(warn=False) if hasattr(value, "to_pydatetime") else value
    if isinstance(day, dt.datetime) and day.tzinfo is not None:
        try:
            return day.astimezone(dt.UTC)
        except OverflowError as error:
            raise CatalogError(f"{value!r} lies outside of the years 1 to 9999 in UTC.") from error
    return day


def own_to_json(own: Mapping[str, Own]) -> dict[str, Any]:
    """Return own values as JSON values; those that JSON lacks are marked, so that text stays text."""
    return {name: _to_json(value) for name, value in own.items()}


def own_from_json(content: Mapping[str, Any]) -> dict[str, Own]:
    """Return what :func:`own_to_json` was given.

    Examples:
        >>> own_from_json(own_to_json({"shot_on": dt.date(2017, 12, 1), "show": "2017-12-01"}))
        {'shot_on': datetime.date(2017, 12, 1), 'show': '2017-12-01'}
    """
    return {name: _from_json(value) for name, value in content.items()}


def _to_json(value: Own) -> Any:
    if isinstance(value, dt.datetime):
        return {_MOMENT: value.isoformat()}
    return {_DAY: value.isoformat()} if isinstance(value, dt.date) else value


def _from_json(value: Any) -> Own:
    if not isinstance(value, dict):
        return value  # type: ignore[no-any-return]
    if _DAY in value:
        return dt.date.fromisoformat(value[_DAY])
    if _MOMENT in value:
        return dt.datetime.fromisoformat(value[_MOMENT])
    return str(value)
