"""A film in ranges is the film in one pass, to the last bit, or is decoded in one pass."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pyarrow as pa
import pytest

from vidsearch_sdk.ingest import film_decoding
from vidsearch_sdk.ingest.decoder_pool import DecoderPool
from vidsearch_sdk.ingest.decoder_process import DecodingStopped
from vidsearch_sdk.ingest.film_decoding import decode_film
from vidsearch_sdk.ingest.messages import Opened, Progress
from vidsearch_sdk.store.tables import PARTS

pytestmark = pytest.mark.usefixtures("no_leftovers")

VIDEO_ID = "0123456789abcdef"


def tables(folder: Path) -> dict[str, pa.Table]:
    found = {}
    for name in PARTS:
        with pa.OSFile(str(folder / f"{name}.arrow"), "rb") as file:
            found[name] = pa.ipc.open_file(file).read_all().combine_chunks()
    return found


def decoded(path: Path, threads: int) -> tuple[dict[str, object], dict[str, pa.Table], int]:
    """Measured columns, tables, and how many decoders it took."""
    pool = DecoderPool()
    try:
        with decode_film(pool, path, VIDEO_ID, threads=threads) as (ending, folder):
            assert ending.done is not None, ending.error
            found = tables(folder)
        return dict(ending.done.measured), found, len(pool._idle)
    finally:
        pool.close()


def assert_same_in_ranges(path: Path, ranges: int) -> None:
    measured, whole, _ = decoded(path, 2)
    in_ranges, parts, decoders = decoded(path, ranges * film_decoding.CORES_PER_RANGE)
    assert decoders == ranges
    assert in_ranges == measured
    for name in PARTS:
        assert parts[name].equals(whole[name]), name


def test_a_long_film_is_the_same_in_ranges(long_film: Path) -> None:
    assert_same_in_ranges(long_film, 2)


def test_a_range_that_is_killed_costs_a_try_and_not_the_film(long_film: Path) -> None:
    killed: set[int] = set()

    def kill_once(message: Opened | Progress) -> None:
        if isinstance(message, Progress) and not killed:
            pid = next(decoder.pid for decoder in pool._lent if decoder.pid)
            killed.add(pid)
            os.kill(pid, signal.SIGKILL)

    with (
        DecoderPool() as pool,
        decode_film(pool, long_film, VIDEO_ID, threads=6, on_progress=kill_once) as (ending, folder),
    ):
        assert ending.status == "ok"
        assert tables(folder)["scores"].num_rows == 1250
    assert killed


def test_a_short_film_is_not_cut(short_film: Path) -> None:
    measured, _, decoders = decoded(short_film, 16)
    assert measured["frames"] == 50
    assert decoders == 1


def test_a_damaged_film_ends_as_in_one_pass(long_film: Path, tmp_path: Path) -> None:
    content = bytearray(long_film.read_bytes())
    middle = len(content) // 3
    content[middle : middle + 4000] = bytes(4000)
    damaged = tmp_path / "damaged.mp4"
    damaged.write_bytes(content)
    measured, whole, _ = decoded(damaged, 1)
    assert measured["status"] == "partial"
    again, parts, _ = decoded(damaged, 6)
    assert again["status"] == "partial"
    assert again["frames"] == measured["frames"]
    assert parts["shots"].equals(whole["shots"])


def test_what_is_no_film_is_rejected_with_many_cores_too(tmp_path: Path) -> None:
    (tmp_path / "text.mp4").write_text("no film")
    with (
        DecoderPool() as pool,
        decode_film(pool, tmp_path / "text.mp4", VIDEO_ID, threads=16) as (ending, _),
    ):
        assert ending.status == "rejected"


def test_a_closed_pool_ends_all_ranges(long_film: Path, processes) -> None:
    pool = DecoderPool()

    def close(message: Opened | Progress) -> None:
        if isinstance(message, Progress):
            pool.close()

    with (
        pytest.raises(DecodingStopped),
        decode_film(pool, long_film, VIDEO_ID, threads=6, on_progress=close),
    ):
        pass
    assert processes.eventually(lambda: not processes.decoders(), 5)


def test_progress_of_ranges_adds_up(long_film: Path) -> None:
    seen: list[float] = []
    opened: list[Opened] = []

    def note(message: Opened | Progress) -> None:
        if isinstance(message, Opened):
            opened.append(message)
        elif message.film_s is not None:
            seen.append(message.film_s)

    with (
        DecoderPool() as pool,
        decode_film(pool, long_film, VIDEO_ID, threads=6, on_progress=note) as (ending, _),
    ):
        assert ending.status == "ok"
    assert len(opened) == 1
    assert seen == sorted(seen)
    assert 60 < seen[-1] < 150  # leading in and out counts as well


@pytest.mark.real_footage
@pytest.mark.parametrize("name", ["films/nasa-webb-mirror.mp4", "films/pancake.mkv"])
def test_real_films_are_the_same_in_ranges(
    real_videos: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(film_decoding, "SHORTEST_RANGE_S", 3.0)
    assert_same_in_ranges(real_videos / name, 3)
