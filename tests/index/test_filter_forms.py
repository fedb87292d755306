"""A filter that went to a front end and back finds the same shots."""

from __future__ import annotations

import datetime as dt
import json

import numpy as np
import pandas as pd
import pytest

from vidsearch_sdk.errors import QueryError
from vidsearch_sdk.index.filter_forms import from_form, to_forms
from vidsearch_sdk.index.filters import Contains, Not, parse_filter

FILTERS = [
    ({"show": "Dark"}, "Dark"),
    ({"show": ["Dark", "1899"]}, "1899 or Dark"),
    ({"show": Not(["Dark"])}, "not Dark"),
    ({"show": list("fedcba")}, "one of a, b, c and 3 more"),
    ({"show": Not(list("abcd"))}, "none of a, b, c and 1 more"),
    ({"duration_s": (1, 10)}, "1 to 10"),
    ({"duration_s": (None, 2.5)}, "up to 2.5"),
    ({"duration_s": Not((2, None))}, "not from 2"),
    ({"season": np.int64(2)}, "2"),
    ({"season": pd.Series([1, 2])}, "1 or 2"),
    ({"seen": True}, "yes"),
    ({"name": Contains("pilot")}, "contains “pilot”"),
    ({"name": Not(Contains("pilot"))}, "does not contain “pilot”"),
    ({"hdr": ""}, "(empty)"),
]


@pytest.mark.parametrize(("where", "words"), FILTERS)
def test_there_and_back(where, words):
    [form] = json.loads(json.dumps(to_forms(where)))
    assert form["words"] == words
    assert parse_filter({form["column"]: from_form(form)}) == parse_filter(where)


def test_days_travel_as_text_that_filters_take():
    where = {"aired": (dt.date(2020, 1, 1), None), "at": dt.datetime(2020, 1, 1, 8, 30, tzinfo=dt.UTC)}
    aired, at = json.loads(json.dumps(to_forms(where)))
    assert from_form(aired) == ("2020-01-01", None)
    assert aired["words"] == "from 2020-01-01"
    assert at["words"] == "2020-01-01 08:30+00:00"


def test_endless_numbers_are_open_ends():
    [form] = to_forms({"duration_s": (2, float("inf"))})
    assert json.loads(json.dumps(form, allow_nan=False))["values"] == [2, None]


@pytest.mark.parametrize(
    "form",
    [
        {},
        {"column": "show", "kind": "any_of"},
        {"column": "show", "kind": "any_of", "values": "Dark"},
        {"column": "show", "kind": "any_of", "values": []},
        {"column": "show", "kind": "any_of", "values": [["Dark"]]},
        {"column": "show", "kind": "is", "values": ["Dark"]},
        {"column": 7, "kind": "any_of", "values": ["Dark"]},
        {"column": "show", "kind": "between", "values": [None, None]},
        {"column": "show", "kind": "between", "values": [3, 1]},
        {"column": "show", "kind": "contains", "values": [""]},
        {"column": "show", "kind": "contains", "values": [1]},
    ],
)
def test_what_is_no_condition_is_refused(form):
    with pytest.raises(QueryError):
        from_form(form)
