"""The second look at the best shots: frame by frame instead of by their mean."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from vidsearch_sdk.index.vectors import Floats

LOOKED_AT = 200
"""Shots that are looked at again."""


def best_frame(frames: Floats, counts: npt.NDArray[np.int64]) -> Floats:
    """Each shot's best frame.

    Args:
        frames: float32 (sum of counts, q), similarities of frames, shot after shot.
        counts: int64 (n,), frames of each shot, at least 1.

    Returns:
        float32 (n, q).
    """
    starts = np.concatenate([[0], np.cumsum(counts)[:-1]])
    return np.asarray(np.maximum.reduceat(frames, starts, axis=0))


def second_look(pooled: Floats, frames: Floats, counts: npt.NDArray[np.int64]) -> Floats:
    """Similarities after a look at the frames: half the mean's, half the best frame's.

    A best frame is more similar than a mean by nature, so what it gains in the middle of the shots that are
    looked at is taken off: the calibration is one of means.

    Args:
        pooled: float32 (n, q), similarities of the shots' vectors.
        frames: float32 (sum of counts, q), those of their frames.
        counts: int64 (n,), frames of each shot.

    Returns:
        float32 (n, q).
    """
    gained = best_frame(frames, counts) - pooled
    return np.asarray(pooled + 0.5 * (gained - np.median(gained, axis=0)), np.float32)
