"""The nearest rows among those that pass a filter: by graph where that is safe and cheaper, else exactly."""

from __future__ import annotations

import math
import os
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from vidsearch_sdk.index.ann import Graph
from vidsearch_sdk.index.exact import Rows, best_first, scan, scan_rows
from vidsearch_sdk.index.vectors import Floats, Halves

_GATHERED = 2.0
"""What a gathered row costs, in rows read where they lie (measured: 0.19 to 0.3 us against 0.1 us)."""
_BREADTH = 40.0
"""What one step of graph breadth costs, in rows read where they lie (measured: 4 us)."""


@dataclass(frozen=True)
class Selection:
    """The rows that pass a filter.

    Attributes:
        mask: bool (n,): whether a row passes.
        rows: int64, the rows that pass, ascending.
    """

    mask: npt.NDArray[np.bool_]
    rows: Rows = field(init=False)

    def __post_init__(self) -> None:
        if self.mask.dtype != np.bool_ or self.mask.ndim != 1:
            raise ValueError(f"a mask is bool (n,), not {self.mask.dtype} {self.mask.shape}")
        object.__setattr__(self, "rows", np.flatnonzero(self.mask).astype(np.int64))

    def __len__(self) -> int:
        return len(self.rows)


@dataclass(frozen=True)
class Nearest:
    """Nearest-row search over one set of vectors; safe to use from many threads.

    Attributes:
        rows: How many vectors there are.
        source: Gives the vectors, float16 (rows, dim), unit length: the truth. Called when first needed, so
            that a search which the graph answers does not wait for their file to be checked.
        graph: The search graph over them, if there is one.
        threads: Processor threads that an exact search uses.
    """

    rows: int
    source: Callable[[], Halves]
    graph: Graph | None = None
    threads: int = field(default_factory=lambda: max(1, min(8, os.cpu_count() or 1)))

    @classmethod
    def over(cls, vectors: Halves, graph: Graph | None = None, *, threads: int | None = None) -> Nearest:
        """Search over vectors that are at hand."""
        return cls(len(vectors), lambda: vectors, graph, **({"threads": threads} if threads else {}))

    @property
    def vectors(self) -> Halves:
        """The vectors, float16 (rows, dim)."""
        return self.source()

    def search(
        self, query: Floats, k: int, *, among: Selection | None = None, sure: int | None = None
    ) -> tuple[Rows, Floats]:
        """The ``k`` rows most similar to a query.

        Args:
            query: float32 (dim,), unit length.
            k: How many rows are wanted, at least 1.
            among: The rows that may be returned; ``None`` for all.
            sure: How many of them must be the right ones; ``None`` for all. Of the others a few may be missed
                for rows that are a little less similar, which takes much less time.

        Returns:
            Rows, int64, best first, and their cosine similarities, float32. As many as ``k`` or as pass,
            whichever is less. Equal similarities stand in order of rows.
        """
        passing = self.rows if among is None else len(among)
        k = min(k, passing)
        if k == 0:
            return np.empty(0, np.int64), np.empty(0, np.float32)
        return self._by_graph(query, k, among, min(k, sure or k)) or self._exactly(query, k, among)

    def _by_graph(
        self, query: Floats, k: int, among: Selection | None, sure: int
    ) -> tuple[Rows, Floats] | None:
        if self.graph is None:
            return None
        total = self.rows
        share = 1.0 if among is None else len(among) / total
        depth, further = _seen(sure, share), _seen(k, share)
        reaches = self.graph.reaching(depth)
        exact_cost = min(float(total), _GATHERED * share * total)
        if not reaches or _BREADTH * max(reaches[0].breadth, further) > exact_cost:
            return None
        found = self.graph.search(query, depth, further=further if k > sure else 0)
        if found is None:
            return None
        rows, similarities = found
        if among is not None:
            passes = among.mask[rows]
            rows, similarities = rows[passes], similarities[passes]
        return (rows[:k], similarities[:k]) if len(rows) >= sure else None

    def _exactly(self, query: Floats, k: int, among: Selection | None) -> tuple[Rows, Floats]:
        vectors, total = self.vectors, self.rows
        passing = total if among is None else len(among)
        if among is None or passing == total:
            return scan(vectors, query, k, threads=self.threads)
        if _GATHERED * passing > total:
            count = min(total, math.ceil(1.5 * (k + 2 * math.sqrt(k)) * total / passing))
            rows, similarities = scan(vectors, query, count, threads=self.threads)
            passes = among.mask[rows]
            if count == total or int(passes.sum()) >= k:
                return best_first(rows[passes], similarities[passes], k)
        return scan_rows(vectors, query, k, rows=among.rows, threads=self.threads)


def _seen(count: int, share: float) -> int:
    """How many of the nearest must be seen so that ``count`` of them pass, nearly always."""
    return math.ceil((count + 2 * math.sqrt(count) * (1 - share)) / share)
