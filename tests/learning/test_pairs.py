"""Shots and what is said of them: from where people keep it, checked before time is spent, split by film."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

import vidsearch_sdk as vs
from tests.store.made import published, video_id
from vidsearch_sdk.errors import DamagedError, QueryError, StorageError, VideoNotFound
from vidsearch_sdk.learning.pairs import Pairs

FILMS = [video_id(number) for number in range(6)]


@pytest.fixture(scope="module")
def catalog(tmp_path_factory) -> vs.Catalog:
    """Six films of three shots of four seconds each, called ``<video_id>.mkv``; tests only read it."""
    made = vs.Catalog(tmp_path_factory.mktemp("pairs") / "catalog")
    for film in FILMS:
        published(made.films, film)
    return made


def captions(*rows: tuple[object, ...]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["video", "start_s", "end_s", "text"])


def a_dozen(films: list[str] = FILMS) -> pd.DataFrame:
    """Two captions of each film."""
    spans = [(0.0, 4.0), (4.0, 12.0)]
    return captions(*[(film, *span, f"{film[-1]} at {span[0]:g}") for film in films for span in spans])


def test_captions_mean_the_shots_of_their_spans(catalog, tmp_path):
    rows = [
        (FILMS[0], 0, 12, "a whole film"),
        (f"{FILMS[1]}.mkv", 4.1, 7.9, "by its name"),
        (FILMS[1], 5, 5.5, "a moment"),
        (FILMS[2], 8, 12, "  two \n lines "),
    ]
    # A span within another says more of the shot that both mean, but in a table of its own.
    pairs = Pairs.from_captions(catalog, captions(*rows[:2], rows[3]))
    pairs += Pairs.from_captions(catalog, captions(rows[2]))
    assert list(pairs.table.columns) == ["text", "shot_id", "video_id", "source"]
    assert set(pairs.table["source"]) == {"caption"}
    assert list(zip(pairs.table["text"], pairs.table["shot_id"], strict=True)) == [
        *(("a whole film", f"{FILMS[0]}-{number}") for number in range(3)),
        ("by its name", f"{FILMS[1]}-1"),
        ("two lines", f"{FILMS[2]}-2"),
        ("a moment", f"{FILMS[1]}-1"),
    ]
    assert pairs.texts == ("a whole film", "by its name", "two lines", "a moment")
    assert pairs.films == sorted(FILMS[:3])
    assert len(pairs) == 6
    assert repr(pairs) == "Pairs(6 of 4 texts and 5 shots of 3 films: caption 6)"
    pairs.check()
    file = tmp_path / "captions.csv"
    captions(*rows[:2], rows[3]).to_csv(file, index=False, sep=";")
    assert Pairs.from_captions(catalog, file).texts == ("a whole film", "by its name", "two lines")
    assert len(Pairs.from_captions(catalog, str(file))) == 5


def test_a_table_of_shots_is_taken_as_it_is(catalog):
    shots = catalog.shots.iloc[[0, 4]].assign(text=["a dog", "a cat"], name="whatever")
    pairs = vs.Pairs(catalog, shots)
    assert list(pairs.table["shot_id"]) == list(shots["shot_id"])
    assert list(pairs.table["source"]) == ["table", "table"]
    assert vs.Pairs(catalog, pairs.table.assign(source="caption")).table.equals(
        pairs.table.assign(source="caption")
    )


@pytest.mark.parametrize(
    ("rows", "kind", "says"),
    [
        ([], QueryError, "there are no captions: not one row"),
        ([(FILMS[0], 0, 4, "a"), (FILMS[0], 12, 20, "b")], QueryError, "row 1 of the captions names no shot"),
        ([(FILMS[0], 0, 4, "a"), (FILMS[0], -9, -4, "b")], QueryError, "from 0 to 12 s of its own clock"),
        ([(FILMS[0], 0, 4, "a"), ("gone.mkv", 0, 4, "b")], VideoNotFound, "row 1 of the captions: No film"),
        ([(FILMS[0], 0, 4, "a"), ("", 0, 4, "b")], QueryError, "row 1 of the captions: it names no film"),
        ([(FILMS[0], 0, 4, "a"), (FILMS[0], 8, 4, "b")], QueryError, "a later end_s, not 8 and 4"),
        ([(FILMS[0], 0, 4, "a"), (FILMS[0], None, 4, "b")], QueryError, "not none and 4"),
        ([(FILMS[0], 0, 4, "a"), (FILMS[0], "0:04", 8, "b")], QueryError, "start_s is '0:04', not a number"),
        (
            [(FILMS[0], 0, 4, "a"), (FILMS[0], 4, 8, " ")],
            QueryError,
            "row 1 of the captions: there is no text",
        ),
    ],
)
def test_a_wrong_row_is_one_error_that_names_it(catalog, rows, kind, says):
    with pytest.raises(kind) as error:
        Pairs.from_captions(catalog, captions(*rows))
    assert says in str(error.value)


def test_rows_of_a_file_are_named_as_a_spreadsheet_counts(catalog, tmp_path):
    file = tmp_path / "captions.csv"
    file.write_text(f"video,start_s,end_s,text\n{FILMS[0]},0,4,a dog\n\n{FILMS[0]},30,31,a cat\n")
    with pytest.raises(QueryError, match=r"row 4 of captions\.csv names no shot"):
        Pairs.from_captions(catalog, file)
    file.write_text("video,start_s,end_s,txt\n")
    with pytest.raises(QueryError, match="is 'txt' meant for 'text'"):
        Pairs.from_captions(catalog, file)
    with pytest.raises(StorageError, match=r"none\.csv cannot be read"):
        Pairs.from_captions(catalog, tmp_path / "none.csv")


def test_spans_that_overlap_and_differ_are_refused(catalog):
    film = FILMS[0]
    for first, second in (((0, 5), (3, 9)), ((0, 12), (5, 6)), ((3, 9), (0, 5)), ((0, 4.2), (4, 8))):
        rows = captions((film, *first, "a dog"), (FILMS[1], 0, 12, "a fox"), (film, *second, "a cat"))
        with pytest.raises(QueryError) as error:
            Pairs.from_captions(catalog, rows)
        for part in ("row 2 of the captions", "row 0 of the captions", "'a cat' and 'a dog'"):
            assert part in str(error.value)
    # The widest so far is what a later one is held against.
    with pytest.raises(QueryError, match=r"row 2 .* overlaps 0 to 11 s of row 0"):
        Pairs.from_captions(catalog, captions((film, 0, 11, "a"), (film, 1, 2, "a"), (film, 9, 10, "b")))


def test_spans_that_agree_or_meet_are_taken(catalog):
    film = FILMS[0]
    taken = captions(
        (film, 0, 4.04, "a dog"),  # ends a frame late
        (film, 4, 8, "a cat"),
        (film, 4, 8, "it sleeps"),  # another way to say it
        (film, 8, 12, "a fox"),
        (film, 9, 12, "a fox"),  # the same twice
    )
    pairs = Pairs.from_captions(catalog, taken)
    assert len(pairs) == 4
    assert list(pairs.table.query("shot_id.str.endswith('-1')")["text"]) == ["a cat", "it sleeps"]


def test_what_can_teach_nothing_is_told_by_check(catalog):
    same = Pairs.from_captions(catalog, captions(*[(film, 0, 4, "A shot") for film in FILMS]))
    with pytest.raises(QueryError, match="all 6 pairs have the same text, 'A shot'"):
        same.check()
    with pytest.raises(QueryError, match="the same text"):
        (same + Pairs.from_captions(catalog, captions((FILMS[0], 4, 8, "a shot")))).check()
    one = Pairs.from_captions(catalog, captions((FILMS[0], 0, 4, "a"), (FILMS[0], 0, 4, "b")))
    with pytest.raises(QueryError, match="all 2 pairs are of one shot"):
        one.check()


def test_what_became_of_the_films_since_is_told_by_check(tmp_path):
    catalog = vs.Catalog(tmp_path / "catalog")
    for film in FILMS[:3]:
        published(catalog.films, film)
    pairs = Pairs.from_captions(catalog, a_dozen(FILMS[:3]))
    pairs.check()
    file = next(Path(catalog.location).glob(f"films/*/{FILMS[1]}/*keyframes.parquet"))
    whole = file.read_bytes()
    file.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(DamagedError, match="keyframes"):
        pairs.check()
    file.write_bytes(whole)
    pairs.check()
    published(catalog.films, FILMS[2], shots=2)
    with pytest.raises(VideoNotFound, match=rf"there is no shot '{FILMS[2]}-2'.* make them again"):
        pairs.check()
    catalog.remove(FILMS[2])
    with pytest.raises(VideoNotFound, match=f"No film '{FILMS[2]}'"):
        pairs.check()
    catalog.films.add(
        vs.Catalog(tmp_path / "catalog")
        .films.get(FILMS[0])
        .with_(video_id=FILMS[4], status="added", run=None, parts={}, name="waits.mkv")
    )
    with pytest.raises(QueryError, match=r"row 0 of the captions: the film 'waits\.mkv' has no shots; "):
        Pairs.from_captions(catalog, captions(("waits.mkv", 0, 4, "a dog")))


def test_films_fall_into_one_part_whatever_the_rows(catalog):
    pairs = Pairs.from_captions(catalog, a_dozen())
    rest, out = pairs.split(0.34)
    assert not set(rest.films) & set(out.films)
    assert sorted([*rest.films, *out.films]) == sorted(FILMS)
    assert len(rest) + len(out) == len(pairs)
    again = Pairs.from_captions(catalog, a_dozen(FILMS[::-1])).split(0.34)
    assert (again[0].films, again[1].films) == (rest.films, out.films)
    assert pairs.judgments.split(1 - 0.34)[1].films == out.films
    parts = {tuple(pairs.split(0.34, seed=seed)[1].films) for seed in range(8)}
    assert len(parts) > 1
    # A film that was held out stays so when others are captioned.
    fewer = Pairs.from_captions(catalog, a_dozen([*out.films, rest.films[0]])).split(0.34)
    assert set(fewer[1].films) <= set(out.films)
    rest, out = pairs.split([FILMS[3], f"{FILMS[5]}.mkv"])
    assert out.films == sorted([FILMS[3], FILMS[5]])
    assert len(rest.films) == 4
    assert pairs.split(FILMS[3])[1].films == [FILMS[3]]
    assert pairs.only([FILMS[0]]).films == [FILMS[0]]


def test_what_cannot_be_split_is_told(catalog):
    pairs = Pairs.from_captions(catalog, a_dozen(FILMS[:2]))
    for held_out in (0, 1, 1.5, True, -0.2):
        with pytest.raises(QueryError, match="a share between 0 and 1, or a list of films"):
            pairs.split(held_out)
    with pytest.raises(VideoNotFound, match="No film 'gone'"):
        pairs.split(["gone"])
    with pytest.raises(QueryError, match=f"no pair is of {FILMS[4]}"):
        pairs.split([FILMS[4]])
    with pytest.raises(QueryError, match="all films are held out"):
        pairs.split(FILMS[:2])
    with pytest.raises(QueryError, match="no pair is of no film"):
        pairs.split([])
    with pytest.raises(QueryError, match="all pairs are of one film"):
        pairs.only([FILMS[0]]).split(0.5)


def test_pairs_of_two_catalogs_cannot_be_joined(catalog, tmp_path):
    other = vs.Catalog(tmp_path / "other")
    published(other.films, FILMS[0])
    mine, its = (Pairs.from_captions(one, a_dozen(FILMS[:1])) for one in (catalog, other))
    with pytest.raises(QueryError, match="two catalogs"):
        mine + its
    with pytest.raises(TypeError):
        mine + 1


def test_right_answers_are_pairs(catalog):
    shots = list(catalog.shots["shot_id"])
    judged = pd.DataFrame(
        [
            ("a dog", shots[0], 3),
            ("a dog", shots[1], 1),
            ("a dog", shots[2], 0),
            ('text("a cat")', shots[3], 2),
            ('text("a cat") & says("meow")', shots[4], 3),
            ('says("meow")', shots[4], 3),
            ("nothing of the kind", "", 0),
        ],
        columns=["query", "shot_id", "grade"],
    )
    pairs = Pairs.from_judgments(catalog, vs.Judgments.from_frame(judged))
    rows = [("a dog", shots[0]), ("a dog", shots[1]), ("a cat", shots[3])]
    assert list(zip(pairs.table["text"], pairs.table["shot_id"], strict=True)) == rows
    assert set(pairs.table["source"]) == {"judgment"}
    assert list(Pairs.from_judgments(catalog, judged, least=2).table["shot_id"]) == [shots[0], shots[3]]
    with pytest.raises(QueryError, match="with a grade of 4 or more"):
        Pairs.from_judgments(catalog, judged, least=4)
    with pytest.raises(QueryError, match="no judged query is plain words"):
        Pairs.from_judgments(catalog, judged.iloc[4:6])
    for least in (0, -1, True, "3"):
        with pytest.raises(QueryError, match="a grade above 0"):
            Pairs.from_judgments(catalog, judged, least=least)
    back = Pairs.from_judgments(catalog, pairs.judgments)
    assert back.table.drop(columns="source").equals(pairs.table.drop(columns="source"))


def test_what_the_catalog_keeps_is_pairs(tmp_path):
    catalog = vs.Catalog(tmp_path / "catalog")
    for film in FILMS[:2]:
        published(catalog.films, film)
    with pytest.raises(QueryError, match="keeps no judgments yet"):
        Pairs.from_feedback(catalog)
    thumbs = pd.DataFrame(
        {
            "query": ["a dog", "a dog", "a cat"],
            "shot_id": [f"{FILMS[0]}-0", f"{FILMS[0]}-1", f"{FILMS[1]}-2"],
            "thumb": [1, -1, 1],
        }
    )
    catalog.judgments.add(vs.Judgments.from_thumbs(thumbs), who="Ada")
    pairs = Pairs.from_feedback(catalog)
    assert list(zip(pairs.table["text"], pairs.table["shot_id"], strict=True)) == [
        ("a dog", f"{FILMS[0]}-0"),
        ("a cat", f"{FILMS[1]}-2"),
    ]
    assert set(pairs.table["source"]) == {"feedback"}
    # What others call its group, and that something is not there, changes nothing.
    for group in ("animals", "pets"):
        known = pd.DataFrame({"query": ["a dog"], "shot_id": [f"{FILMS[0]}-0"], "group": [group]})
        catalog.judgments.add(vs.Judgments.from_frame(known), who="Ada")
    nothing = pd.DataFrame({"query": ["a zebra"], "shot_id": [""], "grade": [0.0]})
    catalog.judgments.add(vs.Judgments.from_frame(nothing), who="Ada")
    assert Pairs.from_feedback(catalog).texts == ("a dog", "a cat")
    # Somebody else thinks otherwise: on average it is not right.
    against = thumbs.iloc[[0]].assign(thumb=-1)
    catalog.judgments.add(vs.Judgments.from_thumbs(against), who="Bea")
    assert Pairs.from_feedback(catalog).texts == ("a cat",)
    assert Pairs.from_feedback(catalog, least=0.5).texts == ("a dog", "a cat")
    catalog.remove(FILMS[1])
    assert Pairs.from_feedback(catalog, least=0.5).texts == ("a dog",)
    catalog.remove(FILMS[0])
    with pytest.raises(QueryError, match="no film of the kept judgments"):
        Pairs.from_feedback(catalog)


def test_the_sample_film_is_captioned_by_its_truth(sample_index):
    from vidsearch_sdk.sample.assets import truth

    catalog = sample_index._catalog
    rows = captions(*[("film.mp4", shot.start_s, shot.end_s, shot.caption) for shot in truth()])
    pairs = Pairs.from_captions(catalog, rows)
    pairs.check()
    assert len(pairs.shots) == len(catalog.shots)
    assert len(pairs.texts) == len(truth())
    assert all(vs.Pairs(catalog, pairs.table).table["source"] == "caption")
