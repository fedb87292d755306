"""Options of a search are taken in any usual form, and refused with their name."""

import numpy as np
import pytest

from vidsearch_sdk.errors import QueryError
from vidsearch_sdk.query.arguments import MOST_RESULTS, checked_count, checked_score, checked_switch


@pytest.mark.parametrize("value", [1, 20, MOST_RESULTS, np.int32(7), np.uint8(7)])
def test_counts(value):
    assert checked_count(value) == value
    assert type(checked_count(value)) is int


@pytest.mark.parametrize("value", [0, -1, MOST_RESULTS + 1, True, 1.0, "3", None, np.nan, [1], 10**30])
def test_no_counts(value):
    with pytest.raises(QueryError, match="per_film="):
        checked_count(value, name="per_film")


@pytest.mark.parametrize("value", [0, 1, 0.5, np.float32(0.25), np.int64(1)])
def test_scores(value):
    assert checked_score(value) == value
    assert type(checked_score(value)) is float
    assert checked_score(None) is None


@pytest.mark.parametrize("value", [-0.01, 1.01, np.nan, np.inf, True, "0.5", [0.5], 1j, np.array([0.1, 0.2])])
def test_no_scores(value):
    with pytest.raises(QueryError, match="min_score="):
        checked_score(value)


@pytest.mark.parametrize("value", [True, False, np.True_, np.False_])
def test_switches(value):
    assert checked_switch("fold", value) is bool(value)


@pytest.mark.parametrize("value", [0, 1, None, "yes", "False", [], np.array([True])])
def test_no_switches(value):
    with pytest.raises(QueryError, match="fold="):
        checked_switch("fold", value)
