"""The decoding child is killed, stopped and starved for real; what the film gets for it is checked."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
import threading
import time
from pathlib import Path

import pytest

from vidsearch_sdk.errors import ExecutorError
from vidsearch_sdk.ingest.decoder_process import DecoderProcess, DecodingStopped
from vidsearch_sdk.ingest.limits import Limits
from vidsearch_sdk.ingest.messages import Opened, Progress

pytestmark = pytest.mark.usefixtures("no_leftovers")


def clip(path: Path) -> dict[str, object]:
    return {"kind": "clip", "path": str(path), "start_s": None, "end_s": None}


class Meddler:
    """Sends a signal to the child at the first progress of each of the first ``times`` tries."""

    def __init__(self, decoder: DecoderProcess, number: int, *, times: int = 1) -> None:
        self.decoder, self.number, self.left = decoder, number, times
        self.tries = 0
        self.pids: set[int] = set()

    def __call__(self, message: Opened | Progress) -> None:
        if isinstance(message, Opened):
            self.tries += 1
            return
        pid = self.decoder.pid
        if pid is not None and pid not in self.pids:
            self.pids.add(pid)
            if self.left:
                self.left -= 1
                os.kill(pid, self.number)


def test_one_child_serves_film_after_film(short_film: Path) -> None:
    with DecoderProcess() as decoder:
        pids = []
        for _ in range(3):
            with decoder.run(clip(short_film), path=short_film, threads=1) as (ending, folder):
                assert ending.status == "ok"
                assert (folder / "pictures.arrow").is_file()
            assert not folder.exists()
            pids.append(decoder.pid)
    assert len(set(pids)) == 1
    assert pids[0] is not None


def test_a_child_that_is_killed_once_costs_a_try_and_not_the_film(long_film: Path) -> None:
    with DecoderProcess() as decoder:
        meddler = Meddler(decoder, signal.SIGKILL)
        with decoder.run(clip(long_film), path=long_film, threads=2, on_progress=meddler) as (ending, _):
            assert ending.status == "ok"
        assert meddler.tries == 2


def test_a_film_that_kills_every_child_is_crashed_after_two(long_film: Path, short_film: Path) -> None:
    with DecoderProcess() as decoder:
        meddler = Meddler(decoder, signal.SIGSEGV, times=9)
        with decoder.run(clip(long_film), path=long_film, threads=2, on_progress=meddler) as (ending, _):
            assert ending.status == "crashed"
            assert "SIGSEGV" in ending.error
        assert len(meddler.pids) == 2
        with decoder.run(clip(short_film), path=short_film, threads=1) as (ending, _):
            assert ending.status == "ok"


def test_a_child_that_hangs_is_replaced_and_the_film_tried_again(long_film: Path) -> None:
    with DecoderProcess(limits=Limits(stall_s=2.0)) as decoder:
        meddler = Meddler(decoder, signal.SIGSTOP)
        with decoder.run(clip(long_film), path=long_film, threads=2, on_progress=meddler) as (ending, _):
            assert ending.status == "ok"
        assert meddler.tries == 2


def test_a_film_that_hangs_twice_is_timed_out(long_film: Path) -> None:
    with DecoderProcess(limits=Limits(stall_s=2.0)) as decoder:
        meddler = Meddler(decoder, signal.SIGSTOP, times=2)
        began = time.monotonic()
        with decoder.run(clip(long_film), path=long_film, threads=2, on_progress=meddler) as (ending, _):
            assert ending.status == "timed_out"
            assert "no new picture for 2 s" in ending.error
        assert time.monotonic() - began < 30


def test_the_wall_limit_ends_a_film_that_goes_on_and_on(long_film: Path) -> None:
    with DecoderProcess(limits=Limits(base_s=1.2, factor=1e-9)) as decoder:
        meddler = Meddler(decoder, signal.SIGSTOP)
        with decoder.run(clip(long_film), path=long_film, threads=1, on_progress=meddler) as (ending, _):
            assert ending.status == "timed_out"
            assert "not finished within its 1 s" in ending.error
        assert meddler.tries <= 1


def test_a_film_of_more_memory_than_allowed_gets_a_status(make_film, tmp_path: Path) -> None:
    film = make_film(tmp_path / "large.mp4", frames=10, size=(4096, 2160))
    with DecoderProcess() as decoder:
        with decoder.run(clip(tmp_path), path=tmp_path, threads=1) as (ending, _):
            assert ending.status == "rejected"
        status = Path(f"/proc/{decoder.pid}/status").read_text()
        loaded = int(status.partition("VmPeak:")[2].split()[0]) << 10
        with decoder.run(clip(film), path=film, threads=2) as (ending, _):
            assert ending.status == "ok"
    # One decoded picture of that film has 13 MB.
    with DecoderProcess(limits=Limits(memory_bytes=loaded + (8 << 20))) as decoder:
        for _ in range(2):
            with decoder.run(clip(film), path=film, threads=2) as (ending, _):
                assert ending.status in ("crashed", "rejected")
                assert ending.error


def test_a_child_that_cannot_start_is_the_machines_fault(short_film: Path) -> None:
    with (
        DecoderProcess(limits=Limits(memory_bytes=30 << 20)) as decoder,
        pytest.raises(ExecutorError, match=r"cannot start"),
        decoder.run(clip(short_film), path=short_film, threads=1),
    ):
        pass


def test_the_child_knows_no_secret_and_stands_in_its_own_folder(
    monkeypatch: pytest.MonkeyPatch, scratch_root: Path
) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "hunter2")
    with DecoderProcess() as decoder:
        decoder.start()
        environment, until = b"", time.monotonic() + 20
        while not environment and time.monotonic() < until:  # empty between fork and exec
            environment = Path(f"/proc/{decoder.pid}/environ").read_bytes()
        assert b"hunter2" not in environment
        assert b"vidsearch" in environment
        assert Path(f"/proc/{decoder.pid}/cwd").readlink().parent == scratch_root
        assert os.getsid(decoder.pid) == decoder.pid != os.getsid(0)


def test_the_child_has_no_network_where_the_system_allows_it(short_film: Path, processes) -> None:
    namespaces = "0x40000000 | (0x10000000 if os.geteuid() else 0)"
    code = f"import ctypes, os; print(ctypes.CDLL(None).unshare({namespaces}))"
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    if answer.strip() != "0":
        pytest.skip("this system lets no process leave its network")
    with DecoderProcess() as decoder:
        with decoder.run(clip(short_film), path=short_film, threads=1):
            pass
        theirs = Path(f"/proc/{decoder.pid}/ns/net").readlink()
        assert theirs != Path("/proc/self/ns/net").readlink()


def test_an_idle_child_goes_and_comes_back(short_film: Path, processes) -> None:
    with DecoderProcess(limits=Limits(idle_s=0.2)) as decoder:
        for _ in range(2):
            with decoder.run(clip(short_film), path=short_film, threads=1) as (ending, _):
                assert ending.status == "ok"
            assert processes.eventually(lambda: decoder.pid is None)


def test_stop_from_another_thread_ends_the_work(long_film: Path, processes) -> None:
    decoder = DecoderProcess()
    began: list[float] = []

    def stop_soon(message: Opened | Progress) -> None:
        if not began:
            began.append(time.monotonic())
            os.kill(decoder.pid or 0, signal.SIGSTOP)
            threading.Timer(0.1, decoder.stop).start()

    with (
        pytest.raises(DecodingStopped),
        decoder.run(clip(long_film), path=long_film, threads=1, on_progress=stop_soon),
    ):
        pass
    assert time.monotonic() - began[0] < 5
    with pytest.raises(DecodingStopped), decoder.run(clip(long_film), path=long_film, threads=1):
        pass
    decoder.close()


def test_an_interrupted_job_leaves_no_answer_for_the_next(long_film: Path, short_film: Path) -> None:
    def interrupt(message: Opened | Progress) -> None:
        raise KeyboardInterrupt

    with DecoderProcess() as decoder:
        with (
            pytest.raises(KeyboardInterrupt),
            decoder.run(clip(long_film), path=long_film, threads=1, on_progress=interrupt),
        ):
            pass
        seen: list[float | None] = []
        with decoder.run(
            clip(short_film),
            path=short_film,
            threads=1,
            on_progress=lambda m: seen.append(m.duration_s) if isinstance(m, Opened) else None,
        ) as (ending, _):
            assert ending.status == "ok"
        assert seen == [pytest.approx(2.0)]


@pytest.mark.parametrize(
    ("says", "words"),
    [
        ("echo 'I am no JSON'; sleep 30", "no JSON"),
        ("head -c 900000 /dev/zero; sleep 30", "a line of more than"),
        (
            """echo '{"event": "done", "measured": {}, "tables": ["../../etc/passwd"]}'; sleep 30""",
            "plain word",
        ),
        ("""echo '{"event": "progress", "film_s": "soon"}'; sleep 30""", "a number that is none"),
    ],
    ids=["text", "endless-line", "path", "type"],
)
def test_a_child_that_was_taken_over_is_not_believed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, short_film: Path, says: str, words: str
) -> None:
    impostor = tmp_path / "python"
    impostor.write_text(f"#!/bin/sh\n{says}\n")
    impostor.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(impostor))
    with (
        DecoderProcess() as decoder,
        decoder.run(clip(short_film), path=short_film, threads=1) as (ending, _),
    ):
        assert ending.status == "crashed"
        assert words in ending.error


def test_children_die_with_their_parent_and_its_folder_goes_with_the_next(
    long_film: Path, scratch_root: Path, processes
) -> None:
    code = f"""
        import os, signal, sys
        from pathlib import Path
        from vidsearch_sdk.ingest.decoder_process import DecoderProcess
        path = Path({str(long_film)!r})
        decoder = DecoderProcess()
        def hang(message):
            os.kill(decoder.pid, signal.SIGSTOP)
            print(decoder.pid, flush=True)
            os.kill(os.getpid(), signal.SIGKILL)
        job = {{"kind": "clip", "path": str(path), "start_s": None, "end_s": None}}
        with decoder.run(job, path=path, threads=1, on_progress=hang):
            pass
    """
    parent = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code)], capture_output=True, text=True, check=False
    )
    assert parent.returncode == -signal.SIGKILL, parent.stderr
    assert processes.eventually(lambda: not processes.alive(int(parent.stdout)), 5.0)
    assert len(list(scratch_root.glob("vidsearch-scratch-*"))) == 1
    with DecoderProcess() as decoder:
        decoder.start()
        assert len(list(scratch_root.glob("vidsearch-scratch-*"))) == 1
    assert not list(scratch_root.glob("vidsearch-scratch-*"))
