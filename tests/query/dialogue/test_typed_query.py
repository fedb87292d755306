from __future__ import annotations

import time

import pytest

from vidsearch_sdk.query.dialogue.typed_query import MOST_WORDS, Phrase, taken_apart


def words(query: str) -> list[str]:
    return [word.term or word.roots[0] for word in taken_apart(query, languages=["en"]).words]


def phrases(query: str) -> list[tuple[str, ...]]:
    return [phrase.terms for phrase in taken_apart(query, languages=["en"]).phrases]


@pytest.mark.parametrize(
    "query",
    ['"big boat"', "“big boat”", "„big boat“", "«big boat»", "»big boat«", "「big boat」", '"Big, BOAT!"'],
)
def test_quotation_marks_make_a_phrase(query):
    assert phrases(query) == [("big", "boat")]
    assert words(query) == ["big", "boat"]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ('"big boat', ["big", "boat"]),
        ('big boat"', ["big", "boat"]),
        ('big " boat', ["big", "boat"]),
        ("”big boat“", ["big", "boat"]),
        ('""', []),
        ('" "', []),
        ('"?!"', []),
        ("«big", ["big"]),
        ("5'11\"", ["511"]),
        ('צה"ל בא"', ["צה", "ל", "בא"]),
    ],
)
def test_a_mark_without_a_partner_is_none(query, expected):
    if expected:
        assert phrases(query) == []
    assert words(query) == expected


def test_words_typed_in_a_row_are_one_phrase_too_but_need_not_be():
    asked = taken_apart("bigger boat", languages=["en"])
    assert asked.whole == Phrase(("bigger", "boat"))
    assert asked.phrases == ()
    assert taken_apart("boat", languages=["en"]).whole is None


def test_a_star_makes_a_beginning():
    asked = taken_apart('sail* "big bo*" star * x', languages=["en"])
    assert [(word.term, word.prefix) for word in asked.words] == [
        ("sail", True),
        ("big", False),
        ("bo", True),
        ("star", False),
        ("x", False),
    ]
    assert asked.phrases == (Phrase(("big", "bo"), prefix=True),)


def test_a_quoted_word_means_its_very_form():
    quoted, plain = (taken_apart(query, languages=["en"]).words[0] for query in ('"running"', "running"))
    assert quoted.roots == ()
    assert "en/run" in plain.roots


def test_the_same_word_counts_once():
    assert words("the THE thé the") == ["the"]


def test_operators_of_other_engines_mean_themselves():
    assert words("AND OR NOT -dog +cat title:x (a) ^2 ~3 [b TO c] {d} \\ /re/") == (
        ["and", "or", "not", "dog", "cat", "title", "x", "a", "2", "3", "b", "to", "c", "d", "re"]
    )


@pytest.mark.parametrize(
    "query",
    ['"' * 9_999, "“" * 9_999, '"a ' * 5_000, "«a" * 9_999, "a* " * 9_999, "船" * 99_999, "é" * 999_999],
)
def test_long_queries_are_cut_and_quick(query):
    start = time.process_time()
    asked = taken_apart(query, languages=["en", "de", "fr"])
    assert time.process_time() - start < 1.0
    assert len(asked.words) <= MOST_WORDS
    assert len(asked.phrases) <= MOST_WORDS
