"""One film as its marker file tells it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal, get_args

from vidsearch_sdk.errors import CatalogError, CatalogTooNew, DamagedError
from vidsearch_sdk.store.json_file import decode_json, encode_json
from vidsearch_sdk.store.parquet import Part
from vidsearch_sdk.store.values import Own, Scalar, as_scalar, own_from_json, own_to_json

FORMAT = 1
"""Version of the stored format that this package writes."""

FilmStatus = Literal["added", "ok", "partial", "rejected", "crashed", "timed_out", "damaged"]
FINISHED = ("ok", "partial")
"""Statuses of films that have shots."""
FAILED = ("rejected", "crashed", "timed_out")
"""Statuses of films that were tried and have none."""

ADD_AGAIN = "Add the film's file again with catalog.add(...), then run catalog.segment()."
SEGMENT_AGAIN = "Run catalog.verify(), then catalog.segment(retry=True) to make it again from the film."

_VIDEO_ID = re.compile(r"[0-9a-f]{16}")
_RUN = re.compile(r"[0-9a-f]{12}")


@dataclass(frozen=True, slots=True)
class Film:
    """What the catalog knows of one film.

    Attributes:
        video_id: First 16 hex digits of the SHA-256 of the file's content.
        uri: Where the film lies (``file:///...``).
        name: The file's name, safe to show.
        status: ``added`` waits to be segmented; ``ok`` and ``partial`` have shots; ``rejected``, ``crashed``
            and ``timed_out`` were tried and have none; ``damaged`` is never stored: it stands for a marker
            that cannot be read.
        error: What went wrong, in words; empty when nothing did.
        measured: What decoding found: the columns ``MEASURED`` of ``videos``, and any others.
        own: The user's own columns.
        source: ``bytes`` and ``mtime_ns`` of the file when it was last looked at.
        run: 12 hex digits, new for every processing whose result was stored; None before the first.
        parts: The stored tables by name.
        added_at: When it was first added, ISO 8601 in UTC.
        damage: What ``Catalog.verify`` found wrong with the parts; empty when nothing. A new publication
            clears it.
    """

    video_id: str
    uri: str
    name: str
    status: FilmStatus = "added"
    error: str = ""
    measured: Mapping[str, Scalar] = field(default_factory=dict)
    own: Mapping[str, Own] = field(default_factory=dict)
    source: Mapping[str, int] = field(default_factory=dict)
    run: str | None = None
    parts: Mapping[str, Part] = field(default_factory=dict)
    added_at: str = ""
    damage: str = ""

    def __post_init__(self) -> None:
        folder_of(self.video_id)
        if self.status not in get_args(FilmStatus):
            raise CatalogError(
                f"{self.status!r} is not a status; allowed: {', '.join(get_args(FilmStatus))}."
            )
        if self.run is not None and not _RUN.fullmatch(self.run):
            raise CatalogError(f"{self.run!r} is not a run: 12 hexadecimal digits.")
        if self.parts and self.run is None:
            raise CatalogError(f"Film {self.video_id} has parts but no run.")

    @property
    def folder(self) -> str:
        """The film's folder within the catalog."""
        return folder_of(self.video_id)

    @property
    def has_shots(self) -> bool:
        """Whether the film was segmented."""
        return self.status in FINISHED

    @property
    def was_away(self) -> bool:
        """Whether the film is fit to be tried, but its file could not be had when it was its turn."""
        return self.status == "rejected" and self.run is None and bool(self.source)

    def with_(self, **changes: Any) -> Film:
        """Return a copy with some fields changed."""
        return replace(self, **changes)


def is_video_id(text: str) -> bool:
    """Whether that is a video_id: 16 lower-case hexadecimal digits."""
    return isinstance(text, str) and _VIDEO_ID.fullmatch(text) is not None


def folder_of(video_id: str) -> str:
    """Return a film's folder within the catalog.

    Raises:
        CatalogError: That is not a video_id.

    Examples:
        >>> folder_of("ab34567890abcdef")
        'films/ab/ab34567890abcdef'
    """
    if not is_video_id(video_id):
        raise CatalogError(f"{video_id!r} is not a video_id: 16 hexadecimal digits in lower case.")
    return f"films/{video_id[:2]}/{video_id}"


def encode_film(film: Film) -> bytes:
    """Return the marker file of a film."""
    return encode_json(
        {
            "format": FORMAT,
            "video_id": film.video_id,
            "uri": film.uri,
            "name": film.name,
            "status": film.status,
            "error": film.error,
            "damage": film.damage,
            "added_at": film.added_at,
            "run": film.run,
            "source": dict(film.source),
            "measured": {key: as_scalar(value) for key, value in film.measured.items()},
            "own": own_to_json(film.own),
            "parts": {name: part.to_json() for name, part in film.parts.items()},
        }
    )


def decode_film(data: bytes, video_id: str) -> Film:
    """Return the film that a marker file tells of.

    Raises:
        DamagedError: The marker is not what was written, or lies in another film's folder.
        CatalogTooNew: It was written by a newer format.
    """
    name = f"{folder_of(video_id)}/film.json"
    content = decode_json(data, name, ADD_AGAIN)
    if content["format"] > FORMAT:
        raise CatalogTooNew(
            f"{name} has format {content['format']}; this version reads up to {FORMAT}. Update it."
        )
    if content["video_id"] != video_id:
        raise DamagedError(f"{name} belongs to film {content['video_id']}. {ADD_AGAIN}")
    del content["format"]
    content["own"] = own_from_json(content["own"])
    content["parts"] = {part: Part.from_json(fields) for part, fields in content["parts"].items()}
    return Film(**content)
