import numpy as np
import pytest

from vidsearch_sdk.shots.keyframes import MOST, KeyframeCandidates, choose_keyframes, is_settled_choice


def candidates_of(times: np.ndarray, changes: tuple[int, ...] = ()) -> np.ndarray:
    marks, level, found = KeyframeCandidates(), 0, []
    for frame, time_s in enumerate(times[:-1]):
        level = 255 - level if frame in changes else level
        if marks.push(float(time_s), np.full((54, 64), level, np.uint8)):
            found.append(frame)
    return np.array(found, np.int64)


TIMES = np.arange(25 * 120 + 1) / 25


@pytest.mark.parametrize(
    ("seconds", "count"), [(0.4, 1), (1, 1), (2, 1), (4, 2), (10, 5), (20, 10), (32, 16), (100, 16)]
)
def test_one_keyframe_for_two_seconds(seconds: float, count: int) -> None:
    start, end = 137, 137 + round(25 * seconds)
    chosen = choose_keyframes(start, end, TIMES, candidates_of(TIMES, (start, end)), [])
    assert abs(len(chosen) - count) <= (1 if seconds > 2 else 0)
    assert 1 <= len(chosen) <= MOST
    assert chosen == sorted(set(chosen))
    assert all(start <= frame < end for frame in chosen)


def test_keyframes_are_spread_evenly() -> None:
    steps = np.diff(TIMES[choose_keyframes(0, 3000, TIMES, candidates_of(TIMES), [])])
    assert steps.min() >= 6
    assert steps.max() <= 8.1


def test_keyframes_keep_clear_of_transitions() -> None:
    chosen = choose_keyframes(100, 400, TIMES, candidates_of(TIMES), [(80, 160), (380, 420)])
    assert chosen
    assert all(160 < frame < 380 for frame in chosen)


def test_keyframes_keep_clear_of_the_frames_beside_a_cut() -> None:
    for start in range(40, 60):
        chosen = choose_keyframes(start, start + 60, TIMES, candidates_of(TIMES, (start,)), [])
        assert all(start + 2 <= frame < start + 58 for frame in chosen)


@pytest.mark.parametrize("length", [1, 2, 3, 6, 10])
def test_the_shortest_shots_have_a_keyframe(length: int) -> None:
    for start in (30, 37, 49, 50):
        marked = candidates_of(TIMES, (start, start + length))
        (chosen,) = choose_keyframes(start, start + length, TIMES, marked, [])
        assert start <= chosen < start + length


def test_a_shot_that_is_all_transition_has_a_keyframe() -> None:
    (chosen,) = choose_keyframes(100, 120, TIMES, candidates_of(TIMES), [(90, 110), (105, 130)])
    assert 100 <= chosen < 120


def test_variable_rates_follow_the_time() -> None:
    times = np.concatenate([np.arange(100) * 0.5, 50 + np.arange(501) / 50])
    chosen = choose_keyframes(0, 600, times, candidates_of(times), [])
    assert len(chosen) == MOST
    assert np.diff(times[chosen]).max() <= 4.1


def test_candidates_look_back_only() -> None:
    whole = candidates_of(TIMES, (500, 900))
    shorter = candidates_of(TIMES[:801], (500,))
    assert whole[whole < 800].tolist() == shorter.tolist()


def test_a_settled_choice_is_on_the_grid() -> None:
    assert [frame for frame in range(200) if is_settled_choice(frame, TIMES)] == [50, 100, 150]


def test_an_empty_shot_is_refused() -> None:
    with pytest.raises(ValueError, match="no shot"):
        choose_keyframes(5, 5, TIMES, candidates_of(TIMES), [])
