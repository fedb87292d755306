"""Searches whose answer is said: a line as it is remembered, some of its words, in either language."""

from __future__ import annotations

from collections.abc import Iterator

from vidsearch_sdk.sample.captions import known_words
from vidsearch_sdk.sample.query import Query, chosen, graded
from vidsearch_sdk.sample.query_lines import (
    SaidLine,
    quote_from,
    said_lines,
    shots_quoting,
    shots_telling,
)
from vidsearch_sdk.sample.query_words import content_stems, digest, plain, stem, words_in

_SHARES = {"quote": 22, "whole line": 8, "some of its words": 12, "one word": 8, "Spanish quote": 10}
"""How many searches of each style; 60 in all."""

_SEEN = frozenset(stem(word) for word in known_words())


def make() -> tuple[Query, ...]:
    """The 60 searches."""
    possible = list(_possible())
    found: list[Query] = []
    for style, share in _SHARES.items():
        found += chosen((query for query in possible if query.style == style), share)
    return tuple(found)


def _possible() -> Iterator[Query]:
    for line in said_lines():
        about = f"shot {line.shot}"
        yield _quoted("quote", quote_from(line.english, by="quote"), about)
        yield _quoted("whole line", line.english if digest(about) % 2 else line.english.lower(), about)
        heard = quote_from(line.spanish, by="quote")
        # Half of those who type Spanish leave the accents out.
        yield _quoted("Spanish quote", heard if digest(heard) % 2 else plain(heard), about)
        yield from _words(line, about)


def _quoted(style: str, words: str, about: str) -> Query:
    return Query(words, "dialogue", style, about, graded(shots_quoting(words), _near(words)))


def _words(line: SaidLine, about: str) -> Iterator[Query]:
    # What can also be seen is left to the searches of both.
    telling = [word.lower() for word in words_in(line.english) if content_stems(word)]
    unseen = [word for word in dict.fromkeys(telling) if stem(word) not in _SEEN]
    for word in unseen:
        yield Query(word, "dialogue", "one word", f"word {stem(word)}", graded(shots_telling((stem(word),))))
    if len(unseen) >= 2:
        start = digest(line.english) % (len(unseen) - 1)
        words = " ".join(unseen[start : start + 3])
        stems = content_stems(words)
        yield Query(words, "dialogue", "some of its words", about, graded(shots_telling(stems), _near(words)))


def _near(words: str) -> frozenset[int]:
    """Shots whose line has at least half of the telling words."""
    return shots_telling(content_stems(words), 0.5)
