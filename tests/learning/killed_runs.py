"""Runs in processes of their own that kill themselves where they are told to."""

from __future__ import annotations

import os
import pathlib
import signal
from multiprocessing import get_context
from typing import Any

import torch

import vidsearch_sdk as vs
from tests.learning.made_world import FILMS, make_pairs
from vidsearch_sdk.learning import job, run
from vidsearch_sdk.learning.finetune import finetune

# Every process would load PyTorch for seconds; those forked from one that has it start at once.
_CONTEXT = get_context("forkserver")
_CONTEXT.set_forkserver_preload([__name__])


def start(root: pathlib.Path, out: pathlib.Path, kill: str = "never", **options: Any):
    """Start a run; ``kill`` is ``never``, ``step3``, ``placing`` or ``between``."""
    process = _CONTEXT.Process(target=_tune, args=(str(root), str(out), kill, options))
    process.start()
    return process


def ended(process: Any) -> int:
    """Wait for it: 0, or -9 where it was killed."""
    process.join(120)
    assert process.exitcode in (0, -signal.SIGKILL), process.exitcode
    return process.exitcode


def _tune(root: str, out: str, kill: str, options: dict[str, Any]) -> None:
    torch.set_num_threads(1)
    run.CHECKPOINT_EVERY_S = 0.0
    if kill.startswith("step"):
        save = run.save_checkpoint

        def counted(path, towers, optimizer, **given):
            save(path, towers, optimizer, **given)
            if given["progress"]["state"]["step"] == int(kill[4:]):
                _die()

        run.save_checkpoint = counted
    elif kill == "placing":
        job.put_in_place = _die
    elif kill == "between":
        rename = pathlib.Path.rename
        pathlib.Path.rename = lambda self, to: _die() if self.name == "encoder" else rename(self, to)
    finetune(
        vs.Encoder(f"{root}/encoder", device="cpu"),
        make_pairs(vs.Catalog(f"{root}/catalog"), FILMS[:3]),
        out=out,
        held_out=[FILMS[0]],
        epochs=4,
        batch_size=8,
        learning_rate=3e-3,
        pooling="attention",
        precision="f32",
        blend=0.8,
        overwrite=True,
        progress=False,
        **options,
    )


def _die(*_: Any, **__: Any) -> None:
    os.kill(os.getpid(), signal.SIGKILL)
