"""The words around the controls."""

from __future__ import annotations

import json
from types import SimpleNamespace

import pytest

import vidsearch_sdk as vs
from tests.results.hostile import HOSTILE
from vidsearch_sdk.errors import QueryError
from vidsearch_sdk.explorer.asked import Asked
from vidsearch_sdk.explorer.labels import label_of
from vidsearch_sdk.explorer.told import facts_of, filters_of, label_of_visit, mistake_in, state_of
from vidsearch_sdk.query.algebra.typed import typed
from vidsearch_sdk.results.follow import Said

MISTAKES = [
    ('text("a dog") & say("key")', "say"),
    ('text("a dog") text("key")', "text"),
    ('text("a dog', '"'),
    ('text("ä🐕") & ?', "?"),
    ('text("a dog") &', ""),
    ('text("a dog"', "("),
    ('text("' + "a" * 300 + '") ! "b"', "!"),
    ('text("a") - 1e', "1e"),
]


@pytest.mark.parametrize(("query", "at"), MISTAKES)
def test_the_place_of_a_mistake_is_found_in_the_words_of_the_error(query, at):
    with pytest.raises(QueryError) as error:
        typed(query)
    before, piece, after = mistake_in(query, str(error.value))
    assert piece == at
    assert before.lstrip("…") + piece + after.rstrip("…") in query
    assert len(before) <= 41
    assert len(after) <= 41


def test_other_errors_have_no_place():
    assert mistake_in("a dog", "the catalog has no shots to find") is None


@pytest.mark.parametrize("text", HOSTILE)
def test_labels_and_words_are_clean_and_what_is_sent_back_is_not_changed(text):
    where = {text or "show": [text, "Dark"]}
    [form] = json.loads(json.dumps(filters_of(where)))
    assert form["column"] == (text or "show")
    assert text in form["values"]
    for shown in (form["label"], form["words"], label_of(text)):
        assert shown
        assert shown.isprintable()
        assert len(shown) <= 200


def test_the_state_of_the_controls_can_be_sent():
    asked = Asked("dog", where={"year": (1990, None)}, as_typed=frozenset({"b", "a"}), options={"k": 5})
    told = json.loads(json.dumps(state_of(asked)))
    assert (told["query"], told["as_typed"], told["alone"]) == ("dog", ["a", "b"], [])
    assert told["options"] == {"k": 5, "min_score": None, "per_film": None, "fold": True}


@pytest.mark.parametrize(
    ("where", "label"),
    [
        ({}, "a dog"),
        ({"duration_s": (3, None)}, "a dog, length from 3 s"),
        ({"duration_s": (3, None), "show": vs.Not("Dark")}, "a dog, length from 3 s, show not Dark"),
        ({"a": 1, "b": True, "c": 2, "d": 3}, "a dog, a 1, b yes and 2 more"),
    ],
)
def test_answers_are_named_by_query_and_filters(where, label):
    assert label_of_visit(Asked("a dog", where=where), SimpleNamespace(query="a dog")) == label
    shown = label_of_visit(Asked("", where=where), SimpleNamespace(query="a dog"))
    assert shown == (label.replace("a dog", "all shots") if where else "a dog")


def test_names_of_answers_stay_short():
    long = "x" * 500
    label = label_of_visit(Asked(long, where={long: [long], "b": [long] * 9}), SimpleNamespace(query=long))
    assert len(label) < 260
    assert "…" in label


def test_an_empty_answer_to_a_query_that_names_shots_is_told_by_its_name():
    asked = Asked('shot("0123456789abcdef-1")', said=Said("more like a.mp4 at 00:00:01.000"))
    told = facts_of(asked, [])
    assert told["empty"].startswith("No shot was found for more like a.mp4 at 00:00:01.000. Try other words")
