"""What sound a film announces, without decoding any."""

from __future__ import annotations

import os
from dataclasses import dataclass

from vidsearch_sdk.video.opening import open_video


@dataclass(frozen=True, slots=True)
class SoundTrack:
    """One stream of sound.

    Attributes:
        channels: Channels of the stream, 1 or more.
        rate: Samples per second, 1 or more.
    """

    channels: int
    rate: int

    def __post_init__(self) -> None:
        if self.channels < 1 or self.rate < 1:
            raise ValueError(f"{self.channels} channels at {self.rate} samples per second are no sound")


def sound_tracks(path: str | os.PathLike[str]) -> tuple[SoundTrack, ...]:
    """Read the sound streams of a film from its header, in their order; none for a silent film.

    Streams of codecs that are not known here are left out.

    Raises:
        VideoNotFound: There is no such file.
        VideoRejected: It is no film that is decoded here.
        StorageError: The system refuses to read it.
    """
    with open_video(path, threads=1, thread_type="SLICE") as film:
        # PyAV gives a stream of an unknown codec no context.
        contexts = [stream.codec_context for stream in film.container.streams.audio]
        found = [(context.channels, context.sample_rate) for context in contexts if context is not None]
    return tuple(SoundTrack(channels, rate) for channels, rate in found if channels > 0 and rate > 0)
