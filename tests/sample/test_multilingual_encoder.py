"""The shipped multilingual encoder sees what the sample encoder sees, and finds it in seven languages."""

import numpy as np
import pytest
import torch

from vidsearch_sdk.encoding.encoder import Encoder
from vidsearch_sdk.encoding.words import WORDS_NAME, read_words
from vidsearch_sdk.sample.assets import held_out_path, multilingual_encoder_path
from vidsearch_sdk.sample.held_out import read_held_out
from vidsearch_sdk.sample.languages.all_languages import CODES, OTHERS, caption_in, known_words_in
from vidsearch_sdk.sample.languages.lessons import unheard_strangers
from vidsearch_sdk.sample.measures import recall_at, separation
from vidsearch_sdk.sample.scenes import held_out_scenes
from vidsearch_sdk.sample.world import OBJECTS, SETTINGS


@pytest.fixture(scope="module", autouse=True)
def _one_thread():
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="module")
def shots():
    return read_held_out(held_out_path())


@pytest.fixture(scope="module")
def encoder():
    return Encoder("sample-multilingual", device="cpu", dtype="f32")


@pytest.fixture(scope="module")
def pictures(encoder, shots):
    return encoder.encode_images([shot.jpeg for shot in shots])


def _recall(encoder, pictures, code):
    captions = [caption_in(code, scene) for scene in held_out_scenes()]
    return recall_at(encoder.encode_texts(captions) @ pictures.T, 1)


def test_it_is_small():
    assert sum(file.stat().st_size for file in multilingual_encoder_path().iterdir()) <= 8_000_000


def test_it_sees_what_the_sample_encoder_sees(pictures, shots):
    sample = Encoder("sample", device="cpu", dtype="f32")
    assert np.array_equal(pictures, sample.encode_images([shot.jpeg for shot in shots]))


def test_english_is_as_good_as_the_sample_encoders(encoder, pictures):
    sample = Encoder("sample", device="cpu", dtype="f32")
    assert _recall(encoder, pictures, "en") >= _recall(sample, pictures, "en") - 0.02


@pytest.mark.parametrize("code", OTHERS)
def test_every_language_finds_nine_tenths_of_what_english_finds(encoder, pictures, code):
    assert _recall(encoder, pictures, code) >= 0.9 * _recall(encoder, pictures, "en")


@pytest.mark.parametrize("code", OTHERS)
def test_one_word_finds_its_setting_and_strange_words_stand_back(encoder, pictures, shots, code):
    language = OTHERS[code]
    places = encoder.encode_texts([language.settings[place.name][0] for place in SETTINGS]) @ pictures.T
    right = [shots[i].setting == place.name for i, place in zip(places.argmax(axis=1), SETTINGS, strict=True)]
    assert sum(right) >= 11
    seen = {name for shot in shots for name in shot.objects}
    names = [language.objects[thing.name][0].word for thing in OBJECTS if thing.name in seen]
    present = (encoder.encode_texts(names) @ pictures.T).max(axis=1)
    absent = (encoder.encode_texts(unheard_strangers(code)) @ pictures.T).max(axis=1)
    # Single signs and letters taken apart are the hardest: Japanese and Russian are below the others.
    assert separation(present, absent) > (0.7 if code in ("ja", "ru") else 0.85)


def test_capitals_and_missing_accents_do_no_harm(encoder):
    pairs = [
        ("Ein Hund am Strand", "ein hund am strand"),
        ("İnek", "inek"),
        ("OVEJA EN EL BOSQUE", "oveja en el bosque"),
        ("Loewe in der Wueste", "Löwe in der Wüste"),
        ("elephant", "éléphant"),
    ]
    first, second = (encoder.encode_texts([pair[side] for pair in pairs]) for side in (0, 1))
    assert ((first * second).sum(axis=1) > 0.8).all()


def test_its_words_are_those_of_all_languages():
    words = read_words(multilingual_encoder_path() / WORDS_NAME)
    assert set().union(*(known_words_in(code) for code in CODES)) == words
