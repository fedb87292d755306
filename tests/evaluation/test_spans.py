"""A span means the shots that it shows."""

import numpy as np

from vidsearch_sdk.evaluation.spans import SAME_S, shots_of_span


def test_every_span_of_a_film_means_the_shots_that_share_half_of_either():
    rng = np.random.default_rng(3)
    for _ in range(300):
        ends = np.cumsum(rng.uniform(0.2, 6.0, rng.integers(1, 12)))
        starts = np.concatenate([[0.0], ends[:-1]])
        start, end = np.sort(rng.uniform(-1.0, ends[-1] + 1.0, 2))
        if end - start < 0.01:
            continue
        expected = []
        for place, (first, last) in enumerate(zip(starts, ends, strict=True)):
            shared = min(end, last) - max(start, first)
            half = 0.5 * min(end - start, last - first)
            if shared > 0 and shared >= half - SAME_S:
                expected.append(place)
        found = shots_of_span(starts, ends, float(start), float(end))
        assert found == expected
        # A span within the film always means something.
        assert found or start < 0 or end > ends[-1]


def test_a_span_in_the_middle_of_two_shots_means_both():
    starts, ends = np.array([0.0, 4.0]), np.array([4.0, 8.0])
    assert shots_of_span(starts, ends, 3.0, 5.0) == [0, 1]
    assert shots_of_span(starts, ends, 4.0, 5.0) == [1]
    assert shots_of_span(starts, ends, -2.0, 0.0) == shots_of_span(starts, ends, 8.0, 9.0) == []
