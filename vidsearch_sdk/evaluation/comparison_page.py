"""A comparison as static HTML: the verdict, the differences drawn, the queries that changed in pictures."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from vidsearch_sdk.evaluation.comparison import Comparison
from vidsearch_sdk.evaluation.report_page import document
from vidsearch_sdk.evaluation.sheets import sheet
from vidsearch_sdk.pages.chart import Chart, Dot, Panel, draw, nice_above
from vidsearch_sdk.pages.markup import SPACE, Markup, element
from vidsearch_sdk.results.grid import style

if TYPE_CHECKING:
    from vidsearch_sdk.evaluation.pictures import Shown
    from vidsearch_sdk.evaluation.report import Report

TOP = 6
"""Shots of each side that are shown for a query."""

_MOST_ROWS = 40


def comparison_chart(comparison: Comparison) -> Chart:
    """Draw differences with their intervals, one row per group, one panel per main metric."""
    table = comparison.table
    groups = list(dict.fromkeys(table["group"]))[:_MOST_ROWS]
    panels = []
    for metric in comparison.main_metrics:
        rows = [comparison.row(group, metric) for group in groups]
        ends = [
            abs(row[name]) for row in rows for name in ("difference", "low", "high") if row[name] == row[name]
        ]
        reach = nice_above(max(ends, default=0.0))
        dots = [
            Dot(row["difference"], row["low"], row["high"], f"{row['difference']:+.3f}".replace("-", "−"))
            for row in rows
        ]
        marks = ((-reach, f"−{reach:g}"), (0.0, "0"), (reach, f"+{reach:g}"))
        panels.append(Panel(metric, -reach, reach, marks, dots, zero=True))
    labels = [(group, f"{comparison.row(group)['queries']:,}") for group in groups]
    return draw(labels, panels, label="Differences, b minus a, with intervals of 95 %")


def comparison_html(comparison: Comparison, *, most: int, styled: bool = True) -> Markup:
    """Lay a comparison out."""
    sheets = [style(), sheet()] if styled else []
    head, colon, rest = comparison.verdict.partition(": ")
    verdict = element(
        "p", element("b", f"{head}{colon.strip()}"), SPACE, rest, class_="ev-verdict", limit=800
    )
    sides = [
        element("p", element("b", name), SPACE, told, class_="ev-side", limit=400)
        for name, told in comparison.sides.items()
    ]
    drawn = element("div", comparison_chart(comparison).svg, class_="ev-scroll")
    axis = "Differences, b minus a: dots are means, bars intervals of 95 %; right of the line b finds more."
    notes = [element("p", note, class_="vs-note", limit=400) for note in (axis, *comparison.notes)]
    changed = _changed(comparison, most)
    return element("div", *sheets, verdict, *sides, drawn, *notes, *changed, class_="vidsearch")


def comparison_document(comparison: Comparison, *, most: int) -> str:
    """Write a comparison as a page."""
    titles = dict.fromkeys([comparison.a.title, comparison.b.title])
    title = f"Compared: {' and '.join(titles)}"
    return document(title, comparison_html(comparison, most=most, styled=False))


def _changed(comparison: Comparison, most: int) -> list[Markup]:
    queries = comparison.queries
    queries = queries[queries["change"].abs() > 1e-12].head(max(0, most))
    if not len(queries):
        return []
    shown = _shown(comparison)
    parts = [element("h3", "The queries that changed most", class_="ev-title")]
    for row in queries.to_dict("records"):
        change = f"{row['change']:+.3f}".replace("-", "−")
        words = element("span", f"{comparison.metric} {row['a']:.3f} → {row['b']:.3f} ({change})")
        parts.append(element("p", row["query"], SPACE, words, class_="ev-query", limit=300))
        pair = comparison.pair(str(row["query"]))
        sides = [
            _side(side, pair, shown[side], report)
            for side, report in (("a", comparison.a), ("b", comparison.b))
        ]
        parts.append(element("div", *sides, class_="ev-sides"))
    return parts


def _shown(comparison: Comparison) -> dict[str, Shown | None]:
    from vidsearch_sdk.evaluation.pictures import Shown

    catalogs = {"a": comparison.a.catalog, "b": comparison.b.catalog}
    # A report that was loaded has no catalog; the other one's is of use where it is the same place.
    places = {comparison.a.facts.get("catalog"), comparison.b.facts.get("catalog")}
    if len(places) == 1:
        found = catalogs["a"] or catalogs["b"]
        one = Shown(found) if found is not None else None  # type: ignore[arg-type]
        return {"a": one, "b": one}
    return {
        side: Shown(catalog) if catalog is not None else None  # type: ignore[arg-type]
        for side, catalog in catalogs.items()
    }


def _side(side: str, pair: dict[str, Any], shown: Shown | None, report: Report) -> Markup:
    shots, scores, grades = (pair[f"{name}_{side}"][:TOP] for name in ("shots", "scores", "grades"))
    head = element("p", element("b", side), SPACE, report.title, class_="ev-side")
    if shown is not None:
        return element("div", head, shown.row(pair["query"], shots, scores, grades, least=report.least))
    lines = [
        element("li", f"{shot_id}, grade {grade:g}") for shot_id, grade in zip(shots, grades, strict=True)
    ]
    inside = (
        element("ol", *lines, class_="ev-list")
        if lines
        else element("p", "nothing was found", class_="vs-note")
    )
    return element("div", head, inside)
