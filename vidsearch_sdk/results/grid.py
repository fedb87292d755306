"""A static grid of hits: thumbnails with timecodes and scores, for notebooks and pages.

No script and nothing from outside: the pictures stand in the text. All styles hang below one class,
``vidsearch``.
"""

from __future__ import annotations

import logging
import math
from collections.abc import Callable, Sequence
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

from vidsearch_sdk.results.markup import SPACE, Markup, element, plain
from vidsearch_sdk.results.thumbnails import WIDTH, data_uri, thumbnail

if TYPE_CHECKING:
    from vidsearch_sdk.results.hit import Hit

log = logging.getLogger("vidsearch_sdk")

MAX_BYTES = 2_000_000
"""Largest grid, in bytes of UTF-8, whatever the number of hits: notebooks keep every output in their file."""

MAX_TILES = 60
"""Most tiles of one grid."""

_MOST_DETAILS = 12
_NOTHING = frozenset({"", "nan", "None", "<NA>", "NaT"})

Link = Callable[["Hit"], str | None]
"""Where a click on a tile leads; ``None`` for a tile that leads nowhere."""


@cache
def style(name: str = "grid.css") -> Markup:
    """Give a style sheet of this folder as a ``<style>`` element."""
    sheet = files("vidsearch_sdk.results").joinpath(name).read_text(encoding="utf-8")
    return Markup(f"<style>{sheet}</style>")


def grid(
    hits: Sequence[Hit],
    *,
    total: int | None = None,
    head: Sequence[Markup] = (),
    label: str = "shots",
    width: int = WIDTH,
    max_tiles: int = MAX_TILES,
    max_bytes: int = MAX_BYTES,
    link: Link | None = None,
    styled: bool = True,
) -> Markup:
    """Lay hits out as a grid.

    Args:
        hits: What to show, in order; only as many are read as are shown.
        total: How many there are in all; those not shown are counted below the grid.
        head: Finished lines above the grid.
        label: What a screen reader calls the grid.
        width: Widest thumbnail in pixels.
        max_tiles: Most tiles.
        max_bytes: Largest result in bytes; further tiles are left out.
        link: Where a click on a tile leads.
        styled: Bring the style sheet along; a page with many grids needs it once.
    """
    total = len(hits) if total is None else total
    sheet = style() if styled else Markup("")
    # Room for the wrapping and the line that counts the rest.
    room = max_bytes - sum(len(part.encode()) for part in (sheet, *head)) - 2_000
    tiles: list[Markup] = []
    for index in range(min(len(hits), max_tiles)):
        one = tile(hits[index], width=width, link=link)
        room -= len(one.encode())
        if room < 0:
            break
        tiles.append(one)
    body = (
        [element("ol", *tiles, class_="vs-grid vs-large" if width > WIDTH else "vs-grid", role="list")]
        if tiles
        else []
    )
    if total > len(tiles):
        rest = f"… and {total - len(tiles):,} more:" if tiles else f"{total:,} shots:"
        body.append(element("p", rest, SPACE, element("code", "hits.table"), class_="vs-note"))
    return element("div", sheet, *head, *body, class_="vidsearch", role="group", aria_label=label)


def tile(hit: Hit, *, width: int = WIDTH, link: Link | None = None) -> Markup:
    """Lay one hit out; a picture that cannot be had becomes a placeholder that says so, never an error."""
    where = f"{plain(hit.name, limit=80)} at {hit.position}"
    picture = element(
        "div",
        _picture(hit, where, width),
        element("span", hit.position, class_="vs-time vs-at"),
        element("span", f"{hit.duration_s:.1f} s", class_="vs-time vs-length"),
        _details(hit),
        class_="vs-picture",
    )
    target = link(hit) if link else None
    if target:
        picture = element("a", picture, href=target, class_="vs-link", aria_label=f"Play {where}")
    known = not math.isnan(hit.score)
    share = min(max(hit.score, 0.0), 1.0) * 100 if known else 0.0
    score = f"{hit.score:.2f}" if known else "–"
    caption = element(
        "div",
        element("span", hit.rank, class_="vs-rank"),
        element("span", hit.name, class_="vs-name", title=hit.name),
        element("span", element("span", style=f"width:{share:.0f}%"), class_="vs-bar", aria_hidden="true"),
        element("span", score, class_="vs-score", role="img", aria_label=f"score {score}"),
        class_="vs-caption",
    )
    # A link takes the focus itself; without one the tile does, so that the details open from the keyboard.
    return element("li", picture, caption, class_="vs-tile", tabindex=None if target else "0")


def _picture(hit: Hit, where: str, width: int) -> Markup:
    try:
        jpeg, w, h = thumbnail(hit.keyframe(), width=width)
    except Exception as error:
        # A page of a hundred shots must not fail for one damaged picture, whatever is wrong with it.
        log.warning("shot %s is shown without its picture: %s", hit.shot_id, error)
        label = f"{where}: no picture"
        return element("div", "no picture", class_="vs-missing", role="img", aria_label=label, title=error)
    return element("img", src=data_uri(jpeg), alt=f"Shot {hit.number}, {where}", width=w, height=h)


def _details(hit: Hit) -> Markup:
    rows: list[tuple[str, object]] = [("shot", hit.number), ("opened by", hit.opened_by or "–")]
    if hit.timecode:
        rows.append(("timecode", hit.timecode))
    rows += [(name, value) for name, value in hit.own.items() if plain(value) not in _NOTHING]
    if not math.isnan(hit.similarity):
        rows.append(("similarity", f"{hit.similarity:.3f}"))
    cells: list[Markup] = []
    for name, value in rows[:_MOST_DETAILS]:
        cells += [element("dt", name, limit=40), element("dd", value, limit=120)]
    return element("dl", *cells, class_="vs-more")
