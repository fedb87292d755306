"""What a generation holds, and that those of older versions go on serving."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.index.worlds import StubEncoder, add_film, film_id, random_rows
from vidsearch_sdk.catalog import Catalog
from vidsearch_sdk.errors import CatalogError, DamagedError, SearchIndexError
from vidsearch_sdk.index import generation_files as files
from vidsearch_sdk.index.building import publish
from vidsearch_sdk.index.generation_files import Published
from vidsearch_sdk.index.served import serve
from vidsearch_sdk.store.tables import DIALOGUE


@pytest.fixture
def encoder():
    return StubEncoder()


@pytest.fixture
def catalog(tmp_path, encoder):
    made = Catalog(tmp_path / "catalog")
    for number in range(3):
        add(made, number, encoder)
    return made


def add(catalog, number, encoder):
    shots, keyframes = 2 + number, 1 + number
    rows = random_rows(shots * keyframes, seed=number)
    return add_film(catalog, number, shots, vectors=rows, encoder=encoder, keyframes=keyframes)


def published(catalog, encoder, **more):
    films = [film for film in catalog.films.list() if film.has_shots]
    return Published.open(publish(catalog, encoder, films=films, progress=False, **more))


def as_an_older_version(catalog, opened):
    """Publish the same as a version did that knew nothing of frames and dialogue files."""
    generation = opened.generation
    new = {files.FRAMES, *(generation.manifest["dialogue_files"] or ())}
    kept = {name: generation.local(name) for name in generation.manifest["files"] if name not in new}
    manifest = {
        name: value
        for name, value in generation.manifest.items()
        if name not in ("files", "dialogue_files", "format", "fingerprint", "generation")
    }
    return Published.open(catalog.generations.publish(generation.fingerprint, kept, manifest))


def frames_by_film(catalog, opened):
    """Each film's frame vectors, as the generation gives them shot by shot."""
    found = {}
    for video_id, (start, stop) in serve(catalog, opened).spans.film_rows.items():
        found[video_id] = np.asarray(opened.frames().between(start, stop))
        rows, counts = opened.frames().frames_of(np.arange(start, stop))
        assert np.array_equal(opened.frames().vectors[rows], found[video_id])
        assert counts.sum() == len(found[video_id])
    return found


def stored(catalog, encoder, numbers):
    read = catalog.embeddings.read
    return {
        film.video_id: read(film, encoder.fingerprint)
        for film in catalog.films.list()
        if film.video_id in {film_id(number) for number in numbers}
    }


def assert_same(found, expected):
    assert found.keys() == expected.keys()
    for video_id, rows in expected.items():
        assert np.array_equal(found[video_id], rows)


def test_every_frame_of_every_film_is_in_it(catalog, encoder):
    opened = published(catalog, encoder)
    assert_same(frames_by_film(catalog, opened), stored(catalog, encoder, range(3)))
    assert np.load(opened.part(files.FRAMES)).dtype == np.float16


def test_the_next_generation_takes_over_what_stays(catalog, encoder):
    published(catalog, encoder)
    catalog.films.remove(film_id(1))
    add(catalog, 3, encoder)
    for number in (0, 2):  # not read again
        catalog.embeddings.discard(catalog.films.get(film_id(number)), encoder.fingerprint)
    opened = published(catalog, encoder)
    found = frames_by_film(catalog, opened)
    assert found.keys() == {film_id(n) for n in (0, 2, 3)}
    for number in (0, 2, 3):
        expected = random_rows((2 + number) * (1 + number), seed=number).astype(np.float16)
        assert np.array_equal(found[film_id(number)], expected)


def test_an_older_generation_serves_and_the_next_build_completes_it(catalog, encoder):
    old = as_an_older_version(catalog, published(catalog, encoder))
    assert old.frames() is None
    assert old.dialogue_parts() is None
    served = serve(catalog, old)
    rows, _ = served.nearest(random_rows(1)[0], 3)
    assert served.frame_similarities(rows, random_rows(2)) is None
    # A newer film alone does have its frames, but a mixed answer would not.
    add(catalog, 3, encoder)
    served = serve(catalog, old)
    every = np.arange(sum(segment.table.num_rows for segment in served.segments))
    assert served.frame_similarities(every, random_rows(2)) is None
    assert served.nearest(random_rows(1)[0], 99)[0].tolist() != []
    new = published(catalog, encoder)
    assert_same(frames_by_film(catalog, new), stored(catalog, encoder, range(4)))


def test_where_an_older_films_frames_are_lost_its_shots_stand_for_them(catalog, encoder, caplog):
    old = as_an_older_version(catalog, published(catalog, encoder))
    vectors = {v: old.vectors()[a:b].copy() for v, (a, b) in serve(catalog, old).spans.film_rows.items()}
    catalog.embeddings.discard(catalog.films.get(film_id(2)), encoder.fingerprint)
    found = frames_by_film(catalog, published(catalog, encoder))
    assert np.array_equal(found[film_id(2)], np.repeat(vectors[film_id(2)], 3, axis=0))
    assert np.array_equal(found[film_id(1)], random_rows(6, seed=1).astype(np.float16))
    assert film_id(2) in caplog.text


def test_nothing_is_published_twice(catalog, encoder):
    def dialogue(lines):
        return {"lines.bin": b"x"}

    first = published(catalog, encoder)
    assert published(catalog, encoder).generation.name == first.generation.name
    with_dialogue = published(catalog, encoder, dialogue_files=dialogue)
    assert with_dialogue.generation.name != first.generation.name
    for again in (published(catalog, encoder), published(catalog, encoder, dialogue_files=dialogue)):
        assert again.generation.name == with_dialogue.generation.name


def test_dialogue_files_are_published_with_it(catalog, encoder, tmp_path):
    seen = []
    (tmp_path / "made").write_bytes(b"from a file")

    def dialogue(lines: pa.Table):
        seen.append(lines)
        return {"lines.meta": b"from memory", "lines.store": tmp_path / "made", "other": b"!"}

    opened = published(catalog, encoder, dialogue_files=dialogue)
    (lines,) = seen
    assert lines.schema == DIALOGUE
    assert sorted(lines["text"].to_pylist()) == sorted(f"line of {film_id(n)}" for n in range(3))
    assert pq.read_table(opened.part(files.DIALOGUE)).equals(lines)
    assert opened.lines().equals(lines)
    assert opened.part("lines.meta").read_bytes() == b"from memory"
    parts = opened.parts("lines.")
    assert {name: path.read_bytes() for name, path in parts.items()} == {
        "lines.meta": b"from memory",
        "lines.store": b"from a file",
    }
    assert sorted(opened.dialogue_parts()) == ["lines.meta", "lines.store", "other"]
    with pytest.raises(CatalogError, match="no file 'nothing'"):
        opened.part("nothing")


def test_a_damaged_dialogue_file_is_found_out(catalog, encoder):
    opened = published(catalog, encoder, dialogue_files=lambda lines: {"lines.bin": b"content"})
    opened.part("lines.bin").write_bytes(b"CONTENT")
    again = Published.open(catalog.generations.current())
    with pytest.raises(DamagedError, match=r"ShotIndex\.build"):
        again.dialogue_parts()
    assert len(again.parts("vectors")) == 1


def test_names_in_use_are_refused_and_nothing_changes(catalog, encoder):
    before = published(catalog, encoder)
    for name in (files.VECTORS, files.GRAPH, "manifest.json"):
        with pytest.raises((SearchIndexError, CatalogError), match=name):
            published(catalog, encoder, dialogue_files=lambda lines, name=name: {name: b""})
    assert catalog.generations.current() == before.generation


def test_damaged_frames_are_done_without(catalog, encoder):
    path = published(catalog, encoder).part(files.FRAMES)
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(content)
    opened = Published.open(catalog.generations.current())
    assert opened.frames() is None
    assert "frames are damaged" in opened.notes[0]
    served = serve(catalog, opened)
    rows, _ = served.nearest(random_rows(1)[0], 2)
    assert len(rows) == 2
    assert served.frame_similarities(rows, random_rows(1)) is None
    add(catalog, 3, encoder)  # the next generation is made from the films
    assert_same(frames_by_film(catalog, published(catalog, encoder)), stored(catalog, encoder, range(4)))
