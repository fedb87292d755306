"""Words of an expression put right wherever they stand, and nothing else changed."""

import pytest

from vidsearch_sdk.query.algebra.expressions import Sum
from vidsearch_sdk.query.algebra.terms import Words, says, shot, text
from vidsearch_sdk.query.spelling.wording import reworded


def fixed(words):
    right = words.replace("umbrela", "umbrella")
    return right, (("umbrela", "umbrella"),) if right != words else ()


WRONG, RIGHT = text("umbrela"), text("umbrella")


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        (Words("an umbrela"), Words("an umbrella")),
        (WRONG, RIGHT),
        (says("umbrela", language="en"), says("umbrella", language="en")),
        (2 * text("a") - 0.5 * WRONG, 2 * text("a") - 0.5 * RIGHT),
        (WRONG & "umbrela", RIGHT & "umbrella"),
        (WRONG | shot("0123456789abcdef-1"), RIGHT | shot("0123456789abcdef-1")),
        (WRONG.then("b", within_s=3).then(WRONG), RIGHT.then("b", within_s=3).then(RIGHT)),
        (WRONG.during(text("b") + WRONG), RIGHT.during(text("b") + RIGHT)),
    ],
)
def test_words_are_put_right_wherever_they_stand(query, expected):
    found, changes = reworded(query, fixed)
    assert found == expected
    assert str(found) == str(expected)
    assert changes == (("umbrela", "umbrella"),)


def test_where_nothing_is_wrong_it_is_the_very_same_expression():
    query = RIGHT.then("b") - 0.5 * says("c")
    found, changes = reworded(query, fixed)
    assert found is query
    assert changes == ()


def test_what_becomes_equal_is_joined():
    assert reworded(WRONG & RIGHT, fixed)[0] == RIGHT
    assert reworded(WRONG + RIGHT, fixed)[0] == Sum(((2.0, RIGHT),))


def test_what_would_cancel_is_left_as_it_was_typed():
    query = RIGHT - WRONG
    assert reworded(query, fixed) == (query, ())
