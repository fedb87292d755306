"""Scenes drawn by lot keep training and test apart."""

import numpy as np

from vidsearch_sdk.sample.scenes import HELD_OUT_COUNT, held_out_scenes, object_scenes, practice_scenes
from vidsearch_sdk.sample.world import is_held_out


def test_practice_never_shows_a_held_out_pair():
    rng = np.random.default_rng(0)
    scenes = practice_scenes(2000, rng) + object_scenes(2000, rng)
    assert not any(is_held_out(name, scene.setting) for scene in scenes for name in scene.objects)


def test_practice_shows_alike_scenes_side_by_side():
    scenes = practice_scenes(400, np.random.default_rng(1))
    parts = ("objects", "setting", "time", "size", "movement")
    for first in range(0, 400, 4):
        for other in scenes[first + 1 : first + 4]:
            assert sum(getattr(other, part) != getattr(scenes[first], part) for part in parts) <= 2


def test_line_ups_differ_in_their_objects():
    scenes = object_scenes(320, np.random.default_rng(2))
    for first in range(0, 320, 16):
        some = scenes[first : first + 16]
        looks = [(scene.setting, scene.time, scene.size, scene.movement) for scene in some]
        assert max(looks.count(look) for look in looks) >= 8
        assert len({scene.objects for scene in some}) >= 12


def test_the_held_out_scenes_are_the_same_each_time_and_all_different():
    scenes = held_out_scenes()
    assert scenes == held_out_scenes()
    assert len(scenes) == HELD_OUT_COUNT
    assert (
        len({(frozenset(s.objects), s.setting, s.time, s.size, s.movement) for s in scenes}) == HELD_OUT_COUNT
    )
    assert all(is_held_out(name, scene.setting) for scene in scenes for name in scene.objects)
