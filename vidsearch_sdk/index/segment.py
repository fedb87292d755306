"""Some shots that are searched together: their table, their vectors, and the filters asked of them."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from vidsearch_sdk.index.derived import LANGUAGE, POSITION, positions
from vidsearch_sdk.index.exact import Rows
from vidsearch_sdk.index.filter_masks import Mask, filter_mask
from vidsearch_sdk.index.filters import Filter
from vidsearch_sdk.index.frame_vectors import FrameVectors
from vidsearch_sdk.index.nearest import Nearest, Selection
from vidsearch_sdk.index.vectors import Floats

_KEPT_FILTERS = 32


@dataclass(frozen=True)
class Segment:
    """Shots that are searched together; safe to use from many threads.

    Attributes:
        table: One row per shot, as ``shot_rows.shot_rows`` makes it.
        nearest: Gives the search over their vectors, rows as in ``table``; called when first needed, so that
            files are checked and mapped only then.
        gone: Films (video_id) whose rows are there but must not be found.
        frames: Gives the vectors of the shots' keyframes; ``None`` where they were not kept.
        languages: Gives ``derived.languages`` of the shots; called when first needed.
        owned: Derived columns whose names the user gave to own ones, in this segment or beside it.
    """

    table: pa.Table
    nearest: Callable[[], Nearest]
    gone: frozenset[str] = frozenset()
    frames: Callable[[], FrameVectors | None] = lambda: None
    languages: Callable[[], pa.Array] | None = None
    owned: frozenset[str] = frozenset()
    _selections: OrderedDict[str, Selection | None] = field(default_factory=OrderedDict, repr=False)
    _guard: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def search(
        self,
        query: Floats,
        k: int,
        *,
        conditions: Filter = (),
        without: Sequence[int] = (),
        sure: int | None = None,
    ) -> tuple[Rows, Floats]:
        """The most similar shots that pass.

        Args:
            query: float32 (dim,), unit length.
            k: How many, at least 1.
            conditions: What must hold of them.
            without: Rows that must not be returned.
            sure: How many of them must be the right ones; see ``Nearest.search``.

        Returns:
            Rows of ``table``, int64, best first, and their cosine similarities, float32.

        Raises:
            UnknownColumn: A condition names a column that is not there.
            QueryError: A condition does not fit its column.
            DamagedError: The vectors are not what was written.
        """
        among = self.selection(conditions)
        if among is not None and len(among) == 0:
            return np.empty(0, np.int64), np.empty(0, np.float32)
        certain = None if sure is None else sure + len(without)
        rows, similarities = self.nearest().search(query, k + len(without), among=among, sure=certain)
        if len(without):
            kept = ~np.isin(rows, np.asarray(without))
            rows, similarities = rows[kept][:k], similarities[kept][:k]
        return rows, similarities

    def selection(self, conditions: Filter) -> Selection | None:
        """The rows that pass and are not gone; ``None`` when all do. Kept for the next time."""
        # By text, because True and 1 are equal and yet not the same condition.
        key = repr(conditions)
        with self._guard:
            if key in self._selections:
                self._selections.move_to_end(key)
                return self._selections[key]
        mask = self._mask(conditions)
        if self.gone:
            mask &= ~self.rows_of(self.gone)
        selection = None if mask.all() else Selection(mask)
        with self._guard:
            self._selections[key] = selection
            while len(self._selections) > _KEPT_FILTERS:
                self._selections.popitem(last=False)
        return selection

    def column(self, name: str) -> pa.ChunkedArray | None:
        """A column of the table, or a derived one (``DERIVED_COLUMNS``); ``None`` where there is none.

        Raises:
            DamagedError: It is the language, and the dialogue is not what was written.
        """
        if name in self.table.column_names:
            return self.table[name]
        if name in self.owned:
            return None
        if name == POSITION:
            return pa.chunked_array([positions(self.table)])
        if name == LANGUAGE:
            of_shots = self.languages() if self.languages else pa.nulls(self.table.num_rows)
            return pa.chunked_array([of_shots])
        return None

    def _mask(self, conditions: Filter) -> Mask:
        there = {condition.column: self.column(condition.column) for condition in conditions}
        known = pa.table({name: column for name, column in there.items() if column is not None})
        if len(known.column_names) == 0:
            mask = np.ones(self.table.num_rows, np.bool_)
        else:
            mask = filter_mask(known, [one for one in conditions if there[one.column] is not None])
        # A column that only other films have: here no shot has a value.
        if any(there[one.column] is None and not one.negated for one in conditions):
            mask[:] = False
        return mask

    def rows_of(self, films: Iterable[str]) -> np.ndarray:
        """Which rows belong to some films, bool (rows,)."""
        wanted = pa.array(list(films), pa.string())
        parts = [
            np.asarray(pc.is_in(chunk.dictionary, value_set=wanted))[chunk.indices.to_numpy()]
            for chunk in self.table["video_id"].chunks
        ]
        return np.concatenate([np.empty(0, np.bool_), *parts])

    @property
    def shots(self) -> int:
        """How many shots can be found."""
        among = self.selection(())
        return int(self.table.num_rows) if among is None else len(among)
