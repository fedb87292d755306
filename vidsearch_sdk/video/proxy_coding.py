"""The encoders of a proxy: pictures and sound as samples of an mp4, without delay."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import Any

import av
import numpy as np
from av.audio.frame import AudioFrame
from av.codec.context import Flags
from av.packet import Packet
from av.video.frame import PictureType, VideoFrame
from numpy.typing import NDArray

from vidsearch_sdk.video.clip_pictures import tell_colors
from vidsearch_sdk.video.clip_sound import SOUND_RATE
from vidsearch_sdk.video.fragments import SOUND_SAMPLES, Sample, SoundTrack
from vidsearch_sdk.video.h264 import parameter_sets, sample

AAC_LC = "mp4a.40.2"
"""The codec of the sound as players ask for it (RFC 6381)."""

_SOUND_BIT_RATE = 96_000
_PICTURES = {
    # One picture in, one packet out, in the order of showing; ultrafast would leave the blocks to be seen.
    "preset": "superfast",
    "tune": "zerolatency",
    "profile": "main",
    "threads": "1",
    "crf": "25",
    "maxrate": "900k",
    "bufsize": "600k",
    # Keyframes come where a fragment starts, and nowhere else.
    "g": "1000000",
    "sc_threshold": "0",
    "forced-idr": "1",
}


class PictureCoder:
    """Encodes pictures in H.264, each at once.

    Args:
        width: Even.
        height: Even.
        rate: Frames per second, or None; the encoder counts with it how many bits a frame may have.

    Attributes:
        sps: The sequence parameter set.
        pps: The picture parameter set.
    """

    def __init__(self, width: int, height: int, *, rate: Fraction | None) -> None:
        self._context = av.CodecContext.create("libx264", "w")
        context = self._context
        context.width, context.height, context.pix_fmt = width, height, "yuv420p"
        usual = (rate or Fraction(25)).limit_denominator(1001)
        context.time_base, context.framerate = 1 / usual, usual
        tell_colors(context)
        context.flags |= Flags.global_header
        context.thread_count = 1
        context.options = _PICTURES
        context.open()
        self.sps, self.pps = parameter_sets(context.extradata or b"")
        self._count = 0

    def encode(self, picture: VideoFrame, *, sync: bool) -> bytes:
        """Encode one picture.

        Args:
            picture: In yuv420p, of the size told before; its time is not looked at.
            sync: Whether decoding shall be able to start here.

        Returns:
            The picture as mp4 stores it.
        """
        # The film's own types would force its keyframes on the proxy.
        picture.pict_type = PictureType.I if sync else PictureType.NONE
        # The encoder shares its bits out evenly; true times of a variable rate are the mp4's business.
        picture.pts, picture.time_base = self._count, self._context.time_base
        self._count += 1
        return sample(b"".join(bytes(packet) for packet in self._context.encode(picture)))


class SoundCoder:
    """Encodes sound in AAC, as far as it is asked for.

    Args:
        blocks: Stereo blocks, float32 of shape (2, n), at 48 kHz.
        first: The block before them.
    """

    def __init__(self, blocks: Iterator[NDArray[np.float32]], first: NDArray[np.float32]) -> None:
        self._context = av.CodecContext.create("aac", "w")
        context = self._context
        context.sample_rate, context.layout, context.format = SOUND_RATE, "stereo", "fltp"
        context.bit_rate = _SOUND_BIT_RATE
        context.time_base = Fraction(1, SOUND_RATE)
        context.flags |= Flags.global_header
        context.open()
        self._blocks = blocks
        self._ready: list[Sample] = []
        self._fed = 0
        self._given = 0
        self._ended = False
        self._feed(first)

    @property
    def track(self) -> SoundTrack:
        """What the mp4 says of the sound; its first packet only sets the decoder up."""
        return SoundTrack(SOUND_RATE, self._context.extradata or b"", _SOUND_BIT_RATE, SOUND_SAMPLES)

    def until(self, seconds: float, *, last: bool = False) -> tuple[int, list[Sample]]:
        """Encode on.

        Args:
            seconds: Up to this time from the start.
            last: Whether the pictures end there. Sound then ends with its last whole packet before, so that
                it never makes a loop late.

        Returns:
            Where the packets start, in samples, the first one's priming counted; and the packets.
        """
        # One more than what is heard: the first one is not.
        wanted = 1 + int(seconds * SOUND_RATE / SOUND_SAMPLES) + (not last) - self._given
        while len(self._ready) < wanted and not self._ended:
            block = next(self._blocks, None)
            if block is None:
                self._ended = True
                self._take(self._context.encode(None))
            else:
                self._feed(block)
        packets, self._ready = self._ready[: max(0, wanted)], self._ready[max(0, wanted) :]
        start = self._given * SOUND_SAMPLES
        self._given += len(packets)
        return start, packets

    def _feed(self, block: NDArray[np.float32]) -> None:
        frame = AudioFrame.from_ndarray(np.ascontiguousarray(block), format="fltp", layout="stereo")
        frame.sample_rate, frame.pts, frame.time_base = SOUND_RATE, self._fed, Fraction(1, SOUND_RATE)
        self._fed += block.shape[1]
        self._take(self._context.encode(frame))

    def _take(self, packets: list[Packet[Any]]) -> None:
        self._ready += [Sample(bytes(packet), SOUND_SAMPLES) for packet in packets if packet.size]
