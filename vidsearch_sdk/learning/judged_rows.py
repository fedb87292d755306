"""Judgments as texts of the shots that are right for them."""

from __future__ import annotations

import logging
from collections.abc import Collection
from typing import Any

import pandas as pd

from vidsearch_sdk.errors import QueryError
from vidsearch_sdk.evaluation.judgments import Judgments
from vidsearch_sdk.learning.caption_rows import COLUMNS
from vidsearch_sdk.learning.places import Places
from vidsearch_sdk.pages.markup import plain
from vidsearch_sdk.query.algebra.terms import Text, Words
from vidsearch_sdk.query.algebra.typed import typed

_SHOWN = 60
_log = logging.getLogger("vidsearch_sdk")


def judged_rows(judgments: Judgments, places: Places, least: float, source: str) -> pd.DataFrame:
    """Give one row per query in words and shot that is right for it.

    Args:
        judgments: Spans and shots, graded.
        places: The shots of the catalog.
        least: Grade from which on a shot is right.
        source: What the rows come from.

    Returns:
        Columns ``COLUMNS``.

    Raises:
        QueryError: None is left, or a row means no shot.
        VideoNotFound: A film is not in the catalog.
    """
    rows = judgments.shots(places.table).table
    rows = rows[(rows["grade"] >= least) & (rows["shot_id"] != "")]
    if not len(rows):
        raise QueryError(f"no judgment of {len(judgments):,} names a shot with a grade of {least:g} or more")
    words = {query: picture_words(query) for query in dict.fromkeys(rows["query"])}
    others = [query for query, text in words.items() if not text]
    if others:
        _log.info("%d queries are no words for a picture and are left out: %s", len(others), some(others))
    rows = rows.assign(text=rows["query"].map(words), source=source).rename(columns={"video": "video_id"})
    rows = rows[rows["text"] != ""]
    if not len(rows):
        raise QueryError(f"no judged query is plain words: {some(others)}")
    kept: pd.DataFrame = rows[list(COLUMNS)].astype("str")
    return kept.drop_duplicates(["text", "shot_id"], ignore_index=True)


def picture_words(query: str) -> str:
    """The words of a query that asks for a picture by words alone; of any other, nothing."""
    try:
        asked: Any = typed(query)
    except QueryError:
        return ""
    return str(asked.words) if isinstance(asked, Words | Text) else ""


def checked_least(least: float) -> float:
    """Give the grade if it is one.

    Raises:
        QueryError: It is not above 0.
    """
    if isinstance(least, bool) or not isinstance(least, int | float) or not least > 0:
        raise QueryError(f"least={least!r}: a grade above 0 is needed; 0 means wrong")
    return float(least)


def some(names: Collection[str]) -> str:
    """The first few of many names, safe to show."""
    shown = ", ".join(plain(name, limit=_SHOWN) for name in list(names)[:5])
    return shown + (", …" if len(names) > 5 else "")
