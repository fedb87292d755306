"""Batches of shots with their captions: a pure function of seed and number, gathered one ahead."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from vidsearch_sdk.learning.augmentation import Augmentation, Changes, changed
from vidsearch_sdk.learning.shots import ShotPictures
from vidsearch_sdk.learning.truths import Truths

_WAIT_S = 0.05


@dataclass(frozen=True)
class ShotBatch:
    """Shots with one caption each.

    Attributes:
        pictures: uint8 (f, 3, height, width): frames of all shots, in order.
        counts: int64 (n,): frames of each shot; they add up to f.
        tokens: int64 (n, context): the captions.
        shots: int64 (n,): number of each shot.
        texts: int64 (n,): number of each caption. Pairs (i, j), i != j, with the same shot or the same text
            are no negatives.
        fits: bool (m, m) over the whole batch of all processes: where caption j is true of shot i all the
            same; None where none is known.
    """

    pictures: Tensor
    counts: Tensor
    tokens: Tensor
    shots: Tensor
    texts: Tensor
    fits: Tensor | None = None

    def __post_init__(self) -> None:
        lengths = {len(self.counts), len(self.tokens), len(self.shots), len(self.texts)}
        if len(lengths) != 1 or self.pictures.ndim != 4:
            raise ValueError(
                f"a batch of {len(self.counts)} shots needs as many captions: given {sorted(lengths)}"
            )

    def __len__(self) -> int:
        return len(self.counts)

    def pinned(self) -> ShotBatch:
        """The same batch in memory that a GPU copies from while it works."""
        return replace(self, pictures=self.pictures.pin_memory(), tokens=self.tokens.pin_memory())


@dataclass(frozen=True)
class Captioned:
    """Which caption goes with which shot.

    Attributes:
        pictures: Frames of the shots.
        texts: The captions, each once.
        tokens: int64 (texts, templates, context): each caption in each of the encoder's templates.
        shot_of: int64 (rows,): number of each row's shot in ``pictures``.
        text_of: int64 (rows,): number of each row's caption in ``texts``.
    """

    pictures: ShotPictures
    texts: tuple[str, ...]
    tokens: Tensor
    shot_of: npt.NDArray[np.int64]
    text_of: npt.NDArray[np.int64]

    def __post_init__(self) -> None:
        if len(self.shot_of) != len(self.text_of) or len(self.tokens) != len(self.texts):
            raise ValueError("each row needs a shot and a caption, and each caption its tokens")
        if not len(self.shot_of):
            raise ValueError("there is no row")

    def __len__(self) -> int:
        return len(self.shot_of)


class Batches:
    """Draws and gathers batches.

    Rows come in an order of their own in every epoch, without a gap between epochs, so that all batches have
    the same size. What batch number b holds hangs on the seed and b alone: neither a resumed run nor another
    number of processes needs any state.

    Args:
        rows: What there is.
        size: Rows of a batch, over all processes.
        seed: Decides order, templates and changes.
        augmentation: How pictures are changed; None leaves them as they are.
        own: The contiguous part of each batch that this process takes; None for all.
        threads: Threads that change pictures.
    """

    def __init__(
        self,
        rows: Captioned,
        *,
        size: int,
        seed: int,
        augmentation: Augmentation | None = None,
        own: slice | None = None,
        threads: int = 1,
    ) -> None:
        if size < 1:
            raise ValueError(f"size={size}: a batch has 1 row or more")
        self.size = size
        self._rows = rows
        self._seed = seed
        self._augmentation = augmentation
        self._own = own or slice(0, size)
        self._threads = threads
        self._truths = Truths(rows.texts, rows.shot_of, rows.text_of)
        self._orders: dict[int, npt.NDArray[np.int64]] = {}

    def rows_of(self, number: int) -> npt.NDArray[np.int64]:
        """Numbers of the rows of the whole batch, over all processes: int64 (size,)."""
        count = len(self._rows)
        places = np.arange(number * self.size, (number + 1) * self.size)
        epochs, within = places // count, places % count
        rows = np.empty(self.size, np.int64)
        for epoch in np.unique(epochs):
            here = epochs == epoch
            rows[here] = self._order(int(epoch))[within[here]]
        return rows

    def _order(self, epoch: int) -> npt.NDArray[np.int64]:
        found = self._orders.get(epoch)
        if found is None:
            if len(self._orders) > 4:
                self._orders.clear()
            random = np.random.default_rng([self._seed, epoch, 0])
            found = self._orders[epoch] = random.permutation(len(self._rows))
        return found

    def __call__(self, number: int) -> ShotBatch:
        """Gather this process's part of a batch."""
        rows = self.rows_of(number)
        shots, texts = self._rows.shot_of[rows], self._rows.text_of[rows]
        changes = None
        if self._augmentation is not None:
            said = [self._rows.texts[text] for text in texts]
            changes = self._augmentation.draw(said, seed=self._seed, number=number)
        templates = np.random.default_rng([self._seed, number, 2]).integers(
            self._rows.tokens.shape[1], size=self.size
        )
        places = range(self.size)[self._own]
        own_texts = torch.from_numpy(texts[self._own])
        own_templates = torch.from_numpy(templates[self._own])
        pictures, counts = gather(
            self._rows.pictures, shots[self._own], changes=changes, first=places.start, threads=self._threads
        )
        return ShotBatch(
            pictures,
            counts,
            self._rows.tokens[own_texts, own_templates],
            torch.from_numpy(shots[self._own].copy()),
            own_texts.clone(),
            torch.from_numpy(self._truths.fits(shots, texts)),
        )


def gather(
    pictures: ShotPictures,
    shots: npt.NDArray[np.int64] | Sequence[int],
    *,
    changes: Changes | None = None,
    first: int = 0,
    threads: int = 1,
) -> tuple[Tensor, Tensor]:
    """Copy the frames of some shots into one tensor.

    Args:
        pictures: All frames.
        shots: Numbers of the shots wanted.
        changes: What is done to them; None for nothing.
        first: Which of the changes is the first shot's.
        threads: Threads that change pictures.

    Returns:
        uint8 (f, 3, height, width) and int64 counts (n,).
    """
    numbers = np.asarray(shots, np.int64)
    counts = pictures.counts[numbers]
    ends = np.cumsum(counts)
    out = np.empty((int(counts.sum()), *pictures.frames.shape[1:]), np.uint8)

    def copy(place: int) -> None:
        there = out[ends[place] - counts[place] : ends[place]]
        if changes is None:
            there[...] = pictures.of(int(numbers[place]))
        else:
            changed(pictures.of(int(numbers[place])), changes, first + place, out=there)

    several = changes is not None and threads > 1
    with ThreadPoolExecutor(threads, "vidsearch-gather") if several else nullcontext() as pool:
        for _ in (pool.map if pool is not None else map)(copy, range(len(numbers))):
            pass
    return torch.from_numpy(out), torch.from_numpy(counts.copy())


def read_ahead(
    make: Callable[[int], ShotBatch], first: int, stop: int, *, pinned: bool = False
) -> Iterator[ShotBatch]:
    """Yield the batches from number ``first`` up to ``stop``; a thread gathers one ahead of the one in use.

    Args:
        make: Gathers a batch by its number; its errors are raised here, in their place.
        first: Number of the first batch.
        stop: Number of the first batch that is not wanted.
        pinned: Put them into memory that a GPU copies from while it works.
    """
    ready: queue.Queue[ShotBatch | BaseException] = queue.Queue(maxsize=1)
    stopped = threading.Event()

    def work() -> None:
        for number in range(first, stop):
            made: ShotBatch | BaseException
            try:
                made = make(number)
                made = made.pinned() if pinned else made
            except BaseException as error:
                made = error
            while not stopped.is_set():
                try:
                    ready.put(made, timeout=_WAIT_S)
                except queue.Full:
                    continue
                break
            if stopped.is_set() or isinstance(made, BaseException):
                return

    thread = threading.Thread(target=work, name="vidsearch-batches", daemon=True)
    thread.start()
    try:
        for _ in range(first, stop):
            batch = ready.get()
            if isinstance(batch, BaseException):
                raise batch
            yield batch
    finally:
        stopped.set()
        thread.join(timeout=5.0)
