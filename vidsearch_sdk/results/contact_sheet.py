"""A contact sheet: the keyframes of hits side by side on one picture, to print, pin up or send around."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

from PIL import Image

from vidsearch_sdk.errors import QueryError
from vidsearch_sdk.pages.markup import plain
from vidsearch_sdk.results.checks import picked, target
from vidsearch_sdk.results.sheet_page import SheetShot, drawn_page, laid_out, pictures_of
from vidsearch_sdk.video.into_place import into_place, refused

if TYPE_CHECKING:
    from vidsearch_sdk.results.hit import Hit

MAX_HEIGHT = 16_000
"""Tallest sheet in pixels; beyond it programs begin to refuse pictures."""

MOST_COLUMNS = 12
"""Most pictures side by side."""

MOST_SHOTS = 1000
"""Most hits of one sheet, on however many pages."""

SUFFIXES = (".png", ".jpg", ".jpeg", ".pdf")
"""What the name of a sheet may end in."""

_PAGE = 1.414  # height of a page of a PDF to its width, as A4
_DPI = 200
_COMPRESSION = 4  # of 9: the usual 6 takes more than twice as long and saves 2 %


def write_contact_sheet(
    hits: Sequence[Hit],
    path: str | os.PathLike[str],
    *,
    title: str,
    columns: int = 5,
    overwrite: bool = False,
    on_progress: Callable[[float], None] | None = None,
) -> Path:
    """Write hits as one picture: keyframes with rank, title, timecode or position, length and score.

    A keyframe that cannot be had becomes a placeholder; the films themselves are not needed.

    Args:
        hits: What was picked; of a span, up to four of its shots share a box.
        path: The file to write: ``.png``, ``.jpg``, or ``.pdf`` with as many pages as it takes.
        title: The headline.
        columns: Pictures side by side, 1 to 12.
        overwrite: Replace a file that exists.
        on_progress: Told the share that is done, 0 to 1, as each picture is read and drawn, and 1 when all
            that is left is to put the file in its place. What it raises ends the work, and nothing is left
            of it.

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
    step = _steps(2 * len(picks) + 1, on_progress)
    shots = []
    for number, hit in zip(_numbers(picks), picks, strict=True):
        step()
        shots.append(SheetShot(number, hit, pictures_of(hit)))
    layout = laid_out(shots, columns)
    columns = layout.columns
    rows = -(-len(picks) // columns)
    paged = out.suffix.lower() == ".pdf"
    if not paged and layout.height(rows) > MAX_HEIGHT:
        most = layout.rows_within(MAX_HEIGHT) * columns
        beside = "1 column" if columns == 1 else f"{columns} columns"
        raise QueryError(
            f"{len(picks):,} shots in {beside} would be {layout.height(rows):,} pixels tall, and "
            f"{MAX_HEIGHT:,} are allowed: take up to {most} of them (hits[:{most}]), more columns, or a .pdf "
            "of many pages"
        )
    per_page = layout.rows_within(round(layout.width * _PAGE)) * columns if paged else len(picks)
    head = plain(title, limit=200) or "Shots"
    pages = (
        drawn_page(shots[at : at + per_page], layout, head=head, counted=_counted(picks), before_each=step)
        for at in range(0, len(shots), per_page)
    )
    with into_place(out, overwrite=overwrite) as aside:
        for number, page in enumerate(pages):
            try:
                _save(page, aside, kind=out.suffix.lower(), title=head, first=number == 0)
            except OSError as error:
                raise refused(error, out) from error
        if on_progress is not None:
            on_progress(1.0)
    return out


def _steps(total: int, on_progress: Callable[[float], None] | None) -> Callable[[], None]:
    """Give what is called before each step, and tells how far the steps before it have come."""
    shares = iter(range(total))

    def step() -> None:
        if on_progress is not None:
            on_progress(next(shares) / total)

    return step


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


def _save(page: Image.Image, aside: Path, *, kind: str, title: str, first: bool) -> None:
    if kind == ".pdf":
        # Page by page: handed over together, all of them would be held.
        more = {"title": title} if first else {"append": True}
        page.save(aside, "PDF", resolution=_DPI, quality=90, **more)
    elif kind == ".png":
        page.save(aside, "PNG", dpi=(_DPI, _DPI), compress_level=_COMPRESSION)
    else:
        page.save(aside, "JPEG", quality=92, subsampling=0, dpi=(_DPI, _DPI))
    with aside.open("rb+") as file:
        os.fsync(file.fileno())
