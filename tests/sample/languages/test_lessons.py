"""Lessons repeat themselves, keep held-out pairs back, and mark what has no teacher."""

import numpy as np
import pytest
import torch

from vidsearch_sdk.sample.languages.all_languages import CODES, OTHERS
from vidsearch_sdk.sample.languages.lessons import Lessons, practised_strangers, unheard_strangers
from vidsearch_sdk.sample.scenes import practice_scenes

DIM = 4


class Reader:
    """Remembers the captions it was given."""

    def __init__(self):
        self.captions = []

    def tokenize(self, captions):
        self.captions.append(list(captions))
        return torch.arange(len(captions))[:, None]

    def teach(self, captions):
        rows = torch.zeros(len(captions), DIM)
        rows[:, 0] = 1
        return rows


def _lessons(reader, **changed):
    rng = np.random.default_rng(0)
    vectors = rng.normal(size=(256, DIM)).astype(np.float32)
    given = {
        "scenes": practice_scenes(256, rng),
        "pictures": vectors / np.linalg.norm(vectors, axis=1, keepdims=True),
        "tokenize": reader.tokenize,
        "teacher": reader.teach,
        "words": ("chess", "tax"),
        "sheets": 2,
    }
    return Lessons(**given | changed)


def test_a_batch_repeats_itself_and_another_differs():
    one, two = Reader(), Reader()
    a, b = _lessons(one).batch(5), _lessons(two).batch(5)
    assert one.captions == two.captions
    assert torch.equal(a.pictures, b.pictures)
    assert torch.equal(a.ignore, b.ignore)
    _lessons(two).batch(6)
    assert one.captions[0] != two.captions[1]
    source = _lessons(Reader()).batches(5)
    assert torch.equal(next(source).pictures, a.pictures)


def test_shapes_and_what_fits():
    batch = _lessons(Reader()).batch(0)
    n = 128
    assert batch.pictures.shape == (n, DIM)
    assert (len(batch.texts), len(batch.other_texts)) == (n, n // 2 + n // 4)
    assert batch.ignore.shape == (n, n + n // 2 + n // 4) == (n, len(batch.targets))
    # Every caption fits its own picture; strange ones fit none.
    assert batch.ignore.diagonal().all()
    assert not batch.ignore[:, n + n // 2 :].any()
    # Captions of the world always have a teacher; strange ones in English only.
    taught = (batch.targets != 0).any(dim=1)
    assert taught[: n + n // 2].all()
    assert 0 < taught[n + n // 2 :].sum() < n // 4


def test_every_language_is_taught():
    reader = Reader()
    lessons = _lessons(reader)
    for number in range(4):
        lessons.batch(number)
    said = " ".join(caption for captions in reader.captions for caption in captions)
    for fragment in (" im ", " sur ", " en ", " в ", "の", " bir ", " the "):
        assert fragment in said


def test_the_second_half_has_more_that_is_strange():
    first, second = Reader(), Reader()
    plain, more = _lessons(first).batch(0), _lessons(second, second=True).batch(0)
    assert len(plain.other_texts) == 64 + 32
    assert len(more.other_texts) == 64 + 64

    def japanese(captions):
        return sum(any("\u3040" <= sign <= "\u9fff" for sign in caption) for caption in captions)

    assert japanese(second.captions[0]) > 1.5 * japanese(first.captions[0])
    assert set(practised_strangers("ru")) < set(practised_strangers("ru", more=True))


def test_strange_words_for_testing_are_kept_back():
    reader = Reader()
    lessons = _lessons(reader, second=True)
    for number in range(6):
        lessons.batch(number)
    words = {word for captions in reader.captions for caption in captions for word in caption.split()}
    for code in OTHERS:
        kept, practised = unheard_strangers(code), practised_strangers(code, more=True)
        assert len(kept) >= 2
        assert not set(kept) & set(practised)
        assert not {word for word in kept if " " not in word} & words


def test_uneven_sheets_are_refused():
    with pytest.raises(ValueError, match="multiple of 64"):
        _lessons(Reader(), pictures=np.zeros((100, DIM), np.float32))


def test_seven_languages():
    assert CODES == ("en", "de", "fr", "es", "ru", "ja", "tr")
