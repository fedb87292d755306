"""Scores of every frame against the frames around it, made while a film is decoded.

They are everything that :func:`~vidsearch_sdk.shots.boundaries.find_boundaries` asks, so thresholds can be
tuned on the stored scores without decoding again. Every score of a frame depends on at most :data:`BEFORE`
frames before it and :data:`AHEAD` after it, so that a film scored in overlapping parts gets the same scores.
"""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from vidsearch_sdk.shots.arrow import arrow_table
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

_SCHEMA = pa.schema([("frame", pa.int64()), ("pts", pa.int64()), *((name, pa.float32()) for name in COLUMNS)])

WIDTHS = (2, 3, 4, 6, 8, 12, 16, 24)
"""Half lengths of dissolves that are looked for, in frames."""

_RING = 64
_RETURN = 5
_LIGHT_AT = (0, 2, 4)
BEFORE, AHEAD = _RING, max(WIDTHS)
"""Frames that a score looks back and ahead at most."""

_C = {name: index for index, name in enumerate(COLUMNS)}
_MARKED = 2.0  # levels of change below which two neighbors are alike, whatever else
_LUMA, _COLOR = LUMA_ROWS * WIDTH, LUMA_ROWS // 2 * WIDTH // 2
_HOPELESS = -2.0  # log odds

# Dissolves are looked for in coarse pictures of 16 x 9 first, because that is a fifth of the work.
_COARSE = (16, 9)
_COARSE_CHANGE = 4.0
_COARSE_UNMIXED = 0.6
_MIXED = 6.0  # levels of change between the ends of anything that is called a dissolve
_UNEVEN = 0.35  # smallest part that one half of a dissolve may have of the change of the other half
_HALVES = np.array(WIDTHS)


class Scorer:
    """Scores a film frame by frame.

    Memory: 64 small pictures, and 52 bytes of scores a frame.

    Examples:
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
        coarse = 2 * _COARSE[0] * _COARSE[1]
        self._coarse = np.zeros((_RING, coarse), np.float32)
        self._coarse_changes = np.zeros((_RING, len(WIDTHS)), np.float32)
        self._rows = np.zeros((1024, len(COLUMNS)), np.float32)
        self._histogram = np.zeros((32, 1), np.float32)
        self._marked: list[int] = []
        self._best_mixture = [-np.inf] * _RING

    def push(self, small: NDArray[np.uint8]) -> None:
        """Take the next frame.

        Args:
            small: Its small picture, uint8 of shape (54, 64).

        Raises:
            ValueError: Another shape or type.
        """
        if small.shape != (ROWS, WIDTH) or small.dtype != np.uint8:
            given = f"{small.dtype} of shape {small.shape}"
            raise ValueError(f"a small picture is uint8 of shape {(ROWS, WIDTH)}, not {given}")
        now, slot = self.frames, self.frames % _RING
        if now == len(self._rows):
            self._rows = np.concatenate([self._rows, np.zeros_like(self._rows)])
        picture = self._pictures[slot]
        picture[:] = small
        reach(picture, self._low[slot], self._high[slot])
        row = self._rows[now]
        row[_C["returned"]] = row[_C["unmixed"]] = 1.0
        self._best_mixture[slot] = -np.inf
        self._plain_scores(row, picture, now)
        if now:
            row[_C["change"]] = self._change(now - 1, now)
        self._follow_marked_changes(now)
        if now and row[_C["change"]] >= _MARKED:
            self._mark(row, now)
        self._look_for_mixtures(now, slot)
        self.frames = now + 1

    def rows(self, start: int = 0) -> NDArray[np.float32]:
        """Give the scores from a frame on, shape (frames, columns); the last ones are not final yet."""
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
        histogram = cv2.calcHist([luma], [0], None, [32], [0, 256])
        if now:
            before = self._pictures[(now - 1) % _RING]
            row[_C["content"]] = (
                cv2.norm(before[:LUMA_ROWS], luma, cv2.NORM_L1) / _LUMA
                + cv2.norm(before[LUMA_ROWS:], picture[LUMA_ROWS:], cv2.NORM_L1) / _COLOR
            )
            row[_C["histogram"]] = 8.0 / _LUMA * np.abs(np.cumsum(histogram - self._histogram)).sum()
        self._histogram = histogram

    def _change(self, one: int, other: int) -> float:
        """Difference that no small movement explains, in levels of luma and color added.

        Each pixel is compared with the range of values around it in the other picture, both ways. It stays
        near 0 while things move by less than 3 % of the width; at a cut it is nearly a plain difference.
        """
        a, b = one % _RING, other % _RING
        outside = cv2.add(
            _outside(self._pictures[a], self._low[b], self._high[b]),
            _outside(self._pictures[b], self._low[a], self._high[a]),
        )
        return _levels(outside) / 2

    def _follow_marked_changes(self, now: int) -> None:
        while self._marked and now - self._marked[0] > _RETURN:
            self._marked.pop(0)
        for then in self._marked:
            row = self._rows[then]
            row[_C["returned"]] = min(row[_C["returned"]], self._change(then - 1, now) / row[_C["change"]])
            if now - then in _LIGHT_AT:
                left, contrast = relit(self._pictures[(then - 1) % _RING], self._pictures[now % _RING])
                row[_C["light"]] = min(row[_C["light"]], left / contrast)

    def _mark(self, row: NDArray[np.float32], now: int) -> None:
        """Look closer at a change that stands out from those just before."""
        changed = float(row[_C["change"]])
        if changed < 1.2 * (float(self._rows[max(0, now - 5) : now, _C["change"]].max()) + 1):
            return
        self._marked.append(now)
        before, picture = self._pictures[(now - 1) % _RING], self._pictures[now % _RING]
        row[_C["structure"]] = structure(before, picture)
        left, contrast = relit(before, picture)
        row[_C["light"]] = left / contrast
        for back in range(1, min(now - 1, _RETURN) + 1):
            row[_C["returned"]] = min(row[_C["returned"]], self._change(now - 1 - back, now) / changed)

    def _look_for_mixtures(self, now: int, slot: int) -> None:
        """Ask of the frames 2 to 24 back whether they are the middle of a dissolve that ends here."""
        coarse = self._coarse[slot]
        picture, half = self._pictures[slot], len(coarse) // 2
        coarse[:half] = cv2.resize(picture[:LUMA_ROWS], _COARSE, interpolation=cv2.INTER_AREA).ravel()
        coarse[half:] = cv2.resize(picture[LUMA_ROWS:], _COARSE, interpolation=cv2.INTER_AREA).ravel()
        coarse[half:] *= 2
        middles, firsts = (now - _HALVES) % _RING, (now - 2 * _HALVES) % _RING
        middle, first = self._coarse[middles], self._coarse[firsts]
        second_half = np.abs(coarse - middle).sum(axis=1) / half
        self._coarse_changes[slot] = second_half
        smaller = np.minimum(self._coarse_changes[middles, np.arange(len(WIDTHS))], second_half)
        likely = smaller > _COARSE_CHANGE / 2
        likely &= now >= 2 * _HALVES
        if not likely.any():
            return
        left = np.abs(middle - (coarse + first) / 2).sum(axis=1) / half
        for index in np.flatnonzero(likely & (left < _COARSE_UNMIXED * smaller)).tolist():
            self._weigh_mixture(now, WIDTHS[index])

    def _weigh_mixture(self, now: int, half: int) -> None:
        middle, first = now - half, now - 2 * half
        whole = self._change(first, now)
        if whole < _MIXED:
            return
        jump = float(self._rows[first + 1 : now + 1, _C["change"]].max()) / whole
        if not self._may_win(middle, unmixed=0.0, relit=whole, jump=jump):
            return
        smaller, larger = sorted((self._change(first, middle), self._change(middle, now)))
        if smaller < _UNEVEN * larger:
            return
        unmixed = self._unexplained(first, middle, now) / (smaller + 0.3)
        if not self._may_win(middle, unmixed=unmixed, relit=whole, jump=jump):
            return
        start, end = self._pictures[first % _RING], self._pictures[now % _RING]
        differs, (lit, _) = structure(start, end), relit(start, end)
        evidence = float(dissolve_evidence(unmixed=unmixed, structure=differs, relit=lit, jump=jump))
        if evidence > self._best_mixture[middle % _RING]:
            self._best_mixture[middle % _RING] = evidence
            self._rows[middle, _C["unmixed"] :] = unmixed, half, whole, differs, lit

    def _may_win(self, middle: int, *, unmixed: float, relit: float, jump: float) -> bool:
        """Whether the ends are worth comparing: could the best outcome still make it a dissolve?"""
        best = float(dissolve_evidence(unmixed=unmixed, structure=1.0, relit=relit, jump=jump))
        return best > max(_HOPELESS, self._best_mixture[middle % _RING])

    def _unexplained(self, first: int, middle: int, last: int) -> float:
        """What of a frame is no even mixture of two others, whatever moves a little in those."""
        a, b = first % _RING, last % _RING
        high = cv2.addWeighted(self._high[a], 0.5, self._high[b], 0.5, -0.5)
        low = cv2.addWeighted(self._low[a], 0.5, self._low[b], 0.5, -0.5)
        return _levels(_outside(self._pictures[middle % _RING], low, high))


def scores_table(pts: NDArray[np.integer], rows: NDArray[np.float32]) -> pa.Table:
    """Put scores of consecutive frames, the film's first one included, into a table.

    Args:
        pts: Times of the frames, shape (frames,).
        rows: Scores, shape (frames, columns).
    """
    columns: dict[str, NDArray[Any]] = {"frame": np.arange(len(pts)), "pts": np.asarray(pts)}
    columns |= {name: rows[:, index] for index, name in enumerate(COLUMNS)}
    return arrow_table(columns, _SCHEMA)


def scores_by_name(rows: NDArray[np.float32]) -> dict[str, NDArray[np.float32]]:
    """Give scores of shape (frames, columns) as ``find_boundaries`` takes them."""
    return {name: rows[:, index] for index, name in enumerate(COLUMNS)}


def _outside(
    picture: NDArray[np.uint8], low: NDArray[np.uint8], high: NDArray[np.uint8]
) -> NDArray[np.uint8]:
    """How far each value lies outside its range."""
    return np.asarray(cv2.add(cv2.subtract(picture, high), cv2.subtract(low, picture)))


def _levels(differences: NDArray[np.uint8]) -> float:
    """Mean luma and mean color differences of a small picture, added."""
    luma, color = differences[:LUMA_ROWS], differences[LUMA_ROWS:]
    return float(cv2.sumElems(luma)[0]) / _LUMA + float(cv2.sumElems(color)[0]) / _COLOR
