"""One search of the sample film with its known answers, and the choice among many without a hand in it."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Literal

from vidsearch_sdk.sample.assets import truth
from vidsearch_sdk.sample.query_words import digest

Kind = Literal["picture", "dialogue", "both", "absent"]
Half = Literal["tuning", "figures"]

RIGHT = 3
"""Grade of a shot that is all that was asked for."""
NEAR = 1
"""Grade of a shot that is some of it: its object elsewhere, half of the words, the line alone."""

COUNTS: dict[Kind, int] = {"picture": 80, "dialogue": 60, "both": 60, "absent": 100}
"""How many searches of each kind there are."""


@dataclass(frozen=True)
class Query:
    """One search and its answers.

    Attributes:
        words: What is typed.
        kind: Where its answer is.
        style: How it was made: ``object``, ``quote``, …
        about: What it was made from; searches about the same are in the same half.
        grades: (number of a shot of the truth, grade) of every shot that is right or near, best first; none
            for an absent one.
        half: Whether it is for choosing constants or for figures.
    """

    words: str
    kind: Kind
    style: str
    about: str
    grades: tuple[tuple[int, int], ...] = ()
    half: Half = "tuning"

    @property
    def right(self) -> frozenset[int]:
        """Numbers of the shots that are all that was asked for."""
        return frozenset(number for number, grade in self.grades if grade == RIGHT)


def graded(right: Iterable[int], near: Iterable[int] = ()) -> tuple[tuple[int, int], ...]:
    """Grades of shots: right ones first; what is right is not near as well.

    Examples:
        >>> graded([4, 2], [2, 7])
        ((2, 3), (4, 3), (7, 1))
    """
    best = set(right)
    return (
        *((number, RIGHT) for number in sorted(best)),
        *((number, NEAR) for number in sorted(set(near) - best)),
    )


def shot_at(start_s: float, end_s: float) -> int:
    """The number of the true shot that a span of the film shows for longest.

    Examples:
        >>> shot_at(7.4, 9.8)
        2
    """
    shared = [min(end_s, shot.end_s) - max(start_s, shot.start_s) for shot in truth()]
    return max(range(len(shared)), key=shared.__getitem__)


def shots_shown(start_s: float, end_s: float) -> tuple[int, ...]:
    """Numbers of the true shots that a span of the film shows: those it has half of, or else the longest.

    A detector of shots may miss a dissolve; the span it found then shows two true shots.

    Examples:
        >>> shots_shown(7.4, 9.8), shots_shown(7.4, 13.0), shots_shown(8.0, 8.1)
        ((2,), (2, 3), (2,))
    """
    half = [
        shot.number
        for shot in truth()
        if min(end_s, shot.end_s) - max(start_s, shot.start_s) >= 0.5 * (shot.end_s - shot.start_s)
    ]
    return tuple(half) or (shot_at(start_s, end_s),)


def judged(query: Query, shots: Iterable[tuple[str, float, float]]) -> dict[str, int]:
    """The answers of a search among shots that were found in the film.

    Args:
        query: The search.
        shots: (shot_id, start_s, end_s) of every found shot.

    Returns:
        Grade of each that is right or near: the best among the true shots it shows.

    Examples:
        >>> query = Query("a dog", "picture", "object", "dog", graded([1], [2]))
        >>> judged(query, [("a", 0.0, 4.6), ("b", 4.6, 9.8)])
        {'b': 3}
    """
    grades = dict(query.grades)
    best = {
        name: max(grades.get(number, 0) for number in shots_shown(start, end)) for name, start, end in shots
    }
    return {name: grade for name, grade in best.items() if grade}


def chosen(candidates: Iterable[Query], count: int) -> tuple[Query, ...]:
    """As many of the candidates as wanted, in the order of their checksums, first one about each subject.

    Raises:
        ValueError: There are too few with different words.

    Examples:
        >>> some = [Query(words, "picture", "object", words[-1]) for words in ("x", "an x", "a y")]
        >>> sorted(query.about for query in chosen(some, 2))
        ['x', 'y']
    """
    ordered = sorted({query.words.casefold(): query for query in candidates}.values(), key=_lot)
    taken: list[Query] = []
    while ordered and len(taken) < count:
        subjects: set[str] = set()
        left = []
        for query in ordered:
            if query.about in subjects or len(taken) == count:
                left.append(query)
            else:
                subjects.add(query.about)
                taken.append(query)
        ordered = left
    if len(taken) < count:
        raise ValueError(f"{len(taken)} searches could be made where {count} are wanted")
    return tuple(taken)


def _lot(query: Query) -> tuple[int, str]:
    return digest(query.words), query.words


def halved(queries: Iterable[Query]) -> tuple[Query, ...]:
    """Split searches in two halves of equal size, as far as those about the same stay together.

    Subjects are taken in the order of their checksums; each goes to the half that has fewer searches of its
    kinds so far.

    Examples:
        >>> some = [Query(words, "picture", "object", words[-1]) for words in ("x", "an x", "a y", "z")]
        >>> [query.half for query in halved(some)]
        ['tuning', 'tuning', 'figures', 'figures']
    """
    every = tuple(queries)
    kinds_about: defaultdict[str, Counter[Kind]] = defaultdict(Counter)
    for query in every:
        kinds_about[query.about][query.kind] += 1
    so_far: dict[Half, Counter[Kind]] = {"tuning": Counter(), "figures": Counter()}
    side: dict[str, Half] = {}
    for about in sorted(kinds_about, key=lambda subject: (digest(subject), subject)):
        kinds = kinds_about[about]
        load = {half: sum(counts[kind] for kind in kinds) for half, counts in so_far.items()}
        side[about] = "tuning" if load["tuning"] <= load["figures"] else "figures"
        so_far[side[about]].update(kinds)
    return tuple(replace(query, half=side[query.about]) for query in every)
