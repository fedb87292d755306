"""A picture to search with, in any of the forms that people hold one in, made into pixels."""

from __future__ import annotations

import io
import sys
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from vidsearch_sdk.errors import QueryError

MOST_PIXELS = 100_000_000
"""Pixels of a query picture; a small file can claim any number."""

# Formats that Pillow decodes by itself; others (EPS) start programs. MPO is read as JPEG.
_FORMATS = ("JPEG", "PNG", "WEBP", "TIFF", "BMP", "GIF", "PPM", "AVIF")


def pixels_of(picture: Any) -> npt.NDArray[np.uint8]:
    """Read a picture.

    Args:
        picture: A file (path), its bytes, a PIL image, or a uint8 array (height, width), (height, width, 1),
            (height, width, 3) RGB or (height, width, 4) RGBA.

    Returns:
        uint8 (height, width, 3), RGB, read-only, a copy. Transparency is laid on white; a camera's
        orientation tag is followed.

    Raises:
        QueryError: It is not a picture, or too large.
    """
    if isinstance(picture, np.ndarray):
        pixels = _from_array(picture)
    elif isinstance(picture, str | Path):
        pixels = _from_file(Path(picture).expanduser())
    elif isinstance(picture, bytes | bytearray | memoryview):
        pixels = _opened(io.BytesIO(picture), "the bytes")
    elif is_pil(picture):
        pixels = _rgb(picture)
    else:
        raise QueryError(
            f"{type(picture).__name__} is not a picture; give a path, bytes, a PIL image or a uint8 array"
        )
    pixels = np.ascontiguousarray(pixels)
    pixels.setflags(write=False)
    return pixels


def is_pil(value: Any) -> bool:
    """Tell whether a value is a PIL image, without importing PIL."""
    # Whoever holds a PIL image has imported PIL; nobody else should pay for it.
    module = sys.modules.get("PIL.Image")
    return module is not None and isinstance(value, module.Image)


def _from_array(array: npt.NDArray[Any]) -> npt.NDArray[np.uint8]:
    if array.dtype != np.uint8:
        raise QueryError(f"a picture is a uint8 array (0 to 255), not {array.dtype} {array.shape}")
    if array.ndim == 2:
        array = array[:, :, None]
    if array.ndim != 3 or array.shape[2] not in (1, 3, 4) or 0 in array.shape:
        raise QueryError(
            f"a picture is an array (height, width), or (height, width, 1, 3 or 4), not {array.shape}"
        )
    if array.shape[0] * array.shape[1] > MOST_PIXELS:
        raise QueryError(
            f"the picture has {array.shape[0] * array.shape[1]:,} pixels; at most {MOST_PIXELS:,}"
        )
    if array.shape[2] == 4:
        alpha = array[:, :, 3:].astype(np.uint16)
        array = ((array[:, :, :3] * alpha + 255 * (255 - alpha) + 127) // 255).astype(np.uint8)
    return np.array(np.broadcast_to(array, (*array.shape[:2], 3)))


def _from_file(path: Path) -> npt.NDArray[np.uint8]:
    if not path.is_file():
        what = (
            "is a folder"
            if path.is_dir()
            else "does not exist"
            if not path.exists()
            else "is no regular file"
        )
        raise QueryError(f"the picture {path} {what}")
    return _opened(path, path.name)


def _opened(source: Path | io.BytesIO, name: str) -> npt.NDArray[np.uint8]:
    from PIL import Image as PilImage
    from PIL import ImageOps, UnidentifiedImageError

    # Pillow fails on the name of a format that it was built without, whatever the picture is.
    PilImage.init()
    formats = [known for known in _FORMATS if known in PilImage.OPEN]
    try:
        with PilImage.open(source, formats=formats) as picture:
            if picture.width * picture.height > MOST_PIXELS:
                raise QueryError(
                    f"{name} has {picture.width}x{picture.height} pixels; at most {MOST_PIXELS:,} are read"
                )
            return _rgb(ImageOps.exif_transpose(picture))
    except QueryError:
        raise
    except UnidentifiedImageError:
        raise QueryError(f"{name}: not a picture; {', '.join(formats)} are read") from None
    # Pillow's decoders raise nearly anything on damaged files.
    except Exception as error:
        raise QueryError(f"{name}: not a picture that can be read ({error})") from None


def _rgb(picture: Any) -> npt.NDArray[np.uint8]:
    if picture.width * picture.height > MOST_PIXELS or 0 in picture.size:
        raise QueryError(f"a picture has 1 to {MOST_PIXELS:,} pixels, not {picture.width}x{picture.height}")
    if picture.mode in ("RGBA", "LA", "PA") or "transparency" in picture.info:
        return _from_array(np.asarray(picture.convert("RGBA")))
    if picture.mode.startswith("I") or picture.mode == "F":
        raise QueryError(f"the picture's values are {picture.mode}; convert it to 8 bits first")
    return np.array(picture.convert("RGB"))
