"""The words of an expression put right, and put in other words, before it is searched for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from vidsearch_sdk.errors import QueryError
from vidsearch_sdk.query.algebra.expressions import And, During, Or, Sum, Then
from vidsearch_sdk.query.algebra.operators import Expression
from vidsearch_sdk.query.algebra.terms import Says, Text, Words

Changes = tuple[tuple[str, str], ...]


def reworded(
    expression: Expression, change: Callable[[str], tuple[str, Changes]]
) -> tuple[Expression, Changes]:
    """Put the words of every part of an expression right.

    Args:
        expression: What was asked.
        change: Gives words put right, and what was changed: (as typed, as searched).

    Returns:
        The expression with the words put right, and all changes, each once. The very same expression where
        nothing changed.
    """
    changes: dict[tuple[str, str], None] = {}

    def walk(part: Expression) -> Expression:
        if isinstance(part, Words | Text | Says):
            words, changed = change(part.words)
            changes.update(dict.fromkeys(changed))
            return replace(part, words=words) if changed else part
        if isinstance(part, Sum):
            return Sum.of([(weight, walk(inner)) for weight, inner in part.parts])
        if isinstance(part, And | Or):
            return type(part).of([walk(inner) for inner in part.parts])
        if isinstance(part, Then):
            return Then(tuple(walk(step) for step in part.steps), part.within_s)
        if isinstance(part, During):
            return During(walk(part.inner), walk(part.outer))
        return part

    try:
        rewritten = walk(expression)
    except QueryError:  # put right, its parts cancel each other: it was meant as it was typed
        return expression, ()
    return (rewritten, tuple(changes)) if changes else (expression, ())
