"""Small untrained towers and made-up batches that tests of training share."""

import copy

import torch

from vidsearch_sdk.encoding.preprocessing import Preprocessing
from vidsearch_sdk.encoding.temporal_pooling import new_pooling
from vidsearch_sdk.encoding.untrained import new_model
from vidsearch_sdk.learning.batches import ShotBatch
from vidsearch_sdk.learning.towers import ShotTowers

CONTEXT = 12
_TEXT = {"context_length": CONTEXT, "vocab_size": 400, "width": 32, "heads": 2, "layers": 2}
RESNET = {
    "embed_dim": 16,
    "vision_cfg": {"image_size": 32, "layers": [1, 1, 1, 1], "width": 8, "head_width": 32},
    "text_cfg": _TEXT,
}
VIT = {
    "embed_dim": 16,
    "vision_cfg": {"image_size": 32, "patch_size": 16, "layers": 2, "width": 32, "head_width": 16},
    "text_cfg": _TEXT,
}
PREPROCESSING = Preprocessing((32, 32), mean=(0.5, 0.5, 0.5), std=(0.25, 0.25, 0.25))


def model(config=RESNET):
    """A model whose batch norms have seen something, so that they are no mere identity."""
    found = new_model(config, seed=0)
    with torch.random.fork_rng(devices=[]), torch.no_grad():
        torch.manual_seed(1)
        for name, one in found.named_parameters():
            if name.endswith("bn3.weight"):
                one.fill_(1.0)  # open_clip starts blocks at zero: nothing below the last layer would learn
        found.encode_image(torch.randn(32, 3, 32, 32) + 0.3)
    return found.eval().requires_grad_(False)


def towers(config=RESNET, *, pooling=None, bias=False, of=None):
    found = copy.deepcopy(of) if of is not None else model(config)
    learned = new_pooling(pooling, 16, seed=0) if pooling else None
    made = ShotTowers(found, PREPROCESSING, pooling=learned, bias=bias)
    if bias:
        made.set_bias(-1.0)  # at -10 pairs that do not belong together would hardly count
    return made


def batch(n=7, *, seed=0):
    """Pairs with uneven frames, one shot and one text twice."""
    random = torch.Generator().manual_seed(seed)
    counts = torch.randint(1, 6, (n,), generator=random)
    tokens = torch.zeros(n, CONTEXT, dtype=torch.int64)
    tokens[:, :5] = torch.randint(1, 390, (n, 5), generator=random)
    tokens[:, 5] = 399  # CLIP reads a text's vector where the largest token is
    shots, texts = torch.arange(n), torch.arange(n)
    if n > 5:
        shots[3], texts[5] = shots[1], texts[2]
        tokens[5] = tokens[2]
    pictures = torch.randint(0, 256, (int(counts.sum()), 3, 32, 32), generator=random, dtype=torch.uint8)
    return ShotBatch(pictures, counts, tokens, shots, texts)


def part_of(whole, rows):
    """Some consecutive pairs of a batch."""
    ends = [0, *whole.counts.cumsum(0).tolist()]
    frames = slice(ends[rows.start], ends[rows.stop])
    rest = (x[rows] for x in (whole.counts, whole.tokens, whole.shots, whole.texts))
    return ShotBatch(whole.pictures[frames], *rest)


def fits(n):
    """Which texts are true of which shots all the same, made up."""
    return torch.rand(n, n, generator=torch.Generator().manual_seed(4)) < 0.2


def gradients(of):
    return {name: one.grad.clone() for name, one in of.named_parameters() if one.grad is not None}


def shake(of):
    """Give additions that start at zero a value, as if they had been trained."""
    with torch.random.fork_rng(devices=[]), torch.no_grad():
        torch.manual_seed(2)
        for name, one in of.named_parameters():
            if "lora_B" in name or name.endswith(".rows"):
                one.normal_(std=0.05)
