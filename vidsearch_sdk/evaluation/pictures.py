"""Answers in pictures, made again from what a report keeps of them."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pandas as pd

from vidsearch_sdk.errors import VidsearchError
from vidsearch_sdk.index.shot_rows import plain as plain_table
from vidsearch_sdk.index.shot_rows import shot_rows
from vidsearch_sdk.pages.markup import Markup, element
from vidsearch_sdk.results.grid import grid
from vidsearch_sdk.results.hit import SHOT_COLUMNS
from vidsearch_sdk.results.search_results import SearchResults

if TYPE_CHECKING:
    from vidsearch_sdk.catalog import Catalog

log = logging.getLogger("vidsearch_sdk")

_WIDTH = 220


@dataclass(frozen=True)
class Mark:
    """What is said of a shot.

    Attributes:
        kind: ``ev-right``, ``ev-near`` or ``ev-wrong``: how its frame looks.
        label: What a screen reader calls it.
        words: What stands below it.
        place: The number in its tile; 0 counts from 1.
    """

    kind: str
    label: str
    words: str
    place: int = 0


class Shown:
    """Shots of a catalog, each film read once.

    Args:
        catalog: The catalog; films that are no longer in it have no shots.
    """

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog
        self._films: dict[str, dict[str, dict[str, Any]]] = {}

    def row(
        self,
        query: str,
        shots: Sequence[str],
        scores: Sequence[float],
        grades: Sequence[float] | Mapping[str, float],
        *,
        least: float,
    ) -> Markup:
        """Lay shots out side by side, the right ones marked.

        Args:
            query: What was asked.
            shots: Ids, best first.
            scores: Score of each.
            grades: Grade of each, in order or by id.
            least: Grade from which a shot is right.
        """
        marks = []
        for place, shot_id in enumerate(shots):
            grade = grades.get(shot_id, 0.0) if isinstance(grades, Mapping) else grades[place]
            kind = "ev-right" if grade >= least else "ev-near" if grade > 0 else "ev-wrong"
            words = {"ev-right": "right", "ev-near": "near", "ev-wrong": "not right"}[kind]
            marks.append(Mark(kind, words, f"{words}, grade {grade:g}" if grade else words))
        return self.marked(query, shots, scores, marks)

    def marked(
        self, query: str, shots: Sequence[str], scores: Sequence[float], marks: Sequence[Mark]
    ) -> Markup:
        """Lay shots out side by side, each with a mark below.

        Args:
            query: What was asked.
            shots: Ids, best first.
            scores: Score of each; nan for none.
            marks: What is said of each.
        """
        rows, kept = [], []
        for place, (shot_id, score, mark) in enumerate(zip(shots, scores, marks, strict=True), start=1):
            facts = self._facts(shot_id)
            if facts is not None:
                kept.append(mark)
                rank = mark.place or place
                rows.append({**facts, "rank": rank, "score": float(score), "similarity": float("nan")})
        if not rows:
            return element(
                "p",
                "nothing was found" if not shots else "these shots are no longer in the catalog",
                class_="vs-note",
            )
        table = pd.DataFrame(rows)[[*SHOT_COLUMNS]]
        hits = SearchResults(table, catalog=self._catalog, query_text=query, elapsed_s=0.0)
        cells = []
        for hit, mark in zip(hits, kept, strict=True):
            cells.append(
                element(
                    "div",
                    grid([hit], styled=False, width=_WIDTH, label=mark.label),
                    element("p", mark.words, class_="ev-mark"),
                    class_=f"ev-cell {mark.kind}",
                )
            )
        return element("div", *cells, class_="ev-row")

    def _facts(self, shot_id: str) -> dict[str, Any] | None:
        video_id = shot_id.rpartition("-")[0]
        if video_id not in self._films:
            try:
                film = self._catalog.films.get(video_id)
                table = plain_table(shot_rows([film], [self._catalog.films.table(film, "shots")]))
                rows = table.to_pylist()
            except VidsearchError as error:
                log.info("the shots of film %s are not shown: %s", video_id, error)
                rows = []
            self._films[video_id] = {row["shot_id"]: row for row in rows}
        return self._films[video_id].get(shot_id)
