"""Whether a new index may take the place of an old one: no group of queries may have become worse."""

from __future__ import annotations

from dataclasses import dataclass, field

import pandas as pd

from vidsearch_sdk.errors import QueryError, RegressionError
from vidsearch_sdk.evaluation.compare import paired
from vidsearch_sdk.evaluation.measures import find_measure
from vidsearch_sdk.evaluation.report import ALL, NO_GROUP, Report
from vidsearch_sdk.pages.markup import plain


@dataclass(frozen=True)
class Verdict:
    """What the gate says; it is true where the release may pass.

    Attributes:
        passed: Whether it may.
        text: Why, in words.
        table: One row per group, all queries first: ``group``, ``queries``, ``baseline``, ``report``,
            ``difference``, and whether it ``passed``.
    """

    passed: bool
    text: str
    table: pd.DataFrame = field(repr=False)

    def __bool__(self) -> bool:
        return self.passed

    def __str__(self) -> str:
        return self.text


def gate(
    report: Report,
    baseline: Report,
    *,
    metric: str = "ndcg@10",
    tolerance: float = 0.01,
    strict: bool = True,
) -> Verdict:
    """Fail where a metric has fallen by more than a tolerance, over all queries or in any group.

    Means are compared as they were measured, on the queries of the baseline; ``vs.compare`` tells which
    differences may be chance. Groups are looked at one by one, so that no gain hides a loss.

    Args:
        report: What is to be released.
        baseline: What it is held against. It may lack queries that the report has, but not the other way.
        metric: What must not fall.
        tolerance: By how much it may, absolute, 0 or more.
        strict: Raise where it fails, so that a script stops; else the verdict is returned, and is false.

    Raises:
        RegressionError: It fails and ``strict`` is on; says where and by how much.
        QueryError: The reports do not fit together, or an option is out of range.

    Examples:
        ``vs.gate(vs.evaluate(index, judgments), vs.Report.load("released.json"))``
    """
    if not (isinstance(tolerance, int | float) and 0 <= tolerance <= 1) or isinstance(tolerance, bool):
        raise QueryError(f"tolerance={tolerance!r}: a number from 0 to 1 is needed")
    name = find_measure(metric, [one for one in baseline.metrics if one in report.metrics])
    if report.least != baseline.least:
        raise QueryError(
            f"a shot was right from grade {baseline.least:g} on in the baseline and from {report.least:g} on "
            "in the report; measure both with one least="
        )
    pairs, _ = paired(baseline, report)
    there = int((baseline.queries["right"] > 0).sum())
    if len(pairs) < there or not len(pairs):
        raise QueryError(
            f"the report has not measured {there - len(pairs):,} of the {there:,} queries of the baseline; "
            "measure both against the same judgments"
        )
    table = _table(pairs, name, tolerance)
    fallen = table[~table["passed"]]
    passed = not len(fallen)
    text = _passing(table, name, tolerance) if passed else _failing(fallen, name, tolerance)
    if strict and not passed:
        raise RegressionError(text)
    return Verdict(passed, text, table)


def _table(pairs: pd.DataFrame, metric: str, tolerance: float) -> pd.DataFrame:
    named = pairs["group"].where(pairs["group"] != "", NO_GROUP)
    groups = [ALL, *(dict.fromkeys(named) if (pairs["group"] != "").any() else ())]
    rows = []
    for group in groups:
        some = pairs if group == ALL else pairs[named == group]
        before, after = float(some[f"{metric}_a"].mean()), float(some[f"{metric}_b"].mean())
        # A fall by exactly the tolerance passes, whatever floating point makes of it.
        rows.append((group, len(some), before, after, after - before, after - before >= -tolerance - 1e-9))
    columns = ["group", "queries", "baseline", "report", "difference", "passed"]
    return pd.DataFrame(rows, columns=columns)


def _passing(table: pd.DataFrame, metric: str, tolerance: float) -> str:
    whole = table.iloc[0]
    groups = f", and fell by more than {tolerance:g} in none of {len(table) - 1} groups" * (len(table) > 2)
    figures = f"{metric} {whole['baseline']:.3f} → {whole['report']:.3f}"
    return f"passed: {figures} over {whole['queries']:,} queries{groups}"


def _failing(fallen: pd.DataFrame, metric: str, tolerance: float) -> str:
    told = []
    for row in fallen.to_dict("records")[:5]:
        where = "over all" if row["group"] == ALL else f"in the group {plain(row['group'], limit=60)!r}"
        drop = -float(row["difference"])
        figures = f"{row['baseline']:.3f} → {row['report']:.3f}, a fall of {drop:.3f}"
        told.append(f"{where} {figures} ({row['queries']:,} queries)")
    more = f"; and {len(fallen) - 5} more groups" if len(fallen) > 5 else ""
    return f"failed: {metric} fell by more than {tolerance:g}: {'; '.join(told)}{more}"
