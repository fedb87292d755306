"""Every format, at every rate, read back by OpenTimelineIO and by a second reader: the same frames."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import opentimelineio as otio
import pandas as pd
import pycmx
import pytest

from tests.results.conftest import Shelf
from tests.results.timelines.conftest import Film, Pick, results
from tests.results.timelines.readers import Read, count, read_fcp7, read_fcpxml, read_otio
from vidsearch_sdk.results.timelines.export import export

RATES = [
    ("24000/1001", "01:00:00:00"),
    ("24", "00:00:00:00"),
    ("24", "01:00:00:00"),
    ("25", "10:59:59:24"),
    ("25", ""),
    ("30000/1001", "01:00:00;00"),
    ("30000/1001", "00:59:59;28"),
    ("30000/1001", "01:00:00:00"),
    ("30", "01:00:00:00"),
    ("50", "01:00:00:49"),
    ("60000/1001", "01:00:00;00"),
    ("60000/1001", "09:58:59;59"),
    ("60000/1001", "01:00:00:00"),
    ("60", ""),
]
named = pytest.mark.parametrize(
    ("rate", "timecode"), RATES, ids=[f"{rate.replace('/', '-')} {tc}" for rate, tc in RATES]
)
HOURS = 4


@pytest.fixture
def picked(film: Callable[..., Film], shelf: Shelf, rate: str, timecode: str) -> list[Pick]:
    base = round(Fraction(rate))
    length = HOURS * 3600 * base
    one = film(f"film {rate.replace('/', '-')}.mov", rate=rate, timecode=timecode, frames=length)
    picks = [Pick(one, 0, 1), Pick(one, 1, 3), Pick(one, length - 1, length), Pick(one, 0, length)]
    # Around every kind of minute: where labels are left out, where they are not, and where an hour turns.
    for minute in (1, 2, 9, 10, 11, 19, 20, 59, 60, 61, 119, 121):
        middle = minute * 60 * base
        for near in (-7, -2, -1, 0, 1, 2, 3, 9):
            start = middle + near - (minute - minute // 10) * (base // 15)
            picks.append(Pick(one, start, start + 1 + (minute * 7 + near) % (3 * base)))
    return picks


def expected(picks: list[Pick]) -> list[Read]:
    clips, at = [], 0
    for pick in picks:
        film, base = pick.film, round(pick.film.fraction)
        frames = pick.end - pick.start
        clips.append(
            Read(
                file=str(film.path),
                first=pick.start,
                last=pick.end,
                start=at,
                end=at + frames,
                film_start=count(film.timecode, base) if film.timecode else 0,
                rate=film.fraction,
                drop=";" in film.timecode,
                reel="",
            )
        )
        at += frames
    return clips


def without_reel(clips: list[Read]) -> list[Read]:
    assert len({clip.reel for clip in clips}) == 1
    assert all(1 <= len(clip.reel) <= 8 for clip in clips)
    return [replace(clip, reel="") for clip in clips]


@named
def test_otio(tmp_path: Path, shelf: Shelf, picked: list[Pick], rate: str) -> None:
    path = export(results(shelf, picked), tmp_path / "a.otio", title="Selects")
    assert without_reel(read_otio(path)) == expected(picked)
    timeline = otio.adapters.read_from_file(str(path))
    (track,) = timeline.video_tracks()
    for clip, pick, wanted in zip(track, picked, expected(picked), strict=True):
        assert clip.source_range.start_time == otio.opentime.RationalTime(
            wanted.film_start + pick.start, float(Fraction(rate))
        )
        assert clip.duration().value == pick.end - pick.start
        assert clip.available_range().start_time.value == wanted.film_start
        assert clip.available_range().duration.value == pick.film.frames
        place = clip.range_in_parent()
        assert (round(place.start_time.value), place.start_time.rate) == (wanted.start, float(Fraction(rate)))
    assert timeline.global_start_time.value == count(
        "01:00:00" + timeline_zero(picked), round(Fraction(rate))
    )
    (sound,) = timeline.audio_tracks()
    assert [clip.source_range for clip in sound] == [clip.source_range for clip in track]


def timeline_zero(picks: list[Pick]) -> str:
    return ";00" if ";" in picks[0].film.timecode else ":00"


@named
def test_fcp7_xml(tmp_path: Path, shelf: Shelf, picked: list[Pick], rate: str) -> None:
    path = export(results(shelf, picked), tmp_path / "a.xml", title="Selects")
    assert without_reel(read_fcp7(path)) == expected(picked)
    timeline = otio.adapters.read_from_file(str(path), adapter_name="fcp_xml")
    (track,) = timeline.video_tracks()
    for clip, pick, wanted in zip(track, picked, expected(picked), strict=True):
        assert clip.source_range.start_time.value == wanted.film_start + pick.start
        assert clip.source_range.duration.value == pick.end - pick.start
        assert clip.source_range.start_time.rate == pytest.approx(float(Fraction(rate)), rel=1e-15)
        assert clip.available_range().start_time.value == wanted.film_start
        assert clip.available_range().duration.value == pick.film.frames
        assert clip.media_reference.target_url.startswith("file://localhost/")


@named
def test_fcpxml(tmp_path: Path, shelf: Shelf, picked: list[Pick], rate: str) -> None:
    path = export(results(shelf, picked), tmp_path / "a.fcpxml", title="Selects")
    assert without_reel(read_fcpxml(path)) == expected(picked)
    (timeline,) = otio.adapters.read_from_string(path.read_text(), adapter_name="fcpx_xml")
    (track,) = timeline.video_tracks()
    clips = [clip for clip in track if isinstance(clip, otio.schema.Clip)]
    # This reader cuts floats off (29/25 s becomes 28 frames) and counts 29.97 as 29: it is right to one of
    # its own frames, so it confirms places and files; the strict reader above confirms the frames.
    frame = 1 / int(Fraction(rate))
    exact = Fraction(rate)
    for clip, pick, wanted in zip(clips, picked, expected(picked), strict=True):
        assert clip.source_range.start_time.to_seconds() == pytest.approx(
            float((wanted.film_start + pick.start) / exact), abs=frame + 1e-6
        )
        assert clip.source_range.duration.to_seconds() == pytest.approx(
            float((pick.end - pick.start) / exact), abs=frame + 1e-6
        )
        assert clip.media_reference.target_url == pick.film.path.as_uri()


@named
def test_edl(tmp_path: Path, shelf: Shelf, picked: list[Pick], rate: str) -> None:
    path = export(results(shelf, picked), tmp_path / "a.edl", title="Selects")
    base = round(Fraction(rate))
    # Lists are read by line ends as they are: no translation.
    text = path.read_bytes().decode()
    edits = [edit for event in pycmx.parse_cmx3600(io.StringIO(text)).events for edit in event.edits]
    begin = count("01:00:00" + timeline_zero(picked), base)
    for edit, wanted in zip(edits, expected(picked), strict=True):
        assert count(edit.source_in, base) == wanted.film_start + wanted.first
        assert count(edit.source_out, base) == wanted.film_start + wanted.last
        assert count(edit.record_in, base) - begin == wanted.start
        assert count(edit.record_out, base) - begin == wanted.end
        assert (edit.channels.video, edit.channels.a1, edit.channels.a2) == (True, True, True)
        assert edit.clip_name == Path(wanted.file).name
        assert edit.source_file == wanted.file
        assert (";" in edit.source_in) == (";" in edit.source_out) == wanted.drop
    timeline = otio.adapters.read_from_string(text, adapter_name="cmx_3600", rate=float(Fraction(rate)))
    (track,) = timeline.video_tracks()
    clips = [clip for clip in track if isinstance(clip, otio.schema.Clip)]
    for clip, wanted in zip(clips, expected(picked), strict=True):
        assert round(clip.source_range.start_time.value) == wanted.film_start + wanted.first
        assert round(clip.source_range.duration.value) == wanted.last - wanted.first
        assert clip.range_in_parent().start_time.value == pytest.approx(wanted.start, abs=1e-6)


@named
def test_csv(tmp_path: Path, shelf: Shelf, picked: list[Pick], rate: str) -> None:
    path = export(results(shelf, picked), tmp_path / "a.csv", title="Selects")
    base = round(Fraction(rate))
    table = pd.read_csv(path)
    with path.open(newline="", encoding="utf-8-sig") as file:
        rows = list(csv.DictReader(file))
    begin = count("01:00:00" + timeline_zero(picked), base)
    for seen, row, pick, wanted in zip(table.to_dict("records"), rows, picked, expected(picked), strict=True):
        assert (seen["start_frame"], seen["end_frame"]) == (pick.start, pick.end)
        assert count(row["source_in"], base) == wanted.film_start + wanted.first
        assert count(row["source_out"], base) == wanted.film_start + wanted.last
        assert count(row["record_in"], base) - begin == wanted.start
        assert count(row["record_out"], base) - begin == wanted.end
        assert Fraction(row["frame_rate"]) == Fraction(rate)
        assert row["drop_frame"] == ("yes" if wanted.drop else "no")
        assert seen["end_s"] - seen["start_s"] == pytest.approx(seen["duration_s"])
        assert row["file"] == wanted.file
