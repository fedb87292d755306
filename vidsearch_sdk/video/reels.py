"""Spans of many films as one film: one size, one constant rate, sound crossfaded where they meet."""

from __future__ import annotations

import os
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import closing
from fractions import Fraction
from functools import lru_cache, partial
from itertools import accumulate
from pathlib import Path

import av
import numpy as np
from numpy.typing import NDArray

from vidsearch_sdk.errors import DecodeError
from vidsearch_sdk.video.clip_pictures import ClipPictures
from vidsearch_sdk.video.clip_sound import SOUND_RATE, sound_of
from vidsearch_sdk.video.into_place import into_place
from vidsearch_sdk.video.opening import display_name
from vidsearch_sdk.video.probe import VideoInfo, probe
from vidsearch_sdk.video.reel_captions import Captions
from vidsearch_sdk.video.reel_file import ReelFile
from vidsearch_sdk.video.reel_plan import LONGEST_CROSSFADE_S, ReelPart, frames_of, times_shown
from vidsearch_sdk.video.reel_sound import reel_sound
from vidsearch_sdk.video.span import open_span
from vidsearch_sdk.video.written_film import check_whole, write_error


def write_reel(
    parts: Sequence[ReelPart],
    out: str | os.PathLike[str],
    *,
    size: tuple[int, int],
    frame_rate: Fraction,
    titles: bool = False,
    crossfade_s: float = 0.05,
    crf: int = 18,
    preset: str = "veryfast",
    threads: int = 0,
    overwrite: bool = False,
    progress: Callable[[float], None] | None = None,
) -> Path:
    """Write spans one after another as H.264 and AAC.

    Each part starts on the frame nearest to its true place, so nothing drifts: sound and pictures of a part
    start together, and the reel lasts as long as its parts, to half a frame. At the reel's rate every frame
    of a part is shown once; at another, frames nearest in time. Pictures are as of
    :class:`~vidsearch_sdk.video.clip_pictures.ClipPictures`, between black bars where their shape is another.
    A film without sound is silent, and so is what is damaged of another's.

    Memory is that of the frames that decoder and encoder hold, whatever the reel's length.

    Args:
        parts: The spans in order, one or more.
        out: The mp4 to write; it is there when the reel is whole, and its folder is made.
        size: Width and height in pixels, both even.
        frame_rate: Frames per second.
        titles: Write title and running time of each part into the pictures.
        crossfade_s: How long the sounds of two parts overlap, half before the cut and half behind it; 0 to 1.
        crf: x264's constant rate factor: lower is better and larger.
        preset: x264's effort.
        threads: Decoding threads; 0 takes as many as there are cores.
        overwrite: Replace a file that exists.
        progress: Told the share that is done, 0 to 1, after every frame, and 1 when all that is left is to
            put the reel in its place. What it raises ends the work, and nothing is left of it.

    Returns:
        ``out`` as an absolute path.

    Raises:
        VideoNotFound: A film is not there.
        VideoRejected: One is no film that is decoded here.
        DecodeError: No frame of a part can be decoded, or the reel cannot be encoded.
        StorageError: The file exists and ``overwrite`` is false, or the system refuses to read a film or to
            write the reel.
        ValueError: An argument is out of range.
    """
    if not parts:
        raise ValueError("parts must be one or more")
    if min(size) < 2 or size[0] % 2 or size[1] % 2:
        raise ValueError(f"size must be two even numbers of 2 or more, not {size}")
    if frame_rate <= 0:
        raise ValueError(f"frame_rate must be above 0, not {frame_rate}")
    if not 0 <= crossfade_s <= LONGEST_CROSSFADE_S:
        raise ValueError(f"crossfade_s must lie within 0 and {LONGEST_CROSSFADE_S:g}, not {crossfade_s}")
    if not 0 <= crf <= 51:
        raise ValueError(f"crf must lie within 0 and 51, not {crf}")
    target = Path(out).absolute()
    counts = frames_of([part.length_s for part in parts], frame_rate)
    total = sum(counts) + 1  # all is done only when the file is whole
    with into_place(target, overwrite=overwrite) as aside:
        try:
            sound = reel_sound(_sounds(parts, counts, frame_rate), crossfade=round(crossfade_s * SOUND_RATE))
            file = ReelFile(aside, size=size, rate=frame_rate, sound=sound, crf=crf, preset=preset)
        except (OSError, av.FFmpegError) as error:
            raise _refusal(error, target) from error
        captions = Captions(*size) if titles else None
        steps = _written(file, parts, counts, size, captions, threads, target)
        with closing(steps):
            for done in steps:
                if progress is not None:
                    progress(done / total)
        try:
            check_whole(aside)
        except OSError as error:
            raise _refusal(error, target) from error
        if progress is not None:
            progress(1.0)
    return target


def _written(
    file: ReelFile,
    parts: Sequence[ReelPart],
    counts: Sequence[int],
    size: tuple[int, int],
    captions: Captions | None,
    threads: int,
    target: Path,
) -> Generator[int, None, None]:
    """Write everything, and give the number of frames written after each one read."""
    # What hears of the progress stands outside of this, so that its own errors are not taken for the disk's.
    try:
        with file:
            for part, count in zip(parts, counts, strict=True):
                yield from _write_part(file, part, count, size, captions, threads)
            file.finish()
    except (OSError, av.FFmpegError) as error:
        raise _refusal(error, target) from error


def _write_part(
    file: ReelFile,
    part: ReelPart,
    count: int,
    size: tuple[int, int],
    captions: Captions | None,
    threads: int,
) -> Iterator[int]:
    first = file.frames
    with open_span(part.path, part.start_pts, part.end_pts, threads=threads) as (reader, frames):
        info = reader.info
        waiting: dict[int, tuple[int, str]] = {}
        timed = ((frame.time_s, frame) for frame in frames)
        start_s = float(part.start_pts * info.time_base)
        with ClipPictures(info, canvas=size) as pictures:

            def write(made: Iterator[av.VideoFrame]) -> None:
                for picture in made:
                    assert picture.pts is not None
                    times, text = waiting.pop(picture.pts)
                    if not times:
                        continue
                    if captions is not None:
                        # It may be the decoder's own, which further pictures are predicted from.
                        picture.make_writable()
                        captions.write(picture, title=part.title, time=text)
                    file.add(picture, times=times, opens=file.frames == first)

            for frame, times in times_shown(timed, count=count, rate=file.rate):
                # Fields are put together from the pictures around them, shown or not.
                if times or info.interlaced:
                    text = part.running.at(frame.index, frame.time_s - start_s) if captions else ""
                    waiting[frame.pts] = times, text
                    frame.picture.pts, frame.picture.time_base = frame.pts, info.time_base
                    write(pictures.feed(frame.picture))
                yield file.frames
            write(pictures.finish())
    if file.frames - first != count:
        raise DecodeError(f"{display_name(part.path)}: {file.frames - first} of {count} frames could be made")


def _sounds(
    parts: Sequence[ReelPart], counts: Sequence[int], rate: Fraction
) -> list[tuple[int, Callable[[float, float], Iterator[NDArray[np.float32]]]]]:
    ends = [round(frames / rate * SOUND_RATE) for frames in accumulate(counts)]
    starts = [0, *ends]
    looked_at = lru_cache(maxsize=256)(probe)  # a film is often there many times
    return [
        (end - start, partial(_sound, part, looked_at))
        for part, start, end in zip(parts, starts, ends, strict=False)
    ]


def _sound(
    part: ReelPart, looked_at: Callable[[Path], VideoInfo], before_s: float, total_s: float
) -> Iterator[NDArray[np.float32]]:
    info = looked_at(part.path)
    if not info.audio_streams:
        return iter(())
    start_s = float(part.start_pts * info.time_base) - before_s
    return sound_of(part.path, start_s, start_s + total_s)


def _refusal(error: OSError | av.FFmpegError, target: Path) -> Exception:
    return write_error(error, target, cannot=f"{display_name(target)}: the reel cannot be made")
