"""How alike two small pictures are, apart from what may differ within one shot.

Within a shot things move, the camera turns, and lights go on and off. So there are three measures: one lets
everything move a little, one asks for the same structure anywhere, and one takes out the light. All take
small pictures of shape (54, 64) (:mod:`~vidsearch_sdk.shots.small_picture`).
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from vidsearch_sdk.shots.small_picture import LUMA_ROWS, WIDTH

Small = NDArray[np.uint8]

_REACH_LUMA = np.ones((5, 5), np.uint8)  # 2 of 64 pixels each way: 3 % of the picture's width
_REACH_COLOR = np.ones((3, 3), np.uint8)
_FLAT = 1.5  # contrast below which a picture has no structure to compare


def reach(smalls: Small, lowest: Small, highest: Small) -> None:
    """Find the values that each pixel takes if everything moves by up to 3 % of the width.

    Args:
        smalls: Small pictures, shape (n, 54, 64).
        lowest: Takes the smallest value nearby, same shape.
        highest: Takes the largest value nearby, same shape.
    """
    rows, half, count = LUMA_ROWS, WIDTH // 2, len(smalls)
    for result, neutral, work in ((lowest, 255, cv2.erode), (highest, 0, cv2.dilate)):
        # All pictures below each other, kept apart by rows that win nothing: one call does them all.
        luma = np.full((count, rows + 2, WIDTH), neutral, np.uint8)
        luma[:, :rows] = smalls[:, :rows]
        result[:, :rows] = work(luma.reshape(-1, WIDTH), _REACH_LUMA).reshape(luma.shape)[:, :rows]
        color = np.full((count, 2, rows // 2 + 1, half), neutral, np.uint8)
        color[:, 0, :-1], color[:, 1, :-1] = smalls[:, rows:, :half], smalls[:, rows:, half:]
        near = work(color.reshape(-1, half), _REACH_COLOR).reshape(color.shape)
        result[:, rows:, :half], result[:, rows:, half:] = near[:, 0, :-1], near[:, 1, :-1]


def structure(one: Small, other: Small) -> float:
    """How much the structure differs: 0 (the same, wherever it moved and however it is lit) to 1 and more.

    One minus the best normalized correlation of the middle of one picture with any place of the other.
    """
    rows, width = LUMA_ROWS // 2, WIDTH // 2
    a = cv2.resize(one[:LUMA_ROWS], (width, rows), interpolation=cv2.INTER_AREA)
    b = cv2.resize(other[:LUMA_ROWS], (width, rows), interpolation=cv2.INTER_AREA)
    flat = [cv2.meanStdDev(picture)[1][0, 0] < _FLAT for picture in (a, b)]
    if any(flat):
        return 0.0 if all(flat) else 1.0
    best = -1.0
    for whole, part in ((a, b), (b, a)):
        middle = part[4:-4, 7:-7]
        # A flat middle correlates with everything as far as OpenCV is concerned.
        if cv2.meanStdDev(middle)[1][0, 0] >= _FLAT:
            best = max(best, cv2.minMaxLoc(cv2.matchTemplate(whole, middle, cv2.TM_CCOEFF_NORMED))[1])
    return 1.0 - min(1.0, best) if best > -1.0 else 0.5


def relit(one: Small, other: Small) -> tuple[float, float]:
    """Difference in luma that neither small movement nor another light explains.

    The picture with more contrast is given the brightness and contrast of the other one.

    Returns:
        The difference in luma levels of the flatter picture, and that picture's contrast (at least 4).
    """
    a, b = one[:LUMA_ROWS], other[:LUMA_ROWS]
    mean_a, std_a = (float(x[0, 0]) for x in cv2.meanStdDev(a))
    mean_b, std_b = (float(x[0, 0]) for x in cv2.meanStdDev(b))
    if std_a < std_b:
        a, b, mean_a, mean_b, std_a, std_b = b, a, mean_b, mean_a, std_b, std_a
    gain = max(std_b, 1.0) / max(std_a, 1.0)
    levels = np.clip((np.arange(256) - mean_a) * gain + mean_b, 0, 255).astype(np.uint8)
    matched = cv2.LUT(a, levels)
    high, low = cv2.dilate(matched, _REACH_LUMA), cv2.erode(matched, _REACH_LUMA)
    outside = cv2.add(cv2.subtract(b, high), cv2.subtract(low, b))
    return cv2.sumElems(outside)[0] / outside.size, max(std_b, 4.0)
