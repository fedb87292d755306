import sys
import threading
from collections.abc import Iterator

import pytest

from vidsearch_sdk.ingest.read_ahead import read_ahead


def test_items_come_in_order_and_in_lists() -> None:
    with read_ahead(iter(range(10)), at_once=3, ahead=2) as lists:
        assert list(lists) == [[0, 1, 2], [3, 4, 5], [6, 7, 8], [9]]
    with read_ahead(iter(()), at_once=3, ahead=2) as lists:
        assert list(lists) == []


def test_what_the_items_raise_comes_after_what_was_made() -> None:
    def broken() -> Iterator[int]:
        yield from range(5)
        raise ValueError("no sixth")

    with read_ahead(broken(), at_once=2, ahead=1) as lists:
        assert [next(lists) for _ in range(3)] == [[0, 1], [2, 3], [4]]
        with pytest.raises(ValueError, match="no sixth"):
            next(lists)


def test_leaving_early_ends_the_thread() -> None:
    made: list[int] = []

    def endless() -> Iterator[int]:
        while True:
            made.append(len(made))
            yield made[-1]

    before, interval = threading.active_count(), sys.getswitchinterval()
    with read_ahead(endless(), at_once=2, ahead=2) as lists:
        assert next(lists) == [0, 1]
    assert threading.active_count() == before
    assert sys.getswitchinterval() == interval
    assert len(made) <= 12
