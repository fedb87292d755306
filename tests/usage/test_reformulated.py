"""Which words seem to mean the same, by how people ask again."""

from __future__ import annotations

import pytest

from tests.usage.test_noted import Story, of
from vidsearch_sdk.catalog import Catalog
from vidsearch_sdk.usage.reformulated import change_of


@pytest.mark.parametrize(
    ("before", "after", "term", "synonym", "context"),
    [
        ("a cop at night", "a police officer at night", "cop", "police officer", True),
        ("the Bifröst opening", "the rainbow bridge opening", "bifröst", "rainbow bridge", True),
        ("cop", "policeman", "cop", "policeman", False),
        ("a cop", "the policeman", "cop", "policeman", False),
        ("close-up of a car", "close-up of an automobile", "car", "automobile", True),
    ],
)
def test_words_that_were_replaced(before, after, term, synonym, context):
    change = change_of(before, after)
    assert (change.how, change.term, change.synonym, change.context) == ("replaced", term, synonym, context)


@pytest.mark.parametrize(
    ("before", "after", "how"),
    [
        ("a turtel", "a turtle", "spelling"),
        ("two dogs", "two dog", "spelling"),
        ("a dog running", "a dog runs", "spelling"),
        ("night beach", "beach night", "spelling"),
        ("light house", "lighthouse", "spelling"),
        ("a dog", "a brown dog", "added"),
        ("a dog on a beach", "beach", "removed"),
        ("a dog on a beach", "a dog at a beach", "other"),
        ("a dog", "A  DOG", "other"),
        ("a man in a red hat walks home", "two women and their children eat ice cream", "other"),
    ],
)
def test_other_changes_propose_nothing(before, after, how):
    assert change_of(before, after).how == how


def chain(session, *queries, picked=True, wait_s=20):
    story = Story(session)
    for query in queries:
        number = story.wait(wait_s).search(query)
    if picked:
        story.wait(5).done("pick", number)
    return story


def test_a_chain_proposes_what_led_to_picks():
    usage = of(chain("a", "a cop at night", "a constable at night", "a policeman at night"))
    proposed = usage.synonyms[["term", "synonym", "times", "picks"]].values.tolist()
    assert sorted(proposed) == [["constable", "policeman", 1, 1], ["cop", "policeman", 1, 1]]


def test_without_picks_or_much_later_nothing_is_proposed():
    assert of(chain("a", "a cop at night", "a policeman at night", picked=False)).synonyms.empty
    assert of(chain("a", "a cop at night", "a policeman at night", wait_s=600)).synonyms.empty
    story = Story()
    first = story.search("a cop at night")
    story.done("pick", first)
    second = story.wait(20).search("a policeman at night")
    story.done("pick", second)
    assert of(story).synonyms.empty


def test_whole_queries_need_two_sessions():
    once = chain("a", "cop", "policeman")
    assert of(once).synonyms.empty
    twice = of(once, chain("b", "cop", "policeman"))
    assert twice.synonyms.values.tolist() == [["cop", "policeman", 2, 2, 2]]


def test_spelling_is_no_synonym():
    usage = of(chain("a", "a turtel in water", "a turtle in water"))
    assert usage.reformulations["how"].tolist() == ["spelling"]
    assert usage.synonyms.empty


def test_what_was_accepted_is_proposed_no_more(tmp_path):
    catalog = Catalog(tmp_path / "catalog")
    story = chain("a", "a cop at night", "a policeman at night")
    (proposed,) = of(story).synonyms.to_dict("records")
    catalog.synonyms.add(proposed["term"], proposed["synonym"])
    assert dict(catalog.synonyms) == {"cop": ("policeman",)}
    assert of(story, synonyms=catalog.synonyms.read()).synonyms.empty
