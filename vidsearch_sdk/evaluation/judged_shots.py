"""Judgments of spans and of shots, by several people, made into one grade per query and shot."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from vidsearch_sdk.errors import QueryError, VideoNotFound
from vidsearch_sdk.evaluation.spans import SAME_S, shots_of_span
from vidsearch_sdk.pages.markup import plain


class _Film:
    """The shots of one film, in order of time."""

    def __init__(self, shots: pd.DataFrame) -> None:
        ordered = shots.sort_values("start_s", kind="stable")
        self.ids = ordered["shot_id"].to_list()
        self.starts = ordered["start_s"].to_numpy(np.float64)
        self.ends = ordered["end_s"].to_numpy(np.float64)


class _Shots:
    """The shots of an index, by their id and by film."""

    def __init__(self, table: pd.DataFrame) -> None:
        spans = zip(table["video_id"], table["start_s"], table["end_s"], strict=True)
        self.spans = dict(zip(table["shot_id"], spans, strict=True))
        self._films = {
            str(video_id): _Film(shots) for video_id, shots in table.groupby("video_id", observed=True)
        }
        self._named: dict[str, list[str]] = {}
        for video_id, name in table[["video_id", "name"]].drop_duplicates().itertuples(index=False):
            self._named.setdefault(str(name), []).append(str(video_id))

    def id_of(self, film: str) -> str | None:
        if film in self._films:
            return film
        found = self._named.get(film, [])
        if len(found) > 1:
            raise QueryError(
                f"{len(found)} films are called {film!r}: {', '.join(found)}; name it by video_id"
            )
        return found[0] if found else None

    def film(self, video_id: str) -> _Film:
        return self._films[video_id]


def to_shots(rows: pd.DataFrame, table: pd.DataFrame) -> pd.DataFrame:
    """Give one row per query and shot.

    Args:
        rows: Judgments, as ``checked_rows`` gives them.
        table: Shots: ``shot_id``, ``video_id``, ``name``, ``start_s``, ``end_s``.

    Raises:
        VideoNotFound: A film has no shots in the table.
        QueryError: A row means no shot, or rows of one person give a shot two grades.
    """
    shots = _Shots(table)
    ids = _films(rows, shots)
    said: dict[tuple[str, str], dict[str, tuple[Any, float, int]]] = {}
    nothing: list[int] = []
    for place, row in enumerate(rows.itertuples(index=False)):
        if not row.video:
            nothing.append(place)
            continue
        for shot_id in _meant(row, place, shots, ids):
            _hear(said.setdefault((str(row.query), shot_id), {}), row, place, shot_id, rows)
    columns = {name: dict(zip(rows["query"], rows[name], strict=True)) for name in ("group", "split")}
    made = [_row(query, shot, voices, columns, shots) for (query, shot), voices in said.items()]
    empty = rows.iloc[nothing].drop_duplicates("query").assign(who="")
    found = pd.DataFrame(made, columns=list(rows.columns)) if made else rows.iloc[:0]
    kinds = {name: kind for name, kind in rows.dtypes.items() if name != "at"}
    whole = pd.concat([part.drop(columns="at").astype(kinds) for part in (found, empty)], ignore_index=True)
    whole["at"] = pd.Series(pd.NaT, index=whole.index, dtype=rows["at"].dtype)
    # In the order in which the queries were first given.
    order = {query: place for place, query in enumerate(dict.fromkeys(rows["query"]))}
    return whole.sort_values("query", key=lambda column: column.map(order), kind="stable", ignore_index=True)


def _films(rows: pd.DataFrame, shots: _Shots) -> dict[str, str]:
    named = [film for film in dict.fromkeys(rows["video"]) if film]
    ids = {film: shots.id_of(film) for film in named}
    lost = [film for film, video_id in ids.items() if video_id is None]
    if lost:
        listed = ", ".join(repr(plain(film, limit=60)) for film in lost[:5]) + (
            ", …" if len(lost) > 5 else ""
        )
        raise VideoNotFound(
            f"{len(lost):,} of {len(named):,} judged films are not in the index: {listed}. Films are named "
            "by video_id or name, as in index.table; judgments.only(films=[...]) keeps those of some films"
        )
    return {film: video_id for film, video_id in ids.items() if video_id is not None}


def _meant(row: Any, place: int, shots: _Shots, ids: dict[str, str]) -> list[str]:
    has_span = row.end_s > row.start_s
    if row.shot_id in shots.spans:
        _, start, end = shots.spans[row.shot_id]
        if not has_span or (abs(start - row.start_s) < SAME_S and abs(end - row.end_s) < SAME_S):
            return [str(row.shot_id)]
    if has_span:
        film = shots.film(ids[row.video])
        found = [film.ids[one] for one in shots_of_span(film.starts, film.ends, row.start_s, row.end_s)]
        if found:
            return found
        where = f"{row.start_s:g} to {row.end_s:g} s; the film {row.video} goes from {film.starts[0]:g} to "
        problem = f"the span {where}{film.ends[-1]:g} s of its own clock"
    else:
        problem = f"the shot {row.shot_id}, which the index does not have"
    raise QueryError(
        f"row {place} of the judgments ({plain(row.query, limit=60)!r}) names no shot: {problem}"
    )


def _hear(
    voices: dict[str, tuple[Any, float, int]], row: Any, place: int, shot_id: str, rows: pd.DataFrame
) -> None:
    before = voices.get(row.who)
    if before is None:
        voices[row.who] = (row.at, row.grade, place)
        return
    at, grade, first = before
    if grade != row.grade and (pd.isna(at) or pd.isna(row.at) or at == row.at):
        raise QueryError(
            f"rows {first} and {place} of the judgments give the shot {shot_id} the grades {grade:g} and "
            f"{row.grade:g} for {plain(rows['query'].iloc[place], limit=60)!r}: spans of one query that "
            "share a shot need one grade"
        )
    if not (pd.isna(at) or pd.isna(row.at)) and row.at >= at:
        voices[row.who] = (row.at, row.grade, place)


def _row(
    query: str,
    shot_id: str,
    voices: dict[str, tuple[Any, float, int]],
    columns: dict[str, dict[str, str]],
    shots: _Shots,
) -> dict[str, Any]:
    video_id, start, end = shots.spans[shot_id]
    return {
        "query": query,
        "group": columns["group"][query],
        "shot_id": shot_id,
        "video": str(video_id),
        "start_s": float(start),
        "end_s": float(end),
        "grade": float(np.mean([grade for _, grade, _ in voices.values()])),
        "split": columns["split"][query],
        "who": "",
        "at": None,
    }
