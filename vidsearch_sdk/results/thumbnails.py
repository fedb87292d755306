"""Keyframes made small enough to stand inside a page."""

from __future__ import annotations

import base64
import io

from PIL import Image

WIDTH = 320
"""Widest thumbnail in pixels: sharp in a column of 200 CSS pixels on most screens."""

MAX_BYTES = 12_000
"""Largest thumbnail in bytes; as a data URI it is a third larger."""

_QUALITIES = (82, 72, 60, 45, 30)


def thumbnail(jpeg: bytes, *, width: int = WIDTH, max_bytes: int = MAX_BYTES) -> tuple[bytes, int, int]:
    """Re-encode a keyframe small.

    Args:
        jpeg: A picture as stored (JPEG).
        width: Widest result in pixels; a picture is never enlarged, and its height is at most ``width`` too.
        max_bytes: Largest result; quality is lowered, then size, until it fits.

    Returns:
        The JPEG, its width and its height in pixels.

    Raises:
        OSError: The bytes are not a picture.

    Examples:
        >>> picture = io.BytesIO()
        >>> Image.new("RGB", (640, 360), "teal").save(picture, "JPEG")
        >>> small, w, h = thumbnail(picture.getvalue())
        >>> (w, h), len(small) <= 12_000
        ((320, 180), True)
    """
    with Image.open(io.BytesIO(jpeg), formats=["JPEG"]) as opened:
        # The decoder itself then works at a half or a quarter of the size.
        opened.draft("RGB", (width, width))
        picture = opened.convert("RGB")
    while True:
        picture.thumbnail((width, width), Image.Resampling.LANCZOS)
        for quality in _QUALITIES:
            out = io.BytesIO()
            picture.save(out, "JPEG", quality=quality, optimize=True)
            if out.tell() <= max_bytes or (width <= 32 and quality == _QUALITIES[-1]):
                return out.getvalue(), picture.width, picture.height
        width = max(32, width * 3 // 4)


def data_uri(jpeg: bytes) -> str:
    """Write a JPEG as a ``data:`` URI."""
    return "data:image/jpeg;base64," + base64.b64encode(jpeg).decode("ascii")
