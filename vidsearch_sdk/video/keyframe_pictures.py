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

UNSPECIFIED_MATRIX = 2  # ITU-T H.273 matrix coefficients
FIRST_HD_ROWS = 720  # untagged films of fewer rows follow BT.601, the others BT.709


class KeyframePictures:
    """Turns decoded pictures of one film into small upright RGB pictures.

    Keep one per film: the scalers behind it are set up once. Where many pictures are looked at and few are
    kept, :meth:`shrink` each and :meth:`finish` the kept ones: shrinking is a third of the work, or less.

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
        self._shrinker = VideoReformatter()
        self._converter = VideoReformatter()
        self._tone = ToneMap(info.hdr, peak_nits=info.peak_nits) if info.hdr else None
        # Untagged colors are told to the scaler: it takes every untagged film for standard definition.
        self._untagged = Colorspace.ITU709 if info.coded_height >= FIRST_HD_ROWS else Colorspace.ITU601

    def __call__(self, picture: VideoFrame) -> NDArray[np.uint8]:
        """Make one picture: :meth:`shrink` and :meth:`finish`.

        Args:
            picture: A picture of the film, as decoded; of any size, should the film change it on the way.

        Returns:
            sRGB, shape (height, width, 3).
        """
        return self.finish(self.shrink(picture))

    def shrink(self, picture: VideoFrame) -> VideoFrame:
        """Scale a decoded picture down, the part of the work that every candidate needs.

        Args:
            picture: A picture of the film, as decoded.

        Returns:
            A small picture for :meth:`finish`, about 0.8 MB for a wide film at 384 rows. A film that is small
            already may come back as it is, so still holding a buffer of the decoder.
        """
        width, height = scaled_size(
            picture.width, picture.height, self._info.pixel_aspect, short_side=self._short_side
        )
        return self._shrinker.reformat(
            picture,
            width=width,
            # The rows of a picture of two fields are two moments; finish() takes them apart.
            height=picture.height if _two_fields(picture) else height,
            # All the colors of every pixel: converting from fewer to RGB is either slow or a shade off.
            format="rgb24" if picture.format.is_rgb else "yuv444p10le" if self._tone else "yuv444p",
            interpolation=Interpolation.AREA,
            threads=1,
        )

    def finish(self, small: VideoFrame) -> NDArray[np.uint8]:
        """Make an RGB picture of a shrunken one.

        Args:
            small: What :meth:`shrink` gave.

        Returns:
            sRGB, shape (height, width, 3).
        """
        tagged = small.format.is_rgb or small.colorspace != UNSPECIFIED_MATRIX
        converted = self._converter.reformat(
            small,
            format="rgb48le" if self._tone else "rgb24",
            src_colorspace=Colorspace.BT2020 if self._tone else None if tagged else self._untagged,
            interpolation=Interpolation.BICUBIC | Interpolation.ACCURATE_RND,
            threads=1,
        )
        rgb: NDArray[Any] = converted.to_ndarray()
        if self._tone is not None:
            rgb = self._tone(rgb)
        if _two_fields(small):
            rgb = self._one_field(rgb)
        return self._upright(rgb)

    def _one_field(self, rgb: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """Show the upper field alone: two moments of a movement in one picture make combs."""
        rows, width = rgb.shape[:2]
        # The width has its final size already, the height still all rows of the film.
        coded_width = max(1, round(rows * self._info.coded_width / self._info.coded_height))
        _, height = scaled_size(coded_width, rows, self._info.pixel_aspect, short_side=self._short_side)
        field = Image.fromarray(np.ascontiguousarray(rgb[::2]))
        return np.asarray(field.resize((width, height), Image.Resampling.BICUBIC))

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

    Examples:
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


def _two_fields(picture: VideoFrame) -> bool:
    return picture.interlaced_frame and picture.height > 1
