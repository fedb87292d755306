"""A scene at one moment as a picture: backdrop, shadows, objects, what they leave behind, foreground."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

from vidsearch_sdk.sample.backdrops import Backdrop
from vidsearch_sdk.sample.sprites import Sprites
from vidsearch_sdk.sample.world import Scene, find_object, find_setting

_TRAILS = {"underwater": "🫧", "space": "✨"}
_SHADOW_SIZE = (96, 24)


@dataclass(frozen=True)
class _Actor:
    """One object's place in the picture: fractions of the width (x) and height (y of its feet, height)."""

    emoji: str
    x: float
    y: float
    height: float
    flip: bool
    phase: float


class Shot:
    """A scene that can be drawn at any moment and at any size; the same arguments give the same pictures.

    Args:
        scene: What to show.
        backdrop: The scene's setting, as drawn by ``draw_backdrop``, at any resolution.
        sprites: Where the objects' pictures come from.
    """

    def __init__(self, scene: Scene, backdrop: Backdrop, *, sprites: Sprites) -> None:
        self.scene = scene
        self._backdrop = backdrop
        self._sprites = sprites
        self._floats = find_setting(scene.setting).floats
        rng = np.random.default_rng([scene.seed, 7])
        self._actors = _cast(scene, rng, floats=self._floats)
        self._center = (
            (float(rng.uniform(0.4, 0.6)), 0.5)
            if scene.size == "wide"
            else (float(rng.uniform(0.36, 0.64)), 0.56)
        )
        self._views: dict[float, tuple[object, Image.Image]] = {}
        self._zoom = 1.14 if scene.size == "wide" else float(rng.uniform(1.7, 2.1))

    def picture(self, moment: float, *, size: tuple[int, int]) -> Image.Image:
        """The shot at one moment.

        Args:
            moment: From 0 (first frame) to 1 (last frame).
            size: Width and height in pixels.

        Returns:
            An RGB picture of that size.
        """
        slide, zoom = _camera(self.scene.camera, moment)
        # A close shot has the shallow focus of a long lens; it also keeps a prop from passing for the object.
        far = self._backdrop.soft if self.scene.size == "close" else self._backdrop.far
        picture = self._view(far, slide, zoom, size, depth=1.0).copy()
        for actor in self._actors:
            self._place(picture, actor, moment, slide, zoom)
        if self.scene.size == "wide" and self._backdrop.near is not None:
            near = self._view(self._backdrop.near, slide, zoom, size, depth=2.0)
            picture.paste(near, (0, 0), near)
        return picture

    def _view(
        self, layer: Image.Image, slide: float, zoom: float, size: tuple[int, int], *, depth: float
    ) -> Image.Image:
        # The nearer layer slides further than the far one: parallax.
        scale = self._zoom * (1 + (zoom - 1) * depth)
        w, h = layer.width / scale, layer.height / scale
        x = min(max(self._center[0] * layer.width + 0.35 * slide * depth * w - w / 2, 0), layer.width - w)
        y = min(max(self._center[1] * layer.height - h / 2, 0), layer.height - h)
        box = (x, y, x + w, y + h)
        # Under a fixed camera every frame of a shot has the same backdrop.
        kept = self._views.get(depth)
        if kept is None or kept[0] != (box, size):
            kept = (box, size), layer.resize(size, Image.Resampling.BILINEAR, box=box)
            self._views[depth] = kept
        return kept[1]

    def _place(self, picture: Image.Image, actor: _Actor, moment: float, slide: float, zoom: float) -> None:
        width, height = picture.size
        moving = self.scene.movement == "moving"
        wide = self.scene.size == "wide"
        x, y = actor.x - slide, actor.y
        tall = actor.height * (1 + 1.5 * (zoom - 1))
        heading = 1 if actor.flip else -1
        if moving:
            x += heading * (moment - 0.5) * (0.3 if wide else 0.2)
            y -= 0.035 * tall * abs(float(np.sin(2 * np.pi * (2.5 * moment + actor.phase))))
        else:
            # What stands still breathes, or the shot would look like a photograph.
            tall *= 1 + 0.008 * float(np.sin(2 * np.pi * (1.2 * moment + actor.phase)))
        if self._floats:
            y += 0.012 * float(np.sin(2 * np.pi * (0.7 * moment + actor.phase)))
        light = self._backdrop.light
        body = self._sprites.sized(actor.emoji, max(2, round(tall * height)), flip=actor.flip, tint=light)
        left, top = round(x * width - body.width / 2), round(y * height - body.height)
        if not self._floats:
            shadow = _shadow().resize((max(2, round(body.width * 1.05)), max(2, round(body.height * 0.16))))
            feet = round(actor.y * height - shadow.height * 0.62)
            picture.paste((20, 16, 30), (round(x * width - shadow.width / 2), feet), shadow)
        if moving:
            self._trail(picture, actor, body, (left, top), moment)
        picture.paste(body, (left, top), body)

    def _trail(
        self, picture: Image.Image, actor: _Actor, body: Image.Image, corner: tuple[int, int], moment: float
    ) -> None:
        emoji = _TRAILS.get(self.scene.setting, "💨")
        for step, scale in enumerate((0.42, 0.3)):
            beat = 1 + 0.15 * float(np.sin(2 * np.pi * (3 * moment + actor.phase + 0.4 * step)))
            puff = self._sprites.sized(
                emoji,
                max(2, round(body.height * scale * beat)),
                flip=not actor.flip,
                tint=self._backdrop.light,
            )
            behind = body.width * (0.98 + 0.3 * step)
            x = (
                corner[0] + body.width - round(behind) - puff.width
                if actor.flip
                else corner[0] + round(behind)
            )
            y = corner[1] + body.height - puff.height - round(body.height * (0.04 + 0.16 * step))
            picture.paste(puff, (x, y), puff)


def _cast(scene: Scene, rng: np.random.Generator, *, floats: bool) -> tuple[_Actor, ...]:
    wide, pair = scene.size == "wide", len(scene.objects) == 2
    places = [float(rng.uniform(0.38, 0.62))]
    if pair:
        left = bool(rng.random() < 0.5)
        places = [0.3, 0.7] if left else [0.7, 0.3]
        places = [place + float(rng.uniform(-0.04, 0.04)) for place in places]
    # One direction for all: in a caravan everybody goes the same way.
    flip = bool(rng.random() < 0.5)
    actors = []
    for position, (name, x) in enumerate(zip(scene.objects, places, strict=True)):
        if wide:
            height = float(rng.uniform(0.34, 0.44)) * (0.9 if position else 1.0)
            y = float(rng.uniform(0.84, 0.92)) - 0.03 * position
            if floats:
                y -= float(rng.uniform(0.1, 0.24))
        else:
            height = float(rng.uniform(0.62, 0.72) if pair else rng.uniform(0.76, 0.94))
            y = float(rng.uniform(0.94, 1.02))
            if floats:
                y -= 0.04
        actors.append(_Actor(find_object(name).emoji, x, y, height, flip, float(rng.uniform(0, 1))))
    # The smaller one is drawn first, behind the larger one.
    return tuple(reversed(actors))


def _camera(camera: str, moment: float) -> tuple[float, float]:
    """Sideways shift of the objects in widths, and enlargement, at a moment."""
    ease = moment * moment * (3 - 2 * moment) - 0.5
    shift = {"pan right": 0.2, "pan left": -0.2}.get(camera, 0.0) * ease
    growth = {"zoom in": 0.1, "zoom out": -0.1}.get(camera, 0.0) * ease
    return shift, 1 + growth


_SHADOWS: list[Image.Image] = []


def _shadow() -> Image.Image:
    if not _SHADOWS:
        w, h = _SHADOW_SIZE
        mask = Image.new("L", (w, h))
        ImageDraw.Draw(mask).ellipse((10, 5, w - 10, h - 5), fill=120)
        _SHADOWS.append(mask.filter(ImageFilter.GaussianBlur(3)))
    return _SHADOWS[0]
