from pathlib import Path

import numpy as np
import pytest

from tests.index.worlds import random_rows
from vidsearch_sdk.errors import DamagedError, QueryError, StorageError
from vidsearch_sdk.index.vectors import VectorsWriter, map_vectors, query_row, unit_rows, vectors_file


def test_a_vectors_file_gives_back_what_was_put_in(tmp_path):
    rows = random_rows(7, 5).astype(np.float16)
    path = tmp_path / "vectors.npy"
    path.write_bytes(vectors_file(rows))
    mapped = map_vectors(path, rows=7, dim=5)
    assert mapped.dtype == np.float16
    assert np.array_equal(mapped, rows)
    assert not mapped.flags.writeable
    assert np.array_equal(np.load(path), rows)


@pytest.mark.parametrize("sizes", [[], [0], [3], [2, 0, 5], [1] * 1000])
def test_a_file_written_in_pieces_is_the_same(tmp_path, sizes):
    rows = random_rows(sum(sizes) + 1, 5)[1:].astype(np.float16)
    with VectorsWriter(tmp_path / "vectors.npy", dim=5) as writer:
        for piece in np.split(rows, np.cumsum(sizes)):
            writer.add(piece)
    assert np.array_equal(map_vectors(writer.path, rows=len(rows), dim=5), rows)
    assert np.array_equal(np.load(writer.path), rows)


def test_a_writer_takes_rows_of_its_size_and_tells_of_a_full_disk(tmp_path):
    with VectorsWriter(tmp_path / "vectors.npy", dim=5) as writer, pytest.raises(ValueError, match="5 dim"):
        writer.add(np.zeros((1, 4), np.float16))
    with pytest.raises(StorageError, match="TMPDIR"):
        VectorsWriter(tmp_path / "missing" / "vectors.npy", dim=5)
    full = Path("/dev/full")
    if full.exists():
        with pytest.raises(StorageError, match="No space"), VectorsWriter(full, dim=512) as writer:
            writer.add(np.zeros((10_000, 512), np.float16))


def test_no_rows_can_be_stored(tmp_path):
    path = tmp_path / "vectors.npy"
    path.write_bytes(vectors_file(np.zeros((0, 4), np.float16)))
    assert map_vectors(path, rows=0, dim=4).shape == (0, 4)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"not an array",
        vectors_file(random_rows(7, 5).astype(np.float16))[:100],
        vectors_file(random_rows(6, 5).astype(np.float16)),
        vectors_file(random_rows(7, 4).astype(np.float16)),
    ],
    ids=["empty", "text", "cut", "a row short", "a column short"],
)
def test_another_file_is_refused(tmp_path, content):
    path = tmp_path / "vectors.npy"
    path.write_bytes(content)
    with pytest.raises(DamagedError, match=r"vectors\.npy .*ShotIndex\.build"):
        map_vectors(path, rows=7, dim=5)


def test_rows_without_direction_stay_zero():
    assert np.array_equal(unit_rows([[0.0, 0.0], [0.0, 2.0]]), [[0, 0], [0, 1]])


@pytest.mark.parametrize("bad", [[0, 0, 0], [np.nan, 1, 0], [np.inf, 0, 0], [1, 2], [1, 2, 3, 4]])
def test_a_query_without_direction_or_of_another_size_is_refused(bad):
    with pytest.raises(QueryError):
        query_row(bad, 3)


def test_a_query_comes_back_at_unit_length():
    assert np.allclose(query_row([[0, 3, 4]], 3), [0, 0.6, 0.8])
