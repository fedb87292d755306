import numpy as np
import pytest

from vidsearch_sdk.index.two_groups import lower_group


@pytest.mark.parametrize("share", [0.1, 0.3, 0.5])
@pytest.mark.parametrize("seed", range(5))
def test_the_lower_of_two_groups_is_measured(share, seed):
    random = np.random.default_rng(seed)
    upper = round(220 * share)
    values = np.concatenate([random.normal(0.2, 0.05, 220 - upper), random.normal(0.6, 0.05, upper)])
    mean, deviation = lower_group(random.permutation(values))
    assert mean == pytest.approx(0.2, abs=0.02)
    assert deviation == pytest.approx(0.05, abs=0.015)


@pytest.mark.parametrize("seed", range(5))
def test_one_group_is_not_split(seed):
    mean, deviation = lower_group(np.random.default_rng(seed).normal(0.2, 0.05, 220))
    assert mean == pytest.approx(0.2, abs=0.02)
    assert deviation == pytest.approx(0.05, abs=0.015)


@pytest.mark.parametrize("values", [[0.3], [0.3] * 50, [0.1, 0.3], np.linspace(0, 1, 19)])
def test_few_or_equal_values_have_a_middle(values):
    mean, deviation = lower_group(values)
    assert mean == pytest.approx(np.median(values))
    assert deviation >= 0
