"""What ``vs.swap`` returns: what serves now, what changed for whom, and the way back."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from vidsearch_sdk.evaluation.compare import compare
from vidsearch_sdk.learning.top_ten import TOP, TopTen, by_query, changes
from vidsearch_sdk.pages.files import write_whole
from vidsearch_sdk.pages.markup import Markup, plain

if TYPE_CHECKING:
    from vidsearch_sdk.evaluation.comparison import Comparison
    from vidsearch_sdk.evaluation.gate import Verdict
    from vidsearch_sdk.evaluation.report import Report
    from vidsearch_sdk.shot_index import ShotIndex

_SHOWN = 10


class Swap:
    """An encoder that took the place of another.

    Args:
        before: The index that served.
        index: The one that serves now.
        tops: The first ten hits of the saved queries, of both.
        baseline: What the old one reached; none where nothing is judged.
        report: What the new one reaches.
        verdict: What the gate said.
        metric: What it looked at.
        notes: What to know, one sentence each.

    Attributes:
        before: The index that served; it can be searched on.
        index: The index that serves now.
        baseline: The report of the old one; None where nothing is judged.
        report: That of the new one.
        verdict: What the gate said, also where it was not asked to decide.
        notes: What to know, one sentence each.
    """

    def __init__(
        self,
        *,
        before: ShotIndex,
        index: ShotIndex,
        tops: tuple[Sequence[TopTen], Sequence[TopTen]],
        baseline: Report | None,
        report: Report | None,
        verdict: Verdict | None,
        metric: str,
        notes: Sequence[str] = (),
    ) -> None:
        self.before, self.index = before, index
        self.baseline, self.report, self.verdict = baseline, report, verdict
        self.metric = metric
        self.notes = tuple(notes)
        self._asked = tuple(top.query for top in tops[0])
        self._table = changes(*tops)
        self._taken_back = False

    @property
    def table(self) -> pd.DataFrame:
        """What changed in the first ten hits of the saved queries, one row per query and shot.

        ``query``, ``change`` (``in``, ``up``, ``same``, ``down``, ``out``), ``before`` and ``after`` (places
        from 1, missing outside of the ten), ``shot_id``, ``video_id``, ``name``, ``start_s``, ``end_s``.
        """
        return self._table.copy()

    @property
    def queries(self) -> pd.DataFrame:
        """One row per saved query, those that changed most first.

        ``query``, ``stayed``, ``moved_in``, ``moved_out``, ``first_changed`` (another shot comes first).
        """
        return by_query(self._table, self._asked)

    @cached_property
    def comparison(self) -> Comparison | None:
        """Both reports side by side, as ``vs.compare`` gives them; None where nothing is judged."""
        if self.baseline is None or self.report is None:
            return None
        return compare(self.baseline, self.report, metric=self.metric)

    def undo(self) -> ShotIndex:
        """Let the old encoder serve again, by one write; ``catalog.undo_swap()`` does so in any process.

        The new index stays beside it: the same swap again embeds nothing.

        Returns:
            The index that served before.

        Raises:
            SearchIndexError: Another swap came after this one, or this one was taken back already.
            StorageError: The disk refused; nothing was changed.
        """
        self.index.catalog.generations.undo(of=self.index.generation, back=self.before.generation)
        self._taken_back = True
        return self.before

    @property
    def summary(self) -> str:
        """What serves, in one sentence."""
        old, new = (
            f"{plain(one.encoder.name, limit=80)} (generation {one.generation.number})"
            for one in (self.before, self.index)
        )
        if self._taken_back:
            return f"taken back: {old} serves again, and not {new}"
        return f"swapped: {new} serves in the place of {old}"

    def remarks(self) -> list[str]:
        """What the gate said, what changed, and what to know, one sentence each."""
        said = [] if self.verdict is None else [f"the gate {self.verdict.text}"]
        if self._asked:
            queries = self.queries
            changed = queries[(queries["moved_in"] > 0) | (queries["moved_out"] > 0)]
            first = int(queries["first_changed"].sum())
            count = f"{len(queries):,} saved {'query' if len(queries) == 1 else 'queries'}"
            said.append(
                f"of {count}, {len(changed):,} show other shots among the first {TOP}, and {first:,} another "
                "one in the first place"
            )
        return [*said, *self.notes]

    def __repr__(self) -> str:
        lines = [self.summary, *self.remarks()]
        if self._asked:
            shown = self.queries.head(_SHOWN)
            shown = shown.assign(query=[plain(query, limit=50) for query in shown["query"]])
            lines.append(shown.to_string(index=False))
        return "\n".join(lines)

    def html(self, *, most: int = 4) -> Markup:
        """Lay the swap out as static HTML.

        Args:
            most: How many of the queries that changed most are shown in pictures.
        """
        from vidsearch_sdk.learning.swap_page import swap_html

        return swap_html(self, most=most)

    def _repr_html_(self) -> str:
        return self.html()

    def save_html(self, path: str | Path, *, most: int = 20) -> Path:
        """Write the swap as a page of its own, with the queries that changed most in pictures.

        Args:
            path: The file to write; one that exists is replaced.
            most: How many queries are shown in pictures.

        Raises:
            StorageError: The disk refused.
        """
        from vidsearch_sdk.learning.swap_page import swap_document

        return write_whole(path, swap_document(self, most=most))
