"""The films of a catalog: a folder each, and a marker that makes it exist."""

from __future__ import annotations

import difflib
import logging
import secrets
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa

from vidsearch_sdk.errors import CatalogError, CatalogTooNew, DamagedError, VideoNotFound
from vidsearch_sdk.store.disk import Disk
from vidsearch_sdk.store.film import (
    FAILED,
    FINISHED,
    SEGMENT_AGAIN,
    Film,
    FilmStatus,
    decode_film,
    encode_film,
    folder_of,
    is_video_id,
)
from vidsearch_sdk.store.film_parts import FilmParts
from vidsearch_sdk.store.keyframe_reader import KeyframeReader
from vidsearch_sdk.store.parquet import (
    BlockReader,
    Part,
    read_parquet,
)
from vidsearch_sdk.store.tables import PARTS
from vidsearch_sdk.store.values import Own, as_scalar

_log = logging.getLogger("vidsearch_sdk")

# Inside the class the word "list" is its method.
_FilmList = list[Film]
_Pictures = list[tuple[float, bytes]]


class Films:
    """The films at rest.

    Workers on several machines may publish at once: films are independent, and a film's marker is changed
    under the lock of its shard.

    Args:
        disk: Where the catalog lies.
    """

    def __init__(self, disk: Disk) -> None:
        self._disk = disk
        self._pictures = KeyframeReader(disk)
        self._parts = FilmParts(disk)

    def __repr__(self) -> str:
        return f"Films({self._disk!r})"

    def __reduce__(self) -> tuple[type[Films], tuple[Disk]]:
        return Films, (self._disk,)

    @property
    def is_local(self) -> bool:
        """Whether they lie on a disk of this machine (or one that is mounted)."""
        return self._disk.is_local

    def list(self) -> _FilmList:
        """Return all films, sorted by the time they were added, then by video_id.

        A film whose marker cannot be read is returned with status ``damaged`` and the reason in ``error``; so
        one damaged film hides no other.

        Raises:
            StorageError: The disk refused.
        """
        names = self._disk.find("films", "film.json")
        films = []
        for name, data in self._disk.read_many(names).items():
            video_id = name.split("/")[-2]
            try:
                films.append(decode_film(data, video_id))
            except (DamagedError, CatalogTooNew) as error:
                films.append(Film(video_id, "", "", "damaged", str(error)))
            except CatalogError:
                _log.warning("%s is no film of this catalog and was passed over.", name)
        return sorted(films, key=lambda film: (film.added_at, film.video_id))

    def get(self, video_id: str) -> Film:
        """Return one film.

        Raises:
            VideoNotFound: No such film; names the nearest ids and names.
            DamagedError: Its marker cannot be read.
        """
        film = self.find(video_id) if is_video_id(video_id) else None
        if film is None:
            raise self.not_found(video_id)
        return film

    def find(self, video_id: str) -> Film | None:
        """Return one film, or None where there is none.

        Raises:
            DamagedError: Its marker cannot be read.
        """
        try:
            return decode_film(self._disk.read(_marker(video_id)), video_id)
        except FileNotFoundError:
            return None

    def exists(self, video_id: str) -> bool:
        """Whether there is such a film; nothing is read, so that a search can ask for every hit."""
        return self._disk.size(_marker(video_id)) is not None

    def waiting(self, *, retry: bool = False) -> _FilmList:
        """Return the films that segmenting should process, in the order of :meth:`list`.

        Films whose file was away are among them: it may be back.

        Args:
            retry: Also those that failed before, and those whose stored parts are missing, cut, or were found
                damaged by ``Catalog.verify``.
        """
        films = self.list()
        chosen = [film for film in films if film.status == "added" or film.was_away]
        if retry:
            # What add() rejected at once has no run and no content; adding it again is what may help.
            chosen += [film for film in films if film.status in FAILED and film.run is not None]
            chosen += [film for film in films if film.has_shots and (film.damage or self.missing(film))]
        return sorted(chosen, key=lambda film: (film.added_at, film.video_id))

    def missing(self, film: Film) -> str:
        """Return the file name of the first part that is not there at its full size, or ''."""
        for part in film.parts.values():
            if self._disk.size(f"{film.folder}/{part.file}") != part.bytes:
                return part.file
        return ""

    def table(self, film: Film, part: str) -> pa.Table:
        """Return a stored table, whole, after its checksum was compared.

        Args:
            film: The film.
            part: ``shots``, ``keyframes``, ``scores`` or ``dialogue``.

        Raises:
            DamagedError: The file is missing or is not what was written; names the file and the remedy.
            CatalogError: The film has no such part (yet).
        """
        return read_parquet(self._disk, film.folder, self._part(film, part), SEGMENT_AGAIN)

    def keyframes(self, film: Film) -> Iterator[pa.RecordBatch]:
        """Yield the keyframes in order, at most 16 rows of ``KEYFRAMES`` at a time, each piece checked.

        Raises:
            DamagedError: The file is missing or is not what was written.
        """
        reader = BlockReader(self._disk, film.folder, self._part(film, "keyframes"), SEGMENT_AGAIN)
        for number in range(len(reader)):
            yield from reader.group(number).to_batches()

    def keyframe(self, film: Film, shot_number: int, position: int | None = None) -> bytes:
        """Return one keyframe of a shot as JPEG; reads one row group.

        Args:
            film: The film.
            shot_number: The shot, from 0.
            position: Which of the shot's keyframes, from 0 or from the end when negative; the middle one by
                default.

        Raises:
            VideoNotFound: The film has no such shot, or the shot no such keyframe.
            DamagedError: The file is missing or is not what was written.
        """
        pictures = self.shot_keyframes(film, shot_number)
        count = len(pictures)
        if position is None:
            position = count // 2
        if not -count <= position < count:
            raise VideoNotFound(
                f"Shot {film.video_id}-{shot_number} has {count} keyframes; there is no position {position}."
            )
        return pictures[position][1]

    def shot_keyframes(self, film: Film, shot_number: int) -> _Pictures:
        """Return the keyframes of one shot: time in seconds (the container's clock) and JPEG, in order.

        Raises:
            VideoNotFound: The film has no such shot.
            DamagedError: The file is missing or is not what was written.
        """
        self._part(film, "keyframes")
        return self._pictures.read(film, shot_number)

    def _part(self, film: Film, part: str) -> Part:
        if part not in PARTS:
            raise CatalogError(f"{part!r} is not a stored table; there are {', '.join(PARTS)}.")
        if part not in film.parts:
            raise CatalogError(
                f"Film {film.video_id} ({film.name}) has no {part}: its status is {film.status}. "
                "Run catalog.segment()."
            )
        return film.parts[part]

    def add(self, film: Film) -> None:
        """Record a film that waits to be segmented (or was rejected at once); an existing record is replaced.

        Raises:
            StorageError: The disk refused; nothing has changed.
        """
        if film.status == "damaged":
            raise CatalogError("The status 'damaged' is told when a marker cannot be read; it is not stored.")
        if not film.added_at:
            film = film.with_(added_at=datetime.now(UTC).isoformat(timespec="microseconds"))
        with self._lock(film.video_id):
            self._disk.put(_marker(film.video_id), encode_film(film))

    def publish(
        self,
        video_id: str,
        *,
        measured: Mapping[str, Any],
        status: FilmStatus,
        error: str,
        tables: Mapping[str, pa.Table | Path],
    ) -> Film:
        """Store the result of processing a film; when this returns it survives a kill and a loss of power.

        Parts first, then the marker. Publishing the same tables twice changes nothing: the parts that are
        there stay, so that vectors made from them remain valid. A failed attempt never replaces shots that
        are stored.

        Args:
            video_id: The film; it was added before.
            measured: The columns ``MEASURED`` of ``videos`` (fractions may be ``Fraction``), and any others.
            status: ``ok`` or ``partial`` with all four tables; ``rejected``, ``crashed`` or ``timed_out``
                with none.
            error: What went wrong, in words; empty when nothing did.
            tables: The tables by part name; a Path is an Arrow IPC file, which is read a batch at a time.

        Returns:
            The film as it is stored now.

        Raises:
            VideoNotFound: The film was removed meanwhile.
            CatalogError: The tables do not fit together.
            StorageError: The disk refused; what was stored before is still there.
        """
        if status not in FINISHED + FAILED or (
            set(tables) != set(PARTS) if status in FINISHED else bool(tables)
        ):
            raise CatalogError(
                f"A film is published as {' or '.join(FINISHED)} with the tables {', '.join(PARTS)}, or as "
                f"{', '.join(FAILED)} with none; not as {status!r} with {', '.join(tables) or 'none'}."
            )
        self.get(video_id)
        values = {key: as_scalar(value) for key, value in measured.items()}
        folder, run = folder_of(video_id), secrets.token_hex(6)
        parts: dict[str, Part] = {}
        try:
            # Part by part, so that a failure knows which ones to take away.
            parts.update(self._parts.write(video_id, run, tables))
            if parts:
                self._disk.sync(folder)
            with self._lock(video_id):
                before = self.get(video_id)
                if before.has_shots and status in FAILED:
                    _log.warning("Film %s (%s) could not be made again: %s", video_id, before.name, error)
                    return before
                now = before.with_(status=status, error=error, measured=values, damage="")
                if parts and self._parts.has_same(before, parts):
                    self._parts.drop(folder, parts)
                else:
                    now = now.with_(run=run, parts=parts)
                    self._parts.check_there(folder, parts)
                if now != before:
                    self._disk.put(_marker(video_id), encode_film(now))
                return now
        except (CatalogError, VideoNotFound):
            self._parts.drop(folder, {} if self._names(video_id, run) else parts)
            raise

    def set_aside(self, video_id: str, error: str) -> Film:
        """Note that a film's file could not be had; shots that are stored stay.

        Args:
            video_id: The film; it was added before.
            error: What was wrong, in words.

        Raises:
            VideoNotFound: The film was removed meanwhile.
            StorageError: The disk refused; nothing has changed.
        """
        with self._lock(video_id):
            before = self.get(video_id)
            if before.has_shots:
                _log.warning("Film %s (%s) could not be made again: %s", video_id, before.name, error)
                return before
            now = before.with_(status="rejected", error=error)
            if now != before:
                self._disk.put(_marker(video_id), encode_film(now))
        return now

    def update(
        self,
        video_id: str,
        *,
        own: Mapping[str, Own] | None = None,
        uri: str | None = None,
        name: str | None = None,
        source: Mapping[str, int] | None = None,
        damage: str | None = None,
    ) -> Film:
        """Change some fields of a film under its lock; what is not given stays.

        Args:
            video_id: The film.
            own: Own columns to set; None as a value takes the column away.
            uri: Where the film lies now.
            name: Its name there.
            source: ``bytes`` and ``mtime_ns`` there.
            damage: What is wrong with the stored parts.

        Raises:
            VideoNotFound: No such film.
            StorageError: The disk refused; nothing has changed.
        """
        changes: dict[str, Any] = {"uri": uri, "name": name, "source": source, "damage": damage}
        changes = {key: value for key, value in changes.items() if value is not None}
        with self._lock(video_id):
            before = self.get(video_id)
            if own is not None:
                merged = {**before.own, **own}
                changes["own"] = {key: value for key, value in merged.items() if value is not None}
            now = before.with_(**changes)
            if now != before:
                self._disk.put(_marker(video_id), encode_film(now))
        return now

    def remove(self, video_id: str) -> None:
        """Take a film out of the catalog; its parts stay until they are collected.

        Raises:
            VideoNotFound: No such film.
        """
        with self._lock(video_id):
            # By name, not by reading it: a film whose marker is damaged can be removed too.
            if self._disk.size(_marker(video_id)) is None:
                raise self.not_found(video_id)
            self._disk.remove(_marker(video_id))
            self._disk.sync(folder_of(video_id))

    def _lock(self, video_id: str) -> Any:
        # One lock for each of 256 shards: lock files are never removed, so their number must be bounded.
        return self._disk.lock(folder_of(video_id).rpartition("/")[0])

    def _names(self, video_id: str, run: str) -> bool:
        """Whether the marker names this run, or cannot be read (then nothing may be removed)."""
        try:
            film = self.find(video_id)
        except CatalogError:
            return True
        return film is not None and film.run == run

    def not_found(self, video_id: str) -> VideoNotFound:
        """Return the error that says that there is no such film and names the nearest ids and names."""
        known: dict[str, str] = {}
        for film in self.list():
            known.setdefault(film.name, film.video_id)
            known.setdefault(film.video_id, film.video_id)
        near = difflib.get_close_matches(str(video_id), known, n=3, cutoff=0.5)
        hint = "; the nearest are " + ", ".join(f"{known[text]} ({text})" for text in near) if near else ""
        return VideoNotFound(
            f"No film {video_id!r} in the catalog of {len(set(known.values()))}{hint}. See catalog.videos."
        )


def _marker(video_id: str) -> str:
    return f"{folder_of(video_id)}/film.json"
