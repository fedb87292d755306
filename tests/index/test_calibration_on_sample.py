"""The calibration on real pictures and a real encoder: the sample's 300 scenes that its encoder never saw."""

from __future__ import annotations

from importlib import resources
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from vidsearch_sdk.encoding.encoder import Encoder
from vidsearch_sdk.index.calibration import absent_phrases, calibrate, how_many
from vidsearch_sdk.sample.held_out import read_held_out
from vidsearch_sdk.sample.world import find_setting

ABSENT = """
a chainsaw|people talking at a table|a stock market chart|a soldier with a rifle|a wedding
quarterly earnings|a microwave oven|a bridge over a river|a baby crying|a traffic jam
handwriting on paper|a cactus|a swimming pool|an old woman knitting|a basketball game
a laptop computer|a toothbrush|a hospital corridor|graffiti|a wine glass|a map of europe|a prison cell
rain on a window|the president speaking|a hammer and nails|a parking garage|a library with books
a person crying|a waterfall|a boxing match|a dentist|a mosquito|a lawyer in an office
the price of bread in 1970|a suspension bridge|a treadmill|a vending machine|an escalator|a credit card
a satellite dish|a bookshelf
"""


@pytest.fixture(scope="module")
def world():
    place = resources.files("vidsearch_sdk.sample").joinpath("held_out.npz")
    shots = read_held_out(Path(str(place)))
    encoder = Encoder("sample")
    vectors = np.asarray(encoder.encode_images([shot.jpeg for shot in shots]))
    calibration = calibrate(vectors.astype(np.float16), encoder.encode_texts(absent_phrases()))
    return SimpleNamespace(shots=shots, encoder=encoder, vectors=vectors, calibration=calibration)


def answers(world, queries):
    """For each query the shots in order of similarity, and how many of the first 20 are returned."""
    similarities = world.encoder.encode_texts(queries) @ world.vectors.T
    order = np.argsort(-similarities, axis=1)[:, :20]
    scores = world.calibration.text.scores(np.take_along_axis(similarities, order, axis=1))
    return [(row, how_many(of)) for row, of in zip(order, scores, strict=True)]


def test_absent_things_get_the_empty_answer(world):
    absent = [one for row in ABSENT.strip().splitlines() for one in row.split("|")]
    empty = [kept == 0 for _, kept in answers(world, absent)]
    assert np.mean(empty) >= 0.9


def test_the_right_answers_stay(world):
    queries, right = [], []
    for name in sorted({name for shot in world.shots for name in shot.objects}):
        queries.append(f"{'an' if name[0] in 'aeiou' else 'a'} {name}")
        right.append([name in shot.objects for shot in world.shots])
    for name in sorted({shot.setting for shot in world.shots}):
        queries.append(find_setting(name).phrases[0])
        right.append([shot.setting == name for shot in world.shots])
    queries += [shot.caption for shot in world.shots]
    right += list(np.eye(len(world.shots), dtype=bool))
    found = lost = 0
    for (order, kept), is_right in zip(answers(world, queries), right, strict=True):
        hits = np.asarray(is_right)[order]
        found += int(hits.sum())
        lost += int(hits[kept:].sum())
    assert found > 300
    assert lost <= 0.05 * found
