"""What filters can be set to agrees with the table of all shots, value by value."""

from __future__ import annotations

import datetime as dt

import pandas as pd
import pytest

from tests.index.worlds import StubEncoder, add_film, film_id, random_rows
from vidsearch_sdk.catalog import Catalog
from vidsearch_sdk.index.building import publish
from vidsearch_sdk.index.facets import MOST_VALUES, facets_of
from vidsearch_sdk.index.filters import parse_filter
from vidsearch_sdk.index.generation_files import Published
from vidsearch_sdk.index.served import serve

OWNS = [
    {"show": "Dark", "season": 1, "aired": dt.date(2017, 12, 1), "seen": True, "rating": 8.5, "id": 1},
    {"show": "Dark", "season": 2, "aired": dt.date(2019, 6, 21), "seen": False, "rating": 9.0, "id": "x"},
    {"show": "1899", "aired": dt.date(2022, 11, 17)},
    {"show": '<img src=x onerror="alert(1)">', "season": 1, "note": "only here"},
    {},
]


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    """Films 0 to 2 published; then 1 removed, 3 and 4 added and not published."""
    catalog, encoder = Catalog(tmp_path_factory.mktemp("facets") / "catalog"), StubEncoder()
    films = [
        add_film(catalog, number, 6, vectors=random_rows(6, seed=number), encoder=encoder, **OWNS[number])
        for number in (0, 1, 2)
    ]
    published = Published.open(publish(catalog, encoder, films=films, progress=False))
    catalog.films.remove(film_id(1))
    for number in (3, 4):
        lines = [(0.5, 1.5, "hallo"), (2.5, 3.5, "du")]
        add_film(
            catalog,
            number,
            4,
            vectors=random_rows(4, seed=number),
            encoder=encoder,
            lines=lines,
            spoken_in="de",
            **OWNS[number],
        )
    return serve(catalog, published)


def by_name(served):
    return {facet.name: facet for facet in facets_of(served)}


def test_choices_and_their_counts_are_those_of_the_table(served):
    table, found = served.table().to_pandas(), by_name(served)
    for name in ("show", "season", "opened_by", "name", "note"):
        facet = found[name]
        assert facet.kind == "choice"
        assert dict(facet.values) == table[name].dropna().value_counts().to_dict()
        assert facet.missing == int(table[name].isna().sum())
    assert [value for value, _ in found["show"].values] == ["1899", "Dark", OWNS[3]["show"]]


def test_every_value_that_is_offered_passes_as_many_shots_as_it_says(served):
    offered = 0
    for facet in facets_of(served):
        for value, count in facet.values:
            assert served.passing(parse_filter({facet.name: [value]})) == count
            offered += 1
        if facet.low is not None:
            within = served.passing(parse_filter({facet.name: (facet.low, facet.high)}))
            assert within == served.shots - facet.missing
            offered += 1
    assert offered > 20


def test_numbers_of_shots_have_ends_and_numbers_of_films_are_chosen(served):
    table, found = served.table().to_pandas(), by_name(served)
    for name in ("duration_s", "position_s", "end_frame"):
        facet = found[name]
        assert (facet.kind, facet.low, facet.high) == ("number", table[name].min(), table[name].max())
        assert facet.unit == ("s" if name.endswith("_s") else "")
    assert [value for value, _ in found["season"].values] == [1]
    # Not a whole number: a place on a scale.
    assert (found["rating"].kind, found["rating"].low, found["rating"].high) == ("number", 8.5, 8.5)


def test_languages_count_each_shot_over_which_they_are_spoken(served):
    table = served.table().to_pandas()
    counts = table["language"].dropna().str.split(", ").explode().value_counts().to_dict()
    facet = by_name(served)["language"]
    assert facet.kind == "choice"
    assert dict(facet.values) == counts
    assert set(counts) == {"en", "de"}


def test_flags_and_days(served):
    found = by_name(served)
    assert found["seen"].kind == "flag"
    assert dict(found["seen"].values) == {True: 6}
    assert found["aired"].kind == "date"
    assert (found["aired"].low, found["aired"].high) == (dt.date(2017, 12, 1), dt.date(2022, 11, 17))


def test_own_columns_come_first_and_what_tells_nothing_apart_is_left_out(served):
    groups = [facet.group for facet in facets_of(served)]
    assert groups == sorted(groups, key=("own", "main", "more").index)
    found = by_name(served)
    assert {name for name, facet in found.items() if facet.group == "own"} == {
        "show",
        "season",
        "aired",
        "seen",
        "rating",
        "note",
        "id",
    }
    # Of one width all, without any codec: neither can be filtered by.
    assert not {"width", "codec", "status", "time_base"} & set(found)


def test_a_column_of_many_texts_is_looked_into(tmp_path):
    catalog, encoder = Catalog(tmp_path / "catalog"), StubEncoder()
    count = MOST_VALUES + 1
    films = [
        add_film(catalog, n, 1, vectors=random_rows(1, seed=n), encoder=encoder, scene=f"scene {n}", take=n)
        for n in range(count)
    ]
    published = Published.open(publish(catalog, encoder, films=films[1:], progress=False))
    found = by_name(serve(catalog, published))
    # The last value of each comes from the film that is not published yet.
    assert (found["scene"].kind, found["scene"].values) == ("text", ())
    assert (found["take"].kind, found["take"].low, found["take"].high) == ("number", 0, count - 1)
    assert found["name"].kind == "text"
    assert found["shot_id"].kind == "text"
    catalog.films.remove(film_id(0))
    fewer = by_name(serve(catalog, published))
    assert (fewer["scene"].kind, len(fewer["scene"].values)) == ("choice", MOST_VALUES)
    assert pd.Series([value for value, _ in fewer["take"].values]).is_monotonic_increasing
    assert [value for value, _ in fewer["scene"].values] == [f"scene {n}" for n in range(1, count)]
