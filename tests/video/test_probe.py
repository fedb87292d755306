"""What a film says of itself is read as it is meant."""

from fractions import Fraction

import av
import numpy as np
import pytest

from tests.video.made import write
from vidsearch_sdk.video.frames import FrameReader
from vidsearch_sdk.video.probe import probe

# Displayed size, clockwise turn, pixel aspect, HDR, expected packets.
FORMATS = {
    "-leading-dash-1x1px.mp4": ((1, 1), 0, 1, "", 5),
    "animated.gif": ((200, 150), 0, 1, "", None),
    "hdr10-av1-portrait.mp4": ((720, 1280), 0, 1, "pq", 127),
    "hevc-hlg-rotated-edit-list.mp4": ((1080, 1920), 90, 1, "hlg", 77),
    "interlaced.mp4": ((660, 480), 0, Fraction(11, 12), "", 21),
    "mpeg4-vfr.avi": ((960, 400), 0, 1, "", 96),
    "no-initial-keyframe.ts": ((626, 352), 0, Fraction(44, 45), "", None),
    "odd-size-161x121-vp9.webm": ((161, 121), 0, 1, "", None),
    "pixel-aspect-2x1.mp4": ((1280, 360), 0, 2, "", 150),
    "portrait-4k60.mp4": ((2160, 3840), 90, 1, "", 18),
    "rotated-180-vfr.mp4": ((1280, 720), 180, 1, "", 25),
    "rotated-edit-list.mp4": ((1080, 1920), 90, 1, "", None),
    "subs-ass.mkv": ((1080, 720), 0, 1, "", 30),
    "two-video-streams-rotated.mp4": ((1080, 1440), 270, 1, "", 53),
}


@pytest.mark.parametrize("name", FORMATS)
def test_formats(real_videos, name):
    info = probe(real_videos / "formats" / name)
    size, rotation, aspect, hdr, expected = FORMATS[name]
    assert (info.width, info.height) == size
    assert (info.rotation, info.mirrored) == (rotation, False)
    assert info.pixel_aspect == aspect
    assert info.hdr == hdr
    assert info.frames_expected == expected
    assert info.missing_bytes == 0
    assert info.interlaced is (name == "interlaced.mp4")


def test_where_clocks_start(real_videos):
    late = probe(real_videos / "formats" / "starts-10s-60fps.ts")
    assert late.clock_start_s == pytest.approx(10.01, abs=0.01)
    assert late.start_pts * late.time_base == pytest.approx(10.0333, abs=1e-3)
    edited = probe(real_videos / "formats" / "edit-list-starts-1s.mp4")
    assert (edited.clock_start_s, edited.start_pts * edited.time_base) == (0.0, 1)
    headless = probe(real_videos / "formats" / "no-initial-keyframe.ts")
    assert headless.start_pts == 10336230


def test_streams_are_counted(real_videos):
    nasa = probe(real_videos / "films" / "nasa-webb-mirror.mp4")
    assert (nasa.video_streams, nasa.audio_streams) == (2, 2)
    assert (nasa.width, nasa.height, nasa.frames_expected) == (320, 180, 325)


def test_text_that_is_not_utf8_fails_nothing(real_videos):
    assert probe(real_videos / "broken" / "non-utf8-metadata.3gp").codec == "h263"


def test_source_timecode(tmp_path, real_videos):
    def tag(stream):
        stream.metadata["timecode"] = "01:02:03:04"

    pictures = [np.zeros((32, 32, 3), np.uint8)] * 4
    clock = {"time_base": Fraction(1, 25), "times": range(4)}
    assert (
        probe(write(tmp_path / "tmcd.mov", pictures, prepare=tag, **clock)).source_timecode == "01:02:03:04"
    )
    assert probe(write(tmp_path / "none.mov", pictures, **clock)).source_timecode is None
    path = write(tmp_path / "tag.mkv", pictures, metadata={"timecode": "10:00:00;00"}, **clock)
    assert probe(path).source_timecode == "10:00:00;00"
    path = write(tmp_path / "bad.mkv", pictures, metadata={"timecode": "<script>"}, **clock)
    assert probe(path).source_timecode is None
    assert probe(real_videos / "films" / "dog-in-courtyard.mp4").source_timecode == "00:00:00:00"


def test_rates_that_no_film_has_are_not_believed(real_videos):
    assert probe(real_videos / "formats" / "subs-pgs-bitmap.mkv").frame_rate is None
    assert probe(real_videos / "films" / "bee.mp4").frame_rate == (Fraction(30000, 1001))


def test_a_film_without_a_length(real_videos):
    assert probe(real_videos / "formats" / "no-duration.webm").duration_s is None
    assert probe(real_videos / "formats" / "subs-ass.mkv").duration_s == pytest.approx(0.967)


@pytest.mark.parametrize("container", ["mp4", "mov", "mkv", "webm", "avi", "ogv", "fragmented"])
def test_missing_bytes_are_counted(tmp_path, container):
    rng = np.random.default_rng(3)
    pictures = [rng.integers(0, 255, (48, 64, 3), np.uint8) for _ in range(20)]
    suffix = "mp4" if container == "fragmented" else container
    options = {"movflags": "frag_keyframe+empty_moov"} if container == "fragmented" else {}
    path = write(
        tmp_path / f"film.{suffix}",
        pictures,
        codec={"webm": "libvpx", "ogv": "libvpx", "avi": "mpeg4"}.get(container, "libx264"),
        options={"g": "5"},
        container_options=options,
        **({"time_base": Fraction(1, 25), "times": range(20)} if container == "avi" else {}),
    )
    assert probe(path).missing_bytes == 0
    data = path.read_bytes()
    cut = 1000
    path.write_bytes(data[:-cut])
    if container in ("mp4", "mov"):
        # The index comes last: without it there is no film.
        with pytest.raises(Exception, match="is not a film"):
            probe(path)
    else:
        assert probe(path).missing_bytes == cut or container in ("webm", "mkv", "ogv", "fragmented")
        assert probe(path).missing_bytes > 0


def test_a_camcorder_tape_as_it_was_copied(tmp_path):
    path = write(
        tmp_path / "tape.dv",
        [np.full((576, 720, 3), 10 * n, np.uint8) for n in range(5)],
        codec="dvvideo",
        time_base=Fraction(1, 25),
        times=range(5),
    )
    info = probe(path)
    assert (info.container, info.codec, info.frame_rate) == ("dv", "dvvideo", 25)
    with FrameReader(path) as reader:
        assert [frame.time_s for frame in reader] == pytest.approx([0, 0.04, 0.08, 0.12, 0.16])


def test_hdr_peak_is_read(tmp_path, real_videos):
    assert probe(real_videos / "formats" / "hdr10-av1-portrait.mp4").peak_nits == 1000
    parameters = (
        "log-level=none:colorprim=bt2020:transfer=smpte2084:colormatrix=bt2020nc:max-cll=4000,400:"
        + ("master-display=G(13250,34500)B(7500,3000)R(34000,16000)WP(15635,16450)L(40000000,50)")
    )
    frame = av.VideoFrame(64, 64, "yuv420p10le")
    path = write(
        tmp_path / "bright.mp4",
        [frame] * 2,
        codec="libx265",
        pix_fmt="yuv420p10le",
        options={"x265-params": parameters},
    )
    info = probe(path)
    assert (info.hdr, info.peak_nits) == ("pq", 4000)
