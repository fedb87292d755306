"""A span of a file of the user's own, decoded in a child as carefully as any film."""

from __future__ import annotations

import contextlib
import math
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Literal

from vidsearch_sdk.errors import DecodeError, VideoNotFound, VideoRejected
from vidsearch_sdk.ingest.decoder_process import DecoderProcess
from vidsearch_sdk.ingest.limits import Limits
from vidsearch_sdk.ingest.messages import MessageError, Scalar


@contextlib.contextmanager
def decoded_span(
    kind: Literal["clip", "signature"],
    path: str | Path,
    start_s: float | None,
    end_s: float | None,
    *,
    threads: int,
    limits: Limits | None,
) -> Iterator[tuple[Mapping[str, Scalar], Path]]:
    """Let a child decode a span, and hold the folder of its tables until the block ends.

    Args:
        kind: The child's job.
        path: A video file; it need not be in any catalog.
        start_s: Where the span starts, in seconds of the container's own clock; the file's start when
            ``None``.
        end_s: Where it ends, exclusive; the file's end when ``None``.
        threads: Decoding threads.
        limits: What decoding may cost.

    Yields:
        What the child measured, and the folder. A `MessageError` raised in the block becomes a `DecodeError`.

    Raises:
        ValueError: The span is empty or no number.
        VideoNotFound: No such file.
        VideoRejected: No video that is decoded here.
        DecodeError: Decoding hung or died, or the child answered with nonsense.
        ExecutorError: No decoding process can be started.
    """
    for name, value in (("start_s", start_s), ("end_s", end_s)):
        if value is not None and not math.isfinite(value):
            raise ValueError(f"{name}={value!r} is no time in seconds")
    if start_s is not None and end_s is not None and start_s >= end_s:
        raise ValueError(f"start_s={start_s} must lie before end_s={end_s}")
    file = Path(path).expanduser().absolute()
    if not file.exists():
        raise VideoNotFound(f"{path}: no such file")
    job = {"kind": kind, "path": str(file), "start_s": start_s, "end_s": end_s}
    with (
        DecoderProcess(limits=limits) as decoder,
        decoder.run(job, path=file, threads=threads) as (ending, folder),
    ):
        if ending.status == "rejected":
            raise VideoRejected(ending.error)
        if ending.done is None:
            raise DecodeError(f"{file.name}: {ending.error}")
        try:
            yield ending.done.measured, folder
        except MessageError as error:
            raise DecodeError(f"{file.name}: the decoder answered with {error}") from error
