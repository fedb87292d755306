"""A film that was not seen whole says so."""

from dataclasses import replace

import pytest

from vidsearch_sdk.video.completeness import what_is_missing
from vidsearch_sdk.video.probe import probe


@pytest.mark.parametrize(
    ("expected", "packets", "frames", "bad", "damaged", "missing", "interlaced", "words"),
    [
        (1000, 1000, 1000, 0, 0, 0, False, ""),
        (1000, 990, 985, 0, 0, 0, False, ""),
        (1000, 970, 970, 0, 0, 0, False, "1000 frames were expected, 970 were decoded"),
        (1000, 1000, 900, 0, 0, 0, False, "1000 frames were expected, 900 were decoded"),
        (1000, 1000, 500, 0, 0, 0, True, ""),  # two fields, two packets
        (1000, 600, 300, 0, 0, 0, True, "1000 frames were expected, 300 were decoded"),
        (1000, 1000, 999, 1, 0, 0, False, "1 damaged packets were left out"),
        (1000, 1000, 1000, 0, 3, 0, False, "3 damaged frames were patched up"),
        (None, 700, 700, 0, 0, 0, False, ""),
        (None, 700, 700, 0, 0, 512, False, "the file lacks 512 bytes at its end, 700 frames were decoded"),
        (700, 695, 695, 0, 0, 512, False, "700 frames were expected, 695 were decoded"),
        (700, 700, 700, 0, 0, 512, False, ""),  # something after the last picture
    ],
)
def test_words(small_film, expected, packets, frames, bad, damaged, missing, interlaced, words):
    info = replace(probe(small_film), frames_expected=expected, missing_bytes=missing, interlaced=interlaced)
    found = what_is_missing(
        info, packets_seen=packets, frames_seen=frames, bad_packets=bad, damaged_frames=damaged
    )
    assert found == words
