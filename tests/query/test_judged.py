import pandas as pd
import pytest

from vidsearch_sdk.errors import QueryError
from vidsearch_sdk.query.judged import Place, judged, same_words

A, B, C = (f"0123456789abcdef-{number}" for number in range(3))


def thumbs(*rows):
    return pd.DataFrame(rows, columns=["query", "shot_id", "thumb"])


def ids(places):
    return [place.shot_id for place in places]


@pytest.mark.parametrize("typed", ["A dog", "  a   DOG ", "a\tdog", "\uff41 dog"])
def test_words_are_the_same_however_they_are_typed(typed):
    assert same_words(typed) == "a dog"
    said = judged(thumbs((typed, A, 1)), None)
    assert ids(said.of(["a dog"]).right) == [A]
    assert not said.of(["a cat"])


@pytest.mark.parametrize("nothing", [None, False])
def test_nothing_given_is_nothing_said(nothing):
    assert judged(nothing, None) is None


def test_thumbs_count_more_than_picks_and_what_comes_later_more_than_what_came_before():
    class Answer:
        thumbs = pd.DataFrame([("a dog", A, -1)], columns=["query", "shot_id", "thumb"])
        picks = pd.DataFrame([("a dog", A), ("a dog", B)], columns=["query", "shot_id"])

    of_answer = judged(Answer(), None).of(["a dog"])
    assert (ids(of_answer.right), ids(of_answer.wrong)) == ([B], [A])
    later = judged([Answer(), thumbs(("a dog", A, 1))], None).of(["a dog"])
    assert set(ids(later.right)) == {A, B}


def test_of_several_people_most_decide_and_a_tie_says_nothing():
    rows = [("a dog", A, 1, "Ana"), ("a dog", A, 0, "Bo"), ("a dog", A, 1, "Cy"), ("a dog", B, 1, "Ana")]
    rows += [("a dog", B, 0, "Bo"), ("a dog", C, 3, "Ana"), ("a dog", C, 0, "Ana")]
    table = pd.DataFrame(rows, columns=["query", "shot_id", "grade", "who"])
    said = judged(table, None).of(["a dog"])
    assert (ids(said.right), ids(said.wrong)) == ([A], [C])


def test_a_span_without_a_shot_is_a_place():
    rows = [
        {
            "query": "a dog",
            "shot_id": "",
            "video": "0123456789abcdef",
            "start_s": 1.0,
            "end_s": 3.0,
            "grade": 1,
        }
    ]
    rows.append({"query": "a dragon", "shot_id": "", "video": "", "grade": 0})  # nothing answers it
    said = judged(pd.DataFrame(rows), None)
    assert said.of(["a dog"]).right[0].span == (1.0, 3.0)
    assert not said.of(["a dragon"])


def test_a_place_is_known_by_its_shot_whatever_its_span():
    assert Place.of(A) == Place.of(A, "0123456789abcdef", 1.0, 2.0)
    assert Place.of("", "f", 1.0, 2.0) != Place.of("", "f", 1.0, 3.0)


@pytest.mark.parametrize("given", ["yes", 1, 0.5, {"a dog": A}])
def test_what_is_no_feedback_is_refused(given):
    with pytest.raises(QueryError, match="feedback="):
        judged(given, None)


def test_a_table_without_its_columns_is_refused():
    with pytest.raises(QueryError, match="shot_id is missing"):
        judged(pd.DataFrame({"query": ["a dog"]}), None)
    with pytest.raises(QueryError, match="1 \\(right\\) or -1"):
        judged(thumbs(("a dog", A, 2)), None)


@pytest.mark.parametrize("nothing", [None, float("nan"), pd.NA, ""])
def test_a_cell_where_nothing_stands_is_empty(nothing):
    rows = [
        {"query": "a dog", "shot_id": nothing, "video": nothing, "grade": 1, "start_s": None, "end_s": None}
    ]
    rows.append({**rows[0], "shot_id": A, "grade": nothing})
    said = judged(pd.DataFrame(rows, dtype=object), None).of(["a dog"])
    assert (ids(said.right), ids(said.wrong)) == ([A], [])


@pytest.mark.parametrize(
    ("name", "value"), [("grade", "x"), ("grade", -1), ("grade", "inf"), ("start_s", "soon")]
)
def test_a_cell_that_is_no_number_is_refused(name, value):
    rows = pd.DataFrame([{"query": "a dog", "shot_id": A, "grade": 1, name: value}])
    with pytest.raises(QueryError, match=f"row 0 of the feedback: {name} is .*, which is no {name}"):
        judged(rows, None)
