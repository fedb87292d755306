"""The shipped encoder finds shots that its training never showed."""

import io

import numpy as np
import open_clip
import pytest
import torch
from PIL import Image

from vidsearch_sdk.encoding.encoder import Encoder
from vidsearch_sdk.sample.assets import encoder_path, held_out_path, truth
from vidsearch_sdk.sample.captions import caption_of
from vidsearch_sdk.sample.held_out import draw_held_out, read_held_out
from vidsearch_sdk.sample.measures import recall_at, separation
from vidsearch_sdk.sample.scenes import held_out_scenes
from vidsearch_sdk.sample.sprites import FONT_PATHS, Sprites
from vidsearch_sdk.sample.world import OBJECTS, SETTINGS, is_held_out


@pytest.fixture(scope="module", autouse=True)
def _one_thread():
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="module")
def shots():
    return read_held_out(held_out_path())


@pytest.fixture(scope="module", params=["f32", "bf16"])
def encoder(request):
    return Encoder("sample", device="cpu", dtype=request.param)


@pytest.fixture(scope="module")
def pictures(encoder, shots):
    return encoder.encode_images([shot.jpeg for shot in shots])


def test_it_is_small():
    assert sum(file.stat().st_size for file in encoder_path().iterdir()) <= 8_000_000


def test_the_test_is_fair(shots):
    assert len(shots) == 300
    assert len({shot.caption for shot in shots}) == 300
    assert all(is_held_out(name, shot.setting) for shot in shots for name in shot.objects)
    assert {shot.setting for shot in shots} == {place.name for place in SETTINGS}
    assert len({name for shot in shots for name in shot.objects}) >= 80


def test_full_captions_find_their_shot(encoder, pictures, shots):
    scores = encoder.encode_texts([shot.caption for shot in shots]) @ pictures.T
    assert recall_at(scores, 1) >= 0.80
    assert recall_at(scores, 5) >= 0.95


def test_one_word_finds_its_setting(encoder, pictures, shots):
    names = [place.name for place in SETTINGS]
    best = (encoder.encode_texts(names) @ pictures.T).argmax(axis=1)
    assert [shots[i].setting for i in best] == names


def test_what_is_there_outscores_what_is_not(encoder, pictures, shots):
    seen = [thing.name for thing in OBJECTS if any(thing.name in shot.objects for shot in shots)]
    strange = [
        "wedding", "lawyer", "economy", "surgery", "chess", "tax form", "submarine", "courtroom", "explosion",
        "handshake", "typewriter", "volleyball", "rain", "haircut",
    ]  # fmt: skip
    present = (encoder.encode_texts(seen) @ pictures.T).max(axis=1)
    absent = (encoder.encode_texts(strange) @ pictures.T).max(axis=1)
    assert separation(present, absent) > 0.85


def test_plain_open_clip_loads_it_and_agrees(shots):
    model, preprocess = open_clip.create_model_from_pretrained(f"local-dir:{encoder_path()}")
    tokenizer = open_clip.get_tokenizer(f"local-dir:{encoder_path()}")
    some = shots[:8]
    with torch.inference_mode():
        images = model.eval().encode_image(
            torch.stack([preprocess(Image.open(io.BytesIO(shot.jpeg))) for shot in some]), normalize=True
        )
        texts = model.encode_text(tokenizer([shot.caption for shot in some]), normalize=True)
    ours = Encoder("sample", device="cpu", dtype="f32")
    assert np.abs(ours.encode_images([shot.jpeg for shot in some]) - images.numpy()).max() < 0.02
    assert np.abs(ours.encode_texts([shot.caption for shot in some]) - texts.numpy()).max() < 1e-3


@pytest.mark.skipif(
    not any(path.is_file() for path in FONT_PATHS), reason="the Noto Color Emoji font is not installed"
)
def test_the_shipped_pictures_are_those_that_the_drawer_draws(shots):
    scenes = held_out_scenes()
    assert [caption_of(scene) for scene in scenes] == [shot.caption for shot in shots]
    sprites = Sprites()
    for number in (0, 150, 299):
        stored = Image.open(io.BytesIO(shots[number].jpeg))
        drawn = draw_held_out(scenes[number], sprites=sprites).resize(stored.size)
        assert np.abs(np.asarray(drawn).astype(int) - np.asarray(stored)).mean() < 6


def test_the_film_holds_pairs_that_training_never_showed():
    assert sum(shot.held_out for shot in truth()) >= 10
