"""The sample encoder on shots that its training never showed, and on the sample film; its size.

Bars: R@1 >= 0.80 and R@5 >= 0.95 from full caption to shot among 300 held-out shots; at most 8 MB.
"""

from __future__ import annotations

import sys
import time

import numpy as np

from vidsearch_sdk.encoding.encoder import Encoder
from vidsearch_sdk.sample.assets import encoder_path, film_path, held_out_path, truth
from vidsearch_sdk.sample.held_out import read_held_out
from vidsearch_sdk.sample.measures import recall_at, separation
from vidsearch_sdk.sample.world import OBJECTS, SETTINGS
from vidsearch_sdk.video.frames import FrameReader
from vidsearch_sdk.video.keyframe_pictures import KeyframePictures

BARS = {"R@1": 0.80, "R@5": 0.95}
MEGABYTES = 8.0

ABSENT = (
    "a lighthouse in a storm",
    "a wedding",
    "a car chase",
    "a submarine",
    "two people kissing",
    "an explosion",
    "soldiers marching",
    "a baby crying",
    "a forklift",
    "a tax form",
    "a courtroom",
    "surgery",
    "a handshake",
    "a skyscraper on fire",
    "a chess game",
    "a haircut",
    "rain on a window",
    "a typewriter",
)
"""Searches for what the sample world does not have."""


def _row(name, value, bar=None):
    verdict = "" if bar is None else ("met" if value >= bar else "MISSED")
    print(f"  {name:44} {value:8.3f} {'' if bar is None else f'>= {bar:.2f}':>9}  {verdict}")
    return bar is None or value >= bar


def _middles():
    """The middle frame of every shot of the film."""
    middles = {(shot.start_frame + shot.end_frame) // 2 for shot in truth()}
    with FrameReader(film_path()) as reader:
        convert = KeyframePictures(reader.info)
        return [np.asarray(convert(frame.picture)) for frame in reader if frame.index in middles]


def _one_word(encoder, pictures, shots):
    """Share of one-word searches whose first answer shows what was asked for: objects, settings."""
    figures = []
    for names, has in (
        ([thing.name for thing in OBJECTS], lambda shot, name: name in shot.objects),
        ([place.name for place in SETTINGS], lambda shot, name: name == shot.setting),
    ):
        there = [name for name in names if any(has(shot, name) for shot in shots)]
        best = (encoder.encode_texts(there) @ pictures.T).argmax(axis=1)
        figures.append(float(np.mean([has(shots[i], name) for name, i in zip(there, best, strict=True)])))
    return figures


def main() -> int:
    good = True
    shots = read_held_out(held_out_path())
    film = truth()
    frames = _middles()
    for dtype in ("f32", "bf16"):
        encoder = Encoder("sample", device="cpu", dtype=dtype)
        started = time.perf_counter()
        pictures = encoder.encode_images([shot.jpeg for shot in shots])
        seconds = time.perf_counter() - started
        captions = encoder.encode_texts([shot.caption for shot in shots])
        scores = captions @ pictures.T
        print(
            f"{dtype}: {len(shots)} held-out shots, one picture each ({len(shots) / seconds:.0f} pictures/s)"
        )
        for name, bar in BARS.items():
            good &= _row(f"{name}, full caption to shot", recall_at(scores, int(name[2:])), bar)
        objects, settings = _one_word(encoder, pictures, shots)
        _row("first answer right, name of an object", objects)
        _row("first answer right, name of a setting", settings)
        seen = [
            name for name in (thing.name for thing in OBJECTS) if any(name in shot.objects for shot in shots)
        ]
        present = (encoder.encode_texts(seen) @ pictures.T).max(axis=1)
        absent = (encoder.encode_texts(ABSENT) @ pictures.T).max(axis=1)
        _row("objects of the world outscore strange searches", separation(present, absent))
        print(f"{dtype}: the sample film, middle frame of each of its {len(film)} shots")
        pictures = encoder.encode_images(frames)
        scores = encoder.encode_texts([shot.caption for shot in film]) @ pictures.T
        _row("R@1, full caption to shot", recall_at(scores, 1))
        _row("R@5, full caption to shot", recall_at(scores, 5))
        held = np.array([shot.held_out for shot in film])
        best = scores.argmax(axis=1)
        _row(f"R@1 of its {held.sum()} held-out shots", float((best == np.arange(len(film)))[held].mean()))
        objects, settings = _one_word(encoder, pictures, film)
        _row("first answer right, name of an object", objects)
        _row("first answer right, name of a setting", settings)
    size = sum(file.stat().st_size for file in encoder_path().iterdir()) / 1e6
    good &= size <= MEGABYTES
    verdict = "met" if size <= MEGABYTES else "MISSED"
    print(f"size of the encoder: {size:.2f} MB (<= {MEGABYTES:.0f} MB: {verdict})")
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
