"""Searches that picture and line answer together: who says what, what is said where, what is seen or said."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from vidsearch_sdk.sample.assets import truth
from vidsearch_sdk.sample.captions import Claim
from vidsearch_sdk.sample.queries_by_picture import picked, place_words, showing, with_article
from vidsearch_sdk.sample.query import Query, chosen, graded
from vidsearch_sdk.sample.query_lines import (
    SaidLine,
    quote_from,
    said_lines,
    shots_quoting,
    shots_telling,
)
from vidsearch_sdk.sample.query_words import content_stems, stem, words_in
from vidsearch_sdk.sample.world import OBJECTS, SETTINGS

_SHARES = {"speaker and quote": 21, "place and word": 17, "object and word": 17, "seen or said": 5}
"""How many searches of each style; 60 in all."""

_QUOTING = ("the {speaker} says {quote}", "{speaker}: {quote}", "{speaker} saying {quote}")
_PLACING = ("{word} {place}", "someone says {word} {place}", "talk of {word} {place}")
_NAMING = ("{name} {word}", "{a_name} talks about {word}", "{a_name} says {word}")


def make() -> tuple[Query, ...]:
    """The 60 searches."""
    possible = list(_possible())
    found: list[Query] = []
    for style, share in _SHARES.items():
        found += chosen((query for query in possible if query.style == style), share)
    return tuple(found)


def _possible() -> Iterator[Query]:
    lines = said_lines()
    shots_with = Counter(one for line in lines for one in line.stems)
    for line in lines:
        if line.speaker:
            yield _speaker_and_quote(line)
        for word in dict.fromkeys(word.lower() for word in words_in(line.english) if content_stems(word)):
            # A word of one line alone would need no picture.
            if shots_with[stem(word)] > 1:
                yield from _word_and_picture(line, word)
    yield from _seen_or_said()


def _speaker_and_quote(line: SaidLine) -> Query:
    quote = quote_from(line.english, by="speaker", least=2, most=4)
    words = picked(_QUOTING, line.english).format(speaker=line.speaker, quote=quote)
    shown = showing(Claim((line.speaker,)))
    near = shown | shots_telling(content_stems(quote))
    return Query(
        words, "both", "speaker and quote", f"shot {line.shot}", graded(shown & shots_quoting(quote), near)
    )


def _word_and_picture(line: SaidLine, word: str) -> Iterator[Query]:
    shot = truth()[line.shot]
    about, told = f"shot {shot.number}", shots_telling((stem(word),))
    there = showing(Claim(setting=shot.setting))
    words = picked(_PLACING, line.english).format(word=word, place=place_words(shot.setting, word))
    yield Query(words, "both", "place and word", about, graded(told & there, told | there))
    for name in shot.objects:
        if stem(name) == stem(word):
            continue
        shown = showing(Claim((name,)))
        # Who is in the picture without speaking is named only.
        naming = picked(_NAMING if name == line.speaker else _NAMING[:1], f"{name} {line.english}")
        words = naming.format(name=name, a_name=with_article(name), word=word)
        yield Query(words, "both", "object and word", about, graded(told & shown, told | shown))


def _seen_or_said() -> Iterator[Query]:
    """Names of what is seen in some shots and said over others: all of them are right."""
    names = {name: Claim((thing.name,)) for thing in OBJECTS for name in (thing.name, *thing.other_names)}
    names |= {setting.name: Claim(setting=setting.name) for setting in SETTINGS}
    for name, claim in names.items():
        shown, told = showing(claim), shots_telling((stem(name),))
        if shown and told - shown:
            for words in (name, with_article(name), f"the {name}"):
                yield Query(words, "both", "seen or said", f"word {stem(name)}", graded(shown | told))
