"""What one handle searches at one moment: a generation, the films published since, and what is gone."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache, partial
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from vidsearch_sdk.encoding.pooling import MeanPooling
from vidsearch_sdk.encoding.protocol import Pooling
from vidsearch_sdk.errors import EncoderMismatch
from vidsearch_sdk.index.building import facts_digest
from vidsearch_sdk.index.choosing import pooled_with
from vidsearch_sdk.index.derived import DERIVED_COLUMNS, languages
from vidsearch_sdk.index.filters import Filter
from vidsearch_sdk.index.frame_vectors import FrameVectors, keyframe_counts
from vidsearch_sdk.index.generation_files import Published
from vidsearch_sdk.index.nearest import Nearest
from vidsearch_sdk.index.searched import Searched
from vidsearch_sdk.index.segment import Segment
from vidsearch_sdk.index.shot_rows import own_columns, shot_rows, with_films
from vidsearch_sdk.index.stock import Fresh, Stock, read_fresh, take_stock
from vidsearch_sdk.index.vectors import Floats
from vidsearch_sdk.store.tables import DIALOGUE

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


@dataclass
class Looked:
    """A look at the catalog.

    Attributes:
        at_s: When it ended, ``time.monotonic``.
        cost_s: How long it took.
    """

    at_s: float
    cost_s: float


@dataclass(frozen=True)
class Served(Searched):
    """What is searched; apart from ``looked`` it never changes, so that a search sees one state of things.

    Attributes:
        published: The generation.
        stock: The catalog when it was last looked at.
        segments: The generation's shots, then those of films published since, if any.
        notes: What a searcher should know.
        fresh_lines: The dialogue of the films that the generation does not cover, columns ``DIALOGUE``.
        looked: When the catalog was last looked at.
    """

    published: Published
    stock: Stock
    segments: tuple[Segment, ...]
    notes: tuple[str, ...] = ()
    fresh_lines: pa.Table = field(default_factory=DIALOGUE.empty_table, compare=False)
    looked: Looked = field(default_factory=lambda: Looked(0.0, 0.0), compare=False, repr=False)

    @property
    def is_old(self) -> bool:
        """Whether it is time to look at the catalog again."""
        age = time.monotonic() - self.looked.at_s
        return age > max(_LEAST_AGE_S, _AGE_BY_COST * self.looked.cost_s)

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

    def vector_of(self, shot_id: str) -> Floats | None:
        """The vector of a shot, float32 (dim,), or ``None`` where there is no such shot."""
        row = self.row_of(shot_id)
        return None if row is None else self.vectors_at(np.array([row]))[0]


def serve(
    catalog: Catalog,
    published: Published,
    before: Served | None = None,
    *,
    pooling: Pooling = MeanPooling(),  # noqa: B008  (it holds nothing)
) -> Served:
    """Look at the catalog and put together what is to be searched.

    Args:
        catalog: The catalog.
        published: The generation to serve.
        before: What this handle served last; what has not changed is taken over.
        pooling: The encoder's, which films published since are pooled with as well.

    Returns:
        ``before`` itself where nothing has changed, so that what was computed for it holds on.

    Raises:
        EncoderMismatch: The generation was made with another pooling.
        StorageError: The disk refused.
        DamagedError: The generation's table is not what was written.
    """
    if published.pooled != pooled_with(pooling):
        raise EncoderMismatch(
            f"{published.generation.folder} was pooled with {published.pooled[0]}, not with this encoder's "
            f"{pooling.name}: ShotIndex.open(catalog, encoder) finds the one of an encoder"
        )
    started = time.monotonic()
    generation = published.generation
    stock = take_stock(catalog, generation.fingerprint, generation.covers)
    if before is not None and before.published is published and before.stock == stock:
        before.looked.at_s = time.monotonic()
        before.looked.cost_s = before.looked.at_s - started
        return before
    fresh = read_fresh(catalog, stock.fresh, generation.fingerprint, pooling=pooling)
    table = _covered(published, stock)
    newer = shot_rows([one.film for one in fresh.films], [one.shots for one in fresh.films])
    owned = frozenset(DERIVED_COLUMNS) & {*own_columns(table), *own_columns(newer)}
    segments = [Segment(table, published.nearest, stock.gone, published.frames, published.languages, owned)]
    if fresh.films:
        segments.append(_segment_of(fresh, newer, owned))
    now = time.monotonic()
    return Served(published, stock, tuple(segments), fresh.notes, fresh.lines, Looked(now, now - started))


def _covered(published: Published, stock: Stock) -> pa.Table:
    generation, table = published.generation, published.table()
    covered = [stock.films[video_id] for video_id in generation.covers if video_id in stock.films]
    if facts_digest(covered) != generation.manifest.get("facts"):
        # A title or a column of the user's own was changed, or a film removed.
        kept = {film.video_id: film for film in covered if film.video_id not in stock.gone}
        table = with_films(table, kept)
    return table


def _segment_of(fresh: Fresh, table: pa.Table, owned: frozenset[str]) -> Segment:
    nearest = Nearest.over(np.concatenate([one.vectors for one in fresh.films]))
    frames = FrameVectors(np.concatenate([one.frames for one in fresh.films]), keyframe_counts(table))
    spoken = lru_cache(maxsize=1)(partial(languages, table, fresh.lines))
    return Segment(table, lambda: nearest, frames=lambda: frames, languages=spoken, owned=owned)


def missing_films(catalog: Catalog, video_ids: Iterable[str]) -> set[str]:
    """Which films have been removed; asked for every hit, so nothing is read.

    On an object store every question is a request, so there it waits for the next look at the catalog.
    """
    if "://" in catalog.location:
        return set()
    return {video_id for video_id in set(video_ids) if not catalog.films.exists(video_id)}
