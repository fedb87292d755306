"""Shot vectors: unit rows in half precision, in one plain file that is mapped into memory.

The file is NumPy's own ``.npy`` (version 1.0, ``<f2``, C order), so that anything that reads arrays reads it.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any

import numpy as np
import numpy.typing as npt

from vidsearch_sdk.errors import DamagedError, QueryError, StorageError

Halves = npt.NDArray[np.float16]
Floats = npt.NDArray[np.float32]

REBUILD = "ShotIndex.build(catalog, encoder) makes a new one"
"""What to do about a damaged index."""

_SMALLEST_NORM = 1e-6


def unit_rows(vectors: npt.ArrayLike) -> Floats:
    """Rows brought to unit length.

    Args:
        vectors: (n, dim), any float type.

    Returns:
        float32 (n, dim). A row too short to have a direction stays zero: it is then similar to nothing.

    Examples:
        >>> unit_rows([[3.0, 4.0], [0.0, 0.0]]).tolist()
        [[0.6..., 0.8...], [0.0, 0.0]]
    """
    rows = np.array(vectors, dtype=np.float32, ndmin=2)
    norms = np.linalg.norm(rows, axis=1, keepdims=True)
    return np.asarray(np.divide(rows, norms, out=np.zeros_like(rows), where=norms > _SMALLEST_NORM))


def query_row(vector: npt.ArrayLike, dim: int) -> Floats:
    """A query vector as a search takes it.

    Args:
        vector: (dim,) or (1, dim), any float type.
        dim: Dimensions of the shot vectors.

    Returns:
        float32 (dim,), unit length, contiguous.

    Raises:
        QueryError: Another shape, or a vector with no direction (all zero, or not finite).
    """
    row = np.ascontiguousarray(vector, dtype=np.float32).reshape(-1)
    if row.shape != (dim,):
        raise QueryError(f"the query has {row.size} dimensions, the shots have {dim}")
    norm = float(np.linalg.norm(row))
    if not np.isfinite(norm) or norm <= _SMALLEST_NORM:
        raise QueryError("the encoder gave a query vector without a direction (all zero, or not finite)")
    return np.asarray(row / norm, dtype=np.float32)


def vectors_file(vectors: Halves) -> bytes:
    """The bytes of a vectors file.

    Args:
        vectors: float16 (n, dim).
    """
    buffer = io.BytesIO()
    np.lib.format.write_array(buffer, np.ascontiguousarray(vectors, dtype="<f2"), version=(1, 0))
    return buffer.getvalue()


class VectorsWriter:
    """Writes a vectors file piece by piece, where all of it need not fit into memory.

    Args:
        path: Where; what is there is replaced.
        dim: Dimensions of the vectors.

    Raises:
        StorageError: The disk refused.

    Examples:
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     with VectorsWriter(Path(folder) / "some.npy", dim=2) as writer:
        ...         writer.add(np.ones((3, 2), np.float16))
        ...         writer.add(np.zeros((1, 2), np.float16))
        ...     np.load(writer.path).shape
        (4, 2)
    """

    def __init__(self, path: Path, *, dim: int) -> None:
        self.path = path
        self.rows = 0
        self._dim = dim
        with self._telling():
            self._file = path.open("wb")
            self._file.write(self._head())

    def __enter__(self) -> VectorsWriter:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with self._telling(), self._file:
            if kind is None:
                # The head has room for any number of rows, so that the true one can be put in afterwards.
                self._file.seek(0)
                self._file.write(self._head())

    def add(self, vectors: Halves) -> None:
        """Append float16 (n, dim) rows.

        Raises:
            ValueError: Other dimensions.
            StorageError: The disk refused.
        """
        if vectors.ndim != 2 or vectors.shape[1] != self._dim:
            raise ValueError(f"rows of {self._dim} dimensions are needed, not {vectors.shape}")
        with self._telling():
            self._file.write(np.ascontiguousarray(vectors, dtype="<f2").data)
        self.rows += len(vectors)

    @contextmanager
    def _telling(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise StorageError(
                f"{self.path} cannot be written: {error.strerror}; TMPDIR names another folder for it"
            ) from error

    def _head(self) -> bytes:
        buffer = io.BytesIO()
        facts = {"descr": "<f2", "fortran_order": False, "shape": (self.rows, self._dim)}
        np.lib.format.write_array_header_1_0(buffer, facts)
        return buffer.getvalue()


def map_vectors(path: Path, *, rows: int, dim: int) -> Halves:
    """Map a vectors file into memory; nothing is read before it is used.

    Args:
        path: A file that ``vectors_file`` made, already checked against its checksum.
        rows: How many rows it must have.
        dim: How many dimensions it must have.

    Returns:
        float16 (rows, dim), read-only.

    Raises:
        DamagedError: Not such a file, or of another size.
    """
    if rows == 0:  # an empty file part cannot be mapped
        return np.zeros((0, dim), np.float16)
    try:
        mapped: np.memmap[Any, Any] = np.lib.format.open_memmap(path, mode="r")
    except (OSError, ValueError) as error:
        raise DamagedError(f"{path.name} is not a file of vectors ({error}); {REBUILD}") from None
    if mapped.shape != (rows, dim) or mapped.dtype != np.float16:
        raise DamagedError(
            f"{path.name} holds {mapped.dtype} {mapped.shape} where float16 {(rows, dim)} is expected; "
            f"{REBUILD}"
        )
    return np.asarray(mapped)
