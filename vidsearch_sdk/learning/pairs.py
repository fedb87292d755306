"""Shots with what is said of them: what an encoder is taught with."""

from __future__ import annotations

import logging
import os
from collections.abc import Collection
from typing import TYPE_CHECKING, Any

import pandas as pd

from vidsearch_sdk.errors import QueryError
from vidsearch_sdk.evaluation.files import read_rows
from vidsearch_sdk.evaluation.judgments import Judgments
from vidsearch_sdk.learning.caption_rows import captions_to_pairs
from vidsearch_sdk.learning.judged_rows import checked_least, judged_rows, some
from vidsearch_sdk.learning.outline_captions import no_scenes, outline_captions
from vidsearch_sdk.learning.outlines import read_outline
from vidsearch_sdk.learning.pair_checks import check_pairs
from vidsearch_sdk.learning.places import Places
from vidsearch_sdk.pages.markup import plain

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
        self._scenes = no_scenes()

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
        return cls._of(catalog, judged_rows(judgments, Places(catalog), checked_least(least), "judgment"))

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
        # Who judged a query may have put it in one group or another, or found that nothing answers it.
        kept = kept[kept["video"] != ""].drop(columns=["added", "group"])
        if not len(kept):
            raise QueryError(
                "no kept judgment names a shot: they only say of queries that nothing answers them"
            )
        places = Places(catalog)
        there = kept["video"].isin(set(places.table["video_id"]))
        if not there.all():
            _log.info("%d kept judgments are of films that are not in the catalog", int((~there).sum()))
        if not there.any():
            raise QueryError("no film of the kept judgments is in the catalog any more")
        judgments = Judgments.from_frame(kept[there])
        return cls._of(catalog, judged_rows(judgments, places, checked_least(least), "feedback"))

    @classmethod
    def from_outline(
        cls, catalog: Catalog, film: str, outline: str | os.PathLike[str], *, least_sure: float = 0.5
    ) -> Pairs:
        """Take the script of a film: heading and action of each scene become captions of its shots.

        Where the scenes are is told by their dialogue: what the script says is looked for in the film's
        subtitles, word for word and in its order. Scenes in which nobody speaks lie between their neighbors.
        Look at :attr:`scenes` before you train: it says for each scene where it was found and how sure that
        is.

        Args:
            catalog: The catalog that holds the film.
            film: Its video_id or name.
            outline: A file, or the text itself: Fountain, or plain text laid out like a screenplay (scene
                headings with INT. or EXT., names in capitals above what is said).
            least_sure: Scenes that are less sure, 0 to 1, are left out: see the column ``sure``.

        Raises:
            QueryError: It is no outline, has no scene heading or no dialogue, the film has no dialogue,
                nothing of it is spoken in the film, or no scene is sure enough.
            VideoNotFound: The film is not in the catalog.
            StorageError: The file cannot be read.
        """
        right = isinstance(least_sure, int | float) and not isinstance(least_sure, bool)
        if not right or not 0 <= least_sure <= 1:
            raise QueryError(f"least_sure={least_sure!r}: a number from 0 to 1 is needed")
        written = read_outline(outline)
        places = Places(catalog)
        video_id = places.film(film)
        dialogue = catalog.dialogue
        rows, scenes = outline_captions(
            written, video_id, places, dialogue[dialogue["video_id"] == video_id], least_sure=least_sure
        )
        if not len(rows):
            raise QueryError(
                f"the surest of {len(scenes):,} scenes is {scenes['sure'].max():.2f}, below "
                f"least_sure={least_sure:g}; with least_sure=0 the table .scenes says where each would be"
            )
        return cls._of(catalog, rows.drop_duplicates(["text", "shot_id"], ignore_index=True), scenes)

    @classmethod
    def _of(cls, catalog: Catalog, rows: pd.DataFrame, scenes: pd.DataFrame | None = None) -> Pairs:
        made = cls.__new__(cls)
        made.catalog = catalog
        made._rows = rows
        made._scenes = no_scenes() if scenes is None else scenes
        return made

    @property
    def table(self) -> pd.DataFrame:
        """One row per shot and text, a table of your own.

        ``text``, ``shot_id``, ``video_id``, ``source`` (``caption``, ``outline``, ``judgment``,
        ``feedback`` or ``table``).
        """
        return self._rows.copy()

    @property
    def scenes(self) -> pd.DataFrame:
        """One row per scene of the outlines, also of those that were left out; a table of your own.

        ``video_id`` and ``name`` of the film, ``scene`` (from 1), ``heading``, ``start_s`` and ``end_s``
        (where it was found), its number of ``shots``; ``lines`` of dialogue and how many were ``found``;
        ``sure`` (0 to 1: the share of the dialogue that was found; of a scene without any what its neighbors
        have, times its share of the script between their lines), ``used``, and ``why`` not.
        """
        return self._scenes.copy()

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
        of = ", ".join(f"{plain(str(source), limit=_SHOWN)} {count:,}" for source, count in sources.items())
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
        scenes = [one for one in (self._scenes, other._scenes) if len(one)]
        return Pairs._of(
            self.catalog,
            rows.drop_duplicates(["text", "shot_id"], ignore_index=True),
            pd.concat(scenes, ignore_index=True).drop_duplicates(ignore_index=True) if scenes else None,
        )

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
        check_pairs(self.catalog, self._rows)

    def _parted(self, films: Collection[str]) -> tuple[Pairs, Pairs]:
        places = Places(self.catalog)
        wanted = {places.film(str(film)) for film in films}
        none = sorted(wanted - set(self.films))
        if none or not wanted:
            named = ", ".join(f"{film} ({plain(places.name_of(film), limit=_SHOWN)})" for film in none[:5])
            raise QueryError(
                f"no pair is of {named or 'no film'}; the films of these pairs are {some(self.films)}"
            )
        parts = []
        for inside in (True, False):
            tables = [
                table[table["video_id"].isin(wanted) == inside].reset_index(drop=True)
                for table in (self._rows, self._scenes)
            ]
            parts.append(Pairs._of(self.catalog, *tables))
        return parts[0], parts[1]


def _row_named(row: Any) -> str:
    return f"row {row} of the captions"
