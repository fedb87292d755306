"""The words of an answer: why a shot came, what was made of the query, how long it took.

Pages, terminals and widgets say the same; all of it is plain text, so a page still escapes it.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from vidsearch_sdk.pages.markup import plain

if TYPE_CHECKING:
    from vidsearch_sdk.results.hit import Hit

MOST_CHANGES = 6
"""Corrections or expansions that are written out; the rest is counted."""

NEXT_TRIES = "other words, fewer filters, or min_score=0 to see what comes nearest"
"""What to do about an empty answer."""

LEAST_REASON = 0.05
"""Score of a part of the query below which it is no reason beside a better one."""

NEXT = " → "
"""Between the steps of a span."""


def reasons(hit: Hit) -> list[str]:
    """Give the score of each part of the query that a hit answers, without the line's words.

    Examples:
        ``["picture 0.81", "line 0.64"]``; nothing where the search told neither.
    """
    words = []
    if _counts(hit.picture, hit.dialogue):
        words.append(f"picture {hit.picture:.2f}")
    if _counts(hit.dialogue, hit.picture):
        words.append(f"line {hit.dialogue:.2f}")
    return words


def line_found(hit: Hit) -> str:
    """Give the line that a hit came for; ``""`` where it came for its picture and the line hardly fits."""
    return hit.line if hit.dialogue is None or _counts(hit.dialogue, hit.picture) else ""


def all_reasons(hit: Hit) -> str:
    """Give ``reasons`` on one row: of each step of a span where the steps know them, else of the hit."""
    steps = [" · ".join(reasons(part)) for part in hit.parts]
    if any(steps):
        return _in_order(steps, hit)
    return " · ".join(reasons(hit)) if tells_more(hit) else ""


def tells_more(hit: Hit) -> bool:
    """Whether ``reasons`` say more than the score alone does."""
    return _counts(hit.dialogue, hit.picture) or (
        _counts(hit.picture, hit.dialogue) and f"{hit.picture:.2f}" != f"{hit.score:.2f}"
    )


def why(hit: Hit) -> str:
    """Say why a hit came; a span says it step by step."""
    steps = [why(part) for part in hit.parts]
    if any(steps):
        return _in_order(steps, hit)
    words = [f"picture {hit.picture:.2f}"] if _counts(hit.picture, hit.dialogue) else []
    line = line_found(hit)
    said = f"line: {quoted(line)}" if line else "dialogue"
    if _counts(hit.dialogue, hit.picture):
        words.append(f"{said} {hit.dialogue:.2f}")
    elif line:
        words.append(said)
    return ", ".join(words)


def _counts(score: float | None, other: float | None) -> bool:
    """Whether a part's score is a reason: not so near to nothing that the hit came for the other part."""
    return score is not None and (score >= LEAST_REASON or other is None or score > other)


def _in_order(steps: Sequence[str], hit: Hit) -> str:
    known = zip(steps, hit.parts, strict=True)
    return NEXT.join(step or f"score {part.score:.2f}" for step, part in known)


def quoted(line: str, *, limit: int = 160) -> str:
    """Put a line of dialogue in quotation marks, on one row and free of what misleads a reader."""
    return f"“{plain(line, limit=limit)}”"


def more_like_this(count: int) -> str:
    """Count the near-duplicates that are folded behind a hit; ``""`` for none."""
    return f"{count:,} more like this" if count else ""


def pairs(corrections: Sequence[tuple[str, str]]) -> list[tuple[str, str]]:
    """Clean the corrections that are shown: what was typed and what was searched instead."""
    return [(plain(typed, limit=60), plain(read, limit=60)) for typed, read in corrections[:MOST_CHANGES]]


def as_typed(count: int) -> tuple[str, str]:
    """Say how corrections are refused: the argument, and what it does."""
    return "spelling=False", f"searches for {'it' if count == 1 else 'them'} as typed"


def corrected(corrections: Sequence[tuple[str, str]]) -> str:
    """Say which words were corrected, and how to refuse; ``""`` for none.

    Examples:
        >>> corrected([("umbrela", "umbrella")])
        'umbrela → umbrella: spelling=False searches for it as typed'
    """
    if not corrections:
        return ""
    shown = ", ".join(f"{typed} → {read}" for typed, read in pairs(corrections))
    return f"{shown}{rest(corrections)}: {' '.join(as_typed(len(corrections)))}"


def variants(words: Sequence[str]) -> str:
    """List the words that were searched as well."""
    shown = [plain(word, limit=60) for word in words[:MOST_CHANGES]]
    return ", ".join(shown) + rest(words)


def without_variants(count: int) -> tuple[str, str]:
    """Say how synonyms are left out: the argument, and what it does."""
    return "synonyms=False", f"searches for {'it' if count == 1 else 'them'} alone"


def expanded(expansions: Sequence[tuple[str, Sequence[str]]]) -> str:
    """Say which words were searched together with their synonyms; ``""`` for none.

    Examples:
        >>> expanded([("cop", ("police officer", "policeman"))])
        'cop + police officer, policeman: synonyms=False searches for it alone'
    """
    if not expansions:
        return ""
    shown = "; ".join(
        f"{plain(word, limit=60)} + {variants(others)}" for word, others in expansions[:MOST_CHANGES]
    )
    return f"{shown}{rest(expansions)}: {' '.join(without_variants(len(expansions)))}"


def rest(changes: Sequence[object]) -> str:
    """Count what is not written out."""
    left = len(changes) - MOST_CHANGES
    return f" and {left:,} more" if left > 0 else ""


def written_score(score: float) -> str:
    """Write a score; a dash where there is none.

    Examples:
        >>> written_score(0.806), written_score(float("nan"))
        ('0.81', '–')
    """
    return "–" if math.isnan(score) else f"{score:.2f}"


def duration(seconds: float) -> str:
    """Write how long something took.

    Examples:
        >>> duration(0.0004), duration(0.0123), duration(2.5)
        ('0.4 ms', '12 ms', '2.5 s')
    """
    if seconds >= 1:
        return f"{seconds:.1f} s"
    return f"{seconds * 1000:.0f} ms" if seconds >= 0.01 else f"{seconds * 1000:.1f} ms"


def stages(timing: Mapping[str, float]) -> str:
    """Write what each stage of a search took, in its order; ``""`` where nothing was timed.

    Examples:
        >>> stages({"words": 0.0012, "pictures": 0.0104})
        'words 1.2 ms, pictures 10 ms'
    """
    return ", ".join(f"{plain(name, limit=40)} {duration(seconds)}" for name, seconds in timing.items())


def round_duration(seconds: float) -> str:
    """Write how long a search took, to the millisecond."""
    return f"{seconds * 1000:.0f} ms" if seconds < 1 else f"{seconds:.1f} s"
