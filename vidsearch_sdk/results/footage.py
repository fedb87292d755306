"""What results ask of a catalog: pictures, film files and where a film's clock starts."""

from __future__ import annotations

import logging
import operator
from collections.abc import Mapping
from fractions import Fraction
from pathlib import Path
from typing import Any, Protocol

from vidsearch_sdk.errors import QueryError, VidsearchError
from vidsearch_sdk.pages.markup import plain

log = logging.getLogger("vidsearch_sdk")


class _Film(Protocol):
    @property
    def measured(self) -> Mapping[str, Any]: ...


class _Films(Protocol):
    def get(self, video_id: str) -> _Film: ...


class CatalogLike(Protocol):
    """The part of ``Catalog`` that results use."""

    @property
    def films(self) -> _Films:
        """The film folders."""

    def keyframe(self, shot_id: str, position: int | None = None) -> bytes:
        """A stored keyframe (JPEG) of a shot; the middle one by default."""

    def keyframes(self, shot_id: str) -> list[tuple[float, bytes]]:
        """All stored keyframes of a shot: time in seconds of the film's clock, and JPEG."""

    def path(self, video_id: str) -> Path:
        """The film's file."""


class Footage:
    """A catalog as results see it; it remembers what is known of each film.

    Args:
        catalog: A ``Catalog``, or anything with its ``films``, ``keyframe`` and ``path``.
    """

    def __init__(self, catalog: CatalogLike) -> None:
        self._catalog = catalog
        self._known: dict[str, Mapping[str, Any]] = {}

    def keyframe(self, shot_id: str, position: int | None = None) -> bytes:
        """Give a stored keyframe of a shot (JPEG bytes).

        Raises:
            QueryError: ``position`` is not a whole number.
            VidsearchError: The film or the picture is gone or damaged.
        """
        return self._catalog.keyframe(shot_id, _checked(position))

    def keyframes(self, shot_id: str) -> list[tuple[float, bytes]]:
        """Give all stored keyframes of a shot: time in seconds of the film's clock, and JPEG bytes.

        Raises:
            VidsearchError: The film or the pictures are gone or damaged.
        """
        return self._catalog.keyframes(shot_id)

    def measured(self, video_id: str) -> Mapping[str, Any]:
        """Give what is known of a film: the columns of the table of films that were measured.

        Raises:
            VidsearchError: The film is no longer in the catalog, or its record is damaged.
        """
        return self._catalog.films.get(video_id).measured

    def known(self, video_id: str) -> Mapping[str, Any]:
        """Give ``measured`` as it was when it was first asked for; empty where the film cannot be read."""
        if video_id not in self._known:
            try:
                self._known[video_id] = self.measured(video_id)
            except VidsearchError as error:
                log.info("nothing is known of film %s: %s", video_id, error)
                self._known[video_id] = {}
        return self._known[video_id]

    def path(self, video_id: str) -> Path:
        """Give the film's file.

        Raises:
            VideoNotFound: The film was moved or removed.
        """
        return self._catalog.path(video_id)

    def start_s(self, video_id: str) -> float:
        """Give the time of a film's first frame in the film's own clock, in seconds.

        A film that is no longer in the catalog counts as starting at 0: its hits stay readable.
        """
        known = self.known(video_id)
        base, first = known.get("time_base"), known.get("start_pts")
        try:
            return 0.0 if base is None or first is None else float(int(first) * Fraction(str(base)))
        except ValueError as error:
            log.info("the start of film %s is not known: %s", video_id, error)
            return 0.0


def _checked(position: object) -> int | None:
    if position is None:
        return None
    try:
        if isinstance(position, bool):
            raise TypeError
        return operator.index(position)  # type: ignore[arg-type]
    except TypeError:
        raise QueryError(
            f"position={plain(repr(position), limit=60)}: a whole number is needed, 0 for the shot's first "
            "keyframe, -1 for its last, or none for the middle one"
        ) from None
