"""The vectors of every keyframe beside those of the shots, for a second look at a few hundred shots."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pyarrow as pa

from vidsearch_sdk.index.exact import Rows
from vidsearch_sdk.index.vectors import Floats, Halves

NO_FRAMES = (
    "shots are ranked by their average picture only: the index was made before it held the vectors of single "
    "frames; ShotIndex.build(catalog, encoder) adds them"
)
"""What a searcher is told where an older generation serves."""

_BLOCK = 128
"""Rows compared at a time: so few that the product stays on one thread. With more, the threads of the
linear algebra wait for each other on a busy machine (measured for 3,000 rows: 2.3 ms became 47 ms)."""


@dataclass(frozen=True)
class FrameVectors:
    """The vectors of the keyframes of some shots.

    Attributes:
        vectors: float16 (frames, dim), unit rows: the first shot's frames, then the second's, and so on.
        counts: int64 (shots,), frames of each shot.
    """

    vectors: Halves
    counts: Rows

    def __post_init__(self) -> None:
        if self.vectors.ndim != 2 or int(self.counts.sum()) != len(self.vectors):
            raise ValueError(f"{self.counts.sum()} frames do not divide vectors {self.vectors.shape}")

    def frames_of(self, shots: Rows) -> tuple[Rows, Rows]:
        """Which rows of ``vectors`` belong to some shots.

        Args:
            shots: int64, in any order.

        Returns:
            int64 (frames,), shot after shot in the order asked, and int64 (shots,), how many of each.

        Examples:
            >>> some = FrameVectors(np.zeros((6, 2), np.float16), np.array([1, 3, 2]))
            >>> frames, counts = some.frames_of(np.array([2, 1]))
            >>> frames.tolist(), counts.tolist()
            ([4, 5, 1, 2, 3], [2, 3])
        """
        counts = self.counts[shots]
        firsts = self._starts[shots]
        # How far each shot's frames lie from where they stand in the answer.
        moved = np.repeat(firsts - (np.cumsum(counts) - counts), counts)
        return moved + np.arange(len(moved)), counts

    def between(self, start: int, stop: int) -> Halves:
        """The vectors of the frames of shots ``start`` to ``stop``, without the last; not copied."""
        first = int(self._starts[start]) if start < len(self.counts) else len(self.vectors)
        return self.vectors[first : first + int(self.counts[start:stop].sum())]

    @cached_property
    def _starts(self) -> Rows:
        return np.asarray(np.cumsum(self.counts) - self.counts, np.int64)


def keyframe_counts(table: pa.Table) -> Rows:
    """How many keyframes each shot of a table has, int64 (shots,)."""
    return np.asarray(table["keyframes"].to_numpy(), np.int64)


def similarities_of(vectors: Halves, rows: Rows, queries: Floats) -> Floats:
    """Cosines of some rows with some queries.

    Args:
        vectors: float16 (n, dim), unit rows.
        rows: int64 (m,), in any order.
        queries: float32 (q, dim), unit rows.

    Returns:
        float32 (m, q).
    """
    found = np.empty((len(rows), len(queries)), np.float32)
    across = np.ascontiguousarray(queries.T, np.float32)
    for start in range(0, len(rows), _BLOCK):
        block = np.take(vectors, rows[start : start + _BLOCK], axis=0)
        np.matmul(block.astype(np.float32), across, out=found[start : start + _BLOCK])
    return found
