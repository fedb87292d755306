"""What the decoding child gives up before it touches a film.

Demuxers and decoders are hundreds of thousands of lines of C that read whatever a stranger wrote. The child
therefore limits itself before the first byte: memory, file size, no core dump, no way to gain privileges, no
network where the system allows it, and it dies when its parent does. Everything here is a lower bound of
safety and none of it is needed for correct work, so what a system does not offer is left out in silence.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import sys

_PR_SET_PDEATHSIG = 1
_PR_SET_NO_NEW_PRIVS = 38
_CLONE_NEWUSER = 0x1000_0000
_CLONE_NEWNET = 0x4000_0000


def give_up(*, memory_bytes: int, file_bytes: int) -> None:
    """Limit this process for good; call it first, while the process still has one thread.

    Args:
        memory_bytes: Address space, in bytes. It counts reserved memory too, so it stands well above what is
            really used.
        file_bytes: Size of any one file that this process writes, in bytes.
    """
    _limit("RLIMIT_AS", memory_bytes)
    _limit("RLIMIT_FSIZE", file_bytes)
    _limit("RLIMIT_CORE", 0)
    if sys.platform == "linux":
        libc = ctypes.CDLL(None, use_errno=True)
        # The kernel sends this when the *thread* that started us ends, which is earlier than the process: the
        # parent counts a child that died between two films as nothing, and starts another.
        libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
        libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
        # A user namespace would take root's right to read other people's files with it, so root asks for the
        # network alone and everybody else for both.
        libc.unshare(_CLONE_NEWNET if os.geteuid() == 0 else _CLONE_NEWUSER | _CLONE_NEWNET)


def limit_processor(seconds: float) -> None:
    """Let this process use ``seconds`` more of processor time, all threads together, then die."""
    with contextlib.suppress(ImportError):
        import resource

        usage = resource.getrusage(resource.RUSAGE_SELF)
        _limit("RLIMIT_CPU", int(usage.ru_utime + usage.ru_stime + max(1.0, seconds)), soft_only=True)


def _limit(name: str, value: int, *, soft_only: bool = False) -> None:
    with contextlib.suppress(ImportError, OSError, ValueError, AttributeError):
        import resource

        which = getattr(resource, name)
        hard = resource.getrlimit(which)[1]
        if hard != resource.RLIM_INFINITY:
            value = min(value, hard)
        resource.setrlimit(which, (value, hard if soft_only else value))
