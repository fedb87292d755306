"""A quiet tune for the film: a music box over soft chords, in another key in every setting."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

SAMPLE_RATE = 22_050

_SCALE = (0, 2, 4, 7, 9, 12, 14, 16)
_ROOTS = (0, 5, 7, 2, 9, 4)


def compose(passages: Sequence[tuple[float, str, str]], *, seed: int) -> npt.NDArray[np.float32]:
    """Write the tune.

    Args:
        passages: (seconds, setting, time of day) of each part of the film, in order.
        seed: Same seed, same tune.

    Returns:
        Mono samples, float32 of shape (n,), in [-1, 1], at 22,050 a second.
    """
    rng = np.random.default_rng([seed, 5])
    total = sum(seconds for seconds, _, _ in passages)
    out = np.zeros(int(total * SAMPLE_RATE) + 4 * SAMPLE_RATE, np.float64)
    at = 0.0
    keys: dict[str, int] = {}
    for seconds, setting, time in passages:
        root = 52 + _ROOTS[keys.setdefault(setting, len(keys)) % len(_ROOTS)] - (5 if time == "night" else 0)
        for tone in (0, 7, 12):
            _add(out, at, _pad(root - 12 + tone, seconds + 0.6))
        beat, step = 0.0, 0.3 if time == "day" else 0.45
        while beat < seconds - 0.1:
            if rng.random() < 0.68:
                note = root + 12 + _SCALE[int(rng.integers(len(_SCALE)))]
                _add(out, at + beat, _bell(note) * rng.uniform(0.5, 1.0))
            beat += step
        at += seconds
    out = out[: int(total * SAMPLE_RATE)]
    fade = min(len(out), SAMPLE_RATE)
    out[-fade:] *= np.linspace(1, 0, fade)
    return np.asarray(0.22 * out / max(1e-9, float(np.abs(out).max())), dtype=np.float32)


def _add(out: npt.NDArray[np.float64], at: float, tone: npt.NDArray[np.float64]) -> None:
    first = int(at * SAMPLE_RATE)
    last = min(len(out), first + len(tone))
    out[first:last] += tone[: last - first]


def _frequency(note: float) -> float:
    return float(440 * 2 ** ((note - 69) / 12))


def _bell(note: float) -> npt.NDArray[np.float64]:
    t = np.arange(int(1.4 * SAMPLE_RATE)) / SAMPLE_RATE
    f = _frequency(note)
    rise = np.minimum(1, t / 0.004)
    return np.asarray(
        rise
        * (np.exp(-4 * t) * np.sin(2 * np.pi * f * t) + 0.3 * np.exp(-9 * t) * np.sin(2 * np.pi * 4 * f * t))
    )


def _pad(note: float, seconds: float) -> npt.NDArray[np.float64]:
    t = np.arange(int(seconds * SAMPLE_RATE)) / SAMPLE_RATE
    swell = np.clip(np.minimum(t / 0.6, (seconds - t) / 0.6), 0, 1)
    f = _frequency(note)
    return np.asarray(0.16 * swell * (np.sin(2 * np.pi * f * t) + 0.5 * np.sin(2 * np.pi * 1.003 * f * t)))
