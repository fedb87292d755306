"""The sound of a span of a film: cut to the sample, silence where it is missing or damaged."""

from __future__ import annotations

import os
from collections.abc import Iterator

import av
import numpy as np
from av.audio.frame import AudioFrame
from av.audio.resampler import AudioResampler
from av.stream import Discard
from numpy.typing import NDArray

from vidsearch_sdk.errors import VideoError
from vidsearch_sdk.video.opening import open_video

SOUND_RATE = 48_000
_LEAD_IN_S = 1.0  # decoders of AAC and Opus need some packets before they are right
_JITTER_S = 0.05  # smaller gaps and overlaps are rounding of the container's clock
_ERRORS_IN_A_ROW = 500
_BLOCK = 4096


def sound_of(path: str | os.PathLike[str], start_s: float, end_s: float) -> Iterator[NDArray[np.float32]]:
    """Decode the sound between two times of a film's clock.

    Damaged packets become silence; a film without sound that can be decoded gives nothing.

    Args:
        path: The film.
        start_s: First time, in seconds of the film's clock.
        end_s: Time at which the span ends.

    Yields:
        Stereo blocks, float32 of shape (2, n), at 48 kHz; together exactly the span, if it holds any sound.
    """
    total = round((end_s - start_s) * SOUND_RATE)
    given = 0
    for place, samples in _placed(path, start_s, end_s):
        if place - given > (_JITTER_S * SOUND_RATE if given else 0):
            for silence in _silence(min(place, total) - given):
                given += silence.shape[1]
                yield silence
        elif given - place > _JITTER_S * SOUND_RATE:
            samples = samples[:, given - place :]
        # After the first block, small steps of the clock are not worth a click.
        samples = samples[:, : total - given]
        if samples.shape[1]:
            given += samples.shape[1]
            yield samples
        if given >= total:
            return
    if given:
        yield from _silence(total - given)


def _placed(
    path: str | os.PathLike[str], start_s: float, end_s: float
) -> Iterator[tuple[int, NDArray[np.float32]]]:
    """Give decoded blocks with the sample of the span at which each starts, those before it left out."""
    try:
        with open_video(path, threads=1, thread_type="SLICE") as film:
            stream = next((s for s in film.container.streams.audio if s.codec_context is not None), None)
            if stream is None or not stream.time_base:
                return
            for other in film.container.streams:
                if other.index != stream.index:
                    other.discard = Discard.all
            origin = film.container.start_time
            lead_in = round((start_s - _LEAD_IN_S) * av.time_base)
            if origin is None or lead_in > origin:
                film.container.seek(lead_in, backward=True)
            resampler = AudioResampler(format="fltp", layout="stereo", rate=SOUND_RATE)
            errors = 0
            packets = film.container.demux(stream)
            while errors < _ERRORS_IN_A_ROW:
                try:
                    packet = next(packets)
                    frames = packet.decode()
                    blocks = [b for f in frames if isinstance(f, AudioFrame) for b in resampler.resample(f)]
                except StopIteration:
                    return
                except (av.FFmpegError, ValueError):
                    errors += 1
                    packets = film.container.demux(stream)
                    continue
                errors = 0
                for block in blocks:
                    if block.pts is None or block.time is None:
                        continue
                    if block.time >= end_s:
                        return
                    place = round((block.time - start_s) * SOUND_RATE)
                    samples = block.to_ndarray()
                    if place < 0:
                        place, samples = 0, samples[:, -place:]
                    if samples.shape[1]:
                        yield place, np.nan_to_num(samples.astype(np.float32, copy=False))
    except (VideoError, av.FFmpegError):
        return  # a clip without its sound is still the clip


def _silence(samples: int) -> Iterator[NDArray[np.float32]]:
    while samples > 0:
        block = min(samples, _BLOCK)
        yield np.zeros((2, block), np.float32)
        samples -= block
