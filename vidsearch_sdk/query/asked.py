"""What an expression asks for: what is to be seen and heard, in how many steps, and what it asks without."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

from vidsearch_sdk.errors import QueryError
from vidsearch_sdk.query.algebra.expressions import And, During, Or, Sum, Then
from vidsearch_sdk.query.algebra.operators import Expression
from vidsearch_sdk.query.algebra.terms import Clip, Concept, Image, Says, Shot, Text, Words
from vidsearch_sdk.query.dialogue.reported_speech import spoken_part

Seen = Text | Image | Shot | Clip | Concept
"""What can be seen."""
SEEN = (Text, Image, Shot, Clip, Concept)

_MOST_WAYS = 64


def is_sequence(expression: Expression) -> bool:
    """Whether an expression finds stretches of film, not shots one by one.

    Examples:
        >>> is_sequence(Text("a") & Text("b")), is_sequence(Text("a") & Text("b").then("c"))
        (False, True)
    """
    if isinstance(expression, Then | During):
        return True
    if isinstance(expression, Sum):
        return any(is_sequence(part) for _, part in expression.parts)
    return isinstance(expression, And | Or) and any(is_sequence(part) for part in expression.parts)


def leaves(expression: Expression, *, unwanted: bool = False) -> tuple[list[Seen], list[tuple[Says, bool]]]:
    """What is to be seen and what is to be heard (and whether that was asked in a plain sentence).

    Args:
        expression: Where to look.
        unwanted: Also give what is taken away.

    Examples:
        >>> leaves(Words("a dog") - Text("night"))
        ([text("a dog")], [(says("a dog"), True)])
    """
    seen: dict[Seen, None] = {}
    said: dict[tuple[Says, bool], None] = {}

    def walk(part: Expression) -> None:
        if isinstance(part, SEEN):
            seen[part] = None
        elif isinstance(part, Words):
            seen[Text(part.words)] = None
            said[spoken_part(part.words), True] = None
        elif isinstance(part, Says):
            said[part, False] = None
        elif isinstance(part, Sum):
            for weight, inner in part.parts:
                if weight > 0 or unwanted:
                    walk(inner)
        else:
            for inner in part._below():
                walk(inner)

    walk(expression)
    return list(seen), list(said)


def wanted_alone(expression: Expression) -> Expression:
    """An expression without anything that it takes away; the very same one where it takes away nothing.

    Also where the rest would be no expression: its weights may multiply to more than is allowed.

    Examples:
        >>> wanted_alone(Text("a") & (2 * Text("b") - Text("c")))
        text("a") & (2 * text("b"))
    """
    try:
        return _wanted(expression)
    except QueryError:
        return expression


def ways(expression: Expression, steps: int) -> list[tuple[Expression, ...]]:
    """How an expression may be found as so many shots: for each way what each of them shows.

    Args:
        expression: What was asked.
        steps: Shots of what was found.

    Returns:
        At most 64 ways; none where it cannot be told.

    Examples:
        >>> ways(Text("a").then("b") | Text("c").then("d"), 2)
        [(text("a"), "b"), (text("c"), "d")]
    """
    several = itertools.islice(_ways(expression), _MOST_WAYS)
    return [way for way in several if len(way) == steps]


def base_of(parts: tuple[tuple[float, Expression], ...]) -> tuple[float, Expression] | None:
    """Of weighted parts the sequence that is found; what else is asked narrows it down."""
    return next((part for part in parts if part[0] > 0 and is_sequence(part[1])), None)


def _ways(expression: Expression) -> Iterator[tuple[Expression, ...]]:
    if not is_sequence(expression):
        yield (expression,)
    elif isinstance(expression, Then):
        for way in itertools.product(*(list(ways_of(step)) for step in expression.steps)):
            yield tuple(itertools.chain.from_iterable(way))
    elif isinstance(expression, During):
        yield from _ways(expression.inner)
    elif isinstance(expression, Or):
        for part in expression.parts:
            yield from _ways(part)
    elif isinstance(expression, And | Sum):
        parts = expression.parts if isinstance(expression, Sum) else [(1.0, p) for p in expression.parts]
        base = base_of(tuple(parts))
        yield from _ways(base[1]) if base else [(wanted_alone(expression),)]


def ways_of(expression: Expression) -> Iterator[tuple[Expression, ...]]:
    """The first ways to find an expression, of any number of shots."""
    return itertools.islice(_ways(expression), _MOST_WAYS)


def _wanted(expression: Expression) -> Expression:
    if isinstance(expression, Sum):
        kept = [(weight, _wanted(part)) for weight, part in expression.parts if weight > 0]
        whole = len(kept) == len(expression.parts)
        same = whole and all(one is part for (_, one), (_, part) in zip(kept, expression.parts, strict=True))
        return expression if same else Sum.of(kept)
    below = expression._below()
    if not below:
        return expression
    parts = tuple(_wanted(part) for part in below)
    if all(one is part for one, part in zip(parts, below, strict=True)):
        return expression
    if isinstance(expression, And | Or):
        return type(expression).of(parts)
    return Then(parts, expression.within_s) if isinstance(expression, Then) else During(*parts)
