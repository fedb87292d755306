"""What a filter can be set to: the columns of the shots, each with its values, its ends, or neither."""

from __future__ import annotations

import datetime as dt
import logging
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from vidsearch_sdk.errors import DamagedError
from vidsearch_sdk.index.derived import DERIVED_COLUMNS
from vidsearch_sdk.index.exact import Rows
from vidsearch_sdk.index.searched import Searched
from vidsearch_sdk.index.segment import Segment
from vidsearch_sdk.index.shot_rows import FILM_COLUMNS
from vidsearch_sdk.store.tables import SHOTS

log = logging.getLogger("vidsearch_sdk")

MOST_VALUES = 40
"""Values of a column that are listed; a text with more is looked into, a number with more has two ends."""

_DIGITS = re.compile(r"([0-9]{1,18})")

Kind = Literal["choice", "number", "text", "date", "flag"]
Group = Literal["own", "main", "more"]
Value = str | bool | int | float | dt.date

_MAIN = ("name", "duration_s", "position_s", "language", "opened_by")
_OF_ONE_SHOT = frozenset({"shot_id"})
_BUILT_IN = frozenset({*SHOTS.names, *FILM_COLUMNS, *DERIVED_COLUMNS})


@dataclass(frozen=True)
class Facet:
    """One column that a filter may name.

    Attributes:
        name: The column.
        kind: ``choice`` of listed values; ``flag``, which is true or false; ``number`` or ``date`` from a low
            to a high end; ``text`` that contains something.
        group: ``own`` columns of the user; ``main`` ones, by which people filter; ``more``, which are numbers
            of frames and facts of files.
        values: Of a choice and of a flag: each value and the number of shots that have it. Those of most
            shots first, numbers in their order.
        low: The least value of a number or date; ``None`` for the other kinds.
        high: The greatest.
        unit: What a number counts, ``"s"`` or ``""``.
        missing: Shots without a value.
    """

    name: str
    kind: Kind
    group: Group = "own"
    values: tuple[tuple[Value, int], ...] = ()
    low: Value | None = None
    high: Value | None = None
    unit: str = ""
    missing: int = 0

    @property
    def divides(self) -> bool:
        """Whether some shots can be told from others by it."""
        return bool(self.missing) or self.kind == "text" or len(self.values) > 1 or self.low != self.high


def facets_of(searched: Searched) -> tuple[Facet, ...]:
    """List the columns by which shots can be filtered.

    Args:
        searched: The shots; those of films that are gone do not count.

    Returns:
        The user's own columns, then the main ones, then the rest. Of what is not the user's only columns in
        which shots differ; a column without any value is left out, as is one that holds numbers in one film
        and text in another.
    """
    owned = {name for segment in searched.segments for name in segment.owned}
    own = [name for name in searched.columns if name in owned or name not in _BUILT_IN]
    main = [name for name in _MAIN if name in searched.columns and name not in owned]
    more = [name for name in searched.columns if name not in {*own, *main}]
    groups: tuple[tuple[Group, list[str]], ...] = (("own", own), ("main", main), ("more", more))
    every = (_facet(name, group, searched.segments) for group, names in groups for name in names)
    return tuple(one for one in every if one is not None and (one.group == "own" or one.divides))


@dataclass
class _Seen:
    """What a column holds in the segments that were looked at."""

    kinds: set[str] = field(default_factory=set)
    listed: bool = True
    counts: Counter[Value] = field(default_factory=Counter)
    ends: list[Value] = field(default_factory=list)
    shots: int = 0
    known: int = 0


def _facet(name: str, group: Group, segments: Iterable[Segment]) -> Facet | None:
    seen = _Seen()
    for segment in segments:
        among = segment.selection(())
        rows = None if among is None else among.rows
        seen.shots += segment.shots
        try:
            column = segment.column(name)
        except DamagedError as error:
            log.warning("no filter for %s: %s", name, error)
            return None
        for chunk in [] if column is None else _selected(column, rows):
            _look(chunk, seen)
    if not seen.known or len(seen.kinds) != 1:
        return None
    kind: Kind = seen.kinds.pop()  # type: ignore[assignment]
    missing = seen.shots - seen.known
    few = seen.listed and len(seen.counts) <= MOST_VALUES and name not in _OF_ONE_SHOT
    if kind == "flag" or (few and kind in ("text", "number")):
        ranked = sorted(seen.counts.items(), key=lambda item: _rank(kind, item))
        kind = "flag" if kind == "flag" else "choice"
        return Facet(name, kind, group, values=tuple(ranked), missing=missing)
    if kind == "text":
        return Facet(name, kind, group, missing=missing)
    if not seen.ends:
        return None
    low, high = min(seen.ends), max(seen.ends)
    unit = "s" if kind == "number" and name.endswith("_s") else ""
    return Facet(name, kind, group, low=low, high=high, unit=unit, missing=missing)


def _rank(kind: Kind, item: tuple[Value, int]) -> tuple[float, list[str | int]]:
    value, count = item
    if kind == "text":
        # Texts and numbers in turn, so that reel 2 comes before reel 10.
        pieces = _DIGITS.split(str(value).casefold())
        return -count, [int(piece) if at % 2 else piece for at, piece in enumerate(pieces)]
    return (-float(value), []) if kind == "flag" else (float(value), [])  # type: ignore[arg-type]


def _selected(column: pa.ChunkedArray, rows: Rows | None) -> Iterator[pa.Array]:
    if rows is not None:
        column = column.take(pa.array(rows))
    yield from column.chunks


def _look(chunk: pa.Array, seen: _Seen) -> None:
    """Add one piece of a column to what was seen."""
    looked_up = pa.types.is_dictionary(chunk.type)
    kind = chunk.type.value_type if looked_up else chunk.type
    tags = pa.types.is_list(kind)
    family = _family(kind.value_type if tags else kind)
    if family == "null":
        return
    seen.kinds.add(family)
    known = len(chunk) - chunk.null_count
    if looked_up:
        codes = chunk.indices.drop_null().to_numpy(zero_copy_only=False)
        times = np.bincount(codes, minlength=len(chunk.dictionary))
        # A look-up may hold a null of its own, which no count of nulls tells.
        valid = np.asarray(chunk.dictionary.is_valid().to_numpy(zero_copy_only=False), np.bool_)
        known = int(times[valid].sum())
        used = np.flatnonzero((times > 0) & valid)
        chunk, times = chunk.dictionary.take(pa.array(used)), times[used]
    else:
        chunk = chunk.drop_null()
        times = np.ones(len(chunk), np.int64)
    seen.known += known
    if family in ("number", "date"):
        seen.ends += _ends(chunk)
    # Numbers of single shots are lengths and places; numbers of films are seasons and widths.
    seen.listed &= family in ("text", "flag") or (looked_up and pa.types.is_integer(kind))
    if not seen.listed or len(seen.counts) > MOST_VALUES:
        return
    if tags:
        for value, count in zip(chunk.to_pylist(), times.tolist(), strict=True):
            seen.counts.update({tag: count for tag in dict.fromkeys(value) if tag})
        return
    if not looked_up:
        counted = chunk.value_counts()
        chunk, times = counted.field("values"), counted.field("counts").to_numpy(zero_copy_only=False)
    # One more than are listed tells that there are too many.
    for value, count in zip(
        chunk[: MOST_VALUES + 1].to_pylist(), times[: MOST_VALUES + 1].tolist(), strict=True
    ):
        seen.counts[value] += count


def _family(kind: pa.DataType) -> str:
    if pa.types.is_null(kind):
        return "null"
    if pa.types.is_boolean(kind):
        return "flag"
    if pa.types.is_integer(kind) or pa.types.is_floating(kind):
        return "number"
    if pa.types.is_date(kind) or pa.types.is_timestamp(kind):
        return "date"
    return "text"


def _ends(values: pa.Array) -> list[Value]:
    if pa.types.is_floating(values.type):
        values = values.filter(pc.is_finite(values))
    ends = pc.min_max(values).as_py() if len(values) else {}
    return [_day(end) for end in ends.values() if end is not None]


def _day(value: Value) -> Value:
    # Days compare with each other whatever their films wrote; a filter takes whole days of moments too.
    return value.date() if isinstance(value, dt.datetime) else value
