"""The places of the sample world, drawn: sky, ground and props of every setting by day and by night."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from PIL import Image, ImageFilter

from vidsearch_sdk.sample import built_places, floating_places, outdoors
from vidsearch_sdk.sample.canvas import Canvas
from vidsearch_sdk.sample.scenery import Light
from vidsearch_sdk.sample.sprites import Sprites
from vidsearch_sdk.sample.world import SETTINGS, Time


@dataclass(frozen=True)
class Backdrop:
    """A place without its actors.

    Attributes:
        far: What lies behind the objects, RGB, 1280 x 720 pixels when drawn.
        near: What lies before them, RGBA, of the same size and mostly empty; None for nothing.
        light: What the colors of the objects are multiplied by, so that they belong to the place.
    """

    far: Image.Image
    near: Image.Image | None
    light: tuple[float, float, float]

    @cached_property
    def soft(self) -> Image.Image:
        """``far`` out of focus, for close shots."""
        return self.far.filter(ImageFilter.GaussianBlur(self.far.height / 150))

    def reduced(self, width: int, height: int) -> Backdrop:
        """The same place at another resolution."""
        size = (width, height)
        near = None if self.near is None else self.near.resize(size, Image.Resampling.BOX)
        return Backdrop(self.far.resize(size, Image.Resampling.BOX), near, self.light)

    def flat(self) -> Backdrop:
        """The same place in one layer, what lies before the objects painted onto the rest: twice as fast."""
        far = self.far.copy()
        if self.near is not None:
            far.paste(self.near, (0, 0), self.near)
        return Backdrop(far, None, self.light)


def draw_backdrop(setting: str, time: Time, *, seed: int, sprites: Sprites) -> Backdrop:
    """Draw a setting. The same arguments give the same picture.

    Raises:
        KeyError: No such setting.
    """
    number = [place.name for place in SETTINGS].index(setting) if setting in _PLACES else -1
    if number < 0:
        raise KeyError(f"no setting {setting!r}; there are {', '.join(_PLACES)}")
    rng = np.random.default_rng([seed, number, time == "night"])
    far, near = Canvas(rng, sprites), Canvas(rng, sprites, transparent=True)
    light = _PLACES[setting](far, near, time == "night")
    return Backdrop(far.picture.convert("RGB"), near.picture, light)


_PLACES: dict[str, Callable[[Canvas, Canvas, bool], Light]] = {
    "beach": outdoors.beach,
    "forest": outdoors.forest,
    "city": built_places.city,
    "kitchen": built_places.kitchen,
    "snow": outdoors.snow,
    "desert": outdoors.desert,
    "space": floating_places.space,
    "underwater": floating_places.underwater,
    "bedroom": built_places.bedroom,
    "stage": built_places.stage,
    "meadow": outdoors.meadow,
    "volcano": outdoors.volcano,
}
