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

_HISTORY = 64
_BATCH = 64
_RETURN = 5
_LIGHT_AT = (0, 2, 4)
BEFORE, AHEAD = _HISTORY, max(WIDTHS)
"""Frames that a score looks back and ahead at most."""

_C = {name: index for index, name in enumerate(COLUMNS)}
_LUMA, _COLOR = LUMA_ROWS * WIDTH, LUMA_ROWS // 2 * WIDTH // 2
# Which rows are luma, which color. Sums of whole numbers are exact in any order, however batched.
_PARTS = np.repeat(np.eye(2, dtype=np.float32), [LUMA_ROWS, ROWS - LUMA_ROWS], axis=0)
_MARKED = 2.0  # levels of change below which two neighbors are alike, whatever else
_HOPELESS = -2.0  # log odds

# Dissolves are looked for in coarse pictures of 16 x 9 first, because that is a fifth of the work.
_COARSE = (16, 9)
_COARSE_CHANGE = 4.0
_COARSE_UNMIXED = 0.6
_MIXED = 6.0  # levels of change between the ends of anything that is called a dissolve
_UNEVEN = 0.35  # smallest part that one half of a dissolve may have of the change of the other half


class Scorer:
    """Scores a film, many frames at a time. How the frames are dealt out makes no difference to the scores.

    Memory: some 130 small pictures, and 52 bytes of scores a frame.

    Example:
        >>> film = np.full((30, 54, 64), 20, np.uint8)
        >>> film[15:] = 200
        >>> scorer = Scorer()
        >>> scorer.push(film)
        >>> scores = scorer.finish(np.arange(30))
        >>> int(np.argmax(scores["change"].to_numpy()))
        15
    """

    def __init__(self) -> None:
        self.frames = 0
        # The last 64 frames, then those that are being scored; frame f lies at f - self._base.
        self._base = -_HISTORY
        shape = (_HISTORY + _BATCH, ROWS, WIDTH)
        self._pictures, self._low, self._high = (np.zeros(shape, np.uint8) for _ in range(3))
        self._flat = [each.reshape(-1, WIDTH) for each in (self._pictures, self._low, self._high)]
        self._histograms = np.zeros((shape[0], 32), np.float32)
        self._coarse = np.zeros((shape[0], 2 * _COARSE[0] * _COARSE[1]), np.float32)
        self._coarse_changes = np.zeros((shape[0], len(WIDTHS)), np.float32)
        self._rows = np.zeros((1024, len(COLUMNS)), np.float32)
        self._marked: list[int] = []
        self._best_mixture: dict[int, float] = {}

    def push(self, smalls: NDArray[np.uint8]) -> None:
        """Take the next frames.

        Args:
            smalls: Their small pictures, uint8 of shape (n, 54, 64).

        Raises:
            ValueError: Another shape or type.
        """
        if smalls.ndim != 3 or smalls.shape[1:] != (ROWS, WIDTH) or smalls.dtype != np.uint8:
            given = f"{smalls.dtype} of shape {smalls.shape}"
            raise ValueError(f"small pictures are uint8 of shape (n, {ROWS}, {WIDTH}), not {given}")
        for start in range(0, len(smalls), _BATCH):
            self._push(smalls[start : start + _BATCH])

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

    def _push(self, smalls: NDArray[np.uint8]) -> None:
        now, count = self.frames, len(smalls)
        while now + count > len(self._rows):
            self._rows = np.concatenate([self._rows, np.zeros_like(self._rows)])
        batch = slice(_HISTORY, _HISTORY + count)
        self._pictures[batch] = smalls
        reach(self._pictures[batch], self._low[batch], self._high[batch])
        rows = self._rows[now : now + count]
        rows[:, _C["returned"]] = rows[:, _C["unmixed"]] = 1.0
        self._plain_scores(rows, batch)
        if not now:
            rows[0, : _C["brightness"]] = rows[0, _C["change"]] = 0.0
        changes = rows[:, _C["change"]]
        for frame in range(now, now + count):
            if self._marked or changes[frame - now] >= _MARKED:
                self._follow_marked_changes(frame)
                self._mark(frame)
        self._look_for_mixtures(now, count)
        self.frames = now + count
        self._base += count
        for kept in (
            self._pictures, self._low, self._high, self._histograms, self._coarse, self._coarse_changes,
        ):  # fmt: skip
            kept[:_HISTORY] = kept[count : count + _HISTORY].copy()

    def _plain_scores(self, rows: NDArray[np.float32], batch: slice) -> None:
        """Score a batch against the frame before each, all at once."""
        before = slice(batch.start - 1, batch.stop - 1)
        pictures = self._pictures[batch]
        luma = np.ascontiguousarray(pictures[:, :LUMA_ROWS]).reshape(len(pictures), -1)
        for place, picture in enumerate(luma, batch.start):
            self._histograms[place] = cv2.calcHist([picture], [0], None, [32], [0, 256]).ravel()
        steps = np.cumsum(self._histograms[batch] - self._histograms[before], axis=1)
        mean = luma.sum(axis=1, dtype=np.int64) / _LUMA
        wide = luma.astype(np.int32)
        square = np.einsum("ij,ij->i", wide, wide) / _LUMA
        rows[:, _C["content"]] = _levels(cv2.absdiff(self._stacked(batch)[0], self._stacked(before)[0]))
        rows[:, _C["histogram"]] = 8.0 / _LUMA * np.abs(steps).sum(axis=1)
        rows[:, _C["brightness"]] = mean
        rows[:, _C["contrast"]] = np.sqrt(np.maximum(square - mean * mean, 0))
        rows[:, _C["change"]] = self._changes(before, batch)

    def _changes(self, ones: slice, others: slice) -> NDArray[np.floating]:
        """Differences that no small movement explains, in levels of luma and color added.

        Each pixel is compared with the range of values around it in the other picture, both ways. They stay
        near 0 while things move by less than 3 % of the width; at a cut they are nearly a plain difference.
        """
        (a, low_a, high_a), (b, low_b, high_b) = self._stacked(ones), self._stacked(others)
        return _levels(cv2.add(_outside(a, low_b, high_b), _outside(b, low_a, high_a))) / 2

    def _stacked(self, places: slice) -> list[NDArray[np.uint8]]:
        rows = _below_each_other(places)
        return [each[rows] for each in self._flat]

    def _change(self, one: int, other: int) -> float:
        a, b = one - self._base, other - self._base
        return float(self._changes(slice(a, a + 1), slice(b, b + 1))[0])

    def _follow_marked_changes(self, now: int) -> None:
        while self._marked and now - self._marked[0] > _RETURN:
            self._marked.pop(0)
        for then in self._marked:
            row = self._rows[then]
            row[_C["returned"]] = min(row[_C["returned"]], self._change(then - 1, now) / row[_C["change"]])
            if now - then in _LIGHT_AT:
                left, contrast = relit(self._picture(then - 1), self._picture(now))
                row[_C["light"]] = min(row[_C["light"]], left / contrast)

    def _mark(self, now: int) -> None:
        """Look closer at a change that stands out from those just before."""
        row = self._rows[now]
        changed = float(row[_C["change"]])
        if changed < _MARKED:
            return
        if changed < 1.2 * (float(self._rows[max(0, now - 5) : now, _C["change"]].max()) + 1):
            return
        self._marked.append(now)
        before, picture = self._picture(now - 1), self._picture(now)
        row[_C["structure"]] = structure(before, picture)
        left, contrast = relit(before, picture)
        row[_C["light"]] = left / contrast
        for back in range(1, min(now - 1, _RETURN) + 1):
            row[_C["returned"]] = min(row[_C["returned"]], self._change(now - 1 - back, now) / changed)

    def _picture(self, frame: int) -> NDArray[np.uint8]:
        picture: NDArray[np.uint8] = self._pictures[frame - self._base]
        return picture

    def _look_for_mixtures(self, now: int, count: int) -> None:
        """Ask of the frames 2 to 24 before each whether they are the middle of a dissolve that ends there."""
        batch = slice(_HISTORY, _HISTORY + count)
        pictures, half_size = self._pictures[batch], _COARSE[0] * _COARSE[1]
        size = (_COARSE[0], _COARSE[1] * count)
        for part, columns in (
            (pictures[:, :LUMA_ROWS], slice(0, half_size)),
            (pictures[:, LUMA_ROWS:], slice(half_size, 2 * half_size)),
        ):
            coarse = cv2.resize(part.reshape(-1, WIDTH), size, interpolation=cv2.INTER_AREA)
            self._coarse[batch, columns] = coarse.reshape(count, half_size)
        self._coarse[batch, half_size:] *= 2
        likely = np.zeros((count, len(WIDTHS)), bool)
        frames, last = np.arange(now, now + count), self._coarse[batch]
        for index, half in enumerate(WIDTHS):
            middle, first = (
                self._coarse[batch.start - back : batch.stop - back] for back in (half, 2 * half)
            )
            second_half = np.abs(last - middle).sum(axis=1) / half_size
            self._coarse_changes[batch, index] = second_half
            first_half = self._coarse_changes[batch.start - half : batch.stop - half, index]
            smaller = np.minimum(first_half, second_half)
            worth = (smaller > _COARSE_CHANGE / 2) & (frames >= 2 * half)
            if worth.any():
                left = np.abs(middle - (last + first) / 2).sum(axis=1) / half_size
                likely[:, index] = worth & (left < _COARSE_UNMIXED * smaller)
        for place, index in np.argwhere(likely).tolist():
            self._weigh_mixture(now + place, WIDTHS[index])
        for past in [frame for frame in self._best_mixture if frame < now - max(WIDTHS)]:
            del self._best_mixture[past]

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
        start, end = self._picture(first), self._picture(now)
        differs, (lit, _) = structure(start, end), relit(start, end)
        evidence = float(dissolve_evidence(unmixed=unmixed, structure=differs, relit=lit, jump=jump))
        if evidence > self._best_mixture.get(middle, -np.inf):
            self._best_mixture[middle] = evidence
            self._rows[middle, _C["unmixed"] :] = unmixed, half, whole, differs, lit

    def _may_win(self, middle: int, *, unmixed: float, relit: float, jump: float) -> bool:
        """Whether the ends are worth comparing: could the best outcome still make it a dissolve?"""
        best = float(dissolve_evidence(unmixed=unmixed, structure=1.0, relit=relit, jump=jump))
        return best > max(_HOPELESS, self._best_mixture.get(middle, -np.inf))

    def _unexplained(self, first: int, middle: int, last: int) -> float:
        """What of a frame is no even mixture of two others, whatever moves a little in those."""
        a, b = first - self._base, last - self._base
        # Both ends are rounded down: a mixture that is right but for rounding still counts as half a level.
        high = cv2.addWeighted(self._high[a], 0.5, self._high[b], 0.5, -0.5)
        low = cv2.addWeighted(self._low[a], 0.5, self._low[b], 0.5, -0.5)
        return float(_levels(_outside(self._picture(middle), low, high))[0])


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


def _below_each_other(places: slice) -> slice:
    """Rows of pictures that lie below each other in one array of 64 columns."""
    return slice(places.start * ROWS, places.stop * ROWS)


def _outside(
    picture: NDArray[np.uint8], low: NDArray[np.uint8], high: NDArray[np.uint8]
) -> cv2.typing.MatLike:
    """How far each value lies outside its range."""
    return cv2.add(cv2.subtract(picture, high), cv2.subtract(low, picture))


def _levels(differences: cv2.typing.MatLike) -> NDArray[np.floating]:
    """Mean luma and mean color differences, added, of each of the small pictures below each other."""
    sums = cv2.reduce(differences, 1, cv2.REDUCE_SUM, dtype=cv2.CV_32F).reshape(-1, ROWS)
    luma, color = (sums @ _PARTS).T
    return np.asarray(luma / _LUMA + color / _COLOR)
