"""Words drawn into pictures, in the typeface that Pillow brings, and in the system's for other scripts."""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

# Where Pillow's own typeface has no sign for a character, these are tried in order: those that systems bring.
_OTHERS = (
    *("NotoSans-Regular.ttf", "DejaVuSans.ttf", "NotoSansCJK-Regular.ttc", "NotoSansCJKjp-Regular.otf"),
    *("NotoSansArabic-Regular.ttf", "NotoSansHebrew-Regular.ttf", "NotoSansDevanagari-Regular.ttf"),
    *("NotoSansThai-Regular.ttf", "DroidSansFallbackFull.ttf", "wqy-microhei.ttc", "FreeSans.ttf"),
    *("Arial Unicode.ttf", "PingFang.ttc", "Hiragino Sans GB.ttc", "AppleSDGothicNeo.ttc"),
    *("arial.ttf", "msyh.ttc", "msgothic.ttc", "malgun.ttf", "Nirmala.ttf", "seguisym.ttf"),
)
_FOLDERS = (
    *("/usr/share/fonts", "/usr/local/share/fonts", "${HOME}/.local/share/fonts"),
    *("/System/Library/Fonts", "/Library/Fonts", "${HOME}/Library/Fonts", "${WINDIR}/Fonts"),
)
_NO_CHARACTER = "\U0010fffe"  # not assigned in any typeface: it is drawn as the sign for "no such sign"
_UNKNOWN = "?"
_ELLIPSIS = "…"

Font = ImageFont.FreeTypeFont | ImageFont.ImageFont


class Lettering:
    """Draws and measures lines of one size; of any text: what no typeface has becomes a question mark.

    Args:
        size: Size of the letters in pixels, 4 or more.

    Attributes:
        size: As given.
        height: Rows of a line, from the highest letter's top to the lowest one's bottom.
        ascent: Rows of a line above its base.
    """

    def __init__(self, size: int) -> None:
        if size < 4:
            raise ValueError(f"size must be 4 or more, not {size}")
        self.size = size
        self._own = _own(size)
        self.ascent, self.height = round(1.06 * size), round(1.4 * size)

    def width(self, text: str) -> int:
        """Measure a line in pixels."""
        return round(sum(font.getlength(run) for font, run in self._runs(text)))

    def fit(self, text: str, width: int) -> str:
        """Cut a line until it is at most ``width`` pixels wide; what was cut becomes an ellipsis."""
        text = _one_line(text)
        if self.width(text) <= width:
            return text
        low, high = 0, len(text)
        while low < high:
            middle = (low + high + 1) // 2
            if self.width(text[:middle].rstrip() + _ELLIPSIS) <= width:
                low = middle
            else:
                high = middle - 1
        return text[:low].rstrip() + _ELLIPSIS if low else ""

    def mask(self, text: str) -> Image.Image:
        """Draw a line.

        Returns:
            How much of each pixel is covered: mode ``L``, as wide as the line, :attr:`height` rows high.
        """
        runs = self._runs(text)
        widths = [font.getlength(run) for font, run in runs]
        picture = Image.new("L", (max(1, round(sum(widths))), self.height))
        draw = ImageDraw.Draw(picture)
        left = 0.0
        for (font, run), width in zip(runs, widths, strict=True):
            # Without FreeType there is one small typeface only, which knows no base line.
            base = isinstance(font, ImageFont.FreeTypeFont)
            draw.text(
                (left, self.ascent if base else 0), run, fill=255, font=font, anchor="ls" if base else None
            )
            left += width
        return picture

    def _runs(self, text: str) -> list[tuple[Font, str]]:
        runs: list[tuple[Font, str]] = []
        for character in _one_line(text):
            # Spaces and marks belong to the letter before them.
            follows = (
                runs and (character.isspace() or not character.isalnum()) and _has(runs[-1][0], character)
            )
            font = runs[-1][0] if follows else self._font(character)
            if font is None:
                font, character = self._own, _UNKNOWN
            if runs and runs[-1][0] is font:
                runs[-1] = (font, runs[-1][1] + character)
            else:
                runs.append((font, character))
        return runs

    def _font(self, character: str) -> Font | None:
        if _has(self._own, character):
            return self._own
        if character.isspace():
            return self._own
        others = (_other(name, self.size) for name in _OTHERS)
        return next((font for font in others if font is not None and _has(font, character)), None)


def _one_line(text: str) -> str:
    return "".join(c if c.isprintable() else " " for c in text)


@cache
def _own(size: int) -> Font:
    return ImageFont.load_default(size=size)


@cache
def _other(name: str, size: int) -> ImageFont.FreeTypeFont | None:
    path = _installed().get(name.lower())
    try:
        return None if path is None else ImageFont.truetype(path, size)
    except (OSError, ImportError):
        return None


@cache
def _installed() -> dict[str, str]:
    """Find the typefaces of the system by file name.

    Pillow would find them too, but looks in the current folder first, where anybody may have put anything.
    """
    wanted = {name.lower() for name in _OTHERS}
    found: dict[str, str] = {}
    for folder in map(os.path.expandvars, _FOLDERS):
        # A variable that is not set stays as it is, and would name a folder in the current one.
        for place, _, names in os.walk(folder) if Path(folder).is_absolute() else ():
            for name in names:
                if name.lower() in wanted:
                    found.setdefault(name.lower(), str(Path(place, name)))
    return found


@cache
def _no_sign(font: Font) -> bytes:
    return _drawn(font, _NO_CHARACTER)


@cache
def _has(font: Font, character: str) -> bool:
    try:
        return character.isspace() or _drawn(font, character) != _no_sign(font)
    except (ValueError, OSError):
        return False  # a letter that the typeface holds only as a picture of another size


def _drawn(font: Font, character: str) -> bytes:
    size = round(2 * font.size) if isinstance(font, ImageFont.FreeTypeFont) else 24
    picture = Image.new("L", (size, size))
    ImageDraw.Draw(picture).text((4, 4), character, fill=255, font=font)
    return picture.tobytes()
