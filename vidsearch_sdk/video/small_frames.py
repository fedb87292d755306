"""Decoded pictures as thin views of their planes: what scoring needs, with next to no work per picture."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from av.video.frame import VideoFrame
from av.video.reformatter import ColorRange, Interpolation, VideoReformatter
from numpy.typing import NDArray

_FULL = ("yuvj420p", "yuvj422p", "yuvj444p", "yuvj440p")
_PLANAR = frozenset({"yuv420p", "yuv422p", "yuv444p", "yuv440p", "yuv411p", "yuv410p", *_FULL})
_CONVERTED = (128, 72)  # pixels and rows of a picture whose planes cannot be read as they are
_ROWS_KEPT = (72, 18, 18)  # of luma, blue and red difference


@dataclass(frozen=True, slots=True)
class ThinPlanes:
    """One picture's brightness and color as views that read a part of its rows.

    Valid as long as it is held; it keeps the decoder's buffer from being used again, so let go of it soon.

    Attributes:
        luma: uint8, shape (rows, width); every n-th row.
        blue: Blue difference, uint8, shape (rows, width); every n-th row.
        red: Red difference, likewise.
        full_range: Whether luma runs from 0 to 255 rather than from 16 to 235 (ITU-R BT.601).
    """

    luma: NDArray[np.uint8]
    blue: NDArray[np.uint8]
    red: NDArray[np.uint8]
    full_range: bool


class SmallFrames:
    """Gives each decoded picture of one film as :class:`ThinPlanes`.

    The usual 8-bit planar formats are not copied and not converted: at 1080p that costs some microseconds,
    where a scaler that reads every pixel costs more than a tenth of the decoding. Other formats go through
    the scaler. Keep one object per film: it holds the scaler.
    """

    def __init__(self) -> None:
        self._converter = VideoReformatter()

    def __call__(self, picture: VideoFrame) -> ThinPlanes:
        """View one picture.

        Args:
            picture: As decoded, of any size and pixel format.

        Returns:
            Its planes, in its coded orientation.
        """
        name = picture.format.name
        if name not in _PLANAR:
            width, height = min(picture.width, _CONVERTED[0]), min(picture.height, _CONVERTED[1])
            picture = self._converter.reformat(
                picture,
                width=width,
                height=height,
                format="yuv420p",
                interpolation=Interpolation.AREA,
                threads=1,
            )
            name = "yuv420p"
        full = name in _FULL or picture.color_range == ColorRange.JPEG
        luma, blue, red = (_thin(*pair) for pair in zip(picture.planes[:3], _ROWS_KEPT, strict=True))
        return ThinPlanes(luma, blue, red, full)


def _thin(plane: object, rows_kept: int) -> NDArray[np.uint8]:
    rows, width, stride = plane.height, plane.width, plane.line_size  # type: ignore[attr-defined]
    view = np.frombuffer(plane, np.uint8)[: rows * stride].reshape(rows, stride)[:, :width]  # type: ignore[call-overload]
    step = max(1, rows // rows_kept)
    return view[step // 2 :: step]  # type: ignore[no-any-return]
