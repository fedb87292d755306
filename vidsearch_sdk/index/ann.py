"""The search graph: a USearch HNSW index over the shot vectors, and how far it can be trusted.

HNSW: Malkov and Yashunin, "Efficient and robust approximate nearest neighbor search using Hierarchical
Navigable Small World graphs", IEEE TPAMI 2020. Its recall hangs on the query: a picture that resembles stored
ones is found with a narrow search; a sentence, which a contrastive model puts far from every picture, may
need one wider than reading all rows. So a new graph is tried with queries of both kinds, and what was
measured goes into its manifest: for every breadth of search, the similarity of the best row from which on the
answer is reliable. A query below that is answered by exact search.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from usearch.index import Index, MetricKind, ScalarKind

from vidsearch_sdk.errors import DamagedError
from vidsearch_sdk.index.exact import Rows, best_first, cosines
from vidsearch_sdk.index.vectors import REBUILD, Floats, Halves

CONNECTIVITY = 16
EXPANSION_ADD = 64
ADD_AT_ONCE = 10_000

BREADTHS = (64, 128, 256, 512, 1024)
"""Breadths of search (usearch's expansion) that a graph is tried with."""
DEPTHS = (12, 24, 64, 256)
"""Numbers of results that a graph is tried with; for more, reading all rows costs about the same."""
WANTED_RECALL = 0.988
"""Mean recall that every window of trial queries must reach, so that all together stay above 0.99. A graph
fails a query in a few hundred altogether, which one window must survive."""
_WINDOW = 160
"""Trial queries of neighboring similarity whose mean recall decides."""
_TRIALS = 240
"""Trial queries of each sort."""
_SAME = 1e-4
"""Similarities nearer than this are one: half precision does not order them."""


@dataclass(frozen=True)
class Reach:
    """From which best similarity on a search of one breadth is reliable down to one depth.

    Attributes:
        depth: Number of results.
        breadth: Breadth of search.
        floor: Least similarity of the best row, in [-1, 1]; 2 where the search is never reliable.
    """

    depth: int
    breadth: int
    floor: float

    def __post_init__(self) -> None:
        if not (0 < self.depth <= self.breadth and -1 <= self.floor <= 2):
            raise ValueError(f"not a reach: {self}")


@dataclass(frozen=True)
class Graph:
    """A graph that serves searches.

    Attributes:
        index: The USearch index; its keys are the values of ``rows_of_keys``' places.
        rows_of_keys: Row of the shot table by key; -1 where the shot is gone. ``None``: keys are rows.
        reaches: What was measured when it was made.
        source: What the index reads from; held because usearch does not hold it.
    """

    index: Index
    rows_of_keys: Rows | None
    reaches: tuple[Reach, ...]
    source: object = None

    def search(self, query: Floats, depth: int, *, further: int = 0) -> tuple[Rows, Floats] | None:
        """The ``depth`` most similar rows, if the graph is known to find them.

        Args:
            query: float32 (dim,), unit length.
            depth: How many rows are needed.
            further: How many rows are wanted altogether; of those beyond ``depth`` a few may be missed.

        Returns:
            Rows, best first, and similarities, as ``exact.scan``: those that are needed, and those that came
            along; fewer than ``depth`` where shots are gone.
            ``None`` where an exact search is needed.
        """
        reaches = self.reaching(depth)
        tried = 0
        for reach in reaches:
            if reach.breadth <= tried or reach.floor > 1:
                continue
            tried = max(reach.breadth, further)
            # Breadth is asked for through the count: the index's own setting is one for all threads.
            found = self.index.search(query, tried, threads=1)
            if len(found.keys) == 0:
                return None
            similarities = cosines(found.distances)
            best = float(similarities[0])
            if best >= reach.floor:
                return self._rows(np.asarray(found.keys), similarities, max(reach.depth, further))
            enough = [other.breadth for other in reaches if other.floor <= best]
            tried = max(tried, min(enough, default=max(BREADTHS) + 1) - 1)
        return None

    def reaching(self, depth: int) -> list[Reach]:
        """What was measured for the least depth that suffices, narrow searches first."""
        enough = min((reach.depth for reach in self.reaches if reach.depth >= depth), default=None)
        return sorted(
            (reach for reach in self.reaches if reach.depth == enough), key=lambda reach: reach.breadth
        )

    def _rows(self, keys: Any, similarities: Floats, depth: int) -> tuple[Rows, Floats]:
        rows = keys.astype(np.int64)
        if self.rows_of_keys is not None:
            rows = self.rows_of_keys[rows]
            alive = rows >= 0
            rows, similarities = rows[alive], similarities[alive]
        return best_first(rows, similarities, depth)


def new_index(dim: int) -> Index:
    """An empty index of the one kind that is used here."""
    # The type is always named: usearch's default hangs on the processor, and a file must not.
    return Index(
        ndim=dim,
        metric=MetricKind.IP,
        dtype=ScalarKind.F16,
        connectivity=CONNECTIVITY,
        expansion_add=EXPANSION_ADD,
        expansion_search=1,
    )


def view_index(path: Path, *, keys: int, dim: int) -> Index:
    """Map a graph file that was checked against its checksum.

    Args:
        path: The file.
        keys: How many vectors it must hold.
        dim: Their dimensions.

    Returns:
        An index for searching only.

    Raises:
        DamagedError: It is not a graph of that size and kind.
    """
    index = new_index(dim)
    try:
        index.view(str(path))
    except (RuntimeError, ValueError, OSError) as error:
        raise DamagedError(f"{path.name} is not a search graph ({error}); {REBUILD}") from None
    if len(index) != keys or index.ndim != dim or index.dtype != ScalarKind.F16:
        raise DamagedError(
            f"{path.name} holds {len(index)} vectors of {index.ndim} dimensions where {keys} of {dim} are "
            f"expected; {REBUILD}"
        )
    return index


def load_index(path: Path, *, keys: int, dim: int) -> Index:
    """Read a checked graph file into memory, to add to it; raises as ``view_index``."""
    view_index(path, keys=keys, dim=dim)
    index = new_index(dim)
    index.load(str(path))
    index.expansion_add = EXPANSION_ADD
    return index


def add_vectors(
    index: Index, vectors: Halves, *, threads: int, on_progress: Callable[[int], object] | None = None
) -> None:
    """Add vectors under the next keys.

    Args:
        index: Not a view.
        vectors: float16 (n, dim).
        threads: Processor threads, at least 1.
        on_progress: Called with the number of vectors added since the last call.
    """
    first = len(index)
    for start in range(0, len(vectors), ADD_AT_ONCE):
        block = np.ascontiguousarray(vectors[start : start + ADD_AT_ONCE])
        keys = np.arange(first + start, first + start + len(block), dtype=np.uint64)
        index.add(keys, block, threads=threads)
        if on_progress is not None:
            on_progress(len(block))


def index_file(index: Index) -> bytes:
    """The bytes of a graph file.

    Taken from memory: usearch's own writing to a file misses a full disk in its last block.
    """
    return bytes(index.save(None))


def trial_queries(vectors: Halves, texts: Floats, *, seed: int = 0) -> Floats:
    """Queries to try a graph with: sentences, and stored rows moved little to far.

    Args:
        vectors: float16 (n, dim), the graph's vectors.
        texts: float32 (m, dim), vectors of phrases.
        seed: Of the random choice.

    Returns:
        float32 (queries, dim), unit rows.
    """
    random = np.random.default_rng(seed)
    dim = vectors.shape[1]
    moved = []
    for spread in (0.3, 0.7, 1.0, 1.5, 2.0):
        rows = np.sort(random.choice(len(vectors), min(_TRIALS, len(vectors)), replace=False))
        noise = random.standard_normal((len(rows), dim), dtype=np.float32) * (spread / np.sqrt(dim))
        moved.append(vectors[rows].astype(np.float32) + noise)
    queries = np.concatenate([*moved, texts[:_TRIALS]])
    norms = np.linalg.norm(queries, axis=1, keepdims=True)
    return np.asarray(queries / np.maximum(norms, 1e-6), dtype=np.float32)


def measure_reaches(
    index: Index,
    vectors: Halves,
    queries: Floats,
    *,
    rows_of_keys: Rows | None = None,
    threads: int = 1,
) -> tuple[Reach, ...]:
    """Try a graph against exact search.

    Args:
        index: The graph.
        vectors: float16 (n, dim), the rows that should be found.
        queries: float32 (queries, dim), unit rows.
        rows_of_keys: Row of ``vectors`` by key, -1 where it is gone; ``None``: keys are rows.
        threads: Processor threads, at least 1.

    Returns:
        One reach for each depth and breadth that can answer it.
    """
    truth = _best_similarities(vectors, queries, min(max(DEPTHS), len(vectors)))
    reaches = []
    for breadth in BREADTHS:
        found = index.search(queries, breadth, threads=threads)
        similarities = 1.0 - np.asarray(found.distances, np.float32)
        missing = np.arange(breadth) >= np.asarray(found.counts)[:, None]
        if rows_of_keys is not None:
            keys = np.where(missing, 0, found.keys).astype(np.int64)
            missing |= rows_of_keys[keys] < 0
        similarities[missing] = -2
        similarities = -np.sort(-similarities, axis=1)
        order = np.argsort(-similarities[:, 0])
        for depth in DEPTHS:
            if depth > min(breadth, truth.shape[1]):
                continue
            # A row is right when it is as similar as the depth-th best: equal rows stand for each other.
            right = similarities[:, :depth] >= truth[:, depth - 1 : depth] - _SAME
            floor = _floor(right.mean(axis=1)[order], similarities[order, 0])
            reaches.append(Reach(depth, breadth, floor))
    return tuple(reaches)


def _floor(recalls: Floats, best: Floats) -> float:
    window = min(_WINDOW, len(recalls))
    means = np.convolve(recalls, np.ones(window) / window, mode="valid")
    bad = np.flatnonzero(means < WANTED_RECALL)
    if len(bad) == 0:
        return float(best[-1])
    if bad[0] == 0:
        return 2.0
    return float(best[bad[0] + window // 2])


def _best_similarities(vectors: Halves, queries: Floats, depth: int) -> Floats:
    best = np.full((len(queries), depth), -2, np.float32)
    for start in range(0, len(vectors), 16_384):
        block = queries @ vectors[start : start + 16_384].astype(np.float32).T
        joined = np.concatenate([best, block], axis=1)
        best = np.partition(joined, joined.shape[1] - depth, axis=1)[:, -depth:]
    return -np.sort(-best, axis=1)


def reaches_from(manifest: Any) -> tuple[Reach, ...]:
    """Read reaches back from a manifest; raises ``DamagedError`` when they make no sense."""
    try:
        return tuple(Reach(int(depth), int(breadth), float(floor)) for depth, breadth, floor in manifest)
    except (TypeError, ValueError) as error:
        raise DamagedError(f"the manifest's notes on the search graph make no sense: {error}") from None


def reaches_to(reaches: tuple[Reach, ...]) -> list[list[float]]:
    """Reaches as a manifest holds them."""
    return [[reach.depth, reach.breadth, reach.floor] for reach in reaches]
