"""Words of one text in another, in order."""

from __future__ import annotations

import itertools
import random

import numpy as np
import pytest

from vidsearch_sdk.learning.word_chain import IN_A_ROW, word_chain, word_weights


def heaviest(a: str, b: str, weights: dict[str, float]) -> float:
    """The weight of the best chain, by trying all."""
    cells = [(i, j) for i, j in itertools.product(range(len(a)), range(len(b))) if a[i] == b[j]]
    best: dict[tuple[int, int], float] = {}
    for i, j in cells:
        before = [
            weight + IN_A_ROW * weights[a[i]] * ((k, m) == (i - 1, j - 1))
            for (k, m), weight in best.items()
            if k < i and m < j
        ]
        best[i, j] = weights[a[i]] + max(before, default=0.0)
    return max(best.values(), default=0.0)


def weight_of(chain: np.ndarray, a: str, weights: dict[str, float]) -> float:
    total = 0.0
    for place, (i, j) in enumerate(chain.tolist()):
        in_a_row = place and chain[place - 1].tolist() == [i - 1, j - 1]
        total += weights[a[i]] * (1 + IN_A_ROW * bool(in_a_row))
    return total


def test_no_chain_is_heavier():
    random.seed(7)
    for _ in range(200):
        a, b = ("".join(random.choices("abcde", k=random.randint(0, 14))) for _ in range(2))
        weights = {letter: random.choice([0.25, 0.5, 1.0]) for letter in set(b)}
        chain = word_chain(a, b, weights)
        assert all(a[i] == b[j] for i, j in chain.tolist())
        assert (np.diff(chain, axis=0) > 0).all()
        assert weight_of(chain, a, weights) == pytest.approx(heaviest(a, b, weights), abs=1e-5)


def test_words_in_a_row_are_taken_before_words_here_and_there():
    said = ["is", "it", "here", "or", "is", "it", "there", "yet", "is", "it", "you"]
    assert word_chain(["is", "it", "you"], said, word_weights(said)).tolist() == [[0, 8], [1, 9], [2, 10]]


def test_what_is_everywhere_tells_little():
    weights = word_weights(["the"] * 99 + ["lighthouse"])
    assert weights["lighthouse"] == 1.0
    assert 0 < weights["the"] < 0.01


def test_nothing_is_in_nothing():
    for a, b in ((["a"], []), ([], ["a"]), ([], []), (["a"], ["b"])):
        assert word_chain(a, b, word_weights(b)).shape == (0, 2)
