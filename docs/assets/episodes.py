"""Six small films with timecode, subtitles and columns, for the pictures: the sample film in parts."""

from __future__ import annotations

from datetime import date
from itertools import islice
from pathlib import Path
from typing import NamedTuple

import av
from av.video.frame import PictureType
from av.video.stream import VideoStream

from vidsearch_sdk.catalog import Catalog
from vidsearch_sdk.encoding.encoder import Encoder
from vidsearch_sdk.sample.assets import dialogue_truth, film_path
from vidsearch_sdk.sample.film import subrip
from vidsearch_sdk.sample.timeline import Spoken
from vidsearch_sdk.shot_index import ShotIndex


class Episode(NamedTuple):
    """A stretch of the sample film, frames [first, end), and what is said of it."""

    title: str
    first: int
    end: int
    unit: str
    cleared: bool


EPISODES = (
    Episode("Meadow", 0, 1011, "first", True),
    Episode("City", 1022, 1912, "first", True),
    Episode("Snow", 1937, 2805, "second", False),
    Episode("Stars", 2831, 3293, "second", True),
    Episode("Sea", 3315, 4247, "second", True),
    Episode("Stage", 4271, 5671, "first", False),
)


def episodes_catalog(folder: Path) -> Path:
    """Write the episodes, take them in, and index them; gives the catalog's folder."""
    catalog = Catalog(folder / "catalog")
    for number, episode in enumerate(EPISODES, start=1):
        film = _write(folder / f"10{number} {episode.title}.mov", episode, hour=number)
        premiere = date(2024, 5, 10 + number)
        catalog.add(film, unit=episode.unit, cleared=episode.cleared, premiere=premiere)
    catalog.synonyms.add("spaceship", "rocket")
    catalog.segment(progress=False)
    ShotIndex.build(catalog, Encoder("sample"), progress=False)
    return folder / "catalog"


def _write(path: Path, episode: Episode, *, hour: int) -> Path:
    with av.open(str(film_path())) as sample, av.open(str(path), "w") as film:
        rate = sample.streams.video[0].average_rate
        assert rate is not None
        film.metadata["timecode"] = f"{hour:02d}:00:00:00"
        pictures = film.add_stream("libx264", rate=rate, options={"crf": "20", "preset": "fast"})
        pictures.width, pictures.height, pictures.pix_fmt = _size(sample.streams.video[0])
        for number, frame in enumerate(islice(sample.decode(video=0), episode.end)):
            if number >= episode.first:
                frame.pts, frame.time_base = number - episode.first, 1 / rate
                frame.pict_type = PictureType.NONE
                film.mux(pictures.encode(frame))
        film.mux(pictures.encode())
    start_s, end_s = float(episode.first / rate), float(episode.end / rate)
    lines = [
        Spoken(line.start_s - start_s, line.end_s - start_s, line.english, line.english)
        for line in dialogue_truth()
        if start_s <= line.start_s and line.end_s <= end_s
    ]
    path.with_suffix(".en.srt").write_text(subrip(lines), encoding="utf-8")
    return path


def _size(stream: VideoStream) -> tuple[int, int, str]:
    return stream.width, stream.height, "yuv420p"
