"""Films that are known to a catalog in memory, and hits in them, for timelines."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pandas as pd
import pytest

from tests.results.conftest import Shelf
from vidsearch_sdk.results.search_results import SearchResults

TICKS = 90_000


@dataclass
class Film:
    """A film as a catalog knows it; its file holds a second of picture and stereo sound, whatever it says."""

    path: Path
    rate: str | None = "25"
    timecode: str = ""
    frames: int = 100_000
    video_id: str = ""
    name: str = ""
    start_pts: int = 900_000
    facts: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.video_id = self.video_id or f"{abs(hash(str(self.path))) % 16**16:016x}"
        self.name = self.name or self.path.name

    @property
    def fraction(self) -> Fraction:
        return Fraction(self.rate or "25")

    def pts(self, frame: int) -> int:
        return self.start_pts + round(frame / self.fraction * TICKS)

    @property
    def measured(self) -> dict[str, Any]:
        known = {
            "frame_rate": self.rate,
            "frames": self.frames,
            "duration_s": float(self.frames / self.fraction),
            "width": 1920,
            "height": 1080,
            "time_base": f"1/{TICKS}",
            "start_pts": self.start_pts,
            "source_timecode": self.timecode or None,
            "variable_rate": False,
        }
        return known | self.facts


@dataclass
class Pick:
    film: Film
    start: int
    end: int
    number: int = 3
    score: float = 0.81


def results(shelf: Shelf, picks: Sequence[Pick], *, query: str = "a dog") -> SearchResults:
    """Hits in the order of the picks."""
    table = []
    for rank, pick in enumerate(picks, start=1):
        film = pick.film
        shelf.measured[film.video_id] = film.measured
        shelf.paths.setdefault(film.video_id, film.path)
        start_pts, end_pts = film.pts(pick.start), film.pts(pick.end)
        table.append(
            {
                "rank": rank,
                "score": pick.score,
                "similarity": 0.3,
                "shot_id": f"{film.video_id}-{pick.number}",
                "video_id": film.video_id,
                "name": film.name,
                "number": pick.number,
                "start_s": start_pts / TICKS,
                "end_s": end_pts / TICKS,
                "duration_s": (end_pts - start_pts) / TICKS,
                "start_frame": pick.start,
                "end_frame": pick.end,
                "start_pts": start_pts,
                "end_pts": end_pts,
                "opened_by": "cut",
                "time_base": f"1/{TICKS}",
                "frame_rate": film.rate,
                "source_timecode": film.timecode,
            }
        )
    # Columns of objects hold what a column of texts would refuse.
    columns = {name: pd.Series([row[name] for row in table], dtype=object) for name in ("name", "video_id")}
    kept = [{**row, "name": "", "video_id": ""} for row in table]
    return SearchResults(pd.DataFrame(kept).assign(**columns), catalog=shelf, query_text=query, elapsed_s=0.0)


def write_film(path: Path, channels: Sequence[str] = ("stereo",)) -> Path:
    """A second of gray with silent tracks of the given layouts."""
    with av.open(str(path), "w") as file:
        video = file.add_stream("libx264", rate=25)
        video.width, video.height, video.pix_fmt = 64, 36, "yuv420p"
        tracks = [file.add_stream("aac", rate=48_000, layout=layout) for layout in channels]
        for number in range(25):
            frame = av.VideoFrame.from_ndarray(np.full((36, 64, 3), 90, np.uint8), format="rgb24")
            frame.pts = number
            file.mux(video.encode(frame))
        file.mux(video.encode(None))
        for track in tracks:
            for block in range(20):
                count = len(track.codec_context.layout.channels)
                sound = av.AudioFrame.from_ndarray(
                    np.zeros((count, 1024), np.float32), format="fltp", layout=track.codec_context.layout.name
                )
                sound.sample_rate, sound.pts = 48_000, 1024 * block
                file.mux(track.encode(sound))
            file.mux(track.encode(None))
    return path


@pytest.fixture(scope="session")
def stereo_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_film(tmp_path_factory.mktemp("stereo") / "stereo.mp4")


@pytest.fixture
def shelf() -> Shelf:
    return Shelf()


@pytest.fixture
def film(tmp_path: Path, stereo_file: Path) -> Callable[..., Film]:
    """Makes films: ``film("harbor.mov", rate="24", timecode="01:00:00:00")``."""

    def make(name: str = "harbor.mov", **facts: Any) -> Film:
        path = tmp_path / "films" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(stereo_file, path)
        return Film(path, **facts)

    return make
