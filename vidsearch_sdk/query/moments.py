"""Moments: what parts of a query find, single shots and sequences of shots alike, with their scores."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from vidsearch_sdk.index.exact import Rows

Scores = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Moments:
    """Stretches of film, each from one shot to another one of the same film, and how well they fit.

    A row is a shot's place among all that are searched; the shots of a film stand side by side, in order.

    Attributes:
        parts: int64 (n, steps): the shots that were asked for, in order of time; a single shot is one step.
            Where moments of different lengths stand together, -1 fills up.
        scores: float64 (n,), calibrated, 0 to 1.
    """

    parts: Rows
    scores: Scores

    def __post_init__(self) -> None:
        if self.parts.ndim != 2 or self.scores.shape != self.parts.shape[:1]:
            raise ValueError(f"parts {self.parts.shape} and scores {self.scores.shape} do not fit together")

    @classmethod
    def of_shots(cls, rows: Rows, scores: Scores) -> Moments:
        """Single shots as moments."""
        return cls(np.asarray(rows, np.int64).reshape(-1, 1), np.asarray(scores, np.float64))

    def __len__(self) -> int:
        return len(self.scores)

    @property
    def first(self) -> Rows:
        """The shot that each begins with, int64 (n,)."""
        return self.parts[:, 0]

    @property
    def last(self) -> Rows:
        """The shot that each ends with, int64 (n,)."""
        return np.asarray(self.parts.max(axis=1))

    def take(self, which: npt.NDArray[np.int64] | npt.NDArray[np.bool_]) -> Moments:
        """Some of them, by place or by mask."""
        return Moments(self.parts[which], self.scores[which])

    def ranked(self) -> Moments:
        """Best first; equals in order of the catalog."""
        return self.take(np.lexsort((self.first, -self.scores)))

    def with_scores(self, scores: Scores) -> Moments:
        """The same moments, scored anew."""
        return Moments(self.parts, scores)


def joined(several: list[Moments]) -> Moments:
    """All moments of several lists; where one is in two lists its better score counts."""
    width = max(some.parts.shape[1] for some in several)
    parts = np.concatenate(
        [np.pad(m.parts, ((0, 0), (0, width - m.parts.shape[1])), constant_values=-1) for m in several]
    )
    scores = np.concatenate([some.scores for some in several])
    order = np.lexsort((*parts.T[::-1], -scores))
    parts, scores = parts[order], scores[order]
    _, kept = np.unique(parts, axis=0, return_index=True)
    return Moments(parts[kept], scores[kept])


def best_within(base: Moments, other: Moments) -> Scores:
    """For each moment the best score of another list's moments that share a shot with it; 0 where none does.

    Args:
        base: Where to look.
        other: What to look for.

    Returns:
        float64 (len(base),).
    """
    if not len(other) or not len(base):
        return np.zeros(len(base))
    lengths = other.last - other.first + 1
    starts = np.repeat(other.first - np.concatenate([[0], np.cumsum(lengths)[:-1]]), lengths)
    rows = starts + np.arange(int(lengths.sum()))
    order = np.argsort(rows, kind="stable")
    highest = RangeMaximum(np.repeat(other.scores, lengths)[order])
    low = np.searchsorted(rows[order], base.first, "left")
    high = np.searchsorted(rows[order], base.last, "right")
    return highest.over(low, high)[0]


class RangeMaximum:
    """The largest value of any stretch of a list at once: a sparse table (Bender and Farach-Colton, 2000).

    Args:
        values: float64 (n,).
    """

    def __init__(self, values: Scores) -> None:
        self._values = np.append(values, -np.inf)
        self._levels = [np.arange(len(values))]
        step = 1
        while 2 * step <= len(values):
            below = self._levels[-1]
            left, right = below[:-step], below[step:]
            self._levels.append(np.where(self._values[left] >= self._values[right], left, right))
            step *= 2

    def over(self, low: Rows, high: Rows) -> tuple[Scores, Rows]:
        """The largest value within each half-open stretch, and its place.

        Args:
            low: int (m,), first places.
            high: int (m,), places after the last.

        Returns:
            Values float64 (m,), 0 where a stretch is empty, and places int64 (m,), -1 there.
        """
        values, places = np.zeros(len(low)), np.full(len(low), -1, np.int64)
        lengths = high - low
        level = np.frexp(np.maximum(lengths, 1))[1] - 1  # the largest power of two that fits
        for number in np.unique(level[lengths > 0]):
            these = np.flatnonzero((level == number) & (lengths > 0))
            table = self._levels[number]
            left, right = table[low[these]], table[high[these] - (1 << int(number))]
            place = np.where(self._values[left] >= self._values[right], left, right)
            values[these], places[these] = self._values[place], place
        return values, places
