"""Frame rates as editing programs know them. Pure arithmetic on fractions."""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache

EDITING_RATES: tuple[Fraction, ...] = (
    Fraction(24000, 1001),
    Fraction(24),
    Fraction(25),
    Fraction(30000, 1001),
    Fraction(30),
    Fraction(50),
    Fraction(60000, 1001),
    Fraction(60),
)
"""Rates that every editing program has timelines for."""

# Containers round: 29.97 for 30000/1001, or a clock of milliseconds. 24 and 24000/1001 are 0.1 % apart.
_ROUNDING = Fraction(1, 5000)
_USUAL = Fraction(25)


@dataclass(frozen=True)
class FilmRate:
    """How the frames of a film are counted in a timeline.

    Attributes:
        rate: Frames per second: a whole number, or a whole number times 1000/1001.
        by_time: Whether a place in the film is found by its time, not by counting its frames: the film's own
            frames do not follow ``rate``.

    Raises:
        ValueError: The rate is not of this kind.
    """

    rate: Fraction
    by_time: bool

    def __post_init__(self) -> None:
        if not is_editing_rate(self.rate):
            raise ValueError(f"{self.rate} frames per second cannot be written in a timeline")


def is_editing_rate(rate: Fraction) -> bool:
    """Whether timecode and all formats can express a rate: n or n · 1000/1001, n a whole number.

    Examples:
        >>> [is_editing_rate(Fraction(rate)) for rate in ("24", "30000/1001", "25/2")]
        [True, True, False]
    """
    return rate > 0 and (rate.denominator == 1 or (rate * 1001 / 1000).denominator == 1)


def is_ntsc(rate: Fraction) -> bool:
    """Whether a rate is a whole number slowed down by 1000/1001.

    Examples:
        >>> is_ntsc(Fraction(24000, 1001)), is_ntsc(Fraction(24))
        (True, False)
    """
    return rate.denominator != 1


def drops_at(rate: Fraction) -> bool:
    """Whether there is drop-frame timecode at a rate: 29.97, 59.94 and their multiples.

    Examples:
        >>> drops_at(Fraction(30000, 1001)), drops_at(Fraction(24000, 1001)), drops_at(Fraction(30))
        (True, False, False)
    """
    return rate.denominator == 1001 and timebase(rate) % 30 == 0


def timebase(rate: Fraction) -> int:
    """Give the frames that a second of timecode counts.

    Examples:
        >>> timebase(Fraction(60000, 1001))
        60
    """
    return max(1, round(rate))


def rate_text(rate: Fraction) -> str:
    """Write a rate as editors say it.

    Examples:
        >>> [rate_text(rate) for rate in (Fraction(24000, 1001), Fraction(30000, 1001), Fraction(25))]
        ['23.976', '29.97', '25']
    """
    return f"{float(rate):.3f}".rstrip("0").rstrip(".")


@lru_cache(maxsize=1024)
def film_rate(measured: Fraction | None, *, variable: bool = False) -> FilmRate:
    """Decide how the frames of a film are counted.

    A film of a constant rate that timecode can express is counted frame by frame. One of a variable rate, of
    a rate such as 12.5 or of none is counted in time, as editing programs do when they lay it on a timeline:
    at a rate that is a multiple of its own, or else at the nearest.

    Args:
        measured: Frames per second; None where the film has none.
        variable: Whether its frames last differently long.

    Examples:
        >>> film_rate(Fraction(25))
        FilmRate(rate=Fraction(25, 1), by_time=False)
        >>> film_rate(Fraction(2997, 100))
        FilmRate(rate=Fraction(30000, 1001), by_time=False)
        >>> film_rate(Fraction(25, 2))
        FilmRate(rate=Fraction(25, 1), by_time=True)
        >>> film_rate(Fraction(2931, 100), variable=True)
        FilmRate(rate=Fraction(30000, 1001), by_time=True)
    """
    if measured is None or not 0 < measured <= 1000:
        return FilmRate(_USUAL, by_time=True)
    whole, slowed = max(1, round(measured)), max(1, round(measured * Fraction(1001, 1000)))
    known = (*EDITING_RATES, Fraction(whole), Fraction(slowed * 1000, 1001))
    near = min(known, key=lambda rate, wanted=measured: abs(rate - wanted))  # type: ignore[misc]
    if not is_editing_rate(measured) and abs(near - measured) <= _ROUNDING * measured:
        measured = near
    if is_editing_rate(measured) and not variable:
        return FilmRate(measured, by_time=False)
    return FilmRate(timeline_rate(measured), by_time=True)


def timeline_rate(rate: Fraction) -> Fraction:
    """Give the rate of ``EDITING_RATES`` to show another rate at: itself, a multiple, or the nearest.

    Examples:
        >>> [str(timeline_rate(Fraction(rate))) for rate in ("24", "15", "12.5", "120", "29.31")]
        ['24', '30', '25', '60', '30000/1001']
    """
    multiples = [one for one in EDITING_RATES if (one / rate).denominator == 1]
    return min(multiples or EDITING_RATES, key=lambda one: abs(one - rate))


def frame_at(seconds: Fraction, rate: Fraction) -> int:
    """Give the number of the frame that starts nearest to a time.

    Examples:
        >>> frame_at(Fraction(1001, 24), Fraction(24000, 1001))
        1000
    """
    return math.floor(seconds * rate + Fraction(1, 2))


def frames_shown(frames: int, rate: Fraction, *, at: Fraction) -> int:
    """Count the frames of one rate that are needed to show all frames of another.

    A timeline shows, with each of its frames, the frame of the film that is on at that moment. Rounded up,
    the last of them still falls on the film's last frame of the span, never on the one after; rounded down,
    frames of the span would be missing.

    Args:
        frames: Length of the span in frames of the film.
        rate: Of the film.
        at: Rate of the timeline.

    Examples:
        >>> frames_shown(48, Fraction(24), at=Fraction(25)), frames_shown(7, Fraction(25), at=Fraction(25))
        (50, 7)
    """
    return math.ceil(frames / rate * at)
