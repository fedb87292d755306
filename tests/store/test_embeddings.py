from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest

from tests.store.made import FINGERPRINT, added, published, tables, vectors, video_id
from vidsearch_sdk.errors import CatalogError, DamagedError
from vidsearch_sdk.store.disk import Disk
from vidsearch_sdk.store.embeddings import Embeddings
from vidsearch_sdk.store.films import Films
from vidsearch_sdk.store.local_disk import LocalDisk

ONE = video_id(1)


def test_vectors_are_stored_and_read(disk: Disk) -> None:
    films, embeddings = Films(disk), Embeddings(disk)
    film = published(films, ONE, keyframes=40)
    made = vectors(film, dim=33)
    assert not embeddings.has(film, FINGERPRINT)
    embeddings.publish(film, FINGERPRINT, made)
    assert embeddings.has(film, FINGERPRINT)
    stored = embeddings.read(film, FINGERPRINT)
    assert (stored.dtype, stored.shape, stored.flags.writeable) == (np.float16, made.shape, True)
    assert np.array_equal(stored, made.astype(np.float16))
    assert embeddings.counts(films.list()) == {FINGERPRINT: 1}
    with pytest.raises(CatalogError, match=r"no vectors of encoder ffff.*ShotIndex\.build"):
        embeddings.read(film, "f" * 16)


def test_vectors_say_which_keyframe_they_are_of(disk: Disk) -> None:
    film = published(Films(disk), ONE)
    Embeddings(disk).publish(film, FINGERPRINT, vectors(film))
    (name,) = [file.name for file in disk.walk(f"{film.folder}/embeddings") if file.name.endswith(".parquet")]
    table = pq.read_table(disk.local(name))
    expected = tables(ONE)["keyframes"]
    for column in ("video_id", "shot_number", "frame"):
        assert table.column(column).to_pylist() == expected.column(column).to_pylist()


def test_pictures_are_not_read_for_it(tmp_path: Path) -> None:
    read: list[tuple[str, int]] = []

    class Watched(LocalDisk):
        def read(self, name: str, *, start: int = 0, end: int | None = None) -> bytes:
            data = super().read(name, start=start, end=end)
            read.append((name, len(data)))
            return data

    disk = Watched(tmp_path)
    film = published(Films(disk), ONE, keyframes=100, jpeg=50_000)
    read.clear()
    Embeddings(disk).publish(film, FINGERPRINT, vectors(film))
    of_keyframes = sum(count for name, count in read if name.endswith("-keyframes.parquet"))
    footer = film.parts["keyframes"].bytes - film.parts["keyframes"].footer
    assert film.parts["keyframes"].bytes > 100 * 50_000
    assert 0 < of_keyframes - footer < 30_000


def test_damaged_keyframes_give_no_wrong_rows(tmp_path: Path) -> None:
    """Any single changed byte beside the pictures is found out, or makes no difference."""
    disk = LocalDisk(tmp_path)
    film = published(Films(disk), ONE, keyframes=20)
    embeddings = Embeddings(disk)
    made, path = vectors(film), tmp_path / film.folder / film.parts["keyframes"].file
    content = path.read_bytes()
    group = pq.read_metadata(path).row_group(0)
    expected = tables(ONE, keyframes=20)["keyframes"].select(["video_id", "shot_number", "frame"])
    told = 0
    for place in range(4, group.column(3).dictionary_page_offset):
        path.write_bytes(content[:place] + bytes([content[place] ^ 0x15]) + content[place + 1 :])
        try:
            rows = embeddings._rows(film)
        except DamagedError:
            told += 1
            continue
        assert rows.to_pydict() == expected.to_pydict()
    assert told > 0
    path.write_bytes(content)
    embeddings.publish(film, FINGERPRINT, made)


def test_vectors_of_another_run_are_not_valid(disk: Disk) -> None:
    films, embeddings = Films(disk), Embeddings(disk)
    old = published(films, ONE)
    embeddings.publish(old, FINGERPRINT, vectors(old))
    new = published(films, ONE, shots=5)
    assert not embeddings.has(new, FINGERPRINT)
    assert embeddings.counts([new]) == {FINGERPRINT: 0}
    with pytest.raises(CatalogError, match="no vectors"):
        embeddings.read(new, FINGERPRINT)
    embeddings.publish(new, FINGERPRINT, vectors(new))
    assert len(embeddings.read(new, FINGERPRINT)) == new.parts["keyframes"].rows


def test_vectors_are_replaced_whole(disk: Disk) -> None:
    film = published(Films(disk), ONE)
    embeddings = Embeddings(disk)
    embeddings.publish(film, FINGERPRINT, vectors(film))
    embeddings.publish(film, FINGERPRINT, -vectors(film))
    assert np.array_equal(embeddings.read(film, FINGERPRINT), -vectors(film).astype(np.float16))
    embeddings.discard(film, FINGERPRINT)
    assert not embeddings.has(film, FINGERPRINT)


def test_vectors_that_do_not_fit_are_refused(disk: Disk) -> None:
    films, embeddings = Films(disk), Embeddings(disk)
    film = published(films, ONE)
    made = vectors(film)
    bad = made.copy()
    bad[1, 0] = np.nan
    for wrong, words in (
        (made[:-1], "do not fit"),
        (made[:, :0], "do not fit"),
        (made.ravel(), "do not fit"),
        (made * 2, "unit length"),
        (bad, "unit length"),
    ):
        with pytest.raises(CatalogError, match=words):
            embeddings.publish(film, FINGERPRINT, wrong)
    with pytest.raises(CatalogError, match="fingerprint"):
        embeddings.publish(film, "../evil", made)
    with pytest.raises(CatalogError, match="do not fit"):
        embeddings.publish(added(films, video_id(2)), FINGERPRINT, made)
    assert not embeddings.has(film, FINGERPRINT)


def test_a_missing_file_is_told(disk: Disk) -> None:
    film = published(Films(disk), ONE)
    embeddings = Embeddings(disk)
    embeddings.publish(film, FINGERPRINT, vectors(film))
    for file in disk.walk(f"{film.folder}/embeddings"):
        if file.name.endswith(".parquet"):
            disk.remove(file.name)
    assert not embeddings.has(film, FINGERPRINT)
    with pytest.raises(DamagedError, match="is missing"):
        embeddings.read(film, FINGERPRINT)
