"""What pictures say of an offset: are the film's keyframes the clip's pictures of the same moments?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from vidsearch_sdk.query.copies.alignment import RATE, Numbers, Signals
from vidsearch_sdk.shots.picture_prints import (
    LEAST_DETAIL,
    Grays,
    Prints,
    box_without_bars,
    detail_of,
    likeness,
    part_prints_of,
    prints_of,
)

_WHOLE = (0.0, 0.0, 1.0, 1.0)
_LEAST_TOLERANCE_S = 0.12
_ELSEWHERE = 0.97
"""What a likeness counts that was found in the same shot at another moment."""


@dataclass(frozen=True)
class Look:
    """One way in which a clip may have been changed.

    Attributes:
        mirrored: Whether left and right are taken to be swapped.
        prints: float32 (pictures, 576), of the clip's pictures changed back.
    """

    mirrored: bool
    prints: Prints


@dataclass(frozen=True, eq=False)
class ClipSide:
    """A clip as it is compared.

    Attributes:
        signals: Its scores on the grid.
        times: float64 (pictures,), seconds of its clock, ascending.
        looks: The ways in which it may have been changed.
        tolerance_s: How far a picture may be from the moment that is asked for.
    """

    signals: Signals
    times: Numbers
    looks: tuple[Look, ...]
    tolerance_s: float

    @classmethod
    def of(cls, signals: Signals, times: Numbers, grays: Grays) -> ClipSide:
        """Make the prints of a clip's pictures, as they are and mirrored, with and without black bars."""
        boxes = {_WHOLE, box_without_bars(grays)}
        looks = tuple(
            Look(mirrored, prints_of([gray[:, ::-1] for gray in parts] if mirrored else parts))
            for box in sorted(boxes)
            for parts in [[_cut(gray, box) for gray in grays]]
            for mirrored in (False, True)
        )
        spacing_s = float(np.median(np.diff(times))) if len(times) > 1 else 0.0
        return cls(signals, times, looks, max(_LEAST_TOLERANCE_S, 0.55 * spacing_s))


@dataclass(frozen=True, eq=False)
class KnownFrames:
    """Keyframes of a film that have been looked at; those without any detail are left out.

    Attributes:
        times: float64 (frames,), seconds of the film's clock.
        shots: int64 (frames,), the shot of each.
        parts: float32 (frames, parts, 576).
    """

    times: Numbers
    shots: npt.NDArray[np.int64]
    parts: Prints

    @classmethod
    def of(cls, times: Sequence[float], shots: Sequence[int], grays: Grays) -> KnownFrames | None:
        """Make the prints of a film's keyframes, or ``None`` where none shows anything."""
        kept = [number for number, gray in enumerate(grays) if detail_of(gray) >= LEAST_DETAIL]
        if not kept:
            return None
        boxes = sorted({_WHOLE, box_without_bars([grays[number] for number in kept])})
        parts = [np.concatenate([part_prints_of(grays[n], box=box) for box in boxes]) for n in kept]
        return cls(np.array(times)[kept], np.array(shots, np.int64)[kept], np.stack(parts))


def picture_evidence(
    clip: ClipSide,
    look: Look,
    frames: KnownFrames,
    *,
    film_start_s: float,
    shot_starts_s: Numbers,
    lags: npt.NDArray[np.int64],
) -> Numbers:
    """How alike clip and film are at each offset.

    Args:
        clip: The clip.
        look: How it is taken to have been changed.
        frames: The film's keyframes.
        film_start_s: Time of the film's first point on the grid.
        shot_starts_s: float64 (shots,), where every shot of the film starts.
        lags: int64, consecutive offsets in points of the grid, as
            :func:`~vidsearch_sdk.query.copies.alignment.agreement` gives them.

    Returns:
        float64 (lags,): the mean likeness of the keyframes inside the span to the clip's pictures of the same
        moments. Where no keyframe lies inside, the best likeness to any keyframe of the shot there, as far as
        it is known; nan where nothing is.
    """
    alike = likeness(frames.parts, look.prints)
    at_points = _at_points(clip, alike)
    summed, counted = np.zeros(len(lags)), np.zeros(len(lags))
    places = np.round((frames.times - film_start_s) * RATE).astype(np.int64) - int(lags[0])
    for place, values in zip(places.tolist(), at_points, strict=True):
        # Lag by lag the keyframe lies on an earlier point of the clip.
        first, last = max(0, place - len(values) + 1), min(len(lags), place + 1)
        if first < last:
            met = values[place - np.arange(first, last)]
            known = ~np.isnan(met)
            summed[first:last] += np.where(known, met, 0.0)
            counted[first:last] += known
    best = np.full(len(shot_starts_s), np.nan)
    for shot, value in zip(frames.shots.tolist(), alike.max(axis=1).tolist(), strict=True):
        best[shot] = np.fmax(best[shot], value)
    middles_s = film_start_s + (lags + len(clip.signals) / 2) / RATE
    around = best[np.clip(np.searchsorted(shot_starts_s, middles_s, side="right") - 1, 0, len(best) - 1)]
    return np.where(counted > 0, summed / np.maximum(counted, 1), _ELSEWHERE * around)


def _at_points(clip: ClipSide, alike: npt.NDArray[np.float32]) -> Numbers:
    """The best likeness of each keyframe to the clip's pictures around every point; nan without any."""
    points_s = clip.signals.start_s + (np.arange(len(clip.signals)) + 0.5) / RATE
    first = np.searchsorted(clip.times, points_s - clip.tolerance_s)
    last = np.searchsorted(clip.times, points_s + clip.tolerance_s, side="right")
    found = np.full((len(alike), len(points_s)), np.nan)
    for step in range(int((last - first).max())):
        there = first + step < last
        found[:, there] = np.fmax(found[:, there], alike[:, first[there] + step])
    return found


def _cut(gray: npt.NDArray[np.uint8], box: tuple[float, float, float, float]) -> npt.NDArray[np.uint8]:
    left, top, right, bottom = box
    height, width = gray.shape
    return gray[round(top * height) : round(bottom * height), round(left * width) : round(right * width)]
