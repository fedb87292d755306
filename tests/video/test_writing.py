"""Written films hold the pictures, the sound and the lines that were given."""

import hashlib
from fractions import Fraction

import av
import numpy as np
import pytest

from vidsearch_sdk.video.writing import Sound, Subtitles, VideoWriter


def _write(path, *, frames=48, **options):
    with VideoWriter(path, width=64, height=36, rate=Fraction(24), crf=12, **options) as writer:
        for number in range(frames):
            picture = np.zeros((36, 64, 3), np.uint8)
            picture[:, :, 0] = 5 * number
            picture[:, 32:, 2] = 200
            writer.write(picture)
    return path


def test_pictures_come_back(tmp_path):
    path = _write(tmp_path / "film.mp4")
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        assert (stream.codec_context.name, stream.codec_context.pix_fmt) == ("h264", "yuv420p")
        frames = list(container.decode(stream))
    assert len(frames) == 48
    assert [float(frame.time) for frame in frames] == pytest.approx([n / 24 for n in range(48)], abs=1e-3)
    last = frames[-1].to_ndarray(format="rgb24").astype(int)
    assert abs(last[:, 4:28] - (235, 0, 0)).mean() < 8
    assert abs(last[:, 36:60] - (235, 0, 200)).mean() < 8


def test_the_same_pictures_make_the_same_film(tmp_path):
    def pictures(path):
        with av.open(str(path)) as container:
            return hashlib.sha256(b"".join(bytes(p) for p in container.demux(video=0))).hexdigest()

    assert pictures(_write(tmp_path / "a.mp4")) == pictures(_write(tmp_path / "b.mp4"))


def test_sound_and_lines_come_back(tmp_path):
    rate = 22_050
    tone = (0.3 * np.sin(2 * np.pi * 441 * np.arange(3 * rate) / rate)).astype(np.float32)
    lines = [(0.25, 0.75, "Hello?"), (1.0, 1.5, "¡Aquí estoy!")]
    path = _write(tmp_path / "film.mp4", sound=Sound(tone, rate=rate), subtitles=[Subtitles(lines, "spa")])
    with av.open(str(path)) as container:
        samples = np.concatenate([frame.to_ndarray().ravel() for frame in container.decode(audio=0)])
    assert len(samples) / rate == pytest.approx(2.0, abs=0.1), "sound ends with the pictures"
    middle = samples[rate // 2 : rate // 2 + rate]
    assert np.abs(np.fft.rfft(middle)).argmax() == pytest.approx(441, abs=2)
    with av.open(str(path)) as container:
        track = container.streams.subtitles[0]
        assert track.language == "spa"
        found = [
            (float(p.pts * p.time_base), float((p.pts + p.duration) * p.time_base), bytes(p)[2:].decode())
            for p in container.demux(track)
            if p.size > 2
        ]
    assert found == lines


def test_the_index_stands_in_front(tmp_path):
    data = _write(tmp_path / "film.mp4").read_bytes()
    assert 0 < data.find(b"moov") < data.find(b"mdat")


def test_odd_sizes_and_other_shapes_are_refused(tmp_path):
    with pytest.raises(ValueError, match="even"):
        VideoWriter(tmp_path / "odd.mp4", width=63, height=36, rate=Fraction(24))
    with (
        pytest.raises(ValueError, match=r"\(36, 64, 3\)"),
        VideoWriter(tmp_path / "film.mp4", width=64, height=36, rate=Fraction(24)) as writer,
    ):
        writer.write(np.zeros((10, 10, 3), np.uint8))
