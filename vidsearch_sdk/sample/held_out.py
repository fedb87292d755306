"""The held-out shots as they are shipped: 300 small pictures with what is true of each.

``python -m vidsearch_sdk.sample.held_out --out FOLDER`` draws them again.
"""

from __future__ import annotations

import argparse
import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image
from tqdm.auto import tqdm

from vidsearch_sdk.sample.backdrops import draw_backdrop
from vidsearch_sdk.sample.captions import caption_of
from vidsearch_sdk.sample.drawing import Shot
from vidsearch_sdk.sample.scenes import HELD_OUT_SEED, held_out_scenes
from vidsearch_sdk.sample.sprites import Sprites
from vidsearch_sdk.sample.world import Scene

_DRAWN = (640, 360)
_STORED = (224, 126)
_QUALITY = 78


@dataclass(frozen=True)
class HeldOutShot:
    """One picture of the test.

    Attributes:
        jpeg: The picture, coded.
        caption: Its full caption.
        objects: Names of what is in it.
        setting: Where it is.
    """

    jpeg: bytes
    caption: str
    objects: tuple[str, ...]
    setting: str


def draw_held_out(scene: Scene, *, sprites: Sprites) -> Image.Image:
    """The middle of such a shot, 640 x 360, drawn like the film on a backdrop that practice never showed."""
    backdrop = draw_backdrop(scene.setting, scene.time, seed=HELD_OUT_SEED + scene.seed % 40, sprites=sprites)
    return Shot(scene, backdrop, sprites=sprites).picture(0.5, size=_DRAWN)


def write_held_out(path: Path, *, sprites: Sprites) -> None:
    """Draw the 300 shots and write them as one archive of plain arrays."""
    shots = []
    for scene in tqdm(held_out_scenes(), desc="held-out shots", unit="shot"):
        coded = io.BytesIO()
        small = draw_held_out(scene, sprites=sprites).resize(_STORED, Image.Resampling.BICUBIC)
        small.save(coded, "JPEG", quality=_QUALITY)
        shots.append(HeldOutShot(coded.getvalue(), caption_of(scene), scene.objects, scene.setting))
    np.savez_compressed(
        path,
        jpegs=np.frombuffer(b"".join(shot.jpeg for shot in shots), np.uint8),
        ends=np.cumsum([len(shot.jpeg) for shot in shots]),
        captions=np.array([shot.caption for shot in shots]),
        objects=np.array(["|".join(shot.objects) for shot in shots]),
        settings=np.array([shot.setting for shot in shots]),
    )


def read_held_out(path: Path) -> Sequence[HeldOutShot]:
    """Read what :func:`write_held_out` wrote."""
    with np.load(path, allow_pickle=False) as stored:
        coded, ends = stored["jpegs"].tobytes(), stored["ends"]
        starts = [0, *(int(end) for end in ends[:-1])]
        rows = zip(starts, ends, stored["captions"], stored["objects"], stored["settings"], strict=True)
        return [
            HeldOutShot(coded[start : int(end)], str(caption), tuple(str(objects).split("|")), str(setting))
            for start, end, caption, objects, setting in rows
        ]


def main(arguments: list[str] | None = None) -> int:
    """Write the archive; returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m vidsearch_sdk.sample.held_out", description=__doc__)
    parser.add_argument("--out", type=Path, required=True, help="folder to write held_out.npz to")
    given = parser.parse_args(arguments)
    given.out.mkdir(parents=True, exist_ok=True)
    write_held_out(given.out / "held_out.npz", sprites=Sprites())
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
