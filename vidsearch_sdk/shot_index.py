"""From a question to the shots that answer it."""

from __future__ import annotations

import logging
import math
import operator
import threading
import time
from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pyarrow as pa

from vidsearch_sdk.encoding.protocol import ImageTextEncoder
from vidsearch_sdk.errors import CatalogError, EncoderError, EncoderMismatch, QueryError, SearchIndexError
from vidsearch_sdk.index.building import publish
from vidsearch_sdk.index.calibration import ANSWERED, how_many
from vidsearch_sdk.index.filters import parse_filter
from vidsearch_sdk.index.generation_files import Published
from vidsearch_sdk.index.served import Found, Served, missing_films, serve
from vidsearch_sdk.index.vectors import Floats
from vidsearch_sdk.query.query_vector import query_vector
from vidsearch_sdk.query.terms import Shot, Text, as_term
from vidsearch_sdk.results.search_results import SearchResults

if TYPE_CHECKING:
    from vidsearch_sdk.catalog import Catalog

log = logging.getLogger("vidsearch_sdk")

MOST_RESULTS = 10_000
"""Shots that one search returns at most."""


class ShotIndex:
    """Finds shots of a catalog by words, by a picture, by another shot or by a clip.

    Made with ``ShotIndex.build`` or ``ShotIndex.open``. Any number of threads may search one handle at once.
    A handle keeps to the generation that it opened; films that are segmented and embedded later are searched
    as well, films that are removed are found no more.

    Examples:
        >>> import vidsearch_sdk as vs
        >>> index = vs.ShotIndex.build(catalog, encoder, progress=False)  # a catalog of the sample film
        >>> hits = index.search("a turtle underwater", k=5, where={"duration_s": (1, 10)})
        >>> hits[0].position
        '00:02:23.875'
    """

    def __init__(self, catalog: Catalog, encoder: ImageTextEncoder, published: Published) -> None:
        self._catalog = catalog
        self._encoder = encoder
        self._published = published
        self._served: Served | None = None
        self._guard = threading.Lock()

    @classmethod
    def build(cls, catalog: Catalog, encoder: ImageTextEncoder, *, progress: bool = True) -> ShotIndex:
        """Embed what has no vectors yet, publish a search over every film that has shots, and open it.

        Nothing is done twice: stored vectors are kept, and where the same was published before, that is
        opened.

        Args:
            catalog: The catalog; films that wait to be segmented are left out, with a warning.
            encoder: A ``vs.Encoder``, or any object with its ``name``, ``dim``, ``fingerprint``,
                ``encode_images`` and ``encode_texts``.
            progress: Whether to show bars.

        Raises:
            SearchIndexError: No film has shots.
            EncoderError: The encoder cannot be used.
            StorageError: The disk refused; what served before still serves.
        """
        _check_catalog(catalog)
        return cls(catalog, encoder, _build(catalog, _checked(encoder), progress=progress))

    @classmethod
    def open(cls, catalog: Catalog, encoder: ImageTextEncoder) -> ShotIndex:
        """Open the published search of an encoder, in milliseconds; files are mapped by the first search.

        Args:
            catalog: The catalog.
            encoder: The encoder that the search was built with.

        Raises:
            SearchIndexError: Nothing was published.
            EncoderMismatch: Only searches of other encoders were published.
            DamagedError: The published files are not what was written.
        """
        _check_catalog(catalog)
        _checked(encoder)
        current = catalog.generations.current()
        if current is None:
            raise SearchIndexError(
                "nothing to search in this catalog yet: ShotIndex.build(catalog, encoder) makes an index"
            )
        generation = current
        if current.fingerprint != encoder.fingerprint:
            # Another encoder serves by default; this one's search may stand beside it.
            beside = catalog.generations.latest(encoder.fingerprint)
            if beside is None:
                facts = current.manifest.get("encoder", {})
                other, revision = facts.get("name", "an unknown encoder"), facts.get("revision")
                # Of one name, a branch has moved on since: only the revision tells the two apart.
                pinned = f" (revision={revision!r})" if revision else ""
                raise EncoderMismatch(
                    f"the index was built with {other} ({current.fingerprint}), not with {encoder.name} "
                    f"({encoder.fingerprint}): open it with that encoder{pinned}, or make one for this "
                    "encoder with ShotIndex.build(catalog, encoder)"
                )
            generation = beside
        published = Published.open(generation)
        if published.dim != encoder.dim:
            raise EncoderMismatch(
                f"the index holds vectors of {published.dim} dimensions, {encoder.name} makes {encoder.dim}: "
                "ShotIndex.build(catalog, encoder) makes a new one"
            )
        return cls(catalog, encoder, published)

    def refresh(self, *, progress: bool = True) -> None:
        """Embed and publish what has changed in the catalog since; this handle then serves it.

        Only new films are embedded and added; other handles keep what they have opened.

        Args:
            progress: Whether to show bars.

        Raises:
            SearchIndexError: No film has shots any more.
            StorageError: The disk refused; what served before still serves.
        """
        published = _build(self._catalog, self._encoder, progress=progress)
        with self._guard:
            if _name(published) != _name(self._published):
                self._published = published
            self._served = None

    def search(
        self,
        query: Any,
        *,
        k: int = 20,
        where: Mapping[str, Any] | None = None,
        min_score: float | None = None,
    ) -> SearchResults:
        """Find the shots that fit best.

        Args:
            query: Words (``"a dog on a beach"``), a picture (``pathlib.Path``, PIL image, uint8 array), a
                hit, or ``vs.text``, ``vs.image``, ``vs.shot`` (more like this, without the shot itself) or
                ``vs.clip`` (a span of a file of your own).
            k: How many at most, 1 to 10,000.
            where: What must hold of a shot: column to a value, a list of values, or a ``(low, high)`` pair
                with both ends included and ``None`` for an open end. All columns of ``table`` can be used. A
                shot without a value does not pass.
            min_score: Least score, 0 to 1; 0 returns the nearest shots whatever they are. By default nothing
                is returned unless the best shot scores 0.5, so that a query for what is not there returns
                nothing; if it does, shots are returned down to a score of 0.3.

        Returns:
            Hits, best first: in order of ``similarity``, the cosine. ``score`` says how far it stands out
            from what queries for absent things reach in this catalog, which is seldom 0.5.

        Raises:
            QueryError: The query is empty or unusable, or ``k``, ``where`` or ``min_score`` is.
            UnknownColumn: ``where`` names a column that is not there.
            VideoError: A clip's file cannot be read.
            DamagedError: A stored file is not what was written; says what to do.
        """
        started = time.perf_counter()
        count = _checked_count(k)
        least = _checked_score(min_score)
        term = as_term(query)
        conditions = parse_filter(where)
        served = self._serving()
        asked = query_vector(term, self._encoder, shot_vector=partial(self._vector_of, served))
        itself = term.shot_id if isinstance(term, Shot) else None
        found = served.search(asked.vector, count, conditions=conditions, without=itself)
        for _ in range(2):
            if not missing_films(self._catalog, found.columns["video_id"].to_pylist()):
                break
            served = self._serving(anew=True)
            found = served.search(asked.vector, count, conditions=conditions, without=itself)
        scale = getattr(served.published.calibration, asked.kind)
        scores = scale.scores(found.similarities)
        kept = how_many(scores, min_score=least)
        notes = (*asked.notes, *served.published.notes, *served.notes, *served.stock.notes)
        if len(found) == 0:
            notes = (*notes, _nothing(served, itself))
        elif kept == 0:
            needed = ANSWERED if least is None else least
            notes = (*notes, f"the nearest shot scores {scores[0]:.2f}, below {needed:g}")
        return SearchResults(
            _answer(found, scores, kept),
            catalog=self._catalog,
            query_text=term.words if isinstance(term, Text) else str(term),
            elapsed_s=time.perf_counter() - started,
            notes=notes,
        )

    @property
    def table(self) -> pd.DataFrame:
        """All shots that can be found, one row each, with the columns that ``where`` may name."""
        frame: pd.DataFrame = self._serving().table().to_pandas()
        return frame

    def __len__(self) -> int:
        return self._serving().shots

    def __repr__(self) -> str:
        generation = self._published.generation
        return (
            f"ShotIndex({self._published.shots:,} shots of {len(generation.covers):,} films, "
            f"encoder {self._encoder.name!r}, generation {generation.number})"
        )

    def _serving(self, *, anew: bool = False) -> Served:
        served = self._served
        if served is not None and not anew and not served.is_old:
            return served
        # Whoever comes first looks; the others go on with what they have, unless there is nothing yet.
        if not self._guard.acquire(blocking=served is None or anew):
            return served  # type: ignore[return-value]
        try:
            if self._served is None or anew or self._served.is_old:
                self._served = serve(self._catalog, self._published, self._served)
            return self._served
        finally:
            self._guard.release()

    def _vector_of(self, served: Served, shot_id: str) -> Floats:
        vector = served.vector_of(shot_id)
        if vector is None:
            raise QueryError(f"shot {shot_id!r} is not in the index; index.table lists those that are")
        return vector


def _build(catalog: Catalog, encoder: ImageTextEncoder, *, progress: bool) -> Published:
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
    return Published.open(publish(catalog, encoder, films=ready, progress=progress))


def _name(published: Published) -> tuple[str, str]:
    return published.generation.fingerprint, published.generation.name


def _check_catalog(catalog: object) -> None:
    # By what is used of it, so that the class need not be imported here.
    if not hasattr(catalog, "generations"):
        raise CatalogError(f"{catalog!r} is not a catalog: vs.Catalog({str(catalog)!r}) opens or makes one")


def _checked(encoder: ImageTextEncoder) -> ImageTextEncoder:
    if not isinstance(encoder, ImageTextEncoder):
        raise EncoderError(
            f"{encoder!r} is not an encoder: vs.Encoder() makes one; one of your own needs name, dim, "
            "fingerprint, encode_images and encode_texts"
        )
    return encoder


def _checked_count(k: int) -> int:
    try:
        if isinstance(k, bool):
            raise TypeError
        count = operator.index(k)
    except TypeError:
        raise QueryError(f"k={k!r}: a whole number from 1 to {MOST_RESULTS:,} is needed") from None
    if not 1 <= count <= MOST_RESULTS:
        raise QueryError(f"k={count}: 1 to {MOST_RESULTS:,} shots can be asked for")
    return count


def _checked_score(min_score: float | None) -> float | None:
    if min_score is None:
        return None
    if isinstance(min_score, bool) or not isinstance(min_score, int | float | np.number):
        raise QueryError(f"min_score={min_score!r}: a number from 0 to 1 is needed")
    if not 0 <= min_score <= 1 or math.isnan(min_score):
        raise QueryError(
            f"min_score={min_score}: scores lie from 0 to 1; 0 returns the nearest shots whatever"
        )
    return float(min_score)


def _nothing(served: Served, itself: str | None) -> str:
    if served.shots == 0 or (served.shots == 1 and itself):
        return "no other shot can be found in this catalog" if itself else "the catalog has no shots to find"
    return "no shot passes the filter"


def _cells(values: pa.Array) -> Any:
    # A whole number beside an empty cell stays a whole number.
    if values.null_count and pa.types.is_integer(values.type):
        return values.to_pandas(types_mapper={values.type: pd.Int64Dtype()}.get)
    return values.to_numpy(zero_copy_only=False)


def _answer(found: Found, scores: np.ndarray, kept: int) -> pd.DataFrame:
    columns: dict[str, Any] = {
        "rank": np.arange(1, kept + 1),
        "score": scores[:kept],
        "similarity": found.similarities[:kept].astype(np.float64),
    }
    for name, values in found.columns.items():
        columns[name] = _cells(values[:kept])
    return pd.DataFrame(columns)
