"""A worse index is found out, an equal one is not accused, and the words fit the figures."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd
import pytest

from tests.evaluation.made import MadeIndex, made_judgments
from tests.results.structure import Skeleton
from vidsearch_sdk.errors import QueryError
from vidsearch_sdk.evaluation.compare import compare
from vidsearch_sdk.evaluation.evaluate import evaluate
from vidsearch_sdk.evaluation.measures import names_of
from vidsearch_sdk.evaluation.report import Report
from vidsearch_sdk.query.algebra.terms import text

JUDGMENTS = made_judgments(80)


def measured(noise, *, seed=0, of_group="", queries=80, **options):
    index = MadeIndex(noise, seed=seed, queries=queries, of_group=of_group)
    judgments = JUDGMENTS if queries == 80 else made_judgments(queries)
    return evaluate(index, judgments, progress=False, **options)


def test_a_worse_index_is_found_out():
    comparison = compare(measured(0.4), measured(0.6, seed=1))
    assert comparison.better == "a"
    assert re.fullmatch(
        r"a finds more: nDCG@10 −0\.\d{3} \(95 %: −0\.\d{3} to −0\.\d{3}\), \d+ queries better, \d+ worse",
        comparison.verdict,
    )
    row = comparison.row()
    assert row["difference"] == pytest.approx(row["b"] - row["a"])
    assert row["high"] < 0
    assert row["p"] < 0.01
    other_way = compare(measured(0.6, seed=1), measured(0.4))
    assert other_way.better == "b"
    assert other_way.row()["difference"] == pytest.approx(-row["difference"])


def test_indexes_are_measured_first_where_there_are_judgments():
    a, b = MadeIndex(0.4, queries=80), MadeIndex(0.6, seed=1, queries=80)
    comparison = compare(a, b, JUDGMENTS, k=5, progress=False, rerank=False)
    assert comparison.verdict == compare(measured(0.4, k=5), measured(0.6, seed=1, k=5)).verdict
    assert comparison.a.facts["options"]["rerank"] == "False"


def test_equal_indexes_are_not_accused():
    """Two of the same noise differ by chance alone; one trial in twenty may look otherwise."""
    alarms = 0
    for trial in range(200):
        one, other = (_quick(seed) for seed in (2 * trial, 2 * trial + 1))
        alarms += compare(one, other, metric="ndcg@3").better is not None
    assert alarms / 200 <= 0.07


def _quick(seed):
    """A report of 40 queries with values as searches have them."""
    random = np.random.default_rng(seed)
    metrics = names_of((3,))
    rows = pd.DataFrame({"query": [f"q{n}" for n in range(40)], "group": "", "right": 1, "found": 3})
    for metric in metrics:
        rows[metric] = np.where(random.random(40) < 0.5, 1.0, random.random(40))
    return Report(rows, places=(3,), least=1.0, facts={})


def test_too_few_queries_say_how_many_are_needed():
    comparison = compare(measured(0.5, queries=40), measured(0.51, seed=3, queries=40))
    assert comparison.better is None
    assert re.match(
        r"no difference that these 40 queries can show: .*; one of that size would need (about [\d,]+|more)",
        comparison.verdict,
    )
    same = compare(measured(0.5), measured(0.5))
    assert same.verdict == "no difference: nDCG@10 is the same for all 80 queries"
    assert same.row()["p"] == 1


def test_a_loss_of_one_group_is_told_beside_the_gain_of_all():
    comparison = compare(measured(0.6, of_group="people"), measured(0.6, of_group="places", seed=2))
    assert comparison.better == "b"
    assert "in the group 'places' a finds more" in comparison.verdict


def test_the_queries_that_changed_most_come_first():
    comparison = compare(measured(0.4), measured(0.6, seed=1), metric="mrr")
    queries = comparison.queries
    assert comparison.metric == "MRR@10"
    assert queries["change"].abs().is_monotonic_decreasing
    assert (queries["change"] == queries["b"] - queries["a"]).all()
    assert len(queries) == 80


def test_only_what_both_measured_is_compared():
    half = made_judgments(80).only(group="people")
    comparison = compare(measured(0.4), evaluate(MadeIndex(0.5, queries=80), half, progress=False))
    assert comparison.row()["queries"] == 60
    assert "60 queries are compared; 20 were measured in a alone, 0 in b alone" in repr(comparison)
    fewer = made_judgments(80).table.groupby("query", sort=False).head(2)
    other = evaluate(MadeIndex(0.4, queries=80), fewer, progress=False)
    assert "of 80 queries the number of right shots differs" in compare(measured(0.4), other).notes[0]


@pytest.mark.parametrize(
    ("ask", "says"),
    [
        (lambda: compare(MadeIndex(0.1), MadeIndex(0.2)), "a is no report: give vs.compare the judgments"),
        (lambda: compare(measured(0.1), measured(0.1), rerank=False), "options cannot change them"),
        (lambda: compare(measured(0.1, k=(1,)), measured(0.1, k=(5,))), "measured nothing in common"),
        (
            lambda: compare(measured(0.1), measured(0.1), metric="ndcg@7"),
            "'ndcg@7' was not measured; there are",
        ),
        (lambda: compare(measured(0.1), measured(0.1, least=0.5)), "one least="),
        (
            lambda: compare(
                evaluate(MadeIndex(0.1), made_judgments().only(group="people"), progress=False),
                evaluate(MadeIndex(0.1), made_judgments().only(group="places"), progress=False),
            ),
            "share no query",
        ),
    ],
)
def test_what_cannot_be_compared_is_told(ask, says):
    with pytest.raises(QueryError, match=says):
        ask()


class PicturesAlone:
    """The sample index without its ears."""

    def __init__(self, index):
        self._index, self.catalog = index, index.catalog
        self.table = index.table

    def search(self, query, **options):
        return self._index.search(text(query.words), **options)


@pytest.fixture(scope="module")
def heard(sample_index, sample_judgments, sample_report):
    some = sample_judgments.only(group=("picture", "dialogue"))
    deaf = evaluate(PicturesAlone(sample_index), some, least=3, progress=False)
    return compare(deaf, sample_report)


def test_the_sample_index_loses_what_is_said_without_dialogue(heard):
    assert heard.better == "b"
    table = heard.table
    of_group = table[table["metric"] == "nDCG@10"].set_index("group")
    assert of_group.loc["dialogue", "difference"] > 0.5
    assert abs(of_group.loc["picture", "difference"]) < 0.05


def test_what_changed_is_shown_in_pictures(heard, tmp_path):
    page = heard.save_html(tmp_path / "c.html", most=3).read_text("utf-8")
    skeleton = Skeleton(page)
    assert sum(shape.startswith("<img") for shape in skeleton.shape) == 3 * 2 * 6
    assert "right, grade 3" in skeleton.texts
    for query in heard.queries["query"][:3]:
        assert any(query in said for said in skeleton.texts)
    assert all(v.startswith("data:image/") for _, name, v in skeleton.values if name in ("src", "href"))
    assert heard.html(most=0).count("<img") == 0


def test_loaded_reports_are_shown_with_what_they_know(heard, tmp_path):
    sides = [Report.load(one.save(tmp_path / f"{n}.json")) for n, one in enumerate((heard.a, heard.b))]
    again = compare(*sides)
    assert again.verdict == heard.verdict
    pd.testing.assert_frame_equal(again.table, heard.table)
    page = again.html(most=2)
    assert "<img" not in page
    assert again.queries["query"][0] in page
