import itertools

import numpy as np
import pytest

from tests.index.worlds import clustered, random_rows, unit
from vidsearch_sdk.index.calibration import Scale
from vidsearch_sdk.query.feedback import Ground, classifier, learned, merit, rescaled, rocchio

DIM = 48
NONE = np.empty((0, DIM), np.float32)


@pytest.fixture(scope="module")
def world():
    """Shots of eight groups; the words of a query point nowhere."""
    shots = clustered(400, DIM, clusters=8, noise=0.5, seed=3)
    return shots, Ground.of(shots), random_rows(1, DIM, seed=9)[0]


def far_from(words, shots):
    """A shot that words are furthest from."""
    return int(np.argmin(shots @ words))


def group(shots, number):
    """The shots around one of them, nearest first."""
    return np.argsort(-(shots @ shots[number]))[:40]


def found(vector, shots, members, judged):
    order = [row for row in np.argsort(-(shots @ vector)) if row not in set(judged)]
    return np.isin(order[:20], members).mean()


@pytest.mark.parametrize("method", [rocchio, classifier, learned])
def test_what_words_do_not_say_is_learned_from_shots(world, method):
    shots, ground, words = world
    members = group(shots, far_from(words, shots))
    wrong = [row for row in np.argsort(-(shots @ words)) if row not in set(members)][:8]
    judged = [*members[:4], *wrong]
    moved = method(words, shots[members[:4]], shots[wrong], ground)
    assert moved.dtype == np.float32
    assert np.linalg.norm(moved) == pytest.approx(1, abs=1e-5)
    assert found(words, shots, members, judged) < 0.3
    assert found(moved, shots, members, judged) > 0.8


@pytest.mark.parametrize("method", [rocchio, classifier])
def test_words_that_find_what_is_right_stay_as_they_are(world, method):
    shots, ground, _ = world
    words = unit(shots[group(shots, 5)].mean(axis=0))
    best = np.argsort(-(shots @ words))[:12]
    moved = method(words, shots[best], NONE, ground)
    assert moved @ words > 0.98


def test_a_thumb_down_moves_away_and_one_thumb_proves_little(world):
    shots, ground, words = world
    worst = shots[[int(np.argmax(shots @ words))]]
    moved = rocchio(words, NONE, worst, ground)
    before, after = ((ground.shots @ one) for one in (words, moved))
    stands = [
        (float(worst[0] @ one) - sims.mean()) / sims.std() for one, sims in ((words, before), (moved, after))
    ]
    assert stands[1] < stands[0]
    assert merit(words, NONE, worst, ground) == pytest.approx(1 / 2)


def test_nothing_judged_changes_nothing(world):
    _, ground, words = world
    assert learned(words, NONE, NONE, ground) is words


def test_it_is_the_same_every_time_and_in_any_order(world):
    shots, ground, words = world
    right, wrong = shots[:12], shots[50:70]
    once = learned(words, right, wrong, ground)
    assert np.array_equal(once, learned(words, right, wrong, ground))
    assert np.allclose(once, learned(words, right[::-1], wrong[::-1], ground), atol=1e-3)


def test_one_judgment_more_does_not_turn_the_answer_over(world):
    shots, ground, words = world
    right, wrong = shots[group(shots, 5)[:6]], shots[50:60]
    vectors = [learned(words, right, wrong[:count], ground) for count in range(2, 9)]
    for one, other in itertools.pairwise(vectors):
        assert one @ other > 0.9


def test_the_scale_moves_with_the_vector(world):
    shots, ground, words = world
    scale = Scale(float(np.median(shots @ words)), float(np.max(shots @ words)))
    same = rescaled(scale, words, words, ground, right=NONE)
    assert same.background == pytest.approx(scale.background, abs=1e-5)
    assert same.threshold == pytest.approx(scale.threshold, abs=1e-5)
    right = shots[group(shots, 5)[:6]]
    moved = learned(words, right, NONE, ground)
    after = rescaled(scale, words, moved, ground, right=right)
    assert np.median(after.scores(right @ moved)) >= 0.5
    assert np.median(after.scores(shots @ moved)) == pytest.approx(0, abs=1e-3)


def test_a_catalog_of_one_shot_is_no_trouble():
    shot = random_rows(1, DIM, seed=1)
    ground = Ground.of(shot)
    moved = learned(random_rows(1, DIM, seed=2)[0], shot, NONE, ground)
    assert np.isfinite(moved).all()
    scale = rescaled(Scale(0.0, 0.1), moved, moved, ground, right=shot)
    assert scale.threshold > scale.background


def test_without_right_shots_the_threshold_stays_as_many_deviations_up(world):
    shots, ground, words = world
    usual = shots @ words
    scale = Scale(float(np.median(usual)) + 0.05, float(np.max(usual)) + 0.1)
    moved = rocchio(words, NONE, shots[:3], ground)
    after = rescaled(scale, words, moved, ground, right=NONE)
    found = shots @ moved
    for old, new in ((scale.threshold, after.threshold), (scale.background, after.background)):
        before = (old - np.median(usual)) / usual.std()
        assert (new - np.median(found)) / found.std() == pytest.approx(before, abs=1e-3)


@pytest.mark.parametrize("deviations", [1.0, 4.0])
def test_right_shots_bring_the_threshold_down_to_a_floor(world, deviations):
    shots, ground, words = world
    usual = shots @ words
    scale = Scale(float(np.median(usual)), float(np.median(usual) + deviations * usual.std()))
    least = shots[[far_from(words, shots)]]
    after = rescaled(scale, words, words, ground, right=least)
    height = (after.threshold - np.median(usual)) / usual.std()
    assert height == pytest.approx(min(deviations, 1.5), abs=1e-3)
