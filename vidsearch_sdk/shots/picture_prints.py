"""Prints of pictures: some hundred numbers by which a copy is told from any other picture.

A print is the picture at 32 x 18 with its slow changes of light taken out, of unit length, so that the dot
product of two prints is their normalized correlation. Gain, lift and a new coding leave it nearly as it is.
A crop moves it: so the print of a copy is compared with prints of many parts of the original.
"""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

WIDTH, HEIGHT = 32, 18
"""Pixels of a print: every picture is brought to this shape, even if it was squeezed to another one."""

LEAST_DETAIL = 1.5
"""Levels of detail below which a picture (black, white, a plain color) tells nothing of where it is from."""

_BLUR = 3.0  # pixels of a print; slower changes than that are light, not things
_FLOOR = 0.7  # levels of detail that count as coding noise
_PROMISING = 0.5
_COARSE_FLOOR = 0.4
_COARSE_EXCESS = 0.1  # by which unlike pictures are more alike when they are coarse, about
_WORKING = (4 * WIDTH, 4 * HEIGHT)
_PARTS = (
    (0.0, 0.0, 1.0),
    *(
        ((1 - share) * across, (1 - share) * down, share)
        for share in (0.95, 0.9, 0.85)
        for across in (0.0, 0.5, 1.0)
        for down in (0.0, 0.5, 1.0)
    ),
)
_BAR_LEVEL = 26  # luma up to which a border may be a bar; video black is 16, and coding adds some
_LARGEST_BAR = 0.3

Grays = Sequence[NDArray[np.uint8]]
Prints = NDArray[np.float32]
Box = tuple[float, float, float, float]


def gray_of(rgb: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Luma of a picture: uint8 (height, width, 3) RGB to uint8 (height, width)."""
    gray: NDArray[np.uint8] = cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY)
    return gray


def prints_of(grays: Grays, *, box: Box = (0.0, 0.0, 1.0, 1.0)) -> Prints:
    """The prints of whole pictures, or of one part of each.

    Args:
        grays: Luma, uint8 (height, width) each.
        box: Left, top, right and bottom of the part as shares of the picture.

    Returns:
        float32 (pictures, 576), unit rows; shorter where a picture has hardly any detail.
    """
    rows = [_print(_part(gray, *box)) for gray in grays]
    return np.stack(rows) if rows else np.zeros((0, WIDTH * HEIGHT), np.float32)


def part_prints_of(gray: NDArray[np.uint8], *, box: Box = (0.0, 0.0, 1.0, 1.0)) -> Prints:
    """The prints of a picture and of its parts of 95, 90 and 85 % of the size, which a copy may show alone.

    Args:
        gray: Luma, uint8 (height, width).
        box: The part of the picture that is taken for the whole.

    Returns:
        float32 (28, 576); the whole picture first.
    """
    small = cv2.resize(_part(gray, *box), _WORKING, interpolation=cv2.INTER_AREA)
    return np.stack([_print(_part(small, x, y, x + share, y + share)) for x, y, share in _PARTS])


def likeness(part_prints: Prints, prints: Prints) -> NDArray[np.float32]:
    """How alike originals and possible copies are: the best correlation of a copy with any part.

    Args:
        part_prints: float32 (originals, parts, 576).
        prints: float32 (copies, 576).

    Returns:
        float32 (originals, copies), -1 to 1. Copies reach 0.75 and more; other pictures stay below 0.6.

    Examples:
        >>> random = np.random.default_rng(0)
        >>> one, other = random.integers(0, 256, (2, 72, 128), np.uint8)
        >>> parts = np.stack([part_prints_of(one), part_prints_of(other)])
        >>> likeness(parts, prints_of([one[:65, :116]])).round(1).ravel().tolist()[0] > 0.7
        True
    """
    # A quarter of the numbers shows which originals are worth all of them.
    found = _best_part(_coarse(part_prints), _coarse(prints))
    worth = np.flatnonzero(found.max(axis=1, initial=-1.0) >= _PROMISING)
    found -= _COARSE_EXCESS
    found[worth] = _best_part(part_prints[worth], prints)
    return found


def _best_part(part_prints: Prints, prints: Prints) -> NDArray[np.float32]:
    originals, parts, size = part_prints.shape
    products = (part_prints.reshape(-1, size) @ prints.T).reshape(originals, parts, len(prints))
    best: NDArray[np.float32] = products.max(axis=1)
    return best


def _coarse(prints: Prints) -> Prints:
    cells = prints.reshape(*prints.shape[:-1], HEIGHT // 2, 2, WIDTH // 2, 2).sum(axis=(-3, -1))
    flat = cells.reshape(*prints.shape[:-1], -1)
    lengths = np.linalg.norm(flat, axis=-1, keepdims=True)
    # Sums of four: the length of a print whose neighbors are equal is doubled, that of noise is not.
    coarse: Prints = flat / np.maximum(lengths, _COARSE_FLOOR)
    return coarse


def detail_of(gray: NDArray[np.uint8]) -> float:
    """Standard deviation of what a print keeps of a picture, in levels of luma."""
    return float(_details(gray).std())


def box_without_bars(grays: Grays) -> Box:
    """The part of the pictures of one film or clip that is not black bars: left, top, right, bottom, 0 to 1.

    A border is a bar where it is black in all pictures; bars that take more than 30 % of a side from either
    end are taken for darkness.
    """
    brightest = np.zeros((_WORKING[1], _WORKING[0]), np.uint8)
    for gray in grays:
        np.maximum(brightest, cv2.resize(gray, _WORKING, interpolation=cv2.INTER_AREA), out=brightest)
    spans = []
    for axis in (0, 1):
        # A percentile, because a bar may carry a logo or a line of subtitles.
        lit = np.flatnonzero(np.percentile(brightest, 90, axis=axis) > _BAR_LEVEL)
        size = brightest.shape[1 - axis]
        first, end = (int(lit[0]), int(lit[-1]) + 1) if len(lit) else (0, size)
        dark = first > _LARGEST_BAR * size or size - end > _LARGEST_BAR * size
        spans.append((0.0, 1.0) if dark else (first / size, end / size))
    (left, right), (top, bottom) = spans
    return left, top, right, bottom


def _part(gray: NDArray[np.uint8], left: float, top: float, right: float, bottom: float) -> NDArray[np.uint8]:
    height, width = gray.shape
    row, column = round(top * height), round(left * width)
    last_row = max(row + 1, round(bottom * height))
    return gray[row:last_row, column : max(column + 1, round(right * width))]


def _details(gray: NDArray[np.uint8]) -> NDArray[np.float32]:
    small = cv2.resize(gray, (WIDTH, HEIGHT), interpolation=cv2.INTER_AREA).astype(np.float32)
    details: NDArray[np.float32] = small - cv2.GaussianBlur(small, (0, 0), _BLUR)
    details -= details.mean()
    return details


def _print(gray: NDArray[np.uint8]) -> Prints:
    details = _details(gray).ravel()
    length = max(float(np.linalg.norm(details)), _FLOOR * float(np.sqrt(details.size)))
    unit: Prints = np.divide(details, length, dtype=np.float32)
    return unit
