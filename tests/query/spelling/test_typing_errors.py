"""Slips of the fingers are cheap, other differences dear."""

from __future__ import annotations

import random

import pytest

from tests.query.spelling.typed_words import KINDS, mistyped
from vidsearch_sdk.query.spelling.typing_errors import LIKELY, NEIGHBOR, TWICE, UNUSUAL, USUAL, slip_cost


@pytest.mark.parametrize(
    ("typed", "meant", "cost"),
    [
        ("dog", "dog", 0.0),
        ("dgo", "dog", USUAL),
        ("umbrela", "umbrella", USUAL),
        ("umbrellla", "umbrella", USUAL),
        ("umbrwlla", "umbrella", NEIGHBOR),
        ("elephent", "elephant", LIKELY),
        ("umbrerlla", "umbrella", LIKELY),
        ("girrafe", "giraffe", LIKELY),
        ("umbrxlla", "umbrella", UNUSUAL),
        ("umbrekka", "umbrella", TWICE),
        ("зонитк", "зонтик", USUAL),
        ("щонтик", "зонтик", NEIGHBOR + 0.3),
        ("mbrella", "umbrella", USUAL + 0.3),
        ("cat", "umbrella", float("inf")),
        ("", "ab", TWICE + 0.3),
    ],
)
def test_costs(typed: str, meant: str, cost: float) -> None:
    assert slip_cost(typed, meant) == pytest.approx(cost)


def test_more_errors_than_asked_for_are_none() -> None:
    assert slip_cost("umbrekka", "umbrella", most=1) == float("inf")


@pytest.mark.parametrize("kind", KINDS)
def test_every_slip_of_a_kind_is_cheap(kind: str) -> None:
    rng = random.Random(4)
    for word in ("penguin", "volcano", "skateboard", "butterfly", "night"):
        for _ in range(100):
            assert slip_cost(mistyped(word, kind, rng), word) <= NEIGHBOR + 0.3
