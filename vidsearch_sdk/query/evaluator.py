"""What an expression finds: its parts are searched, their scores joined as the expression says.

A part that speaks of single shots first gives candidates (the nearest shots of what can be seen, the shots of
the best lines of what is said), which are then scored by all of it, exactly. Sequences are joined of the
moments that their steps find.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from vidsearch_sdk.index.exact import Rows
from vidsearch_sdk.index.filters import Filter
from vidsearch_sdk.index.vectors import Floats
from vidsearch_sdk.query import fusion
from vidsearch_sdk.query.algebra.expressions import And, During, Or, Sum, Then
from vidsearch_sdk.query.algebra.operators import Expression
from vidsearch_sdk.query.algebra.terms import Says, Shot, Words
from vidsearch_sdk.query.asked import SEEN, Seen, base_of, is_sequence, leaves, wanted_alone, ways
from vidsearch_sdk.query.moments import Moments, Scores, best_within, joined
from vidsearch_sdk.query.reranking import LOOKED_AT
from vidsearch_sdk.query.scoring import Scorer
from vidsearch_sdk.query.sequences import Times, chains
from vidsearch_sdk.query.stopwatch import Stopwatch

STEP_DEPTH = 1000
"""Shots that each part of a compound query brings in, at least."""


@dataclass
class Evaluator:
    """Evaluates expressions over one state of an index.

    Attributes:
        scorer: Scores shots.
        conditions: What must hold of every shot.
        depth: Shots that a single part brings in, at least.
        sure: How many of them must be the nearest; of the others a few may be missed.
        watch: Where the time goes.
        without: Shots that the whole expression does not find.
    """

    scorer: Scorer
    conditions: Filter
    depth: int
    sure: int
    watch: Stopwatch = field(default_factory=Stopwatch)
    without: tuple[int, ...] = ()
    _steps: dict[Expression, Moments] = field(default_factory=dict)

    def moments(self, expression: Expression) -> Moments:
        """Everything that an expression finds, best first; only what scores above 0."""
        found = self._moments(expression, alone=True)
        # Single shots were left out before they were scored; of a sequence its first shot is what was judged.
        found = found.take(~np.isin(found.first, self.without)) if self.without else found
        return found.take(found.scores > 0).ranked()

    def steps(self, expression: Expression, rows: Rows) -> tuple[list[Expression], Scores] | None:
        """What each shot of a sequence was found for, and how well it fits.

        Args:
            expression: What was asked.
            rows: int64 (n,), the shots in order of time.

        Returns:
            For each shot the step of the expression and its score; ``None`` where that cannot be told.
        """
        best: tuple[list[Expression], Scores] | None = None
        for way in ways(expression, len(rows)):
            scores = np.array([self._step_score(step, row) for step, row in zip(way, rows, strict=True)])
            if best is None or scores.prod() > best[1].prod():
                best = list(way), scores
        return best

    def _step_score(self, step: Expression, row: int) -> float:
        known = self._steps.get(step)
        if known is not None:
            place = np.flatnonzero(known.first == row)
            if len(place):
                return float(known.scores[place[0]])
        only = np.array([row], np.int64)
        seen, _ = leaves(step, unwanted=True)
        return float(self.scorer.scores(step, only, self.scorer.similarities(seen, only))[0])

    def _moments(self, expression: Expression, *, alone: bool) -> Moments:
        if not is_sequence(expression):
            return self._shots(expression, alone=alone)
        if isinstance(expression, Then):
            parts = [self._moments(step, alone=False) for step in expression.steps]
            with self.watch.stage("join"):
                return chains([self._likely(part) for part in parts], expression.within_s, self._times)
        if isinstance(expression, During):
            inner = self._moments(expression.inner, alone=False)
            outer = self._moments(expression.outer, alone=False)
            with self.watch.stage("join"):
                scores = [inner.scores, best_within(inner, outer)]
                return inner.with_scores(fusion.both(scores, least=self.scorer.least))
        if isinstance(expression, Or):
            return joined([self._moments(part, alone=alone) for part in expression.parts])
        if isinstance(expression, And):
            return self._narrowed([(1.0, part) for part in expression.parts], alone=alone, both=True)
        if isinstance(expression, Sum):
            return self._narrowed(list(expression.parts), alone=alone, both=False)
        raise TypeError(f"no way to evaluate {type(expression).__name__}")

    def _narrowed(self, parts: list[tuple[float, Expression]], *, alone: bool, both: bool) -> Moments:
        """The moments of the first sequence, scored by all parts; others count where they share a shot."""
        first = base_of(tuple(parts))
        if first is None:
            # Only what is pushed away is a sequence: single shots are found, outside of it.
            first = (1.0, Sum.of([part for part in parts if part[0] > 0]))
            parts = [first, *(part for part in parts if part[0] < 0)]
        base = self._moments(first[1], alone=alone)
        wanted, weights, unwanted = [base.scores], [first[0]], []
        for part in parts:
            if part is first:
                continue
            weight, expression = part
            scores = best_within(base, self._moments(expression, alone=False))
            if weight < 0:
                unwanted.append((scores, -weight))
            else:
                wanted.append(scores)
                weights.append(weight)
        joint = fusion.both(wanted, least=self.scorer.least) if both else fusion.mixed(wanted, weights)
        for scores, weight in unwanted:
            joint = fusion.without(joint, scores, weight)
        return base.with_scores(joint)

    def _shots(self, expression: Expression, *, alone: bool) -> Moments:
        if not alone and expression in self._steps:
            return self._steps[expression]
        rows = self._candidates(expression, alone=alone)
        seen, _ = leaves(expression, unwanted=True)
        with self.watch.stage("picture"):
            known = self.scorer.similarities(seen, rows)
        scores = self.scorer.scores(expression, rows, known)
        if (self.scorer.closely or self.scorer.second is not None) and seen and len(rows):
            with self.watch.stage("rerank"):
                # Of what is wanted: else a shot might be looked at, and lifted, for what is pushed away.
                wanted = wanted_alone(expression)
                heights = scores if wanted is expression else self.scorer.scores(wanted, rows, known)
                best = np.argsort(-heights, kind="stable")[:LOOKED_AT]
                some = {leaf: known[leaf][best] for leaf in seen}
                again = self.scorer.look_closely(seen, rows[best], some)
                scores[best] = self.scorer.scores(expression, rows[best], again)
        found = Moments.of_shots(rows, scores)
        if not alone:
            self._steps[expression] = found
        return found

    def _candidates(self, expression: Expression, *, alone: bool) -> Rows:
        seen, said = leaves(expression)
        served = self.scorer.served
        single = alone and isinstance(expression, (Words, Says, *SEEN))
        depth = self.depth if single else max(self.depth, STEP_DEPTH)
        # "More like this" leaves out the shot itself; a step of a sequence may well be it.
        asked = [served.row_of(leaf.shot_id) for leaf in seen if isinstance(leaf, Shot)] if alone else []
        without = [row for row in asked if row is not None] + (list(self.without) if alone else [])
        queries = [self.scorer.vector(leaf).vector for leaf in seen]
        if len(queries) > 1:
            queries.append(self._together(seen))
        found: list[Rows] = []
        with self.watch.stage("picture"):
            for query in queries:
                rows, _ = served.nearest(
                    query, depth, conditions=self.conditions, without=without, sure=min(depth, self.sure)
                )
                found.append(rows)
        for leaf, plain in said:
            rows = self.scorer.heard(leaf).rows
            if plain:  # a line with little of the words only lifts shots that their pictures bring in
                rows = rows[self.scorer.dialogue(leaf, rows, plain=True) >= self.scorer.least]
            found.append(rows)
        rows = np.unique(np.concatenate([np.empty(0, np.int64), *found]))
        return rows[~np.isin(rows, without)] if without else rows

    def _together(self, seen: Sequence[Seen]) -> Floats:
        """The direction that all parts lie in, each at the scale of its kind: where `+` and `&` look."""
        total = np.zeros(0, np.float32)
        for leaf in seen:
            scale = self.scorer.scale(leaf)
            step = self.scorer.vector(leaf).vector / (scale.threshold - scale.background)
            total = step if not total.size else total + step
        length = float(np.linalg.norm(total))
        # Opposite parts cancel out; each of them has brought its own candidates.
        return np.asarray(total / length if length > 1e-6 else self.scorer.vector(seen[0]).vector, np.float32)

    def _likely(self, step: Moments) -> Moments:
        """The best of a step: what scores next to nothing begins no chain that anybody would look at."""
        best = step.take((step.scores > 0) & (step.scores >= self.scorer.least)).ranked()
        return best.take(np.arange(min(len(best), 2 * STEP_DEPTH)))

    @property
    def _times(self) -> Times:
        spans = self.scorer.served.spans
        return Times(spans.film, spans.start_s, spans.end_s)
