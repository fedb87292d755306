"""Shots of several segments searched as one count of rows: the segments one after the other, from 0."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

import numpy as np
import pyarrow as pa

from vidsearch_sdk.index.derived import DERIVED_COLUMNS, in_words
from vidsearch_sdk.index.exact import Rows
from vidsearch_sdk.index.filter_masks import Mask, check_columns
from vidsearch_sdk.index.filters import Filter
from vidsearch_sdk.index.frame_vectors import similarities_of
from vidsearch_sdk.index.segment import Segment
from vidsearch_sdk.index.shot_rows import (
    FILM_COLUMNS,
    RESULT_COLUMNS,
    in_one_piece,
    own_columns,
    plain,
    rows_at,
)
from vidsearch_sdk.index.spans import Spans, spans_of, split_rows
from vidsearch_sdk.index.vectors import Floats
from vidsearch_sdk.store.tables import SHOTS

_LONGEST_NUMBER = 19


class Searched:
    """What can be asked of segments; safe to use from many threads.

    Rows hold for one object only. Films that are gone keep their rows, which no search returns.

    Attributes:
        segments: At least one.
    """

    segments: tuple[Segment, ...]

    @property
    def shots(self) -> int:
        """How many shots can be found."""
        return sum(segment.shots for segment in self.segments)

    @cached_property
    def columns(self) -> list[str]:
        """Every column that a filter may name, own ones last."""
        return list(dict.fromkeys([*SHOTS.names, *FILM_COLUMNS, *DERIVED_COLUMNS, *self._own]))

    @cached_property
    def result_columns(self) -> list[str]:
        """The columns of an answer."""
        return list(dict.fromkeys([*RESULT_COLUMNS, *self._own]))

    def passing(self, conditions: Filter) -> int:
        """How many shots pass a filter; raises as ``mask``."""
        check_columns(conditions, self.columns)
        return sum(
            segment.table.num_rows if among is None else len(among)
            for segment in self.segments
            for among in [segment.selection(conditions)]
        )

    def nearest(
        self,
        vector: Floats,
        k: int,
        *,
        conditions: Filter = (),
        without: Sequence[int] = (),
        sure: int | None = None,
    ) -> tuple[Rows, Floats]:
        """The most similar shots.

        Args:
            vector: float32 (dim,), unit length.
            k: How many, at least 1.
            conditions: What must hold of them.
            without: Rows that must not be returned.
            sure: How many of them must be the right ones, ``None`` for all; of the others a few may be missed
                for shots that are a little less similar, which takes much less time.

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
            own = [row - first for row in without if 0 <= row - first < segment.table.num_rows]
            rows, similarities = segment.search(vector, k, conditions=conditions, without=own, sure=sure)
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
        found = np.empty((len(rows), self.segments[0].nearest().vectors.shape[1]), np.float32)
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
            among = segment.selection(conditions)
            parts.append(np.ones(segment.table.num_rows, np.bool_) if among is None else among.mask)
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

    def table(self) -> pa.Table:
        """Every shot that can be found: the answer's columns, then all others, looked-up values in place."""
        parts = []
        for segment in self.segments:
            table = segment.table
            for name in DERIVED_COLUMNS:
                column = segment.column(name)
                if name not in table.column_names and column is not None:
                    table = table.append_column(name, in_words(column))
            among = segment.selection(())
            parts.append(plain(table if among is None else table.take(pa.array(among.rows))))
        whole = pa.concat_tables(parts, promote_options="permissive")
        first = [name for name in RESULT_COLUMNS if name in whole.column_names]
        rest = [name for name in self.columns if name not in RESULT_COLUMNS]
        return whole.select([*first, *rest])

    @cached_property
    def _own(self) -> list[str]:
        return list(dict.fromkeys(name for segment in self.segments for name in own_columns(segment.table)))

    @cached_property
    def _pieces(self) -> list[pa.RecordBatch]:
        return [in_one_piece(segment.table, self.result_columns) for segment in self.segments]

    @cached_property
    def _firsts(self) -> list[int]:
        counts = [segment.table.num_rows for segment in self.segments]
        return [sum(counts[:number]) for number in range(len(counts))]
