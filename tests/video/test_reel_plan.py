"""Which frame a reel shows when."""

from fractions import Fraction
from pathlib import Path

import pytest

from vidsearch_sdk.video.reel_plan import ReelPart, RunningTime, frames_of, times_shown

NTSC = Fraction(24000, 1001)


@pytest.mark.parametrize("rate", [NTSC, Fraction(24), Fraction(25), Fraction(30000, 1001), Fraction(50)])
def test_nothing_drifts_over_many_parts_of_all_rates(rate):
    own = [NTSC, Fraction(25), Fraction(50), Fraction(24), Fraction(60000, 1001), Fraction(1000, 77)]
    parts = [(7 + 13 * n % 90, own[n % len(own)]) for n in range(200)]
    lengths = [count / one for count, one in parts]
    counts = frames_of(lengths, rate)
    at, true = 0, Fraction(0)
    for given, length in zip(counts, lengths, strict=True):
        at, true = at + given, true + length
        assert abs(at / rate - true) <= Fraction(1, 2) / rate
    # A film of the reel's own rate keeps every one of its frames, wherever it starts.
    assert all(given == count for given, (count, one) in zip(counts, parts, strict=True) if one == rate)


def test_parts_shorter_than_a_frame_are_seen():
    assert frames_of([Fraction(1, 100)] * 3 + [Fraction(1)], Fraction(25)) == [1, 1, 1, 23]


def shown(rate, count, reel, *, wobble=0.0, keep=lambda n: True):
    times = [(n / float(rate) + wobble * (-1) ** n, n) for n in range(count) if keep(n)]
    frames = round(count / rate * reel)
    return [n for n, times in times_shown(iter(times), count=frames, rate=reel) for _ in range(times)]


@pytest.mark.parametrize("wobble", [0.0, 0.0005, 0.001])
def test_frames_nearest_in_time_whatever_the_clock_rounds(wobble):
    full = Fraction(25)
    assert shown(full, 50, full, wobble=wobble) == list(range(50))
    assert shown(Fraction(50), 100, full, wobble=wobble) == list(range(0, 100, 2))
    assert shown(full, 50, Fraction(50), wobble=wobble) == [n // 2 for n in range(100)]
    assert shown(Fraction(120), 240, Fraction(24), wobble=wobble) == list(range(0, 240, 5))


@pytest.mark.parametrize(("rate", "reel"), [(24, 25), (25, 24), (30, 25), (60, 24), (15, 50), (24, 60)])
def test_no_frame_is_far_from_its_time(rate, reel):
    for place, frame in enumerate(shown(Fraction(rate), 10 * rate, Fraction(reel))):
        late = place / reel - frame / rate
        assert -0.5 * max(1 / rate, 1 / reel) <= late <= 1 / rate


def test_a_frame_stands_until_the_next_and_the_last_for_what_is_missing():
    frames = [(10.0, "a"), (10.04, "b"), (11.0, "c")]
    given = list(times_shown(iter(frames), count=50, rate=Fraction(25)))
    assert given == [("a", 1), ("b", 24), ("c", 25)]
    assert list(times_shown(iter([]), count=5, rate=Fraction(25))) == []


def test_no_more_is_read_than_needed():
    read = iter([(n / 25, n) for n in range(1000)])
    assert len(list(times_shown(read, count=10, rate=Fraction(25)))) == 10
    assert next(read)[1] <= 12


def test_running_time_counts_drop_frame_and_falls_back_to_the_position():
    drop = RunningTime(0, Fraction(30000, 1001), "00:59:59;28", 0.0)
    assert [drop.at(n, 0.0) for n in range(4)] == ["00:59:59;28", "00:59:59;29", "01:00:00;00", "01:00:00;01"]
    assert RunningTime(1800, Fraction(30000, 1001), "00:00:00;00", 0.0).at(0, 0) == "00:01:00;02"
    assert RunningTime(24, Fraction(24), "01:00:00:00", 1.0).at(0, 0) == "01:00:01:00"
    for strange in (RunningTime(24, None, "01:00:00:00", 1.0), RunningTime(24, Fraction(24), "1 h", 1.0)):
        assert strange.at(12, 0.5) == "00:00:01.500"
    assert RunningTime(24, Fraction(24), "01:00:00;00", 1.0).at(12, 0.5) == "00:00:01.500"


@pytest.mark.parametrize("wrong", [{"end_pts": 5}, {"length_s": Fraction(0)}])
def test_parts_check_themselves(wrong):
    with pytest.raises(ValueError, match=next(iter(wrong))):
        ReelPart(Path("a.mp4"), **{"start_pts": 5, "end_pts": 9, "length_s": Fraction(1), **wrong})
