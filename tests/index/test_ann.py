import numpy as np
import pytest

from tests.index.worlds import clustered, random_rows
from vidsearch_sdk.errors import DamagedError
from vidsearch_sdk.index import ann

DIM = 48


@pytest.fixture(scope="module")
def vectors():
    return clustered(4000, DIM, clusters=60).astype(np.float16)


@pytest.fixture(scope="module")
def index(vectors):
    made = ann.new_index(DIM)
    ann.add_vectors(made, vectors, threads=2)
    return made


@pytest.fixture(scope="module")
def reaches(index, vectors):
    queries = ann.trial_queries(vectors, random_rows(280, DIM, seed=5))
    return ann.measure_reaches(index, vectors, queries)


def near(vectors, count, seed):
    """Queries that lie where stored rows lie."""
    random = np.random.default_rng(seed)
    rows = vectors[random.integers(0, len(vectors), count)].astype(np.float32)
    moved = rows + random.standard_normal(rows.shape).astype(np.float32) * (0.6 / np.sqrt(DIM))
    return moved / np.linalg.norm(moved, axis=1, keepdims=True)


def recall(found, exact, depth):
    return np.mean(exact[found[:depth]] >= np.sort(exact)[-depth] - 1e-3)


def test_what_it_answers_is_right(index, vectors, reaches):
    graph = ann.Graph(index, None, reaches)
    answered, recalls = 0, []
    for query in near(vectors, 100, 1):
        found = graph.search(query, 10)
        if found is None:
            continue
        answered += 1
        exact = vectors.astype(np.float32) @ query
        recalls.append(recall(found[0], exact, 10))
        assert np.allclose(found[1], exact[found[0]], atol=2e-3)
        assert np.all(np.diff(found[1]) <= 0)
    assert answered > 60
    assert np.mean(recalls) >= 0.99


def test_a_query_it_was_not_tried_for_is_left_to_exact_search(index, reaches):
    graph = ann.Graph(index, None, tuple(ann.Reach(r.depth, r.breadth, 0.9) for r in reaches))
    assert graph.search(random_rows(1, DIM, seed=77)[0], 10) is None
    assert graph.search(random_rows(1, DIM, seed=77)[0], 10_000) is None


def test_a_graph_that_is_never_right_is_never_used(index, vectors):
    never = tuple(ann.Reach(12, breadth, 2.0) for breadth in ann.BREADTHS)
    assert ann.Graph(index, None, never).search(vectors[0].astype(np.float32), 5) is None


def test_a_poor_graph_is_found_out(vectors):
    """Keys that point at the wrong rows: trying it shows that nothing it says is right."""
    wrong = ann.new_index(DIM)
    ann.add_vectors(wrong, vectors[::-1][:2000].copy(), threads=2)
    queries = ann.trial_queries(vectors, random_rows(280, DIM, seed=5))
    assert all(reach.floor == 2.0 for reach in ann.measure_reaches(wrong, vectors, queries))


def test_keys_lead_to_rows_and_gone_rows_are_left_out(index, vectors, reaches):
    rows = np.arange(len(vectors))[::-1].copy()
    rows[100:200] = -1
    graph = ann.Graph(index, rows, tuple(ann.Reach(r.depth, r.breadth, -1.0) for r in reaches))
    found, _ = graph.search(vectors[150].astype(np.float32), 12)
    assert len(vectors) - 1 - 150 not in found
    assert found.min() >= 0
    found, _ = graph.search(vectors[300].astype(np.float32), 12)
    assert found[0] == len(vectors) - 1 - 300


def test_a_file_gives_back_the_same_answers(index, vectors, tmp_path):
    path = tmp_path / "index.usearch"
    path.write_bytes(ann.index_file(index))
    query = near(vectors, 1, 3)[0]
    expected = index.search(query, 64).keys.tolist()
    assert ann.view_index(path, keys=4000, dim=DIM).search(query, 64).keys.tolist() == expected
    grown = ann.load_index(path, keys=4000, dim=DIM)
    ann.add_vectors(grown, query[None].astype(np.float16), threads=1)
    assert grown.search(query, 64).keys[0] == 4000


@pytest.mark.parametrize("damage", ["empty", "cut", "text", "other size", "other dimensions"])
def test_another_file_is_refused(index, tmp_path, damage):
    content = ann.index_file(index)
    content = {"empty": b"", "cut": content[: len(content) // 2], "text": b"x" * 3000}.get(damage, content)
    path = tmp_path / "index.usearch"
    path.write_bytes(content)
    keys, dim = (3999 if damage == "other size" else 4000), (16 if damage == "other dimensions" else DIM)
    with pytest.raises(DamagedError, match=r"ShotIndex\.build"):
        ann.view_index(path, keys=keys, dim=dim)


def test_reaches_come_back_from_a_manifest(reaches):
    assert ann.reaches_from(ann.reaches_to(reaches)) == reaches
    for bad in (None, [[1]], [["a", "b", "c"]], [[5, 2, 0.1]], [[5, 9, float("nan")]]):
        with pytest.raises(DamagedError):
            ann.reaches_from(bad)
