"""Towers see what the encoder sees, whole shots at a time, and never behave differently in training."""

import numpy as np
import pytest
import torch

import vidsearch_sdk as vs
from tests.learning import small_world
from vidsearch_sdk.encoding.pooling import mean_pooled
from vidsearch_sdk.learning.towers import ShotTowers, pooled_mean


@pytest.fixture(autouse=True)
def _one_thread():
    torch.set_num_threads(1)


def test_vectors_are_those_of_the_encoder():
    encoder = vs.Encoder("sample", dtype="f32", device="cpu")
    _, loaded = encoder.fresh()
    towers = ShotTowers(loaded.model, loaded.preprocessing)
    random = np.random.default_rng(0)
    pictures = random.integers(0, 256, (6, *loaded.preprocessing.size, 3), dtype=np.uint8)
    texts = ["a fox in the snow", "night over a harbor"]
    frames = encoder.encode_images(list(pictures))
    tokens = torch.as_tensor(loaded.tokenizer(texts))
    with torch.no_grad():
        shots, said = towers(torch.from_numpy(pictures).permute(0, 3, 1, 2), torch.tensor([4, 2]), tokens)
    assert np.abs(shots.numpy() - mean_pooled(frames, [4, 2])).max() < 1e-5
    assert np.abs(said.numpy() - encoder.encode_texts(texts)).max() < 1e-5


@pytest.mark.parametrize("counts", [[1], [3, 3, 3], [1, 5, 2, 16], [4, 4, 1]])
def test_the_mean_is_the_one_of_search(counts):
    rows = torch.nn.functional.normalize(torch.randn(sum(counts), 8), dim=-1)
    pooled = pooled_mean(rows, torch.tensor(counts))
    assert np.abs(pooled.numpy() - mean_pooled(rows.numpy(), counts)).max() < 1e-6


def test_frames_that_cancel_out_leave_the_first():
    rows = torch.tensor([[1.0, 0.0], [-1.0, 0.0], [0.0, 1.0]], requires_grad=True)
    pooled = pooled_mean(rows, torch.tensor([2, 1]))
    assert torch.equal(pooled.detach(), torch.tensor([[1.0, 0.0], [0.0, 1.0]]))
    pooled.sum().backward()
    assert torch.isfinite(rows.grad).all()


@pytest.mark.parametrize("counts", [[1, 1], [4], [3, 0]])
def test_counts_that_do_not_fit_are_refused(counts):
    with pytest.raises(ValueError, match="do not divide"):
        pooled_mean(torch.eye(3), torch.tensor(counts))


def test_a_shot_does_not_hang_on_its_neighbors():
    towers = small_world.towers(pooling="attention")
    with torch.no_grad():
        towers.pooling.out.weight.normal_(std=0.1)
        whole = small_world.batch(6)
        together, _ = towers(whole.pictures, whole.counts, whole.tokens)
        for row in range(6):
            one = small_world.part_of(whole, slice(row, row + 1))
            alone, _ = towers(one.pictures, one.counts, one.tokens)
            assert (alone[0] - together[row]).abs().max() < 1e-6


def test_training_mode_changes_nothing():
    towers = small_world.towers()
    before = {name: value.clone() for name, value in towers.state_dict().items()}
    b = small_world.batch()
    first = towers(b.pictures, b.counts, b.tokens)[0]
    towers.train()
    second = towers(b.pictures, b.counts, b.tokens)[0]
    assert torch.equal(first, second)
    assert all(torch.equal(value, before[name]) for name, value in towers.state_dict().items())


def test_a_pooling_calculates_in_f32_where_towers_do_not():
    towers = small_world.towers(pooling="multiscale")
    seen = []
    towers.pooling.register_forward_pre_hook(
        lambda _, given: seen.append((given[0].dtype, torch.is_autocast_enabled("cpu")))
    )
    b = small_world.batch()
    with torch.autocast("cpu", dtype=torch.bfloat16):
        shots = towers.shot_vectors(b.pictures, b.counts)
    assert seen == [(torch.float32, False)]
    assert shots.dtype == torch.float32


def test_scale_is_held_and_bias_is_there_when_asked_for():
    towers = small_world.towers(bias=True)
    with torch.no_grad():
        towers.model.logit_scale.fill_(9.0)
    towers.hold_scale()
    assert towers.scale.item() == pytest.approx(100.0, rel=1e-5)
    towers.set_bias(-3.0)
    assert towers.bias.item() == -3.0
    with pytest.raises(ValueError, match="bias=True"):
        _ = small_world.towers().bias


def test_a_bias_that_the_model_has_is_used():
    towers = small_world.towers(small_world.RESNET | {"init_logit_bias": -10.0}, bias=True)
    assert towers.own_bias is None
    assert towers.bias is towers.model.logit_bias
