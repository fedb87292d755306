"""Words, numbers and quoted strings as they stand in a query."""

from __future__ import annotations

import math
import numbers
import re
import unicodedata

from vidsearch_sdk.errors import QueryError

MOST_CHARACTERS = 10_000
"""Characters of a sentence; no encoder reads as many."""

# Joiners are not printable but hold emoji and some scripts together.
_JOINERS = "\u200c\u200d"


def words_of(given: object, *, allowed: str) -> str:
    r"""Check and tidy a sentence: single spaces, composed characters (NFC), no halves of a character.

    Args:
        given: What was given as words.
        allowed: What could be given instead, for the error.

    Raises:
        QueryError: No string, an empty one, or one of more than 10,000 characters.

    Examples:
        >>> words_of("  a dog\n on a beach ", allowed="words")
        'a dog on a beach'
    """
    if not isinstance(given, str):
        raise QueryError(f"a query in words is a string, not {given!r}")
    words = " ".join(unicodedata.normalize("NFC", given.encode("utf-8", "replace").decode()).split())
    if not words:
        raise QueryError(f"the query is empty; give {allowed}")
    if len(words) > MOST_CHARACTERS:
        raise QueryError(f"the query has {len(words):,} characters; at most {MOST_CHARACTERS:,} are read")
    return words


def number(value: float) -> str:
    """Write a number so that the same number is read from it, a whole one without a point.

    Examples:
        >>> number(20.0), number(0.1)
        ('20', '0.1')
    """
    return repr(float(value)).removesuffix(".0")


def seconds_of(value: object) -> float | None:
    """A finite number of seconds, of Python's or NumPy's types; ``None`` for everything else.

    Examples:
        >>> seconds_of(3), seconds_of(float("nan")), seconds_of(10**400), seconds_of(True)
        (3.0, None, None, None)
    """
    if isinstance(value, bool) or not isinstance(value, numbers.Real):
        return None
    try:
        seconds = float(value)
    except OverflowError:
        return None
    return seconds if math.isfinite(seconds) else None


def quoted(words: str) -> str:
    r"""Put a string in double quotes so that Python and ``parse`` read the same string from it.

    What cannot be seen (line ends, halves of a character, marks that turn the writing round) is escaped.

    Examples:
        >>> print(quoted('the "Orca", C:\\films'))
        "the \"Orca\", C:\\films"
    """
    return '"' + "".join(_escaped(character) for character in words) + '"'


def unquoted(literal: str) -> str:
    r"""Read what stands between quotes: ``\\``, ``\"``, ``\'``, ``\n``, ``\t``, ``\r``, ``\x..``, ``\u....``.

    Any other backslash stays, as in a path of Windows.

    Examples:
        >>> unquoted(r"the \"Orca\"")
        'the "Orca"'
    """
    return _ESCAPE.sub(_meant, literal)


_ESCAPE = re.compile(
    r"""\\(?:([\\"'])|([ntr])|x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U(00(?:0[0-9a-fA-F]|10)[0-9a-fA-F]{4}))"""
)


def _meant(match: re.Match[str]) -> str:
    itself, white, *codes = match.groups()
    if itself:
        return str(itself)
    if white:
        return {"n": "\n", "t": "\t", "r": "\r"}[white]
    return chr(int(next(filter(None, codes)), 16))


def _escaped(character: str) -> str:
    if character in '"\\':
        return "\\" + character
    if character.isprintable() or character in _JOINERS:
        return character
    code = ord(character)
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
