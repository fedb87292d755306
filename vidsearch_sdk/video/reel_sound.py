"""The sound of a reel: that of its parts, one after another, crossfaded where they meet."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from vidsearch_sdk.video.clip_sound import SOUND_RATE

Samples = NDArray[np.float32]
Part = Callable[[float, float], Iterator[Samples]]
"""Gives the sound from ``before_s`` seconds before a part's start for ``total_s`` seconds: stereo blocks,
float32 of shape (2, n) at 48 kHz, and nothing where there is none."""

_ENDS = SOUND_RATE // 100  # samples that the reel's own start and end take, so that neither clicks
_BLOCK = 4096


def reel_sound(parts: Sequence[tuple[int, Part]], *, crossfade: int) -> Iterator[Samples]:
    """Put the sounds of parts together, each exactly as long as its pictures.

    A crossfade lies half before and half behind its cut: the sound of a part goes on beyond its last picture
    and begins before its first, as far as the film has any. No more than a block and a crossfade is held.

    Args:
        parts: Samples that each part lasts, 1 or more, and its sound.
        crossfade: Samples of a crossfade; less where parts are shorter.

    Yields:
        Stereo blocks, float32 of shape (2, n), together as long as all parts.
    """
    if not parts:
        return
    lengths = [length for length, _ in parts]
    half = crossfade // 2
    halves = [min(half, before // 2, after // 2) for before, after in pairwise(lengths)]
    # Beyond the reel's own ends there is nothing to fade from.
    leads = [0, *halves, 0]
    overlaps = [
        min(_ENDS, half, lengths[0] // 2),
        *(2 * one for one in halves),
        min(_ENDS, half, lengths[-1] // 2),
    ]
    tail = np.zeros((2, overlaps[0]), np.float32)
    for place, (length, sound) in enumerate(parts):
        before, after = leads[place], leads[place + 1]
        total = before + length + after
        blocks = sound(before / SOUND_RATE, total / SOUND_RATE)
        source = _Taken(blocks)
        if overlaps[place]:
            yield crossfaded(tail, source.take(overlaps[place]))
        body = total - overlaps[place] - overlaps[place + 1]
        while body > 0:
            block = source.take(min(body, _BLOCK))
            body -= block.shape[1]
            yield block
        tail = source.take(overlaps[place + 1])
        source.close()
    if tail.shape[1]:
        yield crossfaded(tail, np.zeros_like(tail))


def crossfaded(old: Samples, new: Samples) -> Samples:
    """Lead one sound over into another at constant loudness.

    Two sounds that have nothing in common need gains whose squares add up to 1, equal ones gains that add up
    to 1; how alike the two are says what lies between (Fink, Holters and Zölzer, "Signal-matched
    power-complementary cross-fading and dry-wet mixing", DAFx-16).

    Args:
        old: What ends, float32 of shape (2, n).
        new: What begins, of the same shape.

    Returns:
        Float32 of the same shape.

    Examples:
        >>> sound = np.linspace(-1, 1, 64, dtype=np.float32).reshape(2, 32)
        >>> bool(np.allclose(crossfaded(sound, sound), sound, atol=1e-6))
        True
    """
    n = old.shape[1]
    angle = (np.arange(n, dtype=np.float32) + 0.5) / max(1, n) * (np.pi / 2)
    rising, falling = np.sin(angle), np.cos(angle)
    power = float(np.sqrt(np.square(old, dtype=np.float64).sum() * np.square(new, dtype=np.float64).sum()))
    alike = max(0.0, float(np.multiply(old, new, dtype=np.float64).sum()) / power) if power > 0 else 0.0
    level = np.sqrt(1 + 2 * alike * rising * falling)
    faded: Samples = ((old * falling + new * rising) / level).astype(np.float32)
    return faded


class _Taken:
    """Blocks of any size, taken as many samples at a time as are wanted; silence behind their end."""

    def __init__(self, blocks: Iterable[Samples]) -> None:
        self._blocks = iter(blocks)
        self._rest = np.zeros((2, 0), np.float32)

    def take(self, samples: int) -> Samples:
        taken = [self._rest[:, :samples]]
        missing = samples - taken[0].shape[1]
        self._rest = self._rest[:, samples:]
        while missing > 0:
            block = next(self._blocks, None)
            if block is None:
                taken.append(np.zeros((2, missing), np.float32))
                break
            taken.append(block[:, :missing])
            self._rest = block[:, missing:]
            missing -= taken[-1].shape[1]
        return np.concatenate(taken, axis=1)

    def close(self) -> None:
        close = getattr(self._blocks, "close", None)
        if close is not None:
            close()
