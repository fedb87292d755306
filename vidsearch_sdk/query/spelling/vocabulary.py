"""The words that a catalog and its encoder know, and those that everybody does."""

from __future__ import annotations

import bisect
import re
import unicodedata
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from itertools import islice

from vidsearch_sdk.encoding.words import ordinary_words
from vidsearch_sdk.query.spelling.near_words import NearWords
from vidsearch_sdk.query.spelling.word_forms import fold

LEARNED = 50.0
"""Weight of a word that the encoder was trained on; a word of the catalog weighs 20 and one for each use."""

_SEEN = 20.0
_MOST = 1000.0
_ORDINARY = 3.0
_COMMON = 20_000
_FREQUENT = 50.0
_MOST_FREQUENT = 2000
_LINES = 20_000
_LETTERS = re.compile(r"[^\W\d_]+")
_SHORT = 4
_VOWELS = "aeiou"
_SUFFIXES = ("s", "es", "ed", "d", "ing", "er", "ers", "ly", "ness", "less", "ful", "y", "ish", "like")
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
        self._everyday = _everyday() if ordinary is None else Everyday(tuple(ordinary))
        spelled: dict[str, Counter[str]] = {}
        for word, count in counts.items():
            spelled.setdefault(fold(word), Counter())[word] += count
        small = {word.lower() for word in learned}
        for word in small:
            spelled.setdefault(fold(word), Counter())[word] += 1
        self._exact = frozenset(word.casefold() for forms in spelled.values() for word in forms)
        self._learned = frozenset(fold(word) for word in small)
        # What English writes small is no name, even where it only begins lines.
        self._spelled = {
            folded: _spelling(forms).lower() if folded in self._everyday.ranks else _spelling(forms)
            for folded, forms in spelled.items()
        }
        self._weights = {
            folded: (LEARNED if folded in self._learned else _SEEN)
            + min(forms.total(), _MOST)
            + _FREQUENT * self._everyday.frequency(folded, among=_MOST_FREQUENT)
            for folded, forms in spelled.items()
        }
        self._near = NearWords(self._spelled)
        self._sorted = sorted(self._spelled)

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
        return len(self._spelled)

    def __repr__(self) -> str:
        return f"Vocabulary({len(self):,} words of the catalog, {len(self._everyday.ranks):,} ordinary ones)"

    def knows(self, word: str) -> bool:
        """Whether a word is one of the catalog's or the encoder's, spelled so, or an ordinary one.

        Forms and compounds of ordinary words are not listed and not known: see :meth:`is_built`.
        """
        if word.casefold() in self._exact:
            return True
        # Without its accents a word of the catalog is misspelled, unless it is an ordinary word as well.
        return fold(word) in self._everyday.ranks

    def spelling_of(self, word: str) -> str | None:
        """Return how the catalog spells a word that was typed with other accents, or None."""
        return self._spelled.get(fold(word))

    def is_doubtful(self, folded: str) -> bool:
        """Whether a short word is only known as an ending or an abbreviation."""
        return folded in self._everyday.doubtful

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
        found = [self._candidate(word, cost) for word, cost in self._near.near(folded, most=most)]
        if most == 1:
            found += [
                Candidate(word, word, cost, self._everyday.weight(word), own=False, learned=False, name=False)
                for word, cost in self._everyday.near.near(folded, most=1)
                if word not in self._spelled
            ]
        return found

    def completions(self, folded: str) -> Iterator[Candidate]:
        """Yield the words of catalog and encoder that begin so, sorted; their cost is 0."""
        for at in range(bisect.bisect_left(self._sorted, folded), len(self._sorted)):
            word = self._sorted[at]
            if not word.startswith(folded):
                return
            yield self._candidate(word, 0.0)

    def _candidate(self, folded: str, cost: float) -> Candidate:
        word = self._spelled[folded]
        return Candidate(
            word,
            folded,
            cost,
            self._weights[folded],
            own=True,
            learned=folded in self._learned,
            name=word != word.lower(),
        )

    def _is_word(self, folded: str) -> bool:
        return folded in self._everyday.ranks or folded in self._spelled

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


class Everyday:
    """The words that everybody knows.

    Args:
        listed: The most frequent first.

    Attributes:
        ranks: Their places in the list, by the folded word.
        doubtful: Listed words of three and four letters that are no words.
        near: The more frequent of them, for what was mistyped.
    """

    def __init__(self, listed: Sequence[str]) -> None:
        short = _short_words()
        # Of three and four letters the tokenizer's list holds more endings and abbreviations than words.
        self.doubtful = frozenset(word for word in listed if len(word) <= _SHORT and word not in short)
        ranks = {fold(word): rank for rank, word in enumerate(listed) if word not in self.doubtful}
        self.ranks: Mapping[str, int] = {**dict.fromkeys(short, len(listed)), **ranks}
        self.near = NearWords(word for word, rank in self.ranks.items() if rank < _COMMON)

    def weight(self, word: str) -> float:
        """How frequent a word is, from 0 to 3."""
        return _ORDINARY * self.frequency(word, among=_COMMON)

    def frequency(self, word: str, *, among: int) -> float:
        """1 for the most frequent of all, 0 for those that are not among so many."""
        return max(0.0, 1 - self.ranks.get(word, among) / among)


def count_words(texts: Iterable[str | None]) -> Counter[str]:
    """Count the words of texts as they are spelled; a million lines take some seconds."""
    counts: Counter[str] = Counter()
    rest = (text for text in texts if text)
    while lines := list(islice(rest, _LINES)):
        counts.update(_LETTERS.findall(unicodedata.normalize("NFC", "\n".join(lines))))
    return counts


def _spelling(forms: Counter[str]) -> str:
    # Lower case wherever it occurs at all: lines begin with a capital, and a name never is without one.
    small = {word: count for word, count in forms.items() if word == word.lower()}
    return max((small or forms).items(), key=lambda item: item[1])[0]


@cache
def _everyday() -> Everyday:
    # A constant of the installation: every catalog compares with the same one.
    return Everyday(ordinary_words())


def _short_words() -> frozenset[str]:
    listed = resources.files("vidsearch_sdk.query.spelling").joinpath("short_words.txt").read_text("utf-8")
    return frozenset(_LETTERS.findall(listed))
