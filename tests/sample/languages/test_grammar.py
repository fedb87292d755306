"""Captions in other languages say the same, agree as grammar asks, and use every name."""

import numpy as np
import pytest

from vidsearch_sdk.sample.captions import Claim, draw_claim
from vidsearch_sdk.sample.languages.all_languages import (
    CODES,
    OTHERS,
    caption_in,
    known_words_in,
    word_claim_in,
)
from vidsearch_sdk.sample.languages.grammar import Language, without_accents
from vidsearch_sdk.sample.scenes import draw_scene, held_out_scenes
from vidsearch_sdk.sample.world import OBJECTS, Scene

OTHER_CODES = tuple(OTHERS)


def _scene(*objects, setting="beach", time="day", size="wide", movement="still"):
    return Scene(objects, setting, time, size, movement)


@pytest.mark.parametrize(
    ("code", "scene", "expected"),
    [
        # Articles and adjectives follow the gender and the number of what they are said of.
        ("de", _scene("cow"), "eine kuh am strand am tag, totale, steht still"),
        ("de", _scene("cow", "pig"), "eine kuh und ein schwein am strand am tag, totale, stehen still"),
        (
            "fr",
            _scene("frog", "cow"),
            "une grenouille et une vache sur la plage de jour, plan large, immobiles",
        ),
        ("es", _scene("cow"), "una vaca en la playa de día, plano general, quieta"),
        ("es", _scene("cow", "frog"), "una vaca y una rana en la playa de día, plano general, quietas"),
        ("es", _scene("cow", "dog"), "una vaca y un perro en la playa de día, plano general, quietos"),
        ("es", _scene("fairy"), "un hada en la playa de día, plano general, quieta"),
        ("ru", _scene("cow", time="night"), "корова на пляже ночью, общий план, неподвижно"),
        # What lives and what does not have verbs of their own; no spaces.
        ("ja", _scene("cow"), "昼間の浜辺にいる牛、ワイドショット、止まっている"),
        ("ja", _scene("key"), "昼間の浜辺にある鍵、ワイドショット、止まっている"),
        ("tr", _scene("cow", setting="forest"), "gündüz ormanda bir inek, geniş plan, hareketsiz"),
    ],
)
def test_captions_agree(code, scene, expected):
    assert caption_in(code, scene) == expected


def test_elision_and_agreement_in_free_wordings():
    rng = np.random.default_rng(0)
    french = {word_claim_in("fr", Claim(("octopus", "elephant")), rng) for _ in range(300)}
    assert any("l'éléphant" in said for said in french)
    assert not any("le éléphant" in said or "la pieuvre et une" in said for said in french)
    russian = {word_claim_in("ru", Claim(("ice cream",), movement="still"), rng) for _ in range(300)}
    assert any("неподвижное" in said for said in russian)
    assert not any("неподвижный" in said or "неподвижная" in said for said in russian)
    turkish = {word_claim_in("tr", Claim(("dog",), setting="forest"), rng) for _ in range(100)}
    assert any("ormandaki" in said for said in turkish)


@pytest.mark.parametrize("code", OTHER_CODES)
def test_a_name_means_one_thing(code):
    language, meaning = OTHERS[code], {}
    for english, names in language.objects.items():
        for noun in names:
            assert meaning.setdefault(noun.word, english) == english, noun.word
    # Words for strange things are no words of the world.
    rows = f"{language.strangers},{language.more_strangers}"
    strange = {word.strip().lower() for word in rows.split(",") if word.strip()}
    assert not strange & {word.lower() for word in meaning}
    assert len(strange) >= 50


@pytest.mark.parametrize("code", OTHER_CODES)
def test_held_out_captions_differ_as_the_english_ones_do(code):
    scenes = held_out_scenes()
    assert len({caption_in(code, scene) for scene in scenes}) == len(scenes) == 300


@pytest.mark.parametrize("code", OTHER_CODES)
def test_every_name_is_said_and_known(code):
    rng = np.random.default_rng(1)
    language = OTHERS[code]
    for thing in OBJECTS:
        said = {word_claim_in(code, Claim((thing.name,)), rng) for _ in range(60)}
        assert all(any(noun.word.lower() in one for one in said) for noun in language.objects[thing.name]), (
            thing.name
        )
    assert {
        word
        for names in language.objects.values()
        for n in names
        for word in n.word.lower().replace("'", " ").replace("-", " ").split()
    } <= known_words_in(code)


@pytest.mark.parametrize("code", CODES)
def test_something_is_always_said_and_repeats_itself(code):
    first, second = (np.random.default_rng(2) for _ in range(2))
    for _ in range(150):
        a, b = (word_claim_in(code, draw_claim(draw_scene(rng), rng), rng) for rng in (first, second))
        assert a == b
        assert a.strip() == a != ""
        assert "|" not in a
        assert "{" not in a
        assert "  " not in a


@pytest.mark.parametrize("code", OTHER_CODES)
def test_a_stranger_takes_the_place_of_the_object(code):
    rng = np.random.default_rng(3)
    claim, names = Claim(("dog",), setting="beach"), OTHERS[code].objects["dog"]
    for _ in range(40):
        said = word_claim_in(code, claim, rng, stranger="xyzzy")
        assert "xyzzy" in said
        assert not any(noun.word.lower() in said.split() for noun in names)


def test_a_language_that_lacks_a_word_is_refused():
    german = OTHERS["de"]
    fields = {name: getattr(german, name) for name in german.__dataclass_fields__}
    with pytest.raises(ValueError, match="dog"):
        Language(**fields | {"objects": {name: n for name, n in german.objects.items() if name != "dog"}})
    with pytest.raises(ValueError, match="number of forms"):
        Language(**fields | {"movements": {"moving": ("a|b|c",), "still": ("d",)}})
    with pytest.raises(ValueError, match="agreement"):
        Language(**fields | {"agreement": "tone"})


def test_accents_fall_and_other_scripts_stay():
    assert without_accents("Hündchen, çiçek, éléphant") == "Hundchen, cicek, elephant"
    assert without_accents("ёжик ガ 犬") == "ёжик ガ 犬"
