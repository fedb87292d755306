"""Every language that the multilingual sample encoder reads, English among them."""

from __future__ import annotations

import numpy as np

from vidsearch_sdk.sample import captions
from vidsearch_sdk.sample.captions import Claim
from vidsearch_sdk.sample.languages.french import FRENCH
from vidsearch_sdk.sample.languages.german import GERMAN
from vidsearch_sdk.sample.languages.grammar import Language
from vidsearch_sdk.sample.languages.japanese import JAPANESE
from vidsearch_sdk.sample.languages.russian import RUSSIAN
from vidsearch_sdk.sample.languages.spanish import SPANISH
from vidsearch_sdk.sample.languages.turkish import TURKISH
from vidsearch_sdk.sample.world import Scene

ENGLISH = "en"

OTHERS: dict[str, Language] = {
    language.code: language for language in (GERMAN, FRENCH, SPANISH, RUSSIAN, JAPANESE, TURKISH)
}
"""The languages besides English, by their ISO 639-1 codes."""

CODES: tuple[str, ...] = (ENGLISH, *OTHERS)
"""Codes of all languages, English first."""


def caption_in(code: str, scene: Scene) -> str:
    """The full caption of a scene in a language; of the camera nothing is said.

    Args:
        code: ISO 639-1.
        scene: What the caption is of.

    Raises:
        KeyError: The world is not told in this language.

    Examples:
        >>> scene = Scene(("owl", "guitar"), "forest", "night", "close", "still")
        >>> caption_in("de", scene)
        'eine eule und eine gitarre im wald bei nacht, nahaufnahme, stehen still'
        >>> caption_in("ja", scene)
        '夜の森にいるフクロウとギター、クローズアップ、止まっている'
    """
    if code == ENGLISH:
        return captions.caption_of(
            Scene(scene.objects, scene.setting, scene.time, scene.size, scene.movement, seed=scene.seed)
        )
    claim = Claim(scene.objects, None, scene.setting, scene.time, scene.size, scene.movement)
    return OTHERS[code].canonical(claim)


def word_claim_in(code: str, claim: Claim, rng: np.random.Generator, *, stranger: str | None = None) -> str:
    """Say a claim in one of the many ways of a language; see ``captions.word_claim``.

    Raises:
        KeyError: The world is not told in this language.
    """
    if code == ENGLISH:
        return captions.word_claim(claim, rng, stranger=stranger)
    return OTHERS[code].word_claim(claim, rng, stranger=stranger)


def known_words_in(code: str) -> frozenset[str]:
    """Every word that some caption of a language may contain.

    Raises:
        KeyError: The world is not told in this language.
    """
    return captions.known_words() if code == ENGLISH else OTHERS[code].words()
