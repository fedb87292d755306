"""Keyframes as people see them: upright, square pixels, standard range, small, sRGB."""

from __future__ import annotations

import io
from fractions import Fraction
from typing import Any

import numpy as np
from av.video.frame import VideoFrame
from av.video.reformatter import Colorspace, Interpolation, VideoReformatter
from numpy.typing import NDArray
from PIL import Image

from vidsearch_sdk.video.probe import VideoInfo
from vidsearch_sdk.video.tone import ToneMap

_UNSPECIFIED = 2  # ITU-T H.273 matrix coefficients
_FIRST_HD_ROWS = 720  # untagged films of fewer rows follow BT.601, the others BT.709
_SCALING = Interpolation.BICUBIC | Interpolation.ACCURATE_RND | Interpolation.FULL_CHR_H_INP


class KeyframePictures:
    """Turns decoded pictures of one film into small upright RGB pictures.

    Keep one per film: the scaler behind it is set up once.

    Args:
        info: What is known of the film.
        short_side: Pixels of the shorter side; a film smaller than that keeps its size.

    Raises:
        ValueError: ``short_side`` is below 1.
    """

    def __init__(self, info: VideoInfo, *, short_side: int = 384) -> None:
        if short_side < 1:
            raise ValueError(f"short_side must be 1 or more, not {short_side}")
        self._info = info
        self._short_side = short_side
        self._scaler = VideoReformatter()
        self._tone = ToneMap(info.hdr, peak_nits=info.peak_nits) if info.hdr else None

    def __call__(self, picture: VideoFrame) -> NDArray[np.uint8]:
        """Make one picture.

        Args:
            picture: A picture of the film, as decoded; of any size, should the film change it on the way.

        Returns:
            sRGB, shape (height, width, 3).
        """
        width, height = scaled_size(
            picture.width, picture.height, self._info.pixel_aspect, short_side=self._short_side
        )
        fields = picture.interlaced_frame and picture.height > 1
        rgb = self._rgb(picture, width, picture.height if fields else height)
        if fields:
            rgb = _one_field(rgb, height)
        return self._upright(rgb)

    def _rgb(self, picture: VideoFrame, width: int, height: int) -> NDArray[np.uint8]:
        # Untagged colors are told to the scaler: it takes every untagged film for standard definition.
        matrix = None
        if self._tone is not None:
            matrix = Colorspace.BT2020
        elif picture.colorspace == _UNSPECIFIED and picture.height >= _FIRST_HD_ROWS:
            matrix = Colorspace.ITU709
        small = self._scaler.reformat(
            picture,
            width=width,
            height=height,
            format="rgb24" if self._tone is None else "rgb48le",
            src_colorspace=matrix,
            interpolation=_SCALING,
            threads=1,
        )
        rgb: NDArray[Any] = small.to_ndarray()
        return rgb if self._tone is None else self._tone(rgb)

    def _upright(self, rgb: NDArray[np.uint8]) -> NDArray[np.uint8]:
        if self._info.mirrored:
            rgb = rgb[:, ::-1]
        if self._info.rotation:
            rgb = np.rot90(rgb, -self._info.rotation // 90)
        return np.ascontiguousarray(rgb)


def scaled_size(width: int, height: int, pixel_aspect: Fraction, *, short_side: int) -> tuple[int, int]:
    """Give the size with square pixels whose shorter side is at most ``short_side``.

    Returns:
        (width, height), each at least 1, in the picture's coded orientation.

    Example:
        >>> scaled_size(1920, 1080, Fraction(1), short_side=384)
        (683, 384)
        >>> scaled_size(640, 360, Fraction(2), short_side=384)
        (1280, 360)
    """
    shown = width * pixel_aspect
    scale = min(Fraction(1), short_side / min(shown, Fraction(height)))
    return max(1, round(shown * scale)), max(1, round(height * scale))


def encode_jpeg(rgb: NDArray[np.uint8], *, quality: int = 90) -> bytes:
    """Encode a picture as JPEG.

    Args:
        rgb: sRGB, shape (height, width, 3).
        quality: 1 to 95, as libjpeg counts it.

    Raises:
        ValueError: The array is no such picture, or the quality is out of range.
    """
    if rgb.dtype != np.uint8 or rgb.ndim != 3 or rgb.shape[2] != 3:
        raise ValueError(
            f"a picture is uint8 of shape (height, width, 3), not {rgb.dtype} of shape {rgb.shape}"
        )
    if not 1 <= quality <= 95:
        raise ValueError(f"quality must lie within 1 and 95, not {quality}")
    target = io.BytesIO()
    Image.fromarray(rgb).save(target, "JPEG", quality=quality)
    return target.getvalue()


def _one_field(rgb: NDArray[np.uint8], height: int) -> NDArray[np.uint8]:
    """Show the upper field alone: two moments of a movement in one picture make combs."""
    image = Image.fromarray(np.ascontiguousarray(rgb[::2]))
    return np.asarray(image.resize((rgb.shape[1], height), Image.Resampling.BICUBIC))
