"""Draw the sample film: ``python -m vidsearch_sdk.sample.film --out FOLDER``."""

from __future__ import annotations

import argparse
import hashlib
import json
from collections.abc import Iterator
from dataclasses import asdict
from fractions import Fraction
from itertools import groupby
from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw, ImageFilter, ImageFont
from tqdm.auto import tqdm

from vidsearch_sdk.sample.backdrops import draw_backdrop
from vidsearch_sdk.sample.drawing import Shot
from vidsearch_sdk.sample.music import SAMPLE_RATE, compose
from vidsearch_sdk.sample.sprites import Sprites
from vidsearch_sdk.sample.storyboard import TITLE, panels
from vidsearch_sdk.sample.timeline import RATE, Cut, Spoken, dialogue, lay_out, mix, true_shots
from vidsearch_sdk.video.writing import Sound, Subtitles, VideoWriter

WIDTH, HEIGHT = 640, 360
SEED = 1

# Practice uses backdrops 0 to 23, the held-out shots 20,000 and up: the film has places of its own.
_FIRST_BACKDROP = 1000
# Drawn twice as large and reduced: emoji that glide by fractions of a pixel, and smooth edges.
_OVERSAMPLING = 2


class Film:
    """The sample film before it is coded.

    Args:
        seed: Same seed, same film.
        sprites: Where emoji come from.
    """

    def __init__(self, *, seed: int = SEED, sprites: Sprites) -> None:
        self.cuts = lay_out(panels(seed=seed))
        self.seed = seed
        self._sprites = sprites
        self._shots: dict[int, Shot] = {}
        self._title = _title_layer()

    @property
    def frames(self) -> int:
        """Number of frames."""
        return self.cuts[-1].end_frame

    def pictures(self) -> Iterator[npt.NDArray[np.uint8]]:
        """Every frame in order, uint8 of shape (360, 640, 3)."""
        for frame in range(self.frames):
            yield self.picture(frame)

    def picture(self, frame: int) -> npt.NDArray[np.uint8]:
        """One frame, uint8 of shape (360, 640, 3).

        Raises:
            IndexError: No such frame.
        """
        if not 0 <= frame < self.frames:
            raise IndexError(f"the film has frames 0 to {self.frames - 1}, not {frame}")
        number = next(i for i, cut in enumerate(self.cuts) if frame < cut.end_frame)
        # The transition around a shot's end belongs to the shot after it.
        for later in self.cuts[number : number + 2]:
            if later.transition_start_frame <= frame < later.transition_end_frame:
                return self._transition(self.cuts.index(later), frame)
        return self._drawn(number, frame)

    def _transition(self, number: int, frame: int) -> npt.NDArray[np.uint8]:
        cut = self.cuts[number]
        share = mix(cut, frame)
        if cut.panel.opening == "dissolve":
            mixed = (1 - share) * self._drawn(number - 1, frame) + share * self._drawn(number, frame)
        else:
            mixed = abs(share) * self._drawn(
                number if frame >= cut.start_frame else number - 1, frame
            ).astype(np.float64)
        return np.asarray(mixed.round().astype(np.uint8))

    def _drawn(self, number: int, frame: int) -> npt.NDArray[np.uint8]:
        cut = self.cuts[number]
        size = (WIDTH * _OVERSAMPLING, HEIGHT * _OVERSAMPLING)
        picture = self._shot(number).picture(cut.moment(frame), size=size).reduce(_OVERSAMPLING)
        if number == 0:
            self._write_title(picture, frame, cut)
        return np.asarray(picture)

    def _shot(self, number: int) -> Shot:
        if number not in self._shots:
            # No more than two are on screen at once; a prepared shot holds tens of megabytes.
            for old in [key for key in self._shots if abs(key - number) > 1]:
                del self._shots[old]
            scene = self.cuts[number].panel.scene
            # Neighbors in the same setting and at the same time of day are in the same place.
            place = _FIRST_BACKDROP * self.seed + sum(
                1
                for a, b in zip(self.cuts[: number + 1], self.cuts[1 : number + 1], strict=False)
                if (a.panel.scene.setting, a.panel.scene.time) != (b.panel.scene.setting, b.panel.scene.time)
            )
            backdrop = draw_backdrop(scene.setting, scene.time, seed=place, sprites=self._sprites)
            self._shots[number] = Shot(scene, backdrop, sprites=self._sprites)
        return self._shots[number]

    def _write_title(self, picture: Image.Image, frame: int, cut: Cut) -> None:
        first, last = RATE // 2, cut.end_frame - RATE // 2
        share = min((frame - first) / 14, (last - frame) / 14, 1.0)
        if share > 0:
            layer = self._title.copy()
            layer.putalpha(layer.getchannel("A").point([round(value * share) for value in range(256)]))
            picture.paste(layer, (0, 0), layer)


def _title_layer() -> Image.Image:
    # Pillow carries this font, so the film does not depend on what a machine has installed.
    font = ImageFont.load_default(size=84)
    layer = Image.new("RGBA", (WIDTH, HEIGHT))
    shade = Image.new("L", (WIDTH, HEIGHT))
    where = (WIDTH / 2, HEIGHT * 0.27)
    ImageDraw.Draw(shade).text((where[0] + 2, where[1] + 3), TITLE, font=font, anchor="mm", fill=170)
    layer.paste((24, 40, 80, 255), (0, 0, WIDTH, HEIGHT))
    layer.putalpha(shade.filter(ImageFilter.GaussianBlur(4)))
    text = Image.new("L", (WIDTH, HEIGHT))
    ImageDraw.Draw(text).text(where, TITLE, font=font, anchor="mm", fill=255)
    layer.paste((255, 252, 238, 255), (0, 0), text)
    return layer


def subrip(lines: list[Spoken]) -> str:
    """The Spanish lines as a SubRip file.

    Examples:
        >>> print(subrip([Spoken(1.5, 2.25, "Dog: Hello.", "Perro: Hola.")]))
        1
        00:00:01,500 --> 00:00:02,250
        Perro: Hola.
        <BLANKLINE>
    """

    def clock(seconds: float) -> str:
        ms = round(seconds * 1000)
        return f"{ms // 3_600_000:02}:{ms // 60_000 % 60:02}:{ms // 1000 % 60:02},{ms % 1000:03}"

    blocks = (f"{i}\n{clock(x.start_s)} --> {clock(x.end_s)}\n{x.spanish}\n" for i, x in enumerate(lines, 1))
    return "\n".join(blocks)


def write_film(folder: Path, *, seed: int = SEED, sprites: Sprites, crf: int = 23) -> Path:
    """Draw the film and write it with its Spanish subtitles and its truth.

    Args:
        folder: Where ``film.mp4``, ``film.es.srt`` and ``truth.json`` go.
        seed: Same seed, same pictures and truth.
        sprites: Where emoji come from.
        crf: x264's constant rate factor.

    Returns:
        Path of the film.
    """
    folder.mkdir(parents=True, exist_ok=True)
    film = Film(seed=seed, sprites=sprites)
    shots, lines = true_shots(film.cuts), dialogue(film.cuts)
    places = groupby(film.cuts, key=lambda cut: (cut.panel.scene.setting, cut.panel.scene.time))
    passages = [(sum(c.end_frame - c.start_frame for c in some) / RATE, *key) for key, some in places]
    digest = hashlib.sha256()
    path = folder / "film.mp4"
    with VideoWriter(
        path,
        width=WIDTH,
        height=HEIGHT,
        rate=Fraction(RATE),
        crf=crf,
        preset="slow",
        sound=Sound(compose(passages, seed=seed), rate=SAMPLE_RATE, bit_rate=32_000),
        subtitles=[Subtitles([(x.start_s, x.end_s, x.english) for x in lines], "eng")],
        # Gradients need their bits: without this dark skies fall into blocks.
        options={"g": "72", "aq-mode": "3"},
    ) as writer:
        for picture in tqdm(film.pictures(), total=film.frames, desc="film", unit="frame"):
            digest.update(picture.tobytes())
            writer.write(picture)
    (folder / "film.es.srt").write_text(subrip(lines), encoding="utf-8")
    truth = {
        "title": TITLE,
        "seed": seed,
        "frames": film.frames,
        "frame_rate": RATE,
        "width": WIDTH,
        "height": HEIGHT,
        "pictures_sha256": digest.hexdigest(),
        "shots": [asdict(shot) for shot in shots],
        "dialogue": [asdict(line) for line in lines],
    }
    (folder / "truth.json").write_text(
        json.dumps(truth, indent=1, ensure_ascii=False) + "\n", encoding="utf-8"
    )
    return path


def main(arguments: list[str] | None = None) -> int:
    """Write the film; returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m vidsearch_sdk.sample.film", description=__doc__)
    parser.add_argument(
        "--out", type=Path, required=True, help="folder to write film.mp4, film.es.srt and truth.json to"
    )
    parser.add_argument("--seed", type=int, default=SEED, help="same seed, same film")
    parser.add_argument(
        "--crf", type=int, default=23, help="x264's constant rate factor: lower is better and larger"
    )
    given = parser.parse_args(arguments)
    write_film(given.out, seed=given.seed, sprites=Sprites(), crf=given.crf)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
