"""One span of a film, opened for reading: its frames and its sound."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import chain

import numpy as np
from numpy.typing import NDArray

from vidsearch_sdk.errors import DecodeError
from vidsearch_sdk.video.clip_sound import sound_of
from vidsearch_sdk.video.frames import Frame, FrameReader
from vidsearch_sdk.video.opening import ThreadType, display_name
from vidsearch_sdk.video.probe import VideoInfo


@contextmanager
def open_span(
    path: str | os.PathLike[str],
    start_pts: int,
    end_pts: int,
    *,
    threads: int = 0,
    thread_type: ThreadType = "AUTO",
    for_small_pictures: bool = False,
    info: VideoInfo | None = None,
) -> Iterator[tuple[FrameReader, Iterator[Frame]]]:
    """Open a film at a span and make sure that it holds a frame.

    Args:
        path: The film.
        start_pts: Time of the first frame, in the film's time base.
        end_pts: Time before which the span ends.
        threads: Decoding threads; 0 takes as many as there are cores.
        thread_type: See :func:`~vidsearch_sdk.video.opening.open_video`.
        for_small_pictures: See :func:`~vidsearch_sdk.video.opening.open_video`.
        info: What is known of the same file from before.

    Yields:
        The reader, and every frame with ``start_pts <= pts < end_pts``.

    Raises:
        VideoNotFound: There is no such film.
        VideoRejected: It is no film that is decoded here.
        DecodeError: No frame of the span can be decoded.
        StorageError: The system refuses to read the film.
        ValueError: An argument is out of range.
    """
    # Where a clock starts again within a film, its own times after that lead a seek astray.
    for seek in (True, False):
        with FrameReader(
            path,
            threads=threads,
            thread_type=thread_type,
            start_pts=start_pts,
            end_pts=end_pts,
            seek=seek,
            hurry=True,
            info=info,
            for_small_pictures=for_small_pictures,
        ) as reader:
            first = next(reader, None)
            if first is not None:
                yield reader, chain([first], reader)
                return
    raise DecodeError(f"{display_name(path)}: no frame can be decoded from pts {start_pts} to {end_pts}")


def sound_of_span(
    path: str | os.PathLike[str], reader: FrameReader, start_pts: int, end_pts: int
) -> Iterator[NDArray[np.float32]]:
    """Decode the sound of a span: blocks as of :func:`~vidsearch_sdk.video.clip_sound.sound_of`, or none.

    Args:
        path: The film.
        reader: The film's frames, whose time base counts.
        start_pts: Where the span starts.
        end_pts: Where it ends.
    """
    if not reader.info.audio_streams:
        return iter(())
    time_base = reader.info.time_base
    return sound_of(path, float(start_pts * time_base), float(end_pts * time_base))
