"""Lines of dialogue as shots: over which shots the best lines for some words are spoken."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np

from vidsearch_sdk.index.exact import Rows
from vidsearch_sdk.index.filter_masks import Mask
from vidsearch_sdk.index.spans import Spans
from vidsearch_sdk.index.vectors import Floats
from vidsearch_sdk.query.algebra.terms import Says
from vidsearch_sdk.query.dialogue.index import DialogueIndex, search_together
from vidsearch_sdk.query.dialogue.lines import LineHits, rows_spoken_over

SpokenLine = tuple[str, float, str]
"""Text, start in seconds, language."""

LINES = 500
"""Lines that are looked at for words that stand alone, at least: only the best are shown."""
ALL_LINES = 20_000
"""Lines that are looked at where words are joined with something else: as good as all."""

_FEW = 100


@dataclass(frozen=True)
class Heard:
    """The shots of some words' best lines.

    Attributes:
        rows: int64 (n,), the shots, ascending, each once.
        coverage: float32 (n,), the share of the words' weight that the shot's best line holds, 0 to 1.
        rank: float32 (n,), how the line stands among all that were found, by BM25: 1 for the best.
        hits: Which line it is, places in ``lines``.
        lines: The lines.
        known: How much of the words' weight any line of the catalog holds, 0 to 1.
    """

    rows: Rows
    coverage: Floats
    rank: Floats
    hits: Rows
    lines: Sequence[SpokenLine]
    known: float = 1.0

    def at(self, rows: Rows) -> tuple[Floats, Floats]:
        """Coverage and rank of some shots, float32 (n,) each; 0 where nothing is said."""
        place = np.searchsorted(self.rows, rows)
        place[place == len(self.rows)] = 0
        if not len(self.rows):
            return np.zeros(len(rows), np.float32), np.zeros(len(rows), np.float32)
        known = self.rows[place] == rows
        return np.where(known, self.coverage[place], 0), np.where(known, self.rank[place], 0)

    def line(self, row: int) -> SpokenLine | None:
        """The line of a shot."""
        place = int(np.searchsorted(self.rows, row))
        if place == len(self.rows) or self.rows[place] != row:
            return None
        return self.lines[int(self.hits[place])]


def hear(
    says: Says,
    indexes: Sequence[DialogueIndex],
    spans: Spans,
    *,
    without: Sequence[Collection[str]] = (),
    passes: Mask | None = None,
    most: int = ALL_LINES,
) -> Heard:
    """Find the shots over which something is said.

    Args:
        says: The words.
        indexes: Where the lines are.
        spans: When the shots are.
        without: For each index the films whose lines are no longer theirs.
        passes: Which shots may be found; ``None`` for all.
        most: Lines that are looked at, the best ones.
    """
    heard, lines = _heard(says, indexes, spans, without, passes, most)
    if passes is None or lines < most or len(heard.rows) >= _FEW:
        return heard
    # The best lines of all films are spoken elsewhere: look among the films that have a shot that passes.
    some = {spans.film_ids[film] for film in np.unique(spans.film[passes]).tolist()}
    left_out = frozenset(film for film in spans.film_ids if film not in some)
    gone = list(without) or [frozenset[str]()] * len(indexes)
    return _heard(says, indexes, spans, [left_out.union(films) for films in gone], passes, most)[0]


def _heard(
    says: Says,
    indexes: Sequence[DialogueIndex],
    spans: Spans,
    without: Sequence[Collection[str]],
    passes: Mask | None,
    most: int,
) -> tuple[Heard, int]:
    """The shots, and how many lines were found at most in one index."""
    found = search_together(indexes, says.words, k=most, language=says.language, without=without)
    longest = max((len(some) for some in found), default=0)
    rows, coverage, bm25, hits = [], [], [], []
    lines: list[SpokenLine] = []
    for some in found:
        of_shot, of_line = rows_spoken_over(spans.film_rows, spans.start_s, spans.end_s, some)
        if passes is not None:
            of_shot, of_line = of_shot[passes[of_shot]], of_line[passes[of_shot]]
        rows.append(of_shot)
        hits.append(of_line + len(lines))
        coverage.append(some.coverage[of_line])
        bm25.append(some.bm25[of_line])
        lines += _texts(some)
    if not lines:
        none = np.empty(0, np.int64)
        return Heard(none, np.empty(0, np.float32), np.empty(0, np.float32), none, []), longest
    of_shot, of_line = np.concatenate(rows), np.concatenate(hits)
    covered, weight = np.concatenate(coverage), np.concatenate(bm25)
    weight = weight / max(float(weight.max(initial=0.0)), 1e-9)
    order = np.lexsort((-weight, -covered, of_shot))
    of_shot, first = np.unique(of_shot[order], return_index=True)
    best = order[first]
    known = max(some.known for some in found)
    return Heard(of_shot, covered[best], weight[best], of_line[best], lines, known), longest


def _texts(some: LineHits) -> list[SpokenLine]:
    return list(zip(some.text, map(float, some.start_s), some.language, strict=True))
