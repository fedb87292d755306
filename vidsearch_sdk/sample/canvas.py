"""Soft shapes on a picture: gradients without bands, glows, hills, clouds, stars."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

from vidsearch_sdk.sample.sprites import Sprites

Color = tuple[int, int, int]

WIDTH: Final = 1280
HEIGHT: Final = 720


class Canvas:
    """A picture of 1280 x 720 pixels that shapes are laid onto from back to front.

    Coordinates are fractions of the width (x) and of the height (y, from the top); sizes are fractions of the
    height.

    Args:
        rng: Chooses everything left open; the same generator state draws the same picture.
        sprites: Where emoji come from.
        transparent: Start from nothing instead of black, for a layer that lies before others.
    """

    def __init__(self, rng: np.random.Generator, sprites: Sprites, *, transparent: bool = False) -> None:
        self.rng = rng
        self.sprites = sprites
        self._opaque = not transparent
        self.picture = Image.new("RGBA", (WIDTH, HEIGHT), (0, 0, 0, 0 if transparent else 255))

    def gradient(self, *colors: Color, top: float = 0.0, bottom: float = 1.0) -> None:
        """Fill the rows from top to bottom with colors that run into each other."""
        first, last = round(top * HEIGHT), round(bottom * HEIGHT)
        self.picture.paste(self._ramp(colors, WIDTH, max(1, last - first)), (0, first))

    def glow(self, x: float, y: float, radius: float, color: Color, strength: float = 1.0) -> None:
        """Add light that falls off from a point."""
        r = round(radius * HEIGHT)
        cx, cy = round(x * WIDTH), round(y * HEIGHT)
        left, top, right, bottom = max(0, cx - r), max(0, cy - r), min(WIDTH, cx + r), min(HEIGHT, cy + r)
        if left >= right or top >= bottom:
            return
        ys, xs = np.mgrid[top:bottom, left:right]
        falloff = np.clip(1 - np.hypot(xs - cx, ys - cy) / r, 0, 1)[..., None] ** 2 * strength
        region = np.asarray(self.picture.crop((left, top, right, bottom))).astype(np.float32)
        noise = self.rng.uniform(-0.9, 0.9, falloff.shape)
        region[..., :3] = region[..., :3] * (1 - falloff) + np.array(color, np.float32) * falloff + noise
        self.picture.paste(Image.fromarray(region.round().clip(0, 255).astype(np.uint8)), (left, top))

    def disc(
        self, x: float, y: float, radius: float, color: Color, *, alpha: int = 255, squash: float = 1.0
    ) -> None:
        """A filled ellipse with a smooth edge."""
        self._soft(x, y, radius, radius * squash, color, alpha, blur=1.2)

    def cloud(
        self, x: float, y: float, size: float, color: Color = (255, 255, 255), alpha: int = 215
    ) -> None:
        """A cloud of five blurred lobes."""
        for _ in range(5):
            dx, dy = self.rng.uniform(-0.55, 0.55) * size, self.rng.uniform(-0.12, 0.1) * size
            lobe = size * self.rng.uniform(0.28, 0.5)
            self._soft(
                x + dx * HEIGHT / WIDTH,
                y + dy,
                lobe,
                lobe * 0.55,
                color,
                alpha // 2,
                blur=0.06 * size * HEIGHT,
            )

    def ridge(self, y: float, swing: float, *colors: Color, waves: float = 1.6, rough: float = 0.0) -> None:
        """Ground below a wavy line: hills, dunes, or mountains where ``rough`` is above 0."""
        xs = np.linspace(0, 1, 161)
        line = np.full(xs.shape, y)
        for octave in range(3):
            phase = self.rng.uniform(0, 2 * np.pi)
            line += swing / 2**octave * 0.6 * np.sin(2 * np.pi * waves * 1.9**octave * xs + phase)
        if rough:
            peaks = np.sort(self.rng.uniform(0, 1, 13))
            heights = self.rng.uniform(-1, 0.6, 13)
            line += rough * np.interp(xs, peaks, heights)
        self.fill(
            [(float(px), float(py)) for px, py in zip(xs, line, strict=True)] + [(1, 1.02), (0, 1.02)],
            *colors,
        )

    def fill(self, points: Sequence[tuple[float, float]], *colors: Color, alpha: int = 255) -> None:
        """Fill a polygon, its colors running from its top to its bottom."""
        # Drawn twice as large and reduced, for smooth edges; only that part of the canvas which it covers.
        scale = 2
        left = max(0, int(min(px for px, _ in points) * WIDTH) - 1)
        top = max(0, int(min(py for _, py in points) * HEIGHT) - 1)
        right = min(WIDTH, int(max(px for px, _ in points) * WIDTH) + 2)
        bottom = min(HEIGHT, int(max(py for _, py in points) * HEIGHT) + 2)
        if left >= right or top >= bottom:
            return
        mask = Image.new("L", ((right - left) * scale, (bottom - top) * scale))
        corners = [((px * WIDTH - left) * scale, (py * HEIGHT - top) * scale) for px, py in points]
        ImageDraw.Draw(mask).polygon(corners, fill=alpha)
        self.picture.paste(self._ramp(colors, right - left, bottom - top), (left, top), mask.reduce(scale))

    def rect(
        self, left: float, top: float, right: float, bottom: float, *colors: Color, alpha: int = 255
    ) -> None:
        """Fill an upright rectangle."""
        self.fill([(left, top), (right, top), (right, bottom), (left, bottom)], *colors, alpha=alpha)

    def beam(
        self, x: float, y: float, to_x: float, to_y: float, spread: float, color: Color, alpha: int = 60
    ) -> None:
        """A soft cone of light from a point."""
        mask = Image.new("L", (WIDTH, HEIGHT))
        cone = [
            (x * WIDTH, y * HEIGHT),
            ((to_x - spread) * WIDTH, to_y * HEIGHT),
            ((to_x + spread) * WIDTH, to_y * HEIGHT),
        ]
        ImageDraw.Draw(mask).polygon(cone, fill=alpha)
        mask = mask.filter(ImageFilter.GaussianBlur(14))
        self.picture.paste(Image.new("RGB", (WIDTH, HEIGHT), color), (0, 0), mask)

    def stars(self, count: int, *, bottom: float = 0.6, color: Color = (255, 250, 235)) -> None:
        """Scatter stars of different brightness above a line."""
        for _ in range(count):
            x, y = self.rng.uniform(0, 1), self.rng.uniform(0, bottom)
            size = self.rng.choice([0.0022, 0.003, 0.0045], p=[0.6, 0.3, 0.1])
            self.disc(x, y, float(size), color, alpha=int(self.rng.integers(120, 255)))

    def emoji(
        self,
        emoji: str,
        x: float,
        y: float,
        height: float,
        *,
        flip: bool = False,
        dim: float = 1.0,
        blue: float = 1.0,
    ) -> None:
        """An emoji that stands at (x, y); ``dim`` darkens it and ``blue`` keeps more or less of its blue."""
        picture = self.sprites.sized(
            emoji, max(2, round(height * HEIGHT)), flip=flip, tint=(dim, dim, dim * blue)
        )
        corner = (round(x * WIDTH - picture.width / 2), round(y * HEIGHT - picture.height))
        layer = Image.new("RGBA", self.picture.size)
        layer.paste(picture, corner)
        self.picture.alpha_composite(layer)

    def _ramp(self, colors: Sequence[Color], width: int, height: int) -> Image.Image:
        rows = np.linspace(0, 1, height)
        at = np.linspace(0, 1, len(colors))
        ramp = np.stack([np.interp(rows, at, [color[i] for color in colors]) for i in range(3)], axis=1)
        # Noise below the quantization step: without it a night sky shows bands after coding.
        noise = self.rng.uniform(-0.9, 0.9, (height, width, 1))
        return Image.fromarray((ramp[:, None, :] + noise).round().clip(0, 255).astype(np.uint8))

    def _soft(self, x: float, y: float, rx: float, ry: float, color: Color, alpha: int, blur: float) -> None:
        # Blurred in its own small picture: blurring the whole canvas for each star took seconds.
        pad = int(3 * blur) + 2
        w, h = max(2, round(rx * HEIGHT)), max(2, round(ry * HEIGHT))
        mask = Image.new("L", (2 * (w + pad), 2 * (h + pad)))
        ImageDraw.Draw(mask).ellipse((pad, pad, pad + 2 * w, pad + 2 * h), fill=alpha)
        mask = mask.filter(ImageFilter.GaussianBlur(blur))
        corner = (round(x * WIDTH) - w - pad, round(y * HEIGHT) - h - pad)
        if self._opaque:
            self.picture.paste(color, (*corner, corner[0] + mask.width, corner[1] + mask.height), mask)
        else:
            layer = Image.new("RGBA", self.picture.size)
            layer.paste((*color, 255), (*corner, corner[0] + mask.width, corner[1] + mask.height))
            alpha_plane = Image.new("L", layer.size)
            alpha_plane.paste(mask, corner)
            layer.putalpha(alpha_plane)
            self.picture.alpha_composite(layer)
