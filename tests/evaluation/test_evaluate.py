"""What is measured is what a reader would count, on the sample film and on an index made for the test."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from tests.evaluation.made import FILM, MadeIndex, made_judgments
from vidsearch_sdk.errors import QueryError, UnknownColumn, VideoNotFound
from vidsearch_sdk.evaluation.evaluate import evaluate
from vidsearch_sdk.evaluation.judgments import Judgments
from vidsearch_sdk.sample.queries import sample_queries
from vidsearch_sdk.sample.query import judged


def test_the_searches_of_the_sample_film_are_measured(sample_report, sample_index):
    assert sample_report.facts["judgments"]["queries"] == 300
    table = sample_report.table.set_index("group")
    assert list(table.index) == ["all", "picture", "dialogue", "both", "absent"]
    assert table["queries"].tolist() == [200, 80, 60, 60, 0]
    assert 0.85 < table.loc["all", "nDCG@10"] < 0.95
    assert table.loc["dialogue", "MRR@10"] > 0.95
    empty, absent = sample_report.nothing
    assert absent == 100
    assert empty >= 90
    assert 0 < table.loc["all", "p50_ms"] <= table.loc["all", "p95_ms"] <= table.loc["all", "p99_ms"]
    assert sample_report.facts["fingerprint"] == sample_index.encoder.fingerprint
    assert sample_report.facts["generation"].startswith("000001-")
    intervals = sample_report.intervals
    assert len(intervals) == 4 * len(sample_report.metrics)
    assert ((intervals["low"] <= intervals["value"]) & (intervals["value"] <= intervals["high"])).all()


def test_spans_of_the_truth_are_judged_as_the_sample_judges_them(sample_judgments, sample_index):
    rows = sample_judgments.shots(sample_index).table
    spans = list(sample_index.table[["shot_id", "start_s", "end_s"]].itertuples(index=False, name=None))
    same = 0
    queries = sample_queries()[::4]
    for query in queries:
        of_query = rows[rows["query"] == query.words]
        ours = dict(zip(of_query["shot_id"], of_query["grade"], strict=True))
        same += {shot for shot, grade in ours.items() if grade == 3} == {
            shot for shot, grade in judged(query, spans).items() if grade == 3
        }
    # A shot that the detector found short or long may fall to one side or the other.
    assert same / len(queries) > 0.9


def test_figures_are_those_of_the_rankings():
    index = MadeIndex(noise=0.8)
    report = evaluate(index, made_judgments(), k=(1, 3), progress=False)
    rows = report.queries
    grades = np.array([row[:3] for row in rows["grades"]])
    assert report.table["P@1"][0] == pytest.approx(grades[:, 0].mean())
    assert report.table["P@3"][0] == report.table["R@3"][0] == pytest.approx(grades.mean())
    first = [next((1 / place for place, yes in enumerate(row, 1) if yes), 0.0) for row in grades]
    assert report.table["MRR@3"][0] == pytest.approx(np.mean(first))
    assert rows["right"].tolist() == [3] * 100
    assert [len(row) for row in rows["shots"]] == [3] * 100
    perfect = evaluate(MadeIndex(noise=0.0), made_judgments(), k=3, progress=False)
    assert perfect.table.loc[0, ["nDCG@3", "R@3", "AP@3", "MRR@3"]].tolist() == [1.0] * 4
    assert list(report.groups) == ["places", "people"]
    assert report.table["queries"].tolist() == [100, 25, 75]


def test_the_ranking_alone_is_measured_and_absence_with_the_threshold():
    index = MadeIndex(noise=0.1)
    report = evaluate(index, made_judgments(absent=7), progress=False, rerank=False)
    by_query = dict(index.asked)
    assert by_query["people 1"] == {
        "k": 10,
        "where": None,
        "min_score": 0.0,
        "fold": False,
        "rerank": False,
    }
    assert by_query["nothing 900"]["min_score"] is None
    assert report.nothing == (7, 7)
    assert report.facts["options"] == {"fold": "False", "min_score": "0.0", "rerank": "False"}
    # Some others first, so that nothing is timed that is done once.
    assert [words for words, _ in index.asked[:3]] == [
        "a picture of something",
        "somebody says something",
        "a dog",
    ]
    assert len(report) == 107
    evaluate(index, made_judgments(2), progress=False, min_score=0.5, fold=True)
    assert index.asked[-1][1]["min_score"] == 0.5
    assert index.asked[-1][1]["fold"] is True


def test_what_a_filter_leaves_out_is_not_missed():
    judgments = made_judgments()
    report = evaluate(MadeIndex(noise=0.0), judgments, where={"even": True}, progress=False)
    assert report.table["R@10"][0] == 1.0
    rows = judgments.table
    even = rows["shot_id"].str.rpartition("-")[2].astype(int) % 2 == 0
    assert report.queries["right"].sum() == even.sum()
    left_out = set(rows["query"]) - set(rows[even]["query"])
    assert len(left_out) > 0
    assert f"{len(left_out)} queries are left out" in report.notes[0]


def test_a_real_filter_is_obeyed(sample_index, sample_judgments):
    few = sample_judgments.only(group="picture")
    report = evaluate(sample_index, few, where={"duration_s": (3.0, None)}, k=5, least=3, progress=False)
    long = set(sample_index.table.query("duration_s >= 3")["shot_id"])
    assert all(set(shots) <= long for shots in report.queries["shots"])
    judged = few.shots(sample_index).table.query("grade >= 3 and shot_id in @long")
    assert report.queries["right"].sum() == len(judged)
    with pytest.raises(UnknownColumn):
        evaluate(sample_index, few, where={"nonsense": 1}, progress=False)


def test_expressions_are_asked_as_such(sample_index):
    shot = sample_index.search("a rocket in space", k=1)[0].shot_id
    rows = pd.DataFrame({"query": ['text("a rocket") & text("space")'], "shot_id": [shot]})
    report = evaluate(sample_index, Judgments.from_frame(rows), progress=False)
    assert report.table["MRR@10"][0] == 1.0


def test_spans_count_as_the_shots_that_name_them(sample_index):
    rows = pd.DataFrame(
        {
            "query": ['text("a dog").then(text("a key"), within_s=60)'],
            "shot_id": [sample_index.table["shot_id"][2]],
        }
    )
    report = evaluate(sample_index, Judgments.from_frame(rows), k=(1, 20), progress=False)
    found = report.queries["shots"][0]
    assert len(found) > 1
    assert len(set(found)) == len(found)


def test_groups_may_be_given():
    groups = {query: "odd" for query in made_judgments().queries if int(query.rpartition(" ")[2]) % 2}
    report = evaluate(MadeIndex(noise=0.5), made_judgments(), groups=groups, progress=False)
    assert report.table["group"].tolist() == ["all", "(no group)", "odd"]
    assert report.table["queries"].tolist() == [100, 50, 50]


@pytest.mark.parametrize(
    ("change", "options", "error", "says"),
    [
        ({}, {"k": 0}, QueryError, "k=0: whole numbers from 1 to 1,000"),
        ({}, {"k": ()}, QueryError, "k is empty"),
        ({}, {"k": (1, True)}, QueryError, "whole numbers"),
        ({}, {"least": 0}, QueryError, "least=0"),
        ({}, {"least": 2}, QueryError, "none of the 100 judged queries has a shot of grade 2 or more"),
        ({"query": 'text("a dog', "group": ""}, {}, QueryError, "cannot be asked"),
        ({"shot_id": f"{FILM}-99"}, {}, QueryError, "names no shot"),
        ({"shot_id": "00000000000000bb-0"}, {}, VideoNotFound, "1 of 1 judged films"),
    ],
)
def test_what_cannot_be_measured_is_told_before_anything_is_asked(change, options, error, says):
    index = MadeIndex(noise=0.1)
    rows = made_judgments().table.assign(**change) if change else made_judgments().table
    with pytest.raises(error, match=says):
        evaluate(index, rows, progress=False, **options)
    assert index.asked == []


def test_thousands_of_queries_are_measured_in_seconds():
    import time

    index, judgments = MadeIndex(noise=0.5, queries=3000), made_judgments(3000)
    started = time.perf_counter()
    report = evaluate(index, judgments, progress=False)
    assert report.intervals["low"].notna().all()
    assert time.perf_counter() - started < 30


@pytest.mark.parametrize("feedback", [True, made_judgments(), made_judgments().table, []])
def test_an_index_is_not_measured_by_what_it_learned_from(feedback):
    index = MadeIndex(noise=0.1)
    with pytest.raises(QueryError, match="measured by the judgments that it learned from"):
        evaluate(index, made_judgments(), progress=False, feedback=feedback)
    assert index.asked == []
    assert len(evaluate(index, made_judgments(), progress=False, feedback=False)) == 100


def test_queries_that_hold_a_concept_are_left_out_and_told():
    index, rows = MadeIndex(noise=0.0), made_judgments().table
    of_concept = rows.iloc[:1].assign(query='concept("our hero") & text("night")')
    report = evaluate(index, pd.concat([rows, of_concept]), progress=False)
    assert len(report) == 100
    assert report.notes[0].startswith("1 query that holds a concept is left out")
    with pytest.raises(QueryError, match="1 query that holds a concept is left out"):
        evaluate(index, of_concept, progress=False)
