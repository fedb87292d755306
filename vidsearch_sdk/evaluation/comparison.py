"""The differences between two reports, in words, figures and pictures."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import pandas as pd

from vidsearch_sdk.errors import QueryError
from vidsearch_sdk.evaluation.measures import main_measures
from vidsearch_sdk.evaluation.report import ALL
from vidsearch_sdk.pages.files import write_whole
from vidsearch_sdk.pages.markup import Markup, plain

if TYPE_CHECKING:
    from vidsearch_sdk.evaluation.report import Report
    from vidsearch_sdk.pages.chart import Chart

CLEAR = 0.05
"""Probability below which chance is not taken for the cause of a difference."""

_MOST_NEEDED = 1_000_000


class Comparison:
    """What ``vs.compare`` returns.

    Args:
        a: A report.
        b: The report that it is held against.
        pairs: One row per query, as ``paired`` gives them.
        table: The differences, as ``table`` gives them.
        metric: What the verdict is about.
        notes: What the reader should know, one sentence each.

    Attributes:
        a: The first report.
        b: The second; differences are b minus a.
        metric: What the verdict is about.
        notes: What to know about the figures.
    """

    def __init__(
        self,
        a: Report,
        b: Report,
        *,
        pairs: pd.DataFrame,
        table: pd.DataFrame,
        metric: str,
        notes: Sequence[str] = (),
    ) -> None:
        self.a, self.b = a, b
        self.metric = metric
        self.notes = tuple(notes)
        self._pairs = pairs
        self._table = table

    @property
    def table(self) -> pd.DataFrame:
        """One row per group and metric, a table of your own.

        ``group``, ``metric``, ``queries``, the means ``a`` and ``b``, their ``difference`` (b minus a) with
        its interval of 95 % (``low``, ``high``), ``p`` of the randomization test, whether it is ``clear``
        (p below 0.05, and 0 outside of the interval), how many queries are ``better`` and ``worse`` in b, and
        about how many would be ``needed`` to show such a difference. Of twenty groups or metrics without a
        difference one seems clear by chance.
        """
        return self._table.copy()

    @property
    def queries(self) -> pd.DataFrame:
        """One row per query: ``query``, ``group``, ``a``, ``b`` and ``change`` of the metric of the verdict.

        Those that changed most come first.
        """
        rows = self._pairs[["query", "group"]].copy()
        rows["a"], rows["b"] = self._pairs[f"{self.metric}_a"], self._pairs[f"{self.metric}_b"]
        rows["change"] = rows["b"] - rows["a"]
        order = rows["change"].abs().sort_values(ascending=False, kind="stable").index
        return rows.loc[order].reset_index(drop=True)

    @property
    def better(self) -> Literal["a", "b"] | None:
        """Which one finds more, where that is clear."""
        row = self.row()
        return ("b" if row["difference"] > 0 else "a") if row["clear"] else None

    @property
    def verdict(self) -> str:
        """The answer in one or two sentences."""
        row = self.row()
        counted = f"{row['queries']:,} {'query' if row['queries'] == 1 else 'queries'}"
        if not row["better"] and not row["worse"]:
            return f"no difference: {self.metric} is the same for {'all ' * (row['queries'] > 1)}{counted}"
        figures = f"{self.metric} {signed_interval(row)}"
        better = f"{row['better']:,} {'query' if row['better'] == 1 else 'queries'} better"
        told = f"{figures}, {better}, {row['worse']:,} worse"
        if row["clear"]:
            return "; ".join([f"{self.better} finds more: {told}", *self._against()])
        needed = row["needed"]
        would = f"about {_rounded(needed)}" if needed <= _MOST_NEEDED else "more than a million"
        return "; ".join(
            [
                f"no difference that these {counted} can show: {told}",
                f"one of that size would need {would}",
                *self._against(),
            ]
        )

    @property
    def sides(self) -> dict[str, str]:
        """What each side is in one line, with the options of the search in which the two differ."""
        said = {}
        for name, report, other in (("a", self.a, self.b), ("b", self.b, self.a)):
            options = report.facts.get("options", {})
            others = other.facts.get("options", {})
            own = [f"{key}={value}" for key, value in options.items() if others.get(key) != value]
            said[name] = ", ".join([report.summary(), *(plain(one, limit=60) for one in own)])
        return said

    def row(self, group: str = ALL, metric: str | None = None) -> dict[str, Any]:
        """Give one row of ``table``.

        Raises:
            QueryError: There is no such group or metric.
        """
        wanted = (self._table["group"] == group) & (self._table["metric"] == (metric or self.metric))
        if not wanted.any():
            raise QueryError(f"there is no group {group!r} with the metric {metric or self.metric!r}")
        return {str(name): value for name, value in self._table[wanted].to_dict("records")[0].items()}

    def plot(self) -> Chart:
        """Draw the differences of the main metrics with their intervals, group by group."""
        from vidsearch_sdk.evaluation.comparison_page import comparison_chart

        return comparison_chart(self)

    def html(self, *, most: int = 4) -> Markup:
        """Lay the comparison out as static HTML.

        Args:
            most: How many of the queries that changed most are shown in pictures.
        """
        from vidsearch_sdk.evaluation.comparison_page import comparison_html

        return comparison_html(self, most=most)

    def _repr_html_(self) -> str:
        return self.html()

    def save_html(self, path: str | Path, *, most: int = 12) -> Path:
        """Write the comparison as a page of its own, with the queries that changed most in pictures.

        Args:
            path: The file to write; one that exists is replaced.
            most: How many queries are shown in pictures.

        Raises:
            StorageError: The disk refused.
        """
        from vidsearch_sdk.evaluation.comparison_page import comparison_document

        return write_whole(path, comparison_document(self, most=most))

    @property
    def metrics(self) -> tuple[str, ...]:
        """The metrics that both reports have, in order."""
        return tuple(dict.fromkeys(self._table["metric"]))

    @property
    def main_metrics(self) -> tuple[str, ...]:
        """The metric of the verdict, and those that stand for the others."""
        shown = [name for name in main_measures(self.b.places) if name in self.metrics]
        return tuple(dict.fromkeys([self.metric, *shown]))

    def pair(self, query: str) -> dict[str, Any]:
        """Give all that is known of one query in both reports."""
        rows = self._pairs[self._pairs["query"] == query]
        return {str(name): value for name, value in rows.to_dict("records")[0].items()}

    def __repr__(self) -> str:
        sides = [f"{name}: {told}" for name, told in self.sides.items()]
        rows = []
        for group in dict.fromkeys(self._table["group"]):
            cells = {"group": plain(group, limit=40), "queries": f"{self.row(group)['queries']:,}"}
            for metric in self.main_metrics:
                cells[metric] = signed_interval(self.row(group, metric), words=False)
            rows.append(cells)
        return "\n".join([self.verdict, *sides, pd.DataFrame(rows).to_string(index=False), *self.notes])

    def _against(self) -> list[str]:
        """Groups that clearly go the other way than all together."""
        whole = self.row()
        rows = self._table[(self._table["metric"] == self.metric) & (self._table["group"] != ALL)]
        said = []
        for row in rows.to_dict("records"):
            loses = row["clear"] and row["difference"] < 0
            wins = row["clear"] and row["difference"] > 0
            if (loses and not (whole["clear"] and whole["difference"] < 0)) or (
                wins and not (whole["clear"] and whole["difference"] > 0)
            ):
                better = "b" if wins else "a"
                group = plain(row["group"], limit=60)
                said.append(f"in the group {group!r} {better} finds more: {signed_interval(row)}")
        return said[:3]


def signed_interval(row: dict[Any, Any], *, words: bool = True) -> str:
    """Write a difference and its interval.

    Examples:
        >>> signed_interval({"difference": 0.0312, "low": 0.012, "high": 0.0501})
        '+0.031 (95 %: +0.012 to +0.050)'
        >>> signed_interval({"difference": -0.0312, "low": -0.0501, "high": 0.0001}, words=False)
        '−0.031 (−0.050 to +0.000)'
    """
    difference, low, high = (float(row[name]) for name in ("difference", "low", "high"))
    if math.isnan(low):
        return _signed(difference)
    return f"{_signed(difference)} ({'95 %: ' * words}{_signed(low)} to {_signed(high)})"


def _signed(value: float) -> str:
    return f"{value:+.3f}".replace("-", "−")


def _rounded(count: float) -> str:
    """Two digits are all that an estimate is worth."""
    size = 10 ** max(0, len(str(int(count))) - 2)
    return f"{math.ceil(count / size) * size:,}"
