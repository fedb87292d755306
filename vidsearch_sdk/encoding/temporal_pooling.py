"""Learned poolings: made, kept in the folder of their encoder, and used on arrays."""

from __future__ import annotations

import copy
import hashlib
import json
import os
import stat
from dataclasses import asdict
from pathlib import Path

import numpy as np
import torch
from numpy.typing import ArrayLike, NDArray
from safetensors import SafetensorError
from safetensors.torch import load, save
from torch import nn

from vidsearch_sdk.encoding.pooling import POOLING_FACTS, POOLING_WEIGHTS, checked_frames
from vidsearch_sdk.encoding.shot_transformer import LearnedKind, PoolingShape, TemporalPooling
from vidsearch_sdk.errors import EncoderError

__all__ = [
    "LearnedKind",
    "LearnedPooling",
    "PoolingShape",
    "TemporalPooling",
    "digest_of",
    "new_pooling",
    "read_pooling",
    "write_pooling",
]

_FORMAT = 1
_WIDEST = 256
_FRAMES_AT_ONCE = 8192
_LARGEST = 64 << 20
_LARGEST_FACTS = 64 << 10


def new_pooling(kind: LearnedKind, dim: int, *, seed: int) -> TemporalPooling:
    """Make an untrained pooling; it gives the mean until it is trained.

    Args:
        kind: ``attention`` or ``multiscale``.
        dim: Numbers per vector.
        seed: Same seed, same weights; torch's own random state is left as it is.

    Raises:
        ValueError: An unknown kind, or a size out of range.

    Examples:
        >>> pooling = new_pooling("attention", 8, seed=0)
        >>> frames = torch.nn.functional.normalize(torch.ones(3, 8), dim=-1)
        >>> pooling(frames, torch.tensor([1, 2])).shape
        torch.Size([2, 8])
    """
    width = min(_WIDEST, max(32, dim // 32 * 32))
    shape = PoolingShape(kind, dim, width, heads=max(1, width // 32), layers=1, knots=4)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        pooling = TemporalPooling(shape)
        nn.init.normal_(pooling.order)
    nn.init.zeros_(pooling.out.weight)
    return pooling


class LearnedPooling:
    """A trained pooling as search uses it: arrays in, arrays out; any number of threads at once.

    Args:
        module: The module; copied.
        device: Where to calculate.

    Attributes:
        name: ``attention`` or ``multiscale``.
        digest: 16 hexadecimal digits over its weights.
        module: The copy, in evaluation mode.
    """

    def __init__(self, module: TemporalPooling, *, device: str | torch.device = "cpu") -> None:
        # A copy: what is in training goes on being trained.
        kept = copy.deepcopy(module).eval().requires_grad_(False)
        self.module = kept.to(device=device, dtype=torch.float32)
        self.name: str = module.kind
        self.digest = digest_of(module)
        self._device = torch.device(device)

    def __repr__(self) -> str:
        return f"LearnedPooling({self.name!r}, digest={self.digest!r})"

    def __call__(self, vectors: ArrayLike, counts: ArrayLike) -> NDArray[np.float32]:
        """Pool the vectors of several shots; as ``mean_pooled`` but for the method.

        Args:
            vectors: (f, dim) unit rows, all of the first shot's frames in order, then all of the second's.
            counts: (n,) frames of each shot, 1 or more; they add up to f.

        Returns:
            float32 (n, dim), unit rows.

        Raises:
            ValueError: The counts do not fit the rows, a shot has none, or the rows have another length.
        """
        rows, lengths = checked_frames(vectors, counts)
        dim = self.module.shape.dim
        if rows.shape[1] != dim:
            raise ValueError(f"this pooling is for vectors of {dim} dimensions, not {rows.shape[1]}")
        pooled = np.empty((len(lengths), dim), np.float32)
        firsts = np.cumsum(lengths) - lengths
        for count in np.unique(lengths):
            chosen = np.flatnonzero(lengths == count)
            step = max(1, _FRAMES_AT_ONCE // int(count))
            for start in range(0, len(chosen), step):
                some = chosen[start : start + step]
                frames = rows[firsts[some, None] + np.arange(count)].astype(np.float32)
                with torch.inference_mode():
                    found = self.module.pool(torch.from_numpy(frames).to(self._device))
                pooled[some] = found.cpu().numpy()
        return pooled


def digest_of(module: TemporalPooling) -> str:
    """Name a pooling by its sizes and weights: 16 hexadecimal digits, the same if and only if those are."""
    digest = hashlib.sha256(json.dumps([_FORMAT, asdict(module.shape)], sort_keys=True).encode())
    for name, value in sorted(module.state_dict().items()):
        digest.update(name.encode())
        digest.update(value.detach().cpu().float().contiguous().numpy().tobytes())
    return digest.hexdigest()[:16]


def write_pooling(folder: Path, module: TemporalPooling) -> None:
    """Write a pooling into the folder of its encoder: ``pooling.safetensors`` and ``pooling.json``.

    Args:
        folder: The folder; it must exist. Files of the same names are replaced.
        module: The pooling.

    Raises:
        EncoderError: Its weights hold values that are not finite.
    """
    weights = {name: value.detach().cpu().float().contiguous() for name, value in module.state_dict().items()}
    spoiled = [name for name, value in weights.items() if not bool(value.isfinite().all())]
    if spoiled:
        raise EncoderError(f"the pooling's weights are not finite numbers ({', '.join(spoiled)})")
    data = save(weights, metadata={"format": "pt"})
    facts = {
        "format": _FORMAT,
        **asdict(module.shape),
        "bytes": len(data),
        "sha256": hashlib.sha256(data).hexdigest(),
    }
    (folder / POOLING_WEIGHTS).write_bytes(data)
    (folder / POOLING_FACTS).write_text(json.dumps(facts, indent=2) + "\n", encoding="utf-8")


def read_pooling(folder: str | os.PathLike[str], *, dim: int | None = None) -> TemporalPooling | None:
    """Read the pooling of an encoder's folder.

    Args:
        folder: The folder.
        dim: Numbers per vector of the encoder; checked where given.

    Returns:
        The pooling, in evaluation mode on the CPU; ``None`` where the folder brings none.

    Raises:
        EncoderError: One of the two files is missing, cut, altered, or for vectors of another size.
    """
    place = Path(folder)
    facts_path, weights_path = place / POOLING_FACTS, place / POOLING_WEIGHTS
    if not facts_path.exists() and not weights_path.exists():
        return None
    remedy = (
        f"Copy {POOLING_FACTS} and {POOLING_WEIGHTS} of the encoder again; without both it pools by mean."
    )
    try:
        facts = json.loads(_content(facts_path, _LARGEST_FACTS))
        data = _content(weights_path, _LARGEST)
        if facts.pop("format") != _FORMAT:
            raise ValueError(f"another format than {_FORMAT}: a newer version of vidsearch_sdk wrote it")
        size, digest = facts.pop("bytes"), facts.pop("sha256")
        shape = PoolingShape(**facts)
        if len(data) != size:
            raise ValueError(f"{weights_path.name} has {len(data)} bytes instead of {size}")
        if hashlib.sha256(data).hexdigest() != digest:
            raise ValueError(f"{weights_path.name} is not what was written")
        if dim is not None and shape.dim != dim:
            raise ValueError(f"it is for vectors of {shape.dim} dimensions, the encoder makes {dim}")
        with torch.device("meta"):
            module = TemporalPooling(shape)
        weights = load(data)
        expected = {name: tuple(value.shape) for name, value in module.state_dict().items()}
        if {name: tuple(value.shape) for name, value in weights.items()} != expected:
            raise ValueError(f"{weights_path.name} holds the weights of another pooling")
        if not all(
            value.dtype == torch.float32 and bool(value.isfinite().all()) for value in weights.values()
        ):
            raise ValueError(f"{weights_path.name} holds what is not finite numbers in f32")
    except (OSError, ValueError, KeyError, TypeError, AttributeError, SafetensorError) as error:
        raise EncoderError(f"the pooling in {place} cannot be used: {error}. {remedy}") from error
    module.load_state_dict(weights, assign=True)
    return module.eval().requires_grad_(False)


def _content(path: Path, largest: int) -> bytes:
    facts = path.stat()
    if not stat.S_ISREG(facts.st_mode) or facts.st_size > largest:
        raise ValueError(f"{path.name} is no file of at most {largest:,} bytes")
    return path.read_bytes()
