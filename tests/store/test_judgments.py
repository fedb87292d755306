"""What people judged is kept by whom and when, by many writers at once, and holds on when shots change."""

from __future__ import annotations

import json
import multiprocessing
import os
import random
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from tests.store import workers
from tests.store.faulty import FaultyCalls, Killed, Platter
from tests.store.made import published, video_id
from vidsearch_sdk.catalog import Catalog
from vidsearch_sdk.errors import CatalogError, CatalogTooNew, DamagedError, StorageError, VideoNotFound
from vidsearch_sdk.store.collect import remove_unnamed
from vidsearch_sdk.store.disk import Disk, open_disk
from vidsearch_sdk.store.films import Films
from vidsearch_sdk.store.json_file import encode_json
from vidsearch_sdk.store.judgments import COLUMNS, JUDGMENTS_FOLDER, StoredJudgments
from vidsearch_sdk.store.local_disk import LocalDisk
from vidsearch_sdk.store.verify import verify

NOTHING = pd.DataFrame({"query": ["a yeti"], "grade": [0.0]})


@pytest.fixture
def judgments(disk: Disk) -> StoredJudgments:
    return StoredJudgments(disk)


@pytest.fixture
def film(disk: Disk) -> str:
    return published(Films(disk), video_id(1), shots=3).video_id


def test_what_was_judged_is_there_for_everybody(disk: Disk, judgments: StoredJudgments, film: str) -> None:
    before = datetime.now(UTC)
    first = judgments.add(
        pd.DataFrame({"query": ["a dog"], "shot_id": [f"{film}-1"], "grade": [3]}), who="Ada"
    )
    said = pd.DataFrame(
        {
            "query": ["a cat", "a yeti"],
            "video": [film, ""],
            "start_s": [0.5, None],
            "end_s": [1.5, None],
            "grade": [1, 0],
            "who": ["", "Bo"],
            "group": ["animals", ""],
            "at": ["2026-01-31T18:00:00+01:00", None],
        }
    )
    second = judgments.add(said, who="Cy")
    table = StoredJudgments(open_disk(disk.location)).read()
    assert list(table.columns) == [*COLUMNS, "added"]
    assert table["query"].tolist() == ["a dog", "a cat", "a yeti"]
    assert table["who"].tolist() == ["Ada", "Cy", "Bo"]
    assert table["added"].tolist() == [first, second, second]
    assert table["grade"].tolist() == [3.0, 1.0, 0.0]
    assert table["video"].tolist() == [film, film, ""]
    shots = Films(disk).table(Films(disk).get(film), "shots").to_pandas()
    # A shot is kept with its span.
    assert table.loc[0, ["start_s", "end_s"]].tolist() == shots.loc[1, ["start_s", "end_s"]].tolist()
    assert table["at"][1] == pd.Timestamp("2026-01-31T17:00:00Z")
    assert before <= table["at"][0] <= datetime.now(UTC)
    assert str(table["at"].dtype) == "datetime64[us, UTC]"
    assert "3 of 3 queries by 3 people" in repr(judgments)


def test_one_write_is_taken_back(judgments: StoredJudgments) -> None:
    ids = [judgments.add(NOTHING.assign(query=f"query {n}"), who="Ada") for n in range(3)]
    judgments.remove(ids[1])
    assert judgments.read()["query"].tolist() == ["query 0", "query 2"]
    with pytest.raises(CatalogError, match="No judgments were added as"):
        judgments.remove([ids[0], ids[1]])
    assert len(judgments) == 2
    judgments.remove(judgments.read()["added"])
    assert len(judgments) == 0
    assert judgments.read()["at"].dtype == "datetime64[us, UTC]"


def test_reading_makes_no_catalog(tmp_path: Path) -> None:
    catalog = Catalog(tmp_path / "none")
    assert len(catalog.judgments) == 0
    with pytest.raises(CatalogError):
        catalog.judgments.remove("x")
    assert not (tmp_path / "none").exists()


@pytest.mark.parametrize(
    ("row", "who", "error", "message"),
    [
        ({"query": ""}, "Ada", CatalogError, "row 1 .* has no query"),
        ({"grade": -1}, "Ada", CatalogError, "a number from 0 up"),
        ({"grade": "good"}, "Ada", CatalogError, "grade is 'good', not a number"),
        ({"grade": float("inf")}, "Ada", CatalogError, "not finite"),
        ({}, "", CatalogError, "does not say who judged"),
        ({}, "A\nB", CatalogError, "does not say who judged"),
        ({"query": "\ud800"}, "Ada", CatalogError, "not valid Unicode"),
        ({"grade": 1}, "Ada", CatalogError, "neither a shot nor a span"),
        ({"video": video_id(1), "grade": 1}, "Ada", CatalogError, "start_s and a later end_s"),
        ({"video": "nobody knows.mp4", "start_s": 0.0, "end_s": 1.0}, "Ada", VideoNotFound, "No film"),
        ({"shot_id": f"{video_id(1)}-99", "grade": 1}, "Ada", VideoNotFound, "does not have"),
        ({"shot_id": f"{video_id(9)}-0", "grade": 1}, "Ada", VideoNotFound, "No film"),
    ],
)
def test_what_cannot_be_kept_keeps_nothing(
    disk: Disk, judgments: StoredJudgments, film: str, row: Any, who: str, error: Any, message: str
) -> None:
    given = pd.DataFrame([{"query": "a dog", "grade": 0.0, **row}], dtype=object)
    with pytest.raises(error, match=message):
        judgments.add(given, who=who)
    assert disk.names(JUDGMENTS_FOLDER) == []
    with pytest.raises(CatalogError, match="no judgments to add"):
        judgments.add(NOTHING.iloc[:0], who="Ada")


def test_a_film_is_named_by_its_name_too(disk: Disk, judgments: StoredJudgments, film: str) -> None:
    name = Films(disk).get(film).name
    judgments.add(
        pd.DataFrame({"query": ["a"], "video": [name], "start_s": [0], "end_s": [1], "grade": [1]}), who="A"
    )
    assert judgments.read()["video"].tolist() == [film]


def test_collecting_and_verifying_leave_judgments_alone(tmp_path: Path) -> None:
    catalog = Catalog(tmp_path)
    catalog.judgments.add(NOTHING, who="Ada")
    disk = LocalDisk(tmp_path)
    with disk.create(f"{JUDGMENTS_FOLDER}/.x.json.0123456789ab.tmp") as out:  # what a killed writer leaves
        out.write(b"x")
    assert remove_unnamed(disk, before_s=float("inf")).files == 1
    assert len(Catalog(tmp_path).judgments) == 1
    assert verify(disk) == []


def test_every_damage_is_one_clear_error_and_is_found(tmp_path: Path) -> None:
    catalog = Catalog(tmp_path)
    kept = catalog.judgments.add(NOTHING, who="Ada")
    hurt = catalog.judgments.add(NOTHING.assign(query="b"), who="Ada")
    path = tmp_path / JUDGMENTS_FOLDER / f"{hurt}.json"
    data = path.read_bytes()
    rng = random.Random(3)
    damages = [data[:-1], b"", b"null", data + b"x"]
    for _ in range(30):
        flipped = bytearray(data)
        flipped[rng.randrange(len(data))] ^= 1 << rng.randrange(8)
        damages.append(bytes(flipped))
    for damaged in damages:
        path.write_bytes(damaged)
        with pytest.raises((DamagedError, CatalogTooNew), match=hurt):
            Catalog(tmp_path).judgments.read()
    path.write_bytes(data[:-1])
    problems = catalog.verify(progress=False)
    assert problems[["kind", "file"]].to_numpy().tolist() == [
        ["judgments", f"{JUDGMENTS_FOLDER}/{hurt}.json"]
    ]
    assert "Remove that one file" in problems["remedy"][0]
    path.unlink()
    assert Catalog(tmp_path).judgments.read()["added"].tolist() == [kept]


def test_a_newer_format_is_refused_and_kept(disk: Disk, judgments: StoredJudgments) -> None:
    added = judgments.add(NOTHING, who="Ada")
    file = f"{JUDGMENTS_FOLDER}/{added}.json"
    newer = disk.read(file).replace(b'"format": 1', b'"format": 2')
    disk.put(file, newer)
    with pytest.raises(CatalogTooNew, match="has format 2"):
        StoredJudgments(disk).read()
    assert verify(disk) == []
    assert disk.read(file) == newer


def test_a_newer_catalog_is_not_written(tmp_path: Path) -> None:
    added = Catalog(tmp_path).judgments.add(NOTHING, who="Ada")
    path = tmp_path / "catalog.json"
    path.write_bytes(path.read_bytes().replace(b'"format": 1', b'"format": 2'))
    catalog = Catalog(tmp_path)
    assert len(catalog.judgments) == 1
    for write in (lambda: catalog.judgments.add(NOTHING, who="Ada"), lambda: catalog.judgments.remove(added)):
        with pytest.raises(CatalogTooNew):
            write()


@pytest.mark.parametrize("how", ["kill", "half", "EIO", "ENOSPC"])
def test_a_fault_at_any_point_loses_nothing_that_was_kept(tmp_path: Path, how: str) -> None:
    def change(folder: Path, calls: FaultyCalls) -> None:
        StoredJudgments(LocalDisk(folder, calls=calls)).add(NOTHING.assign(query="second"), who="Ada")

    def first(folder: Path) -> None:
        Catalog(folder).judgments.add(NOTHING.assign(query="first"), who="Ada")

    first(tmp_path / "count")
    calls = FaultyCalls()
    change(tmp_path / "count", calls)
    assert len(calls.names) > 5
    for at in range(len(calls.names)):
        folder = tmp_path / f"{at}"
        first(folder)
        done = True
        try:
            change(folder, FaultyCalls(at=at, how=how))
        except (Killed, StorageError):
            done = False
        found = Catalog(folder).judgments.read()["query"].tolist()
        assert found in ([["first", "second"]] if done else [["first"], ["first", "second"]])


def test_a_loss_of_power_keeps_what_was_acknowledged(tmp_path: Path) -> None:
    calls = FaultyCalls()
    StoredJudgments(LocalDisk(tmp_path / "count", calls=calls)).add(NOTHING, who="Ada")
    lost = 0
    for at in range(0, len(calls.names) + 1, 2):
        folder = tmp_path / f"{at}"
        platter = Platter(os.fspath(folder))
        acknowledged = True
        try:
            StoredJudgments(LocalDisk(folder, calls=FaultyCalls(platter, at=at))).add(NOTHING, who="Ada")
        except Killed:
            acknowledged = False
        for seed in range(3):
            found = tmp_path / f"{at}-{seed}"
            platter.lose_power(found, random.Random(f"{at}-{seed}"))
            stored = len(Catalog(found).judgments)
            assert stored == 1 or not acknowledged
            lost += stored == 0
    assert lost


def test_many_writers_lose_nothing(tmp_path: Path) -> None:
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["tests.store.workers"])

    def start(me: int) -> tuple[Any, Any]:
        mine, theirs = context.Pipe(duplex=False)
        process = context.Process(target=workers.add_judgments, args=(tmp_path, me, theirs), daemon=True)
        process.start()
        theirs.close()
        return process, mine

    running = [start(me) for me in range(3)]
    for process, _ in running:
        process.join(timeout=120)
        assert process.exitcode == 0
    expected = {f"query {me} {number}" for me in range(3) for number in range(10)}
    assert set(Catalog(tmp_path).judgments.read()["query"]) == expected
    rng = random.Random(5)
    for me in range(-4, 0):
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
        assert {f"query {me} {one}" for one in acknowledged} <= set(
            Catalog(tmp_path).judgments.read()["query"]
        )


def test_rows_say_where_they_come_from_and_those_of_before_say_nothing(
    disk: Disk, judgments: StoredJudgments
) -> None:
    added = judgments.add(pd.DataFrame([{"query": "a yeti", "grade": 0, "source": "thumbs"}]), who="Ada")
    kept = json.loads(disk.read(f"{JUDGMENTS_FOLDER}/{added}.json"))
    kept.pop("sha256")
    place = kept["columns"].index("source")
    for row in [kept["columns"], *kept["rows"]]:
        row.pop(place)
    before = "20200131T180000000000Z-5b1c0e7f9a2d"
    disk.put(f"{JUDGMENTS_FOLDER}/{before}.json", encode_json({**kept, "added": before}))
    assert judgments.read()["source"].tolist() == ["", "thumbs"]
