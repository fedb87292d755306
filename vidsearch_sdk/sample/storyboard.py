"""The story of the sample film, shot by shot: a dog finds a key and a caravan looks for its lock."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.resources import files
from typing import Literal, cast

from vidsearch_sdk.sample.world import Camera, Movement, Scene, Size, Time

Opening = Literal["start", "cut", "fade", "dissolve"]

TITLE = "The Key"


@dataclass(frozen=True)
class Line:
    """One line of dialogue in the film's two languages, the speaker's name in front."""

    english: str
    spanish: str


@dataclass(frozen=True)
class Panel:
    """One shot of the storyboard.

    Attributes:
        scene: What it shows.
        opening: How the film comes to it from the shot before.
        opening_frames: Length of that transition; 0 for a cut.
        seconds: Length of the shot, half of the transitions at its ends included.
        line: What is said in it.
    """

    scene: Scene
    opening: Opening
    opening_frames: int
    seconds: float
    line: Line | None = None


def panels(*, seed: int) -> list[Panel]:
    """All shots in order; the seed chooses what the words leave open.

    Examples:
        >>> board = panels(seed=1)
        >>> board[0].scene.objects, board[0].opening
        (('dog',), 'start')
    """
    found: list[Panel] = []
    setting = ""
    text = files("vidsearch_sdk.sample").joinpath("storyboard.txt").read_text(encoding="utf-8")
    for row in text.strip().splitlines():
        if row.startswith(";"):
            continue
        if row.startswith("#"):
            setting = row[1:].strip()
            continue
        opening, seconds, look, camera, objects, *spoken = (field.strip() for field in row.split(" / "))
        kind, frames = opening.split()
        time, size, movement = look.split()
        scene = Scene(
            tuple(name.strip() for name in objects.split(",")),
            setting,
            cast(Time, time),
            cast(Size, size),
            cast(Movement, movement),
            cast(Camera, camera),
            seed=1000 * seed + len(found),
        )
        line = Line(*spoken) if spoken else None
        found.append(Panel(scene, cast(Opening, kind), int(frames), float(seconds), line))
    return found
