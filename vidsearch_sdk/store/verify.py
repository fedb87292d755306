"""Reading everything that is stored and comparing it with what its markers say."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from vidsearch_sdk.errors import CatalogError, CatalogTooNew, DamagedError, VideoNotFound
from vidsearch_sdk.store.catalog_file import REMEDY, check_catalog
from vidsearch_sdk.store.disk import Disk, difference
from vidsearch_sdk.store.embeddings import Embeddings
from vidsearch_sdk.store.film import ADD_AGAIN, Film
from vidsearch_sdk.store.films import Films
from vidsearch_sdk.store.generations import BUILD_AGAIN, CURRENT, Generation, Generations
from vidsearch_sdk.store.interleavings import INTERLEAVING_REMEDY, StoredInterleavings
from vidsearch_sdk.store.judgments import JUDGMENTS_REMEDY, StoredJudgments
from vidsearch_sdk.store.synonyms import SYNONYMS_FILE, SYNONYMS_REMEDY, Synonyms
from vidsearch_sdk.store.usage_parts import USAGE_REMEDY, UsageParts

_MEND = "Run catalog.segment(retry=True) to make it again from the film."
_EMBED = "Run ShotIndex.build(catalog, encoder) to make it again; it was set aside."
_log = logging.getLogger("vidsearch_sdk")

OnBytes = Callable[[int], object]


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is not as it was written.

    Attributes:
        kind: ``catalog``, ``synonyms``, ``judgments``, ``usage``, ``interleaving``, ``film`` (its marker),
            ``shots``, ``keyframes``, ``scores``, ``dialogue``, ``embeddings``, ``generation`` or ``current``.
        video_id: The film, or ''.
        name: The film's name, or ''.
        file: The stored file, within the catalog.
        problem: What is wrong.
        remedy: What mends it.
    """

    kind: str
    video_id: str
    name: str
    file: str
    problem: str
    remedy: str


def stored_bytes(films: Iterable[Film], generations: Generations) -> int:
    """Return about how many bytes :func:`verify` will read; vectors, which are little, are not counted."""
    total = sum(part.bytes for film in films for part in film.parts.values())
    for generation in _readable(generations):
        total += sum(int(file["bytes"]) for file in generation.manifest["files"].values())
    return total


def verify(disk: Disk, *, on_bytes: OnBytes = lambda _: None) -> list[Problem]:
    """Read and hash every file that a marker names.

    What is found is noted where it can be mended: damaged parts in the film's marker, so that
    ``segment(retry=True)`` makes them again, and damaged vectors are set aside, so that the next build makes
    them again. Nothing else is changed, and nothing at all on a disk that cannot be written.

    Args:
        disk: Where the catalog lies.
        on_bytes: Told how many bytes were read, piece by piece.

    Returns:
        What is wrong; empty when everything is whole.

    Raises:
        StorageError: The disk refused to read.
    """
    problems = [*_catalog_file(disk), *_synonyms(disk), *_judgments(disk), *_usage(disk)]
    problems += _interleavings(disk)
    films, embeddings = Films(disk), Embeddings(disk)
    for film in films.list():
        if film.status == "damaged":
            problems.append(
                Problem("film", film.video_id, "", f"{film.folder}/film.json", film.error, ADD_AGAIN)
            )
            continue
        found = list(_film(disk, film, on_bytes))
        _note(films, film, found)
        problems += found + list(_embeddings(embeddings, film))
    return problems + list(_generations(disk, on_bytes))


def _catalog_file(disk: Disk) -> Iterator[Problem]:
    try:
        if not check_catalog(disk) and disk.names("films"):
            yield Problem("catalog", "", "", "catalog.json", "is missing", "Open the catalog and add a film.")
    except DamagedError as error:
        yield Problem("catalog", "", "", "catalog.json", str(error), REMEDY)


def _synonyms(disk: Disk) -> Iterator[Problem]:
    try:
        Synonyms(disk).read()
    except DamagedError as error:
        yield Problem("synonyms", "", "", SYNONYMS_FILE, str(error), SYNONYMS_REMEDY)
    except CatalogTooNew as error:
        _log.warning("The synonyms are not verified: %s", error)


def _judgments(disk: Disk) -> Iterator[Problem]:
    for file, problem in StoredJudgments(disk).problems():
        yield Problem("judgments", "", "", file, problem, JUDGMENTS_REMEDY)


def _usage(disk: Disk) -> Iterator[Problem]:
    for file, problem in UsageParts(disk).problems():
        yield Problem("usage", "", "", file, problem, USAGE_REMEDY)


def _interleavings(disk: Disk) -> Iterator[Problem]:
    for file, problem in StoredInterleavings(disk).problems():
        yield Problem("interleaving", "", "", file, problem, INTERLEAVING_REMEDY)


def _film(disk: Disk, film: Film, on_bytes: OnBytes) -> Iterator[Problem]:
    for name, part in film.parts.items():
        file = f"{film.folder}/{part.file}"
        problem = difference(disk, file, part.bytes, part.sha256, on_bytes=on_bytes)
        if problem:
            yield Problem(name, film.video_id, film.name, file, problem, _MEND)


def _note(films: Films, film: Film, found: list[Problem]) -> None:
    damage = "; ".join(f"{problem.kind} {problem.problem}" for problem in found)
    if damage == film.damage:
        return
    try:
        films.update(film.video_id, damage=damage)
    except (CatalogError, VideoNotFound) as error:
        _log.warning("The damage of film %s is not noted in the catalog: %s", film.video_id, error)


def _embeddings(embeddings: Embeddings, film: Film) -> Iterator[Problem]:
    for fingerprint in embeddings.fingerprints(film):
        try:
            embeddings.check(film, fingerprint)
        except CatalogTooNew as error:
            yield _vectors(film, fingerprint, str(error), "Update vidsearch_sdk.")
        except DamagedError as error:
            yield _vectors(film, fingerprint, str(error), _EMBED)
            try:
                embeddings.discard(film, fingerprint)
            except CatalogError as refusal:
                _log.warning("The vectors of film %s are not set aside: %s", film.video_id, refusal)


def _vectors(film: Film, fingerprint: str, problem: str, remedy: str) -> Problem:
    file = f"{film.folder}/embeddings/{fingerprint}.json"
    return Problem("embeddings", film.video_id, film.name, file, problem, remedy)


def _generations(disk: Disk, on_bytes: OnBytes) -> Iterator[Problem]:
    generations = Generations(disk)
    for fingerprint in generations.fingerprints():
        for name in generations.names(fingerprint):
            try:
                generation = generations.get(fingerprint, name)
            except CatalogError as error:
                file = f"published/{fingerprint}/{name}/manifest.json"
                yield Problem("generation", "", "", file, str(error), BUILD_AGAIN)
                continue
            for short, expected in generation.manifest["files"].items():
                file = f"{generation.folder}/{short}"
                problem = difference(disk, file, expected["bytes"], expected["sha256"], on_bytes=on_bytes)
                if problem:
                    yield Problem("generation", "", "", file, problem, BUILD_AGAIN)
    try:
        generations.current()
    except CatalogError as error:
        yield Problem("current", "", "", CURRENT, str(error), BUILD_AGAIN)


def _readable(generations: Generations) -> Iterator[Generation]:
    for fingerprint in generations.fingerprints():
        for name in generations.names(fingerprint):
            try:
                yield generations.get(fingerprint, name)
            except CatalogError:
                continue
