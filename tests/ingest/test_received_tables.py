"""Arrow files of a child that lies are refused before anything uses them."""

from __future__ import annotations

import os
from pathlib import Path

import pyarrow as pa
import pytest

from vidsearch_sdk.ingest.messages import MessageError
from vidsearch_sdk.ingest.received_tables import check_film_tables, check_table
from vidsearch_sdk.store.tables import PARTS

SCHEMA = pa.schema([("frame", pa.int64()), ("name", pa.string())])


def write(path: Path, table: pa.Table) -> Path:
    with pa.OSFile(str(path), "wb") as file, pa.ipc.new_file(file, table.schema) as writer:
        writer.write_table(table, max_chunksize=2)
    return path


@pytest.fixture
def table() -> pa.Table:
    return pa.table({"frame": [0, 1, 2], "name": ["a", "b", "c"]}, schema=SCHEMA)


def test_a_good_table_is_counted(tmp_path: Path, table: pa.Table) -> None:
    assert check_table(write(tmp_path / "t.arrow", table), SCHEMA) == 3


def test_further_columns_pass_only_where_they_may(tmp_path: Path, table: pa.Table) -> None:
    wide = table.append_column("content", pa.array([0.0, 1.0, 2.0], pa.float32()))
    path = write(tmp_path / "t.arrow", wide)
    assert check_table(path, SCHEMA, open_ended=pa.float32()) == 3
    with pytest.raises(MessageError, match=r"unexpected column 'content'"):
        check_table(path, SCHEMA)
    with pytest.raises(MessageError, match=r"unexpected column 'content'"):
        check_table(path, SCHEMA, open_ended=pa.float64())


def test_missing_and_swapped_columns_are_refused(tmp_path: Path, table: pa.Table) -> None:
    with pytest.raises(MessageError, match=r"without column 'name'"):
        check_table(write(tmp_path / "a.arrow", table.select(["frame"])), SCHEMA)
    with pytest.raises(MessageError, match=r"unexpected column 'name'"):
        check_table(write(tmp_path / "b.arrow", table.select(["name", "frame"])), SCHEMA)


def test_links_pipes_and_absent_files_are_refused(tmp_path: Path, table: pa.Table) -> None:
    (tmp_path / "link.arrow").symlink_to(write(tmp_path / "t.arrow", table))
    os.mkfifo(tmp_path / "pipe.arrow")
    for name in ("link", "pipe", "absent"):
        with pytest.raises(MessageError):
            check_table(tmp_path / f"{name}.arrow", SCHEMA)


def test_offsets_that_lead_out_of_the_buffer_are_refused(tmp_path: Path) -> None:
    offsets = pa.py_buffer(b"".join(n.to_bytes(4, "little") for n in (0, 1, 1 << 30, 3)))
    lying = pa.StringArray.from_buffers(3, offsets, pa.py_buffer(b"abc"))
    table = pa.table({"frame": pa.array([0, 1, 2]), "name": lying}, schema=SCHEMA)
    path = tmp_path / "t.arrow"
    with pa.OSFile(str(path), "wb") as file, pa.ipc.new_file(file, table.schema) as writer:
        writer.write_batch(table.to_batches()[0])
    with pytest.raises(MessageError, match=r"cannot be read"):
        check_table(path, SCHEMA)


def test_no_flipped_byte_brings_the_reader_down(tmp_path: Path, table: pa.Table) -> None:
    whole = write(tmp_path / "t.arrow", table).read_bytes()
    path = tmp_path / "flipped.arrow"
    refused = 0
    for at in range(0, len(whole), 3):
        path.write_bytes(whole[:at] + bytes([whole[at] ^ 0xFF]) + whole[at + 1 :])
        try:
            check_table(path, SCHEMA)
        except MessageError:
            refused += 1
    assert refused > 50


def test_a_film_needs_all_four_tables(tmp_path: Path) -> None:
    for name, schema in PARTS.items():
        write(tmp_path / f"{name}.arrow", schema.empty_table())
    assert set(check_film_tables(tuple(PARTS), tmp_path)) == set(PARTS)
    with pytest.raises(MessageError, match=r"the tables keyframes, shots instead of"):
        check_film_tables(("shots", "keyframes"), tmp_path)
    with pytest.raises(MessageError, match=r"instead of"):
        check_film_tables((*PARTS, "more"), tmp_path)
