"""What a decoding child can be asked to do; its results are Arrow files in the job's folder."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa

from vidsearch_sdk.ingest import clip_frames, film_pass, film_ranges
from vidsearch_sdk.ingest.messages import Done, Message, Opened, Progress
from vidsearch_sdk.video.probe import probe

_PROGRESS_EVERY_S = 0.2

Job = Mapping[str, Any]
Tell = Callable[[Message], None]


def do_film(job: Job, tell: Tell) -> Done:
    """One film, whole: its measured columns and its tables."""
    path, folder = Path(job["path"]), Path(job["scratch"])
    _tell_opened(path, tell)
    result = film_pass.process_film(
        path,
        job["video_id"],
        threads=job["threads"],
        thread_type=job["thread_type"],
        on_progress=_seldom(tell),
        scratch=folder,
    )
    tell(Progress(None))
    return Done(result.video, _keep(result.tables, folder))


def do_look(job: Job, tell: Tell) -> Done:
    """What the film's header says, for a plan: its length in seconds."""
    info = probe(Path(job["path"]))
    tell(Opened(info.duration_s, info.frames_expected, info.width, info.height))
    return Done({"duration_s": info.duration_s}, ())


def do_range(job: Job, tell: Tell) -> Done:
    """One of the ranges of a film."""
    path, folder = Path(job["path"]), Path(job["scratch"])
    _tell_opened(path, tell)
    tables = film_ranges.decode_range(
        path,
        number=job["number"],
        count=job["count"],
        threads=job["threads"],
        thread_type=job["thread_type"],
        on_progress=_seldom(tell),
        scratch=folder,
    )
    tell(Progress(None))
    return Done({}, _keep(tables, folder))


def do_merge(job: Job, tell: Tell) -> Done:
    """The film of its ranges: the same as `do_film` gives."""
    path, folder = Path(job["path"]), Path(job["scratch"])
    tell(Progress(None))
    folders = [Path(place) for place in job["folders"]]
    result = film_ranges.merge_ranges(path, job["video_id"], folders, scratch=folder)
    return Done(result.video, _keep(result.tables, folder))


def do_clip(job: Job, tell: Tell) -> Done:
    """Evenly spaced pictures of a span of a file, for a search by a clip."""
    path, folder = Path(job["path"]), Path(job["scratch"])
    _tell_opened(path, tell)
    table = clip_frames.read_pictures(
        path,
        job["start_s"],
        job["end_s"],
        threads=job["threads"],
        thread_type=job["thread_type"],
        on_progress=_seldom(tell),
    )
    return Done({}, _keep({"pictures": table}, folder))


JOBS: Mapping[str, Callable[[Job, Tell], Done]] = {
    "film": do_film,
    "look": do_look,
    "range": do_range,
    "merge": do_merge,
    "clip": do_clip,
}
"""Each job by its ``kind``."""


def _tell_opened(path: Path, tell: Tell) -> None:
    info = probe(path)
    tell(Opened(info.duration_s, info.frames_expected, info.width, info.height))


def _seldom(tell: Tell) -> Callable[[float], None]:
    """Say where the film is a few times a second, not once a frame."""
    last = float("-inf")

    def say(film_s: float) -> None:
        nonlocal last
        now = time.monotonic()
        if now - last >= _PROGRESS_EVERY_S:
            last = now
            tell(Progress(film_s))

    return say


def _keep(tables: Mapping[str, pa.Table | Path], folder: Path) -> tuple[str, ...]:
    for name, table in tables.items():
        target = folder / f"{name}.arrow"
        if isinstance(table, Path):
            if table != target:
                table.rename(target)
            continue
        with pa.OSFile(str(target), "wb") as file, pa.ipc.new_file(file, table.schema) as writer:
            writer.write_table(table)
    return tuple(tables)
