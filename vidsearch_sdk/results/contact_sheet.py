"""A contact sheet: the keyframes of hits side by side on one picture, to print, pin up or send around."""

from __future__ import annotations

import io
import logging
import os
import uuid
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

from PIL import Image, ImageDraw

from vidsearch_sdk.errors import QueryError, StorageError, VidsearchError
from vidsearch_sdk.results.handing_over import film_title, picked, target
from vidsearch_sdk.results.markup import plain
from vidsearch_sdk.results.wording import line_found, quoted
from vidsearch_sdk.video.lettering import Lettering

if TYPE_CHECKING:
    from vidsearch_sdk.results.hit import Hit

log = logging.getLogger("vidsearch_sdk")

MAX_HEIGHT = 16_000
"""Tallest sheet in pixels; beyond it programs begin to refuse pictures."""

MOST_COLUMNS = 12

MOST_SHOTS = 1000
"""Most hits of one sheet, on however many pages."""

SUFFIXES = (".png", ".jpg", ".jpeg", ".pdf")
"""What the name of a sheet may end in."""

_WIDTH = 2400
_CELL_WIDTHS = (180, 640)  # narrower the words do not fit, wider the stored keyframe is not sharp
_PAGE = 1.414  # height of a page of a PDF to its width, as A4
_DPI = 200
_COMPRESSION = 4  # of 9: the usual 6 takes more than twice as long and saves 2 %
_MOST_PICTURES = 4  # of one span
_RATIOS = (0.75, 2.4)  # narrowest and widest box for pictures; others stand between bars

_GROUND = (24, 24, 26)
_MATTE = (36, 36, 39)
_RULE = (62, 62, 67)
_TEXT = (238, 238, 240)
_SOFT = (160, 160, 168)
_ACCENT = (245, 178, 66)


@dataclass(frozen=True)
class _Layout:
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
        return round(_WIDTH * 0.03)

    @property
    def gutter(self) -> int:
        return round(max(16, self.cell * 0.055))

    @property
    def letters(self) -> int:
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
        return 2 * self.margin + self.columns * self.cell + (self.columns - 1) * self.gutter

    @property
    def head(self) -> int:
        return self.margin + round(2.9 * self.headline)

    @property
    def headline(self) -> int:
        return round(max(1.5 * self.letters, min(52, self.width * 0.022)))

    def height(self, rows: int) -> int:
        """Rows of a sheet of so many rows of pictures."""
        return self.head + rows * self.pitch - self.gutter + self.margin // 2

    def rows_within(self, height: int) -> int:
        """Rows of pictures that a sheet of that height holds, at least 1."""
        return max(1, (height - self.head - self.margin // 2 + self.gutter) // self.pitch)


def write_contact_sheet(
    hits: Sequence[Hit],
    path: str | Path,
    *,
    columns: int = 5,
    title: str | None = None,
    overwrite: bool = False,
) -> Path:
    """Write hits as one picture: keyframes with rank, title, timecode or position, length and score.

    A keyframe that cannot be had becomes a placeholder; the films themselves are not needed.

    Args:
        hits: What was picked; of a span, up to four of its shots share a box.
        path: The file to write: ``.png``, ``.jpg``, or ``.pdf`` with as many pages as it takes.
        columns: Pictures side by side, 1 to 12.
        title: The headline; by default what was searched for.
        overwrite: Replace a file that exists.

    Returns:
        The file written, as an absolute path.

    Raises:
        QueryError: There are no hits, the suffix is none of these, ``columns`` is out of range, or the sheet
            would be too tall for a picture.
        StorageError: The file exists and ``overwrite`` is false, or the disk refused.
    """
    picks = picked(hits, "a contact sheet")
    out = target(path, suffixes=SUFFIXES, what="a contact sheet", overwrite=overwrite)
    if isinstance(columns, bool) or not isinstance(columns, int) or not 1 <= columns <= MOST_COLUMNS:
        raise QueryError(f"columns={columns!r}: a whole number from 1 to {MOST_COLUMNS} is needed")
    if len(picks) > MOST_SHOTS:
        raise QueryError(
            f"{len(picks):,} shots are more than a contact sheet holds: take up to {MOST_SHOTS} of them "
            f"(hits[:{MOST_SHOTS}])"
        )
    pictures = [_pictures(hit) for hit in picks]
    layout = _laid_out(pictures, columns, lined=any(_line(hit) for hit in picks))
    columns = layout.columns
    rows = -(-len(picks) // columns)
    paged = out.suffix.lower() == ".pdf"
    if not paged and layout.height(rows) > MAX_HEIGHT:
        most = layout.rows_within(MAX_HEIGHT) * columns
        raise QueryError(
            f"{len(picks):,} shots in {columns} columns would be {layout.height(rows):,} pixels tall, and "
            f"{MAX_HEIGHT:,} are allowed: take up to {most} of them (hits[:{most}]), more columns, or a .pdf "
            "of many pages"
        )
    per_page = layout.rows_within(round(layout.width * _PAGE)) * columns if paged else len(picks)
    head = plain(title, limit=200) if title else _asked(picks)
    numbers = _numbers(picks)
    everything = list(zip(numbers, picks, pictures, strict=True))
    pages = (
        _page(everything[at : at + per_page], layout, head, _counted(picks))
        for at in range(0, len(picks), per_page)
    )
    _save(pages, out, title=head)
    return out


def _pictures(hit: Hit) -> list[bytes | None]:
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
        except (VidsearchError, OSError, SyntaxError) as error:
            log.info("shot %s has no picture on the contact sheet: %s", part.shot_id, error)
            found.append(None)
    return found


def _laid_out(pictures: Sequence[Sequence[bytes | None]], columns: int, *, lined: bool) -> _Layout:
    ratios = []
    for jpegs in pictures:
        for jpeg in jpegs:
            if jpeg is not None:
                with Image.open(io.BytesIO(jpeg)) as opened:
                    ratios.append(opened.width / max(1, opened.height))
    ratio = sorted(ratios)[len(ratios) // 2] if ratios else 16 / 9
    ratio = min(max(ratio, _RATIOS[0]), _RATIOS[1])
    margin, gap = _WIDTH * 0.03, 0.055
    cell = (_WIDTH - 2 * margin) / (columns + gap * (columns - 1))
    cell = min(max(cell, _CELL_WIDTHS[0]), _CELL_WIDTHS[1])
    # A few hits need no empty columns beside them, but the headline needs some width.
    columns = min(columns, max(3, len(pictures)))
    return _Layout(columns=columns, cell=round(cell), box=round(cell / ratio), lined=lined)


def _page(
    shots: Sequence[tuple[int, Hit, Sequence[bytes | None]]], layout: _Layout, head: str, counted: str
) -> Image.Image:
    rows = -(-len(shots) // layout.columns)
    sheet = Image.new("RGB", (layout.width, layout.height(rows)), _GROUND)
    inside = layout.width - 2 * layout.margin
    size, small = layout.headline, Lettering(max(14, round(layout.headline * 0.5)))
    top = layout.margin
    _put(sheet, Lettering(size), head, (layout.margin, top), _TEXT, width=inside)
    _put(sheet, small, counted, (layout.margin, top + round(1.35 * size)), _SOFT, width=inside)
    rule = top + round(2.3 * size)
    ImageDraw.Draw(sheet).line([(layout.margin, rule), (layout.width - layout.margin, rule)], fill=_RULE)
    for place, (number, hit, jpegs) in enumerate(shots):
        row, column = divmod(place, layout.columns)
        left = layout.margin + column * (layout.cell + layout.gutter)
        _shot(sheet, number, hit, jpegs, layout, left, layout.head + row * layout.pitch)
    return sheet


def _shot(
    sheet: Image.Image,
    number: int,
    hit: Hit,
    jpegs: Sequence[bytes | None],
    layout: _Layout,
    left: int,
    top: int,
) -> None:
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
    score = f"{hit.score:.2f}"
    after = left + _put(sheet, big, f"{number}", (left, base), _ACCENT) + round(0.5 * size)
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


def _asked(hits: Sequence[Hit]) -> str:
    asked = dict.fromkeys(hit.answer.query for hit in hits if hit.answer is not None)
    return plain(", ".join(asked), limit=200) or "Shots"


def _numbers(hits: Sequence[Hit]) -> list[int]:
    """Give what is written before each title: the ranks of one search, or else places."""
    ranks = [int(hit.rank) for hit in hits]
    rising = all(a < b for a, b in pairwise(ranks))
    return ranks if rising else list(range(1, len(ranks) + 1))


def _counted(hits: Sequence[Hit]) -> str:
    what = "span" if any(len(hit.parts) > 1 for hit in hits) else "shot"
    shots = f"1 {what}" if len(hits) == 1 else f"{len(hits):,} {what}s"
    films = len({hit.video_id for hit in hits})
    seconds = sum(hit.duration_s for hit in hits)
    length = f"{seconds:.1f} s" if seconds < 60 else f"{int(seconds // 60)} min {seconds % 60:.0f} s"
    return f"{shots} from {'1 film' if films == 1 else f'{films:,} films'}, {length} in all"


def _save(pages: Iterator[Image.Image], out: Path, *, title: str) -> None:
    aside = out.with_name(f".sheet-{uuid.uuid4().hex}.part")
    kind = out.suffix.lower()
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        first = next(pages)
        with aside.open("wb") as file:
            if kind == ".pdf":
                first.save(
                    file, "PDF", save_all=True, append_images=pages, resolution=_DPI, quality=90, title=title
                )
            elif kind == ".png":
                first.save(file, "PNG", dpi=(_DPI, _DPI), compress_level=_COMPRESSION)
            else:
                first.save(file, "JPEG", quality=92, subsampling=0, dpi=(_DPI, _DPI))
            file.flush()
            os.fsync(file.fileno())
        aside.replace(out)
    except OSError as error:
        reason = os.strerror(error.errno) if error.errno else "the picture cannot be encoded"
        raise StorageError(f"{plain(out.name)}: cannot be written ({reason})") from error
    finally:
        with suppress(OSError):
            aside.unlink()
