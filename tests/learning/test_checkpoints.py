"""A checkpoint of what learns, with what is kept beside it; never half a file."""

from __future__ import annotations

import resource
from multiprocessing import get_context

import pytest
import torch

from vidsearch_sdk.errors import DamagedError, StorageError
from vidsearch_sdk.learning.checkpoints import (
    load_checkpoint,
    load_kept,
    read_progress,
    save_checkpoint,
    trained_state,
)


def model(seed=0):
    torch.manual_seed(seed)
    made = torch.nn.Sequential(torch.nn.Linear(4, 3), torch.nn.Linear(3, 2))
    made[0].requires_grad_(False)
    optimizer = torch.optim.AdamW([one for one in made.parameters() if one.requires_grad], lr=0.1)
    made(torch.ones(1, 4)).sum().backward()
    optimizer.step()
    return made, optimizer


def test_only_what_learns_is_written_and_comes_back_with_its_moments(tmp_path):
    path = tmp_path / "run" / "checkpoint.safetensors"
    with torch.random.fork_rng():
        one, optimizer = model()
        save_checkpoint(
            path, one, optimizer, progress={"step": 3}, trained_only=True, kept={"best": torch.ones(2)}
        )
        other, other_optimizer = model(seed=1)
        frozen = other[0].weight.clone()
        random = torch.get_rng_state()
        assert load_checkpoint(path, other, other_optimizer, trained_only=True) == {"step": 3}
        assert torch.equal(torch.get_rng_state(), random)
    assert torch.equal(other[1].weight, one[1].weight)
    assert torch.equal(other[0].weight, frozen)
    before, after = optimizer.state[one[1].weight], other_optimizer.state[other[1].weight]
    assert all(torch.equal(before[name], after[name]) for name in before)
    assert read_progress(path) == {"step": 3}
    assert load_kept(path)["best"].tolist() == [1.0, 1.0]
    assert set(trained_state(one)) == {"1.weight", "1.bias"}
    assert [file.name for file in path.parent.iterdir()] == [path.name]


def test_the_checkpoint_of_another_model_is_refused(tmp_path):
    path = tmp_path / "checkpoint.safetensors"
    with torch.random.fork_rng():
        one, optimizer = model()
        save_checkpoint(path, one, optimizer, progress={}, trained_only=True)
        one[0].requires_grad_()
        with pytest.raises(DamagedError, match="other parameters learned"):
            load_checkpoint(path, one, optimizer, trained_only=True)
    path.write_bytes(path.read_bytes()[:-7])
    for read in (read_progress, load_kept):
        with pytest.raises(DamagedError, match="cannot be resumed"):
            read(path)


def _fill_a_disk(path, answers):
    one, optimizer = model()
    save_checkpoint(path, one, optimizer, progress={"step": 1}, trained_only=True)
    resource.setrlimit(resource.RLIMIT_FSIZE, (400, 400))
    try:
        save_checkpoint(path, one, optimizer, progress={"step": 2}, trained_only=True)
    except StorageError as error:
        answers.put(str(error))
    else:
        answers.put("it fitted")


def test_a_full_disk_leaves_the_older_checkpoint(tmp_path):
    path = tmp_path / "checkpoint.safetensors"
    context = get_context("forkserver")
    answers = context.SimpleQueue()
    child = context.Process(target=_fill_a_disk, args=(path, answers))
    child.start()
    said = answers.get()
    child.join()
    assert "cannot be written" in said
    assert "make room there, then run the same again" in said
    assert read_progress(path) == {"step": 1}
    assert [file.name for file in tmp_path.iterdir()] == [path.name]
