"""What tells a clip apart from all other footage: its scores frame by frame, and pictures of it.

A clip is decoded in a child process like any film, and scored by the same code as the films of a catalog, so
that the two can be laid over each other (:mod:`vidsearch_sdk.query.copies.locate`).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from vidsearch_sdk.errors import DecodeError
from vidsearch_sdk.ingest.clip_decoding import decoded_span
from vidsearch_sdk.ingest.clip_frames import PICTURES, EvenPictures, picture_of
from vidsearch_sdk.ingest.limits import Limits
from vidsearch_sdk.ingest.messages import MessageError
from vidsearch_sdk.ingest.received_tables import read_batches

TIMED_SCORES = pa.schema([("time_s", pa.float64())])
"""The first column of the scores that the child hands over; float32 columns by name follow."""

PICTURE_SPACING_S = 0.1
"""Seconds between pictures of a clip of up to a minute; a longer clip has them further apart."""
MOST_SMALL_PICTURES = 600

_SMALL_SIDE = 72
_ENCODED_SPACING_S = 2.0
_ENCODED = 16
_SCORE_AT_ONCE = 48


@dataclass(frozen=True, eq=False)
class ClipSignature:
    """A clip as it is compared with films.

    Attributes:
        times: float64 (frames,), ascending seconds of the clip's own clock, one per frame.
        end_s: When the last frame ends.
        scores: float32 (frames,) each, by name; see :mod:`vidsearch_sdk.shots.scores`.
        picture_times: float64 (pictures,), seconds of the small pictures.
        pictures: Small pictures, uint8 (height, width, 3) RGB, upright, shorter side at most 72.
        encoded: At most 16 larger pictures, evenly spaced, for an encoder.
    """

    times: npt.NDArray[np.float64]
    end_s: float
    scores: Mapping[str, npt.NDArray[np.float32]]
    picture_times: npt.NDArray[np.float64]
    pictures: list[npt.NDArray[np.uint8]]
    encoded: list[npt.NDArray[np.uint8]]


def signature_of(
    path: str | Path,
    start_s: float | None = None,
    end_s: float | None = None,
    *,
    threads: int = 2,
    limits: Limits | None = None,
) -> ClipSignature:
    """Decode a span of a file, once, and return what it is compared by.

    Args:
        path: A video file; it need not be in any catalog.
        start_s: Where the span starts, in seconds of the container's own clock; the file's start when
            ``None``.
        end_s: Where it ends, exclusive; the file's end when ``None``.
        threads: Decoding threads.
        limits: What decoding may cost.

    Raises:
        ValueError: The span is empty or no number.
        VideoNotFound: No such file.
        VideoRejected: No video that is decoded here.
        DecodeError: No picture in that span, or decoding hung or died.
        ExecutorError: No decoding process can be started.
    """
    with decoded_span("signature", path, start_s, end_s, threads=threads, limits=limits) as (
        measured,
        folder,
    ):
        found = _received(folder, measured)
    if found is None:
        raise DecodeError(f"{Path(path).name}: no picture between {start_s} and {end_s} s")
    return found


def read_signature(
    path: Path,
    start_s: float | None,
    end_s: float | None,
    *,
    threads: int,
    thread_type: Literal["AUTO", "FRAME", "SLICE"],
    on_progress: Callable[[float], None],
) -> tuple[dict[str, pa.Table], float]:
    """Decode a span, score every frame and keep pictures; runs in the child.

    Returns:
        The tables ``scores``, ``small`` and ``encoded``, and when the last frame ends, in seconds.
    """
    from vidsearch_sdk.shots.scores import COLUMNS, Scorer
    from vidsearch_sdk.shots.small_picture import small_picture, use_one_thread
    from vidsearch_sdk.video.frames import FrameReader
    from vidsearch_sdk.video.keyframe_pictures import KeyframePictures
    from vidsearch_sdk.video.probe import probe
    from vidsearch_sdk.video.small_frames import SmallFrames

    use_one_thread()
    time_base = probe(path).time_base
    start_pts = None if start_s is None else math.ceil(start_s / time_base)
    end_pts = None if end_s is None else math.ceil(end_s / time_base)
    scorer, views = Scorer(), SmallFrames()
    small = EvenPictures(spacing_s=PICTURE_SPACING_S, held=MOST_SMALL_PICTURES)
    large = EvenPictures(spacing_s=_ENCODED_SPACING_S / 4, held=4 * _ENCODED)
    times: list[float] = []
    unscored: list[npt.NDArray[np.uint8]] = []
    with FrameReader(
        path, threads=threads, thread_type=thread_type, start_pts=start_pts, end_pts=end_pts
    ) as reader:
        shrink, enlarge = KeyframePictures(reader.info, short_side=_SMALL_SIDE), KeyframePictures(reader.info)
        for frame in reader:
            on_progress(frame.time_s)
            times.append(frame.time_s)
            unscored.append(small_picture(views(frame.picture)))
            if len(unscored) == _SCORE_AT_ONCE:
                scorer.push(np.stack(unscored))
                unscored.clear()
            small.offer(frame.time_s, frame.picture, shrink)
            large.offer(frame.time_s, frame.picture, enlarge)
        ends_s = float(reader.end_pts * time_base)
    if unscored:
        scorer.push(np.stack(unscored))
    rows = scorer.rows()
    scores = pa.table(
        {"time_s": np.array(times, np.float64), **{n: rows[:, i] for i, n in enumerate(COLUMNS)}}
    )
    return {
        "scores": scores,
        "small": small.table(),
        "encoded": large.table(spacing_s=_ENCODED_SPACING_S, most=_ENCODED),
    }, ends_s


def _received(folder: Path, measured: Mapping[str, object]) -> ClipSignature | None:
    batches = list(read_batches(folder / "scores.arrow", TIMED_SCORES, open_ended=pa.float32()))
    if not batches:
        return None
    scores = pa.Table.from_batches(batches)
    end_s = measured.get("end_s")
    times = scores["time_s"].to_numpy()
    if not isinstance(end_s, int | float) or not (np.isfinite(times).all() and np.all(np.diff(times) > 0)):
        raise MessageError("a clip whose times do not rise")
    named = {name: scores[name].to_numpy() for name in scores.column_names[1:]}
    if not all(np.isfinite(values).all() for values in named.values()):
        raise MessageError("scores that are no numbers")
    picture_times, pictures = _pictures(folder / "small.arrow")
    _, encoded = _pictures(folder / "encoded.arrow")
    if not pictures or not encoded:
        raise MessageError("a clip without pictures")
    return ClipSignature(times, max(float(end_s), float(times[-1])), named, picture_times, pictures, encoded)


def _pictures(path: Path) -> tuple[npt.NDArray[np.float64], list[npt.NDArray[np.uint8]]]:
    times: list[float] = []
    pictures: list[npt.NDArray[np.uint8]] = []
    for batch in read_batches(path, PICTURES):
        for row in batch.to_pylist():
            times.append(row["time_s"])
            pictures.append(picture_of(row))
    return np.array(times, np.float64), pictures
