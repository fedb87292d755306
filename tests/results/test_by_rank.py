import pickle

import pandas as pd
import pytest

from tests.results.conftest import rows
from vidsearch_sdk.results.by_rank import ByRank


def test_rows_are_given_to_the_hit_they_belong_to():
    behind = ByRank(rows(4), [2, 9, 2, 1])
    assert (list(behind), len(behind)) == ([2, 9, 1], 3)
    assert behind[2]["number"].tolist() == [0, 2]
    assert behind.get(3) is None
    with pytest.raises(KeyError):
        behind[3]
    assert len(ByRank(rows(0), [])) == 0


def test_a_table_is_made_once_and_only_when_looked_at():
    made = []

    def make() -> pd.DataFrame:
        made.append(1)
        return rows(2)

    behind = ByRank(make, [1, 1])
    assert (1 in behind, 2 in behind, list(behind), made) == (True, False, [1], [])
    assert len(behind[1]) == len(behind[1]) == 2
    assert made == [1]


def test_sent_to_another_process_it_carries_its_rows():
    sent = pickle.loads(pickle.dumps(ByRank(lambda: rows(2), [1, 3])))
    assert sent[3]["number"].tolist() == [1]


def test_a_table_of_another_length_is_refused():
    with pytest.raises(ValueError, match="3 ranks"):
        ByRank(rows(2), [1, 1, 1])
    late = ByRank(lambda: rows(2), [1, 1, 1])
    with pytest.raises(ValueError, match="2 rows"):
        late[1]
