"""Keyframes as the encoder's input: its own pixels, made once, never half a file."""

from __future__ import annotations

import resource
from multiprocessing import get_context

import numpy as np
import pytest
import torch

import vidsearch_sdk as vs
from tests.learning.made_world import FILMS, make_catalog, make_encoder
from vidsearch_sdk.encoding.pictures import rgb_of
from vidsearch_sdk.encoding.preprocessing import Preprocessing
from vidsearch_sdk.encoding.resizing import resized_on_cpu
from vidsearch_sdk.errors import DamagedError, StorageError, VideoNotFound
from vidsearch_sdk.learning.shots import find_pictures, make_pictures, want_shots

PREPROCESSING = Preprocessing((32, 32), interpolation="bicubic", resize_mode="squash")


@pytest.fixture(scope="module")
def catalog(tmp_path_factory):
    return make_catalog(tmp_path_factory.mktemp("shots") / "catalog", films=FILMS[:2])


def test_pixels_are_those_that_the_encoder_makes(catalog, tmp_path):
    ids = catalog.shots["shot_id"].to_list()
    wanted = want_shots(catalog, ids[::-1], PREPROCESSING, most=16)
    made = make_pictures(catalog, wanted, PREPROCESSING, folder=tmp_path, progress=False)
    assert set(made.shot_ids) == set(ids)
    assert made.frames.dtype == np.uint8
    for number, shot in enumerate(made.shot_ids):
        stored = [rgb_of(jpeg) for _, jpeg in catalog.keyframes(shot)]
        expected = [resized_on_cpu(one, PREPROCESSING).transpose(2, 0, 1) for one in stored]
        assert np.array_equal(made.of(number), np.stack(expected))


def test_their_vectors_are_those_of_a_search(catalog, tmp_path):
    encoder = vs.Encoder(make_encoder(tmp_path / "encoder"), device="cpu", dtype="f32")
    _, loaded = encoder.fresh()
    shot = catalog.shots["shot_id"].iloc[0]
    wanted = want_shots(catalog, [shot], loaded.preprocessing, most=16)
    made = make_pictures(catalog, wanted, loaded.preprocessing, folder=tmp_path, progress=False)
    from vidsearch_sdk.learning.towers import ShotTowers

    with torch.inference_mode():
        ours = ShotTowers(loaded.model, loaded.preprocessing).frame_vectors(
            torch.from_numpy(made.of(0).copy())
        )
    theirs = encoder.encode_images([jpeg for _, jpeg in catalog.keyframes(shot)])
    assert np.abs(ours.numpy() - theirs).max() < 1e-4


def test_of_many_keyframes_some_are_taken_evenly(catalog, tmp_path):
    table = catalog.shots
    wanted = want_shots(catalog, table["shot_id"], PREPROCESSING, most=1)
    assert {len(one) for one in wanted.chosen} == {1}
    three = table.loc[table["keyframes"] == 3, "shot_id"].iloc[0]
    assert wanted.chosen[wanted.shot_ids.index(three)] == (1,)
    two = want_shots(catalog, [three], PREPROCESSING, most=2)
    assert two.chosen == ((0, 2),)
    assert two.bytes == 2 * 3 * 32 * 32


def test_what_was_made_is_found_again_and_only_for_the_same(catalog, tmp_path):
    ids = catalog.shots["shot_id"].to_list()[:4]
    wanted = want_shots(catalog, ids, PREPROCESSING, most=4)
    assert find_pictures(wanted, tmp_path) is None
    made = make_pictures(catalog, wanted, PREPROCESSING, folder=tmp_path, progress=False)
    again = find_pictures(want_shots(catalog, ids[::-1], PREPROCESSING, most=4), tmp_path)
    assert again is not None
    assert np.array_equal(again.frames, made.frames)
    other = Preprocessing((32, 32), interpolation="bilinear", resize_mode="squash")
    for different in (
        want_shots(catalog, ids[:3], PREPROCESSING, most=4),
        want_shots(catalog, ids, other, most=4),
    ):
        assert find_pictures(different, tmp_path) is None
    # A file that was cut is none.
    (path,) = tmp_path.glob("*.u8")
    path.write_bytes(path.read_bytes()[:-1])
    assert find_pictures(wanted, tmp_path) is None


def _fill_a_disk(location, folder, answers):
    catalog = vs.Catalog(location)
    wanted = want_shots(catalog, catalog.shots["shot_id"], PREPROCESSING, most=4)
    resource.setrlimit(resource.RLIMIT_FSIZE, (wanted.bytes // 2, wanted.bytes // 2))
    try:
        make_pictures(catalog, wanted, PREPROCESSING, folder=folder, progress=False)
    except StorageError as error:
        answers.put(str(error))
    else:
        answers.put("it fitted")


def test_a_disk_that_takes_no_more_is_an_error_and_leaves_nothing(catalog, tmp_path):
    context = get_context("forkserver")
    answers = context.SimpleQueue()
    child = context.Process(target=_fill_a_disk, args=(catalog.location, tmp_path / "work", answers))
    child.start()
    said = answers.get()
    child.join()
    assert "cannot be written (File too large); make room there, then run the same again" in said
    assert not list((tmp_path / "work").iterdir())


def test_shots_that_are_not_there_are_named(catalog):
    with pytest.raises(VideoNotFound, match=r"1 of 2 shots are not in the catalog \(any more\): nothing-0"):
        want_shots(catalog, ["nothing-0", catalog.shots["shot_id"].iloc[0]], PREPROCESSING, most=4)


def test_a_keyframe_that_is_no_picture_names_its_shot(tmp_path):
    from tests.store.made import published

    catalog = vs.Catalog(tmp_path / "catalog")
    published(catalog.films, FILMS[0])  # whose pictures are noise
    wanted = want_shots(catalog, [f"{FILMS[0]}-1"], PREPROCESSING, most=4)
    with pytest.raises(DamagedError, match=rf"shot {FILMS[0]}-1 cannot be decoded .* catalog\.verify"):
        make_pictures(catalog, wanted, PREPROCESSING, folder=tmp_path / "work", progress=False)
    assert not list((tmp_path / "work").iterdir())
