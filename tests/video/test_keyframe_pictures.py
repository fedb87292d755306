"""Keyframes look as people see the film."""

import io
from fractions import Fraction

import av
import numpy as np
import pytest
from PIL import Image

from tests.video.made import corners, quadrants, write
from vidsearch_sdk.video.frames import FrameReader
from vidsearch_sdk.video.keyframe_pictures import KeyframePictures, encode_jpeg, scaled_size


def first(path, *, skip=0, **options):
    with FrameReader(path) as reader:
        for _ in range(skip):
            next(reader)
        return KeyframePictures(reader.info, **options)(next(reader).picture)


UPRIGHT = ("top left", "top right", "bottom left", "bottom right")


@pytest.mark.parametrize("mirrored", [False, True])
@pytest.mark.parametrize("turn", [0, 90, 180, 270])
def test_every_orientation_comes_out_upright(tmp_path, turn, mirrored):
    # The camera wrote the picture turned and mirrored, and says how to undo it.
    shown = quadrants(96, 64)
    stored = np.rot90(shown, turn // 90)
    matrix = {0: (1, 0, 0, 1), 90: (0, 1, -1, 0), 180: (-1, 0, 0, -1), 270: (0, -1, 1, 0)}[turn]
    a, b, c, d = matrix
    if mirrored:
        stored, a, b = stored[:, ::-1], -a, -b

    def tell(stream):
        one = 1 << 16
        stream.set_display_matrix([a * one, b * one, 0, c * one, d * one, 0, 0, 0, 1 << 30])

    path = write(tmp_path / "film.mp4", [np.ascontiguousarray(stored)] * 3, prepare=tell)
    rgb = first(path)
    assert rgb.shape == (64, 96, 3)
    assert corners(rgb) == UPRIGHT


# Size at a short side of 384 pixels, and a rough look: mean color of the four quarters, checked by eye.
REAL = {
    "-leading-dash-1x1px.mp4": (1, 1),
    "animated.gif": (150, 200),
    "hdr10-av1-portrait.mp4": (683, 384),
    "hevc-hlg-rotated-edit-list.mp4": (683, 384),
    "interlaced.mp4": (384, 528),
    "odd-size-161x121-vp9.webm": (121, 161),
    "pixel-aspect-2x1.mp4": (360, 1280),
    "portrait-4k60.mp4": (683, 384),
    "rotated-180-vfr.mp4": (384, 683),
    "ten-by-six-pixels.mp4": (6, 10),
    "two-video-streams-rotated.mp4": (512, 384),
    "vfr-no-duration.mkv": (384, 683),
}


@pytest.mark.parametrize("name", REAL)
def test_formats_have_the_right_shape(real_videos, name):
    rgb = first(real_videos / "formats" / name)
    assert rgb.shape == (*REAL[name], 3)
    assert rgb.dtype == np.uint8
    assert rgb.flags.c_contiguous


def test_real_phones_are_upright(real_videos):
    # Sky above, roof below; a head above a dark pullover; checked by eye.
    arch = first(real_videos / "formats" / "hevc-hlg-rotated-edit-list.mp4").astype(int)
    assert arch[:100].mean() > arch[-200:].mean() + 20
    man = first(real_videos / "formats" / "two-video-streams-rotated.mp4").astype(int)
    assert man[:80].mean() > man[-80:, 100:280].mean() + 30


def test_colors_are_the_films(tmp_path):
    for name, height in (("sd.mp4", 480), ("hd.mp4", 720)):
        shown = quadrants(640, height)
        frame = av.VideoFrame.from_ndarray(shown, format="rgb24")
        matrix = "ITU709" if height == 720 else "ITU601"
        coded = frame.reformat(format="yuv444p", dst_colorspace=matrix, dst_color_range="MPEG")
        coded.colorspace = 2  # as many films: not told
        path = write(tmp_path / name, [coded] * 2, pix_fmt="yuv444p", options={"crf": "4"})
        rgb = first(path).astype(int)
        small = np.asarray(Image.fromarray(shown).resize(rgb.shape[1::-1], Image.Resampling.BOX)).astype(int)
        assert np.abs(rgb - small)[20:-20].mean() < 3, name


def test_full_range_is_not_stretched_twice(tmp_path):
    frame = av.VideoFrame.from_ndarray(np.full((64, 64, 3), 128, np.uint8), format="rgb24")
    path = write(tmp_path / "full.mp4", [frame.reformat(format="yuvj420p")] * 2, pix_fmt="yuvj420p")
    assert abs(int(first(path).mean()) - 128) <= 2


def test_shrinking_and_finishing_is_the_same_as_calling(real_videos):
    for name in ("edit-list-starts-1s.mp4", "interlaced.mp4", "hdr10-av1-portrait.mp4", "animated.gif"):
        with FrameReader(real_videos / "formats" / name) as reader:
            pictures = KeyframePictures(reader.info)
            picture = next(reader).picture
            small = pictures.shrink(picture)
            assert min(small.width, small.height) <= 640
            assert (pictures.finish(small) == pictures(picture)).all()


def test_a_film_may_change_its_size(tmp_path):
    first_half = write(tmp_path / "a.ts", [quadrants(160, 90)] * 3)
    second_half = write(tmp_path / "b.ts", [quadrants(320, 180)] * 3)
    joined = tmp_path / "joined.ts"
    joined.write_bytes(first_half.read_bytes() + second_half.read_bytes())
    with FrameReader(joined) as reader:
        pictures = KeyframePictures(reader.info, short_side=64)
        shapes = []
        for frame in reader:
            rgb = pictures(frame.picture)
            shapes.append(rgb.shape)
            assert corners(rgb) == UPRIGHT
    assert shapes == [(64, 114, 3)] * 6


def test_two_fields_do_not_comb(tmp_path):
    # A bar that moves between the two fields of each picture.
    pictures = []
    for number in range(6):
        picture = np.full((480, 640, 3), 20, np.uint8)
        picture[0::2, 40 * number + 40 : 40 * number + 80] = 230
        picture[1::2, 40 * number + 60 : 40 * number + 100] = 230
        pictures.append(picture)
    path = write(tmp_path / "fields.mp4", pictures, options={"x264-params": "tff=1", "crf": "5"})
    with FrameReader(path) as reader:
        assert reader.info.interlaced
        rgb = KeyframePictures(reader.info)(next(reader).picture).astype(int)
    assert rgb.shape == (384, 512, 3)
    assert np.abs(np.diff(rgb[100:300], axis=0)).mean() < 1
    combed = np.asarray(Image.fromarray(pictures[0]).resize((512, 480))).astype(int)
    assert np.abs(np.diff(combed[100:300], axis=0)).mean() > 5


def test_high_dynamic_range_looks_like_a_photograph(real_videos):
    from dataclasses import replace

    for name in ("hdr10-av1-portrait.mp4", "hevc-hlg-rotated-edit-list.mp4"):
        with FrameReader(real_videos / "formats" / name) as reader:
            for _ in range(60):
                next(reader)
            picture = next(reader).picture
            shown = KeyframePictures(reader.info)(picture).astype(int)
            raw = KeyframePictures(replace(reader.info, hdr=""))(picture).astype(int)
        spread = [np.percentile(p, 98) - np.percentile(p, 2) for p in (shown, raw)]
        assert spread[0] > 200, name
        assert spread[0] > spread[1] + 10, name
        colorful = [np.ptp(p, axis=2).mean() for p in (shown, raw)]
        assert colorful[0] > 1.3 * colorful[1], name


@pytest.mark.parametrize(
    ("size", "aspect", "short_side", "expected"),
    [
        ((1920, 1080), 1, 384, (683, 384)),
        ((1080, 1920), 1, 384, (384, 683)),
        ((720, 576), Fraction(16, 15), 384, (512, 384)),
        ((100, 80), 1, 384, (100, 80)),
        ((16384, 1), 1, 384, (16384, 1)),
        ((1, 1), Fraction(1, 10), 384, (1, 1)),
    ],
)
def test_sizes(size, aspect, short_side, expected):
    assert scaled_size(*size, Fraction(aspect), short_side=short_side) == expected


def test_a_short_side_is_at_least_one(small_film):
    with FrameReader(small_film) as reader, pytest.raises(ValueError, match="short_side must be 1 or more"):
        KeyframePictures(reader.info, short_side=0)


def test_jpeg_holds_the_picture():
    shown = quadrants(160, 96)
    data = encode_jpeg(shown)
    with Image.open(io.BytesIO(data)) as image:
        assert (image.format, image.size, image.mode) == ("JPEG", (160, 96), "RGB")
        assert corners(np.asarray(image)) == UPRIGHT
    assert len(encode_jpeg(shown, quality=30)) < len(data)


@pytest.mark.parametrize(
    "bad", [np.zeros((4, 4), np.uint8), np.zeros((4, 4, 4), np.uint8), np.zeros((4, 4, 3))]
)
def test_jpeg_takes_rgb_only(bad):
    with pytest.raises(ValueError, match="a picture is uint8"):
        encode_jpeg(bad)


def test_jpeg_quality_is_checked():
    with pytest.raises(ValueError, match="quality"):
        encode_jpeg(np.zeros((4, 4, 3), np.uint8), quality=96)
