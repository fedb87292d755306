"""Gradients in parts are those of one plain pass."""

import math

import pytest
import torch

from tests.learning import small_world
from vidsearch_sdk.learning.gradients import accumulate, start_bias
from vidsearch_sdk.learning.losses import contrastive_loss, sigmoid_loss
from vidsearch_sdk.learning.trainable import prepare


@pytest.fixture(autouse=True)
def _one_thread():
    torch.set_num_threads(1)


def _prepared(config, train, loss, pooling=None):
    towers = small_world.towers(config, pooling=pooling, bias=loss == "sigmoid")
    prepare(towers, train, rank=4, tokens=range(1, 50), bias=loss == "sigmoid")
    small_world.shake(towers)
    return towers


def _plain(towers, batch, loss, fits=False):
    """What accumulate is held against: one pass, written out."""
    towers.zero_grad(set_to_none=True)
    shots, texts = towers(batch.pictures, batch.counts, batch.tokens)
    same = (batch.shots[:, None] == batch.shots) | (batch.texts[:, None] == batch.texts) | fits
    if loss == "sigmoid":
        value = sigmoid_loss(shots, texts, scale=towers.scale, bias=towers.bias, ignore=same)
    else:
        value = contrastive_loss(shots, texts, scale=towers.scale, ignore=same)
    value.backward()
    return value.item(), small_world.gradients(towers)


@pytest.mark.parametrize("pooling", [None, "attention"])
@pytest.mark.parametrize("loss", ["contrastive", "sigmoid"])
@pytest.mark.parametrize("train", ["head", "lora", "all"])
@pytest.mark.parametrize("config", [small_world.RESNET, small_world.VIT], ids=["resnet", "vit"])
def test_any_division_gives_the_gradients_of_a_plain_pass(config, train, loss, pooling):
    towers = _prepared(config, train, loss, pooling)
    batch = small_world.batch()
    value, expected = _plain(towers, batch, loss)
    largest = max(one.abs().max().item() for one in expected.values())
    for micro_batch in (None, 100, 3, 1):
        found = accumulate(towers, batch, loss=loss, micro_batch=micro_batch, precision="f32")
        assert found == pytest.approx(value, abs=1e-5)
        gradients = small_world.gradients(towers)
        assert gradients.keys() == expected.keys()
        for name, one in gradients.items():
            assert (one - expected[name]).abs().max() <= 1e-5 * max(1.0, largest), name


@pytest.mark.parametrize("loss", ["contrastive", "sigmoid"])
def test_what_fits_unpaired_is_no_negative(loss):
    towers = _prepared(small_world.VIT, "all", loss)
    batch, fits = small_world.batch(), small_world.fits(7)
    value, expected = _plain(towers, batch, loss, fits)
    assert abs(value - _plain(towers, batch, loss)[0]) > 1e-3
    found = accumulate(towers, batch, loss=loss, micro_batch=2, precision="f32", fits=fits)
    assert found == pytest.approx(value, abs=1e-5)
    for name, one in small_world.gradients(towers).items():
        assert (one - expected[name]).abs().max() <= 1e-5 * max(1.0, expected[name].abs().max()), name


def test_without_the_whole_batch_the_gradients_would_be_others():
    """The negatives of other parts count: adding up the parts' own losses is something else."""
    towers = _prepared(small_world.VIT, "all", "contrastive")
    batch = small_world.batch()
    accumulate(towers, batch, micro_batch=3, precision="f32")
    whole = small_world.gradients(towers)
    parts = [small_world.part_of(batch, slice(start, min(7, start + 3))) for start in (0, 3, 6)]
    summed = {}
    for part in parts:
        accumulate(towers, part, precision="f32")
        for name, one in small_world.gradients(towers).items():
            summed[name] = summed.get(name, 0) + one / 3
    assert max((summed[name] - one).abs().max().item() for name, one in whole.items()) > 1e-2


def test_the_same_batch_gives_the_same_bits():
    towers = _prepared(small_world.RESNET, "lora", "contrastive", "multiscale")
    batch = small_world.batch()
    results = []
    for _ in range(2):
        value = accumulate(towers, batch, micro_batch=2, precision="bf16")
        results.append((value, small_world.gradients(towers)))
        # A different batch in between must leave nothing behind.
        accumulate(towers, small_world.batch(5, seed=3), precision="f32")
    assert results[0][0] == results[1][0]
    assert all(torch.equal(one, results[1][1][name]) for name, one in results[0][1].items())


def test_bf16_is_near_f32():
    towers = _prepared(small_world.RESNET, "all", "contrastive")
    batch = small_world.batch()
    exact = accumulate(towers, batch, micro_batch=4, precision="f32")
    whole = torch.cat([one.flatten() for one in small_world.gradients(towers).values()])
    assert accumulate(towers, batch, micro_batch=4, precision="bf16") == pytest.approx(exact, abs=0.1)
    rounded = torch.cat([one.flatten() for one in small_world.gradients(towers).values()])
    assert rounded.dtype == torch.float32
    assert torch.cosine_similarity(whole, rounded, dim=0) > 0.98
    assert not torch.equal(whole, rounded)


def test_memory_of_one_part_is_enough():
    """No more than one part's pictures are in a graph at once."""
    towers = _prepared(small_world.RESNET, "all", "contrastive")
    with_graph = []
    towers.model.visual.register_forward_hook(
        lambda _, given, out: with_graph.append(len(given[0])) if out.requires_grad else None
    )
    batch = small_world.batch(9)
    accumulate(towers, batch, micro_batch=2, precision="f32")
    counts = batch.counts.tolist()
    sizes = [sum(counts[start : start + 2]) for start in range(0, 9, 2)]
    # The last part keeps the graph of its first pass; the others are made anew, one after the other.
    assert with_graph == [sizes[-1], *sizes[-2::-1]]


def test_a_loss_that_is_no_number_is_returned_and_leaves_no_gradients():
    towers = _prepared(small_world.RESNET, "all", "contrastive")
    with torch.no_grad():
        towers.model.visual.conv1.weight[0, 0, 0, 0] = torch.nan
    for micro_batch in (None, 2):
        assert math.isnan(accumulate(towers, small_world.batch(), micro_batch=micro_batch))
        assert small_world.gradients(towers) == {}


def test_a_balanced_start_of_the_sigmoid_loss():
    towers = _prepared(small_world.RESNET, "all", "sigmoid")
    batch = small_world.batch()
    found = start_bias(towers, batch, micro_batch=2, precision="f32")
    assert towers.bias.item() == pytest.approx(found, abs=1e-4)
    accumulate(towers, batch, loss="sigmoid", precision="f32")
    assert abs(towers.bias.grad.item()) < 1e-4


@pytest.mark.parametrize(
    ("wrong", "said"), [({"loss": "triplet"}, "loss must be one of"), ({"micro_batch": 0}, "micro_batch")]
)
def test_what_cannot_be_is_refused(wrong, said):
    with pytest.raises(ValueError, match=said):
        accumulate(small_world.towers(), small_world.batch(), **wrong)


def test_a_batch_without_pairs_is_refused():
    empty = small_world.part_of(small_world.batch(), slice(0, 0))
    with pytest.raises(ValueError, match="without a pair"):
        accumulate(_prepared(small_world.RESNET, "all", "contrastive"), empty)
