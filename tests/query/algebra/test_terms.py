import io
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from PIL import Image as PilImage

from vidsearch_sdk.errors import QueryError
from vidsearch_sdk.query.algebra.terms import Clip, Image, Shot, Words, as_expression, clip, image, shot, text

ID = "0123456789abcdef-12"


def picture(mode="RGB", size=(6, 4)):
    made = PilImage.new(mode, size)
    made.putpixel((0, 0), 255 if mode in ("L", "P") else (255, 0, 0, 128)[: len(mode)])
    return made


def png(made):
    out = io.BytesIO()
    made.save(out, "PNG")
    return out.getvalue()


def test_words_are_tidied():
    assert text("  a dog\n on\ta beach ").words == "a dog on a beach"
    assert text("a dog") == text(" a  dog")


@pytest.mark.parametrize("bad", ["", "  ", "\n\t", "　", None, 3, b"x", ["a"], "x" * 10_001])
def test_no_words_are_refused(bad):
    with pytest.raises(QueryError):
        text(bad)


def test_half_a_character_does_no_harm():
    assert text("a\ud800b").words == "a?b"


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "L", "P", "1", "CMYK", "LA"])
def test_every_kind_of_picture_becomes_rgb(mode, tmp_path):
    made = PilImage.new(mode, (6, 4))
    pixels = image(made).pixels
    assert pixels.shape == (4, 6, 3)
    assert pixels.dtype == np.uint8
    assert not pixels.flags.writeable


def test_path_bytes_array_and_pil_are_the_same_picture(tmp_path):
    made = picture()
    path = tmp_path / "ref ü.png"
    path.write_bytes(png(made))
    terms = [image(path), image(str(path)), image(path.read_bytes()), image(np.asarray(made)), image(made)]
    assert all(term == terms[0] and hash(term) == hash(terms[0]) for term in terms)
    assert str(terms[0]) == f'image("{path}")'
    assert str(terms[2]) == 'image("<6x4 pixels>")'
    assert image(np.zeros((4, 6, 3), np.uint8)) != terms[0]


def test_transparency_is_laid_on_white():
    assert image(np.zeros((2, 2, 4), np.uint8)).pixels.min() == 255
    half = image(PilImage.new("RGBA", (1, 1), (255, 0, 0, 128))).pixels[0, 0]
    assert half.tolist() == [255, 127, 127]


def test_a_camera_held_upright_is_followed(tmp_path):
    made = picture(size=(6, 4))
    exif = made.getexif()
    exif[274] = 6
    path = tmp_path / "turned.jpg"
    made.save(path, exif=exif)
    assert image(path).pixels.shape == (6, 4, 3)


def test_gray_arrays_are_pictures():
    gray = np.arange(12, dtype=np.uint8).reshape(3, 4)
    assert image(gray) == image(gray[:, :, None]) == image(np.repeat(gray[:, :, None], 3, axis=2))


@pytest.mark.parametrize(
    "bad",
    [
        np.zeros((4, 4, 3)),
        np.zeros((4, 4, 3), np.float32),
        np.zeros((4, 4, 2), np.uint8),
        np.zeros(5, np.uint8),
        np.zeros((0, 4, 3), np.uint8),
        np.broadcast_to(np.zeros((1, 1, 3), np.uint8), (20_000, 20_000, 3)),
        b"",
        b"not a picture",
        b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n",
        Path("does-not-exist.png"),
        Path(),
        3,
        None,
    ],
    ids=lambda value: type(value).__name__,
)
def test_what_is_no_picture_is_refused(bad):
    with pytest.raises(QueryError):
        image(bad)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "TIFF", "BMP", "GIF", "PPM", "AVIF"])
def test_pictures_of_many_formats_are_read(tmp_path, kind):
    PilImage.init()
    if kind not in PilImage.SAVE:
        pytest.skip(f"this Pillow was built without {kind}")
    PilImage.new("RGB", (40, 24), (200, 30, 40)).save(tmp_path / "picture", kind)
    read = image(tmp_path / "picture").pixels
    assert read.shape == (24, 40, 3)
    assert np.abs(read.astype(int) - (200, 30, 40)).max() < 12


def test_what_is_no_picture_is_told_what_would_be(tmp_path):
    (tmp_path / "notes.txt").write_text("no picture")
    with pytest.raises(QueryError, match=r"notes\.txt: not a picture; JPEG, PNG,.* are read"):
        image(tmp_path / "notes.txt")


def test_a_cut_off_or_hostile_picture_is_refused(tmp_path):
    whole = png(PilImage.effect_noise((200, 200), 90))
    with pytest.raises(QueryError):
        image(whole[: len(whole) // 2])
    bomb = bytearray(png(picture()))
    bomb[16:24] = (60_000).to_bytes(4, "big") * 2
    path = tmp_path / "bomb.png"
    path.write_bytes(bomb)
    with pytest.raises(QueryError):
        image(path)


def test_a_shot_is_an_id_or_a_hit():
    assert shot(ID) == shot(SimpleNamespace(shot_id=ID)) == Shot(ID)


@pytest.mark.parametrize(
    "bad",
    [
        *("", "abc", "0123456789abcdef", "0123456789ABCDEF-1", "0123456789abcdef-01", f"{ID}\n"),
        *(3, None, SimpleNamespace(shot_id=3)),
    ],
)
def test_another_shot_id_is_refused(bad):
    with pytest.raises(QueryError, match="shot_id"):
        shot(bad)


def test_a_clip_is_a_span():
    assert clip("a.mp4", 1, 2.5) == Clip(Path("a.mp4"), 1.0, 2.5)
    assert str(clip(Path("x/a.mp4"))) == 'clip("x/a.mp4")'
    assert clip("a.mp4", np.int64(1), np.float32(2.5)) == clip("a.mp4", 1, 2.5)


@pytest.mark.parametrize(
    "bad",
    [
        *(("a.mp4", 2, 1), ("a.mp4", 1, 1), ("a.mp4", float("nan"), 2), ("a.mp4", "1"), ("a.mp4", True)),
        ("a.mp4", 10**400),
        *(("",), (3,)),
    ],
)
def test_another_span_is_refused(bad):
    with pytest.raises(QueryError):
        clip(*bad)


def test_anything_a_search_takes_becomes_a_term(tmp_path):
    path = tmp_path / "a.png"
    path.write_bytes(png(picture()))
    assert isinstance(as_expression("a dog"), Words)
    for one in (path, path.read_bytes(), picture(), np.asarray(picture())):
        assert as_expression(one) == image(path)
    assert as_expression(SimpleNamespace(shot_id=ID)) == Shot(ID)
    for term in (text("x"), image(path), shot(ID), clip("a.mp4")):
        assert as_expression(term) is term


def test_a_path_in_a_string_is_words():
    assert as_expression("beach.png") == Words("beach.png")


def test_a_video_as_a_path_says_what_to_call(tmp_path):
    with pytest.raises(QueryError, match=r"vs\.clip"):
        as_expression(tmp_path / "film.MP4")


@pytest.mark.parametrize("bad", [None, 3, 1.5, ["a"], {"a": 1}, object(), ("a", "b")])
def test_anything_else_is_refused(bad):
    with pytest.raises(QueryError, match="nothing to search for"):
        as_expression(bad)


def test_a_picture_keeps_its_own_copy():
    array = np.zeros((2, 2, 3), np.uint8)
    term = image(array)
    array[:] = 9
    assert term.pixels.max() == 0
    assert isinstance(term, Image)
