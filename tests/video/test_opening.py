"""Whatever claims to be a film: it is opened, or refused in words, and nothing else is touched."""

import ctypes
import http.server
import os
import socket
import struct
import subprocess
import sys
import threading
from pathlib import Path

import av
import numpy as np
import pytest

from tests.video.made import png, write
from vidsearch_sdk.errors import DecodeError, StorageError, VideoError, VideoNotFound, VideoRejected
from vidsearch_sdk.video.frames import FrameReader
from vidsearch_sdk.video.opening import display_name, open_video
from vidsearch_sdk.video.probe import probe

_IN_OPEN = 0x20  # linux/inotify.h


class Watch:
    """Counts how often files are opened, by whatever code, C included."""

    def __init__(self, *paths):
        self._libc = ctypes.CDLL(None, use_errno=True)
        self._queue = self._libc.inotify_init1(os.O_NONBLOCK)
        for path in paths:
            assert self._libc.inotify_add_watch(self._queue, os.fsencode(path), _IN_OPEN) >= 0

    def opened(self):
        try:
            data = os.read(self._queue, 65536)
        except BlockingIOError:
            return 0
        count = position = 0
        while position < len(data):
            count += 1
            position += 16 + struct.unpack_from("I", data, position + 12)[0]
        return count


@pytest.fixture
def server(small_film):
    """A loopback server that gives a film to whoever asks, and writes down who did."""
    asked = []
    film = small_film.read_bytes()

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            asked.append(self.path)
            self.send_response(200)
            self.send_header("Content-Length", str(len(film)))
            self.end_headers()
            self.wfile.write(film)

        def log_message(self, *_):
            pass

    httpd = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=httpd.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{httpd.server_port}", asked
    httpd.shutdown()
    thread.join()
    httpd.server_close()


@pytest.fixture
def secrets(tmp_path, small_film):
    """Files that no film may lead to: somebody's film, a text, a playlist."""
    folder = tmp_path / "secrets"
    folder.mkdir()
    film, text = folder / "secret.mp4", folder / "secret.txt"
    film.write_bytes(small_film.read_bytes())
    text.write_text("password\n")
    (folder / "child.m3u8").write_text(f"#EXTM3U\n#EXTINF:1,\n{film}\n#EXT-X-ENDLIST\n")
    return folder


def _playlists(secrets, url):
    film, text, child = secrets / "secret.mp4", secrets / "secret.txt", secrets / "child.m3u8"

    def hls(*lines):
        return "\n".join(
            ["#EXTM3U", "#EXT-X-VERSION:7", "#EXT-X-TARGETDURATION:5", *lines, "#EXT-X-ENDLIST", ""]
        )

    return {
        "hls absolute": hls("#EXTINF:1,", str(film)),
        "hls relative": hls("#EXTINF:1,", "../secrets/secret.mp4"),
        "hls text": hls("#EXTINF:1,", str(text)),
        "hls file url": hls("#EXTINF:1,", f"file://{film}"),
        "hls http": hls("#EXTINF:1,", f"{url}/segment.ts"),
        "hls child": hls("#EXT-X-STREAM-INF:BANDWIDTH=1", str(child)),
        "hls http child": hls("#EXT-X-STREAM-INF:BANDWIDTH=1", f"{url}/latest/meta-data"),
        "hls key": hls(f'#EXT-X-KEY:METHOD=AES-128,URI="{url}/key"', "#EXTINF:1,", str(film)),
        "hls map": hls(f'#EXT-X-MAP:URI="{film}"', "#EXTINF:1,", str(film)),
        "hls concat": hls("#EXTINF:1,", f"concat:{film}|{text}"),
        "hls behind a mark": "\ufeff" + hls("#EXTINF:1,", str(film)),
        "ffconcat": f"ffconcat version 1.0\nfile '{film}'\n",
        "ffconcat sibling": "ffconcat version 1.0\nfile sibling.mp4\n",
        "sdp": "v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nt=0 0\nm=video 5004 RTP/AVP 96\n"
        "a=rtpmap:96 H264/90000\n",
        "dash": '<?xml version="1.0"?><MPD xmlns="urn:mpeg:dash:schema:mpd:2011" type="static" '
        'mediaPresentationDuration="PT2S"><Period><AdaptationSet mimeType="video/mp4"><Representation id="1" '
        f'bandwidth="1"><BaseURL>{film}</BaseURL></Representation></AdaptationSet></Period></MPD>',
        "image pattern": f"{secrets}/%03d.png\n",
        "rtsp redirect": f"RTSPtextrtsp://127.0.0.1/\n{url}",
        "asx": f'<asx version="3.0"><entry><ref href="{url}/x.wmv"/></entry></asx>',
        "ffmetadata": ";FFMETADATA1\ntitle=x\n",
        "url": url,
    }


_NAMES = list(_playlists(Path("/"), ""))


@pytest.mark.parametrize("suffix", [".mp4", ".m3u8", ".mkv", ".txt"])
@pytest.mark.parametrize("payload", _NAMES)
def test_no_playlist_leads_anywhere(tmp_path, secrets, server, payload, suffix):
    url, asked = server
    films = tmp_path / "films"
    films.mkdir()
    sibling = films / "sibling.mp4"
    sibling.write_bytes((secrets / "secret.mp4").read_bytes())
    path = films / f"film{suffix}"
    path.write_text(_playlists(secrets, url)[payload])
    watch = Watch(*secrets.iterdir(), sibling)
    with pytest.raises(VideoRejected, match=rf"^film{suffix}: "):
        FrameReader(path)
    with pytest.raises(VideoRejected):
        probe(path)
    assert watch.opened() == 0
    assert asked == []


def test_the_watches_see_what_they_look_for(tmp_path, secrets, server, small_film):
    # PyAV without the guards follows both: the test above would notice.
    url, asked = server
    watch = Watch(*secrets.iterdir())
    path = tmp_path / "film.m3u8"
    path.write_text(_playlists(secrets, url)["hls absolute"])
    with av.open(str(path)) as container:
        assert next(container.decode(video=0)).width == 64
    assert watch.opened() > 0
    with av.open(f"{url}/film.mp4") as container:
        assert next(container.decode(video=0)).width == 64
    assert asked


def test_a_film_that_points_at_other_media_opens_only_itself(tmp_path, secrets, small_film):
    # A QuickTime data reference: the sample table is here, the pictures are said to be in another file.
    data = bytearray(small_film.read_bytes())
    at = data.find(b"url \x00\x00\x00\x01")
    assert at > 0
    data[at : at + 8] = b"alis\x00\x00\x00\x00"
    path = tmp_path / "reference.mov"
    path.write_bytes(data)
    watch = Watch(*secrets.iterdir())
    try:
        with FrameReader(path) as reader:
            assert sum(1 for _ in reader) <= 50
    except VideoError:
        pass
    assert watch.opened() == 0


def _fifo(path):
    os.mkfifo(path)


def _socket(path):
    server = socket.socket(socket.AF_UNIX)
    server.bind(str(path))
    server.close()


@pytest.mark.parametrize(
    ("make", "error", "words"),
    [
        (lambda p: None, VideoNotFound, "no such file"),
        (lambda p: p.symlink_to(p.with_name("nowhere")), VideoNotFound, "a link that points nowhere"),
        (lambda p: p.symlink_to(p), VideoRejected, "not a regular file"),
        (lambda p: p.symlink_to("/dev/zero"), VideoRejected, "is a device"),
        (lambda p: p.symlink_to("/etc/passwd"), VideoRejected, "is not a film"),
        (lambda p: p.mkdir(), VideoRejected, "is a directory"),
        (_fifo, VideoRejected, "is a FIFO"),
        (_socket, VideoRejected, "not a regular file"),
        (lambda p: p.write_bytes(b""), VideoRejected, "the file is empty"),
        (lambda p: p.write_text("Once upon a time\n" * 400), VideoRejected, "is not a film"),
        (lambda p: p.write_bytes(np.random.default_rng(1).bytes(1_000_000)), VideoRejected, "is not a film"),
        (lambda p: p.write_bytes(bytes(1_000_000)), VideoRejected, "is not a film"),
        (lambda p: p.write_bytes(png(64, 64)), VideoRejected, "is a PNG picture"),
        (lambda p: p.write_bytes(png(30000, 30000)), VideoRejected, "is a PNG picture"),
        (lambda p: p.write_bytes(b"\xff\xd8\xff\xe0" + bytes(500)), VideoRejected, "is a JPEG picture"),
        (lambda p: p.write_bytes(b"PK\x03\x04" + bytes(500)), VideoRejected, "is a ZIP archive"),
        (lambda p: p.write_bytes(b"RIFF\0\0\0\0WAVEfmt " + bytes(500)), VideoRejected, "sound file"),
    ],
    ids=[
        *(
            "missing",
            "dangling",
            "loop",
            "dev zero",
            "passwd",
            "directory",
            "fifo",
            "socket",
            "empty",
            "text",
        ),
        *("random", "zeros", "png", "png bomb", "jpeg", "zip", "wav"),
    ],
)
def test_what_is_no_film_is_told_by_its_name_and_kind(tmp_path, make, error, words):
    path = tmp_path / "film.mp4"
    make(path)
    with pytest.raises(error, match=f"^film.mp4: .*{words}"):
        FrameReader(path)


def test_a_name_may_hold_no_nul_and_may_be_too_long(tmp_path):
    for name in ("a\0b.mp4", "x" * 300 + ".mp4"):
        with pytest.raises(VideoNotFound):
            FrameReader(tmp_path / name)


def test_what_the_system_refuses_to_read_is_told_apart():
    # A regular file whose first byte cannot be read.
    with pytest.raises(StorageError, match="cannot be read"):
        FrameReader("/proc/self/mem")


@pytest.mark.parametrize(
    "name",
    [
        *("two\nlines.mp4", "quo'te\".mp4", "-i.mp4", "%03d.mp4", "a:b.mp4", "[x]*?.mp4", "ünï ☂.mp4"),
        *(b"bad\xff\xfeutf8.mp4", "\u202egnp.mp4", "no suffix", "film.m3u8", "x" * 250 + ".mp4"),
    ],
)
def test_odd_names_are_names(tmp_path, small_film, name):
    path = tmp_path / os.fsdecode(name)
    path.write_bytes(small_film.read_bytes())
    with FrameReader(path) as reader:
        assert sum(1 for _ in reader) == 50
    shown = display_name(path)
    assert shown.isprintable()
    assert "\u202e" not in shown


@pytest.mark.parametrize("name", ["http:x.mp4", "data:x.mp4", "concat:a|b.mp4", "-i.mp4", "pipe:0"])
def test_relative_names_are_no_protocols(tmp_path, small_film, monkeypatch, name):
    monkeypatch.chdir(tmp_path)
    Path(name).write_bytes(small_film.read_bytes())
    assert probe(name).width == 64


def test_a_picture_over_the_cap_is_refused(tmp_path):
    big = av.VideoFrame(5000, 5000, "gray")
    path = write(tmp_path / "big.mov", [big], codec="png", pix_fmt="gray")
    with pytest.raises(VideoRejected, match="more than 4096x4096"):
        FrameReader(path)
    wide = av.VideoFrame(20000, 16, "gray")
    path = write(tmp_path / "wide.mov", [wide], codec="png", pix_fmt="gray")
    with pytest.raises(VideoRejected, match="over 16384 on a side"):
        FrameReader(path)


def test_a_lying_header_gets_no_larger_picture_through(tmp_path):
    path = write(tmp_path / "lie.mov", [av.VideoFrame(9000, 9000, "gray")], codec="png", pix_fmt="gray")
    data = bytearray(path.read_bytes())
    size = struct.pack(">HH", 9000, 9000)
    assert data.count(size) >= 1
    path.write_bytes(data.replace(size, struct.pack(">HH", 64, 64)))
    code = (
        "import pathlib, sys\n"
        "from vidsearch_sdk.errors import VideoError\n"
        "from vidsearch_sdk.video.frames import FrameReader\n"
        # Not ru_maxrss: a new process inherits that of the one that started it.
        "def peak():\n"
        "    lines = pathlib.Path('/proc/self/status').read_text().splitlines()\n"
        "    return int(next(line.split()[1] for line in lines if line.startswith('VmHWM')))\n"
        "before = peak()\n"
        "try:\n"
        "    FrameReader(sys.argv[1])\n"
        "except VideoError as error:\n"
        "    print(type(error).__name__, peak() - before)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, path], capture_output=True, text=True, timeout=60, check=True
    )
    kind, kilobytes = done.stdout.split()
    assert kind in ("VideoRejected", "DecodeError")
    assert int(kilobytes) < 60_000  # the picture alone would take 81 MB


def test_a_codec_that_is_not_listed_is_refused(tmp_path):
    path = write(tmp_path / "odd.flv", [av.VideoFrame(64, 64, "bgr24")], codec="flashsv", pix_fmt="bgr24")
    with pytest.raises(VideoRejected, match="codec 'flashsv' is not decoded here"):
        FrameReader(path)


def test_a_cover_picture_is_no_film(tmp_path):
    from av.stream import Disposition

    def cover(stream):
        stream.disposition = Disposition.attached_pic

    path = write(
        tmp_path / "cover.mp4", [av.VideoFrame(64, 64, "rgb24")], codec="png", pix_fmt="rgb24", prepare=cover
    )
    with pytest.raises(VideoRejected, match="holds no video stream"):
        FrameReader(path)


def test_choices_are_checked(small_film):
    with (
        pytest.raises(ValueError, match="thread_type 'slice' is not one of AUTO, FRAME, SLICE"),
        open_video(small_film, thread_type="slice"),
    ):
        pass
    with pytest.raises(ValueError, match="threads must be 0"), open_video(small_film, threads=-1):
        pass


def test_files_are_closed(small_film, real_videos):
    def open_files():
        return sum(1 for _ in Path("/proc/self/fd").iterdir())

    before = open_files()
    for _ in range(5):
        with FrameReader(small_film) as reader:
            next(reader)
        with pytest.raises(DecodeError):
            FrameReader(real_videos / "broken" / "no-decodable-frame.mp4")
        with pytest.raises(VideoRejected):
            FrameReader(real_videos / "broken" / "audio-only.mp4")
    assert open_files() == before


def test_bytes_that_were_changed_never_end_the_process(tmp_path, small_film):
    """A few hundred damaged films in a process of its own: every one ends in frames or in a VideoError."""
    code = """
import random, sys
from pathlib import Path
from vidsearch_sdk.errors import VideoError
from vidsearch_sdk.video.frames import FrameReader
data, path, kinds = Path(sys.argv[1]).read_bytes(), Path(sys.argv[2]), {"frames": 0, "refused": 0}
rng = random.Random(7)
for trial in range(300):
    damaged = bytearray(data)
    if trial % 3 == 0:
        damaged = damaged[: rng.randrange(len(damaged))]
    else:
        for _ in range(rng.randrange(1, 20)):
            damaged[rng.randrange(len(damaged))] = rng.randrange(256)
    path.write_bytes(damaged)
    try:
        with FrameReader(path, threads=2) as reader:
            last = None
            for frame in reader:
                assert last is None or frame.pts > last
                last = frame.pts
        kinds["frames"] += 1
    except VideoError:
        kinds["refused"] += 1
print(kinds["frames"], kinds["refused"])
"""
    done = subprocess.run(
        [sys.executable, "-c", code, small_film, tmp_path / "damaged.mp4"],
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    frames, refused = map(int, done.stdout.split())
    assert frames + refused == 300
    assert frames > 50
    assert refused > 50
