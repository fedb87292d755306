"""One film, from a file to its published parts, and every way in which that fails."""

from __future__ import annotations

import contextlib
import errno
import os
import shutil
import sys
from pathlib import Path

import pytest

from vidsearch_sdk.errors import StorageError, VideoNotFound
from vidsearch_sdk.ingest.decoder_pool import DecoderPool
from vidsearch_sdk.ingest.limits import Limits
from vidsearch_sdk.ingest.messages import Opened, Progress
from vidsearch_sdk.ingest.one_film import Summary, segment_film
from vidsearch_sdk.store.local_disk import SystemCalls

pytestmark = pytest.mark.usefixtures("no_leftovers")


def segment(
    shelf, video_id: str, *, run_before: str | None = None, limits: Limits | None = None, **more
) -> Summary:
    with DecoderPool(limits=limits) as pool:
        return segment_film(shelf.films, video_id, pool=pool, threads=1, run_before=run_before, **more)


def test_a_film_is_published_with_all_its_parts(shelf, short_film: Path) -> None:
    video_id = shelf.add(short_film)
    seen: list[Opened | Progress] = []
    summary = segment(shelf, video_id, on_progress=seen.append)
    assert (summary.status, summary.error, summary.name) == ("ok", "", "short.mp4")
    assert summary.film_s == pytest.approx(2.0)
    assert isinstance(seen[0], Opened)
    assert seen[0].duration_s == pytest.approx(2.0)
    assert any(isinstance(message, Progress) for message in seen)
    film = shelf.films.get(video_id)
    assert film.measured["frames"] == 50
    assert (film.measured["width"], film.measured["height"]) == (96, 64)
    shelf.check_whole(frames=50)


def test_a_second_execution_of_the_same_task_does_nothing(shelf, short_film: Path) -> None:
    video_id = shelf.add(short_film)
    first = segment(shelf, video_id)
    run = shelf.films.get(video_id).run
    again = segment(shelf, video_id)
    assert again.status == first.status == "ok"
    assert again.wall_s == 0.0
    assert shelf.films.get(video_id).run == run
    redone = segment(shelf, video_id, run_before=run)
    assert redone.wall_s > 0.0
    assert redone.status == "ok"


def test_a_file_that_went_away_is_rejected_with_words(shelf, short_film: Path, tmp_path: Path) -> None:
    copy = Path(shutil.copy(short_film, tmp_path / "copy.mp4"))
    video_id = shelf.add(copy)
    copy.unlink()
    summary = segment(shelf, video_id)
    assert summary.status == "rejected"
    assert "No such file" in summary.error


def test_a_file_that_is_another_now_is_rejected_and_one_that_was_touched_is_not(
    shelf, short_film: Path, tmp_path: Path
) -> None:
    copy = Path(shutil.copy(short_film, tmp_path / "copy.mp4"))
    video_id = shelf.add(copy)
    content = bytearray(copy.read_bytes())
    content[-1] ^= 1
    copy.write_bytes(content)
    summary = segment(shelf, video_id)
    assert summary.status == "rejected"
    assert "add it again" in summary.error
    copy.write_bytes(short_film.read_bytes())
    os.utime(copy, (1, 1))
    assert segment(shelf, video_id, run_before=shelf.films.get(video_id).run).status == "ok"


def test_a_file_that_grows_while_it_is_read_is_rejected(shelf, short_film: Path, tmp_path: Path) -> None:
    copy = Path(shutil.copy(short_film, tmp_path / "copy.mp4"))
    video_id = shelf.add(copy)

    def grow(message: Opened | Progress) -> None:
        with copy.open("ab") as file:
            file.write(b"more")

    summary = segment(shelf, video_id, on_progress=grow)
    assert summary.status == "rejected"
    assert "changed while it was read" in summary.error
    assert not shelf.films.get(video_id).parts


def test_a_film_that_was_removed_meanwhile_is_told(shelf, short_film: Path) -> None:
    video_id = shelf.add(short_film)
    with pytest.raises(VideoNotFound):
        segment(
            shelf, video_id, on_progress=lambda _: shelf.films.remove(video_id) if shelf.status() else None
        )
    assert shelf.status() == {}


@pytest.mark.parametrize(
    ("says", "words"),
    [
        ('{"event": "done", "measured": {"status": "ok"}, "tables": []}', "the tables none instead of"),
        (
            '{"event": "done", "measured": {}, "tables": ["shots", "keyframes", "scores", "dialogue"]}',
            "no table shots",
        ),
    ],
)
def test_a_child_that_lies_about_its_tables_stores_nothing(
    shelf, short_film: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, says: str, words: str
) -> None:
    impostor = tmp_path / "python"
    impostor.write_text(f"#!/bin/sh\necho '{says}'\nsleep 30\n")
    impostor.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(impostor))
    summary = segment(shelf, shelf.add(short_film))
    assert summary.status == "crashed"
    assert words in summary.error


class FullDisk(SystemCalls):
    """Takes so many writes and no more."""

    def __init__(self, writes: int) -> None:
        self.left = writes

    def write(self, fd: int, data: memoryview) -> int:
        self.left -= 1
        if self.left < 0:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return super().write(fd, data)


def test_a_full_disk_is_an_error_and_leaves_the_film_waiting(
    make_shelf, tmp_path: Path, short_film: Path
) -> None:
    tried = 0
    with DecoderPool() as pool:
        for writes in range(30):
            calls = FullDisk(1000)
            shelf = make_shelf(tmp_path / f"catalog-{writes}", calls=calls)
            video_id = shelf.add(short_film)
            calls.left = writes
            with contextlib.suppress(StorageError):
                segment_film(shelf.films, video_id, pool=pool, threads=1, run_before=None)
                break
            tried += 1
            calls.left = 1000
            assert shelf.status() == {"short.mp4": "added"}
            shelf.check_whole()
    assert tried >= 5
    assert shelf.status() == {"short.mp4": "ok"}


def test_a_full_scratch_folder_is_no_fault_of_the_film(shelf, short_film: Path) -> None:
    video_id = shelf.add(short_film)
    with pytest.raises(StorageError, match=r"temporary files .* cannot take more"):
        segment(shelf, video_id, limits=Limits(file_bytes=200))
    assert shelf.status() == {"short.mp4": "added"}
