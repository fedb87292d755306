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
    for film in np.unique(films):
        of_film = np.flatnonzero(films == film)
        leaders: list[int] = []
        for start in range(0, len(of_film), _BLOCK):
            block = of_film[start : start + _BLOCK]
            led = np.array(leaders, np.int64)
            known = vectors[block] @ vectors[led].T >= alike
            within = vectors[block] @ vectors[block].T >= alike
            waiting = np.ones(len(block), np.bool_)
            if leaders:
                led_by = known.argmax(axis=1)
                waiting = ~known[np.arange(len(block)), led_by]
                behind[block[~waiting]] = led[led_by[~waiting]]
            fresh: list[int] = []
            for place in range(len(block)):
                if waiting[place]:
                    fresh.append(place)
                    followers = waiting & within[place]
                    followers[: place + 1] = False
                    behind[block[followers]] = block[place]
                    waiting &= ~followers
            leaders += block[fresh].tolist()
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
