"""What happens after what: ordered chains of shots within one film.

The score of a chain ranks as the product of its steps' calibrated scores does; fusing ranks instead was found
worse by the makers of VISIONE (Amato et al., "VISIONE 5.0", 2024). It is given as the geometric mean, so that
a long chain of good steps is as sure as each of them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from vidsearch_sdk.index.exact import Rows
from vidsearch_sdk.query.moments import Moments, RangeMaximum

_ROUNDING_S = 1e-3
_LEAST = 1e-12
_ROUNDS = 4


@dataclass(frozen=True)
class Times:
    """When the shots are.

    Attributes:
        film: int (n,): which film each shot belongs to.
        start_s: float64 (n,).
        end_s: float64 (n,).
    """

    film: npt.NDArray[np.int32]
    start_s: npt.NDArray[np.float64]
    end_s: npt.NDArray[np.float64]


def chains(steps: Sequence[Moments], within_s: Sequence[float], times: Times) -> Moments:
    """Join moments to ordered chains.

    A step begins when the one before has ended, and at most ``within_s`` seconds later, in the same film. Of
    all chains that share a shot at the same step only the best is given; what it leaves is joined anew, four
    times over.

    Args:
        steps: What each step may be; two or more.
        within_s: Seconds from the end of each step to the start of the next, one less than steps.
        times: When all shots are.

    Returns:
        The chains, best first: parts of all steps side by side, scores as geometric means.
    """
    found: list[Moments] = []
    left = list(steps)
    while len(found) < _ROUNDS:
        some = _apart(_best_chains(left, within_s, times).ranked())
        if not len(some):
            break
        found.append(some)
        # Several beginnings may share the best next step: the others go on to the next best.
        left = _without(left, some)
    if not found:
        return Moments(np.empty((0, sum(step.parts.shape[1] for step in steps)), np.int64), np.empty(0))
    parts = np.concatenate([some.parts for some in found])
    return Moments(_filled_up(parts), np.concatenate([some.scores for some in found])).ranked()


def _best_chains(steps: Sequence[Moments], within_s: Sequence[float], times: Times) -> Moments:
    """For each moment of the first step the best chain that it begins."""
    nexts: list[Rows] = []
    best = np.log(np.maximum(steps[-1].scores, _LEAST))
    for step, following, within in zip(
        reversed(steps[:-1]), reversed(steps[1:]), reversed(within_s), strict=True
    ):
        found, place = _best_following(step, following, best, within, times)
        best = np.log(np.maximum(step.scores, _LEAST)) + np.where(place >= 0, found, -np.inf)
        nexts.insert(0, place)
    starts = np.flatnonzero(np.isfinite(best))
    chosen = [starts]
    for place in nexts:
        chosen.append(place[chosen[-1]])
    scores = np.exp(best[starts] / len(steps))
    parts = np.concatenate([step.parts[some] for step, some in zip(steps, chosen, strict=True)], axis=1)
    return Moments(parts, scores)


def _best_following(
    step: Moments, following: Moments, best: npt.NDArray[np.float64], within_s: float, times: Times
) -> tuple[npt.NDArray[np.float64], Rows]:
    """For each moment the best continuation: its logarithm, and its place; -1 where there is none."""
    if not len(step) or not len(following):
        return np.zeros(len(step)), np.full(len(step), -1, np.int64)
    film = times.film[following.first]
    start_s = times.start_s[following.first]
    order = np.lexsort((start_s, film))
    film, start_s = film[order], start_s[order]
    end_s = times.end_s[step.last]
    own = times.film[step.first]
    # Every film's times in a stretch of their own, so that one sorted list serves all films.
    low_s = min(float(start_s.min()), float(end_s.min()))
    longest_s = max(float(start_s.max()), float(end_s.max())) - low_s
    # "At any time later" may be said as 1e20; keys of that size could not tell seconds apart.
    within_s = min(within_s, longest_s)
    stretch = longest_s + within_s + 1.0
    keys = film * stretch + (start_s - low_s)
    low = np.searchsorted(keys, own * stretch + (end_s - low_s) - _ROUNDING_S, "left")
    high = np.searchsorted(keys, own * stretch + (end_s - low_s) + within_s + _ROUNDING_S, "right")
    # A late end plus the window must not reach into the next film's stretch, which `stretch` sees to.
    found, place = RangeMaximum(best[order]).over(low, high)
    return found, np.where(place >= 0, order[place], -1)


def _filled_up(parts: Rows) -> Rows:
    """Move the gaps of shorter parts to the end."""
    if (parts >= 0).all():
        return parts
    gaps = np.argsort(parts < 0, axis=1, kind="stable")
    return np.take_along_axis(parts, gaps, axis=1)


def _apart(ranked: Moments) -> Moments:
    used: list[set[int]] = [set() for _ in range(ranked.parts.shape[1])]
    kept = []
    for number, parts in enumerate(ranked.parts.tolist()):
        if any(part in seen for part, seen in zip(parts, used, strict=True) if part >= 0):
            continue
        for part, seen in zip(parts, used, strict=True):
            seen.add(part)
        kept.append(number)
    return ranked.take(np.array(kept, np.int64))


def _without(steps: Sequence[Moments], used: Moments) -> list[Moments]:
    """The steps without what has a shot in common with the same step of some chains."""
    left, column = [], 0
    for step in steps:
        taken = np.zeros(len(step), np.bool_)
        for own in step.parts.T:
            taken |= (own >= 0) & np.isin(own, used.parts[:, column])
            column += 1
        left.append(step.take(~taken))
    return left
