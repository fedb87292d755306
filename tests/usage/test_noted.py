"""What became of searches, from events alone."""

from __future__ import annotations

import math

import pandas as pd
import pytest

from vidsearch_sdk.errors import QueryError
from vidsearch_sdk.usage.noted import ABANDONED_S, TYPING_S
from vidsearch_sdk.usage.usage import Usage

NOON = 1_760_000_000.0


class Story:
    """Events, told in order of time."""

    def __init__(self, session="a"):
        self.events, self.session, self.n, self.at = [], session, 0, NOON

    def _add(self, **event):
        self.n += 1
        self.events.append({"at": self.at, "session": self.session, "n": self.n, **event})
        return self.n

    def wait(self, seconds):
        self.at += seconds
        return self

    def search(self, words, *, hits=5, took=4.0, shown=True, kind="words", stages=None):
        number = self._add(
            event="search", words=words, read="", kind=kind, hits=hits, took_ms=took,
            stages_ms=stages or {"encode": took / 2},
        )  # fmt: skip
        if shown:
            self._add(event="shown", search=number)
        return number

    def done(self, event, number, shot="00-1", **facts):
        self._add(event=event, search=number, shot_id=shot, rank=1, **facts)


def of(*stories, later_s=10 * ABANDONED_S, **options):
    events = [event for story in stories for event in story.events]
    last = max(event["at"] for event in events)
    return Usage(events, now_s=last + later_s, **options)


def test_picks_and_the_time_to_the_first():
    story = Story()
    number = story.search("a dog")
    story.wait(7).done("pick", number, "00-3")
    story.wait(5).done("pick", number, "00-4")
    story.done("pick", number, "00-4")
    story.done("thumb", number, "00-4", value=1)
    story.done("thumb", number, "00-5", value=-1)
    story.done("thumb", number, "00-4", value=0)
    story.done("play", number, "00-9")
    (row,) = of(story).searches.to_dict("records")
    assert (row["picks"], row["plays"], row["thumbs_up"], row["thumbs_down"]) == (2, 1, 0, 1)
    assert row["first_pick_s"] == pytest.approx(7)
    assert row["abandoned"] is False
    assert row["at"] == pd.Timestamp(NOON, unit="s", tz="UTC")


@pytest.mark.parametrize("event", ["pick", "play", "thumb"])
def test_what_is_used_in_time_is_not_abandoned(event):
    for seconds, abandoned in ((ABANDONED_S - 1, False), (ABANDONED_S + 1, True)):
        story = Story()
        number = story.search("a dog")
        story.wait(seconds).done(event, number, value=1)
        assert of(story).searches["abandoned"].tolist() == [abandoned]


def test_a_search_is_abandoned_for_other_words():
    story = Story()
    story.search("a dog")
    story.wait(30).search("a cat")
    assert of(story, later_s=1).searches["abandoned"].tolist() == [True, pd.NA]
    assert of(story).searches["abandoned"].tolist() == [True, True]


def test_what_says_nothing_of_being_abandoned_is_left_open():
    story = Story()
    story.search("a script", shown=False)
    story.wait(30).search("a d")
    story.wait(TYPING_S / 2).search("a dog")
    story.wait(30).search("a dog")
    assert of(story).searches["abandoned"].tolist() == [pd.NA, pd.NA, pd.NA, True]
    assert of(story).figures["abandoned"] == 1.0


def test_a_pause_begins_a_new_session_and_sessions_do_not_mix():
    story, other = Story("a"), Story("b")
    story.search("a dog")
    other.wait(5).search("a cat")
    story.wait(3600).search("a dog")
    usage = of(story, other)
    assert usage.searches["session"].nunique() == 3
    assert usage.searches.set_index("words").loc["a cat", "abandoned"]


def test_stages_and_days():
    story = Story()
    for took in (10.0, 20.0, 30.0):
        story.search("a dog", took=took, stages={"encode": took / 2, "picture": took / 4})
    story.wait(86_400).search("nothing", hits=0, took=40.0, stages={"encode": 20.0})
    usage = of(story)
    stages = usage.stages.set_index("stage")
    assert stages.index.tolist() == ["encode", "picture", "whole search"]
    assert stages.loc["whole search", "p50_ms"] == 25.0
    assert stages.loc["encode", "share"] == pytest.approx(0.5)
    assert stages.loc["picture", "searches"] == 3
    days = usage.days
    assert days["searches"].tolist() == [3, 1]
    assert days["nothing"].tolist() == [0, 1]
    assert days["p50_ms"].tolist() == [20.0, 40.0]
    assert usage.queries["words"].tolist() == ["a dog", "nothing"]


def test_it_is_told_in_words_and_drawn():
    story = Story()
    number = story.search("<b>a dog</b>")
    story.wait(8).done("pick", number)
    story.wait(60).search("a cat", hits=0)
    usage = of(story, on=True, notes=("one file is damaged",))
    told = repr(usage)
    assert "2 searches in 1 session on 2025-10-09" in told
    assert "50% were abandoned" in told
    assert "50% found nothing" in told
    assert "the first after 8 s" in told
    assert told.endswith("one file is damaged")
    page = usage._repr_html_()
    assert "<script" not in page
    assert "<b>a dog" not in page
    assert "&lt;b&gt;a dog" in page
    assert page.count("<svg") == 2
    for what in ("days", "stages"):
        assert usage.plot(what).svg.startswith("<svg")
    with pytest.raises(QueryError, match="'days' or 'stages'"):
        usage.plot("years")


def test_nothing_noted_is_no_error():
    usage = Usage([])
    for table in ("searches", "stages", "days", "queries", "reformulations", "synonyms"):
        assert len(getattr(usage, table)) == 0
    assert math.isnan(usage.figures["abandoned"])
    assert "no search was noted" in usage._repr_html_()
    with pytest.raises(QueryError, match="nothing to draw"):
        usage.plot()
