from __future__ import annotations

from datetime import date

import numpy as np
import pyarrow as pa
import pytest

from tests.store.made import video_id
from vidsearch_sdk.errors import CatalogError
from vidsearch_sdk.store.film import Film, Scalar
from vidsearch_sdk.store.own_columns import RESERVED, check_kinds, check_own, own_table


def _films(*own: dict[str, Scalar]) -> list[Film]:
    return [
        Film(video_id(number), f"file:///{number}", str(number), own=columns)
        for number, columns in enumerate(own)
    ]


def test_values_become_plain() -> None:
    given = {
        "a": np.int32(3),
        "b": np.float32(0.5),
        "c": np.bool_(True),
        "d": float("nan"),
        "e": "ü",
        "f": None,
    }
    plain = check_own(given)
    assert plain == {"a": 3, "b": 0.5, "c": True, "d": None, "e": "ü", "f": None}
    assert [type(value) for value in plain.values()] == [int, float, bool, type(None), str, type(None)]


@pytest.mark.parametrize(
    "name", ["video_id", "name", "status", "shot_id", "start_s", "score", "rank", "similarity"]
)
def test_reserved_names_are_refused(name: str) -> None:
    assert name in RESERVED
    with pytest.raises(CatalogError, match=f"'{name}' is a column that every film has"):
        check_own({name: 1})


@pytest.mark.parametrize("name", ["", "_x", "a\nb", " a", "x" * 201, "\u202e"])
def test_names_that_cannot_be_columns(name: str) -> None:
    with pytest.raises(CatalogError, match="cannot be the name of a column"):
        check_own({name: 1})


@pytest.mark.parametrize(
    "value", [[1], {"a": 1}, date(2017, 12, 1), b"x", object(), np.zeros(2), 2**63, "\ud800"]
)
def test_values_that_are_no_scalars(value: object) -> None:
    with pytest.raises(CatalogError, match="'show' cannot hold"):
        check_own({"show": value})


def test_a_column_is_of_one_kind() -> None:
    films = _films({"season": 1, "show": "Dark", "done": True})
    check_kinds({"season": 2.5, "show": "1899", "done": False, "new": 1, "x": None}, films)
    for column, value in (("season", "two"), ("show", 7), ("done", 1), ("season", True)):
        with pytest.raises(CatalogError, match=f"column '{column}' holds"):
            check_kinds({column: value}, films)


def test_the_table() -> None:
    films = _films(
        {"n": 1, "b": True}, {}, {"n": 2.5, "t": "x", "b": None}, {"mixed": 1}, {"mixed": "a", "n": -(2**63)}
    )
    table = own_table(films)
    assert table.schema == pa.schema(
        [("n", pa.float64()), ("b", pa.bool_()), ("t", pa.string()), ("mixed", pa.string())]
    )
    assert table.column("mixed").to_pylist() == [None, None, None, "1", "a"]
    assert own_table(_films({"n": 2**62})).column("n").to_pylist() == [2**62]
    assert own_table([]).num_columns == 0
