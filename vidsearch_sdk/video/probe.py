"""What a film says of itself, and what its first picture shows, before the whole of it is decoded."""

from __future__ import annotations

import math
import os
import re
import struct
from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal, cast

import av
from av.sidedata.sidedata import SideData
from av.video.frame import VideoFrame

from vidsearch_sdk.errors import StorageError
from vidsearch_sdk.video.opening import OpenVideo, open_video

Hdr = Literal["", "pq", "hlg"]
Rotation = Literal[0, 90, 180, 270]

_PQ, _HLG = 16, 18  # ITU-T H.273 transfer characteristics: SMPTE ST 2084 and ARIB STD-B67
_TIMECODE = re.compile(r"\d{2}:\d{2}:\d{2}[:;.]\d{2,3}")
_CLOCK = re.compile(r"(\d+):(\d{2}):(\d{2}(?:\.\d+)?)")
_FIRST_PICTURE_WITHIN = 600  # packets; a film without its first keyframe may hold many that decode to nothing


@dataclass(frozen=True, slots=True)
class VideoInfo:
    """What is known of a film from its header and first picture.

    Attributes:
        container: FFmpeg's name of the container, such as ``"matroska,webm"``.
        codec: FFmpeg's name of the codec, such as ``"h264"``.
        duration_s: Length in seconds as announced, or None; files lie, so measure when it matters.
        frames_expected: Packets to be shown that the container announces; None if it does not.
        missing_bytes: Bytes that the container announces beyond the file's end; above 0 it was cut off.
        coded_width: Pixels of a decoded picture.
        coded_height: Rows of a decoded picture.
        width: Pixels as displayed: upright, and square after :attr:`pixel_aspect` is applied.
        height: Rows as displayed.
        rotation: Degrees clockwise that turn the decoded picture upright.
        mirrored: Whether the decoded picture has to be mirrored left to right before it is turned.
        pixel_aspect: Width to height of a pixel.
        frame_rate: Nominal frames per second, or None; never compute time from it.
        time_base: Seconds per unit of ``pts``.
        clock_start_s: Where the container's clock begins; subtitle files beside the film count from here.
        start_pts: Time of the first picture that decodes, in :attr:`time_base`, or None.
        source_timecode: ``HH:MM:SS:FF`` of the first frame as the camera or editor wrote it, or None.
        hdr: ``"pq"`` (SMPTE ST 2084), ``"hlg"`` (ARIB STD-B67), or empty.
        peak_nits: Brightest light of the mastering display in cd/m²; 1000 when it is not told.
        interlaced: Whether the first picture is two fields; None before any picture.
        video_streams: Streams of moving pictures; the first one is the film.
        audio_streams: Streams of sound.
    """

    container: str
    codec: str
    duration_s: float | None
    frames_expected: int | None
    missing_bytes: int
    coded_width: int
    coded_height: int
    width: int
    height: int
    rotation: Rotation
    mirrored: bool
    pixel_aspect: Fraction
    frame_rate: Fraction | None
    time_base: Fraction
    clock_start_s: float
    start_pts: int | None
    source_timecode: str | None
    hdr: Hdr
    peak_nits: float
    interlaced: bool | None
    video_streams: int
    audio_streams: int

    def __post_init__(self) -> None:
        if min(self.coded_width, self.coded_height, self.width, self.height) < 1:
            raise ValueError(f"a picture of {self.coded_width}x{self.coded_height} pixels cannot be shown")
        if self.time_base <= 0:
            raise ValueError(f"time base {self.time_base} must be above 0")


def probe(path: str | os.PathLike[str]) -> VideoInfo:
    """Read a film's header and first picture.

    Raises:
        VideoNotFound: There is no such file.
        VideoRejected: It is no film that is decoded here.
        StorageError: The system refuses to read it.
    """
    with open_video(path, threads=1, thread_type="SLICE") as film:
        return describe(film, _first_picture(film))


def describe(film: OpenVideo, picture: VideoFrame | None) -> VideoInfo:
    """Put together what an opened film and its first picture tell.

    Args:
        film: The opened film.
        picture: Its first decoded picture, or None when there is none.
    """
    stream, container = film.stream, film.container
    context = stream.codec_context
    time_base = stream.time_base or Fraction(1, 1000)
    width = picture.width if picture is not None else max(1, context.width)
    height = picture.height if picture is not None else max(1, context.height)
    rotation, mirrored = _orientation(picture)
    aspect = _pixel_aspect(stream.sample_aspect_ratio)
    shown = (max(1, round(width * aspect)), height)
    if rotation in (90, 270):
        shown = (shown[1], shown[0])
    transfer = picture.color_trc if picture is not None else context.color_trc
    return VideoInfo(
        container=container.format.name,
        codec=context.codec.canonical_name,
        duration_s=_duration(film),
        frames_expected=_frames_expected(film),
        missing_bytes=film.missing_bytes,
        coded_width=width,
        coded_height=height,
        width=shown[0],
        height=shown[1],
        rotation=rotation,
        mirrored=mirrored,
        pixel_aspect=aspect,
        frame_rate=_frame_rate(stream.guessed_rate, stream.average_rate),
        time_base=Fraction(time_base),
        clock_start_s=(container.start_time or 0) / 1_000_000,
        start_pts=picture.pts if picture is not None and picture.pts is not None else stream.start_time,
        source_timecode=_timecode(film),
        hdr="pq" if transfer == _PQ else "hlg" if transfer == _HLG else "",
        peak_nits=_peak_nits(picture),
        interlaced=None if picture is None else picture.interlaced_frame,
        video_streams=len(container.streams.video),
        audio_streams=len(container.streams.audio),
    )


def _first_picture(film: OpenVideo) -> VideoFrame | None:
    packets = film.container.demux(film.stream)
    try:
        for count, packet in enumerate(packets):
            try:
                pictures = packet.decode()
            except av.FFmpegError:
                continue
            if pictures:
                return pictures[0]
            if count >= _FIRST_PICTURE_WITHIN:
                break
    except av.FFmpegError:
        pass
    except OSError as error:
        raise StorageError(f"a film cannot be read on ({error.strerror})") from error
    return None


def _orientation(picture: VideoFrame | None) -> tuple[Rotation, bool]:
    """Read the display matrix: libavutil/display.h, 16.16 fixed point, y downwards."""
    if picture is None:
        return 0, False
    try:
        matrix = struct.unpack("=9i", _side_data(picture, "DISPLAYMATRIX")[:36])
    except struct.error:
        return 0, False
    a, b, c, d = matrix[0], matrix[1], matrix[3], matrix[4]
    mirrored = a * d - b * c < 0
    if mirrored:
        a, b = -a, -b
    quarter_turns = round(math.degrees(math.atan2(b, a)) / 90) % 4
    turns: tuple[Rotation, ...] = (0, 90, 180, 270)
    return turns[quarter_turns], mirrored


def _pixel_aspect(ratio: Fraction | None) -> Fraction:
    # A file may claim anything; beyond ten to one it is damage, and the picture would be a line.
    if not ratio or not Fraction(1, 10) <= ratio <= 10:
        return Fraction(1)
    return Fraction(ratio)


def _frame_rate(*candidates: Fraction | None) -> Fraction | None:
    # A container that counts milliseconds makes FFmpeg guess 1000 frames a second.
    for rate in candidates:
        if rate and 0 < rate <= 300:
            return Fraction(rate)
    return None


def _duration(film: OpenVideo) -> float | None:
    stream = film.stream
    if stream.duration and stream.time_base:
        return float(stream.duration * stream.time_base)
    match = _CLOCK.match(_statistics_tag(stream.metadata, "DURATION"))
    if match:
        seconds = int(match[1]) * 3600 + int(match[2]) * 60 + float(match[3])
        if seconds > 0:
            return seconds
    if film.container.duration and film.container.duration > 0:
        return film.container.duration / 1_000_000
    return None


def _frames_expected(film: OpenVideo) -> int | None:
    stream = film.stream
    name = film.container.format.name
    if "mov" in name:
        # 0 for a fragmented file, whose index grows while it is read.
        return (
            stream.frames - sum(entry.is_discard for entry in stream.index_entries) if stream.frames else None
        )
    if name == "avi":
        # The header counts empty chunks too ("show the last one again"), maybe by the thousand.
        return None if film.missing_bytes else len(stream.index_entries) or None
    if "matroska" in name and stream.codec_context.codec.canonical_name != "vp8":
        # VP8 stores invisible reference frames as blocks of their own, which the statistics count.
        count = _statistics_tag(stream.metadata, "NUMBER_OF_FRAMES")
        return int(count) or None if count.isdecimal() else None
    return None


def _statistics_tag(metadata: dict[str, str], name: str) -> str:
    # mkvmerge appends the language: NUMBER_OF_FRAMES-eng.
    return next((value for key, value in metadata.items() if re.fullmatch(rf"{name}(-\w+)?", key)), "")


def _timecode(film: OpenVideo) -> str | None:
    streams = [film.stream, *(s for s in film.container.streams if s.type == "data")]
    for metadata in [*(stream.metadata for stream in streams), film.container.metadata]:
        # Matroska writes its tags in capitals.
        text = (metadata.get("timecode") or metadata.get("TIMECODE") or "").strip()
        if _TIMECODE.fullmatch(text):
            return text
    return None


def _peak_nits(picture: VideoFrame | None) -> float:
    """Read the mastering display's peak: libavutil/mastering_display_metadata.h, 10 rationals, 2 flags."""
    usual = 1000.0
    if picture is None:
        return usual
    try:
        values = struct.unpack("=20i2i", _side_data(picture, "MASTERING_DISPLAY_METADATA")[:88])
    except struct.error:
        return usual
    numerator, denominator, has_luminance = values[18], values[19], values[21]
    peak = numerator / denominator if denominator > 0 and has_luminance else 0.0
    return peak if 100 <= peak <= 10_000 else usual


def _side_data(picture: VideoFrame, kind: str) -> bytes:
    # A mapping that iterates over its values; PyAV's types say otherwise.
    container = cast("Iterable[SideData]", picture.side_data)
    return next((bytes(data) for data in container if data.type.name == kind), b"")
