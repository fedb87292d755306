"""What every query can do: be added, subtracted, weighed, joined, and put in order of time."""

from __future__ import annotations

import numbers
from abc import ABC, abstractmethod
from collections.abc import Iterator
from typing import Any

from vidsearch_sdk.errors import QueryError

WITHIN_S = 30.0
"""Seconds in which the next step of ``then`` has to begin, when nothing else is said."""


class Expression(ABC):
    """Anything that can be searched for; what the operators work on.

    ======================  ============================================================================
    ``a + b``, ``0.5 * a``  a mixture: shots like both, by weight
    ``a - b``               shots like ``a``, pushed away when they match ``b``
    ``a & b``               both must hold
    ``a | b``               either holds
    ``a.then(b)``           ``b`` comes after ``a`` in the same film
    ``a.during(b)``         ``a`` while ``b``
    ======================  ============================================================================

    As in all of Python, ``*`` binds closer than ``+`` and ``-``, then come ``&`` and ``|``. Wherever an
    expression is on one side, the other may be a string, a ``pathlib.Path``, a PIL image, an array or a hit.
    Expressions are immutable, can be compared and hashed, and print as they are written.

    Examples:
        >>> from vidsearch_sdk.query.algebra.terms import says, text
        >>> text("car chase") - 0.5 * text("night") & says("run")
        (text("car chase") - 0.5 * text("night")) & says("run")
        >>> text("a") & "b" == "b" & text("a")
        True
    """

    # Counted once when a node is made; a term is one.
    _terms: int = 1
    _depth: int = 1

    # numpy would otherwise take an expression for a cell and multiply it by itself.
    __array_ufunc__ = None

    @abstractmethod
    def __str__(self) -> str: ...

    def __repr__(self) -> str:
        return str(self)

    def __add__(self, other: Any) -> Expression:
        return _sum([(1.0, self), (1.0, _operand(other))])

    def __radd__(self, other: Any) -> Expression:
        # What sum([a, b, c]) begins with.
        if type(other) is int and other == 0:
            return self
        return _sum([(1.0, _operand(other)), (1.0, self)])

    def __sub__(self, other: Any) -> Expression:
        return _sum([(1.0, self), (-1.0, _operand(other))])

    def __rsub__(self, other: Any) -> Expression:
        return _sum([(1.0, _operand(other)), (-1.0, self)])

    def __mul__(self, weight: Any) -> Expression:
        return _sum([(weight, self)])

    def __rmul__(self, weight: Any) -> Expression:
        return _sum([(weight, self)])

    def __and__(self, other: Any) -> Expression:
        return _both([self, _operand(other)])

    def __rand__(self, other: Any) -> Expression:
        return _both([_operand(other), self])

    def __or__(self, other: Any) -> Expression:
        return _either([self, _operand(other)])

    def __ror__(self, other: Any) -> Expression:
        return _either([_operand(other), self])

    def __neg__(self) -> Expression:
        return _sum([(-1.0, self)])

    def __invert__(self) -> Expression:
        raise QueryError(f"there is no ~; to leave out what matches, subtract it: … - ({self})")

    def __bool__(self) -> bool:
        # "a and b" would silently be b, "a or b" silently a.
        raise QueryError(
            "an expression is neither true nor false: write a & b for both, a | b for either, "
            "a - b for not b (and, or, not and if do not work on expressions)"
        )

    def then(self, other: Any, *, within_s: float = WITHIN_S) -> Expression:
        """Ask for this, and then ``other`` in the same film; a longer chain is ``a.then(b).then(c)``.

        Args:
            other: What comes next: an expression, or anything that a search takes.
            within_s: Seconds in which it begins at the latest, counted from the end of this.

        Raises:
            QueryError: ``other`` is nothing to search for, or ``within_s`` no positive number.

        Examples:
            >>> from vidsearch_sdk.query.algebra.terms import text
            >>> text("a man opens a door").then("an empty room", within_s=20)
            text("a man opens a door").then("an empty room", within_s=20)
        """
        from vidsearch_sdk.query.algebra.expressions import Then

        return Then((self, _operand(other)), (within_s,))

    def during(self, other: Any) -> Expression:
        """Ask for this where ``other`` goes on at the same time.

        Args:
            other: What goes on meanwhile: an expression, or anything that a search takes.

        Raises:
            QueryError: ``other`` is nothing to search for.

        Examples:
            >>> from vidsearch_sdk.query.algebra.terms import says, text
            >>> text("a close-up of a key").during(says("where is my key"))
            text("a close-up of a key").during(says("where is my key"))
        """
        from vidsearch_sdk.query.algebra.expressions import During

        return During(self, _operand(other))

    def terms(self) -> Iterator[Expression]:
        """Give every term (words, picture, shot, clip, dialogue) that the expression is made of, in order."""
        waiting: list[Expression] = [self]
        while waiting:
            one = waiting.pop()
            below = one._below()
            if not below:
                yield one
            waiting.extend(reversed(below))

    def _below(self) -> tuple[Expression, ...]:
        return ()


# The nodes and terms are expressions themselves, so their files import this one.


def _operand(other: Any) -> Expression:
    from vidsearch_sdk.query.algebra.terms import as_expression

    if isinstance(other, numbers.Number):
        raise QueryError(
            f'{other!r} is nothing to search for; a weight is multiplied: {other!r} * text("night")'
        )
    return as_expression(other)


def _sum(parts: list[tuple[Any, Expression]]) -> Expression:
    from vidsearch_sdk.query.algebra.expressions import Sum

    return Sum.of(parts)


def _both(parts: list[Expression]) -> Expression:
    from vidsearch_sdk.query.algebra.expressions import And

    return And.of(parts)


def _either(parts: list[Expression]) -> Expression:
    from vidsearch_sdk.query.algebra.expressions import Or

    return Or.of(parts)
