"""Hits as lines of plain text."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from vidsearch_sdk.results.markup import plain
from vidsearch_sdk.results.wording import NEXT, more_like_this, tells_more, why

if TYPE_CHECKING:
    from vidsearch_sdk.results.hit import Hit

_HEAD = ("rank", "score", "position", "length", "shot_id", "film")


def hit_lines(hits: Sequence[Hit]) -> list[str]:
    """Lay hits out below their head; what one has to say beyond its score stands below it, indented.

    Returns:
        Lines without control characters; none when there are no hits.
    """
    if not len(hits):
        return []
    rows: list[tuple[str, ...]] = [_HEAD]
    below: list[str] = [""]
    for hit in hits:
        name = plain(hit.name, limit=60)
        length = f"{hit.duration_s:.2f} s"
        rows.append((str(hit.rank), f"{hit.score:.2f}", hit.position, length, hit.shot_id, name))
        below.append(_remark(hit))
    widths = [max(len(row[column]) for row in rows) for column in range(5)]
    # Below the score's end, so that ranks and scores can still be read down.
    indent = " " * (widths[0] + 2 + widths[1] + 2)
    lines = []
    for (*cells, film), remark in zip(rows, below, strict=True):
        aligned = (cell.rjust(width) for cell, width in zip(cells, widths, strict=True))
        lines.append(f"{'  '.join(aligned)}  {film}")
        if remark:
            lines.append(f"{indent}{remark}")
    return lines


def _remark(hit: Hit) -> str:
    said = []
    parts = hit.parts
    if parts:
        said.append(NEXT.join(f"{part.position} {why(part) or f'score {part.score:.2f}'}" for part in parts))
    elif tells_more(hit) or hit.line:
        at = f" at {hit.line_position}" if hit.line and hit.line_position else ""
        said.append(f"{why(hit)}{at}")
    if hit.folded_count:
        said.append(more_like_this(hit.folded_count))
    return "; ".join(said)
