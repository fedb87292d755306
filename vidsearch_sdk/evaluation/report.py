"""What a measurement says: figures with intervals, by group, by query, as a plot and as a file."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from vidsearch_sdk.errors import DamagedError, QueryError, StorageError
from vidsearch_sdk.evaluation.bootstrap import interval_of_mean
from vidsearch_sdk.evaluation.measures import main_measures, names_of
from vidsearch_sdk.pages.files import write_whole
from vidsearch_sdk.pages.markup import Markup, plain
from vidsearch_sdk.store.json_file import decode_json, encode_json

if TYPE_CHECKING:
    from vidsearch_sdk.pages.chart import Chart
    from vidsearch_sdk.results.footage import CatalogLike

ALL = "all"
"""Name of the row of all groups together."""
NO_GROUP = "(no group)"
"""What queries without a group are called beside others that have one."""
FEW = 20
"""An interval of fewer queries is rough."""

_FORMAT = 1
_PERCENTILES = (50, 95, 99)
_LISTS = ("shots", "scores", "grades")
_REMEDY = "Measure again with vs.evaluate(...), and save that."


class Report:
    """How well an index found what was judged; what ``vs.evaluate`` returns.

    Args:
        queries: One row per query, as ``queries`` gives them.
        places: Places at which it was measured, ascending.
        least: Grade from which a shot is right.
        facts: What was measured, with what and when; JSON values.
        notes: What the reader should know, one sentence each.
        catalog: Where pictures come from, if anywhere.

    Attributes:
        places: Places at which it was measured.
        least: Grade from which a shot is right.
        facts: ``made_at``, ``version`` (of this package), ``encoder``, ``fingerprint``, ``generation``,
            ``catalog``, ``shots`` (searched), ``judgments``, ``where``, ``options`` and more.
        notes: What to know about the figures.
        catalog: Where pictures come from; none in a report that was loaded.
    """

    def __init__(
        self,
        queries: pd.DataFrame,
        *,
        places: Sequence[int],
        least: float,
        facts: Mapping[str, Any],
        notes: Sequence[str] = (),
        catalog: CatalogLike | None = None,
    ) -> None:
        self._queries = queries.reset_index(drop=True)
        self.places = tuple(places)
        self.least = least
        self.facts = dict(facts)
        self.notes = tuple(notes)
        self.catalog = catalog

    @property
    def metrics(self) -> tuple[str, ...]:
        """Names of what was measured, such as ``nDCG@10``."""
        return names_of(self.places)

    @property
    def main_metric(self) -> str:
        """The one that stands for the others: nDCG at the most places."""
        return main_measures(self.places)[0]

    @property
    def queries(self) -> pd.DataFrame:
        """One row per query, a table of your own.

        ``query``, ``group``, ``right`` (shots there are to find; 0 where nothing answers it), ``found``
        (shots returned), every metric (nan where nothing answers it), ``latency_ms``, and what came:
        ``shots``, ``scores`` and ``grades``, best first.
        """
        return self._queries.copy()

    @property
    def groups(self) -> tuple[str, ...]:
        """The groups, in the order in which they first appear; none where no query has one."""
        named = self._queries["group"]
        return tuple(dict.fromkeys(named.where(named != "", NO_GROUP))) if (named != "").any() else ()

    @cached_property
    def table(self) -> pd.DataFrame:
        """One row per group, all queries first.

        ``group``, ``queries`` (that have a right shot), the mean of every metric, ``p50_ms``, ``p95_ms`` and
        ``p99_ms`` of the seconds of a search in milliseconds. ``intervals`` has the intervals.
        """
        return pd.DataFrame([self._row(group) for group in (ALL, *self.groups)])

    @cached_property
    def intervals(self) -> pd.DataFrame:
        """One row per group and metric: ``group``, ``queries``, ``metric``, ``value``, ``low``, ``high``.

        The interval of 95 % is for the mean over all queries that might be asked of the same kind:
        bias-corrected accelerated bootstrap over the queries. It is nan for a single query.
        """
        rows = []
        for group in (ALL, *self.groups):
            values = self.values(group)
            if not len(values):
                continue
            low, high = interval_of_mean(
                values, rounds=int(self.facts.get("rounds", 2000)), seed=int(self.facts.get("seed", 0))
            )
            for metric, mean, least, most in zip(self.metrics, values.mean(axis=0), low, high, strict=True):
                rows.append((group, len(values), metric, float(mean), float(least), float(most)))
        return pd.DataFrame(rows, columns=["group", "queries", "metric", "value", "low", "high"])

    @property
    def latency(self) -> dict[str, float]:
        """Milliseconds that a search took: ``p50``, ``p95`` and ``p99`` of all queries."""
        return self._latency(self._queries)

    @property
    def nothing(self) -> tuple[int, int]:
        """How many queries that nothing answers returned nothing, and how many there are."""
        absent = self._queries[self._queries["right"] == 0]
        return int((absent["found"] == 0).sum()), len(absent)

    def values(self, group: str = ALL) -> np.ndarray:
        """Give the metrics of the queries that have a right shot, float64 (queries, metrics)."""
        rows = self._of(group)
        return rows.loc[rows["right"] > 0, list(self.metrics)].to_numpy(np.float64)

    def plot(self) -> Chart:
        """Draw the main metrics with their intervals, group by group, for a notebook or a file."""
        from vidsearch_sdk.evaluation.report_chart import report_chart

        return report_chart(self)

    def html(self) -> Markup:
        """Lay the report out as static HTML (a ``<div>``, no script)."""
        from vidsearch_sdk.evaluation.report_page import report_html

        return report_html(self)

    def _repr_html_(self) -> str:
        return self.html()

    def save_html(self, path: str | Path) -> Path:
        """Write the report as a page of its own, with the queries that went worst in pictures.

        Raises:
            StorageError: The disk refused.
        """
        from vidsearch_sdk.evaluation.report_page import report_document

        return write_whole(path, report_document(self))

    def save(self, path: str | Path) -> Path:
        """Write everything but the pictures as JSON, which ``Report.load`` reads back exactly.

        Raises:
            StorageError: The disk refused.
        """
        rows = [
            {name: _plain_value(value) for name, value in row.items()}
            for row in self._queries.to_dict("records")
        ]
        content = {
            "format": _FORMAT,
            "kind": "report",
            "facts": self.facts,
            "places": list(self.places),
            "least": self.least,
            "notes": list(self.notes),
            # For other programs; it is calculated anew from the queries.
            "means": {row["group"]: {m: _plain_value(row[m]) for m in self.metrics} for row in self._means()},
            "queries": rows,
        }
        return write_whole(path, encode_json(content))

    @classmethod
    def load(cls, path: str | Path) -> Report:
        """Read a report that was saved.

        Raises:
            DamagedError: The file is not what was written.
            QueryError: It is no report, or of a newer version.
            StorageError: It cannot be read.
        """
        file = Path(path).expanduser()
        try:
            data = file.read_bytes()
        except OSError as error:
            raise StorageError(f"the report {file} cannot be read: {error.strerror or error}") from error
        if b'"kind": "report"' not in data[:2000]:
            raise QueryError(f"{file} is no report: vs.evaluate(...).save({file.name!r}) writes one")
        content = decode_json(data, str(file), _REMEDY)
        if content["format"] != _FORMAT:
            raise QueryError(f"{file} has format {content['format']}; update vidsearch_sdk to read it")
        try:
            return cls(
                _frame(content["queries"], names_of(content["places"])),
                places=content["places"],
                least=content["least"],
                facts=content["facts"],
                notes=content["notes"],
            )
        except (KeyError, TypeError, ValueError) as error:
            raise DamagedError(f"{file} is damaged: {error!r}. {_REMEDY}") from error

    @property
    def title(self) -> str:
        """What was measured, in a few words."""
        encoder = plain(self.facts.get("encoder", ""), limit=60).rpartition("/")[2] or "an index"
        generation = str(self.facts.get("generation", "")).partition("-")[0].lstrip("0")
        return f"{encoder}, generation {generation}" if generation else encoder

    def summary(self) -> str:
        """One line: how many queries of what, and when."""
        measured = int((self._queries["right"] > 0).sum())
        words = f"{measured:,} {'query' if measured == 1 else 'queries'} of {self.title}"
        shots = self.facts.get("shots")
        words += f" over {int(shots):,} shots" if shots is not None else ""
        made = str(self.facts.get("made_at", ""))[:16].replace("T", " ")
        return f"{words}, {made} UTC" if made else words

    def remarks(self) -> list[str]:
        """What to know about the figures, one sentence each."""
        empty, absent = self.nothing
        said = []
        if absent:
            said.append(
                f"{empty:,} of {absent:,} queries for what is not there returned nothing, as they should"
            )
        few = [group for group in self.groups if 0 < len(self.values(group)) < FEW]
        if few:
            listed = ", ".join(plain(group, limit=40) for group in few[:4]) + ", …" * (len(few) > 4)
            said.append(f"fewer than {FEW} queries, so their intervals are rough: {listed}")
        return [*said, *self.notes]

    def __repr__(self) -> str:
        shown = main_measures(self.places)
        intervals = self.intervals.set_index(["group", "metric"])
        rows = []
        for row in self.table.to_dict("records"):
            cells = {"group": plain(row["group"], limit=40), "queries": f"{row['queries']:,}"}
            for metric in dict.fromkeys(shown):
                key = (row["group"], metric)
                known = row["queries"] > 0
                cells[metric] = (
                    with_interval(row[metric], *intervals.loc[key, ["low", "high"]]) if known else "–"
                )
            cells |= {f"p{p}": f"{row[f'p{p}_ms']:.0f} ms" for p in _PERCENTILES[:2]}
            rows.append(cells)
        lines = [self.summary(), pd.DataFrame(rows).to_string(index=False), *self.remarks()]
        return "\n".join(lines)

    def __len__(self) -> int:
        return len(self._queries)

    def _means(self) -> list[dict[str, Any]]:
        return [{str(name): value for name, value in row.items()} for row in self.table.to_dict("records")]

    def _of(self, group: str) -> pd.DataFrame:
        if group == ALL:
            return self._queries
        return self._queries[self._queries["group"] == ("" if group == NO_GROUP else group)]

    def _row(self, group: str) -> dict[str, Any]:
        rows, values = self._of(group), self.values(group)
        means = values.mean(axis=0) if len(values) else np.full(len(self.metrics), math.nan)
        latency = {f"{name}_ms": took for name, took in self._latency(rows).items()}
        named = dict(zip(self.metrics, means.tolist(), strict=True))
        return {"group": group, "queries": len(values), **named, **latency}

    def _latency(self, rows: pd.DataFrame) -> dict[str, float]:
        took = np.percentile(rows["latency_ms"].to_numpy(np.float64), _PERCENTILES)
        return {f"p{p}": float(one) for p, one in zip(_PERCENTILES, took, strict=True)}


def with_interval(value: float, low: float, high: float) -> str:
    """Write a mean and its interval.

    Examples:
        >>> with_interval(0.6829, 0.6402, 0.721), with_interval(0.5, math.nan, math.nan)
        ('0.683 (0.640–0.721)', '0.500')
    """
    return f"{value:.3f}" if math.isnan(low) else f"{value:.3f} ({low:.3f}–{high:.3f})"


def _plain_value(value: Any) -> Any:
    if isinstance(value, float) and math.isnan(value):
        return None
    if isinstance(value, tuple):
        return [_plain_value(one) for one in value]
    return value.item() if isinstance(value, np.generic) else value


def _frame(rows: Sequence[Mapping[str, Any]], metrics: Sequence[str]) -> pd.DataFrame:
    kept = [{**row} for row in rows]
    for row in kept:
        for name in metrics:
            row[name] = math.nan if row[name] is None else float(row[name])
        for name in _LISTS:
            row[name] = tuple(math.nan if one is None else one for one in row[name])
    return pd.DataFrame(kept)
