"""From hits to a timeline: where the films lie, what is known of them, and which frames were picked."""

from __future__ import annotations

import logging
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

from vidsearch_sdk.errors import QueryError, VidsearchError
from vidsearch_sdk.results.checks import film_files, film_title
from vidsearch_sdk.results.film_clock import FilmClock, film_clock
from vidsearch_sdk.results.timelines.names import file_names, reel_names
from vidsearch_sdk.results.timelines.rates import frame_at, rate_text, timebase
from vidsearch_sdk.results.timelines.texts import clean
from vidsearch_sdk.results.timelines.timeline import Clip, Source, Timeline
from vidsearch_sdk.results.values import as_fraction, as_whole

if TYPE_CHECKING:
    from vidsearch_sdk.results.hit import Hit

log = logging.getLogger("vidsearch_sdk")

_DAY_S = 24 * 60 * 60


@dataclass(frozen=True)
class _Film:
    hit: Hit
    path: Path
    known: Mapping[str, Any]
    clock: FilmClock


def gather(
    hits: Sequence[Hit],
    *,
    title: str,
    handles_s: float,
    on_progress: Callable[[float], None] | None = None,
) -> Timeline:
    """Make a timeline of hits, in their order.

    Args:
        hits: At least one; the same shot may be there twice.
        title: What the timeline is called.
        handles_s: Seconds that each clip gets on either side, as far as its film reaches.
        on_progress: Told the share of the films that is looked at, before each; what it raises ends the work.

    Raises:
        QueryError: A hit was made without a catalog, or ``handles_s`` is not a length of time.
        VideoNotFound: Films have moved or are gone; the message names all of them.
        VidsearchError: What the catalog knows of a film cannot be read.
    """
    handles = _seconds(handles_s)
    films = _found(hits)
    paths = {video_id: film.path for video_id, film in films.items()}
    names, reels = file_names(paths), reel_names(paths)
    ends: dict[str, int] = {}
    for hit in hits:
        ends[hit.video_id] = max(ends.get(hit.video_id, 1), films[hit.video_id].clock.span(hit)[1])
    sources: dict[str, Source] = {}
    for video_id, film in films.items():
        if on_progress is not None:
            on_progress(len(sources) / len(films))
        sources[video_id] = _source(
            film, file_name=names[video_id], reel=reels[video_id], least=ends[video_id]
        )
    clips = [_clip(hit, films[hit.video_id], sources[hit.video_id], handles) for hit in hits]
    return Timeline(clean(title, limit=200) or "Shots", tuple(clips))


def _seconds(handles_s: object) -> Fraction:
    allowed = isinstance(handles_s, int | float) and not isinstance(handles_s, bool)
    if not allowed or not 0 <= handles_s <= _DAY_S:  # type: ignore[operator]
        raise QueryError(f"handles_s={handles_s!r}: seconds from 0 to {_DAY_S} are allowed, such as 1.5")
    # As it is written: 0.1 means a tenth, not the binary number nearest to it.
    return Fraction(str(handles_s))


def _found(hits: Sequence[Hit]) -> dict[str, _Film]:
    paths = film_files(hits)
    first = {hit.video_id: hit for hit in reversed(hits)}
    return {video_id: _film(first[video_id], path) for video_id, path in paths.items()}


def _film(hit: Hit, path: Path) -> _Film:
    known = hit.footage.measured(hit.video_id) if hit.footage is not None else {}
    return _Film(hit=hit, path=path.absolute(), known=known, clock=film_clock(hit, known))


def _source(film: _Film, *, file_name: str, reel: str, least: int) -> Source:
    clock, known, rate = film.clock, film.known, film.clock.rate
    remarks = _lost(clock)
    if clock.by_time:
        length = as_fraction(known.get("duration_s"))
        frames = frame_at(length, rate) if length else 0
        remarks.append(f"placed by time at {rate_text(rate)} frames per second")
    else:
        frames = as_whole(known.get("frames")) or 0
    sound, sound_rate = _sound(film.path)
    return Source(
        video_id=film.hit.video_id,
        path=film.path,
        title=clean(film.hit.name),
        file_name=file_name,
        reel=reel,
        rate=rate,
        drop=clock.drop,
        start=clock.start or 0,
        # A hit is part of its film whatever the film's record says.
        frames=max(frames, least),
        width=as_whole(known.get("width")) or 0,
        height=as_whole(known.get("height")) or 0,
        sound=sound,
        sound_rate=sound_rate,
        remark="; ".join(remarks),
        stored_rate=film.hit.frame_rate,
    )


def _lost(clock: FilmClock) -> list[str]:
    if not clock.claimed or clock.start is not None:
        return []
    claimed = clean(clock.claimed, limit=20)
    kept = f"its timecode {claimed} does not exist at {timebase(clock.rate)} frames a second"
    log.warning("%s; the film is counted from 00:00:00:00", kept)
    return [f"{kept} and is counted from 00:00:00:00"]


def _sound(path: Path) -> tuple[tuple[int, ...], int]:
    # Late: only what opens films needs the decoder, and results are imported long before.
    from vidsearch_sdk.video.sound_tracks import sound_tracks

    try:
        tracks = sound_tracks(path)
    except VidsearchError as error:
        # The picture can still be linked to; programs look for sound themselves when they link.
        log.warning("%s is exported without its sound: %s", path.name, error)
        return (), 0
    return tuple(track.channels for track in tracks), tracks[0].rate if tracks else 0


def _clip(hit: Hit, film: _Film, source: Source, handles: Fraction) -> Clip:
    start, end = film.clock.span(hit)
    wanted = frame_at(handles, source.rate)
    before, after = min(wanted, start), min(wanted, source.frames - end)
    query = clean(hit.answer.query) if hit.answer is not None else ""
    score = hit.score if math.isfinite(hit.score) else None
    numbers = [part.number for part in hit.parts]
    shots = f"shots {min(numbers)}-{max(numbers)}" if len(numbers) > 1 else f"shot {hit.number}"
    why = clean(hit.why)
    said = [f"query: {query}"] if query else []
    said += [f"score {score:.2f}"] if score is not None else []
    said += [why] if why else []
    if before or after:
        said.append(f"with handles of {before} and {after} frames")
    said += [source.remark] if source.remark else []
    return Clip(
        source=source,
        start=start,
        end=end,
        before=before,
        after=after,
        name=f"{clean(film_title(hit))} {shots}",
        note=clean("; ".join(said), limit=1000),
        query=query,
        score=score,
        why=why,
        shot_id=hit.shot_id,
        rank=int(hit.rank),
        start_s=float(hit.start_s),
        end_s=float(hit.end_s),
        position=hit.position,
    )
