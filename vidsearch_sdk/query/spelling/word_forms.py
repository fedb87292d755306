"""Words as people type them: where they stand in a query, and their letters without case and accents."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

# What somebody put in quotes is meant as it stands.
_QUOTED = re.compile(
    r'"[^"]*"|“[^”]*”|„[^“”]*[“”]|«[^»]*»|»[^«]*«|「[^」]*」|『[^』]*』|(?<!\w)[\'‘][^\'’]+[\'’](?!\w)'
)
_CHUNK = re.compile(r"\S+")
# A letter with the marks that combine with it.
_WORD = re.compile(r"[^\W\d_][^\W\d_\u0300-\u036f]*(?:[\u0300-\u036f]+[^\W\d_]*)*(?:['’][^\W\d_]+)*")
# Numbers, addresses, tags, file names and wildcards: none of them is a word of a language.
_NO_WORDS = re.compile(r"[\d@#/\\_*~=<>|{}\[\]^%&+$€£]|\w\.\w|://")
_GENITIVE = re.compile(r"['’][sS]$")
_LATIN_GREEK_CYRILLIC = re.compile(r"[a-zªºß-öø-ɏͰ-ϿЀ-ԯḀ-ỿἀ-῿A-ZÀ-ÖØ-Þ\u0300-\u036f]+")
_PLAIN = str.maketrans(
    {"ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe", "ı": "i", "ħ": "h"}
)


@dataclass(frozen=True, slots=True)
class TypedWord:
    """A word of a query.

    Attributes:
        text: As it was typed.
        start: Where it begins in the query.
        end: Where it ends.
    """

    text: str
    start: int
    end: int

    @property
    def is_plain(self) -> bool:
        """Whether it is in lower case, or only begins with a capital."""
        return self.text[1:] == self.text[1:].lower()

    @property
    def is_capital(self) -> bool:
        """Whether it begins with a capital."""
        return self.text[:1] != self.text[:1].lower()


def fold(word: str) -> str:
    """Return a word without case and accents, for comparing.

    Examples:
        >>> fold("Café"), fold("STRAßE"), fold("Łódź")
        ('cafe', 'strasse', 'lodz')
    """
    if word.isascii():
        return word.lower()
    apart = unicodedata.normalize("NFKD", word.casefold())
    return "".join(letter for letter in apart if not unicodedata.combining(letter)).translate(_PLAIN)


def quoted_spans(text: str) -> list[tuple[int, int]]:
    """Return where something stands in quotes, the quotes included."""
    return [match.span() for match in _QUOTED.finditer(text)]


def typed_words(text: str) -> Iterator[TypedWord]:
    """Yield the words of a query whose spelling can be judged, in order.

    Left out is what stands in quotes, holds digits, or is an address, a tag, a file's name or a pattern, and
    what is not written in Latin, Greek or Cyrillic letters. Of a genitive (``dog's``) the ``'s`` is left out,
    other words with an apostrophe wholly.

    Examples:
        >>> [word.text for word in typed_words('a dog, "Ltno" and R2D2 at www.film.org')]
        ['a', 'dog', 'and', 'at']
    """
    kept = text
    for start, end in quoted_spans(text):
        kept = kept[:start] + " " * (end - start) + kept[end:]
    for chunk in _CHUNK.finditer(kept):
        if _NO_WORDS.search(chunk[0]):
            continue
        for match in _WORD.finditer(chunk[0]):
            word = _GENITIVE.sub("", match[0])
            if _LATIN_GREEK_CYRILLIC.fullmatch(word):
                start = chunk.start() + match.start()
                yield TypedWord(word, start, start + len(word))
