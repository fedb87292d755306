"""Typing errors are single, repeatable and of the four sorts."""

import pytest

from vidsearch_sdk.sample.queries import sample_queries
from vidsearch_sdk.sample.query_words import content_stems, holds_phrase, misspelled, neighbors, stem


def sort_of(right, wrong):
    """Which slip makes the one of the other; None when none of the four does."""
    for place in range(len(right)):
        before, letter, after = right[:place], right[place], right[place + 1 :]
        if wrong == before + after:
            return "drop"
        if wrong == before + 2 * letter + after:
            return "double"
        if after and wrong == before + after[0] + letter + after[1:]:
            return "swap"
        if len(wrong) == len(right) and wrong == before + wrong[place] + after:
            return "neighbor" if wrong[place] in neighbors(letter.lower()) else None
    return None


def test_each_search_gets_exactly_one_error_and_all_sorts_occur():
    words = [query.words for query in sample_queries()]
    sorts = [sort_of(right, misspelled(right)) for right in words if right.isascii()]
    assert set(sorts) == {"swap", "drop", "double", "neighbor"}
    assert all(sorts.count(sort) > 20 for sort in set(sorts))


def test_the_error_is_the_same_each_time_and_another_with_another_seed():
    assert misspelled("a dog in a meadow") == misspelled("a dog in a meadow")
    assert len({misspelled("a dog in a meadow", seed=seed) for seed in range(20)}) > 10


def test_short_words_are_left_alone():
    assert all(misspelled("a ox at it cat", seed=seed).startswith("a ox at it ") for seed in range(30))
    with pytest.raises(ValueError, match="no word of three letters"):
        misspelled("a b 12")


def test_keys_beside_each_other():
    for letter in "qwertyuiopasdfghjklzxcvbnm":
        assert neighbors(letter)
        assert all(letter in neighbors(other) for other in neighbors(letter))
    assert neighbors("") == neighbors("é") == neighbors("1") == ""


def test_words_are_compared_without_plural_accents_and_marks():
    assert stem("DOORS") == stem("door")
    assert stem("glass") == "glass"
    assert content_stems("Where are the keys?") == ("key",)
    assert holds_phrase("¿Dónde está su cerradura?", "donde esta su")
    assert not holds_phrase("the stage manager", "stage the")
    assert not holds_phrase("anything", "")
