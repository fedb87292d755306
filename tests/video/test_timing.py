"""Times rise strictly whatever the container says, and are left alone where it says well."""

from fractions import Fraction

import numpy as np
import pytest

from vidsearch_sdk.video.timing import Clock, frame_rate_of


def run(times, *, step=40, durations=None):
    clock = Clock(step=step)
    clock.begin(times[0])
    given = [clock.tick(pts, (durations or {}).get(n, 0))[0] for n, pts in enumerate(times[1:])]
    return [*given, clock.end()]


@pytest.mark.parametrize(
    ("times", "expected"),
    [
        ([0, 40, 80, 120], [0, 40, 80, 120]),
        ([7, 9, 500, 501], [7, 9, 500, 501]),  # variable
        ([1, 2, 4, 3, 5, 7, 6, 8], [1, 2, 3, 4, 5, 6, 7, 8]),  # swapped neighbors
        (
            [0, 120, 40, 80, 240, 160, 200],
            [0, 40, 80, 120, 160, 200, 240],
        ),  # one far ahead, as with two B-frames
        ([0, 40, 40, 80], [0, 40, 41, 80]),  # doubled
        ([0, 40, None, 120], [0, 40, 80, 120]),  # missing
        ([None, None, None], [0, 40, 80]),  # none at all
        ([1000, 1040, 1080, 0, 40, 80], [1000, 1040, 1080, 1120, 1160, 1200]),  # a clock that starts again
        ([1000, 1040, 0, 1120, 1160], [1000, 1040, 1080, 1120, 1160]),  # one stray time behind
        ([-80, -40, 0, 40], [-80, -40, 0, 40]),
    ],
)
def test_times(times, expected):
    assert run(times) == expected


def test_a_stray_time_far_ahead_does_not_stay():
    times = [0, 40, 10**9, *range(120, 4000, 40)]
    found = run(times)
    assert (np.diff(found) > 0).all()
    assert found[-1] < 5000


def test_any_times_rise():
    rng = np.random.default_rng(11)
    for _ in range(300):
        times = [None if x < 0 else int(x) for x in rng.integers(-20, 200, rng.integers(1, 60))]
        found = run(times, step=int(rng.integers(1, 50)))
        assert len(found) == len(times)
        assert (np.diff(found) > 0).all()


def test_a_step_is_above_zero():
    with pytest.raises(ValueError, match="step must be above 0"):
        Clock(step=0)


@pytest.mark.parametrize(
    ("rate", "time_base"),
    [
        (Fraction(24000, 1001), Fraction(1, 1000)),
        (Fraction(24), Fraction(1, 1000)),
        (Fraction(25), Fraction(1, 25)),
        (Fraction(30000, 1001), Fraction(1, 90000)),
        (Fraction(60000, 1001), Fraction(1, 1000)),
        (Fraction(60), Fraction(1, 15360)),
    ],
)
def test_rates_survive_rounding(rate, time_base):
    pts = np.array([round(n / (rate * time_base)) for n in range(400)])
    assert frame_rate_of(pts, time_base) == (rate, False)


def test_a_variable_rate_is_seen():
    pts = np.cumsum(np.where(np.arange(300) % 10 == 0, 120, 40))
    assert frame_rate_of(pts, Fraction(1, 1000)) == (25, True)


def test_one_frame_has_no_rate():
    assert frame_rate_of(np.array([5]), Fraction(1, 25)) == (None, False)
