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
        given: The parts for which more is known than the catalog keeps under their names.
        notes: What the searcher should know, whatever the index holds.
    """

    of: Mapping[Seen, Verdicts] = field(default_factory=dict)
    without: tuple[Place, ...] = ()
    given: frozenset[Seen] = frozenset()
    notes: tuple[str, ...] = ()


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
    kept: dict[Seen, Verdicts] = {}
    for term in searched.terms():
        leaf = Text(term.words) if isinstance(term, Words) else term
        if isinstance(leaf, Says) or not isinstance(leaf, SEEN):
            continue
        names = _names(leaf, as_typed.get(term, ()))
        if isinstance(leaf, Concept):
            found[leaf] = kept[leaf] = _concept(leaf, names, concepts)
        if given is not None and (verdicts := given.of(names)):
            found[leaf] = verdicts.over(found.get(leaf, Verdicts()))
    if given is None:
        return Lessons(found)
    whole = given.whole or given.of([str(asked), str(searched)])
    parts = list(_certain(searched)) if whole else []
    for leaf in parts:
        alone = len(parts) == 1 and not searched._below()
        of_whole = whole if alone else Verdicts(whole.right)
        found[leaf] = of_whole.over(found.get(leaf, Verdicts()))
    known = {leaf: verdicts for leaf, verdicts in found.items() if verdicts}
    notes = []
    if whole.right and not parts:
        notes.append(
            "nothing is learned from what is right for this query: which of its parts it is right for is not "
            "known, so judge the answers of its parts one by one"
        )
    if given.told and not known and not whole:
        words = ", ".join(f"“{plain(one, limit=40)}”" for one in list(given.by_words)[:_MOST_NAMED])
        notes.append(f"nothing of the feedback is for these words; it is for {words or 'none'}")
    more = frozenset(leaf for leaf, verdicts in known.items() if verdicts != kept.get(leaf))
    return Lessons(known, whole.wrong, more, tuple(notes))


def told(lessons: Lessons, served: Served) -> tuple[tuple[str, ...], tuple[int, int]]:
    """What was learned from shots that the index really has.

    Args:
        lessons: What is known of the parts of a query.
        served: Where the shots are.

    Returns:
        What the searcher should know, one sentence each; and how many shots were found that are right and
        that are wrong, each once.
    """
    judged = (*lessons.without, *(one for of in lessons.of.values() for one in (*of.right, *of.wrong)))
    rows = _placed(judged, served)

    def found(places: Sequence[Place]) -> set[int]:
        return {row for place in places for row in rows[place]}

    known = {leaf: (found(of.right), found(of.wrong)) for leaf, of in lessons.of.items()}
    without = found(lessons.without)
    notes = [
        _note(leaf, len(right), len(wrong), given=leaf in lessons.given)
        for leaf, (right, wrong) in known.items()
        if right or wrong
    ]
    if without and not any(without <= wrong for _, wrong in known.values()):
        notes.append(f"{_shots(len(without))} left out that a thumb says is wrong for this query")
    if lost := sum(not some for some in rows.values()):
        notes.append(f"{_shots(lost, judged=True)} not in this index, and nothing is learned there")
    every_right = set[int]().union(*(right for right, _ in known.values()))
    every_wrong = without.union(*(wrong for _, wrong in known.values()))
    return (*notes, *lessons.notes), (len(every_right), len(every_wrong))


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
    found = [row for rows in _placed(places, served).values() for row in rows]
    return np.array(list(dict.fromkeys(found)), np.int64)


def _placed(places: Sequence[Place], served: Served) -> dict[Place, Sequence[int]]:
    by_name = any(place.video_id not in served.spans.film_rows for place in places if place.video_id)
    named = _named(served) if by_name else {}
    return {place: _rows(place, served, named) for place in places}


def _named(served: Served) -> Mapping[str, list[str]]:
    """The films that are searched, by name."""
    named: dict[str, list[str]] = {}
    for video_id, film in served.stock.films.items():
        if video_id in served.spans.film_rows:
            named.setdefault(film.name, []).append(video_id)
    return named


def _rows(place: Place, served: Served, named: Mapping[str, list[str]]) -> Sequence[int]:
    spans = served.spans
    row = served.row_of(place.shot_id) if place.shot_id else None
    if place.span is None:
        return () if row is None else (row,)
    start, end = place.span
    if row is not None and max(abs(spans.start_s[row] - start), abs(spans.end_s[row] - end)) < _SAME_S:
        return (row,)
    video_id = place.video_id or place.shot_id.rpartition("-")[0]
    if video_id not in spans.film_rows and video_id in named:
        if len(named[video_id]) > 1:
            ids = ", ".join(named[video_id])
            raise QueryError(
                f"{len(named[video_id])} films are called {plain(video_id, limit=60)!r}: {ids}; "
                "name it by video_id"
            )
        video_id = named[video_id][0]
    film = spans.film_rows.get(video_id)
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


def _note(leaf: Seen, right: int, wrong: int, *, given: bool) -> str:
    named = f"“{plain(leaf.words, limit=60)}”" if isinstance(leaf, Text) else plain(str(leaf), limit=80)
    counts = ([f"{right:,} right"] if right else []) + ([f"{wrong:,} wrong"] if wrong else [])
    without = "feedback=False goes by words alone"
    if isinstance(leaf, Concept):
        kept = "what the catalog keeps under that name"
        without = f"feedback=False goes by {kept} alone" if given else f"that is {kept}"
    elif not isinstance(leaf, Text):
        without = "feedback=False goes without"
    return f"{named} is searched with what was judged, {' and '.join(counts)}: {without}"


def _shots(count: int, *, judged: bool = False) -> str:
    name = "judged shot" if judged else "shot"
    return f"1 {name} is" if count == 1 else f"{count:,} {name}s are"
