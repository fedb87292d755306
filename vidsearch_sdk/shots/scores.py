"""Scores of every frame against the frames around it, made while a film is decoded.

They are everything that :func:`~vidsearch_sdk.shots.boundaries.find_boundaries` asks, so thresholds can be
tuned on the stored scores without decoding again. Every score of a frame depends on at most :data:`BEFORE`
frames before it and :data:`AHEAD` after it, so that a film scored in overlapping parts gets the same scores.
"""

from __future__ import annotations

import cv2
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from vidsearch_sdk.shots.evidence import dissolve_evidence
from vidsearch_sdk.shots.likeness import reach, relit, structure
from vidsearch_sdk.shots.small_picture import LUMA_ROWS, ROWS, WIDTH

COLUMNS = (
    "content",  # plain difference to the frame before: mean levels of luma and color
    "histogram",  # distance of the luma histograms of this frame and the one before, in levels
    "brightness",  # mean luma, 0 to 255
    "contrast",  # standard deviation of luma
    "change",  # difference to the frame before that no small movement explains, in levels
    "structure",  # difference in structure to the frame before, 0 to 1; only after a marked change, else 0
    "light",  # the change in the same light, over contrast; only after a marked change, else 0
    "returned",  # least change to the 5 frames after (or from the 5 before) as a part of this change; 1: none
    "unmixed",  # dissolves: how little this frame is a mixture of the ends; see dissolve_evidence
    "mixed_frames",  # half the length of the likeliest dissolve around this frame; 0: none
    "mixed_change",  # change between its ends
    "mixed_structure",  # difference in structure between its ends
    "mixed_light",  # difference between its ends in the same light, in luma levels
)
"""The scores of a frame, in this order."""

WIDTHS = (2, 3, 4, 6, 8, 12, 16, 24)
"""Half lengths of dissolves that are looked for, in frames."""

_LAGS = (1, 2, 3, 4, 5, 6, 8, 12, 16, 24, 32, 48)
_RING = 64
_RETURN = 5
_LIGHT_AT = (0, 2, 4)
BEFORE, AHEAD = _RING, 24
"""Frames that a score looks back and ahead at most (a flash looks 5 ahead, a dissolve 24)."""

_C = {name: index for index, name in enumerate(COLUMNS)}
_LAG_AT = {lag: index for index, lag in enumerate(_LAGS)}
_MARKED = 2.0  # levels of change below which two neighbors are alike, whatever else
_MIXED = 6.0  # levels of change between the ends of anything that is called a dissolve
_UNEVEN = 0.35  # smallest part that one half of a dissolve may have of the change of the other half
_LUMA, _COLOR = LUMA_ROWS * WIDTH, LUMA_ROWS // 2 * WIDTH // 2


class Scorer:
    """Scores a film frame by frame.

    Memory: 64 small pictures, and 60 bytes of scores a frame.

    Example:
        >>> scorer = Scorer()
        >>> for frame in range(30):
        ...     scorer.push(np.full((54, 64), 20 if frame < 15 else 200, np.uint8))
        >>> scores = scorer.finish(np.arange(30))
        >>> int(np.argmax(scores["change"].to_numpy()))
        15
    """

    def __init__(self) -> None:
        self.frames = 0
        shape = (_RING, ROWS, WIDTH)
        self._pictures, self._low, self._high = (np.zeros(shape, np.uint8) for _ in range(3))
        self._half_low, self._half_high = (np.zeros(shape, np.uint8) for _ in range(2))
        self._lagged = np.zeros((_RING, len(_LAGS)), np.float32)
        self._rows = np.zeros((1024, len(COLUMNS)), np.float32)
        self._histogram = np.zeros(32, np.int64)
        self._marked: dict[int, NDArray[np.uint8]] = {}
        self._best_mixture = np.full(_RING, -np.inf)

    def push(self, small: NDArray[np.uint8]) -> None:
        """Take the next frame.

        Args:
            small: Its small picture, uint8 of shape (54, 64).

        Raises:
            ValueError: Another shape or type.
        """
        if small.shape != (ROWS, WIDTH) or small.dtype != np.uint8:
            raise ValueError(
                f"a small picture is uint8 of shape ({ROWS}, {WIDTH}), not {small.dtype} {small.shape}"
            )
        now, slot = self.frames, self.frames % _RING
        if now == len(self._rows):
            self._rows = np.concatenate([self._rows, np.zeros_like(self._rows)])
        picture = self._pictures[slot]
        picture[:] = small
        reach(picture, self._low[slot], self._high[slot])
        np.right_shift(self._low[slot], 1, out=self._half_low[slot])
        np.right_shift(self._high[slot], 1, out=self._half_high[slot])
        row = self._rows[now]
        row[_C["returned"]] = row[_C["unmixed"]] = 1.0
        self._best_mixture[slot] = -np.inf
        self._plain_scores(row, picture, now)
        self._lagged[slot] = self._changes(now, slot)
        row[_C["change"]] = self._lagged[slot, 0]
        self._follow_marked_changes(row, now, slot)
        self._look_for_mixtures(now, slot)
        self.frames = now + 1

    @property
    def marked_change(self) -> bool:
        """Whether the last frame differs so much from the one before that a shot may begin with it."""
        return self.frames - 1 in self._marked

    def rows(self, start: int = 0) -> NDArray[np.float32]:
        """Give the scores from a frame on, shape (frames, columns); those of the last frames are not final."""
        return self._rows[start : self.frames]

    def finish(self, pts: NDArray[np.integer]) -> pa.Table:
        """Give all scores.

        Args:
            pts: Times of the frames in the film's time base, shape (frames,).

        Returns:
            ``frame`` and ``pts`` (int64), then :data:`COLUMNS` (float32).

        Raises:
            ValueError: Not as many times as frames.
        """
        if len(pts) != self.frames:
            raise ValueError(f"{self.frames} frames were scored, {len(pts)} times given")
        return scores_table(pts, self.rows())

    def _plain_scores(self, row: NDArray[np.float32], picture: NDArray[np.uint8], now: int) -> None:
        luma = picture[:LUMA_ROWS]
        mean, deviation = cv2.meanStdDev(luma)
        row[_C["brightness"]], row[_C["contrast"]] = mean[0, 0], deviation[0, 0]
        histogram = np.bincount((luma >> 3).ravel(), minlength=32)
        if now:
            before = self._pictures[(now - 1) % _RING]
            row[_C["content"]] = (
                cv2.norm(before[:LUMA_ROWS], luma, cv2.NORM_L1) / _LUMA
                + cv2.norm(before[LUMA_ROWS:], picture[LUMA_ROWS:], cv2.NORM_L1) / _COLOR
            )
            row[_C["histogram"]] = 8.0 / _LUMA * np.abs(np.cumsum(histogram - self._histogram)).sum()
        self._histogram = histogram

    def _changes(self, now: int, slot: int) -> NDArray[np.float32]:
        """Change from each of the lagged frames, as :func:`likeness.change` has it, all at once."""
        result = np.zeros(len(_LAGS), np.float32)
        past = [(now - lag) % _RING for lag in _LAGS if lag <= now]
        if not past:
            return result
        count = len(past)
        current, low, high = (
            np.tile(ring[slot], (count, 1)) for ring in (self._pictures, self._low, self._high)
        )
        before = self._pictures[past].reshape(-1, WIDTH)
        forward = cv2.add(
            cv2.subtract(current, self._high[past].reshape(-1, WIDTH)),
            cv2.subtract(self._low[past].reshape(-1, WIDTH), current),
        )
        backward = cv2.add(cv2.subtract(before, high), cv2.subtract(low, before))
        result[:count] = (_levels(forward, count) + _levels(backward, count)) / 2
        return result

    def _follow_marked_changes(self, row: NDArray[np.float32], now: int, slot: int) -> None:
        picture, lagged = self._pictures[slot], self._lagged[slot]
        for then, before in list(self._marked.items()):
            passed = now - then
            if passed <= _RETURN:
                earlier = self._rows[then]
                part = lagged[_LAG_AT[passed + 1]] / earlier[_C["change"]]
                earlier[_C["returned"]] = min(earlier[_C["returned"]], part)
                if passed in _LIGHT_AT:
                    left, contrast = relit(before, picture)
                    earlier[_C["light"]] = min(earlier[_C["light"]], left / contrast)
            else:
                del self._marked[then]
        changed = float(lagged[0])
        if changed < _MARKED or not now:
            return
        recent = [self._lagged[(now - back) % _RING, 0] for back in range(1, min(now, 5) + 1)]
        if changed < 1.2 * (float(max(recent)) + 1):
            return
        before = self._pictures[(now - 1) % _RING].copy()
        self._marked[now] = before
        row[_C["structure"]] = structure(before, picture)
        left, contrast = relit(before, picture)
        row[_C["light"]] = left / contrast
        for back in range(1, min(now - 1, _RETURN) + 1):
            row[_C["returned"]] = min(row[_C["returned"]], lagged[_LAG_AT[back + 1]] / changed)

    def _look_for_mixtures(self, now: int, slot: int) -> None:
        """Ask of the frames 2 to 24 back whether they are the middle of a dissolve that ends here."""
        likely = [
            half
            for half in WIDTHS
            if 2 * half <= now and self._lagged[slot, _LAG_AT[2 * half]] > _MIXED and self._is_even(now, half)
        ]
        if not likely:
            return
        count = len(likely)
        first = [(now - 2 * half) % _RING for half in likely]
        middles = self._pictures[[(now - half) % _RING for half in likely]].reshape(-1, WIDTH)
        high = cv2.add(self._half_high[first].reshape(-1, WIDTH), np.tile(self._half_high[slot], (count, 1)))
        low = cv2.add(self._half_low[first].reshape(-1, WIDTH), np.tile(self._half_low[slot], (count, 1)))
        left = _levels(cv2.add(cv2.subtract(middles, high), cv2.subtract(low, middles)), count)
        for half, unexplained in zip(likely, left, strict=True):
            self._weigh_mixture(now, slot, half, float(unexplained))

    def _halves(self, now: int, half: int) -> tuple[float, float]:
        at = _LAG_AT[half]
        return float(self._lagged[(now - half) % _RING, at]), float(self._lagged[now % _RING, at])

    def _is_even(self, now: int, half: int) -> bool:
        smaller, larger = sorted(self._halves(now, half))
        return smaller > _UNEVEN * larger

    def _weigh_mixture(self, now: int, slot: int, half: int, unexplained: float) -> None:
        whole = float(self._lagged[slot, _LAG_AT[2 * half]])
        unmixed = unexplained / (min(self._halves(now, half)) + 0.3)
        jump = float(max(self._lagged[(now - back) % _RING, 0] for back in range(2 * half))) / whole
        # The ends need comparing only if the best outcome of that could still make it a dissolve.
        best = float(dissolve_evidence(unmixed=unmixed, structure=1.0, relit=whole, jump=jump))
        middle = (now - half) % _RING
        if best < -2.0 or best < self._best_mixture[middle]:
            return
        start, end = self._pictures[(now - 2 * half) % _RING], self._pictures[slot]
        differs, (lit, _) = structure(start, end), relit(start, end)
        evidence = float(dissolve_evidence(unmixed=unmixed, structure=differs, relit=lit, jump=jump))
        if evidence > self._best_mixture[middle]:
            self._best_mixture[middle] = evidence
            self._rows[now - half, _C["unmixed"] :] = unmixed, half, whole, differs, lit


def scores_table(pts: NDArray[np.integer], rows: NDArray[np.float32]) -> pa.Table:
    """Put scores of consecutive frames, the film's first one included, into a table.

    Args:
        pts: Times of the frames, shape (frames,).
        rows: Scores, shape (frames, columns).
    """
    columns = {"frame": np.arange(len(pts), dtype=np.int64), "pts": np.asarray(pts, np.int64)}
    columns |= {name: np.ascontiguousarray(rows[:, index]) for index, name in enumerate(COLUMNS)}
    return pa.table(columns)


def _levels(differences: NDArray[np.uint8], count: int) -> NDArray[np.float32]:
    """Mean luma and color differences added, of ``count`` small pictures below each other."""
    sums = cv2.reduce(differences, 1, cv2.REDUCE_SUM, dtype=cv2.CV_32F).reshape(count, ROWS)
    return sums[:, :LUMA_ROWS].sum(axis=1) / _LUMA + sums[:, LUMA_ROWS:].sum(axis=1) / _COLOR  # type: ignore[no-any-return]
