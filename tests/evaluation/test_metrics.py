"""Each measure against its formula and against trec_eval, on a thousand random rankings."""

import math

import ir_measures
import numpy as np
import pytest

from vidsearch_sdk.evaluation.metrics import (
    average_precision,
    grades_of,
    ndcg,
    precision,
    recall,
    reciprocal_rank,
)


def cases(count=1000):
    rng = np.random.default_rng(7)
    for _ in range(count):
        size = int(rng.integers(1, 30))
        judged = {
            f"s{n}": int(rng.integers(0, 4)) for n in rng.choice(size, rng.integers(1, size + 1), False)
        }
        ranked = [f"s{n}" for n in rng.permutation(size)[: rng.integers(0, size + 1)]]
        yield ranked, judged, int(rng.integers(1, 15)), int(rng.integers(1, 4))


def test_every_measure_is_its_formula():
    for ranked, judged, k, least in cases():
        grades = grades_of(ranked, judged)
        is_right = [judged.get(name, 0) >= least for name in ranked]
        right = sum(grade >= least for grade in judged.values())
        hits = sum(is_right[:k])
        assert precision(grades, k=k, least=least) == pytest.approx(hits / k, abs=1e-12)
        assert recall(grades, right=right, k=k, least=least) == pytest.approx(
            hits / right if right else 0, abs=1e-12
        )
        first = next((1 / place for place, yes in enumerate(is_right[:k], 1) if yes), 0.0)
        assert reciprocal_rank(grades, k=k, least=least) == pytest.approx(first, abs=1e-12)
        total = 0.0
        for place, yes in enumerate(is_right[:k], 1):
            total += sum(is_right[:place]) / place if yes else 0.0
        assert average_precision(grades, right=right, k=k, least=least) == pytest.approx(
            total / right if right else 0, abs=1e-12
        )
        for gain, of in (("linear", float), ("exponential", lambda grade: 2.0**grade - 1)):

            def dcg(row, of=of, k=k):
                return sum(of(grade) / math.log2(place + 1) for place, grade in enumerate(row[:k], 1))

            ideal = dcg(sorted(judged.values(), reverse=True))
            found = dcg([judged.get(name, 0) for name in ranked])
            assert ndcg(grades, judged=judged.values(), k=k, gain=gain) == pytest.approx(
                found / ideal if ideal else 0, abs=1e-12
            )


@pytest.mark.parametrize("most_grade", [1, 3], ids=["binary", "graded"])
def test_every_measure_is_what_trec_eval_calculates(most_grade):
    rng = np.random.default_rng(11)
    qrels, run, asked, ours = {}, {}, {}, {}
    for number in range(1000):
        size = int(rng.integers(1, 40))
        judged = rng.choice(size, rng.integers(1, size + 1), replace=False)
        qrels[f"q{number}"] = {f"s{n}": int(rng.integers(0, most_grade + 1)) for n in judged}
        ranked = [f"s{n}" for n in rng.permutation(size)[: rng.integers(0, size + 1)]]
        # trec_eval orders by score; ours is the order itself.
        run[f"q{number}"] = {name: float(size - place) for place, name in enumerate(ranked)}
        asked[f"q{number}"] = ranked
    least = most_grade if most_grade == 1 else 2
    wanted = {
        str(measure): measure
        for k in (1, 5, 10)
        for measure in (
            ir_measures.P(rel=least) @ k,
            ir_measures.R(rel=least) @ k,
            ir_measures.AP(rel=least) @ k,
            ir_measures.RR(rel=least) @ k,
            ir_measures.nDCG @ k,
        )
    }
    for query, ranked in asked.items():
        judged = qrels[query]
        grades = grades_of(ranked, judged)
        right = sum(grade >= least for grade in judged.values())
        for k in (1, 5, 10):
            ours[query, str(ir_measures.P(rel=least) @ k)] = precision(grades, k=k, least=least)
            ours[query, str(ir_measures.R(rel=least) @ k)] = recall(grades, right=right, k=k, least=least)
            ours[query, str(ir_measures.AP(rel=least) @ k)] = average_precision(
                grades, right=right, k=k, least=least
            )
            ours[query, str(ir_measures.RR(rel=least) @ k)] = reciprocal_rank(grades, k=k, least=least)
            ours[query, str(ir_measures.nDCG @ k)] = ndcg(grades, judged=judged.values(), k=k)
    compared = 0
    for theirs in ir_measures.iter_calc(list(wanted.values()), qrels, run):
        assert ours[theirs.query_id, str(theirs.measure)] == pytest.approx(theirs.value, abs=1e-9)
        compared += 1
    assert compared == 15 * 1000


def test_the_best_order_scores_one_and_a_swap_less():
    judged = [3, 1, 2, 0, 1]
    assert ndcg(sorted(judged, reverse=True), judged=judged) == pytest.approx(1.0)
    assert ndcg([2, 3, 1, 1, 0], judged=judged) < 1
    assert average_precision([1, 1, 0], right=2) == 1
    assert reciprocal_rank([]) == precision([], k=5) == ndcg([], judged=[1]) == 0


def test_where_nothing_is_right_the_score_is_zero():
    assert recall([0, 0], right=0, k=2) == average_precision([0], right=0) == ndcg([0], judged=[0]) == 0


@pytest.mark.parametrize(
    ("ask", "says"),
    [
        (lambda: precision([1], k=0), "k=0"),
        (lambda: precision([1], k=1, least=0), "least=0"),
        (lambda: ndcg([1, math.nan], judged=[1]), "finite numbers"),
        (lambda: ndcg([-1], judged=[1]), "from 0 up"),
        (lambda: ndcg([1], judged=[1], gain="square"), "'linear' or 'exponential'"),
        (lambda: recall([1, 1], right=1, k=2), "2 right results"),
        (lambda: average_precision([[1]], right=1), "a row"),
        (lambda: grades_of(["a", "a"], {}), "twice"),
    ],
)
def test_what_cannot_be_is_refused(ask, says):
    with pytest.raises(ValueError, match=says):
        ask()
