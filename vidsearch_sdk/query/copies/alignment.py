"""Lay the scores of a clip over those of a film: at which offsets do the two change in the same way?

The scores of frames (:mod:`vidsearch_sdk.shots.scores`) are sums over the picture: a mirrored copy has the
same, a darker or cropped one nearly the same but for gain and lift, which normalized correlation takes out
(J. P. Lewis, "Fast Normalized Cross-Correlation", 1995). Frame rates differ, so both are brought to one grid
of time first.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

RATE = 25
"""Points of the grid per second."""

LEVELS = ("brightness", "contrast")
CHANGES = ("content", "histogram")
NEEDED = LEVELS + CHANGES
"""The scores that are compared."""

Numbers = npt.NDArray[np.float64]

_SMOOTH = 1.5  # grid points; hides that frames of two rates fall between each other
_REACH = 5
_QUIET = 7.5  # levels of change per second that are as good as none
# Variances that coding alone causes. Where both have no more than that, they agree, and it says nothing.
_NOISE = np.array([0.005, 0.008, 0.0015, 0.002, 0.1, 0.1])[:, None] ** 2


@dataclass(frozen=True, eq=False)
class Signals:
    """Scores on the grid of time.

    Attributes:
        start_s: Time of the first point, in seconds of the clock that the scores were given with.
        values: float64 (6, points): logs of brightness and contrast, their slopes, logs of the changes of
            content and histogram.
    """

    start_s: float
    values: Numbers

    def __len__(self) -> int:
        return int(self.values.shape[1])


def signals_of(times: Numbers, end_s: float, scores: Mapping[str, npt.NDArray[np.float32]]) -> Signals:
    """Bring scores to the grid.

    Args:
        times: float64 (frames,), ascending, in seconds.
        end_s: When the last frame ends.
        scores: The scores `NEEDED` by name, (frames,) each.

    Returns:
        As many points as whole steps fit, at least one.

    Examples:
        >>> times = np.arange(50) / 50
        >>> len(signals_of(times, 1.0, {name: np.ones(50, np.float32) for name in NEEDED}))
        25
    """
    count = max(1, int((end_s - times[0]) * RATE + 1e-6))
    grid = times[0] + np.arange(count + 1) / RATE
    edges = np.append(times, max(end_s, times[-1]))
    levels = []
    for name in LEVELS:
        held = np.concatenate([[0.0], np.cumsum(scores[name] * np.diff(edges))])
        levels.append(np.log(np.maximum(np.diff(np.interp(grid, edges, held)) * RATE, 1.0)))
    # A change happens between two frames: spread over that time, half the rate is half as much per frame.
    before = times[0] - (times[1] - times[0] if len(times) > 1 else 1 / RATE)
    changes = []
    for name in CHANGES:
        summed = np.concatenate([[0.0], np.cumsum(scores[name], dtype=np.float64)])
        each = np.diff(np.interp(grid, np.append(before, times), summed)) * RATE
        changes.append(np.log(_QUIET + np.maximum(_smooth(each), 0.0)))
    slow = [_smooth(level) for level in levels]
    slopes = [np.gradient(level) if count > 1 else np.zeros(1) for level in slow]
    return Signals(float(times[0]), np.stack([*slow, *slopes, *changes]))


def agreement(
    clip: Signals, film: Signals, *, least: float = 0.6
) -> tuple[npt.NDArray[np.int64], Numbers, Numbers]:
    """How well a clip agrees with a film at every offset.

    Args:
        clip: The clip.
        film: The film.
        least: Least share of the shorter one that must lie on the other.

    Returns:
        Lags, int64 ascending: the clip's first point lies on the film's point of that number, which may be
        negative; the agreement at each, -1 to 1, the mean of the normalized correlations of six signals; and
        the share of the shorter one that overlaps, ``least`` to 1. Two spans in which nothing happens agree
        (1); one of them disagrees with a span in which much happens (0).
    """
    short, long = len(clip), len(film)
    needed = max(1, int(np.ceil(least * min(short, long))))
    lags = np.arange(needed - short, long - needed + 1)
    first, last = np.maximum(0, -lags), np.minimum(short, long - lags)
    count = (last - first).astype(np.float64)
    a = clip.values - clip.values.mean(axis=1, keepdims=True)
    b = film.values - film.values.mean(axis=1, keepdims=True)
    products = _products(a, b, lags)
    sum_a, sum_b = _between(a, first, last), _between(b, first + lags, last + lags)
    var_a = _between(a * a, first, last) / count - (sum_a / count) ** 2
    var_b = _between(b * b, first + lags, last + lags) / count - (sum_b / count) ** 2
    both = products / count - sum_a * sum_b / count**2
    spread = np.sqrt((np.maximum(var_a, 0) + _NOISE) * (np.maximum(var_b, 0) + _NOISE))
    return lags, np.clip((both + _NOISE) / spread, -1, 1).mean(axis=0), count / min(short, long)


def _products(a: Numbers, b: Numbers, lags: npt.NDArray[np.int64]) -> Numbers:
    size = 1 << int(np.ceil(np.log2(a.shape[1] + b.shape[1])))
    found = np.empty((len(a), len(lags)))
    # One at a time: the transforms of a film of hours are some megabytes each.
    for row, (one, other) in enumerate(zip(a, b, strict=True)):
        turned = np.fft.irfft(np.conj(np.fft.rfft(one, size)) * np.fft.rfft(other, size), size)
        found[row] = turned[lags % size]
    return found


def _between(values: Numbers, first: npt.NDArray[np.int64], last: npt.NDArray[np.int64]) -> Numbers:
    summed = np.concatenate([np.zeros((len(values), 1)), np.cumsum(values, axis=1)], axis=1)
    difference: Numbers = summed[:, last] - summed[:, first]
    return difference


def _smooth(values: Numbers) -> Numbers:
    weights = np.exp(-0.5 * (np.arange(-_REACH, _REACH + 1) / _SMOOTH) ** 2)
    return np.convolve(np.pad(values, _REACH, mode="edge"), weights / weights.sum(), "valid")
