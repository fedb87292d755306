"""A story of a catalog that faults may interrupt anywhere, and what must hold when it is opened again."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyarrow as pa

from tests.store.faulty import FaultyCalls
from tests.store.made import FINGERPRINT, added, published, tables, vectors, video_id
from vidsearch_sdk.store.catalog_file import check_catalog, make_catalog
from vidsearch_sdk.store.collect import remove_unnamed
from vidsearch_sdk.store.disk import Disk
from vidsearch_sdk.store.embeddings import Embeddings
from vidsearch_sdk.store.film import Film
from vidsearch_sdk.store.films import Films
from vidsearch_sdk.store.generations import Generations
from vidsearch_sdk.store.local_disk import LocalDisk
from vidsearch_sdk.store.verify import verify

FIRST, SECOND, REMOVED = video_id(1), video_id(2), video_id(3)
INDEX = b"an index, or what stands for one" * 8


def tell(disk: Disk, acknowledge: Callable[[str], None]) -> None:
    """Do all that a catalog is for, each step only if it is not done yet; say what was acknowledged."""
    make_catalog(disk)
    acknowledge("catalog")
    films, embeddings, generations = Films(disk), Embeddings(disk), Generations(disk)
    if films.find(FIRST) is None:
        added(films, FIRST)
    acknowledge("added")
    first = films.get(FIRST)
    if not first.has_shots:
        first = published(films, FIRST)
    acknowledge("first")
    films.update(FIRST, own={"show": "Dark"})
    acknowledge("columns")
    if not embeddings.has(first, FINGERPRINT):
        embeddings.publish(first, FINGERPRINT, vectors(first))
    acknowledge("vectors")
    second = published(films, SECOND)
    acknowledge("second")
    if films.find(REMOVED) is None:
        added(films, REMOVED)
    films.remove(REMOVED)
    current = generations.current()
    if current is None or current.covers != {FIRST: first.run, SECOND: second.run}:
        covers = {FIRST: first.run, SECOND: second.run}
        generations.publish(FINGERPRINT, {"index.usearch": INDEX}, {"covers": covers})
    acknowledge("generation")


def check(folder: Path, acknowledged: list[str]) -> None:
    """Open the catalog as a new process would, and demand everything that was acknowledged, whole."""
    disk = LocalDisk(folder, calls=FaultyCalls())  # none fails; a real fsync would only cost time
    exists = check_catalog(disk)
    assert exists or "catalog" not in acknowledged
    films, embeddings, generations = Films(disk), Embeddings(disk), Generations(disk)
    listed = {film.video_id: film for film in films.list()}
    assert all(film.status != "damaged" for film in listed.values()), "a marker is partly there"
    assert FIRST in listed or "added" not in acknowledged, "an added film is lost"
    for film_id, word in ((FIRST, "first"), (SECOND, "second")):
        film = listed.get(film_id)
        assert (film is not None and film.has_shots) or word not in acknowledged, "a finished film is lost"
        if film is not None and film.has_shots:
            whole(films, film)
            if embeddings.has(film, FINGERPRINT):
                stored = embeddings.read(film, FINGERPRINT)
                assert np.array_equal(stored, vectors(film).astype(np.float16)), (
                    "vectors are not what was stored"
                )
            else:
                assert film_id != FIRST or "vectors" not in acknowledged, "vectors are lost"
    if "columns" in acknowledged:
        assert listed[FIRST].own == {"show": "Dark"}, "own columns are lost"
    current = generations.current()
    assert current is not None or "generation" not in acknowledged, "a published generation is lost"
    if current is not None:
        assert current.local("index.usearch").read_bytes() == INDEX
        assert set(current.covers) == {FIRST, SECOND}
    assert verify(disk) == []


def whole(films: Films, film: Film) -> None:
    """Demand that all tables of a film are exactly what was published."""
    expected = tables(film.video_id)
    for part, table in expected.items():
        assert films.table(film, part).equals(table.cast(films.table(film, part).schema)), part
    streamed = pa.Table.from_batches(films.keyframes(film))
    assert streamed.column("jpeg").to_pylist() == expected["keyframes"].column("jpeg").to_pylist()


def resume(folder: Path) -> None:
    """Go on after the fault: the story ends as it would have, and a collection leaves nothing over."""
    disk = LocalDisk(folder, calls=FaultyCalls())  # none fails; a real fsync would only cost time
    done: list[str] = []
    tell(disk, done.append)
    check(folder, done)
    films = Films(disk)
    rows = sum(film.parts["shots"].rows for film in films.list())
    assert rows == sum(tables(film_id)["shots"].num_rows for film_id in (FIRST, SECOND)), (
        "shots are there twice"
    )
    remove_unnamed(disk, before_s=float("inf"))
    check(folder, done)
    named = {f"{film.folder}/{part.file}" for film in films.list() for part in film.parts.values()}
    stored = {file.name for file in disk.walk("films") if file.name.endswith(".parquet")}
    vectors_there = {name for name in stored if "/embeddings/" in name}
    assert stored - vectors_there == named, "garbage is left"
    assert len(vectors_there) == 1
