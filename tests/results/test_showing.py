"""What a live grid is told and what it may ask, without a front end."""

from __future__ import annotations

import io
import json
import threading
import time
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from vidsearch_sdk.errors import QueryError
from vidsearch_sdk.results.search_results import SearchResults
from vidsearch_sdk.results.showing import Showing
from vidsearch_sdk.video.writing import VideoWriter

from .conftest import FILM, explained, rows
from .hostile import HOSTILE


@dataclass
class Answer:
    """Stands where a reply stands and keeps what was said."""

    said: list[tuple[dict[str, Any], list[bytes]]] = field(default_factory=list)
    failed: str = ""
    cancelled: threading.Event = field(default_factory=threading.Event)
    wanted: threading.Event = field(default_factory=threading.Event)

    def send(self, fields, buffers=()):
        self.said.append((json.loads(json.dumps(fields, allow_nan=False)), list(buffers)))

    def done(self, fields=None, buffers=()):
        self.send(fields or {}, buffers)

    def fail(self, words, **fields):
        self.failed = words
        self.send(fields)

    def progress(self, share, words=""):
        self.send({"progress": share, "words": words})


@pytest.fixture
def hits(shelf):
    return SearchResults(rows(6), catalog=shelf, query_text="a dog", elapsed_s=0.01)


@pytest.fixture
def showing(hits):
    return Showing(hits, tray=hits.tray, thumbs=hits._thumbs)


def ask(showing, do, **fields):
    answer = Answer()
    showing.handlers()[do](fields, answer)
    assert not answer.failed
    return answer.said[-1]


def test_it_opens_with_the_answer(showing):
    said, buffers = ask(showing, "open")
    view = said["view"]
    assert (view["total"], view["counted"], view["query"], view["took"]) == (6, "6 shots", "a dog", "10 ms")
    assert (view["trail"], view["back"], view["forward"]) == (["a dog"], False, False)
    assert (said["tray"], buffers) == ([], [])


def test_tiles_come_page_by_page_with_their_pictures(showing):
    said, buffers = ask(showing, "tiles", set="1", **{"from": 2}, count=3)
    assert [tile["at"] for tile in said["tiles"]] == [2, 3, 4]
    assert [tile["rank"] for tile in said["tiles"]] == [3, 4, 5]
    for tile in said["tiles"]:
        picture = Image.open(io.BytesIO(buffers[tile["image"]]))
        assert picture.width == 320
        assert len(buffers[tile["image"]]) <= 12_000
    assert said["tiles"][0]["timecode"] == "01:00:05:00"
    assert said["tiles"][0]["label"].startswith("Shot 2, Harbor at dawn.mp4 at 00:00:05.000, score 0.84")


def test_pictures_that_the_page_has_are_not_sent_again(showing):
    said, buffers = ask(showing, "tiles", set="1", **{"from": 0}, count=6, pictures=False)
    assert len(said["tiles"]) == 6
    assert buffers == []


def test_a_tile_weighs_little(shelf):
    hits = SearchResults(explained(20), catalog=shelf, query_text="a dog", elapsed_s=0.01)
    showing = Showing(hits, tray=hits.tray, thumbs=hits._thumbs)
    said, _ = ask(showing, "tiles", set="1", **{"from": 0}, count=20, pictures=False)
    assert len(json.dumps(said)) / 20 < 1_500


def test_a_damaged_picture_is_told_in_words(shelf, hits, showing):
    del shelf.pictures[f"{FILM}-1"]
    said, buffers = ask(showing, "tiles", set="1", **{"from": 0}, count=3)
    assert [tile["image"] for tile in said["tiles"]] == [0, None, 1]
    assert "damaged" in said["tiles"][1]["image_error"]
    assert len(buffers) == 2


def test_keyframes_come_with_their_times(showing):
    said, buffers = ask(showing, "keyframes", set="1", at=0)
    assert said["times"] == [0.0, 2.0, 4.0]
    assert all(Image.open(io.BytesIO(jpeg)).width == 320 for jpeg in buffers)


def test_picks_and_thumbs_reach_python_and_come_back_on_the_tiles(hits, showing):
    ask(showing, "pick", set="1", at=4)
    ask(showing, "pick", set="1", at=1)
    ask(showing, "thumb", set="1", at=1, value=-1)
    assert list(hits.picks["rank"]) == [5, 2]
    assert list(hits.thumbs["thumb"]) == [-1]
    said, buffers = ask(showing, "tiles", set="1", **{"from": 0}, count=6, pictures=False)
    assert [tile["thumb"] for tile in said["tiles"]] == [0, -1, 0, 0, 0, 0]
    said, buffers = ask(showing, "open")
    assert [(tile["place"], tile["at"]) for tile in said["tray"]] == [(0, 4), (1, 1)]
    assert len(buffers) == 2
    ask(showing, "move", **{"from": 0, "to": 1})
    assert list(hits.picks["rank"]) == [2, 5]
    ask(showing, "unpick", set="1", at=4)
    ask(showing, "unpick", set="1", at=4)
    ask(showing, "unpick", place=0)
    assert len(hits.tray) == 0


class Front:
    """Stands where a widget stands and keeps what it is told."""

    def __init__(self):
        self.told = []

    def push(self, fields, buffers=()):
        self.told.append((json.loads(json.dumps(fields)), list(buffers)))


def test_pictures_of_picks_are_sent_once_while_they_are_in_the_tray(hits, showing):
    front = Front()
    showing._desks.add(front)
    for at in range(4):
        ask(showing, "pick", set="1", at=at)
    assert [len(buffers) for _, buffers in front.told] == [1, 1, 1, 1]
    assert [len(fields["tiles"]) for fields, _ in front.told] == [1, 2, 3, 4]
    ask(showing, "unpick", place=0)
    ask(showing, "pick", set="1", at=0)
    assert [len(buffers) for _, buffers in front.told[4:]] == [0, 1]


def test_a_grid_that_nobody_sees_makes_no_pictures_of_picks(shelf, hits, showing):
    shelf.asked.clear()
    showing._pictures.of = None
    hits.tray.add(hits)
    assert len(hits.tray) == 6


def test_thumbs_given_in_one_grid_are_seen_in_the_other(hits, showing):
    other = Showing(hits, tray=hits.tray, thumbs=hits._thumbs)
    front = Front()
    other._desks.add(front)
    ask(showing, "thumb", set="1", at=2, value=-1)
    told = {"push": "thumb", "sets": ["1"], "shot_id": hits[2].shot_id, "value": -1}
    assert front.told == [(told, [])]


def test_a_pick_is_played_by_what_it_is_wherever_it_stands(hits, showing):
    for at in (3, 1):
        ask(showing, "pick", set="1", at=at)
    picks = ask(showing, "open")[0]["tray"]
    ask(showing, "move", **{"from": 0, "to": 1})
    ask(showing, "thumb", set="tray", at=0, key=picks[0]["key"], value=1)
    assert list(hits.thumbs["shot_id"]) == [hits[3].shot_id]
    ask(showing, "clear")
    with pytest.raises(QueryError, match="no longer in the tray"):
        ask(showing, "keyframes", set="tray", at=0, key=picks[0]["key"])


@pytest.fixture
def playing(shelf, tmp_path, monkeypatch):
    """What shows one shot of six seconds that can be played; no cache of before."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    path = tmp_path / "film.mp4"
    with VideoWriter(path, width=96, height=64, rate=Fraction(24), preset="ultrafast") as writer:
        for number in range(24 * 6):
            writer.write(np.full((64, 96, 3), number, np.uint8))
    shelf.paths[FILM] = path
    found = SearchResults(
        rows(1, start_pts=0, end_pts=6 * 12_288), catalog=shelf, query_text="a dog", elapsed_s=0
    )
    return Showing(found, tray=found.tray, thumbs=found._thumbs)


def ask_ahead(showing):
    answer = Answer()
    asked = {"set": "1", "at": 0, "ahead": True}
    worker = threading.Thread(target=showing.handlers()["play"], args=(asked, answer))
    worker.start()
    return answer, worker


def test_of_a_film_asked_for_ahead_only_the_beginning_is_made(playing):
    whole = Answer()
    playing.handlers()["play"]({"set": "1", "at": 0}, whole)
    assert len(whole.said) > 10
    # Made anew: what was played once is kept, and costs nothing.
    playing._player().folder.rename(playing._player().folder.with_name("away"))
    answer, worker = ask_ahead(playing)
    until = time.monotonic() + 10
    while len(answer.said) < 2 and time.monotonic() < until:
        time.sleep(0.01)
    time.sleep(0.3)
    assert len(answer.said) == 2
    assert worker.is_alive()
    answer.cancelled.set()
    answer.wanted.set()
    worker.join(10)
    assert not worker.is_alive()
    assert len(answer.said) == 2


def test_what_was_asked_for_ahead_goes_on_when_it_is_wanted(playing):
    whole = Answer()
    playing.handlers()["play"]({"set": "1", "at": 0}, whole)
    playing._player().folder.rename(playing._player().folder.with_name("away"))
    answer, worker = ask_ahead(playing)
    answer.wanted.set()
    began = time.monotonic()
    worker.join(20)
    assert time.monotonic() - began < 2
    assert [buffers for _, buffers in answer.said] == [buffers for _, buffers in whole.said]
    assert len(answer.said[-1][0]["times"]) == 24 * 6


def test_a_picture_of_a_pick_that_failed_is_tried_again(shelf, hits, showing):
    front = Front()
    showing._desks.add(front)
    kept = shelf.pictures.pop(f"{FILM}-2")
    ask(showing, "pick", set="1", at=2)
    ask(showing, "pick", set="1", at=3)
    assert "damaged" in front.told[-1][0]["tiles"][0]["image_error"]
    shelf.pictures[f"{FILM}-2"] = kept
    ask(showing, "pick", set="1", at=4)
    assert front.told[-1][0]["tiles"][0]["image_error"] == ""
    assert len(front.told[-1][1]) == 2


def test_answers_lie_on_a_way_back_and_forth(hits, showing):
    showing.show(hits[:2], label="more like it")
    assert showing.view()["trail"] == ["a dog", "more like it"]
    ask(showing, "back")
    assert showing.hits is hits
    assert (showing.view()["back"], showing.view()["forward"]) == (False, True)
    ask(showing, "back")
    ask(showing, "forward")
    assert len(showing.hits) == 2
    ask(showing, "back")
    showing.show(hits[:1], label="another way")
    assert showing.view()["trail"] == ["a dog", "another way"]
    assert not showing.view()["forward"]


def test_an_answer_that_is_gone_is_said(showing, hits):
    for _ in range(120):
        showing.show(hits[:1])
    with pytest.raises(QueryError, match="no longer shown"):
        ask(showing, "tiles", set="1", **{"from": 0}, count=3)


@pytest.mark.parametrize("at", [-1, 6, None, "0", True])
def test_a_place_that_is_not_there_is_refused(showing, at):
    with pytest.raises(QueryError, match="there is no shot"):
        ask(showing, "pick", set="1", at=at)


def test_without_an_index_nothing_can_be_asked_further(showing):
    assert not showing.view()["can"]["again"]
    with pytest.raises(QueryError, match="not found by an index"):
        ask(showing, "more", set="1", at=0)


def test_an_index_is_asked_further(sample_index):
    hits = sample_index.search("a dog in a meadow", k=5)
    showing = Showing(hits, tray=hits.tray, thumbs=hits._thumbs)
    ask(showing, "more", set="1", at=0)
    assert showing.view()["trail"][1].startswith("more like")
    ask(showing, "pick", set=showing.visit.key, at=0)
    assert hits.tray[0].answer.query.startswith("more like")
    ask(showing, "follows", set="1", at=0)
    ask(showing, "unlike", set="1", at=0)
    assert len(showing.view()["trail"]) == 4


def test_near_duplicates_open_as_a_set_of_their_own(shelf):
    hits = SearchResults(
        rows(2), catalog=shelf, query_text="a dog", elapsed_s=0.01, folded={1: rows(3), 2: rows(1)}
    )
    showing = Showing(hits, tray=hits.tray, thumbs=hits._thumbs)
    said, _ = ask(showing, "folded", set="1", at=0)
    assert (said["total"], said["label"]) == (3, "3 more like this")
    tiles, buffers = ask(showing, "tiles", set=said["set"], **{"from": 0}, count=48)
    assert len(tiles["tiles"]) == len(buffers) == 3


def test_hostile_texts_come_cleaned_and_never_as_anything_but_text(shelf):
    for text in HOSTILE:
        hostile = pd.Series([text, text], dtype=object)
        table = explained(2, text=text).assign(name=hostile, note=hostile)
        hits = SearchResults(table, catalog=shelf, query_text=text, elapsed_s=0.01)
        showing = Showing(hits, tray=hits.tray, thumbs=hits._thumbs)
        said, _ = ask(showing, "tiles", set="1", **{"from": 0}, count=2, pictures=False)
        written = json.dumps([said, showing.view()], ensure_ascii=False)
        assert not any(mark in written for mark in ("\u202e", "\u2028", "\x1b", "\x00"))
