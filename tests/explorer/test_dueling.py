"""Two indexes behind one search desk: neither is told from the other, and picks of all people add up."""

from __future__ import annotations

import numpy as np
import pytest

import vidsearch_sdk as vs
from tests.explorer.conftest import FILMS, Listener
from tests.index.worlds import film_id
from tests.query.concepts import ConceptEncoder, index_of
from vidsearch_sdk.errors import QueryError, SearchIndexError
from vidsearch_sdk.evaluation.interleaving import team_draft
from vidsearch_sdk.explorer.dueling import _joined


@pytest.fixture
def pair(tmp_path):
    """An index that knows its films, and another one of the same catalog that knows little of them."""
    good = index_of(tmp_path / "catalog", [[*shots] for shots in FILMS])
    other = ConceptEncoder(turned=1, name="other", fingerprint="00000000000000cd")
    catalog = good.catalog
    for number, shots in enumerate(FILMS):
        # Every shot looks like the one before it.
        rows = np.roll(other.rows(shots, seed=number + 1), 1, axis=0)
        catalog.embeddings.publish(catalog.films.get(film_id(number)), other.fingerprint, rows)
    return good, vs.ShotIndex.build(catalog, other, progress=False)


def right(index, words):
    return index.search(words, k=2, min_score=0)[0].shot_id


def test_both_are_searched_and_neither_is_told(pair):
    good, other = pair
    explorer = vs.explore(good, "dog", against=other, k=8)
    explorer.search(min_score=0)
    both = {one for index in pair for one in index.search("dog", k=4, min_score=0).table["shot_id"]}
    assert both <= set(explorer.results["shot_id"])
    assert explorer.results["rank"].tolist() == list(range(1, 9))
    assert explorer.results[["score", "similarity", "picture"]].isna().all(axis=None)
    tiles = Listener(explorer).asked("tiles", set=explorer._showing.visit.key, count=8, **{"from": 0})[
        "tiles"
    ]
    assert {tile["score"] for tile in tiles} == {None}
    assert {"other", "stub"} & {word for tile in tiles for word in str(tile).split()} == set()
    # The same words again: the same order.
    before = explorer.results["shot_id"].tolist()
    explorer.search("dog")
    assert explorer.results["shot_id"].tolist() == before
    explorer.close()


def test_picks_decide_and_add_up_over_people(pair):
    good, other = pair
    for person in range(2):
        explorer = vs.explore(good, against=other)
        for words in ("dog", "cat", "night", "train", "lighthouse"):
            explorer.search(words, min_score=0, k=8)
            explorer.tray.add(next(hit for hit in explorer.hits if hit.shot_id == right(good, words)))
            if words == "night" and not person:
                explorer.tray.clear()
        # Said of a query once, whatever else is picked of it.
        explorer.close()
        counted = explorer.duel
    assert len(counted.table) == counted.wins + counted.losses + counted.ties == 10
    assert list(counted.table.columns) == ["query", "won", "lost", "result", "at"]
    assert counted.wins > counted.losses
    # From the other side it is the other way round.
    turned = vs.explore(other, against=good).duel
    assert (turned.wins, turned.losses, turned.ties) == (counted.losses, counted.wins, counted.ties)
    assert str(counted.wins) in counted.verdict
    assert repr(counted) == counted.verdict


def test_a_pick_that_is_taken_back_counts_no_more(pair):
    good, other = pair
    explorer = vs.explore(good, "dog", against=other)
    explorer.search(min_score=0)
    explorer.tray.add(explorer.hits[0])
    assert len(explorer.duel.table) == 1
    explorer.tray.remove(0)
    assert len(explorer.duel.table) == 0
    explorer.tray.add(explorer.hits[:2])
    explorer.tray.clear()
    # Handed over and cleared.
    assert len(explorer.duel.table) == 1
    assert explorer.duel.ties == 1
    explorer.close()


def test_one_search_is_noted_as_one_with_what_becomes_of_it(pair):
    good, other = pair
    good.catalog.keep_usage()
    explorer = vs.explore(good, against=other, k=8)
    explorer.search("dog", min_score=0)
    explorer.tray.add(explorer.hits[0])
    noted, problems = good.catalog.recorder.read()
    assert not problems
    assert [one["event"] for one in noted] == ["search", "pick"]
    explorer.again()
    assert explorer.hits.learned == (1, 0)
    explorer.close()


def test_what_only_the_other_found_is_shown(pair):
    good, other = pair
    answers = [good.search("dog", k=1, min_score=0), other.search("dog", k=6, min_score=0)]
    tables = [one.table for one in answers]
    ranked = [list(zip(one["shot_id"], one["end_pts"].astype(int), strict=True)) for one in tables]
    merged = team_draft(*ranked, seed=0)
    assert None in merged.teams
    joined = _joined(answers, tables, ranked, merged)
    assert joined.table["shot_id"].tolist() == [shot_id for shot_id, _ in merged.items]


def test_what_cannot_be_compared_is_refused(pair, index):
    good, _ = pair
    with pytest.raises(QueryError, match="one catalog"):
        vs.explore(good, against=index)
    with pytest.raises(QueryError, match="same index"):
        vs.explore(good, against=good)
    with pytest.raises(SearchIndexError, match="no index"):
        vs.explore(good, against="other")
    with pytest.raises(QueryError, match="against=other"):
        vs.explore(good).duel  # noqa: B018
