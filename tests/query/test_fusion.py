"""Scores of parts become one score: what holds, holds for all values."""

import numpy as np
import pytest

from vidsearch_sdk.query.fusion import both, either, heights, mixed, scores_of, seen_and_heard, without
from vidsearch_sdk.query.reranking import best_frame, second_look

ANY = np.random.default_rng(0).random((2, 500))


def test_heights_and_scores_are_each_others_inverse_and_half_is_one():
    assert np.allclose(scores_of(heights(ANY[0])), np.minimum(ANY[0], 0.99))
    assert heights(np.array([0.5])).tolist() == [1.0]
    assert np.isfinite(heights(np.array([0.0, 1.0]))).all()


def test_a_sum_lies_between_its_parts_and_weights_pull():
    a, b = ANY
    even = mixed([a, b], [1, 1])
    assert (even <= np.maximum(a, b) + 1e-9).all()
    assert (even >= np.minimum(a, b) - 1e-9).all()
    assert np.allclose(mixed([a], [7.0]), a, atol=1e-4)
    assert (np.abs(mixed([a, b], [9, 1]) - a) <= np.abs(even - a) + 1e-9).all()


def test_what_is_unwanted_only_ever_takes_away_and_only_where_it_matches():
    a, b = ANY
    left = without(a, b, 1.0)
    assert (left <= a).all()
    assert without(a, np.zeros_like(a), 3.0).tolist() == a.tolist()
    assert not without(a, np.ones_like(a), 1.0).any()


def test_both_need_both():
    a, b = ANY
    joined = both([a, b], least=0.3)
    assert (joined[(a < 0.3) | (b < 0.3)] == 0).all()
    assert both([np.array([0.6]), np.array([0.6])], least=0.3)[0] == pytest.approx(0.6)
    assert np.array_equal(both([a, b], least=0.0), both([b, a], least=0.0))


def test_either_and_seen_and_heard_never_fall_below_the_better_one():
    a, b = ANY
    assert (either([a, b]) == np.maximum(a, b)).all()
    assert (seen_and_heard(a, b) >= np.maximum(a, b) - 1e-12).all()
    assert seen_and_heard(a, b).max() <= 1.0


def test_the_best_frame_of_each_shot():
    frames = np.array([[0.1], [0.5], [0.2], [0.4]], np.float32)
    assert best_frame(frames, np.array([2, 1, 1])).ravel().tolist() == pytest.approx([0.5, 0.2, 0.4])


def test_a_second_look_leaves_shots_of_one_frame_as_they_are_and_lifts_a_hidden_moment():
    pooled = np.array([[0.3], [0.2], [0.25]], np.float32)
    assert second_look(pooled, pooled, np.array([1, 1, 1])).tolist() == pooled.tolist()
    frames = np.array([[0.3], [0.1], [0.9], [0.0], [0.25]], np.float32)
    again = second_look(pooled, frames, np.array([1, 3, 1]))
    assert again[1] > again[0]
    assert again[0] == pooled[0]
