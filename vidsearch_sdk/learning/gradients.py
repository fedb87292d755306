"""The gradient of one loss over a whole batch that no single pass, and no single process, could hold."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol, get_args

import torch
from torch import Tensor

from vidsearch_sdk.learning.losses import balanced_bias, contrastive_loss, sigmoid_loss
from vidsearch_sdk.learning.ranks import Ranks
from vidsearch_sdk.learning.settings import LossKind, Precision
from vidsearch_sdk.learning.towers import ShotTowers
from vidsearch_sdk.learning.training import arithmetic

_NARROW = 256  # below this width bf16 costs a CPU more in conversions than it saves in products


class Pairs(Protocol):
    """Shots with their texts, this process's part of a batch; ``ShotBatch`` is one.

    Attributes:
        pictures: uint8 (f, 3, height, width): frames of all shots of the batch, in order.
        counts: int64 (n,): frames of each shot.
        tokens: int64 (n, context): text i is said of shot i.
        shots: int64 (n,): number of the shot.
        texts: int64 (n,): number of the text.
    """

    @property
    def pictures(self) -> Tensor: ...  # noqa: D102

    @property
    def counts(self) -> Tensor: ...  # noqa: D102

    @property
    def tokens(self) -> Tensor: ...  # noqa: D102

    @property
    def shots(self) -> Tensor: ...  # noqa: D102

    @property
    def texts(self) -> Tensor: ...  # noqa: D102


def accumulate(
    towers: ShotTowers,
    batch: Pairs,
    *,
    loss: LossKind = "contrastive",
    micro_batch: int | None = None,
    ranks: Ranks | None = None,
    precision: Precision = "auto",
    fits: Tensor | None = None,
) -> float:
    """Leave in the towers the gradient of the loss over the whole batch, of all processes together.

    A contrastive loss sees every pair of the batch, so it is no sum over parts of it, and gradients of parts
    do not add up to its own. Gradient caching (Gao et al., 2021, "Scaling Deep Contrastive Learning Batch
    Size under Memory Limited Setup") makes them do so: with v_k the vectors of part k,

        dL/dw = sum_k (dL/dv_k) (dv_k/dw),

    and dL/dv needs the vectors alone. First the vectors of all parts are made without a graph and gathered
    from all processes; then the loss of the whole and its gradient by the vectors; then each part once more,
    with a graph, backwards from that gradient. The last part of a process keeps its graph from the first
    time, so that a batch of one part costs one pass, as without all this.

    Gradients that were there before are replaced. They equal those of one plain pass over the whole batch up
    to rounding, whatever the size of the parts and the number of processes.

    Args:
        towers: The model; what trains in it has ``requires_grad``.
        batch: This process's part of the batch; at least one process must have a pair.
        loss: ``contrastive`` or ``sigmoid``. Pairs of the same shot or the same text are no negatives.
        micro_batch: Pairs in one pass; None for all at once.
        ranks: The processes; None for this one alone.
        precision: Arithmetic of the towers. ``auto`` is bf16 where the device is fast at it, on a CPU for
            narrow text towers f32. Vectors, pooling and loss are f32 in any case.
        fits: Boolean (N, N) over the whole batch of all processes: True where text j is true of shot i though
            it was not drawn with it. Such pairs are no negatives either; None where none is known.

    Returns:
        The loss, the same in every process. Where it is not a finite number no gradients are left (None) in
        any of them. A finite loss can still have gradients that are not: their norm tells.

    Raises:
        ValueError: An unknown loss, a ``micro_batch`` below 1, or a batch without a pair.
        ExecutorError: Another process has ended or does not answer.
    """
    if loss not in get_args(LossKind):
        raise ValueError(f"loss must be one of {', '.join(get_args(LossKind))}, not {loss!r}")
    ranks = ranks or Ranks(device=towers.device)
    towers.zero_grad(set_to_none=True)
    parts = list(_parts(batch, micro_batch, ranks.device))
    made = [_vectors(towers, part, precision, graph=part is parts[-1]) for part in parts]
    sizes, start, ids, shots, texts = _of_all(made, batch, towers, ranks)
    shots.requires_grad_()
    texts.requires_grad_()
    scale = towers.scale
    bias = towers.bias if loss == "sigmoid" else None
    if not ranks.is_first:
        # Every process has the whole loss, but their gradients are summed: scale and bias count once.
        scale, bias = scale.detach(), None if bias is None else bias.detach()
    whole = _loss(shots, texts, _ignore(ids, fits), scale=scale, bias=bias)
    whole.backward()  # type: ignore[no-untyped-call]
    assert shots.grad is not None
    assert texts.grad is not None
    own = slice(start, start + sizes[ranks.rank])
    lengths = [len(part.tokens) for part in parts]
    gradients = zip(*(torch.split(one[own], lengths) for one in (shots.grad, texts.grad)), strict=True)
    for number, gradient in reversed(list(enumerate(gradients))):
        if number == len(parts) - 1:
            vectors = made[number]
        else:
            vectors = _vectors(towers, parts[number], precision, graph=True)
        _backward(vectors, gradient)
    ranks.sum_gradients(towers)
    value = float(whole.detach())
    if not math.isfinite(value):
        towers.zero_grad(set_to_none=True)
    return value


def start_bias(
    towers: ShotTowers,
    batch: Pairs,
    *,
    micro_batch: int | None = None,
    ranks: Ranks | None = None,
    precision: Precision = "auto",
    fits: Tensor | None = None,
) -> float:
    """Set the bias of the sigmoid loss to what suits the towers as they are; to be called before step 0.

    A model from elsewhere has another temperature than SigLIP starts with, and its bias of -10 would make the
    first steps move everything towards or away from everything (:func:`balanced_bias`).

    Args:
        towers: Made with ``bias=True``; theirs is changed, in every process to the same.
        batch: This process's part of a batch.
        micro_batch: Pairs in one pass; None for all at once.
        ranks: The processes; None for this one alone.
        precision: Arithmetic of the towers.
        fits: As in :func:`accumulate`.

    Returns:
        The bias.
    """
    ranks = ranks or Ranks(device=towers.device)
    parts = _parts(batch, micro_batch, ranks.device)
    made = [_vectors(towers, part, precision, graph=False) for part in parts]
    _, _, ids, shots, texts = _of_all(made, batch, towers, ranks)
    found = balanced_bias(shots, texts, scale=float(towers.scale.detach()), ignore=_ignore(ids, fits))
    towers.set_bias(found)
    return found


@dataclass(frozen=True)
class _Part:
    pictures: Tensor
    counts: Tensor  # stays on the CPU: its values decide shapes
    tokens: Tensor


def _parts(batch: Pairs, micro_batch: int | None, device: torch.device) -> Iterator[_Part]:
    n = len(batch.tokens)
    if micro_batch is not None and micro_batch < 1:
        raise ValueError(f"micro_batch must be at least 1, not {micro_batch}")
    size = n if micro_batch is None else micro_batch
    counts = batch.counts.cpu()
    ends = [0, *counts.cumsum(0).tolist()]
    pictures = batch.pictures.to(device, non_blocking=True)
    tokens = batch.tokens.to(device, non_blocking=True)
    for first in range(0, n, max(1, size)):
        last = min(n, first + size)
        yield _Part(pictures[ends[first] : ends[last]], counts[first:last], tokens[first:last])


def _vectors(towers: ShotTowers, part: _Part, precision: Precision, *, graph: bool) -> tuple[Tensor, Tensor]:
    device = part.tokens.device
    with torch.set_grad_enabled(graph):
        with arithmetic(precision, device):
            shots = towers.shot_vectors(part.pictures, part.counts)
        with arithmetic(_of_texts(precision, towers, device), device):
            texts = towers.text_vectors(part.tokens)
    return shots, texts


def _of_texts(precision: Precision, towers: ShotTowers, device: torch.device) -> Precision:
    if precision != "auto" or device.type != "cpu":
        return precision
    found = getattr(getattr(towers.model, "text", towers.model), "positional_embedding", None)
    narrow = isinstance(found, Tensor) and found.shape[-1] < _NARROW
    return "f32" if narrow else "auto"


def _of_all(
    made: list[tuple[Tensor, Tensor]], batch: Pairs, towers: ShotTowers, ranks: Ranks
) -> tuple[tuple[int, ...], int, Tensor, Tensor, Tensor]:
    """Sizes of all processes, where this one's rows start, and (shot, text) numbers and vectors of all."""
    sizes = ranks.sizes(len(batch.tokens))
    if not sum(sizes):
        raise ValueError("a batch without a pair has no loss")
    ids = torch.stack([batch.shots, batch.texts], dim=1).to(ranks.device)
    if made:
        both = [torch.cat([shots, texts], dim=1).detach() for shots, texts in made]
        own = torch.cat(both)
    else:
        # Fewer pairs than processes: this one still takes part in every exchange.
        with torch.no_grad():
            width = towers.text_vectors(batch.tokens.new_ones(1, batch.tokens.shape[1]).to(ranks.device))
        own = width.new_zeros(0, 2 * width.shape[1])
    whole = ranks.gather(own, sizes=sizes)
    shots, texts = (half.contiguous() for half in whole.chunk(2, dim=1))
    return sizes, sum(sizes[: ranks.rank]), ranks.gather(ids, sizes=sizes), shots, texts


def _ignore(ids: Tensor, fits: Tensor | None) -> Tensor:
    """Pairs that fit although they were not drawn together: of the same shot, or of the same text."""
    same = (ids[:, None, :] == ids[None, :, :]).any(dim=-1)
    return same if fits is None else same | fits.to(same.device)


def _loss(shots: Tensor, texts: Tensor, ignore: Tensor, *, scale: Tensor, bias: Tensor | None) -> Tensor:
    if bias is None:
        return contrastive_loss(shots, texts, scale=scale, ignore=ignore)
    return sigmoid_loss(shots, texts, scale=scale, bias=bias, ignore=ignore)


def _backward(vectors: tuple[Tensor, Tensor], gradients: tuple[Tensor, Tensor]) -> None:
    pairs = [(one, by) for one, by in zip(vectors, gradients, strict=True) if one.requires_grad]
    if pairs:
        ones, bys = zip(*pairs, strict=True)
        torch.autograd.backward(ones, bys)
