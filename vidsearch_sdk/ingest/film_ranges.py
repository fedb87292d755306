"""A long film decoded in parts, by time range, with the same result as in one pass.

Every part also decodes some frames before and after its range, as many as scores and candidates look at, so
that those of its own frames come out as in one pass. Everything else is decided when the parts are joined. A
part travels between processes as Arrow tables.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from vidsearch_sdk.ingest.film_part import FilmPart, OnProgress, decode_part
from vidsearch_sdk.ingest.film_pass import FilmPass, finish_film
from vidsearch_sdk.ingest.keyframe_keeper import JpegFile
from vidsearch_sdk.shots.arrow import arrow_table
from vidsearch_sdk.shots.scores import AHEAD, BEFORE, COLUMNS
from vidsearch_sdk.video.completeness import what_is_missing
from vidsearch_sdk.video.opening import ThreadType
from vidsearch_sdk.video.probe import probe
from vidsearch_sdk.video.subtitles import read_subtitles

Range = tuple[int | None, int | None]

SHORTEST_S = 300.0
"""Seconds of film that a part has at least: what is decoded twice is some seconds."""

_INDEXED = ("mov", "matroska")  # containers in which a place is found by time without reading all before it
_SPARE = 2  # times as much film is decoded around a range as its frame rate says is needed

_FRAMES = pa.schema(
    [
        ("pts", pa.int64()),
        ("own", pa.int64()),  # 1 for the frames that the part answers for
        ("marked", pa.int64()),  # 1 for the frames that may become keyframes
        *((name, pa.float32()) for name in COLUMNS),
    ]
)
_PICTURES = pa.schema([("frame", pa.int64()), ("jpeg", pa.binary())])
_FACTS = pa.schema([("end_pts", pa.int64()), ("bad_packets", pa.int64()), ("damaged_frames", pa.int64())])


def plan_ranges(path: Path, *, parts: int, shortest_s: float = SHORTEST_S) -> list[Range] | None:
    """Split a film by time.

    Args:
        path: The film.
        parts: Parts wanted.
        shortest_s: Seconds of film that a part has at least.

    Returns:
        The range of each part as (first pts, end pts), None for the film's own start and end; or None where
        one pass is as good or safer: a short film, or a container that is not entered in the middle reliably.

    Raises:
        VideoError: It is no film that is decoded here.
        ValueError: ``parts`` is below 1.
    """
    if parts < 1:
        raise ValueError(f"parts must be 1 or more, not {parts}")
    info = probe(path)
    if (
        not any(name in info.container for name in _INDEXED)
        or info.duration_s is None
        or info.start_pts is None
        or info.missing_bytes
    ):
        return None
    count = min(parts, int(info.duration_s // shortest_s))
    if count < 2:
        return None
    length = Fraction(info.duration_s) / info.time_base
    edges = [info.start_pts + round(length * part / count) for part in range(1, count)]
    return list(pairwise([None, *edges, None]))


def process_range(
    path: Path,
    start_pts: int | None,
    end_pts: int | None,
    *,
    threads: int,
    thread_type: ThreadType = "AUTO",
    on_progress: OnProgress | None = None,
    scratch: Path | None = None,
) -> dict[str, pa.Table]:
    """Decode one part of a film.

    Args:
        path: The film.
        start_pts: First time of the part in the film's time base; None for the film's start.
        end_pts: Time at which it ends; None for the film's end.
        threads: Decoding threads; 0 takes as many as there are cores.
        thread_type: ``"AUTO"``, or ``"SLICE"`` for a damaged film.
        on_progress: Told now and then how many seconds are done.
        scratch: Folder for temporary files.

    Returns:
        The part as tables for :func:`merge_ranges`.

    Raises:
        VideoError: It cannot be decoded.
    """
    info = probe(path)
    frame = 1 / ((info.frame_rate or Fraction(24)) * info.time_base)
    part = decode_part(
        path,
        threads=threads,
        thread_type=thread_type,
        start_pts=None if start_pts is None else start_pts - round(_SPARE * BEFORE * frame),
        end_pts=None if end_pts is None else end_pts + round(_SPARE * AHEAD * frame),
        on_progress=on_progress,
        scratch=scratch,
    )
    try:
        low = 0 if start_pts is None else int(np.searchsorted(part.pts, start_pts))
        high = len(part.pts) if end_pts is None else int(np.searchsorted(part.pts, end_pts))
        return _to_tables(replace(part, own=(low, high)))
    finally:
        part.jpegs.close()


def merge_ranges(
    path: Path, video_id: str, parts: Sequence[Mapping[str, pa.Table]], *, scratch: Path | None = None
) -> FilmPass | None:
    """Join the parts of a film.

    Args:
        path: The film.
        video_id: Its id.
        parts: What :func:`process_range` gave for every range, in order.
        scratch: Folder for temporary files and the keyframes.

    Returns:
        The same as :func:`~vidsearch_sdk.ingest.film_pass.process_film`; or None where the parts do not fit
        each other or hold damage, so that the film has to be decoded in one pass.

    Raises:
        VideoError: The film is gone or has changed.
        ValueError: There are no parts.
    """
    if not parts:
        raise ValueError("a film has at least one part")
    if not _fit(parts):
        return None
    own = [_own(part) for part in parts]
    info = probe(path)
    frames_of_all = sum(high - low for low, high in own)
    if what_is_missing(
        info, packets_seen=frames_of_all, frames_seen=frames_of_all, bad_packets=0, damaged_frames=0
    ):
        return None  # only one pass counts packets, and so says what is missing
    jpegs = JpegFile(scratch)
    try:
        marked = []
        offset = 0
        for part, (low, high) in zip(parts, own, strict=True):
            at = np.flatnonzero(_numbers(part["frames"], "marked")[low:high])
            marked.append(at + offset)
            for frame, jpeg in zip(
                _numbers(part["pictures"], "frame").tolist(), _blobs(part["pictures"]), strict=True
            ):
                if low <= frame < high:
                    jpegs.put(frame - low + offset, jpeg)
            offset += high - low
        film = FilmPart(
            info=info,
            pts=np.concatenate(
                [_numbers(p["frames"], "pts")[a:b] for p, (a, b) in zip(parts, own, strict=True)]
            ),
            end_pts=int(_numbers(parts[-1]["facts"], "end_pts")[0]),
            rows=np.concatenate([_rows(p)[a:b] for p, (a, b) in zip(parts, own, strict=True)]),
            marked=np.concatenate(marked),
            jpegs=jpegs,
            packets_seen=frames_of_all,
            bad_packets=0,
            damaged_frames=0,
        )
        lines = read_subtitles(path, info=info)
        return finish_film(path, video_id, film, lines=lines, scratch=scratch)
    finally:
        jpegs.close()


def _fit(parts: Sequence[Mapping[str, pa.Table]]) -> bool:
    """Whether every part has enough around it and sees the frames at its edges as its neighbor does."""
    if any(_numbers(part["facts"], name)[0] for part in parts for name in ("bad_packets", "damaged_frames")):
        return False
    for one, two in pairwise(parts):
        (_, end), (start, _) = _own(one), _own(two)
        pts_one, pts_two = _numbers(one["frames"], "pts"), _numbers(two["frames"], "pts")
        if start < BEFORE or len(pts_one) - end < AHEAD or end < BEFORE or len(pts_two) - start < AHEAD:
            return False
        around_one, around_two = slice(end - BEFORE, end + AHEAD), slice(start - BEFORE, start + AHEAD)
        if not np.array_equal(pts_one[around_one], pts_two[around_two]):
            return False
        # The plain scores of the last frames before the edge: they differ if a picture decoded otherwise.
        last_one, last_two = slice(end - AHEAD, end), slice(start - AHEAD, start)
        if not np.array_equal(_rows(one)[last_one, :4], _rows(two)[last_two, :4]):
            return False
    return True


def _to_tables(part: FilmPart) -> dict[str, pa.Table]:
    frames = len(part.pts)
    own, marked = np.zeros(frames, np.int64), np.zeros(frames, np.int64)
    own[slice(*part.own)] = 1
    marked[part.marked] = 1
    columns: dict[str, Any] = {"pts": part.pts, "own": own, "marked": marked}
    columns |= {name: part.rows[:, index] for index, name in enumerate(COLUMNS)}
    kept = [frame for frame in sorted(part.jpegs.frames()) if own[frame]]
    facts = {
        "end_pts": [part.end_pts],
        "bad_packets": [part.bad_packets],
        "damaged_frames": [part.damaged_frames],
    }
    return {
        "frames": arrow_table(columns, _FRAMES),
        "pictures": arrow_table(
            {"frame": kept, "jpeg": [part.jpegs.get(frame) for frame in kept]}, _PICTURES
        ),
        "facts": arrow_table(facts, _FACTS),
    }


def _own(part: Mapping[str, pa.Table]) -> tuple[int, int]:
    own = np.flatnonzero(_numbers(part["frames"], "own"))
    return (int(own[0]), int(own[-1]) + 1) if len(own) else (0, 0)


def _rows(part: Mapping[str, pa.Table]) -> np.ndarray[tuple[int, int], np.dtype[np.float32]]:
    return np.stack([_numbers(part["frames"], name) for name in COLUMNS], axis=1)


def _numbers(table: pa.Table, name: str) -> np.ndarray[tuple[int], np.dtype[np.generic]]:
    return np.asarray(table.column(name).combine_chunks())


def _blobs(table: pa.Table) -> list[bytes]:
    return table.column("jpeg").to_pylist()  # type: ignore[no-any-return]
