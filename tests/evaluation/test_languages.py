"""The cross-lingual table counts what a reader would count."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from tests.index.worlds import DIM, StubEncoder, catalog_of, random_rows
from vidsearch_sdk.errors import QueryError
from vidsearch_sdk.evaluation.languages import TranslatedQuery, cross_lingual
from vidsearch_sdk.query.algebra.terms import Text
from vidsearch_sdk.shot_index import ShotIndex


class Polyglot(StubEncoder):
    """Knows where each sentence of the test lies."""

    known: dict[str, np.ndarray]

    def encode_texts(self, texts):
        rows = [self.known.get(text, np.eye(DIM)[0]) for text in texts]
        return np.asarray(rows, dtype=np.float32)


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    encoder, vectors = Polyglot(), random_rows(60)
    encoder.known = {}
    catalog = catalog_of(tmp_path_factory.mktemp("languages") / "catalog", vectors, encoder, films=2)
    index = ShotIndex.build(catalog, encoder, progress=False)
    return SimpleNamespace(index=index, encoder=encoder, vectors=vectors, shots=list(index.table["shot_id"]))


def _nearest(world, row):
    """Ids of the shots nearest to a shot's own vector, itself first."""
    # Words of their own: an index remembers the vectors of words.
    world.encoder.known[f"probe {row}"] = world.vectors[row]
    return list(world.index.search(Text(f"probe {row}"), k=5, min_score=0.0).table["shot_id"])


def test_each_language_is_counted_by_itself(world):
    queries = []
    for number in range(4):
        nearest = _nearest(world, number * 7)
        vector = world.vectors[number * 7]
        world.encoder.known |= {f"english {number}": vector, f"german {number}": vector}
        world.encoder.known[f"french {number}"] = vector if number == 0 else -vector
        # French finds one of four.
        queries.append(
            TranslatedQuery(
                {"de": f"german {number}", "en": f"english {number}", "fr": f"french {number}"}, (nearest[0],)
            )
        )
    table = cross_lingual(world.index, queries)
    assert list(table.columns) == ["language", "queries", "R@1", "R@5", "share"]
    assert list(table["language"]) == ["en", "de", "fr"]
    assert table["R@1"].tolist() == [1.0, 1.0, 0.25]
    assert table["R@5"].tolist() == [1.0, 1.0, 0.25]
    assert table["share"].tolist() == [1.0, 1.0, 0.25]
    assert (table["queries"] == 4).all()


def test_places_after_the_first_count_for_recall_at_five_only(world):
    nearest = _nearest(world, 3)
    world.encoder.known["near"] = world.vectors[3]
    queries = [TranslatedQuery({"en": "near"}, (nearest[2], nearest[4]))]
    table = cross_lingual(world.index, queries)
    assert table[["R@1", "R@5"]].iloc[0].tolist() == [0.0, 1.0]
    # Nothing can be a share of nothing.
    assert pd.isna(table["share"].iloc[0])


@pytest.mark.parametrize(
    ("queries", "message"),
    [
        ([], "one query or more"),
        ([TranslatedQuery({"en": "a"}, ("x",)), TranslatedQuery({"de": "b"}, ("x",))], "same languages"),
        ([TranslatedQuery({"de": "a"}, ("x",))], "no query is in 'en'"),
    ],
)
def test_what_cannot_be_compared_is_told(world, queries, message):
    with pytest.raises(QueryError, match=message):
        cross_lingual(world.index, queries)


@pytest.mark.parametrize(
    ("words", "right"), [({}, ("x",)), ({"en": " "}, ("x",)), ({"en": "a"}, ()), ({"en": "a"}, "x")]
)
def test_a_query_needs_words_and_an_answer(words, right):
    with pytest.raises(QueryError):
        TranslatedQuery(words, right)
