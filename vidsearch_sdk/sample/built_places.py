"""Places that people built. Each draws itself onto two canvases and returns its light."""

from __future__ import annotations

import numpy as np

from vidsearch_sdk.sample.canvas import Canvas
from vidsearch_sdk.sample.scenery import DAY, Light, sky


def city(far: Canvas, _near: Canvas, night: bool) -> Light:
    """Houses with windows, lamps and a road."""
    sky(far, night, 0.66)
    for layer, (low, high) in enumerate(((0.16, 0.36), (0.26, 0.46))):
        x = -0.02
        while x < 1.0:
            width, top = far.rng.uniform(0.07, 0.13), far.rng.uniform(low, high)
            shade = far.rng.uniform(0.85, 1.1)
            base = (
                np.array([(34, 38, 72), (24, 26, 54)] if night else [(168, 176, 198), (150, 128, 124)])[layer]
                * shade
            )
            far.rect(x, top, x + width, 0.7, tuple(base.astype(int)), tuple((base * 0.85).astype(int)))
            for wy in np.arange(top + 0.03, 0.62, 0.055):
                for wx in np.arange(x + 0.012, x + width - 0.018, 0.024):
                    lit = far.rng.random() < 0.5
                    pane = (
                        ((255, 214, 120) if lit else (44, 48, 86))
                        if night
                        else ((214, 232, 246) if lit else (120, 136, 160))
                    )
                    far.rect(float(wx), float(wy), float(wx) + 0.012, float(wy) + 0.026, pane)
            x += width + far.rng.uniform(0.0, 0.02)
    far.rect(
        0, 0.68, 1, 0.76, *(((62, 62, 82), (52, 52, 72)) if night else ((196, 192, 186), (178, 174, 170)))
    )
    far.rect(0, 0.755, 1, 1, *(((34, 35, 52), (26, 27, 42)) if night else ((104, 106, 114), (84, 86, 94))))
    for x in np.arange(-0.05, 1.05, 0.16):
        far.rect(float(x), 0.925, float(x) + 0.08, 0.94, (206, 196, 140) if night else (246, 240, 214))
    for x in (0.08, 0.92):
        far.rect(x - 0.004, 0.4, x + 0.004, 0.74, (40, 42, 52))
        if night:
            far.glow(x, 0.4, 0.22, (255, 214, 140), 0.85)
        far.disc(x, 0.4, 0.022, (255, 232, 170) if night else (230, 230, 226))
    far.emoji("🚦", far.rng.uniform(0.2, 0.8), 0.74, 0.2, dim=0.8 if night else 1.0)
    return (0.74, 0.72, 0.84) if night else DAY


def _window(far: Canvas, night: bool, left: float, top: float, width: float, height: float) -> None:
    frame = (120, 92, 70) if night else (252, 250, 244)
    far.rect(left - 0.012, top - 0.02, left + width + 0.012, top + height + 0.02, frame)
    sky = ((10, 14, 44), (40, 48, 100)) if night else ((96, 176, 242), (222, 240, 250))
    far.rect(left, top, left + width, top + height, *sky)
    if night:
        far.disc(left + width * 0.7, top + height * 0.3, 0.035, (250, 246, 224))
        for _ in range(9):
            x, y = far.rng.uniform(0.06, 0.94), far.rng.uniform(0.05, 0.9)
            far.disc(left + width * x, top + height * y, 0.003, (255, 250, 235))
    else:
        far.disc(left + width * 0.28, top + height * 0.26, 0.035, (255, 238, 160))
        far.cloud(left + width * 0.6, top + height * 0.45, 0.07)
    far.rect(left + width / 2 - 0.004, top, left + width / 2 + 0.004, top + height, frame)
    far.rect(left, top + height / 2 - 0.007, left + width, top + height / 2 + 0.007, frame)


def kitchen(far: Canvas, _near: Canvas, night: bool) -> Light:
    """Wall, tiles, worktop and cupboards."""
    wall = ((104, 84, 78), (120, 94, 80)) if night else ((252, 240, 206), (250, 228, 186))
    far.gradient(*wall, bottom=0.72)
    tile = (128, 104, 94) if night else (255, 252, 244)
    for row in range(3):
        for x in np.arange(0.002, 1, 0.0498):
            far.rect(float(x), 0.46 + 0.066 * row, float(x) + 0.046, 0.52 + 0.066 * row, tile)
    _window(far, night, far.rng.uniform(0.1, 0.62), 0.1, 0.24, 0.28)
    dim = 0.72 if night else 1.0
    far.rect(
        0, 0.655, 1, 0.7, *(((120, 74, 50), (92, 56, 40)) if night else ((206, 142, 92), (176, 112, 68)))
    )
    far.rect(0, 0.7, 1, 1, *(((92, 70, 66), (70, 54, 56)) if night else ((240, 214, 178), (214, 182, 146))))
    for x in np.arange(0.02, 1, 0.195):
        door = ((106, 82, 74), (88, 68, 66)) if night else ((250, 230, 198), (230, 202, 166))
        far.rect(float(x), 0.73, float(x) + 0.175, 0.985, *door)
        far.disc(float(x) + 0.16, 0.84, 0.012, (180, 140, 80))
    props = ["🍳", "🫖", "🍲", "🧂", "🥣", "🍽"]
    for x, prop in zip((0.05, 0.2, 0.8, 0.95), far.rng.permutation(props), strict=False):
        far.emoji(str(prop), x, 0.67, 0.13, dim=dim)
    if night:
        far.glow(0.5, 0.0, 0.9, (255, 206, 130), 0.4)
    return (0.84, 0.76, 0.7) if night else (1.0, 0.99, 0.96)


def bedroom(far: Canvas, _near: Canvas, night: bool) -> Light:
    """Window, bed, lamp and rug."""
    hue = far.rng.uniform(0, 1)
    day = ((int(200 + 30 * hue), 214, int(240 - 30 * hue)), (226, 226, 240))
    far.gradient(*(((62, 56, 92), (74, 62, 96)) if night else day), bottom=0.74)
    stripe = (70, 62, 100) if night else (240, 236, 246)
    for x in np.arange(0, 1, 0.08):
        far.rect(float(x), 0, float(x) + 0.025, 0.72, stripe, alpha=110)
    left = far.rng.random() < 0.5
    _window(far, night, 0.12 if left else 0.62, 0.1, 0.26, 0.36)
    far.emoji("🖼", 0.7 if left else 0.3, 0.36, 0.2, dim=0.55 if night else 1.0)
    far.rect(0, 0.7, 1, 0.725, (96, 74, 80) if night else (250, 246, 240))
    far.rect(0, 0.72, 1, 1, *(((84, 60, 64), (62, 46, 56)) if night else ((206, 160, 118), (178, 130, 92))))
    rug = [(196, 90, 104), (88, 140, 170), (120, 160, 110)][int(far.rng.integers(3))]
    far.disc(0.5, 0.9, 0.62, tuple(int(c * (0.5 if night else 1)) for c in rug), squash=0.16)  # type: ignore[arg-type]
    dim = 0.6 if night else 1.0
    far.emoji("🛏", 0.84 if left else 0.16, 0.83, 0.36, flip=left, dim=dim)
    x = 0.66 if left else 0.34
    far.emoji("🪑", 0.06 if left else 0.94, 0.82, 0.24, flip=not left, dim=dim)
    if night:
        far.glow(x, 0.5, 0.5, (255, 206, 130), 0.5)
    far.rect(x - 0.003, 0.5, x + 0.003, 0.74, (90, 74, 66))
    shade = (255, 224, 150) if night else (250, 240, 222)
    far.fill([(x - 0.018, 0.44), (x + 0.018, 0.44), (x + 0.032, 0.53), (x - 0.032, 0.53)], shade)
    return (0.76, 0.68, 0.76) if night else (1.0, 0.98, 0.98)


def stage(far: Canvas, near: Canvas, night: bool) -> Light:
    """Boards between red curtains; an open-air stage, so that its arch shows the time of day."""
    sky(far, night, 0.64)
    curtain = np.array((120, 16, 40) if night else (206, 38, 58))
    boards = ((96, 60, 44), (58, 36, 34)) if night else ((224, 168, 110), (188, 126, 74))
    far.rect(0, 0.64, 1, 1, *boards)
    for x in np.arange(-0.4, 1.4, 0.07):
        line = (44, 28, 28) if night else (166, 110, 66)
        far.fill(
            [
                (float(x) * 0.6 + 0.2, 0.64),
                (float(x) * 0.6 + 0.203, 0.64),
                (float(x) + 0.005, 1),
                (float(x), 1),
            ],
            line,
        )
    for edge, step in ((0.0, 1), (1.0, -1)):
        for fold in range(6):
            start, end = edge + step * 0.026 * fold, edge + step * 0.026 * (fold + 1.15)
            lit = tuple((curtain * (1.0 if fold % 2 else 0.78)).astype(int))
            dark = tuple((curtain * (0.8 if fold % 2 else 0.6)).astype(int))
            sway = 0.014 * step * np.sin(fold)
            far.fill([(start, 0), (end, 0), (end + sway, 0.74), (start + sway, 0.74)], lit, dark)
    for x in np.arange(0.0, 1.0, 0.1):
        far.disc(float(x) + 0.05, 0.02, 0.11, tuple((curtain * 0.9).astype(int)), squash=1.0)
        far.disc(float(x) + 0.05, 0.128, 0.012, (240, 200, 90))
    if night:
        for x, hue in ((0.25, (255, 230, 170)), (0.5, (255, 250, 220)), (0.75, (170, 200, 255))):
            far.beam(x, 0.0, 0.5 + (x - 0.5) * 0.4, 0.95, 0.14, hue, alpha=88)
        far.disc(0.5, 0.9, 0.55, (255, 240, 200), alpha=70, squash=0.16)
    for x in (0.2, 0.8):
        far.emoji("🎤", x, 0.74, 0.2, flip=x > 0.5, dim=0.75 if night else 1.0)
    for x in np.arange(0.04, 1.0, 0.115):
        near.disc(float(x), 1.0, 0.024, (255, 226, 140) if night else (250, 236, 190))
    return (0.86, 0.8, 0.8) if night else DAY
