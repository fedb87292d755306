"""Hits as lines of plain text."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from vidsearch_sdk.pages.markup import plain
from vidsearch_sdk.results.wording import (
    NEXT,
    line_found,
    more_like_this,
    quoted,
    reasons,
    tells_more,
    why,
    written_score,
)

if TYPE_CHECKING:
    from vidsearch_sdk.results.hit import Hit


def hit_lines(hits: Sequence[Hit]) -> list[str]:
    """Lay hits out below their head; a line that was found and the steps of a span stand below, indented.

    A column says why each came, unless the score alone says it of all of them.

    Returns:
        Lines without control characters; none when there are no hits.
    """
    if not len(hits):
        return []
    rows: list[tuple[str, ...]] = [("rank", "score", "position", "length", "shot_id", "why", "film")]
    below: list[str] = [""]
    told = False
    for hit in hits:
        told = told or tells_more(hit)
        name = plain(hit.name, limit=60)
        length, reason = f"{hit.duration_s:.2f} s", ", ".join(reasons(hit))
        rows.append(
            (str(hit.rank), written_score(hit.score), hit.position, length, hit.shot_id, reason, name)
        )
        below.append(_remark(hit))
    if not told:
        rows = [(*row[:5], row[6]) for row in rows]
    widths = [max(len(cell) for cell in column) for column in zip(*rows, strict=True)]
    # Below the position, so that ranks and scores can still be read down.
    indent = " " * (widths[0] + 2 + widths[1] + 2)
    lines = []
    for row, remark in zip(rows, below, strict=True):
        numbers = [cell.rjust(width) for cell, width in zip(row[:5], widths, strict=False)]
        words = [cell.ljust(width) for cell, width in zip(row[5:-1], widths[5:], strict=False)]
        lines.append("  ".join([*numbers, *words, row[-1]]))
        if remark:
            lines.append(f"{indent}{remark}")
    return lines


def _remark(hit: Hit) -> str:
    said = []
    parts = hit.parts
    if parts:
        said.append(NEXT.join(f"{part.position} {why(part)}".strip() for part in parts))
    line = line_found(hit)
    if line and not any(line_found(part) for part in parts):
        said.append(f"{hit.line_position} {quoted(line)}".strip())
    if hit.folded_count:
        said.append(more_like_this(hit.folded_count))
    return "; ".join(said)
