"""Two rankings in one list: nobody has an advantage, and the verdict holds however often one looks."""

from __future__ import annotations

import itertools
import random

import pytest
from scipy.stats import binomtest

from vidsearch_sdk.evaluation.interleaving import (
    Interleaved,
    credit,
    decided,
    evidence,
    sessions_needed,
    sign_test,
    team_draft,
)

FIRST = [f"shot {n}" for n in range(30)]


def other(seed):
    return random.Random(seed).sample([f"shot {n}" for n in range(10, 45)], 30)


@pytest.mark.parametrize("seed", range(40))
def test_each_gives_its_best_that_is_left_and_as_many_as_the_other(seed):
    second = other(seed)
    merged = team_draft(FIRST, second, k=20, seed=seed)
    assert len(merged.items) == len(set(merged.items)) == 20
    for size in range(0, 21, 2):
        assert sum(merged.teams[:size]) == size // 2
    for place, (item, team) in enumerate(zip(merged.items, merged.teams, strict=True)):
        ranking = (FIRST, second)[team]
        assert item == next(one for one in ranking if one not in merged.items[:place])
    assert merged == team_draft(FIRST, second, k=20, seed=seed)


def test_where_one_has_nothing_left_the_other_gives_the_rest():
    merged = team_draft(["a"], ["b", "a", "c", "d"], seed=3)
    assert sorted(merged.items) == ["a", "b", "c", "d"]
    assert merged.items[2:] == ("c", "d")
    assert team_draft([], [], seed=1) == Interleaved((), ())
    assert merged.teams[2:] == (None, None)
    assert team_draft([], ["a"], seed=1).teams == (None,)
    # One shot that both found says nothing of either.
    assert team_draft(["a"], ["a"], seed=1).teams == (None,)


def test_it_is_fair_where_both_are_the_same():
    # Whatever place is picked, either gave it as often: 4,000 coins lie within 4 standard errors of a half.
    for place in range(6):
        seconds = sum(team_draft(FIRST, FIRST, k=6, seed=f"{n}").teams[place] for n in range(4000))
        assert abs(seconds - 2000) < 4 * 4000**0.5 / 2


def test_random_picks_favor_nobody_however_unlike_the_rankings_are():
    randomness, wins, losses = random.Random(5), 0, 0
    for session in range(4000):
        merged = team_draft(FIRST, other(session % 7), k=11, seed=session)
        won, lost = credit(merged, randomness.sample(merged.items, randomness.randrange(1, 5)))
        wins, losses = wins + (won > lost), losses + (lost > won)
    assert binomtest(wins, wins + losses).pvalue > 0.001


@pytest.mark.parametrize("shorter", [1, 2, 8, 25])
def test_random_picks_do_not_favor_the_one_that_found_more(shorter):
    randomness, wins, losses = random.Random(6), 0, 0
    for session in range(600):
        merged = team_draft(FIRST[-shorter:], other(session % 7), seed=session)
        won, lost = credit(merged, randomness.sample(merged.items, min(len(merged.items), 9)))
        wins, losses = wins + (won > lost), losses + (lost > won)
        assert merged.teams.count(0) == merged.teams.count(1)
    assert wins + losses > 60
    assert binomtest(wins, wins + losses).pvalue > 0.001


def test_a_better_ranking_wins():
    right = set(FIRST[:8])
    worse = [*FIRST[15:], *FIRST[:15]]
    won, lost = map(
        sum,
        zip(*(credit(team_draft(FIRST, worse, k=12, seed=n), right) for n in range(200)), strict=True),
    )
    assert won > 3 * lost


@pytest.mark.parametrize(("wins", "losses"), [(0, 0), (9, 1), (3, 3), (40, 25), (0, 12), (300, 250)])
def test_the_sign_test_equals_the_binomial_test(wins, losses):
    expected = binomtest(wins, wins + losses).pvalue if wins + losses else 1.0
    assert sign_test(wins, losses) == pytest.approx(expected, abs=1e-12)


def test_looking_after_each_session_misleads_at_most_once_in_twenty():
    randomness = random.Random(11)
    misled = 0
    for _ in range(1000):
        wins = 0
        for n in range(1, 301):
            wins += randomness.random() < 0.5
            if decided(wins, n - wins):
                misled += 1
                break
    assert misled <= 50


def test_the_sessions_that_are_told_decide_it_four_times_in_five():
    randomness = random.Random(12)
    wins, losses = 12, 5
    more = sessions_needed(wins, losses)
    share = 13 / 19
    settled = 0
    for _ in range(1000):
        won = sum(randomness.random() < share for _ in range(more))
        settled += decided(wins + won, losses + more - won)
    assert 0.75 < settled / 1000 < 0.9


def test_what_is_needed():
    assert sessions_needed(20, 2) == 0
    assert sessions_needed(2, 20) == 0
    assert sessions_needed(6, 2) == sessions_needed(2, 6) > 0
    # As many ties as decided ones: twice as many sessions, or nearly.
    assert sessions_needed(6, 2, 8) > 1.7 * sessions_needed(6, 2)
    assert sessions_needed(0, 0) > 100
    assert sessions_needed(1, 1, 500) is None
    assert evidence(0, 0) == pytest.approx(1)
    assert all(
        evidence(w, loss) == pytest.approx(evidence(loss, w))
        for w, loss in itertools.product(range(5), repeat=2)
    )


def test_wrong_counts_and_lists_are_refused():
    with pytest.raises(ValueError, match="from 0 up"):
        sign_test(-1, 2)
    with pytest.raises(ValueError, match="once"):
        Interleaved(("a", "a"), (0, 1))
