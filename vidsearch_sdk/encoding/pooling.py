"""From the vectors of frames to the vector of a shot; nothing heavy is imported here."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from vidsearch_sdk.encoding.protocol import ImageTextEncoder, Pooling
from vidsearch_sdk.errors import EncoderError

POOLING_FACTS = "pooling.json"
POOLING_WEIGHTS = "pooling.safetensors"
"""Files of an encoder's folder that bring a learned pooling; both may be missing."""

_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_.-]{0,39}")
_DIGEST = re.compile(r"[A-Za-z0-9]{0,64}")


def checked_frames(vectors: ArrayLike, counts: ArrayLike) -> tuple[NDArray[np.generic], NDArray[np.int64]]:
    """The frames of shots as arrays.

    Args:
        vectors: (f, dim) rows, all of the first shot's frames, then all of the second's, and so on.
        counts: (n,) frames of each shot.

    Returns:
        The rows, in the type that they came in, and int64 (n,) counts.

    Raises:
        ValueError: The counts do not fit the rows, or a shot has none.
    """
    rows = np.asarray(vectors)
    lengths = np.asarray(counts, np.int64)
    if rows.ndim != 2 or lengths.ndim != 1 or lengths.sum() != len(rows):
        raise ValueError(
            f"{lengths.shape} counts of sum {lengths.sum()} do not divide rows of shape {rows.shape}"
        )
    if len(lengths) and lengths.min() < 1:
        raise ValueError("a shot without frames has no vector")
    return rows, lengths


def mean_pooled(vectors: ArrayLike, counts: ArrayLike) -> NDArray[np.float32]:
    """Average the vectors of consecutive rows and bring each average back to length 1.

    The mean of unit vectors over a shot's frames is the pooling of CLIP4Clip's parameter-free variant
    (Luo et al., 2021, "CLIP4Clip: An Empirical Study of CLIP for End to End Video Clip Retrieval").

    Args:
        vectors: (n, dim) rows, all of the first shot's frames, then all of the second's, and so on.
        counts: (shots,) frames of each shot, 1 or more; they add up to n.

    Returns:
        float32 (shots, dim), unit rows. Where frames cancel out exactly, the first frame's vector.

    Raises:
        ValueError: The counts do not fit the rows, or a shot has none.

    Examples:
        >>> mean_pooled([[1, 0], [0, 1], [0, 1]], [2, 1]).round(2).tolist()
        [[0.7099999785423279, 0.7099999785423279], [0.0, 1.0]]
    """
    given, lengths = checked_frames(vectors, counts)
    rows = given.astype(np.float32)
    if not len(lengths):
        return np.zeros((0, rows.shape[1]), np.float32)
    first = np.concatenate(([0], np.cumsum(lengths)[:-1]))
    pooled = np.add.reduceat(rows, first, axis=0)
    norms = np.linalg.norm(pooled, axis=1)
    cancelled = norms <= 1e-6 * lengths
    pooled[cancelled] = rows[first[cancelled]]
    norms[cancelled] = np.linalg.norm(pooled[cancelled], axis=1)
    result: NDArray[np.float32] = pooled / np.maximum(norms, np.finfo(np.float32).tiny)[:, None]
    return result


@dataclass(frozen=True)
class MeanPooling:
    """The pooling of every encoder that brings no other: ``mean_pooled``."""

    name: ClassVar[str] = "mean"
    digest: ClassVar[str] = ""

    def __call__(self, vectors: ArrayLike, counts: ArrayLike) -> NDArray[np.float32]:
        """As ``mean_pooled``."""
        return mean_pooled(vectors, counts)


def pooling_of(encoder: ImageTextEncoder) -> Pooling:
    """The pooling that an encoder brings, or the mean.

    Args:
        encoder: An encoder; one of the user's own need not have a ``pooling``.

    Raises:
        EncoderError: What it calls its pooling is none.
    """
    pooling = getattr(encoder, "pooling", None)
    if pooling is None:
        return MeanPooling()
    name, digest = getattr(pooling, "name", None), getattr(pooling, "digest", None)
    if (
        not callable(pooling)
        or not (isinstance(name, str) and _NAME.fullmatch(name))
        or not (isinstance(digest, str) and _DIGEST.fullmatch(digest))
    ):
        raise EncoderError(
            f"the pooling of {encoder.name} ({pooling!r}) needs a name (a word), a digest (letters and "
            "digits that change with its vectors) and a call pooling(vectors, counts)"
        )
    found: Pooling = pooling
    return found


def pooled_by(pooling: Pooling, vectors: ArrayLike, counts: ArrayLike) -> NDArray[np.float32]:
    """Pool, and check what came back.

    Args:
        pooling: The pooling.
        vectors: (f, dim) unit rows.
        counts: (n,) frames of each shot.

    Returns:
        float32 (n, dim).

    Raises:
        EncoderError: The pooling gave something else than one finite row of ``dim`` numbers for each shot.
        ValueError: The counts do not fit the rows.
    """
    rows, lengths = checked_frames(vectors, counts)
    found = np.asarray(pooling(rows, lengths), np.float32)
    expected = (len(lengths), rows.shape[1])
    if found.shape != expected or not np.isfinite(found).all():
        what = "what is not finite" if found.shape == expected else f"{found.shape}"
        raise EncoderError(f"the pooling {pooling.name!r} gave {what} where {expected} numbers are expected")
    return found
