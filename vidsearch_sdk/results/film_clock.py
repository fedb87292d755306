"""The clock of a film: how its frames are counted, and what the first of them is called.

Hits, pages, the player, reels and timelines all take it from here, so that they name a frame alike.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from vidsearch_sdk.results.timelines.rates import drops_at, film_rate, frame_at
from vidsearch_sdk.results.values import as_fraction, as_whole
from vidsearch_sdk.timecode import frames_of_timecode, timecode_of_frames

if TYPE_CHECKING:
    from vidsearch_sdk.results.hit import Hit

_TOO_FEW = Fraction(3, 2)  # frames; the last one may be announced longer or shorter than it is


@dataclass(frozen=True)
class FilmClock:
    """How the frames of a film are counted and named.

    Attributes:
        rate: Frames per second that its frames are counted at, one that timecode can express.
        by_time: Whether a place in it is found by its time, not by counting its frames: they do not follow
            ``rate``.
        own_rate: Frames per second as the film has it; None where that is not known.
        time_base: Seconds per tick of a pts; None where that is not known.
        start_pts: Of its first frame.
        claimed: The timecode that the film names; ``""`` where it has none.
        start: That timecode as a count of frames from 00:00:00:00; None where there is none, or none such at
            ``rate``.
        drop: Whether its timecode is drop-frame.
    """

    rate: Fraction
    by_time: bool
    own_rate: Fraction | None
    time_base: Fraction | None
    start_pts: int
    claimed: str
    start: int | None
    drop: bool

    def span(self, hit: Hit) -> tuple[int, int]:
        """Give first frame and first one after it of a hit in the film, counted at ``rate`` from 0."""
        if not self.by_time or self.time_base is None:
            return hit.start_frame, hit.end_frame
        start = max(0, frame_at((hit.start_pts - self.start_pts) * self.time_base, self.rate))
        end = frame_at((hit.end_pts - self.start_pts) * self.time_base, self.rate)
        return start, max(start + 1, end)

    def timecode(self, frame: int) -> str:
        """Give the source timecode of a frame, counted at ``rate``; ``""`` where the film has none."""
        if self.start is None or self.own_rate is None:
            return ""
        return timecode_of_frames(self.start + frame, self.rate, drop=self.drop)

    @property
    def counts_on(self) -> bool:
        """Whether each next frame of the film is the next one of its timecode."""
        return not self.by_time and self.timecode(0) != ""


def film_clock(hit: Hit, known: Mapping[str, Any] | None = None) -> FilmClock:
    """Give the clock of a hit's film.

    Args:
        hit: Any hit in the film; its own columns stand in for what is not known of the film.
        known: What is known of the film (``Footage.measured``); by default what the hit's catalog remembers.
    """
    if known is None:
        known = hit.footage.known(hit.video_id) if hit.footage is not None else {}
    own_rate = as_fraction(known.get("frame_rate")) or as_fraction(hit.frame_rate)
    frames, length = as_whole(known.get("frames")), as_fraction(known.get("duration_s"))
    if own_rate is None and frames and length and frames > 1:
        own_rate = frames / length
    # Where frames are missing, editing programs hold the one before: what follows keeps its time, not its
    # number.
    holes = bool(frames and length and own_rate and abs(frames - length * own_rate) > _TOO_FEW)
    counted = film_rate(own_rate, variable=holes or bool(known.get("variable_rate")))
    claimed = str(known.get("source_timecode") or hit.source_timecode or "")
    start, drop = _start(claimed, counted.rate)
    return FilmClock(
        rate=counted.rate,
        by_time=counted.by_time,
        own_rate=own_rate,
        time_base=as_fraction(known.get("time_base")) or as_fraction(hit.time_base),
        start_pts=as_whole(known.get("start_pts")) or 0,
        claimed=claimed,
        start=start,
        drop=drop,
    )


def _start(timecode: str, rate: Fraction) -> tuple[int | None, bool]:
    if not timecode:
        return None, False
    # Cameras write a semicolon at rates that have no drop-frame timecode; it says nothing there.
    drop = ";" in timecode and drops_at(rate)
    try:
        return frames_of_timecode(timecode.replace(";", ";" if drop else ":"), rate), drop
    except ValueError:
        return None, False
