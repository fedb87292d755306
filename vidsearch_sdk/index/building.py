"""From a catalog with shots to a published generation; what has not changed is taken over, not made again."""

from __future__ import annotations

import hashlib
import json
import logging
import math
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from vidsearch_sdk.encoding.protocol import ImageTextEncoder
from vidsearch_sdk.errors import CatalogError, DamagedError, SearchIndexError
from vidsearch_sdk.index import generation_files as files
from vidsearch_sdk.index.calibration import absent_phrases, calibrate
from vidsearch_sdk.index.frame_vectors import keyframe_counts
from vidsearch_sdk.index.generation_files import Published
from vidsearch_sdk.index.graph_making import GRAPH_FROM, make_graph
from vidsearch_sdk.index.shot_rows import plain, rows_file, rows_of_film, shot_rows
from vidsearch_sdk.index.stock import read_shots
from vidsearch_sdk.index.vectors import Floats, Halves, VectorsWriter, unit_rows, vectors_file
from vidsearch_sdk.store.film import Film
from vidsearch_sdk.store.generations import Generation, Serve
from vidsearch_sdk.store.parquet import parquet_file
from vidsearch_sdk.store.tables import DIALOGUE, SHOTS

if TYPE_CHECKING:
    from vidsearch_sdk.catalog import Catalog

log = logging.getLogger("vidsearch_sdk")

DialogueFiles = Callable[[pa.Table], Mapping[str, bytes | Path]]
"""From the dialogue of all films (columns ``DIALOGUE``) to the files that it is searched with."""


@dataclass
class _Content:
    """What a generation is made of, film after film."""

    films: list[Film]
    shots: list[pa.Table]
    vectors: Halves
    taken: np.ndarray
    """Row of the previous generation by row; -1 where the shot is new."""
    same_shot: float
    left_out: dict[str, str]


def publish(
    catalog: Catalog,
    encoder: ImageTextEncoder,
    *,
    films: Sequence[Film],
    progress: bool,
    dialogue_files: DialogueFiles | None = None,
    serve: Serve = "always",
) -> Generation:
    """Publish a generation of some films and let it serve.

    Where the newest generation of this encoder holds the same already, nothing is made and that one serves.

    Args:
        catalog: The catalog.
        encoder: Whose vectors they have.
        films: Films with shots and vectors.
        progress: Whether to show a bar while a graph is made.
        dialogue_files: Makes the files that dialogue is searched with; they are published as well and
            ``Published.dialogue_parts`` gives them back.
        serve: Whether it serves from now on.

    Raises:
        SearchIndexError: No film can be read, or the dialogue's files take a name that is in use.
        StorageError: The disk refused; what served before still serves.
    """
    with tempfile.TemporaryDirectory(prefix="vidsearch-index-") as scratch:
        return _publish(
            catalog, encoder, films, dialogue_files, Path(scratch), progress=progress, serve=serve
        )


def _publish(
    catalog: Catalog,
    encoder: ImageTextEncoder,
    films: Sequence[Film],
    dialogue_files: DialogueFiles | None,
    scratch: Path,
    *,
    progress: bool,
    serve: Serve,
) -> Generation:
    previous = _previous(catalog, encoder.fingerprint)
    digest = facts_digest(films)
    if previous is not None and _is_same(previous, films, digest, dialogue_files is not None):
        if _serving(catalog) != _name(previous.generation):
            catalog.generations.let_serve(previous.generation, serve)
        return previous.generation
    with VectorsWriter(scratch / files.FRAMES, dim=encoder.dim) as frames:
        content = _gather(catalog, encoder, films, previous, frames)
    if not content.films:
        said = "; ".join(content.left_out.values())
        raise SearchIndexError(f"no film of the catalog can be read: {said}")
    phrases = _phrases(encoder, previous)
    if previous is not None and np.array_equal(content.taken, np.arange(previous.shots)):
        calibration = previous.calibration  # only facts of films have changed
    else:
        calibration = calibrate(content.vectors, phrases, same_shot=content.same_shot)
    rows = shot_rows(content.films, content.shots)
    lines = pa.concat_tables([DIALOGUE.empty_table(), *_dialogue(catalog, content.films)])
    manifest: dict[str, Any] = {
        "kind": files.KIND,
        "covers": {film.video_id: film.run for film in content.films},
        "facts": digest,
        "pooling": files.POOLING,
        "encoder": _encoder_facts(encoder),
        "shots": rows.num_rows,
        "calibration": calibration.to_manifest(),
        "phrases": _phrases_digest(),
        "graph": None,
        "dialogue_files": None,
        "left_out": content.left_out,
    }
    parts: dict[str, bytes | Path] = {
        files.VECTORS: vectors_file(content.vectors),
        files.PHRASES: vectors_file(phrases.astype(np.float16)),
        files.ROWS: rows_file(rows),
        files.SHOTS: parquet_file(plain(rows).schema, [plain(rows)]),
        files.DIALOGUE: parquet_file(DIALOGUE, [lines]),
        files.FRAMES: frames.path,
    }
    if len(content.vectors) >= GRAPH_FROM:
        graph = make_graph(
            content.vectors, taken=content.taken, phrases=phrases, previous=previous, progress=progress
        )
        parts.update(graph.files)
        manifest["graph"] = graph.manifest
    if dialogue_files is not None:
        made = dialogue_files(lines)
        taken = sorted(made.keys() & {*parts, files.GRAPH, files.GRAPH_ROWS})
        if taken:
            raise SearchIndexError(f"the dialogue's files must not be named {', '.join(taken)}")
        parts.update(made)
        manifest["dialogue_files"] = sorted(made)
    return catalog.generations.publish(encoder.fingerprint, parts, manifest, serve=serve)


def facts_digest(films: Sequence[Film]) -> str:
    """SHA-256 of what a generation says of its films, so that a change of a title is noticed."""
    facts = [
        [film.video_id, film.run, film.name, film.status, dict(film.own), dict(film.measured)]
        for film in sorted(films, key=lambda film: film.video_id)
    ]
    return hashlib.sha256(json.dumps(facts, sort_keys=True, default=repr).encode()).hexdigest()


def _encoder_facts(encoder: ImageTextEncoder) -> dict[str, Any]:
    """What the encoder was, and what finds the same weights again where it says so."""
    facts: dict[str, Any] = {"name": encoder.name, "dim": encoder.dim, "fingerprint": encoder.fingerprint}
    # An encoder of the user's own need not have these.
    for optional in ("pretrained", "revision"):
        facts[optional] = str(getattr(encoder, optional, None) or "")
    templates = getattr(encoder, "templates", None)
    if isinstance(templates, tuple) and templates != ("{}",):
        facts["templates"] = [str(template) for template in templates]
    return facts


def _name(generation: Generation) -> tuple[str, str]:
    return generation.fingerprint, generation.name


def _serving(catalog: Catalog) -> tuple[str, str] | None:
    try:
        current = catalog.generations.current()
    except DamagedError:  # it is written anew
        return None
    return None if current is None else _name(current)


def _previous(catalog: Catalog, fingerprint: str) -> Published | None:
    """The newest generation, if all of it is what was written; else all is made from the films."""
    try:
        generation = catalog.generations.latest(fingerprint)
        if generation is None:
            return None
        published = Published.open(generation)
        published.check()
    except (DamagedError, SearchIndexError) as error:
        log.warning("the published index is not built on: %s", error)
        return None
    return published


def _is_same(previous: Published, films: Sequence[Film], digest: str, with_dialogue: bool) -> bool:
    manifest = previous.generation.manifest
    # What an older version of this package published lacks some files; then it is not the same.
    return (
        files.FRAMES in manifest["files"]
        and (manifest.get("dialogue_files") is not None or not with_dialogue)
        and dict(previous.generation.covers) == {film.video_id: film.run for film in films}
        and manifest.get("facts") == digest
        and manifest.get("phrases") == _phrases_digest()
    )


def _gather(
    catalog: Catalog,
    encoder: ImageTextEncoder,
    films: Sequence[Film],
    previous: Published | None,
    frames: VectorsWriter,
) -> _Content:
    covers = previous.generation.covers if previous else {}
    kept = [film for film in films if covers.get(film.video_id) == film.run]
    new = [film for film in films if covers.get(film.video_id) != film.run]
    content = _Content([], [], np.zeros((0, encoder.dim), np.float16), np.zeros(0, np.int64), math.nan, {})
    vectors: list[Halves] = []
    taken: list[np.ndarray] = []
    same: list[tuple[float, int]] = []
    if previous is not None and kept:
        table, old, old_frames = previous.table(), previous.vectors(), previous.frames()
        places = rows_of_film(table)
        # In the order in which they stand there, so that rows move as little as possible.
        for film in sorted(kept, key=lambda film: places[film.video_id]):
            start, stop = places[film.video_id]
            rows = table.slice(start, stop - start).select(SHOTS.names).cast(SHOTS)
            content.films.append(film)
            content.shots.append(rows)
            vectors.append(old[start:stop])
            taken.append(np.arange(start, stop))
            if old_frames is not None:
                frames.add(old_frames.between(start, stop))
            else:
                frames.add(_frames_again(catalog, film, encoder.fingerprint, rows, old[start:stop]))
        same.append((previous.calibration.same_shot, sum(len(part) for part in vectors)))
    for film in new:
        try:
            read = read_shots(catalog, film, encoder.fingerprint)
        except CatalogError as error:
            log.warning("film %s is left out of the index: %s", film.video_id, error)
            content.left_out[film.video_id] = str(error)
            continue
        content.films.append(film)
        content.shots.append(read.shots)
        vectors.append(read.vectors)
        frames.add(read.frames)
        taken.append(np.full(len(read.vectors), -1))
        same.append((read.same_shot, len(read.vectors)))
    if vectors:
        content.vectors = np.concatenate(vectors)
        content.taken = np.concatenate(taken)
    content.same_shot = files.same_shot_of(same)
    return content


def _frames_again(catalog: Catalog, film: Film, fingerprint: str, shots: pa.Table, vectors: Halves) -> Halves:
    """The frame vectors of a film that an older version published without them.

    Where they can no longer be read, each shot's own vector stands for its frames: the film is published as
    it was, and a second look changes nothing about it.
    """
    counts = keyframe_counts(shots)
    try:
        frames = catalog.embeddings.read(film, fingerprint)
        if len(frames) == counts.sum():
            return frames
        problem = f"{len(frames)} vectors for {counts.sum()} keyframes"
    except CatalogError as error:
        problem = str(error)
    log.warning("the frames of film %s are not looked at one by one: %s", film.video_id, problem)
    return np.repeat(vectors, counts, axis=0)


def _dialogue(catalog: Catalog, films: Sequence[Film]) -> Iterator[pa.Table]:
    for film in films:
        try:
            yield catalog.films.table(film, "dialogue")
        except CatalogError as error:
            log.warning("the dialogue of film %s is left out of the index: %s", film.video_id, error)


def _phrases_digest() -> str:
    return hashlib.sha256("\n".join(absent_phrases()).encode()).hexdigest()


def _phrases(encoder: ImageTextEncoder, previous: Published | None) -> Floats:
    if previous is not None and previous.generation.manifest.get("phrases") == _phrases_digest():
        return previous.phrases()
    return unit_rows(encoder.encode_texts(absent_phrases()))
