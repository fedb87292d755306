"""A bar over seconds of film, for a terminal or a notebook."""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping
from typing import Any

_BAR = "{desc} {percentage:3.0f}%|{bar}| [{elapsed}<{remaining}{postfix}]"
_NAME_LENGTH = 30
_SHOW_EVERY_S = 0.1


class FilmProgress:
    """Shows how much film is done, how fast, and which films are at work; a context manager.

    How long a film is comes to light when it is opened. Until then its length is guessed from its bytes and
    from the films that are open already, so the total settles as the work goes on.

    Args:
        sizes: Bytes of each film, by video id.
        names: The films' names for people.
        show: Draw nothing when false.
    """

    def __init__(self, sizes: Mapping[str, int], names: Mapping[str, str], *, show: bool) -> None:
        from tqdm.auto import tqdm

        self._sizes = dict(sizes)
        self._names = dict(names)
        self._lengths: dict[str, float] = {}
        self._at: dict[str, float] = {}
        self._finished: set[str] = set()
        self._lock = threading.Lock()
        self._began = time.monotonic()
        # In percent, because the notebook's bar never learns of a total that changes.
        self._bar: Any = tqdm(
            total=100.0, desc="Segmenting", bar_format=_BAR, disable=not show, dynamic_ncols=True
        )
        self._shown_at = float("-inf")

    def __enter__(self) -> FilmProgress:
        return self

    def __exit__(self, *exception: object) -> None:
        self._bar.close()

    @property
    def seconds_done(self) -> float:
        """Seconds of film decoded so far."""
        return sum(self._at.values())

    @property
    def seconds_expected(self) -> float:
        """Seconds of film in all: measured or announced, and guessed from bytes for the others."""
        known_bytes = sum(self._sizes.get(video_id, 0) for video_id in self._lengths)
        known_s = sum(self._lengths.values())
        unknown_bytes = sum(size for video_id, size in self._sizes.items() if video_id not in self._lengths)
        return known_s + (unknown_bytes * known_s / known_bytes if known_bytes else 0.0)

    def opened(self, video_id: str, length_s: float | None) -> None:
        """A film's header was read; ``None`` when it does not tell its length."""
        with self._lock:
            self._at.setdefault(video_id, 0.0)
            if length_s is not None and length_s > 0:
                self._lengths[video_id] = length_s
            self._show()

    def advanced(self, video_id: str, film_s: float | None) -> None:
        """Pictures came out up to ``film_s`` seconds after the film's first one."""
        if film_s is None:
            return
        with self._lock:
            if video_id not in self._finished:
                limit = self._lengths.get(video_id, film_s)
                self._at[video_id] = min(max(film_s, self._at.get(video_id, 0.0)), limit)
                self._show()

    def finished(self, video_id: str, length_s: float) -> None:
        """A film is done, with its measured length (0 when it gave nothing)."""
        with self._lock:
            self._finished.add(video_id)
            self._lengths[video_id] = self._at[video_id] = length_s
            self._show()

    def _show(self) -> None:
        all_finished = len(self._finished) == len(self._sizes)
        now = time.monotonic()
        # Adding up many thousand films for each word of each worker would take longer than decoding them.
        if self._bar.disable or (now - self._shown_at < _SHOW_EVERY_S and not all_finished):
            return
        self._shown_at = now
        done = self.seconds_done
        self._bar.n = (
            100.0 if all_finished else min(100.0, 100.0 * done / max(self.seconds_expected, done, 1.0))
        )
        speed = done / max(now - self._began, 1e-3)
        working = [
            self._names.get(video_id, video_id) for video_id in self._at if video_id not in self._finished
        ]
        names = ", ".join(name[:_NAME_LENGTH] for name in working[:2]) + (" …" if len(working) > 2 else "")
        counts = f"{len(self._finished)}/{len(self._sizes)} films, {speed:.1f} s of film per s"
        self._bar.set_postfix_str(f"{counts}, {names}" if names else counts, refresh=False)
        self._bar.refresh()
