"""Numbers that may come from two groups, of which the lower is wanted."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

Doubles = npt.NDArray[np.float64]

_STARTS = (0.3, 0.5, 0.7, 0.85)
_STEPS = 200
_APART = 2.0
_LEAST = 1e-6


def lower_group(values: npt.ArrayLike) -> tuple[float, float]:
    """Mean and deviation of the lower of two groups, or of all where they are one.

    A mixture of two normal laws is fitted by expectation maximization (Dempster, Laird and Rubin, Journal of
    the Royal Statistical Society B 39, 1977). It counts as two groups when the fit is better by the Bayesian
    information criterion and the groups are apart: Ashman's D above 2 (Ashman, Bird and Zepf, Astronomical
    Journal 108, 1994). Else the middle is the median, and the deviation is taken below it, where a few large
    values do not reach.

    Args:
        values: At least one finite number.

    Returns:
        Mean and standard deviation (0 where all are equal).

    Examples:
        >>> random = np.random.default_rng(0)
        >>> low, high = random.normal(0, 1, 300), random.normal(8, 1, 100)
        >>> mean, deviation = lower_group(np.concatenate([low, high]))
        >>> abs(mean) < 0.2, abs(deviation - 1) < 0.2
        (True, True)
    """
    ordered = np.sort(np.asarray(values, np.float64).ravel())
    middle, below = float(np.median(ordered)), float(np.quantile(ordered, 0.16))
    alone = middle, middle - below
    spread = float(ordered.std())
    if len(ordered) < 20 or spread < _LEAST:
        return alone
    one = _likelihood(ordered, ordered.mean(keepdims=True), np.array([spread]), np.ones(1))[0]
    fits = [_fitted(ordered, int(len(ordered) * share), 0.1 * spread) for share in _STARTS]
    likelihood, means, deviations = max(fits, key=lambda fit: fit[0])
    distance = math.sqrt(2) * abs(means[1] - means[0]) / math.hypot(*deviations)
    # Three numbers more than one normal law has.
    if 2 * (likelihood - one) <= 3 * math.log(len(ordered)) or distance <= _APART:
        return alone
    lower = int(np.argmin(means))
    return float(means[lower]), float(deviations[lower])


def _fitted(ordered: Doubles, cut: int, least: float) -> tuple[float, Doubles, Doubles]:
    halves = ordered[:cut], ordered[cut:]
    means = np.array([half.mean() for half in halves])
    # A group must not shrink onto a single value, where the likelihood has no bound.
    deviations = np.maximum([half.std() for half in halves], least)
    weights = np.array([cut / len(ordered), 1 - cut / len(ordered)])
    likelihood = -math.inf
    for _ in range(_STEPS):
        before = likelihood
        likelihood, shares = _likelihood(ordered, means, deviations, weights)
        if likelihood - before < _LEAST:
            break
        sizes = shares.sum(axis=0) + _LEAST
        weights = np.clip(sizes / len(ordered), 1e-3, 1)
        means = (shares * ordered[:, None]).sum(axis=0) / sizes
        squares = (shares * (ordered[:, None] - means) ** 2).sum(axis=0)
        deviations = np.maximum(np.sqrt(squares / sizes), least)
    return likelihood, means, deviations


def _likelihood(
    ordered: Doubles, means: Doubles, deviations: Doubles, weights: Doubles
) -> tuple[float, Doubles]:
    logs = -0.5 * ((ordered[:, None] - means) / deviations) ** 2 - np.log(deviations) + np.log(weights)
    top = logs.max(axis=1, keepdims=True)
    parts = np.exp(logs - top)
    sums = parts.sum(axis=1, keepdims=True)
    return float((top + np.log(sums)).sum()), parts / sums
