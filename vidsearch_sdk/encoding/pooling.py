"""From the vectors of frames to the vector of a shot."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray


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
    rows = np.asarray(vectors, np.float32)
    lengths = np.asarray(counts, np.int64)
    if rows.ndim != 2 or lengths.ndim != 1 or lengths.sum() != len(rows):
        raise ValueError(
            f"{lengths.shape} counts of sum {lengths.sum()} do not divide rows of shape {rows.shape}"
        )
    if not len(lengths):
        return np.zeros((0, rows.shape[1]), np.float32)
    if lengths.min() < 1:
        raise ValueError("a shot without frames has no vector")
    first = np.concatenate(([0], np.cumsum(lengths)[:-1]))
    pooled = np.add.reduceat(rows, first, axis=0)
    norms = np.linalg.norm(pooled, axis=1)
    cancelled = norms <= 1e-6 * lengths
    pooled[cancelled] = rows[first[cancelled]]
    norms[cancelled] = np.linalg.norm(pooled[cancelled], axis=1)
    result: NDArray[np.float32] = pooled / np.maximum(norms, np.finfo(np.float32).tiny)[:, None]
    return result
