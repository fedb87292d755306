"""Real footage: films whose boundaries were checked by eye, and a few joins of clips that are one shot."""

import json
from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np
import pytest

from vidsearch_sdk.shots.boundaries import Boundary, find_boundaries
from vidsearch_sdk.shots.scores import Scorer, scores_by_name
from vidsearch_sdk.shots.small_picture import small_picture
from vidsearch_sdk.video.frames import FrameReader
from vidsearch_sdk.video.small_frames import SmallFrames
from vidsearch_sdk.video.writing import VideoWriter

pytestmark = pytest.mark.real_footage
SIZE = (320, 180)


def boundaries_of(path: Path) -> list[Boundary]:
    views, scorer = SmallFrames(), Scorer()
    with FrameReader(path, threads=1, thread_type="SLICE") as reader:
        scorer.push(np.stack([small_picture(views(frame.picture)) for frame in reader]))
    return find_boundaries(scores_by_name(scorer.rows()))


@pytest.mark.parametrize(
    "name",
    [
        "big-buck-bunny-vfr.mp4",
        "nasa-webb-mirror.mp4",
        "gym-basketball.mp4",
        "ceramic-rabbit.mp4",
        "pool-cleaning.mp4",
        "pancake.mkv",
    ],
)
def test_boundaries_are_those_seen_by_eye(real_videos: Path, name: str) -> None:
    truth = json.loads((real_videos / "cuts.json").read_text())[f"films/{name}"]
    found = boundaries_of(real_videos / "films" / name)
    assert [boundary.frame for boundary in found if boundary.kind == "cut"] == truth["hard"]
    gradual = [boundary.frame for boundary in found if boundary.kind != "cut"]
    assert len(gradual) == len(truth["gradual"])
    assert all(first <= frame <= last for frame, (first, last) in zip(gradual, truth["gradual"], strict=True))


def test_a_fade_out_to_the_end_is_found(real_videos: Path) -> None:
    (fade,) = boundaries_of(real_videos / "broken" / "damaged-audio-fade-out.mp4")
    assert fade.kind == "fade"
    assert 207 <= fade.frame <= 275


@pytest.fixture(scope="module")
def clips(real_videos: Path) -> list[np.ndarray]:
    names = ("ceramic-rabbit.mp4", "gym-basketball.mp4", "pool-cleaning.mp4", "arm-wrestling.mp4")
    taken = []
    for name in names:
        with FrameReader(real_videos / "films" / name, threads=1, thread_type="SLICE") as reader:
            frames = [
                frame.picture.to_ndarray(format="rgb24") for frame, _ in zip(reader, range(60), strict=False)
            ]
        taken.append(np.stack([cv2.resize(frame, SIZE, interpolation=cv2.INTER_AREA) for frame in frames]))
    return taken


def mixed(one: np.ndarray, other: np.ndarray, length: int) -> np.ndarray:
    share = ((np.arange(length) + 1) / (length + 1))[:, None, None, None]
    middle = np.round(one[-length:] * (1 - share) + other[:length] * share).astype(np.uint8)
    return np.concatenate([one[:-length], middle, other[length:]])


@pytest.mark.parametrize(("first", "second"), [(0, 1), (1, 2), (2, 3)])
@pytest.mark.parametrize("kind", ["cut", "dissolve", "fade"])
def test_joins_of_real_clips(
    clips: list[np.ndarray], tmp_path: Path, first: int, second: int, kind: str
) -> None:
    one, other = clips[first], clips[second]
    black = np.zeros_like(one)
    film = {
        "cut": lambda: np.concatenate([one, other]),
        "dissolve": lambda: mixed(one, other, 8 + 10 * first),
        "fade": lambda: mixed(mixed(one, black[:25], 10), other, 10),
    }[kind]()
    path = tmp_path / "join.mp4"
    with VideoWriter(
        path, width=SIZE[0], height=SIZE[1], rate=Fraction(25), crf=28, preset="veryfast"
    ) as writer:
        for frame in film:
            writer.write(frame)
    (found,) = boundaries_of(path)
    assert found.kind == kind
    if kind == "cut":
        assert found.frame == 60
    elif kind == "dissolve":
        assert 60 - (8 + 10 * first) <= found.frame <= 60
    else:
        assert 50 <= found.frame <= 75
