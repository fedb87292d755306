"""From text to the terms that are indexed and asked for; lines and queries go the same way.

Words are folded (no case, no accents). Where a script has no spaces between words, pairs of neighboring
characters stand for them: a run of n characters gives n - 1 overlapping pairs, so that the pairs of a query
in a row are a substring, and every single character is a term too.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from vidsearch_sdk.query.dialogue.stemming import Stemmers
from vidsearch_sdk.query.dialogue.writing import UNSPACED, clusters, folded, one_form, word_pattern

LONGEST_WORD = 64
"""Characters of a word that count; nothing that is longer is said aloud."""

_MOST_KEPT = 500_000
_RUNS = re.compile(rf"[{UNSPACED}]+|[^{UNSPACED}]+")
_HAS_UNSPACED = re.compile(rf"[{UNSPACED}]")
# What elides before a vowel in French, Italian and Catalan: "l'eau", "dell'arte", "qu'elle".
_ELIDED = frozenset(
    (
        *("l", "d", "j", "m", "t", "s", "c", "n", "qu", "jusqu", "lorsqu", "puisqu", "quelqu", "un", "dell"),
        *("nell", "all", "sull", "dall", "gl", "quell", "quest", "bell", "sant", "com", "dov"),
    )
)
_VOWELS = frozenset("aeiouyh")


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of one kind within a token.

    Attributes:
        terms: Folded words, or pairs of characters; in the order of the text.
        characters: The single characters of a script without spaces, else empty.
        spoken: The word as written, for a stemmer; empty for a script without spaces.
    """

    terms: tuple[str, ...]
    characters: tuple[str, ...] = ()
    spoken: str = ""


class Analyzer:
    """Cuts text into terms; keeps what it found out about each word."""

    def __init__(self) -> None:
        self.stemmers = Stemmers()
        self._terms: dict[str, dict[str, tuple[list[str], list[str]]]] = {}
        self._find = word_pattern().finditer

    def tokens(self, text: str) -> Iterator[tuple[tuple[Piece, ...], bool]]:
        """Give the pieces of each word of a text, and whether a star ends it.

        Examples:
            >>> [(pieces[0].terms, star) for pieces, star in Analyzer().tokens("Café*, 东京塔!")]
            [(('cafe',), True), (('东京', '京塔'), False)]
        """
        normal = one_form(text)
        for match in self._find(normal):
            word, star = match.groups()
            # A star within a word ("f*ck") is not at its end.
            starred = bool(star) and not normal[match.end() : match.end() + 1].isalnum()
            yield _pieces(word), starred

    def of_line(self, text: str, *, language: str, speaker: str = "") -> tuple[list[str], list[str]]:
        """Return the terms of a line in their order, and its roots (stems, characters, speaker) in no order.

        Args:
            text: What is said.
            language: As of :func:`~vidsearch_sdk.index.language_tags.language_of`.
            speaker: Who says it; searched too, but no part of a phrase.

        Examples:
            >>> Analyzer().of_line("Dogs run", language="en", speaker="Anna")
            (['dogs', 'run'], ['en/dog', 'en/run', '@anna'])
        """
        terms: list[str] = []
        roots: list[str] = []
        kept = self._terms.setdefault(language, {})
        for match in self._find(one_form(text)):
            word = match[1]
            found = kept.get(word)
            if found is None:
                found = self._found(word, language)
                # A "word" of a script without spaces is a sentence, which does not come again.
                if not _HAS_UNSPACED.search(word):
                    if len(kept) >= _MOST_KEPT:
                        kept.clear()
                    kept[word] = found
            terms += found[0]
            roots += found[1]
        if speaker:
            named = (piece for pieces, _ in self.tokens(speaker) for piece in pieces)
            roots.extend(f"@{term}" for piece in named for term in piece.terms)
        return terms, roots

    def _found(self, word: str, language: str) -> tuple[list[str], list[str]]:
        terms: list[str] = []
        roots: list[str] = []
        for piece in _pieces(word):
            terms.extend(piece.terms)
            if piece.spoken:
                roots.append(self.stemmers.root(piece.spoken, language))
            else:
                roots.extend(f"/{character}" for character in piece.characters)
        return terms, roots


def _pieces(word: str) -> tuple[Piece, ...]:
    return tuple(piece for part in _parted(word) for piece in _pieces_of(part))


def _parted(word: str) -> Iterator[str]:
    """Cut a word at an apostrophe that joins two words; one that only shortens is left out ("don't").

    Examples:
        >>> [list(_parted(word)) for word in ("don't", "we're", "L'homme", "o'clock", "d'or", "Dog's")]
        [['dont'], ['were'], ['L', 'homme'], ['o', 'clock'], ['d', 'or'], ['Dogs']]
    """
    before, *rest = word.split("'")
    for after in rest:
        elided = before.lower() in _ELIDED and folded(after)[:1] in _VOWELS
        if len(after) > 2 or elided:
            yield before
            before = after
        else:
            before += after
    yield before


def _pieces_of(word: str) -> Iterator[Piece]:
    for run in _RUNS.findall(word):
        if _HAS_UNSPACED.match(run):
            cut = clusters(folded(run))
            pairs = tuple(a + b for a, b in pairwise(cut))
            yield Piece(pairs or tuple(cut), tuple(cut))
        else:
            bare = folded(run)[:LONGEST_WORD]
            if bare:
                yield Piece((bare,), spoken=run[:LONGEST_WORD])
