"""Stored keyframes through an encoder into stored vectors, film by film; no film is opened."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

import numpy as np
from numpy.typing import NDArray
from tqdm.auto import tqdm

from vidsearch_sdk.encoding.protocol import ImageTextEncoder
from vidsearch_sdk.errors import DamagedError, EncoderError
from vidsearch_sdk.store.embeddings import Embeddings
from vidsearch_sdk.store.film import Film
from vidsearch_sdk.store.films import Films

_LOG = logging.getLogger("vidsearch_sdk")

# What a kill costs at most is what is in the hands of the encoder: about this many seconds of work.
_PORTION_S = 10.0
_SMALLEST, _LARGEST = 128, 16_384
_LENGTH_TOLERANCE = 0.02


@dataclass(frozen=True)
class Embedded:
    """What was done.

    Attributes:
        video_ids: Films that have vectors now and had none, in the order of publication.
        damaged: Films that could not be read, with what is wrong and the remedy.
    """

    video_ids: tuple[str, ...] = ()
    damaged: Mapping[str, str] = field(default_factory=dict)


def embed_films(
    films: Films, embeddings: Embeddings, encoder: ImageTextEncoder, *, progress: bool = True
) -> Embedded:
    """Make the vectors of every film that has keyframes but none of this encoder.

    Keyframes of all films flow through the encoder as one stream, so that many small films fill batches as
    well as one large one does. Each film is published as soon as its last vector is there: when the work is
    interrupted or killed, films that were published stay, and calling it again goes on with the others.

    Args:
        films: The catalog's films.
        embeddings: Where the vectors go.
        encoder: Anything that follows the protocol.
        progress: Whether to show a bar over keyframes.

    Returns:
        Which films were embedded. A damaged film is left out, with a warning, and holds up no other.

    Raises:
        EncoderError: The encoder failed, or returned other than one vector of its ``dim`` per picture.
        StorageError: The disk refused; what was published before stays.
    """
    fingerprint = encoder.fingerprint
    wanted = [film for film in films.list() if film.has_shots and not embeddings.has(film, fingerprint)]
    total = sum(film.parts["keyframes"].rows for film in wanted)
    done: list[str] = []
    with tqdm(total=total, desc="embedding", unit="keyframe", disable=not progress) as bar:
        stream = _Stream(films, wanted, bar)
        for film, vectors in _by_film(_portions(stream, encoder), stream, encoder.dim):
            if _is_current(films, film):
                embeddings.publish(film, fingerprint, vectors)
                done.append(film.video_id)
    return Embedded(tuple(done), dict(stream.damaged))


class _Stream:
    """All keyframes of some films, one after the other, and whose each was."""

    def __init__(self, films: Films, wanted: list[Film], bar: Any) -> None:
        self.wanted = wanted
        self.owners: list[int] = []
        self.damaged: dict[str, str] = {}
        self._films = films
        self._bar = bar

    def __iter__(self) -> Iterator[bytes]:
        for number, film in enumerate(self.wanted):
            try:
                for batch in self._films.keyframes(film):
                    for picture in batch.column("jpeg"):
                        self.owners.append(number)
                        yield picture.as_py()
                    self._bar.update(batch.num_rows)
            except DamagedError as error:
                if _is_current(self._films, film):
                    self.damaged[film.video_id] = str(error)
                    _LOG.warning("%s (%s) is left out: %s", film.name, film.video_id, error)


def _portions(stream: _Stream, encoder: ImageTextEncoder) -> Iterator[NDArray[np.float16]]:
    """Encode the stream in portions of some seconds each: few enough that the device hardly drains."""
    pictures = iter(stream)
    size = _SMALLEST
    start = 0
    while True:
        began = time.perf_counter()
        try:
            vectors = np.asarray(encoder.encode_images(islice(pictures, size)))
        except EncoderError as error:
            names = dict.fromkeys(stream.wanted[number].name for number in stream.owners[start:])
            shown = ", ".join(list(names)[:3]) + (", ..." if len(names) > 3 else "")
            raise EncoderError(
                f"{error} (counted from keyframe {start} of this run; among: {shown})"
            ) from error
        count = len(stream.owners) - start
        if vectors.shape != (count, encoder.dim):
            raise EncoderError(
                f"{encoder.name} returned vectors of shape {vectors.shape} for {count} pictures; "
                f"({count}, {encoder.dim}) was expected"
            )
        if not count:
            return
        lengths = np.linalg.norm(vectors.astype(np.float32), axis=1)
        off = ~(np.abs(lengths - 1) < _LENGTH_TOLERANCE)  # NaN is off as well
        if off.any():
            raise EncoderError(
                f"{encoder.name} returned vectors that are not of unit length ({off.sum()} of {count}, the "
                f"first of length {lengths[off][0]:.3g}); encode_images must divide each by its length"
            )
        yield vectors.astype(np.float16)
        start += count
        rate = count / max(time.perf_counter() - began, 1e-6)
        while size < _LARGEST and rate * _PORTION_S >= 2 * size:
            size *= 2


def _by_film(
    portions: Iterator[NDArray[np.float16]], stream: _Stream, dim: int
) -> Iterator[tuple[Film, NDArray[np.float16]]]:
    """Hand out each film with all its vectors; films that broke off are not handed out."""
    parts: dict[int, list[NDArray[np.float16]]] = {}
    start = 0
    for film in stream.wanted:
        if film.parts["keyframes"].rows == 0:
            yield film, np.zeros((0, dim), np.float16)
    for vectors in portions:
        owners = np.asarray(stream.owners[start : start + len(vectors)])
        start += len(vectors)
        for number in np.unique(owners).tolist():
            collected = parts.setdefault(number, [])
            collected.append(vectors[owners == number])
            film = stream.wanted[number]
            if sum(map(len, collected)) == film.parts["keyframes"].rows:
                yield film, np.concatenate(parts.pop(number))


def _is_current(films: Films, film: Film) -> bool:
    """Whether the film is still there and was not processed anew meanwhile."""
    now = films.find(film.video_id)
    return now is not None and now.run == film.run
