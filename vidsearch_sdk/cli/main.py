"""Where the command ``vidsearch`` starts and how it ends."""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Sequence
from importlib import import_module

from vidsearch_sdk.cli.arguments import FAILED, parse
from vidsearch_sdk.errors import VidsearchError
from vidsearch_sdk.pages.markup import plain

_INTERRUPTED = 130  # 128 + SIGINT, as shells count
_PIPE_CLOSED = 141  # 128 + SIGPIPE


class _OneLine(logging.Formatter):
    """Log lines hold names of files: one line each, and nothing that steers a terminal."""

    def format(self, record: logging.LogRecord) -> str:
        return f"vidsearch: {plain(record.getMessage(), limit=1_000)}"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command.

    Args:
        arguments: The words after ``vidsearch``; those of the process by default.

    Returns:
        The exit code: 0 done, 1 an error, 3 done but something was found wanting, 130 interrupted, 141 when
        the reader of the output went away. Wrong arguments raise ``SystemExit(2)``.
    """
    given = parse(arguments)
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_OneLine())
    log = logging.getLogger("vidsearch_sdk")
    log.addHandler(handler)
    try:
        # The rest of the package is loaded for the command that needs it: help must not wait for torch.
        code = int(getattr(import_module("vidsearch_sdk.cli.commands"), given.command)(given))
        sys.stdout.flush()
    except KeyboardInterrupt:
        _say("interrupted; what was finished is kept, and the same command goes on from there")
        return _INTERRUPTED
    except BrokenPipeError:
        # Python flushes once more while it ends, and would complain then.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return _PIPE_CLOSED
    except VidsearchError as error:
        if given.debug:
            raise
        _say(str(error))
        return FAILED
    except Exception as error:
        if given.debug:
            raise
        _say(f"unexpected {type(error).__name__}: {error} (--debug shows where; please report it)")
        return FAILED
    finally:
        log.removeHandler(handler)
    return code


def _say(message: str) -> None:
    sys.stderr.write(f"vidsearch: {plain(message, limit=2_000)}\n")
