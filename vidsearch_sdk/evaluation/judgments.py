"""What is right for which query: read from where people keep it, brought to shots, split by film."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable
from typing import TYPE_CHECKING, Literal, Protocol

import pandas as pd
import xxhash

from vidsearch_sdk.errors import QueryError
from vidsearch_sdk.evaluation.files import read_rows
from vidsearch_sdk.evaluation.judged_shots import to_shots
from vidsearch_sdk.evaluation.judgment_rows import COLUMNS, checked_rows
from vidsearch_sdk.pages.markup import plain

if TYPE_CHECKING:
    from collections.abc import Hashable

By = Literal["film", "query"]

_VIDEO_ID_LENGTH = 16


class HasShots(Protocol):
    """Anything with a table of shots; ``ShotIndex`` has it."""

    @property
    def table(self) -> pd.DataFrame:
        """At least ``shot_id``, ``video_id``, ``name``, ``start_s`` and ``end_s``."""


class Judgments:
    """Queries, and how right which shots or spans of film are for each.

    A grade is a number from 0 (looked at, and wrong) up; 1 where nothing is said. What was not judged counts
    as wrong. A row with grade 0 that names neither a shot nor a span says that nothing answers the query.
    Queries are read as they are typed on the command line: plain words, or an expression
    (``text("a dog") & says("fetch")``).

    Judgments are made by ``read_csv``, ``from_captions``, ``from_thumbs`` and ``from_frame``; they never
    change.

    Args:
        rows: The table, already checked.

    Examples:
        >>> import pandas as pd
        >>> Judgments.from_frame(
        ...     pd.DataFrame(
        ...         {
        ...             "query": ["a dog", "a dog", "a cat"],
        ...             "shot_id": ["83f368aef963f1db-0", "83f368aef963f1db-1", "83f368aef963f1db-7"],
        ...             "grade": [3, 1, 1],
        ...         }
        ...     )
        ... )
        Judgments(2 queries, 3 rows of 1 film)
    """

    def __init__(self, rows: pd.DataFrame) -> None:
        self._rows = rows

    @classmethod
    def read_csv(cls, path: str | os.PathLike[str]) -> Judgments:
        """Read a file of rows with a header.

        Args:
            path: Text in UTF-8, divided by commas, semicolons or tabs. Columns: ``query``; ``shot_id``, or
                ``video`` (video_id or name) with ``start_s`` and ``end_s`` (seconds of the film's own clock,
                as in ``catalog.shots``); and as you like ``grade``, ``group``, ``split``, ``who``, ``at``.
                Other columns are not read.

        Raises:
            QueryError: A row cannot be read; says which (the header is row 1) and why.
            StorageError: The file cannot be read.
        """
        frame, named = read_rows(path)
        return cls(checked_rows(frame, named=named))

    @classmethod
    def from_captions(
        cls, captions: pd.DataFrame | str | os.PathLike[str], *, group: str = "", who: str = ""
    ) -> Judgments:
        """Take captions for queries: what is said of a span is what should find it.

        Args:
            captions: A table, or a file of one, with ``video`` (video_id or name), ``start_s``, ``end_s`` and
                ``text``. The same text of several spans is one query with several answers.
            group: Group of all these queries.
            who: Who wrote them.

        Raises:
            QueryError: A row cannot be read; says which and why.
            StorageError: The file cannot be read.
        """
        frame, named = (captions, _row_named) if isinstance(captions, pd.DataFrame) else read_rows(captions)
        missing = [name for name in ("start_s", "end_s", "text") if name not in frame]
        if missing or not {"video", "video_id"} & set(frame.columns):
            raise QueryError(
                "captions need the columns video, start_s, end_s and text; there are "
                f"{plain(', '.join(map(repr, frame.columns)), limit=300) or 'none'}"
            )
        columns = ["video" if "video" in frame else "video_id", "start_s", "end_s"]
        rows = frame[columns].reset_index(drop=True)
        rows["query"], rows["group"], rows["who"] = frame["text"].to_list(), group, who
        return cls(checked_rows(rows, named=named))

    @classmethod
    def from_thumbs(cls, thumbs: pd.DataFrame | Iterable[pd.DataFrame], *, who: str = "") -> Judgments:
        """Take what was said of hits in a grid.

        Args:
            thumbs: ``hits.thumbs``, of one search or of several: ``query``, ``shot_id``, ``thumb`` (1 right,
                -1 wrong) and ``at``.
            who: Who gave them.

        Raises:
            QueryError: There are none, or a row cannot be read.
        """
        frame = thumbs if isinstance(thumbs, pd.DataFrame) else pd.concat(list(thumbs), ignore_index=True)
        missing = [name for name in ("query", "shot_id", "thumb") if name not in frame]
        if missing:
            raise QueryError(f"thumbs need the columns {', '.join(missing)}: hits.thumbs has them")
        wrong = ~frame["thumb"].isin([1, -1])
        if wrong.any():
            raise QueryError(f"a thumb is 1 (right) or -1 (wrong), not {frame['thumb'][wrong].iloc[0]!r}")
        rows = frame[["query", "shot_id", *(["at"] if "at" in frame else [])]].reset_index(drop=True)
        rows["grade"], rows["who"] = (frame["thumb"] > 0).astype("float64").to_list(), who
        return cls(checked_rows(rows, named=_row_named))

    @classmethod
    def from_frame(cls, frame: pd.DataFrame) -> Judgments:
        """Take a table with the columns of ``read_csv``; ``catalog.judgments.read()`` is one.

        Raises:
            QueryError: A row cannot be read; says which (from 0) and why.
        """
        return cls(checked_rows(frame, named=_row_named))

    @property
    def table(self) -> pd.DataFrame:
        """One row per judgment, a table of your own.

        ``query``, ``group``, ``shot_id`` (empty for a span), ``video``, ``start_s``, ``end_s``, ``grade``,
        ``split``, ``who``, ``at`` (UTC).
        """
        return self._rows.copy()

    @property
    def queries(self) -> tuple[str, ...]:
        """The queries, in the order in which they first appear."""
        return tuple(dict.fromkeys(self._rows["query"]))

    @property
    def films(self) -> list[str]:
        """The films that were judged, as the rows name them, sorted; a filter takes them.

        ``evaluate(index, held_out, where={"video_id": held_out.films})`` searches in these films alone.
        """
        return sorted(set(self._rows["video"]) - {""})

    def __len__(self) -> int:
        return len(self._rows)

    def __repr__(self) -> str:
        counts = [(len(self.queries), "query", "queries"), (len(self), "row", "rows")]
        words = [f"{count:,} {one if count == 1 else many}" for count, one, many in counts]
        films = len(self.films)
        groups = self._rows["group"].nunique()
        in_groups = f", {groups} groups" if groups > 1 else ""
        return f"Judgments({words[0]}, {words[1]} of {films:,} film{'s' * (films != 1)}{in_groups})"

    def __add__(self, other: Judgments) -> Judgments:
        """Join two sets; what contradicts is an error."""
        if not isinstance(other, Judgments):
            return NotImplemented
        return Judgments.from_frame(pd.concat([self._rows, other._rows], ignore_index=True))

    def only(
        self,
        *,
        group: str | Collection[str] | None = None,
        split: str | Collection[str] | None = None,
        films: Collection[str] | None = None,
    ) -> Judgments:
        """Keep the judgments of some groups, splits or films.

        Raises:
            QueryError: None is left.
        """
        rows = self._rows
        for name, wanted in (("group", group), ("split", split), ("video", films)):
            if wanted is not None:
                kept = {wanted} if isinstance(wanted, str) else set(wanted)
                rows = rows[rows[name].isin(kept)]
        if not len(rows):
            groups = ", ".join(map(repr, dict.fromkeys(self._rows["group"]))) or "none"
            raise QueryError(
                f"no judgment is left of {len(self):,}; their groups are {plain(groups, limit=200)}"
            )
        return Judgments(rows.reset_index(drop=True))

    def split(self, share: float, *, by: By = "film", seed: int = 0) -> tuple[Judgments, Judgments]:
        """Divide in two, such that no film (or query) is in both.

        Where a film falls hangs on a checksum of its name and the seed alone: not on the order of the rows,
        nor on which other films there are, so a film that was held out stays so when more are judged. The
        shares are therefore met only roughly; neither part is empty where there are two films.

        Args:
            share: Share of the films in the first part, between 0 and 1.
            by: ``"film"``, so that nothing that was learned from one part was seen in the other; or
                ``"query"``.
            seed: Another number divides otherwise.

        Returns:
            The first part and the rest.

        Raises:
            QueryError: There are not two films or queries, films are named in two ways, or an option is out
                of range.
        """
        if by not in ("film", "query"):
            raise QueryError(f"by={by!r}: 'film' or 'query' is needed")
        if isinstance(share, bool) or not 0 < share < 1:
            raise QueryError(f"share={share!r}: a number between 0 and 1 is needed")
        keys = self._rows["query"]
        if by == "film":
            named_by_id = {_is_id(film) for film in self.films}
            if len(named_by_id) > 1:
                raise QueryError(
                    "some films are named by video_id and some by name, so one may be named twice and fall "
                    "into both parts; judgments.shots(index) names all by video_id"
                )
            # What nothing answers has no film to fall with.
            keys = self._rows["video"].where(self._rows["video"] != "", "query " + self._rows["query"])
        lots = {key: _lot(key, seed) for key in dict.fromkeys(keys)}
        real = [key for key in lots if by == "query" or not key.startswith("query ")] or list(lots)
        if len(real) < 2:
            raise QueryError(f"there is only one {by} to split by; at least two are needed")
        first = {key for key, lot in lots.items() if lot < share}
        if not first.intersection(real):
            first.add(min(real, key=lots.__getitem__))
        elif first.issuperset(real):
            first.discard(max(real, key=lots.__getitem__))
        inside = keys.isin(first)
        parts = [self._rows[rows].reset_index(drop=True) for rows in (inside, ~inside)]
        return Judgments(parts[0]), Judgments(parts[1])

    def shots(self, index: HasShots | pd.DataFrame) -> Judgments:
        """Bring spans to the shots of an index, and several opinions of a shot to one.

        A span means the shots that it covers at least half of, and those in which at least half of it lies.
        A shot that was judged by its id and has another span by now is looked up by the span that it had. Of
        one person the last word counts, of several people the mean of their grades.

        Args:
            index: A ``ShotIndex``, or a table with ``shot_id``, ``video_id``, ``name``, ``start_s``,
                ``end_s``.

        Returns:
            One row per query and shot, with the shot's own span; ``who`` and ``at`` are empty.

        Raises:
            VideoNotFound: A film is not in the index.
            QueryError: A row means no shot, or spans that overlap give a shot two grades.
        """
        table = index if isinstance(index, pd.DataFrame) else index.table
        return Judgments(to_shots(self._rows, table)[list(COLUMNS)])


def _row_named(row: Hashable) -> str:
    return f"row {row} of the judgments"


def _is_id(film: str) -> bool:
    return len(film) == _VIDEO_ID_LENGTH and all(digit in "0123456789abcdef" for digit in film)


def _lot(key: str, seed: int) -> float:
    """A number from 0 to 1 that hangs on the key and the seed alone."""
    return float(xxhash.xxh3_64_intdigest(f"{seed} {key}".encode("utf-8", "replace")) / 2**64)
