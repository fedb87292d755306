"""One film: decoded in a child, checked, published. Doing it twice does it once."""

from __future__ import annotations

import hashlib
import time
from dataclasses import dataclass
from pathlib import Path

from vidsearch_sdk.errors import CatalogError, VideoError
from vidsearch_sdk.ingest.decoder_pool import DecoderPool
from vidsearch_sdk.ingest.decoder_process import Ending, OnProgress
from vidsearch_sdk.ingest.film_decoding import decode_film
from vidsearch_sdk.ingest.messages import MessageError, Scalar
from vidsearch_sdk.ingest.received_tables import check_film_tables
from vidsearch_sdk.store.film import Film, FilmStatus
from vidsearch_sdk.store.films import Films
from vidsearch_sdk.store.uri import path_of


@dataclass(frozen=True)
class Summary:
    """How the processing of one film ended.

    Attributes:
        video_id: The film.
        name: Its name for people.
        status: ``ok``, ``partial``, ``rejected``, ``crashed`` or ``timed_out``.
        error: What was wrong, in words; empty when nothing was.
        film_s: Length of the film in seconds, 0 when unknown.
        wall_s: Time that it took, in seconds.
    """

    video_id: str
    name: str
    status: str
    error: str
    film_s: float
    wall_s: float


def segment_film(
    films: Films,
    video_id: str,
    *,
    pool: DecoderPool,
    threads: int,
    run_before: str | None,
    on_progress: OnProgress | None = None,
) -> Summary:
    """Decode a film and publish its parts and its status.

    A cluster may run the same task twice. The film's run tells: when it is no longer the one that was seen
    when the work was planned, somebody finished the film already and nothing is done.

    Args:
        films: The films of the catalog.
        video_id: Which one.
        pool: Where the decoding children come from.
        threads: Processor cores to use; with many of them a long film is decoded in ranges side by side.
        run_before: The film's run when the work was planned.
        on_progress: Told of each sign of life.

    Raises:
        VideoNotFound: The film is no longer in the catalog.
        StorageError: The catalog or the scratch folder refused to store.
        ExecutorError: No decoding process can be started here.
        DecodingStopped: The work was called off; nothing is published.
    """
    began = time.monotonic()
    film = films.get(video_id)
    if film.run != run_before:
        return _summary(film, 0.0)
    try:
        path = path_of(film.uri)
        state = _check_unchanged(path, film)
    except (VideoError, OSError) as error:
        return _summary(films.set_aside(video_id, _words(error)), time.monotonic() - began)
    with decode_film(pool, path, video_id, threads=threads, on_progress=on_progress) as (ending, folder):
        if ending.done is None:
            return publish_failure(films, video_id, ending, began)
        try:
            tables = check_film_tables(ending.done.tables, folder)
            measured = dict(ending.done.measured)
            status, error_words = _status(measured)
        except MessageError as error:
            return publish_failure(
                films, video_id, Ending("crashed", f"the decoder answered with {error}"), began
            )
        if _state(path) != state:
            changed = Ending(
                "rejected", "the file changed while it was read; add it again once it is complete"
            )
            return publish_failure(films, video_id, changed, began)
        try:
            film = films.publish(video_id, measured=measured, status=status, error=error_words, tables=tables)
        except CatalogError as error:
            if type(error) is not CatalogError:  # the catalog is at fault, not these tables
                raise
            return publish_failure(films, video_id, Ending("crashed", str(error)), began)
    return _summary(film, time.monotonic() - began)


def publish_failure(films: Films, video_id: str, ending: Ending, began: float) -> Summary:
    """Publish the status of a film that gave nothing; ``began`` is the monotonic clock at its start."""
    film = films.publish(video_id, measured={}, status=ending.status, error=ending.error, tables={})
    return _summary(film, time.monotonic() - began)


def _status(measured: dict[str, Scalar]) -> tuple[FilmStatus, str]:
    status, error = measured.pop("status", "ok"), measured.pop("error", "")
    if isinstance(error, str):
        if status == "ok":
            return "ok", error
        if status == "partial":
            return "partial", error
    raise MessageError("a status that no decoded film has")


def _check_unchanged(path: Path, film: Film) -> tuple[int, int]:
    """The file must still be the one that was hashed when it was added: its name here is its content."""
    facts, known = path.stat(), film.source
    state = facts.st_size, facts.st_mtime_ns
    if not known or state == (known.get("bytes"), known.get("mtime_ns")):
        return state
    if state[0] != known.get("bytes") or not _has_content(path, film.video_id):
        raise VideoError("the file is no longer the one that was added; add it again")
    return state


def _has_content(path: Path, video_id: str) -> bool:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest().startswith(video_id)


def _state(path: Path) -> tuple[int, int] | None:
    try:
        facts = path.stat()
    except OSError:
        return None
    return facts.st_size, facts.st_mtime_ns


def _words(error: Exception) -> str:
    if isinstance(error, OSError):
        return f"the file cannot be read ({error.strerror})"
    return str(error)


def _summary(film: Film, wall_s: float) -> Summary:
    length = film.measured.get("duration_s")
    return Summary(
        video_id=film.video_id,
        name=film.name,
        status=film.status,
        error=film.error,
        film_s=float(length) if isinstance(length, int | float) else 0.0,
        wall_s=wall_s,
    )
