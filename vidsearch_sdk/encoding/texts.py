"""Texts to unit vectors: templates, a bounded memory of earlier ones, and a notice when a text is cut."""

from __future__ import annotations

import logging
import threading
from collections import OrderedDict
from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from vidsearch_sdk.encoding.tokenizing import Tokenizer
from vidsearch_sdk.errors import EncoderError

_LOG = logging.getLogger("vidsearch_sdk")
_BATCH = 64


class TextVectors:
    """Encodes texts once each.

    Args:
        tokenizer: The model's own.
        encode: int64 tokens (n, context_length) -> float32 unit rows (n, dim).
        templates: Each with one ``{}`` for the text; the vectors of all are averaged (prompt ensembling,
            Radford et al., 2021, "Learning Transferable Visual Models From Natural Language Supervision").
        dim: Numbers per vector.
        remembered: Vectors that are kept, least recently used first out.

    Raises:
        EncoderError: No template, or one without exactly one ``{}``.
    """

    def __init__(
        self,
        tokenizer: Tokenizer,
        encode: Callable[[NDArray[np.int64]], NDArray[np.float32]],
        *,
        templates: Sequence[str],
        dim: int,
        remembered: int = 4096,
    ) -> None:
        if isinstance(templates, str) or not templates or any(one.count("{}") != 1 for one in templates):
            raise EncoderError(f"templates={templates!r}: a sequence of texts is needed, each with one {{}}")
        self.templates = tuple(templates)
        self._tokenizer = tokenizer
        self._encode = encode
        self._dim = dim
        self._remembered = remembered
        self._known: OrderedDict[str, NDArray[np.float32]] = OrderedDict()
        self._lock = threading.Lock()

    def __call__(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return float32 (n, dim), unit rows.

        Raises:
            EncoderError: Not a sequence of texts.
        """
        wanted = _checked(texts)
        with self._lock:
            found = {text: self._known[text] for text in wanted if text in self._known}
        missing = [text for text in dict.fromkeys(wanted) if text not in found]
        for start in range(0, len(missing), _BATCH):
            some = missing[start : start + _BATCH]
            for notice in self.notices(some):
                _LOG.warning("%s", notice)
            found.update(zip(some, self._fresh(some), strict=True))
        with self._lock:
            for text in dict.fromkeys(wanted):
                self._known[text] = found[text]
                self._known.move_to_end(text)
            while len(self._known) > self._remembered:
                self._known.popitem(last=False)
        if not wanted:
            return np.zeros((0, self._dim), np.float32)
        return np.stack([found[text] for text in wanted])

    def notices(self, texts: Sequence[str]) -> tuple[str, ...]:
        """Say in words which of the texts are longer than the model reads, and where they are cut."""
        said = []
        for text in _checked(texts):
            longest = max((template.replace("{}", text) for template in self.templates), key=len)
            read = self._tokenizer.read_of(longest)
            if read != longest:
                said.append(
                    f"the encoder reads {self._tokenizer.context_length} tokens; "
                    f"of {_abridged(text)!r} it read only up to ...{read[-40:]!r}"
                )
        return tuple(said)

    def _fresh(self, texts: Sequence[str]) -> NDArray[np.float32]:
        filled = [template.replace("{}", text) for text in texts for template in self.templates]
        vectors = self._encode(self._tokenizer(filled).numpy())
        if len(self.templates) > 1:
            vectors = vectors.reshape(len(texts), len(self.templates), -1).mean(axis=1)
            vectors /= np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-12)
        return vectors


def _checked(texts: Sequence[str]) -> list[str]:
    if isinstance(texts, str):
        raise EncoderError(f"a sequence of texts is needed, not one text: [{texts!r}]")
    wanted = list(texts)
    for text in wanted:
        if not isinstance(text, str):
            raise EncoderError(f"a text is a str, not {type(text).__name__}: {text!r}")
    return wanted


def _abridged(text: str) -> str:
    return text if len(text) <= 60 else f"{text[:57]}..."
