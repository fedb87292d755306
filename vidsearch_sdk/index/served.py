"""What one handle searches at one moment: a generation, the films published since, and what is gone."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from vidsearch_sdk.index.building import facts_digest
from vidsearch_sdk.index.exact import Rows
from vidsearch_sdk.index.filters import Filter, Mask, check_columns
from vidsearch_sdk.index.frame_vectors import similarities_of
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
from vidsearch_sdk.index.spans import Spans, spans_of, split_rows
from vidsearch_sdk.index.stock import Stock, read_fresh, take_stock
from vidsearch_sdk.index.vectors import Floats
from vidsearch_sdk.store.tables import DIALOGUE

if TYPE_CHECKING:
    from vidsearch_sdk.catalog import Catalog

_LONGEST_NUMBER = 19
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

    Rows are counted through all segments, one after the other, from 0; they hold for this object only. Films
    that are gone keep their rows, which no search returns.

    Attributes:
        published: The generation.
        stock: The catalog when it was last looked at.
        segments: The generation's shots, then those of films published since, if any.
        notes: What a searcher should know.
        fresh_lines: The dialogue of the films that the generation does not cover, columns ``DIALOGUE``.
        taken_s: When the catalog was looked at, ``time.monotonic``.
        cost_s: How long that took.
    """

    published: Published
    stock: Stock
    segments: tuple[Segment, ...]
    notes: tuple[str, ...] = ()
    fresh_lines: pa.Table = field(default_factory=DIALOGUE.empty_table, compare=False)
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
        row = self.row_of(without) if without is not None else None
        rows, similarities = self.nearest(
            query, k, conditions=conditions, without=() if row is None else (row,)
        )
        return Found(self.answer(rows), similarities)

    def nearest(
        self, vector: Floats, k: int, *, conditions: Filter = (), without: Sequence[int] = ()
    ) -> tuple[Rows, Floats]:
        """The most similar shots.

        Args:
            vector: float32 (dim,), unit length.
            k: How many, at least 1.
            conditions: What must hold of them.
            without: Rows that must not be returned.

        Returns:
            Rows, int64, best first, and their cosine similarities, float32. As many as ``k`` or as pass,
            whichever is less.

        Raises:
            UnknownColumn: A condition names a column that no shot has.
            QueryError: A condition does not fit its column.
            DamagedError: A file of the generation is not what was written.
        """
        check_columns(conditions, self.columns)
        parts = []
        for first, segment in zip(self._firsts, self.segments, strict=True):
            if self._has(segment, conditions):
                own = [row - first for row in without if 0 <= row - first < segment.table.num_rows]
                rows, similarities = segment.search(vector, k, conditions=conditions, without=own)
                parts.append((rows + first, similarities))
        if len(parts) == 1:
            return parts[0]
        rows = np.concatenate([np.empty(0, np.int64), *(part[0] for part in parts)])
        similarities = np.concatenate([np.empty(0, np.float32), *(part[1] for part in parts)])
        order = np.argsort(-similarities, kind="stable")[:k]
        return rows[order], similarities[order]

    def similarities(self, rows: Rows, vectors: Floats) -> Floats:
        """Cosines of some shots with some queries.

        Args:
            rows: int64 (m,), in any order.
            vectors: float32 (q, dim), unit rows.

        Returns:
            float32 (m, q).

        Raises:
            DamagedError: The vectors are not what was written.
        """
        found = np.empty((len(rows), len(vectors)), np.float32)
        for number, places, own in split_rows(rows, self.segments):
            found[places] = similarities_of(self.segments[number].nearest().vectors, own, vectors)
        return found

    def frame_similarities(self, rows: Rows, vectors: Floats) -> tuple[Floats, Rows] | None:
        """Cosines of every keyframe of some shots with some queries.

        Args:
            rows: int64 (m,), in any order.
            vectors: float32 (q, dim), unit rows.

        Returns:
            float32 (frames, q), the first shot's frames, then the second's, and so on; and int64 (m,), how
            many frames each shot has, at least 1. ``None`` where a shot's frame vectors were not kept
            (``frame_vectors.NO_FRAMES`` says why).

        Raises:
            DamagedError: The vectors are not what was written.
        """
        counts = np.zeros(len(rows), np.int64)
        parts = []
        for number, places, own in split_rows(rows, self.segments):
            kept = self.segments[number].frames()
            if kept is None:
                return None
            frames, counts[places] = kept.frames_of(own)
            parts.append((places, similarities_of(kept.vectors, frames, vectors)))
        if len(parts) == 1:
            return parts[0][1], counts
        found = np.empty((int(counts.sum()), len(vectors)), np.float32)
        for places, similarities in parts:
            of_shot = np.zeros(len(rows), np.bool_)
            of_shot[places] = True
            found[np.repeat(of_shot, counts)] = similarities
        return found, counts

    def vectors_at(self, rows: Rows) -> Floats:
        """The vectors of some shots, float32 (m, dim), in the order of ``rows``, int64 (m,)."""
        found = np.empty((len(rows), self.published.dim), np.float32)
        for number, places, own in split_rows(rows, self.segments):
            found[places] = self.segments[number].nearest().vectors[own]
        return found

    def mask(self, conditions: Filter = ()) -> Mask | None:
        """Which rows pass a filter and are not gone, bool (n,); ``None`` where all do. Not to be written to.

        Raises:
            UnknownColumn: A condition names a column that no shot has.
            QueryError: A condition does not fit its column.
        """
        check_columns(conditions, self.columns)
        parts = []
        for segment in self.segments:
            among = segment.selection(conditions) if self._has(segment, conditions) else None
            if among is not None:
                parts.append(among.mask)
            else:
                parts.append(np.full(segment.table.num_rows, self._has(segment, conditions)))
        if len(parts) == 1:
            return None if parts[0].all() else parts[0]
        whole = np.concatenate(parts)
        return None if whole.all() else whole

    @cached_property
    def spans(self) -> Spans:
        """Film and time of every row."""
        return spans_of(self.segments)

    def row_of(self, shot_id: str) -> int | None:
        """The row of a shot, or ``None`` where there is no such shot or its film is gone."""
        video_id, _, number = shot_id.rpartition("-")
        place = self.spans.film_rows.get(video_id)
        if place is None or not (number.isascii() and number.isdigit() and len(number) < _LONGEST_NUMBER):
            return None
        start, stop = place
        first, segment = next(
            (first, segment)
            for first, segment in zip(self._firsts, self.segments, strict=True)
            if start < first + segment.table.num_rows
        )
        numbers = segment.table["number"].slice(start - first, stop - start).to_numpy()
        found = np.flatnonzero(numbers == int(number))
        return start + int(found[0]) if len(found) else None

    def answer(self, rows: Rows) -> dict[str, pa.Array]:
        """What an answer says of some shots.

        Args:
            rows: int64 (m,), in the order wanted.

        Returns:
            Arrow arrays of m values by column, as ``result_columns`` names them; looked-up values in place of
            look-ups, nulls where a shot has no value.
        """
        parts = [
            (places, rows_at(self._pieces[number], own, self.result_columns))
            for number, places, own in split_rows(rows, self.segments)
        ]
        if not parts:
            return rows_at(self._pieces[0], np.empty(0, np.int64), self.result_columns)
        if len(parts) == 1:
            return parts[0][1]
        whole = pa.concat_tables([pa.table(part) for _, part in parts], promote_options="permissive")
        back = np.argsort(np.concatenate([places for places, _ in parts]))
        picked = whole.combine_chunks().take(pa.array(back))
        return {name: picked[name].combine_chunks() for name in picked.column_names}

    def vector_of(self, shot_id: str) -> Floats | None:
        """The vector of a shot, float32 (dim,), or ``None`` where there is no such shot."""
        row = self.row_of(shot_id)
        return None if row is None else self.vectors_at(np.array([row]))[0]

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

    @cached_property
    def _pieces(self) -> list[pa.RecordBatch]:
        return [in_one_piece(segment.table, self.result_columns) for segment in self.segments]

    @cached_property
    def _firsts(self) -> list[int]:
        counts = [segment.table.num_rows for segment in self.segments]
        return [sum(counts[:number]) for number in range(len(counts))]

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
