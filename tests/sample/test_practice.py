"""Practice batches: the same each time, nothing of the test in them. Drawing them needs the font."""

import numpy as np
import pytest
import torch

from vidsearch_sdk.encoding.untrained import new_tokenizer, vocabulary_words
from vidsearch_sdk.sample.captions import known_words
from vidsearch_sdk.sample.practice import Backdrops, Practice, is_unheard, practice_words
from vidsearch_sdk.sample.sprites import FONT_PATHS, Sprites
from vidsearch_sdk.sample.train import MODEL_CONFIG

needs_font = pytest.mark.skipif(
    not any(path.is_file() for path in FONT_PATHS), reason="the Noto Color Emoji font is not installed"
)


@pytest.fixture(scope="module")
def words():
    return practice_words(vocabulary_words())


def _practice(words, cache, **changes):
    sprites = Sprites()
    options = {
        "backdrops": Backdrops([0], sprites=sprites, cache=cache),
        "sprites": sprites,
        "tokenize": new_tokenizer(MODEL_CONFIG),
        "words": words,
        "batch_size": 64,
        "image_size": 32,
        "mean": (0.5, 0.5, 0.5),
        "std": (0.25, 0.25, 0.25),
        **changes,
    }
    return Practice(**options)


def test_one_word_in_ten_is_kept_from_training(words):
    assert len(words) > 20_000
    assert not any(is_unheard(word) for word in words)
    assert not known_words() & set(words)
    share = np.mean([is_unheard(word) for word in vocabulary_words()])
    assert 0.08 < share < 0.12


@needs_font
def test_batches_repeat_themselves_in_any_order(words, practice_cache):
    first, again = _practice(words, practice_cache), _practice(words, practice_cache)
    again.batch(5)
    a, b = first.batch(2), again.batch(2)
    assert torch.equal(a.pictures, b.pictures)
    assert torch.equal(a.texts, b.texts)
    assert torch.equal(a.other_texts, b.other_texts)
    assert torch.equal(a.ignore, b.ignore)
    assert not torch.equal(a.pictures, first.batch(3).pictures)
    assert not torch.equal(a.pictures, _practice(words, practice_cache, seed=1).batch(2).pictures)


@needs_font
@pytest.mark.parametrize("number", [0, 1000])
def test_a_batch_is_ready_for_the_model(words, practice_cache, number):
    batch = _practice(words, practice_cache).batch(number)
    assert batch.pictures.shape == (64, 3, 32, 32)
    assert batch.pictures.dtype == torch.float32
    assert -2.5 < batch.pictures.min() < -1 < 1 < batch.pictures.max() < 2.5
    assert batch.texts.shape == (64, 28)
    assert batch.other_texts.shape == (48, 28)
    assert batch.ignore.shape == (64, 112)
    assert batch.ignore[:, :64].diagonal().all(), "every caption is true of its own picture"
    assert not batch.ignore[:, 96:].any(), "a caption of strange words is true of none"


@needs_font
def test_every_sheet_is_shown_before_one_is_shown_again(words, practice_cache):
    practice = _practice(words, practice_cache, batch_size=128)
    shown = [sheet for number in range(640) for sheet in practice._sheets_of(number)]
    assert len(shown) == len(set(shown)) == 1280
    assert shown[:2] != practice._sheets_of(640)


@needs_font
def test_an_odd_batch_size_is_refused(words, practice_cache):
    with pytest.raises(ValueError, match="multiple of 64, not 100"):
        _practice(words, practice_cache, batch_size=100)
