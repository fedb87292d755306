"""Practice pictures and captions, drawn as fast as a small model learns from them."""

from __future__ import annotations

import io
import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
from PIL import Image
from torch import Tensor
from tqdm.auto import tqdm

from vidsearch_sdk.learning.training import Batch
from vidsearch_sdk.sample.backdrops import Backdrop, draw_backdrop
from vidsearch_sdk.sample.captions import Claim, change_claim, draw_claim, fitting, known_words, word_claim
from vidsearch_sdk.sample.drawing import Shot
from vidsearch_sdk.sample.scenes import object_scenes, practice_scenes
from vidsearch_sdk.sample.sprites import Sprites
from vidsearch_sdk.sample.world import SETTINGS, TIMES, Scene, Time

_DRAWN = (192, 108)
_BACKDROP = (272, 153)
_SHEET = 64
_SHEETS = 1280


class Backdrops:
    """Every setting by day and by night, several times each, at practice size; kept in a file between runs.

    Args:
        seeds: Which backdrops to have.
        sprites: Where emoji come from.
        cache: File that they are kept in.
    """

    def __init__(self, seeds: Sequence[int], *, sprites: Sprites, cache: Path | None = None) -> None:
        self.seeds = tuple(seeds)
        keys = [(place.name, time, seed) for place in SETTINGS for time in TIMES for seed in self.seeds]
        if cache is not None and cache.exists():
            with np.load(cache, allow_pickle=False) as stored:
                far, light = stored["far"], stored["light"]
        else:
            shown = tqdm(keys, desc="backdrops", unit="picture")
            drawn = [_drawn_small(*key, sprites=sprites) for key in shown]
            far = np.stack([np.asarray(place.far) for place in drawn])
            light = np.array([place.light for place in drawn])
            if cache is not None:
                np.savez(cache, far=far, light=light)
        self._places = {
            key: Backdrop(Image.fromarray(far[i]), None, tuple(float(v) for v in light[i]))  # type: ignore[arg-type]
            for i, key in enumerate(keys)
        }

    def get(self, setting: str, time: Time, seed: int) -> Backdrop:
        """One backdrop; seeds that are not there wrap around."""
        return self._places[setting, time, self.seeds[seed % len(self.seeds)]]


def _drawn_small(setting: str, time: Time, seed: int, *, sprites: Sprites) -> Backdrop:
    return draw_backdrop(setting, time, seed=seed, sprites=sprites).flat().reduced(*_BACKDROP)


def is_unheard(word: str) -> bool:
    """Whether a word outside the world is kept back from training, to test with (one in ten)."""
    return zlib.crc32(word.encode()) % 10 == 0


@dataclass(frozen=True)
class Practice:
    """An endless, repeatable source of batches.

    Pictures are drawn on sheets of 64 and kept (81,920 pictures, 2.3 GB): each is shown several times, every
    time beside others, with another caption and in slightly other light. Drawing each anew took
    a third of the time.

    Attributes:
        backdrops: Where scenes take place.
        sprites: Where objects come from.
        tokenize: Turns captions into token ids of shape (n, tokens).
        words: Ordinary words for captions of things that are not there; the world's own are left out.
        batch_size: Pictures in a batch, a multiple of 64.
        image_size: Side of the square pictures, in pixels.
        mean: Subtracted from each channel, after scaling to [0, 1].
        std: Divides each channel.
        seed: Batch i of the same seed is always the same.
        objects_from: Number of the first batch whose pictures look alike but for their objects. Before it the
            encoder learns places, times and sizes, which it does soon; objects take longer.

    Raises:
        ValueError: A batch size that is no multiple of 64.
    """

    backdrops: Backdrops
    sprites: Sprites
    tokenize: Callable[[list[str]], Tensor]
    words: tuple[str, ...]
    batch_size: int
    image_size: int
    mean: tuple[float, float, float]
    std: tuple[float, float, float]
    seed: int = 0
    objects_from: int = 1000
    _drawn: dict[tuple[int, bool], tuple[list[Scene], npt.NDArray[np.uint8]]] = field(
        default_factory=dict, repr=False
    )

    def __post_init__(self) -> None:
        if self.batch_size < _SHEET or self.batch_size % _SHEET:
            raise ValueError(f"batch_size must be a multiple of {_SHEET}, not {self.batch_size}")

    def batches(self, first: int) -> Iterator[Batch]:
        """Batches from that number on, without end."""
        number = first
        while True:
            yield self.batch(number)
            number += 1

    def batch(self, number: int) -> Batch:
        """Batch of that number."""
        rng = np.random.default_rng([self.seed, number])
        second = number >= self.objects_from
        sheets = [self.sheet(sheet, second=second) for sheet in self._sheets_of(number)]
        scenes = [scene for some, _ in sheets for scene in some]
        pictures = np.concatenate([drawn for _, drawn in sheets])
        claims = [draw_claim(scene, rng, objects_first=second) for scene in scenes]
        wrong = [change_claim(claim, rng, objects_first=second) for claim in claims[::2]]
        strange = [self._strange(claim, rng) for claim in claims[::4]]
        captions = [word_claim(claim, rng) for claim in (*claims, *wrong)] + strange
        tokens = self.tokenize(captions)
        ignore = np.zeros((len(scenes), len(captions)), bool)
        ignore[:, : len(claims) + len(wrong)] = fitting([*claims, *wrong], scenes)
        return Batch(
            self._normalized(pictures, rng),
            tokens[: len(scenes)],
            tokens[len(scenes) :],
            torch.from_numpy(ignore),
        )

    def _sheets_of(self, number: int) -> list[int]:
        # Every sheet once before any is shown again, in an order of its own each time.
        each = self.batch_size // _SHEET
        turn, place = divmod(number, _SHEETS // each)
        order = np.random.default_rng([self.seed, turn, 1]).permutation(_SHEETS)
        return [int(sheet) for sheet in order[place * each : (place + 1) * each]]

    def sheet(self, sheet: int, *, second: bool) -> tuple[list[Scene], npt.NDArray[np.uint8]]:
        """Scenes of one sheet and their pictures, drawn when first asked for.

        Args:
            sheet: Number of the sheet.
            second: Whether the pictures look alike but for their objects.

        Returns:
            64 scenes, and their pictures: uint8 of shape (64, image_size, image_size, 3).
        """
        if (sheet, second) not in self._drawn:
            # Sheets of the first half are never shown again in the second.
            for old in [key for key in self._drawn if key[1] != second]:
                del self._drawn[old]
            rng = np.random.default_rng([self.seed, sheet, 3 if second else 2])
            scenes = object_scenes(_SHEET, rng) if second else practice_scenes(_SHEET, rng)
            self._drawn[sheet, second] = scenes, np.stack([self._picture(scene, rng) for scene in scenes])
        return self._drawn[sheet, second]

    def _strange(self, claim: Claim, rng: np.random.Generator) -> str:
        words = [self.words[int(rng.integers(len(self.words)))] for _ in range(int(rng.integers(1, 4)))]
        if rng.random() < 0.5:
            return " ".join(words)
        return word_claim(claim, rng, stranger=words[0])

    def _picture(self, scene: Scene, rng: np.random.Generator) -> npt.NDArray[np.uint8]:
        backdrop = self.backdrops.get(scene.setting, scene.time, int(rng.integers(2**31)))
        picture = Shot(scene, backdrop, sprites=self.sprites).picture(float(rng.random()), size=_DRAWN)
        if rng.random() < 0.35:
            # Films and keyframes are coded with loss.
            coded = io.BytesIO()
            picture.save(coded, "JPEG", quality=int(rng.integers(45, 95)))
            picture = Image.open(coded)
        inset = rng.uniform(0, 0.05, 4) if rng.random() < 0.5 else np.zeros(4)
        w, h = picture.size
        box = (inset[0] * w, inset[1] * h, w - inset[2] * w, h - inset[3] * h)
        side = (self.image_size, self.image_size)
        small = picture.resize(side, Image.Resampling.BICUBIC, box=box)
        # A little contrast, brightness and color, as codecs and screens change them.
        gain = rng.uniform(0.85, 1.15) * rng.uniform(0.96, 1.04, (3, 1))
        table = np.asarray(np.arange(256)[None, :] * gain + 255 * rng.uniform(-0.05, 0.05))
        return np.asarray(small.point(np.clip(table, 0, 255).astype(np.uint8).ravel().tolist()))

    def _normalized(self, pictures: npt.NDArray[np.uint8], rng: np.random.Generator) -> Tensor:
        # Whole rows at a time: broadcasting over three channels is ten times slower.
        n, h, w, channels = pictures.shape
        mean = torch.tensor(self.mean, dtype=torch.float32).repeat(w) * 255
        std = torch.tensor(self.std, dtype=torch.float32).repeat(w) * 255
        values = torch.from_numpy(pictures).reshape(n * h, w * channels).float().sub_(mean).div_(std)
        light = torch.from_numpy(np.asarray(rng.uniform(0.9, 1.1, n), dtype=np.float32)).repeat_interleave(h)
        values.mul_(light[:, None])
        # Channels last in memory: what convolutions on a CPU are fastest with.
        return values.reshape(n, h, w, channels).permute(0, 3, 1, 2)


def practice_words(vocabulary: Sequence[str]) -> tuple[str, ...]:
    """The words of a vocabulary that the world does not have and that are not kept back for testing."""
    known = known_words()
    return tuple(
        word
        for word in vocabulary
        if word not in known and word.rstrip("s") not in known and not is_unheard(word)
    )
