"""A training run at rest: one safetensors file that holds the model, the optimizer and how far they are."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor, nn

from vidsearch_sdk.errors import DamagedError
from vidsearch_sdk.learning.disk_room import sync_file, telling

_UNREADABLE = (SafetensorError, KeyError, RuntimeError, OSError, ValueError)


def save_checkpoint(
    path: Path,
    model: nn.Module,
    optimizer: torch.optim.Optimizer,
    *,
    progress: dict[str, Any],
    trained_only: bool = False,
    kept: Mapping[str, Tensor] | None = None,
) -> None:
    """Write model, optimizer, random state and progress; whatever dies meanwhile, the older file stays whole.

    Args:
        path: File to write or replace.
        model: The model in training.
        optimizer: An optimizer over ``model.parameters()``.
        progress: JSON values that say how far the run is.
        trained_only: Write the parameters that learn, and nothing that stays as it was given.
        kept: Further tensors, by name, as the best weights so far; :func:`load_kept` reads them.

    Raises:
        StorageError: The disk is full or refuses; the older file is still in place.
    """
    tensors = {
        f"model.{name}": value.detach().contiguous() for name, value in _state(model, trained_only).items()
    }
    tensors |= {f"kept.{name}": value.detach().contiguous() for name, value in (kept or {}).items()}
    names = {id(parameter): name for name, parameter in model.named_parameters()}
    for group in optimizer.param_groups:
        for parameter in group["params"]:
            for key, value in optimizer.state.get(parameter, {}).items():
                tensors[f"optimizer.{names[id(parameter)]}.{key}"] = torch.as_tensor(value).contiguous()
    tensors["random"] = torch.get_rng_state()
    aside = path.with_name(path.name + ".aside")
    with telling(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            save_file(tensors, aside, metadata={"progress": json.dumps(progress)})
            sync_file(aside)
            aside.replace(path)
        finally:
            aside.unlink(missing_ok=True)


def read_progress(path: Path) -> dict[str, Any]:
    """Read how far a run is, and nothing else.

    Raises:
        DamagedError: The file cannot be read.
    """
    try:
        with safe_open(path, framework="pt") as file:
            progress: dict[str, Any] = json.loads((file.metadata() or {})["progress"])
            return progress
    except _UNREADABLE as error:
        raise _damaged(path, error) from error


def load_kept(path: Path) -> dict[str, Tensor]:
    """Read the further tensors that a checkpoint was given.

    Raises:
        DamagedError: The file cannot be read.
    """
    try:
        with safe_open(path, framework="pt") as file:
            names = [name for name in file.keys() if name.startswith("kept.")]  # noqa: SIM118  (no mapping)
            return {name.removeprefix("kept."): file.get_tensor(name) for name in names}
    except _UNREADABLE as error:
        raise _damaged(path, error) from error


def trained_state(model: nn.Module) -> dict[str, Tensor]:
    """The parameters that learn, by name; not copied."""
    return _state(model, True)


def load_trained(model: nn.Module, state: Mapping[str, Tensor]) -> None:
    """Give the parameters that learn their values; all of them, and no others.

    Raises:
        RuntimeError: The names or shapes are of another model.
    """
    own = trained_state(model)
    if set(own) != set(state):
        raise RuntimeError(f"other parameters learned: {sorted(set(own) ^ set(state))[:4]}")
    with torch.no_grad():
        for name, parameter in own.items():
            if parameter.shape != state[name].shape:
                raise RuntimeError(f"{name} has another shape")
            parameter.copy_(state[name])


def load_checkpoint(
    path: Path, model: nn.Module, optimizer: torch.optim.Optimizer, *, trained_only: bool = False
) -> dict[str, Any]:
    """Bring a model and its optimizer back to where :func:`save_checkpoint` left them.

    Args:
        path: The file.
        model: A model of the same kind.
        optimizer: An optimizer over its parameters.
        trained_only: As it was saved. torch's random state is then left as it is.

    Returns:
        The progress that was stored.

    Raises:
        DamagedError: The file cannot be read or belongs to another model.
    """
    try:
        with safe_open(path, framework="pt") as file:
            progress: dict[str, Any] = json.loads((file.metadata() or {})["progress"])
            tensors: dict[str, Tensor] = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118  (no mapping)
        state = {name[6:]: value for name, value in tensors.items() if name.startswith("model.")}
        if trained_only:
            load_trained(model, state)
        else:
            model.load_state_dict(state)
            torch.set_rng_state(tensors["random"])
    except _UNREADABLE as error:
        raise _damaged(path, error) from error
    for name, parameter in model.named_parameters():
        moments = {
            key.rpartition(".")[2]: value
            for key, value in tensors.items()
            if key.rpartition(".")[0] == f"optimizer.{name}"
        }
        if moments:
            # The step count stays on the CPU, as AdamW keeps it; moments go where their parameter is.
            optimizer.state[parameter] = {
                key: value if key == "step" else value.to(parameter.device) for key, value in moments.items()
            }
    return progress


def _state(model: nn.Module, trained_only: bool) -> dict[str, Tensor]:
    if not trained_only:
        return dict(model.state_dict())
    return {name: value for name, value in model.named_parameters() if value.requires_grad}


def _damaged(path: Path, error: Exception) -> DamagedError:
    return DamagedError(f"the checkpoint {path} cannot be resumed ({error}); remove it to start afresh")
