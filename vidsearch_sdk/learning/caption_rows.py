"""Captions as people write them, checked row by row and brought to shots."""

from __future__ import annotations

import difflib
import math
from collections.abc import Iterable, Iterator
from typing import NamedTuple

import pandas as pd

from vidsearch_sdk.errors import QueryError
from vidsearch_sdk.evaluation.judgment_rows import Named, numbers_of, refuse, texts_of
from vidsearch_sdk.learning.places import Places
from vidsearch_sdk.pages.markup import plain

COLUMNS = ("text", "shot_id", "video_id", "source")
"""The columns of pairs, in order."""

ROUNDED_S = 0.1
"""Spans that share no more than this lie beside each other: somebody rounded."""

_APART = (
    "Where both hold, keep what is said of longer spans in a table of its own and add the pairs: "
    "Pairs.from_captions(...) + Pairs.from_captions(...)"
)
_NEEDED = "video, start_s, end_s and text (or shot_id and text)"
_KNOWN = ("video", "start_s", "end_s", "text", "shot_id", "source")
_OTHER_NAMES = {"video_id": "video", "name": "video", "caption": "text"}


def captions_to_pairs(given: pd.DataFrame, places: Places, *, named: Named, source: str) -> pd.DataFrame:
    """Check captions and give one row per shot and text.

    Args:
        given: ``text``, and ``shot_id`` or else ``video`` (video_id or name), ``start_s`` and ``end_s``;
            ``source`` where the rows tell it. Other columns are not read.
        places: The shots of the catalog.
        named: Names a row in a message, by its place from 0.
        source: What the rows come from, where they do not say.

    Returns:
        Columns ``COLUMNS``, in the order of the captions and then of time; each shot and text once.

    Raises:
        QueryError: A row cannot be read, means no shot, or overlaps another that says something else.
        VideoNotFound: A row names a film or shot that is not in the catalog.
    """
    rows = _rows(given, named, source)
    spans = rows["shot_id"] == ""
    firsts = rows.loc[spans, "video"].drop_duplicates()
    known = {film: places.film(film, where=named(place)) for place, film in firsts.items()}
    rows.loc[spans, "video"] = rows.loc[spans, "video"].map(known)
    _check_overlaps(rows[spans], places, named)
    made: dict[tuple[str, str], tuple[str, str, str, str]] = {}
    held: list[tuple[int, _Caption, list[str]]] = []
    for place, row in enumerate(_each(rows)):
        if row.shot_id:
            video_id, meant = places.film_of(row.shot_id, where=named(place)), [row.shot_id]
        else:
            video_id = row.video
            meant = places.meant(video_id, row.start_s, row.end_s, where=named(place))
        held.append((place, row, meant))
        for shot_id in meant:
            made.setdefault((row.text, shot_id), (row.text, shot_id, video_id, row.source))
    _check_shots(held, named)
    return pd.DataFrame(list(made.values()), columns=list(COLUMNS), dtype="str")


class _Caption(NamedTuple):
    text: str
    shot_id: str
    video: str
    source: str
    start_s: float
    end_s: float


def _each(rows: pd.DataFrame) -> Iterator[_Caption]:
    return (_Caption(*row) for row in rows[list(_Caption._fields)].itertuples(index=False, name=None))


def _rows(given: pd.DataFrame, named: Named, source: str) -> pd.DataFrame:
    frame = _named_columns(given)
    if not len(frame):
        raise QueryError(f"there are no captions: not one row. A row has {_NEEDED}")
    rows = pd.DataFrame(index=range(len(frame)))
    for name in ("text", "shot_id", "video", "source"):
        rows[name] = texts_of(frame[name]) if name in frame else ""
    for name in ("start_s", "end_s"):
        rows[name] = numbers_of(frame[name], name, named) if name in frame else math.nan
    rows["source"] = rows["source"].where(rows["source"] != "", source)
    spans = rows["shot_id"] == ""
    refuse(rows["text"] == "", named, lambda _: "there is no text")
    refuse(
        spans & (rows["video"] == ""),
        named,
        lambda _: "it names no film (video), or shot (shot_id)",
    )
    refuse(
        spans & ~(rows["end_s"] > rows["start_s"]),
        named,
        lambda row: (
            f"a span needs start_s and a later end_s, not {_shown(rows['start_s'][row])} and "
            f"{_shown(rows['end_s'][row])}"
        ),
    )
    return rows


def _named_columns(given: pd.DataFrame) -> pd.DataFrame:
    had = [str(name).strip() for name in given.columns]
    names = dict(zip(given.columns, had, strict=True))
    # "video_id" and "name" may both be there, as in a table of hits; then the id says which film is meant.
    for other, name in _OTHER_NAMES.items():
        if name not in names.values() and other in had:
            names = {key: name if read == other else read for key, read in names.items()}
    frame = given.rename(columns=names).reset_index(drop=True)
    twice = [name for name in _KNOWN if list(frame.columns).count(name) > 1]
    if twice:
        raise QueryError(f"two columns of the captions mean {twice[0]!r}; leave one of them out")
    wanted = ["text"] if "shot_id" in frame else ["video", "start_s", "end_s", "text"]
    missing = [name for name in wanted if name not in frame]
    if missing:
        near = [difflib.get_close_matches(missing[0], had, n=1, cutoff=0.6)]
        hint = f"; is {near[0][0]!r} meant for {missing[0]!r}?" if near[0] else ""
        raise QueryError(
            f"captions need the columns {_NEEDED}; there are "
            f"{plain(', '.join(map(repr, given.columns)), limit=300) or 'none'}{hint}"
        )
    return frame


def _check_overlaps(rows: pd.DataFrame, places: Places, named: Named) -> None:
    """Refuse spans that overlap and say something else: which of them holds of a shot cannot be told.

    Captions of the very same span are several ways to say what it shows, and the same text twice is one.
    """
    for _, of_film in rows.groupby("video", sort=False):
        film = places.name_of(of_film["video"].iloc[0])
        said: dict[tuple[float, float], tuple[int, set[str]]] = {}
        for place, row in zip(of_film.index, _each(of_film), strict=True):
            span = (round(row.start_s, 3), round(row.end_s, 3))
            said.setdefault(span, (int(place), set()))[1].add(row.text)
        furthest = min(said)
        for span in sorted(said):
            shared = min(furthest[1], span[1]) - span[0]
            (one, its_texts), (other, texts) = said[furthest], said[span]
            if span != furthest and shared > ROUNDED_S + 1e-6 and its_texts != texts:
                _refuse_overlap(of_film, one, other, shared, film, named)
            furthest = max(furthest, span, key=lambda one: one[1])


def _check_shots(held: Iterable[tuple[int, _Caption, list[str]]], named: Named) -> None:
    """Refuse what is said of one shot where a span that holds other shots, too, says something else of it."""
    held = list(held)
    spans: dict[str, tuple[int, _Caption]] = {}
    texts: dict[str, set[str]] = {}
    for place, row, meant in held:
        if not row.shot_id and len(meant) > 1:
            for shot_id in meant:
                spans.setdefault(shot_id, (place, row))
                texts.setdefault(shot_id, set()).add(row.text)
    for place, row, _ in held:
        if row.shot_id in spans and row.text not in texts[row.shot_id]:
            other, span = spans[row.shot_id]
            raise QueryError(
                f"{named(place)}: its shot, {row.shot_id}, lies in {span.start_s:g} to {span.end_s:g} s of "
                f"{named(other)}, and they say different things: {plain(repr(row.text), limit=60)} and "
                f"{plain(repr(span.text), limit=60)}. {_APART}"
            )


def _refuse_overlap(rows: pd.DataFrame, one: int, other: int, shared: float, film: str, named: Named) -> None:
    first, second = sorted((one, other))
    both = list(_each(rows.loc[[first, second]]))
    spans = [f"{row.start_s:g} to {row.end_s:g} s" for row in both]
    texts = [plain(repr(row.text), limit=60) for row in both]
    raise QueryError(
        f"{named(second)}: its span, {spans[1]} of {plain(film, limit=100)!r}, overlaps {spans[0]} of "
        f"{named(first)} by {shared:.3g} s, and they say different things: {texts[1]} and {texts[0]}. Give "
        f"both the same span or make them meet. {_APART}"
    )


def _shown(value: float) -> str:
    return "none" if math.isnan(value) else f"{value:g}"
