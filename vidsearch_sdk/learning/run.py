"""The fine-tuning loop: steps, measurements on held-out films, checkpoints; resumable to the same bits."""

from __future__ import annotations

import logging
import math
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from vidsearch_sdk.errors import EncoderError, StorageError
from vidsearch_sdk.learning.batches import ShotBatch
from vidsearch_sdk.learning.checkpoints import (
    load_checkpoint,
    load_kept,
    read_progress,
    save_checkpoint,
    trained_state,
)
from vidsearch_sdk.learning.measured import STEERED_BY
from vidsearch_sdk.learning.options import TrainingOptions
from vidsearch_sdk.learning.towers import ShotTowers
from vidsearch_sdk.learning.trainable import parameter_groups

_log = logging.getLogger("vidsearch_sdk")

CHECKPOINT_EVERY_S = 30.0
"""Seconds of work that a kill may cost, about."""

_POOLING_RATE = 1e-3


@dataclass
class RunState:
    """How far a run is; all of it is kept in the checkpoint.

    Attributes:
        step: Optimizer steps done.
        losses: Loss of each step.
        measurements: Figures of each measurement, with the ``step`` that it followed.
        best_step: Step of the best measurement; 0 before the first.
        best: Its value.
        stale: Measurements since.
        seconds: Time spent, earlier parts included.
        finished: Whether the run has ended, by its last step or early.
    """

    step: int = 0
    losses: list[float] = field(default_factory=list)
    measurements: list[dict[str, float]] = field(default_factory=list)
    best_step: int = 0
    best: float = -1.0
    stale: int = 0
    seconds: float = 0.0
    finished: bool = False


@dataclass(frozen=True)
class Run:
    """One run: what learns, from what, and how it is measured.

    Attributes:
        towers: What learns, prepared.
        batches: From a first number up to a last, the batches.
        gradients: Leaves the gradients of a batch, of step so-and-so, in the parameters; returns the loss.
        measure: Figures on held-out films, ``MRR`` among them; the same on all processes.
        options: Steps, rates, measuring, weight decay.
        patience: Measurements without a better one that end the run; 0 for none.
        checkpoint: File of the run.
        meaning: What decides the result; a checkpoint of another meaning is refused.
        writes: Whether this process writes the checkpoint.
    """

    towers: ShotTowers
    batches: Callable[[int, int], Iterator[ShotBatch]]
    gradients: Callable[[ShotBatch, int], float]
    measure: Callable[[], Mapping[str, float]]
    options: TrainingOptions
    patience: int
    checkpoint: Path
    meaning: Mapping[str, Any]
    writes: bool = True

    def __call__(self, on_step: Callable[[RunState], object]) -> tuple[RunState, dict[str, Tensor]]:
        """Run to the end, from the beginning or from where the checkpoint is.

        Args:
            on_step: Told after every step and measurement.

        Returns:
            How it went, and the best values of the parameters that learned, on the CPU.

        Raises:
            EncoderError: The loss is no finite number, or memory ran out.
            StorageError: The checkpoint cannot be written, or is of another run.
            DamagedError: The checkpoint cannot be read.
        """
        options = self.options
        optimizer = new_optimizer(self.towers, options)
        state, best = self._resumed(optimizer)
        before, started, saved = state.seconds, time.monotonic(), time.monotonic()
        on_step(state)
        if not state.finished:
            batches = self.batches(state.step, options.steps)
            for batch in batches:
                state.losses.append(self._step(batch, optimizer, state.step))
                state.step += 1
                last = state.step == options.steps
                if last or state.step % options.evaluate_every == 0:
                    best = self._measured(state, best, last=last)
                state.seconds = before + time.monotonic() - started
                on_step(state)
                if state.finished or time.monotonic() - saved >= CHECKPOINT_EVERY_S:
                    self._save(state, optimizer, best)
                    saved = time.monotonic()
                if state.finished:
                    break
        return state, best

    def _step(self, batch: ShotBatch, optimizer: torch.optim.Optimizer, step: int) -> float:
        rate = self.options.rate_at(step)
        for group in optimizer.param_groups:
            group["lr"] = rate * group["share"]
        loss = self.gradients(batch, step)
        trained = [parameter for parameter in self.towers.parameters() if parameter.requires_grad]
        norm = float(nn.utils.clip_grad_norm_(trained, self.options.clip_norm))
        if not (math.isfinite(loss) and math.isfinite(norm)):
            # From here every try would end the same way.
            if self.writes:
                self.checkpoint.unlink(missing_ok=True)
            what = f"the loss is {loss}" if not math.isfinite(loss) else f"the gradient's norm is {norm}"
            raise EncoderError(
                f"{what} at step {step + 1}: training cannot go on, and nothing was written. Take a lower "
                f"learning_rate than {self.options.learning_rate:g}, or precision='f32'"
            )
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)
        self.towers.hold_scale(self.options.largest_scale)
        return loss

    def _measured(self, state: RunState, best: dict[str, Tensor], *, last: bool) -> dict[str, Tensor]:
        figures = dict(self.measure())
        state.measurements.append({"step": state.step, **figures})
        if figures[STEERED_BY] > state.best:
            state.best, state.best_step, state.stale = figures[STEERED_BY], state.step, 0
            best = {name: value.detach().cpu().clone() for name, value in trained_state(self.towers).items()}
        else:
            state.stale += 1
        state.finished = last or 0 < self.patience <= state.stale
        _log.info(
            "step %d: loss %.4f, %s",
            state.step,
            state.losses[-1],
            ", ".join(f"{name} {value:.3f}" for name, value in figures.items()),
        )
        return best

    def _save(self, state: RunState, optimizer: torch.optim.Optimizer, best: dict[str, Tensor]) -> None:
        if self.writes:
            progress = {"meaning": dict(self.meaning), "state": asdict(state)}
            save_checkpoint(
                self.checkpoint, self.towers, optimizer, progress=progress, trained_only=True, kept=best
            )

    def _resumed(self, optimizer: torch.optim.Optimizer) -> tuple[RunState, dict[str, Tensor]]:
        if not self.checkpoint.exists():
            return RunState(), {}
        check_meaning(self.checkpoint, self.meaning)
        progress = load_checkpoint(self.checkpoint, self.towers, optimizer, trained_only=True)
        state = RunState(**progress["state"])
        _log.info("resumed at step %d of %d", state.step, self.options.steps)
        return state, load_kept(self.checkpoint)


def check_meaning(checkpoint: Path, meaning: Mapping[str, Any], *, replace: bool = False) -> None:
    """Refuse the checkpoint of another run that has not ended; that of one that has is removed.

    What ended and was not put in place was refused, and its remedy is other settings.

    Args:
        checkpoint: A file that exists.
        meaning: What decides the result of this run.
        replace: Remove that of another run in any case.

    Raises:
        StorageError: The file is of another run; says in what it differs and what to do.
        DamagedError: The file cannot be read.
    """
    progress = read_progress(checkpoint)
    stored = progress.get("meaning", {})
    names = dict.fromkeys([*meaning, *stored])
    changed = [name for name in names if stored.get(name) != meaning.get(name)]
    if not changed:
        return
    if replace or progress.get("state", {}).get("finished"):
        _log.info("started afresh: what lies in %s differs in %s", checkpoint.parent, ", ".join(changed))
        checkpoint.unlink()
    else:
        raise StorageError(
            f"{checkpoint.parent} holds an unfinished run that differs in {', '.join(changed)}: run it again "
            "as it was begun to finish it, or remove that folder or pass overwrite=True to start afresh"
        )


def new_optimizer(towers: ShotTowers, options: TrainingOptions) -> torch.optim.AdamW:
    """AdamW over what learns (Loshchilov and Hutter, "Decoupled Weight Decay Regularization", 2019).

    A pooling, which may be new in the encoder, learns at a rate of its own where that is higher.

    Args:
        towers: Prepared.
        options: Of the run.
    """
    pooling = set() if towers.pooling is None else {id(one) for one in towers.pooling.parameters()}
    listed = []
    for group in parameter_groups(towers, weight_decay=options.weight_decay):
        for is_new in (False, True):
            some = [one for one in group["params"] if (id(one) in pooling) == is_new]
            share = max(1.0, _POOLING_RATE / options.learning_rate) if is_new else 1.0
            if some:
                listed.append({"params": some, "weight_decay": group["weight_decay"], "share": share})
    return torch.optim.AdamW(listed, lr=options.learning_rate, betas=options.betas)
