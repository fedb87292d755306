"""Picks and thumbs, given from Python and in the widget."""

from __future__ import annotations

import pandas as pd
import pytest

import vidsearch_sdk as vs
from tests.explorer.conftest import ids
from vidsearch_sdk.errors import QueryError


def test_picks_can_be_set_in_many_ways(explorer, listener, index):
    explorer.query = "dog"
    hits = explorer.hits
    explorer.picks = hits[:2]
    assert explorer.picks["shot_id"].tolist() == ids(explorer)[:2]
    assert explorer.picks["query"].tolist() == ["dog", "dog"]
    assert [one["shot_id"] for one in listener.told[-1]["tiles"]] == ids(explorer)[:2]
    explorer.picks = hits[1]
    assert len(explorer.tray) == 1
    # What is shown comes with its query; of others the id is all there is.
    other = next(one for one in index.table["shot_id"] if one not in ids(explorer))
    explorer.picks = [other, hits[0].shot_id, hits[1]]
    assert explorer.picks["shot_id"].tolist() == [other, hits[0].shot_id, hits[1].shot_id]
    assert explorer.picks["query"].tolist() == ["picked by id", "dog", "dog"]
    kept = explorer.picks
    explorer.picks = []
    assert explorer.picks.empty
    explorer.picks = kept
    assert explorer.picks["shot_id"].tolist() == kept["shot_id"].tolist()
    explorer.picks = other
    explorer.picks = explorer.results.head(2)
    assert explorer.picks["shot_id"].tolist() == ids(explorer)[:2]
    listener.asked("pick", set=explorer._showing.visit.key, at=2)
    assert explorer.picks["shot_id"].tolist() == ids(explorer)[:3]


def test_a_pick_of_an_earlier_answer_can_still_be_looked_at(explorer, listener):
    explorer.query = "lighthouse"
    listener.asked("pick", set=explorer._showing.visit.key, at=0)
    explorer.query = "train"
    [pick] = [one for one in listener.told if one.get("push") == "tray"][-1]["tiles"]
    assert listener.asked("open")["tray"][0]["at"] is None
    assert len(listener.asked("keyframes", set="tray", at=0, key=pick["key"])["times"]) == 1
    listener.asked("thumb", set="tray", at=0, key=pick["key"], value=1)
    assert explorer.thumbs[["query", "shot_id"]].to_numpy().tolist() == [["lighthouse", pick["shot_id"]]]
    assert "no longer in the tray" in listener.asked("keyframes", set="tray", at=1, key="other")["error"]


@pytest.mark.parametrize(
    ("picks", "words"),
    [
        (["no such shot"], "no shot 'no such shot' in the index"),
        ([f"{n:016x}-0" for n in range(9)], "and 4 more in the index"),
        (7, "7 cannot be picked"),
        ([None], "None cannot be picked"),
        (pd.DataFrame({"shot": ["a"]}), "needs the column shot_id"),
    ],
)
def test_what_cannot_be_picked_leaves_the_picks(explorer, picks, words):
    explorer.search("dog")
    explorer.picks = explorer.hits[:1]
    with pytest.raises(QueryError, match=words):
        explorer.picks = picks
    assert len(explorer.tray) == 1


def test_spans_are_picked_as_spans(explorer):
    explorer.query = vs.text("dog").then("cat", within_s=20)
    span = explorer.hits[0]
    explorer.picks = explorer.results.head(1)
    assert (explorer.tray[0].shot_id, explorer.tray[0].end_pts) == (span.shot_id, span.end_pts)


def test_thumbs_are_kept_by_query(explorer, listener):
    explorer.query = "dog"
    listener.asked("thumb", set=explorer._showing.visit.key, at=0, value=1)
    explorer.query = "cat"
    listener.asked("thumb", set=explorer._showing.visit.key, at=0, value=-1)
    assert explorer.thumbs[["query", "thumb"]].to_numpy().tolist() == [["dog", 1], ["cat", -1]]
