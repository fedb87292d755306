import subprocess
import sys

import numpy as np
import pyarrow as pa
import pytest

from vidsearch_sdk.shots.arrow import arrow_table

SCHEMA = pa.schema([("n", pa.int64()), ("x", pa.float32()), ("s", pa.string()), ("b", pa.binary())])


def test_values_come_back() -> None:
    table = arrow_table(
        {"n": range(3), "x": np.array([1, 2, 3.5]), "s": ["é", "", "日本"], "b": [b"\0", b"", b"ab"]}, SCHEMA
    )
    table.validate(full=True)
    assert table.schema == SCHEMA
    assert table.column("s").to_pylist() == ["é", "", "日本"]
    assert table.column("b").to_pylist() == [b"\0", b"", b"ab"]
    assert table.column("x").to_pylist() == [1.0, 2.0, 3.5]


def test_no_rows_are_a_table_too() -> None:
    table = arrow_table({"n": [], "x": [], "s": [], "b": []}, SCHEMA)
    table.validate(full=True)
    assert table.num_rows == 0


@pytest.mark.parametrize("columns", [{"n": [1]}, {"n": [1], "x": [1], "s": ["a"], "b": []}])
def test_wrong_columns_are_refused(columns: dict[str, list[object]]) -> None:
    with pytest.raises(ValueError, match="columns"):
        arrow_table(columns, SCHEMA)


def test_pandas_is_not_imported() -> None:
    code = (
        "import sys, pyarrow as pa; from vidsearch_sdk.shots.arrow import arrow_table;"
        "arrow_table({'s': ['a']}, pa.schema([('s', pa.string())])); sys.exit('pandas' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
