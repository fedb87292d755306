"""Holding on to what an encoder knew: texts that are not to be learned stay near where they were.

A batch of a few new words pulls on every text that shares a tower with them. So each step also asks a number
of other texts, and their vectors are drawn back to those that the given encoder makes of them (Li and Hoiem,
"Learning without Forgetting", ECCV 2016; here on vectors, as in Reimers and Gurevych, 2020).
"""

from __future__ import annotations

import math
import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from vidsearch_sdk.encoding.words import ordinary_words
from vidsearch_sdk.learning.losses import distillation_loss
from vidsearch_sdk.learning.options import Precision
from vidsearch_sdk.learning.ranks import Ranks
from vidsearch_sdk.learning.towers import ShotTowers
from vidsearch_sdk.learning.training import arithmetic

TEXTS_PER_STEP = 64

_MADE = 1_000
_MOST_TAKEN = 1_000
_USUAL = 5_000
_LONGEST = 3
_AT_ONCE = 256
_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*")


def texts_to_keep(
    known: Collection[str], texts: Sequence[str], general: Sequence[str], *, seed: int
) -> tuple[tuple[str, ...], ...]:
    """Gather texts that the given encoder understands.

    Where an encoder does not say which words it knows, any word of the pairs may be one whose meaning here is
    to be learned ("Eleven", "the Bear"): then none of them is kept.

    Args:
        known: Words that it was trained on; empty where it does not say.
        texts: Texts of the pairs.
        general: Queries that must not get worse.
        seed: Decides which words are put together.

    Returns:
        Groups that count the same: one to three words put together; texts of the pairs that hold known words
        only; the general queries. A group may be missing.
    """
    taught = {word for text in texts for word in _WORD.findall(text.casefold())}
    words = sorted(known) or [word for word in ordinary_words()[:_USUAL] if word not in taught]
    random = np.random.default_rng([seed, 3])
    made = []
    if words:
        lengths = random.integers(1, _LONGEST + 1, _MADE)
        made = [" ".join(words[at] for at in random.integers(0, len(words), length)) for length in lengths]
    old = [text for text in texts if known and _is_known(text, frozenset(known))]
    if len(old) > _MOST_TAKEN:
        old = [old[at] for at in sorted(random.choice(len(old), _MOST_TAKEN, replace=False))]
    groups = (tuple(dict.fromkeys(group)) for group in (made, old, general))
    return tuple(group for group in groups if group)


def _is_known(text: str, known: Collection[str]) -> bool:
    # One- and two-letter words are in no list of ordinary words.
    return all(len(word) < 3 or word in known for word in _WORD.findall(text.casefold()))


@dataclass(frozen=True)
class Keeping:
    """Texts with the vectors that they are to keep.

    Attributes:
        tokens: For each group int64 (texts, context).
        vectors: For each group f32 (texts, d), of the given encoder.
        weight: How much the mean distance counts beside the loss.
        seed: Decides what each step asks.
    """

    tokens: tuple[Tensor, ...]
    vectors: tuple[Tensor, ...]
    weight: float
    seed: int

    @classmethod
    def of(
        cls,
        towers: ShotTowers,
        tokens: Sequence[Tensor],
        *,
        weight: float,
        seed: int,
        precision: Precision = "auto",
    ) -> Keeping:
        """Ask the towers, which are still as they were given, for the vectors to keep."""
        found = []
        with torch.inference_mode(), arithmetic(_of_texts(towers, precision), towers.device):
            for group in tokens:
                parts = [
                    towers.text_vectors(group[first : first + _AT_ONCE].to(towers.device)).float().cpu()
                    for first in range(0, len(group), _AT_ONCE)
                ]
                found.append(torch.cat(parts))
        # Inference tensors may not take part in a graph.
        return cls(tuple(tokens), tuple(one.clone() for one in found), weight, seed)

    def drawn(self, step: int) -> tuple[Tensor, Tensor]:
        """Tokens and vectors of a step's texts; the same for the same step."""
        random = np.random.default_rng([self.seed, step, 4])
        of_each = -(-TEXTS_PER_STEP // len(self.tokens))
        tokens, vectors = [], []
        for group, wanted in zip(self.tokens, self.vectors, strict=True):
            rows = torch.from_numpy(random.integers(0, len(group), of_each))
            tokens.append(group[rows])
            vectors.append(wanted[rows])
        return torch.cat(tokens), torch.cat(vectors)

    def add_gradients(
        self, towers: ShotTowers, step: int, *, ranks: Ranks, precision: Precision = "auto"
    ) -> float:
        """Add the gradients of the distance to those that are there, of all processes together.

        Args:
            towers: With the gradients of the batch, the same in every process.
            step: Number of the step.
            ranks: The processes; each asks its own part of the texts.
            precision: Arithmetic of the text tower.

        Returns:
            The weighted distance; not added where it is not finite.
        """
        tokens, wanted = self.drawn(step)
        own = ranks.share(len(tokens))
        trained = [parameter for parameter in towers.parameters() if parameter.requires_grad]
        there = [parameter.grad for parameter in trained]
        if ranks.count > 1:
            # They are summed over the processes already.
            towers.zero_grad(set_to_none=True)
        with arithmetic(_of_texts(towers, precision), towers.device):
            vectors = towers.text_vectors(tokens[own].to(towers.device))
        rows = (own.stop - own.start) / len(tokens)
        loss = self.weight * rows * distillation_loss(vectors, wanted[own].to(towers.device))
        loss.backward()
        value = float(ranks.gather(loss.detach()[None]).sum())
        if ranks.count > 1:
            ranks.sum_gradients(towers)
            for parameter, before in zip(trained, there, strict=True):
                if before is not None:
                    parameter.grad = before if parameter.grad is None else parameter.grad.add_(before)
        return value if math.isfinite(value) else math.nan


def _of_texts(towers: ShotTowers, precision: Precision) -> Precision:
    # Narrow towers are faster in f32 on a CPU, and few texts are asked.
    return "f32" if precision == "auto" and towers.device.type == "cpu" else precision
