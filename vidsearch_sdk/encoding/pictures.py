"""Any picture that a caller may hold -> uint8 RGB."""

from __future__ import annotations

import contextlib
import importlib
import io
import warnings

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image, ImageOps

from vidsearch_sdk.encoding.protocol import Picture
from vidsearch_sdk.errors import EncoderError

MAX_PIXELS = 100_000_000
"""A picture that claims more is refused before it is decoded."""

_JPEG = b"\xff\xd8\xff"
_AS_RGB = 3  # torchvision.io.ImageReadMode.RGB

# The fastest decoder at hand (twice Pillow's rate). torchvision announces that it will go away one day, with
# a warning in every call of its Python wrapper; then Pillow takes over.
with contextlib.suppress(ImportError):
    importlib.import_module("torchvision.io")


def rgb_of(picture: Picture, position: int = 0) -> NDArray[np.uint8]:
    """Decode one picture, upright.

    Args:
        picture: A file's bytes, an array or a PIL image. Transparency is dropped, as ``convert("RGB")`` does;
            an EXIF orientation is applied.
        position: Its number among its fellows, for the error.

    Returns:
        uint8 (h, w, 3), C-contiguous and writable.

    Raises:
        EncoderError: It cannot be decoded, is not a picture, or is too large; names the position.
    """
    try:
        if isinstance(picture, bytes | bytearray | memoryview):
            return _of_bytes(bytes(picture))
        if isinstance(picture, np.ndarray):
            return _of_array(picture)
        if isinstance(picture, Image.Image):
            return _of_image(picture)
    except (OSError, ValueError, RuntimeError, SyntaxError, Image.DecompressionBombError) as error:
        raise EncoderError(f"picture {position} cannot be used: {error}") from error
    raise EncoderError(
        f"picture {position} is a {type(picture).__name__}; allowed are a JPEG or PNG file's bytes, "
        "a uint8 array (h, w, 3) and a PIL image"
    )


def _of_bytes(data: bytes) -> NDArray[np.uint8]:
    size = jpeg_size(data)
    if size is not None:
        _check_size(*size)
        # Without its end marker the file was cut; libjpeg would fill what is missing with gray and go on.
        if data.rstrip(b"\x00")[-2:] == b"\xff\xd9":
            try:
                buffer = torch.frombuffer(bytearray(data), dtype=torch.uint8)
                planes = torch.ops.image.decode_jpeg(buffer, _AS_RGB, True)
            except (RuntimeError, AttributeError):
                pass  # CMYK and other rarities, or no such decoder: Pillow knows them all
            else:
                return np.ascontiguousarray(planes.permute(1, 2, 0).numpy())
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", Image.DecompressionBombWarning)  # our own limit is checked below
        with Image.open(io.BytesIO(data)) as image:
            return _of_image(image)


def _of_image(image: Image.Image) -> NDArray[np.uint8]:
    _check_size(image.height, image.width)
    upright = ImageOps.exif_transpose(image)
    if upright.mode.startswith("I;16"):
        # Pillow would clip 16-bit gray at 255 instead of scaling it.
        return _of_array((np.asarray(upright) >> 8).astype(np.uint8))
    return np.array(upright.convert("RGB"))


def _of_array(array: NDArray[np.uint8]) -> NDArray[np.uint8]:
    if array.dtype != np.uint8:
        raise ValueError(f"an array of {array.dtype}; uint8 from 0 to 255 is needed")
    if array.ndim == 2:
        array = array[:, :, None]
    if array.ndim != 3 or array.shape[2] not in (1, 3, 4) or not array.size:
        raise ValueError(f"an array of shape {array.shape}; (height, width, 3) is needed")
    _check_size(*array.shape[:2])
    if array.shape[2] == 1:
        array = np.repeat(array, 3, axis=2)
    return np.require(array[:, :, :3], requirements=["C", "W"])


def _check_size(height: int, width: int) -> None:
    if height * width > MAX_PIXELS:
        raise ValueError(f"{width}x{height} pixels; at most {MAX_PIXELS:,} in all are decoded")


def jpeg_size(data: bytes) -> tuple[int, int] | None:
    """Read (height, width) from the header of a JPEG file; None when that is not one.

    Examples:
        >>> jpeg_size(b"not a JPEG") is None
        True
    """
    if not data.startswith(_JPEG):
        return None
    position = 2
    while position + 9 < len(data):
        if data[position] != 0xFF:
            return None
        marker = data[position + 1]
        if marker == 0xFF:
            position += 1
            continue
        # The frame headers SOF0 to SOF15; C4, C8 and CC in that range mean tables (ITU-T T.81, table B.1).
        if 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC):
            height = int.from_bytes(data[position + 5 : position + 7], "big")
            return height, int.from_bytes(data[position + 7 : position + 9], "big")
        position += 2 + int.from_bytes(data[position + 2 : position + 4], "big")
    return None
