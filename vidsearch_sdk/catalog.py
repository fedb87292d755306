"""The catalog: films, their shots, keyframes and dialogue, at rest in one folder."""

from __future__ import annotations

import dataclasses
import os
import re
from collections.abc import Iterable, Mapping
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from vidsearch_sdk.errors import CatalogError, StorageError, VideoNotFound
from vidsearch_sdk.store.adding import Adder, Outcome
from vidsearch_sdk.store.catalog_file import check_catalog, make_catalog
from vidsearch_sdk.store.catalog_status import CatalogStatus, status_of
from vidsearch_sdk.store.collect import Collected, collect, parse_grace
from vidsearch_sdk.store.disk import open_disk
from vidsearch_sdk.store.embeddings import Embeddings
from vidsearch_sdk.store.films import Films
from vidsearch_sdk.store.frames import part_frame, videos_frame
from vidsearch_sdk.store.generations import Generation, Generations
from vidsearch_sdk.store.judgments import StoredJudgments
from vidsearch_sdk.store.own_columns import check_kinds, check_own
from vidsearch_sdk.store.sources import find_files
from vidsearch_sdk.store.synonyms import Synonyms
from vidsearch_sdk.store.uri import path_of
from vidsearch_sdk.store.usage_parts import KeptWords
from vidsearch_sdk.store.verify import Problem, stored_bytes, verify
from vidsearch_sdk.usage.recorder import Recorder

if TYPE_CHECKING:
    from vidsearch_sdk.usage.usage import Usage

_SHOT_ID = re.compile(r"([0-9a-f]{16})-(0|[1-9][0-9]{0,8})")
_BAR_AFTER_S = 1.0


class Catalog:
    """Films, their shots, keyframes and dialogue, at rest in one folder.

    The films themselves are only read. What was reported as done survives the kill of any process and, on a
    disk that honors flushing, a loss of power. Several processes may use a catalog at once.

    Args:
        location: A local folder (``~`` is expanded) or a URL such as ``s3://bucket/prefix``. It is made when
            something is first written.
        storage_options: Passed to fsspec for a URL.

    Attributes:
        films: The film folders.
        embeddings: The vectors of stored keyframes.
        generations: The published searches.
        synonyms: The team's own table of words that mean the same; searches widen their query by it.
        judgments: What people said is right for a query; what a search is measured by.
        recorder: Notes searches and picks, where :meth:`keep_usage` switched that on.

    Raises:
        CatalogError: The place is a file, or a folder with other things in it.
        DamagedError: ``catalog.json`` is not what was written.
        StorageError: The place cannot be reached or read.

    Examples:
        >>> import tempfile
        >>> catalog = Catalog(tempfile.mkdtemp())
        >>> len(catalog.videos)
        0
    """

    def __init__(
        self, location: str | os.PathLike[str], *, storage_options: Mapping[str, Any] | None = None
    ) -> None:
        self._disk = open_disk(location, storage_options=storage_options)
        check_catalog(self._disk)
        self.films = Films(self._disk)
        self.embeddings = Embeddings(self._disk)
        self.generations = Generations(self._disk)
        self.synonyms = Synonyms(self._disk)
        self.judgments = StoredJudgments(self._disk)
        self.recorder = Recorder(self._disk)

    def __repr__(self) -> str:
        return f"Catalog({self.location!r})"

    @property
    def location(self) -> str:
        """Absolute path or URL of the catalog."""
        return self._disk.location

    @property
    def exists(self) -> bool:
        """Whether anything was ever written here."""
        return check_catalog(self._disk)

    def add(
        self, paths: str | os.PathLike[str] | Iterable[str | os.PathLike[str]], /, **columns: Any
    ) -> pd.DataFrame:
        """Take films in; they are segmented by :meth:`segment`.

        Content is what counts: a file is read through once (a bar shows when that takes long), and not again
        while its place, size and time of change stay the same. A film that was moved is recognized; a changed
        file takes the place of the old film and inherits its columns.

        Args:
            paths: Files, folders and patterns (``*``, ``?``, ``[...]``, ``**``). A path that exists is taken
                as it is, whatever its name. Folders are searched through for videos, hidden files left out.
            **columns: Columns of your own for these films: text, numbers, bools; None takes a value away.

        Returns:
            One row per file: ``video_id``, ``name``, ``outcome`` (``added``, ``unchanged``, ``moved``,
            ``changed``, ``duplicate`` or ``rejected``) and ``error``.

        Raises:
            VideoNotFound: A path does not exist or a pattern matches nothing; nothing was added.
            CatalogError: A column has a reserved name or a value of the wrong kind; nothing was added.
            CatalogTooNew: The catalog is of a newer format.
            StorageError: The disk refused; files that were taken in before stay.
        """
        from tqdm.auto import tqdm

        own = check_own(columns)
        skip = Path(self.location) if self._disk.is_local else None
        files = find_files(paths, skip=skip)
        make_catalog(self._disk)
        known = self.films.list()
        check_kinds(own, known)
        adder = Adder(self.films, known, own)
        total = sum(adder.bytes_to_read(path) for path in files)
        outcomes = []
        with tqdm(
            total=total, desc="Reading", unit="B", unit_scale=True, delay=_BAR_AFTER_S, leave=False
        ) as bar:
            try:
                outcomes = [adder.add(path, on_bytes=bar.update) for path in files]
            finally:
                if len(outcomes) == len(files):
                    adder.finish()
        return _frame(Outcome, outcomes)

    def segment(self, executor: Any = None, *, progress: bool = True, retry: bool = False) -> pd.DataFrame:
        """Find the shots of every film that waits, and store them with keyframes and dialogue.

        It may be interrupted, killed or run again at any time: films that are done stay done.

        Args:
            executor: A ``distributed.Client``, or None for all cores of this machine.
            progress: Whether to show a bar.
            retry: Also do the films again that failed before, or whose stored files are damaged.

        Returns:
            One row per film that was done: ``video_id``, ``name``, ``status``, ``error``, ``shots``,
            ``film_s`` and ``wall_s`` (seconds of film, and that it took).

        Raises:
            ExecutorError: The workers of ``executor`` cannot do the work.
            CatalogTooNew: The catalog is of a newer format.
            StorageError: The disk refused; films that are done stay done.
        """
        from vidsearch_sdk.ingest.one_film import Summary
        from vidsearch_sdk.ingest.run import segment_films

        self._disk.check_writable()
        done = _frame(Summary, segment_films(self._disk, executor=executor, progress=progress, retry=retry))
        films = {film.video_id: film for film in self.films.list()} if len(done) else {}
        shots = [
            films[v].parts["shots"].rows if v in films and films[v].has_shots else 0 for v in done["video_id"]
        ]
        done.insert(4, "shots", pd.Series(shots, dtype="int64"))
        return done

    @property
    def videos(self) -> pd.DataFrame:
        """One row per film, in the order in which they were added, with your own columns last.

        ``frame_rate`` and ``time_base`` are exact fractions as text (``"24000/1001"``); ``status`` is
        ``damaged`` where the film's own record cannot be read.
        """
        return videos_frame(self.films.list())

    @property
    def shots(self) -> pd.DataFrame:
        """One row per shot of every film; spans are half-open, in the container's own clock.

        A film whose shots are damaged is left out and named in a warning of the log.
        """
        return part_frame(self.films, self.films.list(), "shots", self._serving())

    @property
    def dialogue(self) -> pd.DataFrame:
        """One row per line of dialogue of every film, with its times in the container's own clock."""
        return part_frame(self.films, self.films.list(), "dialogue", self._serving())

    def status(self) -> CatalogStatus:
        """Return what the catalog holds and what to do next; printing it is readable."""
        return status_of(self.location, self.films.list(), self.embeddings, self.generations)

    def verify(self, *, progress: bool = True) -> pd.DataFrame:
        """Read every stored file and compare it with what was written.

        Damaged parts are noted, so that ``segment(retry=True)`` makes them again; damaged vectors are set
        aside, so that the next ``ShotIndex.build`` does.

        Args:
            progress: Whether to show a bar when it takes long.

        Returns:
            One row per problem: ``kind``, ``video_id``, ``name``, ``file``, ``problem``, ``remedy``; empty
            when all is whole.

        Raises:
            StorageError: The disk refused to read.
        """
        from tqdm.auto import tqdm

        total = stored_bytes(self.films.list(), self.generations)
        bar = tqdm(
            total=total,
            desc="Verifying",
            unit="B",
            unit_scale=True,
            delay=_BAR_AFTER_S,
            leave=False,
            disable=not progress,
        )
        with bar:
            return _frame(Problem, verify(self._disk, on_bytes=bar.update))

    def remove(self, which: str | Iterable[str] | pd.DataFrame | pd.Series[bool]) -> pd.DataFrame:
        """Take films out of the catalog; the files themselves are not touched.

        Stored pictures and tables stay on the disk until :meth:`collect`.

        Args:
            which: A video_id, a name (of one film), several of these, rows of :attr:`videos`, or a bool for
                every row of it (``catalog.videos.status == "rejected"``).

        Returns:
            One row per film that was removed: ``video_id``, ``name``.

        Raises:
            VideoNotFound: One of them is not in the catalog; nothing was removed.
            CatalogError: A name belongs to several films; nothing was removed.
        """
        chosen = self._chosen(which)
        for video_id in chosen:
            self.films.remove(video_id)
        return pd.DataFrame({"video_id": list(chosen), "name": list(chosen.values())}, dtype="str")

    def set_columns(self, video_id: str, /, **columns: Any) -> None:
        """Set your own columns of one film; None takes a value away.

        Args:
            video_id: The film, by id or by name.
            **columns: Text, numbers, bools.

        Raises:
            VideoNotFound: No such film.
            CatalogError: A reserved name, or a value of another kind than the column holds elsewhere.
        """
        own = check_own(columns)
        films = self.films.list()
        (chosen,) = self._chosen(video_id)
        check_kinds(own, [film for film in films if film.video_id != chosen])
        self.films.update(chosen, own=own)

    def collect(self, grace: str | timedelta = "7d") -> Collected:
        """Remove stored files that nothing refers to any more and that are older than ``grace``.

        Args:
            grace: ``"36h"``, ``"7d"``, ``"2w"`` or a timedelta; at least 24 hours.

        Raises:
            CatalogError: The grace is shorter or cannot be read.
        """
        return collect(self._disk, grace=parse_grace(grace))

    def undo_swap(self) -> Generation:
        """Let the encoder serve again that served before the last ``vs.swap``: one write, from any process.

        Handles that are open keep what they have opened; ``ShotIndex.open(catalog)`` opens what serves, with
        its encoder. What was swapped in stays in the catalog, and can be swapped in again without embedding
        anything.

        Returns:
            What serves now; ``manifest["encoder"]`` names its encoder.

        Raises:
            SearchIndexError: No swap can be undone.
            StorageError: The disk refused; nothing was changed.
        """
        return self.generations.undo()

    def keep_usage(self, on: bool = True, *, words: KeptWords = "typed") -> None:
        """Switch on that searches are noted, for everybody who uses the catalog; off unless switched on.

        Noted are, of each search: when, the words, how many hits, the time of each stage, the encoder and the
        generation, whether a filter was set; whether the answer was looked at; which shots were picked,
        played or given a thumb. Not noted are: who, the machine, addresses, pictures and clips that were
        searched with, values of filters, dialogue, titles. It stays in the catalog (``feedback/usage/``);
        nothing is sent anywhere. :meth:`forget_usage` removes it all.

        Args:
            on: False switches it off; what was kept stays.
            words: ``"hashed"`` keeps, in place of words, a number that tells same words from others; the
                key lies in the catalog, so whoever may read it can try words out. Then no synonyms can be
                proposed.

        Raises:
            CatalogError: ``words`` is not one of the choices.
            CatalogTooNew: The catalog is of a newer format.
            StorageError: The disk refused.
        """
        if not isinstance(on, bool):
            raise CatalogError(f"on={on!r}: True or False is needed")
        self.recorder.turn(on, words=words)

    def usage(self) -> Usage:
        """Say how the catalog is searched: latency by stage, abandoned searches, picks, reformulations.

        Raises:
            StorageError: The disk refused.
        """
        from vidsearch_sdk.usage.usage import Usage

        events, problems = self.recorder.read()
        return Usage(events, on=self.recorder.look(), synonyms=self.synonyms.read(), notes=problems)

    def forget_usage(self) -> int:
        """Remove all that was noted of searches, by whichever process; gives how many files that were.

        What other processes have noted in the last seconds is written after this.

        Raises:
            CatalogTooNew: The catalog is of a newer format.
            StorageError: The disk refused; what was not removed yet stays.
        """
        return self.recorder.forget()

    def path(self, video_id: str) -> Path:
        """Return where a film's file lies.

        Raises:
            VideoNotFound: No such film, or its file is no longer there.
        """
        film = self.films.get(video_id)
        path = path_of(film.uri)
        if not path.is_file():
            raise VideoNotFound(
                f"The file of film {video_id} ({film.name}) is no longer at {path.parent}. If it was moved, "
                "catalog.add(its new place) recognizes it by its content."
            )
        return path

    def keyframe(self, shot_id: str, position: int | None = None) -> bytes:
        """Return a stored keyframe of a shot as JPEG.

        Args:
            shot_id: ``<video_id>-<number>``.
            position: Which one, from 0, or from the end when negative; the middle one by default.

        Raises:
            VideoNotFound: No such film, shot or keyframe.
            DamagedError: The stored file is not what was written.
        """
        video_id, number = _parsed(shot_id)
        return self.films.keyframe(self.films.get(video_id), number, position)

    def keyframes(self, shot_id: str) -> list[tuple[float, bytes]]:
        """Return all stored keyframes of a shot: time in seconds (the container's clock) and JPEG.

        Raises:
            VideoNotFound: No such film or shot.
            DamagedError: The stored file is not what was written.
        """
        video_id, number = _parsed(shot_id)
        return self.films.shot_keyframes(self.films.get(video_id), number)

    def _serving(self) -> Generation | None:
        try:
            return self.generations.current()
        except StorageError:
            raise
        except CatalogError:  # damaged: the films' own tables hold the same rows
            return None

    def _chosen(self, which: str | Iterable[str] | pd.DataFrame | pd.Series[bool]) -> dict[str, str]:
        films = self.films.list()
        if isinstance(which, pd.DataFrame):
            wanted = [str(video_id) for video_id in which["video_id"]]
        elif isinstance(which, pd.Series) and pd.api.types.is_bool_dtype(which.dtype):
            if len(which) != len(films):
                raise CatalogError(
                    f"{len(which)} bools were given for {len(films)} films: one per row of catalog.videos."
                )
            wanted = [
                film.video_id for film, yes in zip(films, which.fillna(value=False), strict=True) if yes
            ]
        else:
            wanted = [which] if isinstance(which, str) else [str(one) for one in which]
        chosen: dict[str, str] = {}
        for one in wanted:
            found = [film for film in films if film.video_id == one] or [
                film for film in films if film.name == one
            ]
            if not found:
                raise self.films.not_found(one)
            if len(found) > 1:
                ids = ", ".join(film.video_id for film in found)
                raise CatalogError(f"{len(found)} films are called {one!r}: {ids}. Give the video_id.")
            chosen[found[0].video_id] = found[0].name
        return chosen


def _parsed(shot_id: str) -> tuple[str, int]:
    match = _SHOT_ID.fullmatch(shot_id) if isinstance(shot_id, str) else None
    if match is None:
        raise VideoNotFound(
            f"{shot_id!r} is not a shot_id: a video_id, a dash and a number (see catalog.shots)."
        )
    return match[1], int(match[2])


def _frame(kind: type[Any], rows: Iterable[Any]) -> pd.DataFrame:
    """Return dataclasses as a table that has its columns and types also when there are no rows."""
    values = list(rows)
    return pd.DataFrame(
        {
            field.name: pd.Series(
                [getattr(row, field.name) for row in values],
                dtype="float64" if field.type in ("float", float) else "str",
            )
            for field in dataclasses.fields(kind)
        }
    )
