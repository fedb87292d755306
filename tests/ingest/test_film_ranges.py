from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from tests.ingest.conftest import write_film
from vidsearch_sdk.ingest.film_pass import process_film
from vidsearch_sdk.ingest.film_ranges import merge_ranges, plan_ranges, process_range

ID = "0123456789abcdef"


def assert_parts_give_the_whole(path: Path, *, parts: int, shortest_s: float = 2.0) -> None:
    ranges = plan_ranges(path, parts=parts, shortest_s=shortest_s)
    assert ranges is not None
    assert len(ranges) == parts
    assert (ranges[0][0], ranges[-1][1]) == (None, None)
    merged = merge_ranges(path, ID, [process_range(path, start, end, threads=1) for start, end in ranges])
    assert merged is not None
    whole = process_film(path, ID, threads=1)
    assert merged.video == whole.video
    for name, table in whole.tables.items():
        assert merged.tables[name].equals(table), name


@pytest.mark.real_footage
@pytest.mark.parametrize("name", ["big-buck-bunny-vfr.mp4", "nasa-webb-mirror.mp4", "pancake.mkv"])
def test_parts_of_real_films_give_the_whole(real_videos: Path, name: str) -> None:
    assert_parts_give_the_whole(real_videos / "films" / name, parts=2)


@pytest.mark.real_footage
def test_parts_of_a_film_with_an_edit_list_give_the_whole(real_videos: Path) -> None:
    assert_parts_give_the_whole(real_videos / "formats" / "edit-list-starts-1s.mp4", parts=3)


def test_parts_of_a_long_film_give_the_whole(long_film: Path) -> None:
    assert_parts_give_the_whole(long_film, parts=3, shortest_s=30)


@pytest.mark.parametrize("suffix", ["mp4", "mkv"])
def test_open_groups_and_variable_rates_give_the_whole(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"open.{suffix}"
    random = np.random.default_rng(4)
    with av.open(str(path), "w") as container:
        options = {
            "preset": "veryfast",
            "g": "30",
            "bf": "3",
            "x264-params": "open-gop=1:b-pyramid=2:scenecut=0",
        }
        stream = container.add_stream("libx264", rate=25, options=options)
        stream.width, stream.height, stream.pix_fmt, stream.time_base = 160, 96, "yuv420p", Fraction(1, 1000)
        pts = 700
        for number in range(500):
            if number % 125 == 0:
                blocks = random.integers(0, 256, (6, 10, 3), np.uint8).repeat(16, axis=0).repeat(16, axis=1)
            picture = av.VideoFrame.from_ndarray(np.roll(blocks, number % 125, axis=1), format="rgb24")
            picture.pts, picture.time_base = pts, Fraction(1, 1000)
            pts += 40 if number % 7 else 75
            container.mux(stream.encode(picture))
        container.mux(stream.encode(None))
    assert_parts_give_the_whole(path, parts=3)


def test_short_films_and_streams_without_an_index_stay_whole(short_film: Path, tmp_path: Path) -> None:
    assert plan_ranges(short_film, parts=4) is None
    assert plan_ranges(short_film, parts=1, shortest_s=0.1) is None
    assert plan_ranges(write_film(tmp_path / "film.ts", frames=200), parts=2, shortest_s=1) is None


def test_parts_that_do_not_fit_are_refused(long_film: Path) -> None:
    (_, one), (start, two), _ = plan_ranges(long_film, parts=3, shortest_s=30) or [(None, None)] * 3
    first, second = (
        process_range(long_film, None, one, threads=1),
        process_range(long_film, start, two, threads=1),
    )
    assert merge_ranges(long_film, ID, [second, first]) is None
    gap = process_range(long_film, int(start or 0) + 51200, two, threads=1)
    assert merge_ranges(long_film, ID, [first, gap]) is None


def test_no_parts_are_refused(long_film: Path) -> None:
    with pytest.raises(ValueError, match="at least one part"):
        merge_ranges(long_film, ID, [])
    with pytest.raises(ValueError, match="1 or more"):
        plan_ranges(long_film, parts=0)
