import pickle

import pytest

from vidsearch_sdk.errors import QueryError
from vidsearch_sdk.results.hit import SHOT_COLUMNS
from vidsearch_sdk.results.search_results import SearchResults
from vidsearch_sdk.results.tray import Tray

from .conftest import rows


@pytest.fixture
def hits(shelf):
    return SearchResults(rows(6), catalog=shelf, query_text="a dog", elapsed_s=0.01)


def ranks(tray):
    return [hit.rank for hit in tray]


def test_picks_stand_in_the_order_in_which_they_were_picked(hits):
    tray = Tray([hits[3]]).add(hits[0]).add(hits[4:6])
    assert ranks(tray) == [4, 1, 5, 6]
    assert [tray[0].rank, tray[-1].rank, len(tray)] == [4, 6, 4]
    assert hits[0] in tray
    assert hits[1] not in tray
    assert "a dog" not in tray


def test_a_shot_is_picked_once(hits):
    assert ranks(Tray([hits[2], hits[0]]).add(hits[2])) == [3, 1]


def test_picks_move_and_go(hits):
    tray = Tray(hits)
    tray.move(0, 5)
    assert ranks(tray) == [2, 3, 4, 5, 6, 1]
    tray.move(hits[5], 0)
    assert ranks(tray) == [6, 2, 3, 4, 5, 1]
    tray.remove(hits[1])
    tray.remove(-1)
    assert ranks(tray) == [6, 3, 4, 5]
    tray.replace(hits[:2])
    assert ranks(tray) == [1, 2]
    tray.clear()
    assert len(tray) == 0


def test_a_slice_is_a_tray_of_its_own(hits):
    tray = Tray(hits)
    part = tray[1:3]
    part.clear()
    assert len(tray) == 6


def test_what_is_not_there_is_said(hits):
    tray = Tray(hits[:2])
    with pytest.raises(QueryError, match="not in the tray"):
        tray.remove(hits[4])
    with pytest.raises(QueryError, match="no place 2 in the tray: 0 to 1"):
        tray.move(0, 2)
    with pytest.raises(QueryError, match="it is empty"):
        Tray().remove(0)
    with pytest.raises(QueryError, match="'a dog' is no hit"):
        tray.add(["a dog"])
    for odd in ("x", 0.5, slice(0, 1)):
        with pytest.raises(QueryError, match="is no pick"):
            tray.remove(odd)
    with pytest.raises(QueryError, match="3 is no hit"):
        tray.add(3)
    with pytest.raises(IndexError, match="pick 7 was asked for; there are 2"):
        tray[7]
    assert ranks(tray) == [1, 2]


def test_its_table_tells_the_query_of_each(hits):
    table = Tray(hits[:2]).table
    assert list(table["query"]) == [hits.query] * 2
    assert list(table["rank"]) == [1, 2]
    assert list(Tray().table.columns) == ["query", *SHOT_COLUMNS]
    assert Tray(hits).title == hits.query
    assert Tray().title == "Picks"


def test_listeners_hear_of_every_change_while_they_are_kept(hits):
    tray, heard = Tray(), []
    listener = tray.watch(lambda: heard.append(len(tray)))
    tray.add(hits[:3])
    tray.move(0, 1)
    tray.remove(0)
    tray.clear()
    assert heard == [3, 3, 2, 0]
    del listener
    tray.add(hits[0])
    assert len(heard) == 4


def test_it_is_shown_and_goes_to_other_processes(hits):
    tray = Tray(hits[:2])
    assert repr(tray).splitlines()[0] == "Tray of 2 picks"
    assert tray._repr_html_().count("<li") == 2
    assert ranks(pickle.loads(pickle.dumps(tray))) == [1, 2]


def test_hits_have_a_tray_of_their_own(hits):
    hits.tray.add(hits[1])
    assert list(hits.picks["rank"]) == [2]
    assert hits[:3].tray is hits.tray
