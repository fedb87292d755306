"""Which words are known: the catalog's, the encoder's, and everybody's."""

from __future__ import annotations

import pytest

from vidsearch_sdk.query.spelling.vocabulary import LEARNED, Vocabulary, count_words

TEXTS = [
    "The Demogorgon ran.",
    "the demogorgon's lair, the Café",
    None,
    "",
    "Hopper! Hopper?",
    "NASA Łódź Vecna",
]


@pytest.fixture(scope="module")
def words() -> Vocabulary:
    return Vocabulary.of_texts(TEXTS, learned=["penguin", "Zebra"])


@pytest.mark.parametrize("word", ["Demogorgon", "HOPPER", "nasa", "café", "zebra", "house"])
def test_known_words(words: Vocabulary, word: str) -> None:
    assert words.knows(word)


def test_an_accent_that_is_missing_is_a_misspelling(words: Vocabulary) -> None:
    assert not words.knows("lodz")
    assert words.spelling_of("lodz") == "Łódź"
    assert words.knows("cafe")  # as ordinary as with its accent
    assert words.spelling_of("house") is None


@pytest.mark.parametrize(
    ("word", "built"),
    [
        ("lighthouses", True),
        ("treehouses", True),
        ("carnivals", True),
        ("unlocking", True),
        ("houss", False),
        ("runningg", False),
        ("penguinn", False),
    ],
)
def test_forms_and_compounds_of_known_words(words: Vocabulary, word: str, built: bool) -> None:
    assert words.is_built(word) == built


def test_a_name_is_what_is_never_in_lower_case(words: Vocabulary) -> None:
    (vecna,) = (one for one in words.candidates("vcna", most=1) if one.own)
    assert vecna.name
    assert vecna.word == "Vecna"
    # An English word that only begins lines is none.
    found = {one.folded: one for one in words.candidates("hoper", most=1) if one.own}
    assert not found["hopper"].name
    assert found["hopper"].word == "hopper"
    (ran,) = (one for one in words.candidates("demogorgn", most=1) if one.own)
    assert not ran.name
    assert ran.word == "demogorgon"


def test_the_encoders_words_weigh_more_than_a_few_uses(words: Vocabulary) -> None:
    (penguin,) = words.candidates("pengin", most=1)
    assert penguin.learned
    assert penguin.weight > LEARNED
    (hopper,) = (one for one in words.candidates("hoppre", most=1) if one.own)
    assert hopper.weight < penguin.weight


def test_two_errors_are_looked_for_among_own_words_only(words: Vocabulary) -> None:
    assert "demogorgon" in [one.folded for one in words.candidates("demgorgn", most=2)]
    assert all(one.own for one in words.candidates("lighthuoss", most=2))
    assert words.candidates("lighthuose", most=1)[0].word == "lighthouse"


def test_completions_are_sorted_and_own(words: Vocabulary) -> None:
    assert [one.folded for one in words.completions("demo")] == ["demogorgon"]
    assert list(words.completions("lighth")) == []


def test_many_texts_are_counted_in_parts() -> None:
    words = Vocabulary.of_texts(("zorblax walks" for _ in range(45_000)), ordinary=())
    (found,) = words.candidates("zorbla", most=1)
    assert found.weight > 1000
    assert len(words) == 2


def test_words_are_counted_as_they_are_spelled() -> None:
    texts = ["Dog dog, DOG's 2nd 犬", None, "", "l'homme re\u0301sume\u0301"]
    assert count_words(texts) == {
        "Dog": 1, "dog": 1, "DOG": 1, "s": 1, "nd": 1, "犬": 1, "l": 1, "homme": 1, "résumé": 1,
    }  # fmt: skip


def test_an_empty_catalog_has_no_words_of_its_own() -> None:
    words = Vocabulary.of_texts([])
    assert len(words) == 0
    assert words.candidates("zzzzzz", most=2) == []
    assert list(words.completions("z")) == []
    assert words.knows("house")
