import pandas as pd
import pytest

from tests.results.hostile import HOSTILE
from tests.results.structure import Skeleton
from vidsearch_sdk.results.hit import Hit
from vidsearch_sdk.results.search_results import SearchResults


def test_it_is_a_sequence_of_hits(found):
    hits = found(5)
    assert len(hits) == 5
    assert [hit.rank for hit in hits] == [1, 2, 3, 4, 5]
    assert hits[-1] == hits[4]
    assert hits[-1].rank == 5
    assert isinstance(hits[0], Hit)
    assert [hit.rank for hit in reversed(hits)] == [5, 4, 3, 2, 1]
    for wrong in (5, -6):
        with pytest.raises(IndexError, match="there are 5"):
            hits[wrong]
    with pytest.raises(TypeError):
        hits["rank"]


def test_a_slice_is_results_again(found):
    part = found(5, notes=("a note",))[1:3]
    assert isinstance(part, SearchResults)
    assert [hit.rank for hit in part] == [2, 3]
    assert (part.query, part.notes) == ("a dog", ("a note",))
    assert [hit.rank for hit in found(5)[::-2]] == [5, 3, 1]
    assert len(found(5)[9:]) == 0


def test_the_table_is_yours(found):
    hits = found(3)
    table = hits.table
    table.loc[0, "score"] = -5.0
    table["mine"] = 1
    del table["name"]
    assert hits[0].score == 0.98
    assert "mine" not in hits.table.columns
    assert len(hits) == 3


def test_the_table_given_may_change_too(shelf, found):
    table = found(3).table
    hits = SearchResults(table, catalog=shelf, query_text="x", elapsed_s=0)
    table.loc[0, "score"] = -5.0
    assert hits[0].score == 0.98


def test_a_table_without_its_columns_is_refused(shelf):
    with pytest.raises(ValueError, match="similarity"):
        SearchResults(pd.DataFrame({"rank": [1]}), catalog=shelf, query_text="x", elapsed_s=0)


def test_printed_it_is_a_short_aligned_table(found):
    assert repr(found(2, notes=("the query was cut",))).splitlines() == [
        "2 shots match 'a dog' (4 ms)",
        "rank  score      position  length             shot_id  film",
        "   1   0.98  00:00:00.000  2.50 s  00112233445566aa-0  Harbor at dawn.mp4",
        "   2   0.91  00:00:02.500  2.50 s  00112233445566aa-1  Harbor at dawn.mp4",
        "the query was cut",
    ]
    assert repr(found(1)).startswith("1 shot matches")
    long = repr(found(10_000)).splitlines()
    assert len(long) == 23
    assert long[-1] == "… and 9,980 more: hits.table"


def test_an_empty_answer_says_so_and_what_to_try(found):
    hits = found(0, query_text="a zebra")
    assert repr(hits).splitlines()[0] == "no shot matches 'a zebra' (4 ms)"
    assert "min_score=0" in repr(hits)
    read = Skeleton(hits._repr_html_())
    assert "No shot matches “a zebra”." in read.texts
    assert not any(tag.startswith("<ol") for tag in read.shape)
    assert list(hits) == []
    with pytest.raises(IndexError):
        hits[0]


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_printed_no_text_steers_the_terminal(found, text):
    lines = repr(found(2, query_text=text, name=text, notes=(text,))).split("\n")
    assert len(lines) == 5
    assert all(line.isprintable() for line in lines)
