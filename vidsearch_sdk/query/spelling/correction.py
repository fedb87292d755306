"""Repairing what was mistyped, and leaving everything else as it is."""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Collection
from dataclasses import dataclass

from vidsearch_sdk.query.spelling.typing_errors import FIRST_LETTER, LIKELY, NEIGHBOR, TWICE, UNUSUAL, USUAL
from vidsearch_sdk.query.spelling.vocabulary import LEARNED, Candidate, Vocabulary
from vidsearch_sdk.query.spelling.word_forms import TypedWord, fold, typed_words

MOST_WORDS = 64
"""Words of a query whose spelling is looked at; a longer text was not typed."""

_SHORTEST = 3
_VOWELS = frozenset("aeiou")
_ABBREVIATIONS = """
    by cd cm cv db dj dr dw ft fx gb gp hd hq hr jr kb kg km lb lp mb mc mg ml mm mp mr ms my nd ny nz pc ph
    pm pr ps pt rd rv sf sr st td th tv vc vs vw wc
"""
_TWO = frozenset(_ABBREVIATIONS.split())
_LONGEST = 30
_CLEAR = 1.5
_RELATED = 0.4
_COMMON = 1.2
_VERY_COMMON = 2.5
_PER_COST = 3.0
_SHARE = 0.8
_NAME_FROM = 6
_ORDINARY_FROM = 7
_UNUSUAL_FROM = 7
_DOUBLED_FROM = 6
_TWICE_FROM = 9


@dataclass(frozen=True)
class Correction:
    """A query after its spelling was repaired.

    Attributes:
        words: The query; the very same text when nothing was changed.
        changes: Pairs of what was typed and what it became, in order.
    """

    words: str
    changes: tuple[tuple[str, str], ...] = ()


def correct(words: str, vocabulary: Vocabulary, *, known: Collection[str] = ()) -> Correction:
    """Repair words that are neither known nor names, where it is clear what was meant.

    What stands in quotes, numbers, words in capitals, and words that begin with one within a sentence (names)
    stay, as does every word that the catalog, the encoder or ordinary English knows. The last word may be
    unfinished.

    Args:
        words: The query.
        vocabulary: The words that are known.
        known: Further words that stay, such as the terms of the team's synonyms.

    Examples:
        >>> vocabulary = Vocabulary.of_texts(["The umbrella of the Demogorgon"])
        >>> correct("an umbrela near a lighthouse", vocabulary)
        Correction(words='an umbrella near a lighthouse', changes=(('umbrela', 'umbrella'),))
        >>> correct("the Demogorgons of Vecna", vocabulary).changes
        ()
    """
    text = unicodedata.normalize("NFC", words)
    typed = list(typed_words(text))
    if not typed or len(typed) > MOST_WORDS:
        return Correction(words)
    stays = {part for term in known for part in fold(term).replace("-", " ").split()}
    # Where every word begins with a capital, capitals tell no names.
    titled = all(word.is_capital for word in typed) and len(typed) > 1
    changes: list[tuple[TypedWord, str]] = []
    for number, word in enumerate(typed):
        if not word.is_plain or vocabulary.knows(word.text) or fold(word.text) in stays:
            continue
        named = word.is_capital and not titled and number > 0
        meant = _meant(word, vocabulary, named=named, unfinished=word.end == len(text))
        if meant is not None and meant != word.text:
            changes.append((word, meant))
    if not changes:
        return Correction(words)
    for word, meant in reversed(changes):
        text = text[: word.start] + meant + text[word.end :]
    return Correction(text, tuple((word.text, meant) for word, meant in changes))


def _meant(word: TypedWord, vocabulary: Vocabulary, *, named: bool, unfinished: bool) -> str | None:
    """Return what was meant by an unknown word, in the case in which it was typed, or None."""
    folded = fold(word.text)
    if not _SHORTEST <= len(folded) <= _LONGEST and not _lacks_vowel(folded):
        return None
    exact = vocabulary.spelling_of(folded)
    if exact is not None:
        return _cased(exact, word)
    found = _repaired(folded, vocabulary, named=named)
    if unfinished:
        ended = _completed(folded, vocabulary, named=named)
        # The beginning of one word and a slip in another: either may have been meant.
        if ended and found and ended.folded != found.folded:
            return None
        found = found or ended
    return _cased(found.word, word) if found else None


def _repaired(folded: str, vocabulary: Vocabulary, *, named: bool) -> Candidate | None:
    for most in (1, 2) if len(folded) >= _DOUBLED_FROM and not named else (1,):
        found = vocabulary.candidates(folded, most=most)
        ranked = sorted(found, key=_score, reverse=True)
        if not ranked:
            continue
        best = ranked[0]
        clear = all(_score(best) - _score(other) >= _clear_from(best, other) for other in ranked[1:3])
        return best if clear and _allowed(best, folded, vocabulary, named=named) else None
    return None


def _clear_from(best: Candidate, other: Candidate) -> float:
    # Between two forms of one word ("key", "keys") a mistake does little harm.
    related = best.folded.startswith(other.folded) or other.folded.startswith(best.folded)
    return _RELATED if related else _CLEAR


def _score(candidate: Candidate) -> float:
    return math.log(candidate.weight + 1e-3) - _PER_COST * candidate.cost


def _allowed(best: Candidate, folded: str, vocabulary: Vocabulary, *, named: bool) -> bool:
    """Whether a candidate is likely enough for a word of this length."""
    if named and not best.name:
        return False
    if not best.learned and _differs_in_ending(folded, best.folded):
        return False
    if best.name or named:
        return best.cost <= NEIGHBOR and len(folded) >= _NAME_FROM
    if not best.own:
        return not vocabulary.is_built(folded) and _is_plain(best, folded)
    if vocabulary.is_built(folded):
        # "mounttains" could be made of two words, too; only a plain slip in a word of the encoder's counts.
        return best.learned and best.cost <= USUAL and len(folded) >= _ORDINARY_FROM
    if len(folded) < _SHORTEST:
        return best.learned and best.cost <= USUAL
    if len(folded) == _SHORTEST:
        return best.cost < LIKELY + FIRST_LETTER and best.weight >= LEARNED
    if vocabulary.is_doubtful(folded):
        return best.cost <= (LIKELY + FIRST_LETTER if best.weight >= LEARNED else USUAL)
    if best.cost < UNUSUAL:
        return True
    return (
        len(folded) >= (_TWICE_FROM if best.cost >= TWICE else _UNUSUAL_FROM) and best.folded[0] == folded[0]
    )


def _lacks_vowel(folded: str) -> bool:
    """Whether it is two letters that make no word and no abbreviation that is typed often (``"ky"``)."""
    return len(folded) == 2 and folded.isascii() and not set(folded) & _VOWELS and folded not in _TWO


def _is_plain(best: Candidate, folded: str) -> bool:
    """Whether a word that is in no catalog, only in everybody's English, is plainly what was meant."""
    if best.weight >= _VERY_COMMON:
        return best.cost <= NEIGHBOR and len(folded) >= _ORDINARY_FROM - 1
    return best.cost <= USUAL and len(folded) >= _ORDINARY_FROM and best.weight >= _COMMON


def _differs_in_ending(typed: str, meant: str) -> bool:
    """Whether it may be another form of one word: many languages tell those apart by the last letters."""
    if len(typed) == len(meant):
        return typed[:-1] == meant[:-1]
    shorter, longer = sorted((typed, meant), key=len)
    return longer.startswith(shorter) and not (longer == typed and typed[-1] == typed[-2])


def _completed(folded: str, vocabulary: Vocabulary, *, named: bool) -> Candidate | None:
    """Return the one word that clearly is being typed."""
    found = [one for one in vocabulary.completions(folded) if one.folded != folded]
    if named:
        found = [one for one in found if one.name and len(folded) >= 4]
    if not found:
        return None
    # The shortest of a family stands for all of it: "umbrella" for "umbrellas".
    total = sum(one.weight for one in found)
    stems: dict[str, float] = {}
    first: dict[str, Candidate] = {}
    for one in found:  # sorted, so that a stem comes before what is made of it
        stem = next((stem for stem in stems if one.folded.startswith(stem)), one.folded)
        stems[stem] = stems.get(stem, 0.0) + one.weight
        first.setdefault(stem, one)
    best = max(stems, key=stems.__getitem__)
    return first[best] if stems[best] >= _SHARE * total else None


def _cased(meant: str, word: TypedWord) -> str:
    return meant[:1].upper() + meant[1:] if word.is_capital else meant
