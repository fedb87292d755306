"""The sample film's own index answers the searches with known answers."""

import numpy as np
import pytest
import torch

from vidsearch_sdk.catalog import Catalog
from vidsearch_sdk.encoding.encoder import Encoder
from vidsearch_sdk.evaluation.metrics import grades_of, ndcg
from vidsearch_sdk.query.algebra.terms import says, text
from vidsearch_sdk.sample.assets import film_path
from vidsearch_sdk.sample.queries import absent_queries, sample_queries
from vidsearch_sdk.sample.query import judged
from vidsearch_sdk.sample.query_words import misspelled
from vidsearch_sdk.shot_index import ShotIndex

QUERIES = sample_queries(half="figures")


@pytest.fixture(scope="module")
def index(tmp_path_factory):
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    catalog = Catalog(tmp_path_factory.mktemp("known") / "catalog")
    catalog.add(film_path())
    catalog.segment(progress=False)
    yield ShotIndex.build(catalog, Encoder("sample", device="cpu"), progress=False)
    torch.set_num_threads(before)


@pytest.fixture(scope="module")
def answered(index):
    spans = list(index.table[["shot_id", "start_s", "end_s"]].itertuples(index=False, name=None))
    answers = {query: judged(query, spans) for query in QUERIES}

    def mean_ndcg(kind, ask):
        reached = []
        for query in (query for query in QUERIES if kind in ("all", query.kind)):
            found = index.search(ask(query.words), min_score=0, fold=False).table["shot_id"]
            grades = grades_of(found, answers[query])
            reached.append(ndcg(grades, judged=answers[query].values(), k=10))
        return float(np.mean(reached))

    return mean_ndcg


def test_every_search_has_its_right_shot_in_the_index(index):
    spans = list(index.table[["shot_id", "start_s", "end_s"]].itertuples(index=False, name=None))
    assert all(3 in judged(query, spans).values() for query in QUERIES)


def test_words_find_what_is_seen_and_what_is_said(answered):
    assert answered("picture", str) >= 0.80
    assert answered("dialogue", str) >= 0.90
    at_once = answered("all", str)
    assert at_once >= 1.2 * answered("all", text)
    assert at_once >= 1.2 * answered("all", says)


def test_a_typing_error_costs_little(answered):
    assert answered("all", misspelled) >= 0.90 * answered("all", str)


def test_what_is_not_there_is_not_found(index):
    nothing = absent_queries(half="figures")
    assert sum(not len(index.search(query.words)) for query in nothing) >= 0.9 * len(nothing)
