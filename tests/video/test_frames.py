"""Every picture of a film once, in order, at its time."""

import subprocess
import sys
from fractions import Fraction

import cv2
import numpy as np
import pytest

from tests.video.made import write
from vidsearch_sdk.errors import DecodeError, VideoRejected
from vidsearch_sdk.video.completeness import what_is_missing
from vidsearch_sdk.video.frames import FrameReader
from vidsearch_sdk.video.keyframe_pictures import KeyframePictures
from vidsearch_sdk.video.opening import open_video
from vidsearch_sdk.video.timing import Clock

# Counted with ffprobe -count_frames (FFmpeg 5.1) and with plain PyAV decoding (FFmpeg 8.1), which agree.
# Times are of the first frame and of the end of the last, in seconds.
FORMATS = {
    "-leading-dash-1x1px.mp4": (5, 0.0, 5.0),
    "animated.gif": (36, 0.0, 0.82),
    "edit-list-starts-1s.mp4": (270, 1.0, 10.0),
    "h264.flv": (30, 0.067, 1.035),
    "hdr10-av1-portrait.mp4": (127, 0.0, 4.2376),
    "hevc-hlg-rotated-edit-list.mp4": (77, 0.0, 2.568),
    "interlaced.mp4": (21, 0.0, 0.7007),
    "mpeg2-1080p-starts-1s5.ts": (58, 1.525, 4.025),
    "mpeg4-vfr.avi": (96, 0.0, 4.0874),
    "no-duration.webm": (74, 0.0, 4.938),
    "no-initial-keyframe.ts": (15, 114.847, 115.346),
    "odd-size-161x121-vp9.webm": (30, 0.0, 1.001),
    "pixel-aspect-2x1.mp4": (150, 0.0, 5.0),
    "portrait-4k60.mp4": (18, 0.0, 0.2997),
    "pts-go-back.avi": (164, 0.04, 6.6),
    "rotated-180-vfr.mp4": (25, 0.0, 2.3798),
    "rotated-edit-list.mp4": (45, 0.0833, 1.9583),
    "six-minutes-1080p-h264.mp4": (10883, 0.0, 362.7667),
    "six-minutes-av1-60fps.mp4": (21766, 0.0, 362.7667),
    "starts-10s-60fps.ts": (600, 10.0333, 20.0333),
    "subs-ass.mkv": (30, 0.067, 1.035),
    "subs-pgs-bitmap.mkv": (30, 0.0, 0.049),
    "subs-srt-overlapping.mkv": (30, 0.067, 1.035),
    "subs-srt.mkv": (30, 0.0, 0.968),
    "subs-webvtt.mkv": (30, 0.0, 0.968),
    "ten-by-six-pixels.mp4": (1549, 0.0, 64.5417),
    "two-video-streams-rotated.mp4": (53, 0.0, 1.7822),
    "vfr-no-duration.mkv": (745, 0.0, 35.229),
}


def _missing(reader):
    return what_is_missing(
        reader.info,
        packets_seen=reader.packets_seen,
        frames_seen=reader.frames_seen,
        bad_packets=reader.bad_packets,
        damaged_frames=reader.damaged_frames,
    )


def _brightness(picture):
    plane = picture.planes[0]
    rows = np.frombuffer(plane, np.uint8).reshape(-1, abs(plane.line_size))
    return int(rows[:, : plane.width].sum(dtype=np.int64))


def test_every_format_is_listed(real_videos):
    assert sorted(FORMATS) == sorted(p.name for p in (real_videos / "formats").iterdir())


@pytest.mark.parametrize("name", FORMATS)
def test_formats_decode_whole(real_videos, name):
    count, start_s, end_s = FORMATS[name]
    with FrameReader(real_videos / "formats" / name) as reader:
        frames = [(frame.index, frame.pts, frame.time_s) for frame in reader]
    assert len(frames) == reader.frames_seen == count
    assert [index for index, _, _ in frames] == list(range(count))
    pts = np.array([pts for _, pts, _ in frames])
    assert (np.diff(pts) > 0).all()
    assert frames[0][2] == pytest.approx(start_s, abs=1e-3)
    assert reader.end_pts * float(reader.info.time_base) == pytest.approx(end_s, abs=1e-3)
    assert reader.end_pts > pts[-1]
    assert frames[-1][2] == int(pts[-1]) * reader.info.time_base.numerator / reader.info.time_base.denominator
    assert _missing(reader) == ""


SEEKS = [
    *("animated.gif", "h264.flv", "interlaced.mp4", "mpeg2-1080p-starts-1s5.ts", "mpeg4-vfr.avi"),
    *("no-duration.webm", "no-initial-keyframe.ts", "odd-size-161x121-vp9.webm", "pts-go-back.avi"),
    *("rotated-180-vfr.mp4", "rotated-edit-list.mp4", "starts-10s-60fps.ts", "subs-ass.mkv"),
]


@pytest.mark.parametrize("name", SEEKS)
def test_a_range_is_what_the_whole_film_has_there(real_videos, name):
    path = real_videos / "formats" / name
    with FrameReader(path) as reader:
        whole = [(frame.pts, _brightness(frame.picture)) for frame in reader]
    ends = [pts for pts, _ in whole[1:]] + [reader.end_pts]
    for first in sorted({1, len(whole) // 2, len(whole) - 1}):
        last = min(len(whole) - 1, first + 4)
        with FrameReader(path, start_pts=whole[first][0], end_pts=ends[last]) as reader:
            part = [(frame.pts, _brightness(frame.picture)) for frame in reader]
        assert part == whole[first : last + 1]
        assert reader.end_pts == ends[last]
        assert reader.frames_seen == len(part)


def test_a_range_can_be_read_without_seeking(small_film):
    with FrameReader(small_film) as reader:
        whole = [(frame.pts, _brightness(frame.picture)) for frame in reader]
    with FrameReader(small_film, start_pts=whole[30][0], end_pts=whole[33][0], seek=False) as reader:
        assert [(frame.pts, _brightness(frame.picture)) for frame in reader] == whole[30:33]


def test_films_of_other_codecs_are_seekable_to_the_frame(tmp_path):
    pictures = [np.full((64, 64, 3), 20 + 2 * n, np.uint8) for n in range(100)]
    for codec, name, options in (
        ("libx265", "open.mp4", {"x265-params": "keyint=20:bframes=3:open-gop=1:log-level=none"}),
        ("mpeg2video", "long.ts", {"g": "15", "bf": "2"}),
        ("libx264", "open.ts", {"x264-params": "keyint=20:open-gop=1:bframes=3"}),
        ("libvpx", "hidden.webm", {"auto-alt-ref": "1", "lag-in-frames": "16", "g": "30"}),
        ("ffv1", "lossless.mkv", {}),
    ):
        clock = {"time_base": Fraction(1, 25), "times": range(100)}
        path = write(tmp_path / name, pictures, codec=codec, options=options, **clock)
        with FrameReader(path) as reader:
            whole = [(frame.pts, _brightness(frame.picture)) for frame in reader]
        assert len(whole) == 100, name
        assert _missing(reader) == "", name
        for first in (1, 19, 20, 21, 50, 97):
            with FrameReader(path, start_pts=whole[first][0], end_pts=whole[first + 2][0]) as reader:
                part = [(frame.pts, _brightness(frame.picture)) for frame in reader]
            assert part == whole[first : first + 2], (name, first)


BROKEN = {
    "corrupt-after-28-frames.mp4": (49, "1 damaged packets were left out; 1 damaged frames were patched up"),
    "invalid-nalu.mp4": (29, "30 frames were expected, 29 were decoded; 1 damaged packets were left out"),
    "damaged-audio-fade-out.mp4": (280, ""),
    "missing-stsd.mp4": (30, ""),
    "non-utf8-metadata.3gp": (71, ""),
}


@pytest.mark.parametrize("name", BROKEN)
def test_damage_is_skipped_and_counted(real_videos, name):
    count, words = BROKEN[name]
    with FrameReader(real_videos / "broken" / name, thread_type="SLICE", threads=1) as reader:
        assert sum(1 for _ in reader) == count
    assert _missing(reader) == words


@pytest.mark.parametrize(
    ("name", "error"),
    [
        ("audio-only.mp4", VideoRejected),
        ("empty-or-not-media.webm", VideoRejected),
        ("invalid-bitstream-vp9.webm", DecodeError),
        ("malformed-box.mp4", VideoRejected),
        ("no-codec-context-dolby-vision.mp4", VideoRejected),
        ("no-decodable-frame.mp4", DecodeError),
    ],
)
def test_what_gives_no_picture_says_so(real_videos, name, error):
    with pytest.raises(error, match=name):
        FrameReader(real_videos / "broken" / name)


def test_every_broken_file_is_tried(real_videos):
    tried = {
        *BROKEN,
        "audio-only.mp4",
        "empty-or-not-media.webm",
        "invalid-bitstream-vp9.webm",
        "malformed-box.mp4",
    }
    tried |= {"no-codec-context-dolby-vision.mp4", "no-decodable-frame.mp4"}
    assert tried == {p.name for p in (real_videos / "broken").iterdir()}


def test_a_log_that_somebody_turned_on_does_not_hang_the_decoder(real_videos):
    # In a process of its own: a hang would hold the GIL and with it any time-out in here.
    code = (
        "import av, sys; av.logging.set_level(av.logging.ERROR)\n"
        "from vidsearch_sdk.video.frames import FrameReader\n"
        "for _ in range(5):\n"
        "    with FrameReader(sys.argv[1], threads=3) as reader:\n"
        "        print(sum(1 for _ in reader), reader.bad_packets)\n"
    )
    path = real_videos / "broken" / "corrupt-after-28-frames.mp4"
    done = subprocess.run(
        [sys.executable, "-c", code, path], capture_output=True, text=True, timeout=60, check=True
    )
    assert done.stdout.split("\n")[:5] == ["49 1"] * 5


@pytest.mark.parametrize("container", ["mp4", "mkv", "avi"])
def test_a_film_that_was_cut_off_is_not_whole(tmp_path, small_film, container):
    rng = np.random.default_rng(5)
    pictures = [rng.integers(0, 255, (48, 64, 3), np.uint8) for _ in range(50)]
    codec = "mpeg4" if container == "avi" else "libx264"
    options = {"movflags": "+faststart"} if container == "mp4" else {}
    whole = write(tmp_path / f"whole.{container}", pictures, codec=codec, container_options=options)
    data = whole.read_bytes()
    cut = tmp_path / f"cut.{container}"
    cut.write_bytes(data[: len(data) * 6 // 10])
    with FrameReader(whole) as reader:
        assert sum(1 for _ in reader) == 50
    assert _missing(reader) == ""
    with FrameReader(cut) as reader:
        seen = sum(1 for _ in reader)
    assert 0 < seen < 45
    assert _missing(reader)


def test_variable_times_come_back(tmp_path):
    times = [0, 33, 34, 500, 520, 3000]
    pictures = [np.full((32, 32, 3), 40 * n, np.uint8) for n in range(6)]
    path = write(tmp_path / "vfr.mkv", pictures, times=times)
    with FrameReader(path) as reader:
        assert [frame.pts for frame in reader] == times
    assert reader.info.time_base.denominator == 1000


def test_an_empty_range_is_refused(small_film):
    with pytest.raises(ValueError, match="before end_pts"):
        FrameReader(small_film, start_pts=10, end_pts=10)


def test_a_range_beyond_the_end_is_empty(small_film):
    with FrameReader(small_film, start_pts=10**9) as reader:
        assert list(reader) == []


@pytest.mark.parametrize(("rows", "blocks_left"), [(704, False), (736, True)])
def test_blocks_that_are_left_in_large_pictures_are_not_seen_in_small_ones(tmp_path, rows, blocks_left):
    rng = np.random.default_rng(0)
    coarse = cv2.resize(rng.integers(0, 255, (rows // 16, 80, 3), np.uint8), (1280, rows))
    pictures = [np.ascontiguousarray(np.roll(coarse, 7 * n, axis=1)) for n in range(24)]
    film = write(tmp_path / "film.mp4", pictures, options={"crf": "36", "preset": "medium", "bf": "3"})

    def decoded(small):
        with FrameReader(film, threads=2, for_small_pictures=small) as reader:
            shrink = KeyframePictures(reader.info)
            return [(frame.pts, frame.picture.to_ndarray(), shrink(frame.picture)) for frame in reader]

    pairs = list(zip(decoded(False), decoded(True), strict=True))
    assert [full[0] for full, _ in pairs] == [small[0] for _, small in pairs]
    differ = [(full, small) for full, small in pairs if not np.array_equal(full[1], small[1])]
    assert bool(differ) == blocks_left
    assert len(differ) < len(pairs)  # what other pictures are predicted from stays exact, or all would drift
    for full, small in differ:
        error = np.mean((full[2].astype(float) - small[2]) ** 2)
        assert 10 * np.log10(255**2 / error) > 50


def test_the_limits_on_what_a_decoder_may_do_hold_for_small_pictures_too(tmp_path):
    film = write(tmp_path / "film.mp4", [np.zeros((720, 128, 3), np.uint8)] * 3)
    with open_video(film) as opened:
        limits = opened.stream.codec_context.options
    with open_video(film, for_small_pictures=True) as opened:
        options = opened.stream.codec_context.options
    assert limits
    assert options == {**limits, "skip_loop_filter": "noref"}


@pytest.mark.parametrize("thread_type", ["SLICE", "AUTO"])
def test_who_hurries_gets_the_same_pictures_and_decodes_fewer(tmp_path, monkeypatch, thread_type):
    random = np.random.default_rng(0)
    large = random.integers(0, 256, (96, 400, 3), np.uint8)
    pictures = [np.ascontiguousarray(large[:, 2 * n : 2 * n + 96]) for n in range(150)]
    film = write(tmp_path / "film.mp4", pictures, options={"g": "1000", "bf": "3", "sc_threshold": "0"})
    decoded = []

    class Counting(Clock):
        def tick(self, pts, duration):
            decoded.append(pts)
            return super().tick(pts, duration)

    monkeypatch.setattr("vidsearch_sdk.video.frames.Clock", Counting)

    def read(**options):
        decoded.clear()
        with FrameReader(film, threads=2, thread_type=thread_type, **options) as reader:
            given = [(frame.pts, frame.picture.to_ndarray().tobytes()) for frame in reader]
        return given, len(decoded)

    whole, _ = read()
    assert len(whole) == 150
    for first in (0, 1, 10, 40, 101, 102, 103, 104, 140):
        span = {"start_pts": whole[first][0], "end_pts": whole[first + 8][0]}
        slow, fast = read(**span), read(**span, hurry=True)
        assert slow[0] == fast[0] == whole[first : first + 8]
        if first > 100:
            assert fast[1] < 0.75 * slow[1]


def test_what_is_known_of_a_film_need_not_be_found_out_again(small_film, monkeypatch):
    with FrameReader(small_film) as reader:
        known, pts = reader.info, [frame.pts for frame in reader]
    monkeypatch.setattr("vidsearch_sdk.video.frames.describe", None)
    for first in (0, 2, 30):
        with FrameReader(small_film, start_pts=pts[first], end_pts=pts[first + 5], info=known) as reader:
            assert [frame.pts for frame in reader] == pts[first : first + 5]
            assert reader.info is known
