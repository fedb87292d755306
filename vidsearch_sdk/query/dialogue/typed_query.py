"""What a person types for dialogue: words, ``"phrases"`` and ``prefixes*``; the rest means itself."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass

from vidsearch_sdk.query.dialogue.analysis import Analyzer

MOST_CHARACTERS = 10_000
"""Characters of a query that are read."""
MOST_WORDS = 64
"""Distinct words of a query that are searched."""

# The inner marks are left out, so that no text makes the search for a closing mark quadratic. A double quote
# after a Hebrew letter belongs to an abbreviation.
_QUOTED = re.compile(
    '(?<![\u05d0-\u05ea])"([^"]+)"|“([^“”]+)”|„([^„“”]+)[“”]|«([^«»]+)»|»([^«»]+)«|「([^「」]+)」|『([^『』]+)』'
)


@dataclass(frozen=True)
class Wanted:
    """One word of a query.

    Attributes:
        term: The folded word, or a pair of characters; empty where only ``root`` counts.
        roots: Other terms that count as the word: its stems, a speaker of that name, a single character.
        prefix: Whether longer words that begin with ``term`` count too.
    """

    term: str
    roots: tuple[str, ...] = ()
    prefix: bool = False


@dataclass(frozen=True)
class Phrase:
    """Terms that stand next to each other in this order.

    Attributes:
        terms: At least one.
        prefix: Whether the last one is only the beginning of a word.
    """

    terms: tuple[str, ...]
    prefix: bool = False


@dataclass(frozen=True)
class DialogueQuery:
    """A query for lines of dialogue.

    Attributes:
        words: Distinct; a line needs any one of them.
        phrases: A line needs each of them.
        whole: All of the query as one phrase, which puts a line before others; None for a single word.
    """

    words: tuple[Wanted, ...]
    phrases: tuple[Phrase, ...] = ()
    whole: Phrase | None = None


def taken_apart(query: str, *, languages: Collection[str]) -> DialogueQuery:
    """Take a query apart; any text is a query, and one without a word finds nothing.

    Args:
        query: What was typed. Of more than :data:`MOST_CHARACTERS` and :data:`MOST_WORDS` the first count.
        languages: Languages of the lines, by which stems are made.

    Examples:
        >>> asked = taken_apart('the "big boat" sail*', languages=["en"])
        >>> [word.term for word in asked.words], asked.phrases
        (['the', 'big', 'boat', 'sail'], (Phrase(terms=('big', 'boat'), prefix=False),))
    """
    analyzer = Analyzer()
    words: dict[Wanted, None] = {}
    phrases: list[Phrase] = []
    plain: list[str] = []
    prefix = False
    for text, quoted in _segments(query[:MOST_CHARACTERS]):
        terms: list[str] = []
        for pieces, star in analyzer.tokens(text):
            for number, piece in enumerate(pieces):
                prefix = star and number == len(pieces) - 1 and bool(piece.spoken)
                terms += piece.terms
                if quoted:
                    found = [Wanted(term, (), prefix) for term in piece.terms]
                elif piece.spoken:
                    roots = analyzer.stemmers.roots(piece.spoken, languages)
                    found = [Wanted(term, (*sorted(roots), f"@{term}"), prefix) for term in piece.terms]
                elif len(piece.characters) == 1:
                    found = [Wanted("", (f"/{piece.characters[0]}", f"@{piece.terms[0]}"))]
                else:
                    found = [Wanted(term, (f"@{term}",)) for term in piece.terms]
                words.update(dict.fromkeys(found))
        if quoted and terms:
            phrases.append(Phrase(tuple(terms[:MOST_WORDS]), prefix))
        plain += terms
    # A last word that is still being typed would make a phrase of anything.
    in_a_row = not phrases and not prefix and 1 < len(plain) <= MOST_WORDS
    whole = Phrase(tuple(plain)) if in_a_row else None
    return DialogueQuery(tuple(words)[:MOST_WORDS], tuple(phrases[:MOST_WORDS]), whole)


def _segments(query: str) -> list[tuple[str, bool]]:
    """Cut a query at its quotation marks; one without a partner is no mark."""
    cut: list[tuple[str, bool]] = []
    end = 0
    for match in _QUOTED.finditer(query):
        cut.append((query[end : match.start()], False))
        cut.append((next(part for part in match.groups() if part), True))
        end = match.end()
    return [*cut, (query[end:], False)]
