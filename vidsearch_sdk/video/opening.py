"""The one way that a film is opened for reading.

A "film" comes from outside and may be anything: a playlist that names other files or an internal server, a
device, a pipe that never ends, a picture that unpacks to gigabytes. So every film passes the same guards:
only regular files, only listed containers and decoders, no second file and no protocol of any kind, and no
picture larger than the ones that FFmpeg itself is fuzzed with.
"""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Literal, NoReturn, get_args

import av
from av.container import InputContainer
from av.stream import Disposition
from av.video.stream import VideoStream

from vidsearch_sdk.errors import StorageError, VideoNotFound, VideoRejected
from vidsearch_sdk.video.whole_file import missing_bytes

ThreadType = Literal["AUTO", "FRAME", "SLICE"]

MAX_PIXELS = 4096 * 4096
"""Largest picture, width times height; what FFmpeg fuzzes its own decoders with (target_dec_fuzzer.c)."""

MAX_SIDE = 16384
"""Longest side of a picture in pixels; keeps one-pixel-high oddities out of the scaler and JPEG."""

_BLOCKS_UNSEEN_FROM = 720  # rows of a picture

CONTAINERS = "mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,avi,mpegts,mpeg,mpegvideo,flv,asf,ogg,mxf,dv,gif"
"""FFmpeg's demuxer names."""

_VIDEO_DECODERS = (
    "h264,hevc,vvc,libdav1d,av1,vp8,vp9,libvpx,libvpx-vp9,vp6,vp6a,vp6f,mpeg1video,"
    "mpeg2video,mpeg4,h261,h263,h263i,h263p,msmpeg4v1,msmpeg4v2,msmpeg4,wmv1,wmv2,wmv3,vc1,"
    "flv,theora,vp3,mjpeg,prores,dnxhd,cfhd,dvvideo,ffv1,huffyuv,ffvhuff,utvideo,rawvideo,"
    "v210,jpeg2000,hap,svq1,svq3,cinepak,qtrle,rpza,gif,png"
)
VIDEO_DECODERS = frozenset(_VIDEO_DECODERS.split(","))
"""FFmpeg's decoder names; the ones of films, and none that only old games or one vendor's captures need."""

_AUDIO_DECODERS = (
    "aac,aac_latm,mp3float,mp3,mp2float,mp2,ac3,eac3,dca,truehd,mlp,opus,libopus,vorbis,flac,alac,amrnb,amrwb,wmav1,wmav2,"
    "wmapro,speex,pcm_s16le,pcm_s16be,pcm_s24le,pcm_s24be,pcm_s32le,pcm_s32be,pcm_u8,pcm_f32le,pcm_alaw,pcm_mulaw,"
    "adpcm_ms,adpcm_ima_wav,adpcm_ima_qt,nellymoser,gsm"
)
_TEXT_DECODERS = "ass,ssa,subrip,srt,webvtt,mov_text,text"
_CODEC_WHITELIST = ",".join([*sorted(VIDEO_DECODERS), _AUDIO_DECODERS, _TEXT_DECODERS])

# What people most often pass by mistake or by malice, told by its first bytes: the demuxer's own refusal is
# "invalid data" for all of them.
_LOOKS_LIKE = (
    (b"#EXTM3U", "an HLS playlist"),
    (b"ffconcat", "an ffconcat script"),
    (b"v=0", "an SDP session description"),
    (b"<?xml", "an XML file"),
    (b"<MPD", "a DASH manifest"),
    (b"\x89PNG", "a PNG picture"),
    (b"\xff\xd8\xff", "a JPEG picture"),
    (b"BM", "a BMP picture"),
    (b"ID3", "a sound file (MP3)"),
    (b"fLaC", "a sound file (FLAC)"),
    (b"%PDF", "a PDF document"),
    (b"PK\x03\x04", "a ZIP archive"),
    (b"\x1f\x8b", "a gzip archive"),
)


@dataclass(frozen=True, slots=True)
class OpenVideo:
    """A film that passed every guard; valid inside the ``with`` of :func:`open_video` only.

    Copy out what you need before the end: PyAV 18 reads freed memory when a closed stream is asked.

    Attributes:
        container: PyAV's container.
        stream: The video stream that is the film: the first that is no cover picture.
        missing_bytes: How many bytes the container announces beyond the end of the file.
    """

    container: InputContainer
    stream: VideoStream
    missing_bytes: int


class _NamelessFile:
    """Read, seek and tell, and nothing else: FFmpeg finds no neighbor of a file without a name."""

    __slots__ = ("read", "seek", "tell")

    def __init__(self, descriptor: int) -> None:
        # The descriptor's owner closes it: FFmpeg may ask for bytes until its container is closed.
        file = os.fdopen(descriptor, "rb", buffering=0, closefd=False)
        self.read = file.read
        self.seek = file.seek
        self.tell = file.tell


@contextmanager
def open_video(
    path: str | os.PathLike[str],
    *,
    threads: int = 0,
    thread_type: ThreadType = "AUTO",
    for_small_pictures: bool = False,
) -> Iterator[OpenVideo]:
    """Open a film for reading, or say why it is none.

    No other file is opened and no request is made whatever the file holds.

    Args:
        path: A regular file, or a link to one.
        threads: Decoding threads; 0 takes as many as there are cores.
        thread_type: ``"AUTO"`` decodes several frames at once where the codec can; ``"SLICE"`` with
            one thread is the slow and sturdy way for damaged films.
        for_small_pictures: Pictures will be shrunk to half their size or less. In films of 720 rows or more
            those that no other picture is predicted from then keep the edges of their coding blocks, which
            nobody sees when they are shrunk (55 dB or better at 384 rows), and decoding is some 5 % faster.

    Yields:
        The container and its film stream. Both are closed at the end of the ``with``.

    Raises:
        VideoNotFound: There is no such file.
        VideoRejected: It is no film that is decoded here; the message says why.
        StorageError: The system refuses to read it.
        ValueError: ``threads`` or ``thread_type`` is not allowed.
    """
    if thread_type not in get_args(ThreadType):
        raise ValueError(f"thread_type {thread_type!r} is not one of {', '.join(get_args(ThreadType))}")
    if threads < 0:
        raise ValueError(f"threads must be 0 (as many as cores) or more, not {threads}")
    name = display_name(path)
    # PyAV's log callback takes the GIL, and PyAV frees a decoder while it holds the GIL: a decoding thread
    # that reports damage then waits for ever, and with it the process (PyAV 18.1). None logs nothing.
    av.logging.set_level(None)
    descriptor = open_regular_file(path)
    try:
        try:
            head, missing = os.pread(descriptor, 512, 0), missing_bytes(descriptor)
        except OSError as error:
            raise StorageError(f"{name}: cannot be read ({error.strerror})") from error
        container = _open_container(descriptor, head, name)
        try:
            stream = _film_stream(container, name)
            stream.codec_context.thread_type = thread_type
            stream.codec_context.thread_count = threads
            if for_small_pictures and stream.codec_context.height >= _BLOCKS_UNSEEN_FROM:
                options = stream.codec_context.options
                stream.codec_context.options = {**options, "skip_loop_filter": "noref"}
            yield OpenVideo(container, stream, missing)
        finally:
            container.close()
    finally:
        os.close(descriptor)


def open_regular_file(path: str | os.PathLike[str]) -> int:
    """Open a regular file for reading without ever waiting, and return its descriptor (the caller closes it).

    Raises:
        VideoNotFound: There is no such file, or the name cannot be one.
        VideoRejected: It is a directory, a FIFO, a device or a socket.
        StorageError: No permission, or the disk refuses.
    """
    name = display_name(path)
    # O_NONBLOCK: opening a FIFO for reading would otherwise wait for a writer for ever.
    flags = (
        os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0)
    )
    try:
        descriptor = os.open(path, flags)
    except ValueError:
        raise VideoNotFound(f"{name}: a file name cannot hold a NUL character") from None
    except OSError as error:
        if error.errno in (errno.ENOENT, errno.ENOTDIR, errno.ENAMETOOLONG):
            hint = "a link that points nowhere" if os.path.islink(path) else "no such file"  # noqa: PTH114
            raise VideoNotFound(f"{name}: {hint}") from None
        if error.errno in (errno.ELOOP, errno.ENXIO, errno.ENODEV, errno.EISDIR):
            raise VideoRejected(f"{name}: not a regular file ({os.strerror(error.errno)})") from None
        raise StorageError(f"{name}: cannot be read ({os.strerror(error.errno or 0)})") from error
    try:
        kind = _irregular(os.fstat(descriptor).st_mode)
        if kind:
            raise VideoRejected(f"{name}: is {kind}; a film is a regular file")
    except BaseException:
        os.close(descriptor)
        raise
    return descriptor


def display_name(path: str | os.PathLike[str]) -> str:
    """Give a file's last name as text that is safe to show: odd bytes and control characters escaped."""
    last = os.path.basename(os.fsdecode(path).rstrip("/")) or os.fsdecode(path)  # noqa: PTH119
    readable = os.fsencode(last).decode("utf-8", "backslashreplace")
    return "".join(c if c.isprintable() else ascii(c)[1:-1] for c in readable)[:255]


def _irregular(mode: int) -> str:
    if stat.S_ISREG(mode):
        return ""
    for test, words in (
        (stat.S_ISDIR, "a directory"),
        (stat.S_ISFIFO, "a FIFO"),
        (stat.S_ISSOCK, "a socket"),
        (stat.S_ISCHR, "a device"),
        (stat.S_ISBLK, "a device"),
    ):
        if test(mode):
            return words
    return "not a regular file"


def _open_container(descriptor: int, head: bytes, name: str) -> InputContainer:
    if not head:
        raise VideoRejected(f"{name}: the file is empty")
    try:
        return av.open(
            _NamelessFile(descriptor),
            mode="r",
            metadata_errors="replace",
            io_open=_refuse_another_file,
            buffer_size=1 << 17,
            # For the decoders that the probe tries; the film's own decoder gets it again below.
            options={"max_pixels": str(MAX_PIXELS)},
            container_options={
                "format_whitelist": CONTAINERS,
                "codec_whitelist": _CODEC_WHITELIST,
                "protocol_whitelist": "none",
            },
        )
    except _AnotherFile:
        raise VideoRejected(f"{name}: asks for another file; a film is one file") from None
    except (av.FFmpegError, ValueError, IndexError, OverflowError, MemoryError) as error:
        raise VideoRejected(f"{name}: {_why_refused(head, error)}") from error
    except OSError as error:
        raise StorageError(f"{name}: cannot be read ({error.strerror})") from error


class _AnotherFile(Exception):
    pass


def _refuse_another_file(url: str, flags: int, options: dict[str, str]) -> NoReturn:  # noqa: ARG001
    raise _AnotherFile


def _why_refused(head: bytes, error: Exception) -> str:
    start = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    for magic, words in _LOOKS_LIKE:
        if start.startswith(magic):
            return f"is {words}, which is not decoded here"
    if head[:4] == b"RIFF" and head[8:12] == b"WAVE":
        return "is a sound file (WAV), which is not decoded here"
    reason = getattr(error, "strerror", None) or type(error).__name__
    return f"is not a film in a container that is read here ({reason})"


def _film_stream(container: InputContainer, name: str) -> VideoStream:
    pictures = Disposition.attached_pic | Disposition.still_image | Disposition.timed_thumbnails
    films = [stream for stream in container.streams.video if not stream.disposition & pictures]
    if not films:
        kinds = ", ".join(sorted({stream.type for stream in container.streams})) or "nothing"
        raise VideoRejected(f"{name}: holds no video stream (only {kinds})")
    stream = next((film for film in films if film.codec_context is not None), None)
    if stream is None:
        raise VideoRejected(f"{name}: there is no decoder here for its video stream")
    context = stream.codec_context
    if context.name not in VIDEO_DECODERS:
        raise VideoRejected(f"{name}: video codec {context.name!r} is not decoded here")
    width, height = context.width, context.height
    if not (width and height):
        # The probe's decoder was not allowed the picture, or found none.
        raise VideoRejected(f"{name}: its pictures have no size, or more than 4096x4096 pixels")
    if width * height > MAX_PIXELS or max(width, height) > MAX_SIDE:
        raise VideoRejected(
            f"{name}: {width}x{height} pixels is more than 4096x4096 or over {MAX_SIDE} on a side"
        )
    context.options = {"max_pixels": str(MAX_PIXELS), "codec_whitelist": context.name}
    return stream
