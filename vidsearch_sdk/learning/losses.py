"""Contrastive losses as pure functions of unit vectors."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional


def contrastive_loss(
    images: Tensor,
    texts: Tensor,
    *,
    scale: Tensor | float,
    other_texts: Tensor | None = None,
    ignore: Tensor | None = None,
) -> Tensor:
    """Symmetric InfoNCE: picture i and caption i belong together, every other pair of the batch does not.

    With s_ij = scale * <image_i, text_j> and n pairs the loss is

        1/2n * sum_i [ -log( exp(s_ii) / sum_j exp(s_ij) ) - log( exp(s_ii) / sum_j exp(s_ji) ) ],

    the loss of CLIP (Radford et al., "Learning Transferable Visual Models From Natural Language
    Supervision", 2021, figure 3), there after Sohn's multi-class N-pair loss (2016) and van den Oord et al.'s
    InfoNCE (2018).

    Two additions: captions that belong to no picture enlarge the sum over captions, and pairs that are known
    to fit although they were not drawn together are left out of both sums, since calling them wrong would
    teach that "a dog" is false of every dog but one.

    Args:
        images: Unit vectors of the pictures, float of shape (n, d).
        texts: Unit vectors of their captions, float of shape (n, d).
        scale: Inverse temperature, above 0.
        other_texts: Unit vectors of captions that fit none of the pictures, float of shape (m, d).
        ignore: Boolean of shape (n, n + m): True where a picture and a caption that is not its own
            fit as well. The diagonal is never ignored.

    Returns:
        The mean loss, a scalar in float32.

    Raises:
        ValueError: Shapes that do not belong together.
    """
    _check_pairs(images, texts)
    n = len(images)
    columns = texts if other_texts is None else torch.cat([texts, other_texts])
    logits = scale * images.float() @ columns.float().T
    if ignore is not None:
        logits = logits.masked_fill(_left_out(ignore, logits), -torch.inf)
    labels = torch.arange(n, device=logits.device)
    by_image = functional.cross_entropy(logits, labels)
    by_text = functional.cross_entropy(logits[:, :n].T, labels)
    return (by_image + by_text) / 2


def sigmoid_loss(
    images: Tensor,
    texts: Tensor,
    *,
    scale: Tensor | float,
    bias: Tensor | float,
    other_texts: Tensor | None = None,
    ignore: Tensor | None = None,
) -> Tensor:
    """The loss of SigLIP: for each pair by itself, whether picture and caption belong together.

    With s_ij = scale * <image_i, text_j> + bias, z_ij = 1 where i = j and -1 elsewhere, and n pairs it is

        1/n * sum_ij log( 1 + exp(-z_ij s_ij) )

    (Zhai et al., "Sigmoid Loss for Language Image Pre-Training", 2023; scale and bias are learned). It needs
    no sum over the batch, so it is less at odds with pairs that fit unnoticed.

    Args:
        images: Unit vectors of the pictures, float of shape (n, d).
        texts: Unit vectors of their captions, float of shape (n, d).
        scale: Inverse temperature, above 0.
        bias: Added to every product; far below 0 where pairs that fit are rare.
        other_texts: Unit vectors of captions that fit none of the pictures, float of shape (m, d).
        ignore: Boolean of shape (n, n + m): True where a picture and a caption that is not its own fit as
            well; such pairs take no part. The diagonal is never ignored.

    Returns:
        The loss, a scalar in float32.

    Raises:
        ValueError: Shapes that do not belong together.
    """
    _check_pairs(images, texts)
    columns = texts if other_texts is None else torch.cat([texts, other_texts])
    logits = scale * images.float() @ columns.float().T + bias
    signs = torch.full_like(logits, -1.0).fill_diagonal_(1.0)
    # softplus(-x) is -log(sigmoid(x)), without the overflow of either.
    each = functional.softplus(-signs * logits)
    if ignore is not None:
        each = each.masked_fill(_left_out(ignore, logits), 0.0)
    return each.sum() / len(images)


def balanced_bias(
    images: Tensor,
    texts: Tensor,
    *,
    scale: float,
    other_texts: Tensor | None = None,
    ignore: Tensor | None = None,
) -> float:
    """The bias at which the sigmoid loss is least, for vectors and a scale that stay as they are.

    Its derivative by the bias is, up to a factor, the number of pairs that the sigmoids expect to fit less
    the number that do. That difference rises with the bias, so its root is found by halving an interval.

    Args:
        images: As in :func:`sigmoid_loss`.
        texts: The same.
        scale: The same.
        other_texts: The same.
        ignore: The same.

    Returns:
        The bias, from -1,000 to 1,000.

    Examples:
        >>> unit = torch.eye(2)
        >>> round(balanced_bias(unit, unit, scale=20.0), 3)
        -10.0
    """
    _check_pairs(images, texts)
    columns = texts if other_texts is None else torch.cat([texts, other_texts])
    logits = (scale * images.float() @ columns.float().T).detach().double()
    takes_part = torch.ones_like(logits, dtype=torch.bool)
    if ignore is not None:
        takes_part = ~_left_out(ignore, logits)
    low, high = -1000.0, 1000.0
    for _ in range(50):
        middle = (low + high) / 2
        expected = float((torch.sigmoid(logits + middle) * takes_part).sum())
        low, high = (middle, high) if expected < len(images) else (low, middle)
    return (low + high) / 2


def distillation_loss(texts: Tensor, targets: Tensor) -> Tensor:
    """Draw captions towards the vectors that a teacher gives to the same statements.

    The mean of 1 - <text_i, target_i> over the rows that have a target; for unit vectors that is half the
    squared distance of Reimers and Gurevych, "Making Monolingual Sentence Embeddings Multilingual using
    Knowledge Distillation" (2020).

    Args:
        texts: Unit vectors, float of shape (n, d).
        targets: Unit vectors of shape (n, d); a row of zeros is a caption without a target.

    Returns:
        A scalar in float32, from 0 to 2; 0 when no caption has a target.

    Raises:
        ValueError: Shapes that do not belong together.
    """
    if texts.ndim != 2 or texts.shape != targets.shape:
        raise ValueError(
            f"each caption needs a target: given {tuple(texts.shape)} and {tuple(targets.shape)}"
        )
    has_target = (targets != 0).any(dim=1)
    apart = 1 - (texts.float() * targets.float()).sum(dim=1)
    return (apart * has_target).sum() / has_target.sum().clamp(min=1)


def _check_pairs(images: Tensor, texts: Tensor) -> None:
    if images.ndim != 2 or images.shape != texts.shape or len(images) == 0:
        raise ValueError(
            "pictures and captions come in equal numbers, one row each: "
            f"given {tuple(images.shape)} and {tuple(texts.shape)}"
        )


def _left_out(ignore: Tensor, logits: Tensor) -> Tensor:
    """What of a table of pairs takes no part: all that is to be ignored but the diagonal."""
    if ignore.shape != logits.shape:
        raise ValueError(f"ignore needs the shape {tuple(logits.shape)}: given {tuple(ignore.shape)}")
    apart = ignore.clone()
    apart[:, : len(logits)].fill_diagonal_(False)
    return apart
