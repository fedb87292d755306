"""The folder of a tuned encoder is there whole or not at all, whatever the disk does."""

from __future__ import annotations

import resource
from multiprocessing import get_context

import pytest

import vidsearch_sdk as vs
from tests.learning.made_world import make_catalog, make_encoder, make_pairs, one_thread, weights_of
from tests.learning.test_finetune import OPTIONS
from vidsearch_sdk.errors import StorageError
from vidsearch_sdk.learning.disk_room import check_room, telling
from vidsearch_sdk.learning.folders import run_folders
from vidsearch_sdk.learning.out_folder import put_in_place, recover


def _fill_a_disk(root, limit, answers):
    one_thread()
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
    pairs = make_pairs(vs.Catalog(f"{root}/catalog"))
    encoder = vs.Encoder(f"{root}/given", device="cpu", dtype="f32")
    try:
        # Trained so, the checkpoint is smaller than the encoder.
        vs.finetune(encoder, pairs, out=f"{root}/out", **OPTIONS | {"train": "head", "overwrite": True})
    except StorageError as error:
        answers.put(str(error))
    else:
        answers.put("it fitted")


@pytest.mark.parametrize(("limit", "what"), [(100_000, "pictures-"), (1_000_000, "out.work/encoder")])
def test_a_disk_that_fills_up_leaves_what_was_there(tmp_path, limit, what):
    make_catalog(tmp_path / "catalog")
    make_encoder(tmp_path / "given")
    make_encoder(tmp_path / "out", seed=5)
    before = weights_of(tmp_path / "out")
    context = get_context("forkserver")
    answers = context.SimpleQueue()
    child = context.Process(target=_fill_a_disk, args=(tmp_path, limit, answers))
    child.start()
    said = answers.get()
    child.join()
    assert what in said
    assert "cannot be written (File too large); make room there, then run the same again" in said
    assert weights_of(tmp_path / "out") == before
    assert vs.Encoder(tmp_path / "out", device="cpu")


def test_what_was_put_aside_is_put_back(tmp_path):
    out, work = tmp_path / "out", tmp_path / "out.work"
    for folder, text in ((work / "encoder", "new"), (out, "old")):
        folder.mkdir(parents=True)
        (folder / "file").write_text(text)
    put_in_place(work / "encoder", out, work=work)
    assert (out / "file").read_text() == "new"
    # A kill between the two renames leaves no out; the old one lies aside.
    for folder in out.iterdir():
        folder.unlink()
    out.rmdir()
    recover(out, work)
    assert (out / "file").read_text() == "old"
    with pytest.raises(StorageError, match="cannot be written"):
        put_in_place(work / "nowhere", out, work=work)
    assert (out / "file").read_text() == "old"
    recover(out, work)
    assert (out / "file").read_text() == "old"


def test_room_is_asked_for_where_it_will_be_needed(tmp_path):
    check_room(tmp_path / "not" / "yet", 1000, purpose="pictures")
    with pytest.raises(StorageError, match=r"pictures need 1000000000\.0 GB in .* and .* free: make room"):
        check_room(tmp_path / "not" / "yet", 10**18, purpose="pictures")
    with pytest.raises(StorageError, match="check the folder and the rights"), telling(tmp_path):
        raise PermissionError(13, "Permission denied")


def test_a_place_that_is_taken_is_refused(tmp_path):
    empty = tmp_path / "empty"
    empty.mkdir()
    assert run_folders(empty, given="sample", overwrite=False).out == empty
    assert run_folders(tmp_path / "a" / "new", given="sample", overwrite=False).work.name == "new.work"
    with pytest.raises(StorageError, match="names no folder"):
        run_folders("/", given="sample", overwrite=False)
