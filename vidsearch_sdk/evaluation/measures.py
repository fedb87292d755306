"""The measures of a report by their names, such as ``nDCG@10``."""

from __future__ import annotations

import operator
from collections.abc import Collection, Iterable, Sequence
from typing import Any

from vidsearch_sdk.errors import QueryError
from vidsearch_sdk.evaluation.metrics import (
    Grades,
    average_precision,
    ndcg,
    precision,
    recall,
    reciprocal_rank,
)

MOST_K = 1000


def checked_places(k: Any) -> tuple[int, ...]:
    """Check the numbers of places that are looked at.

    Args:
        k: A number from 1 to 1,000, or several.

    Returns:
        Ascending, each once.

    Raises:
        QueryError: There is none, or one is out of range.

    Examples:
        >>> checked_places((10, 1, 5))
        (1, 5, 10)
    """
    given = k if isinstance(k, Iterable) and not isinstance(k, str) else (k,)
    places = set()
    for one in given:
        try:
            place = operator.index(one)
        except TypeError:
            place = 0
        if isinstance(one, bool) or not 1 <= place <= MOST_K:
            raise QueryError(f"k={k!r}: whole numbers from 1 to {MOST_K:,} are needed, as k=(1, 5, 10)")
        places.add(place)
    if not places:
        raise QueryError("k is empty; give the numbers of places to look at, as k=(1, 5, 10)")
    return tuple(sorted(places))


def names_of(places: Sequence[int]) -> tuple[str, ...]:
    """Names of the measures at these places; MRR looks at the most.

    Examples:
        >>> names_of((1, 10))
        ('P@1', 'P@10', 'R@1', 'R@10', 'AP@1', 'AP@10', 'MRR@10', 'nDCG@1', 'nDCG@10')
    """
    at_each = {kind: [f"{kind}@{place}" for place in places] for kind in ("P", "R", "AP", "nDCG")}
    return (*at_each["P"], *at_each["R"], *at_each["AP"], f"MRR@{max(places)}", *at_each["nDCG"])


def measure(
    grades: Grades, judged: Collection[float], *, places: Sequence[int], least: float
) -> dict[str, float]:
    """Give all measures of one answer.

    Args:
        grades: Grades of the results, best result first.
        judged: Grades of all that was judged.
        places: Numbers of places that are looked at.
        least: Grade from which a result is right.

    Examples:
        >>> import numpy as np
        >>> measure(np.array([0.0, 3.0]), [3.0, 0.0], places=(1, 2), least=1)["MRR@2"]
        0.5
    """
    right = sum(grade >= least for grade in judged)
    values: dict[str, float] = {}
    for k in places:
        values[f"P@{k}"] = precision(grades, k=k, least=least)
        values[f"R@{k}"] = recall(grades, right=right, k=k, least=least)
        values[f"AP@{k}"] = average_precision(grades, right=right, k=k, least=least)
        values[f"nDCG@{k}"] = ndcg(grades, judged=judged, k=k)
    most = max(places)
    values[f"MRR@{most}"] = reciprocal_rank(grades, k=most, least=least)
    return {name: values[name] for name in names_of(places)}


def find_measure(wanted: str, names: Sequence[str]) -> str:
    """Find a measure by its name, whatever its case; ``"mrr"`` is the one that there is.

    Raises:
        QueryError: There is no such measure.

    Examples:
        >>> find_measure("ndcg@10", ("MRR@10", "nDCG@10")), find_measure("mrr", ("MRR@10", "nDCG@10"))
        ('nDCG@10', 'MRR@10')
    """
    text = str(wanted).casefold().strip()
    found = [name for name in names if name.casefold() == text]
    found = found or [name for name in names if name.casefold().startswith("mrr@") and text == "mrr"]
    if not found:
        raise QueryError(f"metric={wanted!r} was not measured; there are {', '.join(names)}")
    return found[0]


def main_measures(places: Sequence[int]) -> tuple[str, ...]:
    """The four measures that stand for the others where there is little room.

    Examples:
        >>> main_measures((1, 5, 10))
        ('nDCG@10', 'R@10', 'MRR@10', 'P@1')
    """
    most = max(places)
    return (f"nDCG@{most}", f"R@{most}", f"MRR@{most}", f"P@{min(places)}")
