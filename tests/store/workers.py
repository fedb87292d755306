"""What other processes do to a catalog while a test kills them or lets them meet."""

from __future__ import annotations

import os
from multiprocessing.connection import Connection
from pathlib import Path

import pandas as pd

from tests.store.made import FINGERPRINT, added, published, vectors, video_id
from vidsearch_sdk.catalog import Catalog
from vidsearch_sdk.errors import StorageError
from vidsearch_sdk.store.films import Films
from vidsearch_sdk.store.generations import Generations
from vidsearch_sdk.store.local_disk import LocalDisk


def add_and_publish(folder: Path, films: Path, first: int, told: Connection) -> None:
    """Write a film, add it, publish its shots, vectors and a generation; say what is done; for ever."""
    catalog = Catalog(folder)
    number = first
    while True:
        source = films / f"film {number}.mkv"
        source.write_bytes(f"film {number}".encode() * 100)
        film_id = str(catalog.add(source, batch=first)["video_id"][0])
        told.send(("added", film_id))
        film = published(catalog.films, film_id, keyframes=20)
        told.send(("published", film_id))
        catalog.embeddings.publish(film, FINGERPRINT, vectors(film))
        told.send(("embedded", film_id))
        if number % 3 == 0:
            covers = {f.video_id: f.run for f in catalog.films.list() if f.has_shots}
            catalog.generations.publish(FINGERPRINT, {"index": os.urandom(50_000)}, {"covers": covers})
            told.send(("generation", str(len(covers))))
        number += 1


def publish_all(folder: Path, me: int, told: Connection) -> None:
    """Publish films that others publish too and some of one's own; set a column of one's own on all."""
    films = Films(LocalDisk(folder))
    for number in [*range(6), 100 + 2 * me, 101 + 2 * me]:
        published(films, video_id(number))
    for number in range(6):
        films.update(video_id(number), own={f"by {me}": me})
        # Publishing again must not take the others' columns away.
        published(films, video_id(number))
    Generations(LocalDisk(folder)).publish(FINGERPRINT, {"index": b"x" * 1000}, {"covers": {}})
    told.send("done")


def fill_up(folder: Path, limit: int | None, told: Connection) -> None:
    """Publish films until the disk refuses; say which ones were acknowledged and what was said then."""
    if limit is not None:
        import resource
        import signal

        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
    films = Films(LocalDisk(folder))
    done = []
    try:
        for number in range(1000):
            film_id = video_id(number)
            added(films, film_id)
            published(films, film_id, jpeg=1000 * (number + 1))
            done.append(film_id)
    except StorageError as error:
        told.send((done, str(error)))
        return
    told.send((done, "never full"))


def add_synonyms(folder: Path, me: int, told: Connection) -> None:
    """Give terms synonyms, one after the other, and say each; for ever when ``me`` is below 0."""
    synonyms = Catalog(folder).synonyms
    number = 0
    while me < 0 or number < 25:
        synonyms.add(f"term {number}", f"meaning {me} of {number}")
        told.send(number)
        number += 1


def add_judgments(folder: Path, me: int, told: Connection) -> None:
    """Judge one query after the other, and say each; for ever when ``me`` is below 0."""
    judgments = Catalog(folder).judgments
    number = 0
    while me < 0 or number < 10:
        judgments.add(pd.DataFrame({"query": [f"query {me} {number}"], "grade": [0.0]}), who=f"person {me}")
        told.send(number)
        number += 1
