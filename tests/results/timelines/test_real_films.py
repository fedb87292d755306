"""Real films, cut by the package's own segmentation: what a timeline points at is what is in the shot."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import av
import numpy as np
import pytest

from tests.results.timelines.readers import Read, count, read_fcp7, read_fcpxml, read_otio
from vidsearch_sdk.catalog import Catalog
from vidsearch_sdk.results.search_results import SearchResults
from vidsearch_sdk.results.timelines.export import export

CUTS = (0, 47, 90, 151, 200)
GRAYS = (60, 150, 90, 200)


def write(path: Path, rate: Fraction, timecode: str) -> None:
    """Four scenes of one gray each, with the scene's place and the frame's parity in the corner."""
    with av.open(str(path), "w") as file:
        if timecode:
            file.metadata["timecode"] = timecode
        stream = file.add_stream("libx264", rate=rate, options={"crf": "4", "g": "30"})
        stream.width, stream.height, stream.pix_fmt = 192, 108, "yuv420p"
        stream.time_base = 1 / rate
        if timecode:
            stream.metadata["timecode"] = timecode
        ramp = np.linspace(-25, 25, 192)[None, :].repeat(108, 0)
        for number in range(CUTS[-1]):
            scene = scene_of(number)
            picture = np.clip(GRAYS[scene] + ramp * (1 if scene % 2 else -1), 0, 255).astype(np.uint8)
            for bit in range(8):
                picture[:16, 16 * bit : 16 * bit + 16] = 235 if number >> bit & 1 else 16
            frame = av.VideoFrame.from_ndarray(picture[..., None].repeat(3, 2), format="rgb24")
            frame.pts, frame.time_base = number, 1 / rate
            file.mux(stream.encode(frame))
        file.mux(stream.encode(None))


def scene_of(frame: int) -> int:
    return sum(frame >= cut for cut in CUTS[1:-1])


def number_shown(picture: av.VideoFrame) -> int:
    luma = picture.to_ndarray(format="gray")
    return sum((int(luma[4:12, 16 * bit + 4 : 16 * bit + 12].mean() > 128)) << bit for bit in range(8))


@pytest.fixture(
    scope="module",
    params=[
        ("24000/1001", "01:00:00:00"),
        ("25", "10:00:00:00"),
        ("30000/1001", "00:59:58;20"),
        ("60000/1001", "01:08:58;30"),
        ("50", ""),
    ],
    ids=lambda one: one[0].replace("/", "-"),
)
def cut_film(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> tuple[SearchResults, Path, Fraction, str]:
    rate, timecode = Fraction(request.param[0]), request.param[1]
    folder = tmp_path_factory.mktemp("real")
    path = folder / "Ein Film #1.mov"
    write(path, rate, timecode)
    catalog = Catalog(folder / "catalog")
    catalog.add(path)
    catalog.segment(progress=False)
    facts = catalog.videos.iloc[0]
    table = catalog.shots.drop(columns="keyframes").assign(
        rank=lambda shots: range(1, len(shots) + 1),
        score=0.5,
        similarity=0.2,
        name=path.name,
        time_base=facts["time_base"],
        frame_rate=facts["frame_rate"],
        source_timecode=facts["source_timecode"],
    )
    return SearchResults(table, catalog=catalog, query_text="gray", elapsed_s=0.0), path, rate, timecode


def test_frames(cut_film: tuple[SearchResults, Path, Fraction, str], tmp_path: Path) -> None:
    hits, path, rate, timecode = cut_film
    with av.open(str(path)) as file:
        shown = [number_shown(picture) for picture in file.decode(video=0)]
    assert shown == list(range(CUTS[-1]))
    assert [(hit.start_frame, hit.end_frame) for hit in hits] == list(pairwise(CUTS))
    start = count(timecode, round(rate)) if timecode else 0
    for read, suffix in ((read_otio, ".otio"), (read_fcp7, ".xml"), (read_fcpxml, ".fcpxml")):
        clips: list[Read] = read(export(hits, tmp_path / f"a{suffix}", title="x"))
        for scene, (clip, hit) in enumerate(zip(clips, hits, strict=True)):
            # The pictures at both ends, not the numbers alone.
            assert scene_of(shown[clip.first]) == scene_of(shown[clip.last - 1]) == scene
            assert clip.first == 0 or scene_of(shown[clip.first - 1]) == scene - 1
            assert clip.last == len(shown) or scene_of(shown[clip.last]) == scene + 1
            assert (clip.first, clip.last) == (hit.start_frame, hit.end_frame)
            assert (clip.rate, clip.film_start, clip.drop) == (rate, start, ";" in timecode)
            assert clip.file == str(path)
    text = export(hits, tmp_path / "a.edl", title="x").read_text()
    events = [line.split() for line in text.splitlines() if line[:3].isdigit()]
    found = [tuple(count(one, round(rate)) - start for one in event[4:6]) for event in events]
    assert found == [(hit.start_frame, hit.end_frame) for hit in hits]


@pytest.mark.real_footage
def test_real_footage_is_described_as_it_is(real_videos: Path, tmp_path: Path) -> None:
    """Small films of every kind go through every format, at their own places in time."""
    small = [one for one in (real_videos / "formats").iterdir() if one.stat().st_size < 600_000]
    films = sorted(one for one in small if one.suffix in {".mp4", ".mkv", ".avi", ".webm", ".ts"})
    catalog = Catalog(tmp_path / "catalog")
    catalog.add(films)
    catalog.segment(progress=False)
    videos = catalog.videos.set_index("video_id")
    shots = catalog.shots
    assert len(shots)
    table = shots.drop(columns="keyframes").assign(
        rank=range(1, len(shots) + 1),
        score=0.5,
        similarity=0.2,
        **{
            column: shots["video_id"].map(videos[column])
            for column in ("name", "time_base", "frame_rate", "source_timecode")
        },
    )
    hits = SearchResults(table, catalog=catalog, query_text="x", elapsed_s=0.0)
    cut = videos.loc[shots["video_id"].unique()]
    steady = set(cut.index[~cut["variable_rate"].astype(bool)])
    for read, suffix in ((read_otio, ".otio"), (read_fcp7, ".xml")):
        clips = read(export(hits, tmp_path / f"a{suffix}", title="x"))
        for clip, hit in zip(clips, hits, strict=True):
            if hit.video_id in steady and clip.rate == Fraction(hit.frame_rate):
                assert abs(clip.first - hit.start_frame) <= 1
            at = Fraction(clip.first) / clip.rate
            assert float(at) == pytest.approx(hit.position_s, abs=float(1 / clip.rate))
    read_fcpxml(export(hits, tmp_path / "a.fcpxml", title="x"))
    assert len(export(hits, tmp_path / "a.csv", title="x").read_text().splitlines()) == len(hits) + 1
