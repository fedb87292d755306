from pathlib import Path

import numpy as np
import pytest

from vidsearch_sdk.ingest.keyframe_keeper import MOST_WAITING, JpegFile, KeyframeKeeper
from vidsearch_sdk.shots.boundaries import Boundary

TIMES = np.arange(3001) / 25


def keeper(folder: Path) -> tuple[KeyframeKeeper, JpegFile]:
    jpegs = JpegFile(folder)
    return KeyframeKeeper(jpegs, encode=lambda picture: f"jpeg {picture}".encode()), jpegs


def test_pictures_come_back_and_leave_no_file(tmp_path: Path) -> None:
    jpegs = JpegFile(tmp_path)
    jpegs.put(7, b"seven")
    jpegs.put(3, b"three")
    assert (jpegs.get(7), jpegs.get(3), len(jpegs), 7 in jpegs, 4 in jpegs) == (
        b"seven",
        b"three",
        2,
        True,
        False,
    )
    with pytest.raises(KeyError):
        jpegs.get(4)
    jpegs.close()
    assert not list(tmp_path.iterdir())


def test_what_may_be_chosen_is_kept_and_the_rest_is_not(tmp_path: Path) -> None:
    kept, jpegs = keeper(tmp_path)
    for frame in range(0, 500, 25):
        kept.add(frame, frame / 25, frame)
    kept.decide(TIMES, [Boundary(60, "cut", 60, 60)], 400)
    # The shot up to 60 is over: its one keyframe. The open one: those on the grid of 2 s.
    assert sorted(jpegs.frames()) == [25, 100, 150, 200, 250, 300, 350, 400]
    kept.keep_rest()
    assert sorted(jpegs.frames())[-4:] == [400, 425, 450, 475]
    assert kept.marked.tolist() == list(range(0, 500, 25))
    assert jpegs.get(25) == b"jpeg 25"


def test_a_young_shot_waits(tmp_path: Path) -> None:
    kept, jpegs = keeper(tmp_path)
    for frame in range(0, 150, 25):
        kept.add(frame, frame / 25, frame)
    kept.decide(TIMES, [], 140)
    assert len(jpegs) == 0
    kept.decide(TIMES, [], 149, film_end=150)
    assert sorted(jpegs.frames()) == [50, 100]


def test_never_more_than_so_many_wait(tmp_path: Path) -> None:
    kept, jpegs = keeper(tmp_path)
    for frame in range(MOST_WAITING + 30):
        kept.add(frame, frame / 25, frame)
    assert len(jpegs) == 30
