"""Lines of dialogue that were found, and the shots over which they are spoken."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from vidsearch_sdk.index.derived import enough_shared

Ints = npt.NDArray[np.int64]
Doubles = npt.NDArray[np.float64]
Floats = npt.NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class LineHits:
    """Lines found for a query, best first: those that hold all of it as a phrase, then by BM25.

    Attributes:
        film: int32 (n,), places in ``film_ids``.
        film_ids: Films of the index.
        line: int64 (n,), number of the line within its film.
        start_s: float64 (n,), seconds of the film's own clock.
        end_s: float64 (n,), likewise.
        text: object (n,), the lines. Untrusted: to be escaped by whoever shows them.
        language: object (n,), as tagged, or empty.
        bm25: float32 (n,), above 0; comparable within one answer only.
        coverage: float32 (n,), 0 to 1: how much of the query the line holds, each word weighted by its idf.
        phrase: bool (n,), whether the line holds the whole query as a phrase.
        known: 0 to 1: how much of the query, weighted likewise, any line of the indexes holds.
    """

    film: npt.NDArray[np.int32]
    film_ids: tuple[str, ...]
    line: Ints
    start_s: Doubles
    end_s: Doubles
    text: npt.NDArray[Any]
    language: npt.NDArray[Any]
    bm25: Floats
    coverage: Floats
    phrase: npt.NDArray[np.bool_]
    known: float = 1.0

    def __len__(self) -> int:
        return len(self.film)

    @property
    def video_id(self) -> list[str]:
        """The film of each line."""
        return [self.film_ids[code] for code in self.film]


def line_hits(
    table: pa.Table,
    film_ids: tuple[str, ...],
    rows: Ints,
    *,
    bm25: Floats,
    coverage: Floats,
    phrase: npt.NDArray[np.bool_],
) -> LineHits:
    """Look the lines up in the table of :func:`~vidsearch_sdk.query.dialogue.files.fill`."""
    if not len(rows):  # an empty table has no chunk
        none, nothing = np.empty(0, np.int64), np.empty(0)
        words = np.empty(0, object)
        return LineHits(
            none.astype(np.int32), film_ids, none, nothing, nothing, words, words, bm25, coverage, phrase
        )
    taken = {name: table.column(name).chunk(0).take(pa.array(rows)) for name in table.column_names[:6]}
    return LineHits(
        taken["video_id"].indices.to_numpy(zero_copy_only=False).astype(np.int32),
        film_ids,
        taken["line"].to_numpy(zero_copy_only=False),
        taken["start_s"].to_numpy(zero_copy_only=False),
        taken["end_s"].to_numpy(zero_copy_only=False),
        taken["text"].to_numpy(zero_copy_only=False),
        taken["language"].cast(pa.string()).to_numpy(zero_copy_only=False),
        bm25,
        coverage,
        phrase,
    )


def rows_spoken_over(
    film_rows: Mapping[str, tuple[int, int]],
    start_s: Sequence[float] | Doubles,
    end_s: Sequence[float] | Doubles,
    hits: LineHits,
) -> tuple[Ints, Ints]:
    """Find the shots over which lines are spoken.

    A line is spoken over a shot where they share 0.25 s or half of the line, and in any case over the shot
    that it shares most with.

    Args:
        film_rows: First row and the row after the last of each film's shots, which are in order of time.
        start_s: When each shot starts, in seconds of its film's own clock, of all rows.
        end_s: When each shot ends, likewise; a film's shots leave no gap.
        hits: The lines; those of films that have no rows, or outside of all shots, give nothing.

    Returns:
        int64 (m,) rows and int64 (m,) places in ``hits``, in the order of the hits and then of time.

    Examples:
        >>> hits = LineHits(
        ...     np.zeros(1, np.int32), ("film",), np.zeros(1, np.int64), np.array([1.0]), np.array([3.0]),
        ...     np.array(["Hello"]), np.array(["en"]), *np.ones((3, 1), np.float32),
        ... )
        >>> rows_spoken_over({"film": (10, 13)}, np.arange(13) - 10.0, np.arange(13) - 9.0, hits)
        (array([11, 12]), array([0, 0]))
    """
    starts, ends = np.asarray(start_s, np.float64), np.asarray(end_s, np.float64)
    # Of an index of many films, only those that were found are looked up.
    codes, place = np.unique(hits.film, return_inverse=True)
    spans = [film_rows.get(hits.film_ids[code], (0, 0)) for code in codes]
    first, last = np.array(spans, np.int64).reshape(-1, 2)[place].T
    begin = _first_where(ends, first, last, hits.start_s)
    stop = np.maximum(_first_where(starts, first, last, hits.end_s, equal=True), begin)
    return enough_shared(starts, ends, hits.start_s, hits.end_s, begin, stop, last)


def _first_where(values: Doubles, first: Ints, last: Ints, wanted: Doubles, *, equal: bool = False) -> Ints:
    """For many at once: the first row of some whose value is above ``wanted`` (or equal), else the last."""
    low, high = first.copy(), last.copy()
    while True:
        open_ = low < high
        if not open_.any():
            return low
        middle = np.where(open_, (low + high) // 2, 0)
        above = values[middle] >= wanted if equal else values[middle] > wanted
        high = np.where(open_ & above, middle, high)
        low = np.where(open_ & ~above, middle + 1, low)
