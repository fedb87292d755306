"""A span of a film as a small mp4 that is played while it is made."""

from __future__ import annotations

import os
from collections.abc import Callable, Generator, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from fractions import Fraction
from types import TracebackType
from typing import Self

import av
from av.video.frame import VideoFrame

from vidsearch_sdk.errors import DecodeError
from vidsearch_sdk.video.clip_pictures import ClipPictures
from vidsearch_sdk.video.fragments import SOUND_TRACK, VIDEO_TRACK, Run, Sample, VideoTrack, fragment, header
from vidsearch_sdk.video.frames import Frame, FrameReader
from vidsearch_sdk.video.h264 import codec_string, decoder_record
from vidsearch_sdk.video.opening import display_name
from vidsearch_sdk.video.probe import VideoInfo
from vidsearch_sdk.video.proxy_coding import AAC_LC, PictureCoder, SoundCoder
from vidsearch_sdk.video.span import open_span, sound_of_span

LOOK = 1
"""Changes whenever the same span gives another proxy; what was kept before is then made anew."""

_FIRST_FRAMES, _FIRST_S = 6, 0.25  # what the first fragment holds at most: it is to be there soon
_FRAMES, _SECONDS = 24, 0.5  # the same for the others; a step back decodes one of them at most
_MOST_THREADS = 4  # decoders of more frames at once give the first one later
_LONGEST_S = 86_400.0


def open_proxy(
    path: str | os.PathLike[str],
    *,
    start_pts: int,
    end_pts: int,
    short_side: int = 360,
    sound: bool = True,
    threads: int = 0,
    info: VideoInfo | None = None,
) -> Proxy:
    """Make a small mp4 of a span, chunk by chunk.

    Every frame with ``start_pts <= pts < end_pts`` is there once, at its own time: the first at 0, a variable
    rate stays variable, and the last frame stands until ``end_pts``. Pictures are as those of
    :func:`~vidsearch_sdk.video.clips.write_clip`, in H.264 (main profile, no frame is shown out of its order)
    at about 1 Mbit/s or less. Sound is AAC in stereo at 48 kHz; it starts with the first frame and ends at
    most 22 ms before the pictures.

    Args:
        path: The film.
        start_pts: Time of the first frame, in the film's time base.
        end_pts: Time before which the span ends.
        short_side: Pixels of the shorter side at most.
        sound: Whether the proxy gets the film's sound.
        threads: Decoding threads; 0 takes as many as there are cores, and not more than 4.
        info: What an earlier proxy of the same file knew of it (:attr:`Proxy.info`): this one is then there
            sooner.

    Returns:
        The proxy: a context manager and an iterator of its bytes. Nothing is opened before ``with``.

    Raises:
        ValueError: An argument is out of range.
    """
    return Proxy(path, start_pts, end_pts, short_side=short_side, sound=sound, threads=threads, info=info)


class Proxy:
    """A fragmented mp4 in the making; made by :func:`open_proxy`.

    A context manager and an iterator of ``bytes``: put behind each other they are the file. Each is a whole
    fragment that starts with a keyframe, the first one after the file's header, and small. Work is done only
    while the next one is asked for, so who stops asking stops the work.

    Attributes:
        mime: Type and codecs as ``MediaSource`` takes them; known from the first chunk on, ``""`` before.
        times: Start of every frame so far in seconds of the proxy, the first 0.0; whole at the end.
        duration_s: Where the last frame so far ends, in seconds of the proxy.
        info: What is known of the film; None before ``with`` when it was not told.

    Raises:
        VideoNotFound: There is no such film (on ``with``, as the next three).
        VideoRejected: It is no film that is decoded here.
        DecodeError: No frame of the span can be decoded; or, while it is made, it cannot be encoded.
        StorageError: The system refuses to read the film.
    """

    def __init__(
        self,
        path: str | os.PathLike[str],
        start_pts: int,
        end_pts: int,
        *,
        short_side: int,
        sound: bool,
        threads: int,
        info: VideoInfo | None,
    ) -> None:
        if start_pts >= end_pts:
            raise ValueError(f"start_pts {start_pts} must lie before end_pts {end_pts}")
        if short_side < 2:
            raise ValueError(f"short_side must be 2 or more, not {short_side}")
        if threads < 0:
            raise ValueError(f"threads must be 0 (as many as cores, at most 4) or more, not {threads}")
        self._path = path
        self._span = (start_pts, end_pts)
        self._short_side = short_side
        self._wants_sound = sound
        self._threads = threads or min(_MOST_THREADS, os.cpu_count() or 1)
        self._stack = ExitStack()
        self._chunks: Generator[bytes, None, None] | None = None
        self.mime = ""
        self.times: list[float] = []
        self.duration_s = 0.0
        self.info = info

    def __enter__(self) -> Self:
        with ExitStack() as opening:
            reader, frames = opening.enter_context(
                open_span(
                    self._path, *self._span, threads=self._threads, for_small_pictures=True, info=self.info
                )
            )
            pictures = opening.enter_context(ClipPictures(reader.info, short_side=self._short_side))
            self._stack = opening.pop_all()
        self.info = reader.info
        self._chunks = self._made(reader, frames, pictures)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._chunks is not None:
            self._chunks.close()
        self._stack.close()

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        if self._chunks is None:
            raise ValueError("a proxy is read inside its with")
        return next(self._chunks)

    def _made(
        self, reader: FrameReader, frames: Iterator[Frame], pictures: ClipPictures
    ) -> Generator[bytes, None, None]:
        try:
            yield from self._fragments(reader, frames, pictures)
        except av.FFmpegError as error:
            name = display_name(self._path)
            raise DecodeError(f"{name}: it cannot be played ({error.strerror})") from error

    def _fragments(
        self, reader: FrameReader, frames: Iterator[Frame], pictures: ClipPictures
    ) -> Generator[bytes, None, None]:
        info, end_pts = reader.info, self._span[1]
        coder = PictureCoder(pictures.width, pictures.height, rate=info.frame_rate)
        groups = _groups(
            _shown(frames, pictures, info.time_base),
            coder,
            info.time_base,
            lambda: min(reader.end_pts, end_pts),
        )
        sound: SoundCoder | None = None
        clock = _Clock(info.time_base)
        for number, (group, last) in enumerate(groups, start=1):
            lead = b""
            if number == 1:
                # The first picture's own time, which may lie after the span's start.
                clock.zero = group[0].pts
                sound = self._sound(reader, clock.zero)
                lead = self._header(pictures, coder, sound, clock)
            start, ends = clock.ticks(group[0].pts), [clock.ticks(coded.end_pts) for coded in group]
            samples = [
                Sample(coded.data, end - begin, sync=place == 0)
                for place, (coded, begin, end) in enumerate(zip(group, [start, *ends], ends, strict=False))
            ]
            self.times += [clock.seconds(coded.pts) for coded in group]
            self.duration_s = clock.seconds(group[-1].end_pts)
            runs = [Run(VIDEO_TRACK, start, samples)]
            if sound is not None:
                place, packets = sound.until(self.duration_s, last=last)
                runs += [Run(SOUND_TRACK, place, packets)] if packets else []
            yield lead + fragment(number, runs)

    def _sound(self, reader: FrameReader, start_pts: int) -> SoundCoder | None:
        if not self._wants_sound:
            return None
        blocks = sound_of_span(self._path, reader, start_pts, self._span[1])
        first = next(blocks, None)
        return None if first is None else SoundCoder(blocks, first)

    def _header(
        self, pictures: ClipPictures, coder: PictureCoder, sound: SoundCoder | None, clock: _Clock
    ) -> bytes:
        codecs = [codec_string(coder.sps)] + [AAC_LC] * (sound is not None)
        self.mime = f'video/mp4; codecs="{", ".join(codecs)}"'
        end_pts = self._span[1]
        video = VideoTrack(
            pictures.width,
            pictures.height,
            clock.timescale,
            decoder_record(coder.sps, coder.pps),
            clock.ticks(end_pts) if clock.seconds(end_pts) < _LONGEST_S else 0,
        )
        return header(video, sound.track if sound else None)


@dataclass(frozen=True, slots=True)
class _Coded:
    """An encoded picture with the time at which it is shown and the time of the next one."""

    data: bytes
    pts: int
    end_pts: int


class _Clock:
    """Turns times of the film into times of the proxy."""

    def __init__(self, time_base: Fraction) -> None:
        self.zero = 0
        self._time_base = time_base
        # A frame's duration has 32 bits: a clock that counts nanoseconds would run over within seconds.
        self.timescale = time_base.denominator if time_base.denominator <= 1_000_000 else 90_000

    def seconds(self, pts: int) -> float:
        return float((pts - self.zero) * self._time_base)

    def ticks(self, pts: int) -> int:
        return round((pts - self.zero) * self._time_base * self.timescale)


def _shown(frames: Iterator[Frame], pictures: ClipPictures, time_base: Fraction) -> Iterator[VideoFrame]:
    for frame in frames:
        frame.picture.pts, frame.picture.time_base = frame.pts, time_base
        yield from pictures.feed(frame.picture)
    yield from pictures.finish()


def _groups(
    pictures: Iterator[VideoFrame], coder: PictureCoder, time_base: Fraction, end_pts: Callable[[], int]
) -> Iterator[tuple[list[_Coded], bool]]:
    """Encode pictures and give those of one fragment at a time, with whether they are the last.

    A picture is given when the next one is there: only then it is known how long it stands.
    """
    group: list[_Coded] = []
    held: tuple[bytes, int] | None = None
    frames, seconds = _FIRST_FRAMES, _FIRST_S
    for picture in pictures:
        pts = picture.pts or 0
        if held is not None:
            group.append(_Coded(*held, pts))
            if len(group) >= frames or (pts - group[0].pts) * time_base >= seconds:
                yield group, False
                group, frames, seconds = [], _FRAMES, _SECONDS
        held = coder.encode(picture, sync=not group), pts
    if held is not None:
        group.append(_Coded(*held, max(held[1] + 1, end_pts())))
        yield group, True
