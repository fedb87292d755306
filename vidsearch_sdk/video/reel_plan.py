"""Which frame of which film a reel shows when: plain arithmetic, exact over any number of parts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import TypeVar

from vidsearch_sdk.timecode import format_time, source_timecode

T = TypeVar("T")

LONGEST_CROSSFADE_S = 1.0
"""Longest crossfade of the sound, in seconds."""

_EARLY = 0.4
"""Part of a step by which a frame may be shown too early. Half would be the nearest frame, but at half and
twice the rate two frames are equally near, and a clock that was rounded would choose either."""


@dataclass(frozen=True, slots=True)
class RunningTime:
    """What is written into each frame of a part: its source timecode, or where there is none its position.

    Attributes:
        first_frame: Frame of the film that the part starts with, in presentation order from 0.
        frame_rate: Frames per second of the film, or None.
        source_timecode: Timecode of the film's first frame; ``""`` where it has none.
        position_s: Seconds from the film's first frame to the part's first.

    Examples:
        >>> RunningTime(1798, Fraction(30000, 1001), "00:00:00;00", 60.0).at(2, 0.067)
        '00:01:00;02'
        >>> RunningTime(48, Fraction(24), "", 2.0).at(1, 0.0417)
        '00:00:02.042'
    """

    first_frame: int = 0
    frame_rate: Fraction | None = None
    source_timecode: str = ""
    position_s: float = 0.0

    def at(self, frame: int, seconds: float) -> str:
        """Write the time of the part's ``frame``-th picture, shown ``seconds`` after its first."""
        if self.source_timecode and self.frame_rate:
            try:
                return source_timecode(self.first_frame + frame, self.frame_rate, self.source_timecode)
            except (ValueError, ZeroDivisionError):
                pass  # a film may claim a timecode that does not exist at its rate
        return format_time(self.position_s + seconds)


@dataclass(frozen=True, slots=True)
class ReelPart:
    """One span of a film in a reel.

    Attributes:
        path: The film.
        start_pts: Time of the first frame, in the film's time base.
        end_pts: Time before which the span ends.
        length_s: How long it lasts, in seconds, above 0. Where the film has a constant rate this is frames
            divided by rate: a container that counts milliseconds is not that exact.
        title: What is written into the picture, if titles are asked for.
        running: What else is written.
    """

    path: Path
    start_pts: int
    end_pts: int
    length_s: Fraction
    title: str = ""
    running: RunningTime = field(default_factory=RunningTime)

    def __post_init__(self) -> None:
        if self.start_pts >= self.end_pts:
            raise ValueError(f"start_pts {self.start_pts} must lie before end_pts {self.end_pts}")
        if self.length_s <= 0:
            raise ValueError(f"length_s must be above 0, not {self.length_s}")


def frames_of(lengths_s: Sequence[Fraction], rate: Fraction) -> list[int]:
    """Give each part its frames, so that every cut lies on the frame nearest to its true place.

    Args:
        lengths_s: How long each part lasts, in seconds.
        rate: Frames per second of the reel.

    Returns:
        Frames per part, at least 1. Together they last as long as the parts do, to half a frame, unless parts
        are shorter than a frame.

    Examples:
        >>> frames_of([Fraction(1), Fraction(1, 50), Fraction(1, 50)], Fraction(25))
        [25, 1, 1]
        >>> sum(frames_of([Fraction(101, 50)] * 100, Fraction(25)))
        5050
    """
    counts, end_s, at = [], Fraction(0), 0
    for length in lengths_s:
        end_s += length
        # Half up: parts of whole frames then keep their number wherever they start.
        end = max(at + 1, int(end_s * rate + Fraction(1, 2)))
        counts.append(end - at)
        at = end
    return counts


def times_shown(frames: Iterable[tuple[float, T]], *, count: int, rate: Fraction) -> Iterator[tuple[T, int]]:
    """Say how often each frame of a film is shown, to last ``count`` frames of a reel.

    The reel shows frames nearest in time: at its own rate every frame once, at another some twice or not at
    all. The first is always shown, and the last one stands for what is missing.

    Args:
        frames: Time in seconds of each frame, rising, and the frame; read one ahead, and no further.
        count: Frames of the reel.
        rate: Frames per second of the reel.

    Yields:
        Each frame and how often it is shown, 0 or more; together ``count`` times if there is any frame.

    Examples:
        >>> list(times_shown([(0.0, "a"), (0.04, "b"), (0.08, "c")], count=6, rate=Fraction(50)))
        [('a', 2), ('b', 2), ('c', 2)]
    """
    step = float(1 / rate)
    given = 0
    held: tuple[float, T] | None = None
    begin = 0.0
    for time, frame in frames:
        if held is None:
            held, begin = (0.0, frame), time
            continue
        following = time - begin
        until = following - _EARLY * min(step, following - held[0])
        shown = 0
        while given < count and given * step < until:
            shown, given = shown + 1, given + 1
        yield held[1], shown
        if given >= count:
            return
        held = following, frame
    if held is not None:
        yield held[1], count - given
