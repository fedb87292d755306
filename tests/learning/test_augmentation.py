"""Changes of training pictures: repeatable, the same for a shot's frames, never against the caption."""

import numpy as np
import pytest

from vidsearch_sdk.learning.augmentation import Augmentation, Changes, changed, may_be_mirrored


@pytest.mark.parametrize(
    ("text", "may"),
    [
        ("a dog runs", True),
        ("a dog runs to the LEFT", False),
        ("rightmost chair", False),
        ("a bright room", True),
        ("die linke Hand", False),
        ("el perro a la izquierda", False),
        ("左边的狗", False),
        ("a title card", False),
        ("the clock turns clockwise", False),
        ("leftovers on a plate", True),
    ],
)
def test_a_caption_that_names_a_side_forbids_the_mirror_image(text, may):
    assert may_be_mirrored(text) is may


def test_changes_are_a_function_of_seed_and_number():
    texts = ["a dog"] * 50
    draw = Augmentation().draw

    def equal(a, b):
        return all(
            np.array_equal(getattr(a, name), getattr(b, name)) for name in ("boxes", "mirrored", "tables")
        )

    assert equal(draw(texts, seed=1, number=7), draw(texts, seed=1, number=7))
    assert not equal(draw(texts, seed=1, number=7), draw(texts, seed=1, number=8))
    assert not equal(draw(texts, seed=1, number=7), draw(texts, seed=2, number=7))
    mirrored = draw(texts, seed=1, number=7).mirrored
    assert 5 < mirrored.sum() < 45
    assert not draw(["to the left"] * 50, seed=1, number=7).mirrored.any()


def same(count=1, **given):
    plain = {
        "boxes": np.tile([1.0, 0.0, 0.0], (count, 1)),
        "mirrored": np.zeros(count, bool),
        "tables": np.tile(np.arange(256, dtype=np.uint8), (count, 3, 1)),
    }
    return Changes(**(plain | given))


def test_each_change_does_what_it_says():
    pictures = np.random.default_rng(0).integers(0, 256, (2, 3, 8, 12), dtype=np.uint8)
    out = np.empty_like(pictures)
    changed(pictures, same(), 0, out=out)
    assert np.array_equal(out, pictures)
    changed(pictures, same(mirrored=np.array([True])), 0, out=out)
    assert np.array_equal(out, pictures[..., ::-1])
    darker = np.tile((np.arange(256) // 2).astype(np.uint8), (1, 3, 1))
    changed(pictures, same(tables=darker), 0, out=out)
    assert np.array_equal(out, pictures // 2)
    # The lower right half, enlarged: every value comes from there.
    pictures[:, :, :4], pictures[:, :, :, :6] = 0, 0
    pictures[:, :, 4:, 6:] = 200
    changed(pictures, same(boxes=np.array([[0.5, 1.0, 1.0]])), 0, out=out)
    assert (out == 200).all()


def test_frames_of_one_shot_change_alike_and_values_stay_in_range():
    still = np.repeat(np.random.default_rng(1).integers(0, 256, (1, 3, 16, 16), dtype=np.uint8), 3, axis=0)
    changes = Augmentation(tint=0.9).draw(["a", "b"], seed=0, number=0)
    out = np.empty_like(still)
    changed(still, changes, 1, out=out)
    assert np.array_equal(out[0], out[1])
    assert np.array_equal(out[0], out[2])
    assert not np.array_equal(out, still)
    # A table never turns dark into bright.
    assert (np.diff(changes.tables.astype(int), axis=-1) >= 0).all()


@pytest.mark.parametrize("given", [{"smallest": 0.0}, {"smallest": 1.1}, {"tint": 1.0}, {"tint": -0.1}])
def test_strengths_out_of_range_are_refused(given):
    with pytest.raises(ValueError, match="cannot be applied"):
        Augmentation(**given)
