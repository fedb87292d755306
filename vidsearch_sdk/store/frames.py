"""What is stored, as the pandas tables that users see: always the same columns and types, also when empty."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from vidsearch_sdk.errors import CatalogError
from vidsearch_sdk.store.film import Film
from vidsearch_sdk.store.films import Films
from vidsearch_sdk.store.generations import Generation
from vidsearch_sdk.store.own_columns import own_table
from vidsearch_sdk.store.tables import MEASURED, PARTS, VIDEOS

_READERS = 16
"""How many films are read at once from an object store; a disk is busy with one."""

_NUMBERED_BY = {"shots": "number", "dialogue": "line"}
_log = logging.getLogger("vidsearch_sdk")

# A film that waits has no width: whole numbers and bools keep their kind beside an empty cell.
_NULLABLE = {pa.int64(): pd.Int64Dtype(), pa.bool_(): pd.BooleanDtype()}


def videos_frame(films: Sequence[Film]) -> pd.DataFrame:
    """Return one row per film: the columns ``VIDEOS``, then the user's own.

    Whole numbers are ``Int64``, bools ``boolean``, times ``datetime64[us, UTC]``, days of own columns
    ``datetime64``; empty cells are ``pd.NA``, NaN or NaT.
    """
    columns: dict[str, list[Any]] = {
        "video_id": [film.video_id for film in films],
        "uri": [film.uri for film in films],
        "name": [film.name for film in films],
        "status": [film.status for film in films],
        "error": [_error(film) for film in films],
        "bytes": [film.source.get("bytes") for film in films],
        "added_at": [datetime.fromisoformat(film.added_at) if film.added_at else None for film in films],
        "run": [film.run for film in films],
    }
    for name in MEASURED:
        columns[name] = [film.measured.get(name) for film in films]
    arrays = [_array(name, columns[name]) for name in VIDEOS.names]
    table = pa.Table.from_arrays(arrays, schema=VIDEOS)
    for name, column in zip(*_columns(own_table(films)), strict=True):
        table = table.append_column(name, column)
    frame: pd.DataFrame = table.to_pandas(types_mapper=_NULLABLE.get, date_as_object=False)
    return frame


def part_frame(
    films: Films, chosen: Sequence[Film], part: str, generation: Generation | None
) -> pd.DataFrame:
    """Return a stored table of several films, in their order.

    Films that a generation covers are read from its one table. A film whose part is damaged is left out and
    named in a warning, so that the others can be used.

    Args:
        films: The films at rest.
        chosen: Those that are wanted; those without shots have no rows.
        part: ``shots`` or ``dialogue``.
        generation: The generation that serves, or None.

    Raises:
        StorageError: The disk refused.
    """
    wanted = {film.video_id: film for film in chosen if part in film.parts}
    table, covered = _covered(generation, wanted, part)
    rest = [film for video_id, film in wanted.items() if video_id not in covered]
    with ThreadPoolExecutor(1 if films.is_local else _READERS) as pool:
        found = list(pool.map(lambda film: _one(films, film, part), rest))
    whole = pa.concat_tables([table, *(piece for piece in found if piece is not None)])
    frame: pd.DataFrame = _ordered(whole, list(wanted), _NUMBERED_BY[part]).to_pandas()
    return frame


def _covered(
    generation: Generation | None, wanted: Mapping[str, Film], part: str
) -> tuple[pa.Table, set[str]]:
    schema = PARTS[part]
    if generation is None or f"{part}.parquet" not in generation.manifest["files"]:
        return schema.empty_table(), set()
    covered = {v for v, run in generation.covers.items() if v in wanted and wanted[v].run == run}
    try:
        path = generation.local(f"{part}.parquet")
        table = pq.read_table(path, columns=schema.names, page_checksum_verification=True)
        # Columns may be stored in a shorter type there, such as a dictionary.
        table = table.select(schema.names).cast(schema)
    except (CatalogError, pa.ArrowException, KeyError, ValueError) as error:
        _log.info("The films' own tables are read instead of the published one: %s", error)
        return schema.empty_table(), set()
    kept = pc.is_in(table.column("video_id"), value_set=pa.array(sorted(covered), pa.string()))
    return table.filter(kept).replace_schema_metadata(None), covered


def _one(films: Films, film: Film, part: str) -> pa.Table | None:
    try:
        return films.table(film, part)
    except CatalogError as error:
        _log.warning("Film %s (%s) is left out of the table: %s", film.video_id, film.name, error)
        return None


def _ordered(table: pa.Table, video_ids: Sequence[str], number: str) -> pa.Table:
    place = pc.index_in(table.column("video_id"), value_set=pa.array(video_ids, pa.string())).to_numpy()
    order = np.lexsort([table.column(number).to_numpy(), place])
    return table if np.array_equal(order, np.arange(len(order))) else table.take(pa.array(order))


def _error(film: Film) -> str:
    return "; ".join(filter(None, [film.error, film.damage and f"damaged: {film.damage}"]))


def _array(name: str, values: list[Any]) -> pa.Array:
    kind = VIDEOS.field(name).type
    if pa.types.is_string(kind):
        values = [v if v is None else str(v).encode("utf-8", "replace").decode() for v in values]
    try:
        return pa.array(values, kind)
    except (pa.ArrowInvalid, pa.ArrowTypeError):
        # Measured by code that may be wrong about one film: the others' cells still count.
        return pa.array([_cell(value, kind) for value in values], kind)


def _cell(value: Any, kind: pa.DataType) -> Any:
    try:
        return pa.scalar(value, kind).as_py()
    except (pa.ArrowInvalid, pa.ArrowTypeError):
        return None


def _columns(table: pa.Table) -> tuple[list[str], list[pa.ChunkedArray]]:
    return list(table.column_names), list(table.columns)
