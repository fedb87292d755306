"""From what is found to what is answered: thresholds, folding, turns of films, and how far is looked."""

import numpy as np
import pytest

from tests.query.concepts import index_of, places
from vidsearch_sdk.query.algebra.terms import says, text
from vidsearch_sdk.query.answering import alike


def setup_of(folder, films, **more):
    return index_of(folder / "catalog", films, **more)


@pytest.fixture(scope="module")
def crowded(tmp_path_factory):
    """A film whose dogs stand before all others, and seven films with one dog each."""
    films = [["dog"] * 300 + [""] * 20, *([["dog cat", "cat", *[""] * 6]] * 7)]
    return setup_of(tmp_path_factory.mktemp("crowded"), films)


def test_one_film_does_not_crowd_out_the_others(crowded):
    plain = crowded.search(text("dog"), k=8, fold=False)
    assert {film for film, _ in places(plain)} == {0}
    for per_film in (1, 2):
        hits = crowded.search(text("dog"), k=8, fold=False, per_film=per_film, min_score=0.01)
        films = [film for film, _ in places(hits)]
        assert set(films) >= set(range(8)) if per_film == 1 else len(set(films)) >= 4
        assert max(films.count(film) for film in films) <= per_film
        assert list(hits.table["score"]) == sorted(hits.table["score"], reverse=True)
    assert len(crowded.search(text("dog"), k=20, per_film=1, min_score=0)) == 8
    few = crowded.search(text("dog"), k=20, per_film=1, min_score=0, where={"number": (0, 5)})
    assert len(few) == 8


@pytest.fixture(scope="module")
def repeated(tmp_path_factory):
    """A film of two set-ups, of which one is shown 500 times, exactly alike; two more in another film."""
    from tests.index.worlds import add_film
    from tests.query.concepts import Catalog, ConceptEncoder, ShotIndex

    catalog, encoder = Catalog(tmp_path_factory.mktemp("repeated") / "catalog"), ConceptEncoder()
    rows = encoder.rows(["dog"] + ["cat dog"] * 12 + [""] * 30)
    of_film = np.concatenate([np.repeat(rows[:1], 500, axis=0), rows[1:]])
    add_film(catalog, 0, len(of_film), vectors=of_film, encoder=encoder, same=True)
    add_film(catalog, 1, 2, vectors=rows[[0, 0]], encoder=encoder, same=True)
    return ShotIndex.build(catalog, encoder, progress=False)


def test_near_duplicates_stand_behind_the_best_and_others_move_up(repeated):
    hits = repeated.search(text("dog"), k=10, min_score=0.01)
    assert len(hits) == 10
    first = places(hits)[:2]
    assert sorted(film for film, _ in first) == [0, 1]
    behind = {place[0]: len(hit.folded) for place, hit in zip(first, hits[:2], strict=True)}
    # All that were found of that set-up; it takes a deeper look to find the other set-ups at all.
    assert behind == {0: 499, 1: 1}
    assert hits.table["folded"].tolist()[:2] == [behind[film] for film, _ in first]
    assert len(set(places(hits))) == 10
    assert {number for film, number in places(hits)[2:] if film == 0} <= set(range(500, 543))


def test_without_folding_every_shot_is_a_hit(repeated):
    hits = repeated.search(text("dog"), k=100, fold=False)
    assert len(hits) == 100
    assert (hits.table["folded"] == 0).all()
    assert all(not hit.folded for hit in hits[:3])


def test_folded_shots_know_why_they_were_found(repeated):
    behind = repeated.search(text("dog"), k=2)[0].folded
    assert behind[0].picture == pytest.approx(behind[0].score, abs=1e-4)
    assert behind[0].similarity > 0.5


@pytest.mark.parametrize("k", [1, 7, 200, 1000, 10_000])
def test_as_many_as_were_asked_for_as_long_as_there_are_any(repeated, crowded, k):
    assert len(crowded.search(text("dog"), k=k, fold=False, min_score=0)) == min(k, 376)
    assert len(repeated.search(text("dog"), k=k, min_score=0, fold=False)) == min(k, 544)
    # Of 501 shots of one set-up in two films, two are left.
    assert len(repeated.search(text("dog"), k=k, min_score=0)) == min(k, 44)


def test_folded_and_shown_shots_are_all_there_is(repeated):
    hits = repeated.search(text("dog"), k=10_000, min_score=0)
    everyone = places(hits) + [place for hit in hits for place in places(hit.folded)]
    assert len(everyone) == len(set(everyone)) == 544


def test_the_nearest_whatever(crowded):
    nothing = crowded.search(text("a thing that nobody filmed"))
    assert len(nothing) == 0
    assert "below 0.5" in nothing.notes[-1]
    assert len(crowded.search(text("a thing that nobody filmed"), min_score=0)) == 20
    plain = crowded.search("a thing that nobody filmed", min_score=0, spelling=False)
    assert len(plain) == 20
    assert list(plain.table["similarity"]) == sorted(plain.table["similarity"], reverse=True)
    assert len(crowded.search(text("dog") & text("umbrella"), min_score=0)) == 20


def test_nothing_said_is_nothing_found(crowded):
    hits = crowded.search(says("zzz"), min_score=0)
    assert len(hits) == 0
    assert hits.notes[-1] == "nothing in this catalog fits all that was asked"


def test_how_alike_two_pictures_of_one_set_up_are(crowded):
    served = crowded._serving()
    assert alike(served) == 0.97
