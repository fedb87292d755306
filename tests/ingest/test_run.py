"""Many films on all cores of this machine: each gets one status, whatever it is."""

from __future__ import annotations

import errno
import logging
import os
import shutil
import signal
import struct
import subprocess
import sys
import textwrap
import zlib
from pathlib import Path

import pytest

from vidsearch_sdk.errors import ExecutorError, StorageError
from vidsearch_sdk.ingest.limits import Limits
from vidsearch_sdk.ingest.run import available_cores, segment_films
from vidsearch_sdk.store.films import Films
from vidsearch_sdk.store.local_disk import SystemCalls

pytestmark = pytest.mark.usefixtures("no_leftovers")


@pytest.fixture(scope="module")
def six_films(make_film, tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    folder = tmp_path_factory.mktemp("six")
    return [make_film(folder / f"film-{seed}.mp4", seed=10 + seed, frames=60) for seed in range(6)]


def png_bomb(path: Path) -> Path:
    """A picture of 30,000 x 30,000 pixels in a few kilobytes."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", 30000, 30000, 1, 0, 0, 0, 0)
    rows = zlib.compress(bytes(3751) * 30000, 9)
    path.write_bytes(
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")
    )
    return path


def test_every_file_gets_one_status_and_none_stops_the_others(
    shelf, six_films: list[Path], tmp_path: Path
) -> None:
    wild = tmp_path / "wild"
    wild.mkdir()
    (wild / "empty.mp4").touch()
    (wild / "text.mp4").write_text("Call me Ishmael. " * 1000)
    (wild / "random.mkv").write_bytes(os.urandom(100_000))
    (wild / "playlist.mp4").write_text(f"#EXTM3U\n#EXTINF:10,\n{six_films[0]}\n#EXT-X-ENDLIST\n")
    (wild / "folder.mp4").mkdir()
    os.mkfifo(wild / "fifo.mp4")
    (wild / "dangling.mp4").symlink_to(wild / "nothing")
    png_bomb(wild / "bomb.mp4")
    whole = six_films[1].read_bytes()
    (wild / "cut.mp4").write_bytes(whole[: len(whole) // 2])
    (wild / b"\xff\n%03d'.mp4".decode("utf-8", "surrogateescape")).write_bytes(six_films[2].read_bytes())
    for path in [*sorted(wild.iterdir()), *six_films[3:]]:
        shelf.add(path)
    summaries = segment_films(shelf.disk, progress=False)
    assert len(summaries) == len(shelf.status()) == 13
    bad = {s.name: s for s in summaries if s.status != "ok"}
    assert {name: s.status for name, s in bad.items()} == dict.fromkeys(
        (
            "empty.mp4",
            "text.mp4",
            "random.mkv",
            "playlist.mp4",
            "folder.mp4",
            "fifo.mp4",
            "dangling.mp4",
            "bomb.mp4",
            "cut.mp4",
        ),
        "rejected",
    )
    assert all(summary.error for summary in bad.values())
    assert all(summary.wall_s < 20 for summary in summaries)
    shelf.check_whole()
    assert segment_films(shelf.disk, progress=False) == []


def test_a_film_that_failed_is_done_again_only_when_asked(shelf, tmp_path: Path) -> None:
    (words := tmp_path / "words.mp4").write_text("this is no film")
    shelf.add(words)
    (summary,) = segment_films(shelf.disk, progress=False)
    assert summary.status == "rejected"
    assert segment_films(shelf.disk, progress=False) == []
    (again,) = segment_films(shelf.disk, progress=False, retry=True)
    assert (again.video_id, again.status) == (summary.video_id, "rejected")


def test_no_film_and_a_wrong_executor(shelf, short_film: Path) -> None:
    assert segment_films(shelf.disk) == []
    with pytest.raises(ExecutorError, match=r"executor is a str"):
        segment_films(shelf.disk, executor="local")
    shelf.add(short_film)
    with pytest.raises(ExecutorError, match=r"executor is a int"):
        segment_films(shelf.disk, executor=4)
    assert shelf.status() == {"short.mp4": "added"}


def test_silence_and_the_bar(shelf, six_films: list[Path], capfd: pytest.CaptureFixture[str]) -> None:
    for film in six_films[:3]:
        shelf.add(film)
    segment_films(shelf.disk, progress=False)
    captured = capfd.readouterr()
    assert captured.out == captured.err == ""
    for film in six_films[3:]:
        shelf.add(film)
    segment_films(shelf.disk, progress=True)
    shown = capfd.readouterr().err
    assert "3/3 films" in shown
    assert "100%" in shown


class FullDisk(SystemCalls):
    """Takes nothing more once the shots of two films are stored; its copies in workers know it too."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def write(self, fd: int, data: memoryview) -> int:
        if len(list(self.folder.glob("films/*/*/*-shots.parquet"))) > 2:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return super().write(fd, data)


def test_a_full_disk_stops_the_run_and_keeps_what_is_done(
    make_shelf, tmp_path: Path, six_films: list[Path], caplog: pytest.LogCaptureFixture
) -> None:
    shelf = make_shelf(tmp_path / "catalog", calls=FullDisk(tmp_path / "catalog"))
    for film in six_films:
        shelf.add(film)
    with (
        caplog.at_level(logging.WARNING, "vidsearch_sdk"),
        pytest.raises(StorageError, match=r"space") as full,
    ):
        segment_films(shelf.disk, progress=False)
    healthy = make_shelf(tmp_path / "catalog")
    healthy.check_whole()
    done = sum(status == "ok" for status in healthy.status().values())
    assert 1 <= done < 6
    assert f"{done} of 6 films are finished" in full.value.__notes__[0]
    assert f"{done} of 6 films are finished" in caplog.text
    assert len(segment_films(healthy.disk, progress=False)) == 6 - done
    assert set(healthy.status().values()) == {"ok"}


DRIVER = """
    import sys
    from vidsearch_sdk.ingest.run import segment_films
    from vidsearch_sdk.store.local_disk import LocalDisk
    print("go", flush=True)
    done = segment_films(LocalDisk(sys.argv[1]), progress=False)
    print(len(done), "done", flush=True)
"""


@pytest.fixture
def start_driver(shelf):
    """Starts a script, without any guard in it, that segments the shelf."""

    def start(*, cores: int | None = None) -> subprocess.Popen[str]:
        code = textwrap.dedent(DRIVER)
        if cores is not None:
            code = f"import os\nos.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:{cores}])\n{code}"
        command = [sys.executable, "-c", code, str(shelf.folder)]
        driver = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True
        )
        assert driver.stdout is not None
        assert driver.stdout.readline() == "go\n"
        return driver

    return start


def test_a_script_needs_no_guard(shelf, six_films: list[Path], start_driver) -> None:
    for film in six_films:
        shelf.add(film)
    out, error = start_driver().communicate(timeout=60)
    assert out == "6 done\n", error
    shelf.check_whole(frames=60)


@pytest.mark.parametrize("cores", [1, 2])
def test_control_c_ends_it_at_once_and_the_rest_is_done_later(
    shelf, six_films: list[Path], long_film: Path, start_driver, processes, cores: int
) -> None:
    if cores > available_cores():
        pytest.skip("needs two cores")
    for film in [*six_films, long_film]:
        shelf.add(film)
    driver = start_driver(cores=cores)
    assert processes.eventually(lambda: "ok" in shelf.status().values(), 30)
    children = processes.decoders(driver.pid)
    driver.send_signal(signal.SIGINT)
    _, error = driver.communicate(timeout=10)
    assert driver.returncode == -signal.SIGINT or "KeyboardInterrupt" in error
    assert not any(map(processes.alive, children))
    shelf.check_whole()
    runs = {film.video_id: film.run for film in shelf.films.list() if film.status == "ok"}
    assert f"{len(runs)} of 7 films are finished" in error
    rest = segment_films(shelf.disk, progress=False)
    assert len(rest) == 7 - len(runs)
    assert set(shelf.status().values()) == {"ok"}
    assert {video_id: shelf.films.get(video_id).run for video_id in runs} == runs


def test_the_driver_is_killed_at_any_moment_and_nothing_finished_is_lost_or_done_twice(
    shelf, make_film, tmp_path: Path, start_driver, processes, scratch_root: Path
) -> None:
    for seed in range(40):
        shelf.add(make_film(tmp_path / f"tiny-{seed}.mp4", seed=100 + seed, frames=30))
    runs: dict[str, str | None] = {}
    kills = 0
    while "added" in shelf.status().values():
        driver = start_driver()
        # From before the first child is ready until some films are done: another moment each time.
        before = len(runs)
        kills += 1
        delay_s = 0.05 + 0.061 * (kills % 13)
        try:
            driver.wait(delay_s)
        except subprocess.TimeoutExpired:
            children = processes.decoders(driver.pid)
            driver.kill()
            driver.wait()
            assert processes.eventually(lambda gone=children: not any(map(processes.alive, gone)), 5)
        driver.communicate()
        shelf.check_whole(frames=30)
        films = {film.video_id: film for film in Films(shelf.disk).list()}
        assert len(films) == 40
        assert {video_id: films[video_id].run for video_id in runs} == runs
        runs = {video_id: film.run for video_id, film in films.items() if film.status == "ok"}
        assert len(runs) >= before
        if kills == 16:
            break
    segment_films(shelf.disk, progress=False)
    assert set(shelf.status().values()) == {"ok"}
    shelf.check_whole(frames=30)
    assert {video_id: shelf.films.get(video_id).run for video_id in runs} == runs


@pytest.mark.real_footage
def test_every_broken_file_ends_in_its_status(shelf, real_videos: Path) -> None:
    files = sorted((real_videos / "broken").iterdir())
    for file in files:
        shelf.add(file)
    summaries = segment_films(shelf.disk, progress=False, limits=Limits(stall_s=5.0))
    assert len(summaries) == len(files)
    statuses = shelf.status()
    for name in ("audio-only.mp4", "empty-or-not-media.webm", "malformed-box.mp4", "no-decodable-frame.mp4"):
        assert statuses[name] == "rejected"
    assert (
        statuses["invalid-bitstream-vp9.webm"] == statuses["no-codec-context-dolby-vision.mp4"] == "rejected"
    )
    assert statuses["corrupt-after-28-frames.mp4"] == "partial"
    corrupt = next(film for film in shelf.films.list() if film.name == "corrupt-after-28-frames.mp4")
    assert corrupt.measured["frames_expected"] == 50
    assert 28 <= corrupt.measured["frames"] < 50
    assert "packets" in corrupt.error
    assert statuses["damaged-audio-fade-out.mp4"] == statuses["non-utf8-metadata.3gp"] == "ok"
    assert set(statuses.values()) <= {"ok", "partial", "rejected"}
    shelf.check_whole()


def test_a_film_that_was_away_is_done_when_it_is_back(shelf, short_film: Path, tmp_path: Path) -> None:
    place, away = tmp_path / "share.mp4", tmp_path / "elsewhere"
    shutil.copy(short_film, place)
    shelf.add(place)
    place.rename(away)
    (summary,) = segment_films(shelf.disk, progress=False)
    assert (summary.status, summary.error) == (
        "rejected",
        "the file cannot be read (No such file or directory)",
    )
    away.rename(place)
    (summary,) = segment_films(shelf.disk, progress=False)
    assert (summary.status, summary.error) == ("ok", "")
    assert segment_films(shelf.disk, progress=False) == []
