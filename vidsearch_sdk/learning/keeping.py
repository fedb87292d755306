"""Holding on to what an encoder knew: what is not to be learned stays near where it was.

A batch of a few new words pulls on every text and picture that shares a tower with them. So each step also
asks a number of other texts and shots, and their vectors are drawn back to those that the given encoder makes
of them (Li and Hoiem, "Learning without Forgetting", ECCV 2016; here on vectors, as in Reimers and Gurevych,
"Making Monolingual Sentence Embeddings Multilingual using Knowledge Distillation", 2020).
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from vidsearch_sdk.learning.batches import gather
from vidsearch_sdk.learning.losses import distillation_loss
from vidsearch_sdk.learning.ranks import Ranks
from vidsearch_sdk.learning.settings import Precision
from vidsearch_sdk.learning.shots import ShotPictures
from vidsearch_sdk.learning.towers import ShotTowers
from vidsearch_sdk.learning.training import arithmetic

TEXTS_PER_STEP = 96
SHOTS_PER_STEP = 32

_AT_ONCE = 64


@dataclass(frozen=True)
class KeptTexts:
    """A group of texts.

    Attributes:
        tokens: int64 (texts, context).
    """

    tokens: Tensor

    def __len__(self) -> int:
        return len(self.tokens)

    def vectors(self, towers: ShotTowers, rows: npt.NDArray[np.int64], precision: Precision) -> Tensor:
        """Their vectors: f32 (rows, d)."""
        # Narrow towers are faster in f32 on a CPU, and few texts are asked.
        on_cpu = precision == "auto" and towers.device.type == "cpu"
        with arithmetic("f32" if on_cpu else precision, towers.device):
            return towers.text_vectors(self.tokens[torch.from_numpy(rows)].to(towers.device))


@dataclass(frozen=True)
class KeptShots:
    """A group of shots.

    Attributes:
        pictures: Frames of these and other shots.
        numbers: int64 (shots,): which.
    """

    pictures: ShotPictures
    numbers: npt.NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.numbers)

    def vectors(self, towers: ShotTowers, rows: npt.NDArray[np.int64], precision: Precision) -> Tensor:
        """Their vectors: f32 (rows, d)."""
        frames, counts = gather(self.pictures, self.numbers[rows])
        with arithmetic(precision, towers.device):
            return towers.shot_vectors(frames.to(towers.device), counts)


@dataclass(frozen=True)
class Kept:
    """A group with the vectors that it is to keep.

    Attributes:
        of: What it is.
        wanted: f32 (n, d), of the given encoder.
        per_step: How many are asked in a step.
    """

    of: KeptTexts | KeptShots
    wanted: Tensor
    per_step: int


class Keeping:
    """Adds, step by step, the gradients that keep vectors where they were.

    Args:
        towers: Still as they were given.
        texts: Groups of texts; they count the same.
        shots: Groups of shots; they count the same.
        weight: How much the mean distance of texts, and that of shots, counts beside the loss.
        seed: Decides what each step asks.
        ranks: The processes.
        precision: Arithmetic of the towers.
        micro_batch: Texts or shots in one pass; None for all of a group at once. Their distances are a sum,
            so that parts have the same gradient.
    """

    def __init__(
        self,
        towers: ShotTowers,
        texts: Sequence[KeptTexts],
        shots: Sequence[KeptShots],
        *,
        weight: float,
        seed: int,
        ranks: Ranks,
        precision: Precision = "auto",
        micro_batch: int | None = None,
    ) -> None:
        self._towers, self._weight, self._seed = towers, weight, seed
        self._ranks, self._precision = ranks, precision
        self._at_once = min(_AT_ONCE, micro_batch or _AT_ONCE)
        self._kinds = [
            [Kept(one, self._as_given(one), -(-most // len(groups))) for one in groups if len(one)]
            for groups, most in ((texts, TEXTS_PER_STEP), (shots, SHOTS_PER_STEP))
        ]

    def _as_given(self, group: KeptTexts | KeptShots) -> Tensor:
        with torch.inference_mode():
            parts = [
                group.vectors(self._towers, rows, self._precision)
                for rows in _parts(np.arange(len(group)), self._at_once)
            ]
            found = torch.cat(parts).cpu() if parts else torch.zeros(0, 1)
        # Inference tensors may not take part in a graph.
        return found.clone()

    def add_gradients(self, step: int) -> float:
        """Add the gradients of the distances to those of the batch, of all processes together.

        Args:
            step: Number of the step; what is asked hangs on it and the seed alone.

        Returns:
            The weighted distance; nan where it is not finite.
        """
        towers, ranks = self._towers, self._ranks
        trained = [parameter for parameter in towers.parameters() if parameter.requires_grad]
        there = [parameter.grad for parameter in trained]
        if ranks.count > 1:
            # They are summed over the processes already; these are not yet.
            towers.zero_grad(set_to_none=True)
        whole = 0.0
        random = np.random.default_rng([self._seed, step, 4])
        for kind in self._kinds:
            for kept in kind:
                rows = random.integers(0, len(kept.of), kept.per_step)
                whole += self._distance(kept, rows[ranks.share(len(rows))], of=len(rows) * len(kind))
        if ranks.count > 1:
            whole = float(ranks.gather(torch.tensor([whole], dtype=torch.float64)).sum())
            ranks.sum_gradients(towers)
            for parameter, before in zip(trained, there, strict=True):
                if before is not None:
                    parameter.grad = before if parameter.grad is None else parameter.grad.add_(before)
        return whole if math.isfinite(whole) else math.nan

    def _distance(self, kept: Kept, rows: npt.NDArray[np.int64], *, of: int) -> float:
        whole = 0.0
        for part in _parts(rows, self._at_once):
            vectors = kept.of.vectors(self._towers, part, self._precision)
            wanted = kept.wanted[torch.from_numpy(part)].to(vectors.device)
            loss = self._weight * len(part) / of * distillation_loss(vectors, wanted)
            if loss.requires_grad:  # with frozen towers one side has nothing to learn
                loss.backward()  # type: ignore[no-untyped-call]
            whole += float(loss.detach())
        return whole


def _parts(rows: npt.NDArray[np.int64], size: int) -> Iterator[npt.NDArray[np.int64]]:
    for first in range(0, len(rows), size):
        yield rows[first : first + size]
