"""Times of pictures: repaired where a container lies, and the rate that they follow.

Pure arithmetic on integers in the film's time base.
"""

from __future__ import annotations

from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

_LONGEST_SWAP = 16  # pictures; H.264 and HEVC reorder no further (ITU-T H.264 A.3.1, H.265 A.4.2)

_COMMON_RATES = tuple(
    sorted(
        {
            Fraction(n)
            for n in (
                1,
                2,
                5,
                6,
                8,
                10,
                12,
                15,
                16,
                18,
                20,
                24,
                25,
                30,
                48,
                50,
                60,
                72,
                90,
                100,
                120,
                144,
                240,
            )
        }
        | {Fraction(n * 1000, 1001) for n in (24, 30, 48, 60, 120, 240)}
        | {Fraction(15000, 1001), Fraction(25, 2)}
    )
)


class Clock:
    """Turns the times of pictures as they come into times that rise strictly.

    Always one picture behind: a time is known once the next one has come. Where two neighbors'
    times are swapped, as packed B-frames in AVI are, the smaller one is given first.

    Args:
        step: Usual distance of two pictures, above 0; used where the container is silent.

    Examples:
        >>> clock = Clock(step=1)
        >>> clock.begin(1)
        >>> [clock.tick(pts, 1)[0] for pts in (2, 4, 3, 5, 7, 6)] + [clock.end()]
        [1, 2, 3, 4, 5, 6, 7]
    """

    __slots__ = ("_carried", "_held", "_last", "_offset", "last_step")

    def __init__(self, *, step: int) -> None:
        if step < 1:
            raise ValueError(f"step must be above 0, not {step}")
        self.last_step = step
        self._offset = 0
        self._carried = 0
        self._held = 0
        self._last: int | None = None

    def begin(self, pts: int | None) -> None:
        """Take the first picture's time; None counts as 0."""
        self._held = pts or 0

    def tick(self, pts: int | None, duration: int) -> tuple[int, int]:
        """Take the next picture's time.

        Args:
            pts: As the container says, or None.
            duration: Of the picture before it, as the container says; 0 or less when unknown.

        Returns:
            The final time of the picture before, and the end of its showing as far as it is known.
        """
        held, last = self._held, self._last
        usual = duration if duration > 0 else self.last_step
        following = held + usual if pts is None else pts + self._offset
        if self._offset and pts is not None and pts > held:
            following = pts  # one stray time, not a clock that started again
            self._offset = 0
        if following > held:
            self._carried = 0
        elif following == held:
            following = held + 1
        elif (last is None or following > last) and self._carried < _LONGEST_SWAP:
            self._carried += 1
            held, following = following, held
        elif self._carried:
            # The time that was held back was a stray one far ahead; forget it.
            self._carried = 0
            held = (last if last is not None else held) + 1
            following = max(following, held + 1)
        else:
            following = held + usual
            self._offset = following - (pts or 0)
        self._last, self._held = held, following
        if following > held:
            self.last_step = following - held
        return held, following

    def end(self) -> int:
        """Give the last picture's time."""
        self._last = self._held
        return self._held


def frame_rate_of(pts: NDArray[np.int64], time_base: Fraction) -> tuple[Fraction | None, bool]:
    """Find the rate that a film's frames follow.

    Args:
        pts: Times of all frames, shape (n,), rising strictly.
        time_base: Seconds per unit of ``pts``.

    Returns:
        Frames per second (a common rate where one fits within the clock's own rounding; None below two
        frames), and whether the rate varies: more than 1 % of the frames last longer or shorter than the
        clock's rounding explains.

    Examples:
        >>> frame_rate_of(np.array([0, 33, 67, 100, 133]), Fraction(1, 1000))
        (Fraction(30, 1), False)
    """
    if len(pts) < 2:
        return None, False
    steps = np.diff(pts)
    middle = float(np.percentile(steps, 50, method="lower"))
    near = steps[np.abs(steps - middle) <= max(1.5, 0.02 * middle)]
    mean_step = float(near.mean())
    varies = bool(np.mean(np.abs(steps - mean_step) > max(1.5, 0.02 * mean_step)) > 0.01)
    # Steps that were rounded to the clock average out over the film.
    tolerance = max(0.0005, 1.0 / max(1, len(near)) / mean_step)
    measured = 1 / (mean_step * float(time_base))
    best = min(_COMMON_RATES, key=lambda rate: abs(float(rate) - measured))
    if abs(float(best) - measured) <= tolerance * measured:
        return best, varies
    return Fraction(measured).limit_denominator(1001), varies
