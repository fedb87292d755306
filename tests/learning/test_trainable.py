"""What trains gets gradients, and what comes out is a plain open_clip model."""

import copy

import open_clip
import pytest
import torch
from peft.tuners.lora import LoraLayer

import vidsearch_sdk as vs
from tests.learning import small_world
from vidsearch_sdk.encoding.loading import build_model
from vidsearch_sdk.encoding.preprocessing import Preprocessing
from vidsearch_sdk.errors import EncoderError
from vidsearch_sdk.learning.encoder_folder import write_encoder_folder
from vidsearch_sdk.learning.gradients import accumulate
from vidsearch_sdk.learning.towers import ShotTowers
from vidsearch_sdk.learning.trainable import merged_state, parameter_groups, prepare

_CASES = pytest.mark.parametrize("config", [small_world.RESNET, small_world.VIT], ids=["resnet", "vit"])


@pytest.fixture(autouse=True)
def _one_thread():
    torch.set_num_threads(1)


def _vectors(towers, batch):
    with torch.no_grad():
        return torch.cat(towers(batch.pictures, batch.counts, batch.tokens))


@_CASES
@pytest.mark.parametrize("train", ["head", "lora", "all"])
def test_nothing_moves_before_training_and_everything_that_trains_gets_a_gradient(config, train):
    batch = small_world.batch()
    towers = small_world.towers(config, pooling="attention")
    before = _vectors(towers, batch)
    found = prepare(towers, train, rank=4, tokens=batch.tokens[:, :6].flatten().tolist())
    assert (_vectors(towers, batch) - before).abs().max() < 1e-6
    small_world.shake(towers)
    with torch.no_grad():
        towers.pooling.out.weight.normal_(std=0.1)
    accumulate(towers, batch, precision="f32")
    grads = small_world.gradients(towers)
    assert set(grads) == set(found.names)
    still = [name for name, one in grads.items() if not one.any()]
    # Keys' biases shift all products of one query alike, which no softmax sees.
    assert [name for name in still if "k_proj.bias" not in name] == []
    assert 0 < found.trained <= found.total
    assert str(found).endswith(f"({train})")


@_CASES
def test_low_rank_reaches_both_towers_and_is_small(config):
    towers = small_world.towers(config)
    found = prepare(towers, "lora", rank=2)
    added = [name for name in found.names if ".lora_" in name]
    assert any(name.startswith("model.visual.") for name in added)
    assert any(".attn.lora_" in name for name in added)
    assert any("mlp.c_fc.lora_" in name for name in added)
    # Read by a function, never called: an addition to them would do nothing.
    assert not [name for name in added if "out_proj" in name or "attnpool" in name]
    assert found.trained < 0.5 * found.total
    for module in towers.modules():
        if isinstance(module, LoraLayer):
            into = sum(one.numel() for one in (*module.lora_A.parameters(), *module.lora_B.parameters()))
            base = module.get_base_layer()
            assert into < getattr(base, getattr(module, "parameter_name", "weight")).numel()


@_CASES
@pytest.mark.parametrize("train", ["head", "lora", "all"])
def test_merged_weights_are_a_plain_model_that_sees_the_same(config, train):
    batch = small_world.batch()
    plain = small_world.model(config)
    towers = small_world.towers(of=plain)
    prepare(towers, train, rank=4, tokens=[1, 2, *batch.tokens[:, 0].tolist()])
    small_world.shake(towers)
    trained = {name: one.detach().clone() for name, one in towers.state_dict().items()}
    merged = merged_state(towers.model)
    again = copy.deepcopy(plain)
    expected = plain.state_dict()
    assert {name: (one.shape, one.dtype) for name, one in merged.items()} == {
        name: (one.shape, one.dtype) for name, one in expected.items()
    }
    again.load_state_dict(merged)
    seen = _vectors(small_world.towers(of=again), batch)
    assert (seen - _vectors(towers, batch)).abs().max() < 1e-6
    moved = (seen - _vectors(small_world.towers(of=plain), batch)).abs().max()
    assert (moved > 1e-2) == (train != "head"), "only what was shaken differs from the start"
    for name, one in towers.state_dict().items():
        assert torch.equal(one, trained[name]), f"merging changed {name}"
    assert not any(one.requires_grad for one in merged.values())


@_CASES
def test_many_passes_leave_frozen_weights_to_the_bit(config):
    towers = small_world.towers(config)
    found = prepare(towers, "lora", rank=4, tokens=[5, 7])
    small_world.shake(towers)
    frozen = {name: one.clone() for name, one in towers.state_dict().items()}
    for seed in range(5):
        accumulate(towers, small_world.batch(3, seed=seed), micro_batch=2, precision="bf16")
    assert all(torch.equal(one, frozen[name]) for name, one in towers.state_dict().items())
    assert any(name not in found.names for name in frozen)


def test_only_the_rows_of_the_new_words_move():
    towers = small_world.towers()
    before = merged_state(towers.model)["token_embedding.weight"]
    prepare(towers, "lora", tokens=[3, 9, 9])
    small_world.shake(towers)
    after = merged_state(towers.model)["token_embedding.weight"]
    assert (after != before).any(dim=1).nonzero().flatten().tolist() == [3, 9]
    with pytest.raises(ValueError, match="from 0 to 399"):
        prepare(small_world.towers(), "lora", tokens=[400])


def test_rows_of_the_texts_words_learn_what_the_whole_table_would():
    batches = [small_world.batch(seed=seed) for seed in range(3)]
    learned = []
    for tokens in ((), torch.cat([one.tokens.flatten() for one in batches]).tolist()):
        towers = small_world.towers()
        found = prepare(towers, "all", tokens=tokens)
        optimizer = torch.optim.AdamW(parameter_groups(towers, weight_decay=0.1), lr=1e-3)
        for one in batches:
            accumulate(towers, one, precision="f32")
            optimizer.step()
        table = merged_state(towers.model)["token_embedding.weight"]
        learned.append((found.trained, table, _vectors(towers, batches[0])))
    (most, table, seen), (few, same_table, same_seen) = learned
    assert few < most
    start = small_world.model().state_dict()["token_embedding.weight"]
    assert (table - start).abs().max() > 1e-3
    assert (table - same_table).abs().max() < 1e-5
    assert (seen - same_seen).abs().max() < 1e-4


def test_a_seed_gives_the_same_additions_and_leaves_the_random_state():
    torch.manual_seed(5)
    expected = torch.rand(1)
    torch.manual_seed(5)
    states = []
    for seed in (1, 1, 2):
        towers = small_world.towers()
        prepare(towers, "lora", seed=seed)
        states.append(torch.cat([one.flatten() for one in towers.parameters() if one.requires_grad]))
    assert torch.equal(torch.rand(1), expected)
    assert torch.equal(states[0], states[1])
    assert not torch.equal(states[0], states[2])


def test_words_and_vectors_are_not_decayed():
    towers = small_world.towers(pooling="attention")
    prepare(towers, "all")
    decayed, free = parameter_groups(towers, weight_decay=0.2)
    names = {id(one): name for name, one in towers.named_parameters()}
    assert decayed["weight_decay"] == 0.2
    assert free["weight_decay"] == 0.0
    kept = {names[id(one)] for one in free["params"]}
    assert {"model.token_embedding.weight", "model.positional_embedding", "model.logit_scale"} <= kept
    assert all(one.ndim >= 2 for one in decayed["params"])
    assert len(kept) + len(decayed["params"]) == len(list(towers.parameters()))


def test_the_models_own_bias_trains_with_the_sigmoid_loss_only():
    for bias in (False, True):
        towers = small_world.towers(small_world.RESNET | {"init_logit_bias": -10.0}, bias=bias)
        for train in ("head", "all"):
            found = prepare(towers, train, bias=bias)
            assert ("model.logit_bias" in found.names) == bias


@pytest.mark.parametrize(
    "name", ["ViT-B-32", "RN50", "PE-Core-B-16", "ViT-B-16-SigLIP2", "convnext_base_w", "MobileCLIP-S1"]
)
def test_the_last_projections_of_known_architectures_are_found(name):
    with torch.device("meta"):
        model = build_model(open_clip.get_model_config(name))
    with torch.device("meta"):
        towers = ShotTowers(model, Preprocessing((224, 224)))
    found = prepare(towers, "head")
    assert any(".visual." in one for one in found.names)
    assert any("text_projection" in one for one in found.names)
    assert found.trained < 0.1 * found.total


def test_what_cannot_be_is_refused():
    with pytest.raises(ValueError, match="head, lora, all"):
        prepare(small_world.towers(), "everything")
    with pytest.raises(ValueError, match="rank"):
        prepare(small_world.towers(), "lora", rank=0)
    with pytest.raises(EncoderError, match="smaller rank"):
        prepare(small_world.towers(), "lora", rank=4096)
    towers = small_world.towers(small_world.VIT)
    del towers.model.visual.proj
    with pytest.raises(EncoderError, match="picture tower is not known"):
        prepare(towers, "head")


def test_the_sample_encoder_tuned_with_additions_is_an_encoder(tmp_path):
    encoder = vs.Encoder("sample", dtype="f32", device="cpu")
    source, loaded = encoder.fresh()
    towers = ShotTowers(loaded.model, loaded.preprocessing)
    tokens = torch.as_tensor(loaded.tokenizer(["a blimmorf in the snow"]))
    found = prepare(towers, "lora", tokens=tokens[tokens > 0].tolist())
    assert 50_000 < found.trained < 0.05 * found.total
    small_world.shake(towers)
    plain = build_model(source.config)
    plain.load_state_dict(merged_state(towers.model))
    folder = write_encoder_folder(
        tmp_path / "tuned",
        plain,
        model_config=source.config,
        preprocess_config=source.preprocess,
        card="# Tuned\n",
    )
    tuned = vs.Encoder(folder, dtype="f32", device="cpu")
    assert tuned.fingerprint != encoder.fingerprint
    with torch.no_grad():
        expected = towers.text_vectors(tokens)
    assert abs(tuned.encode_texts(["a blimmorf in the snow"]) - expected.numpy()).max() < 1e-5
