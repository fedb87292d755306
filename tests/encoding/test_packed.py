from __future__ import annotations

import copy
from typing import Any

import open_clip
import pytest
import torch
from torch import nn

from tests.encoding.conftest import CONFIG
from vidsearch_sdk.encoding.packed import (
    FirstTokenBlock,
    PackedAttention,
    PackedLinear,
    PackedPatches,
    pack_for_cpu,
)

TIMM = {
    "timm_model_name": "vit_pe_core_tiny_patch16_384",
    "timm_pool": "map",
    "timm_proj": None,
    "image_size": 64,
}
CNN = {"image_size": 64, "layers": [1, 1, 1, 1], "width": 8, "head_width": 8}


def tower(vision: dict[str, Any] | None = None, **more: Any) -> nn.Module:
    torch.manual_seed(0)
    config = CONFIG | ({"vision_cfg": vision} if vision else {}) | more
    kind = open_clip.CustomTextCLIP if vision and "timm_model_name" in vision else open_clip.CLIP
    return kind(**config).visual.eval().requires_grad_(False)


def kinds(module: nn.Module) -> set[type]:
    return {type(part) for part in module.modules()}


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
@pytest.mark.parametrize("name", ["vit", "quick-gelu", "mean of tokens", "pe"])
def test_the_packed_tower_gives_the_plain_ones_vectors(name: str, dtype: torch.dtype) -> None:
    plain = {
        "vit": lambda: tower(),
        "quick-gelu": lambda: tower(quick_gelu=True),
        "mean of tokens": lambda: tower(CONFIG["vision_cfg"] | {"pool_type": "avg", "ls_init_value": 0.1}),
        "pe": lambda: tower(TIMM, embed_dim=512),
    }[name]()
    plain = plain.to(dtype)
    packed = copy.deepcopy(plain)
    side = 384 if name == "pe" else 32
    pictures = torch.randn(3, 3, side, side).to(dtype)
    assert pack_for_cpu(packed, pictures[:2])
    assert PackedLinear in kinds(packed)
    assert (FirstTokenBlock in kinds(packed)) is (name in ("vit", "quick-gelu"))
    with torch.inference_mode():
        likeness = nn.functional.cosine_similarity(packed(pictures).float(), plain(pictures).float(), dim=-1)
    assert likeness.min() > (0.99999 if dtype == torch.float32 else 0.999)


def test_the_parts_of_a_vision_transformer_are_packed() -> None:
    packed = tower()
    assert pack_for_cpu(packed, torch.randn(2, 3, 32, 32))
    assert {PackedAttention, PackedPatches, PackedLinear} <= kinds(packed)
    assert not {nn.MultiheadAttention, nn.Conv2d, nn.Linear, nn.GELU} & kinds(packed)


def test_a_tower_whose_weights_are_read_past_their_modules_is_left_as_it_was() -> None:
    # The attention pool of open_clip's ResNet hands its matrices' weights to a function.
    plain = tower(CNN)
    example = torch.randn(2, 3, 64, 64)
    before, expected = kinds(plain), plain(example)
    assert not pack_for_cpu(plain, example)
    assert kinds(plain) == before
    assert torch.equal(plain(example), expected)


def test_a_tower_whose_vectors_would_change_is_left_as_it_was() -> None:
    class Fragile(nn.Module):
        """Does something else once a part of it has been replaced."""

        def __init__(self) -> None:
            super().__init__()
            self.matrix = nn.Linear(12, 4)

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            result: torch.Tensor = self.matrix(x.flatten(1))
            return result if type(self.matrix) is nn.Linear else -result

    plain = Fragile().requires_grad_(False)
    example = torch.randn(2, 3, 2, 2)
    expected = plain(example)
    assert not pack_for_cpu(plain, example)
    assert kinds(plain) == {Fragile, nn.Linear}
    assert torch.equal(plain(example), expected)
