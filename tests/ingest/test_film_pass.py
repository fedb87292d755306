import io
import json
import subprocess
import sys
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from PIL import Image

from tests.ingest.conftest import write_film
from vidsearch_sdk.errors import DecodeError, VideoNotFound, VideoRejected
from vidsearch_sdk.ingest import film_pass
from vidsearch_sdk.ingest.film_pass import FilmPass, process_film
from vidsearch_sdk.store.tables import MEASURED, PARTS, conform
from vidsearch_sdk.video.writing import VideoWriter

ID = "0123456789abcdef"


def check(result: FilmPass) -> list[dict[str, object]]:
    """What holds for every film; returns its shots."""
    assert set(result.tables) == set(PARTS)
    for name, table in result.tables.items():
        if isinstance(table, pa.Table):
            conform(table, name).validate(full=True)
    assert set(MEASURED) <= set(result.video)
    frames = result.video["frames"]
    shots = result.tables["shots"].to_pylist()
    assert shots[0]["start_frame"] == 0
    assert shots[-1]["end_frame"] == frames
    assert all(one["end_frame"] == two["start_frame"] for one, two in pairwise(shots))
    assert all(one["end_pts"] == two["start_pts"] for one, two in pairwise(shots))
    assert result.tables["scores"].num_rows == frames
    rows = result.tables["keyframes"].to_pylist()
    for shot in shots:
        own = [row for row in rows if row["shot_number"] == shot["number"]]
        assert 1 <= len(own) == shot["keyframes"] <= 16
        assert all(shot["start_frame"] <= row["frame"] < shot["end_frame"] for row in own)
        assert all(shot["start_s"] <= row["time_s"] < shot["end_s"] for row in own)
    assert [row["frame"] for row in rows] == sorted({row["frame"] for row in rows})
    return shots


def test_a_film_gives_its_shots(short_film: Path) -> None:
    result = process_film(short_film, ID, threads=1)
    shots = check(result)
    assert [(shot["start_frame"], shot["opened_by"]) for shot in shots] == [(0, "start"), (25, "cut")]
    video = result.video
    assert (video["status"], video["error"]) == ("ok", "")
    assert (video["frames"], video["frames_expected"], video["duration_s"]) == (50, 50, 2.0)
    assert (video["width"], video["height"], video["codec"]) == (96, 64, "h264")
    assert (video["frame_rate"], video["variable_rate"]) == ("25", False)
    assert Fraction(video["time_base"]) * 50 * 512 == 2


def test_keyframes_show_their_frame(tmp_path: Path) -> None:
    path = tmp_path / "gray.mp4"
    with VideoWriter(path, width=64, height=48, rate=Fraction(25), crf=10) as writer:
        for number in range(150):
            writer.write(np.full((48, 64, 3), 40 + number, np.uint8))
    rows = process_film(path, ID, threads=1).tables["keyframes"].to_pylist()
    assert [row["frame"] for row in rows] == [50, 100]
    for row in rows:
        assert row["time_s"] == row["frame"] / 25
        picture = np.asarray(Image.open(io.BytesIO(row["jpeg"])))
        assert picture.shape == (48, 64, 3)
        assert abs(float(picture.mean()) - 40 - row["frame"]) < 3


def test_the_same_film_gives_the_same_tables(short_film: Path, tmp_path: Path) -> None:
    one = process_film(short_film, ID, threads=2)
    two = process_film(short_film, ID, threads=1, thread_type="SLICE", scratch=tmp_path)
    keyframes = two.tables["keyframes"]
    assert isinstance(keyframes, Path)
    with pa.OSFile(str(keyframes)) as file:
        assert pa.ipc.open_file(file).read_all().equals(one.tables["keyframes"])
    for name in ("shots", "scores", "dialogue"):
        assert one.tables[name].equals(two.tables[name])
    assert one.video == two.video
    assert [path.name for path in tmp_path.iterdir()] == ["keyframes.arrow"]


def test_a_keyframe_that_was_not_kept_is_decoded_again(
    short_film: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    usual = process_film(short_film, ID, threads=1)
    chosen = film_pass.choose_keyframes
    monkeypatch.setattr(film_pass, "choose_keyframes", lambda *a: [frame + 1 for frame in chosen(*a)])
    other = process_film(short_film, ID, threads=1)
    frames = [row["frame"] for row in other.tables["keyframes"].to_pylist()]
    assert frames == [row["frame"] + 1 for row in usual.tables["keyframes"].to_pylist()]
    check(other)


def test_progress_rises_to_the_end(long_film: Path) -> None:
    told: list[float] = []
    result = process_film(long_film, ID, threads=2, on_progress=told.append)
    assert told == sorted(told)
    assert told[-1] >= 0.98 * result.video["duration_s"]


def test_a_film_that_was_cut_off_is_partial(tmp_path: Path) -> None:
    path = write_film(tmp_path / "whole.mp4", frames=200, size=(320, 192))
    whole = path.read_bytes()
    moov = whole.rfind(b"moov") - 4
    assert moov > 0
    cut = bytearray(whole)
    cut[moov // 2 : moov] = bytes(moov - moov // 2)
    path.write_bytes(cut)
    result = process_film(path, ID, threads=1, thread_type="SLICE")
    check(result)
    assert result.video["status"] == "partial"
    assert "200" in result.video["error"] or "could not be decoded" in result.video["error"]


def test_a_film_whose_pictures_were_patched_up_is_partial(tmp_path: Path) -> None:
    path = write_film(tmp_path / "flipped.mp4", frames=200, size=(320, 192))
    flipped = bytearray(path.read_bytes())
    # In the pictures, not in the index: the decoder hides what it cannot read and reports no error.
    for place in range(len(flipped) // 4, 3 * len(flipped) // 4, 97):
        flipped[place] ^= 0x55
    path.write_bytes(flipped)
    result = process_film(path, ID, threads=1, thread_type="SLICE")
    check(result)
    assert result.video["status"] == "partial"
    assert "damaged frames were patched up" in result.video["error"]


def test_subtitles_become_dialogue(real_videos: Path) -> None:
    result = process_film(real_videos / "films" / "nasa-webb-mirror.mp4", ID, threads=1)
    rows = result.tables["dialogue"].to_pylist()
    assert len(rows) == 8
    assert [row["line"] for row in rows] == list(range(8))
    assert all(row["text"] and row["end_s"] >= row["start_s"] for row in rows)


def test_a_missing_file_and_no_film_are_errors(tmp_path: Path) -> None:
    with pytest.raises(VideoNotFound):
        process_film(tmp_path / "none.mp4", ID, threads=1)
    (tmp_path / "text.mp4").write_text("no film")
    with pytest.raises(VideoRejected):
        process_film(tmp_path / "text.mp4", ID, threads=1)


# Frames that show, counted by decoding once with FFmpeg's own command line or as the origin states them.
FORMATS = {
    "-leading-dash-1x1px.mp4": 5,
    "animated.gif": 36,
    "edit-list-starts-1s.mp4": 270,
    "h264.flv": 30,
    "interlaced.mp4": 21,
    "mpeg4-vfr.avi": 96,
    "no-duration.webm": 74,
    "no-initial-keyframe.ts": 15,
    "odd-size-161x121-vp9.webm": 30,
    "pixel-aspect-2x1.mp4": 150,
    "pts-go-back.avi": 164,
    "rotated-180-vfr.mp4": 25,
    "subs-srt.mkv": 30,
    "ten-by-six-pixels.mp4": 1549,
    "two-video-streams-rotated.mp4": 53,
}


@pytest.mark.real_footage
@pytest.mark.parametrize("name", FORMATS)
def test_unusual_films_are_ok(real_videos: Path, name: str) -> None:
    result = process_film(real_videos / "formats" / name, ID, threads=1)
    check(result)
    assert (result.video["status"], result.video["error"]) == ("ok", "")
    assert result.video["frames"] == FORMATS[name]
    picture = Image.open(io.BytesIO(result.tables["keyframes"].column("jpeg")[0].as_py()))
    assert (picture.width > picture.height) == (result.video["width"] > result.video["height"])


@pytest.mark.real_footage
@pytest.mark.parametrize(
    ("name", "status"),
    [
        ("corrupt-after-28-frames.mp4", "partial"),
        ("invalid-nalu.mp4", "partial"),
        ("damaged-audio-fade-out.mp4", "ok"),
        ("non-utf8-metadata.3gp", "ok"),
    ],
)
def test_damaged_films_end_in_their_status(real_videos: Path, name: str, status: str) -> None:
    result = process_film(real_videos / "broken" / name, ID, threads=1, thread_type="SLICE")
    check(result)
    assert result.video["status"] == status
    assert bool(result.video["error"]) == (status == "partial")


@pytest.mark.real_footage
@pytest.mark.parametrize("name", ["invalid-bitstream-vp9.webm", "no-decodable-frame.mp4"])
def test_films_without_a_picture_are_an_error(real_videos: Path, name: str) -> None:
    with pytest.raises(DecodeError, match="none of its"):
        process_film(real_videos / "broken" / name, ID, threads=1)


@pytest.mark.skipif(sys.platform != "linux", reason="peak memory is read from /proc")
def test_memory_does_not_grow_with_the_film(real_videos: Path, tmp_path: Path) -> None:
    code = (
        "import json, sys; from pathlib import Path;"
        "from vidsearch_sdk.ingest.film_pass import process_film;"
        "result = process_film(Path(sys.argv[1]), '0' * 16, threads=2, scratch=Path(sys.argv[2]));"
        # Not ru_maxrss: a new process inherits that of the one that started it.
        "lines = Path('/proc/self/status').read_text().splitlines();"
        "peak = int(next(line.split()[1] for line in lines if line.startswith('VmHWM')));"
        "print(json.dumps([peak, result.video['frames'], 'pandas' in sys.modules, 'torch' in sys.modules]))"
    )
    film = real_videos / "formats" / "mpeg2-1080p-starts-1s5.ts"
    ended = subprocess.run(
        [sys.executable, "-c", code, str(film), str(tmp_path)], check=True, capture_output=True, text=True
    )
    peak, frames, pandas, torch = json.loads(ended.stdout)
    assert frames == 58
    assert peak * 1024 < 400e6
    assert not pandas
    assert not torch
