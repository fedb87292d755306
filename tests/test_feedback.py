"""Thumbs and picks from an answer to the next one, and what is kept of them, on a catalog of known shots."""

import pandas as pd
import pytest

import vidsearch_sdk as vs
from tests.index.worlds import film_id
from tests.query.concepts import index_of, places
from vidsearch_sdk.query.algebra.as_json import from_json, to_json

FILMS = [
    ["cat", "cat night", "cat beach", "", "", "dog", "dog night", "umbrella", "train", "violin"],
    ["cat", "train night", "cat umbrella", "", "dog beach", "beach", "beach night", "violin", "", "train"],
]


@pytest.fixture(scope="module")
def shared(tmp_path_factory):
    return index_of(
        tmp_path_factory.mktemp("feedback") / "films", FILMS, said={0: {3: "Here comes the zorbla"}}
    )


@pytest.fixture
def index(shared):
    kept = shared._catalog.judgments
    yield shared
    if len(kept):
        kept.remove(list(dict.fromkeys(kept.read()["added"])))


def shot(film, number):
    return f"{film_id(film)}-{number}"


def judge(hits, right, wrong=()):
    """Give thumbs to hits by what they are."""
    for hit, place in zip(hits, places(hits), strict=True):
        if place in right or place in wrong:
            hits._thumbs.give(hit, 1 if place in right else -1)


def thumbs(words, **said):
    rows = [
        (words, one, value)
        for value, some in ((1, said.get("right", [])), (-1, said.get("wrong", [])))
        for one in some
    ]
    return pd.DataFrame(rows, columns=["query", "shot_id", "thumb"])


def test_words_that_mean_nothing_find_what_was_said_to_be_right(index):
    hits = index.search("zorblat", min_score=0, k=20, spelling=False, fold=False)
    judge(hits, right={(0, 0), (0, 1)}, wrong={(0, 5), (0, 7), (1, 5), (1, 7)})
    again = hits.again()
    found = places(again)
    assert {(0, 0), (0, 1), (0, 2), (1, 0), (1, 2)} <= set(found[:6])
    assert not {(0, 5), (0, 7), (1, 5), (1, 7)} & set(found)
    assert again.learned == (2, 4)
    assert any("searched with what was judged" in note for note in again.notes)
    assert all(0 <= score <= 1 for score in again.table["score"])


def test_without_feedback_nothing_changes(index):
    plain = index.search("a cat", min_score=0, k=20)
    plain._thumbs.give(plain[0], -1)
    plain.keep(who="Ana")
    again = index.search("a cat", min_score=0, k=20)
    pd.testing.assert_frame_equal(plain.table, again.table)
    assert again.notes == plain.notes
    assert again.learned == (0, 0)


def test_what_is_wrong_is_found_no_more_and_thumbs_go_on(index):
    hits = index.search("a cat")
    hits._thumbs.give(hits[0], -1)
    again = hits.again()
    assert hits[0].shot_id not in set(again.table["shot_id"])
    again._thumbs.give(again[0], -1)
    third = again.again()
    assert {hits[0].shot_id, again[0].shot_id}.isdisjoint(third.table["shot_id"])
    assert third.learned == (0, 2)


def test_picks_count_as_right(index):
    hits = index.search("zorblat", min_score=0, k=20, spelling=False, fold=False)
    for hit, place in zip(hits, places(hits), strict=True):
        if place in {(0, 0), (1, 0), (0, 2)}:
            hits.tray.add(hit)
    assert set(places(hits.again())[:5]) >= {(0, 0), (1, 0), (0, 2)}


def test_an_answer_without_thumbs_cannot_be_asked_again(index):
    with pytest.raises(vs.QueryError, match="nothing was said of this answer yet"):
        index.search("a cat").again()


@pytest.mark.parametrize("typed", ["A  CAT", "a cat"])
def test_words_are_the_same_however_they_are_typed(index, typed):
    found = index.search(typed, feedback=thumbs("a cat", wrong=[shot(0, 0)]))
    assert shot(0, 0) not in set(found.table["shot_id"])


def test_words_with_a_slip_are_known_as_typed_and_as_put_right(index):
    for said in ("umbrela", "umbrella"):
        found = index.search("umbrela", feedback=thumbs(said, wrong=[shot(0, 7)]))
        assert found.corrections == (("umbrela", "umbrella"),)
        assert shot(0, 7) not in set(found.table["shot_id"]), said


def test_every_form_of_feedback_is_taken(index):
    hits = index.search("a cat", k=20)
    hits._thumbs.give(hits[0], -1)
    table = hits.thumbs
    judgments = vs.Judgments.from_thumbs(table, who="Ana")
    index._catalog.judgments.add(judgments)
    for given in (
        hits,
        table,
        judgments,
        judgments.table,
        True,
        index._catalog.judgments,
        [table, hits.tray],
    ):
        found = index.search("a cat", k=20, feedback=given)
        assert hits[0].shot_id not in set(found.table["shot_id"]), type(given)
        assert found.learned == (0, 1)
    with pytest.raises(vs.QueryError, match="feedback=str"):
        index.search("a cat", feedback="yes")


def test_feedback_for_other_words_is_told_and_changes_nothing(index):
    plain = index.search("a dog")
    found = index.search("a dog", feedback=thumbs("a cat", wrong=[shot(0, 0)]))
    pd.testing.assert_frame_equal(plain.table, found.table)
    assert "nothing of the feedback is for these words; it is for “a cat”" in found.notes


def test_dialogue_is_left_alone_but_for_what_is_wrong(index):
    plain = index.search("zorbla")
    assert places(plain)[0] == (0, 3)
    # It came for its line: what it shows is no lesson.
    liked = index.search("zorbla", feedback=thumbs("zorbla", right=[shot(0, 3)]))
    assert liked.table["dialogue"].tolist() == plain.table["dialogue"].tolist()
    assert places(index.search(vs.says("zorbla"), feedback=thumbs("zorbla", wrong=[shot(0, 3)]))) == [(0, 3)]
    assert (0, 3) not in places(index.search("zorbla", feedback=thumbs("zorbla", wrong=[shot(0, 3)])))


def test_a_part_of_a_query_learns_and_the_whole_leaves_out(index):
    both = vs.text("a cat") & vs.text("night")
    found = index.search(both)
    assert places(found)[0] == (0, 1)
    found._thumbs.give(found[0], -1)
    assert (0, 1) not in places(found.again())
    part = index.search(both, feedback=thumbs("a cat", wrong=[shot(0, 1)]))
    assert (0, 1) not in places(part)


def test_a_concept_is_kept_and_searched_for(index):
    hits = index.search("zorblat", min_score=0, k=20, spelling=False, fold=False)
    judge(hits, right={(0, 0), (0, 1), (1, 0)}, wrong={(0, 5), (0, 7)})
    added = hits.keep(who="Ana", concept="our hero")
    kept = index._catalog.judgments.read()
    assert set(kept["added"]) == {added}
    assert set(kept["query"]) == {"our hero"}
    assert set(kept["who"]) == {"Ana"}
    assert set(kept["source"]) == {"thumbs"}
    assert sorted(kept["at"]) == sorted(hits.thumbs["at"])
    assert sorted(kept["grade"]) == [0, 0, 1, 1, 1]
    found = index.search(vs.concept("Our  Hero"), fold=False)
    assert {(0, 0), (0, 1), (0, 2), (1, 0), (1, 2)} <= set(places(found)[:6])
    assert places(index.search(vs.concept("our hero") & vs.text("night")))[0] == (0, 1)
    assert places(index.search(vs.parse('concept("our hero") - text("night")')))


def test_a_concept_that_is_not_kept_is_refused_with_those_that_are(index):
    with pytest.raises(vs.QueryError, match=r"no judgments for .*; none is kept yet"):
        index.search(vs.concept("our hero"))
    index._catalog.judgments.add(vs.Judgments.from_thumbs(thumbs("a cat", right=[shot(0, 0)])), who="Ana")
    with pytest.raises(vs.QueryError, match="there are 'a cat'"):
        index.search(vs.concept("our hero"))


def test_a_concept_has_a_written_form_and_json():
    asked = vs.concept(" our   hero ") & vs.text("night")
    assert str(asked) == 'concept("our hero") & text("night")'
    assert vs.parse(str(asked)) == asked
    assert from_json(to_json(asked)) == asked
    with pytest.raises(vs.QueryError, match="a name"):
        vs.concept("  ")


def test_there_is_nothing_to_keep_of_an_answer_without_thumbs(index):
    hits = index.search("a cat")
    with pytest.raises(vs.QueryError, match="no thumbs or picks to keep"):
        hits.keep(who="Ana")
    hits.tray.add(hits[0])
    with pytest.raises(vs.CatalogError, match="who judged"):
        hits.keep(who=" ")
    with pytest.raises(vs.QueryError, match="concept="):
        hits.keep(who="Ana", concept=" ")


def test_a_film_that_is_gone_is_left_out(index):
    gone = thumbs("a cat", wrong=["ffffffffffffffff-0", shot(0, 0)])
    assert shot(0, 0) not in set(index.search("a cat", feedback=gone).table["shot_id"])


def test_an_explorer_searches_with_its_own_thumbs_and_can_be_told_not_to(index):
    explorer = vs.explore(index, "a cat")
    first = explorer.hits[0]
    view = explorer._showing.view()
    assert view["again"] == ""
    assert view["learned"] == ""
    explorer._thumbs.give(first, -1)
    assert explorer._showing.view()["again"] == "Search again with 1 wrong"
    again = explorer.again()
    assert first.shot_id not in set(again.table["shot_id"])
    assert explorer._showing.view()["learned"] == "1 wrong"
    assert explorer._showing.view()["again"] == ""
    explorer.query = "a dog"
    assert explorer.hits.learned == (0, 0)
    explorer.query = "a cat"
    assert explorer.hits.learned == (0, 1)
    without = explorer._searching.base.changed({"learn": False})
    assert first.shot_id in set(explorer._ask(without).table["shot_id"])
    added = explorer.keep(who="Ana")
    kept = index._catalog.judgments.read()
    assert kept[["added", "query", "shot_id", "grade"]].to_numpy().tolist() == [
        [added, "a cat", first.shot_id, 0.0]
    ]


def test_a_grid_searches_again_by_its_own_request(index):
    from vidsearch_sdk.results.showing import Showing

    class Reply:
        class cancelled:  # noqa: N801
            is_set = staticmethod(lambda: False)

        def done(self, *_):
            self.ended = True

    hits = index.search("a cat")
    showing = Showing(hits, tray=hits.tray, thumbs=hits._thumbs)
    showing.thumbs.give(hits[0], -1)
    assert showing.view()["again"] == "Search again with 1 wrong"
    reply = Reply()
    showing.handlers()["again"]({}, reply)
    assert reply.ended
    assert hits[0].shot_id not in set(showing.hits.table["shot_id"])
    assert showing.view()["again"] == ""
    assert showing.go(-1)
    assert showing.hits is hits


def test_thumbs_on_a_concept_are_added_to_what_is_kept_under_its_name(index):
    kept = thumbs("our hero", right=[shot(0, 0), shot(0, 1), shot(1, 0)], wrong=[shot(0, 5), shot(0, 7)])
    index._catalog.judgments.add(vs.Judgments.from_thumbs(kept), who="Ana")
    found = index.search(vs.concept("our hero"), fold=False, k=20, min_score=0)
    assert found.learned == (3, 2)
    assert any(
        "3 right and 2 wrong: that is what the catalog keeps under that name" in n for n in found.notes
    )
    judge(found, right={(0, 2)}, wrong={(1, 0), (0, 8)})
    again = found.again()
    assert again.learned == (3, 4)
    assert any(
        "feedback=False goes by what the catalog keeps under that name alone" in n for n in again.notes
    )
    assert {(0, 0), (0, 1), (0, 2)} <= set(places(again)[:5])
    assert not {(0, 5), (0, 7), (0, 8), (1, 0)} & set(places(again))
    added = found.keep(who="Bo")
    rows = index._catalog.judgments.read()
    assert set(rows.loc[rows["added"] == added, "query"]) == {"our hero"}
    assert vs.explore(index, vs.concept("our hero"))._showing.view()["learned"] == ""


def test_only_shots_that_are_there_count_and_the_others_are_told(index):
    gone = thumbs("a cat", right=[shot(0, 0), "ffffffffffffffff-0", None, float("nan")], wrong=[shot(0, 99)])
    found = index.search("a cat", feedback=gone)
    assert found.learned == (1, 0)
    assert "2 judged shots are not in this index, and nothing is learned there" in found.notes
    nothing = index.search("a cat", feedback=thumbs("a cat", wrong=[shot(0, 99)]))
    assert nothing.learned == (0, 0)
    assert not any("searched with what was judged" in note for note in nothing.notes)


def test_films_may_be_named_by_name(index):
    name = index.table.set_index("shot_id").loc[shot(0, 0), "name"]
    assert name != film_id(0)
    rows = {"query": ["a cat"], "video": [name], "start_s": [0.0], "end_s": [2.0], "grade": [0]}
    found = index.search("a cat", feedback=vs.Judgments.from_frame(pd.DataFrame(rows)))
    assert found.learned == (0, 1)
    assert shot(0, 0) not in set(found.table["shot_id"])
    lost = pd.DataFrame({**rows, "video": ["no such film"]})
    assert index.search("a cat", feedback=vs.Judgments.from_frame(lost)).learned == (0, 0)


def test_a_thumb_down_leaves_a_span_out(index):
    asked = vs.text("a cat").then(vs.text("a dog"), within_s=60)
    found = index.search(asked)
    found._thumbs.give(found[0], -1)
    again = found.again()
    assert found[0].shot_id not in set(again.table["shot_id"])
    assert again.learned == (0, 1)
    assert any("1 shot is left out" in note for note in again.notes)


def test_what_is_right_for_one_part_or_another_teaches_nothing_and_that_is_told(index):
    found = index.search(vs.text("a cat") | vs.text("a dog"))
    found._thumbs.give(found[0], 1)
    again = found.again()
    assert again.learned == (0, 0)
    assert any("nothing is learned from what is right for this query" in note for note in again.notes)


def test_what_is_kept_is_read_once_and_anew_when_it_changes(index):
    kept = index._catalog.judgments
    added = kept.add(vs.Judgments.from_thumbs(thumbs("a cat", wrong=[shot(0, 0)])), who="Ana")
    assert kept.added() == (added,)
    assert index.search("a cat", feedback=True).learned == (0, 1)
    once = index._kept.judged
    assert index._kept.judged is once
    kept.add(vs.Judgments.from_thumbs(thumbs("a cat", wrong=[shot(0, 1)])), who="Ana")
    assert index.search("a cat", feedback=True).learned == (0, 2)
    kept.remove(added)
    assert index.search("a cat", feedback=[True]).learned == (0, 1)


def test_a_thumb_up_by_chance_makes_no_catalog_of_answers(sample_index):
    ids = sorted(sample_index.table["shot_id"])
    for some in (ids[3::40], ids[11::37], ids[20::30]):
        said = thumbs("quantum physics", right=some)
        found = sample_index.search("quantum physics", min_score=0, k=100, fold=False, feedback=said)
        assert len(found) > 70
        assert (found.table["score"] > 0.9).mean() < 0.05
        assert (found.table["score"] > 0.5).mean() < 0.15
