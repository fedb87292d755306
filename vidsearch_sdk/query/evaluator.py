"""What an expression finds: its parts are searched, their scores joined as the expression says.

A part that speaks of single shots first gives candidates (the nearest shots of what can be seen, the shots of
the best lines of what is said), which are then scored by all of it, exactly. Sequences are joined of the
moments that their steps find.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

import numpy as np

from vidsearch_sdk.index.calibration import Calibration
from vidsearch_sdk.index.exact import Rows
from vidsearch_sdk.index.filters import Filter
from vidsearch_sdk.index.served import Served
from vidsearch_sdk.index.vectors import Floats
from vidsearch_sdk.query import fusion
from vidsearch_sdk.query.expressions import And, During, Or, Sum, Then
from vidsearch_sdk.query.moments import Moments, Scores, best_within, joined
from vidsearch_sdk.query.operators import Expression
from vidsearch_sdk.query.query_vector import QueryVector
from vidsearch_sdk.query.reranking import LOOKED_AT, second_look
from vidsearch_sdk.query.sequences import Times, chains
from vidsearch_sdk.query.spoken import Heard, SpokenLine
from vidsearch_sdk.query.terms import Clip, Image, Says, Shot, Text, Words

STEP_DEPTH = 1000
"""Shots that each part of a compound query brings in, at least."""

_TRIFLE = 1e-9

Seen = Text | Image | Shot | Clip
_SEEN = (Text, Image, Shot, Clip)


@dataclass
class Stopwatch:
    """Seconds by stage of a search."""

    seconds: dict[str, float] = field(default_factory=dict)

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Add the time of the block to a stage."""
        began = time.perf_counter()
        try:
            yield
        finally:
            self.seconds[name] = self.seconds.get(name, 0.0) + time.perf_counter() - began


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


@dataclass
class Evaluator:
    """Evaluates expressions over one state of an index.

    Attributes:
        served: What is searched.
        vector: Gives the vector of what can be seen.
        heard: Gives the shots over which words are spoken.
        conditions: What must hold of every shot.
        depth: Shots that a single part brings in, at least.
        sure: How many of them must be the nearest; of the others a few may be missed.
        least: What both parts of ``a & b`` must score.
        closely: Whether the best shots are looked at frame by frame.
        second: Scores some shots by another, larger encoder: the part and rows in, heights out, nan for shots
            that it does not know.
        watch: Where the time goes.
    """

    served: Served
    vector: Callable[[Seen], QueryVector]
    heard: Callable[[Says], Heard]
    conditions: Filter
    depth: int
    sure: int
    least: float
    closely: bool = True
    second: Callable[[Seen, Rows], Scores] | None = None
    watch: Stopwatch = field(default_factory=Stopwatch)

    def moments(self, expression: Expression) -> Moments:
        """Everything that an expression finds, best first; only what scores above 0."""
        found = self._moments(expression, alone=True)
        return found.take(found.scores > 0).ranked()

    def reasons(self, expression: Expression, moments: Moments) -> Reasons:
        """Say why an expression found some moments; a sequence's reasons are the best of its shots."""
        seen, said = _leaves(expression)
        filled = moments.parts >= 0
        rows = moments.parts[filled]
        picture, dialogue = np.full(len(rows), np.nan), np.full(len(rows), np.nan)
        if seen and len(rows):
            known = self._similarities(seen, rows)
            picture = np.max([self._seen(leaf, known) for leaf in seen], axis=0)
        lines: list[SpokenLine | None] = [None] * len(rows)
        for leaf, plain in said:
            heard = self.heard(leaf)
            scores = _heard(heard, rows, plain=plain)
            for place in np.flatnonzero((scores > 0) & ~(scores <= dialogue)).tolist():
                lines[place] = heard.line(int(rows[place]))
            dialogue = np.fmax(dialogue, scores)
        starts = np.concatenate([[0], np.cumsum(filled.sum(axis=1))[:-1]]).astype(np.int64)
        if not len(rows):
            return Reasons(picture, dialogue, lines)
        best = [
            start + int(np.argmax(np.nan_to_num(dialogue[start:stop], nan=-1.0)))
            for start, stop in zip(starts, [*starts[1:], len(rows)], strict=True)
        ]
        return Reasons(np.fmax.reduceat(picture, starts), dialogue[best], [lines[place] for place in best])

    def similarities(self, expression: Expression, moments: Moments) -> Scores:
        """Cosines of single shots with the one thing that was to be seen; nan where it was not one thing."""
        seen, _ = _leaves(expression)
        if not isinstance(expression, Words | Seen) or not len(moments):
            return np.full(len(moments), np.nan)
        # Stored vectors are of unit length to 16 bits only.
        return np.clip(self._similarities(seen, moments.first)[seen[0]].astype(np.float64), -1, 1)

    def _moments(self, expression: Expression, *, alone: bool) -> Moments:
        if not _is_sequence(expression):
            return self._shots(expression, alone=alone)
        parts: list[Moments]
        if isinstance(expression, Then):
            parts = [self._moments(step, alone=False) for step in expression.steps]
            with self.watch.stage("join"):
                return chains([_some(part) for part in parts], expression.within_s, self._times)
        if isinstance(expression, During):
            inner = self._moments(expression.inner, alone=False)
            outer = self._moments(expression.outer, alone=False)
            scores = best_within(inner, outer)
            return inner.with_scores(fusion.both([inner.scores, scores], least=0.0) * (scores > 0))
        if isinstance(expression, Or):
            return joined([self._moments(part, alone=alone) for part in expression.parts])
        if isinstance(expression, And):
            return self._narrowed([(1.0, part) for part in expression.parts], alone=alone, both=True)
        if isinstance(expression, Sum):
            return self._narrowed(list(expression.parts), alone=alone, both=False)
        raise TypeError(f"no way to evaluate {type(expression).__name__}")

    def _narrowed(self, parts: list[tuple[float, Expression]], *, alone: bool, both: bool) -> Moments:
        """The moments of the first sequence, scored by all parts; others count where they share a shot."""
        first = next((part for part in parts if part[0] > 0 and _is_sequence(part[1])), None)
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
        joint = fusion.both(wanted, least=self.least) if both else fusion.mixed(wanted, weights)
        for scores, weight in unwanted:
            joint = fusion.without(joint, scores, weight)
        return base.with_scores(joint)

    def _shots(self, expression: Expression, *, alone: bool) -> Moments:
        rows = self._candidates(expression, alone=alone)
        seen, _ = _leaves(expression, unwanted=True)
        with self.watch.stage("picture"):
            known = self._similarities(seen, rows)
        scores = self._scores(expression, rows, known)
        if (self.closely or self.second is not None) and seen and len(rows):
            with self.watch.stage("rerank"):
                best = np.argsort(-scores, kind="stable")[:LOOKED_AT]
                again = self._second_look(seen, rows[best], {leaf: known[leaf][best] for leaf in seen})
                scores[best] = self._scores(expression, rows[best], again)
        return Moments.of_shots(rows, scores)

    def _candidates(self, expression: Expression, *, alone: bool) -> Rows:
        seen, said = _leaves(expression)
        single = alone and isinstance(expression, Words | Says | Seen)
        depth = self.depth if single else max(self.depth, STEP_DEPTH)
        # "More like this" leaves out the shot itself; a step of a sequence may well be it.
        asked = [self.served.row_of(leaf.shot_id) for leaf in seen if isinstance(leaf, Shot)] if alone else []
        without = [row for row in asked if row is not None]
        found: list[Rows] = []
        queries = [self.vector(leaf).vector for leaf in seen]
        if len(queries) > 1:
            queries.append(self._together(seen))
        with self.watch.stage("picture"):
            for query in queries:
                rows, _ = self.served.nearest(
                    query, depth, conditions=self.conditions, without=without, sure=min(depth, self.sure)
                )
                found.append(rows)
        passes = self.served.mask(self.conditions)
        for leaf, _ in said:
            rows = self.heard(leaf).rows
            found.append(rows if passes is None else rows[passes[rows]])
        rows = np.unique(np.concatenate([np.empty(0, np.int64), *found]))
        return rows[~np.isin(rows, without)] if without else rows

    def _together(self, seen: Sequence[Seen]) -> Floats:
        """The direction that all parts lie in, each at the scale of its kind: where `+` and `&` look."""
        total = np.zeros(0, np.float32)
        for leaf in seen:
            asked = self.vector(leaf)
            scale = getattr(self._calibration, asked.kind)
            step = asked.vector / (scale.threshold - scale.background)
            total = step if not total.size else total + step
        length = float(np.linalg.norm(total))
        # Opposite parts cancel out; each of them has brought its own candidates.
        return np.asarray(total / length if length > 1e-6 else self.vector(seen[0]).vector, np.float32)

    def _similarities(self, seen: Sequence[Seen], rows: Rows) -> dict[Seen, Floats]:
        if not seen:
            return {}
        queries = np.stack([self.vector(leaf).vector for leaf in seen])
        similarities = self.served.similarities(rows, queries)
        return {leaf: similarities[:, place] for place, leaf in enumerate(seen)}

    def _second_look(
        self, seen: Sequence[Seen], rows: Rows, known: Mapping[Seen, Floats]
    ) -> dict[Seen, Floats]:
        pooled = np.stack([known[leaf] for leaf in seen], axis=1)
        if self.closely:
            queries = np.stack([self.vector(leaf).vector for leaf in seen])
            frames = self.served.frame_similarities(rows, queries)
            if frames is not None:
                pooled = second_look(pooled, *frames)
        again = {leaf: pooled[:, place] for place, leaf in enumerate(seen)}
        if self.second is not None:
            for leaf in seen:
                other = self.second(leaf, rows)
                scale = getattr(self._calibration, self.vector(leaf).kind)
                level = scale.background + other * (scale.threshold - scale.background)
                again[leaf] = np.where(np.isnan(other), again[leaf], (again[leaf] + level) / 2)
        return again

    def _scores(self, expression: Expression, rows: Rows, known: Mapping[Seen, Floats]) -> Scores:
        if isinstance(expression, _SEEN):
            return self._seen(expression, known)
        if isinstance(expression, Words):
            picture = self._seen(Text(expression.words), known)
            dialogue = _heard(self.heard(Says(expression.words)), rows, plain=True)
            return fusion.seen_and_heard(picture, dialogue)
        if isinstance(expression, Says):
            return _heard(self.heard(expression), rows, plain=False)
        if isinstance(expression, And):
            parts = [self._scores(part, rows, known) for part in expression.parts]
            return fusion.both(parts, least=self.least)
        if isinstance(expression, Or):
            return fusion.either([self._scores(part, rows, known) for part in expression.parts])
        if isinstance(expression, Sum):
            wanted = [(w, self._scores(part, rows, known)) for w, part in expression.parts if w > 0]
            joint = fusion.mixed([scores for _, scores in wanted], [weight for weight, _ in wanted])
            for weight, part in expression.parts:
                if weight < 0:
                    joint = fusion.without(joint, self._scores(part, rows, known), -weight)
            return joint
        raise TypeError(f"no way to score {type(expression).__name__}")

    def _seen(self, leaf: Seen, known: Mapping[Seen, Floats]) -> Scores:
        scale = getattr(self._calibration, self.vector(leaf).kind)
        # Below the background every score is 0; a trifle keeps even those in the order of their similarity.
        return np.asarray(scale.scores(known[leaf]) * (1 - 2 * _TRIFLE) + _TRIFLE * (1.0 + known[leaf]))

    @property
    def _calibration(self) -> Calibration:
        return self.served.published.calibration

    @property
    def _times(self) -> Times:
        spans = self.served.spans
        return Times(spans.film, spans.start_s, spans.end_s)


def _heard(heard: Heard, rows: Rows, *, plain: bool) -> Scores:
    coverage, rank = heard.at(rows)
    return fusion.overheard(coverage, rank) if plain else fusion.said(coverage, rank)


def _some(moments: Moments) -> Moments:
    """The best of a step: what scores next to nothing begins no chain that anybody would look at."""
    best = moments.take(moments.scores > 0).ranked()
    return best.take(np.arange(min(len(best), 2 * STEP_DEPTH)))


def _is_sequence(expression: Expression) -> bool:
    if isinstance(expression, Then | During):
        return True
    if isinstance(expression, Sum):
        return any(_is_sequence(part) for _, part in expression.parts)
    return isinstance(expression, And | Or) and any(_is_sequence(part) for part in expression.parts)


def _leaves(expression: Expression, *, unwanted: bool = False) -> tuple[list[Seen], list[tuple[Says, bool]]]:
    """What is to be seen and what is to be heard (and whether that was asked in a plain sentence).

    Args:
        expression: Where to look.
        unwanted: Also give what is taken away.
    """
    seen: dict[Seen, None] = {}
    said: dict[tuple[Says, bool], None] = {}

    def walk(part: Expression) -> None:
        if isinstance(part, _SEEN):
            seen[part] = None
        elif isinstance(part, Words):
            seen[Text(part.words)] = None
            said[Says(part.words), True] = None
        elif isinstance(part, Says):
            said[part, False] = None
        elif isinstance(part, Sum):
            for weight, inner in part.parts:
                if weight > 0 or unwanted:
                    walk(inner)
        elif isinstance(part, And | Or):
            for inner in part.parts:
                walk(inner)
        elif isinstance(part, Then):
            for inner in part.steps:
                walk(inner)
        elif isinstance(part, During):
            walk(part.inner)
            walk(part.outer)

    walk(expression)
    return list(seen), list(said)
