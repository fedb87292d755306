"""Decoding children kept warm between films, for as many threads as ask."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator

from vidsearch_sdk.ingest.decoder_process import DecoderProcess, DecodingStopped
from vidsearch_sdk.ingest.limits import Limits


class DecoderPool:
    """Lends decoding children to threads and takes them back; never more than borrowers at one time.

    Args:
        limits: What one film may cost.
    """

    def __init__(self, *, limits: Limits | None = None) -> None:
        self._limits = limits or Limits()
        self._lock = threading.Lock()
        self._idle: list[DecoderProcess] = []
        self._lent: set[DecoderProcess] = set()
        self._stopped = False

    def __enter__(self) -> DecoderPool:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    @contextlib.contextmanager
    def borrow(self) -> Iterator[DecoderProcess]:
        """A child for this thread alone until the block ends.

        Raises:
            DecodingStopped: The pool was closed.
        """
        with self._lock:
            if self._stopped:
                raise DecodingStopped
            decoder = self._idle.pop() if self._idle else DecoderProcess(limits=self._limits)
            self._lent.add(decoder)
        try:
            yield decoder
        finally:
            with self._lock:
                self._lent.discard(decoder)
                keep = not (self._stopped or decoder.stopped)
                if keep:
                    self._idle.append(decoder)
            if not keep:
                decoder.close()

    def close(self) -> None:
        """Kill every child, at work or idle; a borrower at work gets `DecodingStopped`."""
        with self._lock:
            self._stopped = True
            idle, self._idle = self._idle, []
            lent = list(self._lent)
        for decoder in lent:
            decoder.stop()
        for decoder in idle:
            decoder.close()
