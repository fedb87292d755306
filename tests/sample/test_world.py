"""The words of the sample world."""

import pytest

from vidsearch_sdk.sample.world import OBJECTS, SETTINGS, Scene, find_object, find_setting, is_held_out


def test_the_world_is_as_large_as_promised():
    assert len(OBJECTS) >= 60
    assert len(SETTINGS) >= 8
    assert len({thing.name for thing in OBJECTS}) == len(OBJECTS)
    assert len({thing.emoji for thing in OBJECTS}) == len(OBJECTS)


def test_no_two_objects_share_a_word():
    words = [word for thing in OBJECTS for word in (thing.name, *thing.other_names)]
    assert len(set(words)) == len(words)


def test_every_object_is_practised_in_several_settings():
    for thing in OBJECTS:
        assert sum(not is_held_out(thing.name, place.name) for place in SETTINGS) >= 4, thing.name


def test_things_are_found_by_name():
    assert find_object("dog").emoji == "🐕"
    assert find_setting("space").floats
    with pytest.raises(KeyError):
        find_object("submarine")


@pytest.mark.parametrize(
    "changes",
    [
        {"objects": ()},
        {"objects": ("dog", "dog")},
        {"objects": ("dog", "cat", "cow")},
        {"objects": ("submarine",)},
        {"setting": "moon base"},
        {"time": "noon"},
        {"size": "medium"},
        {"movement": "flying"},
        {"camera": "tilt"},
    ],
)
def test_a_scene_outside_the_world_is_refused(changes):
    with pytest.raises(ValueError, match=r"sample world|one or two"):
        Scene(**{"objects": ("dog",), "setting": "beach", **changes})


def test_a_scene_is_held_out_only_with_all_its_objects():
    held = next(thing.name for thing in OBJECTS if is_held_out(thing.name, "beach"))
    known = next(thing.name for thing in OBJECTS if not is_held_out(thing.name, "beach"))
    assert Scene((held,), "beach").is_held_out
    mixed = Scene((held, known), "beach")
    assert not mixed.is_held_out
    assert not mixed.may_be_practised
    assert Scene((known,), "beach").may_be_practised
