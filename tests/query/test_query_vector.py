import numpy as np
import pytest

from tests.index.worlds import DIM, StubEncoder, random_rows
from vidsearch_sdk.errors import EncoderError, QueryError
from vidsearch_sdk.query.algebra.terms import image, shot, text
from vidsearch_sdk.query.query_vector import query_vector


def of(term, encoder, vector=None):
    return query_vector(term, encoder, shot_vector=lambda shot_id: vector)


def test_words_and_pictures_are_told_apart():
    encoder = StubEncoder()
    words = of(text("a dog"), encoder)
    assert (words.kind, words.notes) == ("text", ())
    assert np.allclose(words.vector, encoder.encode_texts(["a dog"])[0])
    picture = np.zeros((4, 4, 3), np.uint8)
    assert of(image(picture), encoder).kind == "picture"
    assert np.allclose(of(image(picture), encoder).vector, encoder.encode_images([picture])[0])


def test_a_shot_brings_its_own_vector():
    stored = 3 * random_rows(1)[0]
    found = of(shot("0123456789abcdef-1"), StubEncoder(), stored)
    assert found.kind == "picture"
    assert np.allclose(found.vector, stored / 3, atol=1e-6)


def test_what_the_encoder_says_of_the_words_is_passed_on():
    encoder = StubEncoder()
    encoder.text_notices = lambda texts: (f"{texts[0]} was cut",)
    assert of(text("a dog"), encoder).notes == ("a dog was cut",)


@pytest.mark.parametrize("rows", [np.zeros((1, DIM)), np.full((1, DIM), np.nan)])
def test_a_vector_without_direction_is_refused(rows):
    encoder = StubEncoder()
    encoder.encode_texts = lambda texts: rows
    with pytest.raises(QueryError, match="direction"):
        of(text("a dog"), encoder)


@pytest.mark.parametrize("rows", [np.ones(DIM), np.ones((2, DIM)), np.ones((1, DIM + 1)), np.ones((0, DIM))])
def test_another_shape_is_the_encoders_fault(rows):
    encoder = StubEncoder()
    encoder.encode_texts = encoder.encode_images = lambda given: rows
    with pytest.raises(EncoderError, match="stub gave"):
        of(text("a dog"), encoder)
    with pytest.raises(EncoderError, match="stub gave"):
        of(image(np.zeros((4, 4, 3), np.uint8)), encoder)
