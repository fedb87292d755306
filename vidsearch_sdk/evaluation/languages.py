"""Whether the same shots are found in whatever language one asks for them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import pandas as pd

from vidsearch_sdk.errors import QueryError
from vidsearch_sdk.query.algebra.terms import Text

_PLACES = (1, 5)


@dataclass(frozen=True)
class TranslatedQuery:
    """One question in several languages, and what answers it.

    Attributes:
        words: The question by its language (``{"en": "a dog", "de": "ein Hund"}``).
        right: Ids of the shots that answer it, one or more.

    Raises:
        QueryError: There are no words, empty ones, or no right shot.
    """

    words: Mapping[str, str]
    right: tuple[str, ...]

    def __post_init__(self) -> None:
        if not self.words or not all(said.strip() for said in self.words.values()):
            raise QueryError(f"a translated query needs words in every language, not {dict(self.words)!r}")
        if isinstance(self.right, str) or not self.right:
            raise QueryError(f"right needs the ids of one shot or more, in a tuple, not {self.right!r}")


class Searched(Protocol):
    """What is asked of an index; ``ShotIndex`` has it."""

    def search(self, query: Any, *, k: int, min_score: float | None, **options: Any) -> Any:
        """Results with a ``table`` that has the column ``shot_id``, best first."""


def cross_lingual(
    index: Searched, queries: Sequence[TranslatedQuery], *, base: str = "en", **options: Any
) -> pd.DataFrame:
    """Ask every query in each of its languages, in pictures alone, and compare what is found.

    R@k is the share of the queries for which a right shot stands in the first k places: recall@k where every
    query has one right shot, as in the usual text-to-video benchmarks. Scores are not looked at, so that the
    table tells the order alone.

    Args:
        index: Index of an encoder that reads these languages.
        queries: All in the same languages.
        base: The language that the others are compared with.
        options: Passed on to every ``index.search``.

    Returns:
        One row per language, ``base`` first and the others in the order of the first query: language, queries
        (int), R@1, R@5 (0 to 1), and ``share``: R@1 divided by that of ``base``, nan where that is 0.

    Raises:
        QueryError: No queries, queries in different languages, or none in ``base``.
    """
    asked = list(queries)
    if not asked:
        raise QueryError("cross_lingual needs one query or more")
    languages = list(asked[0].words)
    for number, query in enumerate(asked):
        if set(query.words) != set(languages):
            raise QueryError(
                f"every query needs the same languages: query 0 has {', '.join(languages)}, "
                f"query {number} has {', '.join(query.words)}"
            )
    if base not in languages:
        raise QueryError(f"no query is in {base!r}, to compare with; there are {', '.join(languages)}")
    languages = [base, *(language for language in languages if language != base)]
    rows = []
    for language in languages:
        places = [_place(index, query.words[language], query.right, options) for query in asked]
        found = {f"R@{k}": sum(place < k for place in places) / len(asked) for k in _PLACES}
        rows.append({"language": language, "queries": len(asked), **found})
    table = pd.DataFrame(rows)
    best = table["R@1"].iloc[0]
    table["share"] = table["R@1"] / best if best else float("nan")
    return table


def _place(index: Searched, words: str, right: Sequence[str], options: Mapping[str, Any]) -> int:
    """Place of the first right shot, from 0; as many as were looked at when there is none."""
    found = index.search(Text(words), k=max(_PLACES), min_score=0.0, **options).table["shot_id"]
    return next((place for place, shot_id in enumerate(found) if shot_id in right), max(_PLACES))
