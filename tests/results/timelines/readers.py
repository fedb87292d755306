"""Strict readers of the formats, written from their public descriptions and not from what we write.

Timecode: SMPTE ST 12-1. ``xmeml``: Apple's Final Cut Pro 7 XML Interchange Format. ``fcpxml``: Apple's FCPXML
reference. Every reader gives the same ``Read`` clips.
"""

from __future__ import annotations

import io
import json
import os
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from urllib.parse import unquote_to_bytes, urlsplit

from lxml import etree


@dataclass(frozen=True)
class Read:
    """A clip as a program would load it: frames of the film from 0, frames of the timeline from 0."""

    file: str
    first: int
    last: int
    start: int
    end: int
    film_start: int
    rate: Fraction
    drop: bool
    reel: str


def count(timecode: str, base: int) -> int:
    """Count the labels before a timecode, one minute at a time, and refuse labels that do not exist."""
    drop = ";" in timecode
    hours, minutes, seconds, frames = (int(part) for part in timecode.replace(";", ":").split(":"))
    assert max(minutes, seconds) < 60, timecode
    assert frames < base, timecode
    left_out = base // 15 if drop else 0
    if drop and minutes % 10 and seconds == 0:
        assert frames >= left_out, f"{timecode} is left out in drop-frame"
    total = 0
    for minute in range(hours * 60 + minutes):
        total += base * 60 - (left_out if minute % 10 else 0)
    total += seconds * base + frames
    if drop and minutes % 10:
        total -= left_out
    return total


def path_of(url: str) -> str:
    parts = urlsplit(url)
    assert (parts.scheme, parts.query, parts.fragment) == ("file", "", ""), url
    assert parts.netloc in {"", "localhost"}, url
    return os.fsdecode(unquote_to_bytes(parts.path))


def read_otio(path: Path) -> list[Read]:
    """Read the JSON as JSON, without OpenTimelineIO."""
    document = json.loads(path.read_text())
    (track,) = [one for one in document["tracks"]["children"] if one["kind"] == "Video"]
    clips, at = [], Fraction(0)
    timeline_rate = exact(document["global_start_time"]["rate"])
    for clip in track["children"]:
        media = clip["media_references"][clip["active_media_reference_key"]]
        film, span = media["available_range"], clip["source_range"]
        rate = exact(span["start_time"]["rate"])
        assert {exact(one[part]["rate"]) for one in (film, span) for part in ("start_time", "duration")} == {
            rate
        }
        first = whole(span["start_time"]["value"]) - whole(film["start_time"]["value"])
        last = first + whole(span["duration"]["value"])
        assert 0 <= first < last <= whole(film["duration"]["value"])
        start, at = at, at + Fraction(last - first) / rate
        about = media["metadata"]["vidsearch"]
        clips.append(
            Read(
                file=path_of(media["target_url"]),
                first=first,
                last=last,
                start=round(start * timeline_rate),
                end=round(at * timeline_rate),
                film_start=whole(film["start_time"]["value"]),
                rate=rate,
                drop=about["drop_frame"],
                reel=clip["metadata"]["cmx_3600"]["reel"],
            )
        )
    return clips


def exact(rate: float) -> Fraction:
    """The fraction that a double stands for."""
    for slow in (Fraction(1), Fraction(1000, 1001)):
        fraction = round(rate / float(slow)) * slow
        if float(fraction) == rate:
            return fraction
    raise AssertionError(f"{rate!r} is no frame rate")


def whole(value: float) -> int:
    assert value == int(value), value
    return int(value)


def read_fcp7(path: Path) -> list[Read]:
    """Follow every id and link; check counts against each other."""
    tree = etree.parse(str(path))
    assert tree.docinfo.doctype == "<!DOCTYPE xmeml>"
    root = tree.getroot()
    assert root.tag == "xmeml"
    assert root.get("version") in {"4", "5"}
    sequence = root.find("sequence")
    files = {one.get("id"): one for one in root.iter("file") if len(one)}
    items = {one.get("id"): one for one in root.iter("clipitem")}
    assert len(items) == len(list(root.iter("clipitem"))), "an id is there twice"
    timecode(sequence)
    rate_of(sequence)
    (track,) = sequence.findall("media/video/track")
    clips, at = [], 0
    for item in track.findall("clipitem"):
        file = files[item.find("file").get("id")]
        film_start, film_rate, drop = timecode(file)
        rate = rate_of(item)
        assert rate == rate_of(file) == film_rate
        assert int(item.findtext("duration")) == int(file.findtext("duration"))
        first, last = int(item.findtext("in")), int(item.findtext("out"))
        start, end = int(item.findtext("start")), int(item.findtext("end"))
        assert start == at
        assert 0 <= first < last <= int(file.findtext("duration"))
        at = end
        check_links(item, items)
        clips.append(
            Read(
                file=path_of(file.findtext("pathurl")),
                first=first,
                last=last,
                start=start,
                end=end,
                film_start=film_start,
                rate=rate,
                drop=drop,
                reel=file.findtext("timecode/reel/name"),
            )
        )
    assert at == int(sequence.findtext("duration"))
    return clips


def check_links(item: etree._Element, items: dict[str, etree._Element]) -> None:
    for link in item.findall("link"):
        other = items[link.findtext("linkclipref")]
        for part in ("in", "out", "start", "end"):
            assert other.findtext(part) == item.findtext(part)
        track = other.getparent()
        assert track.getparent().tag == link.findtext("mediatype")
        same_kind = track.getparent().findall("track")
        assert same_kind.index(track) + 1 == int(link.findtext("trackindex"))
        assert track.findall("clipitem").index(other) + 1 == int(link.findtext("clipindex"))


def rate_of(element: etree._Element) -> Fraction:
    base, ntsc = int(element.findtext("rate/timebase")), element.findtext("rate/ntsc")
    assert ntsc in {"TRUE", "FALSE"}
    return Fraction(base * 1000, 1001) if ntsc == "TRUE" else Fraction(base)


def timecode(element: etree._Element) -> tuple[int, Fraction, bool]:
    element = element.find("timecode")
    text, counting = element.findtext("string"), element.findtext("displayformat")
    assert (counting == "DF") == (";" in text)
    assert counting in {"DF", "NDF"}
    start = int(element.findtext("frame"))
    assert start == count(text, int(element.findtext("rate/timebase")))
    return start, rate_of(element), counting == "DF"


# What this package may write of FCPXML 1.8, after Apple's reference: which element holds which, in which
# order, with which attributes. Much is left out that Final Cut Pro allows; nothing is added.
FCPXML_SUBSET = """
<!ELEMENT fcpxml (resources, event)>
<!ATTLIST fcpxml version CDATA #FIXED "1.8">
<!ELEMENT resources (asset | format)*>
<!ELEMENT format EMPTY>
<!ATTLIST format id ID #REQUIRED frameDuration CDATA #REQUIRED width CDATA #REQUIRED height CDATA #REQUIRED>
<!ELEMENT asset (metadata?)>
<!ATTLIST asset id ID #REQUIRED name CDATA #IMPLIED src CDATA #REQUIRED start CDATA #IMPLIED
  duration CDATA #IMPLIED hasVideo CDATA #IMPLIED format IDREF #IMPLIED hasAudio CDATA #IMPLIED
  audioSources CDATA #IMPLIED audioChannels CDATA #IMPLIED audioRate CDATA #IMPLIED>
<!ELEMENT metadata (md*)>
<!ELEMENT md EMPTY>
<!ATTLIST md key CDATA #REQUIRED value CDATA #IMPLIED>
<!ELEMENT event (project)*>
<!ATTLIST event name CDATA #IMPLIED>
<!ELEMENT project (sequence)>
<!ATTLIST project name CDATA #IMPLIED>
<!ELEMENT sequence (note?, spine, metadata?)>
<!ATTLIST sequence format IDREF #REQUIRED duration CDATA #IMPLIED tcStart CDATA #IMPLIED
  tcFormat (DF | NDF) #IMPLIED audioLayout (mono | stereo | surround) #IMPLIED
  audioRate (32k | 44.1k | 48k | 88.2k | 96k | 176.4k | 192k) #IMPLIED>
<!ELEMENT spine (asset-clip)*>
<!ELEMENT asset-clip (note?, conform-rate?, marker*)>
<!ATTLIST asset-clip ref IDREF #REQUIRED name CDATA #IMPLIED offset CDATA #IMPLIED start CDATA #IMPLIED
  duration CDATA #IMPLIED format IDREF #IMPLIED tcFormat (DF | NDF) #IMPLIED audioRole CDATA #IMPLIED>
<!ELEMENT note (#PCDATA)>
<!ELEMENT conform-rate EMPTY>
<!ATTLIST conform-rate scaleEnabled (0 | 1) "1"
  srcFrameRate (23.98 | 24 | 25 | 29.97 | 30 | 60 | 47.95 | 48 | 50 | 59.94) #IMPLIED>
<!ELEMENT marker EMPTY>
<!ATTLIST marker start CDATA #REQUIRED duration CDATA #IMPLIED value CDATA #REQUIRED note CDATA #IMPLIED>
"""


def read_fcpxml(path: Path) -> list[Read]:
    """Validate, then read every time as a fraction that has to fall on a frame."""
    tree = etree.parse(str(path))
    assert tree.docinfo.doctype == "<!DOCTYPE fcpxml>"
    subset = etree.DTD(io.StringIO(FCPXML_SUBSET))
    assert subset.validate(tree), subset.error_log
    root = tree.getroot()
    resources = {one.get("id"): one for one in root.find("resources")}
    sequence = root.find("event/project/sequence")
    rate = 1 / seconds(resources[sequence.get("format")].get("frameDuration"))
    begin = on_frame(sequence.get("tcStart"), rate)
    clips, at = [], begin
    for clip in sequence.find("spine"):
        asset = resources[clip.get("ref")]
        film_rate = 1 / seconds(resources[asset.get("format")].get("frameDuration"))
        assert clip.get("format") == asset.get("format")
        film_start, length = (
            on_frame(asset.get("start"), film_rate),
            on_frame(asset.get("duration"), film_rate),
        )
        first = on_frame(clip.get("start"), film_rate) - film_start
        start, frames = on_frame(clip.get("offset"), rate), on_frame(clip.get("duration"), rate)
        assert start == at
        at += frames
        # The frame that is on when the last frame of the timeline begins is the last one seen.
        last = first + int(Fraction(frames - 1) / rate * film_rate) + 1
        assert 0 <= first < last <= length
        (marker,) = clip.findall("marker")
        mark = on_frame(marker.get("start"), film_rate) - film_start
        assert first <= mark < last
        clips.append(
            Read(
                file=path_of(asset.get("src")),
                first=first,
                last=last,
                start=start - begin,
                end=at - begin,
                film_start=film_start,
                rate=film_rate,
                drop=clip.get("tcFormat") == "DF",
                reel=asset.find("metadata/md").get("value"),
            )
        )
    assert at - begin == on_frame(sequence.get("duration"), rate)
    return clips


def seconds(text: str) -> Fraction:
    assert text.endswith("s"), text
    fraction = Fraction(text[:-1])
    parts = text[:-1].split("/")
    assert int(parts[0]) < 2**63
    assert int(parts[-1]) < 2**31
    return fraction


def on_frame(text: str, rate: Fraction) -> int:
    frames = seconds(text) * rate
    assert frames.denominator == 1, f"{text} falls between two frames"
    return int(frames)
