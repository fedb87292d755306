"""Parquet files that are never believed unchecked.

Small parts are read whole and compared with their SHA-256. Keyframes are too many to read whole for one
picture, so the file carries in its footer the XXH3 of every row group, the film's marker carries the XXH3 of
the footer, and each row group is checked when it is read. Page checksums, which other readers can verify, are
written as well; alone they do not cover the footer and the page headers.
"""

from __future__ import annotations

import io
import json
import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, cast

import pyarrow as pa
import pyarrow.parquet as pq
import xxhash

from vidsearch_sdk.errors import DamagedError
from vidsearch_sdk.store.disk import Disk

KEYFRAMES_PER_GROUP = 16
ROWS_PER_GROUP = 1 << 17
_BLOCKS_KEY = b"vidsearch_sdk.blocks"
_MAGIC = b"PAR1"
_FILE_NAME = re.compile(r"[0-9a-f]{12,16}(-[0-9a-f]{12})?(-(shots|keyframes|scores|dialogue))?\.parquet")


@dataclass(frozen=True, slots=True)
class Part:
    """One immutable parquet file, as its marker names it.

    Attributes:
        file: Name within the folder.
        bytes: Size.
        rows: Number of rows.
        sha256: Of the whole file, 64 hex digits.
        footer: Where the footer starts, in bytes.
        footer_xxh3: 128-bit XXH3 of everything from there, 32 hex digits.
    """

    file: str
    bytes: int
    rows: int
    sha256: str
    footer: int
    footer_xxh3: str

    def __post_init__(self) -> None:
        if not _FILE_NAME.fullmatch(self.file):
            raise ValueError(f"{self.file!r} is not the name of a part")
        if not (0 < self.footer < self.bytes) or self.rows < 0:
            raise ValueError(f"{self.file}: {self.bytes} bytes, footer at {self.footer}, {self.rows} rows")

    def to_json(self) -> dict[str, Any]:
        """Return the fields as JSON values."""
        return asdict(self)

    @staticmethod
    def from_json(fields: Mapping[str, Any]) -> Part:
        """Return the part that :meth:`to_json` wrote."""
        return Part(**fields)


class _Spool(io.RawIOBase):
    """Takes what parquet writes, so that the disk is written to by us and a row group's bytes are known."""

    def __init__(self) -> None:
        super().__init__()
        self._bytes = bytearray()
        self._taken = 0

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        self._bytes += data
        return len(data)

    def tell(self) -> int:
        return self._taken + len(self._bytes)

    def take(self) -> bytes:
        taken = bytes(self._bytes)
        self._bytes.clear()
        self._taken += len(taken)
        return taken


def write_parquet(
    disk: Disk,
    folder: str,
    file: str,
    schema: pa.Schema,
    tables: Iterable[pa.Table],
    *,
    rows_per_group: int = ROWS_PER_GROUP,
) -> Part:
    """Write a new part, synced; its name is not yet (see ``Disk.sync``).

    Args:
        disk: Where.
        folder: The part's folder.
        file: The part's name.
        schema: The columns.
        tables: Any number of tables of that schema, of any length.
        rows_per_group: Rows of one row group.

    Raises:
        StorageError: The disk refused; nothing is left.
    """
    blocks: list[tuple[int, str]] = []
    rows = 0
    with disk.create(f"{folder}/{file}") as out:
        spool = _Spool()
        pictures = [name for name in schema.names if pa.types.is_binary(schema.field(name).type)]
        writer = pq.ParquetWriter(
            spool,
            schema,
            # JPEG and vectors do not get smaller; the time would be lost for nothing.
            compression={
                name: "none" if _is_dense(schema.field(name).type) else "zstd" for name in schema.names
            },
            use_dictionary=[name for name in schema.names if name not in pictures],
            write_statistics=[name for name in schema.names if not _is_dense(schema.field(name).type)],
            write_page_checksum=True,
        )
        with writer:
            out.write(spool.take())
            for group in _groups(tables, rows_per_group):
                writer.write_table(group, row_group_size=rows_per_group)
                block = spool.take()
                out.write(block)
                blocks.append((out.bytes, xxhash.xxh3_128_hexdigest(block)))
                rows += group.num_rows
            writer.add_key_value_metadata({_BLOCKS_KEY.decode(): json.dumps(blocks)})
        footer = spool.take()
        start = out.bytes
        out.write(footer)
    return Part(file, out.bytes, rows, out.sha256, start, xxhash.xxh3_128_hexdigest(footer))


def parquet_file(schema: pa.Schema, tables: Iterable[pa.Table]) -> bytes:
    """Return the bytes of a parquet file with page checksums, for a published generation.

    Args:
        schema: The columns.
        tables: Any number of tables of that schema, of any length.
    """
    spool = _Spool()
    with pq.ParquetWriter(spool, schema, compression="zstd", write_page_checksum=True) as writer:
        for group in _groups(tables, ROWS_PER_GROUP):
            writer.write_table(group, row_group_size=ROWS_PER_GROUP)
    return spool.take()


def published_table(path: Path, schema: pa.Schema, remedy: str) -> pa.Table:
    """Read a parquet file of a published generation, whose checksum was compared before.

    Args:
        path: The file.
        schema: The columns wanted; a shorter type in the file, such as a dictionary, is brought to them.
        remedy: What to do about damage, for the message.

    Raises:
        DamagedError: It cannot be read, or lacks a column.
    """
    try:
        table = pq.read_table(path, columns=schema.names, page_checksum_verification=True)
        return table.select(schema.names).cast(schema).replace_schema_metadata(None)
    except (pa.ArrowException, KeyError, ValueError, OSError) as error:
        raise DamagedError(f"{path.name} is damaged: {error}. {remedy}") from error


def _is_dense(kind: pa.DataType) -> bool:
    return bool(pa.types.is_binary(kind) or pa.types.is_fixed_size_list(kind))


def _groups(tables: Iterable[pa.Table], rows: int) -> Iterator[pa.Table]:
    waiting: list[pa.Table] = []
    count = 0
    for table in tables:
        waiting.append(table)
        count += table.num_rows
        while count >= rows:
            joined = pa.concat_tables(waiting)
            yield joined.slice(0, rows).combine_chunks()
            waiting = [joined.slice(rows)]
            count -= rows
    if count:
        yield pa.concat_tables(waiting).combine_chunks()


def read_parquet(disk: Disk, folder: str, part: Part, remedy: str) -> pa.Table:
    """Read a part whole, after its size and SHA-256 were compared with its marker's.

    Raises:
        DamagedError: The file is missing or is not what was written.
        StorageError: The disk refused.
    """
    import hashlib

    name = f"{folder}/{part.file}"
    try:
        data = disk.read(name)
    except FileNotFoundError as error:
        raise DamagedError(f"{name} is missing. {remedy}") from error
    if len(data) != part.bytes:
        raise DamagedError(f"{name} is damaged: {len(data)} bytes instead of {part.bytes}. {remedy}")
    if hashlib.sha256(data).hexdigest() != part.sha256:
        raise DamagedError(f"{name} is damaged: its content is not what was written. {remedy}")
    # Threads cost more than they save on a small table, and films are read several at a time anyway.
    return _opened(pa.BufferReader(data), name, part, remedy).read(use_threads=part.rows > ROWS_PER_GROUP)


def _opened(source: Any, name: str, part: Part, remedy: str, footer: bytes | None = None) -> pq.ParquetFile:
    try:
        # Given the footer, the reader does not look for it in the last 64 kB, most of which may be unchecked.
        known = None if footer is None else pq.read_metadata(pa.BufferReader(_MAGIC + footer))
        file = pq.ParquetFile(source, metadata=known, page_checksum_verification=True, pre_buffer=False)
    except (pa.ArrowException, OSError) as error:
        raise DamagedError(f"{name} cannot be read: {error}. {remedy}") from error
    if file.metadata.num_rows != part.rows:
        raise DamagedError(f"{name} has {file.metadata.num_rows} rows instead of {part.rows}. {remedy}")
    return file


class BlockReader:
    """Reads a part row group by row group, each checked before it is decoded.

    Args:
        disk: Where.
        folder: The part's folder.
        part: The part.
        remedy: What to do about damage, for the messages.

    Raises:
        DamagedError: The file is missing, or its footer is not what was written.
        StorageError: The disk refused.
    """

    def __init__(self, disk: Disk, folder: str, part: Part, remedy: str) -> None:
        self._disk = disk
        self._name = f"{folder}/{part.file}"
        self._remedy = remedy
        try:
            # One byte more than there should be, so that a file that grew is noticed too.
            footer = disk.read(self._name, start=part.footer, end=part.bytes + 1)
        except FileNotFoundError as error:
            raise DamagedError(f"{self._name} is missing. {remedy}") from error
        if len(footer) != part.bytes - part.footer or xxhash.xxh3_128_hexdigest(footer) != part.footer_xxh3:
            raise DamagedError(f"{self._name} is damaged: its footer is not what was written. {remedy}")
        self._source = _Window(part.bytes)
        self._file = _opened(self._source, self._name, part, remedy, footer)
        blocks = json.loads(self._file.metadata.metadata[_BLOCKS_KEY])
        self._ends = [int(end) for end, _ in blocks]
        self._hashes = [str(value) for _, value in blocks]
        counts = [self._file.metadata.row_group(number).num_rows for number in range(len(blocks))]
        self.starts = [sum(counts[:number]) for number in range(len(counts))]
        """First row of every row group."""

    def __len__(self) -> int:
        return len(self._ends)

    def group_of(self, row: int) -> int:
        """Return which row group holds a row."""
        return bisect_right(self.starts, row) - 1

    def group(self, number: int) -> pa.Table:
        """Return row group ``number``.

        Raises:
            DamagedError: Its bytes are not what was written.
            StorageError: The disk refused.
        """
        start = self._ends[number - 1] if number else len(_MAGIC)
        try:
            block = self._disk.read(self._name, start=start, end=self._ends[number])
        except FileNotFoundError as error:
            raise DamagedError(f"{self._name} is missing. {self._remedy}") from error
        if xxhash.xxh3_128_hexdigest(block) != self._hashes[number]:
            raise DamagedError(
                f"{self._name} is damaged: row group {number} is not what was written. {self._remedy}"
            )
        self._source.show(start, block)
        return cast("pa.Table", self._file.read_row_group(number, use_threads=False))

    def columns(self, number: int, names: Sequence[str]) -> pa.Table:
        """Return some columns of row group ``number``; of the file, only the part that holds them is read.

        Of these bytes the pages' own checksums are compared, which leaves out the few that describe each
        page: where what is there must fit something, the caller compares it.

        Args:
            number: The row group.
            names: Columns that lie side by side in the file, or the bytes between them are read as well.

        Raises:
            DamagedError: The bytes are not what was written.
            StorageError: The disk refused.
        """
        group = self._file.metadata.row_group(number)
        chunks = [group.column(place) for place in range(group.num_columns)]
        wanted = [chunk for chunk in chunks if chunk.path_in_schema in names]
        starts = [chunk.dictionary_page_offset or chunk.data_page_offset for chunk in wanted]
        ends = [start + chunk.total_compressed_size for start, chunk in zip(starts, wanted, strict=True)]
        try:
            block = self._disk.read(self._name, start=min(starts), end=max(ends))
            self._source.show(min(starts), block)
            return cast("pa.Table", self._file.read_row_group(number, columns=list(names), use_threads=False))
        except FileNotFoundError as error:
            raise DamagedError(f"{self._name} is missing. {self._remedy}") from error
        except (pa.ArrowException, OSError, ValueError, MemoryError) as error:
            raise DamagedError(
                f"{self._name} is damaged: row group {number} cannot be read ({error}). {self._remedy}"
            ) from error


class _Window(io.RawIOBase):
    """A file of which only one checked block can be read."""

    def __init__(self, size: int) -> None:
        super().__init__()
        self._size = size
        self._start = 0
        self._block = b""
        self._at = 0

    def show(self, start: int, block: bytes) -> None:
        self._start, self._block = start, block

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._at

    def seek(self, offset: int, whence: int = 0) -> int:
        self._at = offset + (0, self._at, self._size)[whence]
        return self._at

    def read(self, count: int = -1) -> bytes:
        stop = self._size if count is None or count < 0 else min(self._size, self._at + count)
        if not self._start <= self._at <= stop <= self._start + len(self._block):
            raise OSError(f"bytes {self._at} to {stop} were not checked")
        found = self._block[self._at - self._start : stop - self._start]
        self._at = stop
        return found
