"""A training run at rest: one safetensors file that holds the model, the optimizer and how far they are."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor, nn

from vidsearch_sdk.errors import DamagedError


def save_checkpoint(
    path: Path, model: nn.Module, optimizer: torch.optim.Optimizer, *, progress: dict[str, Any]
) -> None:
    """Write model, optimizer, random state and progress; whatever dies meanwhile, the older file stays whole.

    Args:
        path: File to write or replace.
        model: The model in training.
        optimizer: An optimizer over ``model.parameters()``.
        progress: JSON values that say how far the run is.
    """
    tensors = {f"model.{name}": value.detach().contiguous() for name, value in model.state_dict().items()}
    names = {id(parameter): name for name, parameter in model.named_parameters()}
    for group in optimizer.param_groups:
        for parameter in group["params"]:
            for key, value in optimizer.state.get(parameter, {}).items():
                tensors[f"optimizer.{names[id(parameter)]}.{key}"] = torch.as_tensor(value).contiguous()
    tensors["random"] = torch.get_rng_state()
    path.parent.mkdir(parents=True, exist_ok=True)
    aside = path.with_name(path.name + ".aside")
    save_file(tensors, aside, metadata={"progress": json.dumps(progress)})
    with aside.open("rb+") as file:
        os.fsync(file.fileno())
    aside.replace(path)


def load_checkpoint(path: Path, model: nn.Module, optimizer: torch.optim.Optimizer) -> dict[str, Any]:
    """Bring a model and its optimizer back to where :func:`save_checkpoint` left them.

    Returns:
        The progress that was stored.

    Raises:
        DamagedError: The file cannot be read or belongs to another model.
    """
    try:
        with safe_open(path, framework="pt") as file:
            progress: dict[str, Any] = json.loads((file.metadata() or {})["progress"])
            tensors: dict[str, Tensor] = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118  (no mapping)
        model.load_state_dict(
            {name[6:]: value for name, value in tensors.items() if name.startswith("model.")}
        )
        torch.set_rng_state(tensors["random"])
    except (SafetensorError, KeyError, RuntimeError, OSError, ValueError) as error:
        raise DamagedError(
            f"the checkpoint {path} cannot be resumed ({error}); remove it to start afresh"
        ) from error
    for name, parameter in model.named_parameters():
        state = {
            key.rpartition(".")[2]: value
            for key, value in tensors.items()
            if key.rpartition(".")[0] == f"optimizer.{name}"
        }
        if state:
            # The step count stays on the CPU, as AdamW keeps it; moments go where their parameter is.
            optimizer.state[parameter] = {
                key: value if key == "step" else value.to(parameter.device) for key, value in state.items()
            }
    return progress
