import pandas as pd
import pytest

from vidsearch_sdk.cli.conditions import filters, own_columns
from vidsearch_sdk.errors import QueryError

TABLE = pd.DataFrame(
    {
        "show": ["Dark"],
        "season": pd.Series([1], dtype="Int64"),
        "duration_s": [2.5],
        "dubbed": [True],
        "note": ["1..3"],
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
        ["duration_s=1..2", "duration_s=4..5"],
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
