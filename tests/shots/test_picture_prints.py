"""Prints that tell a copy of a picture from another picture."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from vidsearch_sdk.shots.picture_prints import (
    LEAST_DETAIL,
    box_without_bars,
    detail_of,
    likeness,
    part_prints_of,
    prints_of,
)


def scene(seed: int, *, size: tuple[int, int] = (480, 270)) -> np.ndarray:
    """Patches of light of all sizes, uint8 (height, width)."""
    random = np.random.default_rng(seed)
    picture = np.zeros(size[::-1], np.float32)
    for cells in (3, 6, 12, 24):
        rough = random.normal(size=(cells, cells * 16 // 9)).astype(np.float32)
        picture += cv2.resize(rough, size, interpolation=cv2.INTER_CUBIC) / cells**0.5
    low, high = picture.min(), picture.max()
    return (40 + 180 * (picture - low) / (high - low)).astype(np.uint8)


def alike(original: np.ndarray, copy: np.ndarray) -> float:
    return float(likeness(part_prints_of(original)[None], prints_of([copy]))[0, 0])


DISTURBED = {
    "the same": lambda picture: picture,
    "darker": lambda picture: (picture * 0.5).astype(np.uint8),
    "brighter": lambda picture: np.clip(picture * 1.3 + 12, 0, 255).astype(np.uint8),
    "squeezed": lambda picture: cv2.resize(picture, (200, 200), interpolation=cv2.INTER_AREA),
    "cropped in the middle": lambda picture: picture[13:-13, 24:-24],
    "cropped in a corner": lambda picture: picture[:243, :432],
    "cropped off the grid": lambda picture: picture[5:-16, 31:-9],
    "coarsely coded": lambda picture: cv2.imdecode(
        cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, 10])[1], cv2.IMREAD_GRAYSCALE
    ),
    "with a logo": lambda picture: cv2.rectangle(picture.copy(), (380, 10), (470, 44), 240, -1),
}


@pytest.mark.parametrize("kind", DISTURBED)
def test_a_copy_is_alike(kind: str) -> None:
    for seed in range(5):
        assert alike(scene(seed), DISTURBED[kind](scene(seed))) > 0.7


def test_other_pictures_are_not() -> None:
    originals = np.stack([part_prints_of(scene(seed)) for seed in range(30)])
    others = prints_of([scene(seed) for seed in range(100, 130)])
    assert likeness(originals, others).max() < 0.6
    mirrored = prints_of([scene(seed)[:, ::-1] for seed in range(30)])
    assert np.diag(likeness(originals, mirrored)).max() < 0.6


def test_a_picture_of_nothing_is_like_nothing() -> None:
    grain = np.random.default_rng(0).integers(16, 18, (270, 480)).astype(np.uint8)
    assert detail_of(grain) < LEAST_DETAIL < detail_of(scene(1))
    assert np.linalg.norm(prints_of([grain])[0]) < 0.75
    assert alike(scene(1), grain) < 0.3
    assert prints_of([]).shape == (0, 576)


def test_black_bars_are_seen_and_darkness_is_not() -> None:
    barred = np.full((270, 480), 16, np.uint8)
    barred[30:240] = scene(2)[30:240]
    other = np.full((270, 480), 17, np.uint8)
    other[30:240] = scene(3)[30:240]
    left, top, right, bottom = box_without_bars([barred, other])
    assert (left, right) == (0.0, 1.0)
    assert (top, bottom) == pytest.approx((30 / 270, 240 / 270), abs=0.02)
    assert box_without_bars([barred, scene(3)]) == (0.0, 0.0, 1.0, 1.0)
    night = np.full((270, 480), 16, np.uint8)
    night[:, 300:] = 90
    assert box_without_bars([night]) == (0.0, 0.0, 1.0, 1.0)
    assert box_without_bars([np.full((270, 480), 10, np.uint8)]) == (0.0, 0.0, 1.0, 1.0)
