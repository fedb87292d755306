"""Judgments are read from where people keep them, and what cannot be meant is told before time is spent."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from vidsearch_sdk.errors import QueryError, StorageError, VideoNotFound
from vidsearch_sdk.evaluation.judgments import Judgments

A, B = "00000000000000aa", "00000000000000bb"


@pytest.fixture
def shots():
    """Two films of four shots of two seconds; both names are known, one twice."""
    rows = [
        {
            "shot_id": f"{film}-{number}",
            "video_id": film,
            "name": f"{film[-1]}.mp4",
            "start_s": number * 2.0 + 10,
            "end_s": number * 2.0 + 12,
        }
        for film in (A, B)
        for number in range(4)
    ]
    return pd.DataFrame(rows)


def frame(**columns):
    return pd.DataFrame(columns)


def graded(judgments):
    return {(row["query"], row["shot_id"]): row["grade"] for row in judgments.table.to_dict("records")}


@pytest.mark.parametrize("divider", [",", ";", "\t"])
def test_a_file_is_read_whatever_divides_it(tmp_path, divider):
    path = tmp_path / "judgments.csv"
    lines = [
        ["query", "shot_id", "video_id", "start_s", "end_s", "grade", "kind", "when", "remark"],
        ["  a  dog ", f"{A}-1", "", "", "", "3", "animals", "2026-01-31 18:00", "x"],
        ["a dog", "", "b.mp4", "10", "12.5", "", "", "", ""],
        ["a yeti", "", "", "", "", "0", "", "", ""],
    ]
    path.write_text("\ufeff" + "\n".join(divider.join(line) for line in lines), encoding="utf-8")
    judgments = Judgments.read_csv(path)
    table = judgments.table
    assert judgments.queries == ("a dog", "a yeti")
    assert table["grade"].tolist() == [3.0, 1.0, 0.0]
    assert table["video"].tolist() == [A, "b.mp4", ""]
    # Said once, it holds for the query.
    assert table["group"].tolist() == ["animals", "animals", ""]
    assert table["at"][0] == pd.Timestamp("2026-01-31T18:00Z")
    assert len(judgments) == 3
    assert repr(judgments) == "Judgments(2 queries, 3 rows of 2 films, 2 groups)"
    table["grade"] = 9
    assert judgments.table["grade"].max() == 3


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "is not a table"),
        ("query,shot_id\n", "not one row"),
        ("query,grade\na dog,1\n", "need the column 'query', and 'shot_id'"),
        ("shot_id\nx\n", "the columns are 'shot_id'"),
        (f"query,shot_id,grades\na dog,{A}-1,3\n", "'grades' .* is not known; is 'grade' meant"),
        (f"query,shot_id,group,kind\na dog,{A}-1,x,y\n", "two columns of the judgments mean 'group'"),
        (f"query,shot_id\na dog,{A}-1\na dog,7\n,{A}-1\n", "row 4 of bad.csv: there is no query"),
        (f"query,shot_id\na dog,{A}-1\na dog,dog.mp4\n", "row 3 of bad.csv: 'dog.mp4' is not a shot_id"),
        (f"query,shot_id,grade\na dog,{A}-1,good\n", "row 2 of bad.csv: grade is 'good', not a number"),
        (f"query,shot_id,grade\na dog,{A}-1,-1\n", "row 2 of bad.csv: the grade is -1"),
        (f"query,shot_id,grade\na dog,{A}-1,inf\n", "grade is 'inf', not a number"),
        ("query,video,start_s,end_s\na dog,a.mp4,5,5\n", "start_s and a later end_s, not 5 and 5"),
        ("query,video,start_s,end_s\na dog,a.mp4,5,\n", "start_s and a later end_s, not 5 and none"),
        ("query,video,start_s,end_s\na dog,,5,6\n", "names neither a shot .* nor a span"),
        (f"query,shot_id,at\na dog,{A}-1,tomorrow\n", "at is 'tomorrow', not a date"),
        (
            f"query,shot_id,grade\na dog,{A}-1,1\na cat,{A}-1,2\na dog,{A}-1,2\n",
            "row 4 of bad.csv: the same shot or span has the grade 2 for 'a dog' here and 1 before",
        ),
        (f"query,shot_id,group\na dog,{A}-1,x\na dog,{A}-2,y\n", "a query has one group"),
        (f"query,shot_id,grade\na dog,{A}-1,1\na dog,,0\n", "nothing answers 'a dog' here, and a shot"),
        (f"query,shot_id\na dog,{A}-1,left over\n", "bad.csv is not a table"),
        (f"query,shot_id\na dog,{A}-1\na dog,{A}-2,left over\n", "bad.csv is not a table"),
        (f"query,shot_id\n\na dog,{A}-1\n\n\na dog,x\n\n", "row 6 of bad.csv: 'x' is not a shot_id"),
        (f"query,shot_id\na,x\nb,y\nc,{A}-1\n", r"row 2 of bad.csv: .* \(and 1 more such row\)"),
    ],
)
def test_what_cannot_be_meant_is_told_with_its_row(tmp_path, text, says):
    path = tmp_path / "bad.csv"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(QueryError, match=says):
        Judgments.read_csv(path)


def test_a_file_that_cannot_be_read_is_told(tmp_path):
    with pytest.raises(StorageError, match="cannot be read"):
        Judgments.read_csv(tmp_path / "none.csv")
    path = tmp_path / "old.csv"
    path.write_bytes("query,shot_id\nchien à,x\n".encode("latin-1"))
    with pytest.raises(QueryError, match="not text in UTF-8"):
        Judgments.read_csv(path)


def test_captions_are_queries(tmp_path, shots):
    path = tmp_path / "captions.csv"
    path.write_text("video,start_s,end_s,text\na.mp4,10,14,a dog\nb.mp4,12,13,a dog\nb.mp4,16,18,a cat\n")
    captions = Judgments.from_captions(path, group="captions", who="Ada")
    assert graded(captions.shots(shots)) == {
        ("a dog", f"{A}-0"): 1,
        ("a dog", f"{A}-1"): 1,
        ("a dog", f"{B}-1"): 1,
        ("a cat", f"{B}-3"): 1,
    }
    assert set(captions.table["group"]) == {"captions"}
    with pytest.raises(QueryError, match="captions need the columns video, start_s, end_s and text"):
        Judgments.from_captions(frame(video=["a.mp4"], text=["x"]))
    path.write_text("video,start_s,end_s,text\na.mp4,10,14,a dog\na.mp4,10,14,\n")
    with pytest.raises(QueryError, match=r"row 3 of captions\.csv: there is no query"):
        Judgments.from_captions(path)


def test_thumbs_are_grades(shots):
    at = pd.to_datetime(["2026-01-01", "2026-01-02"], utc=True)
    thumbs = frame(query=["a dog", "a dog"], shot_id=[f"{A}-0", f"{A}-1"], thumb=[1, -1], at=at)
    others = frame(query=["a cat"], shot_id=[f"{B}-0"], thumb=[1], at=at[:1])
    judgments = Judgments.from_thumbs([thumbs, others], who="Ada")
    assert graded(judgments.shots(shots)) == {
        ("a dog", f"{A}-0"): 1,
        ("a dog", f"{A}-1"): 0,
        ("a cat", f"{B}-0"): 1,
    }
    assert set(judgments.table["who"]) == {"Ada"}
    with pytest.raises(QueryError, match=r"a thumb is 1 .* or -1"):
        Judgments.from_thumbs(thumbs.assign(thumb=2))
    with pytest.raises(QueryError, match="not one row"):
        Judgments.from_thumbs(thumbs.iloc[:0])


def test_the_last_word_of_one_person_counts_and_the_mean_of_several(shots):
    rows = frame(
        query=["a dog"] * 4,
        shot_id=[f"{A}-0"] * 4,
        grade=[3, 0, 1, 2],
        who=["Ada", "Ada", "Ada", "Bo"],
        at=["2026-01-01", "2026-01-03", "2026-01-02", "2026-01-01"],
    )
    assert graded(Judgments.from_frame(rows).shots(shots)) == {("a dog", f"{A}-0"): (0 + 2) / 2}


def test_a_shot_that_was_cut_anew_is_found_by_its_span(shots):
    rows = frame(query=["a", "b"], shot_id=[f"{A}-9", f"{A}-0"], start_s=[12.0, 14.0], end_s=[14.0, 16.0])
    # One id is gone, the other one means other pictures now.
    assert graded(Judgments.from_frame(rows).shots(shots)) == {("a", f"{A}-1"): 1, ("b", f"{A}-2"): 1}


@pytest.mark.parametrize(
    ("rows", "error", "says"),
    [
        (frame(query=["a"], shot_id=[f"{A}-9"]), QueryError, f"names no shot: the shot {A}-9"),
        (frame(query=["a"], video=[A], start_s=[18.0], end_s=[19.0]), QueryError, "goes from 10 to 18 s"),
        (frame(query=["a"], video=["c.mp4"], start_s=[0], end_s=[1]), VideoNotFound, "1 of 1 judged films"),
        (
            frame(query=["a", "a"], video=[A, "a.mp4"], start_s=[10, 11], end_s=[12, 13], grade=[1, 2]),
            QueryError,
            f"rows 0 and 1 of the judgments give the shot {A}-0 the grades 1 and 2",
        ),
    ],
)
def test_what_means_no_shot_is_told(shots, rows, error, says):
    with pytest.raises(error, match=says):
        Judgments.from_frame(rows).shots(shots)


def test_films_of_one_name_are_not_guessed_at(shots):
    rows = frame(query=["a"], video=["a.mp4"], start_s=[10.0], end_s=[12.0])
    with pytest.raises(QueryError, match=r"2 films are called 'a\.mp4'"):
        Judgments.from_frame(rows).shots(shots.assign(name="a.mp4"))


def many(films=40):
    ids = [f"{number:016x}" for number in range(films)]
    rows = [{"query": f"q{n % 7}", "shot_id": f"{film}-{n}", "grade": 1} for film in ids for n in range(3)]
    return pd.DataFrame(rows)


def test_a_split_by_film_leaks_nothing_and_hangs_on_the_films_alone():
    rows = many()
    first, rest = Judgments.from_frame(rows).split(0.3, seed=1)
    assert not set(first.films) & set(rest.films)
    assert len(first) + len(rest) == len(rows)
    assert 0.1 < len(first.films) / 40 < 0.5
    shuffled = rows.sample(frac=1, random_state=2)
    assert Judgments.from_frame(shuffled).split(0.3, seed=1)[0].films == first.films
    # More films move none.
    more, _ = Judgments.from_frame(many(80)).split(0.3, seed=1)
    assert set(first.films) == set(more.films) & {f"{number:016x}" for number in range(40)}
    assert Judgments.from_frame(rows).split(0.3, seed=2)[0].films != first.films


def test_no_side_of_a_split_is_empty():
    for seed in range(20):
        for share in (0.01, 0.99):
            first, rest = Judgments.from_frame(many(2)).split(share, seed=seed)
            assert (len(first.films), len(rest.films)) == (1, 1)


def test_a_split_by_query_keeps_each_whole():
    first, rest = Judgments.from_frame(many()).split(0.5, by="query")
    assert not set(first.queries) & set(rest.queries)


@pytest.mark.parametrize(
    ("ask", "says"),
    [
        (lambda j: j.split(0), "between 0 and 1"),
        (lambda j: j.split(1.0), "between 0 and 1"),
        (lambda j: j.split(0.5, by="shot"), "'film' or 'query'"),
        (lambda j: j.only(films=["0000000000000000"]).split(0.5), "only one film"),
        (lambda j: j.only(group="none"), "no judgment is left of 120; their groups are ''"),
        (
            lambda j: (
                j + Judgments.from_frame(frame(query=["x"], video=["a.mp4"], start_s=[0], end_s=[1]))
            ).split(0.5),
            "named by video_id and some by name",
        ),
    ],
)
def test_what_cannot_be_split_is_told(ask, says):
    with pytest.raises(QueryError, match=says):
        ask(Judgments.from_frame(many()))


def test_parts_are_chosen_and_joined():
    rows = many(3).assign(group=lambda t: np.where(t["query"] == "q1", "x", "y"), split="train")
    judgments = Judgments.from_frame(rows)
    assert judgments.only(group="x").queries == ("q1",)
    assert judgments.only(films=judgments.films[:1], split="train").films == judgments.films[:1]
    assert len(judgments.only(group="x") + judgments.only(group="y")) == len(judgments)
    with pytest.raises(QueryError, match="the same shot"):
        judgments + Judgments.from_frame(rows.assign(grade=2))
