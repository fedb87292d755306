"""From the frames of shots and the tokens of texts to unit vectors that can be trained."""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn
from torch.nn import functional

from vidsearch_sdk.encoding.preprocessing import Preprocessing


class ShotTowers(nn.Module):
    """An open_clip model that sees whole shots: preprocessing, picture tower, pooling; and the text tower.

    It is always in evaluation mode, in training too: dropout is off and batch norm keeps its running
    statistics. A pass then depends on nothing but weights and input, which is what makes accumulated,
    distributed and resumed training give the gradients of one plain pass.

    Args:
        model: open_clip's module in f32, as ``Encoder.fresh`` loads it. Not an encoder's own, which is
            rounded and packed for inference. It is laid out anew in memory (channels last), not copied.
        preprocessing: The model's own.
        pooling: ``forward(vectors (f, d), counts (n,)) -> (n, d)`` unit rows; None for the mean.
        bias: Whether the sigmoid loss will be used, which needs a learned bias: the model's own where it has
            one (``logit_bias``), else one of the towers that is no part of the encoder.

    Attributes:
        model: The model.
        preprocessing: What is done to pictures.
        pooling: The pooling, or None.
    """

    def __init__(
        self,
        model: nn.Module,
        preprocessing: Preprocessing,
        *,
        pooling: nn.Module | None = None,
        bias: bool = False,
    ) -> None:
        super().__init__()
        self.model = model.to(memory_format=torch.channels_last)
        self.preprocessing = preprocessing
        self.pooling = pooling
        self._has_bias = bias
        needs_own = bias and getattr(model, "logit_bias", None) is None
        # Where Zhai et al. (2023) start; start_bias finds what suits a model that is trained already.
        place = next(model.parameters()).device
        self.own_bias = nn.Parameter(torch.tensor(-10.0, device=place)) if needs_own else None
        self.eval()

    def train(self, mode: bool = True) -> ShotTowers:  # noqa: ARG002  (the signature is nn.Module's)
        """Stay in evaluation mode, whatever is asked for; see the class."""
        return super().train(False)

    @property
    def device(self) -> torch.device:
        """Where the weights lie."""
        return self._logit_scale.device

    @property
    def scale(self) -> Tensor:
        """The learned inverse temperature, a scalar above 0; gradients flow to ``logit_scale``."""
        return self._logit_scale.exp()

    @property
    def bias(self) -> Tensor:
        """The learned bias of the sigmoid loss, a scalar.

        Raises:
            ValueError: The towers were made without one.
        """
        return self._bias_parameter

    @property
    def _logit_scale(self) -> nn.Parameter:
        found = self.model.logit_scale
        assert isinstance(found, nn.Parameter)
        return found

    @property
    def _bias_parameter(self) -> nn.Parameter:
        found = self.own_bias if self.own_bias is not None else getattr(self.model, "logit_bias", None)
        if not self._has_bias or not isinstance(found, nn.Parameter):
            raise ValueError("the sigmoid loss needs towers made with bias=True")
        return found

    def set_bias(self, value: float) -> None:
        """Set the bias of the sigmoid loss.

        Raises:
            ValueError: The towers were made without one.
        """
        with torch.no_grad():
            self._bias_parameter.fill_(value)

    def hold_scale(self, largest: float = 100.0) -> None:
        """Hold the inverse temperature at or below a limit; CLIP's is 100. Called after each step."""
        with torch.no_grad():
            self._logit_scale.clamp_(max=math.log(largest))

    def forward(self, pictures: Tensor, counts: Tensor, tokens: Tensor) -> tuple[Tensor, Tensor]:
        """Unit vectors of shots and of texts.

        Args:
            pictures: uint8 (f, 3, height, width) of the model's input size: the frames of all shots in order.
            counts: int64 (n,), frames of each shot, 1 or more; they add up to f.
            tokens: int64 (m, context).

        Returns:
            f32 (n, d) and f32 (m, d).
        """
        return self.shot_vectors(pictures, counts), self.text_vectors(tokens)

    def frame_vectors(self, pictures: Tensor) -> Tensor:
        """Unit vectors of frames, f32 (f, d), from uint8 (f, 3, height, width).

        Under autocast the normalized pictures are made in its number format at once.
        """
        kind = pictures.device.type
        half = torch.is_autocast_enabled(kind)
        dtype = torch.get_autocast_dtype(kind) if half else torch.float32
        ready = self.preprocessing.normalized(pictures.permute(0, 2, 3, 1), dtype)
        found: Tensor = self.model.encode_image(ready)  # type: ignore[operator]
        return functional.normalize(found.float(), dim=-1)

    def shot_vectors(self, pictures: Tensor, counts: Tensor) -> Tensor:
        """Unit vectors of shots, f32 (n, d); arguments as in :meth:`forward`."""
        vectors = self.frame_vectors(pictures)
        if self.pooling is None:
            return pooled_mean(vectors, counts)
        # In bf16 the frames of one shot are often the same vector: what tells them apart needs more digits.
        with torch.autocast(pictures.device.type, enabled=False):
            pooled: Tensor = self.pooling(vectors, counts)
        return pooled

    def text_vectors(self, tokens: Tensor) -> Tensor:
        """Unit vectors of texts, f32 (m, d), from int64 (m, context)."""
        found: Tensor = self.model.encode_text(tokens)  # type: ignore[operator]
        return functional.normalize(found.float(), dim=-1)


def pooled_mean(vectors: Tensor, counts: Tensor) -> Tensor:
    """Mean of each shot's frames, back at length 1: ``mean_pooled`` of the encoder, with gradients.

    Deterministic on every device, forwards and backwards: rows are put in their places, never added to one
    another in whatever order threads come.

    Args:
        vectors: Float (f, d), all frames of the first shot, then of the second, and so on.
        counts: int64 (n,), frames of each shot, 1 or more; they add up to f. Best left on the CPU: on a GPU
            its largest value has to be waited for.

    Returns:
        f32 (n, d), unit rows. Where frames cancel out exactly, the first frame's vector.

    Raises:
        ValueError: The counts do not fit the rows, or a shot has none.

    Examples:
        >>> pooled_mean(torch.eye(2)[[0, 1, 1]], torch.tensor([2, 1]))
        tensor([[0.7071, 0.7071],
                [0.0000, 1.0000]])
    """
    lengths = counts.tolist()
    if vectors.ndim != 2 or sum(lengths) != len(vectors) or min(lengths, default=1) < 1:
        raise ValueError(
            f"{len(lengths)} counts of sum {sum(lengths)}, the least {min(lengths, default=0)}, do not "
            f"divide rows of shape {tuple(vectors.shape)}"
        )
    rows, n, most = vectors.float(), len(lengths), max(lengths, default=0)
    if n * most == len(rows):
        frames = rows.view(n, most, -1)
    else:
        own = torch.as_tensor(lengths)
        shot = torch.repeat_interleave(torch.arange(n), own)
        within = torch.arange(len(rows)) - (own.cumsum(0) - own)[shot]
        at = (shot * most + within).to(rows.device)
        frames = rows.new_zeros(n * most, rows.shape[1]).index_copy(0, at, rows).view(n, most, -1)
    mean = frames.sum(dim=1) / torch.as_tensor(lengths, device=rows.device)[:, None]
    gone = mean.norm(dim=-1, keepdim=True) <= 1e-6
    return functional.normalize(torch.where(gone, frames[:, 0], mean), dim=-1)
