"""How the scores of a query's parts become one score.

Scores are calibrated, so 0.5 means the same for a picture, a sentence and a line of dialogue: about as much
as a query for something absent reaches by chance. Sums are taken of heights, which the calibration's curve
bends into scores: a score s stands at the height r with s = r⁴ / (1 + r⁴), and 1 is the threshold.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from vidsearch_sdk.index.vectors import Floats
from vidsearch_sdk.query.moments import Scores

# Above it a score is as sure as can be: 0.998 and 0.994 must not outweigh another part.
_HIGHEST = 0.99
_STEEPNESS = 4
# Chosen on the half of the sample film's searches that is for choosing (benchmarks/query_quality.py).
_JOINED = 2.0
_HEARD, _NEVER_SAID = 2.2, 0.8


def heights(scores: Scores) -> Scores:
    """The heights of scores: 0 for 0, 1 for 0.5."""
    bounded = np.clip(scores, 0.0, _HIGHEST)
    return np.asarray((bounded / (1.0 - bounded)) ** (1 / _STEEPNESS))


def scores_of(heights: Scores) -> Scores:
    """The scores of heights; below 0 is 0."""
    power = np.maximum(heights, 0.0) ** _STEEPNESS
    return np.asarray(power / (1.0 + power))


def mixed(parts: Sequence[Scores], weights: Sequence[float]) -> Scores:
    """``a + b``: the weighted mean of the heights, so that a strong part makes up for a weaker one.

    Examples:
        >>> mixed([np.array([0.5, 0.9]), np.array([0.5, 0.1])], [1.0, 1.0]).round(2).tolist()
        [0.5, 0.64]
    """
    if len(parts) == 1:
        return parts[0]
    total = sum(weights)
    return scores_of(
        np.asarray(sum(weight * heights(part) for part, weight in zip(parts, weights, strict=True))) / total
    )


def without(scores: Scores, unwanted: Scores, weight: float) -> Scores:
    """``a - b``: what matches the unwanted loses; what does not keeps its score, so no noise comes in."""
    return np.asarray(scores * (1.0 - np.clip(unwanted, 0.0, 1.0)) ** weight)


def both(parts: Sequence[Scores], *, least: float) -> Scores:
    """``a & b``: the geometric mean, and nothing where a part is 0 or below ``least``."""
    stacked = np.stack(parts)
    mean = np.exp(np.log(np.maximum(stacked, 1e-12)).mean(axis=0))
    return np.where(((stacked >= least) & (stacked > 0)).all(axis=0), mean, 0.0)


def either(parts: Sequence[Scores]) -> Scores:
    """``a | b``: the larger."""
    return np.asarray(np.max(np.stack(parts), axis=0))


def seen_and_heard(picture: Scores, dialogue: Scores) -> Scores:
    """A plain sentence, searched in pictures and in dialogue: either may answer, both together answer better.

    The heights are joined as the sides of a right angle are, so that a line that holds half of the words
    lifts the shots that show the other half.

    Examples:
        >>> seen_and_heard(np.array([0.8, 0.0, 0.5]), np.array([0.0, 0.7, 0.5])).round(2).tolist()
        [0.8, 0.7, 0.8]
    """
    sides = heights(picture) ** _JOINED + heights(dialogue) ** _JOINED
    return np.maximum(scores_of(np.asarray(sides ** (1 / _JOINED))), np.maximum(picture, dialogue))


def said(coverage: Floats, rank: Floats) -> Scores:
    """The score of a line that was asked for as such.

    Args:
        coverage: Share of the words' weight that the line holds, 0 to 1.
        rank: Its BM25 over the best line's, 0 to 1: what tells lines of one coverage apart.
    """
    return np.asarray(coverage**2 * (0.9 + 0.1 * rank), np.float64)


def overheard(coverage: Floats, rank: Floats, known: float = 1.0) -> Scores:
    """The score of a line that holds words of a plain sentence: a little less than half reach the threshold.

    Args:
        coverage: As of ``said``.
        rank: As of ``said``.
        known: Share of the words' weight that any line of the catalog holds. What nobody says counts a little
            less: it may well be what is to be seen.
    """
    sought = known + _NEVER_SAID * (1.0 - known)
    share = np.minimum(1.0, np.asarray(coverage, np.float64) / max(sought, 1e-6))
    return scores_of(_HEARD * share * (0.97 + 0.03 * rank))
