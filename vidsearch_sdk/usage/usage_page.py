"""Usage as static HTML: the summary, searches by day, time by stage, what was asked."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from vidsearch_sdk.pages.bar_chart import Bar, Column, columns, rows
from vidsearch_sdk.pages.markup import Markup, element

if TYPE_CHECKING:
    from vidsearch_sdk.pages.chart import Chart
    from vidsearch_sdk.usage.usage import Usage

_MOST_DAYS = 60
_MOST_ROWS = 8
_SHEET = Markup(
    "<style>"
    ".vs-usage { font: 14px/1.5 system-ui, -apple-system, 'Segoe UI', Roboto, sans-serif; max-width: 860px; }"
    ".vs-usage p { margin: 6px 0; } .vs-usage .vs-usage-quiet { opacity: .75; font-size: 12.5px; }"
    ".vs-usage h4 { margin: 16px 0 4px; font-size: 14px; font-weight: 600; }"
    ".vs-usage table { border-collapse: collapse; font-size: 13px; font-variant-numeric: tabular-nums; }"
    ".vs-usage th, .vs-usage td { padding: 3px 14px 3px 0; text-align: right; border: 0; background: none; }"
    ".vs-usage .vs-usage-words { text-align: left; overflow-wrap: anywhere; }"
    ".vs-usage th { font-weight: 600; border-bottom: 1px solid #8886; }"
    ".vs-usage div { overflow-x: auto; }"
    "</style>"
)


def days_chart(usage: Usage) -> Chart:
    """Draw the searches of each day: used, abandoned, and the others."""
    days = usage.days.tail(_MOST_DAYS)
    bars = [
        Column(
            f"{row['day']:%d %b}",
            (row["used"], row["abandoned"], max(0, row["searches"] - row["used"] - row["abandoned"])),
        )
        for row in days.to_dict("records")
    ]
    names = ("picked, played or judged", "abandoned", "other")
    return columns(names, bars, label="Searches by day, and what became of them")


def stages_chart(usage: Usage) -> Chart:
    """Draw the time of each stage: half of the searches within the bar, 95 % within the line."""
    bars = [
        Bar(row["stage"], row["p50_ms"], row["p95_ms"], f"{row['p50_ms']:.1f}, 95 %: {row['p95_ms']:.1f} ms")
        for row in usage.stages.to_dict("records")
    ]
    return rows(bars, unit="ms", label="Milliseconds by stage of a search: median, and 95 %")


def usage_html(usage: Usage) -> Markup:
    """Lay usage out."""
    parts = [element("p", element("b", usage.summary, limit=500))]
    parts += [element("p", remark, class_="vs-usage-quiet", limit=500) for remark in usage.remarks()]
    if len(usage):
        parts.append(element("h4", "Searches by day"))
        parts.append(element("div", days_chart(usage).svg))
        parts.append(element("h4", "Where the time goes"))
        parts.append(element("div", stages_chart(usage).svg))
        queries = usage.queries
        parts += _table("Asked most", queries)
        parts += _table("Abandoned most", _most(queries, "abandoned"))
        parts += _table("Found nothing", _most(queries, "nothing"))
        parts += _table("Proposed synonyms", usage.synonyms)
    return element("div", _SHEET, *parts, class_="vs-usage")


def _most(queries: pd.DataFrame, column: str) -> pd.DataFrame:
    some = queries[queries[column] > 0]
    return some.sort_values(column, ascending=False, kind="stable")


def _table(title: str, frame: pd.DataFrame) -> list[Markup]:
    if not len(frame):
        return []
    kinds = [
        None if pd.api.types.is_numeric_dtype(kind) else "vs-usage-words" for kind in frame.dtypes.tolist()
    ]
    names = zip(frame.columns, kinds, strict=True)
    head = element("tr", *(element("th", name.replace("_", " "), class_=kind) for name, kind in names))
    body = [
        element(
            "tr",
            *(
                element("td", str(value), class_=kind, limit=80)
                for value, kind in zip(row, kinds, strict=True)
            ),
        )
        for row in frame.head(_MOST_ROWS).itertuples(index=False)
    ]
    return [
        element("h4", title),
        element("div", element("table", element("thead", head), element("tbody", *body))),
    ]
