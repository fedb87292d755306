"""Queries as they are written: read from text with the meaning that the same text has in Python.

::

    text("car chase") - 0.5 * text("night") & says("run")
    text("a man opens a door").then(text("an empty room"), within_s=20)
    image("ref.jpg") | shot("0123456789abcdef-12") | clip("holiday.mp4", 3, 5.5)
    "a dog" & text("a beach").during(says("fetch", language="en"))
    concept("our hero") - text("night")

Nothing is evaluated: the text is taken apart by a grammar of its own, which knows six terms, two methods,
five operators, brackets, numbers and quoted words. A picture's file is read when the text is.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable
from typing import Any, NamedTuple, NoReturn

from vidsearch_sdk.errors import QueryError
from vidsearch_sdk.query.algebra.expressions import DEEPEST, MOST_TERMS, And, Or, Sum
from vidsearch_sdk.query.algebra.literals import MOST_CHARACTERS
from vidsearch_sdk.query.algebra.operators import Expression
from vidsearch_sdk.query.algebra.terms import Words, clip, concept, image, says, shot, text
from vidsearch_sdk.query.algebra.tokens import Token, Tokens

# Name -> what makes the term, its parameters in order, those that are given by name only.
TERMS: dict[str, tuple[Callable[..., Expression], tuple[str, ...], tuple[str, ...]]] = {
    "text": (text, ("words",), ()),
    "says": (says, ("words",), ("language",)),
    "image": (image, ("picture",), ()),
    "shot": (shot, ("shot_id",), ()),
    "clip": (clip, ("path", "start_s", "end_s"), ()),
    "concept": (concept, ("name",), ()),
}
_SHAPES = (
    'text("…"), says("…"), image("file"), shot("id"), clip("file", start_s, end_s), concept("…") or '
    '"words in quotes"'
)
_ENDLESS = ("nan", "inf", "infinity")
_PIXELS = re.compile(r"<\d+x\d+ pixels>")
# Some more levels than an expression can have, for brackets that are not needed.
_DEEPEST = DEEPEST + 10


def parse(written: str) -> Expression:
    """Read an expression from its written form; ``parse(str(expression))`` is the expression again.

    Args:
        written: What Python would be given, with or without ``vs.`` before the terms. Line ends count as
            spaces. A quoted string is words for pictures and dialogue alike.

    Raises:
        QueryError: It cannot be read; says where and why. A picture that was given as pixels has no written
            form that can be read (``to_json`` keeps it).

    Examples:
        >>> parse("text('car chase') - .5 * text('night') & says('run')")
        (text("car chase") - 0.5 * text("night")) & says("run")
        >>> parse('"a dog" &')
        Traceback (most recent call last):
        vidsearch_sdk.errors.QueryError: the query cannot be read at its end: something to search for is
        missing: text("…"), says("…"), image("file"), shot("id"), clip("file", start_s, end_s), concept("…")
        or "words in quotes"
    """
    if not isinstance(written, str):
        raise QueryError(f"a written query is a string, not {written!r}")
    if not written.strip():
        raise QueryError(f"the query is empty; give {_SHAPES}")
    if len(written) > MOST_TERMS * MOST_CHARACTERS:
        raise QueryError(f"the query has {len(written):,} characters; nothing of that size is read")
    return _Reading(written).whole()


class _Part(NamedTuple):
    """A part of a sum: its weight, what is weighed (``None`` for a number by itself), and where it stands."""

    weight: float
    one: Expression | None
    token: Token


class _Reading:
    """One pass over a written query; every level of binding is a method."""

    def __init__(self, written: str) -> None:
        self._tokens = Tokens(written)
        self._terms = 0
        self._depth = 0

    def whole(self) -> Expression:
        read = self._either()
        if (left := self._tokens.next).kind != "end":
            self._unexpected(left)
        return read

    def _either(self) -> Expression:
        return self._joined("|", self._both, Or.of)

    def _both(self) -> Expression:
        return self._joined("&", self._sum, And.of)

    def _joined(
        self, sign: str, below: Callable[[], Expression], join: Callable[[list[Any]], Expression]
    ) -> Expression:
        start = self._tokens.next
        parts = [below()]
        while self._tokens.take(sign):
            parts.append(below())
        return parts[0] if len(parts) == 1 else self._made(start, join, parts)

    def _sum(self) -> Expression:
        start = self._tokens.next
        parts = [self._weighed(self._product(), 1.0)]
        while sign := self._tokens.take("+", "-"):
            parts.append(self._weighed(self._product(), -1.0 if sign.text == "-" else 1.0))
        return self._made(start, Sum.of, parts)

    def _weighed(self, part: _Part, sign: float) -> tuple[float, Expression]:
        if part.one is None:
            self._fail(part.token, 'a number is a weight and multiplies: 0.5 * text("night")')
        return sign * part.weight, part.one

    def _product(self) -> _Part:
        made = self._factor()
        while self._tokens.take("*"):
            other = self._factor()
            if made.one is not None and other.one is not None:
                self._fail(other.token, "* takes a weight; write & for both, + for a mixture")
            one = other.one if made.one is None else made.one
            made = _Part(made.weight * other.weight, one, made.token)
        return made

    def _factor(self) -> _Part:
        start, sign = self._tokens.next, 1.0
        while token := self._tokens.take("+", "-"):
            sign = -sign if token.text == "-" else sign
        if self._tokens.next.text.lower() in _ENDLESS:
            self._fail(self._tokens.next, "a weight is a finite number, as 0.5")
        if token := self._tokens.take_kind("number"):
            return _Part(sign * self._number(token), None, start)
        return _Part(sign, self._chain(), start)

    def _chain(self) -> Expression:
        start = self._tokens.next
        read = self._single()
        while self._tokens.take("."):
            method = self._tokens.next
            if method.text not in ("then", "during"):
                self._fail(method, f"there is no .{method.text}, only .then(…) and .during(…)")
            read = self._step(start, read, self._tokens.advance())
        return read

    def _step(self, start: Token, one: Expression, method: Token) -> Expression:
        opened = self._open(method)
        other = self._either()
        options: dict[str, float] = {}
        while self._tokens.take(",") and self._tokens.next.text != ")":
            name = self._tokens.advance()
            if method.text == "during" or name.text != "within_s" or options:
                self._fail(name, ".then(…, within_s=20) and .during(…) take nothing more")
            if not self._tokens.take("="):
                self._fail(self._tokens.next, "within_s is given as within_s=20")
            options["within_s"] = self._signed("within_s is a number of seconds, as within_s=20")
        self._close(opened)
        return self._made(start, lambda: getattr(one, method.text)(other, **options))

    def _single(self) -> Expression:
        if self._tokens.next.kind in ("sign", "end") and self._tokens.next.text != "(":
            self._fail(self._tokens.next, f"something to search for is missing: {_SHAPES}")
        token = self._tokens.advance()
        if token.kind == "string":
            return self._term(token, lambda: Words(token.value))
        if token.text == "(":
            self._enter(token)
            read = self._either()
            self._close(token)
            return read
        if token.text == "vs" and self._tokens.take("."):
            token = self._tokens.advance()
        if token.text not in TERMS or self._tokens.next.text != "(":
            self._unknown(token)
        return self._call(token)

    def _call(self, token: Token) -> Expression:
        make, names, only_named = TERMS[token.text]
        opened = self._open(token)
        given: dict[str, Any] = {}
        place = 0
        while self._tokens.next.text != ")":
            argument = self._tokens.next
            value = self._value(token)
            if argument.kind == "name" and self._tokens.take("="):
                name, value = argument.text, self._value(token)
            elif argument.kind == "name" and argument.text != "None":
                self._fail(argument, f'what {token.text} takes stands in quotes: {token.text}("…")')
            else:
                name, place = (names[place] if place < len(names) else ""), place + 1
            if name not in (*names, *only_named) or name in given:
                takes = ", ".join((*names, *(f"{one}=…" for one in only_named)))
                self._fail(argument, f"{token.text} takes {takes}, each once")
            given[name] = value
            if not self._tokens.take(","):
                break
        self._close(opened)
        if names[0] not in given:
            self._fail(token, f'{token.text} needs something in its brackets: {token.text}("…")')
        if token.text == "image" and _PIXELS.fullmatch(str(given["picture"])):
            self._fail(
                token,
                "this picture was given as pixels, which cannot be read back from a written query; give its "
                "file, or keep such a query with to_json",
            )
        return self._term(token, lambda: make(**given))

    def _value(self, token: Token) -> str | float | None:
        if string := self._tokens.take_kind("string"):
            return str(string.value)
        if self._tokens.take_kind("name"):
            return None
        return self._signed(f'what {token.text} takes stands in quotes: {token.text}("…")')

    def _signed(self, otherwise: str) -> float:
        sign = -1.0 if self._tokens.take("-") else 1.0
        token = self._tokens.take_kind("number")
        return sign * self._number(token) if token else self._fail(self._tokens.next, otherwise)

    def _number(self, token: Token) -> float:
        try:
            return float(token.text)
        except ValueError:
            self._fail(token, f"{token.text} is no number")

    def _term(self, token: Token, make: Callable[[], Expression]) -> Expression:
        self._terms += 1
        if self._terms > MOST_TERMS:
            self._fail(token, f"at most {MOST_TERMS:,} terms can be asked at once")
        return self._made(token, make)

    def _made(self, token: Token, make: Callable[..., Expression], *given: Any) -> Expression:
        try:
            return make(*given)
        except QueryError as error:
            self._fail(token, str(error))

    def _open(self, token: Token) -> Token:
        opened = self._tokens.next
        if not self._tokens.take("("):
            self._fail(opened, f"a bracket is missing: {token.text}(…)")
        self._enter(opened)
        return opened

    def _enter(self, opened: Token) -> None:
        self._depth += 1
        if self._depth > _DEEPEST:
            self._fail(opened, f"the query is nested more than {_DEEPEST} levels deep")

    def _close(self, opened: Token) -> None:
        if not self._tokens.take(")"):
            if self._tokens.next.kind == "end":
                self._fail(opened, "this bracket is never closed")
            self._unexpected(self._tokens.next)
        self._depth -= 1

    def _unexpected(self, token: Token) -> NoReturn:
        said = {
            "and": "for both, write &",
            "or": "for either, write |",
            "not": "to leave out what matches, write - before it",
            ")": "this bracket was never opened",
            "=": "only within_s=, language=, start_s= and end_s= are given by name, each in its brackets",
        }
        needed = "here an operator is needed: + - & | * .then(…) .during(…)"
        self._fail(token, said.get(token.text.lower(), needed))

    def _unknown(self, token: Token) -> NoReturn:
        if token.kind == "name" and self._tokens.next.text == "(":
            near = difflib.get_close_matches(token.text.lower(), TERMS, n=1)
            meant = f"did you mean {near[0]}(…)?" if near else f"there are {_SHAPES}"
            self._fail(token, f"there is no {token.text}(…); {meant}")
        self._fail(token, f"words stand in quotes; there are {_SHAPES}")

    def _fail(self, token: Token, what: str) -> NoReturn:
        self._tokens.fail(token, what)
