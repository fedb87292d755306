"""The team's synonyms: edited by name, never half written, never silently lost."""

from __future__ import annotations

import json
import multiprocessing
import os
import random
import time
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from tests.store import workers
from tests.store.faulty import FaultyCalls, Killed, Platter
from vidsearch_sdk.catalog import Catalog
from vidsearch_sdk.errors import CatalogError, CatalogTooNew, DamagedError, StorageError
from vidsearch_sdk.store.disk import Disk, open_disk
from vidsearch_sdk.store.json_file import encode_json
from vidsearch_sdk.store.local_disk import LocalDisk
from vidsearch_sdk.store.synonyms import MOST_SYNONYMS, SYNONYMS_FILE, Synonyms

OLD = {"cop": ("policeman",)}
NEW = {"cop": ("policeman", "police officer")}


@pytest.fixture
def synonyms(disk: Disk) -> Synonyms:
    return Synonyms(disk)


def test_what_is_added_is_there_for_everybody(disk: Disk, synonyms: Synonyms) -> None:
    synonyms.add("cop", "police officer", "policeman")
    synonyms.add("sci-fi", "science fiction")
    synonyms.add("COP", "Policeman", "constable")
    again = Synonyms(open_disk(disk.location))
    assert dict(again) == {
        "cop": ("police officer", "policeman", "constable"),
        "sci-fi": ("science fiction",),
    }
    assert len(again) == 2
    assert again["Cop"] == ("police officer", "policeman", "constable")
    assert "SCI-FI" in again
    assert "film" not in again


def test_terms_and_single_synonyms_are_removed(synonyms: Synonyms) -> None:
    synonyms.add("cop", "police officer", "policeman")
    synonyms.add("dog", "hound")
    synonyms.remove("Cop", "Policeman")
    assert dict(synonyms) == {"cop": ("police officer",), "dog": ("hound",)}
    synonyms.remove("cop", "police officer")
    synonyms.remove("dog")
    assert dict(synonyms) == {}


def test_searches_see_changes_at_once_and_others_soon(
    disk: Disk, synonyms: Synonyms, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = Synonyms(disk)
    assert dict(synonyms.recent()) == {}
    synonyms.add("cop", "policeman")
    assert dict(synonyms.recent()) == OLD
    other.add("cop", "police officer")
    # A store is not asked again for every search.
    assert dict(synonyms.recent()) == (NEW if disk.is_local else OLD)
    later = time.monotonic() + 60
    monkeypatch.setattr("vidsearch_sdk.store.synonyms.time.monotonic", lambda: later)
    assert dict(synonyms.recent()) == NEW


def test_it_is_a_table_and_readable(synonyms: Synonyms) -> None:
    assert list(synonyms.table.columns) == ["term", "synonym"]
    assert "catalog.synonyms.add" in repr(synonyms)
    synonyms.add("cop", "police officer", "policeman")
    expected = pd.DataFrame({"term": ["cop", "cop"], "synonym": ["police officer", "policeman"]}, dtype="str")
    pd.testing.assert_frame_equal(synonyms.table, expected)
    assert repr(synonyms) == "Synonyms of 1 term\n  cop: police officer, policeman"
    for number in range(30):
        synonyms.add(f"t{number}", "meaning")
    assert "… and 11 more" in repr(synonyms)


@pytest.mark.parametrize(
    ("term", "others", "message"),
    [
        ("cop", (), "needs at least one synonym"),
        ("", ("a",), "a word or phrase is needed"),
        ("...", ("a",), "a word or phrase is needed"),
        ("a\0b", ("a",), "a word or phrase is needed"),
        ("\ud800a", ("a",), "a word or phrase is needed"),
        ("x" * 201, ("a",), "at most 200"),
        ("cop", ("Cop ",), "synonym of itself"),
        (7, ("a",), "is text, not 7"),
        ("cop", (None,), "is text, not None"),
        ("cop", tuple(f"s{n}" for n in range(MOST_SYNONYMS + 1)), f"at most {MOST_SYNONYMS}"),
    ],
)
def test_what_cannot_be_one_changes_nothing(
    synonyms: Synonyms, term: Any, others: tuple[Any, ...], message: str
) -> None:
    synonyms.add("dog", "hound")
    with pytest.raises(CatalogError, match=message):
        synonyms.add(term, *others)
    assert dict(synonyms) == {"dog": ("hound",)}


def test_removing_what_is_not_there_names_the_nearest(synonyms: Synonyms) -> None:
    with pytest.raises(CatalogError, match="terms are none"):
        synonyms.remove("cop")
    synonyms.add("police car", "patrol car")
    with pytest.raises(CatalogError, match="'police car'"):
        synonyms.remove("polce car")
    with pytest.raises(CatalogError, match="'patrol car'"):
        synonyms.remove("police car", "cruiser")
    assert len(synonyms) == 1


def test_reading_and_removing_make_no_catalog(tmp_path: Path) -> None:
    catalog = Catalog(tmp_path / "none")
    assert len(catalog.synonyms) == 0
    with pytest.raises(CatalogError):
        catalog.synonyms.remove("cop")
    assert not (tmp_path / "none").exists()


def test_a_newer_table_is_refused_and_kept(disk: Disk, synonyms: Synonyms) -> None:
    synonyms.add("cop", "policeman")
    newer = disk.read(SYNONYMS_FILE).replace(b'"format": 1', b'"format": 2')
    disk.put(SYNONYMS_FILE, newer)
    for use in (
        synonyms.read,
        lambda: synonyms.add("dog", "hound"),
        lambda: synonyms.remove("cop"),
    ):
        with pytest.raises(CatalogTooNew, match=r"has format 2; .* synonyms=False"):
            use()
    assert disk.read(SYNONYMS_FILE) == newer


def test_a_newer_catalog_is_not_written(tmp_path: Path) -> None:
    Catalog(tmp_path).synonyms.add("cop", "policeman")
    path = tmp_path / "catalog.json"
    path.write_bytes(path.read_bytes().replace(b'"format": 1', b'"format": 2'))
    synonyms = Catalog(tmp_path).synonyms
    assert dict(synonyms) == OLD
    for write in (lambda: synonyms.add("dog", "hound"), lambda: synonyms.remove("cop")):
        with pytest.raises(CatalogTooNew):
            write()
    assert dict(Catalog(tmp_path).synonyms) == OLD


def test_every_damage_is_one_clear_error_and_the_rest_works(tmp_path: Path) -> None:
    catalog = Catalog(tmp_path)
    catalog.synonyms.add("cop", "policeman")
    path = tmp_path / SYNONYMS_FILE
    data = path.read_bytes()
    rng = random.Random(3)
    damages = [data[:-1], data[: len(data) // 2], b"", b"null", data + b"x", bytes(len(data))]
    damages += [encode_json({"format": 1}), encode_json({"format": 1, "synonyms": [1]})]
    for _ in range(40):
        flipped = bytearray(data)
        flipped[rng.randrange(len(data))] ^= 1 << rng.randrange(8)
        damages.append(bytes(flipped))
    for damaged in damages:
        path.write_bytes(damaged)
        # A changed bit may be in the number of the format itself.
        with pytest.raises((DamagedError, CatalogTooNew)):
            catalog.synonyms.add("dog", "hound")
        assert path.read_bytes() == damaged
        assert len(Catalog(tmp_path).videos) == 0
    path.write_bytes(data[:-1])
    assert list(catalog.verify(progress=False)["kind"]) == ["synonyms"]
    with pytest.raises(DamagedError, match=r"synonyms\.json .* Remove that one file"):
        catalog.synonyms.read()
    path.unlink()
    catalog.synonyms.add("cop", "policeman")
    assert dict(catalog.synonyms) == OLD
    assert len(catalog.verify(progress=False)) == 0


def test_synonyms_alone_are_still_a_catalog(tmp_path: Path) -> None:
    Catalog(tmp_path).synonyms.add("cop", "policeman")
    (tmp_path / "catalog.json").unlink()
    assert dict(Catalog(tmp_path).synonyms) == OLD


def _change(folder: Path, calls: FaultyCalls) -> None:
    Synonyms(LocalDisk(folder, calls=calls)).add("cop", "police officer")


def _count(folder: Path) -> int:
    Catalog(folder).synonyms.add("cop", "policeman")
    calls = FaultyCalls()
    _change(folder, calls)
    return len(calls.names)


@pytest.mark.parametrize("how", ["kill", "half", "EIO", "ENOSPC"])
def test_a_fault_at_any_point_leaves_the_old_or_the_new(tmp_path: Path, how: str) -> None:
    points = _count(tmp_path / "count")
    assert points > 5
    seen = []
    for at in range(points):
        folder = tmp_path / f"{at}"
        Catalog(folder).synonyms.add("cop", "policeman")
        done = True
        try:
            _change(folder, FaultyCalls(at=at, how=how))
        except (Killed, StorageError):
            done = False
        found = dict(Catalog(folder).synonyms)
        assert found in ([NEW] if done else [OLD, NEW])
        seen.append(found == OLD)
        Catalog(folder).synonyms.add("cop", "police officer")
        assert dict(Catalog(folder).synonyms) == NEW
    assert any(seen)


def test_a_loss_of_power_leaves_the_old_or_the_new(tmp_path: Path) -> None:
    calls = FaultyCalls()
    first = Synonyms(LocalDisk(tmp_path / "count", calls=calls))
    first.add("cop", "policeman")
    before = len(calls.names)
    first.add("cop", "police officer")
    lost = 0
    for at in range(before, len(calls.names) + 1):
        folder = tmp_path / f"{at}"
        platter = Platter(os.fspath(folder))
        synonyms = Synonyms(LocalDisk(folder, calls=FaultyCalls(platter, at=at)))
        synonyms.add("cop", "policeman")
        acknowledged = True
        try:
            synonyms.add("cop", "police officer")
        except Killed:
            acknowledged = False
        for seed in range(4):
            found = tmp_path / f"{at}-{seed}"
            platter.lose_power(found, random.Random(f"{at}-{seed}"))
            stored = dict(Catalog(found).synonyms)
            assert stored in ([NEW] if acknowledged else [OLD, NEW])
            lost += stored == OLD
    assert lost


def test_two_writers_lose_nothing_and_a_kill_loses_nothing_acknowledged(tmp_path: Path) -> None:
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["tests.store.workers"])

    def start(me: int) -> tuple[Any, Any]:
        mine, theirs = context.Pipe(duplex=False)
        process = context.Process(target=workers.add_synonyms, args=(tmp_path, me, theirs), daemon=True)
        process.start()
        theirs.close()
        return process, mine

    running = [start(me) for me in range(2)]
    for process, _ in running:
        process.join(timeout=120)
        assert process.exitcode == 0
    expected = {f"meaning {me} of {number}" for me in range(2) for number in range(25)}
    assert {one for _, synonyms in Catalog(tmp_path).synonyms for one in synonyms} == expected
    rng = random.Random(5)
    for me in range(-8, 0):
        process, told = start(me)
        told.recv()
        time.sleep(rng.uniform(0, 0.03))
        process.kill()
        process.join()
        acknowledged = [0]
        try:
            while told.poll():
                acknowledged.append(told.recv())
        except EOFError:
            pass
        # The table is whole, and the lock of the dead is free at once.
        table = dict(Catalog(tmp_path).synonyms)
        for number in acknowledged:
            assert f"meaning {me} of {number}" in table[f"term {number}"]
    assert json.loads((tmp_path / SYNONYMS_FILE).read_bytes())["format"] == 1
