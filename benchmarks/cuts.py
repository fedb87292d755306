"""How well cuts, fades and dissolves are found, beside every detector of PySceneDetect on the same files.

Bars: hard cuts, F1 at tolerance 0, at least the best detector's and at least 0.97; fades and dissolves with a
boundary inside at least 0.85; at most one false boundary per 5 minutes of films of a single shot.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np
from joins import Film, make_joins
from scenedetect.common import FrameTimecode, Timecode
from scenedetect.detectors import (
    AdaptiveDetector,
    ContentDetector,
    HashDetector,
    HistogramDetector,
    ThresholdDetector,
)
from scenedetect.scene_manager import compute_downscale_factor

from vidsearch_sdk.ingest.film_pass import process_film
from vidsearch_sdk.video.frames import FrameReader

DETECTORS: dict[str, Callable[[], object]] = {
    "Content": ContentDetector,
    "Adaptive": AdaptiveDetector,
    "Threshold": ThresholdDetector,
    "Histogram": HistogramDetector,
    "Hash": HashDetector,
}
F1_BAR, GRADUAL_BAR, FALSE_PER_5_MINUTES = 0.97, 0.85, 1.0


@dataclass
class Tally:
    """Counts of one side."""

    right: int = 0
    false: int = 0
    missed: int = 0
    gradual: int = 0
    gradual_found: int = 0
    false_in_singles: int = 0
    seconds: float = 0.0
    words: list[str] = field(default_factory=list)

    @property
    def f1(self) -> float:
        return 2 * self.right / max(1, 2 * self.right + self.false + self.missed)

    def add(self, film: Film, found: set[int]) -> None:
        inside = set()
        for first, last in film.gradual:
            hit = {frame for frame in found if first <= frame <= last + 1}
            inside |= hit
            self.gradual += 1
            self.gradual_found += bool(hit)
            if not hit:
                self.words.append(f"{film.path.name}: {film.kind} {first}..{last} missed")
        hard = set(film.hard)
        false = found - hard - inside
        self.right += len(found & hard)
        self.missed += len(hard - found)
        self.false += len(false)
        if not hard and not film.gradual:
            self.false_in_singles += len(false)
        self.words += [f"{film.path.name}: nothing at {frame}" for frame in sorted(false)]
        self.words += [f"{film.path.name}: cut at {frame} missed" for frame in sorted(hard - found)]


def real_films(videos: Path) -> list[Film]:
    """The films whose boundaries were checked by eye."""
    films = []
    for name, truth in json.loads((videos / "cuts.json").read_text()).items():
        if name.startswith("_"):
            continue
        gradual = truth["gradual"]
        if isinstance(gradual, str):  # "fade-out from 8.3 s to 11 s", at 25 frames a second
            gradual = [(207, 275)]
        films.append(
            Film(videos / name, tuple(truth["hard"]), tuple((a, b) for a, b in gradual), "real film")
        )
    return films


def ours(film: Film) -> tuple[set[int], float]:
    """Frames of our boundaries, and the seconds of film."""
    result = process_film(film.path, "0" * 16, threads=0)
    return set(result.tables["shots"].column("start_frame").to_pylist()[1:]), result.video["duration_s"]


def theirs(film: Film) -> dict[str, set[int]]:
    """Frames of the cuts of every PySceneDetect detector with its defaults, fed as its SceneManager does."""
    detectors = {name: make() for name, make in DETECTORS.items()}
    found: dict[str, set[int]] = {name: set() for name in DETECTORS}
    times: list[float] = []
    with FrameReader(film.path, threads=0) as reader:
        rate = float(reader.info.frame_rate or Fraction(25))
        base = reader.info.time_base
        for frame in reader:
            picture = frame.picture.to_ndarray(format="bgr24")
            factor = compute_downscale_factor(max(picture.shape[:2]))
            if factor > 1:
                size = (round(picture.shape[1] / factor), round(picture.shape[0] / factor))
                picture = cv2.resize(picture, size, interpolation=cv2.INTER_LINEAR)
            code = FrameTimecode(Timecode(frame.pts, base), rate)
            times.append(float(frame.pts * base))
            for name, detector in detectors.items():
                found[name] |= {nearest(times, cut.seconds) for cut in detector.process_frame(code, picture)}
    for name, detector in detectors.items():
        found[name] |= {nearest(times, cut.seconds) for cut in detector.post_process(code)}
    return found


def nearest(times: list[float], seconds: float) -> int:
    """Number of the frame that is shown nearest to a time: fades are placed between frames."""
    return int(np.argmin(np.abs(np.array(times) - seconds)))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--videos", type=Path, default=Path(__file__).parents[2] / "shared" / "videos")
    parser.add_argument("--joins", type=int, default=48, help="films joined from real clips")
    parser.add_argument("--quick", action="store_true", help="16 joins, and without PySceneDetect")
    asked = parser.parse_args()
    if not (asked.videos / "cuts.json").is_file():
        print(f"the real films are missing: no {asked.videos / 'cuts.json'}")
        return 1
    started = time.perf_counter()
    films = real_films(asked.videos)
    singles = [
        str(film.path.relative_to(asked.videos)) for film in films if not film.hard and not film.gradual
    ]
    tallies = {name: Tally() for name in ("ours", *(() if asked.quick else DETECTORS))}
    with tempfile.TemporaryDirectory() as folder:
        films += make_joins(asked.videos, singles, Path(folder), 16 if asked.quick else asked.joins)
        for film in films:
            found, seconds = ours(film)
            if not film.hard and not film.gradual:
                for tally in tallies.values():
                    tally.seconds += seconds
            tallies["ours"].add(film, found)
            for name, cuts in ({} if asked.quick else theirs(film)).items():
                tallies[name].add(film, cuts)
    for words in tallies["ours"].words:
        print(" ", words)
    return report(tallies, len(films), time.perf_counter() - started)


def report(tallies: dict[str, Tally], films: int, seconds: float) -> int:
    """Print the table; 1 if a bar is missed."""
    print(f"{films} films, {seconds:.0f} s")
    columns = ("F1 cuts", "right", "false", "missed", "gradual", "false/5 min")
    print(f"{'detector':12}" + "".join(f"{name:>12}" for name in columns))
    for name, tally in tallies.items():
        per_5 = tally.false_in_singles / (tally.seconds / 300)
        gradual = f"{tally.gradual_found}/{tally.gradual}"
        print(
            f"{name:12}{tally.f1:12.3f}{tally.right:12}{tally.false:12}{tally.missed:12}{gradual:>12}{per_5:12.2f}"
        )
    mine = tallies["ours"]
    best = max((tally.f1 for name, tally in tallies.items() if name != "ours"), default=0.0)
    bars = {
        f"F1 of cuts {mine.f1:.3f} >= {max(best, F1_BAR):.3f}": mine.f1 >= max(best, F1_BAR),
        f"gradual found {mine.gradual_found / mine.gradual:.3f} >= {GRADUAL_BAR}": mine.gradual_found
        >= GRADUAL_BAR * mine.gradual,
        f"false per 5 minutes {mine.false_in_singles / (mine.seconds / 300):.2f} <= {FALSE_PER_5_MINUTES}": (
            mine.false_in_singles <= FALSE_PER_5_MINUTES * mine.seconds / 300
        ),
    }
    for words, met in bars.items():
        print("met   " if met else "MISSED", words)
    return int(not all(bars.values()))


if __name__ == "__main__":
    sys.exit(main())
