"""Everything a query can say, asked of a whole index: known films, and the sample film."""

import datetime as dt
import random

import numpy as np
import pandas as pd
import pytest
from PIL import Image

import vidsearch_sdk as vs
from tests.index.worlds import film_id
from tests.query.algebra import random_expressions
from tests.query.concepts import ConceptEncoder, film, index_of, places
from vidsearch_sdk.errors import DecodeError, QueryError, UnknownColumn, VideoNotFound
from vidsearch_sdk.query.algebra.terms import Words, clip, image, says, shot, text
from vidsearch_sdk.sample.assets import film_path
from vidsearch_sdk.shot_index import ShotIndex

FILMS = [
    ["dog", "dog beach", "cat", "beach", "night", *[""] * 15],
    ["cat", "dog night", "train", "umbrella", *[""] * 16],
    ["dog", "lighthouse", "beach", *[""] * 17],  # nobody speaks
]
SAID = {
    0: {0: "Who let the hound in?", 2: "We will need a bigger boat", 6: "Goodnight"},
    1: {0: "A bigger boat? Never!", 3: "It rains"},
}
OWNS = [{"show": "Dark", "year": 2019}, {"show": "Light", "year": 2021}, {"show": "Dark", "year": 1999}]


@pytest.fixture(scope="module")
def index(tmp_path_factory):
    folder = tmp_path_factory.mktemp("films") / "catalog"
    films = [[*shots] for shots in FILMS]
    return index_of(folder, films, said=SAID, owns=OWNS)


@pytest.fixture(scope="module")
def sample(tmp_path_factory):
    catalog = vs.Catalog(tmp_path_factory.mktemp("sample") / "catalog")
    catalog.add(film_path())
    catalog.segment(progress=False)
    return ShotIndex.build(catalog, vs.Encoder("sample"), progress=False)


QUERIES = [
    "dog",
    text("dog"),
    says("bigger boat"),
    text("dog") | says("boat"),
    text("dog") - text("beach"),
    text("dog") + text("beach"),
    text("dog").then("cat"),
    text("cat").during(says("boat")),
    shot(f"{film_id(0)}-0"),
]


@pytest.mark.parametrize("query", QUERIES, ids=str)
@pytest.mark.parametrize(
    ("where", "rule"),
    [
        ({"show": "Dark"}, lambda row: row["show"] == "Dark"),
        ({"show": vs.Not("Dark")}, lambda row: row["show"] != "Dark"),
        ({"name": vs.Contains("FILM 1")}, lambda row: row["name"] == "film 1.mkv"),
        ({"year": (2000, None)}, lambda row: row["year"] >= 2000),
        ({"position_s": (None, 4.0)}, lambda row: row["start_s"] <= 4.0),
        (
            {"number": [0, 2], "year": (None, 2020)},
            lambda row: row["number"] in (0, 2) and row["year"] <= 2020,
        ),
    ],
)
def test_filters_hold_with_every_kind_of_query(index, query, where, rule):
    hits = index.search(query, where=where, min_score=0, k=100, spelling=False)
    shots = [part for hit in hits for part in (hit.parts or (hit,))]
    for hit in shots:
        assert rule({**hit.own, "name": hit.name, "start_s": hit.start_s, "number": hit.number})
    everything = index.search(query, min_score=0, k=100, spelling=False, fold=False, rerank=False)
    inside = index.search(query, where=where, min_score=0, k=100, spelling=False, fold=False, rerank=False)
    if not any(hit.parts for hit in everything):
        rows = [
            {**hit.own, "name": hit.name, "start_s": hit.start_s, "number": hit.number} for hit in everything
        ]
        passing = [hit.shot_id for hit, row in zip(everything, rows, strict=True) if rule(row)]
        assert set(passing) == {hit.shot_id for hit in inside}


@pytest.mark.parametrize("query", QUERIES, ids=str)
def test_a_filter_on_no_column_is_told_with_every_kind_of_query(index, query):
    with pytest.raises(UnknownColumn, match="did you mean 'show'"):
        index.search(query, where={"shwo": "Dark"})


@pytest.mark.parametrize("query", QUERIES, ids=str)
def test_a_film_without_a_word_degrades_the_query_and_never_fails_it(index, query):
    hits = index.search(query, where={"year": 1999}, min_score=0)
    assert {number for number, _ in places(hits)} <= {2}
    if query == "dog" or query == text("dog") | says("boat"):
        assert places(hits)[0] == (2, 0)


def test_no_film_says_a_word(tmp_path):
    silent = index_of(tmp_path / "catalog", [["dog", "cat", *[""] * 10]])
    assert places(silent.search("dog"))[0] == (0, 0)
    assert len(silent.search(says("dog"))) == 0
    assert places(silent.search(text("dog").then(text("cat")))) == [(0, 0)]
    assert silent.search("umbrela", min_score=0).corrections == (("umbrela", "umbrella"),)


def test_plain_words_are_looked_for_in_pictures_and_in_dialogue(index):
    seen, heard = index.search("lighthouse"), index.search("bigger boat", spelling=False)
    assert places(seen)[0] == (2, 1)
    assert set(places(heard)[:2]) == {(0, 2), (1, 0)}
    assert heard[0].why.endswith(f"{heard[0].dialogue:.2f}")
    assert "bigger boat" in heard[0].line.lower()
    both = index.search("cat boat", spelling=False)
    assert set(places(both)[:2]) == {(0, 2), (1, 0)}
    assert both[0].picture > 0.05
    assert both[0].dialogue > 0.05
    assert both[0].score >= max(both[0].picture, both[0].dialogue)


def test_stages_are_timed(index):
    hits = index.search(text("dog").then("bigger boat") | text("cat"), k=5)
    assert {"words", "encode", "picture", "dialogue", "rerank", "join", "fold", "answer"} <= set(hits.timing)
    assert all(seconds >= 0 for seconds in hits.timing.values())
    assert sum(hits.timing.values()) <= hits.elapsed_s * 1.01 + 1e-3
    assert "rerank" not in index.search(text("dog"), rerank=False).timing
    assert "fold" not in index.search(text("dog"), fold=False).timing
    assert "dialogue" not in index.search(text("dog")).timing


@pytest.mark.parametrize("name", ["spelling", "synonyms", "fold"])
@pytest.mark.parametrize("bad", [None, 1, "yes"])
def test_switches_are_yes_or_no(index, name, bad):
    with pytest.raises(QueryError, match=f"{name}="):
        index.search("dog", **{name: bad})


@pytest.mark.parametrize("bad", [None, 1, "index", ConceptEncoder()])
def test_rerank_takes_yes_no_or_an_index(index, bad):
    with pytest.raises(QueryError, match="rerank="):
        index.search("dog", rerank=bad)


def test_a_second_encoder_has_a_say_in_the_order(tmp_path):
    first = index_of(tmp_path / "catalog", [["dog", "dog", "dog cat", *[""] * 20]])
    catalog = first._catalog
    other = ConceptEncoder(turned=1, name="larger", fingerprint="00000000000000cd")
    # To the other one, it is the second shot that shows a dog.
    rows = other.rows(["cat", "dog", "", *[""] * 20], seed=9)
    (stored,) = catalog.films.list()
    catalog.embeddings.publish(stored, other.fingerprint, rows)
    second = ShotIndex.build(catalog, other, progress=False)
    plain = first.search(text("dog"), fold=False)
    asked = first.search(text("dog"), fold=False, rerank=second)
    assert {(0, 0), (0, 1)} == set(places(plain)[:2])
    assert places(asked)[0] == (0, 1)
    scores = dict(zip(places(asked), asked.table["score"], strict=True))
    assert scores[0, 1] > scores[0, 0]
    # What the other index does not know keeps its place.
    film(catalog, first._encoder, 3, ["dog"])
    fresh = ShotIndex.open(catalog, first._encoder)
    assert (3, 0) in places(fresh.search(text("dog"), fold=False, rerank=second))
    assert len(fresh.search(shot(f"{film_id(3)}-0"), rerank=second, min_score=0)) > 0
    assert len(fresh.search(text("dog").then(text("cat")) | "dog", rerank=second)) > 0


def test_an_index_of_other_films_has_no_say(index, tmp_path):
    other = index_of(tmp_path / "catalog", [["dog"]])
    with pytest.raises(QueryError, match="another catalog"):
        index.search("dog", rerank=other)


def test_expressions_are_searched_as_they_are_written(index):
    for query in QUERIES[1:]:
        again = index.search(vs.parse(str(query)), min_score=0)
        assert again.table.equals(index.search(query, min_score=0).table)


def drawn_expressions(monkeypatch, ids, picture, *, seed, levels):
    rng = random.Random(seed)
    words = [
        "dog",
        "night",
        "boat",
        "a cat on a beach",
        "umbrela",
        "zzz",
        '"bigger boat"',
        "boa*",
        "🐕",
        "AND (",
    ]
    monkeypatch.setattr(random_expressions, "WORDS", words)
    monkeypatch.setattr(random_expressions, "shot", lambda _: shot(rng.choice(ids)))
    monkeypatch.setattr(random_expressions, "clip", lambda *_: text("train"))
    while True:
        yield rng, random_expressions.drawn(rng, files=[picture], levels=levels)


@pytest.fixture(scope="module")
def picture(tmp_path_factory):
    path = tmp_path_factory.mktemp("picture") / "red.png"
    Image.new("RGB", (64, 48), (200, 10, 10)).save(path)
    return path


@pytest.mark.parametrize("seed", range(10))
def test_expressions_drawn_at_random_find_or_are_refused(index, picture, monkeypatch, seed):
    ids = index.table["shot_id"].tolist()
    drawn = drawn_expressions(monkeypatch, ids, picture, seed=seed, levels=3 + seed % 3)
    refused = 0
    for _ in range(30):
        rng, query = next(drawn)
        options = {
            "k": rng.choice([1, 5, 100, 10_000]),
            "min_score": rng.choice([None, 0, 0.3]),
            "fold": rng.choice([True, False]),
            "per_film": rng.choice([None, 1, 3]),
            "rerank": rng.choice([True, False]),
            "where": rng.choice([None, {"show": "Dark"}, {"number": 99}]),
        }
        try:
            hits = index.search(query, **options)
        except QueryError:
            refused += 1
            continue
        scores = hits.table["score"].to_numpy()
        assert np.isfinite(scores).all()
        assert ((scores >= 0) & (scores <= 1)).all()
        assert (np.diff(scores) <= 0).all()
        assert len(hits) <= options["k"]
        for hit in hits[:3]:
            parts = hit.parts
            assert len({part.video_id for part in parts}) <= 1
            assert [part.start_s for part in parts] == sorted(part.start_s for part in parts)
            assert isinstance(hit.why, str)
            assert all(0 <= part.score <= 1 for part in parts)
    assert refused == 0


def test_the_sample_film_answers_what_it_holds(sample):
    plain = sample.search("a turtle underwater", k=5)
    assert plain[0].position == "00:02:23.875"
    dialogue = sample._catalog.dialogue
    line = dialogue.iloc[len(dialogue) // 2]
    (hit, *_) = sample.search(says(line["text"]))
    assert hit.line == line["text"]
    assert hit.start_s < line["end_s"]
    assert hit.end_s > line["start_s"]
    then = sample.search(
        text("a turtle underwater").then(text("a turtle underwater"), within_s=500), min_score=0
    )
    assert all(a.end_s <= b.start_s + 1e-3 for hit in then for a, b in [hit.parts])


def test_pieces_of_footage_are_parts_of_queries_too(sample):
    first = sample.table.iloc[3]
    piece = clip(film_path(), float(first["start_s"]), float(first["end_s"]))
    hits = sample.search(piece, k=3)
    assert hits[0].shot_id == first["shot_id"]
    assert hits[0].similarity > 0.9
    taken = sample.search(piece - 3 * shot(first["shot_id"]), k=3, min_score=0)
    assert taken[0].shot_id != first["shot_id"]
    assert sample.search(image(hits[0].image()))[0].shot_id == first["shot_id"]
    with pytest.raises(DecodeError, match="no picture between 1000000"):
        sample.search(text("a dog") + clip(film_path(), 1e6, 2e6))
    with pytest.raises(VideoNotFound, match=r"none\.mp4"):
        sample.search(text("a dog").then(clip("none.mp4")))


def test_a_plain_sentence_is_words(sample):
    assert sample.search(Words("a turtle underwater")).table.equals(
        sample.search("a turtle underwater").table
    )


def test_a_word_that_everybody_says_is_heard_in_every_film(tmp_path):
    catalog, encoder = vs.Catalog(tmp_path / "catalog"), ConceptEncoder()
    for number in range(16):
        said = {n: f"you know it is {'the key' if n % 10 == 0 else 'a door'}" for n in range(40)}
        film(catalog, encoder, number, ["dog" if n % 10 == 0 else "" for n in range(40)], said=said)
    index = ShotIndex.build(catalog, encoder, progress=False)

    def found(query, **options):
        return len(index.search(query, k=1000, fold=False, spelling=False, **options))

    assert found(says("you")) == 640
    assert found(text("dog") & says("you")) == found(text("dog").during(says("you"))) == 64
    assert found(text("dog") - says("you")) == found(text("dog") - says("key")) == 0
    assert found(says("you"), where={"position_s": (60, None)}) == 160


def test_the_score_that_a_hit_shows_is_enough_to_find_it(sample):
    for words in ("night", "a dog", "the key"):
        hits = sample.search(words, k=10)
        for hit in hits:
            again = sample.search(words, k=10, min_score=hit.score)
            assert hit.shot_id in set(again.table["shot_id"])


def test_days_and_moments_of_own_columns_keep_their_kind(tmp_path):
    catalog, encoder = vs.Catalog(tmp_path / "catalog"), ConceptEncoder()
    film(
        catalog,
        encoder,
        0,
        ["dog"],
        aired=dt.date(2021, 5, 6),
        seen=dt.datetime(2021, 5, 6, 10, tzinfo=dt.UTC),
    )
    index = ShotIndex.build(catalog, encoder, progress=False)
    hits = index.search(text("dog"), min_score=0).table
    for table in (hits, index.table):
        assert table["aired"][0] == pd.Timestamp(2021, 5, 6)
        assert table["seen"][0] == pd.Timestamp(2021, 5, 6, 10, tz="UTC")


def test_a_line_that_fits_both_parts_of_a_mixture_comes_first(sample):
    first = sample.search(says("key") + says("lock"), k=6)[0]
    assert "key" in first.line.lower()
    assert "lock" in first.line.lower()
