"""How far to go from the given weights to the tuned ones."""

import pytest
import torch

from vidsearch_sdk.errors import RegressionError
from vidsearch_sdk.learning.blending import TRIED, blended, choose_blend

BEFORE = {"MRR": 0.3, "general": 0.8}


def test_weights_lie_on_the_straight_line_and_ends_are_exact():
    given = {"w": torch.randn(5), "steps": torch.tensor(3)}
    tuned = {"w": torch.randn(5), "steps": torch.tensor(9)}
    assert torch.equal(blended(given, tuned, 1.0)["w"], tuned["w"])
    assert torch.equal(blended(given, tuned, 0.0)["w"], given["w"])
    half = blended(given, tuned, 0.5)
    assert torch.allclose(half["w"], (given["w"] + tuned["w"]) / 2)
    assert half["steps"] == 3


def test_two_encoders_of_different_parts_are_refused():
    with pytest.raises(ValueError, match=r"different parts: \['b'\]"):
        blended({"a": torch.ones(1)}, {"a": torch.ones(1), "b": torch.ones(1)}, 0.5)
    with pytest.raises(ValueError, match="from 0 to 1"):
        blended({}, {}, 1.1)


def figures(share):
    # Held-out recall rises up to 0.8, general queries fall from the beginning.
    return {"MRR": 0.3 + 0.5 * min(share, 0.8), "general": 0.8 - 0.1 * share}


@pytest.mark.parametrize(("largest_loss", "expected"), [(1.0, 0.8), (0.05, 0.4), (0.02, 0.1)])
def test_the_best_share_that_leaves_general_queries_be(largest_loss, expected):
    blend = choose_blend(figures, BEFORE, largest_loss=largest_loss)
    assert blend.share == expected
    assert blend.figures == figures(expected)
    assert set(blend.tried) == set(TRIED)


def test_nothing_better_and_nothing_affordable_are_refused_with_how_near_they_came():
    with pytest.raises(RegressionError, match=r"no better \(mean reciprocal rank 0\.200, before 0\.300\)"):
        choose_blend(lambda _: {"MRR": 0.2, "general": 0.9}, BEFORE, largest_loss=0.01)
    with pytest.raises(RegressionError, match=r"largest_loss=0\.01 .* \(0\.790 at best, before 0\.800\)"):
        choose_blend(figures, BEFORE, largest_loss=0.01)
