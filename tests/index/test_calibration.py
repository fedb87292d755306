import math

import numpy as np
import pytest

from tests.index.worlds import random_rows, unit
from vidsearch_sdk.errors import DamagedError
from vidsearch_sdk.index.calibration import (
    ANSWERED,
    Calibration,
    Scale,
    absent_phrases,
    calibrate,
    picture_scale,
    text_scale,
)

DIM = 64


def world(shots, *, matched_share=0.3, seed=0):
    """Shots of 40 things and texts about them, as a contrastive encoder puts them.

    Texts and pictures lie apart (one direction each); a text about a thing leans toward pictures of it; other
    texts lean nowhere.
    """
    random = np.random.default_rng(seed)
    things = random_rows(80, DIM, seed=seed + 1)
    picture_side, text_side = random_rows(2, DIM, seed=seed + 2)

    def noisy(rows, amount):
        return rows + random.standard_normal((len(rows), DIM)) * (amount / math.sqrt(DIM))

    def pictures(of):
        return unit(picture_side + noisy(things[of], 0.6)).astype(np.float32)

    def texts(of):
        return unit(0.9 * text_side + noisy(things[of], 0.5)).astype(np.float32)

    def other_texts(count):
        return unit(0.9 * text_side + noisy(np.zeros((count, DIM)), 1.0)).astype(np.float32)

    vectors = pictures(random.integers(0, 40, shots)).astype(np.float16)
    bank = np.concatenate([texts(random.integers(0, 40, round(220 * matched_share))), other_texts(220)])[:220]
    return vectors, bank, pictures, texts, other_texts


@pytest.mark.parametrize("shots", [200, 2000])
@pytest.mark.parametrize("matched_share", [0.0, 0.3, 0.5])
def test_what_is_there_is_told_from_what_is_not(shots, matched_share):
    vectors, bank, _, texts, other_texts = world(shots, matched_share=matched_share)
    scale = calibrate(vectors, bank).text
    rows = vectors.astype(np.float32)
    present = scale.scores((texts(np.arange(40)) @ rows.T).max(axis=1))
    absent = scale.scores((other_texts(400) @ rows.T).max(axis=1))
    assert np.mean(present >= ANSWERED) >= 0.95
    assert np.mean(absent < ANSWERED) >= 0.9


@pytest.mark.parametrize("shots", [1, 2, 10])
def test_a_catalog_of_a_few_shots_is_measured_too(shots):
    vectors, bank, _, _, other_texts = world(shots)
    calibration = calibrate(vectors, bank)
    absent = calibration.text.scores((other_texts(400) @ vectors.astype(np.float32).T).max(axis=1))
    assert np.mean(absent < ANSWERED) >= 0.85
    assert calibration.picture.scores(np.array([1.0]))[0] > ANSWERED


@pytest.mark.parametrize("law", ["normal", "gumbel"])
def test_the_false_alarms_are_few(law):
    random = np.random.default_rng(0)
    best = getattr(random, law)(0.2, 0.02, 220)
    scale = text_scale(best, background=0.05)
    assert 0.002 <= np.mean(getattr(random, law)(0.2, 0.02, 100_000) >= scale.threshold) <= 0.13


@pytest.mark.parametrize("share", [0.1, 0.3, 0.5])
def test_phrases_that_match_do_not_raise_the_threshold(share):
    random = np.random.default_rng(1)
    none = random.normal(0.2, 0.02, 220)
    some = np.where(random.random(220) < share, random.uniform(0.4, 0.6, 220), none)
    clean = text_scale(none, background=0.05).threshold
    assert abs(text_scale(some, background=0.05).threshold - clean) < 0.02


def test_pictures_of_the_same_are_told_from_others():
    vectors, _, pictures, _, _ = world(800)
    scale = picture_scale(vectors.astype(np.float32), 0.85)
    rows = vectors.astype(np.float32)
    same = scale.scores((pictures(np.arange(40)) @ rows.T).max(axis=1))
    other = scale.scores((pictures(np.arange(40, 80)) @ rows.T).max(axis=1))
    assert np.mean(same >= ANSWERED) >= 0.95
    assert np.mean(same) > np.mean(other) + 0.3


def test_in_a_catalog_of_one_scene_the_more_alike_are_found():
    rows = unit(random_rows(1, DIM) + 0.02 * random_rows(50, DIM, seed=1))
    scale = picture_scale(rows, float((rows @ rows.T).max()))
    alike = (rows @ rows.T)[np.triu_indices(50, 1)]
    assert np.any(scale.scores(alike) >= ANSWERED)
    assert np.any(scale.scores(alike) < ANSWERED)


def test_scores_keep_the_order_and_stay_in_range():
    scale = Scale(0.1, 0.3)
    scores = scale.scores(np.linspace(-1, 1, 201))
    assert np.all(np.diff(scores) >= 0)
    assert scores.min() == 0
    assert 0.9 < scores.max() < 1
    assert scale.scores(np.array([0.3]))[0] == pytest.approx(ANSWERED)


@pytest.mark.parametrize("bad", [(0.3, 0.3), (0.3, 0.1), (math.nan, 1.0), (0.0, math.nan), (0.0, math.inf)])
def test_a_scale_checks_itself(bad):
    with pytest.raises(ValueError, match="threshold"):
        Scale(*bad)


@pytest.mark.parametrize("same_shot", [0.8, math.nan])
def test_it_comes_back_from_a_manifest(same_shot):
    calibration = Calibration(Scale(0.0, 0.2), Scale(0.3, 0.6), same_shot)
    again = Calibration.from_manifest(calibration.to_manifest())
    assert (again.text, again.picture) == (calibration.text, calibration.picture)
    assert again.to_manifest() == calibration.to_manifest()


@pytest.mark.parametrize("bad", [{}, {"text": 3}, {"text": {"background": 0, "threshold": 0}}])
def test_a_manifest_that_makes_no_sense_is_damage(bad):
    with pytest.raises(DamagedError):
        Calibration.from_manifest(bad)


def test_the_phrases_are_many_and_each_stands_once():
    phrases = absent_phrases()
    assert len(phrases) == len(set(phrases)) >= 200
    assert all(phrase == phrase.strip() and phrase.isprintable() for phrase in phrases)
