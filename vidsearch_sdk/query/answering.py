"""From an expression to its answer: which shots, in which order, why, and what stands behind them."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np

from vidsearch_sdk.index.calibration import ANSWERED, KEPT, how_many
from vidsearch_sdk.index.exact import Rows
from vidsearch_sdk.index.filter_masks import Mask
from vidsearch_sdk.index.filters import Filter
from vidsearch_sdk.index.served import Served
from vidsearch_sdk.query import reasons
from vidsearch_sdk.query.algebra.operators import Expression
from vidsearch_sdk.query.algebra.terms import Says
from vidsearch_sdk.query.asked import Seen, leaves
from vidsearch_sdk.query.dialogue.spoken import Heard
from vidsearch_sdk.query.evaluator import Evaluator
from vidsearch_sdk.query.folding import fold, in_turns
from vidsearch_sdk.query.moments import Moments, Scores
from vidsearch_sdk.query.query_vector import QueryVector
from vidsearch_sdk.query.reasons import Reasons
from vidsearch_sdk.query.reranking import LOOKED_AT
from vidsearch_sdk.query.scoring import Scorer
from vidsearch_sdk.query.stopwatch import Stopwatch

FOLDED = 5000
"""Shots, best first, among which near-duplicates are looked for, at most."""
DEEPEST = 20_000
"""Shots that a single part brings in, at most, where many are folded or of a film that has its share."""

_USUALLY_ALIKE = 0.97
_SPARE = 50
_DEEPER = 8


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
        second: Scores shots by another encoder; see ``Scorer``.
        wrong: Shots of which people said that they do not show something.
        without: Rows of which people said that they do not answer the query.
    """

    k: int
    conditions: Filter = ()
    min_score: float | None = None
    fold: bool = True
    per_film: int | None = None
    closely: bool = True
    second: Callable[[Seen, Rows], Scores] | None = None
    wrong: Mapping[Seen, Rows] = field(default_factory=dict)
    without: tuple[int, ...] = ()

    @property
    def least(self) -> float:
        """What both parts of ``a & b`` must score."""
        return KEPT if self.min_score is None else min(KEPT, self.min_score)

    @property
    def depth(self) -> int:
        """Shots that a single part brings in, at least: some are folded, some of a film too many."""
        looked_at = LOOKED_AT if self.closely or self.second is not None else 0
        if not (self.fold or self.per_film):
            return max(looked_at, self.k)
        return max(looked_at, 4 * self.k + _SPARE if self.k <= LOOKED_AT else 2 * self.k)


@dataclass(frozen=True)
class Answer:
    """What was found.

    Attributes:
        moments: The hits, best first.
        similarities: float64 (n,), cosine with the query where it is a single thing to be seen, else nan.
        reasons: Why each was found.
        behind: The shots that stand behind each hit, rows, best first, and their scores.
        best: Score of the best moment, whether it was enough or not; ``None`` where nothing was found at all.
        expression: What was asked.
        evaluator: Knows more of it.
    """

    moments: Moments
    similarities: Scores
    reasons: Reasons
    behind: dict[int, Moments]
    best: float | None
    expression: Expression
    evaluator: Evaluator

    def nothing_because(self, wanted: Wanted) -> str | None:
        """A sentence where something was found that does not score enough."""
        if len(self.moments) or self.best is None:
            return None
        needed = ANSWERED if wanted.min_score is None else wanted.min_score
        # Rounded down: 0.499 is not "0.50, below 0.5".
        return f"the nearest shot scores {math.floor(100 * self.best) / 100:.2f}, below {needed:g}"

    def told_behind(self, place: int) -> tuple[Moments, Scores, Reasons]:
        """The shots behind a hit, with their similarities and reasons."""
        scorer, moments = self.evaluator.scorer, self.behind[place]
        likeness = reasons.similarities(scorer, self.expression, moments.first)
        return moments, likeness, reasons.of_moments(scorer, self.expression, moments)

    def told_parts(self, place: int) -> tuple[Moments, Scores, Reasons]:
        """The shots of a sequence, each with the score, similarity and reasons of its own step."""
        scorer, rows = self.evaluator.scorer, self.moments.parts[place]
        rows = rows[rows >= 0]
        found = self.evaluator.steps(self.expression, rows)
        if found is None:
            moments = Moments.of_shots(rows, np.full(len(rows), self.moments.scores[place]))
            nothing = np.full(len(rows), np.nan)
            return moments, nothing, reasons.of_shots(scorer, [self.expression], rows)
        steps, scores = found
        likeness = [reasons.similarities(scorer, step, rows[n : n + 1])[0] for n, step in enumerate(steps)]
        told = reasons.of_shots(scorer, steps, rows)
        return Moments.of_shots(rows, scores), np.array(likeness, np.float64), told


def answer(
    expression: Expression,
    served: Served,
    wanted: Wanted,
    *,
    vector: Callable[[Seen], QueryVector],
    heard: Callable[[Says, Mask | None], Heard],
    watch: Stopwatch,
) -> Answer:
    """Search.

    Args:
        expression: What was asked.
        served: What is searched.
        wanted: How many, which, and how.
        vector: Gives the vector of what can be seen.
        heard: Gives the shots over which words are spoken, among those that pass.
        watch: Where the time goes.
    """
    with watch.stage("filter"):
        passes = served.mask(wanted.conditions)
    depth = wanted.depth
    while True:
        scorer = Scorer(
            served, vector, heard, passes, wanted.least, wanted.closely, wanted.second, wanted.wrong
        )
        evaluator = Evaluator(scorer, wanted.conditions, depth, wanted.k, watch, wanted.without)
        ranked = evaluator.moments(expression)
        enough = ranked.take(np.arange(how_many(ranked.scores, min_score=wanted.min_score)))
        found, behind = _shortened(enough, served, wanted, watch)
        # Where too many were folded, or of a film that has its share, there may be others further down.
        more = leaves(expression)[0] and len(enough) == len(ranked) >= depth < min(DEEPEST, served.shots)
        if len(found) >= wanted.k or not more or len(found) >= _most(served, wanted, passes):
            break
        depth = min(_DEEPER * depth, DEEPEST)
    best = float(ranked.scores[0]) if len(ranked) else None
    found = found.take(np.arange(min(wanted.k, len(found))))
    behind = {place: some for place, some in behind.items() if place < len(found)}
    with watch.stage("answer"):
        told = reasons.of_moments(scorer, expression, found)
        likeness = reasons.similarities(scorer, expression, found.first)
    return Answer(found, likeness, told, behind, best, expression, evaluator)


def _shortened(
    found: Moments, served: Served, wanted: Wanted, watch: Stopwatch
) -> tuple[Moments, dict[int, Moments]]:
    """Fold near-duplicates and give films their turns; also what stands behind each that is left."""
    behind: dict[int, Moments] = {}
    if wanted.fold and len(found) > 1:
        with watch.stage("fold"):
            found, behind = _folded(found, served, wanted)
    if wanted.per_film is not None:
        kept = np.flatnonzero(in_turns(served.spans.film[found.first], per_film=wanted.per_film))
        behind = {new: behind[int(old)] for new, old in enumerate(kept) if int(old) in behind}
        found = found.take(kept)
    return found, behind


def _most(served: Served, wanted: Wanted, passes: Mask | None) -> int:
    """Hits that there can be at most when films have their turns."""
    if wanted.per_film is None:
        return served.shots
    film = served.spans.film if passes is None else served.spans.film[passes]
    return wanted.per_film * len(np.unique(film))


def alike(served: Served) -> float:
    """The cosine from which two shots show one set-up: half-way from two pictures of one shot to equal."""
    usual = served.published.calibration.same_shot
    return _USUALLY_ALIKE if np.isnan(usual) else (1.0 + usual) / 2


def _folded(found: Moments, served: Served, wanted: Wanted) -> tuple[Moments, dict[int, Moments]]:
    """Put near-duplicates behind the best of them; sequences are left alone."""
    most = min(len(found), FOLDED)
    count = min(most, max(LOOKED_AT, 4 * wanted.k)) if wanted.per_film is None else most
    while True:
        place = _places(found, count, served)
        if count == most or np.count_nonzero(place[:count] == np.arange(count)) >= wanted.k:
            break
        count = min(4 * count, most)
    kept = np.flatnonzero(place == np.arange(len(found)))
    number = {int(leader): new for new, leader in enumerate(kept)}
    members: dict[int, list[int]] = {}
    for follower in np.flatnonzero(place != np.arange(len(found))).tolist():
        members.setdefault(number[int(place[follower])], []).append(follower)
    behind = {leader: found.take(np.array(some, np.int64)) for leader, some in members.items()}
    return found.take(kept), behind


def _places(found: Moments, count: int, served: Served) -> Rows:
    """For each hit the place of the one that it stands behind, often its own; looked for among the first."""
    single = np.flatnonzero((found.parts[:count, 1:] < 0).all(axis=1))
    rows = found.first[single]
    place = np.arange(len(found))
    place[single] = single[fold(served.vectors_at(rows), served.spans.film[rows], alike=alike(served))]
    return place
