"""Scenes drawn by lot: any of the world's, those to practise on, and the held-out ones to test with."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from vidsearch_sdk.sample.world import CAMERAS, MOVEMENTS, OBJECTS, SETTINGS, SIZES, TIMES, Scene

_GROUP = 4
_LINE_UP = 16

HELD_OUT_COUNT = 300
HELD_OUT_SEED = 20_000


def draw_scene(rng: np.random.Generator) -> Scene:
    """Any scene of the world; three in ten have two objects."""
    count = 2 if rng.random() < 0.3 else 1
    names = rng.choice(len(OBJECTS), count, replace=False)
    return Scene(
        tuple(OBJECTS[int(number)].name for number in names),
        SETTINGS[int(rng.integers(len(SETTINGS)))].name,
        TIMES[int(rng.integers(2))],
        SIZES[int(rng.integers(2))],
        MOVEMENTS[int(rng.integers(2))],
        seed=int(rng.integers(2**31)),
    )


def practice_scenes(count: int, rng: np.random.Generator) -> list[Scene]:
    """Scenes to train on, none with a held-out pair, in groups of four that differ in one or two points.

    Alike scenes side by side are what the contrastive loss learns the fine differences from.
    """
    scenes: list[Scene] = []
    while len(scenes) < count:
        first = draw_scene(rng)
        if not first.may_be_practised:
            continue
        scenes.append(first)
        while len(scenes) < count and len(scenes) % _GROUP:
            other = first
            for _ in range(int(rng.integers(1, 3))):
                other = _vary(other, rng)
            if other.may_be_practised:
                scenes.append(replace(other, seed=int(rng.integers(2**31))))
    return scenes


def object_scenes(count: int, rng: np.random.Generator) -> list[Scene]:
    """Scenes to train on in groups of sixteen that look alike but for their objects.

    Where place, time and size are the same, nothing but the objects tells one picture from the next: an
    encoder that has learned the places goes on to learn what stands in them.
    """
    scenes: list[Scene] = []
    while len(scenes) < count:
        if len(scenes) % _LINE_UP == 0:
            look = draw_scene(rng)
        scene = replace(look, objects=draw_scene(rng).objects, seed=int(rng.integers(2**31)))
        if rng.random() < 0.25:
            scene = _vary(scene, rng)
        if scene.may_be_practised:
            scenes.append(scene)
    return scenes


def _vary(scene: Scene, rng: np.random.Generator) -> Scene:
    fresh = draw_scene(rng)
    part = int(rng.integers(6))
    if part == 0:
        return replace(scene, objects=fresh.objects)
    if part == 1:
        return replace(scene, setting=fresh.setting)
    if part == 2:
        return replace(scene, time="night" if scene.time == "day" else "day")
    if part == 3:
        return replace(scene, size="wide" if scene.size == "close" else "close")
    if part == 4:
        return replace(scene, movement="still" if scene.movement == "moving" else "moving")
    if len(scene.objects) == 2:
        return replace(scene, objects=scene.objects[:1])
    return (
        scene
        if fresh.objects[0] in scene.objects
        else replace(scene, objects=(*scene.objects, fresh.objects[0]))
    )


def held_out_scenes() -> list[Scene]:
    """The 300 scenes of the test, no two alike in words, every object of each held out from its setting."""
    rng = np.random.default_rng(HELD_OUT_SEED)
    scenes: dict[tuple[object, ...], Scene] = {}
    while len(scenes) < HELD_OUT_COUNT:
        scene = replace(draw_scene(rng), camera=CAMERAS[int(rng.integers(len(CAMERAS)))])
        words = (frozenset(scene.objects), scene.setting, scene.time, scene.size, scene.movement)
        if scene.is_held_out and words not in scenes:
            scenes[words] = scene
    return list(scenes.values())
