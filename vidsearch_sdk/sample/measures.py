"""How well an encoder finds what it is asked for."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt


def recall_at(similarities: npt.NDArray[np.floating], k: int) -> float:
    """Share of the rows whose own column is among their k highest; of equals, the others go first.

    Args:
        similarities: Array of shape (n, n): row i is a query whose one right answer is column i.
        k: How many answers are looked at, from 1.

    Examples:
        >>> recall_at(np.array([[0.9, 0.1], [0.8, 0.3]]), 1)
        0.5
    """
    own = np.diagonal(similarities)[:, None]
    ahead = (similarities >= own).sum(axis=1) - 1
    return float((ahead < k).mean())


def separation(present: Sequence[float], absent: Sequence[float]) -> float:
    """Probability that a query for what is there outscores one for what is not (area under the ROC curve).

    Examples:
        >>> separation([0.9, 0.5], [0.1, 0.5])
        0.875
    """
    a, b = np.asarray(present)[:, None], np.asarray(absent)[None, :]
    return float((a > b).mean() + 0.5 * (a == b).mean())
