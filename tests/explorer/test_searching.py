"""Searches that run side by side, are overtaken, cancelled and dropped."""

from __future__ import annotations

import gc
import threading
import weakref

import pytest

import vidsearch_sdk as vs
from tests.explorer.conftest import Listener, Slow, ids, wait_for
from vidsearch_sdk.errors import QueryError


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
    assert explorer._searching._pending is None


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


def test_what_is_asked_after_closing_does_not_start_from_a_search_that_was_dropped(index):
    slow = Slow(index, "dog")
    explorer = vs.explore(slow, "cat")
    listener = Listener(explorer)
    listener.ask("search", query="dog")
    assert slow.began["dog"].wait(20)
    explorer.close()
    explorer.where = {"show": "Dark"}
    assert (explorer.query, explorer.where) == ("cat", {"show": "Dark"})
    slow.gates["dog"].set()
    explorer.close()


def test_going_where_nothing_is_leaves_a_search_alone(index):
    slow = Slow(index, "dog")
    explorer = vs.explore(slow, "cat")
    listener = Listener(explorer)
    number = listener.ask("search", query="dog")
    assert slow.began["dog"].wait(20)
    assert not explorer.back()
    assert not explorer.forward()
    slow.gates["dog"].set()
    assert listener.answer(number)["shown"] is True
    assert explorer.query == "dog"
    explorer.close()


def test_going_back_drops_a_search(index):
    slow = Slow(index, "dog")
    explorer = vs.explore(slow, "cat")
    explorer.query = "train"
    listener = Listener(explorer)
    number = listener.ask("search", query="dog")
    assert slow.began["dog"].wait(20)
    assert explorer.back()
    assert listener.answer(number)["shown"] is False
    slow.gates["dog"].set()
    explorer.where = {"show": "Dark"}
    assert explorer.query == "cat"
    explorer.close()


def last_said(listener):
    """What the widget shows of a search from Python: its words, or nothing since a view was shown."""
    said = [one for one in list(listener.told) if one.get("push") in ("busy", "view")]
    return said[-1].get("words", "") if said else ""


def test_a_search_that_was_overtaken_does_not_say_that_it_goes_on(index):
    slow = Slow(index, "dog")
    explorer = vs.explore(slow)
    listener = Listener(explorer)
    running = threading.Thread(target=setattr, args=(explorer, "query", "dog"))
    running.start()
    assert slow.began["dog"].wait(20)
    listener.asked("search", query="cat")
    running.join(0.8)
    assert running.is_alive()
    assert not [one for one in listener.told if one.get("push") == "busy"]
    slow.gates["dog"].set()
    running.join(20)
    assert (explorer.query, last_said(listener)) == ("cat", "")
    explorer.close()


def test_words_of_a_search_go_away_with_the_one_that_overtook_it(index):
    slow = Slow(index, "dog", "train")
    explorer = vs.explore(slow, "cat")
    asking, looking = Listener(explorer), Listener(explorer)
    running = threading.Thread(target=setattr, args=(explorer, "query", "dog"))
    running.start()
    assert wait_for(lambda: last_said(looking)) == "Searching …"
    number = asking.ask("search", query="train")
    assert slow.began["train"].wait(20)
    asking.ask("cancel", which=number)
    assert asking.answer(number)["shown"] is False
    # Nobody searches for anything that is still wanted.
    assert last_said(looking) == ""
    assert looking.view["explorer"]["query"] == "cat"
    for gate in slow.gates.values():
        gate.set()
    running.join(20)
    assert last_said(looking) == ""
    explorer.close()


def test_a_search_from_python_that_fails_late_takes_its_words_away(index):
    class Failing(Slow):
        def search(self, query, **options):
            super().search(query, **options)
            raise QueryError("it went wrong")

    slow = Failing(index, "dog")
    explorer = vs.explore(slow)
    listener = Listener(explorer)

    def ask():
        with pytest.raises(QueryError, match="went wrong"):
            explorer.query = "dog"

    running = threading.Thread(target=ask)
    running.start()
    assert wait_for(lambda: last_said(listener)) == "Searching …"
    slow.gates["dog"].set()
    running.join(20)
    assert last_said(listener) == ""
    explorer.close()
