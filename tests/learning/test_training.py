"""The loop learns, repeats itself, and goes on after an interruption as if there had been none."""

from contextlib import suppress

import pytest
import torch

from vidsearch_sdk.encoding.untrained import new_model
from vidsearch_sdk.errors import DamagedError
from vidsearch_sdk.learning.options import TrainingOptions
from vidsearch_sdk.learning.training import Batch, train

CONFIG = {
    "embed_dim": 16,
    "vision_cfg": {"image_size": 32, "layers": [1, 1, 1, 1], "width": 8, "head_width": 32},
    "text_cfg": {"context_length": 6, "vocab_size": 40, "width": 16, "heads": 2, "layers": 1},
}
OPTIONS = TrainingOptions(
    steps=8, learning_rate=5e-3, warmup_steps=2, image_precision="f32", text_precision="f32"
)


@pytest.fixture(autouse=True)
def _one_thread():
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    with torch.random.fork_rng(devices=[]):
        yield
    torch.set_num_threads(before)


def _batch(number, size=12):
    # Eight colors, each with a word of its own.
    generator = torch.Generator().manual_seed(number)
    kinds = torch.randperm(8, generator=generator)[:size] if size <= 8 else torch.arange(size) % 8
    colors = torch.tensor([[k & 1, k >> 1 & 1, k >> 2 & 1] for k in kinds.tolist()]).float()
    pictures = colors[:, :, None, None] + 0.3 * torch.randn(len(kinds), 3, 32, 32, generator=generator)
    texts = torch.zeros(len(kinds), 6, dtype=torch.long)
    texts[:, 0], texts[:, 1], texts[:, 2] = 38, kinds + 1, 39
    same = kinds[:, None] == kinds[None, :]
    return Batch(pictures, texts, ignore=same)


def _batches(first):
    number = first
    while True:
        yield _batch(number)
        number += 1


def _model():
    return new_model(CONFIG, seed=0)


def _weights(model):
    return torch.cat([value.float().flatten() for value in model.state_dict().values()])


def test_it_learns_which_word_belongs_to_which_color():
    model = _model()
    options = TrainingOptions(
        steps=60, learning_rate=5e-3, warmup_steps=5, image_precision="f32", text_precision="f32"
    )
    report = train(model, _batches, options=options)
    assert report.steps == 60
    assert len(report.losses) == 60
    assert report.losses[-1] < 0.4 * report.losses[0]
    assert not model.training
    batch = _batch(9999, size=8)
    with torch.inference_mode():
        scores = (
            model.encode_image(batch.pictures, normalize=True)
            @ model.encode_text(batch.texts, normalize=True).T
        )
    assert (scores.argmax(dim=1) == torch.arange(8)).float().mean() > 0.8


def test_two_runs_of_one_seed_agree_to_the_bit():
    weights, losses = [], []
    for _ in range(2):
        model = _model()
        losses.append(train(model, _batches, options=OPTIONS).losses)
        weights.append(_weights(model))
    assert losses[0] == losses[1]
    assert torch.equal(*weights)


def test_a_run_that_was_cut_off_ends_like_one_that_was_not(tmp_path):
    options = TrainingOptions(
        steps=8,
        learning_rate=5e-3,
        warmup_steps=2,
        checkpoint_every=3,
        image_precision="f32",
        text_precision="f32",
    )
    whole = _model()
    expected = train(whole, _batches, options=options)

    def cut_off(first):
        for number in range(first, 5):
            yield _batch(number)
        raise KeyboardInterrupt

    checkpoint = tmp_path / "run.safetensors"
    with suppress(KeyboardInterrupt):
        train(_model(), cut_off, options=options, checkpoint=checkpoint)
    assert checkpoint.exists()
    # Other first weights: everything must come from the checkpoint.
    resumed = new_model(CONFIG, seed=99)
    seen = []

    def noted(first):
        seen.append(first)
        return _batches(first)

    report = train(resumed, noted, options=options, checkpoint=checkpoint)
    assert seen == [3]
    assert report.losses == expected.losses
    assert torch.equal(_weights(resumed), _weights(whole))


def test_a_finished_run_does_nothing_more(tmp_path):
    checkpoint = tmp_path / "run.safetensors"
    model = _model()
    train(model, _batches, options=OPTIONS, checkpoint=checkpoint)
    again = new_model(CONFIG, seed=99)
    report = train(again, _batches, options=OPTIONS, checkpoint=checkpoint)
    assert report.steps == 8
    assert torch.equal(_weights(again), _weights(model))


def test_a_checkpoint_of_other_options_is_refused(tmp_path):
    checkpoint = tmp_path / "run.safetensors"
    train(_model(), _batches, options=OPTIONS, checkpoint=checkpoint)
    other = TrainingOptions(
        steps=9, learning_rate=5e-3, warmup_steps=2, image_precision="f32", text_precision="f32"
    )
    with pytest.raises(ValueError, match=r"other options \(steps\)"):
        train(_model(), _batches, options=other, checkpoint=checkpoint)


def test_a_damaged_checkpoint_is_named(tmp_path):
    checkpoint = tmp_path / "run.safetensors"
    train(_model(), _batches, options=OPTIONS, checkpoint=checkpoint)
    checkpoint.write_bytes(checkpoint.read_bytes()[:-1000])
    with pytest.raises(DamagedError, match=r"run\.safetensors"):
        train(_model(), _batches, options=OPTIONS, checkpoint=checkpoint)


def test_batches_that_end_early_are_an_error():
    with pytest.raises(ValueError, match="ended before 8 steps"):
        train(_model(), lambda first: iter([_batch(n) for n in range(first, 5)]), options=OPTIONS)


def test_evaluations_come_when_due_with_the_model_at_rest():
    seen = []

    def evaluate(model):
        seen.append((model.training, torch.is_grad_enabled()))
        return {"figure": float(len(seen))}

    options = TrainingOptions(
        steps=8, warmup_steps=2, evaluate_every=3, image_precision="f32", text_precision="f32"
    )
    report = train(_model(), _batches, options=options, evaluate=evaluate)
    assert seen == [(False, False)] * 3
    assert [step for step, _ in report.evaluations] == [3, 6, 8]
    assert report.evaluations[-1][1] == {"figure": 3.0}


def test_accumulation_averages_batches():
    # Two equal batches per step are one step on that batch, up to batch norm's running figures.
    def twice(first):
        number = first // 2
        while True:
            yield _batch(number)
            yield _batch(number)
            number += 1

    once = train(_model(), _batches, options=OPTIONS).losses
    options = TrainingOptions(
        steps=8, learning_rate=5e-3, warmup_steps=2, accumulate=2, image_precision="f32", text_precision="f32"
    )
    assert train(_model(), twice, options=options).losses == pytest.approx(once, rel=1e-3)


def test_the_temperature_stays_below_its_limit():
    model = _model()
    options = TrainingOptions(
        steps=3, warmup_steps=0, largest_scale=5.0, image_precision="f32", text_precision="f32"
    )
    train(model, _batches, options=options)
    assert model.logit_scale.exp().item() <= 5.0 + 1e-4


def test_bf16_learns_the_same_lesson():
    losses = []
    for precision in ("f32", "bf16"):
        options = TrainingOptions(
            steps=20, learning_rate=5e-3, warmup_steps=2, image_precision=precision, text_precision=precision
        )
        losses.append(train(_model(), _batches, options=options).losses)
    assert losses[1] != losses[0]
    assert losses[1][-1] == pytest.approx(losses[0][-1], abs=0.3)


def test_a_batch_without_a_caption_for_each_picture_is_refused():
    with pytest.raises(ValueError, match="3 pictures came with 2 captions"):
        Batch(torch.zeros(3, 3, 8, 8), torch.zeros(2, 6, dtype=torch.long))


def test_a_teacher_draws_captions_to_its_vectors():
    teacher = torch.nn.functional.normalize(torch.randn(8, 16, generator=torch.Generator().manual_seed(3)))

    def with_targets(first):
        for batch in _batches(first):
            kinds = batch.texts[:, 1] - 1
            yield Batch(
                batch.pictures, batch.texts, ignore=batch.ignore, targets=teacher[kinds], target_weight=20
            )

    def apart(batches):
        model = _model()
        train(model, batches, options=OPTIONS)
        batch = _batch(77, size=8)
        with torch.inference_mode():
            texts = model.encode_text(batch.texts, normalize=True)
        return float((1 - (texts * teacher[batch.texts[:, 1] - 1]).sum(dim=1)).mean())

    assert apart(with_targets) < apart(_batches) - 0.3
