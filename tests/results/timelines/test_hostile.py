"""Texts and paths from outside stay texts and paths in every format."""

from __future__ import annotations

import csv
import io
import os
import re
from collections.abc import Callable
from pathlib import Path
from urllib.parse import unquote_to_bytes

import opentimelineio as otio
import pandas as pd
import pycmx
import pytest
from lxml import etree

from tests.results.conftest import Shelf
from tests.results.hostile import HOSTILE
from tests.results.timelines.conftest import Film, Pick, results
from tests.results.timelines.readers import read_fcp7, read_fcpxml, read_otio
from vidsearch_sdk.results.timelines.export import export
from vidsearch_sdk.results.timelines.texts import clean

MakeFilm = Callable[..., Film]
TEXTS = [
    *HOSTILE,
    "&<>\"'",
    "a\nb\r\nc",
    "Café 🎬 雨 שלום",
    "x" * 300,
    "\x00\x01\x08\x0b\x0c\x0e\x1f\x7f\ufffe\uffff",
    "* FROM CLIP NAME: other.mov",
    "\n002  AX       V     C        00:00:00:00 00:00:00:01 00:00:00:00 00:00:00:01",
    "]]>",
    "&amp;#0;",
    "=1+1",
    "+1",
    "-1",
    "@SUM(A1)",
    "\t=1",
    "=cmd|' /C calc'!A0",
    '","x',
    "",
    "   ",
]


@pytest.mark.parametrize("text", TEXTS, ids=range(len(TEXTS)))
def test_texts(tmp_path: Path, film: MakeFilm, shelf: Shelf, text: str) -> None:
    one = film(timecode="01:00:00:00")
    one.name = text or " "
    hits = results(shelf, [Pick(one, 0, 25), Pick(one, 30, 40)], query=text)
    said = clean(text)
    spans = [(0, 25), (30, 40)]

    def write(suffix: str) -> Path:
        return export(hits, tmp_path / f"a{suffix}", title=text)

    for read, suffix in ((read_otio, ".otio"), (read_fcp7, ".xml"), (read_fcpxml, ".fcpxml")):
        assert [(clip.first, clip.last) for clip in read(write(suffix))] == spans
    timeline = otio.adapters.read_from_file(str(tmp_path / "a.otio"))
    assert timeline.name == clean(text, limit=200) or timeline.name == "Shots"
    assert timeline.video_tracks()[0][0].metadata["vidsearch"]["query"] == said
    xml = etree.parse(str(tmp_path / "a.xml"))
    assert {element.tag for element in xml.iter()} <= XMEML_NAMES
    assert xml.findtext(".//marker/name") == (said or xml.findtext(".//clipitem/name"))
    fcpxml = etree.parse(str(tmp_path / "a.fcpxml"))
    assert fcpxml.find(".//marker").get("value") == (said or fcpxml.find(".//asset-clip").get("name"))

    edl = write(".edl").read_bytes().decode()
    edits = [edit for event in pycmx.parse_cmx3600(io.StringIO(edl)).events for edit in event.edits]
    assert [edit.source_in for edit in edits] == ["01:00:00:00", "01:00:01:05"]
    assert {edit.clip_name for edit in edits} == {"harbor.mov"}
    assert all(line.isprintable() for line in edl.split("\r\n"))

    table = write(".csv")
    with table.open(newline="", encoding="utf-8-sig") as file:
        rows = list(csv.reader(file))
    assert {len(row) for row in rows} == {23}
    assert not [cell for row in rows for cell in row if cell[:1] in {"=", "+", "-", "@", "\t", "\r"} and cell]
    seen = pd.read_csv(table)
    assert seen["score"].tolist() == [0.81, 0.81]
    assert seen["start_frame"].tolist() == [0, 30]


XMEML_NAMES = set(
    """
    xmeml sequence name duration rate timebase ntsc timecode string frame displayformat media video audio
    format samplecharacteristics width height pixelaspectratio fielddominance track clipitem masterclipid
    enabled start end in out file pathurl reel depth samplerate channelcount link linkclipref mediatype
    trackindex clipindex marker comment logginginfo lognote comments mastercomment1 locked numOutputChannels
    outputchannelindex sourcetrack
    """.split()  # noqa: SIM905
)


def test_a_negative_number_stays_a_number(tmp_path: Path, film: MakeFilm, shelf: Shelf) -> None:
    one = film(start_pts=-900_000)
    path = export(results(shelf, [Pick(one, 0, 25)]), tmp_path / "a.csv", title="x")
    assert pd.read_csv(path)["start_s"].tolist() == [-10.0]


@pytest.mark.parametrize(
    "name",
    [
        "a b.mov",
        "Übergröße é.mov",
        "u\u0308ber.mov",
        "#1 100% sure? [x] & y+z;a=b.mov",
        "%41.mov",
        "雨🎬.mov",
        "quote'\".mov",
        "back\\slash.mov",
        "day 1/#2/take %20.mov",
        "latin\udce9.mov",
        "two  spaces   .mov",
        "/".join(["雨" * 80] * 6 + ["deep.mov"]),
        "line\nbreak\u2028\x85\x7f.mov",
        "trailing .mov ",
    ],
)
def test_paths(tmp_path: Path, film: MakeFilm, shelf: Shelf, name: str) -> None:
    one = film(name)
    hits = results(shelf, [Pick(one, 0, 25)])
    for read, suffix in ((read_otio, ".otio"), (read_fcp7, ".xml"), (read_fcpxml, ".fcpxml")):
        path = export(hits, tmp_path / f"a{suffix}", title="x")
        assert read(path)
        text = path.read_text()
        start = text.index("file://")
        url = text[start : min(text.index(end, start) for end in '"<' if text.find(end, start) >= 0)]
        assert url.isascii()
        assert not set(url) & set(' #?"<>\\')
        assert url.startswith("file://localhost/" if suffix == ".xml" else "file:///")
        found = unquote_to_bytes(url.removeprefix("file://").removeprefix("localhost"))
        assert found == os.fsencode(one.path)
    # What no line of UTF-8 can hold is left out, all else is there: not composed, not collapsed, not cut.
    written = re.sub("[\n\u2028\x85\x7f\udce9]", "", str(one.path))
    lines = export(hits, tmp_path / "a.edl", title="x").read_bytes().decode().split("\r\n")
    assert [line for line in lines if line.startswith("* SOURCE FILE: ")] == [f"* SOURCE FILE: {written}"]
    with export(hits, tmp_path / "a.csv", title="x").open(newline="", encoding="utf-8-sig") as file:
        assert [row["file"] for row in csv.DictReader(file)] == [written]
