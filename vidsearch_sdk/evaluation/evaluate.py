"""Asking an index every judged query, and measuring what comes."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Protocol

import pandas as pd
import xxhash

from vidsearch_sdk import __version__
from vidsearch_sdk.errors import QueryError
from vidsearch_sdk.evaluation.bootstrap import ROUNDS
from vidsearch_sdk.evaluation.judgments import Judgments
from vidsearch_sdk.evaluation.measures import checked_places, measure, names_of
from vidsearch_sdk.evaluation.metrics import grades_of
from vidsearch_sdk.evaluation.report import Report
from vidsearch_sdk.pages.markup import plain
from vidsearch_sdk.query.algebra.operators import Expression
from vidsearch_sdk.query.algebra.terms import Concept, Words
from vidsearch_sdk.query.algebra.typed import typed

_WARM_UP = ("a picture of something", "somebody says something", "a dog")
_BAR_AFTER_S = 1.0
_AT_ONCE = 10_000
_LEARNED = "a concept is searched for by the judgments themselves"


class Searched(Protocol):
    """What is measured: ``ShotIndex``, or anything that searches as it does."""

    @property
    def table(self) -> pd.DataFrame:
        """All shots: ``shot_id``, ``video_id``, ``name``, ``start_s``, ``end_s``."""

    @property
    def search(self) -> Callable[..., Any]:
        """Takes a query, ``k``, ``where``, ``min_score`` and other options; returns results.

        Their ``table`` has the columns ``shot_id`` and ``score``, best first.
        """


@dataclass(frozen=True)
class _Asked:
    """One query with what is right for it: grades by shot, none where nothing answers it."""

    query: str
    expression: Expression
    group: str
    grades: Mapping[str, float]


def evaluate(
    index: Searched,
    judgments: Judgments | pd.DataFrame,
    *,
    k: Any = (1, 5, 10),
    groups: Mapping[str, str] | None = None,
    where: Mapping[str, Any] | None = None,
    least: float = 1.0,
    seed: int = 0,
    progress: bool = True,
    **options: Any,
) -> Report:
    """Measure how well an index finds what people judged to be right.

    What is measured is the order of the shots: they are asked for with ``min_score=0`` and ``fold=False``
    unless ``options`` say otherwise, so that neither a threshold nor the folding of near-duplicates takes
    right shots away. Queries that nothing answers are asked as a user would, with the threshold; of these the
    report tells how many returned nothing. Everything is checked before the first query is asked.

    An index must not learn from what it is measured by: ``feedback`` is refused, and queries that hold a
    concept, which is searched for by the catalog's judgments, are left out; the notes say how many.

    A span, which ``a.then(b)`` finds, counts as the shot that its hit names.

    Seconds are those of each whole search, one after the other, after a few others to warm up. An encoder
    remembers words, so a second measurement of the same queries in one process is faster.

    Args:
        index: The index; what wraps one gives its ``catalog`` too, where the measurement is then not noted.
        judgments: What is right; spans are brought to the index's shots by ``Judgments.shots``. A table is
            taken as ``Judgments.from_frame`` takes it.
        k: Places at which to measure, 1 to 1,000.
        groups: Group of each query, in place of the judgments' own.
        where: Filter of every search; judged shots that do not pass are left out as well.
        least: Grade from which a shot is right for P, R, AP and MRR; nDCG weighs all grades.
        seed: Of the bootstrap.
        progress: Whether to show a bar.
        **options: Passed on to every search, as ``rerank=False``.

    Returns:
        The figures, with intervals, by group and by query.

    Raises:
        QueryError: A judgment cannot be used, no query has a right shot, or an option is out of range.
        VideoNotFound: A judged film is not in the index.
        UnknownColumn: ``where`` names a column that is not there.

    Examples:
        ``vs.evaluate(index, vs.Judgments.read_csv("judgments.csv"))``
    """
    places = checked_places(k)
    if isinstance(least, bool) or not (isinstance(least, int | float) and 0 < least < math.inf):
        raise QueryError(f"least={least!r}: what is right has a grade above 0")
    feedback = options.get("feedback")
    if feedback is not None and feedback is not False:
        raise QueryError(
            "feedback cannot be given to a measurement: the index would be measured by the judgments that it "
            "learned from"
        )
    given = judgments if isinstance(judgments, Judgments) else Judgments.from_frame(judgments)
    table = index.table
    resolved = given.shots(table)
    with _not_noted(index):
        known = _passing(index, set(resolved.table["shot_id"]) - {""}, where)
    asked, notes = _queries(resolved, known, groups, least)
    if not any(_is_right(one, least) for one in asked):
        raise QueryError(
            f"none of the {len(given.queries):,} judged queries has a shot of grade {least:g} or more to find"
            + ("" if where is None else " under this filter")
            + "".join(f"; {note}" for note in notes if _LEARNED in note)
        )
    search_options = {"fold": False, "min_score": 0.0, **options}
    with _not_noted(index):
        rows = list(_asked(index, asked, places, least, where, search_options, progress=progress))
    facts = {
        "made_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "version": __version__,
        **_facts(index),
        "shots": len(table),
        "judgments": {"queries": len(asked), "rows": len(resolved), "digest": _digest(asked)},
        "where": None if where is None else plain(repr(dict(where)), limit=1000),
        "options": {name: plain(repr(value), limit=200) for name, value in sorted(search_options.items())},
        "seed": seed,
        "rounds": ROUNDS,
    }
    frame = pd.DataFrame(rows)
    catalog = getattr(index, "catalog", None)
    return Report(frame, places=places, least=float(least), facts=facts, notes=notes, catalog=catalog)


def _not_noted(index: Searched) -> AbstractContextManager[None]:
    """A measurement is no use of the catalog."""
    recorder = getattr(getattr(index, "catalog", None), "recorder", None)
    return nullcontext() if recorder is None else recorder.rest()


def _passing(index: Searched, judged: set[str], where: Mapping[str, Any] | None) -> set[str]:
    """Those of the judged shots that pass a filter; the search itself decides."""
    if where is None:
        return judged
    shots = sorted(judged)
    chunks = [shots[start : start + _AT_ONCE] for start in range(0, len(shots), _AT_ONCE)]
    # A filter of shots cannot be joined with another one of shots, and is small by itself.
    filters = [where] if "shot_id" in where else [{**where, "shot_id": chunk} for chunk in chunks]
    found: set[str] = set()
    for one in filters:
        answer = index.search(Words(_WARM_UP[0]), k=_AT_ONCE, where=one, min_score=0.0, fold=False)
        found.update(str(shot) for shot in answer.table["shot_id"])
    return judged & found


def _queries(
    resolved: Judgments, known: set[str], groups: Mapping[str, str] | None, least: float
) -> tuple[list[_Asked], list[str]]:
    rows = resolved.table
    nothing = set(rows.loc[rows["video"] == "", "query"])
    asked, unanswered, learned = [], 0, 0
    for query, of_query in rows.groupby("query", sort=False):
        text, group = str(query), str(of_query["group"].iloc[0])
        if groups is not None:
            group = str(groups.get(text, ""))
        grades = dict(zip(of_query["shot_id"], of_query["grade"], strict=True))
        grades = {str(shot): float(grade) for shot, grade in grades.items() if shot in known}
        one = _Asked(text, _read(text), group, {} if query in nothing else grades)
        if any(isinstance(term, Concept) for term in one.expression.terms()):
            learned += 1
        elif query in nothing or _is_right(one, least):
            asked.append(one)
        else:
            unanswered += 1
    notes = []
    if unanswered:
        are = "queries are" if unanswered > 1 else "query is"
        notes.append(
            f"{unanswered:,} {are} left out: no shot that was searched has a grade of {least:g} or more for "
            f"{'them' if unanswered > 1 else 'it'}"
        )
    if learned:
        hold = "queries that hold concepts are" if learned > 1 else "query that holds a concept is"
        notes.append(f"{learned:,} {hold} left out: {_LEARNED}")
    return asked, notes


def _read(text: str) -> Expression:
    try:
        return typed(text)
    except QueryError as error:
        raise QueryError(f"the judged query {plain(text, limit=80)!r} cannot be asked: {error}") from error


def _is_right(asked: _Asked, least: float) -> bool:
    return any(grade >= least for grade in asked.grades.values())


def _asked(
    index: Searched,
    queries: list[_Asked],
    places: tuple[int, ...],
    least: float,
    where: Mapping[str, Any] | None,
    options: Mapping[str, Any],
    *,
    progress: bool,
) -> Iterator[dict[str, Any]]:
    from tqdm.auto import tqdm

    most, names = max(places), names_of(places)
    for words in _WARM_UP:
        index.search(Words(words), k=most, where=where, **options)
    bar = tqdm(queries, desc="Asking", unit="query", delay=_BAR_AFTER_S, leave=False, disable=not progress)
    for one in bar:
        # What nothing answers is asked as a user would.
        given = options if one.grades else {**options, "min_score": None}
        started = time.perf_counter()
        found = index.search(one.expression, k=most, where=where, **given)
        took = time.perf_counter() - started
        table = found.table
        # Two spans may be named after the same shot; it counts where it first comes.
        table = table.drop_duplicates("shot_id")
        shots = [str(shot) for shot in table["shot_id"]]
        grades = grades_of(shots, one.grades)
        judged = list(one.grades.values())
        values = (
            measure(grades, judged, places=places, least=least) if judged else dict.fromkeys(names, math.nan)
        )
        yield {
            "query": one.query,
            "group": one.group,
            "right": sum(grade >= least for grade in judged),
            "found": len(shots),
            **values,
            "latency_ms": 1000 * took,
            "shots": tuple(shots),
            "scores": tuple(float(score) for score in table["score"]),
            "grades": tuple(float(grade) for grade in grades),
        }


def _facts(index: Searched) -> dict[str, Any]:
    """What names the index; of another kind of index only what it tells."""
    encoder = getattr(index, "encoder", None)
    generation = getattr(index, "generation", None)
    catalog = getattr(index, "catalog", None)
    return {
        "encoder": str(getattr(encoder, "name", "")),
        "fingerprint": str(getattr(encoder, "fingerprint", "")),
        "generation": str(getattr(generation, "name", "")),
        "catalog": str(getattr(catalog, "location", "")),
    }


def _digest(asked: list[_Asked]) -> str:
    """Names what was judged: two reports of one digest measure against the same."""
    digest = xxhash.xxh3_64()
    for one in sorted(asked, key=lambda one: one.query):
        digest.update(repr((one.query, one.group, sorted(one.grades.items()))).encode("utf-8", "replace"))
    return digest.hexdigest()
