"""Films with the creatures in them, and captions for every shot: what somebody teaches an encoder with.

``python -m vidsearch_sdk.sample.creature_films --out FOLDER`` draws them.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd
from tqdm.auto import tqdm

from vidsearch_sdk.sample.backdrops import Backdrop, draw_backdrop
from vidsearch_sdk.sample.captions import Claim, word_claim
from vidsearch_sdk.sample.creatures import CREATURES, STAND_IN, Creature, creature_sprites
from vidsearch_sdk.sample.drawing import Shot
from vidsearch_sdk.sample.sprites import Sprites
from vidsearch_sdk.sample.world import CAMERAS, MOVEMENTS, OBJECTS, SETTINGS, SIZES, TIMES, Scene
from vidsearch_sdk.video.writing import VideoWriter

RATE = 12
"""Frames per second of these films."""
WIDTH, HEIGHT = 320, 180

_BACKDROP = (400, 225)
# The sample film has backdrops 1,001 and up, the held-out shots 20,000 and up.
_FIRST_BACKDROP = 40_000
_LENGTHS = (12, 14, 16, 18, 30)
_CAPTIONS = "captions.csv"


@dataclass(frozen=True)
class Staged:
    """One shot of such a film.

    Attributes:
        scene: What it shows; where the creature is, the stand-in has its part.
        creature: The creature in it; None for a shot of the known world.
        frames: Its length.
        text: What a caption says of it.
    """

    scene: Scene
    creature: Creature | None
    frames: int
    text: str

    @property
    def objects(self) -> tuple[str, ...]:
        """Names of what is in it, the creature's among them."""
        names = {STAND_IN: self.creature.name} if self.creature else {}
        return tuple(names.get(name, name) for name in self.scene.objects)


@dataclass(frozen=True)
class CreatureFilm:
    """One film before it is drawn.

    Attributes:
        name: Name of its file, without the ending.
        shots: In order; no two neighbors are in the same setting.
        seed: Seeds places and moves.
    """

    name: str
    shots: tuple[Staged, ...]
    seed: int

    @property
    def truth(self) -> pd.DataFrame:
        """One row per shot: ``video`` (file name), ``start_s``, ``end_s``, ``text``, and what it shows."""
        ends = np.cumsum([shot.frames for shot in self.shots]) / RATE
        starts = [0.0, *ends[:-1]]
        return pd.DataFrame(
            {
                "video": f"{self.name}.mp4",
                "start_s": starts,
                "end_s": ends,
                "text": [shot.text for shot in self.shots],
                "creature": [shot.creature.name if shot.creature else "" for shot in self.shots],
                "objects": [", ".join(shot.objects) for shot in self.shots],
                "setting": [shot.scene.setting for shot in self.shots],
                "time": [shot.scene.time for shot in self.shots],
            }
        )

    def pictures(self) -> Iterator[npt.NDArray[np.uint8]]:
        """Every frame in order, uint8 of shape (180, 320, 3). Needs the font."""
        sprites = Sprites()
        places: dict[tuple[str, str], Backdrop] = {}
        for shot in self.shots:
            key = (shot.scene.setting, shot.scene.time)
            if key not in places:
                seed = _FIRST_BACKDROP + self.seed
                places[key] = draw_backdrop(*key, seed=seed, sprites=sprites).reduced(*_BACKDROP)
            cast = creature_sprites(shot.creature) if shot.creature else sprites
            drawn = Shot(shot.scene, places[key], sprites=cast)
            for frame in range(shot.frames):
                yield np.asarray(drawn.picture(frame / (shot.frames - 1), size=(WIDTH, HEIGHT)))


def stage(name: str, counts: Sequence[tuple[Creature, int]], *, known: int, seed: int) -> CreatureFilm:
    """Write the story of one film by lot.

    In one shot of five an object of the world is there as well. A caption always says who is there, mostly
    where, often when, sometimes how.

    Args:
        name: Name of its file, without the ending.
        counts: How many shots each creature is in.
        known: How many shots show the known world only.
        seed: Same seed, same film.

    Raises:
        ValueError: Fewer than two shots.
    """
    rng = np.random.default_rng([seed, 9])
    cast: list[Creature | None] = [creature for creature, count in counts for _ in range(count)]
    cast += [None] * known
    if len(cast) < 2:
        raise ValueError(f"a film has two shots or more, not {len(cast)}")
    rng.shuffle(cast)
    names = [thing.name for thing in OBJECTS if thing.name != STAND_IN]
    lead = [str(one) for one in rng.permutation(names)]
    shots: list[Staged] = []
    for number, creature in enumerate(cast):
        first = STAND_IN if creature else lead[number % len(lead)]
        other = str(rng.choice([one for one in names if one != first]))
        objects = (first, other) if rng.random() < 0.2 else (first,)
        places = [place.name for place in SETTINGS if not shots or place.name != shots[-1].scene.setting]
        scene = Scene(
            objects,
            str(rng.choice(places)),
            TIMES[int(rng.integers(2))],
            SIZES[int(rng.integers(2))],
            MOVEMENTS[int(rng.integers(2))],
            CAMERAS[int(rng.integers(len(CAMERAS)))],
            seed=int(rng.integers(2**31)),
        )
        frames = _LENGTHS[int(rng.integers(len(_LENGTHS)))]
        shots.append(Staged(scene, creature, frames, _caption(scene, creature, rng)))
    return CreatureFilm(name, tuple(shots), seed)


def creature_films(
    *,
    creatures: Sequence[Creature] = CREATURES,
    films: int = 4,
    shots: int = 30,
    known: int = 30,
    seed: int = 0,
    name: str = "creatures",
) -> list[CreatureFilm]:
    """Write the story of several films.

    Args:
        creatures: Who is in them.
        films: How many films.
        shots: Shots of each creature, over all films; spread evenly.
        known: Shots of the known world in each film.
        seed: Same seed, same films; films of another seed are others in every shot and place.
        name: What their names begin with.

    Examples:
        >>> films = creature_films()
        >>> rows = pd.concat([film.truth for film in films])
        >>> rows[rows["creature"] != ""].groupby("creature").size().unique()
        array([30])
        >>> rows["text"].iloc[0]
        'a lantern and a watermelon'
    """
    staged = []
    for film in range(films):
        # Who gets the shots that do not divide evenly turns from film to film.
        counts = [
            (one, len(range((film + number) % films, shots, films))) for number, one in enumerate(creatures)
        ]
        staged.append(stage(f"{name}-{film + 1}", counts, known=known, seed=100 * seed + film))
    return staged


def write_creature_films(
    films: Sequence[CreatureFilm], folder: Path, *, crf: int = 23, progress: bool = False
) -> pd.DataFrame:
    """Draw films and write them beside the table of their captions, ``captions.csv``.

    Args:
        films: What to draw.
        folder: Made if it does not exist.
        crf: x264's constant rate factor.
        progress: Whether to show a bar.

    Returns:
        The truth of all shots, as in the file.

    Raises:
        VidsearchError: The font is not installed.
    """
    folder.mkdir(parents=True, exist_ok=True)
    total = sum(shot.frames for film in films for shot in film.shots)
    with tqdm(total=total, desc="Drawing", unit="frame", disable=not progress) as bar:
        for film in films:
            with VideoWriter(
                folder / f"{film.name}.mp4",
                width=WIDTH,
                height=HEIGHT,
                rate=Fraction(RATE),
                crf=crf,
                preset="veryfast",
            ) as writer:
                for picture in film.pictures():
                    writer.write(picture)
                    bar.update()
    truth = pd.concat([film.truth for film in films], ignore_index=True)
    truth.to_csv(folder / _CAPTIONS, index=False)
    return truth


def _caption(scene: Scene, creature: Creature | None, rng: np.random.Generator) -> str:
    # One in four says no more than who is there.
    more = rng.random() >= 0.25
    said = Claim(
        scene.objects,
        None,
        scene.setting if more and rng.random() < 0.8 else None,
        scene.time if more and rng.random() < 0.6 else None,
        scene.size if more and rng.random() < 0.3 else None,
        scene.movement if more and rng.random() < 0.3 else None,
    )
    if creature is None:
        return word_claim(said, rng)
    others = [name for name in scene.objects if name != STAND_IN]
    # The creature's name takes the place of all that is named.
    return word_claim(said, rng, stranger=" and ".join([creature.name, *others]))


def main(arguments: list[str] | None = None) -> int:
    """Draw four films to learn from and two to be tested with; returns the exit status."""
    parser = argparse.ArgumentParser(
        prog="python -m vidsearch_sdk.sample.creature_films", description=__doc__
    )
    parser.add_argument("--out", type=Path, required=True, help="folder to write films and captions to")
    parser.add_argument("--seed", type=int, default=0, help="same seed, same films")
    given = parser.parse_args(arguments)
    films = creature_films(seed=given.seed)
    films += creature_films(films=2, shots=10, seed=given.seed + 1, name="unseen")
    write_creature_films(films, given.out, progress=True)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
