"""The words that a catalog and its encoder know, and those that everybody does."""

from __future__ import annotations

import bisect
import re
import unicodedata
from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from importlib import resources
from itertools import islice
from typing import TYPE_CHECKING

import numpy as np

from vidsearch_sdk.encoding.words import ordinary_words
from vidsearch_sdk.query.typing_errors import slip_cost
from vidsearch_sdk.query.word_forms import fold

if TYPE_CHECKING:
    from vidsearch_sdk.catalog import Catalog

LEARNED = 50.0
"""Weight of a word that the encoder was trained on; a word of the catalog weighs 20 and one for each use."""

_SEEN = 20.0
_MOST = 1000.0
_ORDINARY = 3.0
_COMMON = 20_000
_LINES = 20_000
_TEXT = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*")
_LETTERS = re.compile(r"[^\W\d_]+")
_SHORT = 4
_VOWELS = "aeiou"
_SUFFIXES = ("s", "es", "ed", "d", "ing", "er", "ers", "ly", "ness", "less", "ful", "y", "ish", "like", "'s")
_PREFIXES = ("un", "non", "over", "under", "out", "mis", "dis", "pre", "mid", "sub", "anti", "super")


@dataclass(frozen=True, slots=True)
class Candidate:
    """A word that may have been meant.

    Attributes:
        word: How the catalog spells it.
        folded: The same without case and accents.
        cost: How unlikely the slip is (``slip_cost``).
        weight: How much there is of the word, from 0.
        own: Whether the catalog or the encoder knows it; if not, it is an ordinary word.
        learned: Whether the encoder was trained on it.
        name: Whether the catalog always writes it with a capital.
    """

    word: str
    folded: str
    cost: float
    weight: float
    own: bool
    learned: bool
    name: bool


class Vocabulary:
    """Known words, and what a word that is not known may be a misspelling of.

    Args:
        counts: Words as the catalog spells them, with how often it does.
        learned: Words that the encoder was trained on.
        ordinary: Words that everybody knows, the most frequent first; None for those of CLIP's tokenizer.

    Examples:
        >>> words = Vocabulary.of_texts(["The Demogorgon is here.", "Where is the lantern?"])
        >>> words.knows("demogorgon"), words.knows("lighthouse"), words.knows("lantren")
        (True, True, False)
        >>> [candidate.word for candidate in words.candidates("lantren", most=1) if candidate.own]
        ['lantern']
    """

    def __init__(
        self,
        counts: Counter[str],
        *,
        learned: Collection[str] = (),
        ordinary: Iterable[str] | None = None,
    ) -> None:
        listed = ordinary_words() if ordinary is None else tuple(ordinary)
        short = _short_words()
        # Of three and four letters the tokenizer's list holds more endings and abbreviations than words.
        self._ordinary = {
            fold(word): rank for rank, word in enumerate(listed) if len(word) > _SHORT or word in short
        }
        self._doubtful = {fold(word) for word in listed if len(word) <= _SHORT and word not in short}
        for word in short:
            self._ordinary.setdefault(word, len(listed))
        self._set_up(counts, {word.lower() for word in learned})

    def _set_up(self, counts: Counter[str], learned: Collection[str]) -> None:
        spelled: dict[str, Counter[str]] = {}
        for word, count in counts.items():
            spelled.setdefault(fold(word), Counter())[word] += count
        for word in learned:
            spelled.setdefault(fold(word), Counter())[word] += 1
        self._exact = frozenset(word.casefold() for forms in spelled.values() for word in forms)
        self._learned = frozenset(fold(word) for word in learned)
        self._spelled: dict[str, str] = {}
        self._names: set[str] = set()
        weights: dict[str, float] = {}
        for folded, forms in spelled.items():
            # Lower case wherever it occurs at all: lines begin with a capital.
            small = {word: count for word, count in forms.items() if word == word.lower()}
            self._spelled[folded] = max((small or forms).items(), key=lambda item: item[1])[0]
            if not small:
                self._names.add(folded)
            weights[folded] = (LEARNED if folded in self._learned else _SEEN) + min(forms.total(), _MOST)
        own = sorted(weights, key=len)
        for word, rank in self._ordinary.items():
            if word not in weights and rank < _COMMON:
                weights[word] = _ORDINARY * (1 - rank / _COMMON)
        self._own = len(own)
        # The catalog's own words first, and both parts by length: only neighbors in length are compared.
        self._targets = own + sorted(list(weights)[len(own) :], key=len)
        self._weights = [weights[word] for word in self._targets]
        self._masks = np.array([_mask(word) for word in self._targets], np.uint64)
        self._lengths = [len(word) for word in self._targets]
        self._sorted = sorted(own)
        self._at = {word: number for number, word in enumerate(self._targets)}

    @classmethod
    def of_texts(
        cls,
        texts: Iterable[str | None],
        *,
        learned: Collection[str] = (),
        ordinary: Iterable[str] | None = None,
    ) -> Vocabulary:
        """Count the words of titles, lines of dialogue and other texts.

        A million lines of dialogue take some seconds; one vocabulary serves any number of queries.

        Args:
            texts: Any number of texts; None is passed over.
            learned: Words that the encoder was trained on.
            ordinary: Words that everybody knows; None for those of CLIP's tokenizer.
        """
        return cls(count_words(texts), learned=learned, ordinary=ordinary)

    def __len__(self) -> int:
        return self._own

    def __repr__(self) -> str:
        return f"Vocabulary({self._own:,} words of the catalog, {len(self._ordinary):,} ordinary ones)"

    def knows(self, word: str) -> bool:
        """Whether a word is one of the catalog's or the encoder's, spelled so, or an ordinary one.

        Forms and compounds of ordinary words are not listed and not known: see :meth:`is_built`.
        """
        plain = word.replace("’", "'")
        if plain.casefold() in self._exact:
            return True
        # Without its accents a word of the catalog is misspelled, unless it is another ordinary word.
        folded = fold(plain)
        return folded not in self._spelled and folded in self._ordinary

    def spelling_of(self, word: str) -> str | None:
        """Return how the catalog spells a word that was typed with other accents, or None."""
        folded = fold(word.replace("’", "'"))
        return self._spelled.get(folded)

    def is_doubtful(self, folded: str) -> bool:
        """Whether a short word is only known as an ending or an abbreviation."""
        return folded in self._doubtful

    def is_built(self, folded: str) -> bool:
        """Whether a word is made of known ones (``"lighthouses"``), as English does it: no list has all."""
        return self._is_derived(folded) or self._is_compound(folded)

    def candidates(self, folded: str, *, most: int) -> list[Candidate]:
        """Return what a word may be a misspelling of.

        Args:
            folded: The word, folded.
            most: Errors in it at most, 1 or 2.

        Returns:
            Candidates within so many errors, in no order; of two errors only the catalog's and the encoder's.
        """
        mask = np.uint64(_mask(folded))
        found = []
        for low, high in ((0, self._own), (self._own, len(self._targets)))[: 3 - most]:
            first = bisect.bisect_left(self._lengths, len(folded) - most, low, high)
            last = bisect.bisect_right(self._lengths, len(folded) + most, low, high)
            # An error changes how often a word has a letter for two letters at most, by one.
            near = np.flatnonzero(np.bitwise_count(self._masks[first:last] ^ mask) <= 2 * most)
            for number in (near + first).tolist():
                cost = slip_cost(folded, self._targets[number], most=most)
                if cost < float("inf"):
                    found.append(self._candidate(number, cost))
        return found

    def completions(self, folded: str) -> Iterator[Candidate]:
        """Yield the words of catalog and encoder that begin so, sorted; their cost is 0."""
        for at in range(bisect.bisect_left(self._sorted, folded), len(self._sorted)):
            word = self._sorted[at]
            if not word.startswith(folded):
                return
            yield self._candidate(self._at[word], 0.0)

    def _candidate(self, number: int, cost: float) -> Candidate:
        folded, own = self._targets[number], number < self._own
        return Candidate(
            self._spelled[folded] if own else folded,
            folded,
            cost,
            self._weights[number],
            own,
            folded in self._learned,
            folded in self._names,
        )

    def _is_word(self, folded: str) -> bool:
        return folded in self._ordinary or folded in self._spelled

    def _is_derived(self, folded: str) -> bool:
        """Whether it is a known word with an English ending or prefix: no list holds every form."""
        for prefix in _PREFIXES:
            rest = folded.removeprefix(prefix)
            if rest != folded and len(rest) >= _SHORT and self._is_word(rest):
                return True
        # A doubled letter at the end is more often a slip.
        doubled = folded[-1:] == folded[-2:-1]
        for suffix in _SUFFIXES:
            stem = folded.removesuffix(suffix)
            if stem == folded or len(stem) < _SHORT or (doubled and suffix not in ("ness", "less")):
                continue
            if suffix == "d" and not stem.endswith("e"):
                continue
            stems = [stem]
            if stem.endswith("i") and suffix != "ing":
                stems.append(stem[:-1] + "y")
            if suffix[0] in "eiy":
                stems.append(stem + "e")
                # "running", but not "standding": only after a single vowel is a consonant doubled.
                if stem[-1] == stem[-2] and stem[-3] in _VOWELS and stem[-4] not in _VOWELS:
                    stems.append(stem[:-1])
            if any(self._is_word(one) for one in stems):
                return True
        return False

    def _is_compound(self, folded: str) -> bool:
        return any(
            self._is_word(folded[:at]) and self._is_word(folded[at:])
            for at in range(_SHORT, len(folded) - _SHORT + 1)
        )


def count_words(texts: Iterable[str | None]) -> Counter[str]:
    """Count the words of texts as they are spelled; a million lines take some seconds."""
    counts: Counter[str] = Counter()
    rest = (text for text in texts if text)
    while lines := list(islice(rest, _LINES)):
        counts.update(_TEXT.findall(unicodedata.normalize("NFC", "\n".join(lines)).replace("’", "'")))
    return counts


def vocabulary_of(catalog: Catalog, *, learned: Collection[str] = ()) -> Vocabulary:
    """Collect the words of a catalog: names of films, own columns of text, and dialogue.

    Args:
        catalog: The catalog.
        learned: Words that the encoder was trained on.

    Raises:
        StorageError: The disk refused.
    """
    films = catalog.films.list()
    texts: list[str | None] = [film.name for film in films]
    texts += [value for film in films for value in film.own.values() if isinstance(value, str)]
    texts += catalog.dialogue["text"].tolist()
    return Vocabulary.of_texts(texts, learned=learned)


def _short_words() -> frozenset[str]:
    listed = resources.files("vidsearch_sdk.query").joinpath("short_words.txt").read_text("utf-8")
    return frozenset(_LETTERS.findall(listed))


def _mask(word: str) -> int:
    """Return a word's letters as bits: a to z have one for the first and one for any more, others share."""
    bits = 0
    for letter in word:
        number = ord(letter) - 97
        first = 1 << (number if 0 <= number < 26 else 52 + number % 12)
        # Of the letters that share a bit a second one sets none, so that a bit never stands for two changes.
        bits |= first if not bits & first or number not in range(26) else first << 26
    return bits
