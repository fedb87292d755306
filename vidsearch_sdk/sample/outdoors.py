"""Places under the open sky. Each draws itself onto two canvases and returns its light."""

from __future__ import annotations

import numpy as np

from vidsearch_sdk.sample.canvas import Canvas
from vidsearch_sdk.sample.scenery import DAY, NIGHT, Light, sky, tuft


def beach(far: Canvas, near: Canvas, night: bool) -> Light:
    """Sea, foam, sand, a palm and a parasol."""
    sky(far, night, 0.46)
    sea = ((20, 36, 84), (34, 70, 116)) if night else ((38, 140, 200), (96, 208, 218))
    far.rect(0, 0.45, 1, 0.7, *sea)
    foam = (150, 170, 200) if night else (245, 252, 252)
    for _ in range(14):
        far.disc(
            far.rng.uniform(0, 1),
            far.rng.uniform(0.48, 0.6),
            far.rng.uniform(0.02, 0.07),
            foam,
            alpha=70,
            squash=0.06,
        )
    far.ridge(0.635, 0.012, foam, foam, waves=1.1)
    sand = ((92, 86, 98), (66, 60, 78)) if night else ((250, 226, 172), (228, 190, 128))
    far.ridge(0.65, 0.012, *sand, waves=1.1)
    dim = 0.5 if night else 1.0
    side = far.rng.random() < 0.5
    far.emoji("🌴", 0.12 if side else 0.88, 0.74, far.rng.uniform(0.45, 0.6), flip=side, dim=dim)
    far.emoji("⛱", 0.8 if side else 0.2, 0.76, 0.2, dim=dim)
    for _ in range(3):
        far.emoji("🐚", far.rng.uniform(0.05, 0.95), far.rng.uniform(0.86, 0.97), 0.045, dim=dim)
    tuft(near, "🌿", 0.22, dim)
    return NIGHT if night else DAY


def forest(far: Canvas, near: Canvas, night: bool) -> Light:
    """Two rows of trees behind a clearing."""
    sky(far, night, 0.7)
    far.ridge(0.42, 0.04, *(((28, 50, 70), (20, 40, 50)) if night else ((126, 178, 150), (90, 150, 110))))
    dim = 0.42 if night else 1.0
    for row, (y, height) in enumerate(((0.6, 0.34), (0.68, 0.46))):
        for x in np.linspace(0.0, 1.0, 9) + far.rng.uniform(-0.04, 0.04, 9):
            tree = "🌲" if far.rng.random() < 0.65 else "🌳"
            far.emoji(tree, float(x), y, height * far.rng.uniform(0.8, 1.2), dim=dim * (0.82 + 0.18 * row))
    far.ridge(0.645, 0.015, *(((22, 46, 36), (12, 26, 24)) if night else ((94, 156, 76), (54, 104, 52))))
    for _ in range(4):
        prop = str(far.rng.choice(["🍄", "🌿", "🍂"]))
        far.emoji(prop, far.rng.uniform(0.03, 0.97), far.rng.uniform(0.72, 0.95), 0.06, dim=dim)
    tuft(near, "🌿", 0.3, dim)
    return NIGHT if night else (0.95, 1.0, 0.93)


def snow(far: Canvas, near: Canvas, night: bool) -> Light:
    """Mountains, firs and falling flakes."""
    sky(far, night, 0.62)
    far.ridge(
        0.4,
        0.05,
        *(((70, 84, 130), (52, 62, 104)) if night else ((196, 214, 238), (150, 176, 214))),
        rough=0.2,
    )
    far.ridge(
        0.5,
        0.04,
        *(((96, 110, 156), (80, 92, 140)) if night else ((236, 244, 252), (196, 216, 240))),
        rough=0.1,
    )
    dim = 0.5 if night else 0.96
    for x in far.rng.uniform(0, 1, 7):
        far.emoji("🌲", float(x), far.rng.uniform(0.62, 0.7), far.rng.uniform(0.16, 0.3), dim=dim, blue=1.15)
    far.ridge(
        0.655, 0.02, *(((146, 160, 204), (104, 116, 166)) if night else ((255, 255, 255), (216, 230, 246)))
    )
    for canvas, count in ((far, 90), (near, 26)):
        for _ in range(count):
            flake = canvas.rng.uniform(0.003, 0.009)
            canvas.disc(canvas.rng.uniform(0, 1), canvas.rng.uniform(0, 1), flake, (255, 255, 255), alpha=190)
    return (0.68, 0.74, 0.94) if night else (0.97, 0.99, 1.0)


def desert(far: Canvas, near: Canvas, night: bool) -> Light:
    """Dunes and cacti."""
    sky(far, night, 0.6)
    far.ridge(0.47, 0.04, *(((74, 56, 86), (56, 44, 72)) if night else ((240, 190, 124), (226, 164, 100))))
    far.ridge(
        0.56, 0.05, *(((88, 64, 84), (60, 46, 66)) if night else ((246, 196, 120), (222, 154, 84))), waves=1.1
    )
    dim = 0.5 if night else 1.0
    for _ in range(3):
        y = far.rng.uniform(0.62, 0.72)
        far.emoji("🌵", far.rng.uniform(0.04, 0.96), y, far.rng.uniform(0.16, 0.32), dim=dim)
    far.ridge(
        0.68,
        0.03,
        *(((100, 74, 86), (70, 52, 66)) if night else ((250, 206, 130), (226, 160, 88))),
        waves=0.8,
    )
    for _ in range(4):
        far.emoji(
            "🪨",
            far.rng.uniform(0.02, 0.98),
            far.rng.uniform(0.8, 0.97),
            far.rng.uniform(0.04, 0.07),
            dim=dim,
        )
    tuft(near, "🌵", 0.26, dim)
    return NIGHT if night else (1.0, 0.97, 0.9)


def meadow(far: Canvas, near: Canvas, night: bool) -> Light:
    """Hills, a house and flowers."""
    sky(far, night, 0.6)
    far.ridge(0.46, 0.05, *(((44, 62, 92), (34, 52, 74)) if night else ((150, 200, 170), (120, 186, 130))))
    far.ridge(0.56, 0.04, *(((34, 62, 62), (26, 50, 50)) if night else ((138, 206, 104), (110, 186, 84))))
    dim = 0.52 if night else 1.0
    far.emoji("🏡", far.rng.uniform(0.12, 0.88), 0.62, 0.16, dim=dim)
    far.ridge(0.655, 0.02, *(((30, 66, 48), (18, 42, 36)) if night else ((128, 204, 78), (84, 160, 56))))
    for _ in range(16):
        flower = str(far.rng.choice(["🌼", "🌷", "🌻", "🌸"]))
        y = far.rng.uniform(0.72, 0.98)
        far.emoji(flower, far.rng.uniform(0, 1), y, 0.03 + 0.09 * (y - 0.66), dim=dim)
    tuft(near, "🌷", 0.22, dim)
    return NIGHT if night else DAY


def volcano(far: Canvas, near: Canvas, night: bool) -> Light:
    """A glowing cone, smoke and pools of lava."""
    if night:
        far.gradient((22, 8, 22), (74, 18, 30), (150, 46, 34), bottom=0.66)
        far.stars(30, bottom=0.3)
    else:
        far.gradient((150, 150, 170), (216, 176, 150), (250, 196, 140), bottom=0.66)
        far.glow(far.rng.uniform(0.1, 0.9), 0.12, 0.3, (255, 244, 200), 0.6)
    x = far.rng.uniform(0.3, 0.7)
    far.glow(x, 0.2, 0.5, (255, 120, 40), 0.9 if night else 0.5)
    smoke = (70, 52, 60) if night else (120, 112, 116)
    for step in range(4):
        far.cloud(
            x + far.rng.uniform(-0.05, 0.05) + 0.03 * step, 0.18 - 0.05 * step, 0.14 + 0.05 * step, smoke, 170
        )
    rock = ((66, 40, 46), (38, 24, 32)) if night else ((124, 96, 92), (92, 70, 70))
    far.fill([(x - 0.05, 0.24), (x + 0.05, 0.24), (x + 0.34, 0.7), (x - 0.34, 0.7)], *rock)
    lava = ((255, 220, 110), (255, 110, 30))
    far.fill([(x - 0.05, 0.24), (x + 0.05, 0.24), (x + 0.02, 0.29), (x, 0.27), (x - 0.025, 0.3)], *lava)
    for drift in far.rng.uniform(-0.16, 0.16, 3):
        points = [
            (x - 0.008, 0.26),
            (x + 0.012, 0.26),
            (x + drift * 0.6 + 0.016, 0.48),
            (x + drift + 0.03, 0.7),
            (x + drift - 0.01, 0.7),
            (x + drift * 0.5 - 0.01, 0.46),
        ]
        far.fill(points, *lava)
    far.ridge(
        0.645, 0.03, *(((62, 36, 40), (32, 20, 26)) if night else ((122, 94, 88), (84, 64, 62))), rough=0.02
    )
    for _ in range(4):
        px, py = far.rng.uniform(0, 1), far.rng.uniform(0.74, 0.97)
        far.disc(px, py, far.rng.uniform(0.05, 0.1), (255, 150, 40), alpha=230, squash=0.22)
        far.disc(px, py, far.rng.uniform(0.03, 0.05), (255, 224, 120), alpha=220, squash=0.2)
        far.emoji(
            "🪨",
            far.rng.uniform(0, 1),
            far.rng.uniform(0.7, 0.96),
            far.rng.uniform(0.05, 0.1),
            dim=0.5 if night else 0.85,
        )
    tuft(near, "🪨", 0.2, 0.5 if night else 0.85)
    return (0.88, 0.62, 0.6) if night else (1.0, 0.93, 0.88)
