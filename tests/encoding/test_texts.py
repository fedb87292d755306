from __future__ import annotations

import logging

import numpy as np
import pytest
from numpy.typing import NDArray

from vidsearch_sdk.encoding.texts import TextVectors
from vidsearch_sdk.encoding.tokenizing import Tokenizer
from vidsearch_sdk.errors import EncoderError


class Counted:
    """A text tower whose vector is the histogram of the tokens."""

    def __init__(self) -> None:
        self.rows = 0

    def __call__(self, tokens: NDArray[np.int64]) -> NDArray[np.float32]:
        self.rows += len(tokens)
        found = np.zeros((len(tokens), 64), np.float32)
        np.add.at(found, (np.arange(len(tokens))[:, None], tokens % 64), 1)
        return found / np.linalg.norm(found, axis=1, keepdims=True)


def texts_of(tower: Counted, *, templates: tuple[str, ...] = ("{}",), remembered: int = 4096) -> TextVectors:
    return TextVectors(
        Tokenizer({"context_length": 12}), tower, templates=templates, dim=64, remembered=remembered
    )


def test_each_text_is_encoded_once_whatever_the_order() -> None:
    tower = Counted()
    texts = texts_of(tower)
    first = texts(["a dog", "a cat", "a dog"])
    assert tower.rows == 2
    assert np.array_equal(first[0], first[2])
    again = texts(["a cat", "a bird"])
    assert tower.rows == 3
    assert np.array_equal(again[0], first[1])
    again[:] = 0  # what is handed out is the caller's own
    assert np.array_equal(texts(["a cat"])[0], first[1])
    assert texts([]).shape == (0, 64)


def test_the_least_recently_used_is_forgotten() -> None:
    tower = Counted()
    texts = texts_of(tower, remembered=2)
    texts(["one", "two"])
    texts(["one"])
    texts(["three"])
    assert tower.rows == 3
    texts(["one"])
    assert tower.rows == 3
    texts(["two"])
    assert tower.rows == 4


def test_more_texts_than_are_remembered_or_fit_a_batch() -> None:
    tower = Counted()
    many = [f"shot {number}" for number in range(200)]
    found = texts_of(tower, remembered=10)(many)
    alone = texts_of(Counted())
    assert np.array_equal(found[[0, 99, 199]], np.concatenate([alone([many[n]]) for n in (0, 99, 199)]))


def test_templates_are_averaged() -> None:
    plain = texts_of(Counted())(["a photo of a dog", "a drawing of a dog"]).mean(axis=0)
    both = texts_of(Counted(), templates=("a photo of {}", "a drawing of {}"))(["a dog"])[0]
    np.testing.assert_allclose(both, plain / np.linalg.norm(plain), atol=1e-6)
    braces = texts_of(Counted())(["{} and {0}"])
    assert braces.shape == (1, 64)


@pytest.mark.parametrize("templates", [(), ("no place",), ("{} {}",), "{}"])
def test_templates_that_cannot_be_filled(templates: tuple[str, ...]) -> None:
    with pytest.raises(EncoderError, match=r"each with one \{\}"):
        texts_of(Counted(), templates=templates)


@pytest.mark.parametrize(("given", "said"), [("a dog", "not one text"), ([1], "a text is a str, not int")])
def test_what_is_no_sequence_of_texts(given: object, said: str) -> None:
    with pytest.raises(EncoderError, match=said):
        texts_of(Counted())(given)  # type: ignore[arg-type]


def test_a_text_that_is_cut_is_told_of(caplog: pytest.LogCaptureFixture) -> None:
    texts = texts_of(Counted())
    short = "one two three four five six seven eight nine ten"  # ten tokens and the two marks: all are read
    assert texts.notices([short]) == ()
    long = f"{short} lighthouse"
    (notice,) = texts.notices([short, long])
    assert "reads 12 tokens" in notice
    assert "up to ...'three four five six seven eight nine ten'" in notice
    with caplog.at_level(logging.WARNING, "vidsearch_sdk"):
        cut, whole = texts([long, short])
    assert [record.getMessage() for record in caplog.records] == [notice]
    assert np.array_equal(cut, whole)
    # A template takes room too.
    assert texts_of(Counted(), templates=("a photo of {}",)).notices([short])
