"""Several films: rates side by side, rates refused, and names that would fall together."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import opentimelineio as otio
import pycmx
import pytest
from lxml import etree

import vidsearch_sdk as vs
from tests.results.conftest import Shelf
from tests.results.timelines.conftest import Film, Pick, results
from tests.results.timelines.readers import count, read_fcp7, read_fcpxml, read_otio
from vidsearch_sdk.errors import QueryError
from vidsearch_sdk.results.timelines.export import export

MakeFilm = Callable[..., Film]
MIXED = ["24000/1001", "24", "25", "30000/1001", "30", "50", "60000/1001", "60", "48", "120"]


def test_one_edl_has_one_rate(tmp_path: Path, film: MakeFilm, shelf: Shelf) -> None:
    films = [film("a.mov", rate="24000/1001"), film("b.mov", rate="25"), film("c.mov", rate="25")]
    with pytest.raises(QueryError) as caught:
        export(results(shelf, [Pick(one, 0, 9) for one in films]), tmp_path / "a.edl", title="x")
    message = str(caught.value)
    assert all(word in message for word in ("23.976: a.mov", "25: b.mov, c.mov", "own", ".fcpxml"))
    assert not (tmp_path / "a.edl").exists()


def test_the_remedy_for_several_rates_works_as_it_is_written(
    tmp_path: Path, film: MakeFilm, shelf: Shelf
) -> None:
    rates = ["2997/100", "30000/1001", "24", "25", "25/2"]
    films = [film(f"{place}.mov", rate=rate) for place, rate in enumerate(rates)]
    # Picks of several searches: nothing that a search could keep to.
    hits = vs.Tray(results(shelf, [Pick(one, 10, 20) for one in films[:2]], query="a dog"))
    hits.add(results(shelf, [Pick(one, 20, 30) for one in films], query="a cat"))
    with pytest.raises(QueryError) as caught:
        hits.export(tmp_path / "a.edl")
    message = str(caught.value)
    (remedy,) = re.findall(r"vs\.Tray\(.*?\)\)|vs\.Tray\([^()]*\)", message)
    picks = eval(remedy, {"vs": vs, "hits": hits})
    assert [hit.frame_rate for hit in picks] == ["2997/100", "30000/1001"] * 2
    assert picks.export(tmp_path / "a.edl").read_text().count("FROM CLIP NAME") == 4
    assert "and the same with '24', '25', '25/2'" in message


def test_a_rate_beyond_two_digits_does_not_fit_an_edl(tmp_path: Path, film: MakeFilm, shelf: Shelf) -> None:
    hits = results(shelf, [Pick(film(rate="120"), 0, 9)])
    with pytest.raises(QueryError, match="99 frames"):
        export(hits, tmp_path / "a.edl", title="x")
    assert read_otio(export(hits, tmp_path / "a.otio", title="x"))[0].last == 9


def test_an_edl_ends_at_midnight(tmp_path: Path, film: MakeFilm, shelf: Shelf) -> None:
    hour = 3600 * 25
    one = film(frames=12 * hour)
    fits = results(shelf, [Pick(one, 0, 12 * hour), Pick(one, 0, 11 * hour)])
    assert "00:00:00:00" in export(fits, tmp_path / "a.edl", title="x").read_text()
    with pytest.raises(QueryError, match="23 hours"):
        export(
            results(shelf, [Pick(one, 0, 12 * hour), Pick(one, 0, 11 * hour), Pick(one, 0, 1)]),
            tmp_path / "b.edl",
            title="x",
        )


def test_source_timecode_starts_again_at_midnight(tmp_path: Path, film: MakeFilm, shelf: Shelf) -> None:
    one = film(rate="30000/1001", timecode="23:59:59;00", frames=300)
    hits = results(shelf, [Pick(one, 0, 90), Pick(one, 28, 30), Pick(one, 30, 40)])
    text = export(hits, tmp_path / "a.edl", title="x").read_text()
    edits = [edit for event in pycmx.parse_cmx3600(io.StringIO(text)).events for edit in event.edits]
    assert [(edit.source_in, edit.source_out) for edit in edits] == [
        ("23:59:59;00", "00:00:02;00"),
        ("23:59:59;28", "00:00:00;00"),
        ("00:00:00;00", "00:00:00;10"),
    ]
    # The other formats count on.
    for read, suffix in ((read_otio, ".otio"), (read_fcp7, ".xml"), (read_fcpxml, ".fcpxml")):
        clips = read(export(hits, tmp_path / f"a{suffix}", title="x"))
        assert [(clip.first, clip.last) for clip in clips] == [(0, 90), (28, 30), (30, 40)]


def test_drop_frame_and_not_side_by_side_in_an_edl(tmp_path: Path, film: MakeFilm, shelf: Shelf) -> None:
    drop = film("drop.mov", rate="30000/1001", timecode="01:00:00;00")
    not_drop = film("not.mov", rate="30000/1001", timecode="01:00:00:00")
    picks = [Pick(one, 1795, 1805) for one in (drop, not_drop, drop)]
    text = export(results(shelf, picks), tmp_path / "a.edl", title="x").read_text()
    modes = [line for line in text.splitlines() if line.startswith("FCM")]
    assert modes == ["FCM: DROP FRAME", "FCM: NON-DROP FRAME", "FCM: DROP FRAME"]
    edits = [edit for event in pycmx.parse_cmx3600(io.StringIO(text)).events for edit in event.edits]
    assert [edit.source_in for edit in edits] == ["01:00:59;25", "01:00:59:25", "01:00:59;25"]
    assert [edit.source_out for edit in edits] == ["01:01:00;07", "01:01:00:05", "01:01:00;07"]
    timeline = otio.adapters.read_from_string(text, "cmx_3600", rate=30000 / 1001)
    assert [clip.duration().value for clip in timeline.find_clips()][:3] == [10, 10, 10]


@pytest.mark.parametrize("first", MIXED)
def test_other_formats_hold_several_rates(tmp_path: Path, film: MakeFilm, shelf: Shelf, first: str) -> None:
    order = [first, *MIXED]
    films = {rate: film(f"{rate.replace('/', '-')}.mov", rate=rate, timecode="01:00:00:00") for rate in MIXED}
    picks = [Pick(films[rate], 37 * place, 37 * place + 1 + 13 * place) for place, rate in enumerate(order)]
    hits = results(shelf, picks)
    for read, suffix in ((read_otio, ".otio"), (read_fcp7, ".xml")):
        clips = read(export(hits, tmp_path / f"a{suffix}", title="x"))
        assert [(clip.first, clip.last) for clip in clips] == [(pick.start, pick.end) for pick in picks]
        assert [clip.rate for clip in clips] == [Fraction(rate) for rate in order]
    # A timeline of few frames a second does not show every frame of a film of many. Read as the last frame
    # seen: never one beyond the span, and less than a frame of the timeline before its end.
    path = export(hits, tmp_path / "a.fcpxml", title="x")
    rate = timeline_rate(path)
    for clip, pick in zip(read_fcpxml(path), picks, strict=True):
        assert clip.first == pick.start
        assert pick.end - max(1, clip.rate / rate) <= clip.last <= pick.end
        length = (pick.end - pick.start) / clip.rate * rate
        assert length <= clip.end - clip.start < length + 1


def timeline_rate(path: Path) -> Fraction:
    tree = etree.parse(str(path))
    sequence = tree.find(".//sequence")
    (form,) = tree.xpath(f"//format[@id='{sequence.get('format')}']")
    return 1 / Fraction(form.get("frameDuration")[:-1])


def test_the_timeline_has_the_rate_of_most_clips(tmp_path: Path, film: MakeFilm, shelf: Shelf) -> None:
    once, twice = film("once.mov", rate="50"), film("twice.mov", rate="30000/1001", timecode="00:00:00;00")
    hits = results(shelf, [Pick(once, 0, 50), Pick(twice, 0, 30), Pick(twice, 30, 60)])
    path = export(hits, tmp_path / "a.fcpxml", title="x")
    assert timeline_rate(path) == Fraction(30000, 1001)
    sequence = etree.parse(str(path)).find(".//sequence")
    assert sequence.get("tcFormat") == "DF"
    assert Fraction(sequence.get("tcStart")[:-1]) == count("01:00:00;00", 30) * Fraction(1001, 30000)
    rates = [one.get("srcFrameRate") for one in etree.parse(str(path)).iter("conform-rate")]
    assert rates == ["50"]


def test_final_cut_has_no_timelines_of_odd_rates(tmp_path: Path, film: MakeFilm, shelf: Shelf) -> None:
    hits = results(shelf, [Pick(film(rate="15"), 3, 7)])
    path = export(hits, tmp_path / "a.fcpxml", title="x")
    assert timeline_rate(path) == 30
    (clip,) = read_fcpxml(path)
    assert (clip.first, clip.last, clip.end - clip.start) == (3, 7, 8)


@pytest.mark.parametrize(
    "names",
    [
        ["day1/take.mov", "day2/take.mov", "other.mov"],
        ["my20video_a.mov", "my20video_b.mov", "MY20VIDEO_A.mp4"],
        ["Harbor at dawn (1).mp4", "Harbor at dawn (2).mp4", "Harbor.mp4", "HARBOR.mov"],
        ["雨.mov", "雪.mov", "🌧.mov", "#.mov", "%.mov"],
        ["\u00e9.mov", "e\u0301.mov", "E\u0301.mov"],
        ["a\x01.mov", "a\x02.mov", "a\udce9.mov", "a .mov"],
        ["AX.mov", "BL.mov", "BLACK.mov"],
        ["a/b/c/d/e/f/g/h/x.mov", "a2/b/c/d/e/f/g/h/x.mov"],
    ],
)
def test_reels_and_names_do_not_fall_together(
    tmp_path: Path, film: MakeFilm, shelf: Shelf, names: list[str]
) -> None:
    films = [film(name) for name in names]
    hits = results(shelf, [Pick(one, 0, 9) for one in films])
    text = export(hits, tmp_path / "a.edl", title="x").read_text()
    edits = [edit for event in pycmx.parse_cmx3600(io.StringIO(text)).events for edit in event.edits]
    reels = [edit.source for edit in edits]
    assert len(set(reels)) == len({edit.clip_name.casefold() for edit in edits}) == len(films)
    assert all(reel.isascii() and reel.isalnum() and len(reel) <= 8 for reel in reels)
    assert not {"AX", "BL", "BLACK"} & set(reels)
    for read, suffix in ((read_otio, ".otio"), (read_fcp7, ".xml"), (read_fcpxml, ".fcpxml")):
        clips = read(export(hits, tmp_path / f"a{suffix}", title="x"))
        assert [clip.reel for clip in clips] == reels
        assert [clip.file for clip in clips] == [str(one.path) for one in films]
    # The same picks give the same names, in any order.
    again = results(shelf, [Pick(one, 0, 9) for one in reversed(films)])
    text = export(again, tmp_path / "b.edl", title="x").read_text()
    edits = [edit for event in pycmx.parse_cmx3600(io.StringIO(text)).events for edit in event.edits]
    assert [edit.source for edit in edits] == reels[::-1]


def test_a_thousand_films_have_a_thousand_reels(film: MakeFilm) -> None:
    from vidsearch_sdk.results.timelines.names import reel_names

    films = {f"{number:016x}": Path(f"/films/Season 1 Episode {number}.mkv") for number in range(5000)}
    names = reel_names(films)
    assert len(set(names.values())) == 5000
    alone = {video_id: reel_names({video_id: path})[video_id] for video_id, path in films.items()}
    assert sum(alone[one] == names[one] for one in films) >= 4950


def test_an_edl_numbers_its_events_with_three_digits(tmp_path: Path, film: MakeFilm, shelf: Shelf) -> None:
    one = film()
    hits = results(shelf, [Pick(one, place, place + 2) for place in range(1200)])
    with pytest.raises(QueryError) as caught:
        export(hits, tmp_path / "a.edl", title="x")
    message = str(caught.value)
    assert all(word in message for word in ("999 events", "1,200", "hits[:999]", "hits[999:]", ".otio"))
    assert not (tmp_path / "a.edl").exists()
    for part, events in ((hits[:999], 999), (hits[999:], 201)):
        text = export(part, tmp_path / "a.edl", title="x", overwrite=True).read_text()
        edits = [edit for event in pycmx.parse_cmx3600(io.StringIO(text)).events for edit in event.edits]
        assert len(edits) == events
        track = otio.adapters.read_from_string(text, "cmx_3600", rate=25).video_tracks()[0]
        assert len(track) == events
    assert len(read_fcp7(export(hits, tmp_path / "a.xml", title="x"))) == 1200
