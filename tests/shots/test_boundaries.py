import numpy as np
import pytest

from tests.shots.joined import blank, boundaries, dissolve, fade, scene, score
from vidsearch_sdk.shots.boundaries import Boundary, BoundaryOptions, find_boundaries
from vidsearch_sdk.shots.scores import scores_by_name


def kinds(found: list[Boundary]) -> list[tuple[int, str]]:
    return [(boundary.frame, boundary.kind) for boundary in found]


@pytest.mark.parametrize("speed", [0.0, 0.5, 1.5])
def test_a_cut_is_found_at_its_frame(speed: float) -> None:
    assert kinds(boundaries(scene(1, 40, speed=speed), scene(2, 40, speed=speed))) == [(40, "cut")]


def test_a_cut_is_no_transition_of_any_length() -> None:
    assert boundaries(scene(1, 30), scene(2, 30)) == [Boundary(30, "cut", 30, 30)]


def test_shots_of_six_frames_are_found() -> None:
    found = boundaries(scene(1, 40), scene(2, 6), scene(3, 6), scene(4, 40))
    assert kinds(found) == [(40, "cut"), (46, "cut"), (52, "cut")]


def test_a_cut_in_the_dark_is_found() -> None:
    dark = [
        np.concatenate([shot[:, :36] * 0.08, (shot[:, 36:] - 128) * 0.2 + 128], axis=1)
        for shot in (scene(1, 40), scene(2, 40))
    ]
    assert kinds(boundaries(*dark)) == [(40, "cut")]


def test_a_still_shot_and_a_pan_have_no_boundary() -> None:
    for speed in (0.0, 1.0, 3.0):
        assert boundaries(scene(5, 120, speed=speed)) == []


@pytest.mark.parametrize("frames", [1, 2, 4])
@pytest.mark.parametrize("light", [60, 200])
def test_a_flash_is_no_boundary(frames: int, light: int) -> None:
    shot = scene(6, 80, speed=0.3)
    shot[30 : 30 + frames, :36] += light
    assert boundaries(shot) == []


@pytest.mark.parametrize("gain", [0.5, 1.6])
def test_a_lamp_that_is_switched_is_no_boundary(gain: float) -> None:
    shot = scene(7, 80)
    shot[40:, :36] *= gain
    assert boundaries(shot) == []


@pytest.mark.parametrize("frames", [1, 3])
def test_lost_pictures_are_no_boundary(frames: int) -> None:
    shot = scene(8, 80)
    shot[30 : 30 + frames] = blank(frames)
    assert boundaries(shot) == []


def test_a_light_that_dims_slowly_is_no_boundary() -> None:
    shot = scene(9, 100)
    shot[:, :36] *= np.linspace(1, 0.5, 100)[:, None, None]
    assert boundaries(shot) == []


@pytest.mark.parametrize("length", [8, 12, 24, 48, 80])
def test_a_dissolve_has_one_boundary_inside(length: int) -> None:
    found = boundaries(dissolve(scene(10, 110), scene(11, 110), length))
    assert [boundary.kind for boundary in found] == ["dissolve"]
    assert 110 - length <= found[0].frame < 110
    assert found[0].first <= found[0].frame <= found[0].last


def test_a_dissolve_of_moving_shots_is_found() -> None:
    found = boundaries(dissolve(scene(12, 80, speed=0.4), scene(13, 80, speed=0.4), 20))
    assert [boundary.kind for boundary in found] == ["dissolve"]
    assert 60 <= found[0].frame < 80


@pytest.mark.parametrize("level", [0.0, 255.0])
@pytest.mark.parametrize("hold", [1, 12])
def test_a_fade_through_a_blank_picture_has_one_boundary_in_it(level: float, hold: int) -> None:
    out, into = fade(scene(14, 60), 12, level=level), fade(scene(15, 60), 12, level=level, into=True)
    found = boundaries(out, blank(hold, level=level), into)
    assert [boundary.kind for boundary in found] == ["fade"]
    assert 56 <= found[0].frame <= 60 + hold + 4
    assert found[0].first < 56
    assert found[0].last > 60 + hold


def test_a_long_black_between_fades_is_a_shot_of_its_own() -> None:
    found = boundaries(fade(scene(16, 60), 12), blank(100), fade(scene(17, 60), 12, into=True))
    assert [boundary.kind for boundary in found] == ["fade", "fade"]
    assert found[1].frame - found[0].frame >= 95


def test_black_before_a_fade_in_and_after_a_fade_out_are_shots_of_their_own() -> None:
    film = fade(fade(scene(18, 90), 20, into=True), 20)
    found = boundaries(blank(12), film, blank(12))
    assert [boundary.kind for boundary in found] == ["fade", "fade"]
    assert 10 <= found[0].frame <= 16
    assert 90 <= found[1].frame <= 104


def test_a_film_that_only_begins_with_a_fade_in_is_one_shot() -> None:
    assert boundaries(fade(scene(19, 90), 20, into=True)) == []


def test_black_between_two_cuts_is_a_shot_unless_it_is_a_blink() -> None:
    assert kinds(boundaries(scene(20, 40), blank(20), scene(21, 40))) == [(40, "cut"), (60, "cut")]
    for one, other in ((20, 21), (21, 20)):
        for frames in (1, 3, 5):
            found = kinds(boundaries(scene(one, 40), blank(frames), scene(other, 40)))
            assert found == [(40 + frames, "cut")]


def test_a_blank_film_is_one_shot() -> None:
    assert boundaries(blank(50)) == []


@pytest.mark.parametrize("frames", [0, 1, 2, 5])
def test_very_short_films_are_decided(frames: int) -> None:
    scores = score(scene(22, 5)[:frames]).finish(np.arange(frames))
    assert find_boundaries(scores) == []


def test_scores_by_name_decide_as_the_table_does() -> None:
    film = np.concatenate([scene(1, 30), dissolve(scene(2, 50), scene(3, 50), 16)])
    scorer = score(film)
    assert find_boundaries(scores_by_name(scorer.rows())) == find_boundaries(
        scorer.finish(np.arange(len(film)))
    )


def test_options_move_the_thresholds() -> None:
    scores = scores_by_name(score(np.concatenate([scene(1, 30), scene(2, 30)])).rows())
    assert find_boundaries(scores, options=BoundaryOptions(cut=50.0)) == []
    mixed = scores_by_name(score(dissolve(scene(10, 60), scene(11, 60), 16)).rows())
    assert find_boundaries(mixed, options=BoundaryOptions(dissolve=50.0)) == []


@pytest.mark.parametrize(
    "wrong", [{"cut": float("nan")}, {"dissolve": float("inf")}, {"blank": -1.0}, {"blank": 128.0}]
)
def test_options_check_themselves(wrong: dict[str, float]) -> None:
    with pytest.raises(ValueError, match="out of range"):
        BoundaryOptions(**wrong)


@pytest.mark.parametrize(
    "wrong", [(0, "cut", 0, 0), (5, "cut", 6, 6), (5, "dissolve", 1, 4), (5, "wipe", 5, 5)]
)
def test_a_boundary_checks_itself(wrong: tuple[int, str, int, int]) -> None:
    with pytest.raises(ValueError, match=r"boundary|kind"):
        Boundary(*wrong)
