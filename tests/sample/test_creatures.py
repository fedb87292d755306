"""The creatures: unknown to the world in name and looks."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image
from rapidfuzz.distance import OSA

from vidsearch_sdk.encoding.words import ordinary_words, read_words
from vidsearch_sdk.sample.assets import encoder_path
from vidsearch_sdk.sample.creatures import CREATURES, STAND_IN, CreatureSprites, find_creature, turned
from vidsearch_sdk.sample.languages.all_languages import CODES, known_words_in
from vidsearch_sdk.sample.sprites import FONT_PATHS, Sprites
from vidsearch_sdk.sample.world import OBJECTS, find_object

needs_font = pytest.mark.skipif(
    not any(path.is_file() for path in FONT_PATHS), reason="the Noto Color Emoji font is not installed"
)


def test_there_are_twelve_and_they_differ():
    assert len(CREATURES) == 12
    assert len({creature.name for creature in CREATURES}) == 12
    assert len({creature.emoji for creature in CREATURES}) == 12
    with pytest.raises(KeyError):
        find_creature("dog")


def test_no_name_is_near_a_word_that_the_encoder_or_its_training_knows():
    known = read_words(encoder_path() / "words.txt").union(*(known_words_in(code) for code in CODES))
    known |= set(ordinary_words())
    near = {
        one.name: [word for word in known if OSA.distance(one.name, word, score_cutoff=2) <= 2]
        for one in CREATURES
    }
    assert near == {one.name: [] for one in CREATURES}


def test_nothing_of_the_world_is_drawn_from_the_same_character():
    assert not {creature.emoji for creature in CREATURES} & {thing.emoji for thing in OBJECTS}


def test_turning_hues_changes_neither_gray_nor_shape():
    gray = Image.new("RGBA", (3, 2), (90, 90, 90, 40))
    assert np.array_equal(turned(gray, 130), gray)
    red = Image.new("RGBA", (3, 2), (180, 60, 60, 200))
    assert turned(red, 120).getpixel((0, 0))[3] == 200
    assert turned(red, 360).getpixel((0, 0)) == (180, 60, 60, 200)
    r, g, b, _ = turned(red, 120).getpixel((1, 1))
    assert g > max(r, b)


@needs_font
def test_a_creature_is_seen_where_its_stand_in_would_be():
    plain, cast = Sprites(), CreatureSprites(find_creature("tavquill"))
    dog, stand_in = find_object("dog").emoji, find_object(STAND_IN).emoji
    assert np.array_equal(plain.whole(dog), cast.whole(dog))
    seen = np.asarray(cast.whole(stand_in)).astype(int)
    assert np.array_equal(seen, np.asarray(turned(plain.whole("🦞"), 100)))
    solid = seen[seen[..., 3] > 200]
    # A lobster is red; this is none.
    assert solid[:, 1].mean() > solid[:, 0].mean() + 30


@needs_font
@pytest.mark.parametrize("creature", CREATURES, ids=lambda creature: creature.name)
def test_the_font_has_every_creature(creature):
    picture = np.asarray(CreatureSprites(creature).whole(find_object(STAND_IN).emoji))
    assert (picture[..., 3] > 200).mean() > 0.15
