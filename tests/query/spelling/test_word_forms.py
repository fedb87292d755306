"""Which parts of a query are words that can be misspelled."""

from __future__ import annotations

import pytest

from vidsearch_sdk.query.spelling.word_forms import fold, quoted_spans, typed_words


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("a dog, a cat", ["a", "dog", "a", "cat"]),
        ("close-up", ["close", "up"]),
        ("don't o'clock l'homme cop’s DOG'S", ["cop", "DOG"]),
        ("dogs' and 'quoted' words", ["dogs", "and", "words"]),
        ('say "not this" now', ["say", "now"]),
        ("„nicht das“ «ni ça» „or this” yes", ["yes"]),
        ('an open " quote', ["an", "open", "quote"]),
        ("re\u0301sume\u0301", ["re\u0301sume\u0301"]),
        ("R2D2 1080p s01e02 3rd", []),
        ("me@home.org film.mkv a/b #tag kang* $5", []),
        ("犬が走る ภาษาไทย 한국어 עברית हिन्दी", []),
        ("собака και σκύλος", ["собака", "και", "σκύλος"]),
        ("", []),
    ],
)
def test_words(text: str, words: list[str]) -> None:
    assert [word.text for word in typed_words(text)] == words
    for word in typed_words(text):
        assert text[word.start : word.end] == word.text


def test_capitals() -> None:
    lower, title, caps, mixed = typed_words("dog Dog DOG iDog")
    assert [word.is_capital for word in (lower, title, caps, mixed)] == [False, True, True, False]
    assert [word.is_plain for word in (lower, title, caps, mixed)] == [True, True, False, False]


@pytest.mark.parametrize(
    ("word", "folded"),
    [("Ångström", "angstrom"), ("Œuvre", "oeuvre"), ("İstanbul", "istanbul"), ("Ёлка", "елка")],
)
def test_folding(word: str, folded: str) -> None:
    assert fold(word) == folded


def test_quotes() -> None:
    assert quoted_spans('a "b" c') == [(2, 5)]
