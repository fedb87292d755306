"""What a decoding child can be asked to do; its results are Arrow files in the job's folder."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa

from vidsearch_sdk.errors import DecodeError
from vidsearch_sdk.ingest import clip_frames, clip_signature, film_pass, film_ranges
from vidsearch_sdk.ingest.messages import Done, Message, Opened, Progress
from vidsearch_sdk.video.probe import VideoInfo, probe

_PROGRESS_EVERY_S = 0.2

Job = Mapping[str, Any]
Tell = Callable[[Message], None]


def do_film(job: Job, tell: Tell) -> Done:
    """One film, whole: its measured columns and its tables."""
    path, folder = Path(job["path"]), Path(job["scratch"])
    result = film_pass.process_film(
        path,
        job["video_id"],
        threads=job["threads"],
        thread_type=job["thread_type"],
        on_opened=lambda info: _tell_opened(info, tell),
        on_progress=_seldom(tell),
        scratch=folder,
    )
    tell(Progress(None))
    return Done(result.video, _keep(result.tables, folder))


def do_plan(job: Job, tell: Tell) -> Done:
    """In how many ranges of time a film may be decoded: ``ranges``, 1 where one pass is as good or safer."""
    path = Path(job["path"])
    _tell_opened(probe(path), tell)
    return Done({"ranges": len(_ranges(job) or [(None, None)])}, ())


def do_range(job: Job, tell: Tell) -> Done:
    """One of the ranges of a film, for `do_merge`."""
    path, folder = Path(job["path"]), Path(job["scratch"])
    _tell_opened(probe(path), tell)
    ranges = _ranges(job)
    if ranges is None:
        raise DecodeError("the film cannot be decoded in ranges any more")
    start_pts, end_pts = ranges[job["number"]]
    tables = film_ranges.process_range(
        path,
        start_pts,
        end_pts,
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
    parts = [{table.stem: _read(table) for table in Path(place).glob("*.arrow")} for place in job["folders"]]
    result = film_ranges.merge_ranges(path, job["video_id"], parts, scratch=folder)
    if result is None:
        raise DecodeError("its ranges do not fit together")
    return Done(result.video, _keep(result.tables, folder))


def do_clip(job: Job, tell: Tell) -> Done:
    """Evenly spaced pictures of a span of a file, for a search by a clip."""
    return _of_span(clip_frames.read_pictures, job, tell)


def do_signature(job: Job, tell: Tell) -> Done:
    """Scores of every frame and pictures of a span of a file, to find out which film it comes from."""
    return _of_span(clip_signature.read_signature, job, tell)


JOBS: Mapping[str, Callable[[Job, Tell], Done]] = {
    "film": do_film,
    "plan": do_plan,
    "range": do_range,
    "merge": do_merge,
    "clip": do_clip,
    "signature": do_signature,
}
"""Each job by its ``kind``."""


def _of_span(read: Callable[..., tuple[dict[str, pa.Table], float]], job: Job, tell: Tell) -> Done:
    path = Path(job["path"])
    _tell_opened(probe(path), tell)
    tables, end_s = read(
        path,
        job["start_s"],
        job["end_s"],
        threads=job["threads"],
        thread_type=job["thread_type"],
        on_progress=_seldom(tell),
    )
    return Done({"end_s": end_s}, _keep(tables, Path(job["scratch"])))


def _tell_opened(info: VideoInfo, tell: Tell) -> None:
    tell(Opened(info.duration_s, info.frames_expected, info.width, info.height))


def _ranges(job: Job) -> list[film_ranges.Range] | None:
    # Planned anew in each child: the same file and numbers give the same ranges.
    return film_ranges.plan_ranges(Path(job["path"]), parts=job["ranges"], shortest_s=job["shortest_s"])


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


def _read(path: Path) -> pa.Table:
    # Mapped, because the pictures of a long film together are larger than this process should be.
    with pa.memory_map(str(path)) as file:
        return pa.ipc.open_file(file).read_all()
