"""The options of a search, checked before anything is looked for."""

from __future__ import annotations

import math
import operator
from collections.abc import Collection
from typing import Any

import numpy as np

from vidsearch_sdk.errors import QueryError

MOST_RESULTS = 10_000
"""Shots that one search returns at most."""


def checked_count(value: Any, *, name: str = "k") -> int:
    """A number of shots.

    Raises:
        QueryError: It is no whole number from 1 to 10,000.

    Examples:
        >>> checked_count(np.int64(20))
        20
    """
    try:
        if isinstance(value, bool):
            raise TypeError
        count = operator.index(value)
    except TypeError:
        raise QueryError(f"{name}={value!r}: a whole number from 1 to {MOST_RESULTS:,} is needed") from None
    if not 1 <= count <= MOST_RESULTS:
        raise QueryError(f"{name}={count}: 1 to {MOST_RESULTS:,} shots can be asked for")
    return count


def checked_score(value: Any) -> float | None:
    """A least score, or ``None``.

    Raises:
        QueryError: It is no number from 0 to 1.
    """
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float | np.number):
        raise QueryError(f"min_score={value!r}: a number from 0 to 1 is needed")
    if not 0 <= value <= 1 or math.isnan(value):
        raise QueryError(
            f"min_score={value}: scores lie from 0 to 1; 0 returns the nearest shots, whatever they score"
        )
    return float(value)


def checked_switch(name: str, value: Any) -> bool:
    """A yes or no.

    Raises:
        QueryError: It is neither.
    """
    if isinstance(value, bool | np.bool_):
        return bool(value)
    raise QueryError(f"{name}={value!r}: True or False is needed")


def checked_exceptions(name: str, value: Any) -> frozenset[str] | None:
    """A yes or no, or the words that a yes leaves out.

    Returns:
        The words left out, few or none; ``None`` for a no.

    Raises:
        QueryError: It is nothing of these.

    Examples:
        >>> checked_exceptions("spelling", True), checked_exceptions("spelling", False)
        (frozenset(), None)
        >>> checked_exceptions("spelling", ["umbrela"])
        frozenset({'umbrela'})
    """
    if isinstance(value, bool | np.bool_):
        return frozenset() if value else None
    # A text alone may be meant as "yes".
    if (
        isinstance(value, Collection)
        and not isinstance(value, str)
        and all(isinstance(one, str) for one in value)
    ):
        return frozenset(value)
    raise QueryError(f"{name}={value!r}: True, False or a list of words to leave as they are is needed")
