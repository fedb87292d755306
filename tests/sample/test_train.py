"""The recipe from its command line: a short run, cut off and gone on with. Needs the font."""

import shutil

import pytest
import torch

from vidsearch_sdk.encoding.encoder import Encoder
from vidsearch_sdk.sample.sprites import FONT_PATHS
from vidsearch_sdk.sample.train import main

pytestmark = pytest.mark.skipif(
    not any(path.is_file() for path in FONT_PATHS), reason="the Noto Color Emoji font is not installed"
)


@pytest.fixture(autouse=True)
def _as_before():
    threads = torch.get_num_threads()
    with torch.random.fork_rng(devices=[]):
        yield
    torch.set_num_threads(threads)


def test_the_recipe_writes_an_encoder_and_repeats_itself(tmp_path, practice_cache):
    common = ["--steps", "2", "--batch-size", "64", "--backdrops", "1"]
    first, second = tmp_path / "first", tmp_path / "second"
    (tmp_path / "work").mkdir()
    shutil.copy(practice_cache, tmp_path / "work" / "backdrops.npz")
    assert main([*common, "--out", str(first), "--work", str(tmp_path / "work")]) == 0
    # Only the backdrops are taken over; everything learned is learned again.
    (tmp_path / "work" / "checkpoint.safetensors").unlink()
    assert main([*common, "--out", str(second), "--work", str(tmp_path / "work")]) == 0
    a, b = (Encoder(str(folder), device="cpu", dtype="f32") for folder in (first, second))
    assert a.dim == 128
    assert (a.encode_texts(["a dog on the beach"]) == b.encode_texts(["a dog on the beach"])).all()
    assert "R@1" in (first / "README.md").read_text()
