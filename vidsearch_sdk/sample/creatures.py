"""Twelve creatures that the sample world does not have: what they are called and what they look like.

Neither their pictures nor their names were ever shown to the sample encoder: each is an animal or monster of
the emoji font that nothing of the world is drawn from, in colors of its own, and its name is no word of any
list that the encoder or its training knows, nor near to one. They are what an encoder can be taught.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image

from vidsearch_sdk.sample.sprites import Sprites
from vidsearch_sdk.sample.world import find_object

STAND_IN = "monkey"
"""The object of the world whose part a creature plays in a scene; it is in no scene beside one."""


@dataclass(frozen=True)
class Creature:
    """One creature.

    Attributes:
        name: What it is called.
        emoji: The character that it is drawn from.
        hue: Degrees by which its colors are turned.
    """

    name: str
    emoji: str
    hue: float


CREATURES: tuple[Creature, ...] = (
    Creature("vorplenk", "🦚", 180),
    Creature("snizzock", "🦥", 90),
    Creature("zanthumi", "🦣", 200),
    Creature("yirrowok", "🦏", 150),
    Creature("kradduch", "🦇", 240),
    Creature("glimborg", "👾", 240),
    Creature("tavquill", "🦞", 100),
    Creature("hobbernaut", "🧌", 270),
    Creature("skrellvox", "👹", 210),
    Creature("fuzzlewit", "🦫", 290),
    Creature("gryllunk", "🪲", 130),
    Creature("ploxigar", "🐝", 60),
)


def find_creature(name: str) -> Creature:
    """The creature of that name.

    Raises:
        KeyError: There is none.

    Examples:
        >>> find_creature("glimborg").hue
        240
    """
    return {creature.name: creature for creature in CREATURES}[name]


class CreatureSprites(Sprites):
    """Pictures of emoji, one object of the world replaced by a creature.

    So a creature is drawn by whatever draws the world: with its light, shadow, trail and camera.

    Args:
        creature: What is seen where the stand-in should be.
        font: The font file; found in the usual places when not given.

    Raises:
        VidsearchError: The font is not installed, or has no picture of the creature.
    """

    def __init__(self, creature: Creature, font: Path | None = None) -> None:
        super().__init__(font)
        self._creature = creature
        self._replaced = find_object(STAND_IN).emoji

    def _whole(self, emoji: str) -> Image.Image:
        if emoji != self._replaced:
            return super()._whole(emoji)
        return turned(super()._whole(self._creature.emoji), self._creature.hue)


@lru_cache(maxsize=len(CREATURES))
def creature_sprites(creature: Creature) -> CreatureSprites:
    """The sprites of a creature, made once."""
    return CreatureSprites(creature)


def turned(picture: Image.Image, degrees: float) -> Image.Image:
    """A picture with all its hues turned, its brightness nearly kept (``hueRotate`` of SVG's color matrix).

    Args:
        picture: RGBA.
        degrees: Any angle; 0 and 360 change nothing.

    Returns:
        RGBA of the same size.

    Examples:
        >>> turned(Image.new("RGBA", (1, 1), (200, 40, 40, 255)), 120).getpixel((0, 0))
        (0, 111, 0, 255)
    """
    values = np.asarray(picture.convert("RGBA")).astype(np.float64)
    values[..., :3] = values[..., :3] @ _hue_matrix(degrees).T
    return Image.fromarray(values.round().clip(0, 255).astype(np.uint8))


def _hue_matrix(degrees: float) -> npt.NDArray[np.float64]:
    cosine, sine = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    gray = np.tile([0.213, 0.715, 0.072], (3, 1))
    across = np.array([[-0.213, -0.715, 0.928], [0.143, 0.140, -0.283], [-0.787, 0.715, 0.072]])
    return np.asarray(gray + cosine * (np.eye(3) - gray) + sine * across)
