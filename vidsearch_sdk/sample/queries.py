"""Searches of the sample film with known answers: what an editor would type, and which shots are right.

Nothing is chosen by hand. Searches are made from the film's truth and dialogue by rule; which of the possible
ones are taken, and which half they fall into, hangs on checksums of their words. One half is for choosing
constants, the other for figures; searches made from the same shot, object or place are in the same half.

There are three kinds. What a ``picture`` search asks for is seen, and no line says its words over another
shot. What a ``dialogue`` search asks for is said. A ``both`` search needs picture and line, or either answers
it. ``absent`` searches ask for what is neither seen nor said.
"""

from __future__ import annotations

from functools import lru_cache

from vidsearch_sdk.sample import queries_by_dialogue, queries_by_picture, queries_for_nothing, queries_of_both
from vidsearch_sdk.sample.query import Half, Query, halved

__all__ = ["Half", "Query", "absent_queries", "sample_queries"]


def sample_queries(*, half: Half | None = None) -> tuple[Query, ...]:
    """The 200 searches for what is there: 80 by picture, 60 by dialogue, 60 by both.

    Args:
        half: Only those of this half; None for all.

    Raises:
        ValueError: An unknown half.

    Examples:
        >>> queries = sample_queries(half="tuning")
        >>> len(queries), queries[0].kind, queries[0].words, queries[0].right
        (100, 'picture', 'monkey', frozenset({25}))
    """
    return _of_half(_present(), half)


def absent_queries(*, half: Half | None = None) -> tuple[Query, ...]:
    """The 100 searches for what is neither seen nor said in the film.

    Args:
        half: Only those of this half; None for all.

    Raises:
        ValueError: An unknown half.

    Examples:
        >>> {query.right for query in absent_queries()}
        {frozenset()}
    """
    return _of_half(_absent(), half)


def _of_half(queries: tuple[Query, ...], half: Half | None) -> tuple[Query, ...]:
    if half not in (None, "tuning", "figures"):
        raise ValueError(f"half={half!r}: 'tuning', 'figures' or None for both")
    return queries if half is None else tuple(query for query in queries if query.half == half)


@lru_cache(maxsize=1)
def _present() -> tuple[Query, ...]:
    return halved((*queries_by_picture.make(), *queries_by_dialogue.make(), *queries_of_both.make()))


@lru_cache(maxsize=1)
def _absent() -> tuple[Query, ...]:
    return halved(queries_for_nothing.make())
