"""Keeps pictures of a film that may become keyframes, in little memory, until the shots are known.

Marked frames wait as small undecided pictures for a few seconds. What is known of the shots by then decides
most of them; those that may be chosen become JPEG in a file. So memory does not grow with the film: at most
:data:`MOST_WAITING` small pictures.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from vidsearch_sdk.shots.boundaries import Boundary
from vidsearch_sdk.shots.keyframes import SETTLED_S, choose_keyframes, is_settled_choice

MOST_WAITING = 64
"""Undecided pictures at most; about 0.8 MB each for a wide film."""


class JpegFile:
    """JPEG pictures by frame, in one file that is gone when it is closed or the process dies.

    Args:
        folder: Where the file lives; None takes the system's place for such files.
    """

    def __init__(self, folder: Path | None) -> None:
        self._file: IO[bytes] = tempfile.TemporaryFile(dir=folder, prefix="keyframes-")  # noqa: SIM115
        self._places: dict[int, tuple[int, int]] = {}
        self._end = 0

    def __contains__(self, frame: int) -> bool:
        return frame in self._places

    def __len__(self) -> int:
        return len(self._places)

    def frames(self) -> Collection[int]:
        """Frames whose picture is here."""
        return self._places.keys()

    def put(self, frame: int, jpeg: bytes) -> None:
        """Add a frame's picture."""
        self._file.seek(self._end)
        self._file.write(jpeg)
        self._places[frame] = (self._end, len(jpeg))
        self._end += len(jpeg)

    def get(self, frame: int) -> bytes:
        """Read a frame's picture back; KeyError if there is none."""
        start, length = self._places[frame]
        self._file.seek(start)
        return self._file.read(length)

    def close(self) -> None:
        """Drop the file."""
        self._file.close()


@dataclass(frozen=True, slots=True)
class _Waiting:
    frame: int
    time_s: float
    picture: Any


class KeyframeKeeper:
    """Decides, while the film goes on, which marked frames may still be chosen, and keeps those.

    Args:
        jpegs: Where pictures go that may be chosen.
        encode: Makes JPEG of a waiting picture.
    """

    def __init__(self, jpegs: JpegFile, *, encode: Callable[[Any], bytes]) -> None:
        self._jpegs = jpegs
        self._encode = encode
        self._waiting: list[_Waiting] = []
        self._marked: list[int] = []

    @property
    def marked(self) -> NDArray[np.int64]:
        """All marked frames so far, in order."""
        return np.array(self._marked, np.int64)

    def add(self, frame: int, time_s: float, picture: Any) -> None:
        """Take a marked frame.

        Args:
            frame: Its number.
            time_s: Its time.
            picture: Whatever ``encode`` makes JPEG of; held until it is decided.
        """
        self._marked.append(frame)
        self._waiting.append(_Waiting(frame, time_s, picture))
        if len(self._waiting) > MOST_WAITING:
            self._keep(self._waiting.pop(0))

    def decide(
        self,
        times: NDArray[np.float64],
        boundaries: Sequence[Boundary],
        known_to: int,
        *,
        film_end: int | None = None,
    ) -> None:
        """Keep or drop what is decided by the boundaries so far.

        Args:
            times: Time of every frame so far.
            boundaries: Boundaries so far, in order.
            known_to: Frame up to which there will be no further boundary.
            film_end: Frames of the film, when it is over.
        """
        edges = [0, *(b.frame for b in boundaries if b.frame <= known_to)]
        if film_end is not None:
            edges.append(film_end)
        transitions = [(b.first, b.last) for b in boundaries if b.kind != "cut"]
        marked, waiting = self.marked, []
        chosen: dict[int, list[int]] = {}
        for item in self._waiting:
            shot = int(np.searchsorted(edges, item.frame, side="right")) - 1
            start = edges[shot]
            if item.frame > known_to:
                waiting.append(item)
            elif shot + 1 < len(edges):
                end = edges[shot + 1]
                if start not in chosen:
                    chosen[start] = choose_keyframes(start, end, times, marked, transitions)
                if item.frame in chosen[start]:
                    self._keep(item)
            elif times[known_to] - times[start] < SETTLED_S:
                waiting.append(item)
            elif is_settled_choice(item.frame, times):
                self._keep(item)
        self._waiting = waiting

    def keep_rest(self) -> None:
        """Keep all that still wait."""
        for item in self._waiting:
            self._keep(item)
        self._waiting = []

    def _keep(self, item: _Waiting) -> None:
        self._jpegs.put(item.frame, self._encode(item.picture))
