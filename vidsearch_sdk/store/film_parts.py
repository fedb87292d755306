"""The parts of a film on their way to the disk, and off it again when nothing came of them."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from pathlib import Path

import pyarrow as pa

from vidsearch_sdk.errors import CatalogError, StorageError
from vidsearch_sdk.store.disk import Disk, difference
from vidsearch_sdk.store.film import Film, folder_of
from vidsearch_sdk.store.parquet import KEYFRAMES_PER_GROUP, ROWS_PER_GROUP, Part, write_parquet
from vidsearch_sdk.store.part_checks import FilmTables

_log = logging.getLogger("vidsearch_sdk")


class FilmParts:
    """Writes and removes the parts of one run of a film; the marker is not its business.

    Args:
        disk: Where the catalog lies.
    """

    def __init__(self, disk: Disk) -> None:
        self._disk = disk

    def write(
        self, video_id: str, run: str, tables: Mapping[str, pa.Table | Path]
    ) -> Iterator[tuple[str, Part]]:
        """Write the tables one by one, and yield the name and part of each as soon as it is synced.

        Raises:
            CatalogError: A table is not fit to be stored, or they do not fit together.
            StorageError: The disk refused.
        """
        checked = FilmTables(video_id, tables)
        for name in tables:
            schema, pieces = checked.stream(name)
            yield (
                name,
                write_parquet(
                    self._disk,
                    folder_of(video_id),
                    f"{run}-{name}.parquet",
                    schema,
                    pieces,
                    rows_per_group=KEYFRAMES_PER_GROUP if name == "keyframes" else ROWS_PER_GROUP,
                ),
            )
        checked.check()

    def has_same(self, film: Film, parts: Mapping[str, Part]) -> bool:
        """Whether the film's stored parts have the same content as these, and are whole on the disk."""
        stored = {name: part.sha256 for name, part in film.parts.items()}
        return stored == {name: part.sha256 for name, part in parts.items()} and not any(
            difference(self._disk, f"{film.folder}/{part.file}", part.bytes, part.sha256)
            for part in film.parts.values()
        )

    def check_there(self, folder: str, parts: Mapping[str, Part]) -> None:
        """Look whether the parts are still there: a publication that took longer than a collection's grace.

        Raises:
            StorageError: One was removed.
        """
        for part in parts.values():
            if self._disk.size(f"{folder}/{part.file}") != part.bytes:
                raise StorageError(
                    f"{folder}/{part.file} was removed while the film was being stored; segment it again."
                )

    def drop(self, folder: str, parts: Mapping[str, Part]) -> None:
        """Remove parts that no marker names; what cannot be removed is collected later."""
        for part in parts.values():
            try:
                self._disk.remove(f"{folder}/{part.file}")
            except CatalogError:
                _log.debug("%s/%s stays until it is collected", folder, part.file)
