from dataclasses import dataclass

import numpy as np
import pytest

from vidsearch_sdk.shots.small_picture import small_picture


@dataclass
class Planes:
    luma: np.ndarray
    blue: np.ndarray
    red: np.ndarray
    full_range: bool


def planes(width: int, height: int, *, luma: int = 126, full_range: bool = True) -> Planes:
    half = ((height + 1) // 2, (width + 1) // 2)
    return Planes(
        np.full((height, width), luma, np.uint8),
        np.full(half, 100, np.uint8),
        np.full(half, 150, np.uint8),
        full_range,
    )


@pytest.mark.parametrize("size", [(1920, 1080), (161, 121), (10, 6), (1, 1), (64, 36), (90, 1600)])
def test_every_size_is_shrunk(size: tuple[int, int]) -> None:
    small = small_picture(planes(*size))
    assert small.shape == (54, 64)
    assert (small[:36] == 126).all()
    assert (small[36:, :32] == 100).all()
    assert (small[36:, 32:] == 150).all()


@pytest.mark.parametrize(("level", "shown"), [(16, 0), (235, 255), (0, 0), (255, 255), (126, 128)])
def test_video_levels_become_full_range(level: int, shown: int) -> None:
    assert (small_picture(planes(320, 180, luma=level, full_range=False))[:36] == shown).all()


def test_rows_that_are_views_are_read_right() -> None:
    luma = np.repeat(np.arange(180, dtype=np.uint8)[:, None], 320, axis=1)
    view = Planes(luma[2::5], np.zeros((90, 160), np.uint8)[::5], np.zeros((90, 160), np.uint8)[::5], True)
    assert small_picture(view)[:36].mean() == pytest.approx(luma[2::5].mean(), abs=0.5)
