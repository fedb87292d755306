"""What a fine-tuning run may be told."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from typing import Any, Literal, get_args

from vidsearch_sdk.errors import EncoderError

Train = Literal["head", "lora", "all"]
LossKind = Literal["contrastive", "sigmoid"]
PoolingKind = Literal["mean", "attention", "multiscale"]
Precision = Literal["auto", "bf16", "f32"]

_CHOICES = {"train": Train, "loss": LossKind, "precision": Precision}
# What may change between a run that was cut off and the one that goes on: none of it changes the weights
# that are trained.
_FREE = ("micro_batch", "blend", "largest_loss", "threads")


@dataclass(frozen=True)
class FineTuneSettings:
    """Settings of one run, checked.

    Attributes:
        train: What learns: ``head`` (projections, pooling and temperature), ``lora`` (low-rank additions to
            the matrices, and the vectors of words) or ``all``.
        loss: ``contrastive`` (CLIP's) or ``sigmoid`` (SigLIP's).
        pooling: How frames become a shot; None for the way of the encoder that is tuned.
        epochs: How often every pair is shown, at most.
        batch_size: Pairs per step, over all processes; each is told from all others.
        micro_batch: Pairs that are in memory at once; None for all of a step. The result is the same.
        frames_per_shot: Most frames of a shot, evenly spaced.
        learning_rate: Highest rate; None for one that suits ``train``.
        warmup: Share of the steps over which the rate rises.
        weight_decay: AdamW's decay of matrices.
        keep: How much it counts that texts which are not learned keep their vectors; 0 lets them go.
        patience: Measurements without a better one after which the run ends; 0 never ends it early.
        precision: ``auto`` is bf16 where the device is fast at it.
        augment: Crop, mirror and tint training pictures.
        blend: How far to go from the given weights (0) to the tuned ones (1); ``auto`` measures it.
        largest_loss: How much of their nDCG@10 general queries may lose, as a share.
        seed: Decides order and augmentation.
        threads: Threads that prepare pictures; None for as many as suit.

    Raises:
        EncoderError: A value that is not allowed.

    Examples:
        >>> FineTuneSettings(epochs=0)
        Traceback (most recent call last):
        ...
        vidsearch_sdk.errors.EncoderError: epochs=0: a whole number from 1 to 10,000 is needed
    """

    train: Train = "all"
    loss: LossKind = "contrastive"
    pooling: PoolingKind | None = None
    epochs: int = 25
    batch_size: int = 64
    micro_batch: int | None = None
    frames_per_shot: int = 4
    learning_rate: float | None = None
    warmup: float = 0.1
    weight_decay: float = 0.05
    keep: float = 10.0
    patience: int = 8
    precision: Precision = "auto"
    augment: bool = True
    blend: float | Literal["auto"] = "auto"
    largest_loss: float = 0.01
    seed: int = 0
    threads: int | None = None

    def __post_init__(self) -> None:
        for name, kind in _CHOICES.items():
            _one_of(name, getattr(self, name), get_args(kind))
        if self.pooling is not None:
            _one_of("pooling", self.pooling, get_args(PoolingKind))
        _whole("epochs", self.epochs, 1, 10_000)
        _whole("batch_size", self.batch_size, 2, 1 << 20)
        _whole("frames_per_shot", self.frames_per_shot, 1, 64)
        _whole("patience", self.patience, 0, 1 << 20)
        _whole("seed", self.seed, 0, (1 << 63) - 1)
        if self.micro_batch is not None:
            _whole("micro_batch", self.micro_batch, 1, 1 << 20)
        if self.threads is not None:
            _whole("threads", self.threads, 1, 1024)
        if self.learning_rate is not None:
            _number("learning_rate", self.learning_rate, 0.0, 1.0, "above 0, at most 1", above=True)
        _number("warmup", self.warmup, 0.0, 1.0, "from 0 to 1")
        _number("weight_decay", self.weight_decay, 0.0, 1.0, "from 0 to 1")
        _number("keep", self.keep, 0.0, 1e6, "from 0 to 1,000,000")
        _number("largest_loss", self.largest_loss, 0.0, 1.0, "from 0 to 1")
        if self.blend != "auto":
            _number("blend", self.blend, 0.0, 1.0, "above 0, at most 1, or 'auto'", above=True)
        if not isinstance(self.augment, bool):
            raise EncoderError(f"augment={self.augment!r}: True or False is needed")

    def deciding(self) -> dict[str, Any]:
        """Return what decides the trained weights: a run goes on only where all of it is the same."""
        return {name: value for name, value in asdict(self).items() if name not in _FREE}


def suitable_rate(train: Train, width: int) -> float:
    """A learning rate for what is trained, by the width of the text tower.

    The best rate of Adam falls in proportion to a network's width (Yang et al., "Tensor Programs V", 2022);
    few weights that start from nothing take a higher one than all weights that know something.

    Args:
        train: What learns.
        width: Numbers per token within the text tower.

    Examples:
        >>> [round(suitable_rate(train, 512), 6) for train in ("head", "lora", "all")]
        [0.000977, 0.000391, 2.8e-05]
    """
    return {"head": 0.5, "lora": 0.2, "all": 0.0144}[train] / max(width, 1)


def _one_of(name: str, value: Any, allowed: tuple[Any, ...]) -> None:
    if value not in allowed:
        raise EncoderError(f"{name}={value!r}: one of {', '.join(map(repr, allowed))} is needed")


def _whole(name: str, value: Any, least: int, most: int) -> None:
    if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
        raise EncoderError(f"{name}={value!r}: a whole number from {least:,} to {most:,} is needed")


def _number(name: str, value: Any, least: float, most: float, said: str, *, above: bool = False) -> None:
    right = isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
    if not right or not least <= value <= most or (above and value == least):
        raise EncoderError(f"{name}={value!r}: a number {said} is needed")
