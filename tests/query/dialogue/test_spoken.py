"""Lines as shots: the best lines, among the films and shots that may be found."""

import numpy as np
import pytest

from tests.query.dialogue.worlds import several
from vidsearch_sdk.index.spans import Spans
from vidsearch_sdk.query.algebra.terms import says
from vidsearch_sdk.query.dialogue.index import DialogueIndex
from vidsearch_sdk.query.dialogue.spoken import hear

SHOTS = 10


def world(films):
    """Films of ten shots of two seconds, with these lines, one a shot."""
    names = [f"{number:016x}" for number in range(len(films))]
    start = np.tile(np.arange(SHOTS) * 2.0, len(films))
    film = np.repeat(np.arange(len(films), dtype=np.int32), SHOTS)
    rows = {name: (n * SHOTS, (n + 1) * SHOTS) for n, name in enumerate(names)}
    return [DialogueIndex.over(several(films))], Spans(film, start, start + 2.0, names, rows)


@pytest.fixture(scope="module")
def small():
    return world([["the key", "a boat", "the key again"], ["a key to the boat"]])


def test_shots_are_given_once_in_order_with_their_best_line(small):
    heard = hear(says("key boat"), *small)
    assert heard.rows.tolist() == [0, 1, 2, 10]
    assert heard.coverage[3] == 1.0
    assert heard.rank.max() == 1.0
    assert heard.line(10) == ("a key to the boat", 0.0, "en")
    assert heard.line(5) is None
    coverage, rank = heard.at(np.array([10, 5, 19, 0]))
    assert coverage[0] == 1.0
    assert coverage[1] == coverage[2] == rank[1] == 0
    assert 0 < coverage[3] < 1


def test_nothing_is_heard(small):
    heard = hear(says("zzz"), *small)
    assert len(heard.rows) == 0
    assert heard.line(0) is None
    assert heard.at(np.array([0, 3]))[0].tolist() == [0.0, 0.0]


def test_only_shots_that_pass_are_heard(small):
    passes = np.zeros(20, bool)
    passes[[2, 5]] = True
    assert hear(says("key"), *small, passes=passes).rows.tolist() == [2]
    assert hear(says("key"), *small, without=[{"0" * 16}]).rows.tolist() == [10]


def test_few_films_are_heard_though_all_others_say_it_better():
    films = [["the key"] * SHOTS for _ in range(30)]
    films[17] = ["she had lost the old key of the house on the hill", *["nothing"] * (SHOTS - 1)]
    indexes, spans = world(films)
    passes = spans.film == 17
    assert 170 not in hear(says("the key"), indexes, spans, most=40).rows
    assert hear(says("the key"), indexes, spans, passes=passes, most=40).rows.tolist() == [170]
    gone = [{spans.film_ids[17]}]
    assert len(hear(says("the key"), indexes, spans, passes=passes, without=gone, most=40).rows) == 0
