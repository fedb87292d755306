"""The table that a search answers with: one row per shot of every film, with the film's own facts beside it.

Facts of films repeat for every shot. They are stored once and looked up (Arrow's dictionary type), which
keeps the file small and lets a filter on them decide once for each film instead of once for each shot.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa

from vidsearch_sdk.errors import DamagedError
from vidsearch_sdk.index.exact import Rows
from vidsearch_sdk.index.vectors import REBUILD
from vidsearch_sdk.store.film import Film
from vidsearch_sdk.store.own_columns import own_table
from vidsearch_sdk.store.tables import SHOTS, VIDEOS

FILM_COLUMNS = (
    "name",
    "status",
    "frame_rate",
    "time_base",
    "source_timecode",
    "width",
    "height",
    "codec",
    "hdr",
    "variable_rate",
)
"""The columns of ``videos`` that stand beside every shot."""

RESULT_COLUMNS = (
    "shot_id",
    "video_id",
    "name",
    "number",
    "start_s",
    "end_s",
    "duration_s",
    "start_frame",
    "end_frame",
    "start_pts",
    "end_pts",
    "opened_by",
    "time_base",
    "frame_rate",
    "source_timecode",
)
"""The columns of a search's answer after rank, score and similarity; own columns follow."""


def shot_rows(films: Sequence[Film], shots: Sequence[pa.Table]) -> pa.Table:
    """Join films and their shots.

    Args:
        films: The films, each once.
        shots: Each film's shots, columns as ``store.tables.SHOTS``.

    Returns:
        The shots of the first film, then of the second, and so on: the columns of ``SHOTS``, ``FILM_COLUMNS``
        and the films' own columns.
    """
    joined = pa.concat_tables([SHOTS.empty_table(), *(table.select(SHOTS.names) for table in shots)])
    of_film = np.repeat(np.arange(len(films), dtype=np.int32), [table.num_rows for table in shots])
    columns = {name: joined[name] for name in SHOTS.names}
    columns["video_id"] = _looked_up(pa.array([film.video_id for film in films], pa.string()), of_film)
    columns["opened_by"] = joined["opened_by"].combine_chunks().dictionary_encode()
    return pa.table({**columns, **_film_columns(films, of_film)}).combine_chunks()


def with_films(table: pa.Table, films: Mapping[str, Film]) -> pa.Table:
    """Bring the films' facts up to date in a table of shots.

    Args:
        table: What ``shot_rows`` made.
        films: The films as they are now, by video_id; a film that is missing keeps no facts but its id.
    """
    encoded = table["video_id"].combine_chunks()
    ids = encoded.dictionary.to_pylist()
    known = [films.get(video_id) or Film(video_id, "", "") for video_id in ids]
    columns = {name: table[name] for name in SHOTS.names}
    return pa.table({**columns, **_film_columns(known, encoded.indices.to_numpy())})


def _film_columns(films: Sequence[Film], of_film: np.ndarray) -> dict[str, pa.Array]:
    columns = {}
    for name in FILM_COLUMNS:
        values = [
            getattr(film, name) if name in ("name", "status") else film.measured.get(name) for film in films
        ]
        columns[name] = _looked_up(pa.array(values, VIDEOS.field(name).type), of_film)
    own = own_table(films)
    for name in own.column_names:
        columns[name] = _looked_up(own[name].combine_chunks(), of_film)
    return columns


def _looked_up(values: pa.Array, of_film: np.ndarray) -> pa.DictionaryArray:
    if isinstance(values, pa.ChunkedArray):
        values = values.combine_chunks()
    encoded = values.dictionary_encode()
    return pa.DictionaryArray.from_arrays(encoded.indices.take(pa.array(of_film)), encoded.dictionary)


def own_columns(table: pa.Table) -> list[str]:
    """The user's own columns of a table of shots, in order."""
    return [name for name in table.column_names if name not in SHOTS.names and name not in FILM_COLUMNS]


def rows_of_film(table: pa.Table) -> dict[str, tuple[int, int]]:
    """Where each film's shots stand: video_id to [start, stop)."""
    encoded = table["video_id"].combine_chunks()
    codes = encoded.indices.to_numpy()
    starts = np.flatnonzero(np.diff(codes, prepend=-1))
    stops = np.append(starts[1:], len(codes))[: len(starts)]
    ids = encoded.dictionary.to_pylist()
    return {ids[codes[start]]: (int(start), int(stop)) for start, stop in zip(starts, stops, strict=True)}


def plain(table: pa.Table) -> pa.Table:
    """A table with looked-up values in place of look-ups, as other programs read it."""
    return pa.table({name: _plain(table[name]) for name in table.column_names})


def _plain(column: pa.ChunkedArray) -> pa.ChunkedArray:
    return column.cast(column.type.value_type) if pa.types.is_dictionary(column.type) else column


def in_one_piece(table: pa.Table, columns: Sequence[str]) -> pa.RecordBatch:
    """Some columns of a table, from which ``rows_at`` picks; what is one piece already is not copied."""
    there = table.select([name for name in columns if name in table.column_names])
    batches = there.combine_chunks().to_batches()
    return batches[0] if batches else pa.RecordBatch.from_pylist([], schema=there.schema)


def rows_at(batch: pa.RecordBatch, rows: Rows, columns: Sequence[str]) -> dict[str, pa.Array]:
    """Some rows, looked-up values in place of look-ups.

    Args:
        batch: What ``in_one_piece`` gave.
        rows: int64, in the order wanted.
        columns: The columns wanted; one that is not there comes back as nulls.
    """
    # From a table, a few rows would be picked by as many threads as there are processors, which costs more.
    taken = batch.take(pa.array(rows))
    found = {name: pa.nulls(len(rows)) for name in columns}
    for name, values in zip(taken.schema.names, taken.columns, strict=True):
        found[name] = values.dictionary_decode() if pa.types.is_dictionary(values.type) else values
    return found


def rows_file(table: pa.Table) -> bytes:
    """The bytes of an Arrow file that ``map_rows`` maps; uncompressed, so that nothing is read before use."""
    sink = pa.BufferOutputStream()
    table = table.combine_chunks()
    with pa.ipc.new_file(sink, table.schema) as writer:
        writer.write_table(table, max_chunksize=max(1, table.num_rows))
    return bytes(sink.getvalue())


def map_rows(path: Path, *, rows: int) -> pa.Table:
    """Map a table of shots that was checked against its checksum.

    Raises:
        DamagedError: It is not such a file, or has another number of rows.
    """
    try:
        table = pa.ipc.open_file(pa.memory_map(str(path))).read_all()
    except (pa.ArrowException, OSError) as error:
        raise DamagedError(f"{path.name} is not a table of shots ({error}); {REBUILD}") from None
    missing = [name for name in (*SHOTS.names, *FILM_COLUMNS) if name not in table.column_names]
    if table.num_rows != rows or missing:
        raise DamagedError(
            f"{path.name} has {table.num_rows} rows where {rows} are expected, and lacks "
            f"{', '.join(missing) or 'no column'}; {REBUILD}"
        )
    return table
