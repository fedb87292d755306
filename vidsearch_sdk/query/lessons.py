"""Which parts of a query something was learned for, and of which shots."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from vidsearch_sdk.errors import QueryError
from vidsearch_sdk.index.calibration import ANSWERED
from vidsearch_sdk.index.exact import Rows
from vidsearch_sdk.index.served import Served
from vidsearch_sdk.pages.markup import plain
from vidsearch_sdk.query import fusion
from vidsearch_sdk.query.algebra.expressions import And, Sum
from vidsearch_sdk.query.algebra.operators import Expression
from vidsearch_sdk.query.algebra.terms import Concept, Says, Text, Words
from vidsearch_sdk.query.asked import SEEN, Seen
from vidsearch_sdk.query.dialogue.reported_speech import spoken_part
from vidsearch_sdk.query.dialogue.spoken import Heard
from vidsearch_sdk.query.feedback import Ground, learned, rescaled
from vidsearch_sdk.query.judged import Judged, Place, Verdicts
from vidsearch_sdk.query.query_vector import QueryVector

_SAME_S = 0.001
_MOST_NAMED = 8


@dataclass(frozen=True)
class Lessons:
    """What is known of the parts of a query.

    Attributes:
        of: Verdicts by what is to be seen.
        without: The shots that were found wrong for the query as a whole.
        notes: What the searcher should know, one sentence each.
        judged: How many shots were given as right and as wrong, each once.
    """

    of: Mapping[Seen, Verdicts] = field(default_factory=dict)
    without: tuple[Place, ...] = ()
    notes: tuple[str, ...] = ()
    judged: tuple[int, int] = (0, 0)


def lessons_of(
    asked: Expression, searched: Expression, given: Judged | None, concepts: Judged | None
) -> Lessons:
    """Find what was said of the parts of a query.

    Words are known by what was typed and by what was made of it. What was said of a query of several parts,
    all of which must hold, is right for each; what is wrong for it may be so for any, and is left out.

    Args:
        asked: The query as it was asked.
        searched: The same with its words put right.
        given: What was said; ``None`` where nothing is to be learned from.
        concepts: What the catalog keeps; needed where the query has a concept.

    Raises:
        QueryError: A concept is not kept, or nothing is right for it.
    """
    as_typed = dict(_pairs(asked, searched))
    found: dict[Seen, Verdicts] = {}
    for term in searched.terms():
        leaf = Text(term.words) if isinstance(term, Words) else term
        if isinstance(leaf, Says) or not isinstance(leaf, SEEN):
            continue
        names = _names(leaf, as_typed.get(term, ()))
        if isinstance(leaf, Concept):
            found[leaf] = _concept(leaf, names, concepts)
        if given is not None and (verdicts := given.of(names)):
            found[leaf] = verdicts
    if given is None:
        return Lessons(found)
    whole = given.whole or given.of([str(asked), str(searched)])
    parts = list(_certain(searched)) if whole else []
    for leaf in parts:
        known = found.get(leaf, Verdicts())
        alone = len(parts) == 1 and not searched._below()
        right = tuple(dict.fromkeys((*known.right, *whole.right)))
        wrong = tuple(dict.fromkeys((*known.wrong, *whole.wrong)))
        found[leaf] = Verdicts(right, wrong if alone else known.wrong)
    kept = {leaf: verdicts for leaf, verdicts in found.items() if verdicts}
    notes = [_note(leaf, verdicts) for leaf, verdicts in kept.items()]
    if whole.wrong and not any(set(whole.wrong) <= set(one.wrong) for one in kept.values()):
        notes.append(f"{_shots(len(whole.wrong))} left out that a thumb says is wrong for this query")
    if given.told and not kept and not whole:
        words = ", ".join(f"“{plain(one, limit=40)}”" for one in list(given.by_words)[:_MOST_NAMED])
        notes.append(f"nothing of the feedback is for these words; it is for {words or 'none'}")
    every_right = {place for one in kept.values() for place in one.right}
    every_wrong = {place for one in kept.values() for place in one.wrong}.union(whole.wrong)
    return Lessons(kept, whole.wrong, tuple(notes), (len(every_right), len(every_wrong)))


def shown(
    expression: Expression,
    of: Mapping[Seen, Verdicts],
    served: Served,
    vectors: Callable[[Seen], QueryVector],
    heard: Callable[[Says], Heard],
) -> Mapping[Seen, Verdicts]:
    """Leave out shots that a plain sentence found for their line: what they show says nothing of it.

    Args:
        expression: What is searched for.
        of: What was said, by what is to be seen.
        served: Where the shots are.
        vectors: Gives the vectors of words as they are.
        heard: Gives the shots over which words are spoken.
    """
    left = dict(of)
    for words in {term.words for term in expression.terms() if isinstance(term, Words)}:
        leaf = Text(words)
        if leaf not in of:
            continue
        lines, query = heard(spoken_part(words)), vectors(leaf)
        scale = getattr(served.published.calibration, query.kind)
        kept = []
        for places in (of[leaf].right, of[leaf].wrong):
            rows = [rows_of([place], served) for place in places]
            every = np.unique(np.concatenate([np.empty(0, np.int64), *rows]))
            line = fusion.overheard(*lines.at(every), lines.known)
            picture = scale.scores(served.similarities(every, query.vector[None])[:, 0])
            seen = every[(line < ANSWERED) | (picture >= line)]
            kept.append([one for one, some in zip(places, rows, strict=True) if np.isin(some, seen).any()])
        left[leaf] = Verdicts(tuple(kept[0]), tuple(kept[1]))
    return left


def taught(query: QueryVector, verdicts: Verdicts, served: Served, ground: Ground) -> QueryVector:
    """Move the vector of words by what was said of shots, with the scale of its similarities.

    Args:
        query: The vector of the words.
        verdicts: What was said.
        served: Where the shots are.
        ground: What its shots look like.
    """
    right, wrong = (served.vectors_at(rows_of(places, served)) for places in (verdicts.right, verdicts.wrong))
    if not len(right) and not len(wrong):
        return query
    moved = learned(query.vector, right, wrong, ground)
    scale = getattr(served.published.calibration, query.kind)
    return replace(query, vector=moved, scale=rescaled(scale, query.vector, moved, ground, right=right))


def rows_of(places: Sequence[Place], served: Served) -> Rows:
    """The rows of judged shots, int64 (n,), each once; those of films that are gone are left out.

    A shot that has another span than when it was judged, for its film was segmented anew, is looked up by the
    span: it means those shots that it covers at least half of, or that hold half of it.
    """
    found = [row for place in places for row in _rows(place, served)]
    return np.array(list(dict.fromkeys(found)), np.int64)


def _rows(place: Place, served: Served) -> Sequence[int]:
    spans = served.spans
    row = served.row_of(place.shot_id) if place.shot_id else None
    if place.span is None:
        return () if row is None else (row,)
    start, end = place.span
    if row is not None and max(abs(spans.start_s[row] - start), abs(spans.end_s[row] - end)) < _SAME_S:
        return (row,)
    film = spans.film_rows.get(place.video_id or place.shot_id.rpartition("-")[0])
    if film is None:
        return ()
    rows = np.arange(*film)
    starts, ends = spans.start_s[rows], spans.end_s[rows]
    shared = np.minimum(ends, end) - np.maximum(starts, start) + _SAME_S
    inside = (shared > _SAME_S) & ((shared >= 0.5 * (ends - starts)) | (shared >= 0.5 * (end - start)))
    return [int(row) for row in rows[inside]]


def _names(leaf: Seen, typed: Sequence[str]) -> list[str]:
    if isinstance(leaf, Text):
        return [leaf.words, *typed]
    # What "more like this" is called names one thing; a picture's name may be that of many.
    return [leaf.name, str(leaf)] if isinstance(leaf, Concept) else []


def _pairs(asked: Expression, searched: Expression) -> Iterator[tuple[Expression, tuple[str, ...]]]:
    before, after = list(asked.terms()), list(searched.terms())
    if len(before) == len(after):  # put right, two parts may have become one
        for typed, read in zip(before, after, strict=True):
            yield read, (typed.words,) if isinstance(typed, Words | Text) else ()


def _certain(expression: Expression) -> Iterator[Seen]:
    """What every shot that answers the query shows."""
    if isinstance(expression, Words):
        yield Text(expression.words)
    elif isinstance(expression, SEEN):
        yield expression
    elif isinstance(expression, And):
        for part in expression.parts:
            yield from _certain(part)
    elif isinstance(expression, Sum):
        for weight, part in expression.parts:
            if weight > 0:
                yield from _certain(part)


def _concept(concept: Concept, names: Sequence[str], kept: Judged | None) -> Verdicts:
    verdicts = Verdicts() if kept is None else kept.of(names)
    if verdicts.right:
        return verdicts
    known = [] if kept is None else [name for name, one in kept.by_words.items() if one.right]
    listed = ", ".join(repr(plain(name, limit=40)) for name in known[:_MOST_NAMED])
    there = f"there are {listed}" if known else "none is kept yet"
    why = "only shots that are wrong" if verdicts else "no judgments"
    raise QueryError(
        f"the catalog keeps {why} for {concept}; {there}. hits.keep(who=…, concept={concept.name!r}) keeps "
        "the thumbs and picks of an answer under that name"
    )


def _note(leaf: Seen, verdicts: Verdicts) -> str:
    named = f"“{plain(leaf.words, limit=60)}”" if isinstance(leaf, Text) else plain(str(leaf), limit=80)
    counts = [f"{len(verdicts.right):,} right"] if verdicts.right else []
    counts += [f"{len(verdicts.wrong):,} wrong"] if verdicts.wrong else []
    counted = " and ".join(counts)
    return f"{named} is searched with what was judged, {counted}: feedback=False goes by words alone"


def _shots(count: int) -> str:
    return "1 shot is" if count == 1 else f"{count:,} shots are"
