"""Why shots were found: what they show, what is said over them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from vidsearch_sdk.index.exact import Rows
from vidsearch_sdk.query.algebra.operators import Expression
from vidsearch_sdk.query.algebra.terms import Words
from vidsearch_sdk.query.asked import SEEN, Seen, leaves
from vidsearch_sdk.query.dialogue.spoken import SpokenLine
from vidsearch_sdk.query.moments import Moments, Scores
from vidsearch_sdk.query.scoring import Scorer


@dataclass(frozen=True)
class Reasons:
    """Why shots were found.

    Attributes:
        picture: float64 (n,), best score of what can be seen; nan where nothing of that kind was asked.
        dialogue: float64 (n,), best score of what is said; nan likewise.
        lines: For each the line that was heard, or ``None``.
    """

    picture: Scores
    dialogue: Scores
    lines: list[SpokenLine | None]


def of_moments(scorer: Scorer, expression: Expression, moments: Moments) -> Reasons:
    """Say why an expression found some moments; a sequence's reasons are the best of its shots."""
    filled = moments.parts >= 0
    found = of_shots(scorer, [expression], moments.parts[filled])
    if len(found.lines) == len(moments):  # single shots all of them
        return found
    starts = np.concatenate([[0], np.cumsum(filled.sum(axis=1))[:-1]]).astype(np.int64)
    best = [
        start + int(np.argmax(np.nan_to_num(found.dialogue[start:stop], nan=-1.0)))
        for start, stop in zip(starts, [*starts[1:], len(found.lines)], strict=True)
    ]
    picture = np.fmax.reduceat(found.picture, starts)
    return Reasons(picture, found.dialogue[best], [found.lines[place] for place in best])


def of_shots(scorer: Scorer, expressions: Sequence[Expression], rows: Rows) -> Reasons:
    """Say why some shots were found.

    Args:
        scorer: Knows what they show and what is said over them.
        expressions: What was asked: one for all shots, or one for each.
        rows: int64 (n,), the shots.
    """
    asked = [leaves(expression) for expression in expressions]
    picture, dialogue = np.full(len(rows), np.nan), np.full(len(rows), np.nan)
    lines: list[SpokenLine | None] = [None] * len(rows)
    for which, (seen, said) in enumerate(asked):
        places = np.arange(len(rows)) if len(asked) == 1 else np.array([which])
        some = rows[places]
        if seen and len(rows):
            picture[places] = _best_picture(scorer, seen, some)
        for leaf, plain in said:
            heard = scorer.heard(leaf)
            scores = scorer.dialogue(leaf, some, plain=plain)
            for place in np.flatnonzero((scores > 0) & ~(scores <= dialogue[places])).tolist():
                lines[int(places[place])] = heard.line(int(some[place]))
            dialogue[places] = np.fmax(dialogue[places], scores)
    return Reasons(picture, dialogue, lines)


def similarities(scorer: Scorer, expression: Expression, rows: Rows) -> Scores:
    """Cosines of single shots with the one thing that was to be seen; nan where it was not one thing."""
    if not isinstance(expression, (Words, *SEEN)) or not len(rows):
        return np.full(len(rows), np.nan)
    (leaf,) = leaves(expression)[0]
    # Stored vectors are of unit length to 16 bits only.
    return np.clip(scorer.similarities([leaf], rows)[leaf].astype(np.float64), -1, 1)


def _best_picture(scorer: Scorer, seen: Sequence[Seen], rows: Rows) -> Scores:
    known = scorer.as_ranked(seen, rows)
    return np.asarray(np.max([scorer.picture(leaf, rows, known) for leaf in seen], axis=0))
