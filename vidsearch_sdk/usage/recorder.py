"""Notes of what is searched and picked, written by a thread: no search waits for them or fails by them."""

from __future__ import annotations

import atexit
import hashlib
import itertools
import logging
import os
import secrets
import threading
import time
import weakref
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING, Any

from vidsearch_sdk.store.usage_parts import Event, KeptWords, Switch, UsageParts
from vidsearch_sdk.usage.answered import Answered

if TYPE_CHECKING:
    from vidsearch_sdk.store.disk import Disk

_AFTER_S = 2.0
"""What is noted is on the disk so many seconds later."""
_IDLE_S = 30.0
_LOOK_S = {True: 5.0, False: 60.0}
"""How long the switch is taken for what it was: on a disk, on an object store."""
_MOST = 10_000
_JOINED = 60
_PATIENCE_S = 0.05
_AT_EXIT_S = 5.0
_LONGEST = 1000
_log = logging.getLogger("vidsearch_sdk")


class Recorder:
    """Notes searches where that was switched on; one per catalog handle.

    Safe to use from many threads. A handle is one session: a notebook's kernel, a script. What cannot be
    written is kept for the next try, at most 10,000 events, and said once in the log.

    Args:
        disk: Where the catalog lies.
    """

    def __init__(self, disk: Disk) -> None:
        self._disk = disk
        self._parts = UsageParts(disk)
        self._switch = Switch()
        self._doubt = not self._parts.is_local  # then the thread looks, for a look is a request
        self._look_at = 0.0
        self._guard = threading.Lock()
        self._writing = threading.Lock()
        self._resting = threading.local()
        self._registered = False
        self._begin()

    def __reduce__(self) -> tuple[type[Recorder], tuple[Disk]]:
        return Recorder, (self._disk,)

    def _begin(self) -> None:
        self._process = os.getpid()
        self._session = secrets.token_hex(6)
        self._numbers = itertools.count(1)
        self._pending: list[Event] = []
        self._own: list[str] = []
        self._thread: threading.Thread | None = None
        self._told = False

    @property
    def is_on(self) -> bool:
        """Whether a search is to be noted; a microsecond, mostly."""
        if getattr(self._resting, "depth", 0):
            return False
        if time.monotonic() >= self._look_at:
            self._look()
        return self._doubt or self._switch.on

    def look(self) -> bool:
        """Look now whether notes are taken.

        Raises:
            StorageError: The disk refused.
        """
        self._switch, self._doubt = self._parts.switch(), False
        self._look_at = time.monotonic() + _LOOK_S[self._parts.is_local]
        return self._switch.on

    @contextmanager
    def rest(self) -> Iterator[None]:
        """Note nothing of this thread for the length of the block: a measurement is no usage."""
        self._resting.depth = getattr(self._resting, "depth", 0) + 1
        try:
            yield
        finally:
            self._resting.depth -= 1

    def turn(self, on: bool, *, words: KeptWords = "typed") -> None:
        """Switch notes on or off, for everybody who uses the catalog; others see it within a minute.

        Raises:
            CatalogError: ``words`` is not one of the choices.
            StorageError: The disk refused.
        """
        if not on:
            self.flush()
        self._switch, self._doubt = self._parts.turn(on, words), False
        self._look_at = time.monotonic() + _LOOK_S[self._parts.is_local]

    def searched(
        self,
        words: str,
        *,
        read: str,
        kind: str,
        hits: int,
        stages: Mapping[str, float],
        took_s: float,
        facts: Mapping[str, Any],
    ) -> Answered | None:
        """Note a search.

        Args:
            words: What was typed; empty for a picture, a shot or a clip.
            read: The words after typing errors were put right; empty where there were none.
            kind: ``words``, ``expression`` or ``example``.
            hits: How many were found.
            stages: Seconds by stage.
            took_s: Seconds of the whole search.
            facts: What else is known: JSON values.

        Returns:
            What is told of the answer further; none where nothing is noted.
        """
        try:
            event = {
                "event": "search",
                "words": words[:_LONGEST],
                "read": read[:_LONGEST],
                "kind": kind,
                "hits": int(hits),
                "took_ms": round(1000 * took_s, 3),
                "stages_ms": {name: round(1000 * seconds, 3) for name, seconds in stages.items()},
                **facts,
            }
            number = self._note(event)
        except Exception as error:
            self._tell(error)
            return None
        return None if number is None else Answered(self, number)

    def note(self, event: Event) -> None:
        """Note what was done with an answer; never fails and never waits."""
        try:
            if self._doubt or self._switch.on:
                self._note(event)
        except Exception as error:
            self._tell(error)

    def withdraw(self, number: int) -> None:
        """Forget an event that was noted just now; what is on the disk by then stays."""
        if self._guard.acquire(timeout=_PATIENCE_S):
            try:
                self._pending = [event for event in self._pending if event["n"] != number]
            finally:
                self._guard.release()

    def flush(self) -> None:
        """Write what is noted so far, in this thread; failures are said in the log."""
        self._write(wait_s=_AT_EXIT_S)

    def read(self) -> tuple[list[Event], list[str]]:
        """Give all that is kept, of every process, and what could not be read.

        Raises:
            StorageError: The disk refused.
        """
        self.flush()
        return self._parts.read()

    def forget(self) -> int:
        """Remove all that is kept, of every process; gives how many files there were.

        Raises:
            StorageError: The disk refused.
        """
        with self._writing:
            with self._guard:
                self._pending, self._own = [], []
            return self._parts.forget()

    def _look(self) -> None:
        self._look_at = time.monotonic() + _LOOK_S[self._parts.is_local]
        if not self._parts.is_local:
            self._doubt = True
            return
        try:
            self._switch = self._parts.switch()
        except Exception as error:
            self._switch = Switch()
            self._tell(error)

    def _note(self, event: Event) -> int | None:
        # Nobody waits for a note: rather is it lost.
        if not self._guard.acquire(timeout=_PATIENCE_S):
            return None
        try:
            if os.getpid() != self._process:
                self._begin()
            number = next(self._numbers)
            self._pending.append(
                {"at": round(time.time(), 3), "session": self._session, "n": number, **event}
            )
            del self._pending[:-_MOST]
            if self._thread is None or not self._thread.is_alive():
                self._start()
        finally:
            self._guard.release()
        return number

    def _start(self) -> None:
        if not self._registered:
            self._registered = True
            atexit.register(_at_exit, weakref.ref(self))
            if hasattr(os, "register_at_fork"):
                os.register_at_fork(after_in_child=partial(_in_child, weakref.ref(self)))
        self._thread = threading.Thread(target=self._write_on, name="vidsearch-usage", daemon=True)
        self._thread.start()

    def _write_on(self) -> None:
        idle = 0.0
        while True:
            time.sleep(_AFTER_S)
            idle = 0.0 if self._write(wait_s=60.0) else idle + _AFTER_S
            with self._guard:
                if idle >= _IDLE_S and not self._pending:
                    self._thread = None
                    return

    def _write(self, *, wait_s: float) -> bool:
        """Write what is pending; says whether there was anything."""
        if not self._writing.acquire(timeout=wait_s):
            return False
        try:
            with self._guard:
                events, self._pending = self._pending, []
            if not events:
                return False
            try:
                if self._doubt:
                    self.look()
                if self._switch.on:
                    self._own.append(self._parts.add([self._worded(event) for event in events]))
                self._told = False
            except Exception as error:
                self._tell(error)
                with self._guard:
                    self._pending = [*events, *self._pending][-_MOST:]
                return True
            if len(self._own) >= _JOINED:
                self._join()
            return True
        finally:
            self._writing.release()

    def _join(self) -> None:
        # So that a day of searching is some dozens of files and not thousands.
        own, self._own = self._own, []
        try:
            self._parts.join(own)
        except Exception as error:
            self._tell(error)

    def _worded(self, event: Event) -> Event:
        switch = self._switch
        if switch.words == "typed" or not event.get("words"):
            return event
        text = " ".join(str(event["words"]).casefold().split()).encode("utf-8", "replace")
        hashed = hashlib.blake2b(text, key=bytes.fromhex(switch.key), digest_size=8).hexdigest()
        return {**event, "words": f"#{hashed}", "read": "", "hashed": True}

    def _tell(self, error: Exception) -> None:
        if not self._told:
            self._told = True
            _log.warning("Usage is not noted at the moment; searches go on: %s", error)


def _in_child(recorder: weakref.ref[Recorder]) -> None:
    known = recorder()
    if known is not None:
        # Whichever thread held a lock is not in the child, and would never give it back.
        known._guard, known._writing = threading.Lock(), threading.Lock()
        known._begin()


def _at_exit(recorder: weakref.ref[Recorder]) -> None:
    known = recorder()
    # A place that refused all along would only hold the process up.
    if known is not None and os.getpid() == known._process and not known._told:
        known.flush()
