"""Where every shot stands in time and in which film, and how rows of several segments become one count."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from vidsearch_sdk.index.exact import Rows
from vidsearch_sdk.index.segment import Segment
from vidsearch_sdk.index.shot_rows import rows_of_film


@dataclass(frozen=True)
class Spans:
    """Film and time of every row of all segments.

    Attributes:
        film: int32 (n,), place in ``film_ids``; -1 where the film was removed or processed anew since.
        start_s: float64 (n,), the container's own clock in seconds.
        end_s: float64 (n,), likewise; the span is half-open.
        film_ids: The films that can be found (video_id).
        film_rows: video_id to [start, stop), the rows of its shots, in order of time.
    """

    film: npt.NDArray[np.int32]
    start_s: npt.NDArray[np.float64]
    end_s: npt.NDArray[np.float64]
    film_ids: list[str]
    film_rows: Mapping[str, tuple[int, int]]


def spans_of(segments: Sequence[Segment]) -> Spans:
    """Put the spans of all segments one after the other; those of a single one are not copied."""
    film_ids: list[str] = []
    film_rows: dict[str, tuple[int, int]] = {}
    films: list[npt.NDArray[np.int32]] = []
    first = 0
    for segment in segments:
        encoded = segment.table["video_id"].combine_chunks()
        names = encoded.dictionary.to_pylist()
        codes = np.asarray(encoded.indices.to_numpy(), np.int32)
        alive = [name for name in names if name not in segment.gone]
        if film_ids or len(alive) < len(names):
            place = {name: len(film_ids) + number for number, name in enumerate(alive)}
            codes = np.array([place.get(name, -1) for name in names], np.int32)[codes]
        films.append(codes)
        film_ids += alive
        for name, (start, stop) in rows_of_film(segment.table).items():
            if name not in segment.gone:
                film_rows[name] = (first + start, first + stop)
        first += segment.table.num_rows
    starts, ends = ([segment.table[name] for segment in segments] for name in ("start_s", "end_s"))
    film = films[0] if len(films) == 1 else np.concatenate([np.empty(0, np.int32), *films])
    return Spans(film, _numbers(starts), _numbers(ends), film_ids, film_rows)


def _numbers(columns: Sequence[pa.ChunkedArray]) -> npt.NDArray[np.float64]:
    chunks = [chunk.to_numpy() for column in columns for chunk in column.chunks if len(chunk)]
    if len(chunks) == 1:
        return np.asarray(chunks[0], np.float64)
    return np.concatenate([np.empty(0, np.float64), *chunks])


def split_rows(rows: Rows, segments: Sequence[Segment]) -> Iterator[tuple[int, Rows, Rows]]:
    """Sort rows of all segments by the segment that holds them.

    Args:
        rows: int64 (m,), counted through all segments, in any order.
        segments: The segments in order.

    Yields:
        For each segment that holds any: its number, places in ``rows``, and rows of its own.
    """
    first = 0
    for number, segment in enumerate(segments):
        count = segment.table.num_rows
        if len(segments) == 1:
            yield number, np.arange(len(rows)), rows
            return
        places = np.flatnonzero((rows >= first) & (rows < first + count))
        if len(places):
            yield number, places, rows[places] - first
        first += count
