"""What searches of one handle share: query vectors, the dialogue index, the vocabulary."""

from __future__ import annotations

import logging
import threading
from collections import OrderedDict
from collections.abc import Callable, Collection, Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from vidsearch_sdk.encoding.protocol import ImageTextEncoder
from vidsearch_sdk.errors import DamagedError, QueryError, SearchIndexError
from vidsearch_sdk.index.filter_masks import Mask
from vidsearch_sdk.index.served import Served
from vidsearch_sdk.index.vectors import Floats
from vidsearch_sdk.query.algebra.operators import Expression
from vidsearch_sdk.query.algebra.terms import Clip, Says, Shot, Text
from vidsearch_sdk.query.asked import Seen
from vidsearch_sdk.query.dialogue.index import DialogueIndex
from vidsearch_sdk.query.dialogue.spoken import ALL_LINES, Heard, hear
from vidsearch_sdk.query.feedback import LOOKED_AT, Ground
from vidsearch_sdk.query.judged import Verdicts
from vidsearch_sdk.query.lessons import taught
from vidsearch_sdk.query.query_vector import QueryVector, query_vector
from vidsearch_sdk.query.spelling.catalog_words import vocabulary_of
from vidsearch_sdk.query.spelling.correction import correct
from vidsearch_sdk.query.spelling.expansion import Expansion, expand
from vidsearch_sdk.query.spelling.vocabulary import Vocabulary
from vidsearch_sdk.query.spelling.wording import Changes, reworded
from vidsearch_sdk.query.stopwatch import Stopwatch
from vidsearch_sdk.store.tables import DIALOGUE

if TYPE_CHECKING:
    from vidsearch_sdk.catalog import Catalog

log = logging.getLogger("vidsearch_sdk")

_VECTORS_KEPT = 1024


class State:
    """What belongs to one state of an index: made when first needed, kept while it stays the same.

    Args:
        served: That state.
        catalog: The catalog, for its synonyms.
        encoder: The encoder, for the words that it was trained on.
        before: The state before, of which what has not changed is taken over.

    Attributes:
        served: That state.
        notes: What a searcher should know of it.
    """

    def __init__(
        self, served: Served, catalog: Catalog, encoder: ImageTextEncoder, before: State | None
    ) -> None:
        self.served = served
        self.notes: list[str] = []
        self._catalog = catalog
        self._learned = frozenset(getattr(encoder, "words", None) or ())
        if before is None or before.served.published is not served.published:
            return
        self.notes = before.notes
        self._take_over(before, "_published")
        if before.served.fresh_lines is served.fresh_lines:
            self._take_over(before, "dialogue")
            if before.served.segments is served.segments:
                self._take_over(before, "vocabulary")

    def _take_over(self, before: State, name: str) -> None:
        if name in before.__dict__:
            self.__dict__[name] = before.__dict__[name]

    @cached_property
    def dialogue(self) -> tuple[DialogueIndex, ...]:
        """Where lines are searched: those that were published, and those of newer films."""
        fresh = self.served.fresh_lines
        return (self._published, DialogueIndex.over(fresh)) if fresh.num_rows else (self._published,)

    @cached_property
    def ground(self) -> Ground:
        """What its shots look like, from some of them."""
        alive = np.flatnonzero(self.served.spans.film >= 0)
        some = np.unique(np.linspace(0, len(alive) - 1, min(LOOKED_AT, len(alive))).astype(np.int64))
        return Ground.of(self.served.vectors_at(alive[some]))

    @property
    def outdated(self) -> list[frozenset[str]]:
        """For each of these the films whose lines it must not give: those processed anew have others now."""
        gone = self.served.stock.gone
        return [gone if place == 0 else frozenset() for place in range(len(self.dialogue))]

    @cached_property
    def vocabulary(self) -> Vocabulary:
        """The words of the catalog and of the encoder."""
        try:
            return vocabulary_of(self.served, learned=self._learned)
        except (DamagedError, SearchIndexError) as error:
            self._note(f"words are not put right by the dialogue: {error}")
            return vocabulary_of(self.served, learned=self._learned, published=False)

    @property
    def synonyms(self) -> Mapping[str, Sequence[str]]:
        """The team's synonyms, which may change at any moment."""
        return self._catalog.synonyms.recent()

    @cached_property
    def _published(self) -> DialogueIndex:
        try:
            parts = self.served.published.dialogue_parts()
            if parts is None:  # published by a version that made none
                return DialogueIndex.over(self.served.published.lines())
            return DialogueIndex.open(parts)
        except (DamagedError, SearchIndexError) as error:
            # Pictures are found without it; what is missing is said with every answer.
            self._note(f"dialogue is not searched: {error}")
            return DialogueIndex.over(DIALOGUE.empty_table())

    def _note(self, note: str) -> None:
        log.warning("%s", note)
        if note not in self.notes:
            self.notes.append(note)


class Resources:
    """What searches of one handle share; safe to use from many threads.

    Args:
        catalog: The catalog, for its synonyms.
        encoder: The encoder of the searched vectors.
    """

    def __init__(self, catalog: Catalog, encoder: ImageTextEncoder) -> None:
        self._catalog = catalog
        self._encoder = encoder
        self._state: State | None = None
        self._vectors: OrderedDict[object, QueryVector] = OrderedDict()
        self._guard = threading.Lock()

    def state(self, served: Served) -> State:
        """What belongs to a state of the index; kept as long as that state is searched."""
        with self._guard:
            if self._state is None or self._state.served is not served:
                self._state = State(served, self._catalog, self._encoder, self._state)
            return self._state

    def corrected(
        self, expression: Expression, state: State, *, known: Collection[str]
    ) -> tuple[Expression, Changes]:
        """Put typing errors right, by the words of the catalog and of the encoder; those known stay."""

        def change(words: str) -> tuple[str, Changes]:
            found = correct(words, state.vocabulary, known=known)
            return found.words, found.changes

        return reworded(expression, change)

    def expansions(
        self, expression: Expression, state: State, *, without: Collection[str]
    ) -> dict[str, Expansion]:
        """The team's synonyms for the words that an expression looks for in pictures, by words."""
        left = {word.casefold() for word in without}
        table = {term: others for term, others in state.synonyms.items() if term.casefold() not in left}
        found = {}
        for term in expression.terms():
            words = getattr(term, "words", None)
            if words is not None and not isinstance(term, Says):
                expansion = expand(words, table)
                if expansion.used:
                    found[words] = expansion
        return found

    def vectors(
        self,
        served: Served,
        expansions: dict[str, Expansion],
        lessons: Mapping[Seen, Verdicts] | None = None,
    ) -> Callable[[Seen], QueryVector]:
        """A function that gives the vector of what can be seen, from the cache where it was asked before.

        Args:
            served: Where shots are looked up.
            expansions: Synonyms by words.
            lessons: What people said of shots, by what they were asked for; moves the vectors.
        """

        def shot_vector(shot_id: str) -> Floats:
            vector = served.vector_of(shot_id)
            if vector is None:
                raise QueryError(f"shot {shot_id!r} is not in the index; index.table lists those that are")
            return vector

        asked: dict[Seen, QueryVector] = {}

        def vector(term: Seen) -> QueryVector:
            if term not in asked:
                expansion = expansions.get(term.words) if isinstance(term, Text) else None
                variants = () if expansion is None else expansion.variants
                made = self._vector(term, variants, shot_vector)
                verdicts = (lessons or {}).get(term)
                if verdicts:
                    made = taught(made, verdicts, served, self.state(served).ground)
                asked[term] = made
            return asked[term]

        return vector

    def heard(
        self, state: State, watch: Stopwatch, *, most: int = ALL_LINES
    ) -> Callable[[Says, Mask | None], Heard]:
        """A function that gives the shots over which words are spoken; each words are looked for once.

        Its second argument says which shots pass; it must be the same in all calls.
        """
        asked: dict[Says, Heard] = {}

        def heard(says: Says, passes: Mask | None) -> Heard:
            if says not in asked:
                with watch.stage("dialogue"):
                    spans, without = state.served.spans, state.outdated
                    asked[says] = hear(says, state.dialogue, spans, without=without, passes=passes, most=most)
            return asked[says]

        return heard

    def _vector(
        self, term: Seen, variants: Sequence[str], shot_vector: Callable[[str], Floats]
    ) -> QueryVector:
        if isinstance(term, Shot):  # belongs to the state of the index, and is looked up at once
            return query_vector(term, self._encoder, shot_vector=shot_vector)
        key = (term, tuple(variants), _file_state(term))
        with self._guard:
            if key in self._vectors:
                self._vectors.move_to_end(key)
                return self._vectors[key]
        made = query_vector(term, self._encoder, shot_vector=shot_vector, variants=variants)
        with self._guard:
            self._vectors[key] = made
            while len(self._vectors) > _VECTORS_KEPT:
                self._vectors.popitem(last=False)
        return made


def _file_state(term: Seen) -> tuple[int, int] | None:
    """A clip's file may be another one tomorrow."""
    if not isinstance(term, Clip):
        return None
    try:
        facts = term.path.stat()
    except OSError:
        return None
    return facts.st_size, facts.st_mtime_ns
