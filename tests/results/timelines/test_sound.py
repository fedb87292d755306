"""Sound comes along: as tracks, as channels, linked to its picture, and not where there is none."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import opentimelineio as otio
import pytest
from lxml import etree

from tests.results.conftest import Shelf
from tests.results.timelines.conftest import Film, Pick, results, write_film
from tests.results.timelines.readers import check_links, read_fcp7, read_fcpxml
from vidsearch_sdk.results.timelines.export import export

MakeFilm = Callable[..., Film]


@pytest.mark.parametrize(
    ("layouts", "channels", "letters", "tracks"),
    [
        ((), 0, "V", 0),
        (("mono",), 1, "B", 1),
        (("stereo",), 2, "AA/V", 2),
        (("5.1",), 6, "AA/V", 6),
        (("mono", "mono", "mono"), 3, "AA/V", 3),
        (("stereo", "stereo"), 2, "AA/V", 2),
    ],
)
def test_sound_comes_along(
    tmp_path: Path, shelf: Shelf, layouts: tuple[str, ...], channels: int, letters: str, tracks: int
) -> None:
    film = Film(write_film(tmp_path / "film.mkv", layouts))
    hits = results(shelf, [Pick(film, 10, 20), Pick(film, 0, 5)])
    assert f" {letters} " in export(hits, tmp_path / "a.edl", title="x").read_text()
    path = export(hits, tmp_path / "a.xml", title="x")
    read_fcp7(path)
    tree = etree.parse(str(path))
    assert len(tree.findall(".//sequence/media/audio/track")) == tracks
    assert tree.findtext(".//file/media/audio/channelcount") == (str(channels) if channels else None)
    path = export(hits, tmp_path / "a.fcpxml", title="x")
    read_fcpxml(path)
    (asset,) = etree.parse(str(path)).iter("asset")
    if layouts:
        assert asset.get("hasAudio") == "1"
        assert asset.get("audioRate") == "48000"
        assert asset.get("audioSources") == str(len(layouts))
    else:
        assert asset.get("hasAudio") is None
    document = json.loads(export(hits, tmp_path / "a.otio", title="x").read_text())
    kinds = [track["kind"] for track in document["tracks"]["children"]]
    assert kinds == ["Video", "Audio"][: 1 + bool(layouts)]


def test_a_silent_film_leaves_a_hole_in_the_sound(tmp_path: Path, shelf: Shelf, film: MakeFilm) -> None:
    silent = Film(write_film(tmp_path / "silent.mp4", ()))
    hits = results(shelf, [Pick(silent, 10, 20), Pick(film(), 0, 5)])
    read_fcp7(export(hits, tmp_path / "a.xml", title="x"))
    timeline = otio.adapters.read_from_file(str(tmp_path / "a.xml"), adapter_name="fcp_xml")
    (sound,) = timeline.audio_tracks()
    assert [type(one).__name__ for one in sound] == ["Gap", "Clip"]
    assert [one.duration().value for one in sound] == [10, 5]
    timeline = otio.adapters.read_from_file(str(export(hits, tmp_path / "a.otio", title="x")))
    (sound,) = timeline.audio_tracks()
    assert [type(one).__name__ for one in sound] == ["Gap", "Clip"]


def test_links_name_the_place_in_each_track(tmp_path: Path, shelf: Shelf) -> None:
    layouts = [("stereo",), ("mono",), (), ("5.1",), ("stereo",)]
    films = [Film(write_film(tmp_path / f"{number}.mkv", one)) for number, one in enumerate(layouts)]
    hits = results(shelf, [Pick(film, 2, 9) for film in [*films, films[0]]])
    path = export(hits, tmp_path / "a.xml", title="x")
    read_fcp7(path)  # follows every link
    tree = etree.parse(str(path))
    sixth = tree.find(".//clipitem[@id='clipitem-6']")
    assert [link.findtext("clipindex") for link in sixth.findall("link")] == ["6", "5", "4"]
    for item in tree.iterfind(".//audio/track/clipitem"):
        check_links(item, {one.get("id"): one for one in tree.iter("clipitem")})


def test_a_file_that_no_longer_opens_is_linked_without_sound(
    tmp_path: Path, shelf: Shelf, film: MakeFilm, caplog: pytest.LogCaptureFixture
) -> None:
    one = film()
    one.path.write_bytes(b"no film at all")
    path = export(results(shelf, [Pick(one, 0, 9)]), tmp_path / "a.edl", title="x")
    assert " V " in path.read_text()
    assert "without its sound" in caplog.text
