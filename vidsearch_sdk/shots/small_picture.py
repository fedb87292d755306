"""A picture as the scores see it: 64 x 36 brightness above 2 x 32 x 18 color, in one array."""

from __future__ import annotations

from typing import Protocol

import cv2
import numpy as np
from numpy.typing import NDArray

LUMA_ROWS, WIDTH = 36, 64
ROWS = LUMA_ROWS + LUMA_ROWS // 2
"""Rows of a small picture: luma, and then blue difference (left half) beside red difference (right half)."""

# Video levels 16..235 as 0..255 (ITU-R BT.601), so that black is black whatever the film's range.
_FROM_VIDEO_LEVELS = np.clip(np.round((np.arange(256) - 16) * 255 / 219), 0, 255).astype(np.uint8)


class Planes(Protocol):
    """Brightness and color of a decoded picture; each uint8 of shape (rows, width), of any size."""

    @property
    def luma(self) -> NDArray[np.uint8]: ...  # noqa: D102

    @property
    def blue(self) -> NDArray[np.uint8]: ...  # noqa: D102

    @property
    def red(self) -> NDArray[np.uint8]: ...  # noqa: D102

    @property
    def full_range(self) -> bool: ...  # noqa: D102


def use_one_thread() -> None:
    """Keep OpenCV in this whole process from starting threads: for small pictures they only cost time."""
    cv2.setNumThreads(1)


def small_picture(planes: Planes) -> NDArray[np.uint8]:
    """Shrink a picture to what :class:`~vidsearch_sdk.shots.scores.Scorer` takes.

    Shapes are not kept: every film becomes 64 x 36, so that a distance means the same share of the picture.

    Args:
        planes: The decoded picture.

    Returns:
        uint8, shape (54, 64).
    """
    small = np.empty((ROWS, WIDTH), np.uint8)
    luma = cv2.resize(planes.luma, (WIDTH, LUMA_ROWS), interpolation=cv2.INTER_AREA)
    small[:LUMA_ROWS] = luma if planes.full_range else cv2.LUT(luma, _FROM_VIDEO_LEVELS)
    half = (WIDTH // 2, LUMA_ROWS // 2)
    small[LUMA_ROWS:, : half[0]] = cv2.resize(planes.blue, half, interpolation=cv2.INTER_AREA)
    small[LUMA_ROWS:, half[0] :] = cv2.resize(planes.red, half, interpolation=cv2.INTER_AREA)
    return small
