from __future__ import annotations

import re
import tempfile

import pyarrow as pa
import pytest

from tests.query.dialogue.worlds import dialogue, stored
from vidsearch_sdk.errors import SearchIndexError, StorageError
from vidsearch_sdk.query.dialogue.files import LINES, build_dialogue_files, tags_of
from vidsearch_sdk.store.tables import DIALOGUE


def test_the_files_have_names_that_can_be_published():
    made = build_dialogue_files(dialogue("Hello", "Goodbye"))
    assert len(made) > 2
    for name, content in made.items():
        assert re.fullmatch(r"dialogue-[a-z0-9][a-z0-9.-]{0,80}", name)
        assert isinstance(content, bytes)
    assert not any("lock" in name for name in made)


def test_nothing_is_left_of_the_making(tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    build_dialogue_files(dialogue("Hello"))
    assert list(tmp_path.iterdir()) == []


def test_the_table_keeps_the_lines_as_they_are(tmp_path):
    lines = dialogue("Hello,\nworld", ("Où?", "fr"), ("我们", ""))
    parts = stored(lines, tmp_path)
    table = pa.ipc.open_file(parts[LINES]).read_all()
    for name in ("video_id", "line", "start_s", "end_s", "text", "language"):
        assert table.column(name).to_pylist() == lines.column(name).to_pylist()
    assert {column.num_chunks for column in table.columns} == {1}


def test_lines_in_many_chunks_become_one(tmp_path):
    lines = pa.concat_tables([dialogue("a b"), DIALOGUE.empty_table(), dialogue("c", video_id="f" * 16)])
    table = pa.ipc.open_file(stored(lines, tmp_path)[LINES]).read_all()
    assert table.column("text").to_pylist() == ["a b", "c"]
    assert table.column("video_id").to_pylist() == lines.column("video_id").to_pylist()
    assert len(table.column("marks")[0]) == 4  # two words and their two stems


def test_no_line_gives_files_too():
    assert LINES in build_dialogue_files(DIALOGUE.empty_table())


def test_other_columns_are_refused():
    with pytest.raises(SearchIndexError, match="lacks language, speaker"):
        build_dialogue_files(dialogue("Hello").drop(["language", "speaker"]))


def test_a_disk_that_refuses_is_said(tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "gone"))
    with pytest.raises(StorageError, match="could not be made"):
        build_dialogue_files(dialogue("Hello"))


def test_a_language_stands_for_its_regions():
    assert "en" in tags_of("en-GB")
    assert "en-gb" not in tags_of("en-US")
    assert tags_of("  ") == tags_of("") == ["?"]
