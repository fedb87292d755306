"""The sample film's searches with known answers, as judgments."""

from __future__ import annotations

import pandas as pd
import pytest

from vidsearch_sdk.evaluation.judgments import Judgments
from vidsearch_sdk.sample.assets import truth
from vidsearch_sdk.sample.queries import absent_queries, sample_queries


@pytest.fixture(scope="session")
def sample_judgments(sample_index) -> Judgments:
    """The 200 searches for what is there and the 100 for what is not, as spans of the true shots."""
    video_id = sample_index.table["video_id"].iloc[0]
    spans = {shot.number: (shot.start_s, shot.end_s) for shot in truth()}
    rows = [
        {
            "query": query.words,
            "video": video_id,
            "start_s": spans[number][0],
            "end_s": spans[number][1],
            "grade": grade,
            "group": query.kind,
        }
        for query in sample_queries()
        for number, grade in query.grades
    ]
    rows += [{"query": query.words, "grade": 0, "group": "absent"} for query in absent_queries()]
    return Judgments.from_frame(pd.DataFrame(rows))


@pytest.fixture(scope="session")
def sample_report(sample_index, sample_judgments):
    """What the sample index reaches."""
    from vidsearch_sdk.evaluation.evaluate import evaluate

    return evaluate(sample_index, sample_judgments, least=3, progress=False)
