"""Of several pieces of work the last one counts, and nobody waits for the others."""

from __future__ import annotations

import threading
import time

import pytest

from vidsearch_sdk.explorer.latest import Latest


def waited(latest, turn, gate, value, cancelled, out):
    out.append(latest.aside(turn, lambda: gate.wait(20) and value, cancelled))


def test_whoever_comes_later_frees_whoever_waits():
    latest, gate, out = Latest(), threading.Event(), []
    first = latest.begin()
    waiting = threading.Thread(target=waited, args=(latest, first, gate, "first", threading.Event(), out))
    waiting.start()
    second = latest.begin()
    waiting.join(10)
    assert out == [None]
    assert latest.aside(second, lambda: "second", threading.Event()) == "second"
    assert not latest.end(first)
    assert latest.end(second)
    assert not latest.end(second)
    gate.set()


def test_what_is_cancelled_is_not_waited_for():
    latest, gate, cancelled, out = Latest(), threading.Event(), threading.Event(), []
    turn = latest.begin()
    waiting = threading.Thread(target=waited, args=(latest, turn, gate, "late", cancelled, out))
    waiting.start()
    cancelled.set()
    waiting.join(10)
    assert out == [None]
    gate.set()
    # It may still be given back: nothing else took the turn.
    assert latest.end(turn)


def test_errors_come_to_whoever_waits_and_to_nobody_else():
    latest = Latest()

    def fail():
        raise ValueError("it went wrong")

    with pytest.raises(ValueError, match="went wrong"):
        latest.aside(latest.begin(), fail, threading.Event())
    cancelled = threading.Event()
    cancelled.set()
    assert latest.aside(latest.begin(), fail, cancelled) is None


def test_work_that_nobody_wants_any_more_is_not_begun():
    latest, gates, began = Latest(), [threading.Event() for _ in range(9)], []

    def work(number):
        began.append(number)
        gates[number].wait(20)

    threads = []
    for number in range(9):
        turn = latest.begin()
        one = threading.Thread(target=latest.aside, args=(turn, lambda n=number: work(n), threading.Event()))
        one.start()
        threads.append(one)
        time.sleep(0.02)
    # Four run side by side; those between them and the last one were never wanted.
    assert began == [0, 1, 2, 3]
    gates[0].set()
    end = time.monotonic() + 10
    while 8 not in began and time.monotonic() < end:
        for gate in gates[:8]:
            gate.set()
        time.sleep(0.01)
    assert began == [0, 1, 2, 3, 8]
    gates[8].set()
    for one in threads:
        one.join(10)
