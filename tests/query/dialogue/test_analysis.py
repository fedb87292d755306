from __future__ import annotations

import time

import pytest

from vidsearch_sdk.query.dialogue.analysis import LONGEST_WORD, Analyzer


def terms(text: str, language: str = "en") -> list[str]:
    return Analyzer().of_line(text, language=language)[0]


def roots(text: str, language: str = "en", speaker: str = "") -> list[str]:
    return Analyzer().of_line(text, language=language, speaker=speaker)[1]


def test_every_word_is_a_term_and_has_a_root():
    assert terms("The dogs were running!") == ["the", "dogs", "were", "running"]
    assert roots("The dogs were running!") == ["en/the", "en/dog", "en/were", "en/run"]


def test_shortened_words_are_one_and_joined_words_are_two():
    assert terms("don't dont") == ["dont", "dont"]
    assert terms("L'homme qu'elle aime n'a pas l'or", "fr") == (
        ["l", "homme", "qu", "elle", "aime", "n", "a", "pas", "l", "or"]
    )
    assert roots("The dog's") == ["en/the", "en/dog"]


def test_scripts_without_spaces_give_pairs_and_characters():
    assert terms("大的船") == ["大的", "的船"]
    assert roots("大的船") == ["/大", "/的", "/船"]
    assert terms("船") == ["船"]
    assert terms("买iPhone了") == ["买", "iphone", "了"]
    assert terms("ไม่รู้") == ["ไม่", "ม่รู้"]


def test_korean_is_found_without_its_particles():
    assert "친구" in terms("친구가 왔어")


def test_a_speaker_is_a_root_but_no_word_of_the_line():
    assert terms("Dogs run", "en") == ["dogs", "run"]
    assert roots("Run", speaker="Old Dog") == ["en/run", "@old", "@dog"]


def test_a_star_ends_a_word():
    found = [(pieces[0].terms, star) for pieces, star in Analyzer().tokens("wal* f*ck a * b")]
    assert found == [
        (("wal",), True),
        (("f",), False),
        (("ck",), False),
        (("a",), False),
        (("b",), False),
    ]


def test_terms_hold_no_space_and_none_of_the_signs_that_mark_roots():
    text = "a/b @c en/run \u00a0\u2003\u3000 d\u1680e ㈠ ﷺ ½ ﬀ ㎏ \u2028x"
    for term in terms(text):
        assert term
        assert not set(term) & set("/@")
        assert len(term.split()) == 1


def test_a_line_gives_the_same_each_time():
    analyzer = Analyzer()
    line = "Où est l'élève? 我们 don't know"
    first = analyzer.of_line(line, language="fr")
    assert analyzer.of_line(line, language="fr") == first
    assert analyzer.of_line(line, language="en") != first
    assert Analyzer().of_line(line, language="fr") == first


def test_endless_words_are_cut():
    assert terms("a" * 9_999) == ["a" * LONGEST_WORD]


@pytest.mark.parametrize(
    "text", ["船" * 10_000, "a" * 10_000, "'a" * 5_000, "\u0e48" * 10_000, "🐶" * 10_000]
)
def test_no_line_takes_long(text):
    start = time.process_time()
    terms(text)
    assert time.process_time() - start < 2.0
