"""The searches with known answers: how many, how they are split, and that their answers are so."""

from collections import Counter

import pytest

from vidsearch_sdk.sample.assets import dialogue_truth, truth
from vidsearch_sdk.sample.queries import absent_queries, sample_queries
from vidsearch_sdk.sample.query import COUNTS, NEAR, RIGHT, Query, chosen, halved, shot_at
from vidsearch_sdk.sample.query_words import content_stems, words_in

EVERY = sample_queries()


def by_words(words):
    return next(query for query in EVERY if query.words == words)


def test_there_are_as_many_of_each_kind_as_promised():
    assert Counter(query.kind for query in (*EVERY, *absent_queries())) == COUNTS
    assert len({query.words.casefold() for query in (*EVERY, *absent_queries())}) == 300


def test_the_halves_are_of_one_size_and_share_no_subject():
    for queries in (EVERY, absent_queries()):
        for kind in {query.kind for query in queries}:
            sides = Counter(query.half for query in queries if query.kind == kind)
            assert abs(sides["tuning"] - sides["figures"]) <= 2
        tuning = {query.about for query in queries if query.half == "tuning"}
        figures = {query.about for query in queries if query.half == "figures"}
        assert not tuning & figures
    assert {*sample_queries(half="tuning"), *sample_queries(half="figures")} == set(EVERY)
    with pytest.raises(ValueError, match="'tuning', 'figures' or None"):
        sample_queries(half="test")


def test_answers_are_shots_of_the_film_and_there_is_a_right_one():
    for query in EVERY:
        assert query.right
        numbers = [number for number, _ in query.grades]
        assert len(numbers) == len(set(numbers))
        assert set(numbers) <= set(range(83))
        assert {grade for _, grade in query.grades} <= {RIGHT, NEAR}
    assert all(not query.grades for query in absent_queries())


def test_what_is_right_for_a_picture_search_shows_it():
    shots = truth()
    for query in EVERY:
        if query.style in ("object", "object and place", "object and look", "two objects"):
            name = query.about.removeprefix("object ")
            assert all(name in shots[number].objects for number in query.right)
        if query.style in ("place", "place and time"):
            place = query.about.removeprefix("place ")
            assert {shots[number].setting for number in query.right} == {place}
    assert by_words("wide shot of a dog").right == {
        shot.number for shot in shots if "dog" in shot.objects and shot.size == "wide"
    }


def test_no_line_over_another_shot_answers_a_picture_search():
    for query in EVERY:
        if query.kind != "picture":
            continue
        for line in dialogue_truth():
            said = line.english.split(": ", 1)[1]
            if set(content_stems(query.words)) & set(content_stems(said)):
                assert shot_at(line.start_s, line.end_s) in query.right


def test_a_quote_is_answered_by_the_shots_it_is_spoken_over():
    spoken_over = {line.english: shot_at(line.start_s, line.end_s) for line in dialogue_truth()}
    for query in EVERY:
        if query.style in ("quote", "whole line"):
            asked = " ".join(words_in(query.words.lower()))
            exact = {
                number
                for line, number in spoken_over.items()
                if f" {asked} " in f" {' '.join(words_in(line.lower()))} "
            }
            assert query.right == exact


def test_a_search_of_both_needs_both():
    shots = truth()
    saying = {
        shot_at(line.start_s, line.end_s): set(content_stems(line.english.split(": ", 1)[1]))
        for line in dialogue_truth()
    }
    for query in EVERY:
        if query.style == "object and word":
            name, *_, word = words_in(query.words.removeprefix("a ").removeprefix("an "))
            both = {
                number
                for number, said in saying.items()
                if set(content_stems(word)) & said and name in shots[number].objects
            }
            assert query.right == both
            # The word alone would not do.
            assert sum(bool(set(content_stems(word)) & said) for said in saying.values()) > len(both)


def test_nothing_absent_is_in_the_film():
    names = {word for shot in truth() for name in shot.objects for word in content_stems(name)}
    said = {word for line in dialogue_truth() for word in content_stems(line.english)}
    for query in absent_queries():
        assert not set(content_stems(query.about)) & (names | said)


def test_a_span_belongs_to_the_shot_that_it_shows_most():
    for shot in truth():
        assert shot_at(shot.start_s + 0.1, shot.end_s + 0.1) == shot.number


def test_too_few_candidates_are_told():
    one = Query("a dog", "picture", "object", "object dog")
    with pytest.raises(ValueError, match="1 searches could be made where 2"):
        chosen([one, one], 2)


def test_searches_about_the_same_stay_together():
    some = [Query(f"{n} {about}", "picture", "object", about) for about in "abcdefgh" for n in range(3)]
    split = halved(some)
    assert {len({query.half for query in split if query.about == about}) for about in "abcdefgh"} == {1}
    assert Counter(query.half for query in split) == {"tuning": 12, "figures": 12}
