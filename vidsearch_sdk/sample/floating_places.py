"""Places without a ground. Each draws itself onto two canvases and returns its light."""

from __future__ import annotations

import numpy as np

from vidsearch_sdk.sample.canvas import Canvas
from vidsearch_sdk.sample.scenery import Light, tuft


def space(far: Canvas, _near: Canvas, night: bool) -> Light:
    """Planets; the day is the lit side, with a sun and a bright nebula."""
    rng = far.rng
    if night:
        far.gradient((3, 3, 12), (8, 8, 26), (4, 4, 16))
        far.stars(150, bottom=1.0)
    else:
        far.gradient((58, 32, 108), (112, 58, 152), (66, 50, 138))
        far.stars(60, bottom=1.0)
        for _ in range(3):
            hue = [(255, 130, 190), (120, 150, 255), (255, 190, 120)][int(rng.integers(3))]
            far.glow(rng.uniform(0, 1), rng.uniform(0, 1), rng.uniform(0.4, 0.7), hue, 0.45)
        x = rng.uniform(0.1, 0.9)
        far.glow(x, 0.14, 0.6, (255, 226, 150), 0.9)
        far.disc(x, 0.14, 0.1, (255, 240, 190))
    dim = 0.6 if night else 1.0
    far.emoji(
        "🪐",
        rng.uniform(0.08, 0.92),
        rng.uniform(0.3, 0.5),
        rng.uniform(0.16, 0.26),
        flip=rng.random() < 0.5,
        dim=dim,
    )
    x, radius = rng.uniform(0.1, 0.9), rng.uniform(0.5, 0.8)
    base = (
        np.array([(196, 104, 84), (96, 150, 196), (150, 132, 180), (120, 170, 120)][int(rng.integers(4))])
        * dim
    )
    far.disc(x, 0.86 + radius, radius, tuple(base.astype(int)))
    for _ in range(7):
        angle, out = rng.uniform(-0.5, 0.5), rng.uniform(0.75, 0.95)
        cx, cy = x + radius * out * np.sin(angle) * 9 / 16, 0.86 + radius - radius * out * np.cos(angle)
        far.disc(cx, cy, rng.uniform(0.01, 0.035), tuple((base * 0.82).astype(int)), squash=0.6)
    return (0.74, 0.76, 0.92) if night else (1.0, 0.97, 1.0)


def underwater(far: Canvas, near: Canvas, night: bool) -> Light:
    """Light from above, corals, fish and bubbles."""
    colors = (
        ((8, 34, 74), (6, 22, 58), (4, 12, 36)) if night else ((128, 226, 236), (36, 158, 206), (14, 92, 160))
    )
    far.gradient(*colors)
    for _ in range(5):
        x = far.rng.uniform(0, 1)
        ray = (90, 130, 190) if night else (230, 255, 255)
        far.beam(x, -0.1, x + far.rng.uniform(-0.2, 0.2), 1.0, 0.08, ray, alpha=16 if night else 52)
    dim = 0.5 if night else 0.95
    far.ridge(0.9, 0.03, *(((44, 52, 86), (26, 32, 60)) if night else ((216, 206, 160), (160, 158, 140))))
    for _ in range(3):
        far.emoji(
            "🪸",
            far.rng.uniform(0.02, 0.98),
            far.rng.uniform(0.93, 1.0),
            far.rng.uniform(0.14, 0.26),
            dim=dim,
        )
    for _ in range(4):
        fish = str(far.rng.choice(["🐠", "🐟", "🐡"]))
        flip = far.rng.random() < 0.5
        far.emoji(
            fish,
            far.rng.uniform(0, 1),
            far.rng.uniform(0.15, 0.7),
            far.rng.uniform(0.045, 0.07),
            flip=flip,
            dim=dim,
            blue=1.2,
        )
    if night:
        for _ in range(2):
            x, y = far.rng.uniform(0.05, 0.95), far.rng.uniform(0.2, 0.6)
            far.glow(x, y - 0.03, 0.12, (150, 120, 255), 0.6)
            far.emoji("🪼", x, y, 0.09, dim=0.95)
    for canvas, count in ((far, 26), (near, 10)):
        for _ in range(count):
            bubble = canvas.rng.uniform(0.004, 0.013)
            canvas.disc(
                canvas.rng.uniform(0, 1),
                canvas.rng.uniform(0, 1),
                bubble,
                (210, 244, 255),
                alpha=60 if night else 110,
            )
    tuft(near, "🌿", 0.34, dim * 0.8)
    return (0.5, 0.66, 0.9) if night else (0.86, 0.98, 1.0)
