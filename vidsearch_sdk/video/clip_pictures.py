"""Full-size pictures as clips show them: upright, square pixels, even sides, no combs, standard range."""

from __future__ import annotations

import errno
import tempfile
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import numpy as np
from av.error import FFmpegError
from av.filter import Graph
from av.filter.context import FilterContext
from av.video.codeccontext import VideoCodecContext
from av.video.frame import VideoFrame

from vidsearch_sdk.video.keyframe_pictures import FIRST_HD_ROWS, UNSPECIFIED_MATRIX, scaled_size
from vidsearch_sdk.video.probe import VideoInfo
from vidsearch_sdk.video.tone import ToneMap

_BT709 = 1  # ITU-T H.273, for primaries, transfer and matrix alike
_LIMITED_RANGE = 1
_LUT_SIDE = (
    33  # points along each color of the tone-mapping table; 65 changes pixels by 0.1 of 255 and takes 1.5 s
)


class ClipPictures:
    """Turns decoded pictures into pictures that a player shows as they are, through FFmpeg's own filters.

    Args:
        info: What is known of the film.
        short_side: Pixels of the shorter side at most; None keeps the film's.
        canvas: Width and height of every picture given, both even: the film's are made as large as fit, and
            stand in the middle between black bars. Excludes ``short_side``.

    Attributes:
        width: Of every picture given, even.
        height: Of every picture given, even.
    """

    def __init__(
        self, info: VideoInfo, *, short_side: int | None = None, canvas: tuple[int, int] | None = None
    ) -> None:
        self._info = info
        self._canvas = canvas
        sideways = info.rotation in (90, 270)
        if canvas is not None:
            fitted = fitted_size(info.width, info.height, canvas)
            self._scaled = fitted[::-1] if sideways else fitted
            self.width, self.height = canvas
        else:
            limit = short_side or max(info.width, info.height)
            shown = scaled_size(info.coded_width, info.coded_height, info.pixel_aspect, short_side=limit)
            # H.264 in 4:2:0 has no odd sides.
            self._scaled = (shown[0] + shown[0] % 2, shown[1] + shown[1] % 2)
            self.width, self.height = self._scaled[::-1] if sideways else self._scaled
        self._graph: Graph | None = None
        self._made_for: tuple[int, int, str] | None = None
        self._table: Path | None = None

    def __enter__(self) -> ClipPictures:
        return self

    def __exit__(self, *_: object) -> None:
        self._graph = None
        if self._table is not None:
            self._table.unlink(missing_ok=True)

    def feed(self, picture: VideoFrame) -> Iterator[VideoFrame]:
        """Put one picture in and give what comes out; deinterlacing holds one back.

        Args:
            picture: A decoded picture with its final ``pts``.

        Yields:
            Pictures in yuv420p, BT.709, limited range, with the ``pts`` that went in.
        """
        shape = (picture.width, picture.height, picture.format.name)
        if shape != self._made_for:
            # A film may change its size on the way.
            yield from self.finish()
            self._graph = self._build(picture)
            self._made_for = shape
        assert self._graph is not None
        self._graph.vpush(picture)
        yield from self._drain()

    def finish(self) -> Iterator[VideoFrame]:
        """Give what is still held back."""
        if self._graph is not None:
            self._graph.vpush(None)
            yield from self._drain()
        self._graph = self._made_for = None

    def _drain(self) -> Iterator[VideoFrame]:
        assert self._graph is not None
        while True:
            try:
                yield self._graph.vpull()
            except (FFmpegError, EOFError) as error:
                if isinstance(error, EOFError) or getattr(error, "errno", 0) == errno.EAGAIN:
                    return
                raise

    def _build(self, picture: VideoFrame) -> Graph:
        info = self._info
        graph = Graph()
        chain = [
            graph.add(
                "buffer",
                video_size=f"{picture.width}x{picture.height}",
                pix_fmt=picture.format.name,
                time_base=str(info.time_base),
                pixel_aspect="1/1",
                colorspace=str(int(picture.colorspace)),
                range=str(int(picture.color_range)),
            )
        ]
        if info.interlaced:
            chain.append(graph.add("bwdif", "mode=send_frame:deint=interlaced"))
        width, height = self._scaled
        matrix = "bt2020" if info.hdr else _matrix(picture)
        if info.hdr:
            chain += [
                graph.add("scale", f"{width}:{height}:flags=bicubic:in_color_matrix={matrix}"),
                graph.add("format", "gbrp16le"),
                graph.add("lut3d", file=self._tone_table(), interp="tetrahedral"),
                graph.add("scale", "out_color_matrix=bt709:out_range=tv"),
            ]
        else:
            chain.append(
                graph.add(
                    "scale",
                    f"{width}:{height}:flags=bicubic:in_color_matrix={matrix}:out_color_matrix=bt709:out_range=tv",
                )
            )
        chain.append(graph.add("format", "yuv420p"))
        if info.mirrored:
            chain.append(graph.add("hflip"))
        turns = {90: ["clock"], 180: ["clock", "clock"], 270: ["cclock"], 0: []}[info.rotation]
        chain += [graph.add("transpose", f"dir={turn}") for turn in turns]
        chain += self._bars(graph)
        chain += [graph.add("setsar", "1"), graph.add("settb", str(info.time_base)), graph.add("buffersink")]
        graph.link_nodes(*chain)
        graph.configure()
        return graph

    def _bars(self, graph: Graph) -> list[FilterContext]:
        if self._canvas is None:
            return []
        width, height = self._scaled[::-1] if self._info.rotation in (90, 270) else self._scaled
        left, top = (self.width - width) // 4 * 2, (self.height - height) // 4 * 2
        if (width, height) == self._canvas:
            return []
        return [graph.add("pad", f"{self.width}:{self.height}:{left}:{top}:black")]

    def _tone_table(self) -> str:
        if self._table is None:
            with tempfile.NamedTemporaryFile("w", suffix=".cube", prefix="vidsearch-", delete=False) as file:
                self._table = Path(file.name)
                file.write(_cube(ToneMap(self._info.hdr or "pq", peak_nits=self._info.peak_nits)))
        return str(self._table)


def tell_colors(encoder: VideoCodecContext) -> None:
    """Have an encoder tell players what :class:`ClipPictures` gives: BT.709 in limited range."""
    encoder.color_primaries = encoder.color_trc = encoder.colorspace = _BT709
    encoder.color_range = _LIMITED_RANGE


def fitted_size(width: int, height: int, canvas: tuple[int, int]) -> tuple[int, int]:
    """Give the largest size of a picture, even on both sides, that fits a canvas.

    Examples:
        >>> fitted_size(1080, 1920, (1920, 1080))
        (608, 1080)
        >>> fitted_size(854, 480, (1280, 720))
        (1280, 720)
    """
    scale = min(Fraction(canvas[0], width), Fraction(canvas[1], height))
    fitted = (max(1, round(width * scale / 2)) * 2, max(1, round(height * scale / 2)) * 2)
    return min(fitted[0], canvas[0]), min(fitted[1], canvas[1])


def _matrix(picture: VideoFrame) -> str:
    if picture.format.is_rgb or picture.colorspace != UNSPECIFIED_MATRIX:
        return "auto"
    return "bt709" if picture.height >= FIRST_HD_ROWS else "bt601"


def _cube(tone: ToneMap) -> str:
    """Write a tone map as a table of colors (Adobe's Cube LUT 1.0: red runs fastest)."""
    steps = np.round(np.linspace(0, 65535, _LUT_SIDE)).astype(np.uint16)
    blue, green, red = np.meshgrid(steps, steps, steps, indexing="ij")
    mapped = tone(np.stack([red.ravel(), green.ravel(), blue.ravel()], axis=-1)[None])[0] / 255
    rows = "\n".join(f"{r:.5f} {g:.5f} {b:.5f}" for r, g, b in mapped.tolist())
    return f"LUT_3D_SIZE {_LUT_SIDE}\n{rows}\n"
