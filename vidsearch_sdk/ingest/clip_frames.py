"""Pictures of a clip that the user brings, for a search by it; decoded as carefully as any film."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path
from typing import Literal, TypeVar

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from vidsearch_sdk.errors import DecodeError, QueryError
from vidsearch_sdk.ingest.clip_decoding import decoded_span
from vidsearch_sdk.ingest.limits import Limits
from vidsearch_sdk.ingest.messages import MessageError
from vidsearch_sdk.ingest.received_tables import read_batches

PICTURES = pa.schema(
    [("time_s", pa.float64()), ("height", pa.int32()), ("width", pa.int32()), ("rgb", pa.binary())]
)
"""The table in which the child hands pictures over."""

MOST_PICTURES = 16
"""Pictures of one clip at most; one per two seconds until then."""

PAST_END_S = 0.5
"""How far a span may reach past its file: ends are often rounded to the second."""

_SPACING_S = 2.0
_HELD = 4 * MOST_PICTURES
_LARGEST_SIDE = 16384

P = TypeVar("P")


def keyframes_of(
    path: str | Path,
    start_s: float | None = None,
    end_s: float | None = None,
    *,
    threads: int = 2,
    limits: Limits | None = None,
) -> list[npt.NDArray[np.uint8]]:
    """Return evenly spaced pictures of a span of a file: one per two seconds, at least 1, at most 16.

    The file is decoded in a child process, so one that hangs or kills a decoder harms nothing here.

    Args:
        path: A video file; it need not be in any catalog.
        start_s: Where the span starts, in seconds of the container's own clock; the file's start when
            ``None``.
        end_s: Where it ends, exclusive; the file's end when ``None``.
        threads: Decoding threads.
        limits: What decoding may cost.

    Returns:
        uint8 arrays of shape (height, width, 3), RGB, upright, square pixels, in order of time.

    Raises:
        ValueError: The span is empty or no number.
        QueryError: The span ends after the file.
        VideoNotFound: No such file.
        VideoRejected: No video that is decoded here.
        DecodeError: No picture in that span, or decoding hung or died.
        ExecutorError: No decoding process can be started.
    """
    with decoded_span("clip", path, start_s, end_s, threads=threads, limits=limits) as (measured, folder):
        pictures = [
            picture
            for batch in read_batches(folder / "pictures.arrow", PICTURES)
            for picture in map(picture_of, batch.to_pylist())
        ]
        last_s = measured.get("end_s")
        if not isinstance(last_s, int | float):
            raise MessageError("no end of the span")
    if not pictures:
        raise DecodeError(f"{Path(path).name}: no picture between {start_s} and {end_s} s")
    if end_s is not None and last_s < end_s - PAST_END_S:
        raise QueryError(
            f"the clip ends at {end_s} s, after its file {Path(path).name}, which ends at {last_s:.2f} s"
        )
    return pictures


def read_pictures(
    path: Path,
    start_s: float | None,
    end_s: float | None,
    *,
    threads: int,
    thread_type: Literal["AUTO", "FRAME", "SLICE"],
    on_progress: Callable[[float], None],
) -> tuple[dict[str, pa.Table], float]:
    """Decode a span and keep evenly spaced pictures; runs in the child.

    Returns:
        The table ``pictures`` (`PICTURES`), and when the last frame ends, in seconds.
    """
    from vidsearch_sdk.video.frames import FrameReader
    from vidsearch_sdk.video.keyframe_pictures import KeyframePictures
    from vidsearch_sdk.video.probe import probe

    time_base = probe(path).time_base
    start_pts = None if start_s is None else math.ceil(start_s / time_base)
    end_pts = None if end_s is None else math.ceil(end_s / time_base)
    pictures = EvenPictures(spacing_s=_SPACING_S / 4, held=_HELD)
    with FrameReader(
        path, threads=threads, thread_type=thread_type, start_pts=start_pts, end_pts=end_pts
    ) as reader:
        shrink = KeyframePictures(reader.info)
        for frame in reader:
            on_progress(frame.time_s)
            pictures.offer(frame.time_s, frame.picture, shrink)
        last_s = float(reader.end_pts * time_base)
    return {"pictures": pictures.table(spacing_s=_SPACING_S, most=MOST_PICTURES)}, last_s


class EvenPictures:
    """Evenly spaced pictures of a span whose length is known only at its end; memory stays bounded.

    Args:
        spacing_s: Seconds between two that are held, at least; doubled whenever too many are held.
        held: Pictures held at most.
    """

    def __init__(self, *, spacing_s: float, held: int) -> None:
        self._spacing_s, self._most = spacing_s, held
        self._held: list[tuple[float, npt.NDArray[np.uint8]]] = []
        self._span: tuple[float, float] | None = None

    def offer(self, time_s: float, picture: P, shrink: Callable[[P], npt.NDArray[np.uint8]]) -> None:
        """Hand in the next picture of the span; it is shrunk if it is kept."""
        self._span = (self._span[0] if self._span else time_s, time_s)
        # Times of a constant rate are rounded: a spacing of whole frames must not lose every other one.
        if self._held and time_s - self._held[-1][0] < self._spacing_s - 1e-3:
            return
        self._held.append((time_s, shrink(picture)))
        if len(self._held) == self._most:
            self._held = self._held[::2]
            self._spacing_s *= 2

    def table(self, *, spacing_s: float | None = None, most: int | None = None) -> pa.Table:
        """A table of `PICTURES`: all that are held, or at most ``most``, one per ``spacing_s``."""
        chosen = self._held
        if self._span is not None and spacing_s is not None and most is not None:
            first_s, last_s = self._span
            count = min(max(1, math.ceil((last_s - first_s) / spacing_s)), most, len(chosen))
            times = np.array([time_s for time_s, _ in chosen])
            middles = first_s + (np.arange(count) + 0.5) * (last_s - first_s) / count
            nearest = {int(np.abs(times - middle).argmin()) for middle in middles}
            chosen = [chosen[number] for number in sorted(nearest)]
        return pa.Table.from_pylist(
            [
                {
                    "time_s": time_s,
                    "height": picture.shape[0],
                    "width": picture.shape[1],
                    "rgb": picture.tobytes(),
                }
                for time_s, picture in chosen
            ],
            schema=PICTURES,
        )


def picture_of(row: dict[str, object]) -> npt.NDArray[np.uint8]:
    """One row of `PICTURES` as an array (height, width, 3).

    Raises:
        MessageError: The row contradicts itself.
    """
    height, width, rgb = row["height"], row["width"], row["rgb"]
    if not (isinstance(height, int) and isinstance(width, int) and isinstance(rgb, bytes)):
        raise MessageError("a picture without pixels")
    if not (0 < height <= _LARGEST_SIDE and 0 < width <= _LARGEST_SIDE and len(rgb) == height * width * 3):
        raise MessageError("a picture whose size is not that of its pixels")
    return np.frombuffer(rgb, np.uint8).reshape(height, width, 3)
