"""HDR light becomes screen light: in order, neutral, and with white where white belongs."""

import numpy as np
import pytest

from vidsearch_sdk.video.tone import ToneMap


def gray(tone, codes):
    column = np.round(np.asarray(codes) * 65535).astype(np.uint16)
    return tone(np.repeat(column[:, None, None], 3, axis=2))[:, 0].astype(int)


# Signal levels of light in cd/m²: SMPTE ST 2084, rounded.
PQ = {0: 0.0, 1: 0.1499, 26: 0.3793, 100: 0.5081, 203: 0.5807, 1000: 0.7518, 4000: 0.9026, 10000: 1.0}


@pytest.mark.parametrize("peak", [1000, 4000])
def test_pq(peak):
    tone = ToneMap("pq", peak_nits=peak)
    seen = dict(zip(PQ, gray(tone, list(PQ.values())), strict=True))
    assert seen[0].tolist() == [0, 0, 0]
    # 26 cd/m² is 18 % gray below a white of 203 times 0.7: a face or a lawn stays in the middle.
    assert 90 < seen[26][0] < 110
    assert 200 < seen[203][0] < 245
    assert seen[peak].tolist() == [255, 255, 255]
    for values in seen.values():
        assert np.ptp(values) <= 1


@pytest.mark.parametrize("transfer", ["pq", "hlg"])
def test_more_light_is_never_darker(transfer):
    shown = gray(ToneMap(transfer), np.linspace(0, 1, 2000))
    assert (np.diff(shown[:, 0]) >= 0).all()
    assert shown[0, 0] == 0
    assert shown[-1, 0] == 255
    assert len(np.unique(shown[:, 0])) > 240


def test_hlg_white():
    # Reference white is signal 0.75 (ITU-R BT.2408-7).
    assert 215 < gray(ToneMap("hlg"), [0.75])[0, 0] < 245
    assert 90 < gray(ToneMap("hlg"), [0.38])[0, 0] < 125


def test_colors_keep_their_hue():
    tone = ToneMap("pq")
    red = tone(np.array([[[45000, 20000, 15000]]], np.uint16))[0, 0].astype(int)
    assert red[0] > red[1] + 60
    assert red[0] > red[2] + 60
