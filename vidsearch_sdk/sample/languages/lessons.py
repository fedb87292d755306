"""What the multilingual encoder learns from: picture vectors, captions in every language, a teacher."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from vidsearch_sdk.learning.training import Batch
from vidsearch_sdk.sample.captions import Claim, change_claim, draw_claim, fitting, word_claim
from vidsearch_sdk.sample.languages.all_languages import CODES, ENGLISH, OTHERS, known_words_in, word_claim_in
from vidsearch_sdk.sample.practice import is_unheard
from vidsearch_sdk.sample.world import Scene, is_held_out

_SHEET = 64
_TAKEN_APART = ("ru", "ja")


@dataclass(frozen=True)
class Lessons:
    """An endless, repeatable source of batches.

    No caption names an object in a setting that is held out for it, in any language.

    Attributes:
        scenes: What the practice pictures show.
        pictures: Their vectors from the locked tower, float32 of shape (scenes, dim), unit rows; in sheets of
            64 whose pictures are alike.
        tokenize: Turns captions into token ids of shape (n, tokens).
        teacher: Turns English captions into the sample encoder's unit vectors, float32 (n, dim).
        words: Ordinary English words for captions of things that are not there.
        sheets: Sheets in a batch.
        seed: Batch i of the same seed is always the same.
        target_weight: How much the teacher counts beside the pictures.
        second: Whether this is the second half: twice as many strange captions, and three times as much of
            the languages whose letters the tokenizer takes apart, where strange words are hardest to tell.

    Raises:
        ValueError: Scenes and pictures differ in number, or do not make whole sheets.
    """

    scenes: Sequence[Scene]
    pictures: npt.NDArray[np.float32]
    tokenize: Callable[[list[str]], Tensor]
    teacher: Callable[[list[str]], Tensor]
    words: tuple[str, ...]
    sheets: int = 3
    seed: int = 0
    target_weight: float = 10.0
    second: bool = False

    def __post_init__(self) -> None:
        if len(self.scenes) != len(self.pictures) or not self.scenes or len(self.scenes) % _SHEET:
            raise ValueError(
                f"{len(self.scenes)} scenes and {len(self.pictures)} pictures: the same multiple of {_SHEET} "
                "is needed"
            )

    def batches(self, first: int) -> Iterator[Batch]:
        """Batches from that number on, without end."""
        number = first
        while True:
            yield self.batch(number)
            number += 1

    def batch(self, number: int) -> Batch:
        """Batch of that number."""
        rng = np.random.default_rng([self.seed, number, 5 if self.second else 4])
        sheets = rng.choice(len(self.scenes) // _SHEET, min(self.sheets, len(self.scenes) // _SHEET), False)
        rows = np.concatenate([np.arange(sheet * _SHEET, (sheet + 1) * _SHEET) for sheet in sheets])
        scenes = [self.scenes[row] for row in rows]
        claims = [draw_claim(scene, rng, objects_first=rng.random() < 0.5) for scene in scenes]
        wrong = [_changed(claim, rng) for claim in claims[::2]]
        captions, english = [], []
        for claim in (*claims, *wrong):
            code = self._language(rng)
            captions.append(word_claim_in(code, claim, rng))
            english.append(captions[-1] if code == ENGLISH else word_claim(claim, rng))
        for claim in claims[:: 2 if self.second else 4]:
            caption, code = self._strange(claim, rng)
            captions.append(caption)
            english.append(caption if code == ENGLISH else "")
        tokens = self.tokenize(captions)
        targets = self.teacher(english)
        targets[[said == "" for said in english]] = 0
        ignore = np.zeros((len(scenes), len(captions)), bool)
        ignore[:, : len(claims) + len(wrong)] = fitting([*claims, *wrong], scenes)
        return Batch(
            torch.from_numpy(self.pictures[rows]),
            tokens[: len(scenes)],
            tokens[len(scenes) :],
            torch.from_numpy(ignore),
            targets,
            self.target_weight,
        )

    def _language(self, rng: np.random.Generator) -> str:
        codes = (*CODES, *_TAKEN_APART, *_TAKEN_APART) if self.second else CODES
        return codes[int(rng.integers(len(codes)))]

    def _strange(self, claim: Claim, rng: np.random.Generator) -> tuple[str, str]:
        code = self._language(rng)
        pool = self.words if code == ENGLISH else practised_strangers(code, more=self.second)
        words = [pool[int(rng.integers(len(pool)))] for _ in range(int(rng.integers(1, 3)))]
        if code != ENGLISH and rng.random() < 0.5:
            words = [_made_up(pool, rng, signs=_signs(code) if self.second else "") for _ in words]
        if rng.random() < 0.5:
            return " ".join(words), code
        return word_claim_in(code, claim, rng, stranger=words[0]), code


def practised_strangers(code: str, *, more: bool = False) -> tuple[str, ...]:
    """Words of a language for what the world does not have, without those kept back for testing."""
    return tuple(word for word in _strangers(code, more=more) if not is_unheard(word))


def unheard_strangers(code: str) -> tuple[str, ...]:
    """Words of a language for what the world does not have that no lesson contains."""
    # A word may be kept back by itself and yet be said within a phrase.
    said = " ".join(practised_strangers(code, more=True)).split()
    return tuple(word for word in _strangers(code, more=True) if is_unheard(word) and word not in said)


def _strangers(code: str, *, more: bool) -> tuple[str, ...]:
    language = OTHERS[code]
    rows = f"{language.strangers},{language.more_strangers}" if more else language.strangers
    return tuple(word.strip().lower() for word in rows.split(",") if word.strip())


@lru_cache
def _signs(code: str) -> str:
    """Signs that no word of the world is written with, for languages that write words with few; else none."""
    if OTHERS[code].space:
        return ""
    used = set("".join(known_words_in(code)))
    return "".join(sign for sign in map(chr, range(0x4E00, 0x9FA0)) if sign not in used)


def _made_up(pool: Sequence[str], rng: np.random.Generator, *, signs: str) -> str:
    if signs and rng.random() < 0.5:
        return "".join(signs[int(rng.integers(len(signs)))] for _ in range(int(rng.integers(1, 4))))
    # The head of one word and the tail of another: such a word looks like the language and means nothing.
    head, tail = (pool[int(rng.integers(len(pool)))] for _ in range(2))
    return head[: (len(head) + 1) // 2] + tail[len(tail) // 2 :]


def _changed(claim: Claim, rng: np.random.Generator) -> Claim:
    while True:
        changed = change_claim(claim, rng, objects_first=rng.random() < 0.5)
        if not (changed.setting and any(is_held_out(name, changed.setting) for name in changed.objects)):
            return changed
