from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta, timezone

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from tests.store.made import video_id
from vidsearch_sdk.errors import CatalogError
from vidsearch_sdk.store.film import Film, decode_film, encode_film
from vidsearch_sdk.store.own_columns import RESERVED, check_kinds, check_own, own_table
from vidsearch_sdk.store.values import Own


def _films(*own: dict[str, Own]) -> list[Film]:
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


MOMENT = datetime.fromisoformat("2017-12-01T18:30")
TOO_EARLY = datetime(1, 1, 1, tzinfo=timezone(timedelta(hours=2)))
FIRST, LAST = MOMENT.replace(year=1), MOMENT.replace(year=9999)
MOMENTS = [
    (date(2017, 12, 1), date(2017, 12, 1)),
    (np.datetime64("2017-12-01"), date(2017, 12, 1)),
    (MOMENT, MOMENT),
    (np.datetime64("2017-12-01T18:30", "ns"), MOMENT),
    (pd.Timestamp("2017-12-01T18:30"), MOMENT),
    (pd.Timestamp("2017-12-01T18:30:00.000000999"), MOMENT),
    (pd.Timestamp("2017-12-01T18:30", tz="Europe/Berlin"), datetime(2017, 12, 1, 17, 30, tzinfo=UTC)),
    (MOMENT.replace(tzinfo=timezone(timedelta(hours=-5))), datetime(2017, 12, 1, 23, 30, tzinfo=UTC)),
    (pd.NaT, None),
    (np.datetime64("NaT"), None),
]


@pytest.mark.parametrize(("given", "kept"), MOMENTS)
def test_days_and_moments_are_kept(given: object, kept: Own) -> None:
    (value,) = check_own({"shot_on": given}).values()
    assert (value, type(value)) == (kept, type(kept))
    film = _films({"shot_on": value, "show": "2017-12-01", "odd": "{}"})[0]
    again = decode_film(encode_film(film), film.video_id)
    assert again == film
    assert type(again.own["shot_on"]) is type(kept)
    assert own_table([again])["shot_on"].to_pylist() == [kept]


@pytest.mark.parametrize(
    "name", ["video_id", "name", "status", "shot_id", "start_s", "score", "rank", "similarity", "line"]
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
    "value",
    [
        [1],
        {"a": 1},
        time(18),
        timedelta(1),
        np.timedelta64(3, "ns"),
        np.datetime64("20000-01-01"),
        datetime(1, 1, 1, tzinfo=timezone(timedelta(hours=2))),
        b"x",
        object(),
        np.zeros(2),
        2**63,
        "\ud800",
    ],
)
def test_values_that_are_no_scalars(value: object) -> None:
    with pytest.raises(CatalogError, match="'show' cannot hold"):
        check_own({"show": value})


KINDS: list[tuple[str, Own]] = [
    ("show", date(2017, 12, 1)),
    ("day", "2017-12-01"),
    ("day", MOMENT),
    ("at", date(2017, 12, 1)),
    ("at", MOMENT.replace(tzinfo=UTC)),
    ("utc", MOMENT),
]


def test_a_column_is_of_one_kind() -> None:
    day, moment, utc = date(2017, 12, 1), MOMENT, MOMENT.replace(tzinfo=UTC)
    films = _films({"season": 1, "show": "Dark", "done": True, "day": day, "at": moment, "utc": utc})
    check_kinds({"day": date(1999, 1, 1), "at": FIRST, "utc": datetime.now(UTC)}, films)
    check_kinds({"season": 2.5, "show": "1899", "done": False, "new": 1, "x": None}, films)
    for column, value in (("season", "two"), ("show", 7), ("done", 1), ("season", True), *KINDS):
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
    days = own_table(_films({"day": date(1, 1, 1), "at": LAST, "utc": FIRST.replace(tzinfo=UTC)}, {}))
    assert days.schema.types == [pa.date32(), pa.timestamp("us"), pa.timestamp("us", tz="UTC")]
    assert days["at"].to_pylist() == [LAST, None]
    assert own_table(_films({"day": date(1, 1, 2)}, {"day": "x"}))["day"].to_pylist() == ["0001-01-02", "x"]
