"""Small changes of training pictures: cropped, mirrored, tinted; the same for all frames of a shot."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from torch.nn import functional

# In the languages that the multilingual encoders read most; a word that means something else in another of
# them only costs a mirror image.
_OF_EACH_LANGUAGE = """left right leftward leftwards rightward rightwards leftmost rightmost lefthand
righthand clockwise counterclockwise anticlockwise eastward westward eastwards westwards mirrored
links rechts linke rechte linken rechten linker rechter linkes rechtes
gauche droite izquierda derecha izquierdo derecho sinistra destra sinistro destro
esquerda direita esquerdo direito lewo prawo lewej prawej лево право слева справа налево направо
text letters lettering caption title titles logo sign signs inscription reads numbers digits
sol sağ sola sağa vasen oikea vänster höger venstre høyre højre"""
_SIDES = frozenset(_OF_EACH_LANGUAGE.split())
_UNSPACED = ("左", "右", "왼쪽", "오른쪽", "يسار", "يمين", "बाएं", "दाएं")
_WORD = re.compile(r"[^\W\d_]+")


def may_be_mirrored(text: str) -> bool:
    """Whether a caption stays true of the mirror image: it names no side, turning or lettering.

    Examples:
        >>> may_be_mirrored("a fox runs through snow"), may_be_mirrored("she walks from left to right")
        (True, False)
    """
    words = _WORD.findall(text.casefold())
    return _SIDES.isdisjoint(words) and not any(sign in text for sign in _UNSPACED)


@dataclass(frozen=True)
class Changes:
    """What is done to each of n shots.

    Attributes:
        boxes: float64 (n, 3): side of the crop as a share of the picture's, and where it lies, 0 to 1.
        mirrored: bool (n,).
        tables: uint8 (n, 3, 256): new value of each value of each color.
    """

    boxes: npt.NDArray[np.float64]
    mirrored: npt.NDArray[np.bool_]
    tables: npt.NDArray[np.uint8]


@dataclass(frozen=True)
class Augmentation:
    """How strongly pictures are changed.

    Attributes:
        smallest: Smallest side of a crop as a share of the picture's; its shape stays.
        tint: Most by which brightness, contrast and each color are raised or lowered, as a share.
    """

    smallest: float = 0.8
    tint: float = 0.15

    def __post_init__(self) -> None:
        if not (0 < self.smallest <= 1 and 0 <= self.tint < 1):
            raise ValueError(f"{self} cannot be applied: shares between 0 and 1 are needed")

    def draw(self, texts: Sequence[str], *, seed: int, number: int) -> Changes:
        """Draw the changes of one batch; the same for the same seed, number and texts.

        Args:
            texts: The caption of each shot; a shot is mirrored only where it stays true.
            seed: Seed of the run.
            number: Number of the batch.
        """
        count = len(texts)
        random = np.random.default_rng([seed, number, 1])
        boxes = random.random((count, 3))
        boxes[:, 0] = self.smallest + (1 - self.smallest) * boxes[:, 0]
        mirrored = random.random(count) < 0.5
        mirrored &= np.array([may_be_mirrored(text) for text in texts], dtype=bool)
        light, contrast = (1 + self.tint * random.uniform(-1, 1, (count, 1)) for _ in range(2))
        colors = 1 + 0.5 * self.tint * random.uniform(-1, 1, (count, 3))
        values = np.arange(256.0)
        tables = (values - 127.5) * contrast[..., None] + 127.5
        tables = tables * (light * colors)[..., None]
        return Changes(boxes, mirrored, np.clip(tables + 0.5, 0, 255).astype(np.uint8))


def changed(
    pictures: npt.NDArray[np.uint8], changes: Changes, place: int, *, out: npt.NDArray[np.uint8]
) -> None:
    """Change the frames of one shot.

    Args:
        pictures: uint8 (frames, 3, height, width).
        changes: Of a whole batch.
        place: Which of its shots this is.
        out: Of the same shape; written to.
    """
    height, width = pictures.shape[2:]
    side, down, across = changes.boxes[place]
    rows, columns = max(1, round(side * height)), max(1, round(side * width))
    top, left = round(down * (height - rows)), round(across * (width - columns))
    cut = pictures[:, :, top : top + rows, left : left + columns]
    if (rows, columns) != (height, width):
        planes = torch.from_numpy(np.array(cut))
        cut = functional.interpolate(planes, size=(height, width), mode="bilinear").numpy()
    if changes.mirrored[place]:
        cut = cut[..., ::-1]
    for color in range(3):
        np.take(changes.tables[place, color], cut[:, color], out=out[:, color], mode="clip")
