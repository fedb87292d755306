"""Taking files in: known by place or by content, moved, changed, twice there, or not fit."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from vidsearch_sdk.errors import VideoError, VideoNotFound, VideoRejected
from vidsearch_sdk.store.film import Film
from vidsearch_sdk.store.films import Films
from vidsearch_sdk.store.sources import Content, holds, look_at, read_content
from vidsearch_sdk.store.uri import display_name, path_of, uri_of
from vidsearch_sdk.store.values import Own

OutcomeKind = Literal["added", "unchanged", "moved", "changed", "duplicate", "rejected"]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one file.

    Attributes:
        video_id: The film that the file is, or for a rejected file the id of its place.
        name: The file's name, safe to show.
        outcome: ``added``: new, waits to be segmented. ``unchanged``: known. ``moved``: known by its content,
            which is no longer where it was. ``changed``: another content is at a known place now.
            ``duplicate``: its content is in the catalog from another place, where it still is. ``rejected``:
            not a file that can be read.
        error: Why it was rejected, or which film it duplicates; else empty.
    """

    video_id: str
    name: str
    outcome: OutcomeKind
    error: str = ""


def rejected_id(uri: str) -> str:
    """Return the id of a file that has no content to be known by."""
    return hashlib.sha256(b"uri:" + uri.encode()).hexdigest()[:16]


class Adder:
    """Adds files to a catalog, one after the other; each is durable before the next.

    Args:
        films: The catalog's films.
        known: All of them, as listed just now.
        own: Own columns for every file.
    """

    def __init__(self, films: Films, known: Sequence[Film], own: Mapping[str, Own]) -> None:
        self._films = films
        self._own = own
        self._by_id = {film.video_id: film for film in known}
        self._by_uri: dict[str, list[Film]] = {}
        for film in known:
            self._by_uri.setdefault(film.uri, []).append(film)
        self._displaced: dict[str, Film] = {}

    def bytes_to_read(self, path: Path) -> int:
        """Return how much of a file must be read: 0 when place, size and time of change are known."""
        try:
            found = look_at(path)
        except VideoRejected:
            return 0
        return 0 if self._unchanged(uri_of(path), found) else found[0]

    def add(self, path: Path, *, on_bytes: Callable[[int], object] | None = None) -> Outcome:
        """Add one file.

        Args:
            path: Absolute path.
            on_bytes: Told how many bytes were read, piece by piece.

        Raises:
            StorageError: The catalog's disk refused; nothing has changed for this file.
        """
        uri, name = uri_of(path), display_name(path)
        try:
            found = look_at(path)
            film = self._unchanged(uri, found)
            if film is not None:
                self._displace(uri, film.video_id)
                self._keep(film)
                return Outcome(film.video_id, name, "unchanged")
            content = read_content(path, on_bytes=on_bytes)
        except VideoRejected as error:
            return self._reject(uri, name, str(error))
        return self._take(uri, name, content)

    def finish(self) -> None:
        """Remove films whose place another content has taken, unless they were found elsewhere since."""
        for film in self._displaced.values():
            if self._by_id.get(film.video_id) == film:
                try:
                    self._films.remove(film.video_id)
                except VideoNotFound:  # another process did it
                    continue
        self._displaced.clear()

    def _unchanged(self, uri: str, found: tuple[int, int]) -> Film | None:
        for film in self._by_uri.get(uri, ()):
            if (film.source.get("bytes"), film.source.get("mtime_ns")) == found:
                return film
        return None

    def _take(self, uri: str, name: str, content: Content) -> Outcome:
        same = self._by_id.get(content.video_id)
        if same is not None and same.status != "damaged":
            if same.uri != uri and self._is_still_there(same):
                self._displace(uri, same.video_id)
                return Outcome(same.video_id, name, "duplicate", f"same content as {same.name}")
            outcome: OutcomeKind = "unchanged" if same.uri == uri else "moved"
            self._displace(uri, same.video_id)
            source = {"bytes": content.bytes, "mtime_ns": content.mtime_ns}
            self._know(self._films.update(same.video_id, own=self._own, uri=uri, name=name, source=source))
            return Outcome(same.video_id, name, outcome)
        before = self._displace(uri, content.video_id)
        carried = {key: value for film in before for key, value in film.own.items()}
        self._record(Film(content.video_id, uri, name, own=self._merged(carried), source=_source(content)))
        return Outcome(content.video_id, name, "changed" if before else "added")

    def _reject(self, uri: str, name: str, error: str) -> Outcome:
        video_id = rejected_id(uri)
        before = self._by_uri.get(uri, [])
        # A film that was good stays: the disk it lies on may only be away for a while.
        if all(film.video_id == video_id for film in before):
            carried = dict(before[0].own) if before else {}
            film = Film(video_id, uri, name, "rejected", error, own=self._merged(carried))
            if not before or before[0].with_(added_at="") != film:
                self._record(film)
            return Outcome(video_id, name, "rejected", error)
        return Outcome(before[0].video_id, name, "rejected", error)

    def _merged(self, carried: Mapping[str, Own]) -> dict[str, Own]:
        return {key: value for key, value in {**carried, **self._own}.items() if value is not None}

    def _keep(self, film: Film) -> None:
        if self._merged(film.own) != film.own:
            self._know(self._films.update(film.video_id, own=self._own))

    def _record(self, film: Film) -> None:
        self._films.add(film)
        self._know(film)

    def _know(self, film: Film) -> None:
        self._displaced.pop(film.video_id, None)
        before = self._by_id.get(film.video_id)
        if before is not None and before in self._by_uri.get(before.uri, ()):
            self._by_uri[before.uri].remove(before)
        self._by_id[film.video_id] = film
        self._by_uri.setdefault(film.uri, []).append(film)

    def _displace(self, uri: str, video_id: str) -> list[Film]:
        """Note that the other films known at a place are not there any more, and return them."""
        others = [film for film in self._by_uri.get(uri, ()) if film.video_id != video_id]
        self._displaced.update({film.video_id: film for film in others})
        return others

    def _is_still_there(self, film: Film) -> bool:
        try:
            path = path_of(film.uri)
        except VideoError:
            return False
        return holds(
            path, Content(film.video_id, film.source.get("bytes", -1), film.source.get("mtime_ns", -1))
        )


def _source(content: Content) -> dict[str, int]:
    return {"bytes": content.bytes, "mtime_ns": content.mtime_ns}
