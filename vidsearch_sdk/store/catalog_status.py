"""What a catalog holds, in a few numbers and a sentence on what to do next."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePath

from vidsearch_sdk.errors import CatalogError
from vidsearch_sdk.store.embeddings import Embeddings
from vidsearch_sdk.store.film import FAILED, Film
from vidsearch_sdk.store.generations import Generation, Generations


@dataclass(frozen=True)
class CatalogStatus:
    """What a catalog holds.

    Attributes:
        location: Path or URL.
        films: Number of films by status.
        hours: Length of the films that have shots.
        shots: Number of shots.
        keyframes: Number of stored keyframes.
        stored_bytes: Size of the stored tables and pictures.
        embeddings: Number of films that have vectors, by the encoder's fingerprint.
        serving: The generation that serves searches, '' when none does.
        outdated: Number of segmented films that it does not cover.
        next_step: What to do next, '' when everything is done.
    """

    location: str
    films: Mapping[str, int]
    hours: float
    shots: int
    keyframes: int
    stored_bytes: int
    embeddings: Mapping[str, int]
    serving: str
    outdated: int
    next_step: str

    def __repr__(self) -> str:
        count = sum(self.films.values())
        by_status = ", ".join(f"{number} {status}" for status, number in self.films.items())
        lines = [
            f"Catalog {self.location}",
            f"  films       {count}" + f" ({by_status})" * bool(count),
            f"  shots       {self.shots:,} in {self.hours:.1f} hours",
            f"  keyframes   {self.keyframes:,} ({self.stored_bytes / 1e6:,.1f} MB stored)",
        ]
        lines += [
            f"  embeddings  {number} films with encoder {name}" for name, number in self.embeddings.items()
        ]
        behind = f", {self.outdated} films not in it" if self.serving and self.outdated else ""
        lines.append(f"  search      {self.serving or 'nothing published'}{behind}")
        if self.next_step:
            lines.append(f"  next        {self.next_step}")
        return "\n".join(lines)


def status_of(
    location: str, films: Sequence[Film], embeddings: Embeddings, generations: Generations
) -> CatalogStatus:
    """Return the status of a catalog of these films.

    Raises:
        StorageError: The disk refused.
    """
    by_status = dict(sorted(Counter[str](film.status for film in films).items()))
    with_shots = [film for film in films if film.has_shots]
    problem = ""
    current: Generation | None = None
    try:
        current = generations.current()
    except CatalogError as error:
        problem = str(error)
    covers = current.covers if current else {}
    outdated = sum(covers.get(film.video_id) != film.run for film in with_shots)
    return CatalogStatus(
        location=location,
        films=by_status,
        hours=sum(_seconds(film) for film in with_shots) / 3600,
        shots=sum(film.parts["shots"].rows for film in with_shots),
        keyframes=sum(film.parts["keyframes"].rows for film in with_shots),
        stored_bytes=sum(part.bytes for film in with_shots for part in film.parts.values()),
        embeddings=embeddings.counts(films),
        serving=_named(current) if current else problem,
        outdated=outdated,
        next_step=_next_step(films, current, outdated),
    )


def _next_step(films: Sequence[Film], current: Generation | None, outdated: int) -> str:
    if not films:
        return "catalog.add(...) films"
    if any(film.status == "added" for film in films):
        return "catalog.segment()"
    if any(film.status == "damaged" for film in films):
        return "catalog.add(...) the files of the damaged films again"
    if any(film.damage for film in films):
        return "catalog.segment(retry=True), to mend what is damaged"
    if not any(film.has_shots for film in films):
        failed = sum(film.status in FAILED for film in films)
        return f"see catalog.videos.error: all {failed} films failed"
    if current is None:
        return "ShotIndex.build(catalog, encoder)"
    return "index.refresh()" if outdated else ""


def _seconds(film: Film) -> float:
    length = film.measured.get("duration_s")
    return float(length) if isinstance(length, int | float) else 0.0


def _named(generation: Generation) -> str:
    encoder = generation.manifest.get("encoder")
    name = encoder.get("name") if isinstance(encoder, Mapping) else None
    return f"generation {generation.number} of encoder {name or PurePath(generation.fingerprint).name}"
