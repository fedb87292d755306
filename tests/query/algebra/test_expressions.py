import copy
import math
import pickle
import random
import re
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from PIL import Image as PilImage

from tests.query.algebra.random_expressions import drawn
from vidsearch_sdk.errors import QueryError
from vidsearch_sdk.query.algebra.expressions import And, During, Or, Sum, Then
from vidsearch_sdk.query.algebra.terms import (
    Image,
    Says,
    Shot,
    Words,
    as_expression,
    clip,
    image,
    says,
    shot,
    text,
)

A, B, C, D = (text(letter) for letter in "abcd")
ID = "0123456789abcdef-12"
HIT = SimpleNamespace(shot_id=ID)


def test_what_is_mixed_is_kept_with_its_weights():
    assert (A - 0.5 * B + C * 2).parts == ((1, A), (2, C), (-0.5, B))
    assert isinstance(A - B, Sum)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (A & B, B & A),
        (A | B, B | A),
        (A + B, B + A),
        (A - B + C, C + A - B),
        (A & B & C, A & (C & B)),
        (A | (B | C), C | B | A),
        (A + A, 2 * A),
        (A & A, A),
        (A | A | A, A),
        (1 * A, A),
        (A + B - B, A),
        (0.1 * A + 0.2 * A, 0.3 * A),
        (0.1 * (3 * A), 0.3 * A),
        (A - (B - C), A - B + C),
        (2 * (A - 0.5 * B), 2 * A - B),
        ((A + B) + (A + C), 2 * A + B + C),
        ((A & B) + (B & A), 2 * (A & B)),
        ((A | B) & (B | A), A | B),
        (A.then(B).then(C), A.then(B.then(C))),
        (A.then(B, within_s=5).then(C), A.then(B.then(C), within_s=5)),
        (A.then(B, within_s=20), A.then(B, within_s=20.0)),
        (A.during(B & C), A.during(C & B)),
        (sum([A, B, C]), A + B + C),
        (A & "a dog", A & Words(" a  dog")),
        (text("caf\u00e9"), text("cafe\u0301")),
    ],
    ids=str,
)
def test_equal_when_they_mean_the_same(one, other):
    assert one == other
    assert hash(one) == hash(other)
    assert len({one, other}) == 1


DIFFERENT = [
    *(A, 2 * A, 0.5 * A, A + B, A - B, B - A, A + 2 * B, A & B, A | B, A & C, A & B & C, (A & B) | C),
    *(A & (B | C), A.then(B), B.then(A), A.then(B, within_s=5), A.then(B).then(C), A.during(B), B.during(A)),
    *(A.during(B).then(C), A.during(B.then(C)), Words("a"), says("a"), says("a", language="en"), (A & B) + C),
]


def test_and_different_when_they_do_not():
    assert len(set(DIFFERENT)) == len(DIFFERENT)
    assert all((one == other) == (one is other) for one in DIFFERENT for other in DIFFERENT)
    assert A != "a"
    assert (A & B) != (A | B)


@pytest.mark.parametrize(
    ("expression", "written"),
    [
        (text("car chase") - 0.5 * text("night"), 'text("car chase") - 0.5 * text("night")'),
        (A - B + C & D, '(text("a") + text("c") - text("b")) & text("d")'),
        (A & B | C, '(text("a") & text("b")) | text("c")'),
        (3 * (A & B), '3 * (text("a") & text("b"))'),
        (A.then(B, within_s=20), 'text("a").then(text("b"), within_s=20)'),
        (
            (A | B).then(C).then(D - A, within_s=0.5),
            '(text("a") | text("b")).then(text("c"), within_s=30).then(text("d") - text("a"), within_s=0.5)',
        ),
        (A.during(says("run")), 'text("a").during(says("run"))'),
        (A & "car chase", 'text("a") & "car chase"'),
        (shot(ID) - clip("x.mp4", 1, 2.5), f'shot("{ID}") - clip("x.mp4", 1, 2.5)'),
        (clip("x.mp4", end_s=2), 'clip("x.mp4", end_s=2)'),
        (image(np.zeros((360, 640, 3), np.uint8)), 'image("<640x360 pixels>")'),
        (says('the "Orca"'), r'says("the \"Orca\"")'),
    ],
)
def test_what_is_printed_reads_like_what_was_written(expression, written):
    assert str(expression) == repr(expression) == written


@pytest.mark.parametrize(
    "other",
    [
        "a dog",
        np.zeros((2, 2, 3), np.uint8),
        PilImage.new("RGB", (2, 2)),
        SimpleNamespace(shot_id=ID),
        "picture",
    ],
    ids=["words", "array", "pil", "hit", "path"],
)
def test_the_other_side_may_be_anything_that_a_search_takes(other, tmp_path):
    if isinstance(other, str) and other == "picture":
        other = tmp_path / "x.png"
        PilImage.new("RGB", (2, 2)).save(other)
    meant = as_expression(other)
    assert isinstance(meant, Words | Image | Shot)
    assert A + other == other + A == A + meant
    assert A - other == A - meant
    assert other - A == meant - A
    assert A & other == other & A == A & meant
    assert A | other == other | A == A | meant
    assert A.then(other) == Then((A, meant), (30.0,))
    assert A.during(other) == During(A, meant)


@pytest.mark.parametrize(
    "weight", [0.5, Fraction(1, 2), np.float32(0.5), np.float64(0.5), np.array(0.5)[()]], ids=repr
)
def test_a_weight_is_any_real_number(weight):
    assert weight * A == A * weight == Sum(((0.5, A),))
    assert isinstance(weight * A, Sum)


@pytest.mark.parametrize(
    "weight",
    [
        *(math.nan, math.inf, -math.inf, 0, 0.0, -0.0, True, False, np.bool_(True), 1e-7, 1e7, 10**400, 1j),
        *("2", None, [1], Decimal(1), B),
    ],
    ids=lambda weight: repr(weight)[:20],
)
def test_no_other_weight_is_taken(weight):
    with pytest.raises(QueryError, match="weight"):
        A * weight
    with pytest.raises(QueryError, match="weight"):
        Sum(((1.0, B), (weight, A)))


def test_weights_that_grow_beyond_all_size_are_refused():
    with pytest.raises(QueryError, match="weight"):
        1e5 * (1e5 * A)
    with pytest.raises(QueryError, match="weight"):
        1e-5 * (1e-5 * A)
    with pytest.raises(QueryError, match="weight"):
        1e6 * A + 1e6 * A


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda: -A, 'only text("a") to be pushed away'),
        (lambda: -0.5 * A, 'text("a beach") - text("a")'),
        (lambda: -1 * (A + B), 'only text("a") and text("b")'),
        (lambda: A - A, "cancel"),
        (lambda: A + B - (B + A), "cancel"),
        (lambda: A - 2 * A, "only"),
        (lambda: ~A, "subtract"),
        (lambda: A & ~B, "subtract"),
        (lambda: A and B, "a & b for both"),
        (lambda: A or B, "a | b for either"),
        (lambda: not A, "true nor false"),
        (lambda: A * B, "a & b for both"),
        (lambda: A + 3, "a weight is multiplied"),
        (lambda: 3 - A, "a weight is multiplied"),
        (lambda: A & True, "nothing to search for"),
        (lambda: A & None, "NoneType is nothing to search for"),
        (lambda: A | ["b"], "list is nothing to search for"),
        (lambda: A & "", "empty"),
        (lambda: A + "  ", "empty"),
        (lambda: A.then(""), "empty"),
        (lambda: A.then(3), "nothing to search for"),
        (lambda: A.during({}), "nothing to search for"),
        (lambda: A & Path("none.png"), "does not exist"),
        (lambda: A & np.zeros(3), "picture"),
        (lambda: says(""), "empty"),
        (lambda: says("x", language=""), "code"),
        (lambda: says("x", language="en\n"), "code"),
        (lambda: says("x", language=3), "code"),
        (lambda: And(()), "two different"),
        (lambda: And((A, A)), "two different"),
        (lambda: Or((A,)), "two different"),
        (lambda: Sum(()), "nothing is left"),
        (lambda: Sum(((1, A),)), "that part itself"),
        (lambda: Then((A,), ()), "two steps"),
        (lambda: Then((A, B), ()), "two steps"),
        (lambda: Then((A, B), (1, 2)), "two steps"),
    ],
)
def test_nonsense_gets_one_clear_error(make, said):
    with pytest.raises(QueryError, match=re.escape(said)) as error:
        make()
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("bad", [0, -1, math.nan, math.inf, 10**400, True, None, "20", 1j, [1]], ids=repr)
def test_a_window_is_a_time_above_0(bad):
    with pytest.raises(QueryError, match="within_s="):
        A.then(B, within_s=bad)


def test_a_chain_keeps_its_windows_in_order():
    chain = A.then(B, within_s=1).then(C.then(D, within_s=3), within_s=2)
    assert chain.steps == (A, B, C, D)
    assert chain.within_s == (1, 2, 3)
    inner = A.then(B.then(C, within_s=2).then(D, within_s=3), within_s=1)
    assert inner == chain


def test_terms_are_given_in_order():
    expression = (A - B & says("c")).then(shot(ID)).during("e")
    assert list(expression.terms()) == [A, B, Says("c"), Shot(ID), Words("e")]
    assert list(A.terms()) == [A]


def test_expressions_do_not_change():
    for one in (A, A & B, A + B, A.then(B), A.during(B)):
        with pytest.raises(AttributeError):
            one.parts = ()
        assert copy.deepcopy(one) == pickle.loads(pickle.dumps(one)) == one


def test_nobody_can_ask_for_millions_of_terms_in_few_words():
    def doubled():
        one = A | B
        for number in range(60):
            one = (one & f"x{number}") | (one & f"y{number}")

    def deep():
        one = A
        for number in range(60):
            one = one.during(f"x{number}")

    with pytest.raises(QueryError, match="the query has 1,022 terms; at most 1,000"):
        doubled()
    with pytest.raises(QueryError, match="51 levels"):
        deep()


def test_a_thousand_terms_are_joined_in_no_time():
    many = Or.of(f"x{number}" for number in range(1000))
    assert len(many.parts) == 1000
    assert len(sum(text(f"x{number}") for number in range(200)).parts) == 200
    with pytest.raises(QueryError, match="1,001 terms"):
        many | "more"


def test_the_deepest_that_is_taken_can_be_printed_compared_and_hashed():
    deep = A
    for number in range(49):
        deep = (deep & f"x{number}") if number % 2 else (deep | f"x{number}")
    assert deep == copy.deepcopy(deep)
    assert str(deep).count("(") == 49
    assert hash(deep) == hash(copy.deepcopy(deep))


def test_putting_a_random_expression_together_again_changes_nothing(tmp_path):
    PilImage.new("RGB", (3, 2)).save(tmp_path / "a.png")
    rng = random.Random(11)
    kinds = set()
    for _ in range(300):
        one = drawn(rng, files=[tmp_path / "a.png"], pixels=True)
        kinds.add(type(one))
        if isinstance(one, Sum):
            assert Sum(one.parts).parts == one.parts
            assert all(not isinstance(part, Sum) for _, part in one.parts)
            shuffled = rng.sample(one.parts, len(one.parts))
            assert Sum(tuple(shuffled)) == one
        elif isinstance(one, And | Or):
            assert not any(isinstance(part, type(one)) for part in one.parts)
            assert type(one)(tuple(rng.sample(one.parts, len(one.parts)))) == one
        elif isinstance(one, Then):
            assert not any(isinstance(step, Then) for step in one.steps)
            assert Then(one.steps, one.within_s) == one
        assert one & one == one
        assert one + one == 2 * one
        assert A & one == one & A
    assert {Sum, And, Or, Then, During} <= kinds
