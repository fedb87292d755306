"""A decoding child that is there when needed: limited, reused from film to film, replaced when it dies.

FFmpeg hangs on some damaged files, where no time-out inside the process helps, and what it reads can kill it.
So each film is decoded in a child process under three clocks held here: a wall limit that grows with the
film, a stall limit that a healthy decoder never meets, and processor time. A child that hangs or dies is
killed with all that it started, and the film is tried once more in a fresh one with a single decoding thread,
which gets through files on which FFmpeg's frame threads lock up.

``subprocess`` and not ``multiprocessing``: Dask's workers are daemons and may not have children of that kind.
"""

from __future__ import annotations

import contextlib
import logging
import os
import shutil
import signal
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import vidsearch_sdk
from vidsearch_sdk.errors import ExecutorError, StorageError
from vidsearch_sdk.ingest.child_handle import ChildHandle, how_it_ended
from vidsearch_sdk.ingest.limits import GIB, Limits
from vidsearch_sdk.ingest.messages import Done, Failed, MessageError, Opened, Progress, Ready
from vidsearch_sdk.ingest.scratch import Scratch

_log = logging.getLogger("vidsearch_sdk")

OnProgress = Callable[[Opened | Progress], None]


class DecodingStopped(Exception):
    """The work was called off from another thread; never leaves this room."""


@dataclass(frozen=True)
class Ending:
    """How one job ended: with what it made (``done``), else with a status and words."""

    status: Literal["ok", "rejected", "crashed", "timed_out"]
    error: str = ""
    done: Done | None = None


@dataclass(frozen=True)
class _Attempt:
    """One try: ``again`` says that a fresh child with one thread may do better."""

    ending: Ending
    again: bool = False


class DecoderProcess:
    """One decoding child at a time.

    A job runs in the calling thread; `stop` may be called from any other. As a context manager it closes at
    the end.

    Args:
        limits: What one film may cost.
        scratch_root: Where scratch folders are made; the system's temporary folder when ``None``.
    """

    def __init__(self, *, limits: Limits | None = None, scratch_root: Path | None = None) -> None:
        self.limits = limits or Limits()
        self._scratch_root = scratch_root
        self._scratch: Scratch | None = None
        self._child: ChildHandle | None = None
        self._jobs = 0
        self._false_starts = 0
        self._stopped = False
        self._lock = threading.Lock()

    def __enter__(self) -> DecoderProcess:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    @property
    def pid(self) -> int | None:
        """Process id of the child while it lives."""
        child = self._child
        return child.pid if child is not None and child.alive else None

    @property
    def stopped(self) -> bool:
        """Whether it was called off and takes no more jobs."""
        return self._stopped

    @contextlib.contextmanager
    def run(
        self, job: Mapping[str, Any], *, path: Path, threads: int, on_progress: OnProgress | None = None
    ) -> Iterator[tuple[Ending, Path]]:
        """Do one job and hold its folder until the block ends.

        Args:
            job: What to do: ``kind`` and what that kind needs, as plain JSON values.
            path: The film; its size bounds the time until its header is read.
            threads: Decoding threads of the first try.
            on_progress: Told of each sign of life.

        Yields:
            How it ended, and the folder that holds its tables as ``<name>.arrow``.

        Raises:
            StorageError: The scratch folder is full or cannot be made.
            ExecutorError: No child can be started at all.
            DecodingStopped: `stop` was called.
        """
        self._jobs += 1
        folder = self._scratch_folder().job(f"job-{self._jobs}")
        try:
            try:
                ending = self._tries(dict(job), path, threads, folder, on_progress or _ignore)
            except BaseException:  # an interrupted child would answer the next job with this one's result
                self._kill()
                raise
            yield ending, folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    def start(self) -> None:
        """Start the child now, so that the first job finds it loaded; a living child is left alone.

        Raises:
            DecodingStopped: `stop` was called.
            ExecutorError: No process can be started.
        """
        with self._lock:
            if self._stopped:
                raise DecodingStopped
            if self._child is not None and self._child.alive:
                return
            # One that ended between two jobs, of idleness or with the thread that started it, is no crash.
            self._discard()
            self._child = ChildHandle(limits=self.limits, scratch=self._scratch_folder().path)

    def stop(self) -> None:
        """Call off what is running and refuse more; safe from any thread."""
        with self._lock:
            self._stopped = True
            if self._child is not None:
                self._child.kill()

    def close(self) -> None:
        """End the child and remove the scratch folder."""
        with self._lock:
            self._stopped = True
            self._discard()
            if self._scratch is not None:
                self._scratch.remove()
                self._scratch = None

    def _tries(
        self, job: dict[str, Any], path: Path, threads: int, folder: Path, on_progress: OnProgress
    ) -> Ending:
        job["scratch"] = str(folder)
        attempt = self._attempt(job | {"threads": threads, "thread_type": "AUTO"}, path, on_progress)
        if attempt.again:
            _log.info("%s: %s; trying once more with one thread", path.name, attempt.ending.error)
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir(mode=0o700)
            attempt = self._attempt(job | {"threads": 1, "thread_type": "SLICE"}, path, on_progress)
        return attempt.ending

    def _attempt(self, job: dict[str, Any], path: Path, on_progress: OnProgress) -> _Attempt:
        limits = self.limits
        size_bytes = _size(path)
        began = since = time.monotonic()
        wall_s = limits.wall_s(size_bytes=size_bytes)
        job["processor_s"] = wall_s * max(2, os.cpu_count() or 1)
        child = self._hand_over(job)
        silence_s = limits.quiet_s if child.ready else limits.start_s
        film_s = 0.0
        while True:
            remaining_s = min(since + silence_s, began + wall_s) - time.monotonic()
            try:
                message = child.receive(remaining_s)
            except MessageError as error:
                self._kill()
                return _Attempt(Ending("crashed", f"the decoder answered with {error}"))
            except EOFError:
                return self._death(child, wall_s)
            if message is None:
                self._kill()
                return self._silence(child, time.monotonic() >= began + wall_s, wall_s, silence_s, film_s)
            since = time.monotonic()
            match message:
                case Ready(version):
                    self._check_version(version)
                    child.ready = True
                    self._false_starts = 0
                    silence_s = limits.quiet_s
                case Opened():
                    wall_s = limits.wall_s(size_bytes=size_bytes, opened=message)
                    silence_s = limits.stall_s
                    on_progress(message)
                case Progress():
                    silence_s = limits.quiet_s if message.film_s is None else limits.stall_s
                    film_s = max(film_s, message.film_s or 0.0)
                    on_progress(message)
                case Done():
                    return _Attempt(Ending("ok", done=message))
                case Failed():
                    return self._failure(message)

    def _hand_over(self, job: Mapping[str, Any]) -> ChildHandle:
        for _ in range(3):
            self.start()
            child = self._child
            if child is None:
                raise DecodingStopped
            if child.send(job):
                return child
            if not child.ready:
                self._death(child, 0.0)
            self._kill()
        raise ExecutorError("the decoding process ends as soon as it is started")

    def _check_version(self, version: str) -> None:
        if version != vidsearch_sdk.__version__:
            raise ExecutorError(
                f"the decoding process loads vidsearch_sdk {version}, this process has "
                f"{vidsearch_sdk.__version__}; restart this process after an update"
            )

    def _silence(
        self, child: ChildHandle, overran: bool, wall_s: float, silence_s: float, film_s: float
    ) -> _Attempt:
        if self._stopped:
            raise DecodingStopped
        if overran:
            return _Attempt(Ending("timed_out", f"not finished within its {wall_s:.0f} s"))
        if not child.ready:
            raise ExecutorError(f"the decoding process said nothing for {silence_s:.0f} s after its start")
        words = f"no new picture for {silence_s:.0f} s, {film_s:.1f} s into the film"
        return _Attempt(Ending("timed_out", words), again=True)

    def _failure(self, failed: Failed) -> _Attempt:
        match failed.kind:
            case "storage":
                where = self._scratch_folder().path.parent
                raise StorageError(
                    f"the folder for temporary files {where} cannot take more ({failed.error}); "
                    "make room there or set TMPDIR to another folder, then call segment() again"
                )
            case "memory":
                self._kill()  # what is left of its memory is in pieces
                words = f"needs more than {self.limits.memory_bytes / GIB:.1f} GiB of memory to decode"
                return _Attempt(Ending("crashed", words), again=True)
            case "rejected":
                return _Attempt(Ending("rejected", failed.error))
            case _:
                return _Attempt(Ending("crashed", failed.error))

    def _death(self, child: ChildHandle, wall_s: float) -> _Attempt:
        tail = child.last_words().splitlines()[-1:]
        code = child.end()
        self._kill()
        if self._stopped:
            raise DecodingStopped
        if not child.ready:
            self._false_starts += 1
            if code >= 0 or self._false_starts > 1:
                raise ExecutorError(f"the decoding process cannot start: {(tail or [how_it_ended(code)])[0]}")
        if code == -getattr(signal, "SIGXCPU", 0):
            return _Attempt(Ending("timed_out", f"used up the processor time of its {wall_s:.0f} s"))
        words = f"the decoder {how_it_ended(code)}" + (f": {tail[0]}" if tail else "")
        return _Attempt(Ending("crashed", words), again=True)

    def _scratch_folder(self) -> Scratch:
        if self._scratch is None:
            self._scratch = Scratch(self._scratch_root)
        return self._scratch

    def _kill(self) -> None:
        with self._lock:
            self._discard()

    def _discard(self) -> None:
        child, self._child = self._child, None
        if child is not None:
            child.end()


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0


def _ignore(_: Opened | Progress) -> None:
    return None
