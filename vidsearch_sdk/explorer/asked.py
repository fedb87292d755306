"""What an explorer asks, as one value, and how a front end's request or a line of Python changes it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any

from vidsearch_sdk.errors import QueryError
from vidsearch_sdk.explorer.controls import check_options, check_range
from vidsearch_sdk.index.filter_forms import from_form
from vidsearch_sdk.index.filters import parse_filter
from vidsearch_sdk.query.algebra.operators import Expression
from vidsearch_sdk.query.algebra.terms import Words, as_expression
from vidsearch_sdk.query.algebra.typed import typed
from vidsearch_sdk.results.follow import Said
from vidsearch_sdk.results.hit import Hit

OPTIONS = ("k", "min_score", "per_film", "fold", "rerank", "spelling", "synonyms")
"""Options of a search that an explorer keeps from one query to the next."""

_OF_THE_FRONT_END = ("k", "min_score", "per_film", "fold")


@dataclass(frozen=True, eq=False)
class Asked:
    """All that a search is told.

    Attributes:
        query: The query as it stands in the box; ``""`` for none: all shots are shown then.
        given: The query where it was given as an expression, a picture or a hit.
        said: How people read the query where it names shots; ``None`` where they read it as it stands.
        where: The filter, column to condition.
        as_typed: Words whose spelling is left alone.
        alone: Words that are searched for without their synonyms.
        options: Options of the search by name, ``OPTIONS``.
        learn: Whether thumbs and picks of this visit are searched with.
    """

    query: str = ""
    given: Expression | None = None
    said: Said | None = None
    where: Mapping[str, Any] = field(default_factory=dict)
    as_typed: frozenset[str] = frozenset()
    alone: frozenset[str] = frozenset()
    options: Mapping[str, Any] = field(default_factory=dict)
    learn: bool = True

    def __post_init__(self) -> None:
        parse_filter(self.where)
        object.__setattr__(self, "where", MappingProxyType(dict(self.where)))
        object.__setattr__(self, "options", MappingProxyType(dict(self.options)))

    @property
    def expression(self) -> Expression:
        """What is searched for.

        Raises:
            QueryError: The text begins like an expression and cannot be read as one.
        """
        return typed(self.query) if self.given is None else self.given

    @property
    def search_options(self) -> dict[str, Any]:
        """The options that ``ShotIndex.search`` is given."""
        options = {**self.options, "where": dict(self.where) or None}
        for name, words in (("spelling", self.as_typed), ("synonyms", self.alone)):
            if words and options.get(name, True) is True:
                options[name] = set(words)
        return options

    def with_query(self, query: Any, *, said: Said | None = None) -> Asked:
        """Ask for something else; words that were to be left alone stay so where they occur again.

        Args:
            query: What is asked.
            said: How people read it; a hit and what stands there already are named without.

        Raises:
            QueryError: It is nothing to search for.
        """
        if query is None:
            return replace(self, query="", given=None, said=None, as_typed=frozenset(), alone=frozenset())
        if isinstance(query, str):
            text, given = query.strip(), None
            if text == self.query:
                given = self.given
        else:
            given = as_expression(query)
            text = given.words if isinstance(given, Words) else str(given)
        if said is None:
            said = Said.like(query) if isinstance(query, Hit) else self.said if text == self.query else None
        as_typed, alone = _within(text, self.as_typed), _within(text, self.alone)
        return replace(self, query=text, given=given, said=said, as_typed=as_typed, alone=alone)

    def with_where(self, where: Mapping[str, Any] | None) -> Asked:
        """Ask with another filter; ``None`` for none.

        Raises:
            QueryError: It is not a filter.
        """
        parse_filter(where)
        return replace(self, where=dict(where or {}))

    def with_options(self, options: Mapping[str, Any]) -> Asked:
        """Ask with other options; those that are not named stay as they are.

        Raises:
            QueryError: One of them is not an option of a search.
        """
        for name in options:
            if name not in OPTIONS:
                raise QueryError(f"a search has no option {name!r}: there are {', '.join(OPTIONS)}")
        return replace(self, options={**self.options, **options})

    def changed(self, request: Mapping[str, Any]) -> Asked:
        """Ask as a front end's request says; what it does not name stays as it is.

        Args:
            request: ``query``: the text of the box. ``clear``: true takes all filters away. ``where``: by
                column a condition (``index.filter_forms``), or null for none. ``as_typed``, ``alone``: by
                word whether it is to be left alone. ``options``: ``k``, ``min_score``, ``per_film`` or
                ``fold``. ``learn``: whether thumbs and picks are searched with.

        Raises:
            QueryError: It asks for what there is not.
        """
        asked = self
        if "query" in request:
            asked = asked.with_query(_of(request["query"], str))
        where = {} if request.get("clear") else dict(asked.where)
        for column, form in _of(request.get("where", {}), dict).items():
            where.pop(column, None)
            if form is not None:
                where[column] = _condition(column, _of(form, dict))
        options = _of(request.get("options", {}), dict)
        if set(options) - set(_OF_THE_FRONT_END):
            raise QueryError(f"these options cannot be changed here: {', '.join(map(repr, options))}")
        check_options(options)
        return replace(
            asked.with_options(options),
            where=where,
            as_typed=_within(asked.query, _left_alone(asked.as_typed, request.get("as_typed", {}))),
            alone=_within(asked.query, _left_alone(asked.alone, request.get("alone", {}))),
            learn=_of(request.get("learn", asked.learn), bool),
        )


def _condition(column: str, form: Mapping[str, Any]) -> Any:
    values = form.get("values")
    if form.get("kind") == "between" and isinstance(values, list) and len(values) == 2:
        check_range(column, *values)
    return from_form({**form, "column": column})


def _within(text: str, words: frozenset[str]) -> frozenset[str]:
    return frozenset(word for word in words if _plainly(word) in _plainly(text))


def _plainly(text: str) -> str:
    # As synonyms are found: however they are spaced and hyphenated.
    return " ".join(text.casefold().replace("-", " ").split())


def _left_alone(before: frozenset[str], changes: Any) -> frozenset[str]:
    said = _of(changes, dict)
    return (before | {word for word, yes in said.items() if yes}) - {w for w, yes in said.items() if not yes}


def _of(value: Any, kind: type) -> Any:
    if not isinstance(value, kind):
        raise QueryError(f"the request holds {value!r} where {kind.__name__} is needed")
    return value
