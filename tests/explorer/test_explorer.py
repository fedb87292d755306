"""The explorer, driven from Python."""

from __future__ import annotations

import pytest

import vidsearch_sdk as vs
from tests.explorer.conftest import Slow, ids
from vidsearch_sdk.errors import QueryError, SearchIndexError, UnknownColumn


def test_nothing_is_opened_before_it_is_asked(index):
    class Untouched(Slow):
        def _serving(self, *, anew=False):
            raise AssertionError("opened")

    explorer = vs.explore(Untouched(index))
    assert (explorer.query, explorer.where, len(explorer.hits), explorer.history) == ("", {}, 0, [])
    assert repr(explorer) == "Explorer(nothing asked, not searched yet)"
    assert "run this cell" in explorer.hits.html(key="ab")
    assert 'data-vs-page="ab"' in explorer.hits.html(key="ab")


def test_setting_the_query_searches_at_once(explorer, index):
    explorer.query = "dog"
    assert ids(explorer) == index.search("dog", k=100).table["shot_id"].tolist()
    explorer.query = vs.text("dog") - vs.text("beach")
    assert explorer.query == 'text("dog") - text("beach")'
    assert ids(explorer) == index.search(vs.text("dog") - vs.text("beach"), k=100).table["shot_id"].tolist()
    explorer.query = '  text("dog") & text("night")  '
    assert explorer.query == 'text("dog") & text("night")'
    assert ids(explorer) == index.search(vs.text("dog") & vs.text("night"), k=100).table["shot_id"].tolist()
    assert explorer.history == ['text("dog") & text("night")', 'text("dog") - text("beach")', "dog"]


def test_a_beginning_can_be_given(index):
    explorer = vs.explore(index, "dog", k=2, where={"show": "Dark"})
    assert len(explorer.hits) == 2
    assert set(explorer.results["show"]) == {"Dark"}
    assert explorer.where == {"show": "Dark"}
    assert repr(explorer) == "Explorer('dog', show Dark, 2 shots)"


def test_without_a_query_all_shots_are_shown_film_by_film(explorer, index):
    explorer.search()
    table = index.table
    assert ids(explorer) == table["shot_id"].tolist()
    assert explorer.results["score"].isna().all()
    explorer.where = {"show": "Dark"}
    assert ids(explorer) == table.loc[table["show"] == "Dark", "shot_id"].tolist()
    explorer.search(k=3)
    assert len(explorer.hits) == 3
    assert "the first 3 of 20" in explorer.hits.notes[-1]
    explorer.search("dog", k=1)
    assert explorer.results["show"].tolist() == ["Dark"]


def test_the_filter_stays_from_query_to_query_and_the_other_way_round(explorer):
    explorer.query = "dog"
    explorer.where = {"year": (2000, None)}
    assert explorer.query == "dog"
    explorer.query = "cat"
    assert explorer.where == {"year": (2000, None)}
    explorer.where["year"] = "changed in a copy"
    assert explorer.where == {"year": (2000, None)}
    explorer.where = None
    assert explorer.where == {}


@pytest.mark.parametrize(
    ("change", "error", "words"),
    [
        (lambda one: setattr(one, "query", 'text("a dog'), QueryError, "cannot be read at character"),
        (lambda one: setattr(one, "query", 7), QueryError, "nothing to search for"),
        (lambda one: setattr(one, "where", {"shwo": "Dark"}), UnknownColumn, "did you mean 'show'"),
        (lambda one: setattr(one, "where", ["show"]), QueryError, "must be a dict"),
        (lambda one: setattr(one, "where", {"year": "Dark"}), QueryError, "the column holds number"),
        (lambda one: one.search(k=0), QueryError, "k=0"),
        (lambda one: one.search(limit=3), QueryError, "no option 'limit'"),
        (lambda one: one.search(min_score=7), QueryError, "0 returns the nearest shots, whatever they score"),
        (lambda one: one.search(where={"shwo": 1}), UnknownColumn, "shwo"),
    ],
)
def test_what_cannot_be_asked_changes_nothing(explorer, listener, change, error, words):
    explorer.search("dog", {"show": "Dark"})
    before = (explorer.query, explorer.where, ids(explorer), explorer.history)
    with pytest.raises(error, match=words):
        change(explorer)
    assert (explorer.query, explorer.where, ids(explorer), explorer.history) == before
    # The widget is told once more what holds, so that no word of a search that failed stays there.
    assert listener.view["explorer"]["query"] == "dog"
    explorer.query = "cat"
    assert explorer.where == {"show": "Dark"}


def test_what_is_no_index_is_refused(index):
    with pytest.raises(SearchIndexError, match="is no index"):
        vs.explore(index.catalog)
    with pytest.raises(QueryError, match="k="):
        vs.explore(index, k=True)


def test_back_and_forward_bring_query_and_filter(explorer, listener):
    explorer.query = "dog"
    explorer.where = {"show": "Dark"}
    explorer.query = "cat"
    assert listener.view["trail"] == ["dog", "dog, show Dark", "cat, show Dark"]
    assert explorer.back()
    assert (explorer.query, explorer.where) == ("dog", {"show": "Dark"})
    listener.asked("back")
    assert (explorer.query, explorer.where) == ("dog", {})
    assert listener.view["back"] is False
    # There is nothing before the first answer.
    assert not explorer.back()
    assert explorer.query == "dog"
    assert explorer.forward()
    assert explorer.where == {"show": "Dark"}
    explorer.query = "train"
    assert not explorer.forward()
