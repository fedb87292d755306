"""What an expression asks for: leaves, ways to be found, and what is left without what it takes away."""

import random

import pytest
from PIL import Image

from tests.query.algebra.random_expressions import drawn
from vidsearch_sdk.query.algebra.expressions import Sum, Then
from vidsearch_sdk.query.algebra.terms import Words, says, text
from vidsearch_sdk.query.asked import is_sequence, leaves, wanted_alone, ways


@pytest.fixture(scope="module")
def picture(tmp_path_factory):
    path = tmp_path_factory.mktemp("picture") / "one.png"
    Image.new("RGB", (4, 3), (200, 10, 10)).save(path)
    return path


A, B, C, D = (text(name) for name in "abcd")


def test_leaves_are_given_once_and_what_is_taken_away_on_request():
    query = (A + B - C) & Words("d") & A & says("e")
    seen, said = leaves(query)
    assert seen == [A, B, D]
    assert said == [(says("d"), True), (says("e"), False)]
    assert leaves(query, unwanted=True)[0] == [A, B, C, D]
    assert leaves(A.then(B).during(says("x")))[0] == [A, B]


@pytest.mark.parametrize(
    ("query", "left"),
    [
        (A, A),
        (A - B, A),
        (2 * A - B, 2 * A),
        ((A - B) & (C - D), A & C),
        ((A - B) | A, A),
        ((A - B).then(C - D, within_s=3), A.then(C, within_s=3)),
        ((A - B).during(C), A.during(C)),
        ((A & (B - C)) - D, A & B),
    ],
)
def test_without_what_is_taken_away(query, left):
    assert wanted_alone(query) == left


@pytest.mark.parametrize("seed", range(20))
def test_nothing_is_taken_away_any_more_whatever_the_expression(seed, picture):
    query = wanted_alone(drawn(random.Random(seed), files=[picture], levels=5))
    waiting = [query]
    while waiting:
        one = waiting.pop()
        if isinstance(one, Sum):
            assert all(weight > 0 for weight, _ in one.parts)
        waiting.extend(one._below())
    assert wanted_alone(query) is query


@pytest.mark.parametrize(
    ("query", "steps", "found"),
    [
        (A & B, 1, [(A & B,)]),
        (A.then(B).then(C), 3, [(A, B, C)]),
        (A.then(B), 1, []),
        (A.then(B).during(C), 2, [(A, B)]),
        ((A.then(B) & C).then(D), 3, [(A, B, D)]),
        (A.then(B) | C, 1, [(C,)]),
        ((A.then(B) | C).then(D), 2, [(C, D)]),
        (A.then(B) | C.then(D), 2, [(A, B), (C, D)]),
        (A - B.then(C), 1, [(A,)]),
    ],
)
def test_how_it_may_be_found(query, steps, found):
    assert ways(query, steps) == found


def test_there_may_be_too_many_ways_to_try_them_all():
    step = A.then(B) | C.then(D) | A.then(D) | C.then(B)
    query = Then((step, step, step, step), (1, 1, 1))
    assert is_sequence(query)
    assert 0 < len(ways(query, 8)) <= 64


def test_where_the_rest_would_be_no_expression_it_stays_as_it_is():
    # Without what is taken away, both sides of & are one, and the weights multiply to more than is allowed.
    query = 1e6 * ((2 * A - B) & (2 * A))
    assert wanted_alone(query) is query
