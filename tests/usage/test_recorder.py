"""Searches are noted where that was switched on, whatever happens to process and disk; else nothing."""

from __future__ import annotations

import json
import logging
import os
import pickle
import subprocess
import sys
import time
from pathlib import Path
from uuid import uuid4

import pytest

from tests.usage import usage_processes
from vidsearch_sdk.catalog import Catalog
from vidsearch_sdk.errors import CatalogError
from vidsearch_sdk.store.usage_parts import USAGE_FOLDER
from vidsearch_sdk.usage import recorder as recording


@pytest.fixture
def catalog(tmp_path):
    return Catalog(tmp_path / "catalog")


def search(catalog, words="a dog", *, hits=3, shown=True):
    answered = catalog.recorder.searched(
        words, read="", kind="words", hits=hits, stages={"encode": 0.002}, took_s=0.004, facts={}
    )
    if shown and answered is not None:
        answered.shown()
    return answered


def parts(catalog):
    folder = Path(catalog.location) / USAGE_FOLDER
    return sorted(folder.glob("*.jsonl")) if folder.exists() else []


def test_off_means_no_file_and_no_time(catalog):
    assert not catalog.recorder.is_on
    assert len(catalog.usage()) == 0
    assert "catalog.keep_usage() switches it on" in repr(catalog.usage())
    assert not Path(catalog.location).exists()
    taken = []
    for _ in range(5):
        started = time.perf_counter()
        for _ in range(1000):
            assert not catalog.recorder.is_on
        taken.append((time.perf_counter() - started) / 1000)
    assert min(taken) < 20e-6
    assert not Path(catalog.location).exists()


def test_what_is_noted_is_read_back_and_removed_with_one_call(catalog):
    catalog.keep_usage()
    search(catalog, "a dog")
    search(catalog, "ein Hund im Schnee ❄")
    usage = catalog.usage()
    assert usage.on
    assert usage.searches["words"].tolist() == ["a dog", "ein Hund im Schnee ❄"]
    assert usage.searches["took_ms"].tolist() == [4.0, 4.0]
    assert len(Catalog(catalog.location).usage()) == 2
    # Plain files, one event per line, for whoever wants to read them with another tool.
    (part,) = parts(catalog)
    events = [json.loads(line) for line in part.read_text().splitlines()]
    assert [event.get("event") for event in events] == ["search", "shown", "search", "shown", None]
    search(catalog, "still pending")
    assert catalog.forget_usage() == 1
    assert len(catalog.usage()) == 0
    assert parts(catalog) == []
    assert catalog.recorder.is_on
    catalog.keep_usage(False)
    assert list(Path(catalog.location).rglob("usage*")) in ([], [Path(catalog.location) / USAGE_FOLDER])
    assert not Catalog(catalog.location).recorder.is_on


def test_the_thread_writes_without_being_asked(catalog, monkeypatch):
    monkeypatch.setattr(recording, "_AFTER_S", 0.05)
    catalog.keep_usage()
    search(catalog)
    deadline = time.monotonic() + 10
    while not parts(catalog) and time.monotonic() < deadline:
        time.sleep(0.01)
    assert len(parts(catalog)) == 1


def test_other_handles_see_the_switch_soon(catalog, monkeypatch):
    monkeypatch.setattr(recording, "_LOOK_S", {True: 0.0, False: 0.0})
    other = Catalog(catalog.location)
    assert not other.recorder.is_on
    catalog.keep_usage()
    assert other.recorder.is_on
    catalog.keep_usage(False)
    assert not other.recorder.is_on


def test_two_processes_at_once_and_one_that_is_killed(catalog):
    catalog.keep_usage()
    script = usage_processes.__file__
    runs = [
        subprocess.Popen([sys.executable, script, catalog.location, me, how])
        for me, how in (("first", "end"), ("second", "end"), ("third", "kill"))
    ]
    assert [run.wait(timeout=120) for run in runs] == [0, 0, -9]
    words = set(catalog.usage().searches["words"])
    assert {f"{me} {number}" for me in ("first", "second", "third") for number in range(50)} <= words
    assert len(words) <= 155
    assert len(catalog.verify(progress=False)) == 0


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no processes are forked here")
def test_a_process_that_is_forked_while_notes_are_written_goes_on_noting(catalog):
    catalog.keep_usage()
    script = usage_processes.__file__
    subprocess.run([sys.executable, script, catalog.location, "first", "fork"], check=True, timeout=120)
    words = catalog.usage().searches["words"].tolist()
    expected = [f"first {number}" for number in range(50)] + [f"child of {number}" for number in range(5)]
    assert sorted(words) == sorted(expected)


def test_many_small_parts_become_one(catalog, monkeypatch):
    monkeypatch.setattr(recording, "_JOINED", 5)
    catalog.keep_usage()
    for number in range(12):
        search(catalog, f"query {number}", shown=False)
        catalog.recorder.flush()
    assert len(parts(catalog)) == 4
    assert catalog.usage().searches["words"].tolist() == [f"query {number}" for number in range(12)]


def test_a_kill_between_joining_and_removing_counts_nothing_twice(catalog, monkeypatch):
    catalog.keep_usage()
    for number in range(3):
        search(catalog, f"query {number}", shown=False)
        catalog.recorder.flush()
    names = [part.stem for part in parts(catalog)]
    usage_parts = catalog.recorder._parts
    monkeypatch.setattr(usage_parts._disk, "remove", lambda name: None)
    usage_parts.join(names)
    assert len(parts(catalog)) == 4
    assert len(Catalog(catalog.location).usage()) == 3


def test_a_disk_that_refuses_costs_no_search_and_is_said_once(catalog, monkeypatch, caplog):
    catalog.keep_usage()
    put = catalog.recorder._parts._disk.put

    def refuse(name, data):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(catalog.recorder._parts._disk, "put", refuse)
    with caplog.at_level(logging.WARNING, logger="vidsearch_sdk"):
        for number in range(3):
            assert search(catalog, f"query {number}") is not None
            catalog.recorder.flush()
    assert len([record for record in caplog.records if "searches go on" in record.message]) == 1
    # When there is room again, what waited is written.
    monkeypatch.setattr(catalog.recorder._parts._disk, "put", put)
    assert len(catalog.usage()) == 3


def test_what_waits_is_bounded(catalog, monkeypatch):
    monkeypatch.setattr(recording, "_MOST", 10)
    monkeypatch.setattr(recording, "_AFTER_S", 60.0)
    catalog.keep_usage()
    for number in range(30):
        search(catalog, f"query {number}", shown=False)
    assert catalog.usage().searches["words"].tolist() == [f"query {number}" for number in range(20, 30)]


def test_words_can_be_hashed(catalog):
    catalog.keep_usage(words="hashed")
    search(catalog, "a secret project")
    search(catalog, "A  secret project")
    search(catalog, "another one")
    words = catalog.usage().searches["words"].tolist()
    assert words[0] == words[1] != words[2]
    stored = b"".join(part.read_bytes() for part in parts(catalog))
    assert b"secret" not in stored
    assert catalog.usage().reformulations.empty
    with pytest.raises(CatalogError, match="'typed' or 'hashed'"):
        catalog.keep_usage(words="none")


def test_a_measurement_is_no_usage(catalog):
    catalog.keep_usage()
    with catalog.recorder.rest():
        assert not catalog.recorder.is_on
    assert catalog.recorder.is_on


def test_a_damaged_part_is_said_and_the_others_are_read(catalog):
    catalog.keep_usage()
    search(catalog, "first")
    catalog.recorder.flush()
    search(catalog, "second")
    catalog.recorder.flush()
    victim = parts(catalog)[0]
    victim.write_bytes(victim.read_bytes().replace(b"first", b"frist"))
    usage = Catalog(catalog.location).usage()
    assert usage.searches["words"].tolist() == ["second"]
    assert victim.name in repr(usage)
    problems = catalog.verify(progress=False)
    assert problems["kind"].tolist() == ["usage"]
    assert problems["file"].tolist() == [f"{USAGE_FOLDER}/{victim.name}"]


def test_a_catalog_can_be_sent_to_another_process(catalog):
    catalog.keep_usage()
    search(catalog)
    again = pickle.loads(pickle.dumps(catalog))
    assert again.recorder.is_on
    assert len(again.usage()) == 0  # what waits stays where it was noted
    catalog.recorder.flush()
    assert len(again.usage()) == 1


def test_a_process_that_forks_notes_nothing_twice(catalog):
    catalog.keep_usage()
    search(catalog, "parent")
    child = os.fork()
    if not child:
        search(catalog, "child")
        catalog.recorder.flush()
        os._exit(0)
    os.waitpid(child, 0)
    assert sorted(catalog.usage().searches["words"]) == ["child", "parent"]


def test_an_object_store_keeps_it_as_well(monkeypatch):
    monkeypatch.setattr(recording, "_AFTER_S", 0.05)
    location = f"memory://usage-{uuid4().hex}"
    catalog = Catalog(location)
    assert search(catalog, "before") is not None  # the thread finds out that nothing is to be noted
    catalog.recorder.flush()
    assert not catalog.recorder.is_on
    catalog.keep_usage()
    search(catalog, "after")
    assert catalog.usage().searches["words"].tolist() == ["after"]
    other = Catalog(location)
    search(other, "elsewhere")
    other.recorder.flush()
    assert sorted(catalog.usage().searches["words"]) == ["after", "elsewhere"]
    assert catalog.forget_usage() == 2
