"""From files to a model: its own weights or an error, never random ones."""

from __future__ import annotations

import copy
import hashlib
import importlib.util
import json
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import open_clip
import torch
from open_clip.coca_model import CoCa
from safetensors import SafetensorError

from vidsearch_sdk.encoding.preprocessing import Preprocessing
from vidsearch_sdk.encoding.sources import Source
from vidsearch_sdk.encoding.tokenizing import Tokenizer
from vidsearch_sdk.errors import EncoderError


@dataclass(frozen=True)
class LoadedModel:
    """A model with all that belongs to it.

    Attributes:
        model: open_clip's module with ``encode_image`` and ``encode_text``; f32, on the CPU, for inference.
        tokenizer: Texts to tokens.
        preprocessing: Pictures to input.
        dim: Numbers per vector.
        fingerprint: 16 hexadecimal digits over weights, configuration, preprocessing, tokenizer and revision.
    """

    model: torch.nn.Module
    tokenizer: Tokenizer
    preprocessing: Preprocessing
    dim: int
    fingerprint: str


def load_model(source: Source) -> LoadedModel:
    """Build a model and give it its weights.

    Args:
        source: Its files.

    Raises:
        EncoderError: The files do not make a model: cut, altered, or weights of another architecture.
    """
    # Cheap and likely to fail, so before the weights.
    tokenizer = Tokenizer(source.config["text_cfg"], source.tokenizer)
    with ThreadPoolExecutor(1) as hashing:
        weights = hashing.submit(_digest_of, source.weights)
        model = build_model(source.config, text_config=source.text_config)
        try:
            open_clip.load_checkpoint(model, str(source.weights), strict=True)
        except (RuntimeError, SafetensorError, OSError, KeyError, AttributeError) as error:
            raise EncoderError(
                f"{source.weights} does not hold the weights of {source.name}: {_short(error)}. "
                "If it was cut while it was copied or downloaded, delete it and fetch it again."
            ) from error
        digest = weights.result()
    size = getattr(model.visual, "image_size", source.preprocess.get("size", 224))
    preprocessing = Preprocessing.from_config(source.preprocess, size)
    fingerprint = fingerprint_of(
        weights=digest,
        config=source.config,
        preprocessing=preprocessing.to_json(),
        tokenizer=tokenizer.digest,
        revision=source.revision,
    )
    dim = int(source.config["embed_dim"])
    return LoadedModel(model, tokenizer, preprocessing, dim, fingerprint)


def build_model(config: Mapping[str, Any], *, text_config: Path | None = None) -> torch.nn.Module:
    """Build open_clip's module from a ``model_cfg``; its weights are random until they are loaded.

    Args:
        config: ``embed_dim``, ``vision_cfg``, ``text_cfg`` and options.
        text_config: Folder with the ``config.json`` of a Hugging Face text tower, where the model has one.

    Raises:
        EncoderError: open_clip cannot build that.
    """
    options = copy.deepcopy(dict(config))
    vision, text = options["vision_cfg"], options["text_cfg"]
    vision["timm_model_pretrained"] = False
    text["hf_model_pretrained"] = False
    timm_name = vision.get("timm_model_name") or ""
    if ":" in timm_name:
        # timm would fetch a name of the form "hf-hub:..." from the network.
        raise EncoderError(
            f"the configuration names a vision tower elsewhere ({timm_name}); that is not followed"
        )
    hugging = bool(text.get("hf_model_name"))
    if hugging:
        if text_config is None or importlib.util.find_spec("transformers") is None:
            raise EncoderError(
                f"this model's text tower ({text['hf_model_name']}) needs the transformers package: "
                'pip install "vidsearch-sdk[multilingual]"'
            )
        # By its own name transformers would ask the network for it.
        text["hf_model_name"] = str(text_config)
    custom = bool(options.pop("custom_text", False)) or hugging
    kind = open_clip.CLIP if not custom else CoCa if "multimodal_cfg" in options else open_clip.CustomTextCLIP
    try:
        model: torch.nn.Module = kind(**options)
    except Exception as error:  # open_clip and timm raise whatever a bad value leads them to
        raise EncoderError(
            f"open_clip cannot build a model of this configuration: {_short(error)}"
        ) from error
    return model.eval().requires_grad_(False)


def fingerprint_of(
    *,
    weights: str,
    config: Mapping[str, Any],
    preprocessing: Mapping[str, Any],
    tokenizer: str,
    revision: str,
) -> str:
    """Name what decides an encoder's vectors.

    Number format and device are left out: bf16 and f32 vectors of one picture agree to a cosine of 0.999 and
    more, far closer than two keyframes of one shot, so a catalog embedded on a GPU is searched from a laptop.

    Args:
        weights: SHA-256 of the weights file.
        config: open_clip's ``model_cfg``: the same weights with another activation are another encoder.
        preprocessing: What is done to pictures.
        tokenizer: Digest of the tokenizer.
        revision: Commit that was loaded; empty for a folder.

    Returns:
        16 hexadecimal digits.
    """
    parts = {
        "weights": weights,
        "config": config,
        "preprocessing": preprocessing,
        "tokenizer": tokenizer,
        "revision": revision,
    }
    return hashlib.sha256(json.dumps(parts, sort_keys=True, default=str).encode()).hexdigest()[:16]


def _digest_of(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _short(error: BaseException) -> str:
    text = " ".join(str(error).split())
    return f"{type(error).__name__}: {text[:300]}{'...' if len(text) > 300 else ''}"
