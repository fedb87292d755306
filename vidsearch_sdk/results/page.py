"""A page of searches that stands alone: one file, no script, readable on a phone and in the dark."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from vidsearch_sdk.errors import StorageError, VidsearchError
from vidsearch_sdk.pages.markup import SPACE, Markup, element, join
from vidsearch_sdk.results.grid import style
from vidsearch_sdk.results.thumbnails import data_uri, thumbnail
from vidsearch_sdk.results.tile import Link

if TYPE_CHECKING:
    from vidsearch_sdk.results.hit import Hit
    from vidsearch_sdk.results.search_results import SearchResults

# What the common browsers play from a file; a link to another kind would download the film.
_PLAYED = frozenset({".mp4", ".m4v", ".webm", ".mov", ".ogv"})


@dataclass(frozen=True)
class Section:
    """One search of a page.

    Attributes:
        heading: The query as people read it.
        hits: What was found.
        kind: A word or two about the sort of query, shown small.
        code: What was typed.
        remark: One sentence about the answer.
        picture: A JPEG that was the query, or part of it.
        tiles: Most tiles shown.
        link: Where a click on a tile leads.
    """

    heading: str
    hits: SearchResults
    kind: str = ""
    code: str = ""
    remark: str = ""
    picture: bytes | None = None
    tiles: int | None = None
    link: Link | None = None


def page(
    *,
    title: str,
    sections: Sequence[Section],
    intro: str = "",
    facts: Sequence[tuple[str, str]] = (),
    closing: str = "",
    next_steps: Sequence[tuple[str, str]] = (),
) -> str:
    """Write a whole HTML document.

    Args:
        title: Heading of the page.
        sections: The searches, in order.
        intro: A paragraph below the heading.
        facts: Pairs of a figure and what it counts.
        closing: A sentence above the next steps.
        next_steps: Pairs of a sentence and the commands or code to type.
    """
    head = join(
        [
            element("meta", charset="utf-8"),
            element("meta", name="viewport", content="width=device-width, initial-scale=1"),
            element("meta", name="color-scheme", content="light dark"),
            # Nothing but this file may run or load, whatever a title holds.
            element("meta", http_equiv="Content-Security-Policy", content=_POLICY),
            element("title", title),
            style("tile.css"),
            style("page.css"),
        ]
    )
    counted = [element("li", element("b", figure), SPACE, what) for figure, what in facts]
    top = element(
        "header",
        element("p", "vidsearch", class_="mark"),
        element("h1", title),
        *([element("p", intro, class_="intro", limit=600)] if intro else []),
        *([element("ul", *counted, class_="facts")] if counted else []),
    )
    body = [_section(section, number) for number, section in enumerate(sections, start=1)]
    steps = [join([element("p", says, limit=400), _code(code)]) for says, code in next_steps]
    bottom = []
    if steps:
        heading = element("h2", closing or "What to type next")
        bottom = [element("footer", heading, *(element("div", step, class_="step") for step in steps))]
    document = element("body", top, element("main", *body), *bottom)
    return f'<!doctype html>\n<html lang="en"><head>{head}</head>\n{document}</html>\n'


_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'"


def film_link(hit: Hit) -> str | None:
    """Point a tile at its span of the film's file; nothing where no browser can play it."""
    try:
        path = hit.footage.path(hit.video_id) if hit.footage else None
    except VidsearchError:
        return None
    if path is None or path.suffix.lower() not in _PLAYED:
        return None
    return path.absolute().as_uri() + span(hit)


def span(hit: Hit) -> str:
    """Write a hit's span as a media fragment, to follow the address of its film (W3C Media Fragments 1.0)."""
    return f"#t={hit.position_s:.3f},{hit.position_s + hit.duration_s:.3f}"


def write_page(path: str | Path, document: str) -> Path:
    """Write a page to disk whole: a reader sees the old one or the new one.

    Raises:
        StorageError: The disk refused.
    """
    out = Path(path).expanduser()
    aside = out.with_name(f".{out.name[:100]}.{os.getpid()}.new")
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        aside.write_text(document, encoding="utf-8")
        aside.replace(out)
    except OSError as error:
        with contextlib.suppress(OSError):
            aside.unlink(missing_ok=True)
        raise StorageError(f"the page {out} cannot be written: {error.strerror or error}") from error
    return out


def _section(section: Section, number: int) -> Markup:
    words = [element("h2", section.heading, id=f"q{number}", limit=300)]
    if section.kind:
        words.insert(0, element("p", section.kind, class_="kind"))
    if section.code:
        words.append(_code(section.code))
    if section.remark:
        words.append(element("p", section.remark, class_="remark", limit=400))
    asked = element("div", *words, class_="words")
    if section.picture is not None:
        jpeg, width, height = thumbnail(section.picture)
        alt = "The picture that was searched with"
        shown = element("img", src=data_uri(jpeg), alt=alt, width=width, height=height)
        asked = join([element("div", shown, class_="reference"), asked])
    answer = section.hits.tiles(max_tiles=section.tiles, link=section.link, styled=False)
    above = element("div", asked, class_="asked")
    return element("section", above, answer, aria_labelledby=f"q{number}", class_="search")


def _code(code: str) -> Markup:
    lines = [element("span", line, class_="line", limit=300) for line in code.splitlines()]
    return element("pre", element("code", join(lines)))
