"""From scores to boundaries: where one shot ends and the next begins.

No single threshold finds cuts, fades and dissolves. A cut is one strong step that stays; what only moved,
only changed its light or comes back (a flash) is none. A fade passes through a picture without structure. A
dissolve is a mixture of its own ends, which no camera move is. (The kinds and their signs are those of
Lienhart, "Reliable Transition Detection in Videos: A Survey and Practitioner's Guide", 2001.)
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from vidsearch_sdk.shots.evidence import cut_evidence, dissolve_evidence
from vidsearch_sdk.shots.fades import fades, short_blanks

Kind = Literal["cut", "fade", "dissolve"]
Columns = Mapping[str, NDArray[np.floating]]

REACH = 256
"""Frames on either side that can matter to a boundary, but for a blank stretch that is longer itself."""

_NEIGHBORS = 5
_SMALLEST_STEP = 2.0
_GAP = 4
_BEHIND_BLANK, _MUCH = 4.0, 6.0


@dataclass(frozen=True, slots=True, order=True)
class Boundary:
    """Where a shot begins.

    Attributes:
        frame: First frame of the new shot; in the middle of a dissolve, in the blank part of a fade.
        kind: How it begins.
        first: First frame of the transition.
        last: Last frame of it, included. A cut's are both :attr:`frame`.
    """

    frame: int
    kind: Kind
    first: int
    last: int

    def __post_init__(self) -> None:
        if self.kind not in get_args(Kind):
            raise ValueError(f"kind {self.kind!r} is not one of {', '.join(get_args(Kind))}")
        if not 0 <= self.first <= self.frame <= self.last or self.frame < 1:
            raise ValueError(
                f"a transition {self.first}..{self.last} cannot have its boundary at {self.frame}"
            )


@dataclass(frozen=True, slots=True)
class BoundaryOptions:
    """What it takes to be a boundary.

    Attributes:
        cut: Log odds from which a step is a cut: higher finds fewer.
        dissolve: Log odds from which a mixture is a dissolve.
        blank: Contrast (standard deviation of luma, 0 to 127) below which a picture is blank, for fades.
    """

    cut: float = 0.0
    dissolve: float = 0.0
    blank: float = 2.0

    def __post_init__(self) -> None:
        if not (np.isfinite(self.cut) and np.isfinite(self.dissolve) and 0 <= self.blank <= 127):
            raise ValueError(
                f"{self} is out of range: cut and dissolve are finite, blank lies within 0 and 127"
            )


_DEFAULTS = BoundaryOptions()


def find_boundaries(scores: pa.Table | Columns, *, options: BoundaryOptions = _DEFAULTS) -> list[Boundary]:
    """Decide where shots begin. The same scores always give the same boundaries.

    Args:
        scores: All scores of a film, as :meth:`~vidsearch_sdk.shots.scores.Scorer.finish` gives them:
            a table, or its float columns by name.
        options: What it takes to be a boundary.

    Returns:
        Boundaries in order of time; never at frame 0, where the first shot starts anyway.
    """
    s = _columns(scores)
    if len(s["change"]) < 2:
        return []
    cuts = _cuts(s, options)
    found, taken = fades(s["contrast"], cuts, blank=options.blank)
    boundaries = [Boundary(frame, "cut", frame, frame) for frame in cuts if frame not in taken]
    boundaries += [Boundary(frame, "fade", first, last) for frame, first, last in found]
    boundaries += _dissolves(s, options, boundaries)
    return sorted(boundaries)


def _columns(scores: pa.Table | Columns) -> Columns:
    if not isinstance(scores, pa.Table):
        return scores
    names = [name for name in scores.column_names if name not in ("frame", "pts")]
    return {name: scores.column(name).to_numpy() for name in names}


def _cuts(s: Columns, options: BoundaryOptions) -> list[int]:
    change = s["change"]
    evidence = cut_evidence(
        change_ratio=change / (_largest_around(change) + 1),
        content_ratio=s["content"] / (_largest_around(s["content"]) + 1),
        structure=s["structure"],
        returned=s["returned"],
        light=s["light"],
    )
    evidence[change < _SMALLEST_STEP] = -np.inf
    evidence[0] = -np.inf
    for end in _cuts_behind_blanks(s, options):
        evidence[end] = max(evidence[end], options.cut + 1)
    kept: list[int] = []
    for frame in sorted(np.flatnonzero(evidence > options.cut), key=lambda frame: -evidence[frame]):
        if all(abs(frame - other) > 2 for other in kept):
            kept.append(int(frame))
    return sorted(kept)


def _cuts_behind_blanks(s: Columns, options: BoundaryOptions) -> list[int]:
    """Find the shots that begin after a few blank frames.

    Each of the two steps hides the other one's evidence. What counts is whether the old picture comes back:
    the least change between pictures before and after, which is compared with the changes around.
    """
    found = []
    change = s["change"]
    for first, end in short_blanks(s["contrast"], blank=options.blank):
        around = np.concatenate([change[max(0, first - 5) : first], change[end + 1 : end + 6]])
        across = min(s["returned"][frame] * change[frame] for frame in (first, end))
        if across > _BEHIND_BLANK * (float(around.max(initial=0.0)) + 1) + _MUCH:
            found.append(end)
    return found


def _dissolves(s: Columns, options: BoundaryOptions, others: list[Boundary]) -> list[Boundary]:
    frames = np.flatnonzero(s["mixed_frames"] > 0)
    if not len(frames):
        return []
    halves = s["mixed_frames"][frames].astype(int)
    jump = np.array(
        [s["change"][max(0, t - h + 1) : t + h + 1].max() for t, h in zip(frames, halves, strict=True)]
    ) / np.maximum(s["mixed_change"][frames], 1e-3)
    evidence = dissolve_evidence(
        unmixed=s["unmixed"][frames],
        structure=s["mixed_structure"][frames],
        relit=s["mixed_light"][frames],
        jump=jump,
    )
    strong = evidence > options.dissolve
    frames, halves, evidence = frames[strong], halves[strong], evidence[strong]
    runs = np.split(np.arange(len(frames)), np.flatnonzero(np.diff(frames) > _GAP) + 1) if len(frames) else []
    weighed = []
    for run in runs:
        weight = evidence[run] - options.dissolve
        middle = int(np.floor(np.average(frames[run], weights=weight) + 0.5))
        if middle < 1:
            continue  # scores that begin in the middle of a dissolve: its boundary lies before them
        half = int(halves[run[np.argmax(evidence[run])]])
        first = min(middle - 1, int(frames[run[0]]), middle - half)
        last = max(middle, int(frames[run[-1]]), middle + half)
        weighed.append((float(evidence[run].max()), Boundary(middle, "dissolve", max(0, first), last)))
    kept: list[Boundary] = []
    for _, boundary in sorted(weighed, key=lambda pair: -pair[0]):
        if not any(_collide(boundary, other) for other in [*others, *kept]):
            kept.append(boundary)
    return _joined(sorted(kept))


def _joined(dissolves: list[Boundary]) -> list[Boundary]:
    """Make one of two dissolves that follow each other at once: out to a title, say, and in again."""
    joined: list[Boundary] = []
    for boundary in dissolves:
        if joined and boundary.first - joined[-1].last <= _GAP:
            one, two = joined.pop(), boundary
            middle = (one.frame + two.frame + 1) // 2
            joined.append(Boundary(middle, "dissolve", one.first, two.last))
        else:
            joined.append(boundary)
    return joined


def _collide(dissolve: Boundary, other: Boundary) -> bool:
    if other.kind == "dissolve":
        return dissolve.first <= other.last and other.first <= dissolve.last
    return other.first - 4 <= dissolve.frame <= other.last + 4


def _largest_around(values: NDArray[np.floating]) -> NDArray[np.floating]:
    """Largest of the 5 values before and the 5 after each; frame 0 has no change and does not count."""
    around = np.zeros_like(values)
    for step in range(1, _NEIGHBORS + 1):
        around[step:] = np.maximum(around[step:], values[:-step])
        around[:-step] = np.maximum(around[:-step], values[step:])
    return around
