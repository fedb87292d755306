"""One search from beginning to end: words put right, vectors made, shots found, and what to say of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import numpy as np

from vidsearch_sdk.errors import UnknownColumn
from vidsearch_sdk.index.exact import Rows
from vidsearch_sdk.index.served import Served
from vidsearch_sdk.query.algebra.operators import Expression
from vidsearch_sdk.query.algebra.terms import Concept, Says, Shot, Text, Words
from vidsearch_sdk.query.answering import Answer, Wanted, answer
from vidsearch_sdk.query.asked import Seen
from vidsearch_sdk.query.dialogue.spoken import ALL_LINES, LINES
from vidsearch_sdk.query.judged import Judged, Verdicts
from vidsearch_sdk.query.lessons import Lessons, lessons_of, rows_of, shown, told
from vidsearch_sdk.query.moments import Scores
from vidsearch_sdk.query.reranking import second_look
from vidsearch_sdk.query.resources import Resources
from vidsearch_sdk.query.spelling.expansion import Expansion
from vidsearch_sdk.query.spelling.wording import Changes
from vidsearch_sdk.query.stopwatch import Stopwatch

Expansions = dict[str, Expansion]
Serving = Callable[[bool], Served]
"""Gives what is to be searched; looks at the catalog anew when it is told to."""
Known = Mapping[Seen, Verdicts]
Opinion = Callable[[Served, Expansions, Known], Callable[[Seen, Rows], Scores]]
"""What another index thinks of the shots of this one."""


@dataclass(frozen=True)
class Found:
    """What a search found.

    Attributes:
        expression: What was searched for in the end.
        answer: The hits.
        served: What was searched.
        corrections: Words that were put right: as typed, as searched.
        expansions: Synonyms that were searched for as well, by words.
        notes: What the searcher should know, one sentence each.
        learned: How many judged shots were learned from: right ones and wrong ones.
    """

    expression: Expression
    answer: Answer
    served: Served
    corrections: Changes
    expansions: Expansions
    notes: tuple[str, ...]
    learned: tuple[int, int] = (0, 0)


def search(
    expression: Expression,
    wanted: Wanted,
    *,
    resources: Resources,
    serving: Serving,
    removed: Callable[[list[str]], set[str]],
    spelling: frozenset[str] | None,
    synonyms: frozenset[str] | None,
    opinion: Opinion | None,
    watch: Stopwatch,
    given: Judged | None = None,
    concepts: Callable[[], Judged | None] = lambda: None,
) -> Found:
    """Search one state of an index; once more where films were removed from it meanwhile.

    Args:
        expression: What was asked.
        wanted: How many, which, and how.
        resources: What searches share.
        serving: Gives the state of the index.
        removed: Which of some films are no longer in the catalog.
        spelling: Words that stay as they were typed while typing errors are put right; ``None`` for all.
        synonyms: Words without their synonyms while the team's are searched for as well; ``None`` for all.
        opinion: Another index that has a say in the order.
        watch: Where the time goes.
        given: What people said of shots, to learn from.
        concepts: Gives what the catalog keeps of that; asked where the query has a concept.
    """
    served, asked = serving(False), expression
    with watch.stage("words"):
        state = resources.state(served)
        corrections: Changes = ()
        if spelling is not None:
            known = spelling | (frozenset() if synonyms is None else state.synonyms.keys())
            expression, corrections = resources.corrected(expression, state, known=known)
        expansions = {} if synonyms is None else resources.expansions(expression, state, without=synonyms)
        named = any(isinstance(term, Concept) for term in expression.terms())
        lessons = lessons_of(asked, expression, given, concepts() if named else None)
    try:
        found = _answer(expression, served, wanted, resources, expansions, lessons, opinion, watch)
    except UnknownColumn:
        # It may have been set since the index last looked.
        served = serving(True)
        found = _answer(expression, served, wanted, resources, expansions, lessons, opinion, watch)
    if removed(_films(found, served)):
        served = serving(True)
        found = _answer(expression, served, wanted, resources, expansions, lessons, opinion, watch)
    learned, judged = told(lessons, served)
    notes = (*learned, *_notes(expression, found, served, wanted, resources, expansions))
    return Found(expression, found, served, corrections, expansions, notes, judged)


def opinion_of(other: Served, resources: Resources) -> Opinion:
    """What an index of another encoder thinks of shots: how high they stand on its own scale, frame by frame.

    Args:
        other: What it serves.
        resources: What its searches share.
    """

    def opinion(asked: Served, expansions: Expansions, known: Known) -> Callable[[Seen, Rows], Scores]:
        vectors = resources.vectors(other, expansions, known)

        def heights(term: Seen, rows: Rows) -> Scores:
            own = [other.row_of(shot_id) for shot_id in asked.answer(rows)["shot_id"].to_pylist()]
            there = np.array([row is not None for row in own], np.bool_)
            found = np.full(len(rows), np.nan)
            if isinstance(term, Shot) and other.row_of(term.shot_id) is None:
                return found
            if there.any():
                query = vectors(term)
                scale = query.scale or getattr(other.published.calibration, query.kind)
                some = np.array([row for row in own if row is not None], np.int64)
                similarities = other.similarities(some, query.vector[None])
                frames = other.frame_similarities(some, query.vector[None])
                if frames is not None:
                    similarities = second_look(similarities, *frames)
                found[there] = (similarities[:, 0] - scale.background) / (scale.threshold - scale.background)
            return found

        return heights

    return opinion


def _answer(
    expression: Expression,
    served: Served,
    wanted: Wanted,
    resources: Resources,
    expansions: Expansions,
    lessons: Lessons,
    opinion: Opinion | None,
    watch: Stopwatch,
) -> Answer:
    state = resources.state(served)
    heard = resources.heard(state, watch, most=_lines(expression, wanted))
    plain, known = resources.vectors(served, expansions), lessons.of
    if known or lessons.without:
        with watch.stage("filter"):
            passes = served.mask(wanted.conditions)
        known = shown(expression, known, served, plain, lambda says: heard(says, passes))
        wrong = {leaf: rows_of(verdicts.wrong, served) for leaf, verdicts in lessons.of.items()}
        without = tuple(rows_of(lessons.without, served).tolist())
        wanted = replace(wanted, wrong=wrong, without=without)
    vectors = resources.vectors(served, expansions, known) if known else plain
    with watch.stage("encode"):
        for term in expression.terms():
            if not isinstance(term, Says):
                vectors(Text(term.words) if isinstance(term, Words) else term)  # type: ignore[arg-type]
    return answer(
        expression,
        served,
        wanted if opinion is None else replace(wanted, second=opinion(served, expansions, known)),
        vector=vectors,
        heard=heard,
        watch=watch,
    )


def _lines(expression: Expression, wanted: Wanted) -> int:
    """How many of the best lines are looked at."""
    if isinstance(expression, Words | Says) and wanted.min_score != 0:
        return max(LINES, 8 * wanted.k)
    # Joined with others, any line may decide whether a shot holds.
    return ALL_LINES


def _notes(
    expression: Expression,
    found: Answer,
    served: Served,
    wanted: Wanted,
    resources: Resources,
    expansions: Expansions,
) -> tuple[str, ...]:
    vectors = resources.vectors(served, expansions)
    notes = [
        note
        for term in expression.terms()
        if isinstance(term, Text | Words)
        for note in vectors(Text(term.words)).notes
    ]
    notes += [*served.published.notes, *served.notes, *served.stock.notes, *resources.state(served).notes]
    because = found.nothing_because(wanted)
    if because:
        notes.append(because)
    elif not len(found.moments):
        notes.append(_nothing(served, expression, wanted))
    return tuple(dict.fromkeys(notes))


def _nothing(served: Served, expression: Expression, wanted: Wanted) -> str:
    """A sentence for an answer without a single candidate."""
    if served.shots == 0:
        return "the catalog has no shots to find"
    if wanted.conditions and not served.passing(wanted.conditions):
        return "no shot passes the filter"
    if isinstance(expression, Shot):
        return "no other shot can be found in this catalog"
    return "nothing in this catalog fits all that was asked"


def _films(found: Answer, served: Served) -> list[str]:
    spans = served.spans
    return [spans.film_ids[film] for film in np.unique(spans.film[found.moments.first])]
