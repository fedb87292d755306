"""Final Cut Pro 7 XML (``xmeml``), the format that Premiere and Resolve read.

Written here because OpenTimelineIO's adapter (otio-fcp-adapter 1.0) has no drop-frame: it writes ``NDF`` and
a wrong timecode string for such films. It also writes no reel, no sound of a film with pictures, no size, and
leaves a file's address as it is, without the ``localhost`` that Final Cut Pro 7 itself wrote.
"""

from __future__ import annotations

from collections import Counter
from fractions import Fraction
from typing import TYPE_CHECKING
from xml.etree.ElementTree import Element, SubElement

from vidsearch_sdk.results.timelines.rates import is_ntsc, timebase
from vidsearch_sdk.results.timelines.texts import clean, file_url, xml_document
from vidsearch_sdk.timecode import timecode_of_frames

if TYPE_CHECKING:
    from vidsearch_sdk.results.timelines.timeline import Clip, Placed, Source, Timeline

_USUAL_SIZE = (1920, 1080)

# Number of a clip and channel of its sound, 0 for the picture, to its place in that track, from 1.
_Indexes = dict[tuple[int, int], int]


def fcp7_xml_text(timeline: Timeline) -> str:
    """Write a timeline as Final Cut Pro 7 XML, version 5.

    ``start`` and ``end`` of a clip count frames of the timeline, ``in`` and ``out`` frames of the film from
    its first one; the film's ``timecode`` tells where that one lies. Every film is described once, at its
    first use. Each channel of sound has a track of its own, linked to the picture.
    """
    root = Element("xmeml", version="5")
    sequence = SubElement(root, "sequence", id="sequence-1")
    _add(sequence, "name", timeline.title)
    _add(sequence, "duration", timeline.length())
    _rate(sequence, timeline.rate)
    _timecode(sequence, timeline.start(), timeline.rate, drop=timeline.drop)
    media = SubElement(sequence, "media")
    described: set[str] = set()
    indexes = _indexes(timeline)
    _video(SubElement(media, "video"), timeline, described, indexes)
    if any(source.channels for source in timeline.sources):
        _audio(SubElement(media, "audio"), timeline, described, indexes)
    return xml_document(root)


def _video(video: Element, timeline: Timeline, described: set[str], indexes: _Indexes) -> None:
    leading = timeline.leading
    about = SubElement(SubElement(video, "format"), "samplecharacteristics")
    _rate(about, timeline.rate)
    _size(about, leading, usual=True)
    _add(about, "pixelaspectratio", "square")
    _add(about, "fielddominance", "none")
    track = SubElement(video, "track")
    for placed in timeline.placed():
        item = _clipitem(track, placed, _item_id(placed, 0), described)
        _links(item, placed, indexes)
        _notes(item, placed.clip)
    _add(track, "enabled", "TRUE")
    _add(track, "locked", "FALSE")


def _audio(audio: Element, timeline: Timeline, described: set[str], indexes: _Indexes) -> None:
    count = max(source.channels for source in timeline.sources)
    stereo = {source.channels for source in timeline.sources if source.channels} == {2}
    _add(audio, "numOutputChannels", 2)
    about = SubElement(SubElement(audio, "format"), "samplecharacteristics")
    _add(about, "depth", 16)
    _add(about, "samplerate", timeline.leading.sound_rate or 48_000)
    for channel in range(1, count + 1):
        track = SubElement(audio, "track")
        if stereo:
            # Premiere's own mark of the two halves of one stereo track; others pass over it.
            track.set("currentExplodedTrackIndex", str(channel - 1))
            track.set("totalExplodedTrackCount", "2")
            track.set("premiereTrackType", "Stereo")
        for placed in timeline.placed():
            if placed.clip.source.channels < channel:
                continue
            item = _clipitem(track, placed, _item_id(placed, channel), described)
            if stereo:
                item.set("premiereChannelType", "stereo")
            from_file = SubElement(item, "sourcetrack")
            _add(from_file, "mediatype", "audio")
            _add(from_file, "trackindex", channel)
            _links(item, placed, indexes)
        _add(track, "enabled", "TRUE")
        _add(track, "locked", "FALSE")
        _add(track, "outputchannelindex", (channel - 1) % 2 + 1)


def _clipitem(track: Element, placed: Placed, name: str, described: set[str]) -> Element:
    clip, source = placed.clip, placed.clip.source
    item = SubElement(track, "clipitem", id=name)
    _add(item, "masterclipid", f"masterclip-{source.reel}")
    _add(item, "name", clip.name)
    _add(item, "enabled", "TRUE")
    _add(item, "duration", source.frames)
    _rate(item, source.rate)
    _add(item, "start", placed.start)
    _add(item, "end", placed.end)
    _add(item, "in", clip.first)
    _add(item, "out", clip.last)
    file = SubElement(item, "file", id=f"file-{source.reel}")
    if source.video_id not in described:
        described.add(source.video_id)
        _file(file, source)
    return item


def _file(file: Element, source: Source) -> None:
    _add(file, "name", source.file_name)
    # As it is: an address of percent forms may be long, and cut it leads nowhere.
    SubElement(file, "pathurl").text = file_url(source.path, localhost=True)
    _rate(file, source.rate)
    _add(file, "duration", source.frames)
    timecode = _timecode(file, source.start, source.rate, drop=source.drop)
    _add(SubElement(timecode, "reel"), "name", source.reel)
    media = SubElement(file, "media")
    about = SubElement(SubElement(media, "video"), "samplecharacteristics")
    _rate(about, source.rate)
    _size(about, source)
    if source.channels:
        audio = SubElement(media, "audio")
        about = SubElement(audio, "samplecharacteristics")
        _add(about, "depth", 16)
        _add(about, "samplerate", source.sound_rate)
        _add(audio, "channelcount", source.channels)


def _indexes(timeline: Timeline) -> _Indexes:
    # A track has no item for a film of fewer channels, so that places differ from track to track.
    items: Counter[int] = Counter()
    indexes: _Indexes = {}
    for placed in timeline.placed():
        for channel in range(placed.clip.source.channels + 1):
            items[channel] += 1
            indexes[placed.number, channel] = items[channel]
    return indexes


def _links(item: Element, placed: Placed, indexes: _Indexes) -> None:
    if not placed.clip.source.channels:
        return
    for channel in range(placed.clip.source.channels + 1):
        link = SubElement(item, "link")
        _add(link, "linkclipref", _item_id(placed, channel))
        _add(link, "mediatype", "audio" if channel else "video")
        _add(link, "trackindex", channel or 1)
        _add(link, "clipindex", indexes[placed.number, channel])


def _notes(item: Element, clip: Clip) -> None:
    marker = SubElement(item, "marker")
    _add(marker, "name", clip.query or clip.name)
    _add(marker, "comment", clip.note)
    _add(marker, "in", clip.start)
    # With handles the marker spans what was picked; without, it would only cover the clip.
    _add(marker, "out", clip.end if clip.before or clip.after else -1)
    _add(SubElement(item, "logginginfo"), "lognote", clip.note)
    _add(SubElement(item, "comments"), "mastercomment1", clip.note)


def _item_id(placed: Placed, channel: int) -> str:
    return f"clipitem-{placed.number}" + (f"-a{channel}" if channel else "")


def _timecode(parent: Element, start: int, rate: Fraction, *, drop: bool) -> Element:
    timecode = SubElement(parent, "timecode")
    _rate(timecode, rate)
    _add(timecode, "string", timecode_of_frames(start, rate, drop=drop))
    _add(timecode, "frame", start)
    _add(timecode, "displayformat", "DF" if drop else "NDF")
    return timecode


def _rate(parent: Element, rate: Fraction) -> None:
    element = SubElement(parent, "rate")
    _add(element, "timebase", timebase(rate))
    _add(element, "ntsc", "TRUE" if is_ntsc(rate) else "FALSE")


def _size(parent: Element, source: Source, *, usual: bool = False) -> None:
    width, height = source.width, source.height
    if usual and not (width and height):
        width, height = _USUAL_SIZE
    if width and height:
        _add(parent, "width", width)
        _add(parent, "height", height)


def _add(parent: Element, name: str, value: object) -> None:
    SubElement(parent, name).text = str(value) if isinstance(value, int) else clean(value, limit=4000)
