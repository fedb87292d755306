"""An encoder at rest: a folder that open_clip, and so ``Encoder``, loads as it is."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Literal, get_args

import torch
from safetensors.torch import save

from vidsearch_sdk.encoding.pooling import POOLING_FACTS, POOLING_WEIGHTS
from vidsearch_sdk.encoding.temporal_pooling import TemporalPooling, write_pooling
from vidsearch_sdk.encoding.words import WORDS_NAME, write_words

CONFIG_NAME = "open_clip_config.json"
WEIGHTS_NAME = "open_clip_model.safetensors"

StoredPrecision = Literal["f32", "f16", "bf16"]
_DTYPES = {"f32": torch.float32, "f16": torch.float16, "bf16": torch.bfloat16}


def write_encoder_folder(
    folder: Path,
    model: torch.nn.Module,
    *,
    model_config: Mapping[str, Any],
    preprocess_config: Mapping[str, Any],
    card: str,
    precision: StoredPrecision = "f32",
    words: Iterable[str] = (),
    pooling: TemporalPooling | None = None,
) -> Path:
    """Write configuration, weights, model card and, where they are known, the words it was trained on.

    Args:
        folder: Made if it does not exist; files of the same names are replaced.
        model: The model whose weights to write.
        model_config: open_clip's ``model_cfg``.
        preprocess_config: open_clip's ``preprocess_cfg``.
        card: Text of the model card, Markdown, for README.md.
        precision: What matrices are stored in. Vectors and scalars stay in f32: they weigh nothing, and a
            running variance can be below what f16 holds.
        words: Every word that its texts held; none for a model whose words are not known.
        pooling: What it pools the frames of a shot with; None for the mean.

    Returns:
        The folder.

    Raises:
        EncoderError: The pooling holds values that are not finite.
        ValueError: An unknown precision, or words of which one is none.
    """
    if precision not in get_args(StoredPrecision):
        raise ValueError(
            f"precision must be one of {', '.join(get_args(StoredPrecision))}, not {precision!r}"
        )
    folder.mkdir(parents=True, exist_ok=True)
    listed = frozenset(words)
    if listed:
        write_words(folder / WORDS_NAME, listed)
    else:
        (folder / WORDS_NAME).unlink(missing_ok=True)
    if pooling is not None:
        write_pooling(folder, pooling)
    else:
        for name in (POOLING_FACTS, POOLING_WEIGHTS):
            (folder / name).unlink(missing_ok=True)
    weights = {}
    for name, value in model.state_dict().items():
        tensor = value.detach().cpu()
        if tensor.is_floating_point() and tensor.ndim >= 2:
            tensor = tensor.to(_DTYPES[precision])
        weights[name] = tensor.contiguous()
    # The weights go first: a folder is recognized by its configuration.
    # Not save_file: it leaves a file that only its owner may read.
    (folder / WEIGHTS_NAME).write_bytes(save(weights, metadata={"format": "pt"}))
    config = {"model_cfg": dict(model_config), "preprocess_cfg": dict(preprocess_config)}
    (folder / CONFIG_NAME).write_text(json.dumps(config, indent=2) + "\n", encoding="utf-8")
    (folder / "README.md").write_text(card, encoding="utf-8")
    return folder
