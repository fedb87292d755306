"""Captions that fit a shot although they were not drawn with it are known."""

from itertools import combinations

import numpy as np
import pytest

from vidsearch_sdk.learning.truths import Truths, words_of

TEXTS = ("a dog in the snow", "a dog", "snow", "a cat", "the dog and a cat", "the", "a dog in the forest")


def test_a_caption_is_true_where_a_shots_own_captions_hold_all_its_words():
    shot_of = np.array([0, 1, 2, 3, 4, 0])
    text_of = np.array([0, 1, 4, 5, 6, 2])
    truths = Truths(TEXTS, shot_of, text_of)
    fits = truths.fits(np.array([0, 1, 2, 3, 4]), np.array([0, 1, 4, 5, 6]))
    # Shots down, captions across: "a dog in the snow", "a dog", "the dog and a cat", "the", "... forest".
    assert fits.tolist() == [
        [True, True, False, False, False],
        [False, True, False, False, False],
        [False, True, True, False, False],
        [False, False, False, True, False],
        [False, True, False, False, True],
    ]
    # The second caption of shot 0, drawn with another row.
    assert truths.fits(np.array([0, 1]), np.array([2, 1])).tolist() == [[True, True], [False, True]]


def in_order(shorter, longer):
    return any(shorter == chosen for chosen in combinations(longer, len(shorter)))


def test_it_equals_the_words_of_every_pair_compared_one_by_one():
    random = np.random.default_rng(0)
    words = np.array(list("abcdefgh"))
    texts = tuple(dict.fromkeys(" ".join(random.choice(words, random.integers(1, 5))) for _ in range(60)))
    shot_of, text_of = random.integers(0, 20, 80), random.integers(0, len(texts), 80)
    truths = Truths(texts, shot_of, text_of)
    rows = random.integers(0, 80, 16)
    shots, drawn = shot_of[rows], text_of[rows]
    for i, shot in enumerate(shots):
        own = [texts[text] for text in text_of[shot_of == shot]]
        for j, text in enumerate(drawn):
            said = words_of(texts[text])
            expected = bool(said) and any(in_order(said, words_of(one)) for one in own)
            assert truths.fits(shots, drawn)[i, j] == (expected or texts[text] in own)


def test_words_are_those_that_say_something():
    assert words_of("The DOG's well-known bone, and a cat") == ("dog's", "well-known", "bone", "cat")


@pytest.mark.parametrize(
    ("said", "asked", "true"),
    [
        ("a vorplenk in the forest at night", "vorplenk", True),
        ("forest by night a vorplenk", "a vorplenk", True),
        ("a street with people", "a street", True),
        ("a street without people", "a street", True),
        ("a street without people at night", "street without people", True),
        ("day turns to night", "night turns to day", False),
        ("Ada follows Ben", "Ben follows Ada", False),
        ("Ada follows Ben in the snow", "Ben follows Ada", False),
        ("a street without people", "a street with people", False),
        ("a street without people", "people", False),
        ("the door isn't open", "the door is open", False),
        ("eine Straße ohne Leute", "eine Straße mit Leuten", False),
        ("eine Straße ohne Leute", "Leute", False),
    ],
)
def test_other_orders_and_denials_say_other_things(said, asked, true):
    truths = Truths((said, asked), np.array([0, 1]), np.array([0, 1]))
    assert truths.fits(np.array([0, 1]), np.array([0, 1]))[0].tolist() == [True, true]
