from itertools import pairwise

import numpy as np
import pytest

from vidsearch_sdk.shots.boundaries import Boundary
from vidsearch_sdk.shots.shot_table import shot_spans, shot_table
from vidsearch_sdk.store.tables import SHOTS

PTS = np.arange(100, dtype=np.int64) * 512 + 1000
TIMES = np.append(PTS, 1000 + 100 * 512) / 12800
FOUND = [Boundary(20, "cut", 20, 20), Boundary(60, "dissolve", 52, 68)]


def test_spans_cover_the_film_without_gaps() -> None:
    table = shot_table("ab" * 8, PTS, TIMES, 1000 + 100 * 512, FOUND, [1, 2, 3])
    rows = table.to_pylist()
    assert [(row["start_frame"], row["end_frame"]) for row in rows] == [(0, 20), (20, 60), (60, 100)]
    assert [row["opened_by"] for row in rows] == ["start", "cut", "dissolve"]
    assert [row["shot_id"] for row in rows] == [f"{'ab' * 8}-{n}" for n in range(3)]
    assert [row["keyframes"] for row in rows] == [1, 2, 3]
    for one, two in pairwise(rows):
        assert one["end_pts"] == two["start_pts"]
        assert one["end_s"] == two["start_s"]
    assert rows[0]["start_pts"] == 1000
    assert rows[-1]["end_pts"] == 1000 + 100 * 512
    assert all(row["duration_s"] == row["end_s"] - row["start_s"] > 0 for row in rows)


def test_its_columns_are_those_that_are_stored() -> None:
    assert shot_table("a", PTS, TIMES, 9**9, [], [1]).schema == SHOTS


def test_a_film_has_at_least_one_shot() -> None:
    assert shot_spans(1, []) == [(0, 1)]


@pytest.mark.parametrize("frames", [0, 20])
def test_boundaries_outside_the_film_are_refused(frames: int) -> None:
    with pytest.raises(ValueError, match="rise strictly"):
        shot_spans(frames, FOUND)


def test_counts_must_fit() -> None:
    with pytest.raises(ValueError, match="3 shots"):
        shot_table("a", PTS, TIMES, 9**9, FOUND, [1])
