"""A generation, films published since and films that are gone are searched as one count of rows."""

from __future__ import annotations

import datetime as dt
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from tests.index.worlds import DIM, StubEncoder, add_film, film_id, random_rows
from vidsearch_sdk.catalog import Catalog
from vidsearch_sdk.errors import QueryError, UnknownColumn
from vidsearch_sdk.index.building import publish
from vidsearch_sdk.index.filters import Contains, Not, parse_filter
from vidsearch_sdk.index.generation_files import Published
from vidsearch_sdk.index.served import serve
from vidsearch_sdk.index.shot_rows import RESULT_COLUMNS
from vidsearch_sdk.store.tables import DIALOGUE

SHOTS, KEYFRAMES = 7, 3


def film_vectors(number: int, shots: int = SHOTS) -> np.ndarray:
    return random_rows(shots * KEYFRAMES, seed=number)


def add(catalog, number, encoder, *, shots=SHOTS, seed=None, **own):
    rows = film_vectors(number if seed is None else seed, shots)
    return add_film(catalog, number, shots, vectors=rows, encoder=encoder, keyframes=KEYFRAMES, **own)


def publish_all(catalog, encoder):
    films = [film for film in catalog.films.list() if film.has_shots]
    return Published.open(publish(catalog, encoder, films=films, progress=False))


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    """Films 0 to 3 published; then 1 removed, 2 processed anew with fewer shots, 4 and 5 added."""
    catalog, encoder = Catalog(tmp_path_factory.mktemp("world") / "catalog"), StubEncoder()
    for number in range(4):
        add(catalog, number, encoder, show=f"show {number % 2}")
    published = publish_all(catalog, encoder)
    catalog.films.remove(film_id(1))
    add(catalog, 2, encoder, shots=4, seed=20)
    add(catalog, 4, encoder, show="show 0", season=2)
    add(catalog, 5, encoder)
    # What can be found: film, shots, seed of its vectors, own columns.
    found = {
        0: (SHOTS, 0, {"show": "show 0"}),
        2: (4, 20, {"show": "show 0"}),
        3: (SHOTS, 3, {"show": "show 1"}),
        4: (SHOTS, 4, {"show": "show 0", "season": 2}),
        5: (SHOTS, 5, {}),
    }
    shots = {}
    for number, (count, seed, own) in found.items():
        frames = (
            film_vectors(seed, count).astype(np.float16).astype(np.float32).reshape(count, KEYFRAMES, DIM)
        )
        for shot in range(count):
            mean = frames[shot].mean(axis=0)
            facts = {"film": number, "number": shot, "frames": frames[shot], **own}
            shots[f"{film_id(number)}-{shot}"] = {**facts, "vector": mean / np.linalg.norm(mean)}
    return SimpleNamespace(
        catalog=catalog, encoder=encoder, published=published, served=serve(catalog, published), shots=shots
    )


def all_ids(served):
    count = sum(segment.table.num_rows for segment in served.segments)
    return served.answer(np.arange(count))["shot_id"].to_pylist()


def passing(world, where):
    def fits(facts):
        return all(
            facts.get(name) in (wanted if isinstance(wanted, list) else [wanted]) for name, wanted in where
        )

    where = list(where.items())
    return {shot_id for shot_id, facts in world.shots.items() if fits(facts)}


def test_every_shot_has_one_row_and_gone_ones_none(world):
    served = world.served
    ids = all_ids(served)
    for shot_id in world.shots:
        assert ids[served.row_of(shot_id)] == shot_id
    for gone in (f"{film_id(1)}-0", f"{film_id(2)}-5", f"{film_id(9)}-0", f"{film_id(0)}-99"):
        assert served.row_of(gone) is None
    for odd in (
        "",
        "-",
        "x",
        f"{film_id(0)}-",
        f"{film_id(0)}-x",
        f"{film_id(0)}-²",
        f"{film_id(0)}-{'9' * 5000}",
    ):
        assert served.row_of(odd) is None


@pytest.mark.parametrize("where", [{}, {"show": "show 0"}, {"season": 2}, {"number": [0, 6]}, {"number": 99}])
def test_the_mask_is_what_passes_and_is_not_gone(world, where):
    served, ids = world.served, all_ids(world.served)
    mask = served.mask(parse_filter(where))
    assert mask.dtype == np.bool_
    passed = [ids[row] for row in np.flatnonzero(mask)]
    assert len(passed) == len(set(passed))
    assert set(passed) == passing(world, where)


@pytest.mark.parametrize("seed", range(20))
def test_the_nearest_are_those_of_plain_loops(world, seed):
    random = np.random.default_rng(seed)
    query = random_rows(1, seed=seed + 900)[0]
    where = [{}, {"show": "show 0"}, {"season": 2}, {"number": [0, 6]}, {"number": 99}][seed % 5]
    without = [
        str(one) for one in random.choice(list(world.shots), int(random.integers(0, 4)), replace=False)
    ]
    k = int(random.integers(1, 40))
    rows, similarities = world.served.nearest(
        query,
        k,
        conditions=parse_filter(where),
        without=[world.served.row_of(shot_id) for shot_id in without],
    )
    expected = sorted(
        (-float(world.shots[shot_id]["vector"] @ query), shot_id)
        for shot_id in passing(world, where) - set(without)
    )[:k]
    assert world.served.answer(rows)["shot_id"].to_pylist() == [shot_id for _, shot_id in expected]
    assert (rows.dtype, similarities.dtype) == (np.int64, np.float32)
    assert np.allclose(similarities, [-score for score, _ in expected], atol=2e-3)


def test_similarities_of_any_rows_in_any_order(world):
    served = world.served
    queries = random_rows(3, seed=77)
    for seed in range(5):
        chosen = np.random.default_rng(seed).choice(list(world.shots), 12)
        rows = np.array([served.row_of(str(shot_id)) for shot_id in chosen])
        expected = np.array([world.shots[shot_id]["vector"] for shot_id in chosen])
        found = served.similarities(rows, queries)
        assert (found.dtype, found.shape) == (np.float32, (12, 3))
        assert np.allclose(found, expected @ queries.T, atol=2e-3)
        assert np.allclose(served.vectors_at(rows), expected, atol=1e-3)
    none = np.empty(0, np.int64)
    assert served.similarities(none, queries).shape == (0, 3)
    assert served.vectors_at(none).shape == (0, DIM)


def test_every_frame_is_compared(world):
    served = world.served
    queries = random_rows(2, seed=78)
    for seed in range(5):
        chosen = np.random.default_rng(seed).choice(list(world.shots), 9)
        rows = np.array([served.row_of(str(shot_id)) for shot_id in chosen])
        found, counts = served.frame_similarities(rows, queries)
        expected = np.concatenate([world.shots[shot_id]["frames"] for shot_id in chosen])
        assert counts.tolist() == [KEYFRAMES] * 9
        assert (found.dtype, counts.dtype) == (np.float32, np.int64)
        assert np.allclose(found, expected @ queries.T, atol=2e-3)
    found, counts = served.frame_similarities(np.empty(0, np.int64), queries)
    assert (found.shape, counts.shape) == ((0, 2), (0,))


def test_the_dialogue_of_newer_films_is_at_hand(world):
    lines = world.served.fresh_lines
    assert lines.schema == DIALOGUE
    assert sorted(lines["video_id"].to_pylist()) == sorted(film_id(n) for n in (2, 4, 5))
    covered = world.published.lines()
    assert covered.schema == DIALOGUE
    assert sorted(covered["video_id"].to_pylist()) == sorted(film_id(n) for n in range(4))


def test_damaged_dialogue_of_a_newer_film_leaves_its_pictures(tmp_path):
    catalog, encoder = Catalog(tmp_path / "catalog"), StubEncoder()
    add(catalog, 0, encoder)
    published = publish_all(catalog, encoder)
    add(catalog, 1, encoder)
    (part,) = (tmp_path / "catalog" / catalog.films.get(film_id(1)).folder).glob("*-dialogue.parquet")
    part.write_bytes(b"x" * part.stat().st_size)
    served = serve(catalog, published)
    assert served.row_of(f"{film_id(1)}-0") is not None
    assert served.fresh_lines.num_rows == 0
    assert "the dialogue of film 1.mkv is damaged" in served.notes[0]


def test_nothing_is_made_anew_while_nothing_changes(world):
    again = serve(world.catalog, world.published, world.served)
    assert again is world.served
    add_film(world.catalog, 9, 2, vectors=random_rows(2), encoder=world.encoder)
    other = serve(world.catalog, world.published, world.served)
    world.catalog.films.remove(film_id(9))
    assert other is not world.served
    assert other.row_of(f"{film_id(9)}-1") is not None


def test_spans_say_film_and_time_of_every_row(world):
    served, spans = world.served, world.served.spans
    ids = all_ids(served)
    assert spans is served.spans
    assert sorted(spans.film_ids) == sorted(spans.film_rows) == sorted(film_id(n) for n in (0, 2, 3, 4, 5))
    assert (spans.film.dtype, spans.start_s.dtype, spans.end_s.dtype) == (np.int32, np.float64, np.float64)
    for row, shot_id in enumerate(ids):
        alive = served.row_of(shot_id) == row
        assert (spans.film[row] >= 0) == alive
        if alive:
            assert spans.film_ids[spans.film[row]] == shot_id.partition("-")[0]
            number = int(shot_id.partition("-")[2])
            assert (spans.start_s[row], spans.end_s[row]) == (number * 2.0, number * 2.0 + 2.0)
    for video_id, (start, stop) in spans.film_rows.items():
        assert ids[start:stop] == [f"{video_id}-{number}" for number in range(stop - start)]


def test_spans_of_one_generation_are_not_copied(tmp_path):
    catalog, encoder = Catalog(tmp_path / "catalog"), StubEncoder()
    add(catalog, 0, encoder)
    served = serve(catalog, publish_all(catalog, encoder))
    column = served.segments[0].table["start_s"].chunk(0)
    start = column.buffers()[1].address + 8 * column.offset
    assert served.spans.start_s.ctypes.data == start
    assert served.mask() is None


def test_an_answer_has_its_columns_in_the_order_of_rows(world):
    served = world.served
    rows = np.array([served.row_of(f"{film_id(n)}-1") for n in (4, 0, 5, 0)])
    answer = served.answer(rows)
    assert list(answer) == [*RESULT_COLUMNS, "show", "season"]
    assert answer["video_id"].to_pylist() == [film_id(n) for n in (4, 0, 5, 0)]
    assert answer["season"].to_pylist() == [2, None, None, None]
    assert answer["show"].to_pylist() == ["show 0", "show 0", None, "show 0"]
    empty = served.answer(np.empty(0, np.int64))
    assert list(empty) == list(answer)
    assert all(len(values) == 0 for values in empty.values())


def test_conditions_that_do_not_fit_are_refused_everywhere(world):
    query = random_rows(1)[0]
    for ask in (world.served.mask, lambda conditions: world.served.nearest(query, 3, conditions=conditions)):
        with pytest.raises(UnknownColumn, match="did you mean 'season'"):
            ask(parse_filter({"saeson": 2}))
        with pytest.raises(QueryError, match="column holds number"):
            ask(parse_filter({"season": "two"}))


def found(served, where):
    mask = served.mask(parse_filter(where))
    rows = np.arange(len(served.spans.film)) if mask is None else np.flatnonzero(mask)
    ids = served.answer(rows)["shot_id"].to_pylist()
    assert served.passing(parse_filter(where)) == len(ids)
    nearest, _ = served.nearest(random_rows(1)[0], 1000, conditions=parse_filter(where))
    assert sorted(nearest.tolist()) == rows.tolist()
    return set(ids)


def test_what_is_left_out_is_all_the_rest(world):
    """Also over films that do not have the column at all."""
    for where in ({"season": 2}, {"show": "show 0"}, {"show": Contains("W 1")}, {"position_s": (4, None)}):
        inside = found(world.served, where)
        outside = found(world.served, {name: Not(wanted) for name, wanted in where.items()})
        assert inside
        assert outside
        assert inside.isdisjoint(outside)
        assert inside | outside == set(world.shots)


def test_time_in_the_film_and_language_can_be_asked_for(world):
    inside = {shot_id for shot_id, facts in world.shots.items() if 3 <= facts["number"] * 2.0 <= 6}
    assert found(world.served, {"position_s": (3, 6)}) == inside
    # The one line of every film is English and lies in its first shot.
    assert found(world.served, {"language": "en"}) == {f"{film_id(n)}-0" for n in (0, 2, 3, 4, 5)}
    assert found(world.served, {"language": "de"}) == set()
    table = world.served.table().to_pandas().set_index("shot_id")
    assert set(table.index) == set(world.shots)
    assert table["position_s"].equals(table["start_s"].rename("position_s"))
    assert table["language"].notna().sum() == 5
    assert table.columns[-2:].tolist() == ["show", "season"]


def test_an_own_column_stands_before_a_derived_one(tmp_path):
    catalog, encoder = Catalog(tmp_path / "catalog"), StubEncoder()
    add(catalog, 0, encoder)
    add(catalog, 1, encoder)
    catalog.set_columns(film_id(1), language="Klingon")
    published = publish_all(catalog, encoder)
    add(catalog, 2, encoder)
    served = serve(catalog, published)
    klingon = {f"{film_id(1)}-{number}" for number in range(SHOTS)}
    assert found(served, {"language": "Klingon"}) == klingon
    assert found(served, {"language": "en"}) == set()
    assert len(found(served, {"language": Not("Klingon")})) == 2 * SHOTS
    table = served.table().to_pandas()
    assert sorted(set(table["language"].dropna())) == ["Klingon"]
    assert served.columns.count("language") == 1
    assert served.answer(np.array([0]))["language"].to_pylist() in ([None], ["Klingon"])


def test_dates_of_own_columns_can_be_asked_for(tmp_path):
    catalog, encoder = Catalog(tmp_path / "catalog"), StubEncoder()
    day, moment = dt.date(2017, 12, 1), dt.datetime(2020, 6, 27, 20, 15, tzinfo=dt.UTC)
    add(catalog, 0, encoder, shot_on=day, aired=moment)
    add(catalog, 1, encoder, shot_on=day + dt.timedelta(40))
    published = publish_all(catalog, encoder)
    add(catalog, 2, encoder, shot_on=day + dt.timedelta(400))
    add(catalog, 3, encoder)
    served = serve(catalog, published)

    def films(where):
        return {shot_id.partition("-")[0] for shot_id in found(served, where)}

    assert films({"shot_on": "2017-12-01"}) == films({"shot_on": day}) == {film_id(0)}
    assert films({"shot_on": (None, "2018")}) == {film_id(0), film_id(1)}
    assert films({"shot_on": Not("2018")}) == {film_id(0), film_id(2), film_id(3)}
    assert films({"aired": "2020-06-27"}) == films({"aired": (moment, moment)}) == {film_id(0)}
    frame = catalog.videos.set_index("video_id")
    assert frame["shot_on"][film_id(0)] == pd.Timestamp(day)
    assert frame["aired"][film_id(0)] == pd.Timestamp(moment)
    assert frame["shot_on"].isna().sum() == 1
    rows = np.array([served.row_of(f"{film_id(n)}-0") for n in (0, 3)])
    assert served.answer(rows)["shot_on"].to_pylist() == [day, None]
    # The same after everything is published once more, and known to be the same.
    again = publish_all(catalog, encoder)
    assert serve(catalog, again).answer(np.arange(len(again.table())))["shot_on"].null_count == SHOTS
    assert publish_all(catalog, encoder).generation == again.generation
