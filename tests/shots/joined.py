"""Small pictures of made-up films, quick to make: what the scores see, without a file."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from vidsearch_sdk.shots.boundaries import Boundary, find_boundaries
from vidsearch_sdk.shots.scores import Scorer

ROWS, WIDTH = 54, 64


def scene(seed: int, frames: int, *, speed: float = 0.0, noise: float = 1.0) -> NDArray[np.float32]:
    """A shot of a random landscape of soft shapes, panned over by ``speed`` pixels of 64 a frame."""
    random = np.random.default_rng(seed)
    wide = WIDTH + int(abs(speed) * frames) + 2
    parts = []
    for size in ((9, wide // 5 + 2), (5, wide // 9 + 2)):
        coarse = random.uniform(0, 255, size).astype(np.float32)
        parts.append(cv2.resize(coarse, (wide, 36), interpolation=cv2.INTER_CUBIC))
    color = cv2.resize(random.uniform(90, 166, (4, 8)).astype(np.float32), (WIDTH, 18))
    luma = np.clip(0.6 * parts[0] + 0.4 * parts[1], 5, 250)
    shot = np.empty((frames, ROWS, WIDTH), np.float32)
    for frame in range(frames):
        move = np.array([[1, 0, -abs(speed) * frame], [0, 1, 0]], np.float32)
        shot[frame, :36] = cv2.warpAffine(luma, move, (WIDTH, 36), borderMode=cv2.BORDER_REPLICATE)
        shot[frame, 36:] = color
    return shot + random.normal(0, noise, shot.shape).astype(np.float32)


def dissolve(one: NDArray[np.float32], other: NDArray[np.float32], length: int) -> NDArray[np.float32]:
    """The two shots with their ends mixed over ``length`` frames."""
    share = ((np.arange(length) + 1) / (length + 1))[:, None, None].astype(np.float32)
    mixed = one[-length:] * (1 - share) + other[:length] * share
    return np.concatenate([one[:-length], mixed, other[length:]])


def fade(
    shot: NDArray[np.float32], length: int, *, level: float = 0.0, into: bool = False
) -> NDArray[np.float32]:
    """The shot with its end (or beginning) faded to one level of luma and no color."""
    blank = np.full((ROWS, WIDTH), level, np.float32)
    blank[36:] = 128
    share = ((np.arange(length) + 1) / (length + 1))[:, None, None].astype(np.float32)
    faded = shot.copy()
    if into:
        faded[:length] = blank * (1 - share) + shot[:length] * share
    else:
        faded[-length:] = shot[-length:] * (1 - share) + blank * share
    return faded


def blank(frames: int, *, level: float = 0.0) -> NDArray[np.float32]:
    """Pictures of one level of luma and no color."""
    shot = np.full((frames, ROWS, WIDTH), level, np.float32)
    shot[:, 36:] = 128
    return shot


def score(film: NDArray[np.float32]) -> Scorer:
    """Score all frames of a film."""
    scorer = Scorer()
    scorer.push(np.clip(np.round(film), 0, 255).astype(np.uint8))
    return scorer


def boundaries(*shots: NDArray[np.float32]) -> list[Boundary]:
    """Boundaries of shots joined by cuts."""
    film = np.concatenate(shots)
    return find_boundaries(score(film).finish(np.arange(len(film))))
