"""What one live grid shows and does: answers in the order of the visit, picks, thumbs, pictures, playing."""

from __future__ import annotations

import itertools
import threading
import weakref
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from vidsearch_sdk.errors import QueryError
from vidsearch_sdk.pages.markup import plain
from vidsearch_sdk.results.desk_making import making_handlers
from vidsearch_sdk.results.desk_tiles import Pictures, clock_of, key_of, keyframes_of
from vidsearch_sdk.results.desk_view import view_of
from vidsearch_sdk.results.said import offered
from vidsearch_sdk.results.wording import more_like_this

if TYPE_CHECKING:
    from vidsearch_sdk.results.hand_over import HandOver
    from vidsearch_sdk.results.hit import Hit
    from vidsearch_sdk.results.proxy_cache import ProxyCache
    from vidsearch_sdk.results.search_results import SearchResults
    from vidsearch_sdk.results.thumbs import Thumbs
    from vidsearch_sdk.results.tray import Tray
    from vidsearch_sdk.widgets.desk import Desk, Handler
    from vidsearch_sdk.widgets.reply import Reply

_MOST_AT_ONCE = 96
_VISITS = 100
_BREATH_S = 0.05  # a fifth of what the first chunk of a proxy plays
_LEAD_S = 0.5  # of film: until that has played, more is there
_AHEAD_S = 2.0  # a tile on which the mouse rests longer is looked at


@dataclass(frozen=True)
class Visit:
    """One answer that was shown.

    Attributes:
        key: What the front end calls it.
        label: What the way back calls it.
        hits: The answer.
        facts: What else the front end is told with it.
    """

    key: str
    label: str
    hits: SearchResults
    facts: Mapping[str, Any]


def _at_once(work: Callable[[Mapping[str, Any]], object]) -> Handler:
    def handler(asked: Mapping[str, Any], reply: Reply) -> None:
        work(asked)
        reply.done()

    return handler


def _fails(tile: Mapping[str, Any]) -> bool:
    return any(one["image_error"] for one in (tile, *tile["parts"]))


class Showing:
    """The state of a live grid, apart from any front end; several may show it at once.

    Args:
        hits: The first answer.
        tray: Where picks go.
        thumbs: Where thumbs go.
        facts: What the front end is told with the first answer, beside the answer itself.
    """

    def __init__(
        self, hits: SearchResults, *, tray: Tray, thumbs: Thumbs, facts: Mapping[str, Any] | None = None
    ) -> None:
        self.tray = tray
        self.thumbs = thumbs
        self._desks: weakref.WeakSet[Desk] = weakref.WeakSet()
        self._guard = threading.RLock()
        self._numbers = itertools.count(1)
        self._visits: list[Visit] = [self._visit(hits, hits.query, facts or {})]
        self._at = 0
        self._folded: dict[str, SearchResults] = {}
        self._pictures = Pictures()
        self._playing = threading.Lock()
        self._proxies: ProxyCache | None = None
        self._pushed: frozenset[str] = frozenset()
        self._offered = "", ""
        self._listeners = (tray.watch(self.push_tray), thumbs.watch(self.push_thumb))

    @property
    def visit(self) -> Visit:
        """What is shown now."""
        return self._visits[self._at]

    @property
    def hits(self) -> SearchResults:
        """The answer that is shown now."""
        return self.visit.hits

    @property
    def answers(self) -> list[SearchResults]:
        """The answers of the visit, in order."""
        with self._guard:
            return [visit.hits for visit in self._visits]

    def show(self, hits: SearchResults, *, label: str = "", facts: Mapping[str, Any] | None = None) -> None:
        """Show another answer on top of this one; what was gone back from is forgotten."""
        with self._guard:
            given = self.visit.facts if facts is None else facts
            del self._visits[self._at + 1 :]
            self._visits.append(self._visit(hits, label or hits.query, given))
            del self._visits[:-_VISITS]
            self._at = len(self._visits) - 1
            self._folded = {}
        self.push_view()

    def go(self, steps: int) -> bool:
        """Go back (-1) or forward (1) among the answers; says whether there was one."""
        with self._guard:
            goal = self._at + steps
            if not 0 <= goal < len(self._visits):
                return False
            self._at = goal
        self.push_view()
        return True

    def desk(self, key: str, *, kind: Literal["grid", "explorer"] = "grid") -> Desk:
        """Make a front end that shows this and is told of every change.

        Args:
            key: What it finds the static page by whose place it takes.
            kind: A grid, or a grid below a search desk.
        """
        from vidsearch_sdk.widgets.desk import Desk

        desk = Desk(self.handlers(), kind=kind, key=key)
        # The desk keeps this alive by its handlers, and not the other way round.
        self._desks.add(desk)
        return desk

    def push(self, message: Mapping[str, Any], buffers: Sequence[bytes] = ()) -> None:
        """Tell every front end."""
        for desk in list(self._desks):
            desk.push(message, buffers)

    def push_view(self) -> None:
        """Tell every front end what is shown."""
        self.push({"push": "view", **self.view()})

    def push_tray(self) -> None:
        """Tell every front end what is picked; pictures that all have are not sent again."""
        self.push_again()
        with self._guard:
            if not self._desks:
                return
            tiles, buffers = self._tray(known=self._pushed)
            # One whose picture failed is tried again, and says why it has none.
            self._pushed = frozenset(tile["key"] for tile in tiles if not _fails(tile))
            self.push({"push": "tray", "tiles": tiles}, buffers)

    def push_thumb(self, query: str, shot_id: str, thumb: int) -> None:
        """Tell every front end what was said of a shot, in which of the answers."""
        with self._guard:
            answers = [(one.key, one.hits) for one in self._visits] + list(self._folded.items())
        sets = [key for key, hits in answers if hits.query == query]
        self.push({"push": "thumb", "sets": sets, "shot_id": shot_id, "value": thumb})
        self.push_again()

    def push_again(self) -> None:
        """Tell every front end what can be searched again with."""
        with self._guard:
            visit = self.visit
            now = visit.key, offered(visit.hits, self.thumbs, self.tray)
            # Told with the view at first, and here where it changes.
            changed = now != self._offered and (now[1] or self._offered[0] == visit.key)
            self._offered = now
        if changed:
            self.push({"push": "again", "set": now[0], "words": now[1]})

    def view(self) -> dict[str, Any]:
        """Describe what is shown, without its tiles."""
        with self._guard:
            visit = self.visit
            labels = [plain(one.label, limit=120) for one in self._visits[: self._at + 1]]
            forward = self._at + 1 < len(self._visits)
        way: dict[str, Any] = {"trail": labels, "back": len(labels) > 1, "forward": forward}
        way["again"] = offered(visit.hits, self.thumbs, self.tray)
        return {"set": visit.key, **view_of(visit.hits), **way, **visit.facts}

    def handlers(self) -> dict[str, Handler]:
        """Give what answers the front end, by what it asks."""
        return {
            "open": self._open,
            "tiles": self._tiles,
            "keyframes": self._keyframes,
            "play": self._play,
            "played": _at_once(lambda asked: self._hit(asked).was_played()),
            "folded": self._open_folded,
            "pick": _at_once(lambda asked: self.tray.add(self._hit(asked))),
            "unpick": _at_once(self._unpick),
            "move": _at_once(lambda asked: self.tray.move(asked["from"], asked["to"])),
            "clear": _at_once(lambda _: self.tray.clear()),
            "thumb": _at_once(lambda asked: self.thumbs.give(self._hit(asked), asked["value"])),
            "back": _at_once(lambda _: self.go(-1)),
            "forward": _at_once(lambda _: self.go(1)),
            "more": self._follow("like"),
            "unlike": self._follow("unlike"),
            "follows": self._follow("after"),
            "again": self._again,
            **making_handlers(self._chosen),
        }

    def _visit(self, hits: SearchResults, label: str, facts: Mapping[str, Any]) -> Visit:
        return Visit(str(next(self._numbers)), label, hits, facts)

    def _open(self, _: Mapping[str, Any], reply: Reply) -> None:
        tiles, buffers = self._tray()
        reply.done({"view": self.view(), "tray": tiles}, buffers)
        # Whoever looks will play: the decoder is loaded by then.
        threading.Thread(target=self._player, name="vidsearch-player", daemon=True).start()

    def _player(self) -> ProxyCache:
        with self._playing:
            if self._proxies is None:
                from vidsearch_sdk.results.proxy_cache import ProxyCache

                self._proxies = ProxyCache()
            return self._proxies

    def _set(self, key: object) -> SearchResults:
        with self._guard:
            if key in self._folded:
                return self._folded[str(key)]
            for visit in self._visits:
                if visit.key == key:
                    return visit.hits
        raise QueryError("this answer is no longer shown: search again")

    def _hit(self, asked: Mapping[str, Any]) -> Hit:
        if asked["set"] == "tray":
            return self._pick(asked)
        hits, at = self._set(asked["set"]), asked["at"]
        if isinstance(at, bool) or not isinstance(at, int) or not 0 <= at < len(hits):
            raise QueryError(f"there is no shot {plain(repr(at), limit=40)} in this answer")
        return hits[at]

    def _pick(self, asked: Mapping[str, Any]) -> Hit:
        # By what it is and not by its place, which may be another's by now; its answer may be long gone.
        for hit in self.tray:
            if key_of(hit) == asked.get("key"):
                return hit
        raise QueryError("this shot is no longer in the tray")

    def _tiles(self, asked: Mapping[str, Any], reply: Reply) -> None:
        hits, start = self._set(asked["set"]), max(0, int(asked["from"]))
        hits.was_shown()
        shown = list(hits[start : start + min(max(0, int(asked["count"])), _MOST_AT_ONCE)])
        known: frozenset[str] | None = frozenset() if asked.get("pictures", True) else None
        tiles, buffers = self._pictures.describe(shown, start=start, known=known)
        for tile, hit in zip(tiles, shown, strict=True):
            tile["thumb"] = self.thumbs.of(hit)
        reply.done({"set": asked["set"], "tiles": tiles}, buffers)

    def _tray(self, *, known: frozenset[str] = frozenset()) -> tuple[list[dict[str, Any]], list[bytes]]:
        picks = list(self.tray)
        tiles, buffers = self._pictures.describe(picks, known=known)
        with self._guard:
            visit = self.visit
        for place, (tile, hit) in enumerate(zip(tiles, picks, strict=True)):
            there = {"place": place, "set": visit.key, "at": visit.hits.place_of(hit)}
            tile.update(there, thumb=self.thumbs.of(hit))
        return tiles, buffers

    def _keyframes(self, asked: Mapping[str, Any], reply: Reply) -> None:
        times, jpegs = keyframes_of(self._hit(asked))
        reply.done({"times": times}, jpegs)

    def _play(self, asked: Mapping[str, Any], reply: Reply) -> None:
        hit = self._hit(asked)
        with self._player().play(hit) as proxy:
            facts: dict[str, Any] | None = clock_of(hit)
            ahead = bool(asked.get("ahead"))
            noted = False
            for chunk in proxy:
                if reply.cancelled.is_set():
                    return
                if not noted and (not asked.get("ahead") or reply.wanted.is_set()):
                    noted = True  # what the mouse only rests on was not played
                    hit.was_played()
                reply.send({} if facts is None else {"mime": proxy.mime, **facts}, [chunk])
                if facts is not None:
                    # It reaches the page through two more processes, which get the processor meanwhile.
                    facts = None
                    reply.cancelled.wait(_BREATH_S)
                if ahead and proxy.duration_s >= _LEAD_S:
                    # Whoever wanders over a hundred tiles does not want a hundred films.
                    ahead = False
                    reply.wanted.wait(_AHEAD_S)
            if not noted and reply.wanted.is_set() and not reply.cancelled.is_set():
                hit.was_played()
            reply.done({"times": list(proxy.times)})

    def _open_folded(self, asked: Mapping[str, Any], reply: Reply) -> None:
        hit = self._hit(asked)
        folded = hit.folded
        key = f"{asked['set']}.{asked['at']}"
        with self._guard:
            self._folded[key] = folded
        reply.done({"set": key, "total": len(folded), "label": more_like_this(len(folded))})

    def _unpick(self, asked: Mapping[str, Any]) -> None:
        place = asked.get("place")
        if isinstance(place, int):
            self.tray.remove(place)
        elif (hit := self._hit(asked)) in self.tray:
            self.tray.remove(hit)

    def _follow(self, how: Literal["like", "unlike", "after"]) -> Handler:
        def handler(asked: Mapping[str, Any], reply: Reply) -> None:
            hit = self._hit(asked)
            if hit.answer is None or hit.answer.follow is None:
                raise QueryError("this shot was not found by an index: there is nothing to ask further")
            found: SearchResults = getattr(hit.answer.follow, how)(hit)
            if not reply.cancelled.is_set():
                self.show(found)
                reply.done()

        return handler

    def _again(self, _: Mapping[str, Any], reply: Reply) -> None:
        hits = self.hits
        if hits.follow is None:
            raise QueryError("this answer was not found by an index: there is nothing to ask again")
        found = hits.follow.again(hits, thumbs=self.thumbs, tray=self.tray)
        if not reply.cancelled.is_set():
            self.show(found)
            reply.done()

    def _chosen(self, asked: Mapping[str, Any]) -> HandOver:
        return self.hits if asked.get("what") == "results" else self.tray
