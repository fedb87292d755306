"""A generation's files as a search uses them: checked, then mapped, when they are first needed."""

from __future__ import annotations

import logging
import math
import threading
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from vidsearch_sdk.errors import DamagedError, SearchIndexError
from vidsearch_sdk.index.ann import Graph, reaches_from, view_index
from vidsearch_sdk.index.calibration import Calibration
from vidsearch_sdk.index.choosing import Pooled, pooled_in
from vidsearch_sdk.index.derived import languages
from vidsearch_sdk.index.exact import Rows
from vidsearch_sdk.index.frame_vectors import FrameVectors, keyframe_counts
from vidsearch_sdk.index.nearest import Nearest
from vidsearch_sdk.index.shot_rows import map_rows
from vidsearch_sdk.index.vectors import REBUILD, Floats, Halves, map_vectors
from vidsearch_sdk.store.generations import BUILD_AGAIN, Generation
from vidsearch_sdk.store.parquet import published_table
from vidsearch_sdk.store.tables import DIALOGUE as DIALOGUE_COLUMNS

log = logging.getLogger("vidsearch_sdk")

KIND = 1
"""Version of what a generation holds; another version is built anew."""
GRAPH = "index.usearch"
GRAPH_ROWS = "index-rows.npy"
VECTORS = "vectors.npy"
FRAMES = "frames.npy"
PHRASES = "phrases.npy"
ROWS = "shots.arrow"
SHOTS = "shots.parquet"
DIALOGUE = "dialogue.parquet"


@dataclass(frozen=True)
class Published:
    """One generation, opened for searching; safe to use from many threads.

    Attributes:
        generation: Where it lies.
        shots: Number of shots.
        dim: Dimensions of the vectors.
        calibration: How similarities become scores.
    """

    generation: Generation
    shots: int
    dim: int
    calibration: Calibration
    _guard: Any = field(default_factory=threading.Lock, repr=False, compare=False)
    _kept: dict[str, Any] = field(default_factory=dict, repr=False, compare=False)

    @classmethod
    def open(cls, generation: Generation) -> Published:
        """Read what the manifest says; no file is touched.

        Raises:
            SearchIndexError: It was made by another version of this package.
            DamagedError: The manifest makes no sense.
        """
        manifest = generation.manifest
        if manifest.get("kind") != KIND or not isinstance(manifest.get("pooling"), str):
            raise SearchIndexError(
                f"the index {generation.folder} was made by another version of this package; {REBUILD}"
            )
        try:
            shots, dim = int(manifest["shots"]), int(manifest["encoder"]["dim"])
        except (KeyError, TypeError, ValueError) as error:
            raise DamagedError(
                f"the manifest of {generation.folder} makes no sense: {error!r}; {REBUILD}"
            ) from None
        return cls(generation, shots, dim, Calibration.from_manifest(manifest["calibration"]))

    @property
    def pooled(self) -> Pooled:
        """Name and digest of the pooling that made the shots' vectors."""
        return pooled_in(self.generation.manifest)

    @property
    def notes(self) -> tuple[str, ...]:
        """What a searcher should know of the files."""
        return tuple(self._kept.get("notes", ()))

    def table(self) -> pa.Table:
        """The shots, mapped.

        Raises:
            DamagedError: The file is not what was written.
        """
        with self._guard:
            if "table" not in self._kept:
                self._kept["table"] = map_rows(self.generation.local(ROWS), rows=self.shots)
            return self._kept["table"]

    def vectors(self) -> Halves:
        """The shots' vectors, mapped: float16 (shots, dim).

        Raises:
            DamagedError: The file is not what was written.
        """
        with self._guard:
            if "vectors" not in self._kept:
                path = self.generation.local(VECTORS)
                self._kept["vectors"] = map_vectors(path, rows=self.shots, dim=self.dim)
            vectors: Halves = self._kept["vectors"]
            return vectors

    def nearest(self) -> Nearest:
        """The search over the shots' vectors; the graph is mapped, the vectors when they are needed.

        A damaged graph is done without: the vectors hold the truth, and reading them all finds the same.
        """
        with self._guard:
            if "nearest" not in self._kept:
                self._kept["nearest"] = Nearest(self.shots, self.vectors, self._graph())
            nearest: Nearest = self._kept["nearest"]
            return nearest

    def frames(self) -> FrameVectors | None:
        """The vectors of every keyframe, mapped; ``None`` in a generation that was made without them.

        A damaged file is done without as well: it serves a second look only.
        """
        if FRAMES not in self.generation.manifest["files"]:
            return None
        counts = keyframe_counts(self.table())
        with self._guard:
            if "frames" not in self._kept:
                self._kept["frames"] = self._frames(counts)
            frames: FrameVectors | None = self._kept["frames"]
            return frames

    def part(self, name: str) -> Path:
        """A local path of one file, checked before it is given out, to be read and never written.

        Raises:
            DamagedError: The file is missing or is not what was written.
            CatalogError: The generation has no such file.
        """
        return self.generation.local(name)

    def parts(self, prefix: str) -> dict[str, Path]:
        """The files whose names begin with ``prefix``, as ``part`` gives each, by name."""
        names = (name for name in self.generation.manifest["files"] if name.startswith(prefix))
        return {name: self.part(name) for name in names}

    def dialogue_parts(self) -> dict[str, Path] | None:
        """What the dialogue is searched with: the files that ``publish`` was given for it, by name.

        ``None`` in a generation that was made without. Raises as ``part``.
        """
        names = self.generation.manifest.get("dialogue_files")
        return None if names is None else {str(name): self.part(str(name)) for name in names}

    def lines(self) -> pa.Table:
        """The dialogue of the films that are covered, columns ``DIALOGUE``; read anew every time.

        Raises:
            DamagedError: The file is not what was written.
        """
        return published_table(self.part(DIALOGUE), DIALOGUE_COLUMNS, BUILD_AGAIN)

    def languages(self) -> pa.Array:
        """``derived.languages`` of the shots; kept.

        Raises:
            DamagedError: The dialogue is not what was written.
        """
        table = self.table()
        with self._guard:
            if "languages" not in self._kept:
                self._kept["languages"] = languages(table, self.lines())
            return self._kept["languages"]

    def phrases(self) -> Floats:
        """The vectors of the calibrating phrases, float32 (phrases, dim)."""
        stored = np.load(self.generation.local(PHRASES), allow_pickle=False)
        return np.asarray(stored, np.float32)

    def check(self) -> None:
        """Compare every file with its checksum.

        Raises:
            DamagedError: One is not what was written.
        """
        for name in self.generation.manifest["files"]:
            self.generation.local(name)

    def _graph(self) -> Graph | None:
        manifest = self.generation.manifest
        if GRAPH not in manifest["files"]:
            return None
        try:
            reaches = reaches_from(manifest["graph"]["reaches"])
            path = self.generation.local(GRAPH)
            index = view_index(path, keys=int(manifest["graph"]["keys"]), dim=self.dim)
            rows = None
            if GRAPH_ROWS in manifest["files"]:
                rows = np.load(self.generation.local(GRAPH_ROWS), allow_pickle=False).astype(np.int64)
            return Graph(index, rows, reaches, source=path)
        except DamagedError as error:
            log.warning("searching without the damaged search graph: %s", error)
            self._note(f"the search graph is damaged and not used, which is slower; {REBUILD}")
            return None

    def _frames(self, counts: Rows) -> FrameVectors | None:
        try:
            path = self.part(FRAMES)
            return FrameVectors(map_vectors(path, rows=int(counts.sum()), dim=self.dim), counts)
        except DamagedError as error:
            log.warning("searching without the damaged vectors of single frames: %s", error)
            self._note(f"the vectors of single frames are damaged and not used; {REBUILD}")
            return None

    def _note(self, note: str) -> None:
        self._kept["notes"] = (*self._kept.get("notes", ()), note)


def same_shot_of(calibrations: list[tuple[float, int]]) -> float:
    """The usual similarity of two pictures of one shot, from several films' values and numbers of shots."""
    known = [(value, weight) for value, weight in calibrations if not math.isnan(value) and weight]
    if not known:
        return math.nan
    values, weights = zip(*known, strict=True)
    return float(np.average(values, weights=weights))
