"""What the catalog holds now, compared with what a published generation covers."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from vidsearch_sdk.encoding.pooling import pooled_by
from vidsearch_sdk.encoding.protocol import Pooling
from vidsearch_sdk.errors import CatalogError, DamagedError, StorageError
from vidsearch_sdk.index.vectors import Halves
from vidsearch_sdk.store.film import Film
from vidsearch_sdk.store.tables import DIALOGUE

if TYPE_CHECKING:
    from vidsearch_sdk.catalog import Catalog

log = logging.getLogger("vidsearch_sdk")


@dataclass(frozen=True)
class Stock:
    """The films of a catalog, from the point of view of one generation.

    Attributes:
        films: Every film, by video_id.
        gone: Films that the generation covers but that were removed or processed anew since.
        fresh: Films with shots and vectors that it does not cover.
        waiting: How many films have no shots yet.
        bare: How many films have shots but no vectors of this encoder.
    """

    films: Mapping[str, Film]
    gone: frozenset[str]
    fresh: tuple[Film, ...]
    waiting: int
    bare: int

    @property
    def notes(self) -> tuple[str, ...]:
        """What a searcher should know: films that cannot be found yet, and what to call."""
        notes = []
        if self.waiting:
            notes.append(
                f"{_films(self.waiting)} waiting to be segmented: catalog.segment(), then index.refresh()"
            )
        if self.bare:
            notes.append(f"{_films(self.bare)} not searchable yet: index.refresh()")
        return tuple(notes)


def take_stock(catalog: Catalog, fingerprint: str, covers: Mapping[str, str]) -> Stock:
    """Look at every film of the catalog.

    Args:
        catalog: The catalog.
        fingerprint: The encoder whose vectors count.
        covers: What the generation covers: video_id to run.

    Raises:
        StorageError: The disk refused, or the catalog is no longer there.
    """
    films = {film.video_id: film for film in catalog.films.list()}
    if covers and not films and not catalog.exists:
        # A disk that was unplugged reads as an empty folder; that nothing was found would be untrue.
        raise StorageError(
            f"the catalog is no longer at {catalog.location}: bring it back, or open it at its new place"
        )
    # A film whose own record is damaged still stands in the generation as it was published.
    gone = {
        video_id
        for video_id, run in covers.items()
        if video_id not in films or (films[video_id].run != run and films[video_id].status != "damaged")
    }
    outside = [film for film in films.values() if film.has_shots and covers.get(film.video_id) != film.run]
    fresh = tuple(film for film in outside if catalog.embeddings.has(film, fingerprint))
    waiting = sum(film.status == "added" for film in films.values())
    return Stock(films, frozenset(gone), fresh, waiting, len(outside) - len(fresh))


@dataclass(frozen=True)
class FilmShots:
    """A film's shots with their vectors.

    Attributes:
        film: The film.
        shots: Its shots table.
        vectors: float16 (shots, dim), unit rows: each shot's frames, pooled.
        frames: float16 (keyframes, dim), unit rows, in order of shots.
        same_shot: Usual similarity of two pictures of one shot; ``nan`` where no shot has two.
    """

    film: Film
    shots: pa.Table
    vectors: Halves
    frames: Halves
    same_shot: float


def read_shots(catalog: Catalog, film: Film, fingerprint: str, *, pooling: Pooling) -> FilmShots:
    """Read a film's shots and pool their vectors.

    Args:
        catalog: The catalog.
        film: A film with shots and vectors.
        fingerprint: The encoder.
        pooling: The encoder's.

    Raises:
        DamagedError: A file is not what was written, or the two do not fit.
        EncoderError: The pooling gives something else than a vector for each shot.
    """
    shots = catalog.films.table(film, "shots")
    frames = catalog.embeddings.read(film, fingerprint)
    counts = shots["keyframes"].to_numpy()
    if counts.sum() != len(frames) or (len(counts) and counts.min() < 1):
        raise DamagedError(
            f"film {film.video_id} ({film.name}) has {len(frames)} vectors for {counts.sum()} keyframes; "
            "catalog.verify() sets them aside"
        )
    pooled = pooled_by(pooling, frames, counts).astype(np.float16)
    return FilmShots(film, shots, pooled, frames, _same_shot(frames, counts))


@dataclass(frozen=True)
class Fresh:
    """What no generation covers yet.

    Attributes:
        films: The films that could be read.
        lines: Their dialogue, columns ``DIALOGUE``.
        notes: What could not be read, in words for a searcher.
    """

    films: tuple[FilmShots, ...]
    lines: pa.Table
    notes: tuple[str, ...]


def read_fresh(catalog: Catalog, films: tuple[Film, ...], fingerprint: str, *, pooling: Pooling) -> Fresh:
    """Read the shots and the dialogue of films that no generation covers.

    What is damaged is left out with a note; a film whose dialogue is damaged is searched by its pictures.
    Arguments and errors of the encoder as in ``read_shots``.
    """
    found, lines, notes = [], [DIALOGUE.empty_table()], []
    for film in films:
        try:
            found.append(read_shots(catalog, film, fingerprint, pooling=pooling))
        except CatalogError as error:
            log.warning("film %s is left out of the search: %s", film.video_id, error)
            notes.append(f"{film.name} is left out: its stored files are damaged; catalog.verify() says more")
            continue
        try:
            lines.append(catalog.films.table(film, "dialogue").select(DIALOGUE.names).cast(DIALOGUE))
        except CatalogError as error:
            log.warning("the dialogue of film %s is left out of the search: %s", film.video_id, error)
            notes.append(f"the dialogue of {film.name} is damaged and left out; catalog.verify() says more")
    return Fresh(tuple(found), pa.concat_tables(lines).combine_chunks(), tuple(notes))


def _same_shot(frames: Halves, counts: np.ndarray) -> float:
    starts = np.cumsum(counts) - counts
    several = starts[counts > 1]
    if len(several) == 0:
        return float("nan")
    lasts = several + counts[counts > 1] - 1
    pairs = frames[several].astype(np.float32) * frames[lasts].astype(np.float32)
    return float(np.median(pairs.sum(axis=1)))


def _films(count: int) -> str:
    return "1 film is" if count == 1 else f"{count:,} films are"
