"""How well towers find shots by words: on held-out films, and for general queries that must not suffer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from vidsearch_sdk.errors import EncoderError
from vidsearch_sdk.evaluation.metrics import ndcg
from vidsearch_sdk.learning.batches import Captioned, gather
from vidsearch_sdk.learning.settings import Precision
from vidsearch_sdk.learning.shots import ShotPictures
from vidsearch_sdk.learning.towers import ShotTowers
from vidsearch_sdk.learning.training import arithmetic

RECALL = "R@1"
STEERED_BY = "MRR"
"""What early stopping and the choice of the blend look at: with few held-out captions R@1 moves in steps."""

FRAMES_AT_ONCE = 64
"""Pictures in one pass where nothing is learned."""

_PLACES = 10
_TEXTS_AT_ONCE = 256

Floats = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Queries:
    """Texts with what is right for them among some shots.

    Attributes:
        pictures: The shots that are searched.
        texts: The queries.
        tokens: int64 (queries, templates, context).
        grades: For each query the grades above 0, by the number of the shot in ``pictures``.
    """

    pictures: ShotPictures
    texts: tuple[str, ...]
    tokens: Tensor
    grades: tuple[Mapping[int, float], ...]

    def __post_init__(self) -> None:
        if not len(self.texts) == len(self.tokens) == len(self.grades) or not self.texts:
            raise ValueError("each query needs its tokens and its grades, and there must be one")


def queries_of(rows: Captioned) -> Queries:
    """Ask for every caption; right are all shots that have it."""
    grades: list[dict[int, float]] = [{} for _ in rows.texts]
    for shot, text in zip(rows.shot_of.tolist(), rows.text_of.tolist(), strict=True):
        grades[text][shot] = 1.0
    return Queries(rows.pictures, rows.texts, rows.tokens, tuple(grades))


def similarities(
    towers: ShotTowers,
    queries: Queries,
    *,
    precision: Precision = "auto",
    frames_at_once: int = FRAMES_AT_ONCE,
) -> Floats:
    """Cosines of queries and shots.

    Args:
        towers: What makes the vectors.
        queries: What to compare.
        precision: Arithmetic of the towers.
        frames_at_once: Pictures in one pass, but never less than those of one shot.

    Returns:
        float32 (queries, shots).

    Raises:
        EncoderError: A vector is not finite.
    """
    # On a CPU a few texts cost less in f32 than rounding the tower's weights for them would.
    of_texts = "f32" if precision == "auto" and towers.device.type == "cpu" else precision
    with torch.inference_mode():
        with arithmetic(precision, towers.device):
            shots = _shot_vectors(towers, queries.pictures, frames_at_once)
        with arithmetic(of_texts, towers.device):
            texts = _text_vectors(towers, queries.tokens)
        found: Floats = (texts @ shots.T).cpu().numpy()
    if not np.isfinite(found).all():
        raise EncoderError("the encoder gives vectors that are not finite; its weights are unusable")
    return found


def recalls(found: Floats, queries: Queries) -> dict[str, float]:
    """Share of queries with a right shot in first place (R@1) and among five (R@5), and the mean of 1/place.

    Wrong shots that are as near as the best right one count as before it, so that an encoder that cannot tell
    shots apart scores nothing.

    Args:
        found: float32 (queries, shots).
        queries: What is right.
    """
    places = np.array([_place(row, grades) for row, grades in zip(found, queries.grades, strict=True)])
    return {
        RECALL: float(np.mean(places <= 1)),
        "R@5": float(np.mean(places <= 5)),
        STEERED_BY: float(np.mean(1 / places)),
    }


def mean_ndcg(found: Floats, queries: Queries) -> float:
    """Mean nDCG@10 over the queries."""
    values = []
    for row, grades in zip(found, queries.grades, strict=True):
        first = np.argsort(-row, kind="stable")[:_PLACES]
        ranked = [grades.get(int(shot), 0.0) for shot in first]
        values.append(ndcg(ranked, judged=list(grades.values()), k=_PLACES))
    return float(np.mean(values))


def _place(row: Floats, grades: Mapping[int, float]) -> int:
    right = np.fromiter(grades, np.int64)
    best = row[right].max()
    before = row >= best
    before[right] = False
    return 1 + int(before.sum())


def _shot_vectors(towers: ShotTowers, pictures: ShotPictures, at_once: int) -> Tensor:
    parts = []
    first = 0
    while first < len(pictures):
        # As many shots as fit, at least one.
        last = int(np.searchsorted(pictures.starts, pictures.starts[first] + at_once, "right")) - 1
        last = max(first + 1, last)
        frames, counts = gather(pictures, range(first, last))
        parts.append(towers.shot_vectors(frames.to(towers.device), counts))
        first = last
    return torch.cat(parts)


def _text_vectors(towers: ShotTowers, tokens: Tensor) -> Tensor:
    count, templates, context = tokens.shape
    every = tokens.reshape(count * templates, context)
    parts = [
        towers.text_vectors(every[first : first + _TEXTS_AT_ONCE].to(towers.device))
        for first in range(0, len(every), _TEXTS_AT_ONCE)
    ]
    # The mean over templates, as the encoder takes it for a query.
    mean = torch.cat(parts).reshape(count, templates, -1).mean(dim=1)
    return torch.nn.functional.normalize(mean, dim=-1)
