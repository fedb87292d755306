"""What several places share: the light, the sky, and what grows in the corners."""

from __future__ import annotations

from vidsearch_sdk.sample.canvas import Canvas

Light = tuple[float, float, float]
"""What the colors of objects are multiplied by."""

NIGHT: Light = (0.62, 0.67, 0.86)
DAY: Light = (1.0, 1.0, 1.0)


def sky(far: Canvas, night: bool, horizon: float) -> None:
    """A sky down to the horizon: sun and clouds, or moon and stars."""
    x, y = far.rng.uniform(0.12, 0.88), far.rng.uniform(0.1, 0.24)
    if night:
        far.gradient((9, 12, 38), (24, 33, 78), (64, 66, 118), bottom=horizon)
        far.stars(70, bottom=horizon * 0.85)
        far.glow(x, y, 0.42, (150, 165, 220), 0.55)
        far.disc(x, y, 0.062, (250, 246, 224))
        far.disc(x + 0.012, y - 0.012, 0.012, (228, 222, 200), alpha=160)
        far.disc(x - 0.012, y + 0.02, 0.009, (228, 222, 200), alpha=160)
    else:
        blue = far.rng.uniform(0, 1)
        far.gradient(
            (int(70 + 30 * blue), int(150 + 20 * blue), 235), (150, 208, 250), (236, 244, 240), bottom=horizon
        )
        far.glow(x, y, 0.6, (255, 244, 200), 0.75)
        far.disc(x, y, 0.07, (255, 240, 170))
        for _ in range(int(far.rng.integers(2, 5))):
            far.cloud(
                far.rng.uniform(0.05, 0.95), far.rng.uniform(0.08, horizon * 0.6), far.rng.uniform(0.1, 0.24)
            )


def tuft(near: Canvas, emoji: str, height: float, dim: float) -> None:
    """One or two plants or stones in the lower corners, before the objects."""
    # Props before the objects stay in the lower corners, so that they never cover what the shot is about.
    for side in near.rng.permutation(2)[: int(near.rng.integers(1, 3))]:
        x = near.rng.uniform(-0.01, 0.06) + float(side) * 0.95
        near.emoji(emoji, x, 1.04, height * near.rng.uniform(0.85, 1.2), flip=bool(side), dim=dim)
