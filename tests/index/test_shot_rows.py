import numpy as np
import pyarrow as pa
import pytest

from tests.index.worlds import film_id, tables
from vidsearch_sdk.errors import DamagedError
from vidsearch_sdk.index.shot_rows import (
    FILM_COLUMNS,
    in_one_piece,
    map_rows,
    own_columns,
    plain,
    rows_at,
    rows_file,
    rows_of_film,
    shot_rows,
    with_films,
)
from vidsearch_sdk.store.film import Film
from vidsearch_sdk.store.tables import SHOTS


@pytest.fixture
def films():
    rates = ("25", "24000/1001", None)
    return [
        Film(
            film_id(n), "", f"film {n}", status="ok", measured={"frame_rate": rate}, own={"n": n} if n else {}
        )
        for n, rate in enumerate(rates)
    ]


@pytest.fixture
def rows(films):
    return shot_rows(films, [tables(film.video_id, 3 + n)["shots"] for n, film in enumerate(films)])


def test_every_shot_carries_the_facts_of_its_film(rows, films):
    assert rows.column_names == [*SHOTS.names, *FILM_COLUMNS, "n"]
    assert own_columns(rows) == ["n"]
    table = plain(rows)
    assert table["name"].to_pylist() == ["film 0"] * 3 + ["film 1"] * 4 + ["film 2"] * 5
    assert table["n"].to_pylist() == [None] * 3 + [1] * 4 + [2] * 5
    assert table["frame_rate"].to_pylist() == ["25"] * 3 + ["24000/1001"] * 4 + [None] * 5
    assert table["shot_id"].to_pylist()[3] == f"{film_id(1)}-0"
    assert rows_of_film(rows) == {film_id(0): (0, 3), film_id(1): (3, 7), film_id(2): (7, 12)}


def test_a_mapped_file_is_the_same_table(rows, tmp_path):
    path = tmp_path / "shots.arrow"
    path.write_bytes(rows_file(rows))
    assert map_rows(path, rows=12).equals(rows)
    with pytest.raises(DamagedError, match=r"12 rows where 13 are expected.*ShotIndex\.build"):
        map_rows(path, rows=13)
    path.write_bytes(b"no table")
    with pytest.raises(DamagedError, match=r"ShotIndex\.build"):
        map_rows(path, rows=12)


def test_rows_are_picked_in_the_order_asked(rows):
    columns = ["shot_id", "name", "n", "not there"]
    picked = rows_at(in_one_piece(rows, columns), np.array([7, 0, 7]), columns)
    assert picked["name"].to_pylist() == ["film 2", "film 0", "film 2"]
    assert picked["n"].to_pylist() == [2, None, 2]
    assert picked["not there"].null_count == 3
    assert list(picked) == columns
    assert not pa.types.is_dictionary(picked["name"].type)


def test_facts_are_brought_up_to_date(rows, films):
    changed = {film.video_id: film.with_(name=f"new {film.name}", own={"title": "x"}) for film in films[:2]}
    table = plain(with_films(rows, changed))
    assert table["name"].to_pylist() == ["new film 0"] * 3 + ["new film 1"] * 4 + [""] * 5
    assert table["title"].to_pylist() == ["x"] * 7 + [None] * 5
    assert "n" not in table.column_names
    assert table.select(SHOTS.names).equals(plain(rows).select(SHOTS.names))


def test_no_films_make_an_empty_table():
    empty = shot_rows([], [])
    assert empty.num_rows == 0
    assert rows_of_film(empty) == {}
    assert rows_at(in_one_piece(empty, ["name"]), np.empty(0, np.int64), ["name"])["name"].to_pylist() == []
