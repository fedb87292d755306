"""A static grid of hits for notebooks and pages.

No script and nothing from outside: the pictures stand in the text. All styles hang below one class,
``vidsearch``.
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Literal

from vidsearch_sdk.pages.markup import SPACE, Markup, element
from vidsearch_sdk.results.thumbnails import WIDTH
from vidsearch_sdk.results.tile import Link, tile
from vidsearch_sdk.results.wording import more_like_this

if TYPE_CHECKING:
    from vidsearch_sdk.results.hit import Hit

MAX_BYTES = 2_000_000
"""Largest grid, in bytes of UTF-8, whatever the number of hits: notebooks keep every output in their file."""

MAX_TILES = 60
"""Most tiles of one grid."""

_LARGE = 384
_MOST_FOLDED = 12
_AT_ONCE = 2


@cache
def style(name: Literal["tile.css", "page.css", "notebook.css"] = "tile.css") -> Markup:
    """Give a style sheet as a ``<style>`` element; that of the tiles is the one that the widget uses too."""
    room = "vidsearch_sdk.widgets" if name == "tile.css" else "vidsearch_sdk.results"
    sheet = files(room).joinpath(name).read_text(encoding="utf-8")
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
    table: str = "hits.table",
    key: str | None = None,
) -> Markup:
    """Lay hits out as a grid.

    Args:
        hits: What to show, in order; only as many are read as are shown.
        total: How many there are in all; those not shown are counted below the grid.
        head: Finished lines above the grid.
        label: What a screen reader calls the grid.
        width: Widest thumbnail in pixels; beyond ``thumbnails.WIDTH`` there is one column.
        max_tiles: Most tiles.
        max_bytes: Largest result in bytes; further tiles are left out.
        link: Where a click on a tile leads.
        styled: Bring the style sheet along; a page with many grids needs it once.
        table: The code that gives all of them, for the line below.
        key: What a live grid finds this one by, to take its place.
    """
    total = len(hits) if total is None else total
    sheet = style() if styled else Markup("")
    # Room for the wrapping and the line that counts the rest.
    room = max_bytes - sum(len(part.encode()) for part in (sheet, *head)) - 2_000
    tiles: list[Markup] = []
    spans = False
    shown = list(hits[: max(0, max_tiles)])
    # A live grid finds the pictures by their places.
    places = [at if key else None for at in range(len(shown))]
    with ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="vidsearch-pictures") as pool:
        made = pool.map(lambda hit, at: tile(hit, width=width, link=link, at=at), shown, places)
        for hit, one in zip(shown, made, strict=True):
            room -= len(one.encode())
            if room < 0:
                break
            tiles.append(one)
            spans = spans or len(hit.parts) > 1
    kinds = ["vs-grid", *(["vs-large"] if width > WIDTH else []), *(["vs-spans"] if spans else [])]
    body = [element("ol", *tiles, class_=" ".join(kinds), role="list")] if tiles else []
    if total > len(tiles):
        rest = f"… and {total - len(tiles):,} more:" if tiles else f"{total:,} shots:"
        body.append(element("p", rest, SPACE, element("code", table), class_="vs-note"))
    return element(
        "div", sheet, *head, *body, class_="vidsearch", role="group", aria_label=label, data_vs_page=key
    )


def alone(hit: Hit) -> Markup:
    """Lay one hit out large, with the near-duplicates that it stands for in a grid below it."""
    large = grid([hit], width=_LARGE, max_bytes=MAX_BYTES // 2)
    folded = hit.folded if hit.folded_count and hit.answer is not None else None
    if not folded:
        return large
    head = element("p", more_like_this(len(folded)), class_="vs-head")
    others = grid(
        folded,
        head=[head],
        label=more_like_this(len(folded)),
        max_tiles=_MOST_FOLDED,
        max_bytes=MAX_BYTES // 2 - 100,
        styled=False,
        table="hit.folded.table",
    )
    return element("div", large, others)
