"""An answer as tables: a row per hit, and tables of what stands behind a hit or makes it up."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from vidsearch_sdk.index.exact import Rows
from vidsearch_sdk.index.served import Served
from vidsearch_sdk.query.answering import Answer
from vidsearch_sdk.query.moments import Moments, Scores
from vidsearch_sdk.query.reasons import Reasons

_OF_THE_END = ("end_s", "end_frame", "end_pts")


class MadeWhenAsked(Mapping[int, pd.DataFrame]):
    """Tables by rank that are made when somebody looks: most are never looked at."""

    def __init__(self, ranks: list[int], make: Callable[[int], pd.DataFrame]) -> None:
        self._ranks = dict.fromkeys(ranks)
        self._make = make

    def __getitem__(self, rank: int) -> pd.DataFrame:
        if rank not in self._ranks:
            raise KeyError(rank)
        return self._make(rank)

    def __iter__(self) -> Iterator[int]:
        return iter(self._ranks)

    def __len__(self) -> int:
        return len(self._ranks)


def answer_tables(
    answer: Answer, served: Served
) -> tuple[pd.DataFrame, Mapping[int, pd.DataFrame], Mapping[int, pd.DataFrame]]:
    """Make the tables of an answer.

    Returns:
        The hits; by rank the shots that stand behind a hit; by rank the shots of a sequence.
    """
    moments = answer.moments
    folded_count = np.array([len(answer.behind.get(n, ())) for n in range(len(moments))], np.int64)
    table = moments_table(moments, answer.similarities, answer.reasons, served, {"folded": folded_count})
    long = np.flatnonzero((moments.parts[:, 1:] >= 0).any(axis=1))
    folded = MadeWhenAsked(
        [place + 1 for place in sorted(answer.behind)],
        lambda rank: moments_table(*answer.told_behind(rank - 1), served),
    )
    parts = MadeWhenAsked(
        [int(place) + 1 for place in long], lambda rank: moments_table(*answer.told_parts(rank - 1), served)
    )
    return table, folded, parts


def moments_table(
    moments: Moments,
    similarities: Scores,
    reasons: Reasons,
    served: Served,
    further: Mapping[str, Any] | None = None,
) -> pd.DataFrame:
    """Make the table of some moments, in their order.

    Args:
        moments: Rows of ``served`` with their scores.
        similarities: float64 (n,), cosines; nan where there is none.
        reasons: Why each was found.
        served: What was searched.
        further: More columns.
    """
    lines = reasons.lines
    columns: dict[str, Any] = {
        "rank": np.arange(1, len(moments) + 1),
        # Rounded down, so that a shot passes when its own score is asked for.
        "score": np.floor(moments.scores * 1e8) / 1e8,
        "similarity": similarities,
        "picture": reasons.picture,
        "dialogue": reasons.dialogue,
        "line": [None if line is None else line[0] for line in lines],
        "line_start_s": np.array([np.nan if line is None else line[1] for line in lines], np.float64),
        "line_language": [None if line is None else line[2] for line in lines],
        **(further or {}),
    }
    for name, values in served.answer(moments.first).items():
        columns[name] = _cells(values)
    table = pd.DataFrame(columns)
    long = np.flatnonzero(moments.last != moments.first)
    if len(long):
        _run_to_the_end(table, long, moments.last[long], served)
    return table


def _run_to_the_end(table: pd.DataFrame, long: Rows, last: Rows, served: Served) -> None:
    """A sequence ends where its last shot does."""
    ends = served.answer(last)
    for name in _OF_THE_END:
        table.loc[long, name] = _cells(ends[name])
    table.loc[long, "duration_s"] = table.loc[long, "end_s"] - table.loc[long, "start_s"]


def _cells(values: pa.Array) -> Any:
    # A whole number beside an empty cell stays a whole number.
    if values.null_count and pa.types.is_integer(values.type):
        return values.to_pandas(types_mapper={values.type: pd.Int64Dtype()}.get)
    if pa.types.is_temporal(values.type):  # numpy knows neither days nor time zones
        return values.to_pandas(date_as_object=False)
    return values.to_numpy(zero_copy_only=False)
