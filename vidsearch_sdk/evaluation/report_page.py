"""A report as static HTML: in a notebook, and as a page that stands alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vidsearch_sdk.evaluation.report_chart import report_chart
from vidsearch_sdk.evaluation.sheets import sheet
from vidsearch_sdk.pages.markup import SPACE, Markup, element, join
from vidsearch_sdk.results.grid import style

if TYPE_CHECKING:
    from vidsearch_sdk.evaluation.report import Report

WORST = 6
"""Queries that are shown in pictures."""
TOP = 6
"""Shots of each that are shown."""

_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'"


def report_html(report: Report, *, styled: bool = True) -> Markup:
    """Lay a report out: what was measured, the drawing, the remarks."""
    head = element("p", report.summary(), class_="vs-head", limit=300)
    drawn = element("div", report_chart(report).svg, class_="ev-scroll")
    remarks = [element("p", remark, class_="vs-note", limit=400) for remark in report.remarks()]
    more = element(
        "p",
        "Dots are means, bars intervals of 95 %; all figures:",
        SPACE,
        element("code", "report.table"),
        ",",
        SPACE,
        element("code", "report.intervals"),
        ",",
        SPACE,
        element("code", "report.queries"),
        class_="vs-note",
    )
    sheets = [style(), sheet()] if styled else []
    return element("div", *sheets, head, drawn, *remarks, more, class_="vidsearch")


def report_document(report: Report) -> str:
    """Write a report as a page, with the queries that went worst."""
    parts = [report_html(report, styled=False), _all_figures(report)]
    worst = report.queries
    metric = report.main_metric
    worst = worst[(worst["right"] > 0) & (worst[metric] < 1)].sort_values(metric, kind="stable").head(WORST)
    if len(worst):
        parts.append(element("h2", "What went worst"))
        parts.append(element("div", *_worst(report, worst), class_="vidsearch"))
    return document(f"Measured: {report.title}", join(parts))


def document(title: str, body: Markup) -> str:
    """Write a whole HTML document: one file, no script, nothing from outside."""
    head = join(
        [
            element("meta", charset="utf-8"),
            element("meta", name="viewport", content="width=device-width, initial-scale=1"),
            element("meta", name="color-scheme", content="light dark"),
            element("meta", http_equiv="Content-Security-Policy", content=_POLICY),
            element("title", title),
            style("tile.css"),
            style("page.css"),
            sheet(),
        ]
    )
    top = element("header", element("p", "vidsearch", class_="mark"), element("h1", title))
    inside = element("body", top, element("main", body))
    return f'<!doctype html>\n<html lang="en"><head>{head}</head>\n{inside}</html>\n'


def _all_figures(report: Report) -> Markup:
    heads = ["group", "queries", *report.metrics, "p50", "p95", "p99"]
    rows = []
    for row in report.table.to_dict("records"):
        figures = [f"{row[metric]:.3f}" if row["queries"] else "–" for metric in report.metrics]
        took = [f"{row[name]:.0f} ms" for name in ("p50_ms", "p95_ms", "p99_ms")]
        cells = [row["group"], f"{row['queries']:,}", *figures, *took]
        rows.append(element("tr", *(element("td", cell, limit=60) for cell in cells)))
    top = element("tr", *(element("th", head) for head in heads))
    table = element("table", element("thead", top), element("tbody", *rows), class_="ev-table")
    return element("div", element("div", table, class_="ev-scroll"), class_="vidsearch")


def _worst(report: Report, worst: object) -> list[Markup]:
    from vidsearch_sdk.evaluation.pictures import Shown

    shown = Shown(report.catalog) if report.catalog is not None else None  # type: ignore[arg-type]
    parts = []
    for row in worst.to_dict("records"):  # type: ignore[attr-defined]
        words = element("span", f"{report.main_metric} {row[report.main_metric]:.3f}, {row['right']:,} right")
        parts.append(element("p", row["query"], SPACE, words, class_="ev-query", limit=300))
        if shown is not None:
            parts.append(
                shown.row(
                    row["query"],
                    row["shots"][:TOP],
                    row["scores"][:TOP],
                    row["grades"][:TOP],
                    least=report.least,
                )
            )
        else:
            found = ", ".join(row["shots"][:TOP]) or "nothing was found"
            parts.append(element("p", found, class_="vs-note", limit=400))
    return parts
