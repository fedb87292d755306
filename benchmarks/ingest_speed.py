"""Wall time of ``Catalog.segment`` for one 1080p H.264 film, beside bare decoding and beside the usual way.

The film is joined from real clips, scaled up to 1080p. Bare decoding: PyAV with as many threads as cores, its
pictures thrown away. The usual way: PySceneDetect's command line with ``detect-adaptive``, then a second pass
with OpenCV that reads the frames. All are run in turns, so that what else the machine does meets all alike.

Bars: at most 1.15 times bare decoding, at most 0.5 times the usual way, at most 1 GB in the decoding process.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import av
import cv2

from vidsearch_sdk.catalog import Catalog

BARE_BAR, USUAL_BAR, MEMORY_BAR = 1.15, 0.5, 1e9
CLIPS = (
    ("big-buck-bunny.mp4", 240, 400),
    ("dog-in-courtyard.mp4", 0, 160),
    ("pouring-coffee.mp4", 0, 120),
    ("gym-basketball.mp4", 180, 300),
    ("letter-blocks.mp4", 0, 120),
    ("children-on-bed.mp4", 0, 120),
    ("butterfly.mp4", 0, 120),
    ("pancake.mkv", 0, 130),
)
TIMES = 3


def make_film(videos: Path, path: Path) -> int:
    """Join the clips at 1080p, and that three times over without encoding it again; returns the frames."""
    once = path.with_name("once.mp4")
    frames = 0
    with av.open(str(once), "w") as out:
        stream = out.add_stream("libx264", rate=30, options={"crf": "22", "preset": "veryfast"})
        stream.width, stream.height, stream.pix_fmt, stream.thread_count = 1920, 1080, "yuv420p", cores()
        for name, first, last in CLIPS:
            with av.open(str(videos / name)) as clip:
                for number, picture in enumerate(clip.decode(video=0)):
                    if number >= last:
                        break
                    if number >= first:
                        large = picture.reformat(1920, 1080, "yuv420p", interpolation="BICUBIC")
                        large.pts, large.time_base = frames, Fraction(1, 30)
                        frames += 1
                        out.mux(stream.encode(large))
        out.mux(stream.encode(None))
    with av.open(str(path), "w") as out:
        copy = None
        for turn in range(TIMES):
            with av.open(str(once)) as again:
                source = again.streams.video[0]
                copy = copy or out.add_stream_from_template(source)
                shift = int(turn * frames / 30 / source.time_base)
                for packet in again.demux(source):
                    if packet.dts is not None:
                        packet.pts, packet.dts, packet.stream = packet.pts + shift, packet.dts + shift, copy
                        out.mux(packet)
    once.unlink()
    return TIMES * frames


def cores() -> int:
    return len(os.sched_getaffinity(0))


def bare(film: Path) -> None:
    with av.open(str(film)) as container:
        stream = container.streams.video[0]
        stream.thread_type, stream.codec_context.thread_count = "AUTO", cores()
        for _ in container.decode(stream):
            pass


def usual(film: Path) -> None:
    command = [str(Path(sys.executable).with_name("scenedetect")), "-q", "-i", str(film), "detect-adaptive"]
    subprocess.run(command, check=True, capture_output=True)
    capture = cv2.VideoCapture(str(film))
    while capture.read()[0]:
        pass
    capture.release()


def segment(film: Path, seen: list[float]) -> None:
    """Put the film into a fresh catalog and segment it; only ``segment`` is on the clock of the caller."""
    with tempfile.TemporaryDirectory() as folder:
        catalog = Catalog(folder)
        catalog.add([film])
        done = threading.Event()
        watch = threading.Thread(target=watch_children, args=(done, seen))
        watch.start()
        started = time.perf_counter()
        outcome = catalog.segment(progress=False)
        segment.seconds = time.perf_counter() - started  # type: ignore[attr-defined]
        done.set()
        watch.join()
        assert list(outcome["status"]) == ["ok"], outcome


def watch_children(done: threading.Event, seen: list[float]) -> None:
    """Note the most memory that a child of this process has held, in bytes; cheap, as it is on the clock."""
    while not done.wait(0.5):
        for children in Path("/proc/self/task").glob("*/children"):
            try:
                for child in children.read_text().split():
                    lines = Path(f"/proc/{child}/status").read_text().splitlines()
                    seen += [float(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM")]
            except OSError:
                continue


def clocked(work: Callable[[], None]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--videos", type=Path, default=Path(__file__).parents[2] / "shared" / "videos")
    parser.add_argument("--film", type=Path, help="measure this film instead of making one")
    parser.add_argument("--rounds", type=int, default=3)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        film = asked.film or Path(folder) / "joined-1080p.mp4"
        if not asked.film:
            print(f"joined {make_film(asked.videos / 'films', film)} frames of 1920x1080")
        memory: list[float] = []
        times: dict[str, list[float]] = {"bare": [], "segment": [], "usual": []}
        for number in range(asked.rounds):
            times["bare"].append(clocked(lambda: bare(film)))
            segment(film, memory)
            times["segment"].append(segment.seconds)  # type: ignore[attr-defined]
            if number == asked.rounds // 2:
                times["usual"].append(clocked(lambda: usual(film)))
        times["bare"].append(clocked(lambda: bare(film)))
    return report(times, max(memory, default=0.0))


def report(times: dict[str, list[float]], memory: float) -> int:
    """Print the table; 1 if a bar is missed."""
    middle = {name: statistics.median(seconds) for name, seconds in times.items()}
    # Each run of ours beside the mean of the bare runs just before and after it.
    beside = [
        ours / ((before + after) / 2)
        for ours, before, after in zip(times["segment"], times["bare"], times["bare"][1:], strict=False)
    ]
    ratio, of_usual = statistics.median(beside), middle["segment"] / middle["usual"]
    print(f"{cores()} cores; seconds of wall time")
    for name, words in (("bare", "bare decoding"), ("segment", "segment"), ("usual", "the usual way")):
        print(f"{words:16}{middle[name]:8.1f}   runs: {', '.join(f'{s:.1f}' for s in times[name])}")
    bars = {
        f"segment / bare decoding {ratio:.2f} <= {BARE_BAR}": ratio <= BARE_BAR,
        f"segment / the usual way {of_usual:.2f} <= {USUAL_BAR}": of_usual <= USUAL_BAR,
        f"decoding process {memory / 1e6:.0f} MB <= {MEMORY_BAR / 1e6:.0f} MB": 0 < memory <= MEMORY_BAR,
    }
    for words, met in bars.items():
        print("met   " if met else "MISSED", words)
    return int(not all(bars.values()))


if __name__ == "__main__":
    sys.exit(main())
