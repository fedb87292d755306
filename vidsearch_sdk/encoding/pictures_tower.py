"""Pictures to unit vectors: decoding, batches and the vision tower on one device."""

from __future__ import annotations

import logging
import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from functools import partial

import numpy as np
import torch
from numpy.typing import NDArray

from vidsearch_sdk.encoding.batches import ReadAhead
from vidsearch_sdk.encoding.devices import is_out_of_memory
from vidsearch_sdk.encoding.packed import pack_for_cpu
from vidsearch_sdk.encoding.pictures import rgb_of
from vidsearch_sdk.encoding.preprocessing import Preprocessing
from vidsearch_sdk.encoding.protocol import Picture
from vidsearch_sdk.encoding.resizing import resized_on_cpu, resized_on_device
from vidsearch_sdk.errors import EncoderError

_LOG = logging.getLogger("vidsearch_sdk")
_BATCH = {"cpu": 16, "cuda": 256}
_IN_FLIGHT = 2  # batches whose vectors have not come back from a GPU yet

Bundle = list[tuple[list[int], torch.Tensor]]
"""Pictures of one size together: their places in the bundle, and uint8 (n, h, w, 3)."""


class PicturesTower:
    """The picture side of a model on its device.

    Args:
        model: open_clip's module, already there in the number format to use.
        preprocessing: The model's own.
        device: Where the model lies.
        dtype: Its number format.
        dim: Numbers per vector.
        batch_size: Pictures at once; halved for good when memory runs out.
    """

    def __init__(
        self,
        model: torch.nn.Module,
        preprocessing: Preprocessing,
        *,
        device: torch.device,
        dtype: torch.dtype,
        dim: int,
        batch_size: int | None,
    ) -> None:
        if batch_size is not None and batch_size < 1:
            raise EncoderError(f"batch_size={batch_size}; 1 or more is needed")
        self.batch_size = batch_size or _BATCH.get(device.type, 32)
        self._encode: Callable[[torch.Tensor], torch.Tensor] = model.encode_image  # type: ignore[assignment]
        self._preprocessing = preprocessing
        self._device = device
        self._dtype = dtype
        self._dim = dim
        self._on_cpu = device.type == "cpu"
        self.packed = self._on_cpu and pack_for_cpu(model.get_submodule("visual"), self._example())

    def __call__(self, pictures: Iterable[Picture]) -> NDArray[np.float32]:
        """Return float32 (n, dim), unit rows; only vectors are kept of what was read."""
        with torch.inference_mode():
            parts = list(self._stream(pictures))
        return np.concatenate(parts) if parts else np.zeros((0, self._dim), np.float32)

    def _stream(self, pictures: Iterable[Picture]) -> Iterator[NDArray[np.float32]]:
        threads = torch.get_num_threads() if self._on_cpu else min(32, os.cpu_count() or 1)
        # Two bundles per thread on the CPU, so that no thread waits long for the other at the end of a batch.
        pieces = 2 * threads if self._on_cpu else max(1, self.batch_size // 8)
        bundle = max(1, -(-self.batch_size // pieces))
        read_ahead: ReadAhead[Picture, Bundle] = ReadAhead(
            self._prepare,
            bundle=bundle,
            group=max(1, self.batch_size // bundle),
            ahead=0 if self._on_cpu else 2,
            threads=threads,
        )
        groups = read_ahead(pictures)
        return self._on_this_cpu(groups) if self._on_cpu else self._on_accelerator(groups)

    def _on_this_cpu(self, groups: Iterator[list[Bundle]]) -> Iterator[NDArray[np.float32]]:
        for group in groups:
            batch = torch.cat([part for bundle in group for _, part in bundle])
            yield self._vectors(batch).numpy()

    def _on_accelerator(self, groups: Iterator[list[Bundle]]) -> Iterator[NDArray[np.float32]]:
        # Vectors are collected two batches late: waiting for each at once would leave the device idle while
        # the next batch is being launched.
        late: deque[Callable[[], NDArray[np.float32]]] = deque()
        on_cuda = self._device.type == "cuda"
        copies = torch.cuda.Stream(self._device) if on_cuda else None  # type: ignore[no-untyped-call]
        for group in groups:
            vectors = self._vectors(self._moved(group, copies))
            late.append(_coming(vectors, on_cuda))
            if len(late) > _IN_FLIGHT:
                yield late.popleft()()
        while late:
            yield late.popleft()()

    def _moved(self, group: list[Bundle], copies: torch.cuda.Stream | None) -> torch.Tensor:
        """Copy a group to the device and resize it there: (n, height, width, 3), values 0 to 255."""
        resized = []
        for bundle in group:
            places = [place for places, _ in bundle for place in places]
            parts = []
            for _, pictures in bundle:
                if copies is None:
                    there = pictures.to(self._device)
                else:
                    with torch.cuda.stream(copies):
                        there = pictures.to(self._device, non_blocking=True)
                    current = torch.cuda.current_stream(self._device)
                    current.wait_stream(copies)
                    # Allocated on one stream and used on another: the allocator has to know.
                    there.record_stream(current)
                parts.append(resized_on_device(there, self._preprocessing))
            whole = torch.cat(parts)
            in_order = places == sorted(places)
            resized.append(whole if in_order else whole[torch.tensor(places).argsort().to(self._device)])
        return torch.cat(resized)

    def _prepare(self, pictures: list[Picture], position: int) -> Bundle:
        """Decode a few pictures; on the CPU resize them too. Runs in the decoding threads."""
        decoded = [rgb_of(picture, position + number) for number, picture in enumerate(pictures)]
        if self._on_cpu:
            # Copied by NumPy, not by PyTorch, which would start a team of threads for it in every thread.
            resized = np.stack([resized_on_cpu(picture, self._preprocessing) for picture in decoded])
            return [(list(range(len(decoded))), torch.from_numpy(resized))]
        by_size: dict[tuple[int, ...], list[int]] = {}
        for number, picture in enumerate(decoded):
            by_size.setdefault(picture.shape, []).append(number)
        bundle = []
        for numbers in by_size.values():
            stacked = torch.from_numpy(np.stack([decoded[number] for number in numbers]))
            bundle.append((numbers, stacked.pin_memory() if self._device.type == "cuda" else stacked))
        return bundle

    def _vectors(self, pictures: torch.Tensor) -> torch.Tensor:
        """Return f32 unit rows for resized pictures; halves the batch when memory runs out."""
        parts = []
        start = 0
        while start < len(pictures):
            some = pictures[start : start + self.batch_size]
            # The error is handled outside of "except", or its traceback would keep the memory alive.
            result = self._attempt(some)
            if result is None:
                self._halve(len(some))
                continue
            parts.append(result)
            start += len(some)
        return parts[0] if len(parts) == 1 else torch.cat(parts)

    def _attempt(self, pictures: torch.Tensor) -> torch.Tensor | None:
        try:
            ready = self._preprocessing.normalized(pictures, self._dtype)
            return torch.nn.functional.normalize(self._encode(ready).float(), dim=-1)
        except RuntimeError as error:
            if not is_out_of_memory(error):
                raise
        return None

    def _halve(self, tried: int) -> None:
        if tried <= 1:
            raise EncoderError(
                f"not even one picture fits into the memory of {self._device}: "
                "take a smaller model, dtype='bf16' or device='cpu'"
            )
        self.batch_size = max(1, min(self.batch_size, tried) // 2)
        _LOG.warning("out of memory on %s: going on with batches of %d", self._device, self.batch_size)
        if self._device.type == "cuda":
            torch.cuda.empty_cache()

    def _example(self) -> torch.Tensor:
        height, width = self._preprocessing.size
        generator = torch.Generator().manual_seed(0)
        values = torch.randint(0, 256, (2, height, width, 3), generator=generator, dtype=torch.uint8)
        return self._preprocessing.normalized(values, self._dtype)


def _coming(vectors: torch.Tensor, on_cuda: bool) -> Callable[[], NDArray[np.float32]]:
    """Start copying vectors back; on CUDA the result waits for them, and for nothing launched after them."""
    if not on_cuda:
        return partial(_rows, vectors)
    host = torch.empty(vectors.shape, dtype=vectors.dtype, pin_memory=True)
    host.copy_(vectors, non_blocking=True)
    arrived = torch.cuda.Event()  # type: ignore[no-untyped-call]
    arrived.record()
    return partial(_rows, host, arrived)


def _rows(vectors: torch.Tensor, arrived: torch.cuda.Event | None = None) -> NDArray[np.float32]:
    if arrived is not None:
        arrived.synchronize()
    rows: NDArray[np.float32] = vectors.cpu().numpy()
    return rows
