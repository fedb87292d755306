"""Where the films and shots of a catalog are, for those who name them by hand."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from vidsearch_sdk.errors import QueryError, VideoNotFound
from vidsearch_sdk.evaluation.spans import Seconds, shots_of_span
from vidsearch_sdk.pages.markup import plain

if TYPE_CHECKING:
    from vidsearch_sdk.catalog import Catalog

# By so much a span may leave its film: somebody rounded.
_ROUNDED_S = 1.0


class Places:
    """The shots of a catalog as they are now, by film and by id.

    Args:
        catalog: Read once, when this is made.

    Attributes:
        table: One row per shot: ``catalog.shots`` with the film's ``name``.
    """

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog
        videos = catalog.videos
        self._names = {str(row.video_id): str(row.name) for row in videos.itertuples(index=False)}
        shots = catalog.shots
        self.table = shots.assign(name=shots["video_id"].map(self._names).astype("str"))
        self._film_of = dict(zip(shots["shot_id"], shots["video_id"], strict=True))
        ordered = self.table.sort_values(["video_id", "start_s"], kind="stable")
        self._films = {str(video_id): rows for video_id, rows in ordered.groupby("video_id")}
        self._spans: dict[str, tuple[Seconds, Seconds, list[str]]] = {}

    def name_of(self, video_id: str) -> str:
        """The name of a film."""
        return self._names.get(video_id, video_id)

    def film(self, named: str, *, where: str = "") -> str:
        """The video_id of a film that has shots.

        Args:
            named: Its video_id, or its name where no other film has it.
            where: Begins the message of an error, as ``"row 3 of captions.csv"``.

        Raises:
            VideoNotFound: There is no such film.
            QueryError: Several films have the name, or the film has no shots yet.
        """
        before = f"{where}: " if where else ""
        found = [named] if named in self._names else [v for v, name in self._names.items() if name == named]
        if not found:
            raise VideoNotFound(f"{before}{self._catalog.films.not_found(plain(named, limit=100))}")
        if len(found) > 1:
            raise QueryError(
                f"{before}{len(found)} films are called {plain(named, limit=100)!r}: {', '.join(found)}; "
                "name it by video_id"
            )
        if found[0] not in self._films:
            raise QueryError(
                f"{before}the film {plain(self.name_of(found[0]), limit=100)!r} has no shots; "
                "catalog.segment() finds them, and catalog.videos says what became of each film"
            )
        return found[0]

    def shots(self, video_id: str) -> pd.DataFrame:
        """The shots of a film, in order of time."""
        return self._films[video_id]

    def among_others(self, shot_ids: Collection[str], *, most: int) -> list[str]:
        """Put shots among others of their films, as a search would have to find them.

        Args:
            shot_ids: Shots of the catalog; all of them are kept.
            most: How many shots there are to be at most, where these are not more; the others are evenly
                spaced, and have keyframes.

        Returns:
            Shot ids, those that were given first.
        """
        right = dict.fromkeys(shot_ids)
        films = {self._film_of.get(shot_id) for shot_id in right}
        table = self.table
        other = table["video_id"].isin(films) & ~table["shot_id"].isin(right) & (table["keyframes"] > 0)
        others = table.loc[other, "shot_id"].to_list()
        room = max(0, most - len(right))
        if len(others) > room:
            others = [others[int(place)] for place in np.linspace(0, len(others) - 1, room)]
        return [*right, *others]

    def film_of(self, shot_id: str, *, where: str = "") -> str:
        """The film of a shot.

        Raises:
            VideoNotFound: There is no such shot, or its film is not in the catalog.
            QueryError: The film has no shots yet.
        """
        video_id = self._film_of.get(shot_id)
        if video_id is not None:
            return str(video_id)
        before = f"{where}: " if where else ""
        film = shot_id.rpartition("-")[0]
        self.film(film or shot_id, where=where)
        raise VideoNotFound(
            f"{before}there is no shot {plain(shot_id, limit=60)!r}; the film "
            f"{plain(self.name_of(film), limit=100)!r} has {len(self._films[film]):,}, from {film}-0 on "
            "(see catalog.shots)"
        )

    def meant(self, video_id: str, start_s: float, end_s: float, *, where: str) -> list[str]:
        """The shots that a span means: those that it covers half of, or that hold half of it.

        Raises:
            QueryError: It lies outside of the film, or leaves it by more than a second.
        """
        if video_id not in self._spans:
            film = self._films[video_id]
            starts, ends = film["start_s"].to_numpy(np.float64), film["end_s"].to_numpy(np.float64)
            self._spans[video_id] = (starts, ends, film["shot_id"].astype(str).to_list())
        starts, ends, ids = self._spans[video_id]
        found = shots_of_span(starts, ends, start_s, end_s)
        if not found:
            raise QueryError(
                f"{where} names no shot: it goes from {start_s:g} to {end_s:g} s, and the film "
                f"{plain(self.name_of(video_id), limit=100)!r} from {starts[0]:g} to {ends[-1]:g} s of its "
                "own clock"
            )
        if start_s < starts[0] - _ROUNDED_S or end_s > ends[-1] + _ROUNDED_S:
            raise QueryError(
                f"{where} leaves its film: it goes from {start_s:g} to {end_s:g} s, and the film "
                f"{plain(self.name_of(video_id), limit=100)!r} from {starts[0]:g} to {ends[-1]:g} s of its "
                "own clock"
            )
        return [ids[one] for one in found]
