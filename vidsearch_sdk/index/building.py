"""From a catalog with shots to a published generation; what has not changed is taken over, not made again."""

from __future__ import annotations

import hashlib
import json
import logging
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from vidsearch_sdk.encoding.pooling import pooling_of
from vidsearch_sdk.encoding.protocol import ImageTextEncoder, Pooling
from vidsearch_sdk.errors import CatalogError, DamagedError, SearchIndexError
from vidsearch_sdk.index import generation_files as files
from vidsearch_sdk.index.calibration import absent_phrases, calibrate
from vidsearch_sdk.index.choosing import newest_of, pooled_with, pooling_facts
from vidsearch_sdk.index.gathering import gather
from vidsearch_sdk.index.generation_files import Published
from vidsearch_sdk.index.graph_making import GRAPH_FROM, make_graph
from vidsearch_sdk.index.shot_rows import plain, rows_file, shot_rows
from vidsearch_sdk.index.vectors import Floats, VectorsWriter, unit_rows, vectors_file
from vidsearch_sdk.store.film import Film
from vidsearch_sdk.store.generations import Generation, Serve
from vidsearch_sdk.store.parquet import parquet_file
from vidsearch_sdk.store.tables import DIALOGUE

if TYPE_CHECKING:
    from vidsearch_sdk.catalog import Catalog

log = logging.getLogger("vidsearch_sdk")

DialogueFiles = Callable[[pa.Table], Mapping[str, bytes | Path]]
"""From the dialogue of all films (columns ``DIALOGUE``) to the files that it is searched with."""


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

    Where the newest generation of this encoder and pooling holds the same already, nothing is made and that
    one serves. Where only another pooling was published, its frames' vectors are pooled anew.

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
        EncoderError: The encoder's pooling gives something else than a vector for each shot.
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
    pooling = pooling_of(encoder)
    previous = _previous(catalog, encoder.fingerprint, pooling)
    digest = facts_digest(films)
    if (
        previous is not None
        and previous.pooled == pooled_with(pooling)
        and _is_same(previous, films, digest, dialogue_files is not None)
    ):
        if _serving(catalog) != _name(previous.generation):
            catalog.generations.let_serve(previous.generation, serve)
        return previous.generation
    with VectorsWriter(scratch / files.FRAMES, dim=encoder.dim) as frames:
        content = gather(catalog, encoder, films, previous, frames, pooling=pooling)
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
        **pooling_facts(pooling),
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


def _previous(catalog: Catalog, fingerprint: str, pooling: Pooling) -> Published | None:
    """The newest generation of this pooling, else of any, if all of it is what was written.

    Where it is not, all is made from the films.
    """
    for pooled in (pooled_with(pooling), None):
        try:
            generation = newest_of(catalog.generations, fingerprint, pooled)
            if generation is not None:
                published = Published.open(generation)
                published.check()
                return published
        except (DamagedError, SearchIndexError) as error:
            log.warning("the published index is not built on: %s", error)
            return None
    return None


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
