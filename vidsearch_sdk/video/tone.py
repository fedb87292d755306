"""High dynamic range shown on an ordinary screen."""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import NDArray

_SDR_WHITE_NITS = 203.0
"""Light of a white page in HDR film: ITU-R BT.2408-7, 2.2."""

# Linear light, BT.2020 to BT.709 primaries: ITU-R BT.2087-0, 4.
_TO_BT709 = np.array(
    [[1.6605, -0.5876, -0.0728], [-0.1246, 1.1329, -0.0083], [-0.0182, -0.1006, 1.1187]], dtype=np.float32
)
_LUMA_2020 = np.array([0.2627, 0.6780, 0.0593], dtype=np.float32)

_M1, _M2 = 2610 / 16384, 2523 / 4096 * 128  # SMPTE ST 2084 (PQ)
_C1, _C2, _C3 = 3424 / 4096, 2413 / 4096 * 32, 2392 / 4096 * 32


class ToneMap:
    """Maps PQ or HLG pictures in BT.2020 to sRGB.

    Light up to nearly a white page stays as it is, and brighter light is rolled off up to the film's peak
    (ITU-R BT.2390-11, 5.4.1; on the largest of the three colors, so that hues stay). Colors outside of
    BT.709 are cut.

    Args:
        transfer: How the film codes light.
        peak_nits: Brightest light of its mastering display in cd/m².
    """

    def __init__(self, transfer: Literal["pq", "hlg"], *, peak_nits: float = 1000.0) -> None:
        self._hlg = transfer == "hlg"
        self._peak = 1000.0 if self._hlg else max(peak_nits, _SDR_WHITE_NITS + 1)
        codes = np.arange(65536, dtype=np.float64) / 65535
        light = _hlg_scene_light(codes) if self._hlg else _pq_to_nits(codes)
        self._light = light.astype(np.float32)
        steps = np.linspace(0.0, 1.0, 4097)
        self._srgb = np.round(255 * _srgb(steps)).astype(np.uint8)
        # The roll-off as a factor by light, on a scale where dark steps are as fine as bright ones.
        self._gain = self._roll_off_gain(np.linspace(0.0, 1.0, 65537)).astype(np.float32)

    def __call__(self, rgb: NDArray[np.uint16]) -> NDArray[np.uint8]:
        """Map one picture.

        Args:
            rgb: Coded light (not linear), full range, BT.2020 primaries, shape (height, width, 3).

        Returns:
            sRGB of the same shape.
        """
        light = self._light[rgb]
        if self._hlg:
            # The display's own gamma, 1.2 at 1000 cd/m²: ITU-R BT.2100-2, table 5.
            scene = np.maximum(light @ _LUMA_2020, 1e-6)
            light *= (self._peak * scene**0.2)[..., None]
        largest = light.max(axis=2)
        place = np.sqrt(np.minimum(largest / np.float32(self._peak), np.float32(1.0))) * np.float32(65536)
        light *= self._gain[place.astype(np.int32)][..., None] / np.float32(_SDR_WHITE_NITS)
        shown = np.clip(light @ _TO_BT709.T, 0.0, 1.0)
        # The table is spaced by square root, close to how sRGB itself is spaced.
        mapped: NDArray[np.uint8] = self._srgb[np.round(np.sqrt(shown) * 4096).astype(np.int32)]
        return mapped

    def _roll_off_gain(self, place: NDArray[np.float64]) -> NDArray[np.float64]:
        nits = np.maximum(place**2 * self._peak, 1e-6)
        peak = _nits_to_pq(np.array(self._peak))
        code = _nits_to_pq(nits) / peak
        target = float(_nits_to_pq(np.array(_SDR_WHITE_NITS)) / peak)
        knee = 1.5 * target - 0.5
        t = np.clip((code - knee) / (1 - knee), 0.0, 1.0)
        curve = (
            (2 * t**3 - 3 * t**2 + 1) * knee
            + (t**3 - 2 * t**2 + t) * (1 - knee)
            + (-2 * t**3 + 3 * t**2) * target
        )
        return _pq_to_nits(np.where(code < knee, code, curve) * peak) / nits


def _pq_to_nits(code: NDArray[np.float64]) -> NDArray[np.float64]:
    power = np.power(code, 1 / _M2)
    light = np.power(np.maximum(power - _C1, 0.0) / (_C2 - _C3 * power), 1 / _M1)
    return np.asarray(10_000 * light)


def _nits_to_pq(nits: NDArray[np.float64]) -> NDArray[np.float64]:
    power = np.power(nits / 10_000, _M1)
    return np.asarray(np.power((_C1 + _C2 * power) / (1 + _C3 * power), _M2))


def _hlg_scene_light(code: NDArray[np.float64]) -> NDArray[np.float64]:
    a, b, c = 0.17883277, 0.28466892, 0.55991073  # ITU-R BT.2100-2, table 5
    return np.where(code <= 0.5, code**2 / 3, (np.exp((code - c) / a) + b) / 12)


def _srgb(place: NDArray[np.float64]) -> NDArray[np.float64]:
    light = place**2
    return np.where(light <= 0.0031308, 12.92 * light, 1.055 * light ** (1 / 2.4) - 0.055)
