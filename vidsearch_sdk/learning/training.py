"""The training loop: batches of pictures and captions in, a trained model out; resumable."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Protocol

import torch
from torch import Tensor, nn

from vidsearch_sdk.learning.checkpoints import load_checkpoint, save_checkpoint
from vidsearch_sdk.learning.losses import contrastive_loss, distillation_loss
from vidsearch_sdk.learning.options import TrainingOptions
from vidsearch_sdk.learning.settings import Precision

_log = logging.getLogger("vidsearch_sdk")


@dataclass(frozen=True)
class Batch:
    """Pictures with their captions, ready for the model.

    Attributes:
        pictures: Preprocessed pictures, float of shape (n, 3, height, width).
        texts: Token ids of their captions, int64 of shape (n, tokens).
        other_texts: Token ids of captions that fit none of the pictures, int64 of shape (m, tokens).
        ignore: Boolean of shape (n, n + m): pairs that fit although they were not drawn together.
        targets: A teacher's unit vectors for all captions, float of shape (n + m, d); rows of zeros where it
            has none.
        target_weight: How much the distance to the targets counts beside the contrastive loss.
    """

    pictures: Tensor
    texts: Tensor
    other_texts: Tensor | None = None
    ignore: Tensor | None = None
    targets: Tensor | None = None
    target_weight: float = 1.0

    def __post_init__(self) -> None:
        if len(self.pictures) != len(self.texts):
            raise ValueError(
                f"{len(self.pictures)} pictures came with {len(self.texts)} captions; give one for each"
            )

    def to(self, device: torch.device) -> Batch:
        """The same batch on a device."""
        moved = (
            x if x is None else x.to(device, non_blocking=True)
            for x in (self.texts, self.other_texts, self.ignore, self.targets)
        )
        pictures = self.pictures.to(device, non_blocking=True)
        texts, others, ignore, targets = moved
        return Batch(pictures, texts, others, ignore, targets, self.target_weight)  # type: ignore[arg-type]


class TwoTowers(Protocol):
    """What the loop asks of a model; every open_clip model has it."""

    logit_scale: nn.Parameter

    def encode_image(self, image: Tensor, normalize: bool = False) -> Tensor:
        """Unit vectors of pictures."""

    def encode_text(self, text: Tensor, normalize: bool = False) -> Tensor:
        """Unit vectors of token ids."""


@dataclass
class TrainingReport:
    """What a run did.

    Attributes:
        steps: Optimizer steps done in all, earlier parts of a resumed run included.
        losses: Mean loss of each step.
        evaluations: (step, figures) of each evaluation.
        seconds: Time spent, earlier parts included.
    """

    steps: int = 0
    losses: list[float] = field(default_factory=list)
    evaluations: list[tuple[int, dict[str, float]]] = field(default_factory=list)
    seconds: float = 0.0


def train(
    model: nn.Module,
    batches: Callable[[int], Iterator[Batch]],
    *,
    options: TrainingOptions,
    evaluate: Callable[[nn.Module], Mapping[str, float]] | None = None,
    checkpoint: Path | None = None,
) -> TrainingReport:
    """Train a two-tower model with the contrastive loss.

    AdamW (Loshchilov and Hutter, 2019), a warm-up and a half cosine, gradients clipped by their norm, a
    learned temperature held below its limit. The model is trained in place, on the device that it is
    on, and left in evaluation mode.

    Args:
        model: An open_clip model, or anything with the same three names.
        batches: Called with the number of the first batch wanted; yields that batch and those that follow. To
            resume to the same result it must yield the same batch for the same number.
        options: Settings of the run.
        evaluate: Called with the model in evaluation mode; its figures are logged and kept.
        checkpoint: File that the run is saved to and, if it exists, resumed from.

    Returns:
        Losses and figures of the whole run.

    Raises:
        ValueError: The checkpoint was made with other options, or batches end before the steps are done.
        DamagedError: The checkpoint cannot be read.
    """
    device = next(model.parameters()).device
    optimizer = _optimizer(model, options)
    torch.manual_seed(options.seed)
    report = TrainingReport()
    if checkpoint is not None and checkpoint.exists():
        report = _resume(checkpoint, model, optimizer, options)
        _log.info("resumed at step %d of %d", report.steps, options.steps)
    source = batches(report.steps * options.accumulate)
    before, started = report.seconds, time.monotonic()
    while report.steps < options.steps:
        model.train()
        rate = options.rate_at(report.steps)
        for group in optimizer.param_groups:
            group["lr"] = rate
        loss = _step(model, optimizer, source, options, device)
        report.losses.append(loss)
        report.steps += 1
        report.seconds = before + time.monotonic() - started
        last = report.steps == options.steps
        if report.steps % 50 == 0 or last:
            mean = sum(report.losses[-50:]) / len(report.losses[-50:])
            _log.info(
                "step %d of %d: loss %.4f, rate %.2g, %.0f s",
                report.steps,
                options.steps,
                mean,
                rate,
                report.seconds,
            )
        if evaluate is not None and (last or _is_due(report.steps, options.evaluate_every)):
            model.eval()
            with torch.inference_mode():
                figures = dict(evaluate(model))
            report.evaluations.append((report.steps, figures))
            _log.info(
                "step %d: %s",
                report.steps,
                ", ".join(f"{name} {value:.3f}" for name, value in figures.items()),
            )
        if checkpoint is not None and (last or _is_due(report.steps, options.checkpoint_every)):
            save_checkpoint(
                checkpoint, model, optimizer, progress={"options": asdict(options), **asdict(report)}
            )
    model.eval()
    return report


def _is_due(step: int, every: int) -> bool:
    return every > 0 and step % every == 0


def _optimizer(model: nn.Module, options: TrainingOptions) -> torch.optim.AdamW:
    trained = [parameter for parameter in model.parameters() if parameter.requires_grad]
    groups: list[dict[str, Any]] = [
        {"params": [p for p in trained if p.ndim >= 2], "weight_decay": options.weight_decay},
        {"params": [p for p in trained if p.ndim < 2], "weight_decay": 0.0},
    ]
    return torch.optim.AdamW(groups, lr=options.learning_rate, betas=options.betas)


def _resume(
    checkpoint: Path, model: nn.Module, optimizer: torch.optim.Optimizer, options: TrainingOptions
) -> TrainingReport:
    progress = load_checkpoint(checkpoint, model, optimizer)
    stored = progress.pop("options")
    # JSON knows lists where the options hold a tuple.
    stored["betas"] = tuple(stored["betas"])
    if stored != asdict(options):
        changed = sorted(name for name, value in asdict(options).items() if stored.get(name) != value)
        raise ValueError(
            f"{checkpoint} was written by a run with other options ({', '.join(changed)}); "
            "use the same or remove the file"
        )
    progress["evaluations"] = [(step, figures) for step, figures in progress["evaluations"]]
    return TrainingReport(**progress)


def _step(
    model: Any,
    optimizer: torch.optim.Optimizer,
    source: Iterator[Batch],
    options: TrainingOptions,
    device: torch.device,
) -> float:
    total = 0.0
    for _ in range(options.accumulate):
        batch = next(source, None)
        if batch is None:
            raise ValueError(
                f"the batches ended before {options.steps} steps were done; give more, or fewer steps"
            )
        batch = batch.to(device)
        with arithmetic(options.image_precision, device):
            images = model.encode_image(batch.pictures, normalize=True)
        # One pass over all captions: two passes cost more than their sum.
        tokens = batch.texts if batch.other_texts is None else torch.cat([batch.texts, batch.other_texts])
        with arithmetic(options.text_precision, device):
            texts = model.encode_text(tokens, normalize=True)
        n = len(batch.texts)
        loss = contrastive_loss(
            images,
            texts[:n],
            scale=model.logit_scale.exp(),
            other_texts=None if batch.other_texts is None else texts[n:],
            ignore=batch.ignore,
        )
        if batch.targets is not None:
            loss = loss + batch.target_weight * distillation_loss(texts, batch.targets)
        (loss / options.accumulate).backward()  # type: ignore[no-untyped-call]
        total += float(loss.detach()) / options.accumulate
    nn.utils.clip_grad_norm_(model.parameters(), options.clip_norm)
    optimizer.step()
    optimizer.zero_grad(set_to_none=True)
    with torch.no_grad():
        model.logit_scale.clamp_(max=float(torch.tensor(options.largest_scale).log()))
    return total


def arithmetic(precision: Precision, device: torch.device) -> AbstractContextManager[Any]:
    """The autocast context of a precision on a device."""
    if precision == "bf16" or (precision == "auto" and _is_fast_at_bf16(device)):
        return torch.autocast(device.type, dtype=torch.bfloat16)
    return nullcontext()


def _is_fast_at_bf16(device: torch.device) -> bool:
    if device.type == "cuda":
        return bool(torch.cuda.is_bf16_supported())
    # Without these instructions a CPU emulates bf16 and is slower than in f32. The names are private to
    # torch, so they are asked for with a default.
    checks = ("_is_amx_tile_supported", "_is_avx512_bf16_supported")
    return device.type == "cpu" and any(getattr(torch.cpu, name, lambda: False)() for name in checks)
