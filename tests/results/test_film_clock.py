"""Hits, players, reels and timelines name a frame alike, whatever is known of its film."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from tests.results.conftest import Shelf
from tests.results.timelines.conftest import TICKS, Film, Pick, results
from vidsearch_sdk.errors import VideoNotFound
from vidsearch_sdk.results.desk_tiles import clock_of, tile_of
from vidsearch_sdk.results.film_clock import film_clock
from vidsearch_sdk.results.reel import _film, _part
from vidsearch_sdk.results.search_results import SearchResults
from vidsearch_sdk.results.timelines.export import export
from vidsearch_sdk.timecode import source_timecode

START, END = 1800, 1850


@pytest.fixture
def shelf() -> Shelf:
    return Shelf()


def found(shelf: Shelf, stereo_file: Path, **facts: Any) -> SearchResults:
    return results(shelf, [Pick(Film(stereo_file, **facts), START, END)])


@pytest.fixture(scope="session")
def stereo_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    from tests.results.timelines.conftest import write_film

    return write_film(tmp_path_factory.mktemp("clock") / "stereo.mp4")


@pytest.mark.parametrize(
    ("rate", "start", "timecode"),
    [
        ("24", "01:00:00:00", "01:01:15:00"),
        ("24", "01:00:00;05", "01:01:15:05"),
        ("24000/1001", "01:00:00;00", "01:01:15:00"),
        ("23976/1000", "10:00:00:00", "10:01:15:00"),
        ("2997/100", "01:00:00;00", "01:01:00;02"),
        ("2997/100", "01:00:00:00", "01:01:00:00"),
        ("30000/1001", "01:00:00;00", "01:01:00;02"),
        ("30", "01:00:00;00", "01:01:00:00"),
        ("5994/100", "01:00:00;00", "01:00:30;00"),
        ("11988/100", "01:00:00:00", "01:00:15:00"),
        ("25", "1:00:00:00", "01:01:12:00"),
        ("25/2", "01:00:00:00", "01:02:24:00"),
        ("15", "01:00:00:00", "01:02:00:00"),
    ],
)
def test_hit_player_reel_and_timeline_agree(
    tmp_path: Path, shelf: Shelf, stereo_file: Path, rate: str, start: str, timecode: str
) -> None:
    hits = found(shelf, stereo_file, rate=rate, timecode=start)
    assert hits[0].timecode == timecode
    table = pd.read_csv(export(hits, tmp_path / "a.csv", title="x"))
    assert table["source_in"].tolist() == [timecode]
    tile, clock = tile_of(hits[0], at=0), clock_of(hits[0])
    assert tile["timecode"] == timecode
    # 12.5 frames a second have no timecode of their own to count on.
    assert bool(clock["start_timecode"]) == (rate != "25/2")
    if clock["start_timecode"]:
        counted = source_timecode(clock["first_frame"], Fraction(*clock["rate"]), clock["start_timecode"])
        assert counted == timecode
        assert tile["rate"] == clock["rate"]
    written = _part(hits[0], _film(hits[0], shelf.paths)).running.at(0, 0.0)
    assert written == (timecode if clock["start_timecode"] else hits[0].position)


def test_a_timecode_that_cannot_be_is_none(shelf: Shelf, stereo_file: Path) -> None:
    for rate, start in (("25", "01:00:00:27"), ("24", "nonsense"), (None, "01:00:00:00"), ("25", "")):
        hit = found(shelf, stereo_file, rate=rate, timecode=start, facts={"duration_s": None})[0]
        assert (hit.timecode, clock_of(hit)["start_timecode"]) == ("", "")
        assert clock_of(hit)["rate"] == (None if rate is None else [int(rate), 1])


@pytest.mark.parametrize("facts", [{"variable_rate": True}, {"duration_s": 4010.0}])
def test_where_frames_follow_no_rate_time_counts(
    tmp_path: Path, shelf: Shelf, stereo_file: Path, facts: dict[str, Any]
) -> None:
    one = Film(stereo_file, timecode="01:00:00:00", facts=facts)
    table = results(shelf, [Pick(one, START, END)]).table
    table = table.assign(start_pts=one.start_pts + 80 * TICKS, end_pts=one.start_pts + 82 * TICKS)
    hits = SearchResults(table, catalog=shelf, query_text="a", elapsed_s=0)
    assert hits[0].timecode == "01:01:20:00"
    assert pd.read_csv(export(hits, tmp_path / "a.csv", title="x"))["source_in"].tolist() == ["01:01:20:00"]
    # The player counts frame by frame, which names no true timecode here; it shows the place in the film.
    assert clock_of(hits[0])["start_timecode"] == ""
    assert clock_of(hits[0])["rate"] == [25, 1]


def test_the_hit_itself_tells_where_the_film_is_gone(shelf: Shelf, stereo_file: Path) -> None:
    hits = found(shelf, stereo_file, rate="2997/100", timecode="01:00:00;00")
    shelf.measured.clear()
    assert hits[0].timecode == "01:01:00;02"
    assert film_clock(hits[0]).rate == Fraction(30000, 1001)
    with pytest.raises(VideoNotFound):
        hits[0].footage.measured(hits[0].video_id)


def test_a_film_is_looked_up_once(shelf: Shelf, stereo_file: Path) -> None:
    one = Film(stereo_file, timecode="01:00:00:00")
    hits = results(shelf, [Pick(one, place, place + 9) for place in range(50)])
    assert len({(hit.timecode, hit.position) for hit in hits}) == 50
    assert shelf.asked == [one.video_id]
