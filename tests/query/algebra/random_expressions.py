"""Expressions drawn at random, the same for the same seed."""

import random
from pathlib import Path

import numpy as np

from vidsearch_sdk.query.algebra.expressions import And, During, Or, Sum, Then
from vidsearch_sdk.query.algebra.terms import Image, Says, Words, clip, image, shot, text

WORDS = [
    *(
        "a dog on a beach",
        'the "Orca"',
        "it's",
        "C:\\films\\new",
        "naïve café",
        "犬が走る",
        "a\u202eb",
        "\x07bell",
    ),
    *("AND NOT (x) - y * 2", "text('a')", "\\", "'", '"', "<3x2 pixels>", ").then(", "e\u0301", "\U000e0041"),
    *("\U0001f469\u200d\U0001f467 family", "\u0647\u200c\u0647\u0627", "half \ud83d of one"),
]
WEIGHTS = [0.1, 0.25, 0.5, 1.0, 2.0, 1 / 3, 1e-5, 12345.6789, 3, 1]


def drawn(rng: random.Random, *, files: list[Path], levels: int = 5, pixels: bool = False):
    """An expression of up to so many levels; of pictures without a file only where asked."""

    def below():
        return drawn(rng, files=files, levels=levels - 1, pixels=pixels)

    def some(most=4):
        return [below() for _ in range(rng.randint(2, most))]

    kind = rng.choice(["term", "sum", "sum", "and", "or", "then", "during"]) if levels > 1 else "term"
    if kind == "sum":
        signs = [1, *(rng.choice([1, -1]) for _ in range(3))]
        parts = [(sign * rng.choice(WEIGHTS), part) for sign, part in zip(signs, some(), strict=False)]
        # What cancels is drawn too; it is no sum.
        made = attempt(lambda: Sum.of(parts))
        return below() if made is None else made
    if kind == "and":
        return And.of(some())
    if kind == "or":
        return Or.of(some())
    if kind == "then":
        steps = some(3)
        return Then(tuple(steps), tuple(rng.choice([0.5, 20, 30, 1e6, 0.1]) for _ in steps[1:]))
    if kind == "during":
        return During(below(), below())
    return term(rng, files=files, pixels=pixels)


def term(rng: random.Random, *, files: list[Path], pixels: bool):
    words = rng.choice(WORDS)
    choices = [
        lambda: text(words),
        lambda: Words(words),
        lambda: Says(words, rng.choice([None, "en", "pt-BR"])),
        lambda: shot(f"{rng.getrandbits(64):016x}-{rng.randint(0, 9999)}"),
        lambda: clip(words.strip() or "x", *rng.choice([(), (1,), (0.1, 7.25), (None, 1e-3)])),
        lambda: image(rng.choice(files)),
    ]
    if pixels:
        height, width = rng.randint(1, 4), rng.randint(1, 4)
        pixels_drawn = np.frombuffer(rng.randbytes(height * width * 3), np.uint8).reshape(height, width, 3)
        choices.append(lambda: image(pixels_drawn))
    return rng.choice(choices)()


def attempt(make):
    from vidsearch_sdk.errors import QueryError

    try:
        return make()
    except QueryError:
        return None


def same_pictures(one, other) -> bool:
    """Whether pictures agree in their pixels too, which a comparison leaves to the digest."""
    pairs = zip(one.terms(), other.terms(), strict=True)
    return all(np.array_equal(a.pixels, b.pixels) for a, b in pairs if isinstance(a, Image))
