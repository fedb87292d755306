"""Settings of a run check themselves."""

import pytest

from vidsearch_sdk.learning.options import TrainingOptions


@pytest.mark.parametrize(
    "wrong",
    [
        {"steps": 0},
        {"accumulate": 0},
        {"warmup_steps": -1},
        {"learning_rate": 0.0},
        {"clip_norm": -1.0},
        {"largest_scale": 0.0},
        {"image_precision": "f16"},
        {"text_precision": "int8"},
        {"horizon": 9},
        {"cool_down_from": 5},
        {"cool_down_from": 11, "horizon": 20},
    ],
)
def test_values_out_of_range_are_refused_by_name(wrong):
    with pytest.raises(ValueError, match=next(iter(wrong))):
        TrainingOptions(**{"steps": 10, **wrong})


def test_the_rate_rises_and_falls():
    options = TrainingOptions(steps=1000, learning_rate=2e-3, warmup_steps=100, final_share=0.1)
    rates = [options.rate_at(step) for step in range(1000)]
    assert rates[:100] == sorted(rates[:100])
    assert rates[99:] == sorted(rates[99:], reverse=True)
    assert max(rates) == pytest.approx(2e-3)
    assert rates[-1] == pytest.approx(2e-4)


def test_a_run_without_warm_up_starts_at_the_highest_rate():
    assert TrainingOptions(steps=1000, learning_rate=1.0, warmup_steps=0).rate_at(0) == pytest.approx(
        1.0, abs=1e-4
    )


def test_a_run_cut_short_follows_the_longer_one_and_then_cools_down():
    common = {"learning_rate": 1.0, "warmup_steps": 100}
    cut = TrainingOptions(steps=1000, horizon=2000, cool_down_from=700, **common)
    longer, shorter = TrainingOptions(steps=2000, **common), TrainingOptions(steps=1000, **common)
    assert [cut.rate_at(step) for step in range(700)] == [longer.rate_at(step) for step in range(700)]
    assert [cut.rate_at(step) for step in range(700, 1000)] == [
        shorter.rate_at(step) for step in range(700, 1000)
    ]
