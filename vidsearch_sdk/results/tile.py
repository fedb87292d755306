"""One hit as a tile: its picture, or those of its span, with time, score, line and why it came."""

from __future__ import annotations

import datetime as dt
import logging
import math
import re
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import numpy as np

from vidsearch_sdk.pages.markup import SPACE, Markup, element, plain
from vidsearch_sdk.results.thumbnails import MAX_BYTES, WIDTH, data_uri, thumbnail
from vidsearch_sdk.results.wording import all_reasons, line_found, more_like_this, quoted, why, written_score

if TYPE_CHECKING:
    from vidsearch_sdk.results.hit import Hit

log = logging.getLogger("vidsearch_sdk")

Link = Callable[["Hit"], str | None]
"""Where a click on a tile leads; ``None`` for a tile that leads nowhere."""

MOST_PARTS = 6
"""Pictures of a span that are shown side by side; further ones are counted."""

_MOST_DETAILS = 12
_MOST_LINES = 3
_NOTHING = frozenset({"", "nan", "None", "<NA>", "NaT"})
# What browsers may take for a language (BCP 47, without its private corners); it chooses fonts and voices.
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8}){0,3}")


def tile(hit: Hit, *, width: int = WIDTH, link: Link | None = None, at: int | None = None) -> Markup:
    """Lay one hit out; a picture that cannot be had becomes a placeholder that says so, never an error."""
    where = f"{plain(hit.name, limit=80)} at {hit.position}"
    # A span of one shot is a shot.
    parts = hit.parts if len(hit.parts) > 1 else ()
    if parts:
        shown = [_strip(parts, width)]
    else:
        shown = [_picture(hit, f"Shot {hit.number}, {where}", width), _at(hit)]
    shown.append(element("span", f"{hit.duration_s:.1f} s", class_="vs-time vs-length"))
    shown.insert(-1, SPACE)  # where a front end takes the styles away, these would run together
    picture = element("div", *shown, _details(hit), class_="vs-picture vs-span" if parts else "vs-picture")
    target = link(hit) if link else None
    if target:
        picture = element("a", picture, href=target, class_="vs-link", aria_label=f"Play {where}")
    caption = element(
        "div",
        element("span", hit.rank, class_="vs-rank"),
        element("span", hit.name, class_="vs-name", title=hit.name),
        *_score(hit),
        class_="vs-caption",
    )
    # A link takes the focus itself; without one the tile does, so that the details open from the keyboard.
    return element(
        "li",
        picture,
        caption,
        *_lines(hit),
        *_foot(hit),
        class_="vs-tile vs-stack" if hit.folded_count else "vs-tile",
        tabindex=None if target else "0",
        data_vs_at=at,
    )


def _strip(parts: Sequence[Hit], width: int) -> Markup:
    # Together they cost what one picture costs: a span is as light a tile as any other.
    shown = parts if len(parts) <= MOST_PARTS else parts[: MOST_PARTS - 1]
    wide = max(120, round(width * 1.5 / min(len(shown), 3)))
    cells = []
    for number, part in enumerate(shown, start=1):
        where = f"{plain(part.name, limit=80)} at {part.position}"
        label = f"Part {number} of {len(parts)}: shot {part.number}, {where}"
        picture = _picture(part, label, min(wide, width), max_bytes=MAX_BYTES // len(shown))
        cells.append(element("div", picture, _at(part), class_="vs-part"))
    if len(shown) < len(parts):
        more = f"+ {len(parts) - len(shown)} more"
        cells.append(element("div", element("div", more, class_="vs-missing"), class_="vs-part"))
    # Rows of two or three: whole rows, and room for the time on each.
    columns = 2 if len(cells) in {2, 4} else 3
    return element("div", *cells, class_=f"vs-strip vs-by-{columns}")


def _at(hit: Hit) -> Markup:
    return element("span", hit.position, class_="vs-time vs-at")


def _picture(hit: Hit, label: str, width: int, *, max_bytes: int = MAX_BYTES) -> Markup:
    try:
        jpeg, w, h = thumbnail(hit.keyframe(), width=width, max_bytes=max_bytes)
    except Exception as error:
        # A page of a hundred shots must not fail for one damaged picture, whatever is wrong with it.
        log.warning("shot %s is shown without its picture: %s", hit.shot_id, error)
        missing = f"{label}: no picture"
        return element("div", "no picture", class_="vs-missing", role="img", aria_label=missing, title=error)
    return element("img", src=data_uri(jpeg), alt=label, width=w, height=h)


def _score(hit: Hit) -> list[Markup]:
    known = not math.isnan(hit.score)
    share = min(max(hit.score, 0.0), 1.0) * 100 if known else 0.0
    score = written_score(hit.score)
    # The bar is as long as the score, divided as picture and line share in it.
    said = share * heard_share(hit)
    filled = []
    if share - said >= 0.5 or not said:
        filled.append(element("span", style=f"width:{share - said:.0f}%"))
    if said:
        filled.append(element("span", style=f"width:{said:.0f}%", class_="vs-heard"))
    reason = why(hit)
    label = f"score {score}: {reason}" if reason else f"score {score}"
    named = {"role": "img", "aria_label": label, "title": reason or None}
    return [
        element("span", *filled, class_="vs-bar", aria_hidden="true"),
        element("span", score, class_="vs-score", limit=400, **named),
    ]


def heard_share(hit: Hit) -> float:
    """Give the line's share in the score of a hit, from 0 (it came for its picture) to 1."""
    seen, heard = hit.picture or 0.0, hit.dialogue or 0.0
    return heard / (seen + heard) if seen + heard > 0 else 0.0


def spoken(hit: Hit) -> list[Hit]:
    """Give the hit, or those parts of its span, whose lines were found; at most 3."""
    return ([one for one in hit.parts if line_found(one)] or ([hit] if line_found(hit) else []))[:_MOST_LINES]


def language_tag(hit: Hit) -> str:
    """Give the language of a hit's line as browsers take it; ``""`` where it names none."""
    language = hit.line_language.replace("_", "-")
    return language if _LANGUAGE.fullmatch(language) else ""


def _lines(hit: Hit) -> list[Markup]:
    lines = []
    for one in spoken(hit):
        words = element(
            "span",
            quoted(one.line),
            # The words run as their own script does, the time stays where it is.
            dir="auto",
            lang=language_tag(one) or None,
            limit=200,
        )
        at = [element("span", one.line_position, class_="vs-said"), SPACE] if one.line_position else []
        lines.append(element("p", *at, words, class_="vs-line", title=plain(one.line, limit=400), limit=400))
    return lines


def _foot(hit: Hit) -> list[Markup]:
    words = all_reasons(hit)
    said = [element("span", words, limit=300)] if words else []
    if hit.folded_count:
        more = more_like_this(hit.folded_count)
        said += [SPACE] if said else []
        said.append(element("span", more, class_="vs-folded", title="hit.folded has them"))
    return [element("p", *said, class_="vs-why")] if said else []


def _details(hit: Hit) -> Markup:
    cells: list[Markup] = []
    for name, value in details(hit):
        cells += [element("dt", name, limit=40), element("dd", value, limit=120)]
    return element("dl", *cells, class_="vs-more")


def details(hit: Hit) -> list[tuple[str, object]]:
    """Give what else is known of a hit, as names and values; at most 12."""
    rows: list[tuple[str, object]] = []
    if len(hit.parts) > 1:
        rows.append(("shots", " → ".join(str(part.number) for part in hit.parts[:MOST_PARTS])))
    else:
        rows += [("shot", hit.number), ("opened by", hit.opened_by or "–")]
    if hit.timecode:
        rows.append(("timecode", hit.timecode))
    rows += [(name, _shown(value)) for name, value in hit.own.items() if plain(value) not in _NOTHING]
    scores = (("picture", hit.picture), ("dialogue", hit.dialogue))
    rows += [(name, f"{score:.2f}") for name, score in scores if score is not None and score >= 0.005]
    if not math.isnan(hit.similarity):
        rows.append(("similarity", f"{hit.similarity:.3f}"))
    return rows[:_MOST_DETAILS]


def _shown(value: object) -> object:
    """Write a column's value as people do: yes and no, and days without their midnight."""
    if isinstance(value, bool | np.bool_):
        return "yes" if value else "no"
    if isinstance(value, dt.datetime) and value.time() == dt.time():
        return value.date()
    return value
