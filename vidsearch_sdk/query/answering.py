"""From an expression to its answer: which shots, in which order, why, and what stands behind them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from vidsearch_sdk.index.calibration import ANSWERED, KEPT, how_many
from vidsearch_sdk.index.exact import Rows
from vidsearch_sdk.index.filters import Filter
from vidsearch_sdk.index.served import Served
from vidsearch_sdk.query.evaluator import Evaluator, Reasons, Seen, Stopwatch
from vidsearch_sdk.query.folding import fold, in_turns
from vidsearch_sdk.query.moments import Moments, Scores
from vidsearch_sdk.query.operators import Expression
from vidsearch_sdk.query.query_vector import QueryVector
from vidsearch_sdk.query.reranking import LOOKED_AT
from vidsearch_sdk.query.spoken import Heard
from vidsearch_sdk.query.terms import Says

FOLDED = 2000
"""Shots, best first, among which near-duplicates are looked for."""

SURE = 64
"""Nearest shots that are always found: as deep as graphs are tried when they are made."""

_USUALLY_ALIKE = 0.97
_SPARE = 50


@dataclass(frozen=True)
class Wanted:
    """What a search asks for besides the expression.

    Attributes:
        k: Hits at most.
        conditions: What must hold of every shot.
        min_score: Least score; ``None`` for the usual ones.
        fold: Whether near-duplicates stand behind the best of them.
        per_film: Hits of one film at most; ``None`` for any number.
        closely: Whether the best shots are looked at frame by frame.
        second: Scores shots by another encoder; see ``Evaluator``.
    """

    k: int
    conditions: Filter = ()
    min_score: float | None = None
    fold: bool = True
    per_film: int | None = None
    closely: bool = True
    second: Callable[[Seen, Rows], Scores] | None = None

    @property
    def least(self) -> float:
        """What both parts of ``a & b`` must score."""
        return KEPT if self.min_score is None else min(KEPT, self.min_score)

    @property
    def depth(self) -> int:
        """Shots that a single part brings in, at least: some are folded, some of a film too many."""
        spare = 4 if self.fold or self.per_film else 1
        return max(LOOKED_AT, spare * self.k + _SPARE if self.k <= LOOKED_AT else 2 * self.k)


@dataclass(frozen=True)
class Answer:
    """What was found.

    Attributes:
        moments: The hits, best first.
        similarities: float64 (n,), cosine with the query where it is a single thing to be seen, else nan.
        reasons: Why each was found.
        behind: The shots that stand behind each hit, rows, best first, and their scores.
        best: Score of the best moment, whether it was enough or not; ``None`` where nothing was found at all.
    """

    moments: Moments
    similarities: Scores
    reasons: Reasons
    behind: dict[int, Moments] = field(default_factory=dict)
    best: float | None = None

    def nothing_because(self, wanted: Wanted) -> str | None:
        """A sentence where something was found that does not score enough."""
        if len(self.moments) or self.best is None:
            return None
        needed = ANSWERED if wanted.min_score is None else wanted.min_score
        return f"the nearest shot scores {self.best:.2f}, below {needed:g}"


def answer(
    expression: Expression,
    served: Served,
    wanted: Wanted,
    *,
    vector: Callable[[Seen], QueryVector],
    heard: Callable[[Says], Heard],
    watch: Stopwatch,
) -> Answer:
    """Search.

    Args:
        expression: What was asked.
        served: What is searched.
        wanted: How many, which, and how.
        vector: Gives the vector of what can be seen.
        heard: Gives the shots over which words are spoken.
        watch: Where the time goes.
    """
    evaluator = Evaluator(
        served,
        vector,
        heard,
        wanted.conditions,
        depth=wanted.depth,
        sure=max(wanted.k, SURE),
        least=wanted.least,
        closely=wanted.closely,
        second=wanted.second,
        watch=watch,
    )
    found = evaluator.moments(expression)
    best = float(found.scores[0]) if len(found) else None
    found = found.take(np.arange(how_many(found.scores, min_score=wanted.min_score)))
    behind: dict[int, Moments] = {}
    if wanted.fold and len(found) > 1:
        with watch.stage("fold"):
            found, behind = _folded(found, served, alike(served), k=wanted.k if not wanted.per_film else None)
    if wanted.per_film is not None:
        kept = np.flatnonzero(in_turns(served.spans.film[found.first], per_film=wanted.per_film))
        behind = {new: behind[int(old)] for new, old in enumerate(kept) if int(old) in behind}
        found = found.take(kept)
    found = found.take(np.arange(min(wanted.k, len(found))))
    with watch.stage("answer"):
        reasons = evaluator.reasons(expression, found)
        similarities = evaluator.similarities(expression, found)
    return Answer(found, similarities, reasons, {n: b for n, b in behind.items() if n < len(found)}, best)


def alike(served: Served) -> float:
    """The cosine from which two shots show one set-up: half-way from two pictures of one shot to equal."""
    usual = served.published.calibration.same_shot
    return _USUALLY_ALIKE if np.isnan(usual) else (1.0 + usual) / 2


def _folded(
    found: Moments, served: Served, alike: float, *, k: int | None
) -> tuple[Moments, dict[int, Moments]]:
    """Put near-duplicates behind the best of them; sequences are left alone."""
    count = min(len(found), FOLDED if k is None else max(LOOKED_AT, 4 * k))
    single = np.flatnonzero((found.parts[:count, 1:] < 0).all(axis=1))
    rows = found.first[single]
    place = np.arange(len(found))
    place[single] = single[fold(served.vectors_at(rows), served.spans.film[rows], alike=alike)]
    kept = np.flatnonzero(place == np.arange(len(found)))
    number = {int(leader): new for new, leader in enumerate(kept)}
    members: dict[int, list[int]] = {}
    for follower in np.flatnonzero(place != np.arange(len(found))).tolist():
        members.setdefault(number[int(place[follower])], []).append(follower)
    behind = {leader: found.take(np.array(some, np.int64)) for leader, some in members.items()}
    return found.take(kept), behind
