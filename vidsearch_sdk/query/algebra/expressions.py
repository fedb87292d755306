"""How the terms of a query are put together: mixtures, both, either, one after another, one within another.

Every node checks itself and brings itself into one normal form when it is made, so that two expressions that
mean the same are equal and have the same hash. Nothing is read from a catalog and no encoder is asked.
"""

from __future__ import annotations

import math
import numbers
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, ClassVar

from vidsearch_sdk.errors import QueryError
from vidsearch_sdk.query.algebra.literals import number, seconds_of
from vidsearch_sdk.query.algebra.operators import Expression
from vidsearch_sdk.query.algebra.terms import as_expression

MOST_TERMS = 1000
"""Terms of one expression. A part may be used many times over, so that few words can mean millions."""
DEEPEST = 50
"""Levels of one expression; printing and comparing go down level by level."""
LEAST_WEIGHT, MOST_WEIGHT = 1e-6, 1e6
"""Sizes of a weight, either sign; beyond them vectors of 32 bits are of no use."""


@dataclass(frozen=True, repr=False, eq=False)
class Sum(Expression):
    """A weighted mixture; what has a negative weight is pushed away.

    Sums within it are multiplied out, equal parts are added up, those that cancel are left out, and parts
    with a positive weight come first. The order is of no account in a comparison.

    Attributes:
        parts: Weight and expression of each; at least one weight is positive. Sizes of weights lie from
            0.000001 to 1,000,000 and are kept to 12 digits.
    """

    parts: tuple[tuple[float, Expression], ...]

    def __post_init__(self) -> None:
        kept = _merged(self.parts)
        if not kept:
            raise QueryError("nothing is left of this sum: its parts cancel each other")
        positive = [pair for pair in kept if pair[0] > 0]
        if not positive:
            away = " and ".join(_closed(part) for _, part in kept)
            raise QueryError(
                f"only {away} to be pushed away, and nothing to look for: begin with what is wanted, as "
                f'text("a beach") - {_closed(kept[0][1])}'
            )
        for weight, _ in kept:
            _check_size(weight)
        object.__setattr__(self, "parts", (*positive, *(pair for pair in kept if pair[0] < 0)))
        if len(kept) == 1 and kept[0][0] == 1:
            raise QueryError("a sum of one part with the weight 1 is that part itself; Sum.of takes it so")
        _measure(self)

    @classmethod
    def of(cls, parts: Iterable[tuple[float, Any]]) -> Expression:
        """Make a sum; of a single part with the weight 1, that part.

        Raises:
            QueryError: A weight is no number of a size that is allowed, or no part is positive.
        """
        kept = _merged(parts)
        return kept[0][1] if len(kept) == 1 and kept[0][0] == 1 else cls(tuple(kept))

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Sum):
            return NotImplemented
        return frozenset(self.parts) == frozenset(other.parts)

    def __hash__(self) -> int:
        return hash(("sum", frozenset(self.parts)))

    def __str__(self) -> str:
        said = ""
        for weight, part in self.parts:
            sign = " - " if weight < 0 else " + "
            size = "" if abs(weight) == 1 else f"{number(abs(weight))} * "
            said += (sign if said else "") + size + _closed(part)
        return said

    def _below(self) -> tuple[Expression, ...]:
        return tuple(part for _, part in self.parts)


class _Joined(Expression):
    """What ``&`` and ``|`` have in common: parts without order and without repetition."""

    _sign: ClassVar[str]
    parts: tuple[Expression, ...]

    def __post_init__(self) -> None:
        parts = self._flat(self.parts)
        if len(parts) < 2:
            raise QueryError(f"{self._sign} joins two different expressions or more, not {len(parts)}")
        object.__setattr__(self, "parts", parts)
        _measure(self)

    @classmethod
    def of(cls, parts: Iterable[Any]) -> Expression:
        """Join parts; where all are equal, that one.

        Raises:
            QueryError: There are none, or one is nothing to search for.
        """
        flat = cls._flat(parts)
        return flat[0] if len(flat) == 1 else cls(flat)  # type: ignore[call-arg]

    @classmethod
    def _flat(cls, parts: Iterable[Any]) -> tuple[Expression, ...]:
        flat: dict[Expression, None] = {}
        for part in map(as_expression, parts):
            flat.update(dict.fromkeys(part.parts if isinstance(part, cls) else (part,)))
        return tuple(flat)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, _Joined) or other._sign != self._sign:
            return NotImplemented
        return frozenset(self.parts) == frozenset(other.parts)

    def __hash__(self) -> int:
        return hash((self._sign, frozenset(self.parts)))

    def __str__(self) -> str:
        return f" {self._sign} ".join(map(_closed, self.parts))

    def _below(self) -> tuple[Expression, ...]:
        return self.parts


@dataclass(frozen=True, repr=False, eq=False)
class And(_Joined):
    """All of its parts must hold.

    Attributes:
        parts: Two or more, no two equal, none of them an ``And``; compared without their order.
    """

    _sign = "&"
    parts: tuple[Expression, ...]


@dataclass(frozen=True, repr=False, eq=False)
class Or(_Joined):
    """At least one of its parts must hold.

    Attributes:
        parts: Two or more, no two equal, none of them an ``Or``; compared without their order.
    """

    _sign = "|"
    parts: tuple[Expression, ...]


@dataclass(frozen=True, repr=False)
class Then(Expression):
    """Steps that follow each other in one film; a chain within a chain is one chain.

    Attributes:
        steps: Two or more, in order of time; none of them a ``Then``.
        within_s: One less: seconds in which the next step begins at the latest, counted from the end of the
            one before; finite and above 0.
    """

    steps: tuple[Expression, ...]
    within_s: tuple[float, ...]

    def __post_init__(self) -> None:
        given, windows = tuple(map(as_expression, self.steps)), tuple(map(_window, self.within_s))
        if len(given) < 2 or len(windows) != len(given) - 1:
            raise QueryError(
                f"a sequence is two steps or more with a within_s between each two, not {len(given)} steps "
                f"and {len(windows)} times"
            )
        steps: list[Expression] = []
        within_s: list[float] = []
        for place, step in enumerate(given):
            within_s += windows[place - 1 : place] if place else ()
            steps += step.steps if isinstance(step, Then) else (step,)
            within_s += step.within_s if isinstance(step, Then) else ()
        object.__setattr__(self, "steps", tuple(steps))
        object.__setattr__(self, "within_s", tuple(within_s))
        _measure(self)

    def __str__(self) -> str:
        said = _closed(self.steps[0])
        for step, within_s in zip(self.steps[1:], self.within_s, strict=True):
            said += f".then({step}, within_s={number(within_s)})"
        return said

    def _below(self) -> tuple[Expression, ...]:
        return self.steps


@dataclass(frozen=True, repr=False)
class During(Expression):
    """One thing while another goes on.

    Attributes:
        inner: What is found.
        outer: What goes on meanwhile.
    """

    inner: Expression
    outer: Expression

    def __post_init__(self) -> None:
        object.__setattr__(self, "inner", as_expression(self.inner))
        object.__setattr__(self, "outer", as_expression(self.outer))
        _measure(self)

    def __str__(self) -> str:
        return f"{_closed(self.inner)}.during({self.outer})"

    def _below(self) -> tuple[Expression, ...]:
        return self.inner, self.outer


def _closed(one: Expression) -> str:
    # Brackets round every operator: nobody should need to know which of two binds closer to read a query.
    return f"({one})" if isinstance(one, Sum | And | Or) else str(one)


def _merged(parts: Iterable[tuple[float, Any]]) -> list[tuple[float, Expression]]:
    total: dict[Expression, float] = {}
    for given, one in parts:
        weight, part = _weight(given), as_expression(one)
        for inner, below in part.parts if isinstance(part, Sum) else ((1.0, part),):
            total[below] = _tidy(total.get(below, 0.0) + _weight(weight * inner))
    # What is left of parts that cancel is less than any weight can be.
    return [(weight, part) for part, weight in total.items() if abs(weight) >= LEAST_WEIGHT]


def _weight(value: Any) -> float:
    if isinstance(value, Expression | str):
        raise QueryError(
            f'* takes a weight, as 0.5 * text("night"), not {value!r}; write a & b for both, '
            "a + b for a mixture"
        )
    if isinstance(value, bool) or not isinstance(value, numbers.Real):
        raise QueryError(f'a weight is a number, as 0.5 * text("night"), not {value!r}')
    try:
        weight = float(value)
    except OverflowError:
        weight = math.inf
    _check_size(weight)
    return _tidy(weight)


def _check_size(weight: float) -> None:
    # Also false for nan.
    if not LEAST_WEIGHT <= abs(weight) <= MOST_WEIGHT:
        raise QueryError(
            f"a weight of {number(weight)} cannot be used: weights lie from {LEAST_WEIGHT:f} to "
            f"{MOST_WEIGHT:,.0f}, or below 0 to push away"
        )


def _tidy(weight: float) -> float:
    # 0.1 + 0.2 and 0.3 mean the same.
    return float(f"{weight:.12g}")


def _window(value: Any) -> float:
    seconds = seconds_of(value)
    if seconds is None or seconds <= 0:
        raise QueryError(f"within_s={value!r}: a number of seconds above 0 is needed")
    return seconds


def _measure(node: Expression) -> None:
    below = node._below()
    terms, depth = sum(one._terms for one in below), 1 + max(one._depth for one in below)
    if terms > MOST_TERMS:
        raise QueryError(f"the query has {terms:,} terms; at most {MOST_TERMS:,} can be asked at once")
    if depth > DEEPEST:
        raise QueryError(f"the query is nested {depth} levels deep; at most {DEEPEST} are taken")
    object.__setattr__(node, "_terms", terms)
    object.__setattr__(node, "_depth", depth)
