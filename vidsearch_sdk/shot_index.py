"""From a question to the shots that answer it."""

from __future__ import annotations

import threading
import time
from collections.abc import Collection, Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from vidsearch_sdk.encoding.pooling import pooling_of
from vidsearch_sdk.encoding.protocol import ImageTextEncoder
from vidsearch_sdk.errors import CatalogError, EncoderError, EncoderMismatch, QueryError, SearchIndexError
from vidsearch_sdk.index.calibration import KEPT
from vidsearch_sdk.index.choosing import generation_of
from vidsearch_sdk.index.filters import parse_filter
from vidsearch_sdk.index.generation_files import Published
from vidsearch_sdk.index.making import make_index
from vidsearch_sdk.index.served import Served, missing_films, serve
from vidsearch_sdk.index.serving_encoder import encoder_of
from vidsearch_sdk.query.algebra.terms import Clip, Shot, Text, Words, as_expression, clip
from vidsearch_sdk.query.answer_tables import answer_tables
from vidsearch_sdk.query.answering import Wanted
from vidsearch_sdk.query.arguments import (
    checked_count,
    checked_exceptions,
    checked_score,
    checked_switch,
)
from vidsearch_sdk.query.judged import Kept, judged
from vidsearch_sdk.query.resources import Resources
from vidsearch_sdk.query.search import opinion_of, search
from vidsearch_sdk.query.spelling.catalog_words import search_files
from vidsearch_sdk.query.stopwatch import Stopwatch
from vidsearch_sdk.results.follow import Follow
from vidsearch_sdk.results.search_results import SearchResults

if TYPE_CHECKING:
    from vidsearch_sdk.catalog import Catalog
    from vidsearch_sdk.query.algebra.operators import Expression
    from vidsearch_sdk.store.generations import Generation, Serve
    from vidsearch_sdk.usage.answered import Answered


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
        self._resources = Resources(catalog, encoder)
        self._kept = Kept(catalog.judgments)
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
                ``encode_images`` and ``encode_texts``. Where it brings a ``pooling``, that makes the shots'
                vectors; another pooling over the same vectors of pictures embeds nothing anew.
            progress: Whether to show bars.

        Raises:
            SearchIndexError: No film has shots.
            EncoderError: The encoder cannot be used.
            StorageError: The disk refused; what served before still serves.
        """
        _check_catalog(catalog)
        return cls(catalog, encoder, _made(catalog, _checked(encoder), progress=progress))

    @classmethod
    def open(cls, catalog: Catalog, encoder: ImageTextEncoder | None = None) -> ShotIndex:
        """Open the published search of an encoder, in milliseconds; files are mapped by the first search.

        Args:
            catalog: The catalog.
            encoder: The encoder that the search was built with. Without one, what serves is opened, and the
                encoder loaded by the name, folder or repository that the index keeps.

        Raises:
            SearchIndexError: Nothing was published.
            EncoderMismatch: Only searches of other encoders or poolings were published, or the encoder of
                what serves is no longer what it was.
            EncoderError: No encoder was given, and that of what serves cannot be loaded.
            DamagedError: The published files are not what was written.
        """
        _check_catalog(catalog)
        if encoder is not None:
            _checked(encoder)
        current = catalog.generations.current()
        if current is None:
            raise SearchIndexError(
                "nothing to search in this catalog yet: ShotIndex.build(catalog, encoder) makes an index"
            )
        encoder = encoder_of(current) if encoder is None else encoder
        published = Published.open(generation_of(catalog, current, encoder))
        if published.dim != encoder.dim:
            raise EncoderMismatch(
                f"the index holds vectors of {published.dim} dimensions, {encoder.name} makes {encoder.dim}: "
                "ShotIndex.build(catalog, encoder) makes a new one"
            )
        return cls(catalog, encoder, published)

    def refresh(self, *, progress: bool = True) -> None:
        """Embed and publish what has changed in the catalog since; this handle then serves it.

        Only new films are embedded and added; other handles keep what they have opened. Where another encoder
        has been swapped in meanwhile, that one goes on serving whoever opens the catalog.

        Args:
            progress: Whether to show bars.

        Raises:
            SearchIndexError: No film has shots any more.
            StorageError: The disk refused; what served before still serves.
        """
        published = _made(self._catalog, self._encoder, progress=progress, serve="own")
        with self._guard:
            if published.generation.folder != self._published.generation.folder:
                self._published = published
            self._served = None

    def search(
        self,
        query: Any,
        *,
        k: int = 20,
        where: Mapping[str, Any] | None = None,
        min_score: float | None = None,
        spelling: bool | Collection[str] = True,
        synonyms: bool | Collection[str] = True,
        fold: bool = True,
        per_film: int | None = None,
        rerank: bool | ShotIndex = True,
        feedback: Any = False,
    ) -> SearchResults:
        """Find the shots that fit best.

        Args:
            query: Words (``"a dog on a beach"``), which are looked for in pictures and in dialogue; a picture
                (``pathlib.Path``, PIL image, uint8 array); a hit; or an expression of ``vs.text`` (pictures
                alone), ``vs.says`` (dialogue alone), ``vs.image``, ``vs.shot`` (more like this, without the
                shot itself) and ``vs.clip`` (a span of a file of your own), joined by ``+``, ``-``, ``&``,
                ``|``, ``.then`` and ``.during``.
            k: How many at most, 1 to 10,000.
            where: What must hold of a shot: column to a value, a list of values, a ``(low, high)`` pair with
                both ends included and ``None`` for an open end, ``vs.Not`` or ``vs.Contains``. All columns of
                ``table`` can be used. A shot without a value does not pass.
            min_score: Least score, 0 to 1; 0 returns the nearest shots whatever they are. By default nothing
                is returned unless the best shot scores 0.5, so that a query for what is not there returns
                nothing; if it does, shots are returned down to a score of 0.2.
            spelling: Put typing errors right, by the words of the catalog; what was changed is told. Words
                given here stay as they were typed.
            synonyms: Also search for the synonyms of ``catalog.synonyms``, but not of words given here.
            fold: Let near-duplicates stand behind the best of them, in ``hit.folded``.
            per_film: Hits of one film at most.
            rerank: Look at the best 200 frame by frame; False leaves that out. Another ``ShotIndex`` of the
                same catalog, of a larger encoder, has a say in their order as well.
            feedback: What people said of shots for these words, to find better ones by: an earlier answer
                with its thumbs and picks (``hits``), ``hits.thumbs``, a tray, ``vs.Judgments`` or a table of
                them, a list of these, or True for what ``catalog.judgments`` keeps. Shots that are wrong are
                not found. What was used is told in ``notes``; ``hits.again()`` asks with its own thumbs.

        Returns:
            Hits, best first. ``score`` says how far each stands out from what queries for absent things reach
            in this catalog, which is seldom 0.5.

        Raises:
            QueryError: The query is empty or unusable, or one of the options is.
            UnknownColumn: ``where`` names a column that is not there.
            VideoError: A clip's file cannot be read.
            DamagedError: A stored file is not what was written; says what to do.
        """
        started, watch = time.perf_counter(), Stopwatch()
        if not isinstance(rerank, bool | ShotIndex):
            raise QueryError(f"rerank={rerank!r}: True, False or another ShotIndex is needed")
        if isinstance(rerank, ShotIndex) and rerank._catalog.location != self._catalog.location:
            raise QueryError(f"rerank={rerank!r} is of another catalog: its shots are not these")
        wanted = Wanted(
            k=checked_count(k),
            conditions=parse_filter(where),
            min_score=checked_score(min_score),
            fold=checked_switch("fold", fold),
            per_film=None if per_film is None else checked_count(per_film, name="per_film"),
            closely=rerank is not False,
        )
        given = as_expression(query)
        found = search(
            given,
            wanted,
            resources=self._resources,
            serving=lambda anew: self._serving(anew=anew),
            removed=lambda films: missing_films(self._catalog, films),
            spelling=checked_exceptions("spelling", spelling),
            synonyms=checked_exceptions("synonyms", synonyms),
            opinion=None if isinstance(rerank, bool) else opinion_of(rerank._serving(), rerank._resources),
            watch=watch,
            given=judged(feedback, self._kept),
            concepts=lambda: self._kept.judged,
        )
        with watch.stage("answer"):
            table, folded, parts = answer_tables(found.answer, found.served)
        asked = found.expression
        options: dict[str, Any] = {
            "k": k,
            "where": where,
            "min_score": min_score,
            "spelling": spelling,
            "synonyms": synonyms,
            "fold": fold,
            "per_film": per_film,
            "rerank": rerank,
            "feedback": feedback,
        }
        results = SearchResults(
            table,
            catalog=self._catalog,
            query_text=asked.words if isinstance(asked, Words | Text) else str(asked),
            elapsed_s=time.perf_counter() - started,
            notes=found.notes,
            timing=watch.seconds,
            corrections=found.corrections,
            expansions=[pair for expansion in found.expansions.values() for pair in expansion.used],
            folded=folded,
            parts=parts,
            follow=Follow(
                partial(self.search, **options),
                asked,
                least=KEPT if min_score is None else min_score,
                feedback=feedback,
            ),
        )
        results.learned = found.learned
        if self._catalog.recorder.is_on:
            results.usage = self._noted(given, results, filtered=where is not None)
        return results

    def locate(self, query: Any, *, k: int = 5, strictness: float = 0.5) -> pd.DataFrame:
        """Find the films that a clip is a copy from, and where in them it lies.

        Copies may be coded anew, larger or smaller, of another frame rate, cropped by a tenth, mirrored,
        darker or brighter, with black bars or a logo. A copy that runs faster or slower is not found.

        Args:
            query: A video file (path), a span of one (``vs.clip``), or a shot of the catalog (a hit or
                ``vs.shot``) to find repeats of; at least a second long.
            k: Places at most.
            strictness: Least score, 0 to 1; higher finds fewer.

        Returns:
            One row per place, best first: ``video_id``, ``name``, ``start_s`` and ``end_s`` (the span in the
            film, seconds of its clock), ``offset_s`` (what to add to a time of the clip to get that of the
            film), ``score``, ``mirrored``, and ``shots`` (ids of the shots that it covers). Empty where
            nothing is a copy.

        Raises:
            QueryError: The query is nothing of these, shorter than a second or past its end; or an option is
                out of range.
            VideoError: The clip's file cannot be read.
        """
        from vidsearch_sdk.query.copies.locate import locate

        asked = clip(query) if isinstance(query, str | Path) else as_expression(query)
        if not isinstance(asked, Clip | Shot):
            raise QueryError(f"{asked} is no footage: give a video file, vs.clip(...), vs.shot(...) or a hit")
        served = self._serving()
        return locate(self._catalog, served, asked, encoder=self._encoder, k=k, strictness=strictness)

    @property
    def catalog(self) -> Catalog:
        """The catalog that is searched."""
        return self._catalog

    @property
    def encoder(self) -> ImageTextEncoder:
        """What turns a question into a vector."""
        return self._encoder

    @property
    def generation(self) -> Generation:
        """The published generation that this handle searches; later films are searched beside it."""
        return self._published.generation

    @property
    def table(self) -> pd.DataFrame:
        """All shots that can be found, one row each, with the columns that ``where`` may name."""
        frame: pd.DataFrame = self._serving().table().to_pandas(date_as_object=False)
        return frame

    def __len__(self) -> int:
        return self._serving().shots

    def __repr__(self) -> str:
        made = self._published.generation
        size = f"{self._published.shots:,} shots of {len(made.covers):,} films"
        return f"ShotIndex({size}, encoder {self._encoder.name!r}, generation {made.number})"

    def _noted(self, asked: Expression, found: SearchResults, *, filtered: bool) -> Answered | None:
        """Note a search; what was searched with that is not words stays out."""
        worded = all(getattr(term, "words", None) is not None for term in asked.terms())
        plain = isinstance(asked, Words | Text)
        return self._catalog.recorder.searched(
            asked.words if isinstance(asked, Words | Text) else str(asked) if worded else "",
            read=found.query if plain and found.corrections else "",
            kind="words" if plain else "expression" if worded else "example",
            hits=len(found),
            stages=found.timing,
            took_s=found.elapsed_s,
            facts={
                "filtered": filtered,
                "encoder": self._encoder.fingerprint,
                "generation": self._published.generation.name,
            },
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
                self._served = serve(
                    self._catalog, self._published, self._served, pooling=pooling_of(self._encoder)
                )
            return self._served
        finally:
            self._guard.release()


def _made(
    catalog: Catalog, encoder: ImageTextEncoder, *, progress: bool, serve: Serve = "always"
) -> Published:
    return make_index(catalog, encoder, progress=progress, dialogue_files=search_files, serve=serve)


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
