"""Search end to end, over catalogs whose shots have vectors that the test knows."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import threading
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from tests.index.worlds import (
    DIM,
    StubEncoder,
    add_film,
    catalog_of,
    clustered,
    film_id,
    jpeg,
    random_rows,
    waiting_film,
)
from vidsearch_sdk.catalog import Catalog
from vidsearch_sdk.errors import (
    CatalogError,
    DamagedError,
    EncoderError,
    EncoderMismatch,
    QueryError,
    SearchIndexError,
    StorageError,
    UnknownColumn,
    VideoNotFound,
)
from vidsearch_sdk.index import building, served
from vidsearch_sdk.query.algebra.terms import clip, image, shot, text
from vidsearch_sdk.results.hit import SHOT_COLUMNS
from vidsearch_sdk.shot_index import ShotIndex

WHY_COLUMNS = ["picture", "dialogue", "line", "line_start_s", "line_language", "folded"]
OWN = [{"show": "Dark", "season": 1}, {"show": "Dark", "season": 2}, {"show": "1899"}, {}]


@pytest.fixture(autouse=True)
def always_look(monkeypatch):
    """Look at the catalog before every search, so that no test waits."""
    monkeypatch.setattr(served, "_LEAST_AGE_S", 0.0)
    monkeypatch.setattr(served, "_AGE_BY_COST", 0.0)


@pytest.fixture(scope="module")
def vectors():
    return random_rows(120)


@pytest.fixture(scope="module")
def made(tmp_path_factory, vectors):
    """A catalog of four films and its index; tests that change something copy it."""
    folder = tmp_path_factory.mktemp("made") / "catalog"
    encoder = StubEncoder()
    catalog = catalog_of(folder, vectors, encoder, films=4, owns=OWN)
    return SimpleNamespace(
        folder=folder,
        catalog=catalog,
        encoder=encoder,
        index=ShotIndex.build(catalog, encoder, progress=False),
    )


@pytest.fixture
def own(made, tmp_path):
    """A copy of that catalog for one test."""
    shutil.copytree(made.folder, tmp_path / "catalog")
    catalog, encoder = Catalog(tmp_path / "catalog"), StubEncoder()
    return SimpleNamespace(
        folder=tmp_path / "catalog", catalog=catalog, encoder=encoder, index=ShotIndex.open(catalog, encoder)
    )


def asked(encoder, vector, words=None):
    # Vectors of the same words are asked for once only.
    words = words or f"query {np.asarray(vector, np.float32).tobytes().hex()[:40]}"
    encoder.texts[words] = np.asarray(vector, np.float32)
    return words


def ids(hits):
    return hits.table["shot_id"].tolist()


def nth(number):
    """The id of shot ``number`` of the made catalog."""
    return f"{film_id(number // 30)}-{number % 30}"


def by_hand(vectors, query, passing, k):
    scored = sorted(
        (-sum(float(a) * float(b) for a, b in zip(vectors[n], query, strict=True)), n) for n in passing
    )
    return [nth(n) for _, n in scored[:k]]


@pytest.mark.parametrize("seed", range(25))
def test_it_finds_what_plain_loops_find(made, vectors, seed):
    random = np.random.default_rng(seed)
    query = random_rows(1, seed=seed + 100)[0]
    filters = [
        (None, lambda n: True),
        ({"show": "Dark"}, lambda n: n < 60),
        ({"show": ["Dark", "1899"], "number": (3, 20)}, lambda n: n < 90 and 3 <= n % 30 <= 20),
        ({"season": (2, None)}, lambda n: 30 <= n < 60),
        ({"number": 7, "status": "ok"}, lambda n: n % 30 == 7),
        ({"name": "film 3.mkv", "start_s": (None, 10.0)}, lambda n: n >= 90 and (n % 30) * 2.0 <= 10),
        ({"opened_by": ["fade", "start"]}, lambda n: n % 30 % 5 == 0),
    ]
    where, rule = filters[random.integers(0, len(filters))]
    k = int(random.integers(1, 150))
    hits = made.index.search(asked(made.encoder, query), k=k, where=where, min_score=0, rerank=False)
    stored = vectors.astype(np.float16).astype(np.float32)
    assert ids(hits) == by_hand(stored, query, [n for n in range(120) if rule(n)], k)


def test_the_table_has_the_agreed_columns_and_own_ones_last(made, vectors):
    table = made.index.search(asked(made.encoder, vectors[35]), k=3, min_score=0).table
    assert table.columns.tolist() == [*SHOT_COLUMNS[:3], *WHY_COLUMNS, *SHOT_COLUMNS[3:], "show", "season"]
    first = table.iloc[0]
    assert (first["shot_id"], first["number"], first["start_s"], first["end_s"]) == (nth(35), 5, 10.0, 12.0)
    assert (first["rank"], first["show"], first["season"]) == (1, "Dark", 2)
    assert first["similarity"] == pytest.approx(1, abs=1e-3)
    assert table["rank"].tolist() == [1, 2, 3]
    assert np.all(np.diff(table["score"]) <= 0)
    assert table["score"].between(0, 1).all()
    assert table["similarity"].between(-1, 1).all()
    empty = made.index.search("nothing of the kind", where={"number": 99}).table
    assert empty.columns.tolist() == table.columns.tolist()


def test_whole_numbers_beside_empty_cells_stay_whole(made, vectors):
    season = made.index.search(asked(made.encoder, vectors[35]), k=120, min_score=0).table["season"]
    assert season.isna().any()
    assert all(isinstance(value, int | np.integer) for value in season.dropna())


def test_what_is_not_there_gets_the_empty_answer(made, vectors):
    found = sum(len(made.index.search(f"absent thing {n}")) > 0 for n in range(200))
    assert found <= 30
    for n in range(0, 120, 5):
        hits = made.index.search(asked(made.encoder, vectors[n]))
        assert ids(hits)[0] == nth(n)
    hits = made.index.search("absent thing 1")
    assert len(hits) == 0
    assert "0.5" in hits.notes[-1]
    assert len(made.index.search("absent thing 1", min_score=0)) == 20


def test_min_score_cuts_where_it_says(made, vectors):
    words = asked(made.encoder, vectors[5])
    scores = made.index.search(words, k=120, min_score=0).table["score"].to_numpy()
    for least in (0.0, 0.01, 0.1, 0.5, 1.0):
        assert len(made.index.search(words, k=120, min_score=least)) == np.sum(scores >= least)


@pytest.mark.parametrize("bad", [-0.1, 1.1, float("nan"), "0.5", True, [0.5]])
def test_another_min_score_is_refused(made, bad):
    with pytest.raises(QueryError, match="min_score"):
        made.index.search("a", min_score=bad)


@pytest.mark.parametrize("bad", [0, -1, 10_001, 1.5, "3", None, True, float("nan")])
def test_another_k_is_refused(made, bad):
    with pytest.raises(QueryError, match="k="):
        made.index.search("a", k=bad)


def test_k_may_be_more_than_there_is(made):
    assert len(made.index.search("a", k=10_000, min_score=0)) == 120
    assert len(made.index.search("a", k=np.int64(1), min_score=0)) == 1


@pytest.mark.parametrize("bad", ["", "  ", "\n", None, 3, ["a"], b"x", np.zeros((2, 2), np.float32)])
def test_another_query_is_refused(made, bad):
    with pytest.raises(QueryError):
        made.index.search(bad)


def test_filters_say_what_is_wrong(made):
    with pytest.raises(UnknownColumn, match=r"'shwo'; did you mean 'show'\? There are: .*season.*start_s"):
        made.index.search("a", where={"shwo": "Dark"})
    with pytest.raises(QueryError, match="the column holds text"):
        made.index.search("a", where={"show": 3})
    with pytest.raises(QueryError, match="dict of column"):
        made.index.search("a", where="show == 'Dark'")
    none = made.index.search("a", where={"show": "no such show"}, min_score=0)
    assert len(none) == 0
    assert "no shot passes the filter" in none.notes


def test_true_and_one_are_not_the_same_filter(own):
    own.catalog.set_columns(film_id(0), seen=True)
    assert len(own.index.search("a", k=99, where={"seen": True}, min_score=0)) == 30
    with pytest.raises(QueryError, match="true or false"):
        own.index.search("a", where={"seen": 1})


def test_more_like_a_shot_leaves_out_the_shot(made, vectors):
    stored = vectors.astype(np.float16).astype(np.float32)
    expected = by_hand(stored, stored[44], [n for n in range(120) if n != 44], 10)
    hits = made.index.search(shot(nth(44)), k=10, min_score=0)
    assert ids(hits) == expected
    hit = made.index.search(asked(made.encoder, vectors[44]), k=1)[0]
    assert ids(made.index.search(hit, k=10, min_score=0)) == expected
    assert len(made.index.search(shot(nth(44)), k=500, min_score=0)) == 119
    with pytest.raises(QueryError, match=r"not in the index.*index\.table"):
        made.index.search(shot(f"{film_id(0)}-99"))
    with pytest.raises(QueryError, match="not in the index"):
        made.index.search(shot(f"{film_id(77)}-0"))


def test_a_picture_finds_the_shot_it_was_taken_from(tmp_path):
    catalog, encoder = Catalog(tmp_path / "catalog"), StubEncoder()
    add_film(catalog, 0, 40, first=100)
    index = ShotIndex.build(catalog, encoder, progress=False)
    assert encoder.calls["images"] == 40
    path = tmp_path / "ref.jpg"
    path.write_bytes(jpeg(117))
    for query in (path, image(path), jpeg(117)):
        hits = index.search(query)
        assert ids(hits)[0] == f"{film_id(0)}-17"
        assert hits[0].similarity == pytest.approx(1, abs=1e-3)


def test_a_shot_of_several_keyframes_is_their_mean(tmp_path):
    catalog, encoder = Catalog(tmp_path / "catalog"), StubEncoder()
    rows = random_rows(30)
    add_film(catalog, 0, 10, keyframes=3, vectors=rows, encoder=encoder)
    index = ShotIndex.build(catalog, encoder, progress=False)
    mean = rows[12:15].astype(np.float16).astype(np.float32).sum(axis=0)
    hits = index.search(asked(encoder, mean / np.linalg.norm(mean)), min_score=0)
    assert ids(hits)[0] == f"{film_id(0)}-4"
    assert hits[0].similarity == pytest.approx(1, abs=1e-3)


def test_a_clip_of_ones_own_is_decoded_and_searched(made, tmp_path):
    from fractions import Fraction

    from vidsearch_sdk.video.writing import VideoWriter

    path = tmp_path / "holiday.mp4"
    with VideoWriter(path, width=64, height=48, rate=Fraction(10)) as writer:
        for number in range(40):
            writer.write(np.full((48, 64, 3), number * 5, np.uint8))
    before = made.encoder.calls["images"]
    hits = made.index.search(clip(path, 1.0, 3.0), k=3, min_score=0)
    assert len(hits) == 3
    assert made.encoder.calls["images"] > before
    assert hits.query == f'clip("{path}", 1, 3)'
    with pytest.raises(VideoNotFound):
        made.index.search(clip(tmp_path / "none.mp4"))


def test_build_does_nothing_twice(own):
    published = sorted(own.folder.glob("published/*/*"))
    again = ShotIndex.build(own.catalog, own.encoder, progress=False)
    assert own.encoder.calls == {"texts": 0, "images": 0}
    assert sorted(own.folder.glob("published/*/*")) == published
    assert ids(again.search("a", min_score=0)) == ids(own.index.search("a", min_score=0))


def test_build_says_what_is_missing_before_anything_is_done(tmp_path):
    catalog, encoder = Catalog(tmp_path / "catalog"), StubEncoder()
    with pytest.raises(SearchIndexError, match=r"catalog\.add"):
        ShotIndex.build(catalog, encoder)
    add_film(catalog, 0, 3)
    catalog.remove(film_id(0))
    waiting_film(catalog, 1)
    with pytest.raises(SearchIndexError, match=r"1 waiting\): call catalog\.segment"):
        ShotIndex.build(catalog, encoder)
    with pytest.raises(EncoderError, match=r"vs\.Encoder"):
        ShotIndex.build(catalog, object())


def test_build_warns_of_films_that_wait(own, caplog):
    waiting_film(own.catalog, 50)
    ShotIndex.build(own.catalog, own.encoder, progress=False)
    assert "1 films are not segmented" in caplog.text
    assert any("1 film is waiting" in note for note in own.index.search("a").notes)


def test_open_names_what_is_missing(made, tmp_path):
    empty = Catalog(tmp_path / "catalog")
    with pytest.raises(SearchIndexError, match=r"ShotIndex\.build\(catalog, encoder\)"):
        ShotIndex.open(empty, made.encoder)
    other = StubEncoder(name="another", fingerprint="f" * 16)
    with pytest.raises(
        EncoderMismatch, match=r"stub \(00000000000000ab\).*another \(f{16}\).*ShotIndex\.build"
    ):
        ShotIndex.open(made.catalog, other)
    with pytest.raises(EncoderMismatch, match="32 dimensions"):
        ShotIndex.open(made.catalog, StubEncoder(16))


def test_an_index_says_which_weights_made_it(own):
    """A search that names no encoder takes the name, the tag and the commit from here."""
    plain = own.catalog.generations.current().manifest["encoder"]
    assert plain == {
        "name": "stub",
        "dim": DIM,
        "fingerprint": "0" * 14 + "ab",
        "pretrained": "",
        "revision": "",
    }
    pinned = StubEncoder(name="PE-Core-B-16", fingerprint="e" * 16)
    pinned.pretrained, pinned.revision = "meta", "c" * 40
    ShotIndex.build(own.catalog, pinned, progress=False)
    said = own.catalog.generations.current().manifest["encoder"]
    assert (said["name"], said["pretrained"], said["revision"]) == ("PE-Core-B-16", "meta", "c" * 40)
    moved_on = StubEncoder(name="PE-Core-B-16", fingerprint="d" * 16)
    with pytest.raises(EncoderMismatch, match=rf"open it with that encoder \(revision='{'c' * 40}'\)"):
        ShotIndex.open(own.catalog, moved_on)


def test_a_catalog_that_went_away_is_no_empty_answer(own):
    own.index.search("a", min_score=0)
    own.folder.rename(own.folder.with_name("elsewhere"))
    with pytest.raises(StorageError, match=r"no longer at .*catalog"):
        own.index.search("a", min_score=0)
    own.folder.with_name("elsewhere").rename(own.folder)
    assert len(own.index.search("a", min_score=0, fold=False)) == 20


@pytest.mark.parametrize("method", [ShotIndex.open, ShotIndex.build])
def test_a_path_is_no_catalog(own, method):
    with pytest.raises(CatalogError, match=r"vs\.Catalog\("):
        method(str(own.folder), own.encoder)


def test_two_encoders_stand_side_by_side(own):
    other = StubEncoder(16, name="other", fingerprint="f" * 16)
    ShotIndex.build(own.catalog, other, progress=False)
    assert own.catalog.generations.current().fingerprint == other.fingerprint
    again = ShotIndex.open(own.catalog, own.encoder)
    assert ids(again.search("a", min_score=0)) == ids(own.index.search("a", min_score=0))
    assert len(ShotIndex.open(own.catalog, other).search("a", min_score=0, fold=False)) == 20


def test_open_reads_no_file_before_the_first_search(own):
    for path in own.folder.glob("published/*/*/vectors.npy"):
        path.unlink()
    index = ShotIndex.open(own.catalog, own.encoder)
    with pytest.raises(DamagedError, match=r"vectors\.npy is missing.*ShotIndex\.build"):
        index.search("a")


def test_a_removed_film_is_found_no_more(own, vectors, monkeypatch):
    monkeypatch.setattr(served, "_LEAST_AGE_S", 1e9)
    words = asked(own.encoder, vectors[40])
    assert ids(own.index.search(words))[0] == nth(40)
    own.catalog.remove(film_id(1))
    hits = own.index.search(words, k=200, min_score=0)
    assert film_id(1) not in set(hits.table["video_id"])
    assert len(hits) == 90
    assert len(own.index) == 90
    with pytest.raises(QueryError, match="not in the index"):
        own.index.search(shot(nth(40)))


def test_all_films_may_be_removed(own):
    for number in range(4):
        own.catalog.remove(film_id(number))
    hits = own.index.search("a", min_score=0)
    assert len(hits) == 0
    assert "no shots" in hits.notes[-1]
    with pytest.raises(SearchIndexError):
        own.index.refresh(progress=False)


def test_films_published_since_are_searched_as_well(own, vectors):
    new = random_rows(6, seed=50)
    add_film(own.catalog, 9, 6, vectors=new, encoder=own.encoder, show="New", rating=4.5)
    hits = own.index.search(asked(own.encoder, new[2]), k=200, min_score=0)
    assert ids(hits)[0] == f"{film_id(9)}-2"
    assert len(hits) == len(own.index) == 126
    assert hits.table["rating"].notna().sum() == 6
    assert hits.table.columns.tolist()[-3:] == ["show", "season", "rating"]
    assert len(own.index.search("a", k=200, where={"rating": (4, None)}, min_score=0)) == 6
    assert len(own.index.search("a", k=200, where={"show": ["New", "Dark"]}, min_score=0)) == 66
    like = own.index.search(shot(f"{film_id(9)}-2"), k=200, min_score=0)
    assert len(like) == 125
    stored = np.concatenate([vectors, new]).astype(np.float16).astype(np.float32)
    exact = np.sort(stored @ new[2].astype(np.float16).astype(np.float32))[::-1]
    assert np.allclose(hits.table["similarity"], exact, atol=2e-3)


def test_films_without_vectors_are_named_in_a_note(own):
    add_film(own.catalog, 9, 6)
    assert any(
        "1 film is not searchable yet: index.refresh()" in note for note in own.index.search("a").notes
    )
    assert len(own.index) == 120


def test_a_film_processed_anew_is_found_as_it_is_now(own):
    rows = random_rows(8, seed=60)
    add_film(own.catalog, 1, 8, vectors=rows, encoder=own.encoder)
    hits = own.index.search(asked(own.encoder, rows[3]), k=300, min_score=0)
    assert ids(hits)[0] == f"{film_id(1)}-3"
    assert len(hits) == 98
    assert len(set(ids(hits))) == 98
    own.index.refresh(progress=False)
    again = own.index.search(asked(own.encoder, rows[3]), k=300, min_score=0)
    assert ids(again) == ids(hits)


def test_a_change_of_columns_is_seen_without_a_refresh(own):
    own.catalog.set_columns(film_id(3), show="Other", rating=1)
    assert len(own.index.search("a", k=200, where={"show": "Other", "rating": 1}, min_score=0)) == 30
    assert own.index.table.query("show == 'Other'")["video_id"].unique().tolist() == [film_id(3)]


def test_refresh_makes_only_what_is_new(own, vectors):
    before = own.catalog.generations.current()
    rows = np.asarray(np.load(before.local("vectors.npy")))
    add_film(own.catalog, 9, 5, first=500)
    own.catalog.remove(film_id(2))
    own.index.refresh(progress=False)
    assert own.encoder.calls == {"texts": 0, "images": 5}
    after = own.catalog.generations.current()
    assert after.number == before.number + 1
    now = np.asarray(np.load(after.local("vectors.npy")))
    assert np.array_equal(now[:90], np.concatenate([rows[:60], rows[90:]]))
    assert len(own.index) == 95
    assert own.index.search(jpeg(503))[0].shot_id == f"{film_id(9)}-3"
    own.index.refresh(progress=False)
    assert own.catalog.generations.current().name == after.name


def test_readers_keep_what_they_opened(own):
    other = ShotIndex.open(own.catalog, own.encoder)
    expected = ids(other.search("a", k=200, min_score=0))
    add_film(own.catalog, 9, 5, first=500)
    own.index.refresh(progress=False)
    before = [one for one in ids(other.search("a", k=200, min_score=0)) if film_id(9) not in one]
    assert before == expected


def test_the_catalog_reads_the_published_tables(own):
    assert len(own.catalog.shots) == 120
    assert len(own.catalog.dialogue) == 4
    stored = pd.read_parquet(next(own.folder.glob("published/*/*/shots.parquet")))
    assert stored["show"].notna().sum() == 90
    assert stored["shot_id"].tolist() == [nth(n) for n in range(120)]
    assert own.catalog.verify(progress=False).empty


def test_what_it_says_of_itself(made):
    assert repr(made.index) == "ShotIndex(120 shots of 4 films, encoder 'stub', generation 1)"
    assert len(made.index) == 120
    table = made.index.table
    assert len(table) == 120
    assert table.columns[:4].tolist() == ["shot_id", "video_id", "name", "number"]
    assert {"show", "season", "status", "keyframes", "codec"} <= set(table.columns)


def test_words_that_the_encoder_cuts_are_told(own):
    own.encoder.text_notices = lambda texts: tuple(f"cut: {text}" for text in texts if len(text) > 5)
    assert own.index.search(text("too long for it")).notes[0] == "cut: too long for it"
    assert not any("cut" in note for note in own.index.search("short").notes)


def test_an_encoder_that_gives_nonsense_is_told(own):
    own.encoder.texts["zero"] = np.zeros(DIM, np.float32)
    with pytest.raises(QueryError, match="direction"):
        own.index.search("zero")
    own.encoder.encode_texts = lambda texts: np.zeros((len(texts), 5), np.float32)
    with pytest.raises(EncoderError, match=r"\(1, 5\)"):
        own.index.search("a")


def test_a_damaged_film_is_left_out_and_named(own, caplog):
    film = add_film(own.catalog, 9, 5, vectors=random_rows(5), encoder=own.encoder)
    part = own.folder / film.folder / film.parts["shots"].file
    part.write_bytes(part.read_bytes()[:-20] + b"x" * 20)
    hits = own.index.search("a", k=200, min_score=0)
    assert len(hits) == 120
    assert any("film 9.mkv is left out" in note for note in hits.notes)
    own.index.refresh(progress=False)
    assert film_id(9) in caplog.text
    assert len(own.index.search("a", k=200, min_score=0)) == 120


# A graph is made for catalogs that are larger than is fit for a test, so here it is made from 100 shots on.


@pytest.fixture(scope="module")
def rows():
    return clustered(1500, DIM, clusters=30)


@pytest.fixture(scope="module")
def graphed(tmp_path_factory, rows):
    folder = tmp_path_factory.mktemp("graphed") / "catalog"
    encoder = StubEncoder()
    catalog = catalog_of(folder, rows, encoder, films=5)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(building, "GRAPH_FROM", 100)
        ShotIndex.build(catalog, encoder, progress=False)
    return folder


@pytest.fixture
def copied(graphed, tmp_path):
    shutil.copytree(graphed, tmp_path / "catalog")
    return tmp_path / "catalog"


def similarities(index, encoder, query, k=20):
    hits = index.search(asked(encoder, query), k=k, min_score=0)
    return hits.table["similarity"].to_numpy(), hits


def test_a_grown_graph_answers_as_a_new_one(copied, rows, monkeypatch):
    monkeypatch.setattr(building, "GRAPH_FROM", 100)
    catalog, encoder = Catalog(copied), StubEncoder()
    index = ShotIndex.open(catalog, encoder)
    assert index._published.nearest().graph is not None
    new = clustered(200, DIM, clusters=30, seed=3)
    stored = rows.astype(np.float16)

    def check(*, anew, file_is_new):
        before = index._published.generation.manifest["files"]["index.usearch"]["sha256"]
        index.refresh(progress=False)
        graph = index._published.nearest().graph
        assert (graph.rows_of_keys is None) == anew
        after = index._published.generation.manifest["files"]["index.usearch"]["sha256"]
        assert (before != after) == file_is_new
        right = []
        for number in range(0, len(stored), 37):
            query = stored[number].astype(np.float32)
            found, _ = similarities(index, encoder, query)
            exact = np.sort(stored.astype(np.float32) @ query)[::-1][:20]
            right.append(np.mean(np.abs(found - exact) < 3e-3))
        assert np.mean(right) >= 0.99

    catalog.remove(film_id(1))
    add_film(catalog, 9, 200, vectors=new, encoder=encoder, same=True)
    stored = np.concatenate([np.delete(stored, slice(300, 600), axis=0), new.astype(np.float16)])
    check(anew=False, file_is_new=True)
    catalog.set_columns(film_id(9), show="New")
    check(anew=False, file_is_new=False)
    # Now more than a fifth of the graph leads to shots that are gone.
    catalog.remove(film_id(4))
    stored = np.delete(stored, slice(900, 1200), axis=0)
    check(anew=True, file_is_new=True)


FILES = ["vectors.npy", "shots.arrow", "index.usearch", "phrases.npy", "shots.parquet", "dialogue.parquet"]


@pytest.mark.parametrize("name", [*FILES, "manifest.json", "CURRENT"])
@pytest.mark.parametrize(
    "place", ["first", "second", 0.1, 0.35, 0.6, 0.9, "last", "cut", "longer", "missing"]
)
def test_damage_is_found_before_use(copied, rows, name, place):
    """Never a crash, never a wrong answer: an error that names the file, or the right answer without it."""
    (path,) = copied.glob("published/CURRENT" if name == "CURRENT" else f"published/*/*/{name}")
    content = bytearray(path.read_bytes())
    at = {"first": 0, "second": 1, "last": len(content) - 1}.get(place)
    if place == "cut":
        path.write_bytes(content[: len(content) // 2])
    elif place == "longer":
        path.write_bytes(bytes(content) + b"\n")
    elif place == "missing":
        path.unlink()
    else:
        content[int(place * len(content)) if at is None else at] ^= 0x10
        path.write_bytes(content)
    catalog, encoder = Catalog(copied), StubEncoder()
    query = rows[700]
    right = np.sort(rows.astype(np.float16).astype(np.float32) @ query)[::-1][:20]

    def answers():
        index = ShotIndex.open(catalog, encoder)
        found, hits = similarities(index, encoder, query)
        assert np.allclose(found, right, atol=2e-3)
        return hits

    if name in ("vectors.npy", "shots.arrow", "manifest.json"):
        with pytest.raises(DamagedError, match=r"ShotIndex\.build"):
            answers()
    elif name == "CURRENT":
        with pytest.raises((DamagedError, SearchIndexError), match=r"ShotIndex\.build"):
            answers()
    elif name == "index.usearch":
        assert any("graph is damaged" in note for note in answers().notes)
    else:
        answers()  # a search does not read these
    rebuilt = ShotIndex.build(catalog, encoder, progress=False)
    found, hits = similarities(rebuilt, encoder, query)
    assert np.allclose(found, right, atol=2e-3)
    assert not any("damaged" in note for note in hits.notes)


def test_many_threads_search_one_handle_while_the_catalog_changes(copied, rows):
    catalog, encoder = Catalog(copied), StubEncoder()
    index = ShotIndex.open(catalog, encoder)
    words = [asked(encoder, rows[n], f"query {n}") for n in range(600, 900, 10)]
    problems = []

    def search():
        try:
            for n, one in zip(range(600, 900, 10), words, strict=True):
                where = {"number": (0, 500)} if n % 20 else None
                hits = index.search(one, k=5, where=where, min_score=0)
                assert hits.table["similarity"][0] > 0.998
                assert ids(hits)[0].startswith(film_id(2))
        except BaseException as error:
            problems.append(error)

    threads = [threading.Thread(target=search) for _ in range(6)]
    for thread in threads:
        thread.start()
    add_film(catalog, 9, 5, vectors=random_rows(5, seed=8), encoder=encoder)
    catalog.remove(film_id(0))
    index.refresh(progress=False)
    catalog.set_columns(film_id(2), show="Changed")
    for thread in threads:
        thread.join()
    assert not problems
    assert len(index) == 1205


def test_searching_needs_neither_torch_nor_the_rooms_that_fill_catalogs(copied):
    script = f"""
import json, sys
sys.path.insert(0, {str(Path(__file__).resolve().parents[1])!r})
from tests.index.worlds import StubEncoder
from vidsearch_sdk.catalog import Catalog
from vidsearch_sdk.shot_index import ShotIndex
hits = ShotIndex.open(Catalog({str(copied)!r}), StubEncoder()).search("a", min_score=0)
heavy = [name for name in ("torch", "open_clip", "av", "distributed", "scenedetect") if name in sys.modules]
print(json.dumps([len(hits), heavy]))
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert json.loads(done.stdout) == [20, []]
