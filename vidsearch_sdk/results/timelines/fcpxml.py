"""Final Cut Pro's own XML (``fcpxml``), which Resolve reads as well.

Written here because OpenTimelineIO's adapter (otio-fcpx-xml-adapter 1.0) writes an empty frame duration for
23.976, 29.97 and 59.94 frames a second, takes times through floats, marks no drop-frame, and runs a program
that may not be there to learn a film's size.
"""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING
from xml.etree.ElementTree import Element, SubElement

from vidsearch_sdk.results.timelines.rates import is_ntsc, timebase, timeline_rate
from vidsearch_sdk.results.timelines.texts import clean, file_url, xml_document

if TYPE_CHECKING:
    from vidsearch_sdk.results.timelines.timeline import Clip, Placed, Source, Timeline

# 1.8 is the newest version whose assets name their file in one attribute; Final Cut Pro from 10.4 on and
# Resolve read it, and OpenTimelineIO's reader finds no files in newer ones.
_VERSION = "1.8"
_SIZE = (1920, 1080)
# The values that the format's definition allows for srcFrameRate.
_CONFORMED = {
    Fraction(24000, 1001): "23.98",
    Fraction(24): "24",
    Fraction(25): "25",
    Fraction(30000, 1001): "29.97",
    Fraction(30): "30",
    Fraction(48000, 1001): "47.95",
    Fraction(48): "48",
    Fraction(50): "50",
    Fraction(60000, 1001): "59.94",
    Fraction(60): "60",
}
_SAMPLE_RATES = {32_000: "32k", 44_100: "44.1k", 48_000: "48k", 88_200: "88.2k", 96_000: "96k"}


def fcpxml_text(timeline: Timeline) -> str:
    """Write a timeline as FCPXML: an event with a project, and an asset for every film.

    All times are exact fractions of a second that fall on frames: places on the timeline on frames of the
    timeline, places in a film on frames of the film, counted from its source timecode.
    """
    # Final Cut Pro has no timelines of other rates; what they hold may have any.
    rate = timeline_rate(timeline.rate)
    root = Element("fcpxml", version=_VERSION)
    resources = SubElement(root, "resources")
    formats: dict[tuple[Fraction, int, int], str] = {}
    sequence_format = _format(resources, formats, timeline.leading, rate)
    assets = {
        source.video_id: _asset(resources, formats, source, number)
        for number, source in enumerate(timeline.sources, start=1)
    }
    event = SubElement(root, "event", name=timeline.title)
    project = SubElement(event, "project", name=timeline.title)
    sequence = SubElement(
        project,
        "sequence",
        format=sequence_format,
        duration=_time(timeline.length(rate), rate),
        tcStart=_time(timeline.start(rate), rate),
        tcFormat=_counting(timeline.drops(rate)),
    )
    if any(source.channels for source in timeline.sources):
        sequence.set("audioLayout", "stereo")
        sequence.set("audioRate", _SAMPLE_RATES.get(timeline.leading.sound_rate, "48k"))
    spine = SubElement(sequence, "spine")
    for placed in timeline.placed(rate):
        asset, asset_format = assets[placed.clip.source.video_id]
        _asset_clip(spine, timeline, placed, rate, asset, asset_format)
    return xml_document(root)


def _asset_clip(
    spine: Element, timeline: Timeline, placed: Placed, rate: Fraction, asset: str, asset_format: str
) -> None:
    clip, source = placed.clip, placed.clip.source
    element = SubElement(
        spine,
        "asset-clip",
        name=clip.name,
        ref=asset,
        offset=_time(timeline.start(rate) + placed.start, rate),
        start=_time(source.start + clip.first, source.rate),
        duration=_time(placed.end - placed.start, rate),
        format=asset_format,
        tcFormat=_counting(source.drop),
    )
    if source.channels:
        element.set("audioRole", "dialogue")
    SubElement(element, "note").text = clip.note
    if source.rate != rate and source.rate in _CONFORMED:
        # Without it Final Cut Pro plays film of a near rate faster or slower, and the span ends elsewhere.
        SubElement(element, "conform-rate", scaleEnabled="0", srcFrameRate=_CONFORMED[source.rate])
    _marker(element, clip)


def _marker(element: Element, clip: Clip) -> None:
    source = clip.source
    SubElement(
        element,
        "marker",
        start=_time(source.start + clip.start, source.rate),
        # With handles the marker spans what was picked.
        duration=_time(clip.end - clip.start if clip.before or clip.after else 1, source.rate),
        value=clip.query or clip.name,
        note=clip.note,
    )


def _asset(
    resources: Element, formats: dict[tuple[Fraction, int, int], str], source: Source, number: int
) -> tuple[str, str]:
    name, in_format = f"a{number}", _format(resources, formats, source, source.rate)
    asset = SubElement(
        resources,
        "asset",
        id=name,
        name=clean(source.file_name),
        src=file_url(source.path),
        start=_time(source.start, source.rate),
        duration=_time(source.frames, source.rate),
        hasVideo="1",
        format=in_format,
    )
    if source.channels:
        asset.set("hasAudio", "1")
        asset.set("audioSources", str(len(source.sound)))
        asset.set("audioChannels", str(source.sound[0]))
        asset.set("audioRate", str(source.sound_rate))
    metadata = SubElement(asset, "metadata")
    SubElement(metadata, "md", key="com.apple.proapps.studio.reel", value=source.reel)
    return name, in_format


def _format(
    resources: Element, formats: dict[tuple[Fraction, int, int], str], source: Source, rate: Fraction
) -> str:
    width, height = (source.width, source.height) if source.width and source.height else _SIZE
    known = (rate, width, height)
    if known not in formats:
        formats[known] = f"r{len(formats) + 1}"
        SubElement(
            resources,
            "format",
            id=formats[known],
            frameDuration=_time(1, rate),
            width=str(width),
            height=str(height),
        )
    return formats[known]


def _time(frames: int, rate: Fraction) -> str:
    """Write a count of frames as seconds: ``48048/24000s``.

    Not reduced: the denominator then says the rate, as Final Cut Pro's own files have it.
    """
    if frames == 0:
        return "0s"
    if is_ntsc(rate):
        return f"{frames * 1001}/{timebase(rate) * 1000}s"
    return f"{frames * 100}/{timebase(rate) * 100}s"


def _counting(drop: bool) -> str:
    return "DF" if drop else "NDF"
