"""The pieces of a written query: quoted strings, numbers, names and signs, each with its place."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal, NoReturn

from vidsearch_sdk.errors import QueryError
from vidsearch_sdk.query.algebra.literals import unquoted

Kind = Literal["string", "number", "name", "sign", "end"]

_PIECE = re.compile(
    r"""\s*(?:
        (?P<string>"[^"\\]*(?:\\.[^"\\]*)*"|'[^'\\]*(?:\\.[^'\\]*)*')
      | (?P<number>(?:[0-9][0-9_]*(?:\.[0-9_]*)?|\.[0-9][0-9_]*)(?:[eE][-+]?[0-9]+)?)
      | (?P<name>[^\W\d]\w*)
      | (?P<sign>[-+*&|().,=])
      | (?P<end>\Z)
    )""",
    re.DOTALL | re.VERBOSE,
)
MOST_TOKENS = 100_000
"""Pieces of a written query; a thousand terms need far fewer."""

_SHOWN = 30
_STRANGE = {
    **dict.fromkeys("\"'", "this quote is never closed"),
    **dict.fromkeys("“”„«»‘’", 'words stand in straight quotes: "a dog"'),
    **dict.fromkeys("~!", "to leave out what matches, write - before it"),
    "/": 'weights multiply: 0.5 * text("night")',
}


@dataclass(frozen=True)
class Token:
    """A piece of a written query.

    Attributes:
        kind: What it is.
        text: As it stands there, a string with its quotes.
        place: Characters before it.
    """

    kind: Kind
    text: str
    place: int

    @property
    def value(self) -> str:
        """What a string says."""
        return unquoted(self.text[1:-1])


class Tokens:
    """Goes through a written query piece by piece; each is found when it is needed.

    Args:
        written: The query.

    Raises:
        QueryError: The first character is of no piece; so do all methods that go on.
    """

    def __init__(self, written: str) -> None:
        self._written = written
        self._taken = 0
        self.next = self._found(0)

    def advance(self) -> Token:
        """Take the next piece, whatever it is; the end stays."""
        token = self.next
        self._taken += 1
        if self._taken > MOST_TOKENS:
            self._fail(token.place, f"it has more than {MOST_TOKENS:,} words and signs")
        self.next = self._found(token.place + len(token.text))
        return token

    def take(self, *signs: str) -> Token | None:
        """Take the next piece if it is one of these signs."""
        return self.advance() if self.next.kind == "sign" and self.next.text in signs else None

    def take_kind(self, kind: Kind) -> Token | None:
        """Take the next piece if it is of this kind."""
        return self.advance() if self.next.kind == kind else None

    def fail(self, token: Token, what: str) -> NoReturn:
        """Refuse the query because of one of its pieces.

        Raises:
            QueryError: Always; says where the piece stands.
        """
        self._fail(token.place, what)

    def _found(self, start: int) -> Token:
        match = _PIECE.match(self._written, start)
        if match is None:
            while self._written[start].isspace():
                start += 1
            self._fail(start, _STRANGE.get(self._written[start], "nothing in a query is written so"))
        kind: Kind = match.lastgroup  # type: ignore[assignment]
        return Token(kind, match[kind], match.start(kind))

    def _fail(self, place: int, what: str) -> NoReturn:
        rest = self._written[place : place + _SHOWN]
        shown = rest + ("…" if len(self._written) > place + _SHOWN else "")
        where = f"character {place + 1}, {shown!r}" if shown else "its end"
        raise QueryError(f"the query cannot be read at {where}: {what}")
