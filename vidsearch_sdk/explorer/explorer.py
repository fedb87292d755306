"""The search desk of a notebook, and the same thing in Python."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

from vidsearch_sdk.errors import QueryError, SearchIndexError
from vidsearch_sdk.explorer.asked import Asked
from vidsearch_sdk.explorer.browsing import NotAsked, all_shots
from vidsearch_sdk.explorer.dueling import Duel, Standing
from vidsearch_sdk.explorer.picking import picked
from vidsearch_sdk.explorer.requests import ExplorerShowing
from vidsearch_sdk.explorer.searching import Searching
from vidsearch_sdk.explorer.told import Facts, facets_told, filters_of
from vidsearch_sdk.index.calibration import KEPT
from vidsearch_sdk.index.facets import facets_of
from vidsearch_sdk.pages.markup import plain
from vidsearch_sdk.query.algebra.terms import as_expression
from vidsearch_sdk.query.arguments import checked_count
from vidsearch_sdk.results.display import kernel_shell, show
from vidsearch_sdk.results.follow import Said
from vidsearch_sdk.results.hit import Hit
from vidsearch_sdk.results.said import JudgedAnswer, keep, said_of
from vidsearch_sdk.results.search_results import SearchResults
from vidsearch_sdk.results.thumbs import Thumbs
from vidsearch_sdk.results.tray import Tray
from vidsearch_sdk.shot_index import ShotIndex

if TYPE_CHECKING:
    import pandas as pd

    from vidsearch_sdk.index.served import Served
    from vidsearch_sdk.widgets.desk import Desk
    from vidsearch_sdk.widgets.reply import Reply


def explore(
    index: ShotIndex,
    query: Any = None,
    *,
    k: int = 100,
    where: Mapping[str, Any] | None = None,
    against: ShotIndex | None = None,
) -> Explorer:
    """Open a search desk: a query box, filters, the grid, a tray of picks and its export.

    Args:
        index: What is searched.
        query: What to begin with: text as it is typed into the box, or anything that ``index.search`` takes.
            Without one, all shots are shown.
        k: How many shots at most, 1 to 10,000.
        where: The filter to begin with, as ``index.search`` takes it.
        against: Another index of the same catalog, such as that of a fine-tuned encoder: both are searched,
            their shots stand in one list that does not tell whose they are, and picks decide between the two
            (``explorer.duel``).

    Raises:
        SearchIndexError: ``index`` or ``against`` is not one.
        QueryError: The query, ``k`` or the filter is not usable, or ``against`` is no other index of the same
            catalog.
        UnknownColumn: The filter names a column that is not there.

    Examples:
        >>> explorer = explore(index, "a turtle underwater", where={"duration_s": (2, None)})
        >>> explorer.results["shot_id"].iloc[0] == explorer.hits[0].shot_id
        True
    """
    return Explorer(index, query, k=k, where=where, against=against)


class Explorer:
    """A search desk: the widget in the notebook and this object are one thing, whichever side changes it.

    Every property gives one consistent moment: the answer with the query and the filter that it answers.
    Safe to use from many threads; of several searches at once, the one that was asked last counts.

    Args:
        index: What is searched.
        query: As for ``explore``.
        k: As for ``explore``.
        where: As for ``explore``.
        against: As for ``explore``.

    Attributes:
        tray: The picks in order; it can be exported.

    Raises:
        SearchIndexError: ``index`` is not one.
        QueryError: The query, ``k`` or the filter is not usable.
    """

    def __init__(
        self,
        index: ShotIndex,
        query: Any = None,
        *,
        k: int = 100,
        where: Mapping[str, Any] | None = None,
        against: ShotIndex | None = None,
    ) -> None:
        for one in (index,) if against is None else (index, against):
            if not isinstance(one, ShotIndex):
                raise SearchIndexError(
                    f"{plain(repr(one), limit=80)} is no index: "
                    "vs.explore(vs.ShotIndex.open(catalog, encoder))"
                )
        self._index = index
        self._thumbs = Thumbs()
        self.tray = Tray()
        self._duel = None if against is None else Duel(index, against, self.tray)
        self._known: tuple[Served, list[dict[str, Any]]] | None = None
        start = Asked(options={"k": checked_count(k)})
        facts = Facts(start, begun=False, empty="", counted="", took="", stages="")
        self._showing = ExplorerShowing(
            self, NotAsked(index), tray=self.tray, thumbs=self._thumbs, facts=facts
        )
        self._searching = Searching(self._showing)
        if query is not None or where is not None:
            self._ask(start.with_query(query).with_where(where))

    @property
    def query(self) -> str:
        """The query as it stands in the box; set it (text, expression, picture, hit) to search."""
        return self._asked.query

    @query.setter
    def query(self, query: Any) -> None:
        self._ask(self._searching.base.with_query(query))

    @property
    def where(self) -> dict[str, Any]:
        """The filter, column to condition, a copy; set it to search with another one."""
        return dict(self._asked.where)

    @where.setter
    def where(self, where: Mapping[str, Any] | None) -> None:
        self._ask(self._searching.base.with_where(where))

    def search(
        self, query: Any = None, where: Mapping[str, Any] | None = None, **options: Any
    ) -> SearchResults:
        """Search, and show the answer in the widget.

        Args:
            query: What to look for, as for ``explore``; ``None`` keeps what stands in the box.
            where: The filter; ``None`` keeps the one that is set, ``{}`` takes it away.
            options: ``k``, ``min_score``, ``per_film``, ``fold``, ``rerank``, ``spelling`` and ``synonyms``
                of ``index.search``; those that are not given stay as they were last given.

        Returns:
            The answer, also where the widget was asked for something else meanwhile and shows that.

        Raises:
            QueryError: The query, the filter or an option is not usable; nothing changes then.
            UnknownColumn: The filter names a column that is not there.
        """
        asked = self._searching.base.with_options(options)
        asked = asked if query is None else asked.with_query(query)
        return self._ask(asked if where is None else asked.with_where(where))

    @property
    def hits(self) -> SearchResults:
        """The answer that is shown."""
        return self._showing.hits

    @property
    def results(self) -> pd.DataFrame:
        """The answer as a pandas table of your own, one row per shot or span."""
        return self.hits.table

    @property
    def picks(self) -> pd.DataFrame:
        """What was picked, in order; set it to hits, shot ids or a table with a column ``shot_id``."""
        return self.tray.table

    @picks.setter
    def picks(self, picks: Any) -> None:
        known = [*self.hits, *self.tray]
        self.tray.replace(picked(picks, self._index, known, options=self._asked.search_options))

    @property
    def thumbs(self) -> pd.DataFrame:
        """Thumbs that were given: ``query``, ``shot_id``, ``thumb`` (1 or -1), ``at`` (UTC)."""
        return self._thumbs.table

    @property
    def history(self) -> list[str]:
        """Queries that were asked, the last one first, each once."""
        return self._searching.history

    @property
    def duel(self) -> Standing:
        """How the two indexes stand, from the picks of everybody that the catalog keeps.

        A session is one query from whose list something was picked. The widget says nothing of it: who knows
        which is ahead no longer picks freely.

        Raises:
            QueryError: There is no other index: ``vs.explore(index, against=other)``.
            DamagedError: A stored session is not what was written.
            StorageError: The disk refused.
        """
        if self._duel is None:
            raise QueryError("there is no other index to compare with: vs.explore(index, against=other)")
        return self._duel.standing()

    def back(self) -> bool:
        """Go back to the answer before, with its query and filter; says whether there was one."""
        return self._searching.go(-1)

    def forward(self) -> bool:
        """Go forward again; says whether there was anything to go to."""
        return self._searching.go(1)

    def again(self) -> SearchResults:
        """Search the same again with the thumbs and picks that were given, and show the answer.

        Every search does so for words that were judged before in this explorer; the chip that tells it takes
        that back.

        Raises:
            QueryError: Nothing was said of what is shown.
        """
        self._check_said()
        return self._ask(replace(self._searching.base, learn=True))

    def keep(self, *, who: str, concept: str | None = None) -> str:
        """Keep thumbs and picks in ``catalog.judgments``, with who gave them and when.

        Args:
            who: Who gave them.
            concept: A name to keep those of the answer that is shown under; ``vs.concept(name)`` then
                searches for it. By default all are kept for the words that were searched for.

        Returns:
            The id of what was added; ``catalog.judgments.remove`` takes it back.

        Raises:
            QueryError: There are none, or ``concept`` is no name.
            CatalogError: It is not said who gave them.
            StorageError: The disk refused; nothing was added.
        """
        answers = self._showing.answers if concept is None else [self.hits]
        return keep(answers, thumbs=self._thumbs, tray=self.tray, who=who, concept=concept)

    def close(self) -> None:
        """Close the widget, wherever it is shown; this object can be shown again."""
        self._searching.stop()
        self._showing.close()

    def __repr__(self) -> str:
        visit = self._showing.visit
        facts: Facts = visit.facts  # type: ignore[assignment]
        asked = facts.asked
        parts = [repr(plain(asked.query, limit=80)) if asked.query else "nothing asked"]
        parts += [f"{form['column']} {form['words']}" for form in filters_of(asked.where)]
        parts.append(visit.hits.counted.lower() if facts.begun else "not searched yet")
        if len(self.tray):
            parts.append("1 pick" if len(self.tray) == 1 else f"{len(self.tray)} picks")
        return f"Explorer({', '.join(parts)})"

    def show(self) -> None:
        """Show the search desk in a notebook, as a cell that ends in the explorer does."""
        show(self.hits, self._desk)

    def _ipython_display_(self) -> None:
        if kernel_shell() is None:
            raise NotImplementedError  # a terminal then goes on to the plain text
        self.show()

    def _desk(self, key: str) -> Desk:
        return self._showing.desk(key, kind="explorer")

    @property
    def _asked(self) -> Asked:
        return self._searching.asked

    def _ask(self, asked: Asked) -> SearchResults:
        asked = self._searching.recalled(asked)
        return self._searching.run(asked, partial(self._found, asked))

    def _asked_aside(self, request: Mapping[str, Any], reply: Reply) -> bool:
        """Search as a front end asks; says whether the answer was still wanted."""
        asked = self._searching.recalled(self._searching.base.changed(request))
        return self._searching.run_aside(asked, partial(self._found, asked), reply)

    def _followed_aside(self, hit: Hit, hits: SearchResults, how: str, reply: Reply) -> bool:
        """Ask further about a shot as a front end asks: ``like``, ``unlike`` or ``after`` it."""
        asked, follow = self._searching.base, hits.follow
        if follow is None or (how == "unlike" and not asked.query):
            raise QueryError("say first what you are looking for; then it can be asked away from a shot")
        if how == "like":
            asked = asked.with_query(hit)
        elif how == "unlike":
            said = asked.said or Said.of(asked.expression)
            asked = asked.with_query(asked.expression - as_expression(hit), said=said.unlike(hit))

        def search() -> SearchResults:
            found: SearchResults = getattr(follow, how)(hit)
            return found if how == "after" or asked.said is None else asked.said.name(found)

        # What follows a shot is no query: the box keeps what stands in it.
        return self._searching.run_aside(asked, search, reply, aside=how == "after")

    def _check_said(self) -> None:
        if not said_of(self.hits.query, self._thumbs, self.tray):
            raise QueryError("nothing was said of this answer yet: give thumbs or pick, then search again")

    def _again_aside(self, reply: Reply) -> bool:
        """Search again with what was said, as a front end asks; says whether the answer was still wanted."""
        self._check_said()
        asked = replace(self._searching.base, learn=True)
        return self._searching.run_aside(asked, partial(self._found, asked), reply)

    def _found(self, asked: Asked) -> SearchResults:
        if not asked.query:
            return all_shots(self._index, asked.search_options)
        options = asked.search_options
        named = None if asked.said is None else str(asked.said)
        learning = asked.learn and bool(len(self.tray) or self._thumbs.given)
        if learning:
            options["feedback"] = JudgedAnswer(self._thumbs.table, self.tray.table, named)
        found = self._searched(asked, options)
        if not len(found) and any(found.learned) and options.get("min_score") is None:
            # That something is there was known before: what is nearest need not prove it once more.
            if found.usage is not None:
                found.usage.withdraw()
            found = self._searched(asked, {**options, "min_score": KEPT})
        if learning and found.follow is not None:
            found.follow.said = said_of(found.query, self._thumbs, self.tray)
        return found

    def _searched(self, asked: Asked, options: dict[str, Any]) -> SearchResults:
        if asked.said is None:
            return self._search(asked.expression, options)
        if asked.said.away and options.get("min_score") is None:
            # As it was asked from the shot: that something is there was known then.
            options["min_score"] = KEPT
        return asked.said.name(self._search(asked.expression, options))

    def _search(self, expression: Any, options: dict[str, Any]) -> SearchResults:
        if self._duel is not None:
            return self._duel.search(expression, options)
        return self._index.search(expression, **options)

    def _facets(self) -> list[dict[str, Any]]:
        """Describe what filters can be built from, as the catalog is now."""
        served = self._index._serving()
        known = self._known
        if known is None or known[0] is not served:
            known = self._known = served, facets_told(facets_of(served))
        return known[1]
