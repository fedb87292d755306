"""Clips cut from films and disturbed as copies on the web are, with the truth of each."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np

from vidsearch_sdk.video.frames import FrameReader
from vidsearch_sdk.video.probe import probe
from vidsearch_sdk.video.writing import VideoWriter

KINDS = (
    "re-encoded",
    "smaller",
    "cropped",
    "mirrored",
    "darker",
    "brighter",
    "logo",
    "frame rate",
    "squeezed to 4:3",
    "all at once",
)
"""Each is re-encoded too; the last is cropped, mirrored, darker, with a logo, smaller, of another rate."""

_RATES = (15, 24, 25, 30, 50)
_LONG_SIDE = 640


@dataclass(frozen=True)
class Disturbed:
    """A clip and its truth: film time = clip time + ``start_s``."""

    path: Path
    film: Path
    kind: str
    start_s: float
    duration_s: float


def make_clips(films: Sequence[Path], folder: Path, *, count: int, seed: int) -> Iterator[Disturbed]:
    """Write ``count`` clips of 3 to 8 s (shorter films: of most of them), films in turn."""
    random = np.random.default_rng(seed)
    kinds = random.permutation([KINDS[number % len(KINDS)] for number in range(count)])
    for number in range(count):
        film, kind = films[number % len(films)], str(kinds[number])
        path = folder / f"{number:03}-{kind.replace(' ', '-').replace(':', '')}-{film.stem}.mp4"
        yield make_clip(film, path, kind, random)


def make_clip(film: Path, path: Path, kind: str, random: np.random.Generator) -> Disturbed:
    """Write one clip from anywhere in the film."""
    whole_s = _length(film)
    length_s = min(float(random.uniform(3.0, 8.0)), 0.8 * whole_s)
    wanted_s = float(random.uniform(0.0, whole_s - length_s))
    times, frames = read_span(film, wanted_s, length_s)
    everything = kind == "all at once"
    if kind == "cropped" or everything:
        left, top = (float(share) for share in random.uniform(0.0, 0.1, 2))
        frames = [_cropped(frame, left, top) for frame in frames]
    if kind == "mirrored" or everything:
        frames = [frame[:, ::-1] for frame in frames]
    if kind == "darker" or everything:
        frames = [_relit(frame, 0.55) for frame in frames]
    if kind == "brighter":
        frames = [_relit(frame, 1.4, 12) for frame in frames]
    if kind == "logo" or everything:
        frames = [_with_logo(frame) for frame in frames]
    if kind == "squeezed to 4:3":
        frames = [cv2.resize(frame, (480, 360), interpolation=cv2.INTER_AREA) for frame in frames]
    if kind == "smaller" or everything:
        frames = [_at_most(frame, 240) for frame in frames]
    own = 1.0 / float(np.median(np.diff(times)))
    rate = Fraction(own).limit_denominator(1001)
    if kind == "frame rate" or everything:
        rate = Fraction(int(random.choice([each for each in _RATES if abs(each - own) > 2])))
    shown = np.arange(times[0], times[-1] + 0.5 / own, 1.0 / float(rate))
    picked = np.searchsorted(times, shown + 1e-6, side="right") - 1
    height, width = (side // 2 * 2 for side in frames[0].shape[:2])
    crf = 34 if kind in ("re-encoded", "all at once") else int(random.integers(20, 30))
    with VideoWriter(
        path,
        width=width,
        height=height,
        rate=rate,
        crf=crf,
        preset="veryfast",
        options={"g": str(random.choice([12, 50, 250]))},
    ) as writer:
        for index in picked:
            writer.write(frames[int(index)][:height, :width])
    return Disturbed(path, film, kind, float(times[0]), len(picked) / float(rate))


def read_span(film: Path, start_s: float, length_s: float) -> tuple[np.ndarray, list[np.ndarray]]:
    """Times (seconds of the container's clock) and pictures, at most 640 pixels wide, of a span."""
    times, frames = [], []
    with FrameReader(film, threads=2) as reader:
        first_s = None
        for frame in reader:
            first_s = frame.time_s if first_s is None else first_s
            at_s = frame.time_s - first_s
            if at_s >= start_s + length_s:
                break
            if at_s >= start_s:
                times.append(frame.time_s)
                frames.append(_at_most(frame.picture.to_ndarray(format="rgb24"), _LONG_SIDE))
    return np.array(times), frames


def _length(film: Path) -> float:
    duration = probe(film).duration_s
    if duration is None:
        raise SystemExit(f"{film} does not say how long it is")
    return float(duration)


def _at_most(frame: np.ndarray, long_side: int) -> np.ndarray:
    scale = long_side / max(frame.shape[:2])
    if scale >= 1:
        return frame
    size = (round(frame.shape[1] * scale), round(frame.shape[0] * scale))
    return cv2.resize(frame, size, interpolation=cv2.INTER_AREA)


def _cropped(frame: np.ndarray, left: float, top: float) -> np.ndarray:
    height, width = frame.shape[:2]
    x, y = round(left * width), round(top * height)
    part = frame[y : y + round(0.9 * height), x : x + round(0.9 * width)]
    return cv2.resize(part, (width, height), interpolation=cv2.INTER_LINEAR)


def _relit(frame: np.ndarray, gain: float, lift: float = 0.0) -> np.ndarray:
    return np.clip(frame.astype(np.float32) * gain + lift, 0, 255).round().astype(np.uint8)


def _with_logo(frame: np.ndarray) -> np.ndarray:
    marked = np.ascontiguousarray(frame).copy()
    height, width = marked.shape[:2]
    high, wide = round(0.12 * height), round(0.2 * width)
    x, y = width - wide - round(0.03 * width), round(0.04 * height)
    marked[y : y + high, x : x + wide] = (230, 40, 30)
    cv2.putText(
        marked,
        "LIVE",
        (x + wide // 8, y + round(0.75 * high)),
        cv2.FONT_HERSHEY_SIMPLEX,
        high / 32,
        (255,) * 3,
        2,
    )
    return marked
