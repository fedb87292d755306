"""From a catalog to a published index: what has no vectors yet is embedded first."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from vidsearch_sdk.encoding.protocol import ImageTextEncoder
from vidsearch_sdk.errors import SearchIndexError
from vidsearch_sdk.index.building import DialogueFiles, publish
from vidsearch_sdk.index.generation_files import Published
from vidsearch_sdk.store.generations import Serve

if TYPE_CHECKING:
    from vidsearch_sdk.catalog import Catalog

log = logging.getLogger("vidsearch_sdk")


def make_index(
    catalog: Catalog,
    encoder: ImageTextEncoder,
    *,
    progress: bool,
    dialogue_files: DialogueFiles,
    serve: Serve = "always",
) -> Published:
    """Embed and publish every film that has shots, and open what was published.

    Args:
        catalog: The catalog.
        encoder: Makes the vectors.
        progress: Whether to show bars.
        dialogue_files: Makes the files that dialogue is searched with.
        serve: Whether it serves from now on.

    Raises:
        SearchIndexError: No film has shots.
        EncoderError: The encoder cannot be used.
        StorageError: The disk refused; what served before still serves.
    """
    # Only making an index needs the room that fills catalogs; searching one does not load it.
    from vidsearch_sdk.ingest.embedding import embed_films

    films = [film for film in catalog.films.list() if film.has_shots]
    if films:
        embed_films(catalog.films, catalog.embeddings, encoder, progress=progress)
    now = catalog.films.list()
    waiting = sum(film.status == "added" for film in now)
    ready = [film for film in now if film.has_shots and catalog.embeddings.has(film, encoder.fingerprint)]
    if not ready and any(film.has_shots for film in now):
        raise SearchIndexError(
            "the stored keyframes of every film are damaged: catalog.verify() says more, "
            "catalog.segment(retry=True) makes them again"
        )
    if not ready:
        raise SearchIndexError(
            f"no film of this catalog has shots yet ({len(now)} in it, {waiting} waiting): "
            + ("call catalog.segment() first" if now else "call catalog.add(paths), then catalog.segment()")
        )
    if waiting:
        log.warning("%d films are not segmented yet and left out: catalog.segment(), then refresh()", waiting)
    return Published.open(
        publish(catalog, encoder, films=ready, progress=progress, dialogue_files=dialogue_files, serve=serve)
    )
