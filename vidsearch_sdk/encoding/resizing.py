"""Pillow's resize, twice: by the fast kernel of the CPU, and as two matrix products for other devices.

Pillow filters rows, rounds to whole values, then filters columns and rounds again; leaving out the first
rounding is what makes a one-pass resize differ by up to 10 of 255.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from vidsearch_sdk.encoding.preprocessing import Interpolation, Placement, Preprocessing


def resized_on_cpu(picture: NDArray[np.uint8], preprocessing: Preprocessing) -> NDArray[np.uint8]:
    """Resize and cut one picture.

    Args:
        picture: RGB (h, w, 3), C-contiguous and writable.
        preprocessing: The model's own.

    Returns:
        RGB (height, width, 3); possibly a view.
    """
    height, width = picture.shape[:2]
    place = preprocessing.placement(height, width)
    if place.height > height or place.width > width:
        # The fast kernel's weights are too coarse here; and a thin picture that is enlarged a thousand times
        # would take a thousand times its memory before it is cut.
        return resized_on_device(torch.from_numpy(picture)[None], preprocessing)[0].byte().numpy()
    # A view of rows of RGB pixels: the kernel for that layout takes a third of the time.
    planes = torch.from_numpy(picture).permute(2, 0, 1)[None]
    if place.columns_first(height, width):
        planes = _scaled(planes, place.height, width, preprocessing.filter)
    planes = _scaled(planes, place.height, place.width, preprocessing.filter)
    return _cut(planes[0].permute(1, 2, 0).numpy(), place, preprocessing)


def _scaled(planes: torch.Tensor, height: int, width: int, interpolation: Interpolation) -> torch.Tensor:
    if planes.shape[2:] == (height, width):
        return planes
    return nn.functional.interpolate(planes, size=(height, width), mode=interpolation, antialias=True)


def _cut(picture: NDArray[np.uint8], place: Placement, preprocessing: Preprocessing) -> NDArray[np.uint8]:
    rows, columns = preprocessing.size
    top, left = max(place.top, 0), max(place.left, 0)
    kept = picture[top : top + rows, left : left + columns]
    if kept.shape[:2] == (rows, columns):
        return kept
    filled = np.full((rows, columns, 3), preprocessing.fill_color, np.uint8)
    above, before = max(-place.top, 0), max(-place.left, 0)
    filled[above : above + kept.shape[0], before : before + kept.shape[1]] = kept
    return filled


def resized_on_device(pictures: torch.Tensor, preprocessing: Preprocessing) -> torch.Tensor:
    """Resize and cut pictures of one size where they are.

    Args:
        pictures: uint8 (n, h, w, 3).
        preprocessing: The model's own.

    Returns:
        float32 (n, height, width, 3), whole values 0 to 255; planes in memory.
    """
    count, height, width, _ = pictures.shape
    place = preprocessing.placement(height, width)
    rows, columns = preprocessing.size
    kept_rows, kept_columns = min(rows, place.height), min(columns, place.width)
    device = pictures.device
    across = _matrix(width, place.width, max(place.left, 0), kept_columns, preprocessing.filter, device)
    down = _matrix(height, place.height, max(place.top, 0), kept_rows, preprocessing.filter, device)
    # Planes, so that each pass is one large matrix product.
    values = pictures.permute(0, 3, 1, 2).to(torch.float32, memory_format=torch.contiguous_format)
    passes = []
    if (width, kept_columns) != (place.width, width):
        passes.append(lambda planes: _whole(planes @ across.T))
    if (height, kept_rows) != (place.height, height):
        passes.append(lambda planes: _whole(down @ planes))
    for one in reversed(passes) if place.columns_first(height, width) else passes:
        values = one(values)
    if (kept_rows, kept_columns) != (rows, columns):
        filled = values.new_full((count, 3, rows, columns), float(preprocessing.fill_color))
        above, before = max(-place.top, 0), max(-place.left, 0)
        filled[:, :, above : above + kept_rows, before : before + kept_columns] = values
        values = filled
    return values.permute(0, 2, 3, 1)


def filter_matrix(
    length: int, new_length: int, start: int, count: int, interpolation: Interpolation
) -> NDArray[np.float32]:
    """Weights of an antialiased resize along one side.

    Args:
        length: Pixels that there are.
        new_length: Pixels to resize to.
        start: First new pixel that is wanted.
        count: New pixels that are wanted.
        interpolation: The filter: Keys' cubic with a = -0.5, or a triangle, both as wide as Pillow's.

    Returns:
        float32 (count, length); rows add up to 1.

    Examples:
        >>> (filter_matrix(4, 2, 0, 1, "bilinear") * 7).round().tolist()
        [[3.0, 3.0, 1.0, 0.0]]
    """
    scale = length / new_length
    widening = max(scale, 1.0)
    shape, reach = _FILTERS[interpolation]
    support = reach * widening
    centers = (np.arange(start, start + count) + 0.5) * scale
    first = np.maximum(0, np.floor(centers - support + 0.5))
    last = np.minimum(length, np.floor(centers + support + 0.5))
    pixels = np.arange(length)
    weights = shape((pixels[None] - centers[:, None] + 0.5) / widening)
    weights[(pixels[None] < first[:, None]) | (pixels[None] >= last[:, None])] = 0.0
    scaled: NDArray[np.float32] = (weights / weights.sum(axis=1, keepdims=True)).astype(np.float32)
    return scaled


def _cubic(x: NDArray[np.float64]) -> NDArray[np.float64]:
    x = np.abs(x)
    near = (1.5 * x - 2.5) * x * x + 1.0
    far = ((-0.5 * x + 2.5) * x - 4.0) * x + 2.0
    result: NDArray[np.float64] = np.where(x < 1.0, near, np.where(x < 2.0, far, 0.0))
    return result


def _triangle(x: NDArray[np.float64]) -> NDArray[np.float64]:
    result: NDArray[np.float64] = np.maximum(0.0, 1.0 - np.abs(x))
    return result


_Shape = Callable[[NDArray[np.float64]], NDArray[np.float64]]
_FILTERS: dict[Interpolation, tuple[_Shape, float]] = {"bicubic": (_cubic, 2.0), "bilinear": (_triangle, 1.0)}


@lru_cache(maxsize=64)
def _matrix(
    length: int, new_length: int, start: int, count: int, interpolation: Interpolation, device: torch.device
) -> torch.Tensor:
    return torch.from_numpy(filter_matrix(length, new_length, start, count, interpolation)).to(device)


def _whole(values: torch.Tensor) -> torch.Tensor:
    return values.add_(0.5).floor_().clamp_(0.0, 255.0)
