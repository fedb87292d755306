"""Films that no timeline was made for: without a rate, of a changing one, with a timecode that cannot be."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import pytest

from tests.results.conftest import Shelf
from tests.results.timelines.conftest import TICKS, Film, Pick, results
from tests.results.timelines.readers import read_fcp7, read_fcpxml, read_otio
from vidsearch_sdk.results.search_results import SearchResults
from vidsearch_sdk.results.timelines.export import export
from vidsearch_sdk.results.timelines.rates import FilmRate, film_rate

MakeFilm = Callable[..., Film]


def read_all(hits: SearchResults, tmp_path: Path) -> list[tuple[int, int]]:
    """Frames of the clips, the same in all formats."""
    found = []
    for read, suffix in ((read_otio, ".otio"), (read_fcp7, ".xml"), (read_fcpxml, ".fcpxml")):
        path = export(hits, tmp_path / f"a{suffix}", title="x", overwrite=True)
        found.append([(clip.first, clip.last) for clip in read(path)])
    assert found[0] == found[1] == found[2]
    return found[0]


@pytest.mark.parametrize(
    ("measured", "variable", "rate", "by_time"),
    [
        ("24", False, "24", False),
        ("2997/100", False, "30000/1001", False),
        ("23976/1000", False, "24000/1001", False),
        ("5994/100", False, "60000/1001", False),
        ("10000000/416667", False, "24", False),
        ("48", False, "48", False),
        ("120000/1001", False, "120000/1001", False),
        ("11988/100", False, "120000/1001", False),
        ("47952/1000", False, "48000/1001", False),
        ("4795/100", False, "48000/1001", False),
        ("14985/1000", False, "15000/1001", False),
        ("23976/100", False, "240000/1001", False),
        ("119999/1000", False, "120", False),
        ("119940/1000", False, "60", True),
        ("25/2", False, "25", True),
        ("24", True, "24", True),
        ("29", True, "30000/1001", True),
        ("733/27", True, "25", True),
        (None, False, "25", True),
        ("1/10000", False, "24", True),
    ],
)
def test_rates(measured: str | None, variable: bool, rate: str, by_time: bool) -> None:
    given = None if measured is None else Fraction(measured)
    found = film_rate(given, variable=variable)
    if measured == "1/10000":
        assert found.by_time
        return
    assert found == FilmRate(Fraction(rate), by_time=by_time)


def test_a_changing_rate_is_placed_by_time(tmp_path: Path, film: MakeFilm, shelf: Shelf) -> None:
    one = film(rate="30", frames=600, facts={"variable_rate": True, "duration_s": 30.0})
    # 600 frames in 30 s: the frames of the film are no measure of its time.
    hits = results(shelf, [Pick(one, 0, 9)])
    table = hits.table.assign(
        start_pts=one.start_pts + 10 * TICKS,
        end_pts=one.start_pts + 12 * TICKS,
        start_frame=111,
        end_frame=140,
    )
    hits = SearchResults(table, catalog=shelf, query_text="a", elapsed_s=0)
    assert read_all(hits, tmp_path) == [(300, 360)]
    assert "placed by time at 30 frames per second" in (tmp_path / "a.xml").read_text()


def test_no_rate_at_all(tmp_path: Path, film: MakeFilm, shelf: Shelf) -> None:
    one = film(rate=None, frames=1, facts={"duration_s": 0.04})
    assert read_all(results(shelf, [Pick(one, 0, 1)]), tmp_path) == [(0, 1)]
    known = film("b.mov", rate=None, frames=2400, facts={"duration_s": 100.0})
    hits = results(shelf, [Pick(known, 0, 25)])
    # Its length tells: 24 frames a second.
    assert read_all(hits, tmp_path) == [(0, 25)]
    assert read_otio(tmp_path / "a.otio")[0].rate == 24


def test_a_rate_that_timecode_does_not_know(tmp_path: Path, film: MakeFilm, shelf: Shelf) -> None:
    one = film(rate="25/2", frames=1250)
    assert read_all(results(shelf, [Pick(one, 10, 20), Pick(one, 1249, 1250)]), tmp_path) == [
        (20, 40),
        (2498, 2500),
    ]


def test_missing_frames_do_not_move_what_follows(tmp_path: Path, film: MakeFilm, shelf: Shelf) -> None:
    # 10 of 2500 frames were lost: too few to call the rate changing.
    one = film(rate="25", frames=2490, facts={"duration_s": 100.0})
    hits = results(shelf, [Pick(one, 0, 9)])
    table = hits.table.assign(
        start_pts=one.start_pts + 80 * TICKS,
        end_pts=one.start_pts + 90 * TICKS,
        start_frame=1990,
        end_frame=2240,
    )
    assert read_all(SearchResults(table, catalog=shelf, query_text="a", elapsed_s=0), tmp_path) == [
        (2000, 2250)
    ]


@pytest.mark.parametrize("time_base", ["1/1000", "1/90000", "1/24000", "1001/60000"])
@pytest.mark.parametrize("rate", ["24000/1001", "25", "60000/1001"])
def test_by_time_and_by_number_agree_where_the_rate_is_steady(
    tmp_path: Path, film: MakeFilm, shelf: Shelf, rate: str, time_base: str
) -> None:
    length = 500_000
    one = film(rate=rate, frames=length, facts={"variable_rate": True, "time_base": time_base})
    spans = [(0, 1), (1, 2), (99_999, 100_003), (123_456, 234_567), (length - 1, length)]
    hits = results(shelf, [Pick(one, *span) for span in spans])
    tick = Fraction(time_base)

    def at(frame: int) -> int:
        return one.start_pts + round(frame / Fraction(rate) / tick)

    table = hits.table
    table["start_pts"] = [at(start) for start, _ in spans]
    table["end_pts"] = [at(end) for _, end in spans]
    table["time_base"] = time_base
    hits = SearchResults(table, catalog=shelf, query_text="a", elapsed_s=0)
    assert read_all(hits, tmp_path) == spans


def test_no_source_timecode_counts_from_zero(tmp_path: Path, film: MakeFilm, shelf: Shelf) -> None:
    path = export(results(shelf, [Pick(film(), 25, 50)]), tmp_path / "a.edl", title="x")
    assert "00:00:01:00 00:00:02:00 01:00:00:00 01:00:01:00" in path.read_text()


@pytest.mark.parametrize(
    ("rate", "timecode"), [("25", "01:00:00:27"), ("24", "99:99:99:99"), ("30", "nonsense"), ("25", "1:2")]
)
def test_a_timecode_that_cannot_be_is_told(
    tmp_path: Path,
    film: MakeFilm,
    shelf: Shelf,
    caplog: pytest.LogCaptureFixture,
    rate: str,
    timecode: str,
) -> None:
    hits = results(shelf, [Pick(film(rate=rate, timecode=timecode), 0, 9)])
    path = export(hits, tmp_path / "a.edl", title="x")
    assert "counted from 00:00:00:00" in path.read_text()
    assert "counted from 00:00:00:00" in caplog.text
    assert " 00:00:00:00 00:00:00:09 " in path.read_text()


def test_a_semicolon_means_nothing_without_drop_frame(tmp_path: Path, film: MakeFilm, shelf: Shelf) -> None:
    one = film(rate="24000/1001", timecode="01:00:00;05")
    text = export(results(shelf, [Pick(one, 0, 9)]), tmp_path / "a.edl", title="x").read_text()
    assert " 01:00:00:05 01:00:00:14 " in text
    assert "FCM: NON-DROP FRAME" in text


def test_a_record_that_knows_little(tmp_path: Path, shelf: Shelf, film: MakeFilm) -> None:
    one = film(rate="24")
    hits = results(shelf, [Pick(one, 100, 150)])
    shelf.measured[one.video_id] = {}
    assert read_all(hits, tmp_path) == [(100, 150)]
