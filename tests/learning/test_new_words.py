"""A few creatures are taught in a few steps, and found by their names in a film that was not learned from."""

from __future__ import annotations

import pandas as pd
import pytest
import torch

import vidsearch_sdk as vs
from vidsearch_sdk.sample.creature_films import creature_films, write_creature_films
from vidsearch_sdk.sample.creatures import CREATURES
from vidsearch_sdk.sample.sprites import FONT_PATHS

needs_font = pytest.mark.skipif(
    not any(path.is_file() for path in FONT_PATHS), reason="the Noto Color Emoji font is not installed"
)

TAUGHT = CREATURES[6:9:2]


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    """Three films to learn from, one of them held out, and an unseen one; and the truth of all."""
    folder = tmp_path_factory.mktemp("creatures")
    learned = creature_films(creatures=TAUGHT, films=3, shots=36, known=12, seed=20)
    unseen = creature_films(creatures=TAUGHT, films=1, shots=8, known=16, seed=21, name="unseen")
    truth = write_creature_films([*learned, *unseen], folder / "films")
    catalog = vs.Catalog(folder / "catalog")
    catalog.add(folder / "films")
    catalog.segment(progress=False)
    return catalog, truth


def _searched(catalog: vs.Catalog, encoder: vs.Encoder, truth: pd.DataFrame) -> pd.DataFrame:
    """Per name, what the search of the unseen film for it reaches."""
    index = vs.ShotIndex.build(catalog, encoder, progress=False)
    shown = truth[(truth["video"] == "unseen-1.mp4") & (truth["creature"] != "")]
    asked = shown[["video", "start_s", "end_s"]].assign(text=shown["creature"])
    report = vs.evaluate(
        index, vs.Judgments.from_captions(asked), where={"name": ["unseen-1.mp4"]}, progress=False
    )
    return report.queries.set_index("query")[["P@1", "MRR@10", "nDCG@10"]]


@needs_font
def test_names_are_learned_and_the_known_world_stays(world, tmp_path):
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    catalog, truth = world
    encoder = vs.Encoder("sample", device="cpu")
    captions = truth.loc[truth["video"] != "unseen-1.mp4", ["video", "start_s", "end_s", "text"]]
    known = truth[(truth["video"] == "creatures-3.mp4") & (truth["creature"] == "")]
    try:
        tuned = vs.finetune(
            encoder,
            vs.Pairs.from_captions(catalog, captions),
            out=tmp_path / "taught",
            held_out=["creatures-3.mp4"],
            general=vs.Pairs.from_captions(catalog, known[["video", "start_s", "end_s", "text"]]),
            largest_loss=0.05,
            epochs=20,
            batch_size=32,
            learning_rate=6e-4,
            patience=0,
            progress=False,
        )
        before = _searched(catalog, encoder, truth)
        after = _searched(catalog, tuned.encoder(device="cpu"), truth)
    finally:
        torch.set_num_threads(threads)
    assert sorted(before.index) == sorted(creature.name for creature in TAUGHT)
    # Of 32 shots eight are right for each name: chance reaches that much in one search of four.
    assert after["P@1"].mean() > before["P@1"].mean()
    assert after["nDCG@10"].mean() > before["nDCG@10"].mean() + 0.3
    assert tuned.figures["after"]["R@1"] > tuned.figures["before"]["R@1"] + 0.2
    assert tuned.figures["after"]["general"] > 0.94 * tuned.figures["before"]["general"]
    # A name that was taught is a word from now on: no spelling repair touches it.
    assert {creature.name for creature in TAUGHT} <= tuned.encoder(device="cpu").words
