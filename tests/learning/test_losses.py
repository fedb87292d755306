"""The loss against open_clip's own, against its formula, and in what it leaves out."""

import pytest
import torch
from open_clip.loss import ClipLoss, SigLipLoss
from torch.nn import functional

from vidsearch_sdk.learning.losses import (
    balanced_bias,
    contrastive_loss,
    distillation_loss,
    sigmoid_loss,
)


def _unit(n, d, seed):
    return functional.normalize(torch.randn(n, d, generator=torch.Generator().manual_seed(seed)), dim=-1)


def test_plain_pairs_give_the_loss_of_clip():
    images, texts, scale = _unit(16, 8, 0), _unit(16, 8, 1), torch.tensor(14.0)
    assert contrastive_loss(images, texts, scale=scale).item() == pytest.approx(
        ClipLoss()(images, texts, scale).item(), abs=1e-6
    )


def test_gradients_are_those_of_clip_too():
    grads = []
    for loss in (
        lambda i, t: contrastive_loss(i, t, scale=20.0),
        lambda i, t: ClipLoss()(i, t, torch.tensor(20.0)),
    ):
        images, texts = _unit(9, 4, 0).requires_grad_(), _unit(9, 4, 1).requires_grad_()
        loss(images, texts).backward()
        grads.append(torch.cat([images.grad, texts.grad]))
    assert torch.allclose(*grads, atol=1e-6)


def test_other_texts_enlarge_only_the_sum_over_captions():
    images, texts, others = _unit(5, 6, 0), _unit(5, 6, 1), _unit(7, 6, 2)
    scores = 10 * images @ torch.cat([texts, others]).T
    own = scores.diagonal()
    by_image = (torch.logsumexp(scores, dim=1) - own).mean()
    by_text = (torch.logsumexp(scores[:, :5], dim=0) - own).mean()
    loss = contrastive_loss(images, texts, scale=10.0, other_texts=others)
    assert loss.item() == pytest.approx(((by_image + by_text) / 2).item(), abs=1e-5)


def test_ignored_pairs_take_no_part():
    images, texts = _unit(6, 8, 0), _unit(6, 8, 1)
    texts[3] = texts[1]
    ignore = torch.zeros(6, 6, dtype=torch.bool)
    ignore[1, 3] = ignore[3, 1] = True
    images.requires_grad_()
    masked = contrastive_loss(images, texts, scale=10.0, ignore=ignore)
    scores = (10 * images @ texts.T).detach()
    scores[1, 3] = scores[3, 1] = -torch.inf
    own = scores.diagonal()
    rows, columns = torch.logsumexp(scores, dim=1) - own, torch.logsumexp(scores, dim=0) - own
    assert masked.item() == pytest.approx(((rows + columns) / 2).mean().item(), abs=1e-5)
    masked.backward()
    assert torch.isfinite(images.grad).all()


def test_a_picture_is_never_kept_from_its_own_caption():
    images, texts = _unit(4, 8, 0), _unit(4, 8, 1)
    everything = torch.ones(4, 4, dtype=torch.bool)
    assert contrastive_loss(images, texts, scale=10.0, ignore=everything).item() == pytest.approx(0.0)
    assert everything.all(), "the caller's table is left as it was"


def test_bf16_vectors_are_compared_in_f32():
    images, texts = _unit(8, 8, 0), _unit(8, 8, 1)
    loss = contrastive_loss(images.bfloat16(), texts.bfloat16(), scale=10.0)
    assert loss.dtype == torch.float32
    assert loss.item() == pytest.approx(contrastive_loss(images, texts, scale=10.0).item(), abs=0.05)


def test_shapes_that_do_not_belong_together_are_refused():
    with pytest.raises(ValueError, match="equal numbers"):
        contrastive_loss(_unit(3, 4, 0), _unit(2, 4, 1), scale=1.0)
    with pytest.raises(ValueError, match="ignore needs the shape"):
        contrastive_loss(
            _unit(3, 4, 0), _unit(3, 4, 1), scale=1.0, ignore=torch.zeros(3, 4, dtype=torch.bool)
        )


def test_distillation_is_half_the_squared_distance_of_what_has_a_target():
    texts, targets = _unit(6, 8, 0), _unit(6, 8, 1)
    half = ((texts - targets) ** 2).sum(dim=1) / 2
    assert distillation_loss(texts, targets).item() == pytest.approx(half.mean().item(), abs=1e-6)
    targets[2:4] = 0
    rest = half[[0, 1, 4, 5]].mean().item()
    assert distillation_loss(texts, targets).item() == pytest.approx(rest, abs=1e-6)
    assert distillation_loss(texts, texts).item() == pytest.approx(0, abs=1e-6)
    assert distillation_loss(texts, torch.zeros(6, 8)).item() == 0


def test_distillation_needs_a_target_for_each_caption():
    with pytest.raises(ValueError, match="target"):
        distillation_loss(_unit(3, 4, 0), _unit(2, 4, 1))


def test_plain_pairs_give_the_loss_of_siglip_and_its_gradients():
    results = []
    for loss in (
        lambda i, t: sigmoid_loss(i, t, scale=12.0, bias=-9.0),
        lambda i, t: SigLipLoss()(i, t, torch.tensor(12.0), torch.tensor(-9.0)),
    ):
        images, texts = _unit(9, 4, 0).requires_grad_(), _unit(9, 4, 1).requires_grad_()
        value = loss(images, texts)
        value.backward()
        results.append(torch.cat([value.detach().view(1), images.grad.flatten(), texts.grad.flatten()]))
    assert torch.allclose(*results, atol=1e-6)


def test_the_sigmoid_loss_is_its_formula_with_other_texts_and_without_ignored_pairs():
    images, texts, others = _unit(5, 6, 0), _unit(5, 6, 1), _unit(3, 6, 2)
    ignore = torch.zeros(5, 8, dtype=torch.bool)
    ignore[1, 3] = ignore[2, 6] = ignore[4, 4] = True
    total = 0.0
    for i in range(5):
        for j, column in enumerate(torch.cat([texts, others])):
            if not ignore[i, j] or i == j:
                score = 10 * float(images[i] @ column) - 3
                total += float(torch.log1p(torch.exp(torch.tensor(-score if i == j else score))))
    loss = sigmoid_loss(images, texts, scale=10.0, bias=-3.0, other_texts=others, ignore=ignore)
    assert loss.item() == pytest.approx(total / 5, abs=1e-5)


def test_sigmoids_do_not_overflow():
    images = _unit(3, 4, 0).requires_grad_()
    loss = sigmoid_loss(images, -images.detach(), scale=1e4, bias=0.0)
    loss.backward()
    assert torch.isfinite(loss)
    assert torch.isfinite(images.grad).all()


def test_the_balanced_bias_is_where_the_loss_has_no_slope():
    images, texts = _unit(16, 8, 0), _unit(16, 8, 1)
    ignore = torch.rand(16, 16, generator=torch.Generator().manual_seed(2)) < 0.2
    bias = torch.tensor(balanced_bias(images, texts, scale=30.0, ignore=ignore), requires_grad=True)
    sigmoid_loss(images, texts, scale=30.0, bias=bias, ignore=ignore).backward()
    assert abs(bias.grad.item()) < 1e-5
    assert abs(bias.item()) > 1


def test_the_sigmoid_loss_refuses_what_does_not_belong_together():
    with pytest.raises(ValueError, match="equal numbers"):
        sigmoid_loss(_unit(3, 4, 0), _unit(2, 4, 1), scale=1.0, bias=0.0)
    with pytest.raises(ValueError, match="ignore needs the shape"):
        sigmoid_loss(
            _unit(3, 4, 0), _unit(3, 4, 1), scale=1.0, bias=0.0, ignore=torch.zeros(2, 3, dtype=torch.bool)
        )
