"""What must go on being found: judged, captioned, or ordinary phrases."""

from __future__ import annotations

import pandas as pd
import pytest

import vidsearch_sdk as vs
from tests.store.made import published, video_id
from vidsearch_sdk.errors import QueryError
from vidsearch_sdk.learning.general import general_queries
from vidsearch_sdk.learning.pairs import Pairs

FILMS = [video_id(number) for number in range(3)]


@pytest.fixture(scope="module")
def catalog(tmp_path_factory) -> vs.Catalog:
    made = vs.Catalog(tmp_path_factory.mktemp("general") / "catalog")
    for film in FILMS:
        published(made.films, film)
    return made


def judged(*rows):
    return vs.Judgments.from_frame(pd.DataFrame(rows, columns=["query", "shot_id", "grade"]))


def test_graded_judgments_search_all_shots_of_their_films(catalog):
    shots = [f"{FILMS[0]}-0", f"{FILMS[0]}-2"]
    given = judged(("dog", shots[0], 3.0), ("dog", shots[1], 1.0), ('says("hello")', shots[0], 1.0))
    found = general_queries(given, catalog=catalog)
    assert found.texts == ("dog",)
    assert found.grades == ({shots[0]: 3.0, shots[1]: 1.0},)
    assert found.shot_ids == tuple(sorted(f"{FILMS[0]}-{number}" for number in range(3)))
    assert found.source == "judgments"


def test_captions_are_right_for_their_shots(catalog):
    rows = pd.DataFrame({"text": ["a dog", "a dog", "a cat"], "shot_id": [f"{film}-1" for film in FILMS]})
    found = general_queries(Pairs(catalog, rows), catalog=catalog)
    assert dict(zip(found.texts, found.grades, strict=True)) == {
        "a dog": {f"{FILMS[0]}-1": 1.0, f"{FILMS[1]}-1": 1.0},
        "a cat": {f"{FILMS[2]}-1": 1.0},
    }
    assert len(found.shot_ids) == 9


def test_without_any_an_encoders_words_or_ordinary_phrases_are_asked(catalog):
    phrases = general_queries(None, catalog=catalog)
    assert phrases.grades is None
    assert len(phrases.texts) == len(set(phrases.texts)) > 80
    assert "a street at night" in phrases.texts
    words = general_queries(None, catalog=catalog, words={"dog", "a", "sea", "cat"})
    assert words.texts == ("cat", "dog", "sea")
    many = general_queries(None, catalog=catalog, words={f"word{n}" for n in range(1000)})
    assert len(many.texts) <= 150


def test_what_cannot_be_measured_is_refused(catalog):
    with pytest.raises(QueryError, match="none of the 1 general queries is plain words"):
        general_queries(judged(('says("hello")', f"{FILMS[0]}-0", 1.0)), catalog=catalog)
    with pytest.raises(QueryError, match=r"general is a list; vs\.Pairs or vs\.Judgments"):
        general_queries(["dog"], catalog=catalog)
