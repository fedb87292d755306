"""Lines of dialogue for tests, and an index of them as it is published."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

import pyarrow as pa

from vidsearch_sdk.query.dialogue.files import build_dialogue_files
from vidsearch_sdk.query.dialogue.index import DialogueIndex
from vidsearch_sdk.store.tables import DIALOGUE

FILM = "00000000000000aa"
OTHER = "00000000000000bb"


def dialogue(*spoken: str | tuple[str, str], video_id: str = FILM, speaker: str = "") -> pa.Table:
    """One line every two seconds; a pair is text and language."""
    pairs = [(one, "en") if isinstance(one, str) else one for one in spoken]
    count = len(pairs)
    rows = {
        "video_id": [video_id] * count,
        "line": list(range(count)),
        "start_s": [2.0 * number for number in range(count)],
        "end_s": [2.0 * number + 1.5 for number in range(count)],
        "text": [text for text, _ in pairs],
        "language": [language for _, language in pairs],
        "speaker": [speaker] * count,
        "track": ["embedded:2"] * count,
    }
    return pa.table(rows, DIALOGUE)


def stored(lines: pa.Table, folder: Path) -> dict[str, Path]:
    """The files of an index, as they lie in a published folder."""
    folder.mkdir(parents=True, exist_ok=True)
    parts = {}
    for name, content in build_dialogue_files(lines).items():
        assert isinstance(content, bytes)
        parts[name] = folder / name
        parts[name].write_bytes(content)
    return parts


def texts(index: DialogueIndex, words: str, **narrowed: object) -> list[str]:
    return list(index.search(words, **narrowed).text)  # type: ignore[arg-type]


def several(films: Iterable[Sequence[str]]) -> pa.Table:
    """A table of several films' lines."""
    tables = [dialogue(*lines, video_id=f"{number:016x}") for number, lines in enumerate(films)]
    return pa.concat_tables(tables)
