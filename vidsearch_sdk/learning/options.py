"""What a training run may be told."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import get_args

from vidsearch_sdk.learning.settings import Precision


@dataclass(frozen=True)
class TrainingOptions:
    """Settings of one training run.

    Attributes:
        steps: Optimizer steps in all.
        learning_rate: Highest learning rate, reached after the warm-up.
        warmup_steps: Steps over which the learning rate rises from 0 in a straight line.
        final_share: Learning rate of the last step as a share of the highest; a half cosine leads there.
        horizon: Step that the half cosine aims at when that is not ``steps``, for a run that ends earlier.
        cool_down_from: Step from which on the half cosine of a run that ends at ``steps`` is followed all the
            same, so that a run cut short ends at a low rate, too.
        weight_decay: AdamW's decay of matrices; vectors (biases, norms) and scalars are not decayed.
        betas: AdamW's decay rates of the two moments.
        clip_norm: Gradients of a larger norm are scaled down to it.
        accumulate: Batches per optimizer step; their losses are averaged.
        largest_scale: The learned inverse temperature stays at or below this (100 in CLIP).
        image_precision: Arithmetic of the picture tower: ``auto`` is bf16 where the device is fast at it.
        text_precision: The same for the text tower. Narrow towers are faster in f32 on a CPU.
        evaluate_every: Steps between evaluations; 0 evaluates at the end only.
        checkpoint_every: Steps between checkpoints; 0 writes one at the end only.
        seed: Seeds everything random inside the model (dropout).

    Raises:
        ValueError: A value out of its range.
    """

    steps: int
    learning_rate: float = 1e-3
    warmup_steps: int = 100
    final_share: float = 0.01
    horizon: int | None = None
    cool_down_from: int | None = None
    weight_decay: float = 0.1
    betas: tuple[float, float] = (0.9, 0.98)
    clip_norm: float = 1.0
    accumulate: int = 1
    largest_scale: float = 100.0
    image_precision: Precision = "auto"
    text_precision: Precision = "auto"
    evaluate_every: int = 0
    checkpoint_every: int = 0
    seed: int = 0

    def __post_init__(self) -> None:
        for name, least in (
            ("steps", 1),
            ("accumulate", 1),
            ("warmup_steps", 0),
            ("evaluate_every", 0),
            ("checkpoint_every", 0),
        ):
            if getattr(self, name) < least:
                raise ValueError(f"{name} must be at least {least}, not {getattr(self, name)}")
        for name in ("learning_rate", "clip_norm", "largest_scale"):
            if not getattr(self, name) > 0:
                raise ValueError(f"{name} must be above 0, not {getattr(self, name)}")
        if self.horizon is not None and self.horizon < self.steps:
            raise ValueError(f"horizon must be at least steps ({self.steps}), not {self.horizon}")
        if self.cool_down_from is not None and (
            self.horizon is None or not 0 <= self.cool_down_from <= self.steps
        ):
            raise ValueError(
                f"cool_down_from must be from 0 to steps ({self.steps}) and needs a horizon, "
                f"not {self.cool_down_from} with horizon {self.horizon}"
            )
        for name in ("image_precision", "text_precision"):
            if getattr(self, name) not in get_args(Precision):
                raise ValueError(
                    f"{name} must be one of {', '.join(get_args(Precision))}, not {getattr(self, name)!r}"
                )

    def rate_at(self, step: int) -> float:
        """Learning rate of an optimizer step, the first being step 0: warm-up, then a half cosine.

        Examples:
            >>> options = TrainingOptions(steps=300, learning_rate=1.0, warmup_steps=100, final_share=0.0)
            >>> [round(options.rate_at(step), 3) for step in (0, 49, 99, 199, 299)]
            [0.01, 0.5, 1.0, 0.5, 0.0]
        """
        if step < self.warmup_steps:
            return self.learning_rate * (step + 1) / self.warmup_steps
        cools = self.cool_down_from is not None and step >= self.cool_down_from
        aim = self.steps if self.horizon is None or cools else self.horizon
        progress = (step + 1 - self.warmup_steps) / max(1, aim - self.warmup_steps)
        low = self.learning_rate * self.final_share
        return low + (self.learning_rate - low) * 0.5 * (1 + math.cos(math.pi * min(1.0, progress)))
