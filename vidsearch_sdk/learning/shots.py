"""The stored keyframes of shots as the encoder's own input, decoded once and kept in one file.

No film is opened: a keyframe is decoded and resized by the encoder's own rules, and its pixels are written to
a file that every later epoch reads from memory. The file is named by all that decides what it holds, so a run
that goes on, or another one over the same shots, finds it.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from vidsearch_sdk.encoding.pictures import rgb_of
from vidsearch_sdk.encoding.preprocessing import Preprocessing
from vidsearch_sdk.encoding.resizing import resized_on_cpu
from vidsearch_sdk.errors import DamagedError, EncoderError, VideoNotFound
from vidsearch_sdk.learning.disk_room import sync_folder, telling

if TYPE_CHECKING:
    from vidsearch_sdk.catalog import Catalog
    from vidsearch_sdk.store.film import Film

_BAR_AFTER_S = 1.0
_FORMAT = 1


@dataclass(frozen=True)
class ShotPictures:
    """Frames of shots, ready to be gathered into batches.

    Attributes:
        frames: uint8 (n, 3, height, width), all of the first shot, then all of the second, and so on; mapped
            from a file.
        starts: int64 (shots + 1,): where each shot's frames begin, and the end of all.
        shot_ids: The shots, in the same order.
    """

    frames: npt.NDArray[np.uint8]
    starts: npt.NDArray[np.int64]
    shot_ids: tuple[str, ...]

    def __post_init__(self) -> None:
        fits = len(self.starts) == len(self.shot_ids) + 1 and self.starts[-1] == len(self.frames)
        if not fits or not (np.diff(self.starts) > 0).all():
            raise ValueError(
                f"{len(self.shot_ids)} shots and {len(self.starts)} starts do not divide "
                f"{len(self.frames)} frames"
            )

    def __len__(self) -> int:
        return len(self.shot_ids)

    @property
    def counts(self) -> npt.NDArray[np.int64]:
        """Frames of each shot."""
        return np.diff(self.starts)

    def of(self, shot: int) -> npt.NDArray[np.uint8]:
        """Frames of a shot by its number here, not copied."""
        return self.frames[self.starts[shot] : self.starts[shot + 1]]


@dataclass(frozen=True)
class WantedShots:
    """Which keyframes of which shots are wanted, and where they lie; nothing is read yet.

    Attributes:
        shot_ids: In the order of their films and numbers.
        films: The film of each.
        numbers: Its number in the film.
        chosen: Which of its keyframes, in order.
        key: 32 hexadecimal digits of all that decides the pixels.
        size: (height, width) of the encoder's input.
    """

    shot_ids: tuple[str, ...]
    films: tuple[Film, ...]
    numbers: tuple[int, ...]
    chosen: tuple[tuple[int, ...], ...]
    key: str
    size: tuple[int, int]

    @property
    def bytes(self) -> int:
        """Bytes of the file that they will make."""
        return sum(map(len, self.chosen)) * 3 * self.size[0] * self.size[1]


def want_shots(
    catalog: Catalog, shot_ids: Sequence[str], preprocessing: Preprocessing, *, most: int
) -> WantedShots:
    """Look up shots in the catalog.

    Args:
        catalog: Where they lie.
        shot_ids: Each counts once; the order does not matter.
        preprocessing: The encoder's own.
        most: Most frames of a shot; of more keyframes these many are taken, evenly spaced.

    Raises:
        VideoNotFound: A shot or its film is not in the catalog.
        DamagedError: A shot has no keyframe.
    """
    wanted = set(shot_ids)
    table = catalog.shots
    rows = table[table["shot_id"].isin(wanted)]
    missing = wanted - set(rows["shot_id"])
    if missing:
        some = ", ".join(sorted(missing)[:5]) + (", …" if len(missing) > 5 else "")
        raise VideoNotFound(
            f"{len(missing):,} of {len(wanted):,} shots are not in the catalog (any more): {some}"
        )
    rows = rows.sort_values(["video_id", "number"], kind="stable")
    empty = rows.loc[rows["keyframes"] < 1, "shot_id"]
    if len(empty):
        raise DamagedError(
            f"{len(empty):,} shots have no stored keyframe ({', '.join(empty[:5])}); "
            "catalog.segment(retry=True) makes them again"
        )
    films = {video_id: catalog.films.get(video_id) for video_id in dict.fromkeys(rows["video_id"])}
    chosen = tuple(_spread(int(count), most) for count in rows["keyframes"])
    parts = {video_id: film.parts["keyframes"].sha256 for video_id, film in films.items()}
    said = [_FORMAT, preprocessing.to_json(), parts, rows["shot_id"].to_list(), chosen]
    key = hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()[:32]
    return WantedShots(
        tuple(rows["shot_id"]),
        tuple(films[video_id] for video_id in rows["video_id"]),
        tuple(int(number) for number in rows["number"]),
        chosen,
        key,
        preprocessing.size,
    )


def find_pictures(wanted: WantedShots, folder: Path) -> ShotPictures | None:
    """Open the file of these shots if it was made before, whole."""
    path = _path(wanted, folder)
    # The file gets this name only when all of it is on the disk.
    if not path.is_file() or path.stat().st_size != wanted.bytes:
        return None
    counts = [len(one) for one in wanted.chosen]
    frames = np.memmap(path, np.uint8, "r", shape=(sum(counts), 3, *wanted.size))
    return ShotPictures(frames, np.concatenate(([0], np.cumsum(counts))).astype(np.int64), wanted.shot_ids)


def make_pictures(
    catalog: Catalog,
    wanted: WantedShots,
    preprocessing: Preprocessing,
    *,
    folder: Path,
    threads: int | None = None,
    progress: bool = True,
) -> ShotPictures:
    """Open the pictures of shots, made from their stored keyframes where they were not made before.

    Args:
        catalog: Where the keyframes lie.
        wanted: From :func:`want_shots`.
        preprocessing: The encoder's own; pixels are those that it makes, to the bit.
        folder: Where to keep the file; made if it does not exist.
        threads: Threads that decode; None for one per processor.
        progress: Whether to show a bar when it takes long.

    Raises:
        StorageError: The disk is full or refuses; nothing half-made is left.
        DamagedError: A stored keyframe cannot be read or decoded.
    """
    from tqdm.auto import tqdm

    found = find_pictures(wanted, folder)
    if found is not None:
        return found
    path = _path(wanted, folder)
    aside = path.with_name(path.name + ".aside")
    with telling(path):
        folder.mkdir(parents=True, exist_ok=True)
        bar = tqdm(
            total=len(wanted.shot_ids),
            desc="Reading keyframes",
            unit="shot",
            delay=_BAR_AFTER_S,
            leave=False,
            disable=not progress,
        )
        try:
            with bar, aside.open("wb") as file:
                # Written, not mapped: a full disk is an error in write, and a crash in a mapping.
                for _ in _written(catalog, wanted, preprocessing, file.fileno(), threads or _processors()):
                    bar.update()
                os.fsync(file.fileno())
            aside.replace(path)
            sync_folder(folder)
        finally:
            aside.unlink(missing_ok=True)
    made = find_pictures(wanted, folder)
    if made is None:
        raise DamagedError(f"{path} was written and is not whole; run the same again")
    return made


def _written(
    catalog: Catalog, wanted: WantedShots, preprocessing: Preprocessing, file: int, threads: int
) -> Iterator[None]:
    frame_bytes = 3 * wanted.size[0] * wanted.size[1]

    def write(shot_id: str, jpegs: list[bytes], at: int) -> None:
        for place, jpeg in enumerate(jpegs):
            try:
                resized = resized_on_cpu(rgb_of(jpeg), preprocessing)
            except EncoderError as error:
                raise DamagedError(
                    f"a stored keyframe of shot {shot_id} cannot be decoded ({error}); catalog.verify() "
                    "finds all such films and catalog.segment(retry=True) makes them again"
                ) from error
            data = np.ascontiguousarray(resized.transpose(2, 0, 1)).tobytes()
            _write_all(file, data, at + place * frame_bytes)

    at = 0
    waiting: deque[Future[None]] = deque()
    pool = ThreadPoolExecutor(threads, "vidsearch-keyframes")
    try:
        for shot_id, film, number, chosen in zip(
            wanted.shot_ids, wanted.films, wanted.numbers, wanted.chosen, strict=True
        ):
            stored = catalog.films.shot_keyframes(film, number)
            if len(stored) <= chosen[-1]:
                raise DamagedError(f"shot {shot_id} has {len(stored)} stored keyframes; catalog.verify()")
            jpegs = [stored[one][1] for one in chosen]
            waiting.append(pool.submit(write, shot_id, jpegs, at))
            at += len(chosen) * frame_bytes
            # A bounded number in memory, whatever the number of shots.
            while len(waiting) > 4 * threads:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def _write_all(file: int, data: bytes, at: int) -> None:
    left = memoryview(data)
    while left:
        done = os.pwrite(file, left, at)
        left, at = left[done:], at + done


def _spread(count: int, most: int) -> tuple[int, ...]:
    if count <= most:
        return tuple(range(count))
    return tuple(int((place + 0.5) * count / most) for place in range(most))


def _processors() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _path(wanted: WantedShots, folder: Path) -> Path:
    return folder / f"pictures-{wanted.key}.u8"
