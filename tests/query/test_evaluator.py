"""Each way to join parts of a query finds what it says, in films of which everything is known."""

import random

import numpy as np
import pytest

from tests.index.worlds import add_film, film_id, unit
from tests.query.concepts import DIM, Catalog, ConceptEncoder, ShotIndex, evaluator, index_of, places, spans
from vidsearch_sdk.errors import QueryError
from vidsearch_sdk.query.algebra.terms import says, shot, text

FILMS = [
    # 0            1            2            3      4      5       6            7
    ["dog", "dog beach", "dog night", "", "cat", "beach", "night", "dog beach", *[""] * 20],
    ["cat", "cat beach", "", "", "train", "dog", "umbrella", "train night", *[""] * 20],
    ["beach", "", "umbrella", "", "", "", "dog", "lighthouse", *[""] * 20],
]
SAID = {
    0: {1: "Where is my key?", 6: "The ship sails at dawn"},
    1: {1: "Give me the key, quick", 5: "Not the lighthouse again"},
}


@pytest.fixture(scope="module")
def index(tmp_path_factory):
    return index_of(tmp_path_factory.mktemp("films") / "catalog", FILMS, said=SAID)


@pytest.fixture
def find(index):
    def search(query, **options):
        return index.search(query, **{"spelling": False, "fold": False, "k": 50, **options})

    return search


def shown(*wanted, without=()):
    """Shots that show all of these and none of those."""
    return {
        (film, number)
        for film, shots in enumerate(FILMS)
        for number, words in enumerate(shots)
        if set(wanted) <= set(words.split()) and not set(without) & set(words.split())
    }


@pytest.mark.parametrize("what", ["dog", "cat", "beach", "train", "umbrella", "lighthouse"])
def test_pictures_are_found_by_what_they_show(find, what):
    assert set(places(find(text(what)))) == shown(what)


def test_what_is_taken_away_is_pushed_down_and_the_rest_stays_as_it_was(find):
    plain, less = find(text("dog")), find(text("dog") - text("beach"))
    assert set(places(plain)[-3:]) & shown("dog", "beach")
    assert not set(places(less)) & shown("dog", "beach")
    before = dict(zip(places(plain), plain.table["score"], strict=True))
    after = dict(zip(places(less), less.table["score"], strict=True))
    for place in shown("dog", without=["beach"]):
        assert after[place] == pytest.approx(before[place], abs=0.02)
    assert set(after) == shown("dog", without=["beach"])


@pytest.mark.parametrize("seed", range(30))
def test_taking_away_never_brings_anything_in(find, seed):
    """Every shot that is left would be found by the rest of the query alone, and scored no lower."""
    rng = random.Random(seed)
    words = ["dog", "cat", "beach", "night", "train", "umbrella", "a thing that nobody filmed"]
    wanted = rng.choice(
        [
            text(rng.choice(words)),
            text(rng.choice(words)) + text(rng.choice(words)),
            text("dog") | says("key"),
            says("key"),
        ]
    )
    unwanted = rng.choice(
        [text(rng.choice(words)), says("key"), text("dog") & text("beach"), shot(f"{film_id(0)}-1")]
    )
    try:
        query = wanted - rng.choice([0.1, 1, 5, 1e4]) * unwanted
    except QueryError:  # nothing is left
        return
    for least in (None, 0, 0.3):
        alone, less = find(wanted, min_score=least, k=500), find(query, min_score=least, k=500)
        scores = dict(zip(places(alone), alone.table["score"], strict=True))
        for place, score in zip(places(less), less.table["score"], strict=True):
            assert score <= scores[place] + 1e-7


def test_what_matches_nothing_takes_nothing_away(find):
    plain = find(text("dog"))
    for query in (text("dog") - says("zzz"), text("dog") - text("dog beach").then("zzz", within_s=5)):
        less = find(query)
        assert places(less) == places(plain)
        assert np.allclose(less.table["score"], plain.table["score"], atol=1e-6)


def test_the_weight_says_how_far(find):
    def score(query):
        hits = find(query, min_score=0)
        return dict(zip(places(hits), hits.table["score"], strict=True)).get((0, 1), 0.0)

    steps = [score(text("dog") - weight * text("beach")) for weight in (0.01, 0.3, 1, 3)]
    assert steps == sorted(steps, reverse=True)
    assert steps[0] > 2 * steps[-1]


def test_both_must_hold(find):
    assert set(places(find(text("dog") & text("beach")))) == shown("dog", "beach")
    assert set(places(find(text("dog") & says("key")))) == {(0, 1)}
    assert set(places(find(text("beach") & says("key")))) == {(0, 1), (1, 1)}
    assert len(find(text("train") & text("dog"))) == 0
    # Not even where anything goes.
    assert set(places(find(text("dog") & says("key"), min_score=0))) == {(0, 1), (1, 1)}
    assert places(find(text("dog") & says("key"), min_score=0))[0] == (0, 1)


def test_either_will_do(find):
    assert set(places(find(text("train") | text("umbrella")))) == shown("train") | shown("umbrella")
    assert set(places(find(text("train") | says("ship")))) == shown("train") | {(0, 6)}
    assert set(places(find(text("train") | says("zzz")))) == shown("train")


def test_a_mixture_puts_first_what_shows_all_of_it(find):
    hits = find(text("dog") + text("beach"))
    assert set(places(hits)[:2]) == shown("dog", "beach")
    more = find(text("dog") + 4 * text("beach"))
    assert set(places(more)) >= shown("beach") - {(1, 1)}
    ranks = [places(find(text("dog") + w * text("beach"), min_score=0)).index((2, 0)) for w in (0.2, 1, 5)]
    assert ranks == sorted(ranks, reverse=True)


def test_then_finds_what_follows_in_time_in_the_same_film(find):
    hits = find(text("dog beach").then(text("cat")))
    assert spans(hits)[0] == [(0, 1), (0, 4)]
    assert (hits[0].start_s, hits[0].end_s) == (2.0, 10.0)
    assert all(first[0] == last[0] and first[1] < last[1] for first, last in spans(hits))
    # The cat of the second film comes first of all there, so no dog is before it.
    assert not any(parts[0][0] == 1 for parts in spans(hits))


def test_the_window_is_kept_to_the_second(find):
    # From the end of shot 1 (4 s) to the start of shot 4 (8 s).
    query = text("dog beach"), text("cat")
    assert spans(find(query[0].then(query[1], within_s=4.0)))[:1] == [[(0, 1), (0, 4)]]
    assert [(0, 1), (0, 4)] not in spans(find(query[0].then(query[1], within_s=3.9)))


def test_nothing_runs_from_one_film_into_the_next(find):
    # What ends the first film and begins the second one, with all the time in the world.
    assert len(find(text("lighthouse").then(text("dog"), within_s=1e6))) == 0
    for parts in spans(find(text("dog").then(text("train"), within_s=1e6), min_score=0)):
        assert len({film for film, _ in parts}) == 1


def test_longer_chains_and_what_is_said_in_them(find):
    chain = text("dog beach").then(text("cat")).then(text("night"), within_s=10)
    assert spans(find(chain))[0] == [(0, 1), (0, 4), (0, 6)]
    spoken = says("where is my key").then(says("ship sails"), within_s=20)
    assert spans(find(spoken)) == [[(0, 1), (0, 6)]]
    mixed = text("cat beach").then(says("lighthouse"), within_s=10).then("umbrella", within_s=3)
    assert spans(find(mixed))[0] == [(1, 1), (1, 5), (1, 6)]


def test_a_step_that_shows_next_to_nothing_is_no_step(find):
    assert len(find(text("dog").then(text("a thing that nobody filmed")))) == 0


def test_during(find):
    assert places(find(text("beach").during(says("key")))) in ([(0, 1), (1, 1)], [(1, 1), (0, 1)])
    inside = text("night").during(text("dog beach").then(text("dog beach"), within_s=20))
    assert places(find(inside))[0] == (0, 6) or places(find(inside))[0] == (0, 2)
    assert {film for film, _ in places(find(inside))} == {0}


def test_nested_freely(find):
    assert spans(find((text("dog") - text("beach")).then(text("cat") | text("umbrella"))))[0][0] in {
        (0, 0),
        (0, 2),
        (1, 5),
    }
    either = text("dog beach").then(text("cat")) | text("train").then(text("umbrella"))
    found = spans(find(either))
    assert [(0, 1), (0, 4)] in found
    assert [(1, 4), (1, 6)] in found
    narrowed = text("dog beach").then(text("cat")) & says("key")
    assert spans(find(narrowed)) == [[(0, 1), (0, 4)]]
    taken = (text("dog").then(text("cat"))) - 5 * says("key")
    assert all((0, 1) not in parts for parts in spans(find(taken))[:1])
    single_or_chain = text("lighthouse") | text("dog beach").then(text("cat"))
    kinds = {len(parts) for parts in spans(find(single_or_chain))}
    assert kinds == {1, 2}


def test_more_like_this_leaves_out_the_shot_but_a_step_may_be_it(find):
    this = shot(f"{film_id(0)}-1")
    assert (0, 1) not in places(find(this, min_score=0))
    assert (0, 1) not in places(find(this + text("beach"), min_score=0))
    assert spans(find(this.then(text("cat"))))[0] == [(0, 1), (0, 4)]
    assert (0, 1) not in places(find(text("dog beach") - this))


def test_steps_know_their_own_scores(index):
    found = evaluator(index)
    query = text("dog beach").then(text("cat") | text("umbrella"))
    moments = found.moments(query)
    for rows, score in zip(moments.parts[:5], moments.scores[:5], strict=True):
        steps, scores = found.steps(query, rows)
        assert steps == list(query.steps)
        assert scores.prod() ** 0.5 == pytest.approx(score, rel=1e-6)
    assert found.steps(query, moments.parts[0][:1]) is None
    either = text("dog beach").then(text("cat")) | text("train").then(text("umbrella"))
    steps, _ = found.steps(either, np.array([28 + 4, 28 + 6]))
    assert steps == [text("train"), text("umbrella")]


def test_the_same_step_is_searched_once(index):
    served = index._serving()
    asked = []
    found = evaluator(index)
    nearest = served.nearest
    object.__setattr__(served, "nearest", lambda *a, **more: asked.append(a) or nearest(*a, **more))
    try:
        found.moments(text("dog").then(text("dog"), within_s=5).then(text("dog"), within_s=5))
    finally:
        object.__delattr__(served, "nearest")
    assert len(asked) == 1


def test_scores_stay_between_0_and_1_whatever_the_weights(index):
    found = evaluator(index)
    for weight in (1e-6, 0.5, 3, 1e6):
        for query in (
            text("dog") - weight * shot(f"{film_id(0)}-0"),
            weight * text("dog") + text("beach"),
            (text("dog") | says("key")) - weight * says("key"),
        ):
            scores = found.moments(query).scores
            assert np.isfinite(scores).all()
            assert ((scores > 0) & (scores <= 1)).all()


@pytest.fixture(scope="module")
def large(tmp_path_factory):
    """More shots than are looked at closely, of three unlike frames each, all of them a dog at a beach."""
    random = np.random.default_rng(5)
    catalog, encoder = Catalog(tmp_path_factory.mktemp("large") / "catalog"), ConceptEncoder()
    shares = random.random((900, 2)) * 0.8 + 0.2
    shots = shares @ encoder.axes[[0, 2]] + 0.7 * unit(random.standard_normal((900, DIM)))
    frames = np.repeat(unit(shots), 3, axis=0) + 0.5 * unit(random.standard_normal((2700, DIM)))
    add_film(catalog, 0, 900, keyframes=3, vectors=unit(frames), encoder=encoder, same=True)
    return ShotIndex.build(catalog, encoder, progress=False)


@pytest.mark.parametrize("weight", [0.2, 1, 3])
@pytest.mark.parametrize(
    "wanted", [text("dog"), text("dog") + text("cat"), text("dog") | text("train")], ids=str
)
def test_a_closer_look_brings_nothing_in_either(large, wanted, weight):
    alone = large.search(wanted, fold=False, k=900)
    less = large.search(wanted - weight * text("beach"), fold=False, k=900)
    scores = dict(zip(places(alone), alone.table["score"], strict=True))
    assert 200 < len(alone) < 900
    assert set(places(less)) <= set(scores)
    assert all(hit.score <= scores[place] + 1e-7 for hit, place in zip(less, places(less), strict=True))
