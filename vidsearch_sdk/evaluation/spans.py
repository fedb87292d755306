"""Which shots a span of a film means."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Seconds = npt.NDArray[np.float64]

SAME_S = 0.001
"""Two times are the same when they differ by less: a thousandth of a second is less than a frame."""


def shots_of_span(starts: Seconds, ends: Seconds, start_s: float, end_s: float) -> list[int]:
    """Which shots of a film a span means: those that it covers at least half of, or that hold half of it.

    So a long caption means every shot that is mostly in it, a short one the shot that it lies in. Of shots
    without gaps there is always one, unless the span lies outside of the film.

    Args:
        starts: float64 (shots,), first moments in seconds, ascending.
        ends: float64 (shots,), first moments after, ascending.
        start_s: Start of the span in the same clock.
        end_s: Its end, later than the start.

    Returns:
        Places of the shots, ascending.

    Examples:
        >>> starts, ends = np.array([0.0, 4.0, 10.0]), np.array([4.0, 10.0, 12.0])
        >>> shots_of_span(starts, ends, 3.5, 9.0), shots_of_span(starts, ends, 10.5, 10.9)
        ([1], [2])
        >>> shots_of_span(starts, ends, 1.0, 11.5), shots_of_span(starts, ends, 12.0, 13.0)
        ([0, 1, 2], [])
    """
    first = int(np.searchsorted(ends, start_s, side="right"))
    after = int(np.searchsorted(starts, end_s, side="left"))
    places = np.arange(first, max(first, after))
    shared = np.minimum(ends[places], end_s) - np.maximum(starts[places], start_s)
    # A frame's time is rounded somewhere on its way into a table of captions.
    half_of_shot = shared >= 0.5 * (ends[places] - starts[places]) - SAME_S
    half_of_span = shared >= 0.5 * (end_s - start_s) - SAME_S
    return [int(place) for place in places[(shared > 0) & (half_of_shot | half_of_span)]]
