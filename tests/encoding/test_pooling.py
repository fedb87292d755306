from __future__ import annotations

import numpy as np
import pytest

from vidsearch_sdk.encoding.pooling import mean_pooled


def test_each_shot_is_the_direction_of_its_frames_sum() -> None:
    rng = np.random.default_rng(0)
    counts = rng.integers(1, 17, 50)
    rows = rng.normal(size=(counts.sum(), 32)).astype(np.float16)
    pooled = mean_pooled(rows, counts)
    assert pooled.dtype == np.float32
    start = 0
    for number, count in enumerate(counts):
        mean = rows[start : start + count].astype(np.float64).mean(axis=0)
        np.testing.assert_allclose(pooled[number], mean / np.linalg.norm(mean), atol=1e-5)
        start += count


def test_frames_that_cancel_out_give_the_first() -> None:
    assert mean_pooled([[0, 1], [0, -1], [1, 0]], [2, 1]).tolist() == [[0, 1], [1, 0]]


def test_nothing_gives_nothing() -> None:
    assert mean_pooled(np.zeros((0, 8), np.float16), []).shape == (0, 8)


@pytest.mark.parametrize("counts", [[1], [2, 2], [3, 0], [-1, 4], [[3]]])
def test_counts_that_do_not_fit(counts: list[int]) -> None:
    with pytest.raises(ValueError, match=r"do not divide|without frames"):
        mean_pooled(np.ones((3, 4)), counts)
