import numpy as np
import pytest

from tests.index.worlds import random_rows
from vidsearch_sdk.index.exact import scan, scan_rows


def by_hand(vectors, query, count, rows):
    """Every similarity with plain Python, best first, equals in order of rows."""
    scored = []
    for row in rows:
        similarity = sum(float(a) * float(b) for a, b in zip(vectors[row], query, strict=True))
        scored.append((-similarity, int(row)))
    return sorted(scored)[:count]


def assert_agrees(found, expected):
    rows, similarities = found
    assert len(rows) == len(expected)
    assert np.allclose(similarities, [-s for s, _ in expected], atol=2e-3)
    assert np.all(np.diff(similarities) <= 0)
    # Rows may trade places only where half precision cannot tell them apart.
    for row, (negative, other) in zip(rows, expected, strict=True):
        if row != other:
            assert abs({r: s for s, r in expected}.get(int(row), negative) - negative) < 2e-3


@pytest.mark.parametrize("seed", range(40))
def test_it_agrees_with_plain_loops(seed):
    random = np.random.default_rng(seed)
    count, dim = int(random.integers(1, 60)), int(random.integers(1, 40))
    vectors = random_rows(count, dim, seed=seed).astype(np.float16)
    query = random_rows(1, dim, seed=seed + 1000)[0]
    k = int(random.integers(1, count + 5))
    halves = query.astype(np.float16)
    assert_agrees(scan(vectors, query, k, threads=1), by_hand(vectors, halves, k, range(count)))
    chosen = np.flatnonzero(random.random(count) < random.random())
    found = scan_rows(vectors, query, k, rows=chosen, threads=1)
    assert set(found[0]) <= set(chosen)
    assert_agrees(found, by_hand(vectors, halves, k, chosen))


def test_a_selection_larger_than_a_block_is_searched_whole():
    vectors = random_rows(20_000, 16).astype(np.float16)
    query = random_rows(1, 16, seed=9)[0]
    rows = np.arange(1, 20_000, 2)
    found, similarities = scan_rows(vectors, query, 25, rows=rows, threads=2)
    exact = vectors[rows].astype(np.float32) @ query.astype(np.float16).astype(np.float32)
    assert np.allclose(similarities, np.sort(exact)[::-1][:25], atol=2e-3)
    assert set(found[:10]) <= set(rows[np.argsort(-exact)[:14]])


def test_equal_rows_come_in_order():
    vectors = np.tile(random_rows(1, 8).astype(np.float16), (50, 1))
    rows, similarities = scan(vectors, vectors[0].astype(np.float32), 50, threads=1)
    assert rows.tolist() == list(range(50))
    assert similarities.max() <= 1.0


def test_nothing_is_found_among_nothing():
    empty = np.zeros((0, 4), np.float16)
    assert len(scan(empty, np.ones(4, np.float32), 3, threads=1)[0]) == 0
    some = random_rows(5, 4).astype(np.float16)
    assert len(scan_rows(some, np.ones(4, np.float32), 3, rows=np.empty(0, np.int64), threads=1)[0]) == 0
