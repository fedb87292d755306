"""The module behind a learned pooling: a small transformer over the frames of a shot, in their order."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

import torch
from torch import Tensor, nn
from torch.nn import functional

LearnedKind = Literal["attention", "multiscale"]

_STILL = 0.05
"""Spread of frames at which an untrained ``multiscale`` counts what the transformer says by half."""


@dataclass(frozen=True)
class PoolingShape:
    """What decides the sizes of a pooling's weights.

    Attributes:
        kind: ``attention`` or ``multiscale``.
        dim: Numbers per vector, 1 to 16,384.
        width: Numbers per frame inside the transformer, 4 to 1,024, a multiple of ``heads``.
        heads: Attention heads, 1 to 64.
        layers: Transformer layers, 1 to 12.
        knots: Places in a shot, from its first frame to its last, that have a learned order embedding; those
            between two are mixed from both. 2 to 64.

    Raises:
        ValueError: One of them is out of its range.
    """

    kind: LearnedKind
    dim: int
    width: int
    heads: int
    layers: int
    knots: int

    def __post_init__(self) -> None:
        if self.kind not in get_args(LearnedKind):
            raise ValueError(f"kind must be one of {', '.join(get_args(LearnedKind))}, not {self.kind!r}")
        for name, least, most in (
            ("dim", 1, 16_384),
            ("width", 4, 1024),
            ("heads", 1, 64),
            ("layers", 1, 12),
            ("knots", 2, 64),
        ):
            value = getattr(self, name)
            if type(value) is not int or not least <= value <= most:
                raise ValueError(f"{name} must be a number from {least} to {most}, not {value!r}")
        if self.width % self.heads:
            raise ValueError(f"width ({self.width}) must be a multiple of heads ({self.heads})")


class TemporalPooling(nn.Module):
    """From the vectors of a shot's frames, in their order, to the vector of the shot.

    A light form of the sequential transformer of CLIP4Clip (Luo et al., 2021, "CLIP4Clip: An Empirical Study
    of CLIP for End to End Video Clip Retrieval"): frames with order embeddings go through a transformer, what
    it says of each is added to it. Its last matrix is zero in the beginning, so that an untrained pooling
    is the mean exactly, whatever the kind.

    ``attention`` adds to every frame's vector what the transformer says of it and takes the mean of the sums.
    ``multiscale`` leaves the mean as it is and adds what the transformer says of the whole, the more of it
    the more the frames differ: a single picture, or a shot in which nothing happens, keeps its mean.

    The order embeddings belong to a frame's place between first and last rather than to its number, so that a
    pooling trained on four frames of each shot serves shots of one frame and of sixteen.

    Args:
        shape: Its sizes.

    Attributes:
        shape: Its sizes.
    """

    def __init__(self, shape: PoolingShape) -> None:
        super().__init__()
        self.shape = shape
        width = shape.width
        self.whole = nn.Linear(shape.dim, width, bias=False)
        self.change = nn.Linear(shape.dim, width, bias=False)
        self.order = nn.Parameter(torch.zeros(shape.knots, width))
        self.layers = nn.ModuleList(_Layer(width, shape.heads) for _ in range(shape.layers))
        self.norm = nn.LayerNorm(width)
        self.out = nn.Linear(width, shape.dim, bias=False)
        if shape.kind == "multiscale":
            self.stillness = nn.Parameter(torch.tensor(_STILL).log())

    @property
    def kind(self) -> LearnedKind:
        """``attention`` or ``multiscale``."""
        return self.shape.kind

    def forward(self, vectors: Tensor, counts: Tensor) -> Tensor:
        """Pool the vectors of several shots.

        Args:
            vectors: Float (f, dim), unit rows: all frames of the first shot, then of the second, and so on.
            counts: int64 (n,), frames of each shot, 1 or more; they add up to f.

        Returns:
            float32 (n, dim), unit rows.

        Raises:
            ValueError: The counts do not fit the rows.
        """
        if counts.ndim != 1 or vectors.ndim != 2 or int(counts.sum()) != len(vectors):
            raise ValueError(
                f"counts of shape {tuple(counts.shape)} and sum {int(counts.sum())} do not divide rows of "
                f"shape {tuple(vectors.shape)}"
            )
        counts = counts.to(vectors.device)
        firsts = counts.cumsum(0) - counts
        places, parts = [], []
        # Shots of one length together: no padding, so a shot's vector does not hang on its neighbors.
        for count in torch.unique(counts).tolist():
            if count < 1:
                raise ValueError("a shot without frames has no vector")
            chosen = (counts == count).nonzero().squeeze(1)
            rows = firsts[chosen, None] + torch.arange(count, device=vectors.device)
            places.append(chosen)
            parts.append(self.pool(vectors[rows]))
        if not parts:
            return vectors.new_zeros((0, self.shape.dim), dtype=torch.float32)
        return torch.cat(parts)[torch.cat(places).argsort()]

    def pool(self, frames: Tensor) -> Tensor:
        """Pool shots of one length.

        Args:
            frames: Float (n, c, dim), unit rows: c frames of each of n shots.

        Returns:
            float32 (n, dim), unit rows.
        """
        frames = frames.float()
        mean = frames.mean(dim=1, keepdim=True)
        scale = self.shape.dim**0.5
        tokens = self.whole(mean * scale) + self.change((frames - mean) * scale)
        tokens = tokens + self._order(frames.shape[1])
        for layer in self.layers:
            tokens = layer(tokens)
        said = self.out(self.norm(tokens)).float()
        if self.shape.kind == "attention":
            return _unit(functional.normalize(frames + said, dim=-1).mean(dim=1), frames[:, 0])
        # The mean of unit vectors is shorter the more they differ.
        spread = (1 - mean.square().sum(dim=-1)).clamp(min=0)
        weight = spread / (spread + self.stillness.exp())
        return functional.normalize(_unit(mean[:, 0], frames[:, 0]) + weight * said.mean(dim=1), dim=-1)

    def _order(self, count: int) -> Tensor:
        knots = self.shape.knots
        if count == 1:
            at = self.order.new_tensor([(knots - 1) / 2])
        else:
            at = torch.linspace(0, knots - 1, count, device=self.order.device)
        low = at.floor().clamp(max=knots - 2).long()
        share = (at - low)[:, None]
        return (1 - share) * self.order[low] + share * self.order[low + 1]


class _Layer(nn.Module):
    """Attention among the frames of a shot, then two linear maps of each; both added to what came in."""

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.before = nn.LayerNorm(width)
        self.ask = nn.Linear(width, 3 * width)
        self.answer = nn.Linear(width, width)
        self.between = nn.LayerNorm(width)
        self.wide = nn.Linear(width, 2 * width)
        self.narrow = nn.Linear(2 * width, width)

    def forward(self, tokens: Tensor) -> Tensor:
        n, count, width = tokens.shape
        asked = self.ask(self.before(tokens)).view(n, count, 3, self.heads, width // self.heads)
        query, key, value = asked.permute(2, 0, 3, 1, 4)
        heard = functional.scaled_dot_product_attention(query, key, value)
        tokens = tokens + self.answer(heard.transpose(1, 2).reshape(n, count, width))
        added: Tensor = self.narrow(functional.gelu(self.wide(self.between(tokens))))
        return tokens + added


def _unit(vectors: Tensor, instead: Tensor) -> Tensor:
    """Rows at length 1; where frames cancel out exactly, the first frame's."""
    gone = vectors.norm(dim=-1, keepdim=True) <= 1e-6
    return functional.normalize(torch.where(gone, instead, vectors), dim=-1)
