"""Figures of held-out and general queries, against what they are by definition."""

import numpy as np
import pytest
import torch

from vidsearch_sdk.encoding.preprocessing import Preprocessing
from vidsearch_sdk.encoding.untrained import new_model
from vidsearch_sdk.errors import EncoderError
from vidsearch_sdk.evaluation.metrics import ndcg, reciprocal_rank
from vidsearch_sdk.learning.batches import Captioned
from vidsearch_sdk.learning.general import with_own_order
from vidsearch_sdk.learning.measured import Queries, mean_ndcg, queries_of, recalls, similarities
from vidsearch_sdk.learning.shots import ShotPictures
from vidsearch_sdk.learning.towers import ShotTowers

CONFIG = {
    "embed_dim": 16,
    "vision_cfg": {"image_size": 16, "layers": 1, "width": 16, "head_width": 8, "patch_size": 8},
    "text_cfg": {"context_length": 6, "vocab_size": 40, "width": 16, "heads": 2, "layers": 1},
}


def made(shots=9, queries=7, templates=2, seed=0):
    random = np.random.default_rng(seed)
    counts = random.integers(1, 4, shots)
    frames = random.integers(0, 256, (counts.sum(), 3, 16, 16), dtype=np.uint8)
    starts = np.concatenate(([0], np.cumsum(counts))).astype(np.int64)
    pictures = ShotPictures(frames, starts, tuple(map(str, range(shots))))
    tokens = torch.from_numpy(random.integers(1, 40, (queries, templates, 6)))
    grades = tuple(
        {int(shot): float(random.integers(1, 4)) for shot in random.choice(shots, 2, replace=False)}
        for _ in range(queries)
    )
    return Queries(pictures, tuple(f"q{n}" for n in range(queries)), tokens, grades)


def towers():
    return ShotTowers(new_model(CONFIG, seed=0).eval(), Preprocessing((16, 16)))


def test_similarities_are_those_of_each_shot_and_text_by_itself():
    queries = made()
    one = towers()
    found = similarities(one, queries, precision="f32")
    with torch.inference_mode():
        for shot in range(9):
            frames = torch.from_numpy(queries.pictures.of(shot).copy())
            vector = torch.nn.functional.normalize(one.frame_vectors(frames).mean(0), dim=0)
            for query in range(7):
                text = torch.nn.functional.normalize(one.text_vectors(queries.tokens[query]).mean(0), dim=0)
                assert found[query, shot] == pytest.approx(float(vector @ text), abs=1e-5)


def test_figures_equal_their_definitions():
    queries = made()
    found = np.random.default_rng(1).standard_normal((7, 9)).astype(np.float32)
    places, values = [], []
    for row, grades in zip(found, queries.grades, strict=True):
        order = np.argsort(-row)
        ranked = [grades.get(int(shot), 0.0) for shot in order]
        places.append(1 / reciprocal_rank(ranked))
        values.append(ndcg(ranked, judged=list(grades.values()), k=10))
    told = recalls(found, queries)
    assert told["MRR"] == pytest.approx(np.mean(1 / np.array(places)))
    assert told["R@1"] == np.mean(np.array(places) == 1)
    assert told["R@5"] == np.mean(np.array(places) <= 5)
    assert mean_ndcg(found, queries) == pytest.approx(np.mean(values))


def test_an_encoder_that_tells_nothing_apart_scores_nothing():
    queries = made()
    told = recalls(np.ones((7, 9), np.float32), queries)
    assert told["R@1"] == 0.0
    assert told["MRR"] == pytest.approx(1 / 8)


def test_captions_are_right_for_all_shots_that_have_them():
    queries = made()
    rows = Captioned(
        queries.pictures, queries.texts, queries.tokens, np.array([0, 3, 3, 5]), np.array([2, 2, 0, 6])
    )
    assert queries_of(rows).grades == ({3: 1.0}, {}, {0: 1.0, 3: 1.0}, {}, {}, {}, {5: 1.0})


def test_vectors_that_are_not_finite_are_an_error():
    broken = towers()
    with torch.no_grad():
        broken.model.text_projection.fill_(float("inf"))
    with pytest.raises(EncoderError, match="not finite"):
        similarities(broken, made(), precision="f32")


def test_the_given_encoders_own_order_is_right_and_near_ties_may_change_places():
    queries = made()
    found = np.array([[0.9, 0.5, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1]] * 7, np.float32)
    own = with_own_order(queries, found)
    assert mean_ndcg(found, own) == pytest.approx(1.0)
    swapped = found[:, [1, 0, *range(2, 9)]]
    assert mean_ndcg(swapped, own) < 0.9
    tie = found.copy()
    tie[:, 1] = 0.8999
    tied = with_own_order(queries, tie)
    assert mean_ndcg(tie[:, [1, 0, *range(2, 9)]], tied) > 0.999
    # Where nothing stands out, the first does.
    # Two heights, as many low as high: none is more than a deviation above the mean.
    even = np.where(np.arange(8) % 2 == 0, 0.1, 0.2)[None].repeat(7, axis=0)
    assert set(with_own_order(queries, even.astype(np.float32)).grades[0]) <= {1, 3, 5, 7}
