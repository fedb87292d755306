"""The texts and shots of a run that keep their vectors."""

from __future__ import annotations

import numpy as np

from vidsearch_sdk.encoding.encoder import Encoder
from vidsearch_sdk.encoding.loading import LoadedModel
from vidsearch_sdk.learning.keeping import KeptShots, KeptTexts
from vidsearch_sdk.learning.known import known_texts, shots_to_keep, texts_to_keep
from vidsearch_sdk.learning.material import Material, Wanted


def what_to_keep(
    material: Material, wanted: Wanted, encoder: Encoder, loaded: LoadedModel, *, seed: int
) -> tuple[list[KeptTexts], list[KeptShots]]:
    """Gather what an encoder knows and should go on knowing.

    Args:
        material: What is learned from, and the general queries.
        wanted: Whether the general queries have right shots of their own.
        encoder: The given one; it may say which words it knows.
        loaded: Its model, for the tokens.
        seed: Decides which words are put together.

    Returns:
        Groups of texts and groups of shots.
    """
    train, known, templates = material.train, encoder.words, encoder.templates
    texts = []
    for group in texts_to_keep(train.texts, wanted.general.texts, known=known, seed=seed):
        filled = [templates[at % len(templates)].replace("{}", text) for at, text in enumerate(group)]
        texts.append(KeptTexts(loaded.tokenizer(filled)))
    said: dict[int, list[str]] = {}
    for shot, text in zip(train.shot_of.tolist(), train.text_of.tolist(), strict=True):
        said.setdefault(shot, []).append(train.texts[text])
    old = shots_to_keep(said, known_texts(train.texts, known))
    shots = [KeptShots(train.pictures, np.array(sorted(old), np.int64))]
    if wanted.general.grades is not None:
        right = sorted({shot for grades in material.general.grades for shot in grades})
        shots.append(KeptShots(material.general.pictures, np.array(right, np.int64)))
    return texts, [one for one in shots if len(one)]
