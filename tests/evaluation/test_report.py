"""A report is the same after it was saved, and safe to look at."""

from __future__ import annotations

import math

import pandas as pd
import pytest

from tests.evaluation.made import MadeIndex, made_judgments
from tests.results.structure import Skeleton
from vidsearch_sdk import __version__
from vidsearch_sdk.errors import DamagedError, QueryError, StorageError
from vidsearch_sdk.evaluation.evaluate import evaluate
from vidsearch_sdk.evaluation.judgments import Judgments
from vidsearch_sdk.evaluation.report import Report


@pytest.fixture(scope="module")
def report():
    return evaluate(MadeIndex(noise=0.7), made_judgments(absent=3), progress=False)


def test_a_saved_report_is_the_same(report, sample_report, tmp_path):
    for one in (report, sample_report):
        path = one.save(tmp_path / "new folder" / "report.json")
        again = Report.load(path)
        pd.testing.assert_frame_equal(again.queries, one.queries, check_exact=True)
        pd.testing.assert_frame_equal(again.table, one.table, check_exact=True)
        pd.testing.assert_frame_equal(again.intervals, one.intervals, check_exact=True)
        assert (again.facts, again.notes, again.places, again.least) == (
            one.facts,
            one.notes,
            one.places,
            one.least,
        )
        assert repr(again) == repr(one)
        assert again.save(tmp_path / "again.json").read_bytes() == path.read_bytes()
        assert again.catalog is None
    assert sample_report.facts["version"] == __version__
    assert len(sample_report.facts["fingerprint"]) == 16


def test_what_is_no_report_is_told(report, tmp_path):
    path = report.save(tmp_path / "report.json")
    data = path.read_bytes()
    for damaged in (data[:-1], data.replace(b"0.", b"1.", 1), data[: len(data) // 2]):
        path.write_bytes(damaged)
        with pytest.raises(DamagedError, match=r"Measure again with vs\.evaluate"):
            Report.load(path)
    path.write_text("{}")
    with pytest.raises(QueryError, match="is no report"):
        Report.load(path)
    with pytest.raises(StorageError, match="cannot be read"):
        Report.load(tmp_path / "none.json")
    (tmp_path / "file").write_text("")
    with pytest.raises(StorageError, match="cannot be written"):
        report.save(tmp_path / "file" / "report.json")


def test_it_is_readable(report):
    lines = repr(report).splitlines()
    assert lines[0].startswith("100 queries of an index over 60 shots, 20")
    assert lines[1].split() == ["group", "queries", "nDCG@10", "R@10", "MRR@10", "P@1", "p50", "p95"]
    assert [line.split()[0] for line in lines[2:6]] == ["all", "places", "people", "absent"]
    assert lines[6] == "3 of 3 queries for what is not there returned nothing, as they should"
    assert report.main_metric == "nDCG@10"


def test_few_queries_are_said_to_be_few():
    report = evaluate(MadeIndex(noise=0.7), made_judgments(9), k=(1,), progress=False)
    assert "their intervals are rough: places, people" in repr(report)
    alone = evaluate(MadeIndex(noise=0.7), made_judgments(1), k=(1,), progress=False)
    assert math.isnan(alone.intervals["low"][0])
    assert "nan" not in repr(alone)
    assert "nan" not in alone.html().replace("nance", "")


def test_pages_hold_nothing_but_pictures_and_text(sample_report, tmp_path):
    for document in (sample_report.html(), sample_report.save_html(tmp_path / "r.html").read_text("utf-8")):
        skeleton = Skeleton(document)
        assert "<script>" not in skeleton.shape
        addresses = [v for _, name, v in skeleton.values if name in ("src", "href")]
        assert all(address.startswith("data:image/") for address in addresses)
    # The queries that went worst, in pictures.
    assert document.count("<img") >= 12
    assert "What went worst" in document
    assert len(document) < 2_000_000


def test_hostile_words_stay_words(tmp_path):
    evil = '<img src=x onerror=alert(1)>"&'
    rows = made_judgments(3).table
    rows["group"] = evil
    report = evaluate(MadeIndex(noise=0.9), Judgments.from_frame(rows), progress=False)
    document = report.save_html(tmp_path / "evil.html").read_text("utf-8")
    skeleton = Skeleton(document)
    assert not any(name.startswith("on") for _, name, _ in skeleton.values)
    assert "x" not in [v for _, name, v in skeleton.values if name == "src"]


def test_a_plot_is_a_drawing_of_its_own(report, tmp_path):
    plot = report.plot()
    svg = plot.save(tmp_path / "plot.svg").read_text("utf-8")
    assert svg.startswith('<?xml version="1.0"')
    import xml.etree.ElementTree as ET

    drawing = ET.fromstring(svg.split("\n", 1)[1])
    assert drawing.tag == "{http://www.w3.org/2000/svg}svg"
    words = [text.text for text in drawing.iter("{http://www.w3.org/2000/svg}text")]
    assert {"nDCG@10", "R@10", "MRR@10", "P@1", "all", "places", "people"} <= set(words)
    assert f"{report.table['nDCG@10'][0]:.3f}" in words
    assert plot.save(tmp_path / "plot.html").read_text("utf-8").startswith("<!doctype html>")
    assert plot._repr_html_() == plot.svg
    with pytest.raises(QueryError, match=r"\.svg or \.html"):
        plot.save(tmp_path / "plot.png")
