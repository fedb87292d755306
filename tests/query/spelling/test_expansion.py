"""A query is said in the team's other words, whole words only and never in more than eight ways."""

from __future__ import annotations

import time

import pytest

from vidsearch_sdk.catalog import Catalog
from vidsearch_sdk.query.spelling.expansion import MOST_VARIANTS, Expansion, expand

TABLE = {
    "cop": ("police officer", "policeman"),
    "police car": ("patrol car",),
    "sci-fi": ("science fiction",),
    "OB van": ("outside broadcast truck",),
    "car": ("automobile",),
    "café": ("coffee shop",),
    "警察": ("お巡りさん",),
}


@pytest.mark.parametrize(
    ("words", "others"),
    [
        ("a cop runs", ["a police officer runs", "a policeman runs"]),
        ("A COP!", ["A police officer!", "A policeman!"]),
        ("cop", ["police officer", "policeman"]),
        ("cop-like", ["police officer-like", "policeman-like"]),
        ("a police car at night", ["a patrol car at night"]),
        ("a police  car", ["a patrol car"]),
        ("a Police-Car", ["a patrol car"]),
        ("sci fi", ["science fiction"]),
        ("the ob VAN arrives", ["the outside broadcast truck arrives"]),
        ("Cafe\u0301 at night", ["coffee shop at night"]),
        ("警察が走る", ["お巡りさんが走る"]),
        ("cop's hat", []),
        ("copper", []),
        ("robocop", []),
        ("cop2", []),
        ('"cop"', []),
        ("a “police car” here", []),
        ("a dog", []),
        ("", []),
        ("*", []),
    ],
)
def test_whole_words_and_phrases_are_replaced(words: str, others: list[str]) -> None:
    assert list(expand(words, TABLE).variants) == [words, *others]


def test_what_was_used_is_told() -> None:
    found = expand("a cop in a car", TABLE)
    assert found.used == (("cop", ("police officer", "policeman")), ("car", ("automobile",)))
    assert found.variants[0] == "a cop in a car"
    assert set(found.variants[1:4]) == {
        "a police officer in a car",
        "a policeman in a car",
        "a cop in a automobile",
    }
    assert len(found.variants) == 6


def test_many_terms_and_synonyms_give_eight_ways_in_which_every_term_has_its_turn() -> None:
    table = {letter: tuple(f"{letter}{number}" for number in range(50)) for letter in "abcdefg"}
    found = expand("a b c d e f g", table)
    assert len(found.variants) == len(set(found.variants)) == MOST_VARIANTS
    assert [term for term, _ in found.used] == list("abcdefg")
    assert expand("a", {"a": tuple(str(n) for n in range(50))}).used == (
        ("a", tuple(str(n) for n in range(MOST_VARIANTS - 1))),
    )


def test_a_synonym_that_changes_nothing_is_not_told() -> None:
    assert expand("cop", {"cop": ("cop",)}) == Expansion(("cop",))
    assert expand("cop", {"cop": ()}) == Expansion(("cop",))
    assert expand("cop", {}) == Expansion(("cop",))


def test_the_synonyms_of_a_catalog_fit(tmp_path) -> None:
    synonyms = Catalog(tmp_path).synonyms
    synonyms.add("Cop", "police officer")
    assert expand("a cop", synonyms.read()).variants == ("a cop", "a police officer")


@pytest.mark.parametrize(
    "words", ["a" * 10_000, "cop " * 2_500, "(cop) [a-z]+ \\d .* \0 \ud800", "\u0301cop"]
)
def test_hostile_text_is_quick_and_does_no_harm(words: str) -> None:
    started = time.perf_counter()
    assert 1 <= len(expand(words, {**TABLE, ".*": ("x",), "(a": ("y",)}).variants) <= MOST_VARIANTS
    assert time.perf_counter() - started < 0.5


def test_thousands_of_terms_take_a_few_milliseconds() -> None:
    table = {f"term {number} x": ("a", "b") for number in range(2000)} | TABLE
    taken = []
    for _ in range(20):
        started = time.perf_counter()
        expand("a cop on the beach with a police car at night", table)
        taken.append(time.perf_counter() - started)
    assert sorted(taken)[10] < 5e-3
