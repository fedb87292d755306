import pickle
from dataclasses import FrozenInstanceError
from fractions import Fraction
from pathlib import Path

import pytest

from tests.results.conftest import FILM
from tests.results.hostile import HOSTILE
from vidsearch_sdk.errors import DamagedError, StorageError, VideoNotFound
from vidsearch_sdk.sample.assets import film_path
from vidsearch_sdk.video.frames import FrameReader
from vidsearch_sdk.video.probe import probe


def test_a_hit_is_its_row(found):
    table = found(3, show="Dark")
    hit = table[1]
    for name, value in table.table.iloc[1].items():
        assert hit[name] == value
    assert hit.own == {"show": "Dark"}
    assert (hit.rank, hit.shot_id, hit.start_s, hit.end_pts) == (2, f"{FILM}-1", 12.5, 1_350_000)
    assert type(hit.start_pts) is int
    with pytest.raises(KeyError):
        hit["nothing"]


def test_a_hit_cannot_be_changed_and_can_be_kept(found):
    hit = found(1, show=["a", "list"])[0]
    with pytest.raises(FrozenInstanceError):
        hit.rank = 2
    assert len({hit, hit}) == 1
    assert pickle.loads(pickle.dumps(hit)) == hit


def test_position_counts_from_the_films_first_frame_and_timecode_from_its_label(found):
    hit = found(3)[2]
    assert hit.start_s == 15.0
    assert hit.position == "00:00:05.000"
    assert hit.timecode == "01:00:05:00"


@pytest.mark.parametrize("rate", ["0/0", "nonsense", float("nan"), None])
def test_no_timecode_without_a_rate(found, rate):
    assert found(1, frame_rate=rate)[0].timecode == ""


@pytest.mark.parametrize(
    ("rate", "label"), [("24000/1001", "01:00:05:00"), (23.976023976, "01:00:05:00"), (24, "01:00:05:00")]
)
def test_the_rate_may_be_written_in_any_way(found, rate, label):
    assert found(3, frame_rate=rate)[2].timecode == label


def test_missing_texts_are_empty(found):
    hit = found(1, source_timecode=None, opened_by=float("nan"))[0]
    assert (hit.source_timecode, hit.opened_by, hit.timecode) == ("", "", "")


def test_a_film_is_looked_up_once(found, shelf):
    assert len({hit.position for hit in found(8)}) == 8
    assert shelf.asked == [FILM]


def test_the_keyframe_is_a_picture(found, shelf):
    hit = found(1)[0]
    assert hit.image().size == (640, 360)
    assert hit.image().mode == "RGB"
    shelf.pictures[hit.shot_id] = b"junk"
    with pytest.raises(DamagedError, match="verify"):
        hit.image()


def test_one_hit_shows_itself(found):
    hit = found(2)[1]
    assert hit._repr_html_().count("<img ") == 1
    assert str(hit) == "2. Harbor at dawn.mp4 at 00:00:02.500, score 0.91"
    assert "footage" not in repr(hit)


def test_a_hit_without_a_score_says_no_number(found):
    hit = found(1, score=float("nan"))[0]
    assert str(hit) == "1. Harbor at dawn.mp4 at 00:00:00.000, score –"


def test_no_clip_of_a_film_that_is_gone(found, tmp_path):
    with pytest.raises(VideoNotFound, match="moved"):
        found(1)[0].clip(tmp_path / "out.mp4")
    assert list(tmp_path.iterdir()) == []


def test_a_clip_never_replaces_what_you_named_unless_told(found, shelf, tmp_path):
    film = tmp_path / "film.mp4"
    film.write_bytes(b"a film")
    shelf.paths[FILM] = film
    hit = found(1)[0]
    with pytest.raises(StorageError, match="overwrite=True"):
        hit.clip(film)
    with pytest.raises(StorageError, match="the film itself"):
        hit.clip(film, overwrite=True)
    assert film.read_bytes() == b"a film"


@pytest.mark.parametrize(
    "name", [*HOSTILE, "../../etc/passwd", "/abs/x.mkv", "-rf", ".hidden", "CON", "日本" * 200, "", "  "]
)
def test_a_clip_is_named_safely_whatever_the_film_is_called(found, tmp_path, name):
    safe = found(1, name=name)[0].clip_name
    assert len(safe.encode()) <= 200
    assert Path(safe).name == safe
    assert not safe.startswith(("-", "."))
    assert safe.endswith(f"_00.00.00.000_{FILM}-0.mp4")
    (tmp_path / safe).write_bytes(b"")


def test_a_clip_holds_exactly_the_frames_of_the_shot(found, shelf, tmp_path, monkeypatch):
    shelf.paths[FILM] = film_path()
    ticks = int(Fraction(1, 24) / probe(film_path()).time_base)
    hit = found(1, start_pts=48 * ticks, end_pts=60 * ticks, start_s=2.0, end_s=2.5)[0]
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    for out in (hit.clip(), hit.clip(), hit.clip(tmp_path), hit.clip(tmp_path / "dog.mp4")):
        with FrameReader(out) as reader:
            assert len(list(reader)) == 12
    assert sorted(path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*.mp4")) == [
        hit.clip_name,
        "dog.mp4",
        f"here/{hit.clip_name}",
    ]
    with pytest.raises(StorageError, match="overwrite=True"):
        hit.clip(tmp_path / "dog.mp4")
    assert hit.clip(tmp_path / "dog.mp4", overwrite=True) == tmp_path / "dog.mp4"
