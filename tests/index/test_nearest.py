import numpy as np
import pytest

from tests.index.worlds import clustered, random_rows
from vidsearch_sdk.index import ann
from vidsearch_sdk.index.nearest import Nearest, Selection

DIM = 32
COUNT = 12_000


@pytest.fixture(scope="module")
def vectors():
    return clustered(COUNT, DIM, clusters=100).astype(np.float16)


@pytest.fixture(scope="module")
def nearest(vectors):
    index = ann.new_index(DIM)
    ann.add_vectors(index, vectors, threads=2)
    reaches = ann.measure_reaches(index, vectors, ann.trial_queries(vectors, random_rows(280, DIM, seed=5)))
    return Nearest.over(vectors, ann.Graph(index, None, reaches), threads=1)


def check(vectors, found, query, k, passing):
    rows, similarities = found
    exact = vectors.astype(np.float32) @ query
    assert len(rows) == min(k, len(passing))
    assert len(set(rows.tolist())) == len(rows)
    assert np.isin(rows, passing).all()
    assert np.allclose(similarities, exact[rows], atol=2e-3)
    assert np.all(np.diff(similarities) <= 0)
    if not len(rows):
        return 1.0
    return float(np.mean(exact[rows] >= np.sort(exact[passing])[-len(rows)] - 1e-3))


@pytest.mark.parametrize("share", [1.0, 0.9, 0.5, 0.1, 0.01, 0.0005])
@pytest.mark.parametrize("k", [1, 10, 300])
def test_whatever_passes_the_nearest_are_found(vectors, nearest, share, k):
    random = np.random.default_rng(int(share * 1e4) + k)
    recalls = []
    # With ten results each, fewer searches would turn one missed shot into a share below the bar.
    for seed in range(24):
        mask = random.random(COUNT) < share
        among = None if share == 1.0 else Selection(mask)
        passing = np.arange(COUNT) if among is None else among.rows
        start = vectors[random.integers(0, COUNT)] if seed % 2 else random_rows(1, DIM, seed=seed)[0]
        query = start.astype(np.float32) + random.standard_normal(DIM).astype(np.float32) * 0.05
        query /= np.linalg.norm(query)
        recalls.append(check(vectors, nearest.search(query, k, among=among), query, k, passing))
    assert np.mean(recalls) >= 0.99


def test_a_filter_that_leaves_out_all_that_is_near_still_finds_the_rest(vectors, nearest):
    """Filters often go with content: here only the least similar tenth passes."""
    query = vectors[0].astype(np.float32)
    query /= np.linalg.norm(query)
    exact = vectors.astype(np.float32) @ query
    mask = exact < np.quantile(exact, 0.1)
    found = nearest.search(query, 20, among=Selection(mask))
    assert check(vectors, found, query, 20, np.flatnonzero(mask)) == 1.0


@pytest.mark.parametrize("seed", range(30))
def test_small_sets_without_a_graph_agree_with_plain_loops(seed):
    random = np.random.default_rng(seed)
    count = int(random.integers(0, 50))
    vectors = random_rows(max(count, 1), 8, seed=seed)[:count].astype(np.float16)
    query = random_rows(1, 8, seed=seed + 500)[0].astype(np.float16).astype(np.float32)
    mask = random.random(count) < 0.5
    k = int(random.integers(1, 60))
    for among, passing in ((None, range(count)), (Selection(mask), np.flatnonzero(mask))):
        expected = sorted(
            (-sum(float(a) * float(b) for a, b in zip(vectors[row], query, strict=True)), row)
            for row in passing
        )
        rows, similarities = Nearest.over(vectors, threads=1).search(query, k, among=among)
        assert len(rows) == min(k, len(expected))
        assert np.allclose(similarities, [-s for s, _ in expected[:k]], atol=2e-3)


def test_a_mask_must_be_one():
    with pytest.raises(ValueError, match="bool"):
        Selection(np.array([0, 1]))
