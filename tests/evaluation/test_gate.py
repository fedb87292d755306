"""Nothing passes that became worse anywhere."""

import pytest

from tests.evaluation.made import MadeIndex, made_judgments
from vidsearch_sdk.errors import QueryError, RegressionError
from vidsearch_sdk.evaluation.evaluate import evaluate
from vidsearch_sdk.evaluation.gate import gate


def measured(noise, *, of_group="", queries=80, **options):
    index = MadeIndex(noise, queries=queries, of_group=of_group)
    return evaluate(index, made_judgments(queries), progress=False, **options)


def test_what_is_as_good_or_better_passes():
    good, worse = measured(0.3), measured(0.6)
    for report, baseline in ((good, worse), (good, good)):
        verdict = gate(report, baseline)
        assert verdict
        assert verdict.passed
        assert str(verdict).startswith("passed: nDCG@10 ")
        assert verdict.table["passed"].all()
    assert "fell by more than 0.01 in none of 2 groups" in str(gate(good, worse))


def test_what_is_worse_fails_with_its_reason():
    with pytest.raises(RegressionError, match=r"failed: nDCG@10 fell by more than 0\.01: over all 0\."):
        gate(measured(0.6), measured(0.3))
    verdict = gate(measured(0.6), measured(0.3), strict=False)
    assert not verdict
    assert not verdict.table["passed"].any()


def test_a_gain_hides_no_loss():
    baseline, report = measured(0.9, of_group="people"), measured(0.9, of_group="places")
    verdict = gate(report, baseline, strict=False)
    whole, places, people = verdict.table.to_dict("records")
    assert whole["passed"]
    assert whole["difference"] > 0
    assert (places["group"], places["passed"]) == ("places", False)
    assert people["passed"]
    assert "in the group 'places'" in verdict.text
    assert "over all" not in verdict.text


def test_a_fall_within_the_tolerance_passes():
    baseline, report = measured(0.3), measured(0.35)
    fall = -gate(report, baseline, strict=False).table["difference"].min()
    assert fall > 0
    assert gate(report, baseline, tolerance=fall)
    assert not gate(report, baseline, tolerance=fall * 0.99, strict=False)


def test_queries_may_be_added_and_not_dropped():
    grown, small = measured(0.3, queries=80), measured(0.3, queries=60)
    assert gate(grown, small)
    with pytest.raises(QueryError, match="has not measured 20 of the 80 queries"):
        gate(small, grown)


@pytest.mark.parametrize("tolerance", [-0.1, 2, float("nan"), True, "1 %"])
def test_a_tolerance_is_a_share(tolerance):
    report = measured(0.3)
    with pytest.raises(QueryError, match="tolerance="):
        gate(report, report, tolerance=tolerance)


def test_what_does_not_fit_together_is_told():
    report = measured(0.3)
    with pytest.raises(QueryError, match="metric='ndcg@7' was not measured"):
        gate(report, report, metric="ndcg@7")
    with pytest.raises(QueryError, match="one least="):
        gate(report, measured(0.3, least=0.5))
