"""Pictures of a user's own clip."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from vidsearch_sdk.errors import DecodeError, QueryError, VideoNotFound, VideoRejected
from vidsearch_sdk.ingest.clip_frames import MOST_PICTURES, keyframes_of
from vidsearch_sdk.video.frames import FrameReader
from vidsearch_sdk.video.keyframe_pictures import KeyframePictures

pytestmark = pytest.mark.usefixtures("no_leftovers")


def test_a_short_file_gives_its_middle_picture(short_film: Path) -> None:
    (picture,) = keyframes_of(short_film)
    assert picture.shape == (64, 96, 3)
    assert picture.dtype == np.uint8
    with FrameReader(short_film) as reader:
        shrink = KeyframePictures(reader.info)
        times = {frame.time_s for frame in reader if np.array_equal(shrink(frame.picture), picture)}
    assert any(0.7 <= time_s <= 1.3 for time_s in times)


def test_a_span_gives_pictures_of_that_span(long_film: Path) -> None:
    pictures = keyframes_of(long_film, 10.0, 20.0)
    assert len(pictures) == 5
    with FrameReader(long_film) as reader:
        shrink = KeyframePictures(reader.info)
        found = []
        for frame in reader:
            small = shrink(frame.picture)
            if len(found) < len(pictures) and np.array_equal(small, pictures[len(found)]):
                found.append(frame.time_s)
    assert found == pytest.approx([11, 13, 15, 17, 19], abs=0.6)


def test_a_long_file_gives_sixteen_pictures_evenly(long_film: Path) -> None:
    assert len(keyframes_of(long_film)) == MOST_PICTURES


@pytest.mark.parametrize(
    ("start_s", "end_s"), [(3.0, 3.0), (5.0, 1.0), (float("nan"), None), (0.0, float("inf"))]
)
def test_a_span_that_is_none_is_refused(short_film: Path, start_s: float, end_s: float | None) -> None:
    with pytest.raises(ValueError, match=r"start_s|end_s"):
        keyframes_of(short_film, start_s, end_s)


def test_a_span_beyond_the_end_is_told(short_film: Path) -> None:
    with pytest.raises(DecodeError, match=r"no picture between 50.0 and 60.0 s"):
        keyframes_of(short_film, 50.0, 60.0)


def test_a_span_that_ends_after_its_file_is_told_and_a_rounded_end_is_none(short_film: Path) -> None:
    with FrameReader(short_film) as reader:
        for _ in reader:
            pass
        end_s = float(reader.end_pts * reader.info.time_base)
    assert keyframes_of(short_film, 0.0, end_s + 0.4)
    with pytest.raises(QueryError, match=rf"after its file {short_film.name}, which ends at {end_s:.2f} s"):
        keyframes_of(short_film, 0.0, end_s + 10)


def test_what_is_no_film_is_refused(tmp_path: Path) -> None:
    (tmp_path / "notes.mp4").write_text("once upon a time")
    with pytest.raises(VideoRejected, match=r"notes.mp4"):
        keyframes_of(tmp_path / "notes.mp4")
    with pytest.raises(VideoRejected, match=r"directory"):
        keyframes_of(tmp_path)
    with pytest.raises(VideoNotFound, match=r"no such file"):
        keyframes_of(tmp_path / "gone.mp4")


def test_a_clip_in_the_working_folder_may_have_any_name(
    short_film: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    name = b"-http:\xff%03d\n'.mp4".decode("utf-8", "surrogateescape")
    (tmp_path / name).write_bytes(short_film.read_bytes())
    assert len(keyframes_of(name)) == 1
