"""Train the sample encoder from nothing: ``python -m vidsearch_sdk.sample.train --out FOLDER``."""

from __future__ import annotations

import argparse
import io
import logging
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from PIL import Image

from vidsearch_sdk.encoding.untrained import Tokenizer, new_model, new_tokenizer, vocabulary_words
from vidsearch_sdk.learning.encoder_folder import write_encoder_folder
from vidsearch_sdk.learning.options import TrainingOptions
from vidsearch_sdk.learning.training import arithmetic, train
from vidsearch_sdk.sample.assets import held_out_path
from vidsearch_sdk.sample.captions import known_words
from vidsearch_sdk.sample.held_out import read_held_out
from vidsearch_sdk.sample.measures import recall_at, separation
from vidsearch_sdk.sample.practice import Backdrops, Practice, is_unheard, practice_words
from vidsearch_sdk.sample.sprites import Sprites
from vidsearch_sdk.sample.world import OBJECTS, SETTINGS

IMAGE_SIZE = 96

MODEL_CONFIG: dict[str, Any] = {
    "embed_dim": 128,
    "vision_cfg": {"image_size": IMAGE_SIZE, "layers": [1, 1, 2, 1], "width": 16, "head_width": 32},
    "text_cfg": {"context_length": 28, "vocab_size": 49408, "width": 48, "heads": 4, "layers": 3},
}
"""open_clip's ``model_cfg``: a small ResNet, and a text tower as wide as 49,408 tokens in a few MB allow."""

PREPROCESS_CONFIG: dict[str, Any] = {
    "size": IMAGE_SIZE,
    "mode": "RGB",
    "mean": [0.5, 0.5, 0.5],
    "std": [0.25, 0.25, 0.25],
    "interpolation": "bicubic",
    # The whole picture counts: what stands at its edge belongs to the shot.
    "resize_mode": "squash",
}
"""open_clip's ``preprocess_cfg``."""

PRACTICE_BACKDROPS = 24
"""Backdrops of each setting and time that practice shows; the film and the held-out shots use others."""


class HeldOutTest:
    """Measures a model in training on the held-out shots."""

    def __init__(self, *, tokenize: Tokenizer) -> None:
        shots = read_held_out(held_out_path())
        side = (IMAGE_SIZE, IMAGE_SIZE)
        seen = [Image.open(io.BytesIO(shot.jpeg)).resize(side, Image.Resampling.BICUBIC) for shot in shots]
        pictures = torch.from_numpy(np.stack([np.asarray(picture) for picture in seen])).float() / 255
        self._pictures = ((pictures - 0.5) / 0.25).permute(0, 3, 1, 2)
        self._captions = tokenize([shot.caption for shot in shots])
        self._objects = tokenize([thing.name for thing in OBJECTS])
        self._settings = tokenize([f"{place.phrases[0]}" for place in SETTINGS])
        names = [thing.name for thing in OBJECTS]
        places = [place.name for place in SETTINGS]
        self._shown = np.array([[name in shot.objects for name in names] for shot in shots])
        self._where = np.array([[name == shot.setting for name in places] for shot in shots])
        strangers = [word for word in vocabulary_words() if is_unheard(word) and word not in known_words()]
        self._strangers = tokenize(strangers[:: max(1, len(strangers) // 200)])

    def __call__(self, model: Any) -> Mapping[str, float]:
        """R@1 and R@5 of full captions, precision of one-word searches, and how strange words score."""
        with arithmetic("auto", torch.device("cpu")):
            images = model.encode_image(self._pictures, normalize=True).float()

        def against(tokens: torch.Tensor) -> npt.NDArray[np.float32]:
            return np.asarray((model.encode_text(tokens, normalize=True).float() @ images.T).numpy())

        full, words, places = against(self._captions), against(self._objects), against(self._settings)
        strange = against(self._strangers).max(axis=1)
        seen = np.asarray(self._shown.any(axis=0))
        return {
            "R@1": recall_at(full, 1),
            "R@5": recall_at(full, 5),
            "object P@1": float(
                np.mean([self._shown[row.argmax(), i] for i, row in enumerate(words) if seen[i]])
            ),
            "setting P@5": float(
                np.mean([self._where[row.argsort()[-5:], i].mean() for i, row in enumerate(places)])
            ),
            "separation": separation(list(words[seen].max(axis=1)), list(strange)),
            "present": float(np.median(words[seen].max(axis=1))),
            "absent": float(np.median(strange)),
            "scale": float(model.logit_scale.exp()),
        }


def main(arguments: list[str] | None = None) -> int:
    """Train and write the encoder folder; returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m vidsearch_sdk.sample.train", description=__doc__)
    parser.add_argument("--out", type=Path, required=True, help="folder to write the encoder to")
    parser.add_argument("--steps", type=int, default=1500, help="optimizer steps")
    parser.add_argument("--batch-size", type=int, default=256, help="pictures in a step")
    parser.add_argument("--rate", type=float, default=2e-3, help="highest learning rate")
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
    sprites = Sprites()
    tokenize = new_tokenizer(MODEL_CONFIG)
    practice = Practice(
        backdrops=Backdrops(range(given.backdrops), sprites=sprites, cache=work / "backdrops.npz"),
        sprites=sprites,
        tokenize=tokenize,
        words=practice_words(vocabulary_words()),
        batch_size=given.batch_size,
        image_size=IMAGE_SIZE,
        mean=tuple(PREPROCESS_CONFIG["mean"]),
        std=tuple(PREPROCESS_CONFIG["std"]),
        seed=given.seed,
    )
    options = TrainingOptions(
        steps=given.steps,
        learning_rate=given.rate,
        warmup_steps=min(200, given.steps // 5),
        # Objects come late (Practice.objects_from): until then the rate stays that of a longer run.
        horizon=given.steps * 4 // 3,
        cool_down_from=given.steps * 11 // 15,
        weight_decay=0.1,
        text_precision="f32",
        evaluate_every=given.evaluate_every,
        checkpoint_every=100,
        seed=given.seed,
    )
    model = new_model(MODEL_CONFIG, seed=given.seed).to(memory_format=torch.channels_last)
    test = HeldOutTest(tokenize=tokenize)
    report = train(
        model, practice.batches, options=options, evaluate=test, checkpoint=work / "checkpoint.safetensors"
    )
    figures = report.evaluations[-1][1]
    write_encoder_folder(
        given.out,
        model,
        model_config=MODEL_CONFIG,
        preprocess_config=PREPROCESS_CONFIG,
        card=_card(figures, pictures=given.steps * given.batch_size),
        precision="f16",
        words=known_words(),
    )
    return 0


def _card(figures: Mapping[str, float], *, pictures: int) -> str:
    return f"""# The sample encoder

An open_clip model of {len(OBJECTS)} objects in {len(SETTINGS)} settings: the sample world of `vidsearch_sdk`,
and nothing else. It exists so that search can be tried and tested without a download; photographs are
beyond it.

Trained from random weights with the contrastive loss of CLIP by `python -m vidsearch_sdk.sample.train`, which
showed it {pictures:,} drawn pictures, many of them several times. Text to shot
among 300 shots of (object, setting) pairs that training never showed:
R@1 {figures["R@1"]:.3f}, R@5 {figures["R@5"]:.3f}.

The pictures were drawn with the Noto Color Emoji font (SIL Open Font License 1.1; see `NOTICE-font.txt`
beside this folder).
"""


if __name__ == "__main__":
    raise SystemExit(main())
