"""One tile for each set-up: near-duplicates stand behind the best of them, and films may be given turns."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from vidsearch_sdk.index.exact import Rows
from vidsearch_sdk.index.vectors import Floats

_BLOCK = 512


def fold(vectors: Floats, films: npt.NDArray[np.int32], *, alike: float) -> Rows:
    """Find for each shot the better one that it stands behind.

    A shot stands behind the best shot of its film that it is as similar to as pictures of one shot are to
    each other: the camera's set-up is the same.

    Args:
        vectors: float32 (n, dim), unit length, best hit first.
        films: int (n,), which film each belongs to.
        alike: Cosine from which two shots show one set-up; above 1 folds nothing.

    Returns:
        int64 (n,): the place of the shot that each stands behind, its own place where it stands for itself.
    """
    behind = np.arange(len(vectors))
    order = np.argsort(films, kind="stable")  # film after film, the better shots of each first
    ends = np.flatnonzero(np.diff(films[order], append=-1)) + 1
    starts = np.concatenate([[0], ends[:-1]])
    several = ends - starts > 1
    # Film by film: to compare all with all takes longer, and wakes the threads of a large product.
    for start, end in zip(starts[several].tolist(), ends[several].tolist(), strict=True):
        of_film = order[start:end]
        behind[of_film] = of_film[_folded(vectors[of_film], alike)]
    return behind


def _folded(vectors: Floats, alike: float) -> Rows:
    """``fold`` of the shots of one film."""
    behind = np.arange(len(vectors))
    leaders = np.empty(0, np.int64)
    for start in range(0, len(vectors), _BLOCK):
        some = np.arange(start, min(start + _BLOCK, len(vectors)))
        if len(leaders):
            known = vectors[some] @ vectors[leaders].T >= alike
            led = known.any(axis=1)
            behind[some[led]] = leaders[known[led].argmax(axis=1)]
            some = some[~led]
        leads = [True] * len(some)
        near = vectors[some] @ vectors[some].T >= alike
        near.flat[:: len(some) + 1] = False
        # Few shots are alike, so a loop over those pairs is short; the better shots come first in it.
        pairs = np.argwhere(near).tolist() if near.any() else []
        for later, earlier in pairs:
            if earlier < later and leads[later] and leads[earlier]:
                leads[later] = False
                behind[some[later]] = some[earlier]
        leaders = np.concatenate([leaders, some[leads]])
    return behind


def in_turns(films: npt.NDArray[np.int32], *, per_film: int) -> npt.NDArray[np.bool_]:
    """Which hits stay when no film may have more than ``per_film`` of them.

    Args:
        films: int (n,), the film of each hit, best first.
        per_film: 1 or more.

    Examples:
        >>> in_turns(np.array([4, 4, 7, 4], np.int32), per_film=2).tolist()
        [True, True, True, False]
    """
    order = np.argsort(films, kind="stable")
    ordered = films[order]
    starts = np.flatnonzero(np.diff(ordered, prepend=-1))
    counts = np.arange(len(films)) - np.repeat(starts, np.diff(np.append(starts, len(films))))
    kept = np.empty(len(films), np.bool_)
    kept[order] = counts < per_film
    return kept
