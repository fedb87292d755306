"""What of an encoder is trained: its last projections, low-rank additions to its layers, or everything."""

from __future__ import annotations

import importlib.util
import math
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, get_args

import torch
from torch import Tensor, nn
from torch.nn import functional

from vidsearch_sdk.errors import EncoderError
from vidsearch_sdk.learning.settings import Train
from vidsearch_sdk.learning.towers import ShotTowers

# How open_clip names the last map of a tower, the most likely first; what is found first is taken.
_OF_PICTURES = (
    r"visual\.(proj|attnpool\.c_proj\.\w+|head\.(proj|mlp)\..+|trunk\.head(\.fc)?\.(weight|bias))",
    r"visual\.(trunk\.)?attn_pool\..+",  # SigLIP ends with its attention pooling
)
_OF_TEXTS = (r"(text\.)?text_projection(\.\w+)?", r"text\.proj(\..+)?")
_ADAPTER = "default"


@dataclass(frozen=True)
class Trainable:
    """What a model was prepared for.

    Attributes:
        train: ``head``, ``lora`` or ``all``.
        names: Names of the parameters that train, within the towers.
        trained: Numbers that train.
        total: Numbers in all, those that were added included.
    """

    train: Train
    names: tuple[str, ...]
    trained: int
    total: int

    def __str__(self) -> str:
        return f"{self.trained:,} of {self.total:,} weights are trained ({self.train})"


def prepare(
    towers: ShotTowers,
    train: Train,
    *,
    rank: int = 8,
    alpha: float | None = None,
    tokens: Iterable[int] = (),
    bias: bool = False,
    seed: int = 0,
) -> Trainable:
    """Choose what of the towers trains, and add to them what ``lora`` needs. The model is changed in place.

    In all three the pooling (where it is a module), the last projections of both towers and the temperature
    train. ``all`` trains every other weight, too. With ``tokens``, of the word embedding only their rows:
    those of other words would get no gradient, and AdamW leaves them where they are when they are not
    decayed (:func:`parameter_groups`), so that the result is the same, without the gradients, moments and
    exchange of a whole dictionary.

    ``lora`` adds low-rank products to the weights of layers (Hu et al., 2021, "LoRA: Low-Rank Adaptation of
    Large Language Models"), through peft: to linear layers, convolutions and the joint query, key and
    value maps of attention that a trial pass really calls, and that are large enough to gain by it. Which
    layers that are depends on the architecture, and a name does not tell: many are read by a function that
    never calls them, and an addition to such a layer would be ignored without a word. Rows of the word
    embedding are trained for ``tokens``: what a new word is spelled with has to mean something else before
    any layer can see the difference.

    Args:
        towers: Changed in place; not prepared before.
        train: What trains.
        rank: Of the low-rank additions.
        alpha: Additions count ``alpha / rank``; None for the rank itself, so that they count 1.
        tokens: Token ids of the texts to be learned; of no use to ``head``.
        bias: Whether the sigmoid loss is used: then its bias trains.
        seed: Of the additions' random weights; torch's own random state is left as it is.

    Returns:
        What trains.

    Raises:
        ValueError: An unknown choice or a number out of range.
        EncoderError: peft is missing, or no projection or layer of this model is known.
    """
    if train not in get_args(Train):
        raise ValueError(f"train must be one of {', '.join(get_args(Train))}, not {train!r}")
    if rank < 1 or (alpha is not None and not alpha > 0):
        raise ValueError(f"rank must be at least 1 and alpha above 0, not {rank} and {alpha}")
    model = towers.model
    head = _projections(model) if train != "all" else set()
    model.requires_grad_(train == "all")
    if train == "lora":
        _add_low_rank(towers, head, rank=rank, alpha=alpha or float(rank), seed=seed)
    chosen = sorted({int(token) for token in tokens})
    if chosen and train != "head":
        _add_rows(towers, chosen)
    for name, parameter in model.named_parameters():
        if name in head or name == "logit_scale":
            parameter.requires_grad_()
        elif name == "logit_bias":
            parameter.requires_grad_(bias)
    if towers.pooling is not None:
        towers.pooling.requires_grad_()
    towers.eval()
    named = [(name, one) for name, one in towers.named_parameters() if one.requires_grad]
    return Trainable(
        train,
        tuple(name for name, _ in named),
        sum(one.numel() for _, one in named),
        sum(one.numel() for one in towers.parameters()),
    )


def merged_state(model: nn.Module) -> dict[str, Tensor]:
    """Weights under open_clip's own names, with all additions summed in; the model stays as it is.

    Args:
        model: ``towers.model``, prepared or not.

    Returns:
        A copy of each, on the model's device, without gradients: exactly the keys, shapes and dtypes that
        the model had before it was prepared.
    """
    from_peft = _peft_layers()
    state: dict[str, Tensor] = {}
    with torch.no_grad():
        rows = {name for name, module in model.named_modules() if isinstance(module, _TokenRows)}
        for name, value in model.state_dict().items():
            owner, _, own = name.rpartition(".")
            added = ".lora_" in name or (owner in rows and own in ("rows", "place", "tokens"))
            if not added:
                state[_plain(name)] = value.detach().clone()
        for name, module in model.named_modules():
            if isinstance(module, _TokenRows):
                state[_plain(f"{name}.weight")].index_add_(0, module.tokens, module.rows)
            elif isinstance(module, from_peft):
                layer: Any = module
                weight = state[_plain(f"{name}.{getattr(layer, 'parameter_name', 'weight')}")]
                weight += layer.get_delta_weight(_ADAPTER)
    return state


def parameter_groups(towers: ShotTowers, *, weight_decay: float) -> list[dict[str, Any]]:
    """Divide what trains into what AdamW decays and what it does not.

    Vectors and scalars (biases, norms, temperature) are not decayed, as in CLIP. Embeddings are not either:
    decay would shrink the words and places that the new texts never use, which is forgetting for nothing.

    Args:
        towers: Prepared.
        weight_decay: Of matrices.

    Returns:
        Two groups for an optimizer, in the order of the towers' parameters; an empty one is left out.
    """
    embeddings = {
        id(one)
        for module in towers.modules()
        if isinstance(module, nn.Embedding | _TokenRows)
        for one in module.parameters(recurse=False)
    }
    trained = [(name, one) for name, one in towers.named_parameters() if one.requires_grad]
    free = {
        name
        for name, one in trained
        if one.ndim < 2 or id(one) in embeddings or name.endswith(("positional_embedding", "pos_embed"))
    }
    groups = [
        {"params": [one for name, one in trained if name not in free], "weight_decay": weight_decay},
        {"params": [one for name, one in trained if name in free], "weight_decay": 0.0},
    ]
    return [group for group in groups if group["params"]]


class _TokenRows(nn.Module):
    """A word embedding of which a few rows train, as additions: their gradient is as small as they are.

    peft can do this as well, but copies the whole table in every pass.
    """

    def __init__(self, base_layer: nn.Embedding, tokens: list[int]) -> None:
        super().__init__()
        table = base_layer.weight
        self.base_layer = base_layer.requires_grad_(False)
        self.rows = nn.Parameter(table.new_zeros(len(tokens), table.shape[1]))
        place = torch.full((len(table),), -1, device=table.device)
        self.register_buffer("tokens", torch.tensor(tokens, device=table.device))
        place[tokens] = torch.arange(len(tokens), device=table.device)
        self.register_buffer("place", place)
        self.tokens: Tensor
        self.place: Tensor

    @property
    def weight(self) -> Tensor:
        """The table without the additions: asked for its dtype and size."""
        return self.base_layer.weight

    def forward(self, tokens: Tensor) -> Tensor:
        at = self.place[tokens]
        added = functional.embedding(at.clamp(min=0), self.rows)
        found: Tensor = self.base_layer(tokens)
        return found + added * (at >= 0)[..., None]


def _projections(model: nn.Module) -> set[str]:
    names = [name for name, _ in model.named_parameters()]
    found: set[str] = set()
    for what, patterns in (("picture", _OF_PICTURES), ("text", _OF_TEXTS)):
        for pattern in patterns:
            hits = {name for name in names if re.fullmatch(pattern, name)}
            if hits:
                break
        else:
            raise EncoderError(
                f"the last projection of this model's {what} tower is not known; train='all' needs none"
            )
        found |= hits
    return found


def _add_low_rank(towers: ShotTowers, head: set[str], *, rank: int, alpha: float, seed: int) -> None:
    if importlib.util.find_spec("peft") is None:
        raise EncoderError("train='lora' needs the peft package: pip install \"vidsearch-sdk[finetune]\"")
    from peft import LoraConfig, inject_adapter_in_model

    modules, weights = [], []
    for name, module in _called(towers):
        if any(one.startswith(f"{name}.") for one in head):
            continue
        if isinstance(module, nn.MultiheadAttention):
            # Not the module as a whole: what peft 0.21 then puts on out_proj counts twice in a forward pass
            # and once in the gradient, and each pass leaves its rounding in the frozen weights.
            joint = module.in_proj_weight
            if joint is not None and _gains(joint, rank):
                weights.append(f"{name}.in_proj_weight")
        elif _gains(module.weight, rank):  # type: ignore[arg-type]
            modules.append(name)
    if not modules and not weights:
        raise EncoderError(
            f"this model has no layer that low-rank additions of rank {rank} would be smaller than; "
            "give a smaller rank, or train='all'"
        )
    config = LoraConfig(
        r=rank,
        lora_alpha=alpha,  # type: ignore[arg-type]  # a float does as well
        # A pattern, since peft takes a name in a list for the end of other names, too.
        target_modules="|".join(re.escape(name) for name in modules) if modules else [],
        target_parameters=weights or None,
    )
    place = towers.device
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        # On the CPU, so that a seed gives the same weights wherever the model trains.
        inject_adapter_in_model(config, towers.model.cpu(), adapter_name=_ADAPTER)
    towers.model.to(place)


def _called(towers: ShotTowers) -> list[tuple[str, nn.Module]]:
    """Layers of the model that are called in a pass, in the order of the model."""
    model, found = towers.model, set()
    candidates = {
        module: name
        for name, module in model.named_modules()
        if isinstance(module, nn.Linear | nn.MultiheadAttention)
        or (isinstance(module, nn.Conv2d) and module.groups == 1)
    }
    hooks = [one.register_forward_pre_hook(lambda one, _: found.add(one)) for one in candidates]
    try:
        _try(towers)
    finally:
        for hook in hooks:
            hook.remove()
    return [(name, module) for module, name in candidates.items() if module in found]


def _add_rows(towers: ShotTowers, tokens: list[int]) -> None:
    called: list[nn.Embedding] = []
    tables = {
        module: name for name, module in towers.model.named_modules() if isinstance(module, nn.Embedding)
    }
    hooks = [one.register_forward_pre_hook(lambda one, _: called.append(one)) for one in tables]
    try:
        _try(towers)
    finally:
        for hook in hooks:
            hook.remove()
    if not called:
        raise EncoderError("the word embedding of this model is not known; train='all' needs no name for it")
    words = max(called, key=lambda one: one.num_embeddings)
    outside = [token for token in tokens if not 0 <= token < words.num_embeddings]
    if outside:
        raise ValueError(f"tokens must be from 0 to {words.num_embeddings - 1}, not {outside[0]}")
    parent, _, name = tables[words].rpartition(".")
    setattr(towers.model.get_submodule(parent), name, _TokenRows(words, tokens))


def _try(towers: ShotTowers) -> None:
    """One pass of both towers over nothing in particular."""
    height, width = towers.preprocessing.size
    context = getattr(towers.model, "context_length", None) or 16
    device = towers.device
    with torch.enable_grad():
        # Without a graph, attention takes a short cut past the layers that it consists of.
        towers.frame_vectors(torch.zeros(1, 3, height, width, dtype=torch.uint8, device=device))
        towers.text_vectors(torch.full((1, context), 2, device=device))


def _gains(weight: Tensor, rank: int) -> bool:
    """Whether additions of this rank are fewer numbers than the weight: low layers are often smaller."""
    out, into = weight.shape[0], math.prod(weight.shape[1:])
    return rank * (out + into) < out * into


def _peft_layers() -> tuple[type, ...]:
    if importlib.util.find_spec("peft") is None:
        return ()
    from peft.tuners.lora import LoraLayer

    return (LoraLayer,)


def _plain(name: str) -> str:
    """The name that a weight had before its layer was wrapped."""
    return name.replace(".base_layer.", ".")
