"""What is special about scripts: no spaces between words, marks that are accents, symbols."""

from __future__ import annotations

import re
import sys
import unicodedata
from functools import cache

_UNSPACED = (
    (0x0E00, 0x0EFF),  # Thai, Lao
    *((0x1000, 0x109F), (0xA9E0, 0xA9FF), (0xAA60, 0xAA7F)),  # Burmese and its kin
    *((0x1780, 0x17FF), (0x19E0, 0x19FF)),  # Khmer
    *((0x1950, 0x19DF), (0x1A20, 0x1AAF)),  # Tai Le, New Tai Lue, Tai Tham
    *((0x3005, 0x3007), (0x3021, 0x3029), (0x3031, 0x3035)),  # marks that stand for ideographs
    *((0x3040, 0x30FF), (0x31F0, 0x31FF), (0x1B000, 0x1B16F)),  # Japanese syllables
    *((0x3400, 0x4DBF), (0x4E00, 0x9FFF), (0xF900, 0xFAFF), (0x20000, 0x3FFFD)),  # Han
    # Korean has spaces, but glues its particles to the nouns.
    *((0x1100, 0x11FF), (0x3130, 0x318F), (0xAC00, 0xD7A3)),
)
UNSPACED = "".join(f"{chr(low)}-{chr(high)}" for low, high in _UNSPACED)
"""Inside of a character class: scripts whose words cannot be told apart by spaces."""

# Only marks that are accents: the vowel signs of Indic and South-East Asian scripts are letters.
_ACCENTS = re.compile(
    # й is a letter of its own, not an accented и.
    "(?<!\u0438)\u0306|[\u0300-\u0305\u0307-\u036f\u0483-\u0487\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f"
    # Points of Hebrew and Arabic.
    "\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7\u0610-\u061a\u064b-\u065f\u0670\u06d6-\u06dc\u06df-\u06e8\u06ea-\u06ed]"
)
_LETTERS = str.maketrans(
    {"ø": "o", "æ": "ae", "œ": "oe", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "ı": "i", "ħ": "h", "ŋ": "n"}
)
_INVISIBLE = {
    code: None
    for low, high in (
        (0x200B, 0x200F),
        (0x202A, 0x202E),
        (0x2060, 0x2069),
        (0xFE00, 0xFE0F),
        (0xE0020, 0xE007F),
    )
    for code in range(low, high + 1)
}
_INVISIBLE |= {0xAD: None, 0xFEFF: None, 0x640: None}  # soft hyphen, byte order mark, Arabic's stretching
_ONE_FORM: dict[int, str | None] = {**_INVISIBLE, **dict.fromkeys(map(ord, "’‘ʼ＇`´"), "'")}


def one_form(text: str) -> str:
    """Return text with one code for what looks the same: widths, ligatures, apostrophes; nothing invisible.

    Examples:
        >>> one_form("Ｄｏｎ’t")
        "Don't"
    """
    if text.isascii():
        return text.replace("`", "'") if "`" in text else text
    return unicodedata.normalize("NFKC", text.translate(_ONE_FORM)).translate(_INVISIBLE)


def folded(word: str) -> str:
    """Return a word without case and accents, its digits European.

    Examples:
        >>> [folded(word) for word in ("Café", "STRASSE", "straße", "Ёлка", "Việt", "हिन्दी")]
        ['cafe', 'strasse', 'strasse', 'елка', 'viet', 'हिन्दी']
    """
    if word.isascii():
        return word.lower()
    bare = _ACCENTS.sub("", unicodedata.normalize("NFKD", word.casefold())).translate(_LETTERS)
    bare = "".join(c if c < "\x80" or not c.isdecimal() else str(unicodedata.decimal(c)) for c in bare)
    return unicodedata.normalize("NFC", bare)


@cache
def word_pattern() -> re.Pattern[str]:
    r"""Compile the pattern of a word, group 1, and of a star that ends it, group 2; a symbol is a word too.

    Python's own ``\w`` lacks the vowel signs of Indic scripts, and would cut their words.
    """
    marks, symbols = _class_of("Mn", "Mc", "Me"), _class_of("So")
    letter = rf"(?:[^\W_]|[{marks}])"
    return re.compile(rf"({letter}+(?:'{letter}+)*|[{symbols}])(\*?)")


def _class_of(*categories: str) -> str:
    """Write the characters of some Unicode categories as the inside of a character class."""
    ranges: list[list[int]] = []
    for code in range(min(sys.maxunicode, 0x1FFFF)):
        if unicodedata.category(chr(code)) in categories:
            if ranges and ranges[-1][1] == code - 1:
                ranges[-1][1] = code
            else:
                ranges.append([code, code])
    return "".join(f"{chr(low)}-{chr(high)}" for low, high in ranges)


def clusters(run: str) -> list[str]:
    """Cut a run into characters as readers see them: a base and the marks on it.

    Examples:
        >>> [len(cluster) for cluster in clusters("ที่นี่")]
        [3, 3]
    """
    cut: list[str] = []
    for character in run:
        if cut and unicodedata.category(character)[0] == "M":
            cut[-1] += character
        else:
            cut.append(character)
    return cut
