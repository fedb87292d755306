"""A search graph for a new generation: the last one with the new shots added, or one made from nothing."""

from __future__ import annotations

import io
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from tqdm.auto import tqdm

from vidsearch_sdk.index import ann
from vidsearch_sdk.index.exact import Rows
from vidsearch_sdk.index.generation_files import GRAPH, GRAPH_ROWS, Published
from vidsearch_sdk.index.vectors import Floats, Halves

GRAPH_FROM = 10_000
"""Shots from which on a graph is made; fewer are read one by one in about a millisecond."""

_MOST_DEAD = 0.2
"""Share of a graph that may lead to shots that are gone; they cost time in every search."""
_MOST_NEW = 0.5
"""Share of new shots up to which adding is quicker than making anew."""


@dataclass(frozen=True)
class MadeGraph:
    """A graph to be published.

    Attributes:
        files: Its files, by name.
        manifest: What a search must know of it.
    """

    files: dict[str, bytes | Path]
    manifest: dict[str, Any]


def make_graph(
    vectors: Halves, *, taken: Rows, phrases: Floats, previous: Published | None, progress: bool
) -> MadeGraph:
    """Make a graph and try it.

    Args:
        vectors: float16 (n, dim), the shots.
        taken: int64 (n,), where each shot stood in the previous generation; -1 where it is new.
        phrases: float32 (m, dim), phrases, with which it is tried.
        previous: The previous generation, or ``None``.
        progress: Whether to show a bar.
    """
    threads = max(1, os.cpu_count() or 1)
    made = _grown(vectors, taken, previous, threads=threads, progress=progress) if previous else None
    if made is None:
        index = ann.new_index(vectors.shape[1])
        with _bar(len(vectors), progress=progress) as bar:
            ann.add_vectors(index, vectors, threads=threads, on_progress=bar.update)
        made = index, np.arange(len(vectors)), ann.index_file(index)
    index, rows, file = made
    files: dict[str, bytes | Path] = {GRAPH: file}
    moved = not np.array_equal(rows, np.arange(len(vectors)))
    if moved:
        files[GRAPH_ROWS] = _npy(rows)
    old = previous.nearest().graph if previous else None
    if previous and old and file == previous.generation.local(GRAPH) and len(vectors) == previous.shots:
        reaches = old.reaches  # the same graph over the same shots: only facts of films have changed
    else:
        queries = ann.trial_queries(vectors, phrases)
        known = rows if moved else None
        reaches = ann.measure_reaches(index, vectors, queries, rows_of_keys=known, threads=threads)
    return MadeGraph(files, {"keys": len(index), "reaches": ann.reaches_to(reaches)})


def _grown(
    vectors: Halves, taken: Rows, previous: Published, *, threads: int, progress: bool
) -> tuple[Any, Rows, bytes | Path] | None:
    """The previous graph with the new shots added, the row of each of its keys, and its file."""
    old = previous.nearest().graph
    if old is None:
        return None
    is_new = taken < 0
    moved_to = np.full(previous.shots + 1, -1, np.int64)  # the last place answers for keys of no row
    moved_to[taken[~is_new]] = np.flatnonzero(~is_new)
    old_rows = np.arange(previous.shots) if old.rows_of_keys is None else old.rows_of_keys
    rows = np.concatenate([moved_to[old_rows], np.flatnonzero(is_new)])
    added, dead = int(is_new.sum()), int((rows < 0).sum())
    if added > _MOST_NEW * len(vectors) or dead > _MOST_DEAD * len(rows):
        return None
    path, keys, dim = previous.generation.local(GRAPH), len(old_rows), vectors.shape[1]
    if not added:
        return ann.view_index(path, keys=keys, dim=dim), rows, path
    index = ann.load_index(path, keys=keys, dim=dim)
    with _bar(added, progress=progress) as bar:
        ann.add_vectors(index, vectors[is_new], threads=threads, on_progress=bar.update)
    return index, rows, ann.index_file(index)


@contextmanager
def _bar(total: int, *, progress: bool) -> Iterator[Any]:
    with tqdm(
        total=total, desc="Indexing", unit=" shots", unit_scale=True, delay=1.0, disable=not progress
    ) as bar:
        yield bar


def _npy(rows: Rows) -> bytes:
    buffer = io.BytesIO()
    np.lib.format.write_array(buffer, rows.astype("<i8"), version=(1, 0), allow_pickle=False)
    return buffer.getvalue()
