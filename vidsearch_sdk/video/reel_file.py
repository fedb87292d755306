"""The file of a reel: pictures at one rate and one sound, side by side, in what every player takes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from fractions import Fraction
from pathlib import Path
from types import TracebackType
from typing import Self

import av
import numpy as np
from av.audio.frame import AudioFrame
from av.video.frame import PictureType, VideoFrame
from numpy.typing import NDArray

from vidsearch_sdk.video.clip_pictures import tell_colors
from vidsearch_sdk.video.clip_sound import SOUND_RATE

_SOUND_BIT_RATE = 192_000
_KEYFRAME_EVERY_S = 2


class ReelFile:
    """Writes H.264 (yuv420p, High profile, BT.709, no frame out of order) and AAC (stereo, 48 kHz) as mp4.

    A context manager; the index goes to the front when it ends.

    Args:
        path: File to write.
        size: Width and height in pixels, both even.
        rate: Frames per second.
        sound: Stereo blocks, float32 of shape (2, n) at 48 kHz, as long as the pictures will be.
        crf: x264's constant rate factor.
        preset: x264's effort.

    Attributes:
        frames: Pictures written so far.
        rate: Frames per second.
    """

    def __init__(
        self,
        path: Path,
        *,
        size: tuple[int, int],
        rate: Fraction,
        sound: Iterator[NDArray[np.float32]],
        crf: int,
        preset: str,
    ) -> None:
        self.frames = 0
        self.rate = rate
        self._sound = sound
        self._spoken = 0
        options = {
            "crf": str(crf),
            "preset": preset,
            "profile": "high",
            # Frames in the order in which they are shown need no edit list, which some players pass over.
            "bf": "0",
            "g": str(max(1, round(rate * _KEYFRAME_EVERY_S))),
        }
        self._container = av.open(str(path), "w", format="mp4", options={"movflags": "+faststart"})
        self._video = self._container.add_stream("libx264", rate=rate, options=options)
        self._video.width, self._video.height = size
        self._video.pix_fmt = "yuv420p"
        context = self._video.codec_context
        self._video.time_base = context.time_base = 1 / rate
        tell_colors(context)
        self._audio = self._container.add_stream("aac", rate=SOUND_RATE, layout="stereo")
        self._audio.bit_rate = _SOUND_BIT_RATE

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is None:
            self._container.close()
        else:
            with suppress(OSError, av.FFmpegError):
                self._container.close()

    def add(self, picture: VideoFrame, *, times: int, opens: bool) -> None:
        """Add a picture.

        Args:
            picture: yuv420p in the reel's size.
            times: For how many frames it is shown.
            opens: Whether it is the first of a part: players then go to it at once.
        """
        for time in range(times):
            picture.pts, picture.time_base = self.frames, 1 / self.rate
            # A film's own types would force its keyframes on the reel.
            picture.pict_type = PictureType.I if opens and time == 0 else PictureType.NONE
            self._container.mux(self._video.encode(picture))
            self.frames += 1
            # Tracks are fed side by side, so that the muxer need not hold one back for the other.
            self._speak()

    def finish(self) -> None:
        """Write what the encoders hold back."""
        self._container.mux(self._video.encode(None))
        self._speak()
        if self._spoken:
            self._container.mux(self._audio.encode(None))

    def _speak(self) -> None:
        until = round(self.frames / self.rate * SOUND_RATE)
        while self._spoken < until:
            block = next(self._sound, None)
            if block is None:
                return
            sound = AudioFrame.from_ndarray(np.ascontiguousarray(block), format="fltp", layout="stereo")
            sound.sample_rate, sound.pts, sound.time_base = SOUND_RATE, self._spoken, Fraction(1, SOUND_RATE)
            self._container.mux(self._audio.encode(sound))
            self._spoken += block.shape[1]
