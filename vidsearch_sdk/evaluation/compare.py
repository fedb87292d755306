"""Which of two indexes finds more, and how sure that is: the same queries, side by side."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from vidsearch_sdk.errors import QueryError
from vidsearch_sdk.evaluation.bootstrap import flip_test, interval_of_mean, queries_needed
from vidsearch_sdk.evaluation.comparison import CLEAR, Comparison
from vidsearch_sdk.evaluation.evaluate import Searched, evaluate
from vidsearch_sdk.evaluation.judgments import Judgments
from vidsearch_sdk.evaluation.measures import find_measure
from vidsearch_sdk.evaluation.report import ALL, NO_GROUP, Report


def compare(
    a: Report | Searched,
    b: Report | Searched,
    judgments: Judgments | pd.DataFrame | None = None,
    *,
    metric: str | None = None,
    seed: int = 0,
    progress: bool = True,
    **options: Any,
) -> Comparison:
    """Compare two reports, or two indexes on the same judgments.

    Each query is held against itself: a difference of means over the same queries shows far more than two
    means with an interval each. The interval of the difference is a bootstrap over the queries, p comes from
    a randomization test; one finds more than the other where both say so.

    Args:
        a: A report, or an index that is measured now.
        b: The other.
        judgments: What is right, where an index is to be measured.
        metric: What the verdict is about, as ``"ndcg@10"``; nDCG at the most places by default.
        seed: Of bootstrap and test.
        progress: Whether to show bars.
        **options: Passed on to ``evaluate``, where an index is to be measured.

    Raises:
        QueryError: An index came without judgments, the reports share no query or metric, or they were
            measured with another ``least``.

    Examples:
        ``vs.compare(vs.ShotIndex.open(catalog, old), vs.ShotIndex.open(catalog, new), judgments)``
    """
    measured = []
    for name, one in (("a", a), ("b", b)):
        if isinstance(one, Report):
            measured.append(one)
        elif judgments is None:
            raise QueryError(f"{name} is no report: give vs.compare the judgments as well, to measure it by")
        else:
            measured.append(evaluate(one, judgments, seed=seed, progress=progress, **options))
    if options and all(isinstance(one, Report) for one in (a, b)):
        raise QueryError(
            f"{', '.join(options)}: two reports were measured already; options cannot change them"
        )
    first, second = measured
    shared = [name for name in first.metrics if name in second.metrics]
    if not shared:
        raise QueryError(
            f"the reports measured nothing in common: {', '.join(first.metrics)}; {', '.join(second.metrics)}"
        )
    if first.least != second.least:
        raise QueryError(
            f"a shot was right from grade {first.least:g} on in a and from {second.least:g} on in b; measure "
            "both with one least="
        )
    main = find_measure(metric or first.main_metric, shared)
    pairs, notes = paired(first, second)
    if not len(pairs):
        raise QueryError("the reports share no query that has a right shot")
    return Comparison(
        first,
        second,
        pairs=pairs,
        table=_table(pairs, shared, seed=seed),
        metric=main,
        notes=notes,
    )


def paired(a: Report, b: Report) -> tuple[pd.DataFrame, list[str]]:
    """Put the queries that both measured side by side.

    Returns:
        One row per query: ``query``, ``group``, and every column of the reports with the ending ``_a`` or
        ``_b``; and what to know, one sentence each.
    """
    sides = [one.queries[one.queries["right"] > 0] for one in (a, b)]
    pairs = sides[0].merge(sides[1], on="query", suffixes=("_a", "_b"), validate="one_to_one")
    # What b says, for it is the newer one as a rule.
    pairs.insert(1, "group", pairs["group_b"].where(pairs["group_b"] != "", pairs["group_a"]))
    notes = []
    alone = [len(side) - len(pairs) for side in sides]
    if any(alone):
        notes.append(
            f"{len(pairs):,} queries are compared; {alone[0]:,} were measured in a alone, {alone[1]:,} in b "
            "alone"
        )
    other = int((pairs["right_a"] != pairs["right_b"]).sum())
    if other:
        notes.append(
            f"of {other:,} queries the number of right shots differs: the judgments are not the same"
        )
    return pairs, notes


def _table(pairs: pd.DataFrame, metrics: list[str], *, seed: int) -> pd.DataFrame:
    groups: Mapping[str, Any] = {ALL: slice(None)}
    if (pairs["group"] != "").any():
        named = pairs["group"].where(pairs["group"] != "", NO_GROUP)
        groups = {**groups, **{name: (named == name).to_numpy() for name in dict.fromkeys(named)}}
    rows = []
    for group, chosen in groups.items():
        before = pairs[[f"{name}_a" for name in metrics]].to_numpy(np.float64)[chosen]
        after = pairs[[f"{name}_b" for name in metrics]].to_numpy(np.float64)[chosen]
        change = after - before
        low, high = interval_of_mean(change, method="percentile", seed=seed)
        p = flip_test(change, seed=seed)
        for place, metric in enumerate(metrics):
            of_metric = change[:, place]
            clear = bool(p[place] < CLEAR and (low[place] > 0 or high[place] < 0))
            rows.append(
                {
                    "group": group,
                    "metric": metric,
                    "queries": len(change),
                    "a": float(before[:, place].mean()),
                    "b": float(after[:, place].mean()),
                    "difference": float(of_metric.mean()),
                    "low": float(low[place]),
                    "high": float(high[place]),
                    "p": float(p[place]),
                    "clear": clear,
                    "better": int((of_metric > 1e-12).sum()),
                    "worse": int((of_metric < -1e-12).sum()),
                    "needed": queries_needed(of_metric) if len(of_metric) > 1 else np.inf,
                }
            )
    return pd.DataFrame(rows)
