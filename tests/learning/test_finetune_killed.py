"""A run that was killed goes on to the same bits, whatever it was doing; and leaves no half an encoder."""

from __future__ import annotations

import random
import signal
import time
from pathlib import Path

import pytest

from tests.learning.killed_runs import ended, start
from tests.learning.made_world import FILMS, make_catalog, make_encoder, weights_of

KILLED = -signal.SIGKILL


@pytest.fixture(scope="module")
def world(tmp_path_factory) -> Path:
    root = tmp_path_factory.mktemp("killed")
    make_catalog(root / "catalog", films=FILMS[:3])
    make_encoder(root / "encoder")
    return root


@pytest.mark.parametrize(("train", "loss"), [("all", "contrastive"), ("lora", "sigmoid")])
def test_killed_anywhere_it_ends_with_the_same_bytes(world, tmp_path, train, loss):
    whole, cut = tmp_path / "whole", tmp_path / "cut"
    options = {"train": train, "loss": loss}
    assert ended(start(world, whole, **options)) == 0
    step = random.randint(1, 10)
    for kill in (f"step{step}", f"step{step + 1}", "placing"):
        assert ended(start(world, cut, kill, **options)) == KILLED
        assert not cut.exists()
    assert ended(start(world, cut, **options)) == 0
    assert weights_of(cut) == weights_of(whole), step
    for name in ("pooling.safetensors", "open_clip_config.json", "words.txt"):
        assert (cut / name).read_bytes() == (whole / name).read_bytes()
    assert not list(tmp_path.glob("*.work"))


def test_killed_at_any_moment_what_was_there_is_there(world, tmp_path):
    out = tmp_path / "out"
    make_encoder(out, seed=5)
    before = weights_of(out)
    process = start(world, out)
    time.sleep(random.uniform(0.2, 3.0))
    process.kill()
    ended(process)
    assert weights_of(out) == before or (out / "finetune.json").exists()
    # Between putting the old one aside and the new one in its place there is none; the next call mends that.
    assert ended(start(world, out, "between")) == KILLED
    assert not out.exists()
    assert ended(start(world, out)) == 0
    assert weights_of(out) != before
    assert not list(tmp_path.glob("*.work"))
