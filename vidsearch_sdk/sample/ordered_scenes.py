"""Scenes that only the order of their pictures tells apart: entering and leaving, nightfall and daybreak.

Films of them come in pairs: of every such shot there is one that shows the same things the other way round,
so that neither a single picture nor the mean of all of them knows which of the two a caption means.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import Any, Literal, get_args

import numpy as np
import numpy.typing as npt
import pandas as pd
from PIL import Image

from vidsearch_sdk.sample.backdrops import Backdrop, draw_backdrop
from vidsearch_sdk.sample.captions import Claim, word_claim
from vidsearch_sdk.sample.drawing import Shot
from vidsearch_sdk.sample.sprites import Sprites
from vidsearch_sdk.sample.world import OBJECTS, SETTINGS, SIZES, TIMES, Scene
from vidsearch_sdk.video.writing import VideoWriter

Change = Literal["enters", "leaves", "nightfall", "daybreak"]

REVERSE: dict[Change, Change] = {
    "enters": "leaves",
    "leaves": "enters",
    "nightfall": "daybreak",
    "daybreak": "nightfall",
}
"""What the same pictures tell in the other order."""

RATE = 4
"""Frames per second of these films; a keyframe is kept for every two seconds."""
WIDTH, HEIGHT = 320, 180

_WORDS: dict[Change, tuple[str, ...]] = {
    "enters": ("enters", "arrives", "comes along"),
    "leaves": ("leaves", "departs", "goes away"),
    "nightfall": ("day turns to night", "night falls", "it gets dark"),
    "daybreak": ("night turns to day", "day breaks", "it gets light"),
}
_DARK = np.array([0.38, 0.44, 0.68], np.float32)
_OUTSIDE = 0.8
_BACKDROP = (400, 225)
_SECONDS = (4, 6, 8)
# Practice, the sample film, its held-out shots and the films of creatures have backdrops of lower numbers.
_FIRST_BACKDROP = 60_000


@dataclass(frozen=True)
class OrderedScene:
    """A scene in which something changes, or an ordinary one.

    Attributes:
        scene: What it shows. Of a change of light, the time is day.
        change: What happens in it; None for an ordinary scene.
        from_left: On which side somebody enters or leaves.

    Raises:
        ValueError: An unknown change, or a change of light that begins in the dark.
    """

    scene: Scene
    change: Change | None = None
    from_left: bool = False

    def __post_init__(self) -> None:
        if self.change is not None and self.change not in get_args(Change):
            raise ValueError(f"change must be one of {', '.join(get_args(Change))}, not {self.change!r}")
        if self.change in ("nightfall", "daybreak") and self.scene.time != "day":
            raise ValueError("a change of light is drawn from a scene by day")


class OrderedShot:
    """Such a scene, drawn at any moment.

    Args:
        scene: What to show.
        backdrop: The scene's setting, as drawn by ``draw_backdrop``.
        sprites: Where the objects' pictures come from.
    """

    def __init__(self, scene: OrderedScene, backdrop: Backdrop, *, sprites: Sprites) -> None:
        self.scene = scene
        self._shot = _Walk(scene.scene, backdrop, sprites=sprites)

    def picture(self, moment: float, *, size: tuple[int, int]) -> Image.Image:
        """The shot at one moment, 0 (first frame) to 1 (last), as an RGB picture of that size."""
        change = self.scene.change
        # The one order is the other one drawn backwards, picture by picture.
        forward = 1 - moment if change in ("leaves", "daybreak") else moment
        if change in ("enters", "leaves"):
            share = min(1.0, max(0.0, (forward - 0.1) / 0.6))
            side = -1.0 if self.scene.from_left else 1.0
            self._shot.shift = side * _OUTSIDE * (1 - share * share * (3 - 2 * share))
        picture = self._shot.picture(forward, size=size)
        if change in ("nightfall", "daybreak"):
            share = min(1.0, max(0.0, (forward - 0.05) / 0.9))
            light = 1 - share * (1 - _DARK)
            picture = Image.fromarray((np.asarray(picture) * light).astype(np.uint8))
        return picture


class _Walk(Shot):
    """A shot whose objects stand aside of their places."""

    shift = 0.0

    def _place(self, picture: Image.Image, actor: Any, moment: float, slide: float, zoom: float) -> None:
        super()._place(picture, replace(actor, x=actor.x + self.shift), moment, slide, zoom)


def words_of(scene: OrderedScene, rng: np.random.Generator) -> str:
    """What a caption says of a scene, in one of several ways.

    Examples:
        >>> scene = OrderedScene(Scene(("dog",), "kitchen"), "enters")
        >>> words_of(scene, np.random.default_rng(1))
        'a dog arrives in the kitchen by day'
    """
    plain = scene.scene
    if scene.change is None:
        claim = Claim(plain.objects, None, plain.setting, plain.time, plain.size)
        return word_claim(claim, rng)
    words = _WORDS[scene.change][int(rng.integers(len(_WORDS[scene.change])))]
    place = next(one.phrases[0] for one in SETTINGS if one.name == plain.setting)
    names = " and ".join(f"{'an' if name[0] in 'aeio' else 'a'} {name}" for name in plain.objects)
    if scene.change in ("enters", "leaves"):
        return f"{names} {words} {place} {'by day' if plain.time == 'day' else 'at night'}"
    return f"{words} {place}, {names}"


@dataclass(frozen=True)
class OrderedFilm:
    """A film of such scenes before it is drawn.

    Attributes:
        name: Name of its file, without the ending.
        scenes: In order.
        seconds: Length of each shot.
        texts: What a caption says of each.
        twins: For each scene the place of the one that tells the reverse; -1 for ordinary ones.
        seed: Seeds its places.
    """

    name: str
    scenes: tuple[OrderedScene, ...]
    seconds: tuple[int, ...]
    texts: tuple[str, ...]
    twins: tuple[int, ...]
    seed: int

    @property
    def truth(self) -> pd.DataFrame:
        """One row per shot: ``video`` (file name), ``start_s``, ``end_s``, ``text``, ``change``, ``twin``."""
        ends = np.cumsum(self.seconds).astype(float)
        return pd.DataFrame(
            {
                "video": f"{self.name}.mp4",
                "start_s": ends - self.seconds,
                "end_s": ends,
                "text": self.texts,
                "change": [scene.change or "" for scene in self.scenes],
                "twin": self.twins,
            }
        )

    def pictures(self) -> Iterator[npt.NDArray[np.uint8]]:
        """Every frame in order, uint8 of shape (180, 320, 3). Needs the font."""
        sprites = Sprites()
        places: dict[tuple[str, str], Backdrop] = {}
        for scene, seconds in zip(self.scenes, self.seconds, strict=True):
            key = (scene.scene.setting, scene.scene.time)
            if key not in places:
                seed = _FIRST_BACKDROP + self.seed
                drawn = draw_backdrop(*key, seed=seed, sprites=sprites)
                places[key] = drawn.reduced(*_BACKDROP).flat()
            shot = OrderedShot(scene, places[key], sprites=sprites)
            frames = seconds * RATE
            for frame in range(frames):
                yield np.asarray(shot.picture(frame / (frames - 1), size=(WIDTH, HEIGHT)))


def stage(name: str, *, walks: int, lights: int, ordinary: int, seed: int) -> OrderedFilm:
    """Write the story of one film by lot.

    Args:
        name: Name of its file, without the ending.
        walks: Pairs of shots in which somebody enters, and leaves.
        lights: Pairs of shots in which night falls, and day breaks.
        ordinary: Shots in which the order says nothing.
        seed: Same seed, same film.

    Raises:
        ValueError: No shot at all.
    """
    rng = np.random.default_rng([seed, 11])
    told: list[tuple[OrderedScene, int]] = []
    for number in range(walks + lights):
        changes: tuple[Change, Change] = ("enters", "leaves") if number < walks else ("nightfall", "daybreak")
        scene = _scene(rng, time=None if number < walks else "day")
        for change in changes:
            other = replace(scene, seed=int(rng.integers(2**31)))
            told.append((OrderedScene(other, change, bool(rng.random() < 0.5)), number))
    told += [(OrderedScene(_scene(rng, time=None, ordinary=True)), -1) for _ in range(ordinary)]
    if not told:
        raise ValueError("a film has one shot or more")
    order = _apart([scene.scene.setting for scene, _ in told], rng)
    told = [told[place] for place in order]
    pairs = [pair for _, pair in told]
    twins = [
        next((at for at, other in enumerate(pairs) if other == pair != -1 and at != own), -1)
        for own, pair in enumerate(pairs)
    ]
    return OrderedFilm(
        name,
        tuple(scene for scene, _ in told),
        tuple(int(rng.choice(_SECONDS)) for _ in told),
        tuple(words_of(scene, rng) for scene, _ in told),
        tuple(twins),
        seed,
    )


def write_ordered_film(folder: Path, film: OrderedFilm) -> Path:
    """Draw a film and write it beside what is true of it, ``<name>.mp4`` and ``<name>.csv``.

    Args:
        folder: Where to; made where it is missing.
        film: What to draw.

    Returns:
        Path of the film.

    Raises:
        VidsearchError: The font is not installed.
    """
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{film.name}.mp4"
    with VideoWriter(path, width=WIDTH, height=HEIGHT, rate=Fraction(RATE), preset="veryfast") as writer:
        for picture in film.pictures():
            writer.write(picture)
    film.truth.to_csv(folder / f"{film.name}.csv", index=False)
    return path


def _scene(rng: np.random.Generator, *, time: str | None, ordinary: bool = False) -> Scene:
    count = 2 if ordinary and rng.random() < 0.3 else 1
    names = rng.choice(len(OBJECTS), count, replace=False)
    return Scene(
        tuple(OBJECTS[int(number)].name for number in names),
        SETTINGS[int(rng.integers(len(SETTINGS)))].name,
        time or TIMES[int(rng.integers(2))],  # type: ignore[arg-type]
        SIZES[int(rng.integers(2))] if ordinary else "wide",
        "moving" if ordinary and rng.random() < 0.5 else "still",
        seed=int(rng.integers(2**31)),
    )


def _apart(settings: Sequence[str], rng: np.random.Generator) -> list[int]:
    """An order in which neighbors are in different settings, as far as there are such."""
    left = [int(place) for place in rng.permutation(len(settings))]
    order = [left.pop()]
    while left:
        other = (place for place in left if settings[place] != settings[order[-1]])
        chosen = next(other, left[0])
        left.remove(chosen)
        order.append(chosen)
    return order
