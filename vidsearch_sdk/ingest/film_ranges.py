"""A long film in ranges of time, decoded side by side, with the result of one pass.

Every score of a frame looks back and ahead a bounded number of frames, so each range is read with a lead-in
and a lead-out, and what neighbors both saw must agree. Where it does not, because a decoder that starts in
the middle gives other pictures or times, or anything is damaged, the ranges are given up (`RangesError`)
and the film is decoded in one pass. Runs inside children.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from vidsearch_sdk.errors import DecodeError
from vidsearch_sdk.ingest.film_part import FilmPart, OnProgress, decode_part
from vidsearch_sdk.ingest.film_pass import FilmPass, finish_film
from vidsearch_sdk.ingest.keyframe_keeper import JpegFile
from vidsearch_sdk.shots.scores import AHEAD, BEFORE, COLUMNS
from vidsearch_sdk.video.opening import ThreadType
from vidsearch_sdk.video.probe import VideoInfo, probe
from vidsearch_sdk.video.subtitles import read_subtitles

_PICTURES = pa.schema([("frame", pa.int64()), ("jpeg", pa.binary())])
_BATCH = 64
_SEEN_BY_BOTH = [COLUMNS.index(name) for name in ("brightness", "contrast")]  # scores of a frame by itself


class RangesError(DecodeError):
    """The ranges of a film do not fit together; one pass over all of it will do."""


@dataclass(frozen=True, slots=True)
class Span:
    """One range of a film, in its time base; ``None`` is the film's start or end.

    Attributes:
        start_pts: first time that the range answers for.
        end_pts: time from which the next range answers.
        read_from: where reading starts, to lead in.
        read_to: where reading ends, to lead out.
    """

    start_pts: int | None
    end_pts: int | None
    read_from: int | None
    read_to: int | None


def plan_spans(
    *, start_pts: int, duration_s: float, frame_rate: Fraction, time_base: Fraction, count: int
) -> list[Span]:
    """Cut a film into spans of equal length, each led in and out by the frames that its scores look at.

    Twice as many, as far as the frame rate tells: where frames are further apart than it says, merging finds
        out.

    Raises:
        ValueError: ``count`` is below 1 or the film has no length.

    Examples:
        >>> film = dict(start_pts=0, duration_s=100.0, frame_rate=Fraction(25), time_base=Fraction(1, 100))
        >>> [(span.start_pts, span.end_pts) for span in plan_spans(**film, count=3)]
        [(None, 3333), (3333, 6667), (6667, None)]
    """
    if count < 1 or duration_s <= 0:
        raise ValueError(f"{count} ranges of {duration_s} s")
    edges = [start_pts + round(number * duration_s / count / time_base) for number in range(1, count)]
    before, ahead = (math.ceil(2 * frames / frame_rate / time_base) for frames in (BEFORE, AHEAD))
    starts, ends = [None, *edges], [*edges, None]
    return [
        Span(
            start,
            end,
            None if start is None or start - before <= start_pts else start - before,
            None if end is None else end + ahead,
        )
        for start, end in zip(starts, ends, strict=True)
    ]


def spans_of(info: VideoInfo, count: int) -> list[Span]:
    """The spans of a film, the same in every process.

    Raises:
        RangesError: the film's header does not say enough.
    """
    if info.start_pts is None or not info.duration_s or not info.frame_rate:
        raise RangesError("the film does not tell where it starts, how long it is or how fast it runs")
    return plan_spans(
        start_pts=info.start_pts,
        duration_s=info.duration_s,
        frame_rate=info.frame_rate,
        time_base=info.time_base,
        count=count,
    )


def decode_range(
    path: Path,
    *,
    number: int,
    count: int,
    threads: int,
    thread_type: ThreadType,
    on_progress: OnProgress,
    scratch: Path,
) -> dict[str, pa.Table | Path]:
    """Decode one of the spans of a film.

    Returns:
        ``frames``, a row per frame read: ``pts``, whether it is ``marked`` as a candidate, whether the range
        answers for it (``own``), and its scores; and ``pictures``, ``frame`` (a row number) and ``jpeg``.

    Raises:
        RangesError: something is damaged, or the span holds too little to be joined to its neighbors.
        VideoError: the film cannot be decoded.
    """
    span = spans_of(probe(path), count)[number]
    part = decode_part(
        path,
        threads=threads,
        thread_type=thread_type,
        start_pts=span.read_from,
        end_pts=span.read_to,
        on_progress=on_progress,
        scratch=scratch,
    )
    try:
        first, end = _own(part.pts, span)
        if part.bad_packets or part.damaged_frames:
            raise RangesError("something in this range is damaged")
        if first == end or (span.read_from is not None and first < BEFORE):
            raise RangesError("this range has too few frames")
        if span.end_pts is not None and len(part.pts) - end < AHEAD:
            raise RangesError("this range ends before it should")
        return {"frames": _frames(part, first, end), "pictures": _pictures(part, first, end, scratch)}
    finally:
        part.jpegs.close()


def merge_ranges(path: Path, video_id: str, folders: Sequence[Path], *, scratch: Path) -> FilmPass:
    """Join what `decode_range` gave and make the tables of the film.

    Args:
        path: the film.
        video_id: its id.
        folders: the folders with ``frames.arrow`` and ``pictures.arrow`` of each span, in order.
        scratch: folder for the keyframes.

    Raises:
        RangesError: neighbors do not agree on the frames that both saw.
    """
    frames = [_read(folder / "frames.arrow") for folder in folders]
    pieces = [_Piece(table) for table in frames]
    for left, right in pairwise(pieces):
        left.check_next(right)
    jpegs = JpegFile(scratch)
    try:
        offset = 0
        for piece, folder in zip(pieces, folders, strict=True):
            with pa.OSFile(str(folder / "pictures.arrow"), "rb") as file:
                reader = pa.ipc.open_file(file)
                for number in range(reader.num_record_batches):
                    for row in reader.get_batch(number).to_pylist():
                        jpegs.put(row["frame"] - piece.first + offset, row["jpeg"])
            offset += piece.end - piece.first
        info = probe(path)
        lines = [line for line in read_subtitles(path, info=info) if line.track.startswith("embedded:")]
        film = FilmPart(
            info=info,
            pts=np.concatenate([piece.pts[piece.first : piece.end] for piece in pieces]),
            end_pts=pieces[-1].end_pts,
            rows=np.concatenate([piece.rows[piece.first : piece.end] for piece in pieces]),
            marked=np.flatnonzero(np.concatenate([p.marked[p.first : p.end] for p in pieces])),
            jpegs=jpegs,
            bad_packets=0,
            damaged_frames=0,
            lines=lines,
            own=(0, offset),
        )
        return finish_film(path, video_id, film, scratch=scratch)
    finally:
        jpegs.close()


class _Piece:
    """One range, read back."""

    def __init__(self, table: pa.Table) -> None:
        self.pts: NDArray[np.int64] = table["pts"].to_numpy()
        self.marked: NDArray[np.bool_] = table["marked"].to_numpy()
        own = np.flatnonzero(table["own"].to_numpy())
        self.first, self.end = int(own[0]), int(own[-1]) + 1
        self.end_pts = int(table["end_pts"][-1].as_py())
        self.rows: NDArray[np.float32] = np.stack([table[name].to_numpy() for name in COLUMNS], axis=1)

    def check_next(self, other: _Piece) -> None:
        """The lead-out of this one and the lead-in of the other must be the same frames."""
        out, lead = len(self.pts) - self.end, other.first
        seen = min(out, other.end - other.first), min(lead, self.end - self.first)
        mine = slice(self.end - seen[1], self.end + seen[0])
        theirs = slice(other.first - seen[1], other.first + seen[0])
        same = np.array_equal(self.pts[mine], other.pts[theirs])
        if not same or not np.array_equal(
            self.rows[mine][:, _SEEN_BY_BOTH], other.rows[theirs][:, _SEEN_BY_BOTH]
        ):
            raise RangesError("two ranges do not agree on the frames between them")


def _own(pts: NDArray[np.int64], span: Span) -> tuple[int, int]:
    first = 0 if span.start_pts is None else int(np.searchsorted(pts, span.start_pts))
    end = len(pts) if span.end_pts is None else int(np.searchsorted(pts, span.end_pts))
    return first, end


def _frames(part: FilmPart, first: int, end: int) -> pa.Table:
    frames = len(part.pts)
    number = np.arange(frames)
    marked = np.zeros(frames, np.bool_)
    marked[part.marked] = True
    columns = {
        "pts": part.pts,
        "end_pts": np.full(frames, part.end_pts),
        "own": (number >= first) & (number < end),
        "marked": marked,
    }
    columns |= {name: np.ascontiguousarray(part.rows[:, index]) for index, name in enumerate(COLUMNS)}
    return pa.table(columns)


def _pictures(part: FilmPart, first: int, end: int, scratch: Path) -> Path:
    kept = [frame for frame in part.jpegs.frames() if first <= frame < end]
    path = scratch / "pictures.arrow"
    with pa.OSFile(str(path), "wb") as file, pa.ipc.new_file(file, _PICTURES) as writer:
        for start in range(0, len(kept), _BATCH):
            frames = kept[start : start + _BATCH]
            jpegs = [part.jpegs.get(frame) for frame in frames]
            writer.write_batch(pa.record_batch({"frame": frames, "jpeg": jpegs}, schema=_PICTURES))
    return path


def _read(path: Path) -> pa.Table:
    with pa.OSFile(str(path), "rb") as file:
        return pa.ipc.open_file(file).read_all()
