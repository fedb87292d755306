"""A vision tower's forward pass on the CPU, with weights laid out for the processor beforehand.

The plain modules rearrange each weight matrix in every call, write the wide middle of each MLP to memory
before its activation reads it back, and run the patch convolution as a general one. Here the matrices are
rearranged once (oneDNN's blocked layout), the activation is part of the product, and patches are one matrix
product. The arithmetic is the same up to rounding, and that is checked on a batch before the result is used.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

import torch
from open_clip.transformer import ResidualAttentionBlock, VisionTransformer
from torch import nn

_LOG = logging.getLogger("vidsearch_sdk")
_SAME = {torch.bfloat16: 0.999, torch.float32: 0.99999}
# Where an MLP's first matrix and its activation lie: open_clip's blocks, timm's.
_MLPS = (("c_fc", "gelu"), ("fc1", "act"))


def pack_for_cpu(tower: nn.Module, example: torch.Tensor) -> bool:
    """Replace parts of a vision tower by packed ones, in place.

    Args:
        tower: Pictures -> vectors; on the CPU, for inference only. What is not known is left as it is.
        example: A batch like those to come.

    Returns:
        Whether it was done; if not (another PyTorch, a result that differs), the tower is as it was.
    """
    if not (
        torch.backends.mkldnn.is_available()  # type: ignore[no-untyped-call]
        and hasattr(torch.ops.mkldnn, "_linear_pointwise")
    ):
        return False
    undo: list[Callable[[], None]] = []
    with torch.inference_mode():
        expected = tower(example)
        try:
            _pack_last_block(tower, undo)
            _pack(tower, undo)
            likeness = nn.functional.cosine_similarity(tower(example).float(), expected.float(), dim=-1)
            same = bool((likeness > _SAME[example.dtype]).all())
        except (RuntimeError, AttributeError, TypeError, NotImplementedError) as error:
            _LOG.debug("packing failed: %s", error)
            same = False
    if not same:
        for step in reversed(undo):
            step()
    return same


class PackedLinear(nn.Module):
    """A matrix product with bias, and an exact GELU after it where wanted."""

    def __init__(self, weight: torch.Tensor, bias: torch.Tensor | None, *, gelu: bool = False) -> None:
        super().__init__()
        self.packed = torch.ops.mkldnn._reorder_linear_weight(weight.detach().contiguous())
        self.bias = None if bias is None else bias.detach()
        self.after: tuple[str, list[float], str] = ("gelu", [], "none") if gelu else ("none", [], "")

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """(..., width) -> (..., new width)."""
        result: torch.Tensor = torch.ops.mkldnn._linear_pointwise(
            x.contiguous(), self.packed, self.bias, *self.after
        )
        return result


class PackedAttention(nn.Module):
    """Self-attention as ``nn.MultiheadAttention`` is called by open_clip's blocks."""

    def __init__(self, plain: nn.MultiheadAttention) -> None:
        super().__init__()
        self.heads = plain.num_heads
        self.project_in = PackedLinear(plain.in_proj_weight, plain.in_proj_bias)
        self.project_out = PackedLinear(plain.out_proj.weight, plain.out_proj.bias)

    def forward(
        self,
        query: torch.Tensor,
        key: torch.Tensor,
        value: torch.Tensor,
        need_weights: bool = False,
        attn_mask: torch.Tensor | None = None,
    ) -> tuple[torch.Tensor, None]:
        """(n, tokens, width), given three times -> the same shape, and no weights."""
        if need_weights or attn_mask is not None or key is not query or value is not query:
            raise NotImplementedError("plain self-attention only")
        count, tokens, width = query.shape
        parts = self.project_in(query).view(count, tokens, 3, self.heads, width // self.heads)
        mixed = nn.functional.scaled_dot_product_attention(*parts.permute(2, 0, 3, 1, 4))
        return self.project_out(mixed.transpose(1, 2).reshape(count, tokens, width)), None


class FirstTokenBlock(nn.Module):
    """The last block of a tower that hands out its first token: the others are read, not computed."""

    def __init__(self, plain: ResidualAttentionBlock) -> None:
        super().__init__()
        attention, width = plain.attn, plain.attn.embed_dim
        weight, bias = attention.in_proj_weight, attention.in_proj_bias
        self.heads = attention.num_heads
        self.query = PackedLinear(weight[:width], bias[:width])
        self.key_value = PackedLinear(weight[width:], bias[width:])
        self.project_out = PackedLinear(attention.out_proj.weight, attention.out_proj.bias)
        self.ln_1, self.ls_1, self.ln_2, self.ls_2 = plain.ln_1, plain.ls_1, plain.ln_2, plain.ls_2
        self.mlp = plain.mlp

    def forward(self, x: torch.Tensor, attn_mask: torch.Tensor | None = None) -> torch.Tensor:
        """(n, tokens, width) -> (n, 1, width)."""
        if attn_mask is not None:
            raise NotImplementedError("plain self-attention only")
        count, tokens, width = x.shape
        normed = self.ln_1(x)
        query = self.query(normed[:, :1]).view(count, 1, self.heads, -1).transpose(1, 2)
        both = self.key_value(normed).view(count, tokens, 2, self.heads, -1).permute(2, 0, 3, 1, 4)
        mixed = nn.functional.scaled_dot_product_attention(query, both[0], both[1])
        first = x[:, :1] + self.ls_1(self.project_out(mixed.transpose(1, 2).reshape(count, 1, width)))
        result: torch.Tensor = first + self.ls_2(self.mlp(self.ln_2(first)))
        return result


class PackedPatches(nn.Module):
    """A convolution whose stride is its kernel's size, as one matrix product."""

    def __init__(self, plain: nn.Conv2d) -> None:
        super().__init__()
        self.side = plain.kernel_size
        weight = plain.weight.permute(0, 2, 3, 1).reshape(plain.out_channels, -1)
        self.project = PackedLinear(weight, plain.bias)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """(n, channels, height, width) -> (n, new channels, rows, columns of patches)."""
        count, channels, height, width = x.shape
        down, across = self.side
        rows, columns = height // down, width // across
        patches = x.permute(0, 2, 3, 1)[:, : rows * down, : columns * across]
        patches = patches.reshape(count, rows, down, columns, across, channels).transpose(2, 3)
        vectors: torch.Tensor = self.project(patches.reshape(count, rows * columns, -1))
        return vectors.transpose(1, 2).reshape(count, -1, rows, columns)


def _pack_last_block(tower: nn.Module, undo: list[Callable[[], None]]) -> None:
    if not isinstance(tower, VisionTransformer) or tower.attn_pool is not None or tower.output_tokens:
        return
    last = len(tower.transformer.resblocks) - 1
    block = tower.transformer.resblocks[last]
    known = type(block) is ResidualAttentionBlock and _is_plain(block.attn) and tower.transformer.batch_first
    if tower.pool_type == "tok" and known:
        _replace(tower.transformer.resblocks, str(last), FirstTokenBlock(block), undo)


def _pack(module: nn.Module, undo: list[Callable[[], None]]) -> None:
    for matrix, activation in _MLPS:
        first, after = getattr(module, matrix, None), getattr(module, activation, None)
        if type(first) is nn.Linear and type(after) is nn.GELU and after.approximate == "none":
            _replace(module, matrix, PackedLinear(first.weight, first.bias, gelu=True), undo)
            _replace(module, activation, nn.Identity(), undo)
    for name, child in list(module.named_children()):
        if type(child) is nn.MultiheadAttention:
            if _is_plain(child):
                _replace(module, name, PackedAttention(child), undo)
        elif type(child) is nn.Linear:
            # timm's EVA blocks take the weight of "qkv" themselves, to join the biases of q and v.
            if not (name == "qkv" and getattr(module, "q_bias", None) is not None):
                _replace(module, name, PackedLinear(child.weight, child.bias), undo)
        elif type(child) is nn.Conv2d and _is_patches(child):
            _replace(module, name, PackedPatches(child), undo)
        elif not isinstance(child, PackedLinear):
            _pack(child, undo)


def _is_plain(attention: nn.MultiheadAttention) -> bool:
    joined = attention.in_proj_weight is not None and attention.in_proj_bias is not None
    return joined and attention.batch_first and attention.bias_k is None and not attention.add_zero_attn


def _is_patches(plain: nn.Conv2d) -> bool:
    plain_settings = (plain.padding, plain.dilation, plain.groups) == ((0, 0), (1, 1), 1)
    return plain_settings and plain.stride == plain.kernel_size and plain.kernel_size != (1, 1)


def _replace(owner: nn.Module, name: str, new: Any, undo: list[Callable[[], None]]) -> None:
    old = getattr(owner, name)
    undo.append(lambda: setattr(owner, name, old))
    setattr(owner, name, new)
