from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.store.made import published, tables, video_id
from vidsearch_sdk.store.films import Films
from vidsearch_sdk.store.local_disk import LocalDisk
from vidsearch_sdk.store.parquet import BlockReader, Part, parquet_file, read_parquet, write_parquet

ONE = video_id(1)


def test_any_tool_reads_the_files(tmp_path: Path) -> None:
    film = published(Films(LocalDisk(tmp_path)), ONE, keyframes=50)
    for part, table in tables(ONE, keyframes=50).items():
        path = tmp_path / film.folder / film.parts[part].file
        assert pq.read_table(path, page_checksum_verification=True).equals(table.cast(pq.read_schema(path)))
        assert path.name == f"{film.run}-{part}.parquet"


def test_keyframes_lie_in_groups_of_16(tmp_path: Path) -> None:
    film = published(Films(LocalDisk(tmp_path)), ONE, keyframes=50)
    metadata = pq.read_metadata(tmp_path / film.folder / film.parts["keyframes"].file)
    sizes = [metadata.row_group(number).num_rows for number in range(metadata.num_row_groups)]
    assert set(sizes[:-1]) == {16}
    assert 0 < sizes[-1] <= 16


def test_the_same_rows_make_the_same_bytes_however_they_come(tmp_path: Path) -> None:
    disk = LocalDisk(tmp_path)
    table = tables(ONE, keyframes=50)["keyframes"]
    whole = write_parquet(disk, "a", "0" * 12 + ".parquet", table.schema, [table], rows_per_group=16)
    rows = [table.slice(row, 1) for row in range(table.num_rows)]
    pieces = write_parquet(disk, "b", "0" * 12 + ".parquet", table.schema, rows, rows_per_group=16)
    assert whole == pieces
    assert read_parquet(disk, "b", pieces, "").equals(table)


def test_a_table_without_rows(tmp_path: Path) -> None:
    disk = LocalDisk(tmp_path)
    empty = tables(ONE)["dialogue"].slice(0, 0)
    part = write_parquet(disk, "a", "0" * 12 + ".parquet", empty.schema, [empty])
    assert read_parquet(disk, "a", part, "").equals(empty)
    assert len(BlockReader(disk, "a", part, "")) == 0


@pytest.mark.parametrize(
    "fields",
    [
        {"file": "../../etc/passwd"},
        {"file": "abc.parquet"},
        {"footer": 100},
        {"footer": 0},
        {"rows": -1},
    ],
)
def test_a_part_checks_itself(fields: dict[str, object]) -> None:
    good = {
        "file": "0" * 12 + "-shots.parquet",
        "bytes": 90,
        "rows": 1,
        "sha256": "",
        "footer": 9,
        "footer_xxh3": "",
    }
    Part(**good)  # type: ignore[arg-type]
    with pytest.raises(ValueError):
        Part(**{**good, **fields})  # type: ignore[arg-type]


def test_writing_takes_memory_for_one_group_only(tmp_path: Path) -> None:
    picture = bytes(range(256)) * 400

    def many() -> object:
        for number in range(600):
            yield pa.table({"frame": [number], "jpeg": pa.array([picture], pa.binary())})

    schema = pa.schema([("frame", pa.int64()), ("jpeg", pa.binary())])
    import tracemalloc

    tracemalloc.start()
    part = write_parquet(LocalDisk(tmp_path), "a", "0" * 12 + ".parquet", schema, many(), rows_per_group=16)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert part.bytes > 600 * len(picture)
    assert peak < 20 * 16 * len(picture) < part.bytes


def test_a_file_for_a_generation_has_page_checksums() -> None:
    table = tables(ONE)["shots"]
    data = parquet_file(table.schema, [table])
    source = pa.BufferReader(data)
    assert pq.read_table(source, page_checksum_verification=True).equals(table)
    column = pq.read_metadata(pa.BufferReader(data)).row_group(0).column(4)
    at = (
        column.data_page_offset + column.total_compressed_size - 5
    )  # the page itself: its header has no checksum
    damaged = data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]
    with pytest.raises((OSError, pa.ArrowException)):
        pq.read_table(pa.BufferReader(damaged), page_checksum_verification=True)
