"""A learned pooling: the mean until it is trained, mindful of order after, kept beside its encoder."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file

from vidsearch_sdk.encoding.encoder import Encoder
from vidsearch_sdk.encoding.hub import Snapshot
from vidsearch_sdk.encoding.loading import build_model
from vidsearch_sdk.encoding.pooling import POOLING_FACTS, POOLING_WEIGHTS, MeanPooling, mean_pooled
from vidsearch_sdk.encoding.temporal_pooling import (
    LearnedPooling,
    TemporalPooling,
    digest_of,
    new_pooling,
    read_pooling,
    write_pooling,
)
from vidsearch_sdk.errors import EncoderError, EncoderNotFound
from vidsearch_sdk.learning.encoder_folder import write_encoder_folder

KINDS = ("attention", "multiscale")
DIM = 16


def frames_of(counts, *, seed: int = 0, dim: int = DIM) -> np.ndarray:
    rows = np.random.default_rng(seed).standard_normal((int(np.sum(counts)), dim), np.float32)
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def disturbed(kind: str, *, seed: int = 0, dim: int = DIM) -> TemporalPooling:
    """A pooling as after some training: its last matrix is no longer zero."""
    pooling = new_pooling(kind, dim, seed=seed)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        torch.nn.init.normal_(pooling.out.weight, std=0.1)
    return pooling


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("dim", [1, 16, 128, 512])
def test_it_begins_as_the_mean(kind, dim):
    counts = [1, 4, 2, 16, 1, 6]
    frames = frames_of(counts, dim=dim)
    frames[1:5] = np.array([1, -1, 1, -1])[:, None] * frames[1]  # a shot whose frames cancel out
    pooled = LearnedPooling(new_pooling(kind, dim, seed=0))(frames, counts)
    assert pooled.dtype == np.float32
    np.testing.assert_allclose(pooled, mean_pooled(frames, counts), atol=2e-6)


@pytest.mark.parametrize("kind", KINDS)
def test_a_seed_decides_it_and_torch_is_left_alone(kind):
    torch.manual_seed(5)
    before = torch.get_rng_state()
    first = new_pooling(kind, DIM, seed=1)
    assert torch.equal(torch.get_rng_state(), before)
    assert digest_of(first) == digest_of(new_pooling(kind, DIM, seed=1))
    assert digest_of(first) != digest_of(new_pooling(kind, DIM, seed=2))
    assert digest_of(first) != digest_of(disturbed(kind, seed=1))


def test_the_digest_names_the_kind():
    assert digest_of(new_pooling("attention", DIM, seed=0)) != digest_of(
        new_pooling("multiscale", DIM, seed=0)
    )


@pytest.mark.parametrize("kind", KINDS)
def test_each_shot_is_pooled_by_itself(kind):
    """Arrays and tensors, one by one and together, f16 and f32: the same vectors of length 1."""
    counts = np.array([3, 1, 16, 3, 5, 1, 2])
    frames = frames_of(counts)
    module = disturbed(kind)
    pooling = LearnedPooling(module)
    together = pooling(frames, counts)
    np.testing.assert_allclose(np.linalg.norm(together, axis=1), 1, atol=1e-6)
    starts = np.cumsum(counts) - counts
    for row, (start, count) in enumerate(zip(starts, counts, strict=True)):
        alone = pooling(frames[start : start + count], [count])[0]
        np.testing.assert_allclose(together[row], alone, atol=1e-6)
    with torch.no_grad():
        tensors = module(torch.from_numpy(frames), torch.from_numpy(counts)).numpy()
    np.testing.assert_allclose(together, tensors, atol=1e-6)
    halves = frames.astype(np.float16)
    np.testing.assert_allclose(pooling(halves, counts), together, atol=5e-3)
    assert pooling(frames[:0], []).shape == (0, DIM)


@pytest.mark.parametrize("kind", KINDS)
def test_order_counts_once_it_is_trained(kind):
    frames = frames_of([4])
    pooling = LearnedPooling(disturbed(kind))
    ahead, back = (pooling(rows, [4])[0] for rows in (frames, frames[::-1]))
    assert float(ahead @ back) < 0.999


def test_multiscale_leaves_what_does_not_change_alone():
    frames = np.repeat(frames_of([2]), 4, axis=0)
    pooling = LearnedPooling(disturbed("multiscale"))
    still = pooling(np.concatenate([frames[:4], frames[:1]]), [4, 1])
    np.testing.assert_allclose(still, frames[[0, 0]], atol=1e-5)
    changing = pooling(frames, [8])[0]
    assert float(changing @ mean_pooled(frames, [8])[0]) < 0.999


def nightfalls(count: int, *, frames: int, seed: int) -> torch.Tensor:
    """Shots (count, frames, DIM) of something of its own each, in which it gets dark."""
    rng = np.random.default_rng(seed)
    dark = np.linspace(-0.6, 0.6, frames)[None, :, None] * (np.arange(DIM) == 0)
    rows = rng.standard_normal((count, 1, DIM)) / DIM**0.5 + dark
    rows += 0.1 * rng.standard_normal(rows.shape) / DIM**0.5
    return torch.nn.functional.normalize(torch.from_numpy(rows.astype(np.float32)), dim=-1)


@pytest.mark.parametrize("kind", KINDS)
def test_training_tells_one_order_from_the_other(kind):
    """The mean of a shot and of its reverse is one vector; a few steps on four frames tell them apart."""
    falls = nightfalls(64, frames=4, seed=0)
    both = torch.cat([falls, falls.flip(1)]).reshape(-1, DIM)
    counts = torch.full((128,), 4)
    way = torch.nn.functional.normalize(torch.ones(DIM), dim=0)
    pooling = new_pooling(kind, DIM, seed=0)
    before = LearnedPooling(pooling)
    optimizer = torch.optim.Adam(pooling.parameters(), lr=3e-3)
    for _ in range(40):
        along = pooling(both, counts) @ way
        loss = torch.nn.functional.softplus(-8 * (along[:64] - along[64:])).mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    assert all(one.grad is not None and one.grad.abs().sum() > 0 for one in pooling.parameters())
    after = LearnedPooling(pooling)
    for frames in (2, 4, 9):
        falls = nightfalls(100, frames=frames, seed=frames).numpy()
        ahead, back = falls.reshape(-1, DIM), falls[:, ::-1].reshape(-1, DIM)
        each = [frames] * 100
        right = after(ahead, each) @ way.numpy() > after(back, each) @ way.numpy()
        assert right.mean() > 0.95
        # What was made before the training is not changed by it.
        np.testing.assert_allclose(before(ahead, each), before(back, each), atol=2e-6)
    assert after.digest != before.digest


@pytest.mark.parametrize("counts", [[1], [2, 2], [3, 0], [-1, 4]])
def test_counts_that_do_not_fit(counts):
    module = new_pooling("attention", 4, seed=0)
    with pytest.raises(ValueError, match=r"do not divide|without frames"):
        module(torch.ones(3, 4), torch.tensor(counts))
    with pytest.raises(ValueError, match=r"do not divide|without frames"):
        LearnedPooling(module)(np.ones((3, 4)), counts)


def test_vectors_of_another_size_are_refused():
    with pytest.raises(ValueError, match="16 dimensions, not 8"):
        LearnedPooling(new_pooling("attention", 16, seed=0))(np.ones((1, 8)), [1])


@pytest.mark.parametrize("kind", ["mean", "other", ""])
def test_an_unknown_kind_is_refused(kind):
    with pytest.raises(ValueError, match="attention, multiscale"):
        new_pooling(kind, DIM, seed=0)


@pytest.mark.parametrize("kind", KINDS)
def test_what_was_written_is_read(tmp_path, kind):
    assert read_pooling(tmp_path) is None
    module = disturbed(kind)
    write_pooling(tmp_path, module)
    again = read_pooling(tmp_path, dim=DIM)
    assert again.kind == kind
    assert not again.training
    assert digest_of(again) == digest_of(module)
    frames = frames_of([5])
    assert np.array_equal(LearnedPooling(again)(frames, [5]), LearnedPooling(module)(frames, [5]))


def changed_facts(folder, **changes):
    path = folder / POOLING_FACTS
    path.write_text(json.dumps(json.loads(path.read_text()) | changes))


def cut(folder):
    path = folder / POOLING_WEIGHTS
    path.write_bytes(path.read_bytes()[:-100])


def flipped(folder):
    path = folder / POOLING_WEIGHTS
    data = bytearray(path.read_bytes())
    data[-1] ^= 1
    path.write_bytes(bytes(data))


def another(folder):
    shutil.rmtree(folder / "other", ignore_errors=True)
    (folder / "other").mkdir()
    write_pooling(folder / "other", new_pooling("attention", DIM * 4, seed=0))
    shutil.copy(folder / "other" / POOLING_WEIGHTS, folder / POOLING_WEIGHTS)


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (cut, "bytes instead of"),
        (flipped, "not what was written"),
        (another, "bytes instead of"),
        (lambda folder: (folder / POOLING_FACTS).unlink(), POOLING_FACTS),
        (lambda folder: (folder / POOLING_WEIGHTS).unlink(), POOLING_WEIGHTS),
        (lambda folder: (folder / POOLING_FACTS).write_text("{"), "cannot be used"),
        (lambda folder: (folder / POOLING_FACTS).write_text("[]"), "cannot be used"),
        (lambda folder: (folder / POOLING_FACTS).write_bytes(b"\xff\xfe"), "cannot be used"),
        (lambda folder: changed_facts(folder, kind="mean"), "attention, multiscale"),
        (lambda folder: changed_facts(folder, kind="multiscale"), "another pooling"),
        (lambda folder: changed_facts(folder, dim=32), "another pooling|32 dimensions"),
        (lambda folder: changed_facts(folder, dim=10**9), "from 1 to 16384"),
        (lambda folder: changed_facts(folder, layers=True), "from 1 to 12"),
        (lambda folder: changed_facts(folder, heads=3), "multiple of heads"),
        (lambda folder: changed_facts(folder, format=2), "newer version"),
        (lambda folder: changed_facts(folder, more=1), "more"),
    ],
)
def test_a_spoiled_pooling_is_an_error(tmp_path, spoil, said):
    write_pooling(tmp_path, new_pooling("attention", DIM, seed=0))
    spoil(tmp_path)
    with pytest.raises(EncoderError, match=said) as told:
        read_pooling(tmp_path, dim=DIM)
    assert "Copy pooling.json and pooling.safetensors" in str(told.value)


def test_numbers_that_are_none_are_neither_written_nor_read(tmp_path):
    module = new_pooling("attention", DIM, seed=0)
    write_pooling(tmp_path, module)
    with torch.no_grad():
        module.order[0, 0] = float("nan")
    with pytest.raises(EncoderError, match="not finite"):
        write_pooling(tmp_path, module)
    assert read_pooling(tmp_path) is not None


def test_weights_of_other_names_or_types_are_refused(tmp_path):
    import hashlib

    write_pooling(tmp_path, new_pooling("attention", DIM, seed=0))
    weights = load_file(tmp_path / POOLING_WEIGHTS)
    halves = {name: value.half() for name, value in weights.items()}
    fewer = {name: value for name, value in weights.items() if name != "order"}
    for wrong, said in ((halves, "f32"), (fewer, "another pooling")):
        save_file(wrong, tmp_path / POOLING_WEIGHTS)
        data = (tmp_path / POOLING_WEIGHTS).read_bytes()
        changed_facts(tmp_path, bytes=len(data), sha256=hashlib.sha256(data).hexdigest())
        with pytest.raises(EncoderError, match=said):
            read_pooling(tmp_path)


def test_an_encoder_brings_its_pooling(make_folder):
    folder: Path = make_folder()
    plain = Encoder(folder, device="cpu")
    assert isinstance(plain.pooling, MeanPooling)
    assert (plain.pooling.name, plain.pooling.digest) == ("mean", "")
    write_pooling(folder, disturbed("multiscale"))
    pooled = Encoder(folder, device="cpu")
    assert pooled.pooling.name == "multiscale"
    assert pooled.pooling.digest == digest_of(disturbed("multiscale"))
    assert "pooling='multiscale'" in repr(pooled)
    # The vectors of pictures are the same, so those that are stored go on being used.
    assert pooled.fingerprint == plain.fingerprint


def test_a_pooling_of_another_encoder_is_an_error(make_folder):
    folder = make_folder()
    write_pooling(folder, new_pooling("attention", 32, seed=0))
    with pytest.raises(EncoderError, match="32 dimensions, the encoder makes 16"):
        Encoder(folder, device="cpu")


def test_a_pooling_is_never_taken_for_the_weights(make_folder):
    folder = make_folder()
    write_pooling(folder, new_pooling("attention", DIM, seed=0))
    (folder / "open_clip_model.safetensors").rename(folder / "own.safetensors")
    assert Encoder(folder, device="cpu").pooling.name == "attention"
    (folder / "own.safetensors").unlink()
    with pytest.raises(EncoderNotFound, match="no weights"):
        Encoder(folder, device="cpu")


def test_a_pooling_comes_from_the_hub_with_its_encoder(make_folder, monkeypatch, tmp_path):
    folder, snapshot = make_folder(), tmp_path / "snapshot"
    write_pooling(folder, disturbed("attention"))
    snapshot.mkdir()

    def fetch(repo, choose, **options):
        chosen = tuple(choose([path.name for path in folder.iterdir()]))
        for name in chosen:
            shutil.copy(folder / name, snapshot / name)
        return Snapshot(snapshot, chosen, "c" * 40)

    monkeypatch.setattr("vidsearch_sdk.encoding.sources.fetch", fetch)
    assert Encoder("lab/model", device="cpu").pooling.digest == digest_of(disturbed("attention"))


def test_the_folder_of_an_encoder_is_written_with_it_and_without(tmp_path, make_folder):
    config = json.loads((make_folder() / "open_clip_config.json").read_text())
    model = build_model(config["model_cfg"])
    parts = {
        "model_config": config["model_cfg"],
        "preprocess_config": config["preprocess_cfg"],
        "card": "# A card\n",
    }
    out = tmp_path / "out"
    write_encoder_folder(out, model, pooling=disturbed("attention"), **parts)
    assert Encoder(out, device="cpu").pooling.name == "attention"
    write_encoder_folder(out, model, **parts)
    assert Encoder(out, device="cpu").pooling.name == "mean"
    assert not (out / POOLING_FACTS).exists()
