"""A proxy holds exactly the frames of its span, at their times, and plays while it is made."""

import io
import struct
import threading
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from PIL import Image

from tests.video.made import corners, quadrants, write
from vidsearch_sdk.errors import DecodeError, VideoNotFound, VideoRejected
from vidsearch_sdk.video.frames import FrameReader
from vidsearch_sdk.video.keyframe_pictures import KeyframePictures
from vidsearch_sdk.video.probe import probe
from vidsearch_sdk.video.proxies import open_proxy
from vidsearch_sdk.video.writing import Sound, VideoWriter

_CONTAINERS = {"moov", "trak", "mdia", "minf", "stbl", "mvex", "moof", "traf", "edts"}


def made(film, start_pts=0, end_pts=2**60, **options):
    with open_proxy(film, start_pts=start_pts, end_pts=end_pts, **options) as proxy:
        chunks = list(proxy)
    return proxy, chunks


def boxes(data):
    """Walk through all boxes: (path, content), depth first."""
    place = 0
    while place < len(data):
        size, kind = struct.unpack_from(">I4s", data, place)
        kind = kind.decode("ascii")
        assert 8 <= size <= len(data) - place, f"{kind} of {size} bytes at {place}"
        content = data[place + 8 : place + size]
        yield kind, content
        if kind in _CONTAINERS:
            yield from ((f"{kind}/{path}", inner) for path, inner in boxes(content))
        place += size


def runs(chunk):
    """The track runs of a fragment: {track: (start, durations, sync flags)}."""
    found, track = {}, 0
    for path, content in boxes(chunk):
        if path == "moof/traf/tfhd":
            (track,) = struct.unpack_from(">I", content, 4)
        elif path == "moof/traf/tfdt":
            (start,) = struct.unpack_from(">Q", content, 4)
        elif path == "moof/traf/trun":
            (count,) = struct.unpack_from(">I", content, 4)
            rows = list(struct.iter_unpack(">III", content[12:]))
            assert len(rows) == count
            found[track] = start, [row[0] for row in rows], [row[2] == 0x0200_0000 for row in rows]
    return found


def shown(source, *, start_pts=None, end_pts=None):
    """All frames of a proxy's bytes, or of a span of a film, as (seconds, small picture)."""
    if isinstance(source, bytes):
        with av.open(io.BytesIO(source)) as container:
            frames = list(container.decode(video=0))
        return [(f.time, f.to_ndarray(format="rgb24").astype(int)) for f in frames]
    with FrameReader(source, start_pts=start_pts, end_pts=end_pts) as reader:
        pictures = KeyframePictures(reader.info, short_side=360)
        return [(frame.time_s, pictures(frame.picture).astype(int)) for frame in reader]


def heard(data):
    with av.open(io.BytesIO(data)) as container:
        blocks = [(f.time, f.to_ndarray().mean(axis=0)) for f in container.decode(audio=0)]
    return blocks[0][0], np.concatenate([samples for _, samples in blocks])


def times_of(path, *, frames=None):
    with FrameReader(path) as reader:
        pts = [frame.pts for _, frame in zip(range(frames or 10**9), reader, strict=False)]
        return pts, reader.end_pts


# Film, first frame, number of frames, whether there is sound, and how far a pixel may be off on average.
SPANS = [
    ("formats/-leading-dash-1x1px.mp4", 1, 3, False, 5),
    ("formats/animated.gif", 5, 9, False, 5),
    ("formats/edit-list-starts-1s.mp4", 100, 4, True, 3),
    ("formats/h264.flv", 10, 9, True, 4),
    ("formats/hdr10-av1-portrait.mp4", 30, 4, True, 5),
    ("formats/hevc-hlg-rotated-edit-list.mp4", 3, 9, True, 6),
    ("formats/interlaced.mp4", 7, 9, True, 7),
    ("formats/mpeg2-1080p-starts-1s5.ts", 19, 5, True, 3),
    ("formats/mpeg4-vfr.avi", 0, 30, True, 4),
    ("formats/no-initial-keyframe.ts", 5, 9, True, 6),
    ("formats/odd-size-161x121-vp9.webm", 10, 9, False, 7),
    ("formats/pixel-aspect-2x1.mp4", 50, 9, False, 6),
    ("formats/pts-go-back.avi", 54, 40, True, 5),
    ("formats/rotated-180-vfr.mp4", 8, 9, True, 4),
    ("formats/rotated-edit-list.mp4", 15, 5, True, 3),
    ("formats/starts-10s-60fps.ts", 100, 70, True, 3),
    ("formats/ten-by-six-pixels.mp4", 500, 30, True, 9),
    ("formats/two-video-streams-rotated.mp4", 17, 4, False, 5),
    ("films/nasa-webb-mirror.mp4", 195, 40, True, 4),
    ("films/big-buck-bunny-vfr.mp4", 40, 70, True, 8),
    ("films/pancake.mkv", 300, 40, True, 6),
    ("broken/damaged-audio-fade-out.mp4", 90, 30, True, 4),
]


@pytest.mark.parametrize(
    ("name", "first", "count", "sound", "off"), SPANS, ids=[s[0].split("/")[1] for s in SPANS]
)
def test_a_proxy_is_the_span(real_videos, name, first, count, sound, off):
    film = real_videos / name
    pts, end = times_of(film, frames=first + count + 1)
    span = pts[first], [*pts, end][min(first + count, len(pts))]
    proxy, chunks = made(film, *span)
    data = b"".join(chunks)

    frames, wanted = shown(data), shown(film, start_pts=span[0], end_pts=span[1])
    assert len(frames) == len(wanted) == len(proxy.times) == min(count, len(pts) - first)
    start = wanted[0][0]
    assert proxy.times[0] == 0.0
    assert proxy.times == pytest.approx([t - start for t, _ in wanted], abs=1e-6)
    assert [t for t, _ in frames] == pytest.approx(proxy.times, abs=1e-5)
    for (_, seen), (_, truth) in zip(frames, wanted, strict=True):
        if seen.shape != truth.shape:  # odd sides became even
            truth = np.asarray(Image.fromarray(truth.astype(np.uint8)).resize(seen.shape[1::-1])).astype(int)
        assert np.abs(seen - truth).mean() < off
    assert ("mp4a.40.2" in proxy.mime) is sound
    if sound:
        begin, samples = heard(data)
        assert begin == 0
        assert -1 / 48_000 < proxy.duration_s - len(samples) / 48_000 < 0.022
    height, width = frames[0][1].shape[:2]
    assert min(width, height) <= 360
    assert width % 2 == height % 2 == 0


def test_the_first_and_last_frame_are_those_of_the_shot(real_videos):
    # A hard cut at frame 202: one proxy ends in the old shot, the other starts in the new one.
    film = real_videos / "films" / "nasa-webb-mirror.mp4"
    pts, _ = times_of(film)
    before = shown(b"".join(made(film, pts[190], pts[202])[1]))
    after = shown(b"".join(made(film, pts[202], pts[214])[1]))
    inside = np.abs(before[-1][1] - before[0][1]).mean()
    across = np.abs(after[0][1] - before[-1][1]).mean()
    assert len(before) == len(after) == 12
    assert across > 5 * inside


@pytest.fixture(scope="module")
def numbered(tmp_path_factory):
    """Six seconds whose frames are told apart by their light, with uneven times that start at 10 s."""
    random = np.random.default_rng(0)
    times = 900_000 + np.cumsum(random.integers(1_500, 9_000, 130))
    pictures = [np.full((48, 64, 3), 20 + (n * 53) % 200, np.uint8) for n in range(130)]
    path = tmp_path_factory.mktemp("made") / "numbered.mkv"
    base = Fraction(1, 90_000)
    return write(path, pictures, times=times.tolist(), time_base=base), pictures


@pytest.mark.parametrize(("first", "last"), [(0, 130), (1, 2), (17, 61), (125, 130), (60, 67)])
def test_every_frame_once_at_its_own_time(numbered, first, last):
    film, pictures = numbered
    info = probe(film)
    pts, end = times_of(film)
    assert info.start_pts * float(info.time_base) > 9
    stop = [*pts, end][last]
    proxy, chunks = made(film, pts[first], stop)
    frames = shown(b"".join(chunks))
    assert [round(p.mean()) for _, p in frames] == pytest.approx(
        [round(p.mean()) for p in pictures[first:last]], abs=5
    )
    exact = [float((p - pts[first]) * info.time_base) for p in pts[first:last]]
    assert proxy.times == exact
    assert proxy.duration_s == float((stop - pts[first]) * info.time_base)
    # What is written says the same to the tick, the last frame's end too.
    ticks = [start + sum(d[:n]) for start, d, _ in (runs(c)[1] for c in chunks) for n in range(len(d))]
    assert [t / 1000 for t in ticks] == pytest.approx(exact, abs=1e-9)
    start, durations, _ = runs(chunks[-1])[1]
    assert (start + sum(durations)) / 1000 == pytest.approx(proxy.duration_s, abs=1e-9)


def test_chunks_are_whole_fragments_that_follow_each_other(film_with_clicks):
    proxy, chunks = made(film_with_clicks, 0, 12_800 * 5)
    assert [kind for kind, _ in boxes(chunks[0]) if "/" not in kind] == ["ftyp", "moov", "moof", "mdat"]
    assert all([k for k, _ in boxes(c) if "/" not in k] == ["moof", "mdat"] for c in chunks[1:])
    head = chunks[0][: chunks[0].index(b"moof") - 4]
    record = next(content for path, content in boxes(head) if path.endswith("stsd"))
    place = record.index(b"avcC") + 5
    assert proxy.mime == f'video/mp4; codecs="avc1.{record[place : place + 3].hex().upper()}, mp4a.40.2"'
    assert record[place] == 77  # main profile
    frames = 0
    reached = {1: 0, 2: 0}
    for place, chunk in enumerate(chunks):
        for track, (start, durations, sync) in runs(chunk).items():
            assert start == reached[track]
            assert min(durations) > 0
            reached[track] += sum(durations)
            assert sync[0]
            if track == 1:
                assert not any(sync[1:])
                assert len(sync) <= (6 if place == 0 else 24)
                # Each can be decoded from the header on, without those before it.
                alone = shown(chunk if place == 0 else head + chunk)
                assert [t for t, _ in alone] == pytest.approx(
                    proxy.times[frames : frames + len(sync)], abs=1e-5
                )
                frames += len(sync)
    assert frames == 125
    assert reached[1] == 5 * 12_800
    assert 5 * 48_000 - 1024 < reached[2] - 1024 <= 5 * 48_000  # one packet more sets the decoder up
    assert dict(boxes(head))["moov/mvex/mehd"][4:] == (5 * 12_800).to_bytes(8, "big")


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
def test_sound_stays_with_its_pictures(film_with_clicks, first):
    last = min(250, first + 60)
    _, chunks = made(film_with_clicks, first * 512, last * 512)
    data = b"".join(chunks)
    flashes = [t for t, picture in shown(data) if picture.mean() > 120]
    begin, samples = heard(data)
    loud = np.flatnonzero(np.abs(samples) > 0.3) / 48_000 + begin
    clicks = [t for n, t in enumerate(loud) if n == 0 or t - loud[n - 1] > 0.5]
    assert clicks == pytest.approx(flashes, abs=0.005)
    assert flashes == pytest.approx([s - first / 25 for s in range(10) if first <= 25 * s < last], abs=1e-3)


def test_sound_can_be_left_out(film_with_clicks):
    proxy, chunks = made(film_with_clicks, 0, 12_800, sound=False)
    assert "mp4a" not in proxy.mime
    assert 2 not in runs(chunks[0])


def test_a_single_frame(film_with_clicks):
    proxy, chunks = made(film_with_clicks, 512, 1024)
    assert (proxy.times, proxy.duration_s, len(chunks)) == ([0.0], 0.04, 1)
    assert len(shown(chunks[0])) == 1
    assert runs(chunks[0])[2] == (0, [1024, 1024], [True, True])


@pytest.mark.parametrize("turn", [90, 180, 270])
def test_turned_and_mirrored_films(tmp_path, turn):
    stored = np.ascontiguousarray(np.rot90(quadrants(96, 64), turn // 90)[:, ::-1])
    a, b, c, d = {90: (0, 1, -1, 0), 180: (-1, 0, 0, -1), 270: (0, -1, 1, 0)}[turn]

    def tell(stream):
        one = 1 << 16
        stream.set_display_matrix([-a * one, -b * one, 0, c * one, d * one, 0, 0, 0, 1 << 30])

    film = write(tmp_path / "film.mp4", [stored] * 4, prepare=tell)
    frames = shown(b"".join(made(film)[1]))
    assert len(frames) == 4
    assert frames[0][1].shape == (64, 96, 3)
    assert corners(frames[0][1]) == ("top left", "top right", "bottom left", "bottom right")


def test_noise_takes_no_more_than_a_megabit(tmp_path):
    random = np.random.default_rng(0)
    pictures = [random.integers(110, 146, (360, 640, 3), np.uint8) for _ in range(100)]
    film = write(tmp_path / "noise.mp4", pictures, options={"preset": "ultrafast", "crf": "10"})
    proxy, chunks = made(film)
    assert proxy.duration_s == 4.0
    assert sum(map(len, chunks)) * 8 / proxy.duration_s < 1_100_000


def test_a_clock_that_counts_nanoseconds(tmp_path):
    pictures = [np.full((48, 64, 3), 50 * n, np.uint8) for n in range(4)]
    times = [0, 1_000_000_000, 3_000_000_001, 4_000_000_000]
    film = tmp_path / "slow.mp4"
    write(film, pictures, times=times, time_base=Fraction(1, 10**9), options={"bf": "0"})
    assert probe(film).time_base == Fraction(1, 10**9)
    proxy, chunks = made(film)
    assert proxy.times == pytest.approx([0, 1, 3, 4])
    assert [t for t, _ in shown(b"".join(chunks))] == pytest.approx(proxy.times)


def test_work_is_done_only_while_it_is_asked_for(film_with_clicks):
    # The one that lists them is among them.
    opened = Path("/proc/self/fd")
    before = len(list(opened.iterdir())) if opened.is_dir() else None
    threads = threading.active_count()
    with open_proxy(film_with_clicks, start_pts=0, end_pts=2**60) as proxy:
        assert proxy.mime == ""
        next(proxy)
        assert proxy.mime
        assert len(proxy.times) == 6
    assert len(proxy.times) == 6
    with pytest.raises(StopIteration):
        next(proxy)
    assert threading.active_count() == threads
    if before is not None:
        assert len(list(opened.iterdir())) == before


def test_another_thread_runs_on_while_a_proxy_is_made(real_videos):
    # Decoding and encoding leave the interpreter to others, such as the kernel's own thread.
    film = real_videos / "films" / "butterfly.mp4"
    ended = threading.Event()

    def make():
        made(film, 0, 2**60, threads=1)
        ended.set()

    maker = threading.Thread(target=make)
    maker.start()
    ticks = 0
    while not ended.wait(0.002):
        ticks += 1
    maker.join()
    assert ticks > 50


def test_what_cannot_be_played_says_so(small_film, tmp_path):
    with pytest.raises(VideoNotFound), open_proxy(tmp_path / "none.mp4", start_pts=0, end_pts=1):
        pass
    (tmp_path / "list.mp4").write_bytes(b"#EXTM3U\n")
    with pytest.raises(VideoRejected), open_proxy(tmp_path / "list.mp4", start_pts=0, end_pts=1):
        pass
    with (
        pytest.raises(DecodeError, match="no frame can be decoded from pts 9000000 to 9000001"),
        open_proxy(small_film, start_pts=9_000_000, end_pts=9_000_001),
    ):
        pass
    with pytest.raises(ValueError, match="inside its with"):
        next(open_proxy(small_film, start_pts=0, end_pts=1))


@pytest.mark.parametrize("wrong", [{"short_side": 1}, {"end_pts": 0}, {"threads": -1}])
def test_arguments_are_checked(small_film, wrong):
    with pytest.raises(ValueError, match=next(iter(wrong)).split("_pts")[0]):
        open_proxy(small_film, **{"start_pts": 0, "end_pts": 100, **wrong})
