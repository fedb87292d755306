"""The texts and shots of a run that keep their vectors, apart from the queries that tell whether they do."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace

import numpy as np

from vidsearch_sdk.encoding.encoder import Encoder
from vidsearch_sdk.encoding.loading import LoadedModel
from vidsearch_sdk.learning.keeping import KeptShots, KeptTexts
from vidsearch_sdk.learning.known import known_texts, shots_to_keep, texts_to_keep
from vidsearch_sdk.learning.material import Material, Wanted
from vidsearch_sdk.learning.measured import Queries

LEAST_TO_DIVIDE = 100
"""Of fewer general queries half cannot measure: of 20, each is worth 5 %."""


@dataclass(frozen=True)
class GeneralParts:
    """General queries by what they serve.

    Attributes:
        kept: Those that are held on to while it learns; ``None`` for none.
        measured: Those that say what was lost. Others than ``kept`` where there are enough; else the same,
            and then what they say flatters.
    """

    kept: Queries | None
    measured: Queries

    @property
    def apart(self) -> bool:
        """Whether what measures had no part in learning."""
        return self.kept is not self.measured


def divide_general(queries: Queries, *, graded: bool, keep: bool) -> GeneralParts:
    """Set apart the general queries that measure from those that are learned to be kept.

    In the order of a hash of the query, so that its place in a file decides nothing. A shot that is right for
    queries of both kinds is held on to.

    Args:
        queries: All of them.
        graded: Whether people said what is right; phrases whose right order is the given encoder's own say
            how far it moved, and serve both ends.
        keep: Whether anything is kept.
    """
    if not keep:
        return GeneralParts(None, queries)
    if not graded or len(queries.texts) < LEAST_TO_DIVIDE:
        return GeneralParts(queries, queries)
    order = sorted(range(len(queries.texts)), key=lambda at: _hash(queries.texts[at]))
    half = len(order) // 2
    return GeneralParts(_some(queries, sorted(order[half:])), _some(queries, sorted(order[:half])))


def _some(queries: Queries, which: list[int]) -> Queries:
    return replace(
        queries,
        texts=tuple(queries.texts[at] for at in which),
        tokens=queries.tokens[which],
        grades=tuple(queries.grades[at] for at in which),
    )


def _hash(text: str) -> bytes:
    return hashlib.sha256(text.encode()).digest()


def what_to_keep(
    material: Material,
    general: Queries | None,
    wanted: Wanted,
    encoder: Encoder,
    loaded: LoadedModel,
    *,
    seed: int,
) -> tuple[list[KeptTexts], list[KeptShots]]:
    """Gather what an encoder knows and should go on knowing.

    Args:
        material: What is learned from.
        general: The general queries to keep.
        wanted: Whether the general queries have right shots of their own.
        encoder: The given one; it may say which words it knows.
        loaded: Its model, for the tokens.
        seed: Decides which words are put together.

    Returns:
        Groups of texts and groups of shots.
    """
    train, known, templates = material.train, encoder.words, encoder.templates
    texts, asked = [], general.texts if general is not None else ()
    for group in texts_to_keep(train.texts, asked, known=known, seed=seed):
        filled = [templates[at % len(templates)].replace("{}", text) for at, text in enumerate(group)]
        texts.append(KeptTexts(loaded.tokenizer(filled)))
    said: dict[int, list[str]] = {}
    for shot, text in zip(train.shot_of.tolist(), train.text_of.tolist(), strict=True):
        said.setdefault(shot, []).append(train.texts[text])
    old = shots_to_keep(said, known_texts(train.texts, known))
    shots = [KeptShots(train.pictures, np.array(sorted(old), np.int64))]
    if wanted.general.grades is not None and general is not None:
        right = sorted({shot for grades in general.grades for shot in grades})
        shots.append(KeptShots(general.pictures, np.array(right, np.int64)))
    return texts, [one for one in shots if len(one)]
