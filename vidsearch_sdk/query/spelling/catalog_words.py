"""The words of a catalog, counted when an index is made, so that no search has to read all its dialogue."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from pathlib import Path

import pyarrow as pa

from vidsearch_sdk.index.served import Served
from vidsearch_sdk.index.shot_rows import own_columns
from vidsearch_sdk.query.dialogue.files import build_dialogue_files
from vidsearch_sdk.query.spelling.vocabulary import Vocabulary, count_words

WORDS = "words.arrow"
"""The file of a generation that holds the words of its dialogue."""

_SCHEMA = pa.schema([("word", pa.string()), ("count", pa.int64())])
_BATCH = 50_000


def search_files(lines: pa.Table) -> Mapping[str, bytes | Path]:
    """Make the files of a generation that its dialogue is searched and spelled with.

    Args:
        lines: Columns of :data:`~vidsearch_sdk.store.tables.DIALOGUE`.

    Raises:
        SearchIndexError: The columns are others.
        StorageError: There is no room for temporary files.
    """
    return {**build_dialogue_files(lines), WORDS: _words_file(_counted(lines))}


def vocabulary_of(served: Served, *, learned: Collection[str] = (), published: bool = True) -> Vocabulary:
    """Collect the words of what is searched: names of films, own columns of text, and dialogue.

    Args:
        served: What is searched.
        learned: Words that the encoder was trained on.
        published: Whether the dialogue that was published counts, beside that of newer films.

    Raises:
        DamagedError: A file of the generation is not what was written.
    """
    counts = _counted(served.fresh_lines)
    if published:
        counts.update(_published(served))
    counts.update(count_words(_facts(served)))
    return Vocabulary(counts, learned=learned)


def _published(served: Served) -> Counter[str]:
    parts = served.published.dialogue_parts() or {}
    if WORDS not in parts:  # published by a version that counted none
        return _counted(served.published.lines())
    table = pa.ipc.open_file(pa.memory_map(str(parts[WORDS]))).read_all()
    return Counter(dict(zip(table["word"].to_pylist(), table["count"].to_pylist(), strict=True)))


def _counted(lines: pa.Table) -> Counter[str]:
    texts = lines["text"]
    return count_words(
        text for start in range(0, len(texts), _BATCH) for text in texts.slice(start, _BATCH).to_pylist()
    )


def _facts(served: Served) -> Iterable[str]:
    """Every text that a film's name or a column of the user's own holds, once for each film or so."""
    for segment in served.segments:
        for name in ("name", *own_columns(segment.table)):
            if name not in segment.table.column_names:
                continue
            for chunk in segment.table[name].chunks:
                values = chunk.dictionary if pa.types.is_dictionary(chunk.type) else chunk
                if pa.types.is_string(values.type):
                    yield from (value for value in values.to_pylist() if value)


def _words_file(counts: Counter[str]) -> bytes:
    table = pa.table({"word": list(counts), "count": list(counts.values())}, schema=_SCHEMA)
    sink = pa.BufferOutputStream()
    with pa.ipc.new_file(sink, _SCHEMA) as writer:
        writer.write_table(table)
    return bytes(sink.getvalue())
