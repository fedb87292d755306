"""Captions say what is so, and the table of what fits agrees with a plain reading."""

from dataclasses import fields

import numpy as np

from vidsearch_sdk.sample.captions import (
    Claim,
    caption_of,
    change_claim,
    draw_claim,
    fitting,
    known_words,
    word_claim,
)
from vidsearch_sdk.sample.scenes import draw_scene
from vidsearch_sdk.sample.world import OBJECTS, Scene, find_object

SCENE = Scene(("apple", "dog"), "underwater", "night", "close", "moving", "zoom in")


def _reads_true(claim, scene):
    return (
        all(name in scene.objects for name in claim.objects)
        and (claim.kind is None or claim.kind in {find_object(name).kind for name in scene.objects})
        and all(
            getattr(claim, part) in (None, getattr(scene, part))
            for part in ("setting", "time", "size", "movement")
        )
    )


def test_the_full_caption_tells_everything():
    assert caption_of(SCENE) == (
        "an apple and a dog underwater at night, close-up, moving, the camera moves in"
    )


def test_what_is_claimed_of_a_scene_fits_it():
    rng = np.random.default_rng(0)
    for _ in range(300):
        scene = draw_scene(rng)
        claim = draw_claim(scene, rng)
        assert claim != Claim()
        assert claim.fits(scene), (claim, scene)
        assert word_claim(claim, rng)


def test_the_table_of_what_fits_agrees_with_reading_one_by_one():
    rng = np.random.default_rng(1)
    scenes = [draw_scene(rng) for _ in range(60)]
    claims = [draw_claim(scene, rng) for scene in scenes]
    claims += [change_claim(claim, rng) for claim in claims]
    expected = [[_reads_true(claim, scene) for claim in claims] for scene in scenes]
    table = fitting(claims, scenes)
    assert table.tolist() == expected
    # Both answers occur off the diagonal, so the comparison above can fail.
    assert 0.0 < table[:, 60:].mean() < 1.0


def test_a_changed_claim_differs_in_one_part():
    rng = np.random.default_rng(2)
    claim = Claim(("dog",), None, "beach", "day", "wide", "still")
    for _ in range(50):
        changed = change_claim(claim, rng)
        parts = [
            field.name
            for field in fields(Claim)
            if getattr(changed, field.name) != getattr(claim, field.name)
        ]
        assert len(parts) == 1


def test_a_stranger_takes_the_place_of_the_object():
    rng = np.random.default_rng(3)
    said = {word_claim(Claim(("dog",), setting="beach"), rng, stranger="submarine") for _ in range(20)}
    assert all("submarine" in words and "dog" not in words for words in said)
    assert any("beach" in words or "sand" in words for words in said)


def test_every_word_that_is_said_is_known():
    rng = np.random.default_rng(4)
    known = known_words()
    for _ in range(300):
        words = word_claim(draw_claim(draw_scene(rng), rng), rng).replace(",", " ").replace("-", " ").split()
        assert set(words) <= known, set(words) - known
    assert {word for thing in OBJECTS for word in thing.name.split()} <= known
