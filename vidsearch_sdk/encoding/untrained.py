"""A new open_clip model with random weights, for training from scratch."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import torch
from open_clip.model import CLIP
from open_clip.tokenizer import SimpleTokenizer

Tokenizer = Callable[[Sequence[str]], torch.Tensor]


def new_model(model_config: Mapping[str, Any], *, seed: int) -> torch.nn.Module:
    """Build a CLIP model from the ``model_cfg`` of an ``open_clip_config.json``.

    Args:
        model_config: open_clip's keys: ``embed_dim``, ``vision_cfg``, ``text_cfg``.
        seed: Seed of the random weights.

    Returns:
        The model in f32 on the CPU.
    """
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        model: torch.nn.Module = CLIP(**model_config)
        return model


def new_tokenizer(model_config: Mapping[str, Any]) -> Tokenizer:
    """The tokenizer of such a model: CLIP's byte pairs, cut at the model's context length."""
    tokenizer = SimpleTokenizer(context_length=model_config["text_cfg"].get("context_length", 77))
    return lambda texts: tokenizer(list(texts))


def vocabulary_words() -> tuple[str, ...]:
    """The whole words among CLIP's byte pairs, sorted: lower-case ASCII letters, three or more."""
    words = (token[:-4] for token in SimpleTokenizer().encoder if token.endswith("</w>"))
    return tuple(sorted(word for word in words if len(word) > 2 and word.isascii() and word.isalpha()))
