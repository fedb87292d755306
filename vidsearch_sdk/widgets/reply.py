"""What a handler answers a request of the page with."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from typing import Any

Post = Callable[[Mapping[str, Any], Sequence[bytes]], None]
"""Sends one message and its buffers to the page."""


class Reply:
    """The answer to one request: any number of parts, then exactly one end.

    Handlers may use it from any thread. What comes after the end is dropped.

    Attributes:
        cancelled: Set when the page no longer wants the answer, or the desk is closed; long work looks at it.
        wanted: Set when what the page asked for ahead is wanted now, and when it is cancelled: work that is
            to stop halfway waits for it.
    """

    def __init__(self, number: int, post: Post) -> None:
        self.cancelled = threading.Event()
        self.wanted = threading.Event()
        self._number = number
        self._post = post
        self._ended = False
        self._lock = threading.Lock()

    @property
    def ended(self) -> bool:
        """Whether the last part was sent."""
        return self._ended

    def cancel(self) -> None:
        """Tell who works on the answer that nobody wants it any more."""
        self.cancelled.set()
        self.wanted.set()

    def send(self, fields: Mapping[str, Any], buffers: Sequence[bytes] = ()) -> None:
        """Send one part of the answer.

        Args:
            fields: What JSON can hold.
            buffers: Bytes that travel beside it as they are.
        """
        self._send(fields, buffers, last=False)

    def done(self, fields: Mapping[str, Any] | None = None, buffers: Sequence[bytes] = ()) -> None:
        """Send the last part of the answer."""
        self._send({**(fields or {}), "done": True}, buffers, last=True)

    def fail(self, words: str, **fields: Any) -> None:
        """End with an error in words; ``fields`` say more about it to the page."""
        self._send({**fields, "error": words, "done": True}, (), last=True)

    def progress(self, share: float, words: str = "") -> None:
        """Say how far the work is.

        Args:
            share: From 0 to 1.
            words: What is being done.
        """
        self._send({"progress": min(max(float(share), 0.0), 1.0), "words": words}, (), last=False)

    def _send(self, fields: Mapping[str, Any], buffers: Sequence[bytes], *, last: bool) -> None:
        with self._lock:
            if self._ended:
                return
            self._ended = last
            self._post({**fields, "id": self._number}, buffers)
