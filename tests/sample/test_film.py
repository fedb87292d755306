"""The shipped film is what its truth says, and drawing it again gives the same."""

from itertools import pairwise

import av
import numpy as np
import pytest

from vidsearch_sdk.sample.assets import dialogue_truth, film_facts, film_path, subtitle_paths, truth
from vidsearch_sdk.sample.film import Film, subrip
from vidsearch_sdk.sample.sprites import FONT_PATHS, Sprites
from vidsearch_sdk.sample.timeline import dialogue, true_shots
from vidsearch_sdk.sample.world import is_held_out

needs_font = pytest.mark.skipif(
    not any(path.is_file() for path in FONT_PATHS), reason="the Noto Color Emoji font is not installed"
)


@pytest.fixture(scope="module")
def small_frames():
    """Every frame of the film in gray, 64 x 36, float."""
    with av.open(str(film_path())) as container:
        container.streams.video[0].thread_count = 2
        frames = [f.reformat(64, 36, "gray8").to_ndarray() for f in container.decode(video=0)]
    return np.stack(frames).astype(np.float32)


def test_the_film_is_as_promised():
    shots = truth()
    facts = film_facts()
    objects = {name for shot in shots for name in shot.objects}
    assert len(shots) >= 60
    assert len(objects) >= 60
    assert len({shot.setting for shot in shots}) >= 8
    assert {shot.time for shot in shots} == {"day", "night"}
    assert {shot.size for shot in shots} == {"close", "wide"}
    assert {shot.movement for shot in shots} == {"moving", "still"}
    assert {shot.opened_by for shot in shots} == {"start", "cut", "fade", "dissolve"}
    assert 180 <= facts["frames"] / facts["frame_rate"] <= 300
    assert film_path().stat().st_size <= 8 * 2**20
    pairs = {(name, shot.setting) for shot in shots for name in shot.objects}
    assert 0.15 <= sum(is_held_out(*pair) for pair in pairs) / len(pairs) <= 0.25


def test_truth_covers_the_film_without_gap():
    shots = truth()
    assert [shot.number for shot in shots] == list(range(len(shots)))
    assert shots[0].start_frame == 0
    assert shots[-1].end_frame == film_facts()["frames"]
    for before, after in pairwise(shots):
        assert before.end_frame == after.start_frame
        assert before.transition_end_frame <= after.transition_start_frame
        assert after.transition_start_frame <= after.start_frame <= after.transition_end_frame


def test_the_file_plays_everywhere():
    with av.open(str(film_path())) as container:
        video, audio = container.streams.video[0], container.streams.audio[0]
        assert video.codec_context.name == "h264"
        assert video.codec_context.pix_fmt == "yuv420p"
        assert (video.width, video.height) == (640, 360)
        assert video.average_rate == 24
        assert video.frames == film_facts()["frames"]
        assert audio.codec_context.name == "aac"
    # The index in front lets a browser play before it has read the rest.
    head = film_path().read_bytes()[: 2**20]
    assert 0 < head.find(b"moov") < head.find(b"mdat")


def test_every_cut_is_where_truth_says(small_frames):
    assert len(small_frames) == film_facts()["frames"]
    change = abs(np.diff(small_frames, axis=0)).mean(axis=(1, 2))
    for shot in truth():
        if shot.opened_by == "cut":
            around = np.delete(change[shot.start_frame - 4 : shot.start_frame + 3], 3)
            assert change[shot.start_frame - 1] > 6 + 2 * around.max(), shot


def test_every_fade_is_black_in_the_middle_and_no_other_frame_is(small_frames):
    dark = set(np.flatnonzero(small_frames.mean(axis=(1, 2)) < 2).tolist())
    fades = [shot for shot in truth() if shot.opened_by == "fade"]
    for shot in fades:
        assert {shot.start_frame - 1, shot.start_frame} <= dark
    inside = {f for shot in fades for f in range(shot.transition_start_frame, shot.transition_end_frame)}
    assert dark <= inside


def test_every_dissolve_mixes_the_pictures_at_its_ends(small_frames):
    for shot in truth():
        if shot.opened_by != "dissolve":
            continue
        before, after = small_frames[shot.transition_start_frame - 1], small_frames[shot.transition_end_frame]
        middle = small_frames[shot.start_frame]
        mixed = abs(middle - (before + after) / 2).mean()
        assert mixed < 0.6 * min(abs(middle - before).mean(), abs(middle - after).mean()), shot


def test_the_lines_are_in_the_film_and_beside_it():
    lines = dialogue_truth()
    with av.open(str(film_path())) as container:
        track = container.streams.subtitles[0]
        assert track.language == "eng"
        packets = [
            (float(p.pts * p.time_base), bytes(p)[2:].decode()) for p in container.demux(track) if p.size > 2
        ]
    assert [text for _, text in packets] == [line.english for line in lines]
    assert [start for start, _ in packets] == pytest.approx([line.start_s for line in lines], abs=0.001)
    (spanish,) = subtitle_paths()
    assert spanish.name == "film.es.srt"
    assert spanish.read_text(encoding="utf-8") == subrip(lines)


def test_drawing_again_plans_the_same_film(tmp_path):
    if not any(path.is_file() for path in FONT_PATHS):
        pytest.skip("the Noto Color Emoji font is not installed")
    film = Film(seed=film_facts()["seed"], sprites=Sprites())
    assert true_shots(film.cuts) == truth()
    assert dialogue(film.cuts) == dialogue_truth()
    assert film.frames == film_facts()["frames"]


@needs_font
def test_drawing_again_gives_the_pictures_of_the_file():
    film = Film(seed=film_facts()["seed"], sprites=Sprites())
    wanted = [film.cuts[1].start_frame, film.cuts[5].start_frame]
    with av.open(str(film_path())) as container:
        for number, frame in enumerate(container.decode(video=0)):
            if number in wanted:
                shipped = frame.to_ndarray(format="rgb24")
                assert abs(film.picture(number).astype(int) - shipped).mean() < 4, number
            if number == wanted[-1]:
                break
    with pytest.raises(IndexError):
        film.picture(film.frames)
