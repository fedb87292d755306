"""Full-text search over lines of dialogue."""

from __future__ import annotations

import tempfile
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from itertools import compress
from pathlib import Path

import numpy as np
import pyarrow as pa
from tantivy import Index

from vidsearch_sdk.errors import DamagedError, QueryError, SearchIndexError
from vidsearch_sdk.index.language_tags import language_of
from vidsearch_sdk.query.dialogue import files
from vidsearch_sdk.query.dialogue.indexed_lines import Accepted, Forms, IndexedLines, idf
from vidsearch_sdk.query.dialogue.lines import LineHits, line_hits
from vidsearch_sdk.query.dialogue.typed_query import DialogueQuery, taken_apart


class DialogueIndex:
    """Lines of dialogue that can be searched; safe to use from many threads.

    :meth:`open` and :meth:`over` make one.

    Attributes:
        languages: Languages of the lines, sorted: two letters where there are; empty text for unknown.
    """

    def __init__(self, lines: IndexedLines) -> None:
        self._lines = lines
        self.languages = lines.languages

    @classmethod
    def open(cls, parts: Mapping[str, Path]) -> DialogueIndex:
        """Open the files of :func:`~vidsearch_sdk.query.dialogue.files.build_dialogue_files`, mapped.

        Nothing is written beside them, and nothing is left elsewhere, even by a process that is killed later.

        Args:
            parts: Local paths by name; others are left alone.

        Raises:
            SearchIndexError: There is no dialogue index among them, or one of another version.
            DamagedError: The files are not what was written.
        """
        if files.LINES not in parts:
            raise SearchIndexError(f"there is no dialogue index; {files.BUILD}")
        try:
            table = pa.ipc.open_file(pa.memory_map(str(parts[files.LINES]))).read_all()
        except (OSError, pa.ArrowInvalid) as error:
            raise DamagedError(f"{parts[files.LINES]} cannot be read: {error}; {files.BUILD}") from error
        if (table.schema.metadata or {}).get(b"version") != str(files.VERSION).encode():
            raise SearchIndexError(f"the dialogue index was made by another version; {files.BUILD}")
        # What is open outlives the folder; where a system does not allow that, the folder stays.
        with tempfile.TemporaryDirectory(prefix="vidsearch-dialogue-", ignore_cleanup_errors=True) as folder:
            try:
                files.link_index(parts, Path(folder))
                index = Index.open(folder)
                files.prepare(index)
                index.reload()
                lines = index.searcher().num_docs
            except (OSError, ValueError) as error:
                raise DamagedError(f"the dialogue index cannot be opened: {error}; {files.BUILD}") from error
        if lines != table.num_rows:
            raise DamagedError(f"the dialogue index has {lines} lines, not {table.num_rows}; {files.BUILD}")
        return cls(IndexedLines(index, table))

    @classmethod
    def over(cls, lines: pa.Table) -> DialogueIndex:
        """Index lines in memory, for the few that are newer than what was published.

        Args:
            lines: Columns of :data:`~vidsearch_sdk.store.tables.DIALOGUE`; may be empty.

        Raises:
            SearchIndexError: The columns are others.
        """
        index = files.new_index(None)
        table = files.fill(index, lines)
        index.reload()
        return cls(IndexedLines(index, table))

    def __len__(self) -> int:
        return len(self._lines)

    def __repr__(self) -> str:
        return f"DialogueIndex({len(self):,} lines of {len(self._lines.films):,} films)"

    def search(
        self,
        words: str,
        *,
        k: int = 1000,
        language: str | Sequence[str] | None = None,
        without: Collection[str] = (),
    ) -> LineHits:
        """Find the lines that fit some words best.

        ``"quoted words"`` must be there as a phrase, ``word*`` is the beginning of a word, and of the other
        words any one will do. Everything else means itself.

        Args:
            words: Any text; one without a word finds nothing.
            k: Most lines, at least 1.
            language: Only lines of this language or of one of several (``"en"``, ``"pt-BR"``; ``""`` for
                lines of unknown language).
            without: Films (video_id) whose lines are left out.

        Raises:
            QueryError: ``words`` is no text, ``k`` no number above 0, or ``language`` no language.
        """
        return search_together([self], words, k=k, language=language, without=[without])[0]


def search_together(
    indexes: Sequence[DialogueIndex],
    words: str,
    *,
    k: int = 1000,
    language: str | Sequence[str] | None = None,
    without: Sequence[Collection[str]] = (),
) -> list[LineHits]:
    """Search several indexes as if they were one: words weigh the same in each, so that answers compare.

    Args:
        indexes: Where the lines are.
        words: As of :meth:`DialogueIndex.search`.
        k: Most lines of each index.
        language: As of :meth:`DialogueIndex.search`.
        without: For each index the films whose lines are left out; none for all where empty.

    Returns:
        What each index found.

    Raises:
        QueryError: As of :meth:`DialogueIndex.search`.
    """
    if not isinstance(words, str):
        raise QueryError(f"dialogue is searched by words, not by {type(words).__name__}")
    if isinstance(k, bool) or not isinstance(k, (int, np.integer)) or k < 1:
        raise QueryError(f"k={k!r}; it must be a whole number of at least 1")
    tags = _tags(language)
    rules = {rule for index in indexes for rule in index._lines.rules}
    if tags is not None and "?" not in tags:  # of lines without a language, any may be the one
        rules &= {"", *(language_of(tag) for tag in tags)}
    asked = taken_apart(words, languages=sorted(rules))
    forms = [[index._lines.forms(word) for word in asked.words] for index in indexes]
    total = sum(map(len, indexes))
    idfs = [idf(sum(form.lines for form in of_word), total) for of_word in zip(*forms, strict=True)]
    counted = [any(form.lines for form in of_word) for of_word in zip(*forms, strict=True)]
    known = sum(compress(idfs, counted)) / sum(idfs) if idfs else 1.0
    left_out = [frozenset(films) for films in without] or [frozenset()] * len(indexes)
    return [
        replace(_answer(index._lines, asked, some, idfs, int(k), Accepted(tags, films)), known=known)
        for index, some, films in zip(indexes, forms, left_out, strict=True)
    ]


def _answer(
    lines: IndexedLines,
    asked: DialogueQuery,
    forms: list[Forms],
    idfs: list[float],
    k: int,
    accepted: Accepted,
) -> LineHits:
    weights = {word.term: weight for word, weight in zip(asked.words, idfs, strict=True)}
    required = [clause for phrase in asked.phrases for clause in lines.phrase(phrase, weights)]
    # The whole words of phrases count with them.
    free = [not asked.phrases or bool(word.roots) or word.prefix for word in asked.words]
    ranked = lines.ranked(list(compress(forms, free)), list(compress(idfs, free)))
    rows, bm25 = np.zeros(0, np.int64), np.zeros(0, np.float32)
    if asked.whole is not None:
        in_a_row = lines.phrase(asked.whole, weights)
        rows, bm25 = lines.best([], k, accepted=accepted, required=in_a_row)
    whole = len(rows)
    if (ranked or required) and whole < k:
        more, more_bm25 = lines.best(ranked, k, accepted=accepted, required=required)
        new = ~np.isin(more, rows)
        rows, bm25 = np.concatenate([rows, more[new]]), np.concatenate([bm25, more_bm25[new]])
    in_phrase = np.full(len(rows), bool(required))
    in_phrase[:whole] = True
    order = np.lexsort((rows, -bm25, ~in_phrase))[:k]
    rows = rows[order]
    coverage = lines.coverage(rows, forms, idfs)
    return line_hits(
        lines.table, lines.films, rows, bm25=bm25[order], coverage=coverage, phrase=in_phrase[order]
    )


def _tags(language: str | Sequence[str] | None) -> frozenset[str] | None:
    """The terms by which lines of some languages are found; None for any language."""
    if language is None:
        return None
    several = [language] if isinstance(language, str) else list(language)
    if not several or not all(isinstance(one, str) for one in several):
        raise QueryError(f'language={language!r}; it must be one ("en", "pt-BR") or a list of them')
    # A tag with a region is meant with it; its last term is the whole.
    return frozenset(files.tags_of(one)[-1 if "-" in one or "_" in one else 0] for one in several)
