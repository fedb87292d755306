"""The decoding child: ``python -m vidsearch_sdk.ingest.child``.

Reads one JSON job per line on standard input, decodes, writes tables as Arrow files into the job's folder and
answers with JSON lines (``messages.py``). It never touches the catalog. It ends when standard input does,
when nothing was asked for a while, and with its parent. Started by `DecoderProcess`, never by hand.
"""

from __future__ import annotations

import errno
import json
import os
import queue
import sys
import threading
from collections.abc import Callable, Iterator

from vidsearch_sdk.ingest.messages import Done, Failed, Message, Ready, encode
from vidsearch_sdk.ingest.sandbox import give_up, limit_processor

_NO_SPACE = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS}


def main(arguments: list[str]) -> int:
    """Serve jobs until standard input ends; returns the exit status.

    Args:
        arguments: Memory limit and file limit in bytes, then the seconds after which an idle child ends.
    """
    memory_bytes, file_bytes, idle_s = int(arguments[0]), int(arguments[1]), float(arguments[2])
    give_up(memory_bytes=memory_bytes, file_bytes=file_bytes)
    tell = _private_output()
    jobs: queue.SimpleQueue[bytes] = queue.SimpleQueue()
    threading.Thread(target=_read_jobs, args=(jobs,), daemon=True).start()

    import vidsearch_sdk  # the heavy imports come after the limits, and after the pipe is safe
    from vidsearch_sdk.ingest.child_jobs import JOBS

    tell(Ready(vidsearch_sdk.__version__))
    while True:
        try:
            line = jobs.get(timeout=idle_s)
        except queue.Empty:
            return 0
        job = json.loads(line)
        limit_processor(job["processor_s"])
        tell(_answer(lambda job=job: JOBS[job["kind"]](job, tell)))  # type: ignore[misc]


def _answer(run: Callable[[], Done]) -> Done | Failed:
    from vidsearch_sdk.errors import StorageError, VideoError

    try:
        return run()
    except Exception as error:  # whatever a decoder raises is this film's end, never the child's
        words = str(error)
        causes = list(_causes(error))
        if any(isinstance(cause, OSError) and cause.errno in _NO_SPACE for cause in causes):
            return Failed("storage", words)
        if any(isinstance(cause, MemoryError) for cause in causes):
            return Failed("memory", words)
        if isinstance(error, VideoError | StorageError):
            return Failed("rejected", words)
        return Failed("crashed", f"{type(error).__name__}: {words}")


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


def _private_output() -> Callable[[Message], None]:
    """Keep the pipe to the parent for messages alone: a library that prints must not speak for us."""
    pipe = os.dup(1)
    os.dup2(2, 1)
    lock = threading.Lock()

    def tell(message: Message) -> None:
        rest = memoryview(encode(message))
        with lock:
            while rest:
                rest = rest[os.write(pipe, rest) :]

    return tell


def _read_jobs(jobs: queue.SimpleQueue[bytes]) -> None:
    # Not sys.stdin: its lock, held by a thread that waits, turns the end of the process into an abort.
    unread = bytearray()
    while piece := os.read(0, 65536):
        *lines, rest = (unread + piece).split(b"\n")
        unread = bytearray(rest)
        for line in lines:
            jobs.put(bytes(line))
    os._exit(0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
