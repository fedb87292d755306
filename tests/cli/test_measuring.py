"""Measuring from the command line: figures, files, and an exit code that stops a release."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest

from vidsearch_sdk.catalog import Catalog
from vidsearch_sdk.cli.arguments import parse
from vidsearch_sdk.cli.main import main


def run(capsys, *typed: object) -> tuple[int, str, str]:
    code = main([str(word) for word in typed])
    said = capsys.readouterr()
    return code, said.out, said.err


@pytest.fixture(scope="module")
def place(sample_index) -> str:
    return sample_index._catalog.location


@pytest.fixture(scope="module")
def judged(sample_index, tmp_path_factory) -> Path:
    """A dozen shots by what they show, and what is not there."""
    words = ["a dog in a meadow", "a turtle underwater", "a rocket in space", "a train in the snow"]
    rows = []
    for query in words:
        for hit in sample_index.search(query, k=3, min_score=0.0):
            rows.append(
                {"query": query, "shot_id": hit.shot_id, "group": "animals" if "dog" in query else ""}
            )
    rows.append({"query": "a helicopter over a volcano", "shot_id": "", "group": ""})
    path = tmp_path_factory.mktemp("judged") / "judgments.csv"
    grades = [1] * (len(rows) - 1) + [0]
    pd.DataFrame(rows).assign(grade=grades).to_csv(path, index=False)
    return path


def test_a_catalog_is_measured_and_a_report_written(capsys, place, judged, tmp_path):
    report, page = tmp_path / "report.json", tmp_path / "report.html"
    code, out, err = run(capsys, "evaluate", place, judged, "--save", report, "--html", page)
    assert code == 0
    assert out.startswith("4 queries of sample, generation 1 over ")
    assert "nDCG@10" in out
    assert f"report: {report}" in err
    assert "data:image/jpeg" in page.read_text() or "What went worst" not in page.read_text()
    code, out, _ = run(capsys, "evaluate", place, judged, "-k", "3", "--json")
    answer = json.loads(out)
    assert code == 0
    assert answer["table"][0]["group"] == "all"
    assert answer["table"][0]["R@3"] == 1.0
    assert answer["nothing"]["queries"] == 1


def test_a_fall_stops_a_release_with_1(capsys, place, judged, tmp_path):
    good = tmp_path / "good.json"
    assert run(capsys, "evaluate", place, judged, "--save", good)[0] == 0
    code, out, _ = run(capsys, "evaluate", place, judged, "--baseline", good)
    assert code == 0
    assert "passed: nDCG@10" in out
    # What was judged right before is wrong now.
    rows = pd.read_csv(judged)
    others = rows["shot_id"].str.rpartition("-")
    rows["shot_id"] = others[0].where(rows["grade"] == 0, others[0] + "-6")
    rows.loc[rows["grade"] == 0, "shot_id"] = ""
    worse = tmp_path / "worse.csv"
    rows.drop_duplicates("query").to_csv(worse, index=False)
    bad = tmp_path / "bad.json"
    code, out, err = run(capsys, "evaluate", place, worse, "--baseline", good, "--save", bad)
    assert code == 1
    assert "failed: nDCG@10 fell by more than 0.01" in err
    assert "nDCG@10" in out
    code, out, _ = run(capsys, "evaluate", place, worse, "--baseline", good, "--json", "--metric", "mrr@10")
    assert code == 1
    assert json.loads(out)["gate"]["passed"] is False
    # The same from files alone.
    page = tmp_path / "c.html"
    code, out, _ = run(capsys, "compare", good, bad, "--html", page)
    assert code == 0
    assert "nDCG@10 −" in out
    assert page.read_text().count("<img") >= 6
    assert run(capsys, "compare", good, bad, "--tolerance", "0.01")[0] == 1
    assert run(capsys, "compare", good, good, "--tolerance", "0.01")[0] == 0
    answer = json.loads(run(capsys, "compare", good, bad, "--json")[1])
    assert answer["metric"] == "nDCG@10"
    assert len(answer["queries"]) == 4


def test_captions_are_read_as_such(capsys, sample_index, place, tmp_path):
    shot = sample_index.table.iloc[3]
    path = tmp_path / "captions.csv"
    path.write_text(
        f"video,start_s,end_s,text\n{shot['video_id']},{shot['start_s']},{shot['end_s']},a horse\n"
    )
    code, out, _ = run(capsys, "evaluate", place, path, "--captions")
    assert (code, out[:7]) == (0, "1 query")
    code, _, err = run(capsys, "evaluate", place, path)
    assert code == 1
    assert "need the column 'query'" in err


def test_what_the_catalog_keeps_is_measured_by_default(capsys, sample_index, place, tmp_path, monkeypatch):
    code, _, err = run(capsys, "evaluate", place)
    assert code == 1
    assert "keeps no judgments" in err
    added = Catalog(place).judgments.add(
        pd.DataFrame({"query": ["a horse"], "shot_id": [sample_index.table["shot_id"][3]], "grade": [1]}),
        who="Ada",
    )
    try:
        code, out, _ = run(capsys, "evaluate", place)
        assert (code, out[:7]) == (0, "1 query")
    finally:
        Catalog(place).judgments.remove(added)


def test_what_is_wrong_is_told_in_one_line(capsys, place, judged, tmp_path):
    for typed in (
        ["evaluate", place, tmp_path / "none.csv"],
        ["evaluate", tmp_path / "nowhere", judged],
        ["evaluate", place, judged, "--baseline", judged],
        ["evaluate", place, judged, "--least", "0"],
        ["evaluate", place, judged, "--where", "nonsense=1"],
        ["compare", tmp_path / "none.json", tmp_path / "none.json"],
    ):
        code, out, err = run(capsys, *typed)
        assert (code, out, len(err.splitlines())) == (1, "", 1), typed
    assert not (tmp_path / "nowhere").exists()
    for typed in (["evaluate", place, "-k", "0"], ["evaluate", place, "-k", "many"], ["compare", "one.json"]):
        with pytest.raises(SystemExit) as ended:
            parse([str(one) for one in typed])
        assert ended.value.code == 2
