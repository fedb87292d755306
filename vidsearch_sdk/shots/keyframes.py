"""Which frames of a film are kept as pictures.

Two steps, because pictures pass by once and the shots are known only later. While the film is decoded,
:class:`KeyframeCandidates` marks frames by a rule that looks back only: a grid in time, and a frame soon
after every marked change. Once the shots are known, :func:`choose_keyframes` takes from the marked ones. Both
depend on nothing but times and pictures, so a film in parts gives the keyframes of the whole.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

SPACING_S = 2.0
"""Seconds between the keyframes of a shot."""

MOST = 16
"""Keyframes of a shot at most."""

SETTLED_S = 6.0
"""A shot of this length or more takes its keyframes from the grid of :data:`SPACING_S` alone."""

_FINE_S = 1.0
_STANDS_OUT = 1.3  # times the differences just before; every cut does
_RECENT = 5
_AFTER_CHANGE = 3  # frames; the middle of the shortest shots that anyone cuts
_MARGIN = 2  # frames at either end of a shot that may be mixed with its neighbor


class KeyframeCandidates:
    """Marks frames while a film is decoded.

    Examples:
        >>> candidates, black = KeyframeCandidates(), np.zeros((54, 64), np.uint8)
        >>> [frame for frame in range(60) if candidates.push(frame / 24, black + 255 * (frame < 40))]
        [0, 24, 43, 48]
    """

    def __init__(self) -> None:
        self._last_step: int | None = None
        self._last_small: NDArray[np.uint8] | None = None
        self._recent: deque[float] = deque(maxlen=_RECENT)
        self._wait = -1

    def push(self, time_s: float, small: NDArray[np.uint8]) -> bool:
        """Say whether the next frame is a candidate.

        Args:
            time_s: Its time in the container's clock.
            small: Its small picture, uint8 of shape (54, 64).
        """
        step = _grid_step(time_s, _FINE_S)
        on_grid = step != self._last_step
        self._last_step = step
        self._wait -= 1
        due = self._wait == 0
        if self._may_begin_a_shot(small):
            self._wait = _AFTER_CHANGE
        return on_grid or due

    def _may_begin_a_shot(self, small: NDArray[np.uint8]) -> bool:
        difference = (
            0.0 if self._last_small is None else cv2.norm(small, self._last_small, cv2.NORM_L1) / small.size
        )
        self._last_small = small
        stands_out = difference > _STANDS_OUT * (max(self._recent, default=0.0) + 1)
        self._recent.append(difference)
        return stands_out


def choose_keyframes(
    start_frame: int,
    end_frame: int,
    times: NDArray[np.float64],
    candidates: NDArray[np.int64],
    transitions: Sequence[tuple[int, int]],
) -> list[int]:
    """Choose the keyframes of one shot: one for 2 s, at least 1, at most 16, spread evenly.

    Args:
        start_frame: First frame of the shot.
        end_frame: The frame after its last.
        times: Time of every frame of the film in seconds, then the end of the last one, shape (frames + 1,).
        candidates: Frames marked by :class:`KeyframeCandidates`, in order.
        transitions: First and last frames of gradual transitions, avoided as long as anything is left.

    Returns:
        Frames in order. They are candidates, but for a shot that holds no candidate that will do.

    Raises:
        ValueError: An empty shot.

    Examples:
        >>> times = np.arange(241) / 24
        >>> choose_keyframes(0, 240, times, np.arange(0, 240, 12), [])
        [48, 96, 144, 192]
    """
    if not 0 <= start_frame < end_frame < len(times):
        raise ValueError(f"no shot from frame {start_frame} to {end_frame} in {len(times) - 1} frames")
    duration = float(times[end_frame] - times[start_frame])
    wanted = min(MOST, max(1, int(duration / SPACING_S + 0.5)))
    low, high = np.searchsorted(candidates, [start_frame, end_frame])
    inside = candidates[low:high]
    first, last = _clear_span(start_frame, end_frame, transitions)
    clear = inside[(inside >= first) & (inside <= last)]
    if duration >= SETTLED_S:
        settled = clear[_on_spacing(clear, times)]
        if len(settled):
            clear = settled
    if not len(clear):
        clear = inside[inside < end_frame - 1] if len(inside) > 1 else inside
    if not len(clear):
        return [(first + last) // 2]
    if len(clear) <= wanted:
        return [int(frame) for frame in clear]
    span_s, begin_s = float(times[last] - times[first]), float(times[first])
    return _nearest(clear, times, [begin_s + span_s * (i + 0.5) / wanted for i in range(wanted)])


def is_settled_choice(frame: int, times: NDArray[np.float64]) -> bool:
    """Whether a frame may be a keyframe of a shot of :data:`SETTLED_S` or more, as far as times tell."""
    return bool(_on_spacing(np.array([frame]), times)[0])


def _clear_span(start: int, end: int, transitions: Sequence[tuple[int, int]]) -> tuple[int, int]:
    """First and last frame of a shot that are its own; the whole shot where nothing is left of it."""
    first, last = start + _MARGIN, end - 1 - _MARGIN
    for begins, ends in transitions:
        if begins < end and ends >= start:
            if begins <= start:
                first = max(first, ends + 1)
            else:
                last = min(last, begins - 1)
    if first <= last:
        return first, last
    middle = (start + end - 1) // 2
    return (
        (min(max(first, start), middle), max(min(last, end - 1), middle))
        if end - start < 4
        else (start, end - 1)
    )


def _on_spacing(frames: NDArray[np.int64], times: NDArray[np.float64]) -> NDArray[np.bool_]:
    before = np.maximum(frames - 1, 0)
    now, then = np.floor(times[frames] / SPACING_S + 1e-9), np.floor(times[before] / SPACING_S + 1e-9)
    return np.asarray(now != then)


def _nearest(frames: NDArray[np.int64], times: NDArray[np.float64], targets: list[float]) -> list[int]:
    """Take the nearest frame to each target, in order, leaving enough for the targets that follow."""
    chosen: list[int] = []
    at = 0
    for index, target in enumerate(targets):
        latest = len(frames) - (len(targets) - index)
        window = frames[at : latest + 1]
        best = at + int(np.argmin(np.abs(times[window] - target)))
        chosen.append(int(frames[best]))
        at = best + 1
    return chosen


def _grid_step(time_s: float, spacing_s: float) -> int:
    return int(np.floor(time_s / spacing_s + 1e-9))
