"""A fragmented mp4 written box by box (ISO/IEC 14496-12), so that it can be sent while it is made.

Of FFmpeg's muxer one cannot ask where a fragment ends, nor how long the last frame stands. Pure arithmetic on
bytes: samples in, boxes out.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import dataclass

VIDEO_TRACK = 1
SOUND_TRACK = 2
SOUND_SAMPLES = 1024
"""Samples of one packet of AAC-LC."""

_SYNC, _OTHER = 0x0200_0000, 0x0101_0000  # sample_flags, ISO/IEC 14496-12 8.8.3.1
_UNITY = struct.pack(">9i", 1 << 16, 0, 0, 0, 1 << 16, 0, 0, 0, 1 << 30)
_OWN_TABLES_EMPTY = ("stts", "stsc", "stco")


@dataclass(frozen=True, slots=True)
class Sample:
    """One coded picture, or one packet of sound.

    Attributes:
        data: Its bytes as mp4 stores them.
        duration: How long it is shown or heard, in ticks of its track.
        sync: Whether decoding can start here.
    """

    data: bytes
    duration: int
    sync: bool = True


@dataclass(frozen=True, slots=True)
class Run:
    """Consecutive samples of one track.

    Attributes:
        track: :data:`VIDEO_TRACK` or :data:`SOUND_TRACK`.
        start: Time of the first sample, in ticks of the track, 0 or more.
        samples: In order.
    """

    track: int
    start: int
    samples: Sequence[Sample]


@dataclass(frozen=True, slots=True)
class VideoTrack:
    """The pictures: H.264 with square pixels.

    Attributes:
        width: In pixels.
        height: In pixels.
        timescale: Ticks per second.
        record: The ``AVCDecoderConfigurationRecord``.
        duration: Of the whole film in ticks; 0 when it is not known.
    """

    width: int
    height: int
    timescale: int
    record: bytes
    duration: int


@dataclass(frozen=True, slots=True)
class SoundTrack:
    """The sound: AAC-LC in stereo; a tick is a sample.

    Attributes:
        rate: Samples per second.
        config: The ``AudioSpecificConfig``.
        bit_rate: Bits per second.
        priming: Samples at the start that only set the decoder up and are not heard.
    """

    rate: int
    config: bytes
    bit_rate: int
    priming: int


def header(video: VideoTrack, sound: SoundTrack | None) -> bytes:
    """Write what comes before the first fragment: ``ftyp`` and ``moov``."""
    tracks = [_video_track(video)]
    extends = [_track_extends(VIDEO_TRACK)]
    if sound is not None:
        tracks.append(_sound_track(sound))
        extends.append(_track_extends(SOUND_TRACK))
    movie = _full("mvhd", 1, 0, struct.pack(">QQIQ", 0, 0, video.timescale, 0), _movie_tail())
    known = [_full("mehd", 1, 0, struct.pack(">Q", video.duration))] if video.duration else []
    return _box("ftyp", b"iso6", bytes(4), b"iso6mp41avc1") + _box(
        "moov", movie, *tracks, _box("mvex", *known, *extends)
    )


def fragment(number: int, runs: Sequence[Run]) -> bytes:
    """Write one fragment: ``moof`` and ``mdat``.

    Args:
        number: Of the fragment, from 1, rising.
        runs: One of each track at most, none of them empty.
    """
    # The size of a moof does not depend on the offsets that it holds.
    size = len(_movie_fragment(number, runs, [0] * len(runs)))
    offsets, offset = [], size + 8
    for run in runs:
        offsets.append(offset)
        offset += sum(len(sample.data) for sample in run.samples)
    data = (sample.data for run in runs for sample in run.samples)
    return _movie_fragment(number, runs, offsets) + _box("mdat", *data)


def _movie_fragment(number: int, runs: Sequence[Run], offsets: Sequence[int]) -> bytes:
    tracks = []
    for run, offset in zip(runs, offsets, strict=True):
        rows = b"".join(
            struct.pack(">III", sample.duration, len(sample.data), _SYNC if sample.sync else _OTHER)
            for sample in run.samples
        )
        tracks.append(
            _box(
                "traf",
                _full("tfhd", 0, 0x02_0000, struct.pack(">I", run.track)),  # default-base-is-moof
                _full("tfdt", 1, 0, struct.pack(">Q", run.start)),
                # Offset of the data; duration, size and flags of every sample.
                _full("trun", 0, 0x701, struct.pack(">Ii", len(run.samples), offset), rows),
            )
        )
    return _box("moof", _full("mfhd", 0, 0, struct.pack(">I", number)), *tracks)


def _box(kind: str, *parts: bytes) -> bytes:
    size = 8 + sum(map(len, parts))
    return b"".join([struct.pack(">I4s", size, kind.encode("ascii")), *parts])


def _full(kind: str, version: int, flags: int, *parts: bytes) -> bytes:
    return _box(kind, struct.pack(">I", version << 24 | flags), *parts)


def _movie_tail() -> bytes:
    # Rate 1, volume 1, reserved, matrix, reserved, and the next track's number.
    return struct.pack(">IHxx8x", 1 << 16, 1 << 8) + _UNITY + bytes(24) + struct.pack(">I", SOUND_TRACK + 1)


def _track_extends(track: int) -> bytes:
    return _full("trex", 0, 0, struct.pack(">5I", track, 1, 0, 0, 0))


def _video_track(video: VideoTrack) -> bytes:
    entry = _box(
        "avc1",
        struct.pack(">6xH16xHH", 1, video.width, video.height),
        struct.pack(">II4xH32xHh", 72 << 16, 72 << 16, 1, 24, -1),
        _box("avcC", video.record),
    )
    size = struct.pack(">II", video.width << 16, video.height << 16)
    return _box(
        "trak",
        _track_header(VIDEO_TRACK, volume=0, size=size),
        _media(video.timescale, b"vide", _full("vmhd", 0, 1, bytes(8)), entry),
    )


def _sound_track(sound: SoundTrack) -> bytes:
    entry = _box(
        "mp4a",
        struct.pack(">6xH8xHH4xI", 1, 2, 16, sound.rate << 16),
        _full("esds", 0, 0, _stream_descriptor(sound)),
    )
    # What only sets the decoder up lies before 0: players drop it, and sound and pictures start together.
    edit = _full("elst", 1, 0, struct.pack(">IQqHH", 1, 0, sound.priming, 1, 0))
    return _box(
        "trak",
        _track_header(SOUND_TRACK, volume=1 << 8, size=bytes(8)),
        _box("edts", edit),
        _media(sound.rate, b"soun", _full("smhd", 0, 0, bytes(4)), entry),
    )


def _track_header(track: int, *, volume: int, size: bytes) -> bytes:
    fixed = struct.pack(">QQI4xQ8xHHHxx", 0, 0, track, 0, 0, 0, volume)
    return _full("tkhd", 1, 3, fixed, _UNITY, size)  # enabled, in the movie


def _media(timescale: int, handler: bytes, kind: bytes, entry: bytes) -> bytes:
    tables = [
        _full("stsd", 0, 0, struct.pack(">I", 1), entry),
        *(_full(name, 0, 0, bytes(4)) for name in _OWN_TABLES_EMPTY),
        _full("stsz", 0, 0, bytes(8)),
    ]
    self_contained = _full("dref", 0, 0, struct.pack(">I", 1), _full("url ", 0, 1))
    return _box(
        "mdia",
        _full("mdhd", 1, 0, struct.pack(">QQIQHH", 0, 0, timescale, 0, 0x55C4, 0)),  # language "und"
        _full("hdlr", 0, 0, bytes(4), handler, bytes(13)),
        _box("minf", kind, _box("dinf", self_contained), _box("stbl", *tables)),
    )


def _stream_descriptor(sound: SoundTrack) -> bytes:
    """Write the ``ES_Descriptor`` (ISO/IEC 14496-1 7.2.6.5) of an AAC track."""
    config = _descriptor(5, sound.config)
    rates = struct.pack(">II", sound.bit_rate, sound.bit_rate)
    decoder = _descriptor(4, b"\x40\x15\x00\x00\x00", rates, config)  # MPEG-4 audio, audio stream
    return _descriptor(3, struct.pack(">HB", SOUND_TRACK, 0), decoder, _descriptor(6, b"\x02"))


def _descriptor(tag: int, *parts: bytes) -> bytes:
    content = b"".join(parts)
    return bytes([tag, len(content)]) + content
