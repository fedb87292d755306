"""Write pictures, and with them sound and subtitles, as an mp4 that every player plays."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from types import TracebackType

import av
import numpy as np
import numpy.typing as npt

_SUBTITLE_BASE = Fraction(1, 1000)
# The muxer asks for the header that FFmpeg's own encoder would make; players take the look from here.
_SUBTITLE_HEADER = (
    b"[Script Info]\nScriptType: v4.00+\n\n[V4+ Styles]\nFormat: Name, Fontname, Fontsize\n"
    b"Style: Default,Arial,16\n\n[Events]\n"
    b"Format: Layer, Start, End, Style, Name, MarginL, MarginR, MarginV, Effect, Text\n"
)
_AUDIO_BLOCK = 1024


@dataclass(frozen=True)
class Sound:
    """The sound of a film.

    Attributes:
        samples: Mono, float32 of shape (n,), in [-1, 1].
        rate: Samples per second.
        bit_rate: Bits per second of the AAC track.
    """

    samples: npt.NDArray[np.float32]
    rate: int = 22_050
    bit_rate: int = 32_000


@dataclass(frozen=True)
class Subtitles:
    """A text track inside the file.

    Attributes:
        lines: (start in seconds, end in seconds, text), in order and not overlapping.
        language: Three letters of ISO 639-2, as mp4 stores them.
    """

    lines: Sequence[tuple[float, float, str]]
    language: str = "und"


class VideoWriter:
    """Writes an H.264 mp4 (yuv420p, index in front), frame by frame; the same input gives the same pictures.

    Args:
        path: File to write; replaced if it exists.
        width: Width in pixels, even.
        height: Height in pixels, even.
        rate: Frames per second.
        crf: x264's constant rate factor: lower is better and larger.
        preset: x264's effort.
        sound: The sound track, if any.
        subtitles: Text tracks, if any.
        options: Further x264 options, such as ``{"g": "48"}``.

    Raises:
        ValueError: An odd width or height, which yuv420p does not have.

    Examples:
        >>> import tempfile
        >>> path = Path(tempfile.mkdtemp()) / "film.mp4"
        >>> with VideoWriter(path, width=64, height=36, rate=Fraction(24)) as writer:
        ...     writer.write(np.zeros((36, 64, 3), np.uint8))
        >>> path.stat().st_size > 0
        True
    """

    def __init__(
        self,
        path: Path,
        *,
        width: int,
        height: int,
        rate: Fraction,
        crf: int = 23,
        preset: str = "medium",
        sound: Sound | None = None,
        subtitles: Sequence[Subtitles] = (),
        options: dict[str, str] | None = None,
    ) -> None:
        if width % 2 or height % 2 or width <= 0 or height <= 0:
            raise ValueError(f"width and height must be even and above 0, not {width} x {height}")
        self._size = (height, width)
        self._rate = rate
        self._frames = 0
        self._container = av.open(str(path), "w", format="mp4", options={"movflags": "+faststart"})
        # More threads cut a picture into other slices: the file would depend on the machine.
        chosen = {"crf": str(crf), "preset": preset, "threads": "1", **(options or {})}
        self._video = self._container.add_stream("libx264", rate=rate, options=chosen)
        self._video.width, self._video.height, self._video.pix_fmt = width, height, "yuv420p"
        self._video.thread_count = 1
        self._sound = sound
        self._spoken = 0
        if sound is not None:
            self._audio = self._container.add_stream("aac", rate=sound.rate, layout="mono")
            self._audio.bit_rate = sound.bit_rate
        self._texts = []
        for track in subtitles:
            stream = self._container.add_stream("mov_text")
            stream.time_base = _SUBTITLE_BASE
            stream.metadata["language"] = track.language
            stream.codec_context.subtitle_header = _SUBTITLE_HEADER
            self._texts.append((stream, list(track.lines)))

    def __enter__(self) -> VideoWriter:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def write(self, rgb: npt.NDArray[np.uint8]) -> None:
        """Add one frame.

        Args:
            rgb: Picture, uint8 of shape (height, width, 3).

        Raises:
            ValueError: A picture of another shape.
        """
        if rgb.shape != (*self._size, 3):
            raise ValueError(f"every frame has the shape {(*self._size, 3)}: given {rgb.shape}")
        frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(rgb), format="rgb24")
        frame.pts, frame.time_base = self._frames, 1 / self._rate
        # Tracks are fed side by side, so that the muxer need not hold one back for another.
        self._write_others(until_s=float(self._frames / self._rate))
        self._container.mux(self._video.encode(frame))
        self._frames += 1

    def close(self) -> None:
        """Finish the file. Sound and lines end with the last frame."""
        end_s = float(self._frames / self._rate)
        self._write_others(until_s=end_s)
        if self._frames:
            self._container.mux(self._video.encode(None))
        if self._sound is not None and self._spoken:
            self._container.mux(self._audio.encode(None))
        self._container.close()

    def _write_others(self, *, until_s: float) -> None:
        if self._sound is not None:
            last = min(len(self._sound.samples), int(until_s * self._sound.rate))
            while last - self._spoken >= _AUDIO_BLOCK:
                block = self._sound.samples[self._spoken : self._spoken + _AUDIO_BLOCK]
                frame = av.AudioFrame.from_ndarray(
                    np.ascontiguousarray(block[None, :]), format="fltp", layout="mono"
                )
                frame.sample_rate, frame.pts, frame.time_base = (
                    self._sound.rate,
                    self._spoken,
                    Fraction(1, self._sound.rate),
                )
                self._container.mux(self._audio.encode(frame))
                self._spoken += _AUDIO_BLOCK
        for stream, lines in self._texts:
            while lines and lines[0][0] <= until_s:
                start_s, end_s, text = lines.pop(0)
                encoded = text.encode()
                # A sample of mov_text is the text behind its length in two bytes (ISO/IEC 14496-17).
                packet = av.Packet(len(encoded).to_bytes(2, "big") + encoded)
                packet.stream, packet.time_base = stream, _SUBTITLE_BASE
                packet.pts = packet.dts = round(start_s * 1000)
                packet.duration = round((end_s - start_s) * 1000)
                self._container.mux(packet)
