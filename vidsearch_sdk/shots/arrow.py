"""Arrow tables from plain values, without pandas.

``pyarrow.array`` and ``pyarrow.table`` import pandas as soon as they are given a list or an array, which
takes as long as decoding some hundred pictures. The decoding process has no other use for it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pyarrow as pa

_NUMBERS: Mapping[pa.DataType, Any] = {
    pa.int64(): np.int64,
    pa.float64(): np.float64,
    pa.float32(): np.float32,
}


def arrow_table(columns: Mapping[str, Any], schema: pa.Schema) -> pa.Table:
    """Make a table.

    Args:
        columns: Values of every column of the schema: numbers (a sequence or an array), str or bytes.
        schema: Names and types: int64, float64, float32, string and binary.

    Raises:
        ValueError: Columns of another name, or of unlike lengths.

    Examples:
        >>> arrow_table({"n": [1, 2]}, pa.schema([("n", pa.int64())])).num_rows
        2
    """
    if list(columns) != list(schema.names):
        raise ValueError(f"the columns are {', '.join(schema.names)}, not {', '.join(columns)}")
    arrays = [_array(values, schema.field(name).type) for name, values in columns.items()]
    if len({len(array) for array in arrays}) > 1:
        raise ValueError(f"columns of unlike lengths: {[len(array) for array in arrays]}")
    return pa.Table.from_arrays(arrays, schema=schema)


def _array(values: Any, kind: pa.DataType) -> pa.Array:
    dtype = _NUMBERS.get(kind)
    if dtype is not None:
        numbers = np.ascontiguousarray(values, dtype)
        return pa.Array.from_buffers(kind, len(numbers), [None, pa.py_buffer(numbers)])
    parts: Sequence[bytes] = [value.encode() if isinstance(value, str) else value for value in values]
    ends = np.cumsum([0, *map(len, parts)], dtype=np.int64)
    if ends[-1] > np.iinfo(np.int32).max:
        raise ValueError(f"{ends[-1]} bytes are more than one column of an Arrow table holds")
    buffers = [None, pa.py_buffer(ends.astype(np.int32)), pa.py_buffer(b"".join(parts))]
    return pa.Array.from_buffers(kind, len(parts), buffers)
