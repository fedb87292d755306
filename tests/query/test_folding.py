"""One tile for each set-up, and films in turns."""

import numpy as np

from vidsearch_sdk.query.folding import fold, in_turns


def unit(rows):
    rows = np.asarray(rows, np.float32)
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def test_near_duplicates_of_one_film_stand_behind_the_best_of_them():
    vectors = unit([[1, 0, 0], [1, 0.01, 0], [0, 1, 0], [1, 0, 0.01], [0, 1, 0.01]])
    films = np.array([0, 0, 0, 1, 0], np.int32)
    assert fold(vectors, films, alike=0.99).tolist() == [0, 0, 2, 3, 2]
    assert fold(vectors, films, alike=1.01).tolist() == [0, 1, 2, 3, 4]


def test_many_shots_fold_as_few_do_one_after_the_other():
    random = np.random.default_rng(0)
    centers = unit(random.normal(size=(40, 16)))
    vectors = unit(centers[random.integers(40, size=1300)] + 0.02 * random.normal(size=(1300, 16)))
    leaders, expected = [], []
    for vector in vectors:
        near = [place for place in leaders if vectors[place] @ vector >= 0.95]
        expected.append(near[0] if near else len(expected))
        leaders += [] if near else [len(expected) - 1]
    behind = fold(vectors, np.zeros(1300, np.int32), alike=0.95)
    assert len(set(behind.tolist())) == len(leaders) < 100
    assert (vectors[behind] * vectors).sum(axis=1).min() >= 0.95
    assert np.mean(behind == np.array(expected)) > 0.99


def test_films_in_turns():
    films = np.array([2, 2, 5, 2, 5, 5, 9], np.int32)
    assert in_turns(films, per_film=1).tolist() == [True, False, True, False, False, False, True]
    assert in_turns(films, per_film=9).all()
    assert in_turns(films[:0], per_film=1).tolist() == []


def test_films_fold_each_for_itself_however_they_are_mixed():
    random = np.random.default_rng(1)
    centers = unit(random.normal(size=(5, 8)))
    vectors = unit(centers[random.integers(5, size=1400)] + 0.01 * random.normal(size=(1400, 8)))
    films = random.choice([3, 0, 9], size=1400, p=[0.8, 0.1, 0.1]).astype(np.int32)
    mixed = fold(vectors, films, alike=0.95)
    for film in (0, 3, 9):
        places = np.flatnonzero(films == film)
        alone = fold(vectors[places], films[places], alike=0.95)
        assert mixed[places].tolist() == places[alone].tolist()
        assert len(set(alone.tolist())) == 5
    assert fold(vectors[:0], films[:0], alike=0.95).tolist() == []
