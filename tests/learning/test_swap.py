"""Another encoder serves only when it finds as much, and whoever searches meanwhile notices nothing."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import time
from itertools import pairwise
from types import SimpleNamespace

import pandas as pd
import pytest
import torch

import vidsearch_sdk as vs
from tests.learning import swap_worlds
from tests.learning.swap_worlds import encoder_folder
from vidsearch_sdk.sample.assets import truth
from vidsearch_sdk.sample.queries import sample_queries

SCRIPT = swap_worlds.__file__


@pytest.fixture(scope="module", autouse=True)
def one_thread():
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="module")
def encoders(tmp_path_factory):
    """One that knows nearly the same, and one that has forgotten most."""
    folder = tmp_path_factory.mktemp("encoders")
    near = encoder_folder(folder / "near", noise=0.01)
    far = encoder_folder(folder / "far", noise=3.0)
    return SimpleNamespace(near=vs.Encoder(near), far=vs.Encoder(far), sample=vs.Encoder("sample"))


@pytest.fixture(scope="module")
def judgments(sample_index):
    film = sample_index.table["video_id"].iloc[0]
    spans = {shot.number: (shot.start_s, shot.end_s) for shot in truth()}
    rows = [
        {"query": query.words, "video": film, "start_s": spans[n][0], "end_s": spans[n][1], "grade": grade}
        for query in sample_queries(half="figures")[:40:2]
        for n, grade in query.grades
    ]
    return vs.Judgments.from_frame(pd.DataFrame(rows))


@pytest.fixture
def own(sample_index, encoders, tmp_path):
    """A copy of the sample catalog, served by the sample encoder."""
    shutil.copytree(sample_index.catalog.location, tmp_path / "catalog")
    catalog = vs.Catalog(tmp_path / "catalog")
    return SimpleNamespace(catalog=catalog, index=vs.ShotIndex.open(catalog, encoders.sample))


def serving(catalog):
    return catalog.generations.current().fingerprint


def test_what_passes_serves_and_is_taken_back_with_one_call(own, encoders, judgments, monkeypatch):
    served = serving(own.catalog)
    writes = []
    disk = own.catalog.generations._disk
    put = disk.put
    monkeypatch.setattr(disk, "put", lambda name, data: (writes.append(name), put(name, data)))
    swap = vs.swap(own.index, encoders.near, judgments=judgments, progress=False)
    assert writes.count("published/CURRENT") == 1
    assert writes[-1] == "published/CURRENT"
    assert serving(own.catalog) == encoders.near.fingerprint
    assert swap.verdict.passed
    assert swap.index.encoder is encoders.near
    assert (
        swap.index.search("a turtle underwater")[0].shot_id
        == own.index.search("a turtle underwater")[0].shot_id
    )
    assert swap.baseline.facts["fingerprint"] == served
    assert swap.report.facts["fingerprint"] == encoders.near.fingerprint
    assert (
        f"swapped: {encoders.near.name} (generation 1) serves in the place of sample (generation 1)"
        in repr(swap)
    )
    # The encoder is found again by nothing but the catalog.
    opened = vs.ShotIndex.open(vs.Catalog(own.catalog.location))
    assert opened.encoder.name == encoders.near.name
    assert opened.encoder.fingerprint == encoders.near.fingerprint
    writes.clear()
    assert swap.undo() is own.index
    assert writes == ["published/CURRENT"]
    assert serving(own.catalog) == served
    assert repr(swap).startswith("taken back: sample (generation 1) serves again")
    with pytest.raises(vs.SearchIndexError, match="does not serve any more"):
        swap.undo()


def test_what_finds_less_is_refused_and_nobody_notices(own, encoders, judgments, monkeypatch):
    before = own.catalog.generations.current()
    with pytest.raises(
        vs.RegressionError, match=r"nDCG@10 fell by more than 0\.01.*sample serves on"
    ) as refused:
        vs.swap(own.index, encoders.far, judgments=judgments, progress=False)
    assert own.catalog.generations.current() == before
    assert own.catalog.generations.replaced == ()
    assert vs.ShotIndex.open(own.catalog).encoder.fingerprint == before.fingerprint
    # The way that the message shows: the vectors stayed, and can be looked at.
    assert "vs.compare(index, vs.ShotIndex.open(catalog, encoder), judgments)" in str(refused.value)
    refused_index = vs.ShotIndex.open(own.catalog, encoders.far)
    comparison = vs.compare(own.index, refused_index, judgments, progress=False)
    assert comparison.better == "a"
    # With the word that says so it is swapped nevertheless, and nothing is embedded again.
    embedded = own.catalog.embeddings.counts(own.catalog.films.list())
    monkeypatch.setattr(own.catalog.embeddings, "publish", lambda *_: pytest.fail("embedded again"))
    swap = vs.swap(own.index, encoders.far, judgments=judgments, gate=False, progress=False)
    assert own.catalog.embeddings.counts(own.catalog.films.list()) == embedded
    assert not swap.verdict
    assert "the gate failed" in repr(swap)
    assert serving(own.catalog) == encoders.far.fingerprint


def test_the_judgments_that_the_catalog_keeps_decide(own, encoders, judgments):
    with pytest.raises(vs.QueryError, match=r"nothing is judged.*catalog\.judgments\.add.*gate=False"):
        vs.swap(own.index, encoders.near, progress=False)
    assert own.catalog.generations.fingerprints() == (serving(own.catalog),)  # before any time was spent
    own.catalog.judgments.add(judgments, who="Ada")
    with pytest.raises(vs.RegressionError):
        vs.swap(own.index, encoders.far, progress=False)
    swap = vs.swap(own.index, encoders.near, progress=False)
    assert swap.verdict.passed
    assert set(swap.queries["query"]) == set(judgments.queries)


def test_nothing_judged_needs_an_explicit_word(own, encoders):
    swap = vs.swap(own.index, encoders.near, gate=False, queries=["a turtle underwater"], progress=False)
    assert (swap.verdict, swap.report, swap.comparison) == (None, None, None)
    assert "was not measured" in repr(swap)
    assert serving(own.catalog) == encoders.near.fingerprint
    assert "was not measured" in swap._repr_html_()


def test_what_moved_in_the_first_ten_is_shown(own, encoders, tmp_path):
    queries = ["a turtle underwater", "a key", "a turtle underwater"]
    swap = vs.swap(own.index, encoders.far, queries=queries, gate=False, progress=False)
    assert set(swap.queries["query"]) == {"a turtle underwater", "a key"}
    for row in swap.queries.to_dict("records"):
        of_query = swap.table[swap.table["query"] == row["query"]]
        old = [hit.shot_id for hit in own.index.search(row["query"], k=10)]
        new = [hit.shot_id for hit in swap.index.search(row["query"], k=10)]
        assert of_query.dropna(subset="before").sort_values("before")["shot_id"].tolist() == old
        assert of_query.dropna(subset="after").sort_values("after")["shot_id"].tolist() == new
        assert set(of_query.loc[of_query["change"] == "in", "shot_id"]) == set(new) - set(old)
        assert set(of_query.loc[of_query["change"] == "out", "shot_id"]) == set(old) - set(new)
        assert row["moved_in"] == len(set(new) - set(old))
        assert row["stayed"] == len(set(new) & set(old))
        assert row["first_changed"] == (old[:1] != new[:1])
    assert swap.queries["moved_out"].sum() > 0
    page = swap.save_html(tmp_path / "swap.html").read_text(encoding="utf-8")
    assert "went out" in page
    assert page.count("data:image/jpeg") >= 2
    assert "<script" not in page


def test_what_cannot_be_meant_is_said_before_time_is_spent(own, encoders, judgments):
    def refused(error, match, *given, **options):
        with pytest.raises(error, match=match):
            vs.swap(*given, progress=False, **options)
        assert own.catalog.generations.fingerprints() == (encoders.sample.fingerprint,)

    refused(vs.SearchIndexError, "encoder of this index already", own.index, vs.Encoder("sample"))
    refused(vs.SearchIndexError, "is no index", own.catalog, encoders.near)
    refused(vs.EncoderError, "is not an encoder", own.index, "near")
    refused(vs.QueryError, "was not measured", own.index, encoders.near, judgments=judgments, metric="F1")
    refused(vs.QueryError, "number from 0 to 1", own.index, encoders.near, judgments=judgments, tolerance=2)
    refused(vs.QueryError, "list of texts", own.index, encoders.near, judgments=judgments, queries="a dog")
    refused(vs.QueryError, "True or False", own.index, encoders.near, gate="no")
    elsewhere = pd.DataFrame({"query": ["a dog"], "video": ["lost.mp4"], "start_s": [0.0], "end_s": [9.0]})
    refused(vs.VideoNotFound, r"lost\.mp4", own.index, encoders.near, judgments=elsewhere)


def test_only_what_serves_is_swapped(own, encoders):
    other = vs.ShotIndex.build(own.catalog, encoders.far, progress=False)
    with pytest.raises(vs.SearchIndexError, match=r"\(sample\) is not what serves"):
        vs.swap(own.index, encoders.near, gate=False, progress=False)
    # An old handle that takes new films in does not take the place of what was swapped in.
    own.index.refresh(progress=False)
    assert serving(own.catalog) == other.encoder.fingerprint
    assert own.catalog.undo_swap().fingerprint == encoders.sample.fingerprint


def test_a_swap_between_is_not_overwritten(own, encoders, judgments, monkeypatch):
    make_current = own.catalog.generations.make_current

    def meanwhile(generation, **options):
        monkeypatch.undo()
        vs.ShotIndex.build(vs.Catalog(own.catalog.location), encoders.far, progress=False)
        make_current(generation, **options)

    monkeypatch.setattr(own.catalog.generations, "make_current", meanwhile)
    with pytest.raises(vs.SearchIndexError, match="somebody swapped meanwhile"):
        vs.swap(own.index, encoders.near, gate=False, progress=False)
    assert serving(own.catalog) == encoders.far.fingerprint


def test_swaps_are_taken_back_one_by_one_in_any_process(own, encoders):
    first = vs.swap(own.index, encoders.near, gate=False, progress=False)
    vs.swap(first.index, encoders.far, gate=False, progress=False)
    code = "import sys, vidsearch_sdk as vs; print(vs.Catalog(sys.argv[1]).undo_swap().fingerprint)"
    for wanted in (encoders.near, encoders.sample):
        run = [sys.executable, "-c", code, own.catalog.location]
        told = subprocess.run(run, capture_output=True, text=True, check=True).stdout
        assert told.strip() == wanted.fingerprint == serving(own.catalog)
    with pytest.raises(vs.SearchIndexError, match="no swap to undo"):
        own.catalog.undo_swap()


def test_a_swap_that_was_swapped_to_again_is_not_taken_back_by_the_first(own, encoders):
    first = vs.swap(own.index, encoders.near, gate=False, progress=False)
    second = vs.swap(first.index, encoders.far, gate=False, progress=False)
    vs.swap(second.index, encoders.near, gate=False, progress=False)
    with pytest.raises(vs.SearchIndexError, match="another swap came after the one that is meant"):
        first.undo()
    assert serving(own.catalog) == encoders.near.fingerprint
    assert not repr(first).startswith("taken back")


def test_an_encoder_that_moved_is_said(own, encoders, tmp_path):
    folder = encoder_folder(tmp_path / "moving", noise=0.02)
    vs.swap(own.index, vs.Encoder(folder), gate=False, progress=False)
    folder.rename(tmp_path / "elsewhere")
    with pytest.raises(
        vs.EncoderNotFound, match=r"what serves was built with.*moving.*ShotIndex\.open\(catalog"
    ):
        vs.ShotIndex.open(own.catalog)
    assert len(
        vs.ShotIndex.open(own.catalog, vs.Encoder(tmp_path / "elsewhere")).search("a key", min_score=0)
    )
    encoder_folder(folder, noise=0.03)
    with pytest.raises(vs.EncoderMismatch, match="by that name there is another one now"):
        vs.ShotIndex.open(own.catalog)


@pytest.mark.parametrize("when", ["embedding", "serving"])
def test_killed_on_the_way_what_served_serves(own, encoders, when):
    before = own.catalog.generations.current()
    run = [sys.executable, SCRIPT, "die", own.catalog.location, encoders.near.name, when]
    assert subprocess.run(run, capture_output=True, check=False).returncode == -9
    assert own.catalog.generations.current() == before
    assert len(own.catalog.verify(progress=False)) == 0
    opened = vs.ShotIndex.open(vs.Catalog(own.catalog.location))
    assert opened.encoder.fingerprint == before.fingerprint
    assert len(opened.search("a turtle underwater"))
    vs.swap(opened, encoders.near, gate=False, progress=False)
    assert serving(own.catalog) == encoders.near.fingerprint


def test_another_process_searches_all_the_time(own, encoders, judgments):
    run = [sys.executable, SCRIPT, "search", own.catalog.location]
    with subprocess.Popen(run, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as other:
        said = [json.loads(other.stdout.readline())]
        with pytest.raises(vs.RegressionError):
            vs.swap(own.index, encoders.far, judgments=judgments, progress=False)
        swap = vs.swap(own.index, encoders.near, judgments=judgments, progress=False)
        time.sleep(1.5)
        swap.undo()
        time.sleep(1.0)
        rest, _ = other.communicate("stop\n", timeout=60)
    said += [json.loads(line) for line in rest.splitlines()]
    assert [one["error"] for one in said if "error" in one] == []
    assert len(said) > 5
    assert all(one["held"] == said[0]["held"] for one in said)
    assert all(one["found"] for one in said)
    order = [one["serving"] for one in said]
    changes = [order[0]] + [b for a, b in pairwise(order) if a != b]
    sample, near = encoders.sample.fingerprint, encoders.near.fingerprint
    assert changes == [sample, near, sample]
