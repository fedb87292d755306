"""The vectors of stored keyframes, one file for each film and encoder."""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterable
from typing import Any

import numpy as np
import pyarrow as pa

from vidsearch_sdk.errors import CatalogError, CatalogTooNew, DamagedError
from vidsearch_sdk.store.disk import Disk
from vidsearch_sdk.store.film import FORMAT, SEGMENT_AGAIN, Film
from vidsearch_sdk.store.json_file import decode_json, encode_json
from vidsearch_sdk.store.parquet import BlockReader, Part, read_parquet, write_parquet
from vidsearch_sdk.store.tables import embeddings_schema

EMBED_AGAIN = (
    "Run catalog.verify(), which sets it aside, then ShotIndex.build(catalog, encoder) to make it again."
)

_FINGERPRINT = re.compile(r"[0-9a-f]{16}")


class Embeddings:
    """Keyframe vectors at rest: float16, unit length, in the order of the film's keyframes.

    They belong to one run of their film: once the film was processed anew, they are no longer valid.

    Args:
        disk: Where the catalog lies.
    """

    def __init__(self, disk: Disk) -> None:
        self._disk = disk

    def __repr__(self) -> str:
        return f"Embeddings({self._disk!r})"

    def has(self, film: Film, fingerprint: str) -> bool:
        """Whether vectors of this encoder from the film's present run are stored at their full size."""
        try:
            marker = self._marker(film, fingerprint)
        except DamagedError:
            return False
        if marker is None or marker["run"] != film.run:
            return False
        part = Part.from_json(marker["part"])
        return self._disk.size(f"{folder_of_vectors(film)}/{part.file}") == part.bytes

    def publish(self, film: Film, fingerprint: str, vectors: np.ndarray) -> None:
        """Store the vectors of all keyframes; when this returns they survive a kill and a loss of power.

        Args:
            film: The film whose keyframes were embedded, as it was read before embedding.
            fingerprint: The encoder, 16 hex digits.
            vectors: (n, dim) numbers, n the film's keyframes in order; stored as float16.

        Raises:
            CatalogError: Wrong shape or number of rows, or a vector that is not of unit length.
            StorageError: The disk refused; nothing has changed.
        """
        check_fingerprint(fingerprint)
        expected = film.parts["keyframes"].rows if film.has_shots else 0
        if vectors.ndim != 2 or vectors.shape[0] != expected or (expected and not vectors.shape[1]):
            raise CatalogError(
                f"Film {film.video_id} has {expected} keyframes; {vectors.shape} vectors do not fit."
            )
        lengths = np.linalg.norm(vectors.astype(np.float32), axis=1)
        if not np.all(np.abs(lengths - 1) < 0.02):  # also false for NaN
            raise CatalogError(f"The vectors of film {film.video_id} are not of unit length.")
        folder = folder_of_vectors(film)
        dim = int(vectors.shape[1])
        table = self._rows(film).append_column(
            "vector",
            pa.FixedSizeListArray.from_arrays(
                pa.array(np.ascontiguousarray(vectors, np.float16).ravel()), dim
            ),
        )
        # A name of its own for every attempt: two workers may embed the same film at once.
        file = f"{fingerprint}-{secrets.token_hex(6)}.parquet"
        part = write_parquet(self._disk, folder, file, embeddings_schema(dim), [table])
        self._disk.sync(folder)
        marker = {
            "format": FORMAT,
            "video_id": film.video_id,
            "fingerprint": fingerprint,
            "run": film.run,
            "dim": dim,
            "part": part.to_json(),
        }
        self._disk.put(_name(film, fingerprint), encode_json(marker))

    def read(self, film: Film, fingerprint: str) -> np.ndarray:
        """Return the vectors, float16 (n, dim), rows in the order of the film's keyframes; writable.

        Raises:
            CatalogError: None are stored for the film's present run.
            DamagedError: A file is missing or is not what was written.
        """
        marker = self._marker(film, fingerprint)
        if marker is None or marker["run"] != film.run:
            raise CatalogError(
                f"Film {film.video_id} ({film.name}) has no vectors of encoder {fingerprint}. "
                "ShotIndex.build(catalog, encoder) makes them."
            )
        part = Part.from_json(marker["part"])
        column = read_parquet(self._disk, folder_of_vectors(film), part, EMBED_AGAIN).column("vector")
        flat = pa.concat_arrays([chunk.flatten() for chunk in column.chunks]) if column.num_chunks else None
        if flat is None:
            return np.zeros((0, marker["dim"]), np.float16)
        return np.array(flat.to_numpy(zero_copy_only=False), np.float16).reshape(part.rows, marker["dim"])

    def discard(self, film: Film, fingerprint: str) -> None:
        """Take the vectors away, so that they are made again; the film itself stays as it is."""
        self._disk.remove(_name(film, fingerprint))
        self._disk.sync(folder_of_vectors(film))

    def fingerprints(self, film: Film) -> list[str]:
        """Return the encoders of which markers are stored for a film, whether valid or not, sorted."""
        names = self._disk.names(folder_of_vectors(film))
        return [
            stem for name in names if name.endswith(".json") and _FINGERPRINT.fullmatch(stem := name[:-5])
        ]

    def counts(self, films: Iterable[Film]) -> dict[str, int]:
        """Return how many of the films have valid vectors, by encoder."""
        found: dict[str, int] = {}
        for film in films:
            if film.has_shots:
                for fingerprint in self.fingerprints(film):
                    found[fingerprint] = found.get(fingerprint, 0) + self.has(film, fingerprint)
        return found

    def check(self, film: Film, fingerprint: str) -> None:
        """Read and compare everything stored for an encoder.

        Raises:
            DamagedError: A file is missing or is not what was written.
        """
        marker = self._marker(film, fingerprint)
        if marker is not None and marker["run"] == film.run:
            self.read(film, fingerprint)

    def _rows(self, film: Film) -> pa.Table:
        """Return which keyframe each row is of, so that the file can be read without the film's others."""
        reader = BlockReader(self._disk, film.folder, film.parts["keyframes"], SEGMENT_AGAIN)
        names = ["video_id", "shot_number", "frame"]
        schema = embeddings_schema(1)
        found = pa.schema([schema.field(name) for name in names]).empty_table()
        for number in range(len(reader)):
            try:
                # The pictures beside them are a thousand times as large.
                rows = reader.columns(number, names)
                fits = _follows(rows, film, found)
            except DamagedError:
                fits = False
            if not fits:  # the whole group has a checksum that says whether it is what was written
                rows = reader.group(number).select(names)
            found = pa.concat_tables([found, rows])
        return found

    def _marker(self, film: Film, fingerprint: str) -> dict[str, Any] | None:
        name = _name(film, fingerprint)
        try:
            data = self._disk.read(name)
        except FileNotFoundError:
            return None
        content = decode_json(data, name, EMBED_AGAIN)
        if content["format"] > FORMAT:
            raise CatalogTooNew(f"{name} has format {content['format']}; this version reads up to {FORMAT}.")
        if (content["video_id"], content["fingerprint"]) != (film.video_id, fingerprint):
            raise DamagedError(f"{name} belongs to film {content['video_id']}. {EMBED_AGAIN}")
        return content


def _follows(rows: pa.Table, film: Film, before: pa.Table) -> bool:
    """Whether rows can be the next keyframes of a film: its own, each shot and frame after the last."""
    frames = np.concatenate([before["frame"].to_numpy()[-1:], rows["frame"].to_numpy()])
    shots = np.concatenate([before["shot_number"].to_numpy()[-1:], rows["shot_number"].to_numpy()])
    own = set(rows["video_id"].to_pylist()) == {film.video_id}
    return own and bool(np.all(np.diff(frames) > 0) and np.all(np.diff(shots) >= 0))


def folder_of_vectors(film: Film) -> str:
    """Return the folder of a film's vectors within the catalog."""
    return f"{film.folder}/embeddings"


def check_fingerprint(fingerprint: str) -> str:
    """Return ``fingerprint`` if it is one, else raise CatalogError."""
    if not isinstance(fingerprint, str) or not _FINGERPRINT.fullmatch(fingerprint):
        raise CatalogError(f"{fingerprint!r} is not the fingerprint of an encoder: 16 hexadecimal digits.")
    return fingerprint


def _name(film: Film, fingerprint: str) -> str:
    return f"{folder_of_vectors(film)}/{check_fingerprint(fingerprint)}.json"
