"""CMX 3600 edit decision lists.

Written here because OpenTimelineIO's adapter (otio-cmx3600-adapter 1.0) writes drop-frame timecode for every
film of 29.97 or 59.94 frames a second, lays films of several rates out at the rate of the first, and makes
reel names by cutting file names short, so that two films may get the same one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from vidsearch_sdk.errors import QueryError
from vidsearch_sdk.results.timelines.rates import rate_text, timebase
from vidsearch_sdk.results.timelines.texts import clean, path_text

if TYPE_CHECKING:
    from collections.abc import Iterator
    from fractions import Fraction

    from vidsearch_sdk.results.timelines.timeline import Placed, Timeline

_TITLE_LENGTH = 70
_EVENTS = 999  # event numbers have three digits
_HOURS = 23  # from 01:00:00:00 to midnight
_OTHER_FORMATS = ".otio, .xml or .fcpxml"


def edl_text(timeline: Timeline) -> str:
    """Write a timeline as a CMX 3600 list: one cut per clip, timecodes of source and of record.

    The list has the header's frame code mode for its record timecode, and a mode of its own before each event
    whose film counts differently from the one before; drop-frame timecodes have a semicolon as well. Clip
    name, file, query and score follow each event as comments, and as a locator at its first frame.

    Raises:
        QueryError: The films have several frame rates, there are more than 999 clips, more than 99 frames a
            second, or the list would pass midnight.
    """
    _check(timeline)
    lines = [f"TITLE: {clean(timeline.title, limit=_TITLE_LENGTH)}", _mode(timeline.drop), ""]
    mode = timeline.drop
    for placed in timeline.placed():
        if placed.clip.source.drop != mode:
            mode = placed.clip.source.drop
            lines.append(_mode(mode))
        lines += _event(timeline, placed)
    # Lists come from a time of carriage returns; every program reads these, some read nothing else.
    return "\r\n".join([*lines, ""])


def _event(timeline: Timeline, placed: Placed) -> Iterator[str]:
    clip, source = placed.clip, placed.clip.source
    channels = "V" if not source.channels else "B" if source.channels == 1 else "AA/V"
    record = timeline.timecode(placed.start)
    times = (source.timecode(clip.first), source.timecode(clip.last), record, timeline.timecode(placed.end))
    yield f"{placed.number:03d}  {source.reel:<8} {channels:<5} C        {' '.join(times)}"
    yield f"* FROM CLIP NAME:  {clean(source.file_name)}"
    yield f"* SOURCE FILE: {path_text(source.path)}"
    yield f"* COMMENT: {clean(f'{clip.name}; {clip.note}' if clip.note else clip.name, limit=500)}"
    score = "" if clip.score is None else f" {clip.score:.2f}"
    yield f"* LOC: {record} GREEN   {clean(clip.query or clip.name, limit=100)}{score}"


def _mode(drop: bool) -> str:
    return f"FCM: {'DROP' if drop else 'NON-DROP'} FRAME"


def _check(timeline: Timeline) -> None:
    films: dict[Fraction, list[str]] = {}
    for source in timeline.sources:
        films.setdefault(source.rate, []).append(clean(source.file_name, limit=60))
    if len(films) > 1:
        rates = "; ".join(f"{rate_text(rate)}: {_listed(names)}" for rate, names in films.items())
        raise QueryError(
            f"one EDL has one frame rate, and these films have {len(films)} ({rates}). Export each rate on "
            f"its own, as {_only(timeline, timeline.rate)}{_others(timeline)}, or all of them as "
            f"{_OTHER_FORMATS}, which hold several rates."
        )
    if len(timeline.clips) > _EVENTS:
        raise QueryError(
            f"an EDL numbers at most {_EVENTS} events, and these are {len(timeline.clips):,} clips; export "
            f"them in several lists, as hits[:{_EVENTS}] and hits[{_EVENTS}:], or as {_OTHER_FORMATS}"
        )
    if timebase(timeline.rate) > 99:
        raise QueryError(
            f"an EDL counts at most 99 frames a second, and {timeline.sources[0].file_name} has "
            f"{rate_text(timeline.rate)}; export as {_OTHER_FORMATS}"
        )
    if timeline.length() > _HOURS * timeline.start():
        raise QueryError(
            f"an EDL that begins at 01:00:00:00 holds {_HOURS} hours, and these clips are longer; export "
            f"them in several lists, or as {_OTHER_FORMATS}"
        )


def _only(timeline: Timeline, rate: Fraction) -> str:
    stored = _stored(timeline, rate)
    wanted = f"== {stored[0]}" if len(stored) == 1 else f"in ({', '.join(stored)})"
    return f"vs.Tray(hit for hit in hits if hit.frame_rate {wanted})"


def _others(timeline: Timeline) -> str:
    rates = dict.fromkeys(source.rate for source in timeline.sources if source.rate != timeline.rate)
    stored = [value for rate in rates for value in _stored(timeline, rate)]
    return f" and the same with {_listed(stored)}"


def _stored(timeline: Timeline, rate: Fraction) -> list[str]:
    """Give what the hits of a rate have as theirs: films of several values may count alike."""
    values = dict.fromkeys(repr(one.stored_rate) for one in timeline.sources if one.rate == rate)
    return [clean(value, limit=60) for value in values]


def _listed(names: list[str]) -> str:
    shown = ", ".join(names[:3])
    return shown if len(names) <= 3 else f"{shown} and {len(names) - 3} more"
