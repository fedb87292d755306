"""A film as a row of pictures in the order and at the times at which they are shown."""

from __future__ import annotations

import os
from collections.abc import Generator, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from types import TracebackType
from typing import NoReturn, Self, cast

import av
from av.packet import Packet
from av.stream import Discard, Stream
from av.video.frame import VideoFrame

from vidsearch_sdk.errors import DecodeError, StorageError
from vidsearch_sdk.video.opening import OpenVideo, ThreadType, display_name, open_video
from vidsearch_sdk.video.probe import VideoInfo, describe
from vidsearch_sdk.video.subtitles import Line, LineCollector
from vidsearch_sdk.video.timing import Clock

_READ_ERRORS_IN_A_ROW = 50
_LOOK_FOR_KEYFRAME = 300
_SEEK_BACK_S = (0.0, 2.0, 10.0, 60.0)
_NEAR_START_S = 0.25  # decoding on costs less than going back to where one is
_HURRY_UNTIL_S = 0.5  # before the range: by then the decoder knows again how far pictures are reordered


@dataclass(frozen=True, slots=True)
class Frame:
    """One picture of a film.

    Attributes:
        index: Place in presentation order from 0; counted from the film's first picture, or from the first
            one of a range.
        pts: Time at which it is shown, in the film's time base; always above that of the frame before.
        time_s: The same in seconds.
        picture: The decoded picture, in its coded orientation. It is not a copy: keep only a few at a time.
    """

    index: int
    pts: int
    time_s: float
    picture: VideoFrame


class FrameReader:
    """Decode a film, or a range of it, frame by frame; a context manager and an iterator of :class:`Frame`.

    Damaged packets are skipped and counted. Times are the container's own, repaired only where they do not
    rise: swapped times (packed B-frames) are sorted, missing and doubled ones filled in, and a clock that
    starts again continues from where it was.

    Args:
        path: The film.
        threads: Decoding threads; 0 takes as many as there are cores.
        thread_type: See :func:`~vidsearch_sdk.video.opening.open_video`. With several frames at once, damage
            in the last packets can cost up to one picture per thread more than with ``"SLICE"``.
        start_pts: Leave out frames before this time, in the film's time base.
        end_pts: Leave out frames from this time on.
        seek: Go to the range's start by the container's index; without it everything before is decoded.
        hurry: In H.264, leave out the pictures between keyframe and range that no other is predicted from: a
            third of the way's time, or more. The range stays the same, but damage before it is not counted.
        info: What is known of the same file from before: with a range, its first picture is then not decoded.
        for_small_pictures: See :func:`~vidsearch_sdk.video.opening.open_video`.
        subtitles: Collect the text subtitles on the way, into :attr:`lines`. Only whole films give all lines.

    Attributes:
        info: What is known of the film, its first picture included.
        frames_seen: Pictures given so far.
        damaged_frames: Those of them that the decoder patched up.
        packets_seen: Packets of the film's stream read so far that were to be shown.
        bad_packets: Packets that could not be read or decoded so far.
        end_pts: Time just after the last frame given: where the next one starts, or else its own end.
        lines: Subtitle lines read so far, when asked for.

    Raises:
        VideoNotFound: There is no such file.
        VideoRejected: It is no film that is decoded here.
        DecodeError: No picture can be decoded.
        StorageError: The system refuses to read it.
        ValueError: An argument is out of range.
    """

    def __init__(
        self,
        path: str | os.PathLike[str],
        *,
        threads: int = 0,
        thread_type: ThreadType = "AUTO",
        start_pts: int | None = None,
        end_pts: int | None = None,
        subtitles: bool = False,
        seek: bool = True,
        hurry: bool = False,
        info: VideoInfo | None = None,
        for_small_pictures: bool = False,
    ) -> None:
        if start_pts is not None and end_pts is not None and start_pts >= end_pts:
            raise ValueError(f"start_pts {start_pts} must lie before end_pts {end_pts}")
        self._path = path
        self._open = (threads, thread_type, for_small_pictures)
        self._range = (start_pts, end_pts)
        self._stack = ExitStack()
        self._collector: LineCollector | None = None
        self._wants_lines = subtitles
        self._seeks = seek
        self._hurries = hurry
        self._known = info
        self.frames_seen = 0
        self.damaged_frames = 0
        self.packets_seen = 0
        self.bad_packets = 0
        self.end_pts = 0
        try:
            pictures, first = self._start()
            self._frames = self._timed(pictures, first)
        except BaseException:
            self._stack.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def __iter__(self) -> Iterator[Frame]:
        return self._frames

    def __next__(self) -> Frame:
        return next(self._frames)

    @property
    def lines(self) -> list[Line]:
        """Embedded subtitle lines read so far, by start time."""
        return [] if self._collector is None else self._collector.lines()

    def close(self) -> None:
        """Close the file; :attr:`info`, the counts and :attr:`lines` stay."""
        self._frames.close()
        self._stack.close()

    def _start(self) -> tuple[Iterator[VideoFrame], VideoFrame]:
        """Open the film at the range's start: the first picture, and the iterator that goes on from it."""
        film = self._reopen()
        start = self._range[0]
        if start is None:
            pictures = self._pictures(film)
            first = next(pictures, None)
            if first is None:
                self._fail()
            self.info = describe(film, first)
            return pictures, first
        if self._known is None or self._is_near(start, self._known):
            # Only the film's first picture tells how it is turned and whether it is HDR.
            pictures = self._pictures(film)
            first = next(pictures, None)
            self.info = self._known or describe(film, first)
            if first is not None and self._is_near(start, self.info):
                return pictures, first
        else:
            self.info = self._known
        time_base = self.info.time_base
        for back_s in _SEEK_BACK_S if self._seeks else ():
            target = start - round(back_s / time_base)
            if self.info.start_pts is not None and target < self.info.start_pts:
                break
            self._forget_counts()
            try:
                film.container.seek(target, stream=film.stream, backward=True)
            except av.FFmpegError:
                break
            hurry = self._hurries and self.info.codec == "h264"
            pictures = self._pictures(
                film, hurry_to=start - round(_HURRY_UNTIL_S / time_base) if hurry else None
            )
            keyframe = self._next_keyframe(pictures)
            # Pictures shown before the keyframe that was found may lean on one that was not decoded.
            if keyframe is not None and keyframe.pts is not None and keyframe.pts <= start:
                return pictures, keyframe
        self._forget_counts()
        film = self._reopen()
        pictures = self._pictures(film)
        first = next(pictures, None)
        if first is None:
            self._fail()
        return pictures, first

    @staticmethod
    def _is_near(start: int, info: VideoInfo) -> bool:
        return info.start_pts is not None and start - info.start_pts <= _NEAR_START_S / info.time_base

    def _reopen(self) -> OpenVideo:
        self._stack.close()
        threads, thread_type, small = self._open
        film = self._stack.enter_context(
            open_video(self._path, threads=threads, thread_type=thread_type, for_small_pictures=small)
        )
        if self._wants_lines:
            self._collector = LineCollector(film.container)
        kept = {film.stream.index, *(self._collector.stream_indices if self._collector else ())}
        for stream in film.container.streams:
            if stream.index not in kept:
                stream.discard = Discard.all
        return film

    def _forget_counts(self) -> None:
        self.packets_seen = self.bad_packets = 0

    @staticmethod
    def _next_keyframe(pictures: Iterator[VideoFrame]) -> VideoFrame | None:
        for _, picture in zip(range(_LOOK_FOR_KEYFRAME), pictures, strict=False):
            if picture.key_frame:
                return picture
        return None

    def _fail(self) -> NoReturn:
        raise DecodeError(
            f"{display_name(self._path)}: opened as a film, but none of its {self.packets_seen} packets "
            f"gave a picture ({self.bad_packets} damaged)"
        )

    def _pictures(self, film: OpenVideo, *, hurry_to: int | None = None) -> Iterator[VideoFrame]:
        wanted = film.stream.index
        decoder, last_dts = film.stream.codec_context, -(2**63)
        decoder.skip_frame = "DEFAULT" if hurry_to is None else "NONREF"
        for packet in self._packets(film):
            # Not packet.stream_index: the packet that flushes the decoder says 0 whatever its stream.
            if packet.stream.index != wanted:
                if self._collector is not None:
                    self._collector.add(packet)
                continue
            if packet.size and not packet.is_discard:
                self.packets_seen += 1
            if hurry_to is not None:
                # A time that is missing or goes back says nothing of how far the range is.
                pts, dts = packet.pts, packet.dts
                if pts is None or dts is None or dts < last_dts or pts >= hurry_to:
                    hurry_to, decoder.skip_frame = None, "DEFAULT"
                last_dts = dts if dts is not None else last_dts
            try:
                pictures = cast("list[VideoFrame]", packet.decode())
            except av.FFmpegError:
                self.bad_packets += 1
                continue
            yield from pictures

    def _packets(self, film: OpenVideo) -> Iterator[Packet[Stream]]:
        """Demux to the end, going on after errors: one ends PyAV's generator."""
        streams = [
            film.stream,
            *(film.container.streams[i] for i in (self._collector.stream_indices if self._collector else ())),
        ]
        errors_in_a_row = 0
        while errors_in_a_row < _READ_ERRORS_IN_A_ROW:
            try:
                for packet in film.container.demux(streams):
                    errors_in_a_row = 0
                    yield packet
                return
            except av.FFmpegError:
                errors_in_a_row += 1
                self.bad_packets += 1
            except OSError as error:
                raise StorageError(
                    f"{display_name(self._path)}: cannot be read on ({error.strerror})"
                ) from error

    def _timed(self, pictures: Iterator[VideoFrame], first: VideoFrame) -> Generator[Frame, None, None]:
        start, end = self._range
        time_base = self.info.time_base
        numerator, denominator = time_base.numerator, time_base.denominator
        clock = Clock(step=self._usual_step())
        held, held_duration = first, first.duration or 0
        clock.begin(first.pts)
        while held is not None:
            following = next(pictures, None)
            if following is None:
                pts = clock.end()
                next_pts = pts + (held_duration if held_duration > 0 else clock.last_step)
            else:
                pts, next_pts = clock.tick(following.pts, held_duration)
            if end is not None and pts >= end:
                self.end_pts = pts
                return
            self.end_pts = next_pts
            if start is None or pts >= start:
                if held.is_corrupt:
                    self.damaged_frames += 1
                index = self.frames_seen
                self.frames_seen = index + 1
                yield Frame(index, pts, pts * numerator / denominator, held)
            if following is None:
                return
            held, held_duration = following, following.duration or 0

    def _usual_step(self) -> int:
        rate = self.info.frame_rate
        return max(1, round(1 / (rate * self.info.time_base))) if rate else 1
