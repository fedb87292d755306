"""The queries that must not get worse while an encoder learns: given by people, or ordinary phrases."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from importlib import resources
from typing import TYPE_CHECKING

import numpy as np

from vidsearch_sdk.errors import QueryError
from vidsearch_sdk.evaluation.judgments import Judgments
from vidsearch_sdk.learning.judged_rows import picture_words
from vidsearch_sdk.learning.measured import Floats, Queries
from vidsearch_sdk.learning.pairs import Pairs
from vidsearch_sdk.learning.places import Places

if TYPE_CHECKING:
    from vidsearch_sdk.catalog import Catalog

_log = logging.getLogger("vidsearch_sdk")
_MOST_SHOTS = 500
_MOST_WORDS = 150
_LETTERS = 3


@dataclass(frozen=True)
class GeneralQueries:
    """Queries, with what is right for them where people said so.

    Attributes:
        texts: The queries.
        grades: For each query the grades above 0 by shot_id; None where the given encoder's own order is to
            stand for them.
        shot_ids: The shots that are searched; empty for those that the run has pictures of anyway.
        catalog: Where those shots lie.
        source: In words, for the card.
    """

    texts: tuple[str, ...]
    grades: tuple[Mapping[str, float], ...] | None
    shot_ids: tuple[str, ...]
    catalog: Catalog | None
    source: str


def general_queries(
    given: Pairs | Judgments | None, *, catalog: Catalog, words: Iterable[str] = ()
) -> GeneralQueries:
    """Read what must go on being found.

    Args:
        given: Captions whose shots are right for them; or graded judgments, of which queries that are more
            than words for a picture are left out; or None for ordinary phrases, for which the given encoder's
            own similarities stand in for what people would say.
        catalog: Where judged shots are.
        words: Words that the given encoder was trained on, if it says; where there are some, they are asked
            in place of the phrases.

    Raises:
        QueryError: Nothing is left that can be measured, or it is of the wrong kind.
        VideoNotFound: A judged film is not in the catalog.
    """
    if given is None:
        texts = _own_words(words) or _phrases()
        return GeneralQueries(texts, None, (), None, "the given encoder's own order of ordinary phrases")
    if isinstance(given, Pairs):
        found: dict[str, dict[str, float]] = {}
        for text, shot in given.table[["text", "shot_id"]].itertuples(index=False):
            found.setdefault(str(text), {})[str(shot)] = 1.0
        return _graded(found, Places(given.catalog), given.catalog, "captions")
    if isinstance(given, Judgments):
        places = Places(catalog)
        return _graded(_judged(given, places), places, catalog, "judgments")
    raise QueryError(
        f"general is a {type(given).__name__}; vs.Pairs or vs.Judgments of queries that must not get worse "
        "are taken, or None"
    )


def with_own_order(queries: Queries, found: Floats) -> Queries:
    """Let the similarities of an encoder stand for what is right.

    Each shot is right in the degree in which it lies above the others for that phrase, so that two shots that
    the encoder hardly tells apart may change places at no cost, and what stands out may not get lost.

    Args:
        queries: Queries without grades.
        found: float32 (queries, shots), of the encoder as it was given.
    """
    spread = found.std(axis=1, keepdims=True)
    height = (found - found.mean(axis=1, keepdims=True)) / np.maximum(spread, 1e-6)
    above = np.maximum(height - 1.0, 0.0)
    grades = [
        {int(shot): float(row[shot]) for shot in np.flatnonzero(row)} or {int(whole.argmax()): 1.0}
        for row, whole in zip(above, found, strict=True)
    ]
    return replace(queries, grades=tuple(grades))


def _graded(
    found: Mapping[str, Mapping[str, float]], places: Places, catalog: Catalog, source: str
) -> GeneralQueries:
    right = {shot for grades in found.values() for shot in grades}
    table = places.table
    films = set(table.loc[table["shot_id"].isin(right), "video_id"])
    others = table.loc[table["video_id"].isin(films) & ~table["shot_id"].isin(right), "shot_id"].to_list()
    room = max(0, _MOST_SHOTS - len(right))
    if len(others) > room:
        others = [others[int(place)] for place in np.linspace(0, len(others) - 1, room)] if room else []
    return GeneralQueries(
        tuple(found), tuple(found.values()), tuple(sorted(right | set(others))), catalog, source
    )


def _judged(judgments: Judgments, places: Places) -> dict[str, dict[str, float]]:
    found: dict[str, dict[str, float]] = {}
    left_out = 0
    rows = judgments.shots(places.table).table
    for query, of_query in rows.groupby("query", sort=False):
        grades = {
            str(shot): float(grade)
            for shot, grade in zip(of_query["shot_id"], of_query["grade"], strict=True)
            if grade > 0 and shot
        }
        text = picture_words(str(query))
        if text and grades:
            found[text] = grades
        else:
            left_out += 1
    if left_out:
        _log.info("%d general queries are not measured: no words for a picture, or nothing right", left_out)
    if not found:
        raise QueryError(
            f"none of the {len(judgments.queries):,} general queries is plain words with a right shot; "
            "without any, leave general out"
        )
    return found


def _own_words(words: Iterable[str]) -> tuple[str, ...]:
    known = sorted(word for word in words if len(word) >= _LETTERS)
    step = max(1, -(-len(known) // _MOST_WORDS))
    return tuple(known[::step])


def _phrases() -> tuple[str, ...]:
    text = resources.files("vidsearch_sdk.learning").joinpath("general.txt").read_text(encoding="utf-8")
    return tuple(line for line in text.splitlines() if line and not line.startswith("#"))
