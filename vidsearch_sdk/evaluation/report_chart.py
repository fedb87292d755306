"""A report as a drawing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vidsearch_sdk.evaluation.measures import main_measures
from vidsearch_sdk.pages.chart import Chart, Dot, Panel, draw, nice_above

if TYPE_CHECKING:
    from vidsearch_sdk.evaluation.report import Report

_MOST_ROWS = 40


def report_chart(report: Report) -> Chart:
    """Draw the main metrics and the latency of a report, one row per group."""
    intervals = {
        (row["group"], row["metric"]): Dot(row["value"], row["low"], row["high"], f"{row['value']:.3f}")
        for row in report.intervals.to_dict("records")
    }
    rows = report.table.to_dict("records")[:_MOST_ROWS]
    panels = [
        Panel(
            metric,
            0.0,
            1.0,
            ((0.0, "0"), (0.5, "0.5"), (1.0, "1")),
            [intervals.get((row["group"], metric)) for row in rows],
        )
        for metric in dict.fromkeys(main_measures(report.places))
    ]
    most = nice_above(max(row["p99_ms"] for row in rows))
    took = [Dot(row["p50_ms"], row["p50_ms"], row["p99_ms"], f"{row['p50_ms']:.0f} ms") for row in rows]
    marks = ((0.0, "0"), (most, f"{most:g} ms"))
    panels.append(Panel("latency, p50 to p99", 0.0, most, marks, took, other=True))
    labels = [(str(row["group"]), f"{row['queries']:,}") for row in rows]
    return draw(labels, panels, label=f"Metrics of {report.summary()}")
