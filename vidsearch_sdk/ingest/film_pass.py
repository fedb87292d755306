"""One film through decoding, scores, boundaries and keyframes: all that needs its pictures, in one pass.

Runs inside the decoding child, but knows nothing of it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from vidsearch_sdk.errors import DecodeError
from vidsearch_sdk.ingest.film_part import FilmPart, OnOpened, OnProgress, decode_part
from vidsearch_sdk.shots.arrow import arrow_table
from vidsearch_sdk.shots.boundaries import find_boundaries
from vidsearch_sdk.shots.keyframes import choose_keyframes
from vidsearch_sdk.shots.scores import scores_by_name, scores_table
from vidsearch_sdk.shots.shot_table import shot_spans, shot_table
from vidsearch_sdk.store.tables import DIALOGUE, KEYFRAMES
from vidsearch_sdk.video.completeness import what_is_missing
from vidsearch_sdk.video.frames import FrameReader
from vidsearch_sdk.video.keyframe_pictures import KeyframePictures, encode_jpeg
from vidsearch_sdk.video.lines import Line
from vidsearch_sdk.video.opening import ThreadType
from vidsearch_sdk.video.sidecars import read_sidecars
from vidsearch_sdk.video.timing import frame_rate_of

_BATCH = 16  # keyframes held at once when they are written


@dataclass(frozen=True)
class FilmPass:
    """What a film gave.

    Attributes:
        video: Measured columns of ``videos``: ``status`` (``"ok"`` or ``"partial"``), ``error`` (what was
            expected and what was seen; empty when ok), ``duration_s``, ``frames``, ``frames_expected``,
            ``width``, ``height``, ``frame_rate``, ``time_base``, ``start_pts``, ``source_timecode``,
            ``codec``, ``rotation``, ``hdr``, ``variable_rate``.
        tables: ``shots``, ``keyframes``, ``scores`` and ``dialogue``; ``keyframes`` is the path of an Arrow
            file where a scratch folder was given.
    """

    video: dict[str, Any]
    tables: dict[str, pa.Table | Path]


def process_film(
    path: Path,
    video_id: str,
    *,
    threads: int,
    thread_type: ThreadType = "AUTO",
    on_opened: OnOpened | None = None,
    on_progress: OnProgress | None = None,
    scratch: Path | None = None,
) -> FilmPass:
    """Decode a film once and give its shots, keyframes, scores and dialogue.

    Memory does not grow with the film but for its scores (60 bytes a frame) and its lines.

    Args:
        path: The film.
        video_id: Its id.
        threads: Decoding threads; 0 takes as many as there are cores.
        thread_type: ``"AUTO"``, or ``"SLICE"`` for a damaged film.
        on_opened: Told what is known of the film as soon as its first picture is decoded.
        on_progress: Told now and then how many seconds of film are done.
        scratch: Folder for temporary files and the keyframes; without it the keyframes stay in memory.

    Raises:
        VideoNotFound: There is no such file.
        VideoRejected: It is no film that is decoded here.
        DecodeError: No picture of it can be decoded.
        StorageError: The system refuses to read it.
    """
    part = decode_part(
        path,
        threads=threads,
        thread_type=thread_type,
        on_opened=on_opened,
        on_progress=on_progress,
        scratch=scratch,
    )
    try:
        lines = part.lines + read_sidecars(path, clock_start_s=part.info.clock_start_s)
        return finish_film(path, video_id, part, lines=lines, scratch=scratch)
    finally:
        part.jpegs.close()


def finish_film(
    path: Path, video_id: str, film: FilmPart, *, lines: list[Line], scratch: Path | None
) -> FilmPass:
    """Make the tables of a film that was decoded.

    Args:
        path: The film.
        video_id: Its id.
        film: What decoding all of it gave.
        lines: Its subtitle lines, from inside it and beside it.
        scratch: Folder for the keyframes.

    Raises:
        DecodeError: There is no frame.
    """
    if not len(film.pts):
        raise DecodeError(f"{path.name}: no picture of it can be decoded")
    boundaries = find_boundaries(scores_by_name(film.rows))
    times = film.times
    transitions = [(b.first, b.last) for b in boundaries if b.kind != "cut"]
    chosen = [
        choose_keyframes(start, end, times, film.marked, transitions)
        for start, end in shot_spans(len(film.pts), boundaries)
    ]
    _fetch_missing(path, film, [frame for frames in chosen for frame in frames])
    shots = shot_table(
        video_id, film.pts, times, film.end_pts, boundaries, [len(frames) for frames in chosen]
    )
    keyframes = _keyframe_batches(video_id, film, times, chosen)
    return FilmPass(
        video=_measured(film),
        tables={
            "shots": shots,
            "keyframes": _written(keyframes, scratch),
            "scores": scores_table(film.pts, film.rows),
            "dialogue": _dialogue(video_id, lines),
        },
    )


def _fetch_missing(path: Path, film: FilmPart, frames: list[int]) -> None:
    """Decode chosen frames whose picture was not kept: rare, as where a shot was guessed wrong on the way."""
    for frame in frames:
        if frame in film.jpegs:
            continue
        pictures = KeyframePictures(film.info)
        pts = int(film.pts[frame])
        with FrameReader(
            path, threads=1, thread_type="SLICE", start_pts=pts, for_small_pictures=True
        ) as reader:
            found = next(reader, None)
            if found is None:
                raise DecodeError(f"{path.name}: frame {frame} decodes once, but not again")
            film.jpegs.put(frame, encode_jpeg(pictures(found.picture)))


def _keyframe_batches(
    video_id: str, film: FilmPart, times: NDArray[np.float64], chosen: list[list[int]]
) -> Iterator[pa.RecordBatch]:
    rows = [(number, frame) for number, frames in enumerate(chosen) for frame in frames]
    for start in range(0, len(rows), _BATCH):
        batch = rows[start : start + _BATCH]
        yield arrow_table(
            {
                "video_id": [video_id] * len(batch),
                "shot_number": [number for number, _ in batch],
                "frame": [frame for _, frame in batch],
                "time_s": [float(times[frame]) for _, frame in batch],
                "jpeg": [film.jpegs.get(frame) for _, frame in batch],
            },
            KEYFRAMES,
        ).to_batches()[0]


def _written(batches: Iterator[pa.RecordBatch], scratch: Path | None) -> pa.Table | Path:
    if scratch is None:
        return pa.Table.from_batches(list(batches), schema=KEYFRAMES)
    path = scratch / "keyframes.arrow"
    with pa.OSFile(str(path), "wb") as file, pa.ipc.new_file(file, KEYFRAMES) as writer:
        for batch in batches:
            writer.write_batch(batch)
    return path


def _dialogue(video_id: str, lines: list[Line]) -> pa.Table:
    return arrow_table(
        {
            "video_id": [video_id] * len(lines),
            "line": range(len(lines)),
            "start_s": [line.start_s for line in lines],
            "end_s": [line.end_s for line in lines],
            "text": [line.text for line in lines],
            "language": [line.language for line in lines],
            "speaker": [line.speaker for line in lines],
            "track": [line.track for line in lines],
        },
        DIALOGUE,
    )


def _measured(film: FilmPart) -> dict[str, Any]:
    info, frames = film.info, len(film.pts)
    rate, variable = frame_rate_of(film.pts, info.time_base)
    rate = rate or info.frame_rate
    error = what_is_missing(
        info,
        packets_seen=film.packets_seen,
        frames_seen=frames,
        bad_packets=film.bad_packets,
        damaged_frames=film.damaged_frames,
    )
    times = film.times
    return {
        "status": "partial" if error else "ok",
        "error": error,
        "duration_s": float(times[-1] - times[0]),
        "frames": frames,
        "frames_expected": info.frames_expected,
        "width": info.width,
        "height": info.height,
        "frame_rate": None if rate is None else str(rate),
        "time_base": str(info.time_base),
        "start_pts": int(film.pts[0]),
        "source_timecode": info.source_timecode,
        "codec": info.codec,
        "rotation": info.rotation,
        "hdr": info.hdr,
        "variable_rate": variable,
    }
