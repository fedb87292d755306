"""A swap as static HTML: the verdict, the differences drawn, and what moved in and out of the first hits."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from vidsearch_sdk.evaluation.comparison_page import comparison_chart
from vidsearch_sdk.evaluation.pictures import Mark, Shown
from vidsearch_sdk.evaluation.report_page import document
from vidsearch_sdk.evaluation.sheets import sheet
from vidsearch_sdk.learning.top_ten import TOP
from vidsearch_sdk.pages.markup import SPACE, Markup, element
from vidsearch_sdk.results.grid import style

if TYPE_CHECKING:
    from vidsearch_sdk.learning.swapped import Swap

_PICTURES = 6


def swap_html(swap: Swap, *, most: int, styled: bool = True) -> Markup:
    """Lay a swap out."""
    sheets = [style(), sheet()] if styled else []
    head, _, rest = swap.summary.partition(": ")
    parts = [element("p", element("b", f"{head}:"), SPACE, rest, class_="ev-verdict", limit=400)]
    parts += [element("p", remark, class_="vs-note", limit=600) for remark in swap.remarks()]
    if swap.comparison is not None:
        axis = (
            "After minus before: dots are means, bars intervals of 95 %; right of the line the new one finds "
            "more."
        )
        parts.append(element("div", comparison_chart(swap.comparison).svg, class_="ev-scroll"))
        parts.append(element("p", axis, class_="vs-note", limit=300))
    parts += _changed(swap, most)
    return element("div", *sheets, *parts, class_="vidsearch")


def swap_document(swap: Swap, *, most: int) -> str:
    """Write a swap as a page."""
    # Of a folder its last part: the whole path stands below.
    name = swap.index.encoder.name.rstrip("/").rpartition("/")[2]
    return document(f"Swapped: {name}", swap_html(swap, most=most, styled=False))


def _changed(swap: Swap, most: int) -> list[Markup]:
    queries = swap.queries
    queries = queries[(queries["moved_in"] > 0) | (queries["moved_out"] > 0) | queries["first_changed"]]
    if not len(queries):
        return []
    table, shown = swap.table, Shown(swap.index.catalog)
    parts = [element("h3", f"What changed among the first {TOP} hits", class_="ev-title")]
    for row in queries.head(max(0, most)).to_dict("records"):
        counted = f"{row['stayed']} stayed, {row['moved_in']} came in, {row['moved_out']} went out"
        parts.append(
            element("p", row["query"], SPACE, element("span", counted), class_="ev-query", limit=300)
        )
        of_query = table[table["query"] == row["query"]]
        came = of_query[(of_query["change"] == "in") | ((of_query["after"] == 1) & (of_query["before"] != 1))]
        went = of_query[of_query["change"] == "out"]
        sides = [
            _side(shown, str(row["query"]), "came in or up", came, "after"),
            _side(shown, str(row["query"]), "went out", went, "before"),
        ]
        parts.append(element("div", *sides, class_="ev-sides"))
    left = len(queries) - max(0, most)
    if left > 0:
        parts.append(
            element(
                "p", f"{left:,} more queries changed:", SPACE, element("code", "swap.table"), class_="vs-note"
            )
        )
    return parts


def _side(shown: Shown, query: str, title: str, rows: pd.DataFrame, place: str) -> Markup:
    head = element("p", element("b", title), class_="ev-side")
    rows = rows.head(_PICTURES)
    if not len(rows):
        return element("div", head, element("p", "nothing", class_="vs-note"))
    kind = "ev-right" if place == "after" else "ev-wrong"
    marks = []
    for row in rows.to_dict("records"):
        words = f"now in place {row['after']}" if place == "after" else f"was in place {row['before']}"
        if place == "after" and not pd.isna(row["before"]):
            words += f", was in {row['before']}"
        marks.append(Mark(kind, words, words, place=int(row[place])))
    shots = [str(shot_id) for shot_id in rows["shot_id"]]
    pictures = shown.marked(query, shots, [float("nan")] * len(shots), marks)
    return element("div", head, pictures)
