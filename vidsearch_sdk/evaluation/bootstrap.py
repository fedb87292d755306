"""How far a mean over queries can be trusted: intervals and tests by drawing the queries again.

Nothing is assumed of how values are spread; all measures are drawn at once, from the same queries.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator
from statistics import NormalDist
from typing import Literal

import numpy as np
import numpy.typing as npt

Values = npt.NDArray[np.float64]
Method = Literal["bca", "percentile"]

ROUNDS = 2000
"""Samples of an interval. Its ends then move by about a twentieth of its length from seed to seed."""
FLIPS = 10_000
"""Random flips of a test: enough for p = 0.05 to within 0.005."""

_CELLS = 4_000_000
_EXACT = 12
_NORMAL = NormalDist()


def interval_of_mean(
    values: Values,
    *,
    method: Method = "bca",
    level: float = 0.95,
    rounds: int = ROUNDS,
    seed: int = 0,
) -> tuple[Values, Values]:
    """Interval that holds the mean of all possible queries, by the bootstrap.

    Queries are drawn again with replacement, and quantiles of the means of the samples are taken: with
    ``"bca"`` those that correct for bias and skewness (bias-corrected and accelerated: Efron, "Better
    bootstrap confidence intervals", JASA 82, 1987), with ``"percentile"`` the plain ones (Efron, "Bootstrap
    methods", Annals of Statistics 7, 1979). The former suits values near the end of their range, as metrics
    are; of values that are mostly zero, as differences of two similar searches are, its correction takes the
    few others too seriously, and the latter holds the truth more often.

    Args:
        values: float64 (queries, measures), without nan.
        method: ``"bca"`` or ``"percentile"``.
        level: Share of cases in which such an interval shall hold the truth, between 0 and 1.
        rounds: Samples.
        seed: The same seed draws the same samples.

    Returns:
        Lower and upper ends, float64 (measures,) each; nan where there are fewer than two queries.

    Raises:
        ValueError: An unknown method.

    Examples:
        >>> low, high = interval_of_mean(np.array([[0.0], [1.0]] * 50))
        >>> bool(0.39 < low[0] < 0.42), bool(0.58 < high[0] < 0.61)
        (True, True)
    """
    if method not in ("bca", "percentile"):
        raise ValueError(f"method={method!r}: 'bca' or 'percentile'")
    count, measures = values.shape
    if count < 2:
        return np.full(measures, np.nan), np.full(measures, np.nan)
    means = np.concatenate([drawn @ values / count for drawn in _drawn(count, rounds, seed)])
    if method == "percentile":
        low, high = np.quantile(means, [(1 - level) / 2, (1 + level) / 2], axis=0)
        return low, high
    mean = values.mean(axis=0)
    # Those equal to the mean count half: values of few steps have many.
    below = (means < mean - 1e-12).mean(axis=0) + 0.5 * (np.abs(means - mean) <= 1e-12).mean(axis=0)
    away = values - mean
    spread = (away**2).sum(axis=0)
    skew = (away**3).sum(axis=0)
    with np.errstate(divide="ignore", invalid="ignore"):
        acceleration = np.where(spread > 0, skew / (6 * spread**1.5), 0.0)
    means.sort(axis=0)
    ends = np.empty((2, measures))
    for measure in range(measures):
        bias = _NORMAL.inv_cdf(min(max(float(below[measure]), 0.5 / rounds), 1 - 0.5 / rounds))
        for side, share in enumerate(((1 - level) / 2, (1 + level) / 2)):
            z = bias + _NORMAL.inv_cdf(share)
            at = _NORMAL.cdf(bias + z / (1 - acceleration[measure] * z))
            ends[side, measure] = np.interp(at * (rounds - 1), np.arange(rounds), means[:, measure])
    return ends[0], ends[1]


def _drawn(count: int, rounds: int, seed: int) -> Iterator[Values]:
    """How often each query is drawn, float64 (some of the rounds, count); a few rounds at a time."""
    random = np.random.default_rng(seed)
    at_once = max(1, _CELLS // count)
    for start in range(0, rounds, at_once):
        some = min(at_once, rounds - start)
        picked = random.integers(0, count, (some, count)) + (np.arange(some) * count)[:, None]
        yield np.bincount(picked.ravel(), minlength=some * count).reshape(some, count).astype(np.float64)


def flip_test(differences: Values, *, flips: int = FLIPS, seed: int = 0) -> Values:
    """How often pure chance gives a mean difference as large as this one: a paired randomization test.

    Were the two sides equal, each query's difference might as well have the other sign. So signs are flipped
    at random, and the means that come out are compared with the real one, on both sides (Fisher, "The Design
    of Experiments", 1935; for retrieval Smucker, Allan and Carterette, CIKM 2007). Of up to 12 queries that
    differ every way of flipping is looked at.

    Args:
        differences: float64 (queries, measures), without nan.
        flips: Random flips.
        seed: The same seed flips the same.

    Returns:
        p, float64 (measures,); 1 where no query differs.

    Examples:
        >>> flip_test(np.array([[0.1, 0.1], [0.2, -0.1], [0.3, 0.0]] * 2)).round(3).tolist()
        [0.031, 1.0]
    """
    moved = differences[np.any(differences != 0, axis=1)]
    if not len(moved):
        return np.ones(differences.shape[1])
    least = np.abs(moved.sum(axis=0)) - 1e-9
    if len(moved) <= _EXACT:
        signs = np.array(list(itertools.product((-1.0, 1.0), repeat=len(moved))))
        return np.asarray((np.abs(signs @ moved) >= least).mean(axis=0), np.float64)
    random = np.random.default_rng(seed)
    as_large = np.zeros(differences.shape[1])
    at_once = max(1, _CELLS // len(moved))
    for start in range(0, flips, at_once):
        some = min(at_once, flips - start)
        signs = random.integers(0, 2, (some, len(moved)), dtype=np.int8) * 2.0 - 1.0
        as_large += (np.abs(signs @ moved) >= least).sum(axis=0)
    # The real signs are one of the ways, so p is never 0.
    return np.asarray((as_large + 1) / (flips + 1), np.float64)


def queries_needed(differences: Values, *, power: float = 0.8, level: float = 0.95) -> float:
    """How many queries would show a mean difference of this size and spread; inf where there is none.

    The usual estimate ((z of level + z of power) * deviation / mean) ** 2, from the normal distribution; and
    as many as the randomization test needs at least: n signs all alike come by chance once in 2^(n - 1).

    Args:
        differences: float64 (queries,), at least 2.
        power: Probability with which it should be shown.
        level: As of the interval.

    Examples:
        >>> queries_needed(np.array([0.3, -0.1] * 50))
        32.0
        >>> queries_needed(np.array([0.7, 0.8, 0.7]))
        6.0
    """
    mean = abs(float(differences.mean()))
    if mean < 1e-12:
        return math.inf
    z = _NORMAL.inv_cdf((1 + level) / 2) + _NORMAL.inv_cdf(power)
    least = math.ceil(1 - math.log2(1 - level))
    return float(max(least, math.ceil((z * float(differences.std(ddof=1)) / mean) ** 2)))
