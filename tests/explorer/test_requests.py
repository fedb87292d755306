"""The explorer, driven by its widget: both are one thing, whichever side changes it."""

from __future__ import annotations

import pytest

import vidsearch_sdk as vs
from tests.explorer.conftest import Listener, ids
from tests.query.concepts import index_of


def test_the_widget_and_python_see_one_state(explorer, listener):
    listener.asked("search", query="dog")
    assert explorer.query == "dog"
    form = {"kind": "any_of", "values": ["Dark"], "not": False}
    listener.asked("search", where={"show": form})
    assert explorer.where == {"show": ["Dark"]}
    explorer.where = {**explorer.where, "year": (2000, None)}
    told = listener.view["explorer"]
    assert [(one["column"], one["words"]) for one in told["filters"]] == [
        ("show", "Dark"),
        ("year", "from 2000"),
    ]
    listener.asked("search", where={"show": None})
    assert explorer.where == {"year": (2000, None)}
    listener.asked("search", clear=True, query="cat")
    assert (explorer.where, explorer.query) == ({}, "cat")
    listener.asked("search", options={"k": 1})
    assert len(explorer.hits) == 1
    assert listener.asked("history")["queries"] == explorer.history == ["cat", "dog"]


def test_what_the_widget_does_not_name_stays_as_python_gave_it(explorer, listener):
    explorer.search(vs.text("dog"), {"show": vs.Not("Light"), "year": (1990, None)})
    listener.asked("search", where={"year": None})
    assert explorer.where == {"show": vs.Not("Light")}
    # Typed, this would be words for pictures and dialogue alike.
    assert explorer.hits.follow is not None
    assert explorer._asked.given == vs.text("dog")
    listener.asked("search", query="text", where={})
    assert explorer._asked.given is None


def test_an_error_comes_in_words_with_its_place(explorer, listener):
    listener.asked("search", query="dog")
    failed = listener.asked("search", query='text("a dog") & say("key")')
    assert "did you mean says" in failed["error"]
    assert failed["marked"] == ['text("a dog") & ', "say", '("key")']
    assert explorer.query == "dog"
    failed = listener.asked("search", query='text("a dog") &')
    assert failed["marked"] == ['text("a dog") &', "", ""]
    failed = listener.asked("search", where={"nowhere": {"kind": "any_of", "values": [1]}})
    assert "no column 'nowhere'" in failed["error"]
    assert failed["marked"] is None
    for wrong in (
        {"query": 7},
        {"where": []},
        {"where": {"show": 3}},
        {"options": {"rerank": False}},
        {"alone": [1]},
    ):
        assert "error" in listener.asked("search", **wrong)
    assert explorer.query == "dog"


def test_facets_are_those_of_the_index(explorer, listener):
    columns = {one["name"]: one for one in listener.asked("facets")["columns"]}
    assert columns["show"]["values"] == [
        {"value": "Dark", "label": "Dark", "count": 20},
        {"value": "Light", "label": "Light", "count": 10},
    ]
    assert [one["value"] for one in columns["year"]["values"]] == [1999, 2019, 2021]
    assert columns["duration_s"]["label"] == "length"
    assert listener.asked("facets")["columns"] == list(columns.values())


def test_words_that_were_put_right_can_be_left_alone(sample_index):
    explorer = vs.explore(sample_index)
    listener = Listener(explorer)
    listener.asked("search", query="a turtel underwatr")
    assert listener.view["corrections"] == [["turtel", "turtle"], ["underwatr", "underwater"]]
    listener.asked("search", as_typed={"turtel": True})
    assert listener.view["corrections"] == [["underwatr", "underwater"]]
    assert listener.view["explorer"]["as_typed"] == ["turtel"]
    assert explorer.query == "a turtel underwatr"
    # It holds for as long as the word stands there.
    listener.asked("search", query="the turtel")
    assert listener.view["corrections"] == []
    listener.asked("search", query="a turtelneck")
    listener.asked("search", query="a dog")
    listener.asked("search", query="a turtel underwatr")
    assert listener.view["corrections"] == [["turtel", "turtle"], ["underwatr", "underwater"]]
    explorer.search(spelling=False)
    assert listener.view["corrections"] == []
    explorer.close()


def test_synonyms_can_be_left_out_one_by_one(index, tmp_path):
    own = index_of(tmp_path / "catalog", [["dog", "cat", ""]])
    own.catalog.synonyms.add("hound", "dog")
    own.catalog.synonyms.add("kitten", "cat")
    explorer = vs.explore(own)
    listener = Listener(explorer)
    listener.asked("search", query="a hound and a kitten")
    assert listener.view["expansions"] == [["hound", ["dog"]], ["kitten", ["cat"]]]
    listener.asked("search", alone={"hound": True})
    assert listener.view["expansions"] == [["kitten", ["cat"]]]
    assert listener.view["explorer"]["alone"] == ["hound"]
    listener.asked("search", alone={"hound": False})
    assert len(listener.view["expansions"]) == 2
    explorer.close()


def test_an_empty_answer_says_what_to_try(explorer, listener):
    explorer.search("lighthouse", {"show": "Light"})
    assert listener.view["total"] == 0
    assert "fewer filters or the nearest shots" in listener.view["empty"]
    explorer.where = {"year": 1}
    explorer.query = None
    assert "Take one away" in listener.view["empty"]


def test_more_like_a_shot_is_a_query_that_can_be_changed(explorer, listener, index):
    explorer.search("dog", {"show": "Dark"})
    at = {"set": explorer._showing.visit.key, "at": 0}
    best = explorer.hits[0]
    listener.asked("more", **at)
    assert explorer.query == f'shot("{best.shot_id}")'
    assert explorer.where == {"show": "Dark"}
    assert ids(explorer) == index.search(best, k=100, where={"show": "Dark"}).table["shot_id"].tolist()
    explorer.back()
    listener.asked("unlike", **{**at, "set": explorer._showing.visit.key})
    assert explorer.query == f'"dog" - shot("{best.shot_id}")'
    # Only what is looked for stays in the box, so that it can be changed; people read its name.
    assert listener.view["query"] == f"“dog”, but not like {best.name} at {best.position}"
    explorer.back()
    listener.asked("follows", **{**at, "set": explorer._showing.visit.key})
    # No query: what stands in the box stays.
    assert explorer.query == "dog"
    assert explorer.hits.query.startswith("what follows")
    assert set(explorer.results["video_id"]) == {best.video_id}


def test_away_from_a_shot_needs_a_query(explorer, listener):
    explorer.search()
    failed = listener.asked("unlike", set=explorer._showing.visit.key, at=0)
    assert "say first what you are looking for" in failed["error"]


def test_a_query_away_from_a_shot_finds_the_same_when_it_is_asked_again(sample_index):
    explorer = vs.explore(sample_index, "a dog in a meadow")
    listener = Listener(explorer)
    listener.asked("unlike", set=explorer._showing.visit.key, at=0)
    found = ids(explorer)
    assert found
    # Every shot passes.
    explorer.where = {"duration_s": (0, None)}
    assert ids(explorer) == found
    explorer.close()


def test_queries_that_name_shots_are_read_by_their_names(explorer, listener):
    explorer.search("dog", min_score=0)
    one = explorer.hits[0]
    listener.asked("more", set=listener.view["set"], at=0)
    like = f"more like {one.name} at {one.position}"
    assert listener.view["query"] == listener.view["explorer"]["said"] == like
    two = explorer.hits[0]
    listener.asked("unlike", set=listener.view["set"], at=0)
    unlike = f"{like}, but not like {two.name} at {two.position}"
    assert listener.view["query"] == explorer.hits.query == unlike
    written = f'shot("{one.shot_id}") - shot("{two.shot_id}")'
    assert explorer.query == written
    # It is still called so with another filter, ...
    explorer.where = {"show": "Dark"}
    assert (explorer.query, listener.view["query"]) == (written, unlike)
    three = explorer.hits[0]
    listener.asked("unlike", set=listener.view["set"], at=0)
    assert listener.view["query"] == f"{unlike} or {three.name} at {three.position}"
    # ... asked again from the list of what was asked, ...
    told = listener.asked("history")
    assert told["queries"][1:] == [written, f'shot("{one.shot_id}")', "dog"]
    assert {query: told["labels"].get(query) for query in told["queries"][1:]} == {
        written: unlike,
        f'shot("{one.shot_id}")': like,
        "dog": None,
    }
    listener.asked("search", query=written, clear=True)
    assert listener.view["query"] == listener.view["trail"][-1] == unlike
    # ... and as long as the same stands in the box.
    listener.asked("search", query=f'{written} + text("night")')
    assert listener.view["explorer"]["said"] == ""
    explorer.query = one
    assert listener.view["query"] == like


def test_what_follows_is_named_and_what_is_asked_of_it_is_asked_of_all_films(explorer, listener):
    explorer.where = {"show": "Dark"}
    listener.asked("follows", set=listener.view["set"], at=0)
    assert listener.view["query"].startswith("what follows")
    # The filter does not hold for it.
    assert listener.view["trail"][-1] == listener.view["query"]
    assert (explorer.query, explorer.where) == ("", {"show": "Dark"})
    listener.asked("more", set=listener.view["set"], at=0)
    assert set(explorer.results["show"]) == {"Dark"}
    assert explorer.results["video_id"].nunique() == 2


BETWEEN = {"kind": "between", "not": False}


@pytest.mark.parametrize(
    ("request_", "says"),
    [
        ({"where": {"duration_s": {**BETWEEN, "values": [5, 2]}}}, "length: from 5 is above to 2"),
        (
            {"where": {"shot_on": {**BETWEEN, "values": ["2024-05-02", "2024-05-01"]}}},
            "shot on: from 2024-05-02 is after to 2024-05-01",
        ),
        (
            {"where": {"shot_on": {**BETWEEN, "values": ["275760-01-01", None]}}},
            "shot on: 275760-01-01 is no date from the year 1 to 9999, written as 2024-12-31",
        ),
        ({"where": {"year": {**BETWEEN, "values": [None, None]}}}, "year: one end at least is needed"),
        ({"where": {"year": {**BETWEEN, "values": ["2024-01-01", 7]}}}, "year: both ends must be numbers"),
        ({"options": {"k": 0}}, "shots at most: a whole number from 1 to 10,000 is needed, not 0"),
        ({"options": {"k": 2.5}}, "shots at most: a whole number from 1 to 10,000 is needed, not 2.5"),
        ({"options": {"k": None}}, "shots at most: a whole number from 1 to 10,000 is needed, not nothing"),
        ({"options": {"k": float("inf")}}, "shots at most: a whole number"),
        ({"options": {"k": "many"}}, "shots at most: a whole number from 1 to 10,000 is needed, not many"),
        (
            {"options": {"per_film": 20_000}},
            "of one film: a whole number from 1 to 10,000 is needed, not 20000",
        ),
        (
            {"options": {"min_score": 7}},
            "least score: a number from 0 to 1 is needed, not 7; with 0 the nearest shots are shown, "
            "whatever they score",
        ),
        ({"options": {"min_score": float("nan")}}, "least score: a number from 0 to 1 is needed, not nan"),
    ],
)
def test_controls_that_are_set_wrongly_are_spoken_of_by_their_labels(explorer, listener, request_, says):
    explorer.query = "dog"
    failed = listener.asked("search", **request_)
    assert failed["error"].startswith(says)
    assert explorer.where == {}
    assert len(explorer.hits)


def test_controls_take_all_that_they_can_be_set_to(explorer, listener):
    listener.asked("search", query="dog", options={"k": 1, "min_score": 0, "per_film": None})
    assert len(explorer.hits) == 1
    listener.asked("search", options={"k": 10_000, "min_score": 1, "per_film": 10_000})
    listener.asked("search", options={"k": 3, "min_score": None})
    assert explorer._asked.options["min_score"] is None
    listener.asked("search", clear=True, where={"year": {**BETWEEN, "values": [2019, 2019]}})
    assert explorer.where == {"year": (2019, 2019)}
