from __future__ import annotations

import numpy as np
import pytest

from vidsearch_sdk.query.dialogue.lines import LineHits, rows_spoken_over


def spoken(*lines: tuple[str, float, float]) -> LineHits:
    """Hits of which only film and time matter."""
    films = tuple(dict.fromkeys(film for film, _, _ in lines))
    count = len(lines)
    return LineHits(
        np.array([films.index(film) for film, _, _ in lines], np.int32),
        films,
        np.arange(count),
        np.array([start for _, start, _ in lines], float),
        np.array([end for _, _, end in lines], float),
        np.array([""] * count, object),
        np.array([""] * count, object),
        np.ones(count, np.float32),
        np.ones(count, np.float32),
        np.zeros(count, bool),
    )


def over(hits: LineHits, cuts: list[float], film: str = "film") -> list[tuple[int, int]]:
    rows, hit = rows_spoken_over({film: (0, len(cuts) - 1)}, cuts[:-1], cuts[1:], hits)
    assert rows.dtype == hit.dtype == np.int64
    return list(zip(rows.tolist(), hit.tolist(), strict=True))


@pytest.mark.parametrize(
    ("start_s", "end_s", "expected"),
    [
        (1.0, 3.0, [0]),
        (8.0, 12.0, [0, 1]),
        (8.0, 10.2, [0]),  # 0.2 s of the next shot are too little
        (8.0, 10.25, [0, 1]),
        (9.9, 12.0, [1]),
        (9.8, 10.2, [0, 1]),  # half of a short line each
        (9.9, 10.3, [1]),
        (10.0, 12.0, [1]),
        (8.0, 31.0, [0, 1, 2]),
        (10.0, 10.0, [1]),  # takes no time
        (12.0, 12.0, [1]),
        (29.9, 40.0, [2]),  # after the last shot, but begun in it
        (-5.0, 0.1, [0]),
        (30.0, 31.0, []),
        (-3.0, -1.0, []),
        (0.0, 0.0, [0]),
        (30.0, 30.0, []),
    ],
)
def test_a_line_is_spoken_over_the_shots_that_it_shares_enough_with(start_s, end_s, expected):
    found = over(spoken(("film", start_s, end_s)), [0.0, 10.0, 20.0, 30.0])
    assert found == [(row, 0) for row in expected]


def test_a_line_over_shots_that_are_all_too_short_keeps_the_longest():
    cuts = [0.0, 0.1, 0.3, 0.45, 0.6, 0.7]
    assert over(spoken(("film", 0.0, 0.7)), cuts) == [(1, 0)]


def test_films_without_rows_and_no_hits_give_nothing():
    assert over(spoken(("another", 0.0, 5.0)), [0.0, 10.0]) == []
    assert over(spoken(), [0.0, 10.0]) == []
    rows, hit = rows_spoken_over({}, [], [], spoken(("film", 0.0, 1.0)))
    assert len(rows) == len(hit) == 0


def test_many_lines_of_many_films_are_as_one_by_one():
    random = np.random.default_rng(0)
    start_s: list[float] = []
    end_s: list[float] = []
    film_rows = {}
    for number in range(20):
        cuts = np.cumsum(random.exponential(1.0, random.integers(2, 40))) + random.uniform(0, 100)
        film_rows[f"film {number}"] = (len(start_s), len(start_s) + len(cuts) - 1)
        start_s += cuts[:-1].tolist()
        end_s += cuts[1:].tolist()
    lines = []
    for _ in range(2_000):
        start = random.uniform(0, 130)
        lines.append((f"film {random.integers(22)}", start, start + random.exponential(1.5)))
    expected = []
    for hit, (film, start, end) in enumerate(lines):
        first, last = film_rows.get(film, (0, 0))
        shared = {row: min(end_s[row], end) - max(start_s[row], start) for row in range(first, last)}
        shared = {row: seconds for row, seconds in shared.items() if seconds > 0}
        least = min(0.25, 0.5 * (end - start), max(shared.values(), default=0))
        expected += [(row, hit) for row, seconds in shared.items() if seconds >= least]
    rows, hit = rows_spoken_over(film_rows, start_s, end_s, spoken(*lines))
    assert list(zip(rows.tolist(), hit.tolist(), strict=True)) == expected
    assert len(expected) > 300
