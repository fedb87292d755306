import datetime as dt

import pandas as pd
import pytest

from vidsearch_sdk.cli.conditions import filters, own_columns
from vidsearch_sdk.errors import QueryError
from vidsearch_sdk.index.filters import Contains, Not

TABLE = pd.DataFrame(
    {
        "show": ["Dark"],
        "season": pd.Series([1], dtype="Int64"),
        "duration_s": [2.5],
        "dubbed": [True],
        "note": ["1..3"],
        "aired": [dt.date(2024, 5, 1)],
        "shown_at": pd.to_datetime(["2024-05-01T20:15"]),
        "sure!": ["yes"],
    }
)


def test_own_columns_become_numbers_where_they_are_written_as_such():
    given = ["show=Dark", "season=1", "gain=-0.5", "code=007", "year=1_999", "title=a=b", "empty=", "digit=٣"]
    assert own_columns(given) == {
        "show": "Dark",
        "season": 1,
        "gain": -0.5,
        "code": "007",
        "year": "1_999",
        "title": "a=b",
        "empty": "",
        "digit": "٣",
    }


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("2017-12-01", dt.date(2017, 12, 1)),
        ("2017-12-01T18:30", dt.datetime.fromisoformat("2017-12-01T18:30:00")),
        ("2017-12-01 18:30:05.5", dt.datetime.fromisoformat("2017-12-01T18:30:05.500000")),
        ("2017-12-01T18:30Z", dt.datetime(2017, 12, 1, 18, 30, tzinfo=dt.UTC)),
        ("2017-13-01", "2017-13-01"),
        ("20171301-a", "20171301-a"),
        ("2017-W48", "2017-W48"),
        ("1st of 2017-12-01", "1st of 2017-12-01"),
    ],
)
def test_own_columns_become_dates_where_they_are_written_as_such(text, value):
    read = own_columns([f"aired={text}"])["aired"]
    assert read == value
    assert type(read) is type(value)


@pytest.mark.parametrize(
    ("given", "where"),
    [
        ([], None),
        (["show=Dark"], {"show": "Dark"}),
        (["show=Dark", "show=1899"], {"show": ["Dark", "1899"]}),
        (["show=a", "show=b", "show=c"], {"show": ["a", "b", "c"]}),
        (["season=2"], {"season": 2}),
        (["duration_s=1..10"], {"duration_s": (1, 10)}),
        (["duration_s=.5..1.5"], {"duration_s": (0.5, 1.5)}),
        (["duration_s=2.."], {"duration_s": (2, None)}),
        (["duration_s=..2"], {"duration_s": (None, 2)}),
        (["dubbed=yes"], {"dubbed": True}),
        (["note=1..3"], {"note": "1..3"}),
        (["note=then..now"], {"note": "then..now"}),
        (["aired=2024-05-01"], {"aired": "2024-05-01"}),
        (["aired=2024-01-01..2024-06-30"], {"aired": ("2024-01-01", "2024-06-30")}),
        (["shown_at=2024-05-01T12:00.."], {"shown_at": ("2024-05-01T12:00", None)}),
        (["show!=Dark"], {"show": Not("Dark")}),
        (["show != Dark", "show!=1899"], {"show": Not(["Dark", "1899"])}),
        (["duration_s!=1..10"], {"duration_s": Not((1, 10))}),
        (["show~=dar"], {"show": Contains("dar")}),
        (["show!~=dar"], {"show": Not(Contains("dar"))}),
        (["sure!=yes"], {"sure!": "yes"}),
        (["show=~x"], {"show": "~x"}),
        (["unknown=1"], {"unknown": "1"}),
        (["show=Dark", "season=1"], {"show": "Dark", "season": 1}),
    ],
    ids=str,
)
def test_filters_are_read_by_the_type_of_their_column(given, where):
    assert filters(given, TABLE) == where


@pytest.mark.parametrize(
    "given",
    [
        ["show"],
        ["=Dark"],
        ["season=one"],
        ["duration_s=1..x"],
        ["dubbed=perhaps"],
        ["note=2..4"],
        ["show=2017-01-01.."],
        ["duration_s=1..2", "duration_s=4..5"],
        ["duration_s=1", "duration_s=4..5"],
        ["show=Dark", "show!=1899"],
        ["show~=a", "show~=b"],
        ["show~!=a"],
        ["show~=a", "show=b"],
    ],
    ids=str,
)
def test_a_filter_that_cannot_be_read_says_which(given):
    with pytest.raises(QueryError, match="--where"):
        filters(given, TABLE)


@pytest.mark.parametrize("given", [["show"], ["=x"], ["show=a", "show=b"]], ids=str)
def test_a_column_that_cannot_be_read_says_which(given):
    with pytest.raises(QueryError, match="--column"):
        own_columns(given)
