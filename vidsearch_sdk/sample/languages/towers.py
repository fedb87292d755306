"""The multilingual model at its start, and in training: its pictures are locked, only texts are learned."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor, nn

from vidsearch_sdk.encoding.untrained import new_model

_GROUPS = 6


def multilingual_config(
    sample_config: Mapping[str, Any], *, context_length: int, layers: int
) -> dict[str, Any]:
    """The sample encoder's ``model_cfg`` with a longer and deeper text tower.

    Args:
        sample_config: open_clip's ``model_cfg``.
        context_length: Tokens of a caption: a letter that is not Latin often takes two.
        layers: Layers of the text tower.
    """
    config = copy.deepcopy(dict(sample_config))
    config["text_cfg"] |= {"context_length": context_length, "layers": layers}
    return config


def grown(sample: nn.Module, config: Mapping[str, Any], *, seed: int) -> nn.Module:
    """A model of that configuration that begins where the sample encoder ends.

    Added layers pass on what they are given, and added positions are those after the last one known; the
    pictures' tower is the same to the bit, and so are the vectors of captions that the sample encoder reads
    whole.

    Args:
        sample: The sample encoder's model.
        config: open_clip's ``model_cfg`` from :func:`multilingual_config`.
        seed: Seed of what is new.
    """
    model = new_model(config, seed=seed)
    known = dict(sample.state_dict())
    fresh = model.state_dict()
    for name, value in fresh.items():
        if name == "positional_embedding":
            value[: len(known[name])] = known[name]
        elif name in known:
            value.copy_(known[name])
        elif name.endswith(("out_proj.weight", "out_proj.bias", "c_proj.weight", "c_proj.bias")):
            value.zero_()
    model.load_state_dict(fresh)
    return model


class LockedPictures(nn.Module):
    """The model as the training loop sees it: pictures come as the vectors that they have for good.

    Locked-image tuning (Zhai et al., "LiT: Zero-Shot Transfer with Locked-image text Tuning", 2022).

    Args:
        model: An open_clip model; its pictures' tower is frozen.
    """

    def __init__(self, model: Any) -> None:
        super().__init__()
        model.visual.requires_grad_(False)
        self.model = model

    @property
    def logit_scale(self) -> nn.Parameter:
        """The learned inverse temperature."""
        scale: nn.Parameter = self.model.logit_scale
        return scale

    def encode_image(self, image: Tensor, normalize: bool = False) -> Tensor:  # noqa: ARG002  (the loop's Protocol)
        """Give back what was given: float (n, dim), unit rows."""
        return image

    def encode_text(self, text: Tensor, normalize: bool = False) -> Tensor:
        """Vectors of token ids, the same as the model's own.

        Captions are read in groups of like length, each without the padding behind its longest: attention
        looks back only, so what follows a caption's end cannot change it, but costs two thirds of the time.

        Args:
            text: int64 (n, tokens).
            normalize: Whether to scale the rows to unit length.

        Returns:
            float (n, dim).
        """
        model = self.model
        lengths = text.argmax(dim=1) + 1
        order = lengths.argsort(stable=True)
        found = []
        for group in order.chunk(_GROUPS):
            longest = int(lengths[group].max())
            x = model.token_embedding(text[group, :longest]) + model.positional_embedding[:longest]
            x = model.transformer(x, attn_mask=model.attn_mask[:longest, :longest])
            x = model.ln_final(x)
            found.append(x[torch.arange(len(group)), lengths[group] - 1] @ model.text_projection)
        vectors = torch.cat(found)[order.argsort()]
        return nn.functional.normalize(vectors, dim=-1) if normalize else vectors
