"""Intervals hold the truth as often as they say, and tests do not cry wolf."""

import math

import numpy as np
import pytest

from vidsearch_sdk.evaluation.bootstrap import flip_test, interval_of_mean, queries_needed


def metrics(rng, count):
    """Values as nDCG has them: mostly 1, the rest anywhere; the mean is 0.84."""
    return np.where(rng.random(count) < 0.6, 1.0, rng.beta(3, 2, count))[:, None]


def differences(rng, count):
    """Values as two similar searches have them: mostly 0; the mean is 0.003."""
    moved = rng.choice([-0.4, -0.2, -0.1, 0.1, 0.2, 0.5], count, p=[0.15, 0.15, 0.2, 0.25, 0.15, 0.10])
    return np.where(rng.random(count) < 0.7, 0.0, moved)[:, None]


@pytest.mark.parametrize(
    ("make", "truth", "method"),
    [(metrics, 0.84, "bca"), (differences, 0.3 * -0.005, "percentile")],
)
def test_intervals_hold_the_truth_as_often_as_they_say(make, truth, method):
    rng = np.random.default_rng(17)
    trials = 400
    held = 0
    for trial in range(trials):
        low, high = interval_of_mean(make(rng, 150), method=method, rounds=1000, seed=trial)
        held += low[0] <= truth <= high[0]
    assert 0.93 <= held / trials <= 0.97


def test_all_measures_are_drawn_at_once_as_one_by_one():
    values = np.random.default_rng(1).random((60, 3))
    low, high = interval_of_mean(values, seed=4)
    for measure in range(3):
        alone = interval_of_mean(values[:, measure : measure + 1], seed=4)
        assert (low[measure], high[measure]) == pytest.approx((alone[0][0], alone[1][0]))
    assert np.all((low < values.mean(axis=0)) & (values.mean(axis=0) < high))
    again = interval_of_mean(values, seed=4)
    assert np.array_equal(low, again[0])
    assert not np.array_equal(low, interval_of_mean(values, seed=5)[0])


def test_what_does_not_vary_has_no_width_and_one_query_no_interval():
    for method in ("bca", "percentile"):
        low, high = interval_of_mean(np.ones((30, 1)), method=method)
        assert low[0] == high[0] == 1
        assert math.isnan(interval_of_mean(np.ones((1, 1)), method=method)[0][0])
    with pytest.raises(ValueError, match="'bca' or 'percentile'"):
        interval_of_mean(np.ones((3, 1)), method="normal")


def test_many_queries_are_drawn_in_pieces():
    values = np.random.default_rng(2).random((30_000, 2))
    low, high = interval_of_mean(values, rounds=300)
    assert np.all(high - low < 0.02)
    assert np.all(flip_test(values - values.mean(axis=0), flips=300) > 0.05)


def test_the_test_finds_what_is_there_and_not_what_is_not():
    rng = np.random.default_rng(9)
    alarms = found = 0
    for trial in range(200):
        noise = rng.normal(0, 0.2, (60, 1)) * (rng.random((60, 1)) < 0.5)
        alarms += flip_test(noise, flips=1000, seed=trial)[0] < 0.05
        found += flip_test(noise + 0.1, flips=1000, seed=trial)[0] < 0.05
    assert alarms / 200 <= 0.07
    assert found / 200 > 0.9


def test_few_queries_are_flipped_in_every_way():
    assert flip_test(np.full((5, 1), 0.2))[0] == 2 / 2**5
    # Those that do not differ change nothing.
    assert flip_test(np.concatenate([np.full((5, 1), 0.2), np.zeros((50, 1))]))[0] == 2 / 2**5
    assert flip_test(np.zeros((50, 2))).tolist() == [1.0, 1.0]


def test_as_many_queries_as_are_said_to_be_needed_show_the_difference():
    rng = np.random.default_rng(5)
    sample = differences(rng, 4000) + 0.03
    needed = int(queries_needed(sample[:, 0]))
    assert 100 < needed < 1000
    shown = sum(
        flip_test(rng.choice(sample, needed), flips=500, seed=trial)[0] < 0.05 for trial in range(200)
    )
    assert 0.7 < shown / 200 < 0.9
    assert queries_needed(np.zeros(10)) == math.inf
