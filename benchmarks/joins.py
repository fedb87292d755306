"""Films joined from real clips, with the truth of every transition: for the benchmark of cuts."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np

from vidsearch_sdk.video.frames import FrameReader
from vidsearch_sdk.video.writing import VideoWriter

SIZES = ((480, 270), (640, 360), (320, 180), (426, 240))
RATES = (Fraction(24), Fraction(25), Fraction(30000, 1001), Fraction(50))
CLIP = (480, 270)


@dataclass(frozen=True)
class Film:
    """A film and its truth: first frames of new shots, and (first, last) frames of gradual transitions."""

    path: Path
    hard: tuple[int, ...]
    gradual: tuple[tuple[int, int], ...]
    kind: str


def read_clip(path: Path, first: int, count: int) -> np.ndarray:
    """Frames of a film as uint8 (count, height, width, 3), cut to 16:9 in the middle."""
    frames = []
    with contextlib.closing(FrameReader(path, threads=0)) as reader:
        for frame in reader:
            if frame.index >= first + count:
                break
            if frame.index >= first:
                rgb = frame.picture.to_ndarray(format="rgb24")
                height, width = rgb.shape[:2]
                across, down = min(width, height * 16 // 9), min(height, width * 9 // 16)
                left, top = (width - across) // 2, (height - down) // 2
                cut = rgb[top : top + down, left : left + across]
                frames.append(cv2.resize(cut, CLIP, interpolation=cv2.INTER_AREA))
    return np.stack(frames)


def blend(one: np.ndarray, other: np.ndarray, share: float) -> np.ndarray:
    return np.round(one * (1.0 - share) + other * share).astype(np.uint8)


def join(kind: str, one: np.ndarray, other: np.ndarray, length: int, hold: int) -> tuple[list, list, list]:
    """Two clips joined; returns frames, hard cuts and gradual transitions."""
    frames = list(one)
    if kind == "cut":
        return frames + list(other), [len(one)], []
    if kind == "dissolve":
        start = len(one) - length
        mixed = [blend(one[start + i], other[i], (i + 1) / (length + 1)) for i in range(length)]
        return frames[:start] + mixed + list(other[length:]), [], [(start, start + length - 1)]
    level = np.full_like(one[0], 255 if kind == "fade through white" else 0)
    start = len(one) - length
    out = [blend(one[start + i], level, (i + 1) / (length + 1)) for i in range(length)]
    into = [blend(level, other[i], (i + 1) / (length + 1)) for i in range(length)]
    middle = [level] * hold
    end = start + 2 * length + hold - 1
    return frames[:start] + out + middle + into + list(other[length:]), [], [(start, end)]


def make_joins(videos: Path, singles: list[str], folder: Path, count: int) -> Iterator[Film]:
    """Write films of two clips each: half with a hard cut, the others with a fade or a dissolve.

    Args:
        videos: Folder of the real films.
        singles: Names of those that are one shot.
        folder: Where the joins go.
        count: How many.
    """
    random = np.random.default_rng(20)
    clips = {name: read_clip(videos / name, 0, 110) for name in singles}
    kinds = ("cut", "dissolve", "cut", "fade through black", "cut", "dissolve", "cut", "fade through white")
    for number in range(count):
        kind = kinds[number % len(kinds)]
        names = random.choice(singles, 2, replace=False)
        pair = []
        for name in names:
            clip = clips[name]
            length = min(len(clip), int(random.integers(60, 110)))
            first = int(random.integers(0, len(clip) - length + 1))
            clip = clip[first : first + length]
            pair.append(clip[:, :, ::-1] if random.random() < 0.5 else clip)
        length = int(random.integers(8, 49)) if kind == "dissolve" else int(random.integers(6, 25))
        frames, hard, gradual = join(kind, pair[0], pair[1], length, int(random.integers(1, 10)))
        width, height = SIZES[number % len(SIZES)]
        path = folder / f"join-{number:02}.mp4"
        with VideoWriter(
            path,
            width=width,
            height=height,
            rate=RATES[number % len(RATES)],
            crf=int(random.integers(18, 31)),
            preset="veryfast",
            options={"bf": str(number % 4), "g": str((12, 48, 250)[number % 3])},
        ) as writer:
            for frame in frames:
                writer.write(cv2.resize(frame, (width, height), interpolation=cv2.INTER_AREA))
        yield Film(path, tuple(hard), tuple(gradual), kind)
