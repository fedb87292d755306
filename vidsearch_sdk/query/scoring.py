"""How well given shots answer expressions that speak of single shots."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from vidsearch_sdk.index.calibration import Scale
from vidsearch_sdk.index.exact import Rows
from vidsearch_sdk.index.filter_masks import Mask
from vidsearch_sdk.index.served import Served
from vidsearch_sdk.index.vectors import Floats
from vidsearch_sdk.query import fusion
from vidsearch_sdk.query.algebra.expressions import And, Or, Sum
from vidsearch_sdk.query.algebra.operators import Expression
from vidsearch_sdk.query.algebra.terms import Says, Text, Words
from vidsearch_sdk.query.asked import SEEN, Seen
from vidsearch_sdk.query.dialogue.reported_speech import spoken_part
from vidsearch_sdk.query.dialogue.spoken import Heard
from vidsearch_sdk.query.moments import Scores
from vidsearch_sdk.query.query_vector import QueryVector
from vidsearch_sdk.query.reranking import second_look

_TRIFLE = 1e-9

Known = Mapping[Seen, Floats]
"""Similarities of some shots, float32 (n,), by what is to be seen."""


@dataclass
class Scorer:
    """Scores shots of one state of an index by what is to be seen and said.

    Attributes:
        served: What is searched.
        vector: Gives the vector of what can be seen.
        listen: Gives the shots over which words are spoken, among those that pass.
        passes: Which shots may be found at all; ``None`` for all.
        least: What both parts of ``a & b`` must score.
        closely: Whether the best shots are looked at frame by frame.
        second: Scores some shots by another, larger encoder: the part and rows in, heights out, nan for shots
            that it does not know.
        wrong: Shots of which people said that they do not show something.
    """

    served: Served
    vector: Callable[[Seen], QueryVector]
    listen: Callable[[Says, Mask | None], Heard]
    passes: Mask | None
    least: float
    closely: bool = True
    second: Callable[[Seen, Rows], Scores] | None = None
    wrong: Mapping[Seen, Rows] = field(default_factory=dict)
    _looked: dict[Seen, dict[int, float]] = field(default_factory=dict)

    def heard(self, says: Says) -> Heard:
        """The shots over which words are spoken."""
        return self.listen(says, self.passes)

    def similarities(self, seen: Sequence[Seen], rows: Rows) -> dict[Seen, Floats]:
        """Cosines of some shots with everything that is to be seen."""
        if not seen:
            return {}
        queries = np.stack([self.vector(leaf).vector for leaf in seen])
        similarities = self.served.similarities(rows, queries)
        return {leaf: similarities[:, place] for place, leaf in enumerate(seen)}

    def as_ranked(self, seen: Sequence[Seen], rows: Rows) -> dict[Seen, Floats]:
        """``similarities``, of shots that were looked at closely as they were found then."""
        known = self.similarities(seen, rows)
        for leaf in seen:
            closer = self._looked.get(leaf, {})
            pairs = zip(rows.tolist(), known[leaf].tolist(), strict=True)
            known[leaf] = np.array([closer.get(row, value) for row, value in pairs], np.float32)
        return known

    def look_closely(self, seen: Sequence[Seen], rows: Rows, known: Known) -> dict[Seen, Floats]:
        """Similarities after a second look: frame by frame, and by the other encoder where there is one.

        Args:
            seen: What is to be seen.
            rows: int64 (n,), the shots.
            known: Their similarities at first sight.
        """
        pooled = np.stack([known[leaf] for leaf in seen], axis=1)
        if self.closely:
            queries = np.stack([self.vector(leaf).vector for leaf in seen])
            frames = self.served.frame_similarities(rows, queries)
            if frames is not None:
                pooled = second_look(pooled, *frames)
        again = {leaf: pooled[:, place] for place, leaf in enumerate(seen)}
        for leaf in seen:
            if self.second is not None:
                other = self.second(leaf, rows)
                scale = self.scale(leaf)
                level = scale.background + other * (scale.threshold - scale.background)
                again[leaf] = np.where(np.isnan(other), again[leaf], (again[leaf] + level) / 2)
            self._looked.setdefault(leaf, {}).update(zip(rows.tolist(), again[leaf].tolist(), strict=True))
        return again

    def scores(self, expression: Expression, rows: Rows, known: Known) -> Scores:
        """Score some shots.

        Args:
            expression: What was asked; no sequence.
            rows: int64 (n,), the shots.
            known: Their similarities with all that is to be seen in it.

        Returns:
            float64 (n,), 0 to 1.
        """
        if isinstance(expression, SEEN):
            return self.picture(expression, rows, known)
        if isinstance(expression, Words):
            leaf = Text(expression.words)
            said = self.dialogue(spoken_part(expression.words), rows, plain=True)
            joint = fusion.seen_and_heard(self.picture(leaf, rows, known), said)
            # A thumb down is for picture and line alike.
            return self._known_wrong(leaf, rows, joint)
        if isinstance(expression, Says):
            return self.dialogue(expression, rows, plain=False)
        if isinstance(expression, And):
            parts = [self.scores(part, rows, known) for part in expression.parts]
            return fusion.both(parts, least=self.least)
        if isinstance(expression, Or):
            return fusion.either([self.scores(part, rows, known) for part in expression.parts])
        if isinstance(expression, Sum):
            wanted = [(w, self.scores(part, rows, known)) for w, part in expression.parts if w > 0]
            joint = fusion.mixed([scores for _, scores in wanted], [weight for weight, _ in wanted])
            for weight, part in expression.parts:
                if weight < 0:
                    joint = fusion.without(joint, self.scores(part, rows, known), -weight)
            return joint
        raise TypeError(f"no way to score {type(expression).__name__}")

    def picture(self, leaf: Seen, rows: Rows, known: Known) -> Scores:
        """How well shots show something, float64 (n,); 0 where people said that they do not."""
        # Below the background every score is 0; a trifle keeps even those in the order of their similarity.
        scores = self.scale(leaf).scores(known[leaf]) * (1 - 2 * _TRIFLE) + _TRIFLE * (1.0 + known[leaf])
        return self._known_wrong(leaf, rows, np.asarray(np.clip(scores, 0.0, 1.0)))

    def dialogue(self, says: Says, rows: Rows, *, plain: bool) -> Scores:
        """How well what is said over shots fits, float64 (n,).

        Args:
            says: The words.
            rows: int64 (n,), the shots.
            plain: Whether they were asked in a plain sentence.
        """
        heard = self.heard(says)
        coverage, rank = heard.at(rows)
        return fusion.overheard(coverage, rank, heard.known) if plain else fusion.said(coverage, rank)

    def scale(self, leaf: Seen) -> Scale:
        """The scale of similarities with something that can be seen."""
        query = self.vector(leaf)
        scale: Scale = query.scale or getattr(self.served.published.calibration, query.kind)
        return scale

    def _known_wrong(self, leaf: Seen, rows: Rows, scores: Scores) -> Scores:
        wrong = self.wrong.get(leaf)
        return scores if wrong is None else np.where(np.isin(rows, wrong), 0.0, scores)
