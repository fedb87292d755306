"""How likely a slip of the fingers is: swapped, dropped and doubled letters, the key beside the right one.

The four kinds are those that most misspellings of typed words are made of (Damerau, 1964, "A technique for
computer detection and correction of spelling errors"); the restriction to neighboring keys follows the noisy
channel of Kernighan, Church and Gale (1990, "A spelling correction program based on a noisy channel model").
"""

from __future__ import annotations

import itertools
import re
from functools import cache

from rapidfuzz.distance import OSA

USUAL = 1.0
"""Cost of a swap, or of a dropped or doubled letter."""
NEIGHBOR = 1.1
"""Cost of the key beside the right one."""
LIKELY = 1.3
"""Cost of a vowel for another one, of a second key hit along with the right one, or of the wrong one of two
letters doubled (``girrafe``)."""
UNUSUAL = 2.0
"""Cost of any other single wrong letter."""
TWICE = 2.4
"""Cost of two errors in one word."""
FIRST_LETTER = 0.3
"""Added where the first letter is wrong: it seldom is."""

_KEYBOARDS = (
    ("qwertyuiop", "asdfghjkl", "zxcvbnm"),
    ("qwertzuiop", "asdfghjkl", "yxcvbnm"),
    ("azertyuiop", "qsdfghjklm", "wxcvbn"),
    ("йцукенгшщзхъ", "фывапролджэ", "ячсмитьбю"),
    (";ςερτυθιοπ", "ασδφγηξκλ", "ζχψωβνμ"),
)
_DOUBLED = re.compile(r"(.)\1+")
_VOWELS = frozenset("aeiouyаеиоуыэюяαεηιουω")


@cache
def _neighbors() -> frozenset[tuple[str, str]]:
    """Return the pairs of letters whose keys lie side by side on some common keyboard, both ways."""
    pairs: set[tuple[str, str]] = set()
    for rows in _KEYBOARDS:
        for upper, row in enumerate(rows):
            pairs |= set(itertools.pairwise(row))
            for lower in rows[upper + 1 : upper + 2]:
                # Each row stands half a key further right than the one above.
                pairs |= set(zip(row, lower, strict=False)) | set(zip(row[1:], lower, strict=False))
    return frozenset(pairs | {(b, a) for a, b in pairs})


def slip_cost(typed: str, meant: str, *, most: int = 2) -> float:
    """Return how unlikely it is that somebody who meant one word typed the other.

    Args:
        typed: What was typed, folded.
        meant: A word, folded.
        most: How many errors there may be, 1 or 2.

    Returns:
        0 for the same word, about 1 for a usual slip, about 2 for an unusual one, infinity for more errors.

    Examples:
        >>> slip_cost("umbrela", "umbrella"), slip_cost("dgo", "dog"), slip_cost("hog", "dog")
        (1.0, 1.0, 2.3)
    """
    distance = OSA.distance(typed, meant, score_cutoff=most)
    if distance == 0:
        return 0.0
    if distance > most:
        return float("inf")
    if distance == 2:
        if _DOUBLED.sub(r"\1", typed) == _DOUBLED.sub(r"\1", meant):
            return LIKELY
        return TWICE + (FIRST_LETTER if typed[:1] != meant[:1] else 0.0)
    at = 0
    while at < len(typed) and at < len(meant) and typed[at] == meant[at]:
        at += 1
    return _single(typed, meant, at) + (FIRST_LETTER if at == 0 else 0.0)


def _single(typed: str, meant: str, at: int) -> float:
    """Return the cost of the one error that begins at a position."""
    if len(typed) < len(meant):
        return USUAL
    if len(typed) > len(meant):
        extra, beside = typed[at], (typed[at - 1 : at], typed[at + 1 : at + 2])
        if extra in beside:
            return USUAL
        return LIKELY if any((extra, one) in _neighbors() for one in beside) else UNUSUAL
    if typed[at] != meant[at] and typed[at + 1 : at + 2] == meant[at] and meant[at + 1] == typed[at]:
        return USUAL
    if (typed[at], meant[at]) in _neighbors():
        return NEIGHBOR
    return LIKELY if typed[at] in _VOWELS and meant[at] in _VOWELS else UNUSUAL
