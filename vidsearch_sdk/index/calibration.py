"""Honest scores: how far a similarity stands out from what the catalog gives to a query for something absent.

A contrastive encoder always finds a nearest shot; its cosine says little by itself, for it lives on another
scale in every model, in every catalog, and for pictures and sentences. So a catalog is asked some two hundred
phrases when its index is made: things that can be filmed and that few catalogs hold. How high their best
shots reach is what chance alone gives among so many shots, and a sentence whose best shot reaches no higher
gets the empty answer. That is the reasoning of the expect value in sequence search (Karlin and Altschul, PNAS
87, 1990); asking a bank of other queries is the idea of querybank normalisation (Bogolin et al., CVPR 2022),
used here for the decision only, so that the order of results stays the cosine's.

Where the catalog does hold some of these things, their phrases reach higher than the others and form a group
of their own, which is set aside.

Pictures resemble each other on another scale: there the background is the similarity of two shots taken at
random, and the top of the scale that of two pictures of one shot.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import resources
from typing import Any

import numpy as np

from vidsearch_sdk.errors import DamagedError
from vidsearch_sdk.index.two_groups import lower_group
from vidsearch_sdk.index.vectors import Floats, Halves

STANDS_OUT = 1.85
"""Deviations above the usual best similarity of absent things at which a sentence counts as answered: one in
thirty reaches it if the law is normal, one in eight if it leans to the right as the largest of many do."""
ANSWERED = 0.5
"""The score at the threshold: a search is answered when its best shot reaches it."""
KEPT = 0.2
"""Once a search is answered, shots are kept down to here: what is known to be there may be small in some."""

_STEEPNESS = 4
_PAIRS = 1_500
_APART = 3.0
_LEAST_SPREAD = 1e-3


@dataclass(frozen=True)
class Scale:
    """How similarities of one kind of query become scores.

    Attributes:
        background: Similarity of a shot that has nothing to do with the query; score 0.
        threshold: Similarity that searches for something absent seldom reach; score 0.5.
    """

    background: float
    threshold: float

    def __post_init__(self) -> None:
        if not (math.isfinite(self.background) and self.background < self.threshold < math.inf):
            raise ValueError(f"a threshold lies above its background: {self}")

    def scores(self, similarities: Floats) -> np.ndarray:
        """Scores of similarities.

        With r = (similarity - background) / (threshold - background), the score is r⁴ / (1 + r⁴): half at the
        threshold, 0.94 at twice its height, never quite 1, so that good hits remain apart.

        Args:
            similarities: Cosines, any shape.

        Returns:
            float64 in [0, 1], same shape, in the same order of size.

        Examples:
            >>> Scale(0.1, 0.2).scores(np.array([0.05, 0.15, 0.2, 0.3])).round(2).tolist()
            [0.0, 0.06, 0.5, 0.94]
        """
        height = (np.asarray(similarities, np.float64) - self.background) / (self.threshold - self.background)
        power = np.maximum(height, 0.0) ** _STEEPNESS
        return np.asarray(power / (1.0 + power))


@dataclass(frozen=True)
class Calibration:
    """What a search needs to tell presence from chance.

    Attributes:
        text: For sentences.
        picture: For pictures, shots and clips.
        same_shot: Usual similarity of two pictures of one shot; ``nan`` where no shot has two.
    """

    text: Scale
    picture: Scale
    same_shot: float = math.nan

    def to_manifest(self) -> dict[str, Any]:
        """As JSON values."""
        scales = {"text": self.text, "picture": self.picture}
        found: dict[str, Any] = {
            kind: {"background": scale.background, "threshold": scale.threshold}
            for kind, scale in scales.items()
        }
        found["same_shot"] = None if math.isnan(self.same_shot) else self.same_shot
        return found

    @classmethod
    def from_manifest(cls, values: Mapping[str, Any]) -> Calibration:
        """Read back what ``to_manifest`` gave.

        Raises:
            DamagedError: It is not that.
        """
        try:
            scales = [
                Scale(float(values[kind]["background"]), float(values[kind]["threshold"]))
                for kind in ("text", "picture")
            ]
            same = values["same_shot"]
            return cls(scales[0], scales[1], math.nan if same is None else float(same))
        except (KeyError, TypeError, ValueError) as error:
            raise DamagedError(f"the manifest's calibration makes no sense: {error!r}") from None


def how_many(scores: np.ndarray, *, min_score: float | None = None) -> int:
    """How many hits a search returns.

    Args:
        scores: float64 (hits,), best first.
        min_score: Least score; ``None`` for none at all unless the best reaches ``ANSWERED``, and then all
            down to ``KEPT``.

    Examples:
        >>> how_many(np.array([0.7, 0.4, 0.1])), how_many(np.array([0.4, 0.3]))
        (2, 0)
        >>> how_many(np.array([0.7, 0.4, 0.2]), min_score=0.2)
        3
    """
    if min_score is None:
        if len(scores) == 0 or scores[0] < ANSWERED:
            return 0
        min_score = KEPT
    return int(np.count_nonzero(scores >= min_score))


def absent_phrases() -> tuple[str, ...]:
    """The phrases that stand for absent things; in English."""
    text = resources.files("vidsearch_sdk.index").joinpath("phrases.txt").read_text("utf-8")
    return tuple(line for line in text.splitlines() if line and not line.startswith("#"))


def calibrate(vectors: Halves, phrases: Floats, *, same_shot: float = math.nan, seed: int = 0) -> Calibration:
    """Take the measure of a catalog.

    Args:
        vectors: float16 (n, dim), unit rows: the shots.
        phrases: float32 (m, dim), unit rows: the phrases that stand for absent things.
        same_shot: Usual similarity of two pictures of one shot; ``nan`` if unknown.
        seed: Of the sample of shots that are compared with each other.
    """
    best, usual = _reached(vectors, phrases)
    random = np.random.default_rng(seed)
    some = np.sort(random.choice(len(vectors), min(_PAIRS, len(vectors)), replace=False))
    pictures = picture_scale(vectors[some].astype(np.float32), same_shot)
    return Calibration(text_scale(best, background=usual), pictures, same_shot)


def _reached(vectors: Halves, phrases: Floats) -> tuple[Floats, float]:
    """Each phrase's best similarity, and the median of all."""
    best = np.full(len(phrases), -1, np.float32)
    middles, sizes = [0.0], [0]
    for start in range(0, len(vectors), 16_384):
        block = phrases @ vectors[start : start + 16_384].astype(np.float32).T
        best = np.maximum(best, block.max(axis=1, initial=-1))
        middles.append(float(np.median(block)) if block.size else 0.0)
        sizes.append(block.size)
    return best, float(np.average(middles, weights=sizes)) if sum(sizes) else 0.0


def text_scale(best: Floats, *, background: float) -> Scale:
    """The scale of sentences.

    Args:
        best: float32 (m,), each phrase's best similarity.
        background: Median similarity of all phrases and shots.
    """
    if len(best) == 0:
        return Scale(background, background + 0.1)
    usual, deviation = lower_group(best)
    return Scale(background, max(usual + STANDS_OUT * deviation, background + _LEAST_SPREAD))


def picture_scale(vectors: Floats, same_shot: float = math.nan) -> Scale:
    """The scale of pictures, from how much shots resemble each other.

    The threshold stands three standard deviations above a pair taken at random, or half-way from there to
    two pictures of one shot, whichever is lower: in a catalog of one scene everything is alike, and still the
    more alike must be found. The deviation is taken below the median, where no pair is alike.

    Args:
        vectors: float32 (n, dim), unit rows: some shots.
        same_shot: Usual similarity of two pictures of one shot; ``nan`` if unknown.
    """
    top = 1.0 if math.isnan(same_shot) else same_shot
    pairs = (vectors @ vectors.T)[np.triu_indices(len(vectors), 1)]
    if len(pairs) == 0:
        return Scale(0.0, max(top / 2, _LEAST_SPREAD))
    below, background = (float(value) for value in np.quantile(pairs, [0.16, 0.5]))
    stands_out = background + _APART * (background - below)
    halfway = (background + max(top, background)) / 2
    threshold = max(min(stands_out, halfway), np.nextafter(background, 2))
    return Scale(background, float(threshold))
