"""Films whose every frame tells which one it is: eight bars that are the bits of its number."""

from __future__ import annotations

from fractions import Fraction

import numpy as np

from tests.video.made import write
from vidsearch_sdk.video.frames import FrameReader
from vidsearch_sdk.video.writing import Sound, VideoWriter

_BITS = 8


def bars(number, *, width=128, height=72):
    picture = np.zeros((height, width, 3), np.uint8)
    for bit in range(_BITS):
        left = bit * width // _BITS
        picture[:, left : left + width // _BITS] = 225 if number >> bit & 1 else 30
    return picture


def number_in(rgb):
    """Read the number of a frame, whatever its size; a part between bars is to be cut out before."""
    height, width = rgb.shape[:2]
    middle = rgb[height // 4 : height // 2].mean(axis=(0, 2))
    return sum(1 << bit for bit in range(_BITS) if middle[(2 * bit + 1) * width // (2 * _BITS)] > 128)


def numbered_film(path, *, rate, frames=200, tone=None, width=128, height=72):
    """A film at a constant rate, with a tone of so many Hz where one is given."""
    rate = Fraction(rate)
    sound = None
    if tone is not None:
        samples = 0.4 * np.sin(2 * np.pi * tone * np.arange(int(frames / rate * 48_000)) / 48_000)
        sound = Sound(samples.astype(np.float32), rate=48_000, bit_rate=128_000)
    with VideoWriter(path, width=width, height=height, rate=rate, sound=sound) as writer:
        for number in range(frames):
            writer.write(bars(number, width=width, height=height))
    return path


def uneven_film(path, times_ms):
    """A film of a variable rate without sound."""
    return write(path, [bars(number) for number in range(len(times_ms))], times=list(times_ms))


def numbers_of(path, *, cut=None):
    """Read the number of every frame, and their times in seconds."""
    numbers, times = [], []
    with FrameReader(path) as reader:
        for frame in reader:
            rgb = frame.picture.to_ndarray(format="rgb24")
            numbers.append(number_in(rgb if cut is None else rgb[cut]))
            times.append(frame.time_s)
    return numbers, times
