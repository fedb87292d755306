"""Seconds and frames as people write them."""

from __future__ import annotations

import re
from fractions import Fraction

_TIMECODE = re.compile(r"^(\d{1,2}):(\d{2}):(\d{2})([:;.,])(\d{2,3})$")


def format_time(seconds: float) -> str:
    """Write seconds as ``HH:MM:SS.mmm``, rounded to the nearest millisecond.

    Args:
        seconds: Any finite number; a negative one keeps its sign.

    Examples:
        >>> format_time(3723.4567)
        '01:02:03.457'
    """
    sign = "-" if seconds < 0 else ""
    milliseconds = round(abs(seconds) * 1000)
    whole, thousandth = divmod(milliseconds, 1000)
    minutes, second = divmod(whole, 60)
    hours, minute = divmod(minutes, 60)
    return f"{sign}{hours:02d}:{minute:02d}:{second:02d}.{thousandth:03d}"


def frames_of_timecode(timecode: str, rate: Fraction) -> int:
    """Count the frames from ``00:00:00:00`` to a SMPTE timecode.

    Args:
        timecode: ``HH:MM:SS:FF``; a ``;`` before the frames means drop-frame (SMPTE ST 12-1), which leaves
            out two numbers a minute at 29.97 frames a second, four at 59.94, every tenth minute excepted.
        rate: Frames per second.

    Raises:
        ValueError: The text is not a timecode, or its frame number does not exist at this rate.

    Examples:
        >>> frames_of_timecode("01:00:00:00", Fraction(24))
        86400
        >>> frames_of_timecode("00:01:00;02", Fraction(30000, 1001))
        1800
    """
    match = _TIMECODE.match(timecode.strip())
    if match is None:
        raise ValueError(f"timecode {timecode!r} is not of the form HH:MM:SS:FF")
    hour, minute, second, frame = (int(match[group]) for group in (1, 2, 3, 5))
    nominal = _nominal(rate)
    if minute > 59 or second > 59 or frame >= nominal:
        raise ValueError(f"timecode {timecode!r} does not exist at {float(rate):g} frames per second")
    total_minutes = hour * 60 + minute
    frames = (total_minutes * 60 + second) * nominal + frame
    if match[4] == ";":
        dropped = _dropped(rate)
        frames -= dropped * (total_minutes - total_minutes // 10)
    return frames


def timecode_of_frames(frames: int, rate: Fraction, *, drop: bool = False) -> str:
    """Write a count of frames from ``00:00:00:00`` as a SMPTE timecode.

    Args:
        frames: 0 or more; wraps after 24 hours.
        rate: Frames per second.
        drop: Drop-frame counting; only at 29.97 and 59.94 frames a second.

    Raises:
        ValueError: Drop-frame was asked for at a rate that has none.

    Examples:
        >>> timecode_of_frames(86_450, Fraction(24))
        '01:00:02:02'
        >>> timecode_of_frames(1800, Fraction(30000, 1001), drop=True)
        '00:01:00;02'
    """
    nominal = _nominal(rate)
    if drop:
        dropped = _dropped(rate)
        per_minute = nominal * 60 - dropped
        per_ten = per_minute * 10 + dropped
        tens, rest = divmod(frames, per_ten)
        frames += dropped * 9 * tens
        if rest >= nominal * 60:
            frames += dropped * ((rest - nominal * 60) // per_minute + 1)
    seconds, frame = divmod(frames, nominal)
    minutes, second = divmod(seconds, 60)
    hours, minute = divmod(minutes, 60)
    return f"{hours % 24:02d}:{minute:02d}:{second:02d}{';' if drop else ':'}{frame:02d}"


def source_timecode(frame: int, rate: Fraction, start: str) -> str:
    """Give the source timecode of a frame in a film that starts at ``start``.

    Args:
        frame: Frame in presentation order, from 0.
        rate: Frames per second.
        start: The film's own first timecode; drop-frame counting is taken from its ``;``.

    Raises:
        ValueError: ``start`` is not a timecode at this rate.

    Examples:
        >>> source_timecode(25, Fraction(25), "10:00:00:00")
        '10:00:01:00'
    """
    return timecode_of_frames(frames_of_timecode(start, rate) + frame, rate, drop=";" in start)


def _nominal(rate: Fraction) -> int:
    return max(1, round(rate))


def _dropped(rate: Fraction) -> int:
    nominal = _nominal(rate)
    if nominal % 30 or rate.denominator != 1001:
        raise ValueError(f"there is no drop-frame timecode at {float(rate):g} frames per second")
    return nominal // 15
