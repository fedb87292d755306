"""How good a ranking is: each measure one function of the grades of the results, in their order.

Grades are numbers from 0 up: 0 for what is not right, more for what is more so. ``grades_of`` makes them of
a list of results and of what was judged. Measures of yes and no count what has at least the grade
``least``. What was not judged counts as not right. A query for which nothing is right scores 0, as in
``trec_eval``; leave it out of means.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence
from typing import Literal

import numpy as np
import numpy.typing as npt

Grades = npt.NDArray[np.float64]
Gain = Literal["linear", "exponential"]


def grades_of(results: Iterable[Hashable], judged: Mapping[Hashable, float]) -> Grades:
    """Grades of results in their order.

    Args:
        results: Names of what was found, best first, each once.
        judged: Grade of each that was judged, 0 or more.

    Returns:
        float64 (results,).

    Raises:
        ValueError: A result stands there twice, which would be counted twice.

    Examples:
        >>> grades_of(["b", "x", "a"], {"a": 3, "b": 1}).tolist()
        [1.0, 0.0, 3.0]
    """
    found = list(results)
    if len(set(found)) != len(found):
        raise ValueError("a result stands in the ranking twice; take its first place only")
    return np.array([judged.get(name, 0.0) for name in found], dtype=np.float64)


def precision(grades: Sequence[float] | Grades, *, k: int, least: float = 1.0) -> float:
    """Share of the first k places that hold something right.

    P@k = |{i <= k : g_i >= least}| / k. Places that were not filled count as wrong.

    Args:
        grades: Grades of the results in their order.
        k: Places that are looked at, from 1.
        least: Grade from which a result is right, above 0.

    Raises:
        ValueError: A grade, k or ``least`` out of its range.

    Examples:
        >>> precision([3, 0, 1], k=2), precision([3, 0, 1], k=4)
        (0.5, 0.5)
    """
    return float(_right(grades, k, least).sum()) / k


def recall(grades: Sequence[float] | Grades, *, right: int, k: int, least: float = 1.0) -> float:
    """Share of all that is right that stands in the first k places.

    R@k = |{i <= k : g_i >= least}| / R.

    Args:
        grades: Grades of the results in their order.
        right: R, how many are right in all; found or not.
        k: Places that are looked at, from 1.
        least: Grade from which a result is right, above 0.

    Raises:
        ValueError: A grade, k or ``least`` out of its range, or more right results than there are.

    Examples:
        >>> recall([3, 0, 1], right=4, k=3), recall([3, 0, 1], right=4, k=1)
        (0.5, 0.25)
    """
    found = float(_right(grades, k, least).sum())
    return found / right if _checked_count(right, found) else 0.0


def reciprocal_rank(grades: Sequence[float] | Grades, *, k: int | None = None, least: float = 1.0) -> float:
    """One over the place of the first right result; 0 where there is none. Its mean over queries is MRR.

    RR@k = 1 / min{i <= k : g_i >= least}.

    Args:
        grades: Grades of the results in their order.
        k: Places that are looked at, from 1; None for all.
        least: Grade from which a result is right, above 0.

    Raises:
        ValueError: A grade, k or ``least`` out of its range.

    Examples:
        >>> reciprocal_rank([0, 3, 1]), reciprocal_rank([0, 3, 1], k=1)
        (0.5, 0.0)
    """
    places = np.flatnonzero(_right(grades, k, least))
    return 1.0 / (int(places[0]) + 1) if len(places) else 0.0


def average_precision(
    grades: Sequence[float] | Grades, *, right: int, k: int | None = None, least: float = 1.0
) -> float:
    """Mean of the precisions at the places of all that is right, 0 for what was not found.

    AP@k = (1 / R) * sum over i <= k with g_i >= least of P@i. Divided by R whatever k is, as ``trec_eval``
    does in ``map_cut``: with fewer places than right answers it cannot reach 1.

    Args:
        grades: Grades of the results in their order.
        right: R, how many are right in all; found or not.
        k: Places that are looked at, from 1; None for all.
        least: Grade from which a result is right, above 0.

    Raises:
        ValueError: A grade, k or ``least`` out of its range, or more right results than there are.

    Examples:
        >>> round(average_precision([1, 0, 1], right=2), 4)
        0.8333
    """
    places = np.flatnonzero(_right(grades, k, least)) + 1.0
    if not _checked_count(right, len(places)):
        return 0.0
    return float(np.sum(np.arange(1, len(places) + 1) / places)) / right


def ndcg(
    grades: Sequence[float] | Grades,
    *,
    judged: Iterable[float],
    k: int | None = None,
    gain: Gain = "linear",
) -> float:
    """Discounted cumulative gain, as a share of what the best order of everything judged would reach.

    nDCG@k = DCG@k / IDCG@k with DCG@k = sum over i <= k of gain(g_i) / log2(i + 1); IDCG@k is that of the k
    highest grades, highest first. The gain is the grade itself (Järvelin and Kekäläinen, ACM TOIS 20, 2002;
    what ``trec_eval`` calculates), or 2**g - 1, which weighs the best far more (Burges et al., ICML 2005).

    Args:
        grades: Grades of the results in their order.
        judged: Grades of all that was judged for the query, found or not, in any order.
        k: Places that are looked at, from 1; None for all.
        gain: ``"linear"`` or ``"exponential"``.

    Raises:
        ValueError: A grade or k out of its range, or an unknown gain.

    Examples:
        >>> ndcg([3, 1], judged=[1, 3]), round(ndcg([1, 3], judged=[1, 3]), 4)
        (1.0, 0.7967)
    """
    if gain not in ("linear", "exponential"):
        raise ValueError(f"gain={gain!r}: 'linear' or 'exponential'")
    best = np.sort(_first(list(judged), None))[::-1]
    ideal = _dcg(_first(best, k), gain)
    return _dcg(_first(grades, k), gain) / ideal if ideal > 0 else 0.0


def _dcg(grades: Grades, gain: Gain) -> float:
    gains = grades if gain == "linear" else np.exp2(grades) - 1.0
    return float(np.sum(gains / np.log2(np.arange(2, len(grades) + 2))))


def _right(grades: Sequence[float] | Grades, k: int | None, least: float) -> npt.NDArray[np.bool_]:
    if not least > 0:
        raise ValueError(f"least={least}: what is right has a grade above 0")
    return np.asarray(_first(grades, k) >= least)


def _first(grades: Sequence[float] | Grades, k: int | None) -> Grades:
    if k is not None and k < 1:
        raise ValueError(f"k={k}: at least 1 place must be looked at")
    values = np.asarray(grades, np.float64)
    if values.ndim != 1 or not np.all((values >= 0) & np.isfinite(values)):
        raise ValueError("grades are a row of finite numbers from 0 up")
    return values[:k]


def _checked_count(right: int, found: float) -> bool:
    if found > right:
        raise ValueError(f"right={right}, but {found:.0f} right results were found")
    return right > 0
