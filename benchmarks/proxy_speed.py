"""Time from a click to the first bytes of a proxy, and to all of it, on one core.

    python benchmarks/proxy_speed.py [--times 5] [--videos FOLDER]

The 1080p film is drawn here: a textured picture that pans and trembles under the noise of a camera, 24 frames
a second at some 8 Mbit/s, with sound. Its shots of five seconds start on a keyframe (as a cut does), and a
second and four seconds behind one, which then has to be decoded first. The sample film, and real films where
the folder of them is there, stand beside it. Everything runs on one core; bare decoding of the same span
beside it is what no proxy of it can be faster than.

Bars, in time of the processor, so that it does not count what else the machine does: the whole proxy of a
1080p shot takes at most 1.0 times its duration, and the first chunk of the sample film 120 ms. A second
thread that only ticks says how late it was at most, as the kernel's own thread would be.
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import tempfile
import threading
import time
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from vidsearch_sdk.sample.assets import film_path  # noqa: E402
from vidsearch_sdk.video.frames import FrameReader  # noqa: E402
from vidsearch_sdk.video.probe import probe  # noqa: E402
from vidsearch_sdk.video.proxies import open_proxy  # noqa: E402
from vidsearch_sdk.video.writing import Sound, VideoWriter  # noqa: E402

MOST_OF_DURATION, FIRST_MS = 1.0, 120.0
SHOT_S, RATE, SIZE = 5.0, 24, (1080, 1920)
KEYFRAME_EVERY = 5 * RATE
REAL = (
    ("films/butterfly.mp4", 0.0),
    ("films/big-buck-bunny.mp4", 12.0),
    ("films/pancake.mkv", 5.0),
    ("formats/mpeg2-1080p-starts-1s5.ts", 0.0),
    ("formats/six-minutes-1080p-h264.mp4", 100.0),
    ("formats/hevc-hlg-rotated-edit-list.mp4", 0.0),
)


@dataclass(frozen=True)
class Measured:
    """Medians of several runs of one shot, in seconds."""

    first_s: float
    first_wall_s: float
    whole_s: float
    whole_wall_s: float
    bare_s: float
    held_s: float
    duration_s: float
    kbit_per_s: float


def draw_film(path: Path) -> None:
    """Ten seconds of 1080p with motion, noise and sound."""
    random = np.random.default_rng(0)
    height, width = SIZE
    # Texture of several sizes, as pictures of nature have, and wide enough to pan over.
    texture = np.zeros((height + 64, width + 720), np.float32)
    for size in (2, 8, 32, 128):
        small = random.standard_normal((texture.shape[0] // size + 1, texture.shape[1] // size + 1))
        texture += np.kron(small, np.ones((size, size)))[: texture.shape[0], : texture.shape[1]] * size**0.4
    texture = np.clip(128 + 18 * texture, 16, 235).astype(np.int16)
    grain = [random.integers(-5, 6, SIZE, dtype=np.int16) for _ in range(4)]
    tone = 0.3 * np.sin(2 * np.pi * 330 * np.arange(10 * 48_000) / 48_000).astype(np.float32)
    sound = Sound(tone, rate=48_000, bit_rate=128_000)
    options = {"b": "8M", "maxrate": "10M", "bufsize": "16M", "threads": "0", "sc_threshold": "0"}
    with VideoWriter(
        path,
        width=width,
        height=height,
        rate=Fraction(RATE),
        preset="veryfast",
        sound=sound,
        options={**options, "g": str(KEYFRAME_EVERY)},
    ) as writer:
        for number in range(10 * RATE):
            down, along = 32 + int(24 * np.sin(number / 5)), 3 * number
            view = texture[down : down + height, along : along + width] + grain[number % 4]
            view[400:700, 5 * number : 5 * number + 300] = 240  # something that moves for itself
            light = view.clip(0, 255).astype(np.uint8)
            writer.write(np.stack([light, 255 - light // 2, light // 2 + 60], axis=-1))


def measure(film: Path, start_s: float, times: int) -> Measured:
    """Make the proxy of the span several times, in turns with bare decoding."""
    info = probe(film)
    start = (info.start_pts or 0) + round(start_s / info.time_base)
    end = start + round(SHOT_S / info.time_base)
    runs = []
    for _ in range(times):
        ticks = Ticks()
        with ticks:
            begun = Now()
            with open_proxy(film, start_pts=start, end_pts=end, threads=1) as proxy:
                size = len(next(proxy))
                first = begun.since()
                size += sum(map(len, proxy))
            whole = begun.since()
        begun = Now()
        with FrameReader(film, start_pts=start, end_pts=end, threads=1) as reader:
            for _ in reader:
                pass
        runs.append((*first, *whole, begun.since()[0], ticks.longest_s))
    medians = [statistics.median(values) for values in zip(*runs, strict=True)]
    return Measured(*medians, duration_s=proxy.duration_s, kbit_per_s=8e-3 * size / proxy.duration_s)


class Now:
    """A moment; gives the processor's and the wall's seconds since."""

    def __init__(self) -> None:
        self._at = time.process_time(), time.perf_counter()

    def since(self) -> tuple[float, float]:
        return time.process_time() - self._at[0], time.perf_counter() - self._at[1]


class Ticks:
    """A thread that wakes every 5 ms and notes by how much it was late at most."""

    def __init__(self) -> None:
        self.longest_s = 0.0
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._tick)

    def __enter__(self) -> None:
        self._thread.start()

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def _tick(self) -> None:
        last = time.perf_counter()
        while not self._over.wait(0.005):
            now = time.perf_counter()
            self.longest_s = max(self.longest_s, now - last - 0.005)
            last = now


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--times", type=int, default=5)
    parser.add_argument("--videos", type=Path, default=ROOT.parent / "shared" / "videos")
    options = parser.parse_args()
    if hasattr(os, "sched_setaffinity"):
        cores = os.sched_getaffinity(0)
    columns = "first chunk ms (wall) | whole s (wall) | of its duration | bare decoding s | late ms | kbit/s"
    print(f"| shot of 5 s | {columns} |")
    print("|---|---|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as folder:
        drawn = Path(folder) / "drawn.mp4"
        draw_film(drawn)
        shots = [(f"1080p, {behind} s behind a keyframe", drawn, behind) for behind in (0.0, 1.0, 4.0)]
        shots += [("the sample film", film_path(), start) for start in (20.0,)]
        shots += [(name, options.videos / name, start) for name, start in REAL]
        if hasattr(os, "sched_setaffinity"):
            os.sched_setaffinity(0, {min(cores)})
        ratios, first_ms = [], 0.0
        for name, film, start in shots:
            if not film.is_file():
                print(f"| {name}: not here | | | | | | |")
                continue
            one = measure(film, start, options.times)
            ratio = one.whole_s / one.duration_s
            print(
                f"| {name} | {1e3 * one.first_s:.0f} ({1e3 * one.first_wall_s:.0f}) "
                f"| {one.whole_s:.2f} ({one.whole_wall_s:.2f}) | {ratio:.2f} | {one.bare_s:.2f} "
                f"| {1e3 * one.held_s:.0f} | {one.kbit_per_s:.0f} |",
                flush=True,
            )
            if film == drawn:
                ratios.append(ratio)
            elif film == film_path():
                first_ms = 1e3 * one.first_s
    print(f"\nwhole proxy of a drawn 1080p shot: {max(ratios):.2f} of its duration (bar: {MOST_OF_DURATION})")
    print(f"first chunk of the sample film: {first_ms:.0f} ms (bar: {FIRST_MS:.0f} ms)")
    return int(max(ratios) > MOST_OF_DURATION or first_ms > FIRST_MS)


if __name__ == "__main__":
    sys.exit(main())
