"""Teach the sample encoder more languages: ``python -m vidsearch_sdk.sample.train_languages --out FOLDER``.

Its pictures' tower stays as it is to the bit; a longer text tower learns to say in every language what it
says in English.
"""

from __future__ import annotations

import argparse
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from vidsearch_sdk.encoding.encoder import Encoder
from vidsearch_sdk.encoding.loading import load_model
from vidsearch_sdk.encoding.sources import find_source
from vidsearch_sdk.encoding.untrained import new_tokenizer, vocabulary_words
from vidsearch_sdk.encoding.words import WORDS_NAME, write_words
from vidsearch_sdk.learning.encoder_folder import write_encoder_folder
from vidsearch_sdk.learning.options import TrainingOptions
from vidsearch_sdk.learning.training import TrainingReport, train
from vidsearch_sdk.sample.assets import encoder_path, held_out_path
from vidsearch_sdk.sample.held_out import read_held_out
from vidsearch_sdk.sample.languages.all_languages import CODES, ENGLISH, OTHERS, caption_in, known_words_in
from vidsearch_sdk.sample.languages.lessons import Lessons
from vidsearch_sdk.sample.languages.towers import LockedPictures, grown, multilingual_config
from vidsearch_sdk.sample.measures import recall_at
from vidsearch_sdk.sample.practice import Backdrops, Practice, practice_words
from vidsearch_sdk.sample.scenes import held_out_scenes
from vidsearch_sdk.sample.sprites import Sprites
from vidsearch_sdk.sample.train import IMAGE_SIZE, PRACTICE_BACKDROPS, PREPROCESS_CONFIG
from vidsearch_sdk.sample.world import OBJECTS, SETTINGS, Scene

CONTEXT_LENGTH = 96
LAYERS = 4

_log = logging.getLogger("vidsearch_sdk")


class LanguageTest:
    """Measures a model in training on the held-out shots, in every language."""

    def __init__(self, *, pictures: npt.NDArray[np.float32], tokenize: Callable[[list[str]], Tensor]) -> None:
        self._pictures = torch.from_numpy(pictures)
        scenes = held_out_scenes()
        self._tokens = {code: tokenize([caption_in(code, scene) for scene in scenes]) for code in CODES}

    def __call__(self, model: Any) -> Mapping[str, float]:
        """R@1 and R@5 of full captions, each language by itself: ``de R@1``, ..."""
        figures: dict[str, float] = {}
        for code, tokens in self._tokens.items():
            vectors = model.encode_text(tokens, normalize=True).float()
            scores = (vectors @ self._pictures.T).numpy()
            figures |= {f"{code} R@{k}": recall_at(scores, k) for k in (1, 5)}
        return figures


def practice_vectors(
    encoder: Encoder, *, sheets: int, backdrops: Backdrops, sprites: Sprites, seed: int
) -> tuple[list[Scene], npt.NDArray[np.float32]]:
    """Draw practice pictures and encode them, half of them alike but for their objects.

    Returns:
        The scenes, and their vectors: float32 (64 x sheets, dim), unit rows.
    """
    practice = Practice(
        backdrops=backdrops,
        sprites=sprites,
        tokenize=lambda _: torch.empty(0),
        words=(),
        batch_size=64,
        image_size=IMAGE_SIZE,
        mean=tuple(PREPROCESS_CONFIG["mean"]),
        std=tuple(PREPROCESS_CONFIG["std"]),
        seed=seed,
    )
    scenes: list[Scene] = []
    vectors = []
    for sheet in range(sheets):
        some, drawn = practice.sheet(sheet, second=sheet >= sheets // 2)
        scenes += some
        vectors.append(encoder.encode_images(list(drawn)))
    return scenes, np.concatenate(vectors)


def main(arguments: list[str] | None = None) -> int:
    """Train and write the encoder folder; returns the exit status."""
    parser = argparse.ArgumentParser(
        prog="python -m vidsearch_sdk.sample.train_languages", description=__doc__
    )
    parser.add_argument("--out", type=Path, required=True, help="folder to write the encoder to")
    parser.add_argument("--sample", type=Path, default=encoder_path(), help="folder of the sample encoder")
    parser.add_argument("--steps", type=int, default=1500, help="optimizer steps")
    parser.add_argument("--more-steps", type=int, default=250, help="steps of the second half")
    parser.add_argument("--rate", type=float, default=2e-3, help="highest learning rate")
    parser.add_argument("--sheets", type=int, default=128, help="sheets of 64 practice pictures")
    parser.add_argument("--seed", type=int, default=0, help="same seed, same batches and first weights")
    parser.add_argument("--backdrops", type=int, default=PRACTICE_BACKDROPS, help="drawings of each place")
    parser.add_argument("--threads", type=int, default=1, help="processor threads")
    parser.add_argument("--evaluate-every", type=int, default=250, help="steps between measurements")
    parser.add_argument(
        "--work", type=Path, help="folder of backdrops and checkpoint; a run that was cut off goes on from it"
    )
    given = parser.parse_args(arguments)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    torch.set_num_threads(given.threads)
    work = given.work or given.out.with_name(given.out.name + "-work")
    work.mkdir(parents=True, exist_ok=True)
    source = find_source(given.sample)
    teacher = LockedPictures(load_model(source).model)
    config = multilingual_config(source.config, context_length=CONTEXT_LENGTH, layers=LAYERS)
    model = grown(teacher.model, config, seed=given.seed)
    tokenize, read_english = new_tokenizer(config), new_tokenizer(source.config)

    def teach(captions: Sequence[str]) -> Tensor:
        with torch.no_grad():
            return teacher.encode_text(read_english(captions), normalize=True)

    encoder = Encoder(given.sample, device="cpu", dtype="f32")
    sprites = Sprites()
    scenes, pictures = practice_vectors(
        encoder,
        sheets=given.sheets,
        backdrops=Backdrops(range(given.backdrops), sprites=sprites, cache=work / "backdrops.npz"),
        sprites=sprites,
        seed=given.seed,
    )
    _log.info("%d practice pictures drawn and encoded", len(scenes))
    # What means nothing in English may be bread in French.
    known = frozenset().union(*(known_words_in(code) for code in CODES))
    lessons = Lessons(
        scenes=scenes,
        pictures=pictures,
        tokenize=tokenize,
        teacher=teach,
        words=tuple(word for word in practice_words(vocabulary_words()) if word not in known),
        seed=given.seed,
    )
    options = TrainingOptions(
        steps=given.steps,
        learning_rate=given.rate,
        warmup_steps=min(100, given.steps // 5),
        # Letters that only other languages use have had no lesson yet: nothing here needs to be forgotten.
        weight_decay=0.01,
        text_precision="f32",
        image_precision="f32",
        evaluate_every=given.evaluate_every,
        checkpoint_every=100,
        seed=given.seed,
    )
    second = replace(
        options, steps=given.more_steps, learning_rate=given.rate / 4, warmup_steps=given.more_steps // 10
    )
    shown = encoder.encode_images([shot.jpeg for shot in read_held_out(held_out_path())])
    test = LanguageTest(pictures=shown, tokenize=tokenize)
    locked = LockedPictures(model)
    train(locked, lessons.batches, options=options, evaluate=test, checkpoint=work / "checkpoint.safetensors")
    lessons = replace(lessons, second=True)
    report = train(
        locked, lessons.batches, options=second, evaluate=test, checkpoint=work / "more.safetensors"
    )
    write_encoder_folder(
        given.out,
        model,
        model_config=config,
        preprocess_config=source.preprocess,
        card=_card(report, captions=192 * (given.steps * 7 + given.more_steps * 8) // 4),
        precision="f16",
    )
    write_words(given.out / WORDS_NAME, known)
    return 0


def _card(report: TrainingReport, *, captions: int) -> str:
    figures = report.evaluations[-1][1]
    names = {ENGLISH: "English"} | {code: language.name for code, language in OTHERS.items()}
    rows = "\n".join(
        f"| {names[code]} | {figures[f'{code} R@1']:.3f} | {figures[f'{code} R@5']:.3f} |" for code in CODES
    )
    return f"""# The multilingual sample encoder

The sample encoder of `vidsearch_sdk` with a text tower that reads {len(CODES)} languages. It knows
{len(OBJECTS)} objects in {len(SETTINGS)} settings, the sample world, and nothing else.

The pictures' tower is that of the sample encoder to the bit, so both see every picture alike. The text tower
began as the sample encoder's and learned from {captions:,} captions, written by rules in every language, to
meet the vectors of practice pictures (locked-image tuning) and those that the sample encoder gives to the
same statement in English (distillation): `python -m vidsearch_sdk.sample.train_languages`.

Text to shot among 300 shots of (object, setting) pairs that no training picture showed and no training
caption of this step named:

| language | R@1 | R@5 |
|---|---|---|
{rows}

Words for what the world does not have stand back less clearly in Russian and Japanese, whose letters the
tokenizer takes apart, than in the other languages; `benchmarks/languages.py` tells by how much.

The pictures were drawn with the Noto Color Emoji font (SIL Open Font License 1.1; see `NOTICE-font.txt`
beside this folder).
"""


if __name__ == "__main__":
    raise SystemExit(main())
