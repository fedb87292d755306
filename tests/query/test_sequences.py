"""Chains of shots: in order, in one film, within the window, best first."""

import itertools

import numpy as np
import pytest

from vidsearch_sdk.query.moments import Moments, RangeMaximum, best_within, joined
from vidsearch_sdk.query.sequences import Times, chains


def times(films, lengths):
    starts = np.concatenate([np.cumsum([0, *row[:-1]]) for row in lengths])
    film = np.repeat(np.arange(films, dtype=np.int32), [len(row) for row in lengths])
    return Times(film, starts.astype(float), starts + np.concatenate(lengths))


def by_hand(steps, within_s, when):
    """Every chain there is, by trying all."""
    found = []
    for places in itertools.product(*(range(len(step)) for step in steps)):
        rows = [int(step.first[place]) for step, place in zip(steps, places, strict=True)]
        gaps = [when.start_s[b] - when.end_s[a] for a, b in itertools.pairwise(rows)]
        if len({int(when.film[row]) for row in rows}) == 1 and all(
            -1e-9 <= gap <= most for gap, most in zip(gaps, within_s, strict=True)
        ):
            score = np.prod([step.scores[p] for step, p in zip(steps, places, strict=True)])
            found.append((float(score ** (1 / len(steps))), rows))
    return sorted(found, key=lambda chain: -chain[0])


@pytest.mark.parametrize("seed", range(20))
@pytest.mark.parametrize("length", [2, 3])
def test_the_best_chain_of_all_is_found_and_every_chain_is_one(seed, length):
    random = np.random.default_rng(seed)
    when = times(3, [random.uniform(1, 9, 12) for _ in range(3)])
    steps = [
        Moments.of_shots(random.choice(36, 14, replace=False), random.uniform(0.01, 1, 14))
        for _ in range(length)
    ]
    within = [float(random.uniform(1, 20)) for _ in range(length - 1)]
    found, all_of_them = chains(steps, within, when), by_hand(steps, within, when)
    assert bool(len(found)) == bool(all_of_them)
    if not all_of_them:
        return
    assert found.scores[0] == pytest.approx(all_of_them[0][0])
    known = {tuple(rows): score for score, rows in all_of_them}
    for parts, score in zip(found.parts.tolist(), found.scores, strict=True):
        assert known[tuple(parts)] == pytest.approx(score)
    assert list(found.scores) == sorted(found.scores, reverse=True)
    for step in found.parts.T:
        assert len(set(step.tolist())) == len(step)


def test_a_film_does_not_run_on_into_the_next_one():
    when = times(2, [[5.0], [5.0]])
    one, other = Moments.of_shots([0], [0.9]), Moments.of_shots([1], [0.9])
    assert len(chains([one, other], [1000.0], when)) == 0


def test_a_shot_does_not_follow_itself_and_the_next_one_follows_at_once():
    when = times(1, [[5.0, 5.0]])
    both = Moments.of_shots([0, 1], [0.9, 0.8])
    assert chains([both, both], [0.5], when).parts.tolist() == [[0, 1]]


@pytest.mark.parametrize("within", [1e3, 1e14, 1e20, 1e308])
def test_a_window_without_end_keeps_to_the_order_and_to_the_film(within):
    when = times(3, [[5.0, 5.0, 5.0]] * 3)
    every = Moments.of_shots(np.arange(9), np.linspace(0.1, 0.9, 9))
    found = chains([every, every], [within], when)
    assert len(found)
    for first, second in found.parts.tolist():
        assert first // 3 == second // 3
        assert first < second


def test_beginnings_that_share_the_best_next_step_go_on_to_others():
    when = times(1, [[1.0] * 6])
    doors = Moments.of_shots([0, 1, 2], [0.9, 0.8, 0.7])
    rooms = Moments.of_shots([3, 4, 5], [0.4, 0.5, 0.9])
    found = chains([doors, rooms], [100.0], when)
    assert found.parts.tolist() == [[0, 5], [1, 4], [2, 3]]
    assert found.scores == pytest.approx(np.sqrt([0.81, 0.4, 0.28]))
    assert chains([doors, rooms], [1.0], when).parts.tolist() == [[2, 4], [1, 3]]


def test_chains_of_steps_of_several_lengths_keep_their_shots_apart():
    when = times(1, [[1.0] * 9])
    either = joined([Moments(np.array([[0, 1]]), np.array([0.9])), Moments.of_shots([0, 2], [0.8, 0.5])])
    found = chains([either, Moments.of_shots([4, 5], [0.9, 0.6])], [100.0], when)
    assert found.parts.tolist() == [[0, 1, 4], [2, 5, -1]]


def test_a_step_may_be_a_chain_itself():
    when = times(1, [[2.0] * 6])
    pair = Moments(np.array([[0, 2]]), np.array([0.9]))
    found = chains([pair, Moments.of_shots([1, 3], [1.0, 0.4])], [10.0], when)
    assert found.parts.tolist() == [[0, 2, 3]]


@pytest.mark.parametrize("n", [1, 2, 3, 7, 64, 65])
def test_the_largest_of_any_stretch(n):
    values = np.random.default_rng(n).random(n)
    low, high = (np.array(ends) for ends in zip(*itertools.combinations(range(n + 1), 2), strict=True))
    found, place = RangeMaximum(values).over(low, high)
    assert found.tolist() == [values[a:b].max() for a, b in zip(low, high, strict=True)]
    assert values[place].tolist() == found.tolist()
    assert RangeMaximum(values).over(np.array([0]), np.array([0]))[1].tolist() == [-1]


def test_what_shares_a_shot_is_within():
    base = Moments(np.array([[3, 6], [9, -1]]), np.array([0.5, 0.5]))
    other = Moments(np.array([[6, 8], [1, 2], [4, -1], [9, -1]]), np.array([0.4, 0.9, 0.3, 0.2]))
    assert best_within(base, other).tolist() == [0.4, 0.2]
    assert best_within(base, other.take(np.zeros(4, bool))).tolist() == [0.0, 0.0]


def test_joined_lists_keep_the_better_score():
    one, other = (
        Moments.of_shots([4, 2], [0.3, 0.9]),
        Moments(np.array([[4, -1], [2, 5]]), np.array([0.6, 0.1])),
    )
    together = joined([one, other]).ranked()
    assert together.parts.tolist() == [[2, -1], [4, -1], [2, 5]]
    assert together.scores.tolist() == [0.9, 0.6, 0.1]
