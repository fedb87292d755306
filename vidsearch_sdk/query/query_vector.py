"""From what was asked to the vector that is searched for."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from vidsearch_sdk.encoding.pooling import pooled_by, pooling_of
from vidsearch_sdk.encoding.protocol import ImageTextEncoder
from vidsearch_sdk.errors import EncoderError
from vidsearch_sdk.index.calibration import Scale
from vidsearch_sdk.index.vectors import Floats, query_row
from vidsearch_sdk.query.algebra.terms import Clip, Concept, Image, Shot, Term, Text


@dataclass(frozen=True)
class QueryVector:
    """A query as the index takes it.

    Attributes:
        vector: float32 (dim,), unit length.
        kind: Whether words were asked or pictures; their similarities live on two scales.
        notes: What the searcher should know, such as that the words were cut.
        scale: How its similarities become scores, where it is not as those of its kind do.
    """

    vector: Floats
    kind: Literal["text", "picture"]
    notes: tuple[str, ...] = ()
    scale: Scale | None = None


def query_vector(
    term: Term,
    encoder: ImageTextEncoder,
    *,
    shot_vector: Callable[[str], Floats],
    variants: Sequence[str] = (),
) -> QueryVector:
    """Turn a term into its vector.

    Args:
        term: What was asked.
        encoder: The encoder of the searched vectors.
        shot_vector: Gives the vector of a shot of the catalog by its id.
        variants: The words of a text put in several ways, the first as asked; their vectors are averaged.

    Raises:
        QueryError: The encoder gives a vector without a direction, or there is no such shot.
        EncoderError: The encoder gives something else than one vector of its size.
        VideoError: A clip's file cannot be read.
    """
    if isinstance(term, Concept):
        term = Text(term.name)
    if isinstance(term, Text):
        # An encoder of the user's own need not know how to say that it cut a text.
        notices = getattr(encoder, "text_notices", None)
        said = list(variants) or [term.words]
        rows = np.asarray(encoder.encode_texts(said), np.float32)
        if rows.shape != (len(said), encoder.dim):
            raise EncoderError(
                f"{encoder.name} gave {rows.shape} where {(len(said), encoder.dim)} is expected"
            )
        row = rows[0] if len(said) == 1 else rows.mean(axis=0)
        notes = tuple(notices([term.words])) if notices else ()
        return QueryVector(query_row(row, encoder.dim), "text", notes)
    if isinstance(term, Image):
        row = _one(encoder.encode_images([term.pixels]), encoder)
        # A picture is a shot of one frame: it is compared with shots that were pooled.
        return QueryVector(query_row(_pooled(row[None], encoder), encoder.dim), "picture")
    if isinstance(term, Shot):
        return QueryVector(query_row(shot_vector(term.shot_id), encoder.dim), "picture")
    return QueryVector(query_row(_clip_vector(term, encoder), encoder.dim), "picture")


def _clip_vector(term: Clip, encoder: ImageTextEncoder) -> Floats:
    # Decoding brings child processes with it; a search by words needs none.
    from vidsearch_sdk.ingest.clip_frames import keyframes_of

    pictures = keyframes_of(term.path, term.start_s, term.end_s)
    rows = np.asarray(encoder.encode_images(pictures), np.float32)
    if rows.shape != (len(pictures), encoder.dim):
        raise EncoderError(f"{encoder.name} gave {rows.shape} for {len(pictures)} pictures")
    return _pooled(rows, encoder)


def _pooled(rows: Floats, encoder: ImageTextEncoder) -> Floats:
    return np.asarray(pooled_by(pooling_of(encoder), rows, [len(rows)])[0])


def _one(rows: object, encoder: ImageTextEncoder) -> Floats:
    array = np.asarray(rows, np.float32)
    if array.shape != (1, encoder.dim):
        raise EncoderError(f"{encoder.name} gave {array.shape} where (1, {encoder.dim}) is expected")
    return np.asarray(array[0])
