"""Shots with what is said of them: what an encoder is taught with."""

from __future__ import annotations

import logging
import os
from collections.abc import Collection
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from vidsearch_sdk.errors import QueryError, VideoNotFound
from vidsearch_sdk.evaluation.files import read_rows
from vidsearch_sdk.evaluation.judgments import Judgments
from vidsearch_sdk.learning.caption_rows import COLUMNS, captions_to_pairs
from vidsearch_sdk.learning.places import Places
from vidsearch_sdk.pages.markup import plain
from vidsearch_sdk.query.algebra.terms import Text, Words
from vidsearch_sdk.query.algebra.typed import typed

if TYPE_CHECKING:
    from vidsearch_sdk.catalog import Catalog

_SHOWN = 60
_log = logging.getLogger("vidsearch_sdk")


class Pairs:
    """Shots of a catalog, each with a text that says what it shows.

    A shot may have several texts and a text several shots. Pairs never change; they are added with ``+`` and
    divided with :meth:`split`.

    Args:
        catalog: Where the shots are.
        frame: One row per pair: ``text``, and ``shot_id`` or else ``video`` (video_id or name), ``start_s``
            and ``end_s`` (seconds of the film's own clock); ``source`` as you like.

    Attributes:
        catalog: Where the shots are.

    Raises:
        QueryError: A row cannot be read or means no shot; says which (from 0) and why.
        VideoNotFound: A film or shot is not in the catalog.

    Examples:
        >>> import tempfile, pandas as pd
        >>> from vidsearch_sdk.catalog import Catalog
        >>> Pairs(Catalog(tempfile.mkdtemp()), pd.DataFrame({"text": ["a dog"], "shot_id": [""]}))
        Traceback (most recent call last):
        vidsearch_sdk.errors.QueryError: row 0 of the captions: it names no film (video), or shot (shot_id)
    """

    def __init__(self, catalog: Catalog, frame: pd.DataFrame) -> None:
        self.catalog = catalog
        self._rows = captions_to_pairs(frame, Places(catalog), named=_row_named, source="table")

    @classmethod
    def from_captions(cls, catalog: Catalog, captions: pd.DataFrame | str | os.PathLike[str]) -> Pairs:
        """Take captions: what a span of a film shows.

        A span means the shots that it covers at least half of, and those that hold at least half of it: a
        long caption every shot that is mostly in it, a short one the shot that it lies in. The same span may
        have several texts. Spans of one table that overlap otherwise and say different things are refused:
        one of them is wrong of the shots they share.

        Args:
            catalog: The catalog that holds the films.
            captions: A file (text in UTF-8 with a header, divided by commas, semicolons or tabs), or a table,
                with ``video`` (video_id or name), ``start_s``, ``end_s`` (seconds of the film's own clock, as
                in ``catalog.shots``) and ``text``; ``shot_id`` may stand for the first three.

        Raises:
            QueryError: A row cannot be read, means no shot, or contradicts another; says which (of a file as
                a spreadsheet counts, the header being row 1) and why.
            VideoNotFound: A row names a film that is not in the catalog.
            StorageError: The file cannot be read.
        """
        frame, named = (captions, _row_named) if isinstance(captions, pd.DataFrame) else read_rows(captions)
        return cls._of(catalog, captions_to_pairs(frame, Places(catalog), named=named, source="caption"))

    @classmethod
    def from_judgments(
        cls, catalog: Catalog, judgments: Judgments | pd.DataFrame, *, least: float = 1.0
    ) -> Pairs:
        """Take the queries of judgments as texts of the shots that are right for them.

        Queries that are more than words for a picture (``says("fetch")``, mixtures, sequences) say nothing of
        a single shot and are left out; ``text("a dog")`` is its words.

        Args:
            catalog: The catalog that holds the films.
            judgments: ``vs.Judgments``, or a table as ``Judgments.from_frame`` takes it.
            least: Grade from which on a shot is right, above 0.

        Raises:
            QueryError: None is left, or a row means no shot.
            VideoNotFound: A film is not in the catalog.
        """
        if isinstance(judgments, pd.DataFrame):
            judgments = Judgments.from_frame(judgments)
        return cls._of(catalog, _judged(judgments, Places(catalog), _checked_least(least), "judgment"))

    @classmethod
    def from_feedback(cls, catalog: Catalog, *, least: float = 1.0) -> Pairs:
        """Take what people said of the answers to their searches, as the catalog keeps it.

        Shots of films that are no longer in the catalog are left out.

        Args:
            catalog: Its ``catalog.judgments`` are read.
            least: Grade from which on a shot is right, above 0; of several people's the mean counts.

        Raises:
            QueryError: Nothing is kept, or nothing of it is right.
            DamagedError: A stored file is not what was written.
        """
        kept = catalog.judgments.read()
        if not len(kept):
            raise QueryError(
                "the catalog keeps no judgments yet; catalog.judgments.add(...) keeps them, and thumbs too: "
                'catalog.judgments.add(vs.Judgments.from_thumbs(hits.thumbs), who="a name")'
            )
        places = Places(catalog)
        there = kept["video"].isin(set(places.table["video_id"]))
        if not there.all():
            _log.info("%d kept judgments are of films that are not in the catalog", int((~there).sum()))
        if not there.any():
            raise QueryError("no film of the kept judgments is in the catalog any more")
        judgments = Judgments.from_frame(kept[there].drop(columns="added"))
        return cls._of(catalog, _judged(judgments, places, _checked_least(least), "feedback"))

    @classmethod
    def _of(cls, catalog: Catalog, rows: pd.DataFrame) -> Pairs:
        made = cls.__new__(cls)
        made.catalog = catalog
        made._rows = rows
        return made

    @property
    def table(self) -> pd.DataFrame:
        """One row per shot and text, a table of your own.

        ``text``, ``shot_id``, ``video_id``, ``source`` (``caption``, ``outline``, ``judgment``,
        ``feedback`` or ``table``).
        """
        return self._rows.copy()

    @property
    def texts(self) -> tuple[str, ...]:
        """The texts, each once, in the order in which they first appear."""
        return tuple(dict.fromkeys(self._rows["text"]))

    @property
    def shots(self) -> tuple[str, ...]:
        """The shots, each once, in the order in which they first appear."""
        return tuple(dict.fromkeys(self._rows["shot_id"]))

    @property
    def films(self) -> list[str]:
        """The video_ids of the films, sorted."""
        return sorted(set(self._rows["video_id"]))

    @property
    def judgments(self) -> Judgments:
        """The same as judgments: each text is a query that should find its shots.

        ``evaluate(index, held_out.judgments, where={"video_id": held_out.films})`` measures with pairs that
        were held out.
        """
        rows = self._rows
        return Judgments.from_frame(
            pd.DataFrame({"query": rows["text"], "shot_id": rows["shot_id"], "grade": 1.0}).drop_duplicates(
                ignore_index=True
            )
        )

    def __len__(self) -> int:
        return len(self._rows)

    def __repr__(self) -> str:
        counts = [(len(self.texts), "text"), (len(self.shots), "shot"), (len(self.films), "film")]
        words = [f"{count:,} {one}{'s' * (count != 1)}" for count, one in counts]
        sources = self._rows["source"].value_counts(sort=False)
        of = ", ".join(
            f"{count:,} by {plain(str(source), limit=_SHOWN)}" for source, count in sources.items()
        )
        return f"Pairs({len(self):,} of {words[0]} and {words[1]} of {words[2]}: {of})"

    def __add__(self, other: Pairs) -> Pairs:
        """Join two; a shot and text that both have is kept once."""
        if not isinstance(other, Pairs):
            return NotImplemented
        if other.catalog.location != self.catalog.location:
            raise QueryError(
                f"pairs of two catalogs cannot be joined: {self.catalog.location} and "
                f"{other.catalog.location}; films of both can be added to one catalog"
            )
        rows = pd.concat([self._rows, other._rows], ignore_index=True)
        return Pairs._of(self.catalog, rows.drop_duplicates(["text", "shot_id"], ignore_index=True))

    def only(self, films: Collection[str]) -> Pairs:
        """Keep the pairs of some films.

        Args:
            films: By video_id or by name.

        Raises:
            VideoNotFound: One is not in the catalog.
            QueryError: A name belongs to several films, or none of the pairs is left.
        """
        return self._parted(films)[0]

    def split(self, held_out: float | Collection[str], *, seed: int = 0) -> tuple[Pairs, Pairs]:
        """Divide in two by film, such that what is learned from one part was not seen in the other.

        Where a film falls hangs on its video_id and the seed alone: not on the order of the rows, nor on
        which other films there are, so a film that was held out stays so when more are captioned. Judgments
        with films by video_id fall likewise: ``judgments.split(1 - held_out, seed=seed)``. Shares are
        therefore met only roughly; neither part is empty.

        Args:
            held_out: Share of the films to hold out, between 0 and 1; or the films, by video_id or name.
            seed: Another number divides otherwise.

        Returns:
            What is left to learn from, and what is held out.

        Raises:
            QueryError: There are not two films, or a part would be empty.
            VideoNotFound: A film is not in the catalog.
        """
        if isinstance(held_out, str):
            held_out = [held_out]
        if not isinstance(held_out, int | float):
            apart, rest = self._parted(held_out)
            if not len(rest):
                raise QueryError("all films are held out; nothing is left to learn from")
            return rest, apart
        if isinstance(held_out, bool) or not 0 < held_out < 1:
            raise QueryError(f"held_out={held_out!r}: a share between 0 and 1, or a list of films, is needed")
        if len(self.films) < 2:
            raise QueryError(
                "all pairs are of one film, and they are held out by film: what is measured on the film that "
                "was learned from says nothing of others. Give captions of another film, too"
            )
        one_each = pd.DataFrame({"query": "film", "video": self.films, "start_s": 0.0, "end_s": 1.0})
        _, out = Judgments.from_frame(one_each).split(1 - held_out, seed=seed)
        apart, rest = self._parted(out.films)
        return rest, apart

    def check(self) -> None:
        """Find whatever would make training fail or learn nothing, before time is spent on it.

        Raises:
            QueryError: There is only one text or one shot, or a shot has no keyframe.
            VideoNotFound: A film or shot is no longer in the catalog, or the film was segmented anew.
            DamagedError: The keyframes of a film are not what was written.
        """
        if not len(self):
            raise QueryError("there are no pairs to learn from")
        if len({text.casefold() for text in self.texts}) < 2:
            raise QueryError(
                f"all {len(self):,} pairs have the same text, {plain(repr(self.texts[0]), limit=_SHOWN)}: "
                "nothing can be told apart by it. Caption other shots too, with what they show"
            )
        if len(self.shots) < 2:
            raise QueryError(
                f"all {len(self):,} pairs are of one shot, {self.shots[0]}; at least two are needed"
            )
        places = Places(self.catalog)
        keyframes = dict(zip(places.table["shot_id"], places.table["keyframes"], strict=True))
        for shot_id in self.shots:
            video_id = shot_id.rpartition("-")[0]
            if shot_id not in keyframes:
                # Tells a film that is gone from a shot that is.
                try:
                    places.film_of(shot_id)
                except VideoNotFound as error:
                    raise VideoNotFound(
                        f"{error} The pairs were made before the film was removed or segmented anew: make "
                        "them again"
                    ) from None
            if not keyframes[shot_id]:
                raise QueryError(
                    f"the shot {shot_id} of {plain(places.name_of(video_id), limit=_SHOWN)!r} has no "
                    "keyframe; catalog.segment(retry=True) makes them again"
                )
        for video_id in self.films:
            # The first block is read and checked; a film whose file is gone or cut is told here.
            next(self.catalog.films.keyframes(self.catalog.films.get(video_id)), None)

    def _parted(self, films: Collection[str]) -> tuple[Pairs, Pairs]:
        places = Places(self.catalog)
        wanted = {places.film(str(film)) for film in films}
        none = sorted(wanted - set(self.films))
        if none or not wanted:
            named = ", ".join(f"{film} ({plain(places.name_of(film), limit=_SHOWN)})" for film in none[:5])
            raise QueryError(
                f"no pair is of {named or 'no film'}; the films of these pairs are {_some(self.films)}"
            )
        inside = self._rows["video_id"].isin(wanted)
        parts = [self._rows[rows].reset_index(drop=True) for rows in (inside, ~inside)]
        return Pairs._of(self.catalog, parts[0]), Pairs._of(self.catalog, parts[1])


def read_captions(catalog: Catalog, files: Collection[str | os.PathLike[str]]) -> Pairs:
    """Take the captions of several files, each checked for itself, as one.

    Raises:
        QueryError: As of :meth:`Pairs.from_captions`; or there is no file.
    """
    made = [Pairs.from_captions(catalog, Path(file)) for file in files]
    if not made:
        raise QueryError("there are no files of captions")
    return sum(made[1:], made[0])


def _judged(judgments: Judgments, places: Places, least: float, source: str) -> pd.DataFrame:
    rows = judgments.shots(places.table).table
    rows = rows[(rows["grade"] >= least) & (rows["shot_id"] != "")]
    if not len(rows):
        raise QueryError(f"no judgment of {len(judgments):,} names a shot with a grade of {least:g} or more")
    words = {query: _words(query) for query in dict.fromkeys(rows["query"])}
    others = [query for query, text in words.items() if not text]
    if others:
        _log.info("%d queries are no words for a picture and are left out: %s", len(others), _some(others))
    rows = rows.assign(text=rows["query"].map(words), source=source).rename(columns={"video": "video_id"})
    rows = rows[rows["text"] != ""]
    if not len(rows):
        raise QueryError(f"no judged query is plain words: {_some(others)}")
    kept: pd.DataFrame = rows[list(COLUMNS)].astype("str")
    return kept.drop_duplicates(["text", "shot_id"], ignore_index=True)


def _words(query: str) -> str:
    """What a query says of a picture, or nothing."""
    try:
        asked: Any = typed(query)
    except QueryError:
        return ""
    return str(asked.words) if isinstance(asked, Words | Text) else ""


def _checked_least(least: float) -> float:
    if isinstance(least, bool) or not isinstance(least, int | float) or not least > 0:
        raise QueryError(f"least={least!r}: a grade above 0 is needed; 0 means wrong")
    return float(least)


def _some(names: Collection[str]) -> str:
    shown = ", ".join(plain(name, limit=_SHOWN) for name in list(names)[:5])
    return shown + (", …" if len(names) > 5 else "")


def _row_named(row: Any) -> str:
    return f"row {row} of the captions"
