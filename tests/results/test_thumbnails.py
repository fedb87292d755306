import base64
import io

import numpy as np
import pytest
from PIL import Image

from tests.results.conftest import drawn
from vidsearch_sdk.results.thumbnails import data_uri, thumbnail


def noise(width: int, height: int) -> bytes:
    pixels = np.random.default_rng(1).integers(0, 256, (height, width, 3), dtype=np.uint8)
    out = io.BytesIO()
    Image.fromarray(pixels).save(out, "JPEG", quality=98)
    return out.getvalue()


@pytest.mark.parametrize("size", [(682, 384), (384, 682), (918, 384), (1, 1), (2, 300), (640, 2)])
def test_a_thumbnail_fits_keeps_its_shape_and_opens(size):
    jpeg, width, height = thumbnail(drawn(3, size))
    with Image.open(io.BytesIO(jpeg)) as picture:
        assert picture.size == (width, height)
    assert width <= 320
    assert height <= 320
    assert width <= size[0]
    assert width / height == pytest.approx(size[0] / size[1], rel=0.02, abs=1 / min(width, height))


def test_the_worst_picture_still_fits_its_bytes():
    jpeg, _, _ = thumbnail(noise(1280, 720))
    assert len(jpeg) <= 12_000
    assert len(thumbnail(noise(1280, 720), max_bytes=700)[0]) <= 700


def test_a_limit_that_nothing_meets_still_ends():
    assert thumbnail(noise(64, 64), max_bytes=1)[1] <= 32


@pytest.mark.parametrize("junk", [b"", b"GIF89a", b"\xff\xd8\xff\xe0 cut", drawn(1)[:300]])
def test_what_is_no_picture_is_an_error(junk):
    with pytest.raises(OSError):
        thumbnail(junk)


def test_a_data_uri_holds_the_bytes():
    assert base64.b64decode(data_uri(b"abc").partition(",")[2]) == b"abc"
