from __future__ import annotations

import threading
import time
from collections.abc import Iterator

import pytest

from vidsearch_sdk.encoding.batches import ReadAhead


def square(items: list[int], position: int) -> list[int]:
    assert items[0] == position
    return [item * item for item in items]


@pytest.mark.parametrize("ahead", [0, 2])
@pytest.mark.parametrize("count", [0, 1, 7, 8, 9, 100])
def test_everything_comes_once_and_in_order(ahead: int, count: int) -> None:
    read_ahead = ReadAhead(square, bundle=2, group=4, ahead=ahead, threads=3)
    groups = list(read_ahead(iter(range(count))))
    assert [value for group in groups for bundle in group for value in bundle] == [
        n * n for n in range(count)
    ]
    assert all(len(group) <= 4 for group in groups)
    assert len(groups) == -(-count // 8)


@pytest.mark.parametrize(("ahead", "most"), [(0, 2), (2, 4)])
def test_only_a_few_groups_are_held(ahead: int, most: int) -> None:
    taken = 0

    def source() -> Iterator[int]:
        nonlocal taken
        for number in range(10_000):
            taken = number + 1
            yield number

    groups = ReadAhead(square, bundle=2, group=4, ahead=ahead, threads=2)(source())
    next(groups)
    time.sleep(0.2)
    # What is prepared, what waits in the queue (as much, and one group), and one bundle in the reader's hand.
    assert taken <= 8 * (1 + ahead) + 8 * (ahead + 2) + 2
    assert taken <= 8 * 2 * most
    groups.close()
    names = {thread.name for thread in threading.enumerate()}
    assert not any(name.startswith(("vidsearch-read", "vidsearch-decode")) for name in names)


def test_nothing_is_prepared_while_a_group_is_in_use_unless_asked_for() -> None:
    started: list[int] = []

    def note(items: list[int], position: int) -> int:
        started.append(position)
        return position

    for _ in ReadAhead(note, bundle=1, group=4, ahead=0, threads=2)(range(20)):
        before = len(started)
        time.sleep(0.02)
        assert len(started) == before


def test_an_error_of_the_source_comes_after_what_was_read_before_it() -> None:
    def source() -> Iterator[int]:
        yield from range(5)
        raise OSError("the disk is gone")

    seen: list[int] = []
    groups = ReadAhead(square, bundle=1, group=2, ahead=1, threads=2)(source())
    with pytest.raises(OSError, match="the disk is gone"):
        seen.extend(value for group in groups for bundle in group for value in bundle)
    assert seen == [0, 1, 4, 9, 16]


def test_an_error_of_preparing_ends_it_and_its_threads() -> None:
    def fail(items: list[int], position: int) -> int:
        if position >= 6:
            raise ValueError(f"item {position}")
        return position

    with pytest.raises(ValueError, match="item 6"):
        list(ReadAhead(fail, bundle=2, group=2, ahead=0, threads=2)(iter(int, 1)))
    assert not any(thread.name.startswith("vidsearch-") for thread in threading.enumerate())


def test_a_slow_source_is_read_while_a_group_is_in_use() -> None:
    taken = 0

    def slow() -> Iterator[int]:
        nonlocal taken
        for number in range(12):
            time.sleep(0.01)
            taken += 1
            yield number

    groups = ReadAhead(square, bundle=1, group=4, ahead=0, threads=1)(slow())
    next(groups)
    deadline = time.monotonic() + 30
    # Nobody asks for the next group, and yet the whole of it is fetched.
    while taken < 8:
        assert time.monotonic() < deadline
        time.sleep(0.01)
    assert len(list(groups)) == 2
