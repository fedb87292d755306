"""One decoding child as its parent holds it: how it is started, spoken to and ended."""

from __future__ import annotations

import contextlib
import os
import selectors
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from vidsearch_sdk.errors import ExecutorError
from vidsearch_sdk.ingest.limits import Limits
from vidsearch_sdk.ingest.messages import LINE_LIMIT, Message, MessageError, decode, encode

_ERROR_TAIL = 2000
_KEPT = ("PATH", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "SYSTEMROOT", "LANG", "LC_ALL", "LC_CTYPE")


class ChildHandle:
    """A running child.

    Args:
        limits: What it may cost.
        scratch: Its folder, and its working folder.

    Attributes:
        ready: Whether it has said that it is.

    Raises:
        ExecutorError: The system starts no process.
    """

    def __init__(self, *, limits: Limits, scratch: Path) -> None:
        self.ready = False
        self._unread = bytearray()
        self._errors = (scratch / "stderr").open("w+b")
        try:
            self._process = subprocess.Popen(
                [
                    sys.executable,
                    "-P",  # the working folder may be somebody's download folder, with an av.py in it
                    "-m",
                    "vidsearch_sdk.ingest.child",
                    str(limits.memory_bytes),
                    str(limits.file_bytes),
                    str(limits.idle_s),
                ],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=self._errors,
                env=_environment(scratch),
                cwd=scratch,
                start_new_session=True,
            )
        except OSError as error:
            self._errors.close()
            raise ExecutorError(f"no decoding process can be started: {error}") from error

    @property
    def pid(self) -> int:
        """Its process id, also after its end."""
        return self._process.pid

    @property
    def alive(self) -> bool:
        """Whether it runs."""
        return self._process.poll() is None

    def send(self, job: Mapping[str, Any]) -> bool:
        """Hand over a job; false when the child has ended."""
        pipe = self._process.stdin
        try:
            if pipe is None:
                return False
            pipe.write(encode(job))
            pipe.flush()
        except (OSError, ValueError):
            return False
        return True

    def receive(self, timeout_s: float) -> Message | None:
        """Its next message, or ``None`` when none came in time.

        Raises:
            MessageError: It said something that no child says.
            EOFError: It has ended.
        """
        deadline = time.monotonic() + timeout_s
        pipe = self._process.stdout
        if pipe is None:
            raise EOFError
        with selectors.DefaultSelector() as selector:
            selector.register(pipe, selectors.EVENT_READ)
            while True:
                end = self._unread.find(b"\n")
                if end >= 0:
                    line = bytes(self._unread[:end])
                    del self._unread[: end + 1]
                    return decode(line)
                if len(self._unread) > LINE_LIMIT:
                    raise MessageError(f"a line of more than {LINE_LIMIT} bytes")
                if not selector.select(max(0.0, deadline - time.monotonic())):
                    return None
                try:
                    piece = os.read(pipe.fileno(), 65536)
                except (OSError, ValueError):
                    piece = b""
                if not piece:
                    raise EOFError
                self._unread += piece

    def kill(self) -> None:
        """Kill it and all that it started; safe from any thread, and when it has ended."""
        if not self.alive:
            return
        with contextlib.suppress(OSError):
            if sys.platform == "win32":
                self._process.kill()
            else:
                os.killpg(self._process.pid, signal.SIGKILL)

    def end(self) -> int:
        """Kill it if need be, wait for it and let go of its pipes; returns its exit status as of Popen."""
        self.kill()
        code = self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout, self._errors):
            with contextlib.suppress(OSError):
                if pipe is not None:
                    pipe.close()
        return code

    def last_words(self) -> str:
        """The end of what it wrote to standard error."""
        with contextlib.suppress(OSError, ValueError):
            size = self._errors.seek(0, os.SEEK_END)
            self._errors.seek(max(0, size - _ERROR_TAIL))
            return self._errors.read(_ERROR_TAIL).decode("utf-8", "replace").strip()
        return ""


def how_it_ended(code: int) -> str:
    """An exit status in words.

    Examples:
        >>> how_it_ended(-9), how_it_ended(3)
        ('was killed by SIGKILL', 'ended with exit status 3')
    """
    if code >= 0:
        return f"ended with exit status {code}"
    try:
        return f"was killed by {signal.Signals(-code).name}"
    except ValueError:
        return f"was killed by signal {-code}"


def _environment(scratch: Path) -> dict[str, str]:
    """What the child may know: where to find the same modules, and no secret of its parent."""
    kept = {name: os.environ[name] for name in _KEPT if name in os.environ}
    places = [place for place in sys.path if place and Path(place).is_absolute()]
    return kept | {
        "PYTHONPATH": os.pathsep.join(places),
        "TMPDIR": str(scratch),
        # Decoding threads are FFmpeg's; pools of other libraries would fight them and reserve address space.
        "OMP_NUM_THREADS": "1",
        "OPENBLAS_NUM_THREADS": "1",
        "MALLOC_ARENA_MAX": "4",
        "ARROW_DEFAULT_MEMORY_POOL": "system",
    }
