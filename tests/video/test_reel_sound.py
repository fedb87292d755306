"""The sound of a reel is as long as its pictures and goes on without a click."""

import numpy as np
import pytest

from vidsearch_sdk.video.reel_sound import crossfaded, reel_sound

RATE = 48_000


def tone(hertz, *, level=0.5, block=1000, upto=10**9):
    """A part that is cut out of an endless tone, given in odd blocks; the span starts at second 2."""

    def give(before_s, total_s):
        start, total = round((2 - before_s) * RATE), min(upto, round(total_s * RATE))
        wave = level * np.sin(2 * np.pi * hertz * np.arange(start, start + total) / RATE)
        for at in range(0, total, block):
            yield np.tile(wave[at : at + block].astype(np.float32), (2, 1))

    return give


def noise(seed):
    def give(before_s, total_s):
        samples = np.random.default_rng(seed).normal(0, 0.2, (2, round(total_s * RATE)))
        yield samples.astype(np.float32)

    return give


def silent(before_s, total_s):
    return iter(())


def whole(parts, crossfade=2400):
    blocks = list(reel_sound(parts, crossfade=crossfade))
    assert max(b.shape[1] for b in blocks) <= max(4096, crossfade)
    return np.concatenate(blocks, axis=1)


def level_db(samples):
    return 20 * np.log10(np.sqrt(np.mean(samples.astype(float) ** 2)) + 1e-12)


@pytest.mark.parametrize("crossfade", [0, 1, 7, 2400, 48_000])
def test_it_lasts_to_the_sample(crossfade):
    lengths = [50_001, 3, 1, 700, 96_000, 1_999, 2]
    parts = [(n, [tone(440), silent, noise(1)][k % 3]) for k, n in enumerate(lengths)]
    assert whole(parts, crossfade).shape == (2, sum(lengths))
    assert list(reel_sound([], crossfade=crossfade)) == []


def test_the_same_sound_goes_on_as_if_there_were_no_cut():
    # The second part starts where the first one ends, within the same tone.
    one = tone(440)

    def next_one(before_s, total_s):
        return one(before_s - 1.0, total_s)

    samples = whole([(RATE, one), (RATE, next_one)])
    truth = 0.5 * np.sin(2 * np.pi * 440 * np.arange(2 * RATE, 4 * RATE) / RATE)
    assert np.abs(samples[0, 1000:-1000] - truth[1000:-1000]).max() < 1e-4


def test_other_sounds_meet_without_a_click_and_without_a_hole():
    samples = whole([(RATE, noise(1)), (RATE, noise(2)), (RATE, noise(3))])
    usual = level_db(samples[:, 5_000:40_000])
    for joint in (RATE, 2 * RATE):
        assert level_db(samples[:, joint - 600 : joint + 600]) == pytest.approx(usual, abs=1.0)
    tones = whole([(RATE, tone(300)), (RATE, tone(417, level=0.4))])[0]
    steps = np.abs(np.diff(tones))
    assert steps[RATE - 2400 : RATE + 2400].max() < 1.5 * steps[10_000:30_000].max()


def test_without_a_crossfade_the_cut_is_hard():
    samples = whole([(RATE, tone(300)), (RATE, silent)], crossfade=0)
    assert samples[:, RATE:].any() == False  # noqa: E712
    assert level_db(samples[:, RATE - 480 : RATE]) == pytest.approx(level_db(samples[:, :RATE]), abs=0.3)


def test_silence_fades_in_and_out_around_the_cut():
    samples = whole([(RATE, silent), (RATE, tone(300)), (RATE, silent)])
    assert samples[:, : RATE - 1200].any() == False  # noqa: E712
    assert samples[:, 2 * RATE + 1200 :].any() == False  # noqa: E712
    assert 0 < np.abs(samples[:, RATE - 1200 : RATE]).max() < 0.5
    assert np.abs(np.diff(samples[0])).max() < 0.04


def test_a_film_whose_sound_ends_early_is_silent_then():
    samples = whole([(RATE, tone(300, upto=RATE // 2)), (RATE, tone(300))], crossfade=2400)
    assert samples[:, RATE // 2 + 1 : RATE - 1200].any() == False  # noqa: E712
    assert samples.shape == (2, 2 * RATE)


def test_the_reel_itself_neither_starts_nor_ends_with_a_click():
    loud = lambda before_s, total_s: iter([np.ones((2, round(total_s * RATE)), np.float32)])  # noqa: E731
    samples = whole([(RATE, loud)])
    assert np.abs(samples[:, [0, -1]]).max() < 0.01
    assert samples[:, 480:-480].min() > 0.999


def test_every_part_is_closed_before_the_next_one_opens():
    events = []

    def part(name):
        def give(before_s, total_s):
            events.append(f"open {name}")
            try:
                while True:
                    yield np.zeros((2, 999), np.float32)
            finally:
                events.append(f"close {name}")

        return give

    whole([(RATE, part("a")), (RATE, part("b"))])
    assert events == ["open a", "close a", "open b", "close b"]


def test_opposite_sounds_do_not_blow_up():
    one = np.full((2, 100), 0.5, np.float32)
    assert np.isfinite(crossfaded(one, -one)).all()
    assert np.abs(crossfaded(one, -one)).max() <= 0.5
