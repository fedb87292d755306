"""Hits to a file that editing programs open."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from vidsearch_sdk.results.checks import picked, target
from vidsearch_sdk.results.timelines.edl import edl_text
from vidsearch_sdk.results.timelines.fcp7_xml import fcp7_xml_text
from vidsearch_sdk.results.timelines.fcpxml import fcpxml_text
from vidsearch_sdk.results.timelines.gathering import gather
from vidsearch_sdk.results.timelines.markers_csv import markers_csv_text
from vidsearch_sdk.results.timelines.otio_file import otio_text
from vidsearch_sdk.results.timelines.timeline import Timeline
from vidsearch_sdk.video.into_place import into_place, refused

if TYPE_CHECKING:
    from vidsearch_sdk.results.hit import Hit

FORMATS: dict[str, Callable[[Timeline], str]] = {
    ".otio": otio_text,
    ".xml": fcp7_xml_text,
    ".fcpxml": fcpxml_text,
    ".edl": edl_text,
    ".csv": markers_csv_text,
}
"""What writes the format of each suffix."""


def export(
    hits: Sequence[Hit],
    path: str | os.PathLike[str],
    *,
    title: str,
    handles_s: float = 0.0,
    overwrite: bool = False,
    on_progress: Callable[[float], None] | None = None,
) -> Path:
    """Write hits, in their order, as a timeline; the file's suffix chooses the format.

    Every clip shows exactly the frames [start_frame, end_frame) of its hit, in the film's own rate and source
    timecode, and links the whole film, so that it can be trimmed outwards. Films of a variable rate, or of
    one that timecode cannot express, are placed by time (see
    :func:`~vidsearch_sdk.results.timelines.rates.film_rate`); films without a source timecode count from
    00:00:00:00. The timeline begins at 01:00:00:00 and has the rate of most clips.

    Args:
        hits: What was picked; the same shot may be there twice, and a span of shots is one clip.
        path: The file to write: ``.otio``, ``.xml``, ``.fcpxml``, ``.edl`` or ``.csv``.
        title: What the timeline is called.
        handles_s: Seconds of film that each clip gets before and after what was picked, as far as the film
            reaches. The clips, and with them the timeline, grow by as much; a marker spans what was picked.
        overwrite: Replace a file that exists.
        on_progress: Told the share that is done, 0 to 1, as each film is looked at, and 1 when all that is
            left is to put the file in its place. What it raises ends the work, and nothing is left of it.

    Returns:
        The file written, as an absolute path.

    Raises:
        QueryError: There are no hits, the suffix is none of these, ``handles_s`` is out of range, or one EDL
            would mix frame rates.
        VideoNotFound: Films have moved or are gone; names all of them. Nothing was written.
        StorageError: The file exists and ``overwrite`` is false, or the disk refused.
    """
    picks = picked(hits, "the timeline")
    out = target(path, suffixes=tuple(FORMATS), what="a timeline", overwrite=overwrite)
    timeline = gather(picks, title=title, handles_s=handles_s, on_progress=on_progress)
    text = FORMATS[out.suffix.lower()](timeline)
    with into_place(out, overwrite=overwrite) as aside:
        try:
            with aside.open("xb") as file:
                file.write(text.encode())
                file.flush()
                os.fsync(file.fileno())
        except OSError as error:
            raise refused(error, out) from error
        if on_progress is not None:
            on_progress(1.0)
    return out
