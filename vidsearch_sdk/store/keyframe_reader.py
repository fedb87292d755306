"""Single keyframes out of a stored film, one row group read for each."""

from __future__ import annotations

import threading
from collections import OrderedDict

import numpy as np

from vidsearch_sdk.errors import VideoNotFound
from vidsearch_sdk.store.disk import Disk
from vidsearch_sdk.store.film import SEGMENT_AGAIN, Film
from vidsearch_sdk.store.parquet import BlockReader, read_parquet

_KEPT = 16
"""Films whose footer is kept, because the hits of one search often share films."""


class KeyframeReader:
    """Reads the keyframes of single shots; safe to use from several threads.

    Args:
        disk: Where the catalog lies.
    """

    def __init__(self, disk: Disk) -> None:
        self._disk = disk
        self._open: OrderedDict[tuple[str, str], tuple[BlockReader, np.ndarray]] = OrderedDict()
        self._guard = threading.Lock()

    def read(self, film: Film, shot_number: int) -> list[tuple[float, bytes]]:
        """Return time (s, the container's clock) and JPEG of every keyframe of a shot, in order.

        Raises:
            VideoNotFound: The film has no such shot.
            DamagedError: A file is missing or is not what was written.
        """
        with self._guard:  # a reader shows one row group at a time
            reader, ends = self._reader(film)
            if not 0 <= shot_number < len(ends):
                raise VideoNotFound(
                    f"Film {film.video_id} ({film.name}) has shots 0 to {len(ends) - 1}, not {shot_number}."
                )
            row = int(ends[shot_number - 1]) if shot_number else 0
            stop = int(ends[shot_number])
            found: list[tuple[float, bytes]] = []
            while row < stop:
                number = reader.group_of(row)
                taken = reader.group(number).slice(row - reader.starts[number], stop - row)
                found += zip(
                    taken.column("time_s").to_pylist(), taken.column("jpeg").to_pylist(), strict=True
                )
                row += taken.num_rows
        return found

    def _reader(self, film: Film) -> tuple[BlockReader, np.ndarray]:
        part = film.parts["keyframes"]
        key = (film.video_id, part.file)
        if key not in self._open:
            shots = read_parquet(self._disk, film.folder, film.parts["shots"], SEGMENT_AGAIN)
            ends = np.cumsum(shots.column("keyframes").to_numpy())
            self._open[key] = BlockReader(self._disk, film.folder, part, SEGMENT_AGAIN), ends
            if len(self._open) > _KEPT:
                self._open.popitem(last=False)
        self._open.move_to_end(key)
        return self._open[key]
