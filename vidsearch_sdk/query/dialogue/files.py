"""The files of a dialogue index: a tantivy index of the lines' terms, and a table of the lines beside it."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import tantivy
import xxhash

from vidsearch_sdk.errors import SearchIndexError, StorageError
from vidsearch_sdk.index.language_tags import language_of
from vidsearch_sdk.query.dialogue.analysis import Analyzer
from vidsearch_sdk.query.dialogue.language_guess import LanguageGuesser
from vidsearch_sdk.store.tables import DIALOGUE

PREFIX = "dialogue-"
"""How the names of all files of a dialogue index begin."""
LINES = f"{PREFIX}lines.arrow"
META = "meta.json"
VERSION = 1
"""Of the way from text to terms; an index of another version is built anew."""

TERMS, ROOTS, LANGUAGE, ROW = "terms", "roots", "language", "row"

_SPLITTER = "spaces"
_SMALLEST_HEAP, _LARGEST_HEAP = 16_000_000, 256_000_000  # bytes; tantivy refuses less than 15 MB
_BYTES_A_LINE = 1_000
_BATCH = 50_000
_SAMPLE = 300  # lines by which a track's language is guessed
_READ = ["video_id", "track", "text", "language", "speaker"]
BUILD = "build the index again with ShotIndex.build(catalog, encoder)"


def build_dialogue_files(lines: pa.Table) -> Mapping[str, bytes | Path]:
    """Make the files of a dialogue index, to be published with a generation.

    The index lies in a temporary folder while it is made. A million lines of 8 words take about 40 s of one
    core and give 200 MB, of which a search maps what it needs.

    Args:
        lines: Columns of :data:`~vidsearch_sdk.store.tables.DIALOGUE`; may be empty.

    Returns:
        Content by name; every name begins with :data:`PREFIX`.

    Raises:
        SearchIndexError: The columns are others.
        StorageError: There is no room for the temporary files.
    """
    try:
        with tempfile.TemporaryDirectory(prefix="vidsearch-dialogue-") as folder:
            table = fill(new_index(Path(folder)), lines)
            files = {
                f"{PREFIX}{path.name}": path.read_bytes()
                for path in sorted(Path(folder).iterdir())
                if not path.name.startswith(".")  # locks, and a list that only a writer needs
            }
    except (OSError, ValueError) as error:  # tantivy raises ValueError for a full disk too
        raise StorageError(f"the dialogue index could not be made: {error}") from error
    return {**files, LINES: _arrow_file(table)}


def new_index(folder: Path | None) -> tantivy.Index:
    """Make an empty tantivy index in a folder, or in memory."""
    index = tantivy.Index(schema(), None if folder is None else str(folder))
    prepare(index)
    return index


def schema() -> tantivy.Schema:
    """Return the fields of a line's document."""
    builder = tantivy.SchemaBuilder()
    builder.add_text_field(TERMS, tokenizer_name=_SPLITTER, index_option="position")
    builder.add_text_field(ROOTS, tokenizer_name=_SPLITTER, index_option="freq")
    builder.add_text_field(LANGUAGE, tokenizer_name=_SPLITTER, index_option="basic")
    builder.add_unsigned_field(ROW, fast=True)
    return builder.build()


def prepare(index: tantivy.Index) -> None:
    """Tell an index how its fields are cut; must come before anything else."""
    # The analysis is this package's own; what tantivy gets are terms with a space between.
    splitter = tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.whitespace()).build()
    index.register_tokenizer(_SPLITTER, splitter)
    # The default reader keeps a thread that looks at the folder twice a second.
    index.config_reader("manual")


def fill(index: tantivy.Index, lines: pa.Table) -> pa.Table:
    """Add lines to an empty index and return their table as a search reads it.

    Args:
        index: Of :func:`new_index`.
        lines: Columns of :data:`~vidsearch_sdk.store.tables.DIALOGUE`.

    Returns:
        A row per line, one chunk a column: video_id and language (dictionaries), line, start_s, end_s, text,
        and marks, the :func:`mark_of` of each distinct term.

    Raises:
        SearchIndexError: The columns are others.
    """
    missing = [name for name in DIALOGUE.names if name not in lines.column_names]
    if missing:
        raise SearchIndexError(f"the dialogue lacks {', '.join(missing)}; {BUILD}")
    analyzer = Analyzer()
    guessed = _guessed(lines)
    languages: set[str] = set()
    digests: dict[str, int] = {}
    counts, marks = [np.zeros(0, np.int64)], [np.zeros(0, np.uint32)]
    heap = min(_LARGEST_HEAP, max(_SMALLEST_HEAP, lines.num_rows * _BYTES_A_LINE))
    writer = index.writer(heap, 1)
    row = 0
    for batch in lines.select(_READ).to_batches(max_chunksize=_BATCH):
        films, tracks, texts, tags, speakers = (column.to_pylist() for column in batch.columns)
        many: list[int] = []
        held: list[int] = []
        for film, track, text, tag, speaker in zip(films, tracks, texts, tags, speakers, strict=True):
            language = language_of(tag) or guessed.get((film, track), "")
            languages.add(language)
            terms, roots = analyzer.of_line(text, language=language, speaker=speaker)
            # The table says which terms a line holds, the index how often and where.
            distinct = {*terms, *roots}
            many.append(len(distinct))
            for term in distinct:
                mark = digests.get(term)
                if mark is None:
                    mark = digests[term] = mark_of(term)
                held.append(mark)
            document = tantivy.Document()
            document.add_text(TERMS, " ".join(terms))
            document.add_text(ROOTS, " ".join(roots))
            document.add_text(LANGUAGE, " ".join(tags_of(tag)))
            document.add_unsigned(ROW, row)
            writer.add_document(document)
            row += 1
        counts.append(np.array(many, np.int64))
        marks.append(np.array(held, np.uint32))
    writer.commit()
    writer.wait_merging_threads()
    table = _table(lines, np.concatenate(counts), np.concatenate(marks))
    return table.replace_schema_metadata({"version": str(VERSION), "languages": " ".join(sorted(languages))})


def languages_in(table: pa.Table) -> tuple[str, ...]:
    """Return the languages by whose rules the lines of a table were taken apart, guessed ones too, sorted."""
    named = (table.schema.metadata or {}).get(b"languages", b"").decode().split()
    # Words whose language is unknown or has no stemmer stand for themselves.
    return ("", *named)


def _guessed(lines: pa.Table) -> dict[tuple[str, str], str]:
    """The languages of the tracks that do not say theirs."""
    untagged = lines.filter(pc.equal(pc.utf8_trim_whitespace(lines.column("language")), ""))
    samples: dict[tuple[str, str], list[str]] = {}
    for batch in untagged.select(_READ[:3]).to_batches(max_chunksize=_BATCH):
        for film, track, text in zip(*(column.to_pylist() for column in batch.columns), strict=True):
            sample = samples.setdefault((film, track), [])
            if len(sample) < _SAMPLE:
                sample.append(text)
    guesser = LanguageGuesser() if samples else None
    return {track: guesser.guess(sample) for track, sample in samples.items() if guesser}


def mark_of(term: str) -> int:
    """Return the 32 bits that stand for a term in the table of lines."""
    return xxhash.xxh32_intdigest(term.encode())


def tags_of(tag: str) -> list[str]:
    """Return the terms of a line's language: the language, and the whole tag where it says more.

    Examples:
        >>> tags_of("pt-BR"), tags_of("eng"), tags_of("")
        (['pt', 'pt-br'], ['en', 'eng'], ['?'])
    """
    whole = "-".join(tag.lower().replace("_", "-").split())
    return list(dict.fromkeys([language_of(tag), whole])) if whole else ["?"]


def _table(lines: pa.Table, counts: np.ndarray, marks: np.ndarray) -> pa.Table:
    offsets = np.concatenate([np.zeros(1, np.int64), np.cumsum(counts)])
    lists = pa.LargeListArray.from_arrays(pa.array(offsets), pa.array(marks))
    columns = {
        "video_id": _whole(lines, "video_id", pa.dictionary(pa.int32(), pa.string())),
        "line": _whole(lines, "line", pa.int64()),
        "start_s": _whole(lines, "start_s", pa.float64()),
        "end_s": _whole(lines, "end_s", pa.float64()),
        "text": _whole(lines, "text", pa.large_string()),
        "language": _whole(lines, "language", pa.dictionary(pa.int32(), pa.string())),
        "marks": lists,
    }
    return pa.table(columns)


def _whole(lines: pa.Table, name: str, wanted: pa.DataType) -> pa.Array:
    column = lines.column(name)
    if pa.types.is_dictionary(wanted):
        column = column.cast(pa.string()).dictionary_encode().unify_dictionaries()
    whole = column.combine_chunks()
    if isinstance(whole, pa.ChunkedArray):
        whole = whole.chunk(0) if whole.num_chunks else pa.array([], wanted)
    return whole.cast(wanted)


def _arrow_file(table: pa.Table) -> bytes:
    sink = pa.BufferOutputStream()
    with pa.ipc.new_file(sink, table.schema) as writer:
        if table.num_rows:
            writer.write_table(table)
    return bytes(sink.getvalue())


def link_index(parts: Mapping[str, Path], folder: Path) -> None:
    """Let a folder show the published files of a tantivy index under tantivy's own names.

    tantivy makes lock files where it reads; a published folder must stay as it is.

    Args:
        parts: Local paths by name; others than those of the index are left alone.
        folder: An empty folder.
    """
    for name, path in parts.items():
        if not name.startswith(PREFIX) or name == LINES:
            continue
        own = folder / name.removeprefix(PREFIX)
        if own.name == META:  # the only file that tantivy could write
            shutil.copyfile(path, own)
            continue
        try:
            own.hardlink_to(path)
        except OSError:  # another disk
            try:
                own.symlink_to(path.resolve())
            except OSError:
                shutil.copyfile(path, own)
