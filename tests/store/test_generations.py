from __future__ import annotations

from pathlib import Path

import pytest

from tests.store.made import FINGERPRINT, video_id
from vidsearch_sdk.errors import CatalogError, DamagedError, SearchIndexError
from vidsearch_sdk.store.collect import remove_unnamed
from vidsearch_sdk.store.disk import Disk
from vidsearch_sdk.store.generations import Generations
from vidsearch_sdk.store.local_disk import LocalDisk

OTHER = "f" * 16


def test_a_generation_is_published_and_serves(disk: Disk, tmp_path: Path) -> None:
    generations = Generations(disk)
    assert generations.current() is None
    assert generations.latest(FINGERPRINT) is None
    big = tmp_path / "index"
    big.write_bytes(bytes(range(256)) * 40_000)
    manifest = {"covers": {video_id(1): "a" * 12}, "pooling": "mean", "encoder": {"name": "sample"}}
    made = generations.publish(FINGERPRINT, {"index.usearch": big, "shots.parquet": b"rows"}, manifest)
    assert generations.current() == made == generations.latest(FINGERPRINT)
    assert made.covers == {video_id(1): "a" * 12}
    assert made.manifest["pooling"] == "mean"
    assert made.number == 1
    assert made.manifest["files"]["index.usearch"]["bytes"] == big.stat().st_size
    assert made.local("index.usearch").read_bytes() == big.read_bytes()
    assert made.local("shots.parquet").read_bytes() == b"rows"
    with pytest.raises(CatalogError, match=r"no file 'x'; it has index\.usearch, shots\.parquet"):
        made.local("x")


def test_a_swap_and_its_undo_are_one_write(tmp_path: Path) -> None:
    written: list[str] = []

    class Watched(LocalDisk):
        def put(self, name: str, data: bytes) -> None:
            written.append(name)
            super().put(name, data)

    generations = Generations(Watched(tmp_path))
    first = generations.publish(FINGERPRINT, {"a": b"1"}, {"covers": {}})
    second = generations.publish(OTHER, {"a": b"2"}, {"covers": {}})
    third = generations.publish(FINGERPRINT, {"a": b"3"}, {"covers": {}})
    assert [g.number for g in (first, second, third)] == [1, 1, 2]
    for wanted in (second, first, third):
        written.clear()
        generations.make_current(wanted)
        assert written == ["published/CURRENT"]
        assert generations.current() == wanted
    assert generations.latest(FINGERPRINT) == third
    assert generations.names(FINGERPRINT) == (first.name, third.name)
    assert generations.fingerprints() == (FINGERPRINT, OTHER)
    assert first.local("a").read_bytes() == b"1"


def test_the_undo_of_one_swap_does_not_take_back_another(disk: Disk) -> None:
    generations = Generations(disk)
    covers = {"covers": {}}
    first = generations.publish(FINGERPRINT, {"a": b"1"}, covers)
    second = generations.publish(OTHER, {"a": b"2"}, covers)
    third = generations.publish("12" * 8, {"a": b"3"}, covers)
    generations.make_current(second)
    with pytest.raises(SearchIndexError, match="another swap came after the one that is meant"):
        generations.undo(of=second, back=first)
    assert generations.current() == second
    assert generations.undo(of=second, back=third) == third == generations.current()
    assert generations.undo(of=third, back=second) == second
    assert generations.undo(of=second, back=first) == first


def test_swaps_are_undone_one_by_one_and_refreshes_are_no_swaps(disk: Disk) -> None:
    generations = Generations(disk)
    first = generations.publish(FINGERPRINT, {"a": b"1"}, {"covers": {}, "pooling": "mean"})
    with pytest.raises(SearchIndexError, match="no swap to undo"):
        generations.undo()
    newer = generations.publish(FINGERPRINT, {"a": b"2"}, {"covers": {}, "pooling": "mean"})
    assert generations.replaced == ()
    pooled = generations.publish(FINGERPRINT, {"a": b"3"}, {"covers": {}, "pooling": "attention"})
    other = generations.publish(OTHER, {"a": b"4"}, {"covers": {}, "pooling": "mean"})
    assert generations.replaced == ((FINGERPRINT, newer.name), (FINGERPRINT, pooled.name))
    with pytest.raises(SearchIndexError, match="does not serve any more"):
        generations.undo(of=first)
    assert generations.undo(of=other) == pooled == generations.current()
    # What its encoder has published since comes back in its place.
    newest = generations.publish(FINGERPRINT, {"a": b"5"}, {"covers": {}, "pooling": "mean"}, serve="never")
    assert generations.current() == pooled
    assert generations.undo() == newest == generations.current()
    with pytest.raises(SearchIndexError, match="no swap to undo"):
        generations.undo()
    assert generations.current() == newest


def test_what_serves_only_in_the_place_of_its_own(disk: Disk) -> None:
    generations = Generations(disk)
    manifest = {"covers": {}, "pooling": "mean"}
    assert generations.publish(FINGERPRINT, {}, manifest, serve="never")
    assert generations.current() is None
    first = generations.publish(FINGERPRINT, {}, manifest, serve="own")
    assert generations.current() == first
    generations.publish(OTHER, {}, manifest, serve="own")
    assert generations.current() == first
    second = generations.publish(FINGERPRINT, {}, manifest, serve="own")
    assert generations.current() == second
    with pytest.raises(SearchIndexError, match="somebody swapped meanwhile"):
        generations.make_current(first, instead_of=generations.latest(OTHER))
    assert generations.current() == second


def test_what_a_swap_replaced_is_not_collected(disk: Disk) -> None:
    generations = Generations(disk)
    manifest = {"covers": {}, "pooling": "mean"}
    swapped_out = generations.publish(FINGERPRINT, {"a": b"1"}, manifest)
    generations.publish(OTHER, {"a": b"2"}, manifest)
    for _ in range(2):
        generations.publish(FINGERPRINT, {"a": b"3"}, {"covers": {}, "pooling": "attention"}, serve="never")
    remove_unnamed(disk, before_s=float("inf"))
    assert len(generations.names(FINGERPRINT)) == 2
    assert generations.undo() == swapped_out
    assert swapped_out.local("a").read_bytes() == b"1"


def test_an_unfinished_generation_is_not_seen(disk: Disk) -> None:
    with disk.create(f"published/{FINGERPRINT}/000007-abcdef/index") as out:
        out.write(b"x")
    generations = Generations(disk)
    assert generations.latest(FINGERPRINT) is None
    assert generations.names(FINGERPRINT) == ()
    assert generations.publish(FINGERPRINT, {}, {"covers": {}}).number == 1


def test_a_generation_that_is_gone_cannot_serve(disk: Disk) -> None:
    generations = Generations(disk)
    first = generations.publish(FINGERPRINT, {}, {"covers": {}})
    second = generations.publish(FINGERPRINT, {}, {"covers": {}})
    disk.remove(f"{first.folder}/manifest.json")
    with pytest.raises(DamagedError, match=r"missing.*ShotIndex\.build"):
        generations.make_current(first)
    assert generations.current() == second


@pytest.mark.parametrize("name", ["../x", "a/b", "manifest.json", "", ".hidden", "x" * 101])
def test_file_names_are_plain(disk: Disk, name: str) -> None:
    with pytest.raises(CatalogError, match="cannot be the name"):
        Generations(disk).publish(FINGERPRINT, {name: b""}, {"covers": {}})


def test_a_manifest_is_json_and_says_what_it_covers(disk: Disk) -> None:
    generations = Generations(disk)
    for manifest, words in (
        ({}, "covers"),
        ({"covers": {}, "x": b"bytes"}, "JSON"),
        ({"covers": {}, "x": float("nan")}, "JSON"),
    ):
        with pytest.raises(CatalogError, match=words):
            generations.publish(FINGERPRINT, {}, manifest)
    with pytest.raises(CatalogError, match="fingerprint"):
        generations.publish("sample", {}, {"covers": {}})
    assert disk.walk("published") == []


def test_a_file_is_compared_once_before_it_is_used(tmp_path: Path) -> None:
    generations = Generations(LocalDisk(tmp_path))
    made = generations.publish(FINGERPRINT, {"index": b"0123456789"}, {"covers": {}})
    path = tmp_path / made.folder / "index"
    path.write_bytes(b"0123456788")
    with pytest.raises(DamagedError, match="not what was written"):
        made.local("index")
    path.write_bytes(b"0123456789")
    assert made.local("index") == path


def test_a_damaged_copy_of_a_stores_file_is_fetched_again(disk: Disk) -> None:
    generations = Generations(disk)
    made = generations.publish(FINGERPRINT, {"index": b"0123456789"}, {"covers": {}})
    if not disk.is_local:
        disk.local(f"{made.folder}/index").write_bytes(b"rotten")
    assert made.local("index").read_bytes() == b"0123456789"
    disk.put(f"{made.folder}/index", b"9999999999")
    again = generations.current()
    assert again is not None
    if not disk.is_local:
        disk.local(f"{made.folder}/index", fresh=True)
    with pytest.raises(DamagedError, match="not what was written"):
        again.local("index")
