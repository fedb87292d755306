"""Scenes that only their order tells apart: the same pictures both ways, and captions that say which."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from vidsearch_sdk.errors import VidsearchError
from vidsearch_sdk.sample.backdrops import draw_backdrop
from vidsearch_sdk.sample.ordered_scenes import (
    RATE,
    REVERSE,
    OrderedScene,
    OrderedShot,
    stage,
    words_of,
    write_ordered_film,
)
from vidsearch_sdk.sample.sprites import Sprites, find_font
from vidsearch_sdk.sample.world import Scene
from vidsearch_sdk.video.frames import FrameReader

SIZE = (96, 54)


@pytest.fixture(scope="module")
def sprites():
    try:
        find_font()
    except VidsearchError as error:
        pytest.skip(str(error))
    return Sprites()


@pytest.fixture(scope="module")
def backdrop(sprites):
    return draw_backdrop("kitchen", "day", seed=60_000, sprites=sprites).reduced(200, 112).flat()


@pytest.mark.parametrize("change", ["enters", "nightfall"])
@pytest.mark.parametrize("from_left", [False, True])
def test_the_reverse_shows_the_same_pictures_backwards(backdrop, sprites, change, from_left):
    scene = OrderedScene(Scene(("dog",), "kitchen", seed=3), change, from_left)
    other = replace(scene, change=REVERSE[change])
    ahead, back = (OrderedShot(one, backdrop, sprites=sprites) for one in (scene, other))
    moments = (0.0, 0.3, 0.8, 1.0)
    first = [np.asarray(ahead.picture(moment, size=SIZE)) for moment in moments]
    second = [np.asarray(back.picture(1 - moment, size=SIZE)) for moment in moments]
    assert all(np.array_equal(one, two) for one, two in zip(first, second, strict=True))
    assert not np.array_equal(first[0], first[-1])


def test_who_enters_is_not_there_before(backdrop, sprites):
    shot = OrderedShot(OrderedScene(Scene(("dog",), "kitchen"), "enters"), backdrop, sprites=sprites)
    other = OrderedShot(OrderedScene(Scene(("cow",), "kitchen"), "enters"), backdrop, sprites=sprites)
    empty, shown = (np.asarray(shot.picture(moment, size=SIZE)).astype(int) for moment in (0.0, 1.0))
    elsewhere = np.asarray(other.picture(0.0, size=SIZE)).astype(int)
    # What a seed chooses besides, such as the place of the camera, is one for both.
    assert np.abs(empty - elsewhere).mean() < 0.5
    assert np.abs(shown - empty).mean() > 3


def test_night_is_darker(backdrop, sprites):
    shot = OrderedShot(OrderedScene(Scene(("dog",), "kitchen"), "nightfall"), backdrop, sprites=sprites)
    light = [np.asarray(shot.picture(moment, size=SIZE)).mean() for moment in (0.0, 0.5, 1.0)]
    assert light[0] > 1.2 * light[1] > 1.4 * light[2]


@pytest.mark.parametrize(
    ("scene", "change"),
    [(Scene(("dog",), "beach", "night"), "nightfall"), (Scene(("dog",), "beach"), "sleeps")],
)
def test_what_cannot_be_drawn_is_refused(scene, change):
    with pytest.raises(ValueError, match=r"by day|must be one of"):
        OrderedScene(scene, change)


def test_a_film_holds_every_change_with_its_reverse():
    film = stage("some", walks=5, lights=3, ordinary=7, seed=1)
    assert film == stage("some", walks=5, lights=3, ordinary=7, seed=1)
    assert len(film.scenes) == 2 * (5 + 3) + 7
    assert sum(twin < 0 for twin in film.twins) == 7
    for at, (scene, twin) in enumerate(zip(film.scenes, film.twins, strict=True)):
        if twin < 0:
            assert scene.change is None
            continue
        other = film.scenes[twin]
        assert film.twins[twin] == at
        assert other.change == REVERSE[scene.change]
        assert (other.scene.objects, other.scene.setting) == (scene.scene.objects, scene.scene.setting)
        assert film.texts[at] != film.texts[twin]
    truth = film.truth
    assert truth.start_s.iloc[0] == 0
    assert (truth.end_s.iloc[:-1].to_numpy() == truth.start_s.iloc[1:].to_numpy()).all()


def test_captions_say_what_happens():
    rng = np.random.default_rng(0)
    scene = Scene(("owl",), "forest")
    said = {change: {words_of(OrderedScene(scene, change), rng) for _ in range(40)} for change in REVERSE}
    assert all(len(texts) == 3 for texts in said.values())
    assert len(set.union(*said.values())) == 12
    assert all("owl" in text for texts in said.values() for text in texts)


def test_a_film_is_written_with_its_truth(tmp_path, sprites):
    film = stage("short", walks=1, lights=0, ordinary=0, seed=2)
    path = write_ordered_film(tmp_path, film)
    with FrameReader(path) as reader:
        assert sum(1 for _ in reader) == sum(film.seconds) * RATE
    assert (tmp_path / "short.csv").read_text().count("\n") == 3
