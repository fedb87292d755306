"""What a new generation is made of: taken over from the last one where it can be, else made anew."""

from __future__ import annotations

import logging
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from vidsearch_sdk.encoding.pooling import pooled_by
from vidsearch_sdk.encoding.protocol import ImageTextEncoder, Pooling
from vidsearch_sdk.errors import CatalogError
from vidsearch_sdk.index.choosing import pooled_with
from vidsearch_sdk.index.frame_vectors import keyframe_counts
from vidsearch_sdk.index.generation_files import Published, same_shot_of
from vidsearch_sdk.index.shot_rows import rows_of_film
from vidsearch_sdk.index.stock import read_shots
from vidsearch_sdk.index.vectors import Halves, VectorsWriter
from vidsearch_sdk.store.film import Film
from vidsearch_sdk.store.tables import SHOTS

if TYPE_CHECKING:
    from vidsearch_sdk.catalog import Catalog

log = logging.getLogger("vidsearch_sdk")

_POOLED_AT_ONCE = 65_536
"""Frames; 128 MB at 1,024 numbers each."""


@dataclass
class Content:
    """What a generation is made of, film after film.

    Attributes:
        films: The films that could be read.
        shots: Their tables of shots.
        vectors: float16 (shots, dim), of all films.
        taken: int64 (shots,), row of the previous generation whose vector it is; -1 where it is a new one.
        same_shot: Usual similarity of two pictures of one shot.
        left_out: Why a film could not be read, by video_id.
    """

    films: list[Film]
    shots: list[pa.Table]
    vectors: Halves
    taken: np.ndarray
    same_shot: float
    left_out: dict[str, str]


def gather(
    catalog: Catalog,
    encoder: ImageTextEncoder,
    films: Sequence[Film],
    previous: Published | None,
    frames: VectorsWriter,
    *,
    pooling: Pooling,
) -> Content:
    """Put together what a generation will hold; what a previous one holds already is taken from it.

    Args:
        catalog: The catalog.
        encoder: Whose vectors they are.
        films: Films with shots and vectors.
        previous: What to take from; ``None`` where nothing sound was published. Where it is of another
            pooling, its vectors of frames are pooled anew.
        frames: Where the vectors of frames are written to, shot after shot.
        pooling: The encoder's.

    Raises:
        EncoderError: The pooling gives something else than a vector for each shot.
        StorageError: The disk refused.
    """
    covers = previous.generation.covers if previous else {}
    kept = [film for film in films if covers.get(film.video_id) == film.run]
    new = [film for film in films if covers.get(film.video_id) != film.run]
    content = Content([], [], np.zeros((0, encoder.dim), np.float16), np.zeros(0, np.int64), math.nan, {})
    vectors: list[Halves] = []
    taken: list[np.ndarray] = []
    same: list[tuple[float, int]] = []
    if previous is not None and kept:
        table, old, old_frames = previous.table(), previous.vectors(), previous.frames()
        places = rows_of_film(table)
        again = None if previous.pooled == pooled_with(pooling) else _Blocks(pooling)
        # In the order in which they stand there, so that rows move as little as possible.
        for film in sorted(kept, key=lambda film: places[film.video_id]):
            start, stop = places[film.video_id]
            rows = table.slice(start, stop - start).select(SHOTS.names).cast(SHOTS)
            content.films.append(film)
            content.shots.append(rows)
            if old_frames is not None:
                own = old_frames.between(start, stop)
            else:
                own = _frames_again(catalog, film, encoder.fingerprint, rows, old[start:stop])
            frames.add(own)
            if again is None:
                vectors.append(old[start:stop])
                taken.append(np.arange(start, stop))
            else:
                again.add(own, keyframe_counts(rows))
                taken.append(np.full(stop - start, -1))
        if again is not None:
            vectors += again.pooled()
        same.append((previous.calibration.same_shot, sum(len(part) for part in vectors)))
    for film in new:
        try:
            read = read_shots(catalog, film, encoder.fingerprint, pooling=pooling)
        except CatalogError as error:
            log.warning("film %s is left out of the index: %s", film.video_id, error)
            content.left_out[film.video_id] = str(error)
            continue
        content.films.append(film)
        content.shots.append(read.shots)
        vectors.append(read.vectors)
        frames.add(read.frames)
        taken.append(np.full(len(read.vectors), -1))
        same.append((read.same_shot, len(read.vectors)))
    if vectors:
        content.vectors = np.concatenate(vectors)
        content.taken = np.concatenate(taken)
    content.same_shot = same_shot_of(same)
    return content


class _Blocks:
    """Shots pooled many at a time: films are often short, and a learned pooling is quick over many shots."""

    def __init__(self, pooling: Pooling) -> None:
        self._pooling = pooling
        self._waiting: list[tuple[Halves, np.ndarray]] = []
        self._frames = 0
        self._done: list[Halves] = []

    def add(self, frames: Halves, counts: np.ndarray) -> None:
        """Take the frames of some shots, in order."""
        self._waiting.append((frames, counts))
        self._frames += len(frames)
        if self._frames >= _POOLED_AT_ONCE:
            self._flush()

    def pooled(self) -> list[Halves]:
        """The vectors of all shots, in the order in which they came."""
        self._flush()
        return self._done

    def _flush(self) -> None:
        if self._waiting:
            frames, counts = zip(*self._waiting, strict=True)
            pooled = pooled_by(self._pooling, np.concatenate(frames), np.concatenate(counts))
            self._done.append(pooled.astype(np.float16))
            self._waiting, self._frames = [], 0


def _frames_again(catalog: Catalog, film: Film, fingerprint: str, shots: pa.Table, vectors: Halves) -> Halves:
    """The frame vectors of a film that an older version published without them.

    Where they can no longer be read, each shot's own vector stands for its frames: the film is published as
    it was, and a second look changes nothing about it.
    """
    counts = keyframe_counts(shots)
    try:
        frames = catalog.embeddings.read(film, fingerprint)
        if len(frames) == counts.sum():
            return frames
        problem = f"{len(frames)} vectors for {counts.sum()} keyframes"
    except CatalogError as error:
        problem = str(error)
    log.warning("the frames of film %s are not looked at one by one: %s", film.video_id, problem)
    return np.repeat(vectors, counts, axis=0)
