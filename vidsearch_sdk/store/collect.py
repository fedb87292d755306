"""Removing what no marker names any more, long after somebody could still be about to name or read it."""

from __future__ import annotations

import re
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import timedelta

from vidsearch_sdk.errors import CatalogError, DamagedError
from vidsearch_sdk.store.disk import Disk, Stored
from vidsearch_sdk.store.embeddings import Embeddings
from vidsearch_sdk.store.film import Film
from vidsearch_sdk.store.films import Films
from vidsearch_sdk.store.generations import Generations
from vidsearch_sdk.store.json_file import decode_json
from vidsearch_sdk.store.parquet import Part

FLOOR = timedelta(hours=24)
"""No grace is shorter: a publication that is under way has parts which no marker names yet."""

_UNITS = {"h": "hours", "d": "days", "w": "weeks"}
_FILM_FILE = re.compile(r"films/[0-9a-f]{2}/([0-9a-f]{16})/(.+)")
_GENERATION_FILE = re.compile(r"published/([0-9a-f]{16})/([^/]+)/(.+)")
_TEMPORARY = re.compile(r"(.*/)?\.[^/]+\.[0-9a-f]{12}\.tmp")


@dataclass(frozen=True, slots=True)
class Collected:
    """What a collection removed: the number of files and their bytes."""

    files: int
    bytes: int


def parse_grace(grace: str | timedelta) -> timedelta:
    """Return a grace as a timedelta.

    Args:
        grace: A timedelta, or text such as ``"36h"``, ``"7d"``, ``"2w"``.

    Raises:
        CatalogError: It cannot be read, or is shorter than 24 hours.

    Examples:
        >>> parse_grace("7d")
        datetime.timedelta(days=7)
    """
    if isinstance(grace, str):
        match = re.fullmatch(r"(\d+(?:\.\d+)?)\s*([hdw])", grace.strip())
        if match is None:
            raise CatalogError(
                f"{grace!r} is not a grace: write hours, days or weeks, such as '36h', '7d' or '2w'."
            )
        grace = timedelta(**{_UNITS[match[2]]: float(match[1])})
    if grace < FLOOR:
        raise CatalogError(
            f"A grace of {grace} is too short: somebody may be about to name what nobody names now. "
            "Give at least 24 hours."
        )
    return grace


def collect(disk: Disk, *, grace: timedelta) -> Collected:
    """Remove parts, markers and temporary files that nothing refers to and that are older than ``grace``.

    Of published generations stay the one that serves, the one that the last swap replaced, the newest of each
    encoder, and those that were replaced less than ``grace`` ago. A film whose marker is damaged keeps all of
    its files.

    Raises:
        CatalogError: The grace is shorter than 24 hours.
        CatalogTooNew: The catalog is of a newer format.
        StorageError: The disk refused; what was not removed yet stays.
    """
    return remove_unnamed(disk, before_s=time.time() - parse_grace(grace).total_seconds())


def remove_unnamed(disk: Disk, *, before_s: float) -> Collected:
    """Remove what nothing refers to and was written before ``before_s`` (s since 1970)."""
    disk.check_writable()
    # Files first, markers after: what is published in between is named by a marker that is read later.
    stored = [file for room in ("films", "published", "feedback") for file in disk.walk(room)]
    stored += [
        Stored(name, disk.size(name) or 0, _modified(disk, name)) for name in disk.names("") if name[0] == "."
    ]
    keep = _Keep(disk, stored, before_s)
    gone: list[Stored] = []
    # Manifests go before the files that they name, so that no generation is ever half there.
    for file in sorted(stored, key=lambda file: (not file.name.endswith("/manifest.json"), file.name)):
        if file.modified_s < before_s and keep.is_garbage(file.name):
            disk.remove(file.name)
            gone.append(file)
    left = {file.name for file in stored} - {file.name for file in gone}
    for folder in _emptied(gone, left):
        disk.remove_folder(folder)
    return Collected(len(gone), sum(file.bytes for file in gone))


class _Keep:
    """What is referred to, read once."""

    def __init__(self, disk: Disk, stored: Iterable[Stored], before_s: float) -> None:
        self._disk = disk
        self._films = {film.video_id: film for film in Films(disk).list()}
        self._named = {video_id: self._names(film) for video_id, film in self._films.items()}
        self._generations = self._kept_generations({f.name: f.modified_s for f in stored}, before_s)

    def is_garbage(self, name: str) -> bool:
        if _TEMPORARY.fullmatch(name):
            return True
        if match := _FILM_FILE.fullmatch(name):
            if match[1] not in self._films:
                return True
            named = self._named[match[1]]
            return named is not None and match[2] not in named
        if match := _GENERATION_FILE.fullmatch(name):
            return (match[1], match[2]) not in self._generations
        return False

    def _names(self, film: Film) -> set[str] | None:
        """Return the files in a film's folder that are referred to; None where that cannot be known."""
        if film.status == "damaged":
            return None
        named = {"film.json", *(part.file for part in film.parts.values())}
        for fingerprint in Embeddings(self._disk).fingerprints(film):
            name = f"{film.folder}/embeddings/{fingerprint}.json"
            try:
                marker = decode_json(self._disk.read(name), name, "")
            except FileNotFoundError:
                continue
            except DamagedError:
                return None
            if marker["run"] == film.run:
                named |= {
                    f"embeddings/{fingerprint}.json",
                    f"embeddings/{Part.from_json(marker['part']).file}",
                }
        return named

    def _kept_generations(self, written: dict[str, float], before_s: float) -> set[tuple[str, str]]:
        generations = Generations(self._disk)
        kept: set[tuple[str, str]] = set()
        try:
            current = generations.current()
        except CatalogError:
            # It cannot be known which one serves, so all of them stay.
            return {
                (f, name) for f in generations.fingerprints() for name in self._disk.names(f"published/{f}")
            }
        if current is not None:
            kept.add((current.fingerprint, current.name))
        kept |= {*generations.replaced[-1:]}  # undoing a swap must not depend on when it is done
        for fingerprint in generations.fingerprints():
            names = generations.names(fingerprint)
            for name, successor in zip(names, [*names[1:], None], strict=True):
                replaced = (
                    written.get(f"published/{fingerprint}/{successor}/manifest.json") if successor else None
                )
                if successor is None or replaced is None or replaced >= before_s:
                    kept.add((fingerprint, name))
        return kept


def _modified(disk: Disk, name: str) -> float:
    path = disk.local(name) if disk.is_local else None
    return path.stat().st_mtime if path is not None and path.is_file() else time.time()


def _emptied(gone: Iterable[Stored], left: set[str]) -> Iterator[str]:
    """Yield the folders that held something and now hold nothing, deepest first; never a room or a shard."""
    folders = set()
    for file in gone:
        folder = file.name.rpartition("/")[0]
        while folder.count("/") >= 2:
            folders.add(folder)
            folder = folder.rpartition("/")[0]
    busy = {name.rpartition("/")[0] for name in left}
    for folder in sorted(folders, key=lambda folder: -folder.count("/")):
        if not any(other == folder or other.startswith(folder + "/") for other in busy):
            yield folder
