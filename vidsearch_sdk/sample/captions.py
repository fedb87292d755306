"""Words for scenes: the one caption that truth keeps, and the many ways in which people ask."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from vidsearch_sdk.sample.world import (
    KINDS,
    MOVEMENTS,
    OBJECTS,
    SETTINGS,
    SIZES,
    TIMES,
    Scene,
    find_object,
    find_setting,
)

_TIME_PHRASES = {
    "day": ("by day", "during the day", "in daylight", "in the daytime", "on a bright day"),
    "night": ("at night", "by night", "in the dark", "at nighttime", "in the moonlight"),
}
_SIZE_PHRASES = {
    "close": ("close-up", "close up", "seen close", "in a close shot", "filling the picture"),
    "wide": ("wide shot", "seen from afar", "in a wide shot", "from a distance", "far away"),
}
_MOVEMENT_PHRASES = {
    "moving": ("moving", "on the move", "rushing along", "racing", "running"),
    "still": ("standing still", "still", "not moving", "resting", "motionless"),
}
_CAMERA_PHRASES = {
    "fixed": "",
    "pan left": "the camera pans left",
    "pan right": "the camera pans right",
    "zoom in": "the camera moves in",
    "zoom out": "the camera moves back",
}
_KIND_WORDS = {
    "animal": ("an animal", "animals", "animal", "a creature"),
    "vehicle": ("a vehicle", "vehicles", "vehicle", "something to ride"),
    "food": ("food", "something to eat", "a snack", "a meal"),
    "instrument": ("a musical instrument", "an instrument", "music", "musical instruments"),
    "character": ("a character", "a strange figure", "somebody", "a fairy-tale figure"),
    "thing": ("a thing", "an object", "an item"),
}


def caption_of(scene: Scene) -> str:
    """The full caption of a scene, as the film's truth states it.

    Examples:
        >>> caption_of(Scene(("owl", "guitar"), "forest", "night", "close", "still", "pan left"))
        'an owl and a guitar in the forest at night, close-up, standing still, the camera pans left'
    """
    names = " and ".join(_with_article(name) for name in scene.objects)
    parts = [
        f"{names} {find_setting(scene.setting).phrases[0]} {_TIME_PHRASES[scene.time][0]}",
        _SIZE_PHRASES[scene.size][0],
        _MOVEMENT_PHRASES[scene.movement][0],
        _CAMERA_PHRASES[scene.camera],
    ]
    return ", ".join(part for part in parts if part)


@dataclass(frozen=True)
class Claim:
    """What a caption says of a scene; what it leaves out is None or empty.

    Attributes:
        objects: Names of objects that it names.
        kind: Kind of object that it names instead.
        setting: Setting that it names.
        time: Day or night.
        size: Close or wide.
        movement: Moving or still.
    """

    objects: tuple[str, ...] = ()
    kind: str | None = None
    setting: str | None = None
    time: str | None = None
    size: str | None = None
    movement: str | None = None

    def fits(self, scene: Scene) -> bool:
        """Whether everything that the caption says is so in the scene."""
        return bool(fitting([self], [scene])[0, 0])


def draw_claim(scene: Scene, rng: np.random.Generator, *, objects_first: bool = False) -> Claim:
    """Choose what a caption of this scene says: everything, some of it or a single thing.

    The camera is left out: a single picture cannot show it.

    Args:
        scene: What the caption is of.
        rng: Chooses.
        objects_first: Name the objects and little else in a third more of the captions.
    """
    if objects_first and rng.random() < 0.35:
        return Claim(_some(scene.objects, rng), setting=scene.setting if rng.random() < 0.25 else None)
    style = rng.random()
    if style < 0.3:
        return Claim(scene.objects, None, scene.setting, scene.time, scene.size, scene.movement)
    if style < 0.5:
        # One-word searches: the object, or the object and where it is.
        return Claim(_some(scene.objects, rng), setting=scene.setting if rng.random() < 0.5 else None)
    if style < 0.6:
        lone = rng.integers(4)
        return Claim(
            setting=scene.setting if lone == 0 else None,
            time=scene.time if lone == 1 else None,
            size=scene.size if lone == 2 else None,
            movement=scene.movement if lone == 3 else None,
        )
    if style < 0.67:
        kind = find_object(str(rng.choice(scene.objects))).kind
        return Claim(kind=kind, setting=scene.setting if rng.random() < 0.5 else None)
    claim = Claim(
        _some(scene.objects, rng) if rng.random() < 0.9 else (),
        None,
        scene.setting if rng.random() < 0.75 else None,
        scene.time if rng.random() < 0.6 else None,
        scene.size if rng.random() < 0.5 else None,
        scene.movement if rng.random() < 0.5 else None,
    )
    # Something is always said, whatever the dice leave out.
    return claim if claim != Claim() else Claim(scene.objects)


def change_claim(claim: Claim, rng: np.random.Generator, *, objects_first: bool = False) -> Claim:
    """The same claim with one of its parts replaced by another of the world: an almost right caption.

    Args:
        claim: What to change.
        rng: Chooses the part and what replaces it.
        objects_first: Replace an object in most of them.
    """
    parts = [name for name in ("objects", "setting", "time", "size", "movement") if getattr(claim, name)]
    if objects_first and claim.objects and rng.random() < 0.6:
        parts = ["objects"]
    part = str(rng.choice(parts)) if parts else "kind"
    values = {
        name: getattr(claim, name) for name in ("objects", "kind", "setting", "time", "size", "movement")
    }
    if part == "objects":
        names = list(claim.objects)
        others = [thing.name for thing in OBJECTS if thing.name not in names]
        names[int(rng.integers(len(names)))] = str(rng.choice(others))
        values["objects"] = tuple(names)
    else:
        pool: Sequence[str] = {
            "kind": KINDS,
            "setting": [place.name for place in SETTINGS],
            "time": TIMES,
            "size": SIZES,
            "movement": MOVEMENTS,
        }[part]
        values[part] = str(rng.choice([value for value in pool if value != values[part]]))
    return Claim(**values)


def word_claim(claim: Claim, rng: np.random.Generator, *, stranger: str | None = None) -> str:
    """Say a claim in one of many ways.

    Args:
        claim: What to say.
        rng: Chooses among synonyms, orders and punctuation.
        stranger: A word that takes the place of the objects' names, for a caption of something that the world
            does not have.

    Returns:
        The caption, in lower case.
    """
    subject = _subject(claim, rng, stranger)
    place = _pick(find_setting(claim.setting).phrases, rng) if claim.setting else ""
    if claim.setting and rng.random() < 0.2:
        place = (
            claim.setting
            if rng.random() < 0.5 or find_setting(claim.setting).floats
            else f"the {claim.setting}"
        )
    time = _pick(_TIME_PHRASES[claim.time], rng) if claim.time else ""
    if claim.time and rng.random() < 0.2:
        time = claim.time
    size = _pick(_SIZE_PHRASES[claim.size], rng) if claim.size else ""
    movement = _pick(_MOVEMENT_PHRASES[claim.movement], rng) if claim.movement else ""
    if rng.random() < 0.6:
        parts = [" ".join(part for part in (subject, place, time) if part), size, movement]
        if claim.size and rng.random() < 0.4:
            # Truth's captions tell the camera's move, which no picture shows: it is learned to be ignored.
            parts.append(_pick([phrase for phrase in _CAMERA_PHRASES.values() if phrase], rng))
    else:
        # Any order: people type words as they come.
        parts = [subject, place, time, size, movement]
        rng.shuffle(parts)
    said = [part for part in parts if part]
    return (", " if rng.random() < 0.6 else " ").join(said)


def known_words() -> frozenset[str]:
    """Every single word that some caption of the world may contain.

    Examples:
        >>> {"dog", "moonlight", "puppy"} <= known_words(), "submarine" in known_words()
        (True, False)
    """
    phrases = [name for thing in OBJECTS for name in (thing.name, *thing.other_names)]
    phrases += [phrase for place in SETTINGS for phrase in (place.name, *place.phrases)]
    for table in (_TIME_PHRASES, _SIZE_PHRASES, _MOVEMENT_PHRASES, _KIND_WORDS):
        phrases += [phrase for options in table.values() for phrase in options]
    phrases += list(_CAMERA_PHRASES.values())
    words = " ".join(phrases).replace("-", " ").replace(",", " ").split()
    return frozenset((*words, *TIMES, *SIZES, *MOVEMENTS, *KINDS, "and", "with"))


def fitting(claims: Sequence[Claim], scenes: Sequence[Scene]) -> npt.NDArray[np.bool_]:
    """Which claim is true of which scene.

    Returns:
        Boolean array of shape (scenes, claims).
    """
    objects = {thing.name: number for number, thing in enumerate(OBJECTS)}
    shown = np.zeros((len(scenes), len(OBJECTS)), np.int8)
    kinds = np.zeros((len(scenes), len(KINDS)), bool)
    for row, scene in enumerate(scenes):
        for name in scene.objects:
            shown[row, objects[name]] = 1
            kinds[row, KINDS.index(find_object(name).kind)] = True
    named = np.zeros((len(claims), len(OBJECTS)), np.int8)
    for row, claim in enumerate(claims):
        for name in claim.objects:
            named[row, objects[name]] = 1
    true = (shown.astype(np.int32) @ named.T.astype(np.int32)) == named.sum(axis=1, dtype=np.int32)
    kind_of = np.array([KINDS.index(claim.kind) if claim.kind else -1 for claim in claims])
    true &= np.where(kind_of >= 0, kinds[:, kind_of], True)
    for part in ("setting", "time", "size", "movement"):
        is_so = np.array([getattr(scene, part) for scene in scenes], dtype="U16")
        said = np.array([getattr(claim, part) or "" for claim in claims], dtype="U16")
        true &= (is_so[:, None] == said[None, :]) | (said == "")[None, :]
    return np.asarray(true, dtype=bool)


def _with_article(name: str) -> str:
    return f"an {name}" if name[0] in "aeio" or name == "umbrella" else f"a {name}"


def _some(names: tuple[str, ...], rng: np.random.Generator) -> tuple[str, ...]:
    return names if len(names) == 1 or rng.random() < 0.6 else (str(rng.choice(names)),)


def _pick(phrases: Sequence[str], rng: np.random.Generator) -> str:
    return phrases[int(rng.integers(len(phrases)))]


def _subject(claim: Claim, rng: np.random.Generator, stranger: str | None) -> str:
    if stranger is not None:
        return _with_article(stranger) if rng.random() < 0.6 else stranger
    if claim.kind:
        return _pick(_KIND_WORDS[claim.kind], rng)
    names = list(claim.objects)
    if not names:
        return ""
    rng.shuffle(names)
    words = []
    for name in names:
        others = find_object(name).other_names
        word = _pick(others, rng) if others and rng.random() < 0.35 else name
        words.append(word)
    if rng.random() < 0.65:
        return " and ".join(_with_article(word) for word in words)
    return (" and " if rng.random() < 0.6 else " with " if rng.random() < 0.5 else " ").join(words)
