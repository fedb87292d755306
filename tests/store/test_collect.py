"""A collection takes what nobody names, and never what somebody is about to name."""

from __future__ import annotations

import os
import threading
import time
from datetime import timedelta
from pathlib import Path

import pytest

from tests.store.made import FINGERPRINT, added, published, tables, vectors, video_id
from vidsearch_sdk.errors import CatalogError, DamagedError
from vidsearch_sdk.store.catalog_file import make_catalog
from vidsearch_sdk.store.collect import Collected, collect, parse_grace, remove_unnamed
from vidsearch_sdk.store.disk import Disk
from vidsearch_sdk.store.embeddings import Embeddings
from vidsearch_sdk.store.films import Films
from vidsearch_sdk.store.generations import Generations
from vidsearch_sdk.store.local_disk import LocalDisk
from vidsearch_sdk.store.verify import verify

NOW = float("inf")


def test_what_nobody_names_is_removed_and_the_rest_stays(disk: Disk) -> None:
    make_catalog(disk)
    films, embeddings, generations = Films(disk), Embeddings(disk), Generations(disk)
    film = published(films, video_id(1))
    embeddings.publish(film, FINGERPRINT, vectors(film))
    film = published(films, video_id(1), shots=4)  # another run: parts and vectors of the first are garbage
    embeddings.publish(film, "f" * 16, vectors(film))
    published(films, video_id(2))
    films.remove(video_id(2))
    for size in range(3):
        generations.publish(FINGERPRINT, {"index": bytes(size)}, {"covers": {}})
    with disk.create("published/0123456789abcdef/000009-abcdef/index") as out:  # never got its manifest
        out.write(b"x")
    with disk.create(f"{film.folder}/.film.json.0123456789ab.tmp") as out:
        out.write(b"x")
    collected = remove_unnamed(disk, before_s=NOW)
    # 4 parts of the first run, its vectors and their marker; the removed film's 4; 2 generations of 2 files;
    # the unfinished generation's file, and the temporary one.
    assert collected.files == 4 + 2 + 4 + 4 + 1 + 1
    assert collected.bytes > 1000
    left = {file.name for file in disk.walk("") if not file.name.endswith(".lock")}
    named = {f"{film.folder}/{part.file}" for part in film.parts.values()}
    assert left >= named | {f"{film.folder}/film.json", "published/CURRENT", "catalog.json"}
    assert len(left) == 1 + 4 + 1 + 2 + 3
    assert verify(disk) == []
    assert embeddings.has(film, "f" * 16)
    assert remove_unnamed(disk, before_s=NOW) == Collected(0, 0)


def test_the_newest_generation_of_every_encoder_and_the_serving_one_stay(disk: Disk) -> None:
    generations = Generations(disk)
    serving = generations.publish("a" * 16, {}, {"covers": {}})
    newest = generations.publish("a" * 16, {}, {"covers": {}})
    other = generations.publish("b" * 16, {}, {"covers": {}})
    generations.make_current(serving)
    remove_unnamed(disk, before_s=NOW)
    assert generations.current() == serving
    assert generations.latest("a" * 16) == newest
    assert generations.latest("b" * 16) == other


def test_nothing_young_is_removed(tmp_path: Path) -> None:
    disk = LocalDisk(tmp_path)
    films = Films(disk)
    published(films, video_id(1))
    films.remove(video_id(1))
    assert collect(disk, grace=timedelta(days=1)) == Collected(0, 0)
    long_ago = time.time() - 8 * 86400
    for path in tmp_path.rglob("*.parquet"):
        os.utime(path, (long_ago, long_ago))
    assert collect(disk, grace=timedelta(days=7)).files == 4
    assert not list(tmp_path.glob("films/*/[0-9a-f]*")), "the empty folder is left"
    assert published(films, video_id(1)).has_shots


def test_files_of_a_film_whose_marker_is_damaged_stay(tmp_path: Path) -> None:
    disk = LocalDisk(tmp_path)
    films = Films(disk)
    film = published(films, video_id(1))
    (tmp_path / film.folder / "film.json").write_bytes(b"{")
    assert remove_unnamed(disk, before_s=NOW) == Collected(0, 0)
    assert len(list((tmp_path / film.folder).glob("*.parquet"))) == 4


def test_all_generations_stay_when_it_is_unknown_which_one_serves(tmp_path: Path) -> None:
    disk = LocalDisk(tmp_path)
    for _ in range(3):
        Generations(disk).publish(FINGERPRINT, {}, {"covers": {}})
    (tmp_path / "published" / "CURRENT").write_bytes(b"?")
    assert remove_unnamed(disk, before_s=NOW) == Collected(0, 0)


def _lost(tmp_path: Path, before_s: float) -> bool:
    """Acknowledge a film while a collection is between looking and removing; say whether it was lost."""
    films = Films(LocalDisk(tmp_path))
    film_id = video_id(1)
    added(films, film_id)
    written, looked = threading.Event(), threading.Event()

    class Publisher(LocalDisk):
        def put(self, name: str, data: bytes) -> None:
            written.set()
            looked.wait(20)
            super().put(name, data)

    class Collector(LocalDisk):
        def check_writable(self) -> None:
            written.wait(20)

        def remove(self, name: str) -> None:
            looked.set()
            publisher.join(20)
            super().remove(name)

    fields = {"measured": {}, "status": "ok", "error": "", "tables": tables(film_id)}
    publisher = threading.Thread(target=Films(Publisher(tmp_path)).publish, args=(film_id,), kwargs=fields)
    publisher.start()
    remove_unnamed(Collector(tmp_path), before_s=before_s)
    looked.set()
    publisher.join(20)
    assert films.get(film_id).status == "ok"
    try:
        films.table(films.get(film_id), "shots")
    except DamagedError:
        return True
    return False


def test_a_film_acknowledged_during_a_collection_is_kept(tmp_path: Path) -> None:
    assert not _lost(tmp_path, time.time() - parse_grace("24h").total_seconds())


def test_this_test_finds_a_collection_without_grace(tmp_path: Path) -> None:
    assert _lost(tmp_path, NOW)


def test_a_publication_whose_parts_were_collected_is_refused(tmp_path: Path) -> None:
    class Slow(LocalDisk):
        def sync(self, folder: str) -> None:
            for path in (tmp_path / folder).glob("*-scores.parquet"):
                path.unlink()
            super().sync(folder)

    added(Films(LocalDisk(tmp_path)), video_id(1))
    with pytest.raises(CatalogError, match="segment it again"):
        published(Films(Slow(tmp_path)), video_id(1))
    assert Films(LocalDisk(tmp_path)).get(video_id(1)).status == "added"


@pytest.mark.parametrize("grace", ["1h", "23h", "0d", timedelta(hours=23), "-1d", "7", "a week", ""])
def test_a_short_or_unreadable_grace_is_refused(grace: str | timedelta) -> None:
    with pytest.raises(CatalogError, match="grace"):
        parse_grace(grace)


@pytest.mark.parametrize(
    ("grace", "hours"), [("24h", 24), ("1.5d", 36), ("2w", 336), (timedelta(days=1), 24)]
)
def test_graces(grace: str | timedelta, hours: float) -> None:
    assert parse_grace(grace) == timedelta(hours=hours)
