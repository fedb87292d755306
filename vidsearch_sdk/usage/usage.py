"""How a catalog is searched: what ``catalog.usage()`` returns."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal, get_args

import pandas as pd

from vidsearch_sdk.errors import QueryError
from vidsearch_sdk.pages.markup import Markup, plain
from vidsearch_sdk.usage.noted import days_of, is_used, queries_of, searches_of, stages_of
from vidsearch_sdk.usage.reformulated import reformulations_of, synonyms_of

if TYPE_CHECKING:
    from vidsearch_sdk.pages.chart import Chart

Drawn = Literal["days", "stages"]


class Usage:
    """What was noted of searches, as tables and drawings.

    All tables are made when they are first asked for, and are your own to change.

    Args:
        events: What was noted.
        on: Whether searches are noted now.
        synonyms: The synonyms that the catalog has.
        notes: What could not be read, one sentence each.
        now_s: Seconds since 1970 at which it is looked; now by default.

    Attributes:
        on: Whether searches are noted now.
        notes: What could not be read.
    """

    def __init__(
        self,
        events: Sequence[Mapping[str, Any]],
        *,
        on: bool = False,
        synonyms: Mapping[str, Sequence[str]] | None = None,
        notes: Sequence[str] = (),
        now_s: float | None = None,
    ) -> None:
        self._events = list(events)
        self._synonyms = dict(synonyms or {})
        self._now_s = now_s
        self.on = on
        self.notes = tuple(notes)

    @property
    def searches(self) -> pd.DataFrame:
        """One row per search: ``at`` (UTC), ``search``, ``session``, ``words``, ``read``, ``kind``, and more.

        ``words`` are as they were typed, ``read`` after typing errors were put right. ``hits``, ``took_ms``,
        ``filtered``, ``encoder``, ``generation``, ``shown`` (somebody looked at the answer), ``picks``,
        ``plays``, ``thumbs_up``, ``thumbs_down``, ``first_pick_s`` (seconds from the answer to the first
        pick), ``abandoned`` and ``hashed``.

        A search was abandoned where its answer was shown, and nothing of it was picked, played or given a
        thumb before other words were searched for, or in ten minutes. It is missing where that means nothing:
        a script that looks at no answer, words that were still being typed, the same words once more, or a
        search of just now.
        """
        return self._searches.copy()

    @property
    def stages(self) -> pd.DataFrame:
        """One row per stage of a search, the whole search last.

        ``stage``, ``searches``, ``p50_ms``, ``p95_ms``, ``p99_ms``, and ``share`` of all time.
        """
        return stages_of(self._events)

    @property
    def days(self) -> pd.DataFrame:
        """One row per day (UTC): ``day``, ``searches``, ``sessions``, ``used``, ``abandoned``, and more.

        ``nothing`` (no hit), ``picks``, ``p50_ms``, ``p95_ms``.
        """
        return days_of(self._searches)

    @property
    def queries(self) -> pd.DataFrame:
        """One row per query in words, those asked most first.

        ``words``, ``searches``, ``sessions``, ``picks``, ``abandoned``, ``nothing``.
        """
        return queries_of(self._searches)

    @property
    def reformulations(self) -> pd.DataFrame:
        """Queries that led to no pick, and the words that soon after did.

        ``at``, ``session``, ``before``, ``after``, ``how`` (``replaced``, ``added``, ``removed``,
        ``spelling``, ``other``), ``term`` and ``synonym`` where words were replaced, ``context`` (whether
        others stayed), ``picks``.
        """
        return self._changes.copy()

    @property
    def synonyms(self) -> pd.DataFrame:
        """Synonyms that the reformulations propose and the catalog does not have, the most frequent first.

        ``term``, ``synonym``, ``times``, ``sessions``, ``picks``. Accept one with
        ``catalog.synonyms.add(term, synonym)``. Typing errors and endings are not among them.
        """
        return synonyms_of(self._changes, self._synonyms)

    @property
    def figures(self) -> dict[str, float]:
        """The most important figures; nan where nothing is known.

        ``searches``, ``sessions``, ``abandoned`` (share of those of which it is known), ``nothing`` (share
        without a hit), ``picks_per_search`` (of those that were looked at), ``first_pick_s`` (median),
        ``p50_ms``, ``p95_ms``, ``p99_ms``.
        """
        searches = self._searches
        known = searches["abandoned"].dropna()
        looked = searches[searches["shown"].fillna(value=False).astype(bool)]
        return {
            "searches": float(len(searches)),
            "sessions": float(searches["session"].nunique()),
            "abandoned": _mean(known),
            "nothing": _mean(searches["hits"] == 0),
            "picks_per_search": _mean(looked["picks"]),
            "first_pick_s": _percentile(searches["first_pick_s"].dropna(), 50),
            **{f"p{p}_ms": _percentile(searches["took_ms"], p) for p in (50, 95, 99)},
        }

    def plot(self, what: Drawn = "days") -> Chart:
        """Draw the searches of each day and what became of them, or the time of each stage.

        Raises:
            QueryError: There is no such drawing, or nothing was noted.
        """
        if what not in get_args(Drawn):
            raise QueryError(f"what={what!r}: 'days' or 'stages' is needed")
        if not len(self):
            raise QueryError(f"no search was noted, so there is nothing to draw; {self._next_step()}")
        from vidsearch_sdk.usage.usage_page import days_chart, stages_chart

        return days_chart(self) if what == "days" else stages_chart(self)

    def html(self) -> Markup:
        """Lay the usage out as static HTML (a ``<div>``, no script)."""
        from vidsearch_sdk.usage.usage_page import usage_html

        return usage_html(self)

    def _repr_html_(self) -> str:
        return self.html()

    def __len__(self) -> int:
        return len(self._searches)

    @property
    def summary(self) -> str:
        """All in two or three sentences."""
        if not len(self):
            return f"no search was noted; {self._next_step()}"
        searches, figures = self._searches, self.figures
        first, last = (f"{moment:%Y-%m-%d}" for moment in (searches["at"].min(), searches["at"].max()))
        when = f"on {first}" if first == last else f"from {first} to {last}"
        sessions = int(figures["sessions"])
        counted = f"{len(self):,} search{'es' * (len(self) != 1)}"
        said = [
            f"{counted} in {sessions:,} session{'s' * (sessions != 1)} {when}",
            f"half of them within {figures['p50_ms']:.0f} ms, 95 % within {figures['p95_ms']:.0f} ms",
        ]
        known = int(searches["abandoned"].notna().sum())
        if known:
            said.append(
                f"of {known:,} that were looked at and are over, {figures['abandoned']:.0%} were abandoned"
            )
        if figures["nothing"] > 0:
            said.append(f"{figures['nothing']:.0%} found nothing")
        picked = int((searches["picks"] > 0).sum())
        if picked:
            said.append(
                f"{figures['picks_per_search']:.1f} picks per search, the first after "
                f"{figures['first_pick_s']:.0f} s (median)"
            )
        return "; ".join(said)

    def remarks(self) -> list[str]:
        """What to know and to do next, one sentence each."""
        said = []
        if len(self) and not self.on:
            said.append("searches are not noted any more: catalog.keep_usage() switches it on")
        proposed = len(self.synonyms)
        if proposed:
            are = "synonyms are" if proposed > 1 else "synonym is"
            said.append(
                f"{proposed:,} {are} proposed by what was asked in other words: usage.synonyms; accept with "
                "catalog.synonyms.add(term, synonym)"
            )
        return [*said, *self.notes]

    def __repr__(self) -> str:
        lines = [self.summary]
        if len(self):
            stages = self.stages.assign(share=[f"{share:.0%}" for share in self.stages["share"]])
            lines.append(stages.round(1).to_string(index=False))
            queries = self.queries.head(5)
            if len(queries):
                queries = queries.assign(words=[plain(words, limit=50) for words in queries["words"]])
                lines.append(queries.to_string(index=False))
        return "\n".join([*lines, *self.remarks()])

    @property
    def used(self) -> int:
        """Searches of which something was picked, played or given a thumb."""
        return int(is_used(self._searches).sum())

    @cached_property
    def _searches(self) -> pd.DataFrame:
        return searches_of(self._events, now_s=self._now_s)

    @cached_property
    def _changes(self) -> pd.DataFrame:
        return reformulations_of(self._searches)

    def _next_step(self) -> str:
        return "search, and come back" if self.on else "catalog.keep_usage() switches it on"


def _mean(values: pd.Series[Any]) -> float:
    return float(values.astype("float64").mean()) if len(values) else math.nan


def _percentile(values: pd.Series[Any], percent: int) -> float:
    return float(values.quantile(percent / 100)) if len(values) else math.nan
