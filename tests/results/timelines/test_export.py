"""What is refused and how; how the file comes into being; what every format carries."""

from __future__ import annotations

import errno
import os
import re
from collections.abc import Callable
from pathlib import Path

import opentimelineio as otio
import pytest
from lxml import etree

from tests.results.conftest import Shelf, spans
from tests.results.timelines.conftest import Film, Pick, results
from tests.results.timelines.readers import read_fcp7, read_fcpxml, read_otio
from vidsearch_sdk.errors import QueryError, StorageError, VideoNotFound
from vidsearch_sdk.results.search_results import SearchResults
from vidsearch_sdk.results.timelines.export import FORMATS, export

every_format = pytest.mark.parametrize("suffix", [".otio", ".xml", ".fcpxml", ".edl", ".csv"])
MakeFilm = Callable[..., Film]


def test_these_are_all_formats() -> None:
    assert list(FORMATS) == [".otio", ".xml", ".fcpxml", ".edl", ".csv"]


@every_format
def test_nothing_picked_is_one_error(tmp_path: Path, suffix: str) -> None:
    with pytest.raises(QueryError, match="nothing was picked"):
        export([], tmp_path / f"a{suffix}", title="x")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["a.aaf", "a", "a.otio.gz", ".edl"])
def test_an_unknown_suffix_lists_the_known(tmp_path: Path, film: MakeFilm, shelf: Shelf, name: str) -> None:
    with pytest.raises(QueryError) as caught:
        export(results(shelf, [Pick(film(), 0, 9)]), tmp_path / name, title="x")
    assert all(suffix in str(caught.value) for suffix in FORMATS)


def test_a_suffix_in_capitals_is_known(tmp_path: Path, film: MakeFilm, shelf: Shelf) -> None:
    path = export(results(shelf, [Pick(film(), 0, 9)]), str(tmp_path / "A.EDL"), title="x")
    assert path.read_text().startswith("TITLE: x")


@every_format
def test_a_file_that_exists_stays_as_it_is(tmp_path: Path, film: MakeFilm, shelf: Shelf, suffix: str) -> None:
    hits, path = results(shelf, [Pick(film(), 0, 9)]), tmp_path / f"a{suffix}"
    path.write_text("mine")
    with pytest.raises(StorageError, match="overwrite=True"):
        export(hits, path, title="x")
    assert path.read_text() == "mine"
    assert export(hits, path, title="x", overwrite=True) == path
    assert path.read_text() != "mine"


def test_a_folder_is_no_file(tmp_path: Path, film: MakeFilm, shelf: Shelf) -> None:
    (tmp_path / "a.edl").mkdir()
    with pytest.raises(StorageError, match="folder"):
        export(results(shelf, [Pick(film(), 0, 9)]), tmp_path / "a.edl", title="x", overwrite=True)


def test_the_folder_is_made(tmp_path: Path, film: MakeFilm, shelf: Shelf) -> None:
    path = export(results(shelf, [Pick(film(), 0, 9)]), tmp_path / "new" / "deep" / "a.edl", title="x")
    assert path.is_file()


@pytest.mark.parametrize(
    "place", ["file.txt/a.edl", "a\x00b.edl", "a\ud800.edl", "n" * 300 + ".edl", "file.txt/b/a.edl"]
)
def test_a_place_that_cannot_be_is_a_storage_error(
    tmp_path: Path, film: MakeFilm, shelf: Shelf, place: str
) -> None:
    (tmp_path / "file.txt").write_text("")
    with pytest.raises(StorageError, match=r"cannot be written .*; choose "):
        export(results(shelf, [Pick(film(), 0, 9)]), tmp_path / place, title="x")
    assert {one.name for one in tmp_path.iterdir()} == {"file.txt", "films"}


@pytest.mark.parametrize("handles", [-1, float("nan"), float("inf"), "1", None, True, 10**9])
def test_handles_are_seconds(tmp_path: Path, film: MakeFilm, shelf: Shelf, handles: object) -> None:
    with pytest.raises(QueryError, match="handles_s"):
        export(
            results(shelf, [Pick(film(), 0, 9)]),
            tmp_path / "a.edl",
            title="x",
            handles_s=handles,  # type: ignore[arg-type]
        )


@every_format
def test_moved_films_are_named_together(tmp_path: Path, film: MakeFilm, shelf: Shelf, suffix: str) -> None:
    here, moved, gone = film("here.mov"), film("moved.mov"), film("gone.mov")
    hits = results(shelf, [Pick(one, 0, 9) for one in (here, moved, moved, gone)])
    del shelf.paths[moved.video_id], shelf.paths[gone.video_id]
    with pytest.raises(VideoNotFound) as caught:
        export(hits, tmp_path / f"a{suffix}", title="x")
    message = str(caught.value)
    assert all(word in message for word in ("2 films", "moved.mov", "gone.mov", "catalog.add"))
    assert "here.mov" not in message
    assert not (tmp_path / f"a{suffix}").exists()


def test_a_hit_without_a_catalog_says_so(tmp_path: Path, film: MakeFilm, shelf: Shelf) -> None:
    from dataclasses import replace

    hit = replace(results(shelf, [Pick(film(), 0, 9)])[0], footage=None, answer=None)
    with pytest.raises(QueryError, match="without a catalog"):
        export([hit], tmp_path / "a.edl", title="x")


@pytest.mark.parametrize("error", [errno.ENOSPC, errno.EIO, errno.EACCES])
def test_a_refusing_disk_leaves_what_was_there(
    tmp_path: Path, film: MakeFilm, shelf: Shelf, monkeypatch: pytest.MonkeyPatch, error: int
) -> None:
    hits, path = results(shelf, [Pick(film(), 0, 9)]), tmp_path / "out" / "a.xml"
    path.parent.mkdir()
    path.write_text("mine")

    def refuse(_: int) -> None:
        raise OSError(error, os.strerror(error))

    monkeypatch.setattr(os, "fsync", refuse)
    with pytest.raises(StorageError, match=rf"a\.xml cannot be written in .*{os.strerror(error)}"):
        export(hits, path, title="x", overwrite=True)
    assert [one.name for one in path.parent.iterdir()] == ["a.xml"]
    assert path.read_text() == "mine"


@every_format
def test_a_file_that_comes_meanwhile_stays(tmp_path: Path, film: MakeFilm, shelf: Shelf, suffix: str) -> None:
    path = tmp_path / f"a{suffix}"

    def come(share: float) -> None:
        path.write_text("mine")

    with pytest.raises(StorageError, match="overwrite=True"):
        export(results(shelf, [Pick(film(), 0, 9)]), path, title="x", on_progress=come)
    assert path.read_text() == "mine"
    assert {one.name for one in tmp_path.iterdir()} == {"films", path.name}


def test_progress_is_told_film_by_film_and_may_cancel_until_the_end(
    tmp_path: Path, film: MakeFilm, shelf: Shelf
) -> None:
    hits = results(shelf, [Pick(film(name), 0, 9) for name in ("a.mov", "b.mov", "a.mov", "c.mov")])
    told: list[float] = []
    export(hits, tmp_path / "a.edl", title="x", on_progress=told.append)
    assert told == [0, pytest.approx(1 / 3), pytest.approx(2 / 3), 1]

    for wanted in told:

        def cancel(share: float, at: float = wanted) -> None:
            if share == at:
                raise BrokenPipeError

        with pytest.raises(BrokenPipeError):
            export(hits, tmp_path / "b.edl", title="x", on_progress=cancel)
        assert {one.name for one in tmp_path.iterdir()} == {"films", "a.edl"}


@every_format
def test_query_and_score_travel_along(tmp_path: Path, film: MakeFilm, shelf: Shelf, suffix: str) -> None:
    hits = results(shelf, [Pick(film(), 0, 9)], query="a dog on a beach")
    path = export(hits, tmp_path / f"a{suffix}", title="x")
    text = path.read_text()
    assert "a dog on a beach" in text
    assert "score 0.81" in text


def test_the_note_is_where_programs_look_for_it(tmp_path: Path, film: MakeFilm, shelf: Shelf) -> None:
    hits = results(shelf, [Pick(film(), 5, 9)])
    xml = etree.parse(str(export(hits, tmp_path / "a.xml", title="x")))
    (marker,) = xml.iter("marker")
    assert [marker.findtext(part) for part in ("name", "in", "out")] == ["a dog", "5", "-1"]
    assert "score 0.81" in marker.findtext("comment")
    assert "score 0.81" in xml.findtext(".//logginginfo/lognote")
    fcpxml = etree.parse(str(export(hits, tmp_path / "a.fcpxml", title="x")))
    assert "score 0.81" in fcpxml.findtext(".//asset-clip/note")
    timeline = otio.adapters.read_from_file(str(export(hits, tmp_path / "a.otio", title="x")))
    (clip,) = timeline.video_tracks()[0]
    assert clip.metadata["vidsearch"]["score"] == 0.81
    assert clip.metadata["vidsearch"]["query"] == "a dog"
    assert clip.markers[0].name == "a dog"
    assert clip.markers[0].marked_range == clip.source_range
    assert "score 0.81" in clip.markers[0].comment


def test_a_score_that_is_not_known_is_left_out(tmp_path: Path, film: MakeFilm, shelf: Shelf) -> None:
    hits = results(shelf, [Pick(film(), 5, 9, score=float("nan"))])
    for suffix in FORMATS:
        text = export(hits, tmp_path / f"a{suffix}", title="x").read_text()
        assert not re.search(r"\bnan\b", text, re.IGNORECASE)
        assert "score 0" not in text


def test_handles_lengthen_clips_as_far_as_the_film_reaches(
    tmp_path: Path, film: MakeFilm, shelf: Shelf
) -> None:
    one = film(rate="24", timecode="01:00:00:00", frames=1000)
    picks = [Pick(one, 100, 150), Pick(one, 5, 50), Pick(one, 900, 990), Pick(one, 0, 1000)]
    spans_wanted = [(76, 174), (0, 74), (876, 1000), (0, 1000)]
    hits = results(shelf, picks)
    for read, suffix in ((read_otio, ".otio"), (read_fcp7, ".xml"), (read_fcpxml, ".fcpxml")):
        clips = read(export(hits, tmp_path / f"a{suffix}", title="x", handles_s=1.0))
        assert [(clip.first, clip.last) for clip in clips] == spans_wanted
        assert [clip.end - clip.start for clip in clips] == [98, 74, 124, 1000]
    timeline = otio.adapters.read_from_file(str(tmp_path / "a.otio"))
    marks = [clip.markers[0].marked_range for clip in timeline.video_tracks()[0]]
    assert [(mark.start_time.value - 86400, mark.duration.value) for mark in marks] == [
        (pick.start, pick.end - pick.start) for pick in picks
    ]
    xml = etree.parse(str(tmp_path / "a.xml"))
    assert [(int(m.findtext("in")), int(m.findtext("out"))) for m in xml.iter("marker")] == [
        (100, 150),
        (5, 50),
        (900, 990),
        (0, -1),  # a whole film has no handles
    ]
    assert "with handles of 24 and 24 frames" in (tmp_path / "a.xml").read_text()
    table = export(hits, tmp_path / "a.csv", title="x", handles_s=1.0).read_text()
    assert "01:00:03:04,01:00:07:06" in table
    assert ",100,150," in table


@pytest.mark.parametrize(("rate", "handles_s", "frames"), [("60", 0.1, 6), ("25", 0.7, 18), ("24", 1, 24)])
def test_handles_are_what_is_written(
    tmp_path: Path, film: MakeFilm, shelf: Shelf, rate: str, handles_s: float, frames: int
) -> None:
    # 0.7 s are 17.5 frames and round up; the binary number nearest to 0.7 would round down.
    hits = results(shelf, [Pick(film(rate=rate, frames=1000), 100, 150)])
    (clip,) = read_otio(export(hits, tmp_path / "a.otio", title="x", handles_s=handles_s))
    assert (clip.first, clip.last) == (100 - frames, 150 + frames)


@every_format
def test_a_span_of_shots_is_one_clip(
    tmp_path: Path, film: MakeFilm, shelf: Shelf, suffix: str, stereo_file: Path
) -> None:
    given = spans(1, 3)
    video_id = given["table"]["video_id"][0]
    shelf.measured[video_id] = {"start_pts": 900_000, "time_base": "1/90000", "frames": 1000}
    shelf.paths[video_id] = stereo_file
    hits = SearchResults(given["table"], catalog=shelf, query_text="a", elapsed_s=0, parts=given["parts"])
    path = export(hits, tmp_path / f"a{suffix}", title="x")
    if suffix in {".otio", ".xml", ".fcpxml"}:
        read = {".otio": read_otio, ".xml": read_fcp7, ".fcpxml": read_fcpxml}[suffix]
        (clip,) = read(path)
        assert (clip.first, clip.last) == (0, 180)
    else:
        assert "01:00:00:00" in path.read_text()
        assert "01:00:07:12" in path.read_text()
    assert "shots 0-2" in path.read_text()


def test_the_same_shot_twice_is_two_clips_of_one_film(tmp_path: Path, film: MakeFilm, shelf: Shelf) -> None:
    hits = results(shelf, [Pick(film(), 10, 20)] * 2)
    for read, suffix in ((read_otio, ".otio"), (read_fcp7, ".xml"), (read_fcpxml, ".fcpxml")):
        first, second = read(export(hits, tmp_path / f"a{suffix}", title="x"))
        assert (first.first, first.last, first.start) == (10, 20, 0)
        assert (second.first, second.last, second.start) == (10, 20, 10)
    tree = etree.parse(str(tmp_path / "a.fcpxml"))
    assert len(list(tree.iter("asset"))) == 1
    tree = etree.parse(str(tmp_path / "a.xml"))
    assert len([one for one in tree.iter("file") if len(one)]) == 1
