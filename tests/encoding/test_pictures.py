from __future__ import annotations

import io
import zlib
from typing import Any

import numpy as np
import pytest
from PIL import Image

from vidsearch_sdk.encoding.pictures import MAX_PIXELS, jpeg_size, rgb_of
from vidsearch_sdk.errors import EncoderError

RNG = np.random.default_rng(7)
COLORS = np.asarray(
    Image.fromarray(RNG.integers(0, 256, (9, 12, 3), dtype=np.uint8)).resize(
        (96, 72), Image.Resampling.BICUBIC
    )
)


def saved(image: Image.Image, kind: str, **options: Any) -> bytes:
    file = io.BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


@pytest.mark.parametrize(
    "options",
    [
        {"quality": 90},
        {"quality": 60, "subsampling": 0},
        {"progressive": True},
        {"optimize": True, "subsampling": 1},
    ],
)
def test_a_jpeg_is_decoded_as_pillow_does(options: dict[str, Any]) -> None:
    data = saved(Image.fromarray(COLORS), "JPEG", **options)
    expected = np.asarray(Image.open(io.BytesIO(data)).convert("RGB"))
    for given in (data, bytearray(data), memoryview(data)):
        found = rgb_of(given)
        assert found.dtype == np.uint8
        assert found.flags.c_contiguous
        assert found.flags.writeable
        assert np.abs(found.astype(int) - expected).max() <= 1
    assert jpeg_size(data) == (72, 96)


def test_gray_and_cmyk_jpegs_and_pngs() -> None:
    gray = saved(Image.fromarray(COLORS).convert("L"), "JPEG")
    assert (np.ptp(rgb_of(gray), axis=2) == 0).all()
    cmyk = saved(Image.fromarray(COLORS).convert("CMYK"), "JPEG", quality=95)
    assert np.abs(rgb_of(cmyk).astype(int) - COLORS).mean() < 12
    assert np.array_equal(rgb_of(saved(Image.fromarray(COLORS), "PNG")), COLORS)
    assert np.array_equal(rgb_of(saved(Image.fromarray(COLORS), "WEBP", lossless=True)), COLORS)


def test_arrays_of_each_kind() -> None:
    assert np.array_equal(rgb_of(COLORS), COLORS)
    assert np.array_equal(rgb_of(COLORS[::2, ::-1]), COLORS[::2, ::-1])
    assert np.array_equal(rgb_of(np.dstack([COLORS, COLORS[:, :, :1]])), COLORS)
    for gray in (COLORS[:, :, 0], COLORS[:, :, :1]):
        assert np.array_equal(rgb_of(gray), np.repeat(COLORS[:, :, :1], 3, axis=2))
    frozen = COLORS.copy()
    frozen.flags.writeable = False
    assert rgb_of(frozen).flags.writeable


@pytest.mark.parametrize("orientation", [1, 3, 6, 8])
def test_a_phone_held_upright_gives_an_upright_picture(orientation: int) -> None:
    turned = {1: 0, 3: 2, 6: 1, 8: -1}[orientation]
    exif = Image.Exif()
    exif[0x0112] = orientation
    stored = Image.fromarray(np.rot90(COLORS, turned).copy())
    for kind in ("JPEG", "PNG"):
        found = rgb_of(saved(stored, kind, exif=exif))
        assert found.shape == COLORS.shape
        assert np.abs(found.astype(int) - COLORS).mean() < 6
    opened = Image.open(io.BytesIO(saved(stored, "PNG", exif=exif)))
    assert np.array_equal(rgb_of(opened), COLORS)


def bomb() -> bytes:
    """A PNG of a few kilobytes that claims 40,000 x 40,000 pixels."""
    data = bytearray(saved(Image.new("1", (8, 8)), "PNG"))
    data[16:24] = (40_000).to_bytes(4, "big") * 2
    data[29:33] = zlib.crc32(data[12:29]).to_bytes(4, "big")
    return bytes(data)


def jpeg_bomb() -> bytes:
    data = bytearray(saved(Image.fromarray(COLORS), "JPEG"))
    start = data.index(b"\xff\xc0") + 5
    data[start : start + 4] = (60_000).to_bytes(2, "big") * 2
    return bytes(data)


JPEG = saved(Image.fromarray(COLORS), "JPEG")


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (b"", "cannot identify"),
        (b"not a picture", "cannot identify"),
        (JPEG[: len(JPEG) // 2], "truncated"),
        (JPEG[:40], ""),
        (saved(Image.fromarray(COLORS), "PNG")[:300], ""),
        (bomb(), "exceeds limit"),
        (jpeg_bomb(), f"at most {MAX_PIXELS:,}"),
        (COLORS.astype(np.float32), "an array of float32; uint8"),
        (COLORS[None], "shape"),
        (np.zeros((0, 4, 3), np.uint8), "shape"),
        ("film.jpg", "is a str; allowed are"),
        (None, "is a NoneType; allowed are"),
    ],
)
def test_what_is_no_picture_is_named_by_its_position(given: Any, said: str) -> None:
    with pytest.raises(EncoderError) as caught:
        rgb_of(given, 41)
    assert str(caught.value).startswith("picture 41 ")
    assert said in str(caught.value)
