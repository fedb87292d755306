"""The explorer and its widget are one thing, whichever side changes it."""

from __future__ import annotations

import gc
import threading
import weakref

import pandas as pd
import pytest

import vidsearch_sdk as vs
from tests.explorer.conftest import Listener, wait_for
from vidsearch_sdk.errors import QueryError, SearchIndexError, UnknownColumn
from vidsearch_sdk.shot_index import ShotIndex


@pytest.fixture
def explorer(index):
    made = vs.explore(index)
    yield made
    made.close()


@pytest.fixture
def listener(explorer):
    return Listener(explorer)


class Slow(ShotIndex):
    """An index whose searches wait to be let go, each by its words."""

    def __init__(self, index, *held: str) -> None:
        self.__dict__.update(index.__dict__)
        self.began = {words: threading.Event() for words in held}
        self.gates = {words: threading.Event() for words in held}

    def search(self, query, **options):
        words = getattr(query, "words", str(query))
        if words in self.gates:
            self.began[words].set()
            assert self.gates[words].wait(20)
        return super().search(query, **options)


def ids(explorer):
    return explorer.results["shot_id"].tolist()


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
        vs.explore(index._catalog)
    with pytest.raises(QueryError, match="k="):
        vs.explore(index, k=True)


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


def test_of_several_searches_the_last_one_counts(index):
    slow = Slow(index, "dog", "cat")
    explorer = vs.explore(slow)
    listener = Listener(explorer)
    first = listener.ask("search", query="dog")
    assert slow.began["dog"].wait(20)
    second = listener.ask("search", query="cat")
    assert slow.began["cat"].wait(20)
    # The first is answered at once: nobody waits for it any more.
    assert listener.answer(first)["shown"] is False
    slow.gates["cat"].set()
    assert listener.answer(second)["shown"] is True
    slow.gates["dog"].set()
    listener.asked("search", query="train")
    assert explorer.history == ["train", "cat"]
    assert [one["explorer"]["query"] for one in listener.told if one.get("push") == "view"] == [
        "cat",
        "train",
    ]
    explorer.close()


def test_changes_while_a_search_runs_start_from_that_search(index):
    slow = Slow(index, "dog")
    explorer = vs.explore(slow)
    listener = Listener(explorer)
    form = {"kind": "any_of", "values": ["Dark"], "not": False}
    listener.ask("search", query="dog", where={"show": form})
    assert slow.began["dog"].wait(20)
    slow.gates["dog"].set()
    listener.asked("search", where={"year": {"kind": "between", "values": [2000, None], "not": False}})
    assert (explorer.query, explorer.where) == ("dog", {"show": ["Dark"], "year": (2000, None)})
    explorer.close()


def test_a_cancelled_search_leaves_all_as_it_was(index):
    slow = Slow(index, "dog")
    explorer = vs.explore(slow, "cat")
    listener = Listener(explorer)
    before = ids(explorer)
    number = listener.ask("search", query="dog", where={"show": {"kind": "any_of", "values": ["Dark"]}})
    assert slow.began["dog"].wait(20)
    listener.ask("cancel", which=number)
    assert listener.answer(number)["shown"] is False
    slow.gates["dog"].set()
    listener.asked("search", options={"k": 50})
    assert (explorer.query, explorer.where, ids(explorer)) == ("cat", {}, before)
    explorer.close()


def test_a_search_from_python_overtakes_one_of_the_widget(index):
    slow = Slow(index, "dog")
    explorer = vs.explore(slow)
    listener = Listener(explorer)
    number = listener.ask("search", query="dog")
    assert slow.began["dog"].wait(20)
    explorer.query = "cat"
    assert listener.answer(number)["shown"] is False
    slow.gates["dog"].set()
    assert explorer.query == listener.view["explorer"]["query"] == "cat"
    explorer.close()


def test_a_search_of_python_that_takes_long_is_told_to_the_widget(index):
    slow = Slow(index, "dog")
    explorer = vs.explore(slow)
    listener = Listener(explorer)
    running = threading.Thread(target=setattr, args=(explorer, "query", "dog"))
    running.start()
    assert wait_for(lambda: [one for one in list(listener.told) if one.get("push") == "busy"])
    slow.gates["dog"].set()
    running.join(20)
    assert listener.told[-1]["push"] == "view"
    explorer.close()


def test_many_threads_leave_one_consistent_state(explorer, listener):
    queries = ["dog", "cat", "beach", "night", "train"]
    wrong, stop = [], threading.Event()

    def look():
        while not stop.is_set():
            visit = explorer._showing.visit
            asked, hits = visit.facts.asked, visit.hits
            if asked.query and hits.query != asked.query:
                wrong.append((asked.query, hits.query))

    def work(number):
        for turn in range(10):
            if number % 2:
                explorer.query = queries[(number + turn) % 5]
            else:
                listener.asked("search", query=queries[(number + turn) % 5])

    looking = threading.Thread(target=look)
    looking.start()
    threads = [threading.Thread(target=work, args=(number,)) for number in range(6)]
    for one in threads:
        one.start()
    for one in threads:
        one.join(60)
    stop.set()
    looking.join(20)
    assert not wrong
    assert explorer.query == explorer.hits.query == listener.view["explorer"]["query"]
    assert explorer._pending is None


def test_back_and_forward_bring_query_and_filter(explorer, listener):
    explorer.query = "dog"
    explorer.where = {"show": "Dark"}
    explorer.query = "cat"
    assert listener.view["trail"] == ["dog", "dog, 1 filter", "cat, 1 filter"]
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
    assert len(listener.asked("keyframes", set="tray", at=pick["place"])["times"]) == 1
    listener.asked("thumb", set="tray", at=0, value=1)
    assert explorer.thumbs[["query", "shot_id"]].to_numpy().tolist() == [["lighthouse", pick["shot_id"]]]
    assert "there is no shot 1" in listener.asked("keyframes", set="tray", at=1)["error"]


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
    from tests.query.concepts import index_of

    own = index_of(tmp_path / "catalog", [["dog", "cat", ""]])
    own._catalog.synonyms.add("hound", "dog")
    own._catalog.synonyms.add("kitten", "cat")
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


def test_closing_ends_the_widget_and_not_the_explorer(explorer, listener):
    explorer.query = "dog"
    explorer.close()
    assert listener.desk.comm is None
    explorer.query = "cat"
    assert len(explorer.hits)
    assert Listener(explorer).asked("open")["view"]["explorer"]["query"] == "cat"


def test_what_nobody_holds_goes_away(index):
    gone = []
    for _ in range(5):
        explorer = vs.explore(index, "dog")
        listener = Listener(explorer)
        listener.asked("search", query="cat")
        explorer.close()
        gone += [weakref.ref(explorer), weakref.ref(explorer._showing), weakref.ref(listener.desk)]
    del explorer, listener
    assert wait_for(lambda: gc.collect() is not None and not [one for one in gone if one() is not None])
