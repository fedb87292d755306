"""One table shared out among the hits of an answer, cut only when a hit is asked."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import pandas as pd


class ByRank(Mapping[int, "pd.DataFrame"]):
    """What stands behind each hit (the shots folded under it, or those of its span), by the hit's rank.

    A data frame costs about a millisecond to make; a search that made one per hit would spend more time on
    them than on searching. So the rows of all hits stand in one table, which may even be made on first use.

    Args:
        table: The rows of all hits, or a function without arguments that makes them when they are looked at.
        ranks: For each row of the table, the rank of the hit that it belongs to.

    Raises:
        ValueError: The table has another number of rows (raised on first use when it is a function).

    Examples:
        >>> import pandas as pd
        >>> behind = ByRank(pd.DataFrame({"shot_id": ["a", "b", "c"]}), [1, 4, 1])
        >>> behind[1]["shot_id"].tolist(), list(behind), 2 in behind
        (['a', 'c'], [1, 4], False)
    """

    def __init__(self, table: pd.DataFrame | Callable[[], pd.DataFrame], ranks: Sequence[int]) -> None:
        self._ranks = np.asarray(ranks, dtype=np.int64)
        self._made: pd.DataFrame | None = None
        self._make: Callable[[], pd.DataFrame] | None = None
        self._known = dict.fromkeys(self._ranks.tolist())
        if callable(table):
            self._make = table
        else:
            self._made = self._checked(table)

    def __getitem__(self, rank: int) -> pd.DataFrame:
        if rank not in self._known:
            raise KeyError(rank)
        return self._table().iloc[np.flatnonzero(self._ranks == rank)]

    def __iter__(self) -> Iterator[int]:
        return iter(self._known)

    def __len__(self) -> int:
        return len(self._known)

    def __contains__(self, rank: object) -> bool:
        return rank in self._known

    def __getstate__(self) -> dict[str, Any]:
        # A function holds on to the index that it searches; only its table goes to another process.
        self._table()
        return {**self.__dict__, "_make": None}

    def _table(self) -> pd.DataFrame:
        if self._made is None:
            assert self._make is not None
            self._made = self._checked(self._make())
        return self._made

    def _checked(self, table: pd.DataFrame) -> pd.DataFrame:
        if len(table) != len(self._ranks):
            raise ValueError(f"{len(self._ranks)} ranks were given for a table of {len(table)} rows")
        return table
