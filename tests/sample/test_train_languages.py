"""The recipe of the multilingual encoder from its command line: a short run. Needs the font."""

import shutil

import numpy as np
import pytest
import torch

from vidsearch_sdk.encoding.encoder import Encoder
from vidsearch_sdk.sample.assets import held_out_path
from vidsearch_sdk.sample.held_out import read_held_out
from vidsearch_sdk.sample.languages.all_languages import CODES
from vidsearch_sdk.sample.sprites import FONT_PATHS
from vidsearch_sdk.sample.train_languages import main

pytestmark = pytest.mark.skipif(
    not any(path.is_file() for path in FONT_PATHS), reason="the Noto Color Emoji font is not installed"
)


@pytest.fixture(autouse=True)
def _as_before():
    threads = torch.get_num_threads()
    with torch.random.fork_rng(devices=[]):
        yield
    torch.set_num_threads(threads)


def test_the_recipe_writes_an_encoder_that_sees_as_before(tmp_path, practice_cache):
    work, out = tmp_path / "work", tmp_path / "out"
    work.mkdir()
    shutil.copy(practice_cache, work / "backdrops.npz")
    small = ["--steps", "3", "--more-steps", "1", "--sheets", "2", "--backdrops", "1"]
    assert main([*small, "--out", str(out), "--work", str(work)]) == 0
    made, sample = (Encoder(name, device="cpu", dtype="f32") for name in (out, "sample"))
    pictures = [shot.jpeg for shot in read_held_out(held_out_path())[:8]]
    assert np.array_equal(made.encode_images(pictures), sample.encode_images(pictures))
    assert made.fingerprint != sample.fingerprint
    # Three steps teach something, and English is still near what it was.
    text = "a dog on the beach"
    alike = (made.encode_texts([text]) * sample.encode_texts([text])).sum()
    assert 0.5 < alike < 1
    card = (out / "README.md").read_text()
    assert all(name in card for name in ("German", "Japanese", "R@1"))
    assert f"reads {len(CODES)} languages" in card
    assert {"hund", "犬", "собака"} <= set((out / "words.txt").read_text(encoding="utf-8").split())
