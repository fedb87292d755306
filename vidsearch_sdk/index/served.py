"""What one handle searches at one moment: a generation, the films published since, and what is gone."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from vidsearch_sdk.index.building import facts_digest
from vidsearch_sdk.index.filters import Filter, check_columns
from vidsearch_sdk.index.generation_files import Published
from vidsearch_sdk.index.nearest import Nearest
from vidsearch_sdk.index.segment import Segment
from vidsearch_sdk.index.shot_rows import (
    RESULT_COLUMNS,
    in_one_piece,
    own_columns,
    plain,
    rows_at,
    shot_rows,
    with_films,
)
from vidsearch_sdk.index.stock import Stock, read_fresh, take_stock
from vidsearch_sdk.index.vectors import Floats

if TYPE_CHECKING:
    from vidsearch_sdk.catalog import Catalog

_LEAST_AGE_S = 0.5
_AGE_BY_COST = 30.0
"""Looking at the catalog again may take one part in thirty of the time."""


@dataclass(frozen=True)
class Found:
    """Hits, best first.

    Attributes:
        columns: Arrow arrays by column of the answer: ``RESULT_COLUMNS``, then own columns.
        similarities: float32 (hits,), cosines.
    """

    columns: Mapping[str, pa.Array]
    similarities: Floats

    def __len__(self) -> int:
        return len(self.similarities)


@dataclass(frozen=True)
class Served:
    """What is searched; it never changes, so that a search sees one state of things.

    Attributes:
        published: The generation.
        stock: The catalog when it was last looked at.
        segments: The generation's shots, then those of films published since, if any.
        notes: What a searcher should know.
        taken_s: When the catalog was looked at, ``time.monotonic``.
        cost_s: How long that took.
    """

    published: Published
    stock: Stock
    segments: tuple[Segment, ...]
    notes: tuple[str, ...] = ()
    taken_s: float = field(default=0.0, compare=False)
    cost_s: float = field(default=0.0, compare=False)

    @property
    def is_old(self) -> bool:
        """Whether it is time to look at the catalog again."""
        age = time.monotonic() - self.taken_s
        return age > max(_LEAST_AGE_S, _AGE_BY_COST * self.cost_s)

    @property
    def shots(self) -> int:
        """How many shots can be found."""
        return sum(segment.shots for segment in self.segments)

    @cached_property
    def columns(self) -> list[str]:
        """Every column that a filter may name, own ones last."""
        return list(dict.fromkeys(name for segment in self.segments for name in segment.table.column_names))

    @cached_property
    def result_columns(self) -> list[str]:
        """The columns of an answer."""
        own = (name for segment in self.segments for name in own_columns(segment.table))
        return list(dict.fromkeys([*RESULT_COLUMNS, *own]))

    def passing(self, conditions: Filter) -> int:
        """How many shots pass a filter."""
        return sum(self._passing(segment, conditions) for segment in self.segments)

    def search(self, query: Floats, k: int, *, conditions: Filter = (), without: str | None = None) -> Found:
        """The most similar shots.

        Args:
            query: float32 (dim,), unit length.
            k: How many, at least 1.
            conditions: What must hold of them.
            without: A shot that must not be found.

        Raises:
            UnknownColumn: A condition names a column that no shot has.
            QueryError: A condition does not fit its column.
            DamagedError: A file of the generation is not what was written.
        """
        check_columns(conditions, self.columns)
        parts = []
        for number, segment in enumerate(self.segments):
            if not self._has(segment, conditions):
                continue
            row = segment.row_of(without) if without is not None else None
            rows, similarities = segment.search(query, k, conditions=conditions, without=row)
            if len(rows):
                parts.append((number, rows, similarities))
        if len(parts) == 1:
            number, rows, similarities = parts[0]
            return Found(self._rows(number, rows), similarities)
        return self._merged(parts, k)

    def vector_of(self, shot_id: str) -> Floats | None:
        """The vector of a shot, float32 (dim,), or ``None`` where there is no such shot."""
        for segment in self.segments:
            row = segment.row_of(shot_id)
            if row is not None:
                return np.asarray(segment.nearest().vectors[row], np.float32)
        return None

    def table(self) -> pa.Table:
        """Every shot that can be found: the answer's columns, then all others, looked-up values in place."""
        parts = []
        for segment in self.segments:
            among = segment.selection(())
            table = segment.table if among is None else segment.table.take(pa.array(among.rows))
            parts.append(plain(table))
        whole = pa.concat_tables(parts, promote_options="permissive")
        first = [name for name in RESULT_COLUMNS if name in whole.column_names]
        rest = [name for name in self.columns if name not in RESULT_COLUMNS]
        return whole.select([*first, *rest])

    def _merged(self, parts: list[tuple[int, np.ndarray, Floats]], k: int) -> Found:
        similarities = np.concatenate([np.empty(0, np.float32), *(part[2] for part in parts)])
        order = np.argsort(-similarities, kind="stable")[:k]
        some = [(number, rows) for number, rows, _ in parts] or [(0, np.empty(0, np.int64))]
        tables = [pa.table(self._rows(number, rows)) for number, rows in some]
        whole = pa.concat_tables(tables, promote_options="permissive").take(pa.array(order)).combine_chunks()
        columns = {name: whole[name].combine_chunks() for name in whole.column_names}
        return Found(columns, similarities[order])

    @cached_property
    def _pieces(self) -> list[pa.RecordBatch]:
        return [in_one_piece(segment.table, self.result_columns) for segment in self.segments]

    def _rows(self, number: int, rows: np.ndarray) -> dict[str, pa.Array]:
        return rows_at(self._pieces[number], rows, self.result_columns)

    def _has(self, segment: Segment, conditions: Filter) -> bool:
        # A column that only newer films have: older shots have no value there, which passes nothing.
        names = segment.table.column_names
        return all(condition.column in names for condition in conditions)

    def _passing(self, segment: Segment, conditions: Filter) -> int:
        if not self._has(segment, conditions):
            return 0
        among = segment.selection(conditions)
        return int(segment.table.num_rows) if among is None else len(among)


def serve(catalog: Catalog, published: Published, before: Served | None = None) -> Served:
    """Look at the catalog and put together what is to be searched.

    Args:
        catalog: The catalog.
        published: The generation to serve.
        before: What this handle served last; what has not changed is taken over.

    Raises:
        StorageError: The disk refused.
        DamagedError: The generation's table is not what was written.
    """
    started = time.monotonic()
    generation = published.generation
    stock = take_stock(catalog, generation.fingerprint, generation.covers)
    if before is not None and before.published is published and before.stock == stock:
        segments, notes = before.segments, before.notes
    else:
        segments, notes = _segments(catalog, published, stock)
    now = time.monotonic()
    return Served(published, stock, segments, notes, taken_s=now, cost_s=now - started)


def _segments(
    catalog: Catalog, published: Published, stock: Stock
) -> tuple[tuple[Segment, ...], tuple[str, ...]]:
    table = published.table()
    covered = [stock.films[video_id] for video_id in published.generation.covers if video_id in stock.films]
    if facts_digest(covered) != published.generation.manifest.get("facts"):
        # A title or a column of the user's own was changed, or a film removed.
        kept = {film.video_id: film for film in covered if film.video_id not in stock.gone}
        table = with_films(table, kept)
    segments = [Segment(table, published.nearest, stock.gone)]
    fresh, notes = read_fresh(catalog, stock.fresh, published.generation.fingerprint)
    if fresh:
        films, shots, vectors = zip(*fresh, strict=True)
        nearest = Nearest.over(np.concatenate(vectors))
        segments.append(Segment(shot_rows(films, shots), _always(nearest)))
    return tuple(segments), notes


def _always(nearest: Nearest) -> Callable[[], Nearest]:
    return lambda: nearest


def missing_films(catalog: Catalog, video_ids: Iterable[str]) -> set[str]:
    """Which films have been removed; asked for every hit, so nothing is read.

    On an object store every question is a request, so there it waits for the next look at the catalog.
    """
    if "://" in catalog.location:
        return set()
    return {video_id for video_id in set(video_ids) if not catalog.films.exists(video_id)}
