"""Subtitle lines of a film: the text tracks inside it, and the subtitle files beside it.

All of it is text from outside; it is cleaned of markup here and has to be escaped again by whoever shows it.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from fractions import Fraction
from itertools import groupby
from operator import attrgetter

import av
from av.container import InputContainer
from av.packet import Packet
from av.stream import Discard, Stream
from av.subtitles.stream import SubtitleStream
from av.subtitles.subtitle import AssSubtitle

from vidsearch_sdk.video.lines import Line, clean, plain_text, voice_of, with_ends
from vidsearch_sdk.video.opening import open_video
from vidsearch_sdk.video.probe import VideoInfo
from vidsearch_sdk.video.sidecars import read_sidecars

_TEXT_CODECS = frozenset({"ass", "ssa", "subrip", "srt", "webvtt", "mov_text", "text"})
_MOST_LINES = 500_000  # a day of talk; keeps a file made of subtitles from filling the memory

__all__ = ["Line", "LineCollector", "read_subtitles"]


class LineCollector:
    """Gathers the lines of a film's text tracks from packets that are read anyway.

    Bitmap tracks (PGS, VobSub, DVB) are left alone.

    Args:
        container: An open film.

    Attributes:
        stream_indices: Numbers of the text tracks; demux these too and give their packets to :meth:`add`.
    """

    def __init__(self, container: InputContainer) -> None:
        self._streams: dict[int, SubtitleStream] = {
            stream.index: stream
            for stream in container.streams.subtitles
            if _is_text(stream, container.format.name)
        }
        self._languages = {index: _language(stream) for index, stream in self._streams.items()}
        self.stream_indices = tuple(self._streams)
        self._lines: list[Line] = []

    def add(self, packet: Packet[Stream]) -> None:
        """Take one packet of a text track; a damaged one gives no line."""
        if packet.pts is None or not packet.size or len(self._lines) >= _MOST_LINES:
            return
        index = packet.stream.index
        stream = self._streams[index]
        time_base = packet.time_base or Fraction(1, 1000)
        start = float(packet.pts * time_base)
        end = float((packet.pts + max(0, packet.duration or 0)) * time_base)
        for text, speaker in _undecoded(packet) if stream.codec_context is None else _decoded(stream, packet):
            self._lines.append(Line(start, end, text, self._languages[index], speaker, f"embedded:{index}"))

    def lines(self) -> list[Line]:
        """Give the lines gathered so far, by track and then by start."""
        ordered = sorted(self._lines, key=attrgetter("track"))
        return [line for _, track in groupby(ordered, attrgetter("track")) for line in with_ends(track)]


def read_subtitles(path: str | os.PathLike[str], *, info: VideoInfo) -> list[Line]:
    """Read every subtitle line of a film, from inside it and from the files beside it.

    This reads the whole file once, without its pictures; where the pictures are decoded as well, let
    :class:`~vidsearch_sdk.video.frames.FrameReader` gather the lines inside and call
    :func:`~vidsearch_sdk.video.sidecars.read_sidecars` for those beside.

    Args:
        path: The film.
        info: What :func:`~vidsearch_sdk.video.probe.probe` told of it.

    Raises:
        VideoNotFound: There is no such file.
        VideoRejected: It is no film that is decoded here.
        StorageError: The system refuses to read it.
    """
    with open_video(path, threads=1, thread_type="SLICE") as film:
        collector = LineCollector(film.container)
        wanted = [film.container.streams[index] for index in collector.stream_indices]
        if wanted:
            for stream in film.container.streams:
                if stream not in wanted:
                    stream.discard = Discard.all
            try:
                for packet in film.container.demux(wanted):
                    collector.add(packet)
            except av.FFmpegError:
                pass  # what was read before the damage is kept
        lines = collector.lines()
    return lines + read_sidecars(path, clock_start_s=info.clock_start_s)


def _is_text(stream: SubtitleStream, container: str) -> bool:
    if stream.codec_context is not None:
        return stream.codec_context.name in _TEXT_CODECS
    # FFmpeg 8.1 has decoders for all bitmaps, but does not know Matroska's name for WebVTT, S_TEXT/WEBVTT.
    return "matroska" in container


def _decoded(stream: SubtitleStream, packet: Packet[Stream]) -> Iterator[tuple[str, str]]:
    """Give text and speaker of each line in a packet."""
    try:
        parts = stream.decode(packet)
    except (av.FFmpegError, ValueError):
        return
    # FFmpeg's decoder drops WebVTT's voice tag.
    voice = voice_of(_utf8(packet)) if stream.codec_context.name == "webvtt" else ""
    for part in parts:
        if not isinstance(part, AssSubtitle):
            continue
        # ReadOrder, Layer, Style, Name, three margins, Effect, Text: FFmpeg's form of an ASS event.
        fields = part.ass.decode("utf-8", "replace").split(",", 8)
        text = plain_text(fields[-1]) if len(fields) == 9 else ""
        if text:
            yield text, (clean(fields[3]) or voice)[:200]


def _undecoded(packet: Packet[Stream]) -> Iterator[tuple[str, str]]:
    text = _utf8(packet)
    if "\ufffd" in text or any(c < " " and c not in "\t\r\n" for c in text):
        return  # no text after all
    words = plain_text(text)
    if words:
        yield words, voice_of(text)[:200]


def _utf8(packet: Packet[Stream]) -> str:
    return bytes(packet).decode("utf-8", "replace")


def _language(stream: SubtitleStream) -> str:
    language = clean(stream.language or "")[:35]
    return "" if language in ("und", "unk", "xxx") else language
