import pytest

from vidsearch_sdk.errors import QueryError
from vidsearch_sdk.results.search_results import SearchResults
from vidsearch_sdk.results.thumbs import Thumbs

from .conftest import rows


@pytest.fixture
def hits(shelf):
    return SearchResults(rows(3), catalog=shelf, query_text="a dog", elapsed_s=0.01)


def test_the_last_word_counts(hits):
    thumbs = Thumbs()
    thumbs.give(hits[0], 1)
    thumbs.give(hits[1], 1)
    thumbs.give(hits[0], -1)
    assert [thumbs.of(hit) for hit in hits] == [-1, 1, 0]
    assert list(thumbs.table["shot_id"]) == [hits[1].shot_id, hits[0].shot_id]
    assert list(thumbs.table["thumb"]) == [1, -1]
    assert set(thumbs.table["query"]) == {hits.query}
    thumbs.give(hits[1], 0)
    assert dict(thumbs.given) == {(hits.query, hits[0].shot_id): -1}


def test_an_empty_table_has_its_columns_and_kinds():
    table = Thumbs().table
    assert list(table.columns) == ["query", "shot_id", "thumb", "at"]
    assert table["thumb"].dtype == "int64"
    assert str(table["at"].dt.tz) == "UTC"


@pytest.mark.parametrize("thumb", [2, "up", None])
def test_other_thumbs_are_refused(hits, thumb):
    with pytest.raises(QueryError, match=r"1 \(right\), -1 \(wrong\) or 0"):
        Thumbs().give(hits[0], thumb)
