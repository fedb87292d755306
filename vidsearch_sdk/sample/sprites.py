"""Emoji of an openly licensed font as small transparent pictures."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from vidsearch_sdk.errors import VidsearchError

FONT_PATHS = (
    Path("/usr/share/fonts/truetype/noto/NotoColorEmoji.ttf"),
    Path("/usr/share/fonts/noto/NotoColorEmoji.ttf"),
    Path("/usr/share/fonts/google-noto-emoji/NotoColorEmoji.ttf"),
    Path("/usr/share/fonts/google-noto-color-emoji-fonts/NotoColorEmoji.ttf"),
)
"""Where Linux distributions put the font."""

# The font holds bitmaps of this one size and FreeType refuses every other.
_BITMAP_SIZE = 109


def find_font(path: Path | None = None) -> Path:
    """The color emoji font.

    Args:
        path: A font file to use instead of the ones in the usual places.

    Returns:
        The font's path.

    Raises:
        VidsearchError: The font is not installed.
    """
    for candidate in (path,) if path else FONT_PATHS:
        if candidate.is_file():
            return candidate
    looked = path or "looked in " + ", ".join(str(usual.parent) for usual in FONT_PATHS)
    raise VidsearchError(
        f"drawing the sample world needs the Noto Color Emoji font, which was not found ({looked}); "
        "install it, for instance with `apt install fonts-noto-color-emoji`; to use the sample film and "
        "encoder it is not needed"
    )


def _clean_edge(picture: Image.Image) -> Image.Image:
    # The font's half-transparent rim is darkened; enlarged it becomes a dashed outline. Rim pixels take the
    # color of the solid ones beside them instead.
    values = np.asarray(picture).astype(np.float32)
    solid = (values[..., 3:] > 250).astype(np.float32)
    around = np.concatenate([values[..., :3] * solid, solid], axis=-1)
    padded = np.pad(around, ((2, 2), (2, 2), (0, 0)))
    h, w = solid.shape[:2]
    total = sum(padded[dy : dy + h, dx : dx + w] for dy in range(5) for dx in range(5))
    assert isinstance(total, np.ndarray)
    near = total[..., 3:] > 0
    color = np.where(near, total[..., :3] / np.maximum(total[..., 3:], 1), values[..., :3])
    values[..., :3] = np.where(solid > 0, values[..., :3], color)
    return Image.fromarray(values.round().clip(0, 255).astype(np.uint8))


class Sprites:
    """Pictures of emoji, drawn once and kept.

    Args:
        font: The font file; found in the usual places when not given.

    Raises:
        VidsearchError: The font is not installed.
    """

    def __init__(self, font: Path | None = None) -> None:
        self._font = ImageFont.truetype(str(find_font(font)), _BITMAP_SIZE)
        # Bound to the object: a cache on the class would keep every instance alive.
        self.whole = lru_cache(maxsize=None)(self._whole)
        self.sized = lru_cache(maxsize=4096)(self._sized)

    def _whole(self, emoji: str) -> Image.Image:
        box = 2 * _BITMAP_SIZE
        picture = Image.new("RGBA", (box, box))
        ImageDraw.Draw(picture).text((20, 40), emoji, font=self._font, embedded_color=True)
        bounds = picture.getbbox()
        if bounds is None:
            raise VidsearchError(
                f"the emoji font has no picture of {emoji!r}; install a newer Noto Color Emoji"
            )
        return _clean_edge(picture.crop(bounds))

    def _sized(
        self,
        emoji: str,
        height: int,
        *,
        flip: bool = False,
        tint: tuple[float, float, float] = (1.0, 1.0, 1.0),
    ) -> Image.Image:
        """The emoji at a height in pixels, its colors multiplied by ``tint``; its width follows.

        The longer side decides for flat ones, so that a snake is not drawn three times as long as a dog is.
        """
        picture = self.whole(emoji)
        scale = height / max(picture.height, 0.8 * picture.width)
        size = (max(1, round(picture.width * scale)), max(1, round(picture.height * scale)))
        # Premultiplied while it is resized, otherwise the font's transparent black bleeds into the outline.
        picture = picture.convert("RGBa").resize(
            size, Image.Resampling.BICUBIC if scale > 1 else Image.Resampling.BOX
        )
        picture = picture.convert("RGBA")
        if flip:
            picture = picture.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
        if tint != (1.0, 1.0, 1.0):
            values = np.asarray(picture).astype(np.float32)
            values[..., :3] *= tint
            picture = Image.fromarray(values.clip(0, 255).astype(np.uint8))
        return picture
