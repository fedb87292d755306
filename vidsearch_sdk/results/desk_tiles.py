"""Hits as the live grid takes them: plain data, every text cleaned, pictures apart."""

from __future__ import annotations

import logging
import math
import threading
from collections import OrderedDict
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

from vidsearch_sdk.pages.markup import plain
from vidsearch_sdk.results.thumbnails import thumbnail
from vidsearch_sdk.results.tile import MOST_PARTS, details, heard_share, language_tag, spoken
from vidsearch_sdk.results.wording import all_reasons, more_like_this, why, written_score

if TYPE_CHECKING:
    from fractions import Fraction

    from vidsearch_sdk.results.hit import Hit

log = logging.getLogger("vidsearch_sdk")

_KEPT = 600


def key_of(hit: Hit) -> str:
    """Name a shot or span alike in every answer and in the tray."""
    return f"{hit.video_id}:{hit.start_pts}:{hit.end_pts}"


def tile_of(hit: Hit, *, at: int) -> dict[str, Any]:
    """Describe a hit, without its picture.

    Args:
        hit: The hit.
        at: Its place in what is shown, from 0.
    """
    parts = hit.parts if len(hit.parts) > 1 else ()
    title, score = plain(hit.name, limit=120), None if math.isnan(hit.score) else float(hit.score)
    written = written_score(hit.score)
    shots = f"{len(parts)} shots" if parts else f"Shot {hit.number}"
    reason = why(hit)
    lines = [
        {"text": plain(one.line, limit=400), "position": one.line_position, "language": language_tag(one)}
        for one in spoken(hit)
    ]
    return {
        "at": at,
        "key": key_of(hit),
        "rate": _pair(hit.clock.rate if hit.timecode else hit.clock.own_rate),
        "rank": hit.rank,
        "shot_id": hit.shot_id,
        "number": hit.number,
        "title": title,
        "position": hit.position,
        "duration_s": float(hit.duration_s),
        "length": f"{hit.duration_s:.1f} s",
        "timecode": hit.timecode,
        "score": score,
        "score_text": written,
        "heard": heard_share(hit),
        "why": plain(reason, limit=400),
        "reasons": plain(all_reasons(hit), limit=300),
        "lines": lines,
        "folded": hit.folded_count,
        "folded_label": more_like_this(hit.folded_count),
        "details": [[plain(name, limit=40), plain(value, limit=120)] for name, value in details(hit)],
        "parts": [{"label": f"Shot {part.number}", "position": part.position} for part in parts[:MOST_PARTS]],
        "parts_left": max(0, len(parts) - MOST_PARTS),
        "label": plain(f"{shots}, {title} at {hit.position}, score {written}", limit=300),
    }


def clock_of(hit: Hit) -> dict[str, Any]:
    """Describe the clock of a hit's film: what a player needs to name each frame."""
    clock = hit.clock
    return {
        # Where frames do not follow the rate they are counted at, the page steps by the film's own.
        "rate": _pair(clock.own_rate if clock.by_time else clock.rate),
        "first_frame": int(hit.start_frame),
        "frames": int(hit.end_frame - hit.start_frame),
        "start_timecode": clock.timecode(0) if clock.counts_on else "",
        "position_s": float(hit.position_s),
        "duration_s": float(hit.duration_s),
    }


def _pair(rate: Fraction | None) -> list[int] | None:
    return None if rate is None else list(rate.as_integer_ratio())


class Pictures:
    """Small pictures of hits, the 600 used last kept."""

    def __init__(self) -> None:
        self._made: OrderedDict[str, bytes] = OrderedDict()
        self._guard = threading.Lock()

    def describe(
        self, hits: Sequence[Hit], *, start: int = 0, known: frozenset[str] | None = frozenset()
    ) -> tuple[list[dict[str, Any]], list[bytes]]:
        """Describe hits as ``tile_of`` does, with the numbers of their pictures among the buffers.

        Args:
            hits: The hits.
            start: Place of the first of them in what is shown.
            known: Keys of hits whose pictures are not needed; ``None`` for no picture at all.
        """
        tiles = [tile_of(hit, at=at) for at, hit in enumerate(hits, start=start)]
        slots: list[dict[str, Any]] = []
        wanted: list[Hit] = []
        for tile, hit in zip(tiles, hits, strict=True):
            for slot in (tile, *tile["parts"]):
                slot.update(image=None, image_error="")
            if known is not None and tile["key"] not in known:
                slots += tile["parts"] or [tile]
                wanted += list(hit.parts[: len(tile["parts"])]) or [hit]
        buffers: list[bytes] = []
        for slot, made in zip(slots, self.of(wanted), strict=True):
            if isinstance(made, str):
                slot["image_error"] = made
            else:
                slot["image"] = len(buffers)
                buffers.append(made)
        return tiles, buffers

    def of(self, hits: Iterable[Hit]) -> list[bytes | str]:
        """Give the picture of each hit, or the words that say why there is none; made side by side."""
        wanted = list(hits)
        with ThreadPoolExecutor(2, thread_name_prefix="vidsearch-pictures") as pool:
            return list(pool.map(self._one, wanted))

    def _one(self, hit: Hit) -> bytes | str:
        with self._guard:
            kept = self._made.get(hit.shot_id)
            if kept is not None:
                self._made.move_to_end(hit.shot_id)
                return kept
        made = picture_of(hit)
        if not isinstance(made, str):
            with self._guard:
                self._made[hit.shot_id] = made
                while len(self._made) > _KEPT:
                    self._made.popitem(last=False)
        return made


def picture_of(hit: Hit) -> bytes | str:
    """Give the small picture of a hit, or the words that say why there is none."""
    try:
        return thumbnail(hit.keyframe())[0]
    except Exception as error:
        # A grid of a hundred shots must not fail for one damaged picture, whatever is wrong with it.
        log.warning("shot %s is shown without its picture: %s", hit.shot_id, error)
        return plain(error, limit=300) or type(error).__name__


def keyframes_of(hit: Hit) -> tuple[list[float], list[bytes]]:
    """Give the small keyframes of a hit, or of all shots of its span: seconds into the hit, and JPEGs.

    Raises:
        VidsearchError: The film or the pictures are gone or damaged.
    """
    if hit.footage is None:
        return [], []
    shots = [part.shot_id for part in hit.parts] or [hit.shot_id]
    stored = [frame for shot in shots for frame in hit.footage.keyframes(shot)]
    # As many as one sees while the mouse crosses a tile.
    stored = [stored[i * len(stored) // 24] for i in range(24)] if len(stored) > 24 else stored
    with ThreadPoolExecutor(2, thread_name_prefix="vidsearch-pictures") as pool:
        small = list(pool.map(lambda frame: thumbnail(frame[1])[0], stored))
    return [max(0.0, time_s - hit.start_s) for time_s, _ in stored], small
