"""Small films made on the spot: truth that the tests know because they drew it."""

from __future__ import annotations

import zlib
from fractions import Fraction

import av
import numpy as np

QUADRANTS = {
    "top left": (220, 30, 30),
    "top right": (30, 200, 30),
    "bottom left": (40, 60, 220),
    "bottom right": (230, 210, 40),
}


def quadrants(width, height):
    """A picture whose four corners have four colors."""
    picture = np.zeros((height, width, 3), np.uint8)
    h, w = height // 2, width // 2
    for name, (rows, columns) in {
        "top left": (slice(0, h), slice(0, w)),
        "top right": (slice(0, h), slice(w, None)),
        "bottom left": (slice(h, None), slice(0, w)),
        "bottom right": (slice(h, None), slice(w, None)),
    }.items():
        picture[rows, columns] = QUADRANTS[name]
    return picture


def corners(rgb):
    """The names of the four corners' colors, in reading order."""
    h, w = rgb.shape[:2]
    found = []
    for y, x in ((h // 4, w // 4), (h // 4, 3 * w // 4), (3 * h // 4, w // 4), (3 * h // 4, 3 * w // 4)):
        seen = rgb[y, x].astype(int)
        name = min(QUADRANTS, key=lambda n: np.abs(seen - QUADRANTS[n]).sum())
        assert np.abs(seen - QUADRANTS[name]).max() < 40, f"{seen} is none of the colors"
        found.append(name)
    return tuple(found)


def write(
    path,
    pictures,
    *,
    times=None,
    time_base=Fraction(1, 1000),
    codec="libx264",
    container_format=None,
    prepare=None,
    pix_fmt="yuv420p",
    options=None,
    metadata=None,
    container_options=None,
):
    """Write pictures (rgb24 arrays or frames) with their own times."""
    first = pictures[0]
    height, width = first.shape[:2] if isinstance(first, np.ndarray) else (first.height, first.width)
    with av.open(str(path), "w", format=container_format, options=container_options or {}) as container:
        container.metadata.update(metadata or {})
        stream = container.add_stream(codec, rate=25, options=options or {})
        stream.width, stream.height, stream.pix_fmt = width, height, pix_fmt
        stream.codec_context.time_base = stream.time_base = time_base
        if prepare is not None:
            prepare(stream)
        for number, picture in enumerate(pictures):
            frame = (
                av.VideoFrame.from_ndarray(picture, format="rgb24")
                if isinstance(picture, np.ndarray)
                else picture
            )
            frame.pts = number * 40 if times is None else times[number]
            frame.time_base = time_base
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return path


def png(width, height):
    """A gray PNG of any size in a few bytes."""

    def chunk(kind, data):
        return len(data).to_bytes(4, "big") + kind + data + zlib.crc32(kind + data).to_bytes(4, "big")

    row = b"\0" + bytes((width + 7) // 8)
    packer = zlib.compressobj(9)
    body = b"".join(packer.compress(row * 64) for _ in range(-(-height // 64))) + packer.flush()
    header = width.to_bytes(4, "big") + height.to_bytes(4, "big") + b"\x01\x00\x00\x00\x00"
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", body) + chunk(b"IEND", b"")
