"""What was picked as one film: the shots in order, of one size and rate, with their sound."""

from __future__ import annotations

import math
import os
import time
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

from vidsearch_sdk.errors import QueryError
from vidsearch_sdk.pages.markup import plain
from vidsearch_sdk.results.checks import film_files, film_title, picked, target
from vidsearch_sdk.results.film_clock import FilmClock, film_clock
from vidsearch_sdk.results.timelines.rates import EDITING_RATES, film_rate, timeline_rate
from vidsearch_sdk.results.values import as_fraction, as_whole
from vidsearch_sdk.video.reel_plan import LONGEST_CROSSFADE_S, ReelPart, RunningTime

if TYPE_CHECKING:
    from vidsearch_sdk.results.hit import Hit

SHORT_SIDE = 1080
"""Longest shorter side of a reel whose size was not given, in pixels."""

SIDES = (16, 4096)
"""Shortest and longest side that may be asked for: what players and H.264's common levels take."""

RATES = (1, 120)
"""Lowest and highest frame rate that may be asked for."""

CROSSFADE_S = 0.05
"""How long the sounds of two shots overlap by default: no fade to the ear, and no click."""

SUFFIXES = (".mp4", ".m4v")
"""What the name of a reel may end in."""

_BAR_AFTER_S = 1.0
_TELL_EVERY_S = 0.1


@dataclass(frozen=True)
class _Film:
    """What a reel needs to know of a film; the rate is None where the film's frames follow none."""

    path: Path
    width: int
    height: int
    rate: Fraction | None
    reel_rate: Fraction
    clock: FilmClock
    time_base: Fraction


def write_reel(
    hits: Sequence[Hit],
    path: str | os.PathLike[str],
    *,
    size: tuple[int, int] | None = None,
    frame_rate: Fraction | float | str | None = None,
    titles: bool = False,
    crossfade_s: float = CROSSFADE_S,
    overwrite: bool = False,
    progress: bool = True,
    on_progress: Callable[[float], None] | None = None,
) -> Path:
    """Write hits, in order, as one film: H.264 and AAC, which every player takes.

    Args:
        hits: What was picked; a span is one piece.
        path: The file to write, ``.mp4`` or ``.m4v``.
        size: Width and height in pixels, even. By default that of the largest film that lies as most of the
            seconds do, upright or across, its shorter side at most 1080. Films of another shape stand between
            black bars.
        frame_rate: Frames per second, such as 25, 23.976 or ``"24000/1001"``; by default that of most hits.
            At a film's own rate each of its frames is there once, at another the nearest ones.
        titles: Write each film's title and the running source timecode, or the position in the film where it
            has none, into the picture.
        crossfade_s: How long the sounds of two shots overlap, 0 to 1 second, half before the cut and half
            behind it; the pictures are cut hard and none is lost.
        overwrite: Replace a file that exists.
        progress: Whether to show a bar when it takes long.
        on_progress: Told the share that is done, 0 to 1, about ten times a second, and 1 when all that is
            left is to put the file in its place. What it raises ends the work, and nothing is left of it.

    Returns:
        The file written, as an absolute path.

    Raises:
        QueryError: There are no hits, or an option is out of range.
        VideoNotFound: Films have moved or are gone; names all of them.
        VideoError: A film cannot be decoded.
        StorageError: The file exists and ``overwrite`` is false, or the disk refused.
    """
    picks = picked(hits, "a reel")
    files = film_files(picks)
    out = target(path, suffixes=SUFFIXES, what="a reel", overwrite=overwrite, films=files.values())
    size = None if size is None else _checked_size(size)
    rate = None if frame_rate is None else _checked_rate(frame_rate)
    if not _within(crossfade_s, 0, LONGEST_CROSSFADE_S):
        longest = f"{LONGEST_CROSSFADE_S:g}"
        raise QueryError(
            f"crossfade_s={crossfade_s!r}: seconds from 0 to {longest} are allowed, such as {CROSSFADE_S}"
        )
    films = {video_id: _film(next(h for h in picks if h.video_id == video_id), files) for video_id in files}
    parts = [_part(hit, films[hit.video_id]) for hit in picks]
    from tqdm.auto import tqdm

    from vidsearch_sdk.video.reels import write_reel as write

    length_s = float(sum(part.length_s for part in parts))
    bar = tqdm(
        total=round(length_s, 2),
        desc="Reel",
        unit="s",
        bar_format="{desc} {percentage:3.0f}%|{bar}| [{elapsed}<{remaining}]",
        delay=_BAR_AFTER_S,
        leave=False,
        disable=not progress,
    )
    with bar:
        return write(
            parts,
            out,
            size=size or _usual_size(parts, [films[hit.video_id] for hit in picks]),
            frame_rate=rate or _usual_rate(parts, [films[hit.video_id] for hit in picks]),
            titles=titles,
            crossfade_s=crossfade_s,
            overwrite=overwrite,
            progress=_teller(bar, length_s, on_progress),
        )


def _film(hit: Hit, files: Mapping[str, Path]) -> _Film:
    from vidsearch_sdk.video.probe import probe

    path = files[hit.video_id]
    assert hit.footage is not None
    known: Mapping[str, Any] = hit.footage.measured(hit.video_id)
    width, height = as_whole(known.get("width")), as_whole(known.get("height"))
    clock = film_clock(hit, known)
    time_base = clock.time_base
    if not width or not height or time_base is None:
        info = probe(path)
        width, height, time_base = info.width, info.height, info.time_base
        facts = {"time_base": time_base, "frame_rate": clock.own_rate or info.frame_rate}
        clock = film_clock(hit, {**known, **facts})
    # A few missing frames do not keep a film from giving the reel its rate.
    counted = film_rate(clock.own_rate, variable=bool(known.get("variable_rate")))
    return _Film(
        path=path,
        width=width,
        height=height,
        rate=None if counted.by_time else counted.rate,
        reel_rate=counted.rate if counted.rate in EDITING_RATES else timeline_rate(counted.rate),
        clock=clock,
        time_base=time_base,
    )


def _part(hit: Hit, film: _Film) -> ReelPart:
    length = (hit.end_pts - hit.start_pts) * film.time_base
    if film.rate is not None:
        counted = (hit.end_frame - hit.start_frame) / film.rate
        # The clock may be coarse, but a film in which frames are missing follows its clock.
        if abs(counted - length) < Fraction(3, 2) / film.rate:
            length = counted
    return ReelPart(
        path=film.path,
        start_pts=hit.start_pts,
        end_pts=hit.end_pts,
        length_s=length,
        title=film_title(hit),
        running=RunningTime(
            first_frame=hit.start_frame,
            frame_rate=film.clock.rate,
            source_timecode=film.clock.timecode(0) if film.clock.counts_on else "",
            position_s=hit.position_s,
        ),
    )


def _usual_size(parts: Sequence[ReelPart], films: Sequence[_Film]) -> tuple[int, int]:
    upright = sum(part.length_s for part, film in zip(parts, films, strict=True) if film.height > film.width)
    lies_upright = upright > sum(part.length_s for part in parts) / 2
    same = [film for film in films if (film.height > film.width) == lies_upright] or list(films)
    largest = max(same, key=lambda film: (film.width * film.height, film.width))
    scale = min(Fraction(1), Fraction(SHORT_SIDE, min(largest.width, largest.height)))
    # A film may be a line; beyond the longest side nothing is gained.
    scale = min(scale, Fraction(SIDES[1], max(largest.width, largest.height)))
    sides = [max(SIDES[0], round(side * scale / 2) * 2) for side in (largest.width, largest.height)]
    return sides[0], sides[1]


def _usual_rate(parts: Sequence[ReelPart], films: Sequence[_Film]) -> Fraction:
    votes: defaultdict[Fraction, tuple[int, Fraction]] = defaultdict(lambda: (0, Fraction(0)))
    # What follows no rate looks the same at any: it has no voice where others do.
    steady = any(film.rate is not None for film in films)
    for part, film in zip(parts, films, strict=True):
        if steady and film.rate is None:
            continue
        count, seconds = votes[film.reel_rate]
        votes[film.reel_rate] = count + 1, seconds + part.length_s
    return max(votes, key=lambda rate: votes[rate])


def _checked_size(size: object) -> tuple[int, int]:
    low, high = SIDES
    width: Any
    height: Any
    try:
        width, height = size  # type: ignore[misc]
        whole = all(int(side) == side and not isinstance(side, bool) for side in (width, height))
        if not whole or not all(low <= side <= high for side in (width, height)):
            raise ValueError
    except (TypeError, ValueError):
        raise QueryError(
            f"size={plain(repr(size), limit=60)}: width and height in pixels are needed, each "
            f"{low} to {high}, such as (1920, 1080)"
        ) from None
    if width % 2 or height % 2:
        even = (int(width) // 2 * 2, int(height) // 2 * 2)
        raise QueryError(f"size={(int(width), int(height))}: H.264 has even sides only; take {even}")
    return int(width), int(height)


def _checked_rate(given: object) -> Fraction:
    low, high = RATES
    rate = None if isinstance(given, bool) else as_fraction(given)
    if rate is None or not low <= rate <= high:
        raise QueryError(
            f"frame_rate={plain(repr(given), limit=60)}: frames per second from {low} to {high} are allowed, "
            'such as 25, 23.976 or "24000/1001"'
        )
    counted = film_rate(rate)
    # 23.976 is how people write 24000/1001.
    return counted.rate if not counted.by_time else rate.limit_denominator(1001)


def _teller(
    bar: Any, length_s: float, on_progress: Callable[[float], None] | None
) -> Callable[[float], None]:
    told_at = -math.inf

    def tell(share: float) -> None:
        nonlocal told_at
        bar.update(round(share * length_s, 2) - bar.n)
        now = time.monotonic()
        if on_progress is not None and (share >= 1 or now - told_at >= _TELL_EVERY_S):
            told_at = now
            on_progress(share)

    return tell


def _within(value: object, low: float, high: float) -> bool:
    allowed = isinstance(value, int | float) and not isinstance(value, bool)
    return allowed and low <= value <= high  # type: ignore[operator]
