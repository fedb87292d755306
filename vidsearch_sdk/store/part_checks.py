"""What must be true of a film's tables before they are stored, because readers rely on it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import chain
from pathlib import Path

import numpy as np
import pyarrow as pa

from vidsearch_sdk.errors import CatalogError
from vidsearch_sdk.store.tables import conform


class FilmTables:
    """The tables of one film on their way to the disk.

    Args:
        video_id: The film that every row must belong to.
        tables: The tables by part name; a Path is an Arrow IPC file (file or stream), read a batch at a time.
    """

    def __init__(self, video_id: str, tables: Mapping[str, pa.Table | Path]) -> None:
        self._video_id = video_id
        self._tables = tables
        self._promised = np.zeros(0, np.int64)
        self._stored = np.zeros(0, np.int64)

    def stream(self, part: str) -> tuple[pa.Schema, Iterator[pa.Table]]:
        """Return a part's columns and its checked pieces, of any length.

        Raises:
            CatalogError: (while iterating) The table is not fit to be stored.
        """
        pieces = _pieces(self._tables[part], part)
        first = next(pieces)
        return first.schema, self._checked(part, chain([first], pieces))

    def check(self) -> None:
        """Compare the tables with each other after all were streamed.

        Raises:
            CatalogError: The number of keyframes that a shot names is not the number that is there.
        """
        size = max(len(self._promised), len(self._stored))
        if not np.array_equal(_padded(self._promised, size), _padded(self._stored, size)):
            raise CatalogError(
                f"The shots of film {self._video_id} name other keyframes than the keyframes table holds."
            )

    def _checked(self, part: str, pieces: Iterator[pa.Table]) -> Iterator[pa.Table]:
        seen, last = 0, 0
        for table in pieces:
            if "video_id" in table.column_names and set(table.column("video_id").unique().to_pylist()) - {
                self._video_id
            }:
                raise CatalogError(f"The {part} table of film {self._video_id} holds rows of other films.")
            counter = {"shots": "number", "dialogue": "line"}.get(part)
            if counter:
                expected = np.arange(seen, seen + table.num_rows)
                if not np.array_equal(table.column(counter).to_numpy(), expected):
                    raise CatalogError(
                        f"The column {counter} of the {part} of film {self._video_id} must count from 0."
                    )
            if part == "shots":
                self._promised = np.concatenate([self._promised, table.column("keyframes").to_numpy()])
            if part == "keyframes" and table.num_rows:
                shots = table.column("shot_number").to_numpy()
                if shots[0] < last or np.any(np.diff(shots) < 0):
                    raise CatalogError(
                        f"The keyframes of film {self._video_id} must be in the order of their shots."
                    )
                last = int(shots[-1])
                size = max(len(self._stored), last + 1)
                self._stored = _padded(self._stored, size) + np.bincount(shots, minlength=size)
            seen += table.num_rows
            yield table
        if part == "shots" and not seen:
            raise CatalogError(
                f"The shots table of film {self._video_id} is empty; a film has at least one shot."
            )


def _padded(counts: np.ndarray, size: int) -> np.ndarray:
    return np.pad(counts, (0, size - len(counts)))


def _pieces(table: pa.Table | Path, part: str) -> Iterator[pa.Table]:
    """Yield at least one piece (perhaps without rows), each with the part's columns."""
    if isinstance(table, pa.Table):
        yield conform(table, part)
        return
    try:
        with pa.memory_map(str(table)) as source:
            try:
                file = pa.ipc.open_file(source)
                batches: Iterator[pa.RecordBatch] = (
                    file.get_batch(i) for i in range(file.num_record_batches)
                )
            except pa.ArrowInvalid:
                source.seek(0)
                file = pa.ipc.open_stream(source)
                batches = iter(file)
            yield conform(file.schema.empty_table(), part)
            for batch in batches:
                yield conform(pa.Table.from_batches([batch]), part)
    except (pa.ArrowException, OSError) as error:
        raise CatalogError(f"The {part} table cannot be read from {Path(table).name}: {error}") from error
