"""A span of a film as an mp4 of its own, exact to the frame, that browsers and players show as it is."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import suppress
from fractions import Fraction
from itertools import chain
from pathlib import Path
from types import TracebackType
from typing import Self

import av
import numpy as np
from av.audio.frame import AudioFrame
from av.video.frame import VideoFrame
from numpy.typing import NDArray

from vidsearch_sdk.video.clip_pictures import ClipPictures, tell_colors
from vidsearch_sdk.video.clip_sound import SOUND_RATE
from vidsearch_sdk.video.frames import Frame, FrameReader
from vidsearch_sdk.video.into_place import into_place
from vidsearch_sdk.video.opening import ThreadType, display_name
from vidsearch_sdk.video.span import open_span, sound_of_span
from vidsearch_sdk.video.written_film import check_whole, write_error

_SOUND_BIT_RATE = 160_000


def write_clip(
    path: str | os.PathLike[str],
    out: str | os.PathLike[str],
    *,
    start_pts: int,
    end_pts: int,
    short_side: int | None = None,
    crf: int = 18,
    preset: str = "veryfast",
    sound: bool = True,
    threads: int = 0,
    thread_type: ThreadType = "AUTO",
    progress: Callable[[float], None] | None = None,
) -> Path:
    """Write the frames of a span as H.264 (yuv420p, BT.709, index in front) with AAC sound.

    Every frame with ``start_pts <= pts < end_pts`` is there once, at its own time: a variable rate stays
    variable. Pictures are upright, have square pixels, even sides and standard range, and no combs. Sound is
    cut to the span; where it is damaged there is silence, and where there is none the clip has none.

    Args:
        path: The film.
        out: File to write; it is replaced at once when the clip is whole, and its folder is made.
        start_pts: Time of the first frame, in the film's time base.
        end_pts: Time before which the span ends.
        short_side: Pixels of the shorter side at most; None keeps the film's.
        crf: x264's constant rate factor: lower is better and larger; 18 is hard to tell from the film.
        preset: x264's effort.
        sound: Whether the clip gets the film's sound.
        threads: Decoding threads; 0 takes as many as there are cores.
        thread_type: See :func:`~vidsearch_sdk.video.opening.open_video`.
        progress: Told the share of the span that is done, 0 to 1.

    Returns:
        ``out`` as an absolute path.

    Raises:
        VideoNotFound: There is no such film.
        VideoRejected: It is no film that is decoded here.
        DecodeError: No frame of the span can be decoded, or the clip cannot be encoded.
        StorageError: The system refuses to read the film or to write the clip.
        ValueError: An argument is out of range.
    """
    if not 0 <= crf <= 51:
        raise ValueError(f"crf must lie within 0 and 51, not {crf}")
    if short_side is not None and short_side < 2:
        raise ValueError(f"short_side must be 2 or more, not {short_side}")
    target = Path(out).absolute()
    # Frames that are shown in the order in which they are stored keep their times to the tick.
    encoder = {"crf": str(crf), "preset": preset, "bf": "0"}
    with (
        open_span(path, start_pts, end_pts, threads=threads, thread_type=thread_type) as (reader, frames),
        into_place(target, overwrite=True) as aside,
    ):
        try:
            with ClipPictures(reader.info, short_side=short_side) as pictures:
                blocks = sound_of_span(path, reader, start_pts, end_pts) if sound else iter(())
                first_block = next(blocks, None)
                with _ClipFile(aside, pictures, reader, encoder, with_sound=first_block is not None) as clip:
                    if first_block is not None:
                        clip.sound = chain([first_block], blocks)
                    for frame in frames:
                        clip.add(frame)
                        if progress is not None:
                            progress(min(1.0, (frame.pts - start_pts) / (end_pts - start_pts)))
                    clip.finish(min(reader.end_pts, end_pts))
            check_whole(aside)
        except (OSError, av.FFmpegError) as error:
            cannot = f"{display_name(path)}: the clip cannot be made"
            raise write_error(error, target, cannot=cannot) from error
        if progress is not None:
            progress(1.0)
    return target


class _ClipFile:
    """The file of a clip: pictures and sound go in side by side."""

    def __init__(
        self,
        path: Path,
        pictures: ClipPictures,
        reader: FrameReader,
        encoder: dict[str, str],
        *,
        with_sound: bool,
    ) -> None:
        info = reader.info
        self._pictures = pictures
        self._time_base = info.time_base
        self._durations: dict[int, int] = {}
        self._first: int | None = None
        self._last = 0
        self._spoken = 0
        self.sound: Iterator[NDArray[np.float32]] = iter(())
        self._container = av.open(str(path), "w", format="mp4", options={"movflags": "+faststart"})
        rate = (info.frame_rate or Fraction(25)).limit_denominator(1001)
        self._video = self._container.add_stream("libx264", rate=rate, options=encoder)
        self._video.width, self._video.height = pictures.width, pictures.height
        self._video.pix_fmt = "yuv420p"
        self._video.time_base = info.time_base
        context = self._video.codec_context
        context.time_base = info.time_base
        tell_colors(context)
        if with_sound:
            self._audio = self._container.add_stream("aac", rate=SOUND_RATE, layout="stereo")
            self._audio.bit_rate = _SOUND_BIT_RATE

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is None:
            self._container.close()
        else:
            with suppress(OSError, av.FFmpegError):
                self._container.close()

    def add(self, frame: Frame) -> None:
        """Add one frame; its time in the clip is counted from the first one's."""
        if self._first is None:
            self._first = frame.pts
        else:
            self._durations[self._last] = frame.pts - self._first - self._last
        self._last = frame.pts - self._first
        picture = frame.picture
        picture.pts, picture.time_base = self._last, self._time_base
        self._encode(self._pictures.feed(picture))
        self._speak(until_s=float(self._last * self._time_base))

    def finish(self, end_pts: int) -> None:
        """Write what is held back; the last frame stands until ``end_pts``."""
        end = end_pts - (self._first or 0)
        self._durations[self._last] = max(1, end - self._last)
        self._encode(self._pictures.finish())
        self._mux(None)
        self._speak(until_s=float(end * self._time_base), cut=True)
        if self._spoken:
            self._container.mux(self._audio.encode(None))

    def _encode(self, pictures: Iterator[VideoFrame]) -> None:
        for picture in pictures:
            picture.pict_type = 0  # the film's own types would force its keyframes on the clip
            self._mux(picture)

    def _mux(self, picture: VideoFrame | None) -> None:
        for packet in self._video.encode(picture):
            if packet.pts is not None:
                # The muxer would let the last frame stand for a whole frame of the nominal rate.
                packet.duration = self._durations.pop(packet.pts, packet.duration)
            self._container.mux(packet)

    def _speak(self, *, until_s: float, cut: bool = False) -> None:
        until = round(until_s * SOUND_RATE)
        while self._spoken < until:
            block = next(self.sound, None)
            if block is None:
                return
            block = block[:, : until - self._spoken] if cut else block
            sound = AudioFrame.from_ndarray(np.ascontiguousarray(block), format="fltp", layout="stereo")
            sound.sample_rate, sound.pts, sound.time_base = SOUND_RATE, self._spoken, Fraction(1, SOUND_RATE)
            self._container.mux(self._audio.encode(sound))
            self._spoken += block.shape[1]
