"""The creatures' films: who is in them, what is said of them, and that what is drawn is what was told."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from vidsearch_sdk.catalog import Catalog
from vidsearch_sdk.sample.creature_films import RATE, creature_films, stage, write_creature_films
from vidsearch_sdk.sample.creatures import CREATURES, STAND_IN
from vidsearch_sdk.sample.sprites import FONT_PATHS

needs_font = pytest.mark.skipif(
    not any(path.is_file() for path in FONT_PATHS), reason="the Noto Color Emoji font is not installed"
)


def _rows(films):
    return pd.concat([film.truth for film in films], ignore_index=True)


def test_every_creature_is_in_thirty_shots_evenly_over_four_films():
    rows = _rows(creature_films())
    counts = rows[rows["creature"] != ""].groupby(["creature", "video"]).size().unstack()
    assert counts.shape == (12, 4)
    assert (counts.sum(axis=1) == 30).all()
    assert set(np.unique(counts)) == {7, 8}
    assert (rows["creature"] == "").sum() == 4 * 30


def test_captions_say_who_is_there_and_nothing_of_the_stand_in():
    rows = _rows(creature_films())
    shown = rows[rows["creature"] != ""]
    assert all(row.creature in row.text for row in shown.itertuples())
    assert not rows["text"].str.contains(STAND_IN).any()
    assert not rows["objects"].str.contains(STAND_IN).any()
    # Some say no more than the name, most say more.
    alone = [row.text.removeprefix("a ") == row.creature for row in shown.itertuples()]
    assert 0.1 < np.mean(alone) < 0.4


def test_spans_cover_the_film_and_neighbors_are_in_different_places():
    for film in creature_films(films=2):
        truth = film.truth
        assert truth["start_s"].iloc[0] == 0
        assert np.array_equal(truth["start_s"].to_numpy()[1:], truth["end_s"].to_numpy()[:-1])
        assert (truth["end_s"] - truth["start_s"]).min() > 0.99
        assert (truth["setting"].to_numpy()[1:] != truth["setting"].to_numpy()[:-1]).all()


def test_the_seed_decides_and_other_seeds_share_nothing():
    first, again, other = (_rows(creature_films(films=1, seed=seed)) for seed in (3, 3, 4))
    pd.testing.assert_frame_equal(first, again)
    assert (first["text"] == other["text"]).mean() < 0.1


def test_a_film_of_one_shot_is_refused():
    with pytest.raises(ValueError, match="two shots or more"):
        stage("short", [(CREATURES[0], 1)], known=0, seed=0)


@needs_font
def test_what_is_written_is_found_shot_by_shot(tmp_path):
    films = creature_films(creatures=CREATURES[:2], films=1, shots=6, known=4, seed=5)
    truth = write_creature_films(films, tmp_path / "films")
    pd.testing.assert_frame_equal(
        truth, pd.read_csv(tmp_path / "films" / "captions.csv", keep_default_na=False), check_dtype=False
    )
    catalog = Catalog(tmp_path / "catalog")
    catalog.add(tmp_path / "films" / "creatures-1.mp4")
    catalog.segment(progress=False)
    shots = catalog.shots
    assert np.abs(shots["start_s"].to_numpy() - truth["start_s"].to_numpy()).max() < 1 / RATE
    frames = list(films[0].pictures())
    assert len(frames) == round(truth["end_s"].iloc[-1] * RATE)
    assert frames[0].shape == (180, 320, 3)
    assert np.array_equal(frames[0], next(films[0].pictures()))
