"""Letting another encoder serve: published beside the old one, measured, and only then put in its place."""

from __future__ import annotations

import logging
import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import pandas as pd

from vidsearch_sdk.encoding.protocol import ImageTextEncoder
from vidsearch_sdk.errors import EncoderError, QueryError, RegressionError, SearchIndexError
from vidsearch_sdk.evaluation.evaluate import evaluate
from vidsearch_sdk.evaluation.gate import gate as hold_against
from vidsearch_sdk.evaluation.judgments import Judgments
from vidsearch_sdk.index.making import make_index
from vidsearch_sdk.learning.swapped import Swap
from vidsearch_sdk.learning.top_ten import check_queries, top_tens
from vidsearch_sdk.query.spelling.catalog_words import search_files
from vidsearch_sdk.shot_index import ShotIndex
from vidsearch_sdk.store.generations import same_kind

if TYPE_CHECKING:
    from vidsearch_sdk.evaluation.gate import Verdict
    from vidsearch_sdk.evaluation.report import Report
    from vidsearch_sdk.store.generations import Generation

MOST_QUERIES = 50
"""Saved queries whose answers are held side by side, where none are given."""

_AT = re.compile(r"@([0-9]+)$")
_PLACES = (1, 5, 10)
_log = logging.getLogger("vidsearch_sdk")


def swap(
    index: ShotIndex,
    encoder: ImageTextEncoder,
    *,
    judgments: Judgments | pd.DataFrame | None = None,
    queries: Sequence[str] | None = None,
    gate: bool = True,
    metric: str = "nDCG@10",
    tolerance: float = 0.01,
    least: float = 1.0,
    progress: bool = True,
) -> Swap:
    """Let another encoder serve in the place of an index, if it finds as much.

    The index serves on, in every process, while the stored keyframes are embedded by the new encoder (no film
    is decoded) and a new index is published beside it. Both are asked the judged queries; only where the new
    one passes ``vs.gate`` is it put in place, by one write. Where it does not, or whatever is killed on the
    way, what served serves; the vectors that were made stay for a later try.

    Handles that are open keep what they have opened; ``ShotIndex.open(catalog)`` opens what serves, with its
    encoder. ``swap.undo()``, or ``catalog.undo_swap()`` in any process, takes the swap back.

    Args:
        index: What serves now.
        encoder: What is to serve.
        judgments: What is right; what ``catalog.judgments`` keeps where none are given. Queries that the
            encoder was trained on say little: hold some out.
        queries: Saved queries whose first ten hits are shown before and after; the judged ones where none
            are given, or else those that ``catalog.usage()`` knows as the most asked.
        gate: False swaps whatever the gate says, and also where nothing is judged.
        metric: What must not fall, as for ``vs.gate``.
        tolerance: By how much it may, absolute.
        least: Grade from which a shot is right.
        progress: Whether to show bars.

    Returns:
        What changed: ``index`` (the new one), ``table``, ``verdict``, ``undo()``.

    Raises:
        RegressionError: The new index finds less; nothing has changed for anyone who searches.
        QueryError: Nothing is judged and ``gate`` is on, or a judgment, a query or an option cannot be used.
        SearchIndexError: The encoder serves already, or ``index`` is not what serves.
        EncoderError: The encoder cannot be used.
        StorageError: The disk refused; what served still serves.

    Examples:
        ``index = vs.swap(index, vs.Encoder("dark-encoder")).index``
    """
    old, catalog = _checked(index, encoder, gate), index.catalog
    judged, notes = _judged(index, judgments)
    saved = _saved(index, queries, judged)
    if judged is None and gate:
        raise QueryError(
            "nothing is judged, so it cannot be told whether the new encoder finds as much: give judgments=, "
            "keep some with catalog.judgments.add(...), or swap without with gate=False"
        )
    places = _places(metric)

    def measured(one: ShotIndex) -> Report | None:
        if judged is None:
            return None
        return evaluate(one, judged, k=places, least=least, progress=progress)

    # The old one first: it finds out what is wrong with the judgments before time is spent.
    baseline = measured(index)
    if baseline is not None:
        hold_against(baseline, baseline, metric=metric, tolerance=tolerance)
    before = top_tens(index, saved)
    published = make_index(catalog, encoder, progress=progress, dialogue_files=search_files, serve="never")
    new = ShotIndex(catalog, encoder, published)
    report = measured(new)
    verdict: Verdict | None = None
    if baseline is not None and report is not None:
        verdict = hold_against(report, baseline, metric=metric, tolerance=tolerance, strict=False)
        if gate and not verdict:
            raise RegressionError(_refused(verdict, old))
    elif judged is None:
        notes = [*notes, "nothing is judged: whether the new encoder finds as much was not measured"]
    after = top_tens(new, saved)
    catalog.generations.make_current(published.generation, instead_of=old)
    _log.info("%s serves in the place of %s", published.generation.folder, old.folder)
    return Swap(
        before=index,
        index=new,
        tops=(before, after),
        baseline=baseline,
        report=report,
        verdict=verdict,
        metric=metric,
        notes=notes,
    )


def _checked(index: ShotIndex, encoder: ImageTextEncoder, gate: bool) -> Generation:
    """Everything that can be known at once; gives what serves."""
    if not isinstance(index, ShotIndex):
        raise SearchIndexError(f"{index!r} is no index: vs.swap(vs.ShotIndex.open(catalog), encoder)")
    if not isinstance(encoder, ImageTextEncoder):
        raise EncoderError(f"{encoder!r} is not an encoder: vs.Encoder(folder or name) makes one")
    if not isinstance(gate, bool):
        raise QueryError(f"gate={gate!r}: True or False is needed")
    if _kind(encoder) == _kind(index.encoder):
        raise SearchIndexError(
            f"{encoder.name} ({encoder.fingerprint}) is the encoder of this index already; index.refresh() "
            "takes new films in"
        )
    serving = index.catalog.generations.current()
    own = index.generation
    if serving is None or not same_kind(serving, own):
        now = "nothing" if serving is None else f"{serving.manifest.get('encoder', {}).get('name')}"
        raise SearchIndexError(
            f"this index ({index.encoder.name}) is not what serves: {now} does. Swap what serves: "
            "vs.swap(vs.ShotIndex.open(catalog), encoder)"
        )
    return serving


def _kind(encoder: ImageTextEncoder) -> tuple[str, str]:
    return encoder.fingerprint, str(getattr(getattr(encoder, "pooling", None), "digest", ""))


def _judged(index: ShotIndex, given: Judgments | pd.DataFrame | None) -> tuple[Judgments | None, list[str]]:
    if given is not None:
        return (given if isinstance(given, Judgments) else Judgments.from_frame(given)), []
    kept = index.catalog.judgments.read()
    there = set(index.table["video_id"]) | {""}
    # What was judged once may be of films that were removed since.
    known = kept[kept["video"].isin(there)]
    notes = []
    if len(known) < len(kept):
        notes.append(f"{len(kept) - len(known):,} judgments are of films that are no longer there")
    if not (known["grade"] > 0).any():
        return None, notes
    return Judgments.from_frame(known), notes


def _saved(index: ShotIndex, given: Sequence[str] | None, judged: Judgments | None) -> list[str]:
    if given is not None:
        return check_queries(given)
    if judged is not None:
        return list(judged.queries[:MOST_QUERIES])
    searches = index.catalog.usage().searches
    typed_words = searches[(searches["kind"] == "words") & ~searches["hashed"].astype(bool)]
    return list(typed_words["words"].value_counts().index[:MOST_QUERIES])


def _places(metric: str) -> tuple[int, ...]:
    at = _AT.search(metric) if isinstance(metric, str) else None
    return tuple(sorted({*_PLACES, int(at[1])})) if at else _PLACES


def _refused(verdict: Verdict, old: Generation) -> str:
    name: Any = old.manifest.get("encoder", {}).get("name")
    return (
        f"{verdict.text}. Nothing was swapped: {name or 'the old encoder'} serves on. The new index stands "
        "beside it, and nothing is embedded again: look with vs.compare(index, vs.ShotIndex.open(catalog, "
        "encoder), judgments), then train on, or swap nevertheless with gate=False"
    )
