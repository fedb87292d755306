"""General queries that measure what was lost are others than those that are held on to."""

import numpy as np
import pytest

from tests.learning.test_measured import made
from vidsearch_sdk.learning.kept_material import divide_general


def test_enough_judged_queries_are_divided_by_themselves_alone():
    asked = made(queries=101)
    parts = divide_general(asked, graded=True, keep=True)
    assert parts.apart
    assert (len(parts.kept.texts), len(parts.measured.texts)) == (51, 50)
    assert set(parts.kept.texts) | set(parts.measured.texts) == set(asked.texts)
    for part in (parts.kept, parts.measured):
        for text, tokens, grades in zip(part.texts, part.tokens, part.grades, strict=True):
            at = asked.texts.index(text)
            assert np.array_equal(tokens, asked.tokens[at])
            assert grades == asked.grades[at]
    turned = made(queries=101)
    object.__setattr__(turned, "texts", asked.texts[::-1])
    assert set(divide_general(turned, graded=True, keep=True).kept.texts) == set(parts.kept.texts)


@pytest.mark.parametrize(("queries", "graded"), [(99, True), (140, False)])
def test_few_of_them_or_ordinary_phrases_serve_both_ends(queries, graded):
    asked = made(queries=queries)
    parts = divide_general(asked, graded=graded, keep=True)
    assert not parts.apart
    assert parts.kept is parts.measured is asked


def test_nothing_is_set_apart_where_nothing_is_kept():
    asked = made(queries=120)
    parts = divide_general(asked, graded=True, keep=False)
    assert parts.kept is None
    assert parts.measured is asked
