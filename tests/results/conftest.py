"""A catalog in memory with drawn keyframes, so that results are tested without films."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pandas as pd
import pytest
from PIL import Image, ImageDraw

from vidsearch_sdk.errors import DamagedError, VideoNotFound
from vidsearch_sdk.results.search_results import SearchResults


def drawn(number: int, size: tuple[int, int] = (640, 360)) -> bytes:
    picture = Image.new("RGB", size, ((37 * number) % 256, (91 * number) % 256, 120))
    middle, radius = (size[0] // 2, size[1] // 2), min(size) // 3
    ImageDraw.Draw(picture).circle(middle, radius, fill="white")
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=90)
    return out.getvalue()


@dataclass
class Shelf:
    """Stands where a catalog stands: films, keyframes and paths held in memory."""

    measured: dict[str, dict[str, Any]] = field(default_factory=dict)
    pictures: dict[str, bytes] = field(default_factory=dict)
    paths: dict[str, Path] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    @property
    def films(self) -> Shelf:
        return self

    def get(self, video_id: str) -> SimpleNamespace:
        self.asked.append(video_id)
        if video_id not in self.measured:
            raise VideoNotFound(f"film {video_id} is not in the catalog")
        return SimpleNamespace(measured=self.measured[video_id])

    def keyframe(self, shot_id: str, position: int | None = None) -> bytes:
        if shot_id not in self.pictures:
            raise DamagedError(f"keyframes of {shot_id} are damaged; run catalog.verify()")
        return self.pictures[shot_id]

    def keyframes(self, shot_id: str) -> list[tuple[float, bytes]]:
        return [(10.0 + 2.0 * place, self.keyframe(shot_id)) for place in range(3)]

    def path(self, video_id: str) -> Path:
        if video_id not in self.paths:
            raise VideoNotFound(f"the file of film {video_id} has moved; add its folder again")
        return self.paths[video_id]


FILM = "00112233445566aa"


@pytest.fixture
def shelf() -> Shelf:
    start = {"start_pts": 900_000, "time_base": "1/90000"}
    return Shelf(measured={FILM: start}, pictures={f"{FILM}-{n}": drawn(n) for n in range(8)})


def rows(count: int, **columns: Any) -> pd.DataFrame:
    """Shots of 2.5 s of a film that starts at 10 s and runs at 24 frames per second."""
    table = []
    for place in range(count):
        start = 10.0 + 2.5 * place
        table.append(
            {
                "rank": place + 1,
                "score": max(0.0, 0.98 - 0.07 * place),
                "similarity": 0.31 - 0.001 * place,
                "shot_id": f"{FILM}-{place % 8}",
                "video_id": FILM,
                "name": "Harbor at dawn.mp4",
                "number": place % 8,
                "start_s": start,
                "end_s": start + 2.5,
                "duration_s": 2.5,
                "start_frame": 60 * place,
                "end_frame": 60 * (place + 1),
                "start_pts": int(start * 90_000),
                "end_pts": int((start + 2.5) * 90_000),
                "opened_by": "cut",
                "time_base": "1/90000",
                "frame_rate": "24",
                "source_timecode": "01:00:00:00",
            }
        )
    columns_known = ["rank", "score", "similarity", "shot_id", "video_id", "name", "number"]
    columns_known += ["start_s", "end_s", "duration_s", "start_frame", "end_frame", "start_pts", "end_pts"]
    columns_known += ["opened_by", "time_base", "frame_rate", "source_timecode"]
    # Columns of objects, as a catalog's own may be: they hold what a column of texts would refuse.
    own = {name: pd.Series([value] * count, dtype=object) for name, value in columns.items()}
    return pd.DataFrame(table, columns=columns_known).assign(**own)


class Late(Mapping[int, pd.DataFrame]):
    """Tables that are made when they are looked at, and cannot be sent anywhere."""

    def __init__(self, rows_behind: Mapping[int, int]) -> None:
        self.rows_behind = rows_behind
        self.made: list[int] = []
        self.unsendable = lambda: None

    def __getitem__(self, rank: int) -> pd.DataFrame:
        behind = rows(self.rows_behind[rank])
        self.made.append(rank)
        return behind

    def __iter__(self) -> Iterator[int]:
        return iter(self.rows_behind)

    def __len__(self) -> int:
        return len(self.rows_behind)


def explained(count: int, text: str = "Where is my key?", language: str = "en") -> pd.DataFrame:
    """Rows that came for picture, line, both and neither in turn, each folded three deep."""
    table = rows(count)
    nan = float("nan")
    turn = [place % 4 for place in range(count)]
    spoken = pd.Series([text if one in {1, 2} else None for one in turn], dtype=object)
    return table.assign(
        picture=[(0.81, nan, 0.71, nan)[one] for one in turn],
        dialogue=[(nan, 0.64, 0.54, nan)[one] for one in turn],
        line=spoken,
        line_start_s=table["start_s"].where([one in {1, 2} for one in turn]) + 0.25,
        line_language=pd.Series([language if one in {1, 2} else None for one in turn], dtype=object),
        folded=3,
    )


def spans(count: int, steps: int, *, text: str | None = None) -> dict[str, Any]:
    """The table and the parts of spans: each step is a shot of its own; the second was found by its line."""
    parts = explained(count * steps, text or "Where is my key?").drop(columns="folded")
    parts["rank"] = list(range(1, steps + 1)) * count
    if text is not None:
        # A column of objects: one of texts refuses halves of surrogate pairs.
        parts["name"] = pd.Series([text] * len(parts), dtype=object)
    table = parts.iloc[::steps].reset_index(drop=True)
    last = parts.iloc[steps - 1 :: steps].reset_index(drop=True)
    for name in ("end_s", "end_frame", "end_pts"):
        table[name] = last[name]
    table = table.assign(
        rank=range(1, count + 1),
        duration_s=table["end_s"] - table["start_s"],
        picture=float("nan"),
        dialogue=float("nan"),
        line=None,
        line_start_s=float("nan"),
    )
    starts = range(0, count * steps, steps)
    return {"table": table, "parts": {n + 1: parts.iloc[at : at + steps] for n, at in enumerate(starts)}}


@pytest.fixture
def found(shelf: Shelf) -> Callable[..., SearchResults]:
    """Makes results: ``found(5, query_text="dog", show="Dark")``."""

    def make(
        count: int, *, query_text: str = "a dog", notes: tuple[str, ...] = (), **columns: Any
    ) -> SearchResults:
        return SearchResults(
            rows(count, **columns), catalog=shelf, query_text=query_text, elapsed_s=0.004, notes=notes
        )

    return make
