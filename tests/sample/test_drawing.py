"""What is drawn: the same each time, and showing what the scene says. Needs the font."""

from dataclasses import replace

import numpy as np
import pytest

from vidsearch_sdk.errors import VidsearchError
from vidsearch_sdk.sample.backdrops import draw_backdrop
from vidsearch_sdk.sample.drawing import Shot
from vidsearch_sdk.sample.sprites import FONT_PATHS, Sprites, find_font
from vidsearch_sdk.sample.world import OBJECTS, Scene

needs_font = pytest.mark.skipif(
    not any(path.is_file() for path in FONT_PATHS), reason="the Noto Color Emoji font is not installed"
)
SIZE = (320, 180)
SCENE = Scene(("dog", "guitar"), "forest", "day", "wide", "moving", "pan left", seed=4)


@pytest.fixture(scope="module")
def sprites():
    return Sprites()


@pytest.fixture(scope="module")
def forest(sprites):
    return draw_backdrop("forest", "day", seed=3, sprites=sprites)


def _picture(scene, backdrop, sprites, moment=0.5):
    return np.asarray(Shot(scene, backdrop, sprites=sprites).picture(moment, size=SIZE)).astype(int)


def test_a_missing_font_says_how_to_get_it(tmp_path):
    with pytest.raises(VidsearchError, match="apt install fonts-noto-color-emoji"):
        find_font(tmp_path / "none.ttf")


@needs_font
def test_the_font_has_every_object(sprites):
    pictures = {sprites.sized(thing.emoji, 40).tobytes() for thing in OBJECTS}
    assert len(pictures) == len(OBJECTS)


@needs_font
def test_the_same_scene_is_the_same_picture(sprites, forest):
    other = Sprites()
    again = draw_backdrop("forest", "day", seed=3, sprites=other)
    assert (_picture(SCENE, forest, sprites) == _picture(SCENE, again, other)).all()


@needs_font
@pytest.mark.parametrize(
    "changes",
    [{"objects": ("cow",)}, {"size": "close"}, {"movement": "still"}, {"seed": 5}, {"camera": "zoom in"}],
)
def test_another_scene_is_another_picture(sprites, forest, changes):
    moment = 0.9
    before = _picture(SCENE, forest, sprites, moment)
    after = _picture(replace(SCENE, **changes), forest, sprites, moment)
    assert (abs(before - after) > 24).any(axis=-1).mean() > 0.01


@needs_font
def test_what_moves_is_elsewhere_later(sprites, forest):
    still = replace(SCENE, movement="still", camera="fixed")
    moved = replace(SCENE, camera="fixed")

    def change(scene):
        a, b = _picture(scene, forest, sprites, 0.1), _picture(scene, forest, sprites, 0.9)
        return (abs(a - b) > 24).any(axis=-1).mean()

    assert change(moved) > 5 * change(still)


@needs_font
def test_night_is_darker_than_day(sprites):
    for place in ("beach", "bedroom", "space", "underwater"):
        day, night = (
            np.asarray(draw_backdrop(place, t, seed=0, sprites=sprites).far) for t in ("day", "night")
        )
        assert day.mean() - night.mean() > 25, place


@needs_font
def test_an_unknown_setting_is_refused(sprites):
    with pytest.raises(KeyError, match="moon base"):
        draw_backdrop("moon base", "day", seed=0, sprites=sprites)
