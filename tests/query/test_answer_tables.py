"""The tables of an answer: a row per hit, what stands behind it, and the steps of a sequence."""

import pickle

import numpy as np
import pandas as pd
import pytest

from tests.query.concepts import index_of, places
from vidsearch_sdk.query.algebra.terms import says, text
from vidsearch_sdk.query.answer_tables import MadeWhenAsked

FILMS = [["dog", "", "cat beach", "", "umbrella", *[""] * 20], ["cat", "dog", *[""] * 20]]
SAID = {0: {0: "Have you seen my key?", 2: "It was on the boat", 4: "Take the lighthouse road"}}


@pytest.fixture(scope="module")
def index(tmp_path_factory):
    return index_of(tmp_path_factory.mktemp("films") / "catalog", FILMS, said=SAID)


def test_each_step_of_a_sequence_knows_its_own_reasons(index):
    query = text("dog").then(says("on the boat")).then("lighthouse road", within_s=20)
    (hit,) = index.search(query, spelling=False)
    dog, boat, road = hit.parts
    assert [part.number for part in hit.parts] == [0, 2, 4]
    assert (dog.dialogue, dog.line) == (None, "")
    assert dog.picture == pytest.approx(dog.score, abs=1e-4)
    assert dog.similarity > 0.5
    assert (boat.picture, boat.line, boat.line_start_s) == (None, "It was on the boat", 4.4)
    assert boat.dialogue == pytest.approx(boat.score, abs=1e-6)
    assert np.isnan(boat.similarity)
    assert road.line == "Take the lighthouse road"
    assert road.picture is not None
    assert hit.score == pytest.approx(np.prod([part.score for part in hit.parts]) ** (1 / 3), rel=1e-6)
    assert hit.why.startswith(f"picture {dog.picture:.2f} → line: “It was on the boat” ")
    assert "Take the lighthouse road" in hit.why


def test_a_span_is_as_long_as_all_its_steps(index):
    (hit,) = index.search(text("dog").then(text("umbrella")))
    assert (hit.start_s, hit.end_s, hit.duration_s, hit.number) == (0.0, 10.0, 10.0, 0)
    assert (hit.start_frame, hit.end_frame, hit.start_pts, hit.end_pts) == (0, 250, 0, 5000)
    first, last = hit.parts
    assert (first.end_s, last.start_s) == (2.0, 8.0)


def test_steps_of_nested_sequences(index):
    inner = text("dog").then(text("cat")) & says("boat")
    (hit,) = index.search(inner.then(text("umbrella")), spelling=False)
    assert [part.number for part in hit.parts] == [0, 2, 4]
    assert all(part.picture == pytest.approx(part.score, abs=1e-4) for part in hit.parts)


def test_single_shots_have_no_parts_even_beside_sequences(index):
    hits = index.search(text("umbrella") | text("cat").then(text("dog")))
    kinds = {places([hit])[0]: len(hit.parts) for hit in hits}
    assert kinds == {(0, 4): 0, (1, 0): 2}
    assert index.search(text("dog"))[0].parts == ()


def test_reasons_are_of_what_was_asked(index):
    seen = index.search(text("dog")).table
    assert seen["dialogue"].isna().all()
    assert seen["line"].isna().all()
    assert np.allclose(seen["picture"], seen["score"], atol=1e-6)
    heard = index.search(says("my key")).table
    assert heard["picture"].isna().all()
    assert heard["similarity"].isna().all()
    assert heard.loc[0, "line"] == "Have you seen my key?"
    assert heard.loc[0, "line_language"] == "en"
    both = index.search("dog key", spelling=False).table
    assert (both.loc[0, "shot_id"], both.loc[0, "line"]) == (heard.loc[0, "shot_id"], "Have you seen my key?")
    assert both.loc[0, "score"] >= max(both.loc[0, "picture"], both.loc[0, "dialogue"])


def test_every_answer_has_the_same_columns(index):
    queries = [text("dog"), says("key"), "dog", text("dog").then(text("umbrella")), text("dog") & says("key")]
    columns = [index.search(query).table.columns.tolist() for query in [*queries, says("zzz")]]
    assert all(one == columns[0] for one in columns)
    kinds = [index.search(query).table["line_start_s"].dtype for query in queries]
    assert {str(kind) for kind in kinds} == {"float64"}


def test_answers_go_to_other_processes(index):
    hits = pickle.loads(pickle.dumps(index.search(text("dog").then(says("boat")))))
    assert [part.line for part in hits[0].parts] == ["", "It was on the boat"]


def test_tables_are_made_for_who_asks():
    made = []
    late = MadeWhenAsked([1, 3], lambda rank: made.append(rank) or pd.DataFrame({"rank": [rank]}))
    assert (list(late), len(late), 3 in late, 2 in late) == ([1, 3], 2, True, False)
    assert made in ([], [3])
    assert late[3]["rank"].tolist() == [3]
    with pytest.raises(KeyError):
        late[2]
