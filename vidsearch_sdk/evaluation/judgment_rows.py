"""Rows of judgments as people write them, checked and brought into one form."""

from __future__ import annotations

import difflib
import math
import re
from collections.abc import Callable, Hashable, Sequence
from typing import Any

import pandas as pd

from vidsearch_sdk.errors import QueryError
from vidsearch_sdk.pages.markup import plain

COLUMNS = ("query", "group", "shot_id", "video", "start_s", "end_s", "grade", "split", "who", "at")
"""The columns of judgments, in order."""

TEXTS = ("query", "group", "shot_id", "video", "split", "who")
NUMBERS = ("start_s", "end_s", "grade")
MOST_GRADE = 100.0

_OTHER_NAMES = {"video_id": "video", "kind": "group", "when": "at", "judge": "who"}
_SHOT_ID = re.compile(r"[0-9a-f]{16}-(0|[1-9][0-9]{0,8})")
_NOTHING = {"query": "", "group": "", "shot_id": "", "video": "", "split": "", "who": ""}

Named = Callable[[Hashable], str]


def checked_rows(given: pd.DataFrame, *, named: Named) -> pd.DataFrame:
    """Check rows and give them all columns ``COLUMNS``; duplicates are left out.

    Args:
        given: Rows under the names ``COLUMNS``, or ``video_id``, ``kind``, ``when`` and ``judge`` for
            ``video``, ``group``, ``at`` and ``who``. ``query`` is needed, and ``shot_id`` or ``video``.
            Other columns are left out.
        named: Names a row in a message, by its place from 0.

    Raises:
        QueryError: A column or a value is missing, wrong, or contradicts another; names the first row that
            is, and counts the others.
    """
    frame = _named_columns(given)
    if not len(frame):
        raise QueryError("there are no judgments: not one row")
    rows = pd.DataFrame(index=range(len(frame)))
    for name in TEXTS:
        rows[name] = texts_of(frame[name]) if name in frame else _NOTHING[name]
    for name in NUMBERS:
        rows[name] = numbers_of(frame[name], name, named) if name in frame else math.nan
    moments = _moments(frame["at"], named) if "at" in frame else pd.Series(pd.NaT, index=rows.index)
    rows["at"] = pd.to_datetime(moments, utc=True).astype("datetime64[us, UTC]")
    _check_values(rows, named)
    return _without_duplicates(rows[list(COLUMNS)], named)


def _named_columns(given: pd.DataFrame) -> pd.DataFrame:
    names = {name: str(name).strip() for name in given.columns}
    names = {name: _OTHER_NAMES.get(read, read) for name, read in names.items()}
    for name, read in names.items():
        if list(names.values()).count(read) > 1 and read in COLUMNS:
            raise QueryError(f"two columns of the judgments mean {read!r}; leave one of them out")
        near = difflib.get_close_matches(read.lower(), [*COLUMNS, *_OTHER_NAMES], n=1, cutoff=0.75)
        if read not in COLUMNS and near:
            raise QueryError(f"the column {name!r} of the judgments is not known; is {near[0]!r} meant?")
    frame = given.rename(columns=names)
    if "query" not in frame or not {"shot_id", "video"} & set(frame.columns):
        had = ", ".join(map(repr, given.columns)) or "none"
        raise QueryError(
            "judgments need the column 'query', and 'shot_id' or else 'video', 'start_s' and 'end_s'; the "
            f"columns are {plain(had, limit=300)}"
        )
    return frame.reset_index(drop=True)


def texts_of(column: pd.Series[Any]) -> pd.Series[Any]:
    """The cells of a column as text of one line; empty where nothing stands."""
    return column.map(_text).astype("str")


def _text(value: Any) -> str:
    # Half of a surrogate pair cannot be written down.
    return "" if _missing(value) else " ".join(str(value).encode("utf-8", "replace").decode().split())


def _missing(value: Any) -> bool:
    return value is None or value is pd.NA or (isinstance(value, float) and math.isnan(value))


def numbers_of(column: pd.Series[Any], name: str, named: Named) -> pd.Series[Any]:
    """The cells of a column as float64, NaN where nothing stands.

    Raises:
        QueryError: A cell is no number; names its row.
    """
    empty = column.map(lambda value: _missing(value) or (isinstance(value, str) and not value.strip()))
    read = pd.to_numeric(column.where(~empty.astype(bool)), errors="coerce").astype("float64")
    wrong = ~empty.astype(bool) & ~read.map(math.isfinite)
    refuse(wrong, named, lambda row: f"{name} is {plain(repr(column[row]), limit=60)}, not a number")
    return read


def _moments(column: pd.Series[Any], named: Named) -> pd.Series[Any]:
    empty = column.map(lambda value: _missing(value) or value is pd.NaT or value == "").astype(bool)
    read = pd.to_datetime(column.where(~empty), utc=True, errors="coerce", format="mixed")
    wrong = ~empty & read.isna()
    refuse(
        wrong, named, lambda row: f"at is {plain(repr(column[row]), limit=60)}, not a date (2026-01-31T18:00)"
    )
    return read


def _check_values(rows: pd.DataFrame, named: Named) -> None:
    no_shot, no_film = rows["shot_id"] == "", rows["video"] == ""
    no_time = rows["start_s"].isna() & rows["end_s"].isna()
    nowhere = no_shot & no_film
    refuse(rows["query"] == "", named, lambda _: "there is no query")
    refuse(
        ~no_shot & ~rows["shot_id"].str.fullmatch(_SHOT_ID),
        named,
        lambda row: (
            f"{plain(rows['shot_id'][row], limit=60)!r} is not a shot_id: a video_id, a dash and a "
            "number (see index.table)"
        ),
    )
    refuse(
        nowhere & (rows["grade"].isna() | (rows["grade"] > 0) | ~no_time),
        named,
        lambda _: (
            "it names neither a shot (shot_id) nor a span (video, start_s, end_s); a query that nothing "
            "answers has grade 0"
        ),
    )
    spans = no_shot & ~no_film
    refuse(
        spans & ~(rows["end_s"] > rows["start_s"]),
        named,
        lambda row: (
            f"a span needs start_s and a later end_s, not {_shown(rows['start_s'][row])} and "
            f"{_shown(rows['end_s'][row])}"
        ),
    )
    rows["grade"] = rows["grade"].fillna(1.0)
    refuse(
        (rows["grade"] < 0) | (rows["grade"] > MOST_GRADE),
        named,
        lambda row: f"the grade is {rows['grade'][row]:g}; it goes from 0 (wrong) to {MOST_GRADE:g}",
    )
    rows["video"] = rows["video"].where(no_shot, rows["shot_id"].str.rpartition("-")[0])


def _shown(value: float) -> str:
    return "none" if math.isnan(value) else f"{value:g}"


def _without_duplicates(rows: pd.DataFrame, named: Named) -> pd.DataFrame:
    # A group need be said once.
    groups = rows["group"].where(rows["group"] != "").groupby(rows["query"], sort=False)
    rows["group"] = (
        rows["group"].where(rows["group"] != "", groups.transform("first").fillna("")).astype("str")
    )
    groups = rows.groupby("query", sort=False)["group"]
    refuse(
        rows["group"] != groups.transform("first"),
        named,
        lambda row: (
            f"the query {plain(rows['query'][row], limit=80)!r} is of the group {rows['group'][row]!r} here "
            f"and of {groups.get_group(rows['query'][row]).iloc[0]!r} before; a query has one group"
        ),
    )
    nothing = (rows["shot_id"] == "") & (rows["video"] == "")
    answered = set(rows.loc[~nothing & (rows["grade"] > 0), "query"])
    refuse(
        nothing & rows["query"].isin(answered),
        named,
        lambda row: (
            f"nothing answers {plain(rows['query'][row], limit=80)!r} here, and a shot does elsewhere"
        ),
    )
    said_of = ["query", "shot_id", "video", "start_s", "end_s", "who", "at"]
    firsts = rows.groupby(said_of, sort=False, dropna=False)["grade"].transform("first")
    refuse(
        rows["grade"] != firsts,
        named,
        lambda row: (
            f"the same shot or span has the grade {rows['grade'][row]:g} for "
            f"{plain(rows['query'][row], limit=80)!r} here and {firsts[row]:g} before"
        ),
    )
    return rows.drop_duplicates(said_of, ignore_index=True)


def refuse(wrong: pd.Series[Any], named: Named, says: Callable[[Any], str]) -> None:
    """Raise an error for the first row that is wrong, and count the others.

    Args:
        wrong: bool, one for each row.
        named: Names a row by its place.
        says: What is wrong with the row at a place.

    Raises:
        QueryError: One is wrong.
    """
    places: Sequence[Any] = list(wrong.index[wrong.to_numpy(dtype=bool)])
    if places:
        more = len(places) - 1
        others = f" (and {more:,} more such row{'s' * (more > 1)})" if more else ""
        raise QueryError(f"{named(places[0])}: {says(places[0])}{others}")
