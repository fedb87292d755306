"""The arithmetic of the film's shots, transitions and lines."""

from itertools import pairwise

import pytest

from vidsearch_sdk.sample.storyboard import Line, Panel, panels
from vidsearch_sdk.sample.timeline import RATE, dialogue, lay_out, mix, true_shots
from vidsearch_sdk.sample.world import Scene

SCENE = Scene(("dog",), "beach")


def _cuts(*openings, seconds=2.0):
    return lay_out([Panel(SCENE, kind, frames, seconds, Line("a", "b")) for kind, frames in openings])


def test_shots_follow_each_other_without_gap():
    cuts = lay_out(panels(seed=1))
    assert cuts[0].start_frame == 0
    assert all(a.end_frame == b.start_frame for a, b in pairwise(cuts))


def test_a_dissolve_lies_around_the_boundary_and_both_shots_are_seen_in_it():
    first, second = _cuts(("start", 0), ("dissolve", 16))
    assert second.start_frame == 2 * RATE
    assert (second.transition_start_frame, second.transition_end_frame) == (40, 56)
    assert first.visible_end_frame == 56
    assert second.visible_start_frame == 40
    shares = [mix(second, frame) for frame in range(40, 56)]
    assert shares == sorted(shares)
    assert 0 < shares[0] < 0.1
    assert 0.9 < shares[-1] < 1


def test_a_fade_is_black_in_its_middle():
    _, second = _cuts(("start", 0), ("fade", 20))
    levels = {frame: mix(second, frame) for frame in range(38, 58)}
    assert [frame for frame, level in levels.items() if level == 0] == [46, 47, 48, 49]
    assert all(level < 0 for frame, level in levels.items() if frame < 46)
    assert all(level > 0 for frame, level in levels.items() if frame > 49)
    assert levels[38] < -0.8
    assert 0.8 < levels[57] < 1
    with pytest.raises(ValueError, match=r"not in 38\.\.57"):
        mix(second, 58)


def test_a_cut_has_no_transition():
    _, second = _cuts(("start", 0), ("cut", 0))
    assert second.transition_start_frame == second.transition_end_frame == second.start_frame


def test_moments_run_from_0_to_1_over_what_is_visible():
    first, second = _cuts(("start", 0), ("dissolve", 16))
    for cut in (first, second):
        assert cut.moment(cut.visible_start_frame) == 0
        assert cut.moment(cut.visible_end_frame - 1) == 1


def test_a_shot_shorter_than_its_transitions_is_refused():
    with pytest.raises(ValueError, match="shorter than the transitions"):
        _cuts(("start", 0), ("dissolve", 40), ("fade", 40), seconds=1.0)


def test_lines_lie_inside_their_shots():
    cuts = lay_out(panels(seed=1))
    lines = dialogue(cuts)
    said_in = [cut for cut in cuts if cut.panel.line]
    assert len(lines) == len(said_in)
    for line, cut in zip(lines, said_in, strict=True):
        assert cut.start_frame / RATE <= line.start_s < line.end_s <= cut.end_frame / RATE
        assert line.end_s - line.start_s > 1


def test_truth_says_what_was_laid_out():
    cuts = lay_out(panels(seed=1))
    shots = true_shots(cuts)
    assert [shot.number for shot in shots] == list(range(len(cuts)))
    assert shots[3].start_s == cuts[3].start_frame / RATE
    assert shots[3].objects == cuts[3].panel.scene.objects
