"""Tables from the decoding child, checked before anything else reads them.

An Arrow file describes its own memory by offsets and lengths, and a reader that believes wrong ones reads out
of bounds. So every batch is validated in full, against the schema that was asked for, before its path is
handed on.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Collection, Iterator
from pathlib import Path

import pyarrow as pa

from vidsearch_sdk.ingest.messages import MessageError
from vidsearch_sdk.store.tables import PARTS


def check_film_tables(names: Collection[str], folder: Path) -> dict[str, Path]:
    """Check the tables of a film: all four parts, each of its schema.

    Args:
        names: What the child says that it wrote.
        folder: The job's folder.

    Returns:
        The path of each table, fit for ``Films.publish``.

    Raises:
        MessageError: A table is missing, unknown or not what it should be.
    """
    if set(names) != set(PARTS):
        raise MessageError(
            f"the tables {', '.join(sorted(names)) or 'none'} instead of {', '.join(sorted(PARTS))}"
        )
    paths = {name: folder / f"{name}.arrow" for name in PARTS}
    for name, path in paths.items():
        check_table(path, PARTS[name], open_ended=pa.float32() if name == "scores" else None)
    return paths


def check_table(path: Path, schema: pa.Schema, *, open_ended: pa.DataType | None = None) -> int:
    """Read an Arrow file once and check all of it; memory stays at one batch.

    Args:
        path: An Arrow IPC file.
        schema: Names and types, in order.
        open_ended: Type of any number of further columns; no further column when ``None``.

    Returns:
        Number of rows.

    Raises:
        MessageError: No regular file, no Arrow file, another schema, or contents that contradict themselves.
    """
    rows = 0
    for batch in read_batches(path, schema, open_ended=open_ended):
        rows += batch.num_rows
    return rows


def read_batches(
    path: Path, schema: pa.Schema, *, open_ended: pa.DataType | None = None
) -> Iterator[pa.RecordBatch]:
    """The batches of an Arrow file, each checked in full; see `check_table`."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK | getattr(os, "O_NOFOLLOW", 0))
    except OSError as error:
        raise MessageError(f"no table {path.stem} ({error.strerror})") from error
    with os.fdopen(descriptor, "rb") as file:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise MessageError(f"a table {path.stem} that is no file")
        try:
            reader = pa.ipc.open_file(pa.PythonFile(file, mode="r"))
            _check_schema(path.stem, reader.schema, schema, open_ended)
            for number in range(reader.num_record_batches):
                batch = reader.get_batch(number)
                batch.validate(full=True)
                yield batch
        except MessageError:
            raise
        except Exception as error:  # damaged metadata fails in many ways, undecodable names among them
            raise MessageError(f"a table {path.stem} that cannot be read ({error})") from error


def _check_schema(name: str, given: pa.Schema, wanted: pa.Schema, open_ended: pa.DataType | None) -> None:
    for position, column in enumerate(given):
        if position < len(wanted):
            expected = wanted.field(position)
            right = column.name == expected.name and column.type == expected.type
        else:
            right = open_ended is not None and column.type == open_ended
        if not right:
            raise MessageError(f"a table {name} with an unexpected column {column.name!r} of {column.type}")
    if len(given) < len(wanted):
        raise MessageError(f"a table {name} without column {wanted.field(len(given)).name!r}")
