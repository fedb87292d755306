"""Asking further, on the sample film."""

import pytest

import vidsearch_sdk as vs
from vidsearch_sdk.errors import QueryError


@pytest.fixture(scope="module")
def index(sample_index):
    return sample_index


@pytest.fixture(scope="module")
def hits(index):
    return index.search("a dog in a meadow", k=5)


def test_more_like_this_leaves_the_shot_itself_out(hits):
    found = hits.follow.like(hits[0])
    assert len(found) == 5
    assert hits[0].shot_id not in list(found.table["shot_id"])
    assert found.query == f"more like {hits[0].name} at {hits[0].position}"


def test_not_like_this_puts_the_shot_lower(index, hits):
    found = hits.follow.unlike(hits[0])
    assert hits[0].shot_id not in list(found.table["shot_id"])[:2]
    first, second = (f"{one.name} at {one.position}" for one in (hits[0], found[0]))
    assert found.query == f"“a dog in a meadow”, but not like {first}"
    again = found.follow.unlike(found[0])
    assert again.table["shot_id"][0] not in {hits[0].shot_id, found[0].shot_id}
    assert again.query == f"“a dog in a meadow”, but not like {first} or {second}"


def test_names_of_queries_tell_what_was_asked_and_do_not_grow_without_end(index, hits):
    like = hits.follow.like(hits[0])
    assert like.follow.unlike(like[0]).query.startswith(f"{like.query}, but not like {like[0].name} at ")
    written = vs.text("a dog") & vs.text("a meadow")
    found = index.search(written, k=5, min_score=0)
    assert found.follow.unlike(found[0]).query.startswith(f"{written}, but not like ")
    lengths = []
    for _ in range(5):
        found = found.follow.unlike(found[0])
        lengths.append(len(found.query))
    assert found.query.endswith(" or 3 others")
    assert lengths[-1] == lengths[-2]


def test_what_is_asked_further_about_what_follows_begins_at_what_was_asked(index, hits):
    following = hits.follow.after(hits[0])
    more = following.follow.like(following[0])
    assert list(more.table["shot_id"]) == list(hits.follow.like(following[0]).table["shot_id"])
    assert following.follow.unlike(following[0]).query.startswith("“a dog in a meadow”, but not like")


def test_what_follows_is_the_film_in_order(index, hits):
    found = hits.follow.after(hits[0])
    first = hits[0].number + 1
    assert list(found.table["number"]) == list(range(first, first + len(found)))
    assert list(found.table["rank"]) == list(range(1, len(found) + 1))
    assert found.table["score"].isna().all()
    assert "–" in found.text()
    assert "nan" not in found.text()


def test_after_the_last_shot_nothing_follows(index, hits):
    last = int(index.table["number"].max())
    end = index.search(vs.text("a dog"), k=1, where={"number": last}, min_score=0)[0]
    with pytest.raises(QueryError, match="nothing follows"):
        hits.follow.after(end)


def test_a_span_is_followed_from_its_end(index):
    spans = index.search(vs.text("a dog").then(vs.text("a key"), within_s=30), k=1)
    found = spans.follow.after(spans[0])
    assert found.table["number"][0] == max(part.number for part in spans[0].parts) + 1


def test_the_first_options_hold(index):
    hits = index.search("a dog in a meadow", k=3, where={"duration_s": (2.5, None)})
    found = hits.follow.like(hits[0])
    assert len(found) == 3
    assert (found.table["duration_s"] >= 2.5).all()
