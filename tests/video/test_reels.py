"""A reel shows its parts in order, at one size and rate, with their sound; read back from the file itself."""

import subprocess
import sys
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import av
import numpy as np
import pytest
from PIL import Image

from tests.video.numbered import number_in, numbered_film, numbers_of, uneven_film
from vidsearch_sdk.errors import DecodeError, StorageError, VideoNotFound
from vidsearch_sdk.video.clip_pictures import fitted_size
from vidsearch_sdk.video.frames import FrameReader
from vidsearch_sdk.video.keyframe_pictures import KeyframePictures
from vidsearch_sdk.video.probe import probe
from vidsearch_sdk.video.reel_plan import ReelPart, RunningTime
from vidsearch_sdk.video.reels import write_reel
from vidsearch_sdk.video.writing import Sound, VideoWriter

SIZE = (128, 72)
RATE = Fraction(25)
# A tone of amplitude 0.4 in one channel is as loud from two at 3 dB less.
MONO = 0.4 / 2**0.5 / 2**0.5


def part(film, first, count, *, exact=True, **more):
    """The span of ``count`` frames of a film from the ``first`` one on."""
    with FrameReader(film) as reader:
        pts = [frame.pts for _, frame in zip(range(first + count + 1), reader, strict=False)]
        pts.append(reader.end_pts)
        info = reader.info
    start, end = pts[first], pts[min(first + count, len(pts) - 1)]
    length = Fraction(count) / info.frame_rate if exact else (end - start) * info.time_base
    return ReelPart(film, start, end, length, **more)


@pytest.fixture(scope="module")
def films(tmp_path_factory):
    """Films of five rates; some speak."""
    folder = tmp_path_factory.mktemp("numbered")
    return {
        "23.976": numbered_film(folder / "a.mp4", rate="24000/1001", tone=300),
        "25": numbered_film(folder / "b.mp4", rate=25, tone=417),
        "50": numbered_film(folder / "c.mp4", rate=50, tone=523),
        "silent": numbered_film(folder / "d.mp4", rate=25),
        "uneven": uneven_film(folder / "e.mkv", np.cumsum([0, *([20, 33, 100, 47, 40] * 12)])),
    }


def sound_of(path):
    with av.open(str(path)) as container:
        stream = container.streams.audio[0]
        blocks = [frame.to_ndarray() for frame in container.decode(stream)]
    return np.concatenate(blocks, axis=1)


def level(samples):
    return float(np.sqrt(np.mean(np.square(samples, dtype=float))))


def test_parts_of_all_rates_stand_one_after_another(films, tmp_path):
    parts = [
        part(films["23.976"], 48, 60),
        part(films["25"], 101, 40),
        part(films["50"], 30, 90),
        part(films["silent"], 7, 1),
        part(films["uneven"], 10, 30, exact=False),
        part(films["25"], 150, 50),
    ]
    told = []
    out = write_reel(parts, tmp_path / "reel.mp4", size=SIZE, frame_rate=RATE, progress=told.append)
    assert out == tmp_path / "reel.mp4"
    assert [p.name for p in tmp_path.iterdir()] == ["reel.mp4"]
    assert told == sorted(told)
    assert told[-1] == 1.0
    assert min(told) >= 0

    numbers, times = numbers_of(out)
    total = sum(p.length_s for p in parts)
    assert abs(len(numbers) / RATE - total) <= Fraction(1, 25)
    assert times == pytest.approx([n / 25 for n in range(len(numbers))], abs=1e-6)
    ends = np.cumsum([0, *(float(p.length_s * RATE) for p in parts)])
    pieces = [numbers[int(a + 0.5) : int(b + 0.5)] for a, b in pairwise(ends)]
    assert pieces[0][0] == 48
    assert pieces[0][-1] in (106, 107)
    assert set(pieces[0]) == set(range(48, pieces[0][-1] + 1))
    assert pieces[1] == list(range(101, 141))
    assert pieces[2] == list(range(30, 120, 2))
    assert pieces[3] == [7]
    assert (pieces[4][0], pieces[4][-1]) == (10, 39)
    assert pieces[4] == sorted(pieces[4])
    assert pieces[5] == list(range(150, 200))


def test_fifty_parts_drift_neither_in_picture_nor_in_sound(films, tmp_path):
    order = ["23.976", "25", "50"]
    parts = [part(films[order[n % 3]], 3 + 2 * n, 13 + n % 5) for n in range(50)]
    out = write_reel(parts, tmp_path / "reel.mp4", size=SIZE, frame_rate=Fraction(24))
    numbers, _ = numbers_of(out)
    assert abs(len(numbers) / 24 - float(sum(p.length_s for p in parts))) <= 1 / 24
    samples = sound_of(out)
    assert samples.shape[1] / 48_000 == pytest.approx(len(numbers) / 24, abs=0.03)
    # Every part is known by its own tone: where the tone changes, the picture does.
    at = Fraction(0)
    for n, one in enumerate(parts):
        begin, end = round(at * 24), round((at + one.length_s) * 24)
        assert numbers[begin] == 3 + 2 * n
        middle = samples[0, (begin + 2) * 2000 : (end - 2) * 2000]
        spectrum = np.abs(np.fft.rfft(middle * np.hanning(len(middle)), 48_000))
        assert int(spectrum.argmax()) == pytest.approx([300, 417, 523][n % 3], abs=6)
        at += one.length_s


def test_it_is_what_every_player_takes(films, tmp_path):
    parts = [part(films["25"], 0, 30), part(films["23.976"], 0, 30)]
    out = write_reel(parts, tmp_path / "reel.mp4", size=(320, 180), frame_rate=Fraction(30000, 1001))
    data = out.read_bytes()
    assert data[4:8] == b"ftyp"
    assert data.find(b"moov") < data.find(b"mdat")
    with av.open(str(out)) as container:
        video, audio = container.streams.video[0], container.streams.audio[0]
        context = video.codec_context
        assert (context.name, context.profile, context.pix_fmt) == ("h264", "High", "yuv420p")
        assert (context.width, context.height) == (320, 180)
        assert (context.colorspace, context.color_range) == (1, 1)
        assert video.average_rate == Fraction(30000, 1001)
        assert (audio.codec_context.name, audio.profile) == ("aac", "LC")
        assert (audio.rate, audio.channels) == (48_000, 2)
        assert video.start_time == 0
        packets = [p for p in container.demux(video) if p.size]
        steps = {b.pts - a.pts for a, b in pairwise(packets)}
        assert len(steps) == 1
        assert all(p.pts == p.dts for p in packets)
        # Players can go to the start of each part at once.
        assert {0, 36} <= {n for n, p in enumerate(packets) if p.is_keyframe}


def test_a_film_without_sound_is_silent_between_others(films, tmp_path):
    parts = [part(films["25"], 0, 25), part(films["silent"], 0, 25), part(films["25"], 25, 25)]
    samples = sound_of(write_reel(parts, tmp_path / "reel.mp4", size=SIZE, frame_rate=RATE))
    assert level(samples[:, 4_000:44_000]) == pytest.approx(MONO, rel=0.05)
    assert level(samples[:, 52_000:92_000]) < 1e-3
    assert level(samples[:, 100_000:140_000]) == pytest.approx(MONO, rel=0.05)
    only = write_reel([parts[1]], tmp_path / "silent.mp4", size=SIZE, frame_rate=RATE)
    assert level(sound_of(only)) < 1e-6


def test_sound_goes_on_over_a_cut_within_one_film(films, tmp_path):
    parts = [part(films["25"], 20, 30), part(films["25"], 50, 30)]
    samples = sound_of(write_reel(parts, tmp_path / "reel.mp4", size=SIZE, frame_rate=RATE))[0]
    cut = round(30 / 25 * 48_000)
    inside, around = samples[10_000:40_000], samples[cut - 2400 : cut + 2400]
    assert level(around) == pytest.approx(level(inside), rel=0.03)
    assert np.abs(np.diff(around)).max() < 1.1 * np.abs(np.diff(inside)).max()


def test_sound_crossfades_between_films(films, tmp_path):
    parts = [part(films["25"], 20, 30), part(films["23.976"], 90, 30)]
    samples = sound_of(write_reel(parts, tmp_path / "reel.mp4", size=SIZE, frame_rate=RATE))[0]
    cut = round(30 / 25 * 48_000)
    steps = np.abs(np.diff(samples))
    # A cut between two waves at any place is a step of up to 0.8; the tones themselves take 0.02 each.
    assert steps[cut - 4800 : cut + 4800].max() < 0.04
    assert level(samples[cut - 1200 : cut + 1200]) == pytest.approx(level(samples[10_000:40_000]), rel=0.15)


def test_pictures_and_sound_stay_together(tmp_path):
    film = tmp_path / "clicks.mp4"
    clicks = np.zeros(8 * 48_000, np.float32)
    for second in range(8):
        clicks[second * 48_000 :][:480] = 0.8 * np.sin(2 * np.pi * 2000 * np.arange(480) / 48_000)
    sound = Sound(clicks, rate=48_000, bit_rate=128_000)
    with VideoWriter(film, width=64, height=48, rate=RATE, sound=sound) as writer:
        for number in range(200):
            writer.write(np.full((48, 64, 3), 230 if number % 25 < 3 else 40, np.uint8))
    parts = [part(film, first, 40) for first in (5, 20, 55, 105, 130, 155)]
    out = write_reel(parts, tmp_path / "reel.mp4", size=(64, 48), frame_rate=Fraction(24))
    with FrameReader(out) as reader:
        light = [(f.time_s, f.picture.to_ndarray(format="gray8").mean() > 120) for f in reader]
    flashes = [t for n, (t, on) in enumerate(light) if on and (n == 0 or not light[n - 1][1])]
    loud = np.flatnonzero(np.abs(sound_of(out)[0]) > 0.3) / 48_000
    heard = [t for n, t in enumerate(loud) if n == 0 or t - loud[n - 1] > 0.3]
    assert len(flashes) == 7
    assert heard == pytest.approx(flashes, abs=0.022)


# Film, first frame, number of frames, and how far a pixel may be off on average: noise and HDR cost more.
REAL = [
    ("films/nasa-webb-mirror.mp4", 190, 24, 4),
    ("formats/hevc-hlg-rotated-edit-list.mp4", 3, 6, 5),
    ("formats/hdr10-av1-portrait.mp4", 10, 6, 5),
    ("formats/rotated-180-vfr.mp4", 2, 9, 6),
    ("formats/pixel-aspect-2x1.mp4", 50, 9, 6),
    ("formats/starts-10s-60fps.ts", 100, 9, 4),
    ("formats/animated.gif", 5, 9, 6),
    ("formats/odd-size-161x121-vp9.webm", 3, 6, 6),
    ("formats/two-video-streams-rotated.mp4", 3, 6, 5),
    ("formats/pts-go-back.avi", 54, 9, 6),
    ("formats/no-initial-keyframe.ts", 5, 6, 5),
    ("films/big-buck-bunny-vfr.mp4", 40, 8, 5),
    ("films/pancake.mkv", 150, 10, 4),
]


def test_odd_films_come_out_as_people_see_them(real_videos, tmp_path):
    size = (640, 360)
    parts = [part(real_videos / name, first, count, exact=False) for name, first, count, _ in REAL]
    rate = Fraction(30000, 1001)
    out = write_reel(parts, tmp_path / "reel.mp4", size=size, frame_rate=rate)
    with FrameReader(out) as reader:
        shown = [frame.picture.to_ndarray(format="rgb24").astype(int) for frame in reader]
    total = sum(p.length_s for p in parts)
    assert abs(len(shown) / rate - total) <= 1 / rate
    at = Fraction(0)
    for one, (name, *_, off) in zip(parts, REAL, strict=True):
        begin, at = int(at * rate + Fraction(1, 2)), at + one.length_s
        end = int(at * rate + Fraction(1, 2)) - 1
        with FrameReader(one.path, start_pts=one.start_pts, end_pts=one.end_pts) as reader:
            upright = KeyframePictures(reader.info, short_side=2000)
            truth = [upright(frame.picture) for frame in reader]
        width, height = fitted_size(truth[0].shape[1], truth[0].shape[0], size)
        left, top = (size[0] - width) // 4 * 2, (size[1] - height) // 4 * 2
        for seen, frames in ((shown[begin], truth[:1]), (shown[end], truth[-2:])):
            inside = seen[top : top + height, left : left + width]
            resized = [np.asarray(Image.fromarray(f).resize((width, height))).astype(int) for f in frames]
            assert min(np.abs(inside - one).mean() for one in resized) < off, name
            bars = seen.copy()
            bars[max(0, top - 2) : top + height + 2, max(0, left - 2) : left + width + 2] = 0
            assert bars.max() < 12, name


def test_an_interlaced_film_has_no_combs_and_all_its_frames(real_videos, tmp_path):
    film = real_videos / "formats" / "interlaced.mp4"
    one = part(film, 2, 15, exact=False)
    info = probe(film)
    size = fitted_size(info.width, info.height, (640, 360))
    out = write_reel([one], tmp_path / "reel.mp4", size=size, frame_rate=info.frame_rate)
    with FrameReader(out) as reader:
        assert len(list(reader)) == 15


def test_titles_are_read_on_white_and_on_black(tmp_path):
    for name, value in (("white.mp4", 250), ("black.mp4", 5)):
        with VideoWriter(tmp_path / name, width=640, height=360, rate=RATE) as writer:
            for _ in range(30):
                writer.write(np.full((360, 640, 3), value, np.uint8))
    running = RunningTime(0, RATE, "10:00:00:00", 0.0)
    parts = [
        part(tmp_path / name, 0, 30, title=title, running=running)
        for name, title in (("white.mp4", "Harbor at dawn"), ("black.mp4", "日本 " + "x" * 300))
    ]
    out = write_reel(parts, tmp_path / "reel.mp4", size=(640, 360), frame_rate=RATE, titles=True)
    with FrameReader(out) as reader:
        frames = [f.picture.to_ndarray(format="gray8").astype(int) for f in reader]
    for n, around in ((3, 250), (33, 5)):
        strip = frames[n][310:350]
        title, gap, time = strip[:, 16:80], strip[:, 430:500], strip[:, 530:620]
        for written in (title, time):
            assert written.max() > 215
            assert np.percentile(written, 30) < 140
        assert frames[n][:300].mean() == pytest.approx(around, abs=8)
        if n == 3:
            assert gap.mean() == pytest.approx(around, abs=8)
    # The title stands still, the time runs.
    still = np.abs(frames[3][310:350, 16:200] - frames[12][310:350, 16:200]).mean()
    runs = np.abs(frames[3][310:350, 530:620] - frames[12][310:350, 530:620]).mean()
    assert still < 1
    assert runs > 1.2


def test_titles_of_films_that_need_no_scaling_do_not_smear(films, tmp_path):
    # Pictures that pass through unchanged are the decoder's own, and further ones are predicted from them.
    one = part(films["25"], 0, 60, title="Title", running=RunningTime(0, RATE, "01:00:00:00", 0.0))
    out = write_reel([one], tmp_path / "reel.mp4", size=SIZE, frame_rate=RATE, titles=True)
    assert numbers_of(out)[0] == list(range(60))
    with FrameReader(out) as reader:
        top = [number_in(f.picture.to_ndarray(format="rgb24")[:40]) for f in reader]
    assert top == list(range(60))


def test_a_film_that_ends_early_stands_still(films, tmp_path):
    whole = part(films["25"], 180, 20)
    longer = ReelPart(whole.path, whole.start_pts, whole.end_pts + 10**6, Fraction(30, 25))
    out = write_reel([longer], tmp_path / "reel.mp4", size=SIZE, frame_rate=RATE)
    assert numbers_of(out)[0] == [*range(180, 200), *[199] * 10]


class Stopped(BaseException):
    pass


def test_it_may_be_stopped_until_it_is_put_in_its_place(films, tmp_path):
    def stop(share):
        if share == 1:
            assert not (tmp_path / "reel.mp4").exists()
            raise Stopped

    with pytest.raises(Stopped):
        write_reel(
            [part(films["25"], 0, 5)], tmp_path / "reel.mp4", size=SIZE, frame_rate=RATE, progress=stop
        )
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_comes_meanwhile_stays(films, tmp_path):
    out, given = tmp_path / "reel.mp4", {"size": SIZE, "frame_rate": RATE}
    parts = [part(films["25"], 0, 5)]
    with pytest.raises(StorageError, match="overwrite=True"):
        write_reel(parts, out, **given, progress=lambda share: out.write_bytes(b"mine"))
    assert out.read_bytes() == b"mine"
    assert [p.name for p in tmp_path.iterdir()] == ["reel.mp4"]
    write_reel(parts, out, **given, overwrite=True)
    assert numbers_of(out)[0] == list(range(5))


@pytest.mark.parametrize("reason", [Stopped, KeyboardInterrupt, OSError, ValueError])
def test_what_stops_it_comes_through_and_leaves_nothing(films, tmp_path, reason):
    out = tmp_path / "folder" / "reel.mp4"
    parts = [part(films["25"], 0, 100), part(films["50"], 0, 100)]

    def stop(share):
        assert any(out.parent.iterdir())
        if share > 0.6:
            raise reason

    with pytest.raises(reason):
        write_reel(parts, out, size=SIZE, frame_rate=RATE, progress=stop)
    assert list(out.parent.iterdir()) == []


def test_a_part_that_cannot_be_decoded_leaves_an_older_reel_alone(films, tmp_path):
    out = tmp_path / "reel.mp4"
    out.write_bytes(b"older")
    good = part(films["25"], 0, 10)
    beyond = ReelPart(films["25"], 10**9, 10**9 + 5, Fraction(1))
    with pytest.raises(DecodeError, match=r"^b\.mp4: no frame can be decoded"):
        write_reel([good, beyond], out, size=SIZE, frame_rate=RATE, overwrite=True)
    gone = ReelPart(tmp_path / "gone.mp4", 0, 5, Fraction(1))
    with pytest.raises(VideoNotFound, match=r"gone\.mp4"):
        write_reel([good, gone], out, size=SIZE, frame_rate=RATE, overwrite=True)
    assert out.read_bytes() == b"older"
    assert [p.name for p in tmp_path.iterdir()] == ["reel.mp4"]


@pytest.mark.parametrize(
    "wrong",
    [
        {"size": (127, 72)},
        {"size": (0, 2)},
        {"frame_rate": Fraction(0)},
        {"crossfade_s": -0.1},
        {"crossfade_s": 2.0},
        {"crf": 60},
    ],
)
def test_arguments_are_checked(films, tmp_path, wrong):
    given = {"size": SIZE, "frame_rate": RATE, **wrong}
    with pytest.raises(ValueError, match=next(iter(wrong))):
        write_reel([part(films["25"], 0, 5)], tmp_path / "reel.mp4", **given)
    with pytest.raises(ValueError, match="parts"):
        write_reel([], tmp_path / "reel.mp4", size=SIZE, frame_rate=RATE)
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_cannot_be_written_is_told(films, tmp_path):
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(StorageError, match=r"^the folder .*/file cannot be made .*choose another folder"):
        write_reel([part(films["25"], 0, 5)], tmp_path / "file" / "reel.mp4", size=SIZE, frame_rate=RATE)


_LIMITED = """
import resource, signal, sys
from fractions import Fraction
from pathlib import Path
from vidsearch_sdk.errors import StorageError
from vidsearch_sdk.video.reel_plan import ReelPart
from vidsearch_sdk.video.reels import write_reel
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[3]), int(sys.argv[3])))
part = ReelPart(Path(sys.argv[1]), 0, 10**6, Fraction(4))
try:
    write_reel([part] * 3, sys.argv[2], size=(320, 180), frame_rate=Fraction(25), crf=10, overwrite=True)
except StorageError as error:
    print('refused', error)
"""


@pytest.mark.parametrize("limit", [200, 30_000, 150_000])
def test_a_full_disk_is_told_and_an_older_reel_stays(films, tmp_path, limit):
    # A limit on the size of files refuses the write as a full disk does, at one place or another.
    out = tmp_path / "reel.mp4"
    out.write_bytes(b"older")
    done = subprocess.run(
        [sys.executable, "-c", _LIMITED, films["25"], out, str(limit)],
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.stdout.startswith("refused reel.mp4 cannot be written in"), done.stderr
    assert out.read_bytes() == b"older"
    assert [p.name for p in tmp_path.iterdir()] == ["reel.mp4"]


_MEASURED = """
import resource, sys
from fractions import Fraction
from pathlib import Path
from vidsearch_sdk.video.reel_plan import ReelPart
from vidsearch_sdk.video.reels import write_reel
part = ReelPart(Path(sys.argv[1]), 0, 10**9, Fraction(8))
for count in (1, 5):
    write_reel([part] * count, f"{count}-{sys.argv[2]}", size=(128, 72), frame_rate=Fraction(25), threads=1)
    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="other systems count memory in other units")
def test_memory_does_not_grow_with_the_length(films, tmp_path):
    done = subprocess.run(
        [sys.executable, "-c", _MEASURED, films["25"], "reel.mp4"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    short, long = (int(line) / 1024 for line in done.stdout.split())
    # Half a minute of sound alone would be 12 MB.
    assert long - short < 5


def test_no_descriptor_stays_open(films, tmp_path):
    if not Path("/proc/self/fd").is_dir():
        pytest.skip("the open files of a process are not listed here")
    parts = [part(films["25"], 0, 5), part(films["50"], 0, 5)]
    before = len(list(Path("/proc/self/fd").iterdir()))
    for number in range(3):
        write_reel(parts, tmp_path / f"reel{number}.mp4", size=SIZE, frame_rate=RATE)
    assert len(list(Path("/proc/self/fd").iterdir())) <= before
