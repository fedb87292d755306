"""What a person types into a search field: words, or an expression where it begins like one."""

from __future__ import annotations

import difflib
import re

from vidsearch_sdk.errors import QueryError
from vidsearch_sdk.query.algebra.operators import Expression
from vidsearch_sdk.query.algebra.terms import Words
from vidsearch_sdk.query.algebra.written import TERMS, parse

_CALL = r"(?:vs\s*\.\s*)?(?:text|says|image|shot|clip|concept)\((?!s\))"
_QUOTED = r"""(?:"[^"\\]*(?:\\.[^"\\]*)*"|'[^'\\]*(?:\\.[^'\\]*)*')\s*(?:[-+*&|)]|\.\s*(?:then|during)\b)"""
_WEIGHT = r"(?:(?:[0-9][0-9_]*\.?[0-9_]*|\.[0-9][0-9_]*)(?:[eE][-+]?[0-9]+)?|nan|inf)\s*\*\s*"
_LEAD = rf"\s*(?:[-+(]\s*|{_WEIGHT})*"
_BEGINS = re.compile(rf"{_LEAD}(?:{_CALL}|{_QUOTED})", re.DOTALL)
# A slip in the name of a term: people do not set a bracket and a quote right behind a word of their own.
_NEARLY = re.compile(rf"""{_LEAD}(?:vs\s*\.\s*)?([^\W\d]\w*)\s*\(\s*["']""")
_AS_NEAR = 0.74


def typed(line: str) -> Expression:
    """Take what a person typed into a search field: an expression if it begins like one, or else words.

    Only a term with its bracket (``text(``, ``says(``, …) or quoted words with an operator after them, behind
    brackets, signs and weights or not, begin an expression; so does a term with a slip in its name before a
    bracket and a quote, which is then told. What begins so is read by ``parse``.

    Raises:
        QueryError: It begins like an expression and cannot be read as one, or it is empty.

    Examples:
        >>> typed("a dog (running) - slowly")
        "a dog (running) - slowly"
        >>> typed('"a dog" | text("a cat")')
        "a dog" | text("a cat")
    """
    if not isinstance(line, str) or not (_BEGINS.match(line) or _names_a_term(line)):
        return Words(line)
    try:
        return parse(line)
    except QueryError as error:
        raise QueryError(f'{error} (to search for such words as they are: text("…") or says("…"))') from None


def _names_a_term(line: str) -> bool:
    named = _NEARLY.match(line)
    return bool(named and difflib.get_close_matches(named[1].lower(), TERMS, n=1, cutoff=_AS_NEAR))
