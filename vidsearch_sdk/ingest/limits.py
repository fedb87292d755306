"""What one film may cost before it is given up."""

from __future__ import annotations

from dataclasses import dataclass

from vidsearch_sdk.ingest.messages import Opened

GIB = 1 << 30

_SLOW_PIXELS_PER_S = 60e6
_UNKNOWN_BYTES_PER_S = 25e3
_UNKNOWN_PIXELS = 1920.0 * 1080.0
_LEAST_PIXELS = 320.0 * 240.0
_LONGEST_FILM_S = 20 * 3600.0
_MOST_FRAMES = 2_000_000


@dataclass(frozen=True)
class Limits:
    """What one film may cost.

    Attributes:
        base_s: Wall time that every film gets, in seconds.
        factor: How many times the expected time of a slow machine a film gets on top.
        stall_s: Longest time without a new picture while decoding, in seconds.
        quiet_s: Longest time without a word before the first and after the last picture, in seconds.
        start_s: Longest time from starting a child to its first word, in seconds.
        idle_s: A child that is asked nothing for this long ends by itself, in seconds.
        memory_bytes: Address space of a child, in bytes.
        file_bytes: Largest file that a child may write, in bytes.
    """

    base_s: float = 60.0
    factor: float = 2.0
    stall_s: float = 20.0
    quiet_s: float = 60.0
    start_s: float = 60.0
    idle_s: float = 120.0
    memory_bytes: int = 4 * GIB
    file_bytes: int = 8 * GIB

    def __post_init__(self) -> None:
        for name, value in vars(self).items():
            if not value > 0:
                raise ValueError(f"{name}={value!r}: every limit is above 0")

    def wall_s(self, *, size_bytes: int, opened: Opened | None = None) -> float:
        """Seconds that a film may take: by its header where it says something, by its size otherwise.

        A slow machine is taken to decode 60 million pixels a second: 29 frames of 1080p, or 7 of 4K.

        Examples:
            >>> film = Opened(duration_s=7200.0, frames=172800, width=1920, height=1080)
            >>> round(Limits().wall_s(size_bytes=4 * 10**9, opened=film) / 3600, 1)
            4.2
        """
        duration_s = size_bytes / _UNKNOWN_BYTES_PER_S
        if opened is not None and opened.duration_s is not None:
            duration_s = opened.duration_s
        frames = 30.0 * min(max(duration_s, 0.0), _LONGEST_FILM_S)
        pixels = _UNKNOWN_PIXELS
        if opened is not None:
            pixels = max(float(opened.width * opened.height), _LEAST_PIXELS)
            frames = max(frames, float(min(opened.frames or 0, _MOST_FRAMES)))
        return self.base_s + self.factor * frames * pixels / _SLOW_PIXELS_PER_S
