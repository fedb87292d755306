"""Two indexes behind one search desk: their answers in one list, and what the picks say of them."""

from __future__ import annotations

import logging
import secrets
import threading
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from vidsearch_sdk.encoding.pooling import pooling_of
from vidsearch_sdk.errors import QueryError, VidsearchError
from vidsearch_sdk.evaluation.interleaving import (
    Interleaved,
    credit,
    evidence,
    sessions_needed,
    sign_test,
    team_draft,
)
from vidsearch_sdk.pages.markup import plain
from vidsearch_sdk.results.search_results import SearchResults
from vidsearch_sdk.store.interleavings import Session, StoredInterleavings

if TYPE_CHECKING:
    from vidsearch_sdk.results.tray import Tray
    from vidsearch_sdk.shot_index import ShotIndex

log = logging.getLogger("vidsearch_sdk")

# What two encoders say in different ways would tell whose shot it is; so would what only one of them folded.
_TELLING = ("score", "similarity", "picture", "dialogue", "folded")
_Item = tuple[str, int]


@dataclass(frozen=True)
class Standing:
    """How a duel stands, from the side of the index that the explorer was opened for.

    Attributes:
        table: One row per session: ``query``, ``won`` (picks of its shots), ``lost`` (of the other's),
            ``result`` (``win``, ``loss`` or ``tie``), ``at`` (UTC).
        wins: Sessions in which more of its shots were picked.
        losses: Sessions in which more of the other's were.
        ties: Sessions in which as many were.
        p_value: Of the sign test, right for a number of sessions that was fixed before.
        evidence: How much likelier the sessions are under some preference than under none; 20 decide, however
            often one looks (:func:`vidsearch_sdk.evaluation.interleaving.evidence`).
        sessions_needed: How many more decide it with a chance of 0.8 should it go on like this, counting on a
            preference of 60 in 100 at least; 0 where it is decided, ``None`` for more than 10,000.
        names: What the two indexes are called: this one and the other.
    """

    table: pd.DataFrame
    wins: int
    losses: int
    ties: int
    names: tuple[str, str]
    p_value: float = field(init=False)
    evidence: float = field(init=False)
    sessions_needed: int | None = field(init=False)

    def __post_init__(self) -> None:
        for name, value in (
            ("p_value", sign_test(self.wins, self.losses)),
            ("evidence", evidence(self.wins, self.losses)),
            ("sessions_needed", sessions_needed(self.wins, self.losses, self.ties)),
        ):
            object.__setattr__(self, name, value)

    @property
    def verdict(self) -> str:
        """What the sessions say, in words."""
        counted = f"{self.wins} won, {self.losses} lost, {self.ties} tied"
        this, other = self.names
        if self.sessions_needed == 0:
            better, worse = (this, other) if self.wins > self.losses else (other, this)
            return f"People pick more from {better} than from {worse} ({counted})."
        if self.sessions_needed is None:
            return f"Undecided ({counted}); more than 10,000 sessions more would be needed."
        more = f"{self.sessions_needed:,} more session{'s' * (self.sessions_needed != 1)}"
        return f"Undecided between {this} and {other} ({counted}); about {more} needed."

    def __repr__(self) -> str:
        return self.verdict


@dataclass
class _Running:
    id: str
    query: str
    merged: Interleaved[_Item]
    before: frozenset[_Item]
    told: tuple[int, int] | None = None
    fresh: tuple[_Item, ...] = ()
    kept: tuple[_Item, ...] = ()


class Duel:
    """Searches two indexes of one catalog at once, and counts whose shots are picked.

    Safe to use from many threads. What is picked is kept in the catalog in the background.

    Args:
        index: The index that the explorer is for.
        against: The other one.
        tray: Where picks go.

    Raises:
        QueryError: They are of different catalogs, or the same.
    """

    def __init__(self, index: ShotIndex, against: ShotIndex, tray: Tray) -> None:
        if index.catalog.location != against.catalog.location:
            raise QueryError(
                f"against= is an index of {plain(against.catalog.location, limit=120)}; two indexes of one "
                "catalog are compared, for the same shots must be there to be picked"
            )
        self._indexes = index, against
        sides = [f"{one.encoder.fingerprint} {pooling_of(one.encoder).name}" for one in self._indexes]
        if sides[0] == sides[1]:
            # One encoder, two generations of it.
            sides = [f"{side} {one.generation.name}" for side, one in zip(sides, self._indexes, strict=True)]
        if sides[0] == sides[1]:
            raise QueryError("against= is the same index: open the other encoder's, or another generation")
        self._sides = sides[0], sides[1]
        names = [str(one.encoder.name) for one in self._indexes]
        if names[0] == names[1]:
            names = [f"{names[0]} (this one)", f"{names[1]} (the other)"]
        self._names = names[0], names[1]
        self._tray = tray
        self._stored = StoredInterleavings(index.catalog._disk)
        self._guard = threading.Lock()
        self._running: dict[str, _Running] = {}
        self._size = len(tray)
        self._writer = ThreadPoolExecutor(1, thread_name_prefix="vidsearch-duel")
        self._written: list[Future[None]] = []
        self._listener = tray.watch(self._picked)

    def search(self, expression: Any, options: dict[str, Any]) -> SearchResults:
        """Search both indexes, and give their answers in one list, without what tells them apart."""
        index, other = self._indexes
        # One search for who asks, and one in the notes of usage.
        answers = [index.search(expression, **options)]
        with other.catalog.recorder.rest():
            answers.append(other.search(expression, **options))
        query = answers[0].query
        tables = [answer.table for answer in answers]
        ranked = [list(zip(one["shot_id"], one["end_pts"].astype(int), strict=True)) for one in tables]
        with self._guard:
            before = self._running.get(query)
        # The same words again are the same session, in the same order.
        session = secrets.token_hex(6) if before is None else before.id
        merged = team_draft(ranked[0], ranked[1], k=int(options.get("k", 100)), seed=session)
        if before is None or before.merged != merged:
            session = secrets.token_hex(6) if before is not None and before.told else session
            # What was picked from an earlier list says nothing of this one.
            running = _Running(session, query, merged, frozenset(self._picks().get(query, ())))
            with self._guard:
                self._running[query] = running
        return _joined(answers, tables, ranked, merged)

    def standing(self) -> Standing:
        """Count the sessions that the catalog keeps, of everybody.

        Raises:
            DamagedError: A stored session is not what was written.
            StorageError: The disk refused.
        """
        with self._guard:
            written, self._written = self._written, []
        for one in written:
            one.result()
        rows, (this, other) = [], self._sides
        for session in self._stored.read(self._sides):
            won, lost = session.credits[this], session.credits[other]
            if won or lost:
                result = "tie" if won == lost else "win" if won > lost else "loss"
                rows.append((session.query, won, lost, result, session.at))
        table = pd.DataFrame(rows, columns=["query", "won", "lost", "result", "at"])
        table["at"] = pd.to_datetime(table["at"], utc=True, format="ISO8601")
        wins, losses, ties = (int((table["result"] == one).sum()) for one in ("win", "loss", "tie"))
        return Standing(table, wins, losses, ties, self._names)

    def _picks(self) -> dict[str, list[_Item]]:
        picks: dict[str, list[_Item]] = {}
        for hit in self._tray:
            if hit.answer is not None:
                picks.setdefault(hit.answer.query, []).append((hit.shot_id, int(hit.end_pts)))
        return picks

    def _picked(self) -> None:
        size, self._size = self._size, len(self._tray)
        if size > 1 and not self._size:
            # Handed over and cleared: they were picked all the same.
            with self._guard:
                for one in self._running.values():
                    one.kept = one.fresh
            return
        picks = self._picks()
        with self._guard:
            for query, one in self._running.items():
                fresh = [item for item in picks.get(query, ()) if item not in one.before]
                one.fresh = tuple(dict.fromkeys([*one.kept, *fresh]))
                fresh = [item for item in one.fresh if item in one.merged.items]
                counted = credit(one.merged, fresh)
                if counted == (one.told or (0, 0)):
                    continue
                one.told = counted
                named = [item[0] for item in fresh]
                sides = dict(zip(self._sides, counted, strict=True))
                session = Session(one.id, query, sides, named, datetime.now(UTC).isoformat())
                self._written.append(self._writer.submit(self._write, session))

    def _write(self, session: Session) -> None:
        try:
            self._stored.add(session)
        except VidsearchError as error:
            log.warning("a session was not kept: %s", error)


def _joined(
    answers: list[SearchResults],
    tables: list[pd.DataFrame],
    ranked: list[list[_Item]],
    merged: Interleaved[_Item],
) -> SearchResults:
    places = [{item: place for place, item in enumerate(one)} for one in ranked]
    rows, parts = [], {}
    for rank, (item, team) in enumerate(zip(merged.items, merged.teams, strict=True), start=1):
        team = team if team is not None else int(item not in places[0])
        row = tables[team].iloc[places[team][item]]
        old = int(row["rank"])
        if old in answers[team]._span_ranks:
            parts[rank] = answers[team]._parts[old]
        rows.append({**row.to_dict(), "rank": rank})
    table = pd.DataFrame(rows, columns=tables[0].columns) if rows else tables[0].iloc[:0].copy()
    for name in table.columns:
        if name in _TELLING:
            blank = 0 if name == "folded" else np.nan if pd.api.types.is_numeric_dtype(table[name]) else None
            table[name] = blank
    first = answers[0]
    joined = SearchResults(
        table,
        catalog=first.catalog,
        query_text=first.query,
        elapsed_s=max(one.elapsed_s for one in answers),
        notes=list(dict.fromkeys(note for one in answers for note in one.notes)),
        corrections=first.corrections,
        expansions=first.expansions,
        parts=parts,
        follow=first.follow,
    )
    joined.usage, joined.learned = first.usage, first.learned
    return joined
