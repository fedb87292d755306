"""What a clip is compared with films by."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from vidsearch_sdk.errors import DecodeError, VideoNotFound, VideoRejected
from vidsearch_sdk.ingest.clip_frames import EvenPictures
from vidsearch_sdk.ingest.clip_signature import _received, signature_of
from vidsearch_sdk.ingest.film_pass import process_film
from vidsearch_sdk.ingest.messages import MessageError

pytestmark = pytest.mark.usefixtures("no_leftovers")


def test_a_whole_file_is_scored_as_in_a_catalog(short_film: Path) -> None:
    found = signature_of(short_film)
    stored = process_film(short_film, "0" * 16, threads=1, thread_type="SLICE").tables["scores"]
    assert len(found.times) == stored.num_rows == 50
    assert found.end_s == pytest.approx(2.0)
    for name, values in found.scores.items():
        np.testing.assert_array_equal(values, stored[name].to_numpy())
    assert found.picture_times == pytest.approx(np.arange(17) * 0.12)
    assert {picture.shape for picture in found.pictures} == {(64, 96, 3)}
    assert len(found.encoded) == 1


def test_a_span_keeps_the_clock_of_its_file(long_film: Path) -> None:
    found = signature_of(long_film, 10.0, 20.0)
    assert found.times[0] == pytest.approx(10.0)
    assert found.end_s == pytest.approx(20.0, abs=0.11)
    assert found.picture_times[[0, -1]] == pytest.approx([10.0, 19.9], abs=0.11)
    assert len(found.encoded) == 5


def test_what_cannot_be_read_is_told(short_film: Path, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="must lie before"):
        signature_of(short_film, 3.0, 3.0)
    with pytest.raises(ValueError, match="no time in seconds"):
        signature_of(short_film, float("nan"))
    with pytest.raises(DecodeError, match=r"no picture between 50.0 and 60.0 s"):
        signature_of(short_film, 50.0, 60.0)
    with pytest.raises(VideoNotFound, match="no such file"):
        signature_of(tmp_path / "gone.mp4")
    (tmp_path / "notes.mp4").write_text("once upon a time")
    with pytest.raises(VideoRejected, match=r"notes.mp4"):
        signature_of(tmp_path / "notes.mp4")


def test_pictures_of_any_length_of_film_stay_few() -> None:
    pictures = EvenPictures(spacing_s=0.2, held=100)
    for number in range(5000):
        pictures.offer(number * 0.04, number, lambda value: np.full((1, 1, 3), value % 256, np.uint8))
    times = pictures.table()["time_s"].to_numpy()
    assert 50 <= len(times) < 100
    assert np.ptp(np.diff(times)) < 1e-9
    assert times[-1] > 195
    assert pictures.table(spacing_s=50.0, most=3).num_rows == 3


@pytest.mark.parametrize(
    ("times", "brightness", "end_s"),
    [([0.0, 0.0], [1.0, 2.0], 1.0), ([0.0, np.nan], [1.0, 2.0], 1.0), ([0.0, 1.0], [1.0, np.inf], 2.0),
     ([0.0, 1.0], [1.0, 2.0], None), ([0.0, 1.0], [1.0, 2.0], 2.0)],
)  # fmt: skip
def test_a_child_is_not_believed(
    tmp_path: Path, times: list[float], brightness: list[float], end_s: float | None
) -> None:
    from vidsearch_sdk.ingest.child_jobs import _keep

    scores = pa.table({"time_s": times, "brightness": np.array(brightness, np.float32)})
    nothing = EvenPictures(spacing_s=1.0, held=8).table()
    _keep({"scores": scores, "small": nothing, "encoded": nothing}, tmp_path)
    with pytest.raises(MessageError):
        _received(tmp_path, {"end_s": end_s})
