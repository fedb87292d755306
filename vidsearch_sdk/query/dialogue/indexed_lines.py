"""Indexed lines of dialogue: which forms of a word they hold, the best of them by BM25, and their coverage.

BM25 is that of S. Robertson and H. Zaragoza, "The Probabilistic Relevance Framework: BM25 and Beyond" (2009),
with tantivy's k1 = 1.2 and b = 0.75. A word and its forms (stems by language, prefixes) share one idf, so
that a form is not thought important for being rare.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from tantivy import Index, Occur, Query

from vidsearch_sdk.index.language_tags import language_of
from vidsearch_sdk.query.dialogue import files
from vidsearch_sdk.query.dialogue.lines import Floats, Ints
from vidsearch_sdk.query.dialogue.typed_query import Phrase, Wanted

# A line that holds the very word counts for more than one that holds another form of it.
_OF_TERM, _OF_ROOT = 0.4, 0.6
# Of a word that so many lines hold, the other forms are few, and reading both lists would take twice as long.
_COMMON = 20_000
_MOST_ENDINGS = 64  # of a prefix, ranked by BM25; the others only count as the word
_MOST_PREFIXED = 5_000
_OVER_FETCH = 4

Marks = npt.NDArray[np.uint32]
Clauses = list[tuple[Occur, Query]]


@dataclass(frozen=True)
class Forms:
    """A word of a query as some lines have it.

    Attributes:
        fields: Field, term, weight in the ranking and number of lines, of each form that occurs.
        others: More endings of a prefix, too many to be ranked one by one.
        lines: About how many lines hold any of the forms.
        marks: uint32, of all the forms.
    """

    fields: tuple[tuple[str, str, float, int], ...]
    others: tuple[str, ...]
    lines: int
    marks: Marks


@dataclass(frozen=True)
class Accepted:
    """What a line must be, beside what it says.

    Attributes:
        tags: Terms of :func:`~vidsearch_sdk.query.dialogue.files.tags_of`, of which one will do; None: all.
        without: Films (video_id) whose lines are left out.
    """

    tags: frozenset[str] | None = None
    without: frozenset[str] = frozenset()


def idf(lines: int, total: int) -> float:
    """Return the weight of a word that ``lines`` of ``total`` hold: ln(1 + (N - n + 0.5) / (n + 0.5)).

    Examples:
        >>> round(idf(0, 1000), 2), round(idf(10, 1000), 2), round(idf(1000, 1000), 4)
        (7.6, 4.56, 0.0005)
    """
    return math.log1p((total - lines + 0.5) / (lines + 0.5))


class IndexedLines:
    """An index of lines and their table, as :func:`~vidsearch_sdk.query.dialogue.files.fill` made them.

    Args:
        index: Holds each line's terms.
        table: A row per line.

    Attributes:
        table: Likewise.
        films: Every film (video_id) that has a line.
        languages: What the lines are tagged with, sorted: two letters where there are.
        rules: Languages by whose rules stems were made, guessed ones too.
    """

    def __init__(self, index: Index, table: pa.Table) -> None:
        self.table = table
        self.films: tuple[str, ...] = ()
        self._schema = index.schema
        self._searcher = index.searcher()
        self._tags: tuple[str, ...] = ()
        if table.num_rows:
            films, tags, marks = (table.column(name).chunk(0) for name in ("video_id", "language", "marks"))
            self.films = tuple(films.dictionary.to_pylist())
            self._tags = tuple(tags.dictionary.to_pylist())
            self._of_film = films.indices.to_numpy()
            self._of_tag = tags.indices.to_numpy()
            self._film_lines = np.bincount(self._of_film, minlength=len(self.films))
            self._tag_lines = np.bincount(self._of_tag, minlength=len(self._tags))
            self._offsets = marks.offsets.to_numpy()
            self._marks: Marks = marks.values.to_numpy()
        self.languages = tuple(sorted({language_of(tag) for tag in self._tags}))
        self.rules = files.languages_in(table)

    def __len__(self) -> int:
        return int(self.table.num_rows)

    def forms(self, word: Wanted) -> Forms:
        """Look up which forms of a word occur."""
        count = self._searcher.doc_freq
        rooted = [(root, count(files.ROOTS, root)) for root in word.roots]
        rooted = [(root, lines) for root, lines in rooted if lines]
        total = sum(lines for root, lines in rooted if root[0] != "@")
        others: tuple[str, ...] = ()
        held = [root for root, _ in rooted]
        found = count(files.TERMS, word.term) if word.term else 0
        common = bool(total >= found > _COMMON) and not word.prefix
        of_root = _OF_ROOT if word.term and not common else 1.0
        fields = [(files.ROOTS, root, of_root, lines) for root, lines in rooted]
        if word.prefix:
            endings = self._searcher.terms_with_prefix(files.TERMS, word.term)
            endings = sorted(endings, key=lambda ending: (-ending[1], ending[0]))[:_MOST_PREFIXED]
            fields += [(files.TERMS, term, 1.0, lines) for term, lines in endings[:_MOST_ENDINGS]]
            others = tuple(term for term, _ in endings[_MOST_ENDINGS:])
            held += [term for term, _ in endings]
            total = max(total, sum(lines for _, lines in endings))
        elif found:
            held.append(word.term)
            total = max(total, found)
            if not common:
                has_stems = any(root[0] != "@" for root in word.roots)
                fields.append((files.TERMS, word.term, _OF_TERM if has_stems else 1.0, found))
        marks = np.fromiter(map(files.mark_of, held), np.uint32, len(held))
        return Forms(tuple(fields), others, min(total, len(self)), marks)

    def ranked(self, forms: Sequence[Forms], idfs: Sequence[float]) -> Clauses:
        """Return a clause for every form of every word, weighted so that those of a word share its idf."""
        clauses: Clauses = []
        for form, weight in zip(forms, idfs, strict=True):
            for field, term, share, lines in form.fields:
                clauses.append((Occur.Should, self._weighted(field, term, share * weight, lines)))
            if form.others:
                query = Query.term_set_query(self._schema, files.TERMS, form.others)
                clauses.append((Occur.Should, Query.const_score_query(query, weight)))
        return clauses

    def phrase(self, phrase: Phrase, idfs: Mapping[str, float]) -> Clauses:
        """Return what requires a phrase; its whole words count as they do in :meth:`ranked`.

        Args:
            phrase: The terms in a row.
            idfs: The weight of each.
        """
        words = phrase.terms[:-1] if phrase.prefix else phrase.terms
        if len(phrase.terms) > 1:
            kind = Query.phrase_prefix_query if phrase.prefix else Query.phrase_query
            row = kind(self._schema, files.TERMS, list(phrase.terms))
        else:  # tantivy panics at a phrase of one term
            terms = list(phrase.terms)
            if phrase.prefix:
                terms = [term for term, _ in self._searcher.terms_with_prefix(files.TERMS, terms[0])]
            row = Query.term_set_query(self._schema, files.TERMS, terms)
        clauses = [(Occur.Must, Query.const_score_query(row, 0.0))]
        # Lines with all words are met by leaps, where a union of them would be read through.
        for term in dict.fromkeys(words):
            lines = self._searcher.doc_freq(files.TERMS, term)
            clauses.append((Occur.Must, self._weighted(files.TERMS, term, idfs.get(term, 1.0), lines)))
        return clauses

    def best(
        self, clauses: Clauses, k: int, *, accepted: Accepted, required: Clauses | None = None
    ) -> tuple[Ints, Floats]:
        """Rows and BM25 of the best lines that are accepted, at most ``k``, best first.

        Args:
            clauses: Of :meth:`ranked`; where nothing is required a line needs one of them.
            k: Most lines.
            accepted: What a line must be beside.
            required: Of :meth:`phrase`; a line needs all of them.
        """
        if not len(self):  # tantivy panics where none is asked for
            return np.zeros(0, np.int64), np.zeros(0, np.float32)
        picky = bool(accepted.without.intersection(self.films)) or accepted.tags is not None
        share = self._share(accepted) if picky else 1.0
        few = share < 1 / _OVER_FETCH
        fetch = min(len(self), k if share == 1 else math.ceil(1.25 * k / (1 if few else share)))
        # Terms by themselves: tantivy then skips lines that cannot be among the best. To look at lines and
        # pass over some is quicker than to ask each for its language, unless most are passed over.
        query = Query.boolean_query([*(required or []), *clauses])
        tagged = not few
        while True:
            if not tagged and accepted.tags is not None:
                tags = Query.term_set_query(self._schema, files.LANGUAGE, sorted(accepted.tags))
                of_language = Query.const_score_query(tags, 0.0)
                query = Query.boolean_query([(Occur.Must, of_language), (Occur.Must, query)])
                tagged = True
            rows, scores = self._fetched(query, fetch)
            if not picky:
                return rows, scores
            passing = np.flatnonzero(self._passing(rows, accepted))[:k]
            if len(passing) == k or len(rows) < fetch or fetch == len(self):
                return rows[passing], scores[passing]
            fetch = min(len(self), _OVER_FETCH * fetch)

    def coverage(self, rows: Ints, forms: Sequence[Forms], idfs: Sequence[float]) -> Floats:
        """Return the share of the words' idf that each of some lines holds: float32 (n,), 0 to 1."""
        if not len(rows):
            return np.zeros(0, np.float32)
        starts = self._offsets[rows]
        counts = self._offsets[rows + 1] - starts
        firsts = np.cumsum(counts) - counts
        places = np.arange(int(counts.sum())) + np.repeat(starts - firsts, counts)
        marks, line = self._marks[places], np.repeat(np.arange(len(rows)), counts)
        held = np.zeros(len(rows))
        for form, weight in zip(forms, idfs, strict=True):
            of_word = np.zeros(len(rows), bool)
            of_word[line[np.isin(marks, form.marks)]] = True
            held += weight * of_word
        return np.minimum(held / max(sum(idfs), 1e-9), 1.0).astype(np.float32)

    def _weighted(self, field: str, term: str, weight: float, lines: int) -> Query:
        """A term whose BM25 has ``weight`` in the place of its own idf."""
        query = Query.term_query(self._schema, field, term, index_option="freq")
        return Query.boost_query(query, weight / idf(lines, len(self)))

    def _fetched(self, query: Query, limit: int) -> tuple[Ints, Floats]:
        hits = self._searcher.search(query, limit, count=False).hits
        rows = self._searcher.fast_field_values(files.ROW, [address for _, address in hits])
        return np.array(rows, np.int64), np.array([score for score, _ in hits], np.float32)

    def _passing(self, rows: Ints, accepted: Accepted) -> npt.NDArray[np.bool_]:
        films, tags = self._fitting(accepted)
        passing: npt.NDArray[np.bool_] = films[self._of_film[rows]] & tags[self._of_tag[rows]]
        return passing

    def _share(self, accepted: Accepted) -> float:
        """About how many of the lines are accepted, 0 to 1."""
        films, tags = self._fitting(accepted)
        return float(self._film_lines[films].sum() * self._tag_lines[tags].sum()) / len(self) ** 2

    def _fitting(self, accepted: Accepted) -> tuple[npt.NDArray[np.bool_], npt.NDArray[np.bool_]]:
        films = [film not in accepted.without for film in self.films]
        wanted = accepted.tags
        tags = [wanted is None or not wanted.isdisjoint(files.tags_of(tag)) for tag in self._tags]
        return np.array(films, bool), np.array(tags, bool)
