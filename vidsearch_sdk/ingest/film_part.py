"""One decoding pass over a film or a range of it: scores, marked pictures and subtitles on the way."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from vidsearch_sdk.ingest.keyframe_keeper import JpegFile, KeyframeKeeper
from vidsearch_sdk.ingest.read_ahead import read_ahead
from vidsearch_sdk.shots.boundaries import REACH, Boundary, find_boundaries
from vidsearch_sdk.shots.keyframes import KeyframeCandidates
from vidsearch_sdk.shots.scores import Scorer, scores_by_name
from vidsearch_sdk.shots.small_picture import small_picture, use_one_thread
from vidsearch_sdk.video.frames import Frame, FrameReader
from vidsearch_sdk.video.keyframe_pictures import KeyframePictures, encode_jpeg
from vidsearch_sdk.video.lines import Line
from vidsearch_sdk.video.opening import ThreadType
from vidsearch_sdk.video.probe import VideoInfo
from vidsearch_sdk.video.small_frames import SmallFrames

_AT_ONCE, _AHEAD = 4, 3  # frames in a list, and lists that wait
_PIXELS_AT_ONCE = 4 * 1920 * 1080  # of a list; 4 lists or so are held, 50 MB of 8-bit pictures
_SCORE_AT_ONCE = 48
_KNOWN_AFTER = (
    144  # frames after which a boundary is as good as final; a wrong guess costs a second look only
)

OnProgress = Callable[[float], None]
OnOpened = Callable[[VideoInfo], None]


@dataclass(frozen=True, slots=True)
class FilmPart:
    """What one pass over a film or a range of it gave.

    Attributes:
        info: What is known of the film.
        pts: Times of the frames in the film's time base, shape (frames,).
        end_pts: Time just after the last frame.
        rows: Scores, float32 of shape (frames, columns).
        marked: Numbers of the frames that may become keyframes, in order.
        jpegs: Pictures of those that were kept. Whoever has the part closes it.
        packets_seen: Packets to be shown that were read.
        bad_packets: Packets that could not be decoded.
        damaged_frames: Frames that the decoder patched up.
        lines: Subtitle lines inside the film.
        own: First and end frame that the part answers for; the others only lead in and out.
    """

    info: VideoInfo
    pts: NDArray[np.int64]
    end_pts: int
    rows: NDArray[np.float32]
    marked: NDArray[np.int64]
    jpegs: JpegFile
    packets_seen: int
    bad_packets: int
    damaged_frames: int
    lines: list[Line] = field(default_factory=list)
    own: tuple[int, int] = (0, 0)

    @property
    def times(self) -> NDArray[np.float64]:
        """Times of the frames in seconds, then the end of the last, shape (frames + 1,)."""
        return seconds(np.append(self.pts, self.end_pts), self.info)


def decode_part(
    path: Path,
    *,
    threads: int,
    thread_type: ThreadType,
    start_pts: int | None = None,
    end_pts: int | None = None,
    on_opened: OnOpened | None = None,
    on_progress: OnProgress | None = None,
    scratch: Path | None = None,
) -> FilmPart:
    """Decode a film, or a range of it, once.

    Args:
        path: The film.
        threads: Decoding threads.
        thread_type: See :func:`~vidsearch_sdk.video.opening.open_video`.
        start_pts: First time of the range, in the film's time base.
        end_pts: Time at which the range ends.
        on_opened: Told what is known of the film as soon as its first picture is decoded.
        on_progress: Told the seconds of film that are done.
        scratch: Folder for pictures on their way.

    Raises:
        VideoError: The film cannot be decoded; see :class:`~vidsearch_sdk.video.frames.FrameReader`.
    """
    use_one_thread()
    jpegs = JpegFile(scratch)
    try:
        with FrameReader(
            path,
            threads=threads,
            thread_type=thread_type,
            start_pts=start_pts,
            end_pts=end_pts,
            subtitles=True,
            for_small_pictures=True,
        ) as reader:
            if on_opened is not None:
                on_opened(reader.info)
            walk = _Walk(reader.info, jpegs)
            with read_ahead(iter(reader), at_once=_at_once(reader.info), ahead=_AHEAD) as lists:
                for frames in lists:
                    walk.see(frames)
                    if on_progress is not None:
                        on_progress(frames[-1].time_s - walk.first_time_s)
        return FilmPart(
            info=reader.info,
            pts=walk.pts,
            end_pts=reader.end_pts,
            rows=walk.finish(film_ends=end_pts is None),
            marked=walk.keeper.marked,
            jpegs=jpegs,
            packets_seen=reader.packets_seen,
            bad_packets=reader.bad_packets,
            damaged_frames=reader.damaged_frames,
            lines=reader.lines,
            own=(0, walk.frames),
        )
    except BaseException:
        jpegs.close()
        raise


def seconds(pts: NDArray[np.int64], info: VideoInfo) -> NDArray[np.float64]:
    """Turn times of the film's time base into seconds of its clock, exactly as the reader does."""
    base = info.time_base
    if base.numerator == 1:
        return pts / float(base.denominator)
    return np.array([int(p) * base.numerator / base.denominator for p in pts.tolist()])


def _at_once(info: VideoInfo) -> int:
    return max(1, min(_AT_ONCE, _PIXELS_AT_ONCE // (info.coded_width * info.coded_height)))


class _Walk:
    """Goes through the frames of one pass."""

    def __init__(self, info: VideoInfo, jpegs: JpegFile) -> None:
        pictures = KeyframePictures(info)
        self._shrink = pictures.shrink
        self._views = SmallFrames()
        self._scorer = Scorer()
        self._candidates = KeyframeCandidates()
        self._unscored: list[NDArray[np.uint8]] = []
        self.keeper = KeyframeKeeper(jpegs, encode=lambda picture: encode_jpeg(pictures.finish(picture)))
        self._pts: list[int] = []
        self._times = np.empty(4096)
        self.first_time_s = 0.0
        self._boundaries: list[Boundary] = []
        self._known_to = 0

    @property
    def frames(self) -> int:
        return len(self._pts)

    @property
    def pts(self) -> NDArray[np.int64]:
        return np.array(self._pts, np.int64)

    def see(self, frames: list[Frame]) -> None:
        """Take the next frames, many at once: code and tables stay in the processor's caches."""
        if not self._pts:
            self.first_time_s = frames[0].time_s
        while len(self._pts) + len(frames) > len(self._times):
            self._times = np.concatenate([self._times, np.empty_like(self._times)])
        for frame in frames:
            number = len(self._pts)
            self._pts.append(frame.pts)
            self._times[number] = frame.time_s
            small = small_picture(self._views(frame.picture))
            self._unscored.append(small)
            if self._candidates.push(frame.time_s, small):
                self.keeper.add(number, frame.time_s, self._shrink(frame.picture))
        if len(self._unscored) >= _SCORE_AT_ONCE:
            self._score()
            self._decide()

    def finish(self, *, film_ends: bool) -> NDArray[np.float32]:
        """Decide what still waits, and give the scores.

        Args:
            film_ends: Whether the last frame is the film's last; otherwise nothing more is known of its shot.
        """
        self._score()
        end = self.frames
        boundaries = find_boundaries(scores_by_name(self._scorer.rows()))
        if film_ends and end:
            times = np.append(self._times[:end], self._times[end - 1])
            self.keeper.decide(times, boundaries, end - 1, film_end=end)
        self.keeper.keep_rest()
        return self._scorer.rows().copy()

    def _score(self) -> None:
        if self._unscored:
            self._scorer.push(np.stack(self._unscored))
        self._unscored.clear()

    def _decide(self) -> None:
        known_to = self.frames - _KNOWN_AFTER
        if known_to <= self._known_to:
            return
        start = max(0, self._known_to - 2 * REACH)
        for found in find_boundaries(scores_by_name(self._scorer.rows(start))):
            if self._known_to < start + found.frame <= known_to:
                first, last = start + found.first, start + found.last
                self._boundaries.append(Boundary(start + found.frame, found.kind, first, last))
        self._known_to = known_to
        self.keeper.decide(self._times[: self.frames], self._boundaries, known_to)
