"""Values of columns, which may have come through tables and files that write them in other ways."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Any


def is_missing(value: object) -> bool:
    """Whether a column that is no free text has nothing in this row.

    Examples:
        >>> [is_missing(value) for value in (None, float("nan"), "", "25")]
        [True, True, True, False]
    """
    return value is None or str(value) in {"", "nan", "None", "<NA>"}


def as_number(value: Any) -> float | None:
    """Read a finite number; None where it is none.

    Examples:
        >>> [as_number(value) for value in (1, "0.5", float("nan"), None)]
        [1.0, 0.5, None, None]
    """
    try:
        number = float(value)
    except (TypeError, ValueError):
        return None
    return number if math.isfinite(number) else None


def as_fraction(value: object) -> Fraction | None:
    """Read a number above 0, however it is written; None where it is none.

    Examples:
        >>> [str(as_fraction(value)) for value in ("24000/1001", 12.5, "0/0", None, float("nan"))]
        ['24000/1001', '25/2', 'None', 'None', 'None']
    """
    try:
        fraction = Fraction(str(value))
    except (ValueError, ZeroDivisionError):
        return None
    return fraction if fraction > 0 else None


def as_whole(value: Any) -> int | None:
    """Read a whole number; None where it is none.

    Examples:
        >>> [as_whole(value) for value in (1920, "7", None, float("nan"))]
        [1920, 7, None, None]
    """
    try:
        return int(value)
    except (TypeError, ValueError, OverflowError):
        return None
