"""Columns that no file holds: where in its film a shot stands, and which languages are spoken over it."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from vidsearch_sdk.index.exact import Rows
from vidsearch_sdk.index.shot_rows import rows_of_film

POSITION, LANGUAGE = "position_s", "language"
DERIVED_COLUMNS = (POSITION, LANGUAGE)
"""Their names; a column of the user's own of the same name stands in its place."""

LEAST_OVERLAP_S = 0.25
"""Seconds of a line that make a shot one over which it is spoken."""

Doubles = npt.NDArray[np.float64]


def positions(table: pa.Table) -> pa.Array:
    """Seconds from the first frame of each shot's film to the shot's start, float64 (rows,).

    Args:
        table: The shots, each film's in one piece and in order of time.
    """
    starts = _numbers(table, "start_s")
    firsts = np.zeros(len(starts))
    for start, stop in rows_of_film(table).values():
        firsts[start:stop] = starts[start]
    return pa.array(starts - firsts)


def languages(table: pa.Table, lines: pa.Table) -> pa.DictionaryArray:
    """The languages of the lines that are spoken over each shot.

    Args:
        table: The shots, as for ``positions``.
        lines: Dialogue of these films and perhaps others, columns ``DIALOGUE``.

    Returns:
        (rows,), looked up: the tags of each shot in alphabetical order, null where none is known.
    """
    rows, tags, names = _spoken(table, lines)
    # Every shot's set of tags is told by the sum of a number drawn for each tag: equal sums, equal sets.
    drawn = np.random.default_rng(0).integers(0, 2**63, len(names), np.uint64)
    starts = np.flatnonzero(np.diff(rows, prepend=-1))
    sums = np.add.reduceat(drawn[tags], starts) if len(starts) else np.empty(0, np.uint64)
    _, firsts, kinds = np.unique(sums, return_index=True, return_inverse=True)
    stops = np.append(starts[1:], len(rows))
    sets = [[names[tag] for tag in tags[starts[first] : stops[first]]] for first in firsts]
    codes = np.full(table.num_rows, -1, np.int32)
    codes[rows[starts]] = kinds
    return pa.DictionaryArray.from_arrays(
        pa.array(codes, pa.int32(), mask=codes < 0), pa.array(sets, pa.list_(pa.string()))
    )


def in_words(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """A derived column as a table shows it: the languages of a shot as one text, such as ``"de, en"``."""
    if not (pa.types.is_dictionary(column.type) and pa.types.is_list(column.type.value_type)):
        return column
    parts = [
        pa.array([", ".join(tags) for tags in chunk.dictionary.to_pylist()], pa.string()).take(chunk.indices)
        for chunk in column.chunks
    ]
    return pa.chunked_array(parts, pa.string())


def _spoken(table: pa.Table, lines: pa.Table) -> tuple[Rows, Rows, list[str]]:
    """Pairs of row and tag, each once, by row and then by name of the tag; and the names of the tags."""
    encoded = lines["language"].combine_chunks().dictionary_encode()
    found = encoded.dictionary.to_pylist()
    names = sorted(name for name in found if name)
    place = {name: number for number, name in enumerate(names)}
    tags = np.array([place.get(name, -1) for name in found], np.int64)[encoded.indices.to_numpy()]
    starts, ends = _numbers(table, "start_s"), _numbers(table, "end_s")
    line_starts, line_ends = _numbers(lines, "start_s"), _numbers(lines, "end_s")
    films = lines["video_id"].combine_chunks().dictionary_encode()
    order = np.argsort(films.indices.to_numpy(), kind="stable")
    bounds = np.searchsorted(films.indices.to_numpy()[order], np.arange(len(films.dictionary) + 1))
    places = rows_of_film(table)
    pairs = [np.empty(0, np.int64)]
    for number, video_id in enumerate(films.dictionary.to_pylist()):
        if video_id in places:
            first, last = places[video_id]
            own = order[bounds[number] : bounds[number + 1]]
            own = own[tags[own] >= 0]
            rows, hit = shots_under(starts[first:last], ends[first:last], line_starts[own], line_ends[own])
            pairs.append(np.unique((rows + first) * len(names) + tags[own][hit]))
    together = np.sort(np.concatenate(pairs))
    return together // max(len(names), 1), together % max(len(names), 1), names


def shots_under(
    starts: Doubles, ends: Doubles, line_starts: Doubles, line_ends: Doubles
) -> tuple[Rows, Rows]:
    """Over which shots of a film lines are spoken.

    That is where they share 0.25 s or half of the line, and in any case where they share most.

    Args:
        starts: float64 (shots,), ascending; the spans leave no gap.
        ends: float64 (shots,).
        line_starts: float64 (lines,).
        line_ends: float64 (lines,).

    Returns:
        int64 (pairs,) shots and int64 (pairs,) lines, in the order of lines.

    Examples:
        >>> shots, lines = shots_under(*np.array([[0.0, 2.0], [2.0, 4.0]]), *np.array([[1.9], [3.0]]))
        >>> shots.tolist(), lines.tolist()
        ([1], [0])
    """
    begin = np.searchsorted(ends, line_starts, side="right")
    stop = np.maximum(np.searchsorted(starts, line_ends, side="left"), begin)
    return enough_shared(starts, ends, line_starts, line_ends, begin, stop, len(starts))


def enough_shared(
    starts: Doubles,
    ends: Doubles,
    line_starts: Doubles,
    line_ends: Doubles,
    begin: Rows,
    stop: Rows,
    last: Rows | int,
) -> tuple[Rows, Rows]:
    """Of the shots that lines touch, those that share enough with them; the rule of `shots_under`.

    Args:
        starts: float64 (shots,), of all shots.
        ends: float64 (shots,).
        line_starts: float64 (lines,).
        line_ends: float64 (lines,).
        begin: int64 (lines,), the first shot that ends after each line's start.
        stop: int64 (lines,), the first shot from there that starts at its end or later.
        last: The row after the last shot of each line's film.

    Returns:
        As `shots_under`.
    """
    stop = stop.copy()
    # A line that takes no time, just where a shot starts.
    inside = np.flatnonzero((stop == begin) & (begin < last))
    stop[inside[starts[begin[inside]] <= line_starts[inside]]] += 1
    counts = stop - begin
    line = np.repeat(np.arange(len(line_starts)), counts)
    shot = np.arange(len(line)) - np.repeat(np.cumsum(counts) - counts, counts) + np.repeat(begin, counts)
    shared = np.minimum(ends[shot], line_ends[line]) - np.maximum(starts[shot], line_starts[line])
    enough = shared >= np.minimum(LEAST_OVERLAP_S, 0.5 * (line_ends - line_starts))[line]
    most = np.full(len(line_starts), -np.inf)
    np.maximum.at(most, line, shared)
    keep = enough | (shared >= most[line])
    return shot[keep], line[keep]


def _numbers(table: pa.Table, name: str) -> Doubles:
    return np.asarray(table[name].to_numpy(), np.float64)
