"""Markers as a table: one row per clip, for sheets, scripts and lists of markers."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING

from vidsearch_sdk.results.timelines.texts import path_text

if TYPE_CHECKING:
    from vidsearch_sdk.results.timelines.timeline import Placed, Timeline

COLUMNS: tuple[str, ...] = (
    "name",
    "source_in",
    "source_out",
    "record_in",
    "record_out",
    "frame_rate",
    "drop_frame",
    "start_frame",
    "end_frame",
    "start_s",
    "end_s",
    "duration_s",
    "position",
    "handle_before",
    "handle_after",
    "film",
    "file",
    "reel",
    "shot_id",
    "rank",
    "score",
    "query",
    "note",
)
"""Columns of the file, in order."""

# A sheet computes a cell that begins with one of these (OWASP, "CSV Injection").
_COMPUTED = ("=", "+", "-", "@", "\t", "\r")


def markers_csv_text(timeline: Timeline) -> str:
    """Write a row per clip: ``COLUMNS``.

    ``source_in`` and ``source_out`` are the clip's source timecodes with its handles, as in the other
    formats; ``start_frame`` and ``end_frame`` (in the film, from 0, the second one exclusive), ``start_s``
    and ``end_s`` (in the film's own clock) are what was picked, without them. A text that a sheet would
    compute begins with an apostrophe; numbers are left as they are. The file begins with a byte order mark,
    without which sheets take accents for something else.
    """
    out = io.StringIO()
    table = csv.writer(out, lineterminator="\r\n")
    table.writerow(COLUMNS)
    for placed in timeline.placed():
        table.writerow(
            [_safe(value) if isinstance(value, str) else value for value in _row(timeline, placed)]
        )
    return "\ufeff" + out.getvalue()


def _row(timeline: Timeline, placed: Placed) -> list[str | int | float | None]:
    clip, source = placed.clip, placed.clip.source
    return [
        clip.name,
        source.timecode(clip.first),
        source.timecode(clip.last),
        timeline.timecode(placed.start),
        timeline.timecode(placed.end),
        str(source.rate),
        "yes" if source.drop else "no",
        clip.start,
        clip.end,
        clip.start_s,
        clip.end_s,
        round(clip.end_s - clip.start_s, 9),
        clip.position,
        clip.before,
        clip.after,
        source.title,
        path_text(source.path),
        source.reel,
        clip.shot_id,
        clip.rank,
        None if clip.score is None else round(clip.score, 4),
        clip.query,
        clip.note,
    ]


def _safe(text: str) -> str:
    return f"'{text}" if text.startswith(_COMPUTED) else text
