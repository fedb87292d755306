"""What people said of shots, made into a better vector to search with.

The words of a query stay in it as far as they earn it. Where the shots that people found right are those that
the words find, little is learned: the direction in which a few right shots lie tells as much of their place
and their light as of what was meant. Where the words find what is wrong, the shots count.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from vidsearch_sdk.index.calibration import Scale
from vidsearch_sdk.index.vectors import Floats

RIGHT, WRONG = 5.0, 3.0
"""Beta and gamma of Rocchio where the words find nothing that is right (alpha, of the words, is 1)."""
LEAST_JUDGED = 10
"""Judged shots from which a classifier has a say."""
LOOKED_AT = 1000
"""Shots that stand for the catalog."""

_STEEP = 4
_WEAK = 40
_WEAKNESS = 0.1
_RIDGE = 0.15
_LEAST_DOUBT = 0.02
_TRUSTED = 1.5
_STEPS, _ENOUGH = 6, 1e-2
_LEAST = 1e-6
_BIAS = 100.0
_LOWEST = 1.5
_STEEPEST = 30.0

Wide = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Ground:
    """What the shots of a catalog look like, whatever is asked.

    Attributes:
        shots: float32 (n, dim), unit rows: shots of the catalog, evenly spaced.
        mean: float64 (dim,), their mean.
        radius: How far they lie from it, root of the mean square.
    """

    shots: Floats
    mean: Wide
    radius: float

    @classmethod
    def of(cls, shots: Floats) -> Ground:
        """Measure some shots, float32 (n, dim) with n from 1."""
        mean = shots.mean(axis=0, dtype=np.float64)
        square = float(np.mean(np.sum((shots - mean) ** 2, axis=1)))
        return cls(shots, mean, max(np.sqrt(square), _LEAST))

    def spread(self, vector: Wide) -> float:
        """Deviation of the shots' similarities with a vector."""
        return max(float((self.shots @ vector.astype(np.float32)).std()), _LEAST)


def merit(query: Floats, right: Floats, wrong: Floats, ground: Ground) -> float:
    """How far the words alone find what is right, 0 to 1.

    A right shot counts by how many shots of the catalog it leaves behind it; one that is no nearer to the
    words than most counts nothing, and a wrong one nothing either. Two right ones and a wrong one are
    thought along, so that a single thumb proves little.

    Args:
        query: float32 (dim,), unit length: the words.
        right: float32 (n, dim), unit rows.
        wrong: float32 (m, dim), unit rows.
        ground: The catalog.

    Examples:
        >>> ground = Ground.of(np.eye(4, dtype=np.float32))
        >>> words = np.array([1, 0, 0, 0], np.float32)
        >>> merit(words, words[None], np.empty((0, 4), np.float32), ground).__round__(2)
        0.62
    """
    usual = np.sort(ground.shots @ query)
    behind = np.searchsorted(usual, right @ query, side="left") / len(usual)
    found = np.clip(2 * behind - 1, 0.0, 1.0).sum()
    return float((found + 2) / (len(right) + len(wrong) + 3))


def rocchio(query: Floats, right: Floats, wrong: Floats, ground: Ground) -> Floats:
    """Move a query towards what is right and away from what is wrong.

    The formula is Rocchio's ("Relevance feedback in information retrieval", in Salton, The SMART Retrieval
    System, 1971): q' = alpha q + beta mean(right) - gamma mean(wrong). Similarities with words and with
    pictures have two scales, so means are taken from the middle of the catalog, and every part is divided by
    the deviation of its similarities in the catalog. Beta and gamma fall steeply with what the words find by
    themselves (``merit``).

    Args:
        query: float32 (dim,), unit length: the words.
        right: float32 (n, dim), unit rows; none is allowed.
        wrong: float32 (m, dim), likewise.
        ground: The catalog.

    Returns:
        float32 (dim,), unit length.
    """
    doubt = (1.0 - merit(query, right, wrong, ground)) ** _STEEP
    moved = query.astype(np.float64) / ground.spread(query.astype(np.float64))
    for weight, shots in ((RIGHT, right), (-WRONG, wrong)):
        if len(shots):
            away = shots.mean(axis=0, dtype=np.float64) - ground.mean
            moved += weight * doubt * away / ground.spread(away)
    return _unit(moved, query)


def classifier(query: Floats, right: Floats, wrong: Floats, ground: Ground) -> Floats:
    """The direction that tells what is right from what is wrong, with the words as what is known beforehand.

    Logistic regression with a quadratic penalty, fitted by Newton's method in the shots' own products (as in
    Hastie, Tibshirani and Friedman, The Elements of Statistical Learning, 2009, 4.4.1 and 5.8), so that its
    cost hangs on the number of judgments, hardly on the dimensions. The score of the words is added to the
    logit before fitting, so that only what they leave open is learned; the less of what they find is right,
    the less they weigh, and the weaker the penalty. Shots of the catalog, a tenth as heavy in all as the
    judgments, stand for what is usually wrong.

    Args:
        query: float32 (dim,), unit length: the words.
        right: float32 (n, dim), unit rows.
        wrong: float32 (m, dim), unit rows.
        ground: The catalog.

    Returns:
        float32 (dim,), unit length.
    """
    judged = len(right) + len(wrong)
    share = merit(query, right, wrong, ground)
    ridge = _RIDGE / max((1.0 - share) ** 2, _LEAST_DOUBT)
    words = query * (np.sqrt(min(1.0, _TRUSTED * share)) / ground.spread(query.astype(np.float64)))
    weak = ground.shots[np.linspace(0, len(ground.shots) - 1, min(_WEAK, len(ground.shots))).astype(int)]
    shots = np.concatenate([right, wrong, weak]) - ground.mean
    is_right = np.zeros(len(shots))
    is_right[: len(right)] = 1.0
    weights = np.ones(len(shots))
    weights[judged:] = _WEAKNESS * judged / len(weak)
    known, scaled = shots @ words, shots / ground.radius
    # A constant of its own, hardly penalised, for how much is right altogether.
    kernel = scaled @ scaled.T + _BIAS
    parts = np.zeros(len(shots))
    for _ in range(_STEPS):
        learned = kernel @ parts
        chance = 1.0 / (1.0 + np.exp(-np.clip(learned + known, -_STEEPEST, _STEEPEST)))
        bend = weights * chance * (1.0 - chance)
        goal = bend * learned + weights * (is_right - chance)
        after = np.linalg.solve(bend[:, None] * kernel + ridge * np.eye(len(shots)), goal)
        step, parts = float(np.abs(after - parts).max()), after
        if step < _ENOUGH:
            break
    return _unit(words + scaled.T @ parts / ground.radius, query)


def learned(query: Floats, right: Floats, wrong: Floats, ground: Ground) -> Floats:
    """The vector to search with: ``rocchio``, and more and more of ``classifier`` from ten judged shots on.

    With n judged shots, ten in n parts are Rocchio's, so that one thumb more never turns the answer over.

    Returns:
        float32 (dim,), unit length; the query itself where nothing was judged.
    """
    judged = len(right) + len(wrong)
    if not judged:
        return query
    simple = rocchio(query, right, wrong, ground)
    if judged <= LEAST_JUDGED:
        return simple
    share = LEAST_JUDGED / judged
    fitted = classifier(query, right, wrong, ground)
    return _unit(share * simple.astype(np.float64) + (1.0 - share) * fitted, query)


def rescaled(scale: Scale, query: Floats, moved: Floats, ground: Ground, *, right: Floats) -> Scale:
    """The scale on which similarities with a moved query mean what they meant before.

    Background and threshold stand as many deviations from the middle of the catalog as they did. Where shots
    are known to be right, the threshold comes down to half-way to the middle one of them, if that is lower:
    what is there need not prove again that it is. But it stays 1.5 deviations above the middle, if it was:
    what little stands out from the catalog is no answer, whatever was said to be right.

    Args:
        scale: That of the query.
        query: float32 (dim,), unit length.
        moved: float32 (dim,), unit length.
        ground: The catalog.
        right: float32 (n, dim), unit rows: shots that are right; none is allowed.
    """
    middle = float(np.median((ground.shots @ moved).astype(np.float64)))
    before, after = (ground.spread(vector.astype(np.float64)) for vector in (query, moved))
    usual = float(np.median((ground.shots @ query).astype(np.float64)))
    above, below = ((height - usual) * after / before for height in (scale.threshold, scale.background))
    if len(right) and above > 0:
        half_way = (float(np.median(right @ moved)) - middle) / 2
        lowered = min(above, max(half_way, _LOWEST * after))
        above, below = lowered, below * lowered / above
    background = middle + below
    return Scale(background, float(max(middle + above, np.nextafter(background, np.inf))))


def _unit(vector: Wide, otherwise: Floats) -> Floats:
    length = float(np.linalg.norm(vector))
    return np.asarray(vector / length, np.float32) if length > _LEAST else otherwise
