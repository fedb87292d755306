"""A clip holds exactly the frames of its span, at their times, as people see them."""

import subprocess
import sys
from fractions import Fraction

import av
import numpy as np
import pytest
from PIL import Image

from tests.video.made import corners, quadrants, write
from vidsearch_sdk.errors import DecodeError, StorageError, VideoNotFound, VideoRejected
from vidsearch_sdk.video.clips import write_clip
from vidsearch_sdk.video.frames import FrameReader
from vidsearch_sdk.video.keyframe_pictures import KeyframePictures
from vidsearch_sdk.video.probe import probe
from vidsearch_sdk.video.writing import Sound, VideoWriter

_SMALL = 240


def look(path, *, start_pts=None, end_pts=None, upright=True):
    """All frames as (seconds, small picture), and the end in seconds."""
    with FrameReader(path, start_pts=start_pts, end_pts=end_pts) as reader:
        pictures = KeyframePictures(reader.info, short_side=_SMALL)
        frames = [(frame.time_s, pictures(frame.picture).astype(int)) for frame in reader]
        return frames, reader.end_pts * float(reader.info.time_base)


def times_of(path, *, frames=None):
    """Times of all frames, or of the first ones, and the end of the last."""
    with FrameReader(path) as reader:
        pts = [frame.pts for _, frame in zip(range(frames or 10**9), reader, strict=False)]
        return pts, reader.end_pts


def sound_of(path):
    with av.open(str(path)) as container:
        if not container.streams.audio:
            return None
        rate = container.streams.audio[0].rate
        blocks = [frame.to_ndarray().mean(axis=0) for frame in container.decode(audio=0)]
    return np.concatenate(blocks), rate


# Film, first frame, number of frames, whether there is sound, and how far a pixel may be off on average: for
# a film of few pixels, noise or HDR, x264 and the table that maps HDR cost more.
SPANS = [
    ("formats/-leading-dash-1x1px.mp4", 1, 3, False, 3),
    ("formats/animated.gif", 5, 9, False, 5),
    ("formats/edit-list-starts-1s.mp4", 100, 4, True, 2),
    ("formats/h264.flv", 10, 9, True, 3),
    ("formats/hdr10-av1-portrait.mp4", 30, 4, True, 4),
    ("formats/hevc-hlg-rotated-edit-list.mp4", 3, 4, True, 4),
    ("formats/interlaced.mp4", 7, 9, True, 6),
    ("formats/mpeg2-1080p-starts-1s5.ts", 19, 5, True, 2),
    ("formats/mpeg4-vfr.avi", 0, 9, True, 3),
    ("formats/no-duration.webm", 24, 9, True, 2),
    ("formats/no-initial-keyframe.ts", 5, 9, True, 3),
    ("formats/odd-size-161x121-vp9.webm", 10, 9, False, 6),
    ("formats/pixel-aspect-2x1.mp4", 50, 9, False, 4),
    ("formats/pts-go-back.avi", 54, 9, True, 4),
    ("formats/rotated-180-vfr.mp4", 8, 9, True, 3),
    ("formats/rotated-edit-list.mp4", 15, 5, True, 2),
    ("formats/starts-10s-60fps.ts", 100, 9, True, 2),
    ("formats/ten-by-six-pixels.mp4", 500, 30, True, 8),
    ("formats/two-video-streams-rotated.mp4", 17, 4, False, 4),
    ("films/nasa-webb-mirror.mp4", 202, 20, True, 3),
    ("films/big-buck-bunny-vfr.mp4", 40, 8, True, 3),
    ("films/pancake.mkv", 300, 10, True, 4),
    ("broken/damaged-audio-fade-out.mp4", 90, 10, True, 4),
]


@pytest.mark.parametrize(
    ("name", "first", "count", "sound", "off"), SPANS, ids=[s[0].split("/")[1] for s in SPANS]
)
def test_a_clip_is_the_span(real_videos, tmp_path, name, first, count, sound, off):
    film = real_videos / name
    pts, end = times_of(film, frames=first + count + 1)
    span = pts[first], [*pts, end][min(first + count, len(pts))]
    told = []
    out = write_clip(film, tmp_path / "clip.mp4", start_pts=span[0], end_pts=span[1], progress=told.append)
    assert out == tmp_path / "clip.mp4"
    assert [p.name for p in tmp_path.iterdir()] == ["clip.mp4"]
    assert told == sorted(told)
    assert told[-1] == 1.0

    frames, clip_end = look(out)
    wanted, film_end = look(film, start_pts=span[0], end_pts=span[1])
    assert len(frames) == len(wanted) == min(count, len(pts) - first)
    start = wanted[0][0]
    assert [t for t, _ in frames] == pytest.approx([t - start for t, _ in wanted], abs=1e-4)
    assert clip_end == pytest.approx(film_end - start, abs=1e-3)
    for (_, seen), (_, truth) in zip((frames[0], frames[-1]), (wanted[0], wanted[-1]), strict=True):
        if seen.shape != truth.shape:  # odd sides became even
            truth = np.asarray(Image.fromarray(truth.astype(np.uint8)).resize(seen.shape[1::-1])).astype(int)
        assert np.abs(seen - truth).mean() < off

    info, shown = probe(out), probe(film)
    assert (info.codec, info.rotation, info.pixel_aspect, info.hdr, info.start_pts) == ("h264", 0, 1, "", 0)
    assert info.width - shown.width in (0, 1)
    assert info.height - shown.height in (0, 1)
    assert info.width % 2 == info.height % 2 == 0
    with av.open(str(out)) as container:
        stream = container.streams.video[0]
        assert stream.codec_context.pix_fmt == "yuv420p"
        assert (stream.codec_context.colorspace, stream.codec_context.color_range) == (1, 1)
    data = out.read_bytes()
    assert data.find(b"moov") < data.find(b"mdat")
    assert (sound_of(out) is not None) is sound
    if sound:
        samples, rate = sound_of(out)
        assert len(samples) / rate == pytest.approx(clip_end, abs=0.03)


def test_the_last_frame_of_the_span_is_not_the_next_shot(real_videos, tmp_path):
    # A hard cut at frame 202: one clip ends in the old shot, the other starts in the new one.
    film = real_videos / "films" / "nasa-webb-mirror.mp4"
    pts, _ = times_of(film)
    before = look(write_clip(film, tmp_path / "a.mp4", start_pts=pts[195], end_pts=pts[202]))[0]
    after = look(write_clip(film, tmp_path / "b.mp4", start_pts=pts[202], end_pts=pts[209]))[0]
    inside = np.abs(before[-1][1] - before[0][1]).mean()
    across = np.abs(after[0][1] - before[-1][1]).mean()
    assert len(before) == len(after) == 7
    assert across > 5 * inside


@pytest.fixture(scope="module")
def film_with_clicks(tmp_path_factory):
    """Ten seconds; a white flash and a click at each whole second."""
    rate = 48_000
    samples = np.zeros(10 * rate, np.float32)
    path = tmp_path_factory.mktemp("clicks") / "clicks.mp4"
    for second in range(10):
        samples[second * rate : second * rate + 480] = 0.8 * np.sin(2 * np.pi * 2000 * np.arange(480) / rate)
    sound = Sound(samples, rate=rate, bit_rate=128_000)
    with VideoWriter(path, width=64, height=48, rate=Fraction(25), sound=sound) as writer:
        for number in range(250):
            writer.write(np.full((48, 64, 3), 230 if number % 25 == 0 else 40, np.uint8))
    return path


@pytest.mark.parametrize("first", [0, 20, 60, 110, 237])
def test_sound_stays_with_its_pictures(film_with_clicks, tmp_path, first):
    pts, end = times_of(film_with_clicks)
    last = min(250, first + 60)
    out = write_clip(film_with_clicks, tmp_path / "clip.mp4", start_pts=pts[first], end_pts=[*pts, end][last])
    frames, _ = look(out)
    flashes = [t for t, picture in frames if picture.mean() > 120]
    samples, rate = sound_of(out)
    assert len(samples) / rate == pytest.approx((last - first) / 25, abs=0.025)
    loud = np.flatnonzero(np.abs(samples) > 0.3) / rate
    clicks = [t for n, t in enumerate(loud) if n == 0 or t - loud[n - 1] > 0.5]
    assert clicks == pytest.approx(flashes, abs=0.005)
    assert flashes == pytest.approx(
        [s - first / 25 for s in range(10) if first / 25 <= s < last / 25], abs=1e-3
    )


def test_a_span_between_frames_gives_the_frames_inside(small_film, tmp_path):
    info = probe(small_film)
    pts, _ = times_of(small_film)
    out = write_clip(small_film, tmp_path / "clip.mp4", start_pts=pts[10] + 1, end_pts=pts[13] + 1)
    frames, end = look(out)
    assert len(frames) == 3
    assert end == pytest.approx(float((pts[13] + 1 - pts[11]) * info.time_base), abs=1e-3)


def test_a_span_that_reaches_beyond_the_film_ends_with_it(small_film, tmp_path):
    pts, _ = times_of(small_film)
    out = write_clip(small_film, tmp_path / "clip.mp4", start_pts=pts[45], end_pts=2**60)
    frames, end = look(out)
    assert len(frames) == 5
    assert end == pytest.approx(0.2, abs=1e-3)


@pytest.mark.parametrize("turn", [90, 180, 270])
def test_turned_and_mirrored_films(tmp_path, turn):
    stored = np.ascontiguousarray(np.rot90(quadrants(96, 64), turn // 90)[:, ::-1])
    a, b, c, d = {90: (0, 1, -1, 0), 180: (-1, 0, 0, -1), 270: (0, -1, 1, 0)}[turn]

    def tell(stream):
        one = 1 << 16
        stream.set_display_matrix([-a * one, -b * one, 0, c * one, d * one, 0, 0, 0, 1 << 30])

    film = write(tmp_path / "film.mp4", [stored] * 4, prepare=tell)
    out = write_clip(film, tmp_path / "clip.mp4", start_pts=0, end_pts=10**6)
    frames, _ = look(out)
    assert len(frames) == 4
    assert frames[0][1].shape == (64, 96, 3)
    assert corners(frames[0][1]) == ("top left", "top right", "bottom left", "bottom right")


def test_a_clip_can_be_small_and_silent(real_videos, tmp_path):
    film = real_videos / "formats" / "portrait-4k60.mp4"
    out = write_clip(film, tmp_path / "clip.mp4", start_pts=0, end_pts=9000, short_side=180, sound=False)
    info = probe(out)
    assert (info.width, info.height) == (180, 320)
    assert sound_of(out) is None


def test_a_clock_that_starts_again(tmp_path):
    half = [np.full((48, 64, 3), 10 + 4 * n, np.uint8) for n in range(30)]
    other = [np.full((48, 64, 3), 130 + 4 * n, np.uint8) for n in range(30)]
    clock = {"time_base": Fraction(1, 90000), "times": range(0, 30 * 3600, 3600)}
    joined = tmp_path / "joined.ts"
    joined.write_bytes(
        write(tmp_path / "a.ts", half, **clock).read_bytes()
        + write(tmp_path / "b.ts", other, **clock).read_bytes()
    )
    pts, _ = times_of(joined)
    assert len(pts) == 60
    frames, _ = look(write_clip(joined, tmp_path / "clip.mp4", start_pts=pts[50], end_pts=pts[55]))
    assert [round(p.mean()) for _, p in frames] == pytest.approx([130 + 4 * n for n in range(20, 25)], abs=3)


def test_an_older_clip_is_replaced_and_folders_are_made(small_film, tmp_path):
    out = tmp_path / "new" / "clips" / "x.mp4"
    write_clip(small_film, out, start_pts=0, end_pts=10**6)
    size = out.stat().st_size
    write_clip(small_film, out, start_pts=0, end_pts=1)
    assert 0 < out.stat().st_size < size
    assert [p.name for p in out.parent.iterdir()] == ["x.mp4"]


@pytest.mark.parametrize("name", ["http:x.mp4", "-y.mp4", "%03d.mp4", "a'b\n.mp4", "x" * 250 + ".mp4"])
def test_odd_names_of_clips(small_film, tmp_path, monkeypatch, name):
    monkeypatch.chdir(tmp_path)
    out = write_clip(small_film, name, start_pts=0, end_pts=1)
    assert out == tmp_path / name
    assert probe(out).frames_expected == 1


def test_a_span_without_a_frame_says_so_and_leaves_nothing(small_film, tmp_path):
    with pytest.raises(DecodeError, match="no frame can be decoded from pts 9000000 to 9000001"):
        write_clip(small_film, tmp_path / "clips" / "clip.mp4", start_pts=9000000, end_pts=9000001)
    assert list(tmp_path.iterdir()) == []


def test_a_film_that_is_none_leaves_an_older_clip_alone(tmp_path):
    out = tmp_path / "clip.mp4"
    out.write_bytes(b"older")
    (tmp_path / "film.mp4").write_bytes(b"#EXTM3U\n")
    with pytest.raises(VideoRejected):
        write_clip(tmp_path / "film.mp4", out, start_pts=0, end_pts=1)
    with pytest.raises(VideoNotFound):
        write_clip(tmp_path / "none.mp4", out, start_pts=0, end_pts=1)
    assert out.read_bytes() == b"older"


@pytest.mark.parametrize(
    "wrong", [{"crf": 60}, {"short_side": 1}, {"end_pts": 0}, {"threads": -1}, {"thread_type": "no"}]
)
def test_arguments_are_checked(small_film, tmp_path, wrong):
    with pytest.raises(ValueError, match=next(iter(wrong)).split("_pts")[0]):
        write_clip(small_film, tmp_path / "clip.mp4", **{"start_pts": 0, "end_pts": 100, **wrong})
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_cannot_be_written_is_told(small_film, tmp_path):
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(StorageError, match=r"^the folder .*/file cannot be made .*choose another folder"):
        write_clip(small_film, tmp_path / "file" / "clip.mp4", start_pts=0, end_pts=1)


@pytest.mark.parametrize("limit", [200, 5_000, 60_000])
def test_a_full_disk_is_told_and_an_older_clip_stays(real_videos, tmp_path, limit):
    # A limit on the size of files refuses the write as a full disk does, at one place or another.
    out = tmp_path / "clip.mp4"
    out.write_bytes(b"older")
    code = (
        "import resource, signal, sys\n"
        "from vidsearch_sdk.errors import StorageError\n"
        "from vidsearch_sdk.video.clips import write_clip\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        f"resource.setrlimit(resource.RLIMIT_FSIZE, ({limit}, {limit}))\n"
        "try:\n"
        "    write_clip(sys.argv[1], sys.argv[2], start_pts=0, end_pts=10**6, crf=10)\n"
        "except StorageError as error:\n"
        "    print('refused', error)\n"
    )
    film = real_videos / "films" / "nasa-webb-mirror.mp4"
    done = subprocess.run(
        [sys.executable, "-c", code, film, out], capture_output=True, text=True, timeout=120
    )
    assert done.stdout.startswith("refused clip.mp4 cannot be written in"), done.stderr
    assert out.read_bytes() == b"older"
    assert [p.name for p in tmp_path.iterdir()] == ["clip.mp4"]
