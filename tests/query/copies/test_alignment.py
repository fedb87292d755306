"""Scores of a clip laid over those of a film."""

from __future__ import annotations

import numpy as np
import pytest

from vidsearch_sdk.query.copies.alignment import _NOISE, NEEDED, RATE, Signals, agreement, signals_of


def scores(times: np.ndarray, *, gain: float = 1.0) -> dict[str, np.ndarray]:
    """Scores of a film in which light and movement go up and down, as frames at these times have them."""
    light = 90 + 30 * np.sin(times * 2.1) + 20 * np.sin(times * 0.7 + 1)
    moved = np.diff(times, prepend=times[0] - (times[1] - times[0])) * (60 + 50 * np.sin(times * 1.3))
    values = {"brightness": light, "contrast": 0.3 * light + 10, "content": moved, "histogram": 0.4 * moved}
    return {name: (gain * values[name]).astype(np.float32) for name in NEEDED}


def test_two_frame_rates_give_the_same_signals() -> None:
    some = []
    for rate in (24, 50):
        times = 3.0 + np.arange(20 * rate) / rate
        some.append(signals_of(times, 23.0, scores(times)))
    one, other = some
    assert len(one) == len(other) == 20 * RATE
    assert one.start_s == 3.0
    assert np.abs(one.values - other.values)[:, 10:-10].max() < 0.03


@pytest.mark.parametrize("start_s", [0.0, 7.32, 31.0])
@pytest.mark.parametrize("gain", [1.0, 0.55])
def test_a_span_lies_where_it_was_cut_out(start_s: float, gain: float) -> None:
    film_times = 100.0 + np.arange(40 * 30) / 30
    film = signals_of(film_times, 140.0, scores(film_times))
    times = start_s + np.arange(0, 9 * 15) / 15
    clip = signals_of(times - start_s, 9.0, scores(times + 100.0, gain=gain))
    lags, values, share = agreement(clip, film)
    best = int(values.argmax())
    assert film.start_s + lags[best] / RATE == pytest.approx(100.0 + start_s, abs=0.05)
    assert values[best] > 0.97
    assert share[best] == pytest.approx(1.0)


def test_it_agrees_with_plain_loops() -> None:
    random = np.random.default_rng(3)
    clip, film = (Signals(0.0, random.normal(size=(6, size)).cumsum(axis=1)) for size in (30, 50))
    lags, values, share = agreement(clip, film, least=0.5)
    assert lags.tolist() == list(range(-15, 36))
    for lag, value, part in zip(lags, values, share, strict=True):
        first, last = max(0, -lag), min(30, 50 - lag)
        one, other = clip.values[:, first:last], film.values[:, first + lag : last + lag]
        both = np.mean((one - one.mean(1, keepdims=True)) * (other - other.mean(1, keepdims=True)), 1)
        spread = np.sqrt((one.var(1) + _NOISE[:, 0]) * (other.var(1) + _NOISE[:, 0]))
        assert value == pytest.approx(np.mean((both + _NOISE[:, 0]) / spread), abs=1e-6)
        assert part == pytest.approx((last - first) / 30)


def test_stillness_agrees_with_stillness_only() -> None:
    times = np.arange(250) / 25
    still = {name: np.full(250, 50.0, np.float32) for name in NEEDED}
    quiet, lively = signals_of(times, 10.0, still), signals_of(times, 10.0, scores(times))
    assert agreement(quiet, quiet)[1].max() == pytest.approx(1.0)
    assert agreement(quiet, lively)[1].max() < 0.4


def test_a_clip_may_be_longer_than_the_film() -> None:
    times = np.arange(500) / 25
    long = signals_of(times, 20.0, scores(times))
    short = signals_of(times[200:350], 14.0, {name: each[200:350] for name, each in scores(times).items()})
    lags, values, _ = agreement(long, short)
    assert lags[values.argmax()] == -200


def test_one_frame_is_enough_to_be_asked() -> None:
    one = signals_of(np.zeros(1), 0.04, {name: np.ones(1, np.float32) for name in NEEDED})
    lags, values, share = agreement(one, one)
    assert (lags.tolist(), share.tolist()) == ([0], [1.0])
    assert np.isfinite(values).all()
