"""One page of a contact sheet: where things stand, and how they are drawn."""

from __future__ import annotations

import io
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from PIL import Image, ImageDraw

from vidsearch_sdk.errors import VidsearchError
from vidsearch_sdk.pages.markup import plain
from vidsearch_sdk.results.checks import film_title
from vidsearch_sdk.results.wording import line_found, quoted, written_score
from vidsearch_sdk.video.lettering import Lettering

if TYPE_CHECKING:
    from vidsearch_sdk.results.hit import Hit

log = logging.getLogger("vidsearch_sdk")

_WIDTH = 2400
_MARGIN = 0.03  # of the width
_GUTTER = 0.055  # of a picture's width
_CELL_WIDTHS = (180, 640)  # narrower the words do not fit, wider the stored keyframe is not sharp
_MOST_PICTURES = 4  # of one span
_RATIOS = (0.75, 2.4)  # narrowest and widest box for pictures; others stand between bars

_GROUND = (24, 24, 26)
_MATTE = (36, 36, 39)
_RULE = (62, 62, 67)
_TEXT = (238, 238, 240)
_SOFT = (160, 160, 168)
_ACCENT = (245, 178, 66)


@dataclass(frozen=True)
class SheetShot:
    """A hit as it is drawn.

    Attributes:
        number: What is written before its title.
        hit: The hit.
        pictures: Its keyframe as JPEG, or up to four of a span's shots; None for one that cannot be had.
    """

    number: int
    hit: Hit
    pictures: Sequence[bytes | None]


@dataclass(frozen=True)
class SheetLayout:
    """Where things stand, in pixels.

    Attributes:
        columns: Pictures side by side.
        cell: Width of a picture's box.
        box: Height of it.
        lined: Whether there is a third row of words, for dialogue.
    """

    columns: int
    cell: int
    box: int
    lined: bool

    @property
    def margin(self) -> int:
        """Pixels around everything."""
        return round(_WIDTH * _MARGIN)

    @property
    def gutter(self) -> int:
        """Pixels between pictures."""
        return round(max(16, self.cell * _GUTTER))

    @property
    def letters(self) -> int:
        """Size of the words below pictures."""
        return round(min(26, max(14, self.cell * 0.048)))

    @property
    def words(self) -> int:
        """Rows below a picture."""
        return round(self.letters * (5.1 if self.lined else 3.5))

    @property
    def pitch(self) -> int:
        """Rows from one picture's top to that of the one below it."""
        return self.box + self.words + self.gutter

    @property
    def width(self) -> int:
        """Pixels of a sheet."""
        return 2 * self.margin + self.columns * self.cell + (self.columns - 1) * self.gutter

    @property
    def head(self) -> int:
        """Rows above the first picture."""
        return self.margin + round(2.9 * self.headline)

    @property
    def headline(self) -> int:
        """Size of the headline."""
        return round(max(1.5 * self.letters, min(52, self.width * 0.022)))

    def height(self, rows: int) -> int:
        """Rows of a sheet of so many rows of pictures."""
        return self.head + rows * self.pitch - self.gutter + self.margin // 2

    def rows_within(self, height: int) -> int:
        """Rows of pictures that a sheet of that height holds, at least 1."""
        return max(1, (height - self.head - self.margin // 2 + self.gutter) // self.pitch)


def pictures_of(hit: Hit) -> list[bytes | None]:
    """Give the stored keyframes of a hit, or of a span's shots; None for what cannot be had."""
    parts = list(hit.parts) if len(hit.parts) > 1 else [hit]
    # Of many, the first and the last ones say what the span is.
    shown = parts if len(parts) <= _MOST_PICTURES else [*parts[: _MOST_PICTURES - 1], parts[-1]]
    found: list[bytes | None] = []
    for part in shown:
        try:
            jpeg = part.keyframe()
            with Image.open(io.BytesIO(jpeg), formats=["JPEG"]) as opened:
                opened.draft("RGB", (_CELL_WIDTHS[1], _CELL_WIDTHS[1]))
                opened.load()
            found.append(jpeg)
        except (VidsearchError, OSError, SyntaxError, Image.DecompressionBombError) as error:
            log.info("shot %s has no picture on the contact sheet: %s", part.shot_id, error)
            found.append(None)
    return found


def laid_out(shots: Sequence[SheetShot], columns: int) -> SheetLayout:
    """Choose the sizes: boxes as most pictures are shaped, in so many columns or fewer."""
    ratios = []
    for shot in shots:
        for jpeg in shot.pictures:
            if jpeg is not None:
                with Image.open(io.BytesIO(jpeg)) as opened:
                    ratios.append(opened.width / max(1, opened.height))
    ratio = sorted(ratios)[len(ratios) // 2] if ratios else 16 / 9
    ratio = min(max(ratio, _RATIOS[0]), _RATIOS[1])
    cell = _WIDTH * (1 - 2 * _MARGIN) / (columns + _GUTTER * (columns - 1))
    cell = min(max(cell, _CELL_WIDTHS[0]), _CELL_WIDTHS[1])
    # A few hits need no empty columns beside them, but the headline needs some width.
    columns = min(columns, max(3, len(shots)))
    lined = any(_line(shot.hit) for shot in shots)
    return SheetLayout(columns=columns, cell=round(cell), box=round(cell / ratio), lined=lined)


def drawn_page(
    shots: Sequence[SheetShot],
    layout: SheetLayout,
    *,
    head: str,
    counted: str,
    before_each: Callable[[], None],
) -> Image.Image:
    """Draw a page.

    Args:
        shots: One or more, row by row.
        layout: As :func:`laid_out` gave it.
        head: The headline.
        counted: The line below it.
        before_each: Called before each shot is drawn; what it raises ends the work.

    Returns:
        An RGB picture.
    """
    rows = -(-len(shots) // layout.columns)
    sheet = Image.new("RGB", (layout.width, layout.height(rows)), _GROUND)
    inside = layout.width - 2 * layout.margin
    size, small = layout.headline, Lettering(max(14, round(layout.headline * 0.5)))
    top = layout.margin
    _put(sheet, Lettering(size), head, (layout.margin, top), _TEXT, width=inside)
    _put(sheet, small, counted, (layout.margin, top + round(1.35 * size)), _SOFT, width=inside)
    rule = top + round(2.3 * size)
    ImageDraw.Draw(sheet).line([(layout.margin, rule), (layout.width - layout.margin, rule)], fill=_RULE)
    for place, shot in enumerate(shots):
        before_each()
        row, column = divmod(place, layout.columns)
        left = layout.margin + column * (layout.cell + layout.gutter)
        _draw(sheet, shot, layout, left, layout.head + row * layout.pitch)
    return sheet


def _draw(sheet: Image.Image, shot: SheetShot, layout: SheetLayout, left: int, top: int) -> None:
    hit, jpegs = shot.hit, shot.pictures
    across = 2 if len(jpegs) > 1 else 1
    down = 2 if len(jpegs) > 2 else 1
    gap = 4
    width, height = (layout.cell - gap * (across - 1)) // across, (layout.box - gap * (down - 1)) // down
    for at, jpeg in enumerate(jpegs):
        y, x = divmod(at, across)
        _picture(sheet, jpeg, left + x * (width + gap), top + y * (height + gap), width, height)
    size = layout.letters
    big, small = Lettering(size), Lettering(max(12, round(size * 0.82)))
    right = left + layout.cell
    base = top + layout.box + round(0.45 * size)
    score = written_score(hit.score)
    after = left + _put(sheet, big, f"{shot.number}", (left, base), _ACCENT) + round(0.5 * size)
    room = right - big.width(score) - round(0.6 * size) - after
    _put(sheet, big, score, (right - big.width(score), base), _TEXT)
    _put(sheet, big, film_title(hit), (after, base), _TEXT, width=room)
    base += round(1.45 * size)
    length = f"{hit.duration_s:.1f} s"
    _put(sheet, small, length, (right - small.width(length), base), _SOFT)
    room = layout.cell - small.width(length) - size
    _put(sheet, small, hit.timecode or hit.position, (left, base), _SOFT, width=room)
    if _line(hit):
        _put(sheet, small, quoted(_line(hit)), (left, base + round(1.35 * size)), _SOFT, width=layout.cell)


def _picture(sheet: Image.Image, jpeg: bytes | None, left: int, top: int, width: int, height: int) -> None:
    matte = Image.new("RGB", (width, height), _MATTE)
    if jpeg is None:
        words = Lettering(max(12, round(width * 0.045)))
        text = words.fit("no picture", width)
        _put(matte, words, text, ((width - words.width(text)) // 2, (height - words.height) // 2), _SOFT)
    else:
        with Image.open(io.BytesIO(jpeg)) as opened:
            opened.draft("RGB", (width, height))
            picture = opened.convert("RGB")
        scale = min(width / picture.width, height / picture.height)
        fitted = (max(1, round(picture.width * scale)), max(1, round(picture.height * scale)))
        picture = picture.resize(fitted, Image.Resampling.LANCZOS)
        matte.paste(picture, ((width - fitted[0]) // 2, (height - fitted[1]) // 2))
    sheet.paste(matte, (left, top))


def _put(
    sheet: Image.Image,
    letters: Lettering,
    text: str,
    place: tuple[int, int],
    color: tuple[int, int, int],
    *,
    width: int | None = None,
) -> int:
    """Write a line and give its width in pixels."""
    text = text if width is None else letters.fit(text, max(0, width))
    if not text:
        return 0
    mask = letters.mask(text)
    sheet.paste(color, (place[0], place[1], place[0] + mask.width, place[1] + mask.height), mask)
    return mask.width


def _line(hit: Hit) -> str:
    return plain(line_found(hit))
