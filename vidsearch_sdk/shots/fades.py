"""Fades: stretches of blank pictures that the film sinks into or rises from.

Pure arithmetic on the contrast of the frames.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

import numpy as np
from numpy.typing import NDArray

_LONGEST_RAMP = 120
_SHORTEST_RAMP = 3
_LOWEST_TOP = 5.0  # contrast that a fade must start from or reach
_LARGEST_STEP = 0.6  # of the whole ramp; more in one frame is a cut
_OVER = 0.12  # part of the contrast that is left when a fade out is as good as over
_ONE_TRANSITION = 48  # blank frames up to which a fade out and the fade in after it are one boundary
_EDGE = 4  # frames that a blank beginning or end is longer than to be a shot of its own
_FLASH = 5  # blank frames between two cuts that are no shot of their own

Side = Literal["fade", "cut", "edge", "none"]
Fade = tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class _Blank:
    """Blank frames ``first`` to ``last``, and how the film comes and goes."""

    first: int
    last: int
    before: Side
    after: Side
    ramp_first: int
    ramp_last: int


def fades(
    contrast: NDArray[np.floating], cuts: Collection[int], *, blank: float
) -> tuple[list[Fade], set[int]]:
    """Find fades through, from and to a blank picture of any color.

    Args:
        contrast: Of every frame, shape (frames,).
        cuts: Frames at which cuts were found.
        blank: Contrast below which a picture is blank.

    Returns:
        Boundaries as (frame, first frame of the transition, last frame of it), and the cuts that are part of
        a transition, so no boundaries of their own.
    """
    found: list[Fade] = []
    taken: set[int] = set()
    for stretch in _stretches(contrast, cuts, blank):
        first, last = stretch.first, stretch.last
        long = last - first >= _ONE_TRANSITION
        sinks, rises = stretch.before == "fade", stretch.after == "fade"
        if sinks and rises and not long:
            found.append(((first + last + 1) // 2, stretch.ramp_first, stretch.ramp_last))
            continue
        if stretch.before == stretch.after == "cut" and last - first < _FLASH:
            taken.add(first)
        over = _nearly_blank(contrast, stretch.ramp_first, first)
        if sinks and (long or stretch.after == "none" or (stretch.after == "edge" and last - over >= _EDGE)):
            found.append((over, stretch.ramp_first, first))
        if rises and (long or (stretch.before == "edge" and last >= _EDGE)):
            found.append((last + 1, last + 1, stretch.ramp_last))
    return [fade for fade in found if 0 < fade[0] < len(contrast)], taken


def short_blanks(contrast: NDArray[np.floating], *, blank: float) -> list[tuple[int, int]]:
    """Find a few blank frames that come and go at once: a flash, a blink, or a gap between two shots.

    Args:
        contrast: Of every frame, shape (frames,).
        blank: Contrast below which a picture is blank.

    Returns:
        First blank frame and first frame after of each.
    """
    sharp = 3 * blank
    return [
        (first, end)
        for first, end in _blank_runs(contrast, blank)
        if first > 0
        and end < len(contrast)
        and end - first <= _FLASH
        and contrast[first - 1] > sharp
        and contrast[end] > sharp
    ]


def _blank_runs(contrast: NDArray[np.floating], blank: float) -> list[tuple[int, int]]:
    edges = np.flatnonzero(np.diff(np.concatenate([[False], contrast < blank, [False]]).astype(np.int8)))
    return list(zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True))


def _nearly_blank(contrast: NDArray[np.floating], first: int, last: int) -> int:
    """Find where a fade out is over for the eye, which is before the last traces are gone."""
    below = np.flatnonzero(contrast[first:last] < _OVER * contrast[first])
    return first + int(below[0]) if len(below) else last


def _stretches(contrast: NDArray[np.floating], cuts: Collection[int], blank: float) -> list[_Blank]:
    cut_at = set(cuts)
    stretches = []
    for first, end in _blank_runs(contrast, blank):
        down = _ramp(contrast[:first][::-1])
        up = _ramp(contrast[end:])
        before: Side = "edge" if first == 0 else "cut" if first in cut_at else "fade" if down else "none"
        after: Side = "edge" if end == len(contrast) else "cut" if end in cut_at else "fade" if up else "none"
        stretches.append(_Blank(first, end - 1, before, after, first - down, end - 1 + up))
    return _joined(stretches)


def _joined(stretches: list[_Blank]) -> list[_Blank]:
    """Join stretches that a speck of dust or a compression step parts."""
    if not stretches:
        return []
    joined = [stretches[0]]
    for one, other in pairwise(stretches):
        if other.first - one.last <= 3 and one.after == other.before == "none":
            joined[-1] = _Blank(
                joined[-1].first,
                other.last,
                joined[-1].before,
                other.after,
                joined[-1].ramp_first,
                other.ramp_last,
            )
        else:
            joined.append(other)
    return joined


def _ramp(contrast: NDArray[np.floating]) -> int:
    """Length of the rise that begins at a blank picture's neighbor, or 0 if it is none.

    Args:
        contrast: Of the frames from the blank stretch outwards.
    """
    contrast = contrast[:_LONGEST_RAMP]
    top, length = 0.0, 0
    for index, value in enumerate(contrast.tolist()):
        if value < 0.9 * top - 0.5:
            break
        # A fade rises steadily; a picture that only wavers has reached its top.
        if value > 1.01 * top + 0.05:
            top, length = value, index + 1
        elif index - length > 4:
            break
    if length < _SHORTEST_RAMP or top < _LOWEST_TOP:
        return 0
    steps = np.diff(np.concatenate([[0.0], contrast[:length]]))
    return length if steps.max() <= _LARGEST_STEP * top else 0
