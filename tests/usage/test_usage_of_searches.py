"""From searches of an index and what is done with their answers to what the catalog says of its usage."""

from __future__ import annotations

import pickle
import shutil
import threading
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
import torch

import vidsearch_sdk as vs
from vidsearch_sdk.results import showing
from vidsearch_sdk.results.showing import Showing


@pytest.fixture
def own(sample_index, tmp_path):
    shutil.copytree(sample_index.catalog.location, tmp_path / "catalog")
    catalog = vs.Catalog(tmp_path / "catalog")
    catalog.keep_usage()
    return SimpleNamespace(catalog=catalog, index=vs.ShotIndex.open(catalog, sample_index.encoder))


@pytest.fixture(scope="module", autouse=True)
def one_thread():
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def play(hits, at, **asked):
    """As a front end asks for it."""
    answer = SimpleNamespace(
        cancelled=threading.Event(), wanted=threading.Event(), send=lambda *_: None, done=lambda *_: None
    )
    Showing(hits, tray=hits.tray, thumbs=hits._thumbs).handlers()["play"](
        {"set": "1", "at": at, **asked}, answer
    )


def test_a_search_again_that_found_nothing_at_first_is_noted_once(own):
    explorer = vs.explore(own.index)
    explorer.search("zorblat", min_score=0, spelling=False)
    explorer._thumbs.give(explorer.hits[0], -1)
    explorer.search(min_score=None)
    tries = []
    search = explorer._search
    explorer._search = lambda expression, options: tries.append(options) or search(expression, options)
    found = explorer.again()
    assert (len(tries), found.learned) == (2, (0, 1))
    assert len(own.catalog.usage()) == 3


def test_off_unless_switched_on(sample_index):
    hits = sample_index.search("a turtle underwater")
    assert hits.usage is None
    hits.tray.add(hits[0])
    assert len(sample_index.catalog.usage()) == 0


def test_picks_thumbs_and_plays_find_their_search(own):
    hits = own.index.search("a turtel underwater", where={"duration_s": (0, 100)})
    assert "turtle" in str(hits)
    hits.tray.add(hits[:2])
    hits.tray.add(hits[0])  # it is there already
    hits[1:].tray.remove(0)
    hits._thumbs.give(hits[2], 1)
    play(hits, 0)
    usage = own.catalog.usage()
    (row,) = usage.searches.to_dict("records")
    assert (row["words"], row["read"]) == ("a turtel underwater", "a turtle underwater")
    assert (row["picks"], row["thumbs_up"], row["plays"], row["hits"]) == (2, 1, 1, len(hits))
    assert row["shown"]
    assert row["filtered"]
    assert row["abandoned"] is False
    assert row["took_ms"] == pytest.approx(1000 * hits.elapsed_s, abs=0.01)
    assert row["encoder"] == own.index.encoder.fingerprint
    assert row["generation"] == own.index.generation.name
    stages = usage.stages.set_index("stage")["p50_ms"]
    assert {"encode", "picture", "answer", "whole search"} <= set(stages.index)
    assert stages.drop("whole search").sum() <= stages["whole search"]


def test_slices_and_trays_that_are_made_pick_nothing(own):
    hits = own.index.search("a turtle underwater")
    hits.tray.add(hits[0])
    again = hits.tray[:1]
    vs.Tray(again)
    pickle.loads(pickle.dumps(hits)).tray.add(hits[1:2][0])
    assert own.catalog.usage().searches["picks"].tolist() == [2]


def test_what_was_searched_with_beside_words_stays_out(own, tmp_path):
    own.index.search(np.zeros((32, 32, 3), np.uint8))
    own.index.search(vs.text("a turtle") & vs.says("hello"))
    own.index.search(vs.text("a turtle") + vs.image(np.zeros((32, 32, 3), np.uint8)))
    searches = own.catalog.usage().searches
    assert searches["kind"].tolist() == ["example", "expression", "example"]
    assert searches["words"].tolist() == ["", 'text("a turtle") & says("hello")', ""]


def test_what_the_mouse_only_rests_on_was_not_played(own, monkeypatch):
    monkeypatch.setattr(showing, "_AHEAD_S", 0.0, raising=False)
    hits = own.index.search("a turtle underwater")
    play(hits, 0, ahead=True)
    assert own.catalog.usage().searches["plays"].tolist() == [0]
    play(hits, 0)
    assert own.catalog.usage().searches["plays"].tolist() == [1]
    # A film that the page holds is played without being asked for.
    desk = showing.Showing(hits, tray=hits.tray, thumbs=hits._thumbs)
    desk.handlers()["played"]({"set": "1", "at": 1}, SimpleNamespace(done=lambda: None))
    assert own.catalog.usage().searches["plays"].tolist() == [2]


def test_scripts_and_measurements_abandon_nothing(own):
    for words in ("a key", "a crocodile"):
        own.index.search(words)
    shot = own.index.search("a key")[0].shot_id
    judgments = vs.Judgments.from_frame(pd.DataFrame({"query": ["a key"], "shot_id": [shot], "grade": [1]}))
    vs.evaluate(own.index, judgments, progress=False)
    searches = own.catalog.usage().searches
    assert len(searches) == 3
    assert not searches["shown"].any()
    assert searches["abandoned"].isna().all()


def test_a_grid_that_is_looked_at_counts_as_shown(own):
    hits = own.index.search("a turtle underwater")
    hits._repr_html_()
    explorer = vs.explore(own.index, "a crocodile")
    explorer.tray.add(explorer.hits[0])
    searches = own.catalog.usage().searches.set_index("words")
    assert searches["shown"].all()
    assert searches["picks"].to_dict() == {"a turtle underwater": 0, "a crocodile": 1}


def test_a_swap_shows_what_is_asked_most(own, tmp_path):
    from tests.learning.swap_worlds import encoder_folder

    for words in ("a key", "a crocodile", "a key"):
        own.index.search(words)
    near = vs.Encoder(encoder_folder(tmp_path / "near", noise=0.01))
    swap = vs.swap(own.index, near, gate=False, progress=False)
    assert set(swap.queries["query"]) == {"a key", "a crocodile"}
    assert len(own.catalog.usage()) == 3
