"""Texts to tokens, at the model's own context length, and what of a text did not fit."""

from __future__ import annotations

import hashlib
import importlib.util
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import torch
from open_clip.tokenizer import DEFAULT_CONTEXT_LENGTH, HFTokenizer, SimpleTokenizer

from vidsearch_sdk.encoding.words import WORDS_NAME
from vidsearch_sdk.errors import EncoderError


class Tokenizer:
    """The tokenizer of one model.

    Args:
        text_config: open_clip's ``text_cfg``.
        folder: Files of a Hugging Face tokenizer; None for CLIP's byte pairs, which open_clip carries.

    Attributes:
        context_length: Tokens that the model reads, its own marks included.
        digest: Hexadecimal digest of what defines the tokens.

    Raises:
        EncoderError: The tokenizer cannot be made; says which package is missing where one is.
    """

    def __init__(self, text_config: Mapping[str, Any], folder: Path | None = None) -> None:
        self.context_length = int(text_config.get("context_length", DEFAULT_CONTEXT_LENGTH))
        options = dict(text_config.get("tokenizer_kwargs") or {})
        self._marks = 2
        if folder is None:
            self._tokenizer = SimpleTokenizer(context_length=self.context_length, **options)
            self.digest = "clip-byte-pairs"
            return
        if importlib.util.find_spec("transformers") is None:
            raise EncoderError(
                f"this model's tokenizer ({text_config.get('hf_tokenizer_name')}) needs the transformers "
                'package: pip install "vidsearch-sdk[multilingual]"'
            )
        try:
            self._tokenizer = HFTokenizer(
                str(folder),
                context_length=self.context_length,
                tokenizer_mode=text_config.get("tokenizer_mode"),
                local_files_only=True,
                trust_remote_code=False,
                **options,
            )
        except Exception as error:  # transformers raises whatever a file's content leads it to
            raise EncoderError(f"the tokenizer in {folder} cannot be loaded: {error}") from error
        self.digest = _digest(folder)

    def __call__(self, texts: Sequence[str]) -> torch.Tensor:
        """Return int64 (n, context_length)."""
        tokens: torch.Tensor = self._tokenizer(list(texts))
        return tokens

    def read_of(self, text: str) -> str:
        """Return the part of a text that the model reads: all of it, or its beginning."""
        if isinstance(self._tokenizer, SimpleTokenizer):
            tokens = self._tokenizer.encode(text)
            room = self.context_length - self._marks
            return text if len(tokens) <= room else str(self._tokenizer.decode(tokens[:room])).strip()
        inner = self._tokenizer.tokenizer
        tokens = inner(self._tokenizer.clean_fn(text))["input_ids"]
        if len(tokens) <= self.context_length:
            return text
        return str(inner.decode(tokens[: self.context_length - 1], skip_special_tokens=True)).strip()


def _digest(folder: Path) -> str:
    found = hashlib.sha256()
    for path in sorted(folder.iterdir()):
        # The words that a model was trained on are no part of its tokenizer.
        if (
            path.is_file()
            and path.name != WORDS_NAME
            and ("token" in path.name or path.suffix in (".model", ".txt"))
        ):
            found.update(f"{path.name}:{hashlib.sha256(path.read_bytes()).hexdigest()}\n".encode())
    return found.hexdigest()
