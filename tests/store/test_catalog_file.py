from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.store.made import published, video_id
from vidsearch_sdk.errors import CatalogError, CatalogTooNew
from vidsearch_sdk.store.catalog_file import check_catalog, make_catalog
from vidsearch_sdk.store.disk import Disk, open_disk
from vidsearch_sdk.store.films import Films


def test_it_is_written_once(disk: Disk) -> None:
    assert not check_catalog(disk)
    make_catalog(disk)
    first = disk.read("catalog.json")
    assert check_catalog(disk)
    make_catalog(disk)
    assert disk.read("catalog.json") == first
    assert json.loads(first)["format"] == 1
    assert len(json.loads(first)["id"]) == 16


@pytest.mark.parametrize("hand_made", [False, True])
def test_a_newer_format_is_read_and_not_written(disk: Disk, hand_made: bool) -> None:
    make_catalog(disk)
    film = published(Films(disk), video_id(1))
    if hand_made:
        disk.put("catalog.json", b'{"format": 99}')
    else:
        disk.put("catalog.json", disk.read("catalog.json").replace(b'"format": 1', b'"format": 2'))
    again = open_disk(disk.location)
    assert check_catalog(again)
    assert Films(again).list() == [film]
    assert Films(again).table(film, "shots").num_rows == 3
    for write in (
        lambda: make_catalog(again),
        lambda: Films(again).update(video_id(1), own={"a": 1}),
        lambda: published(Films(again), video_id(1)),
        lambda: Films(again).remove(video_id(1)),
    ):
        with pytest.raises(CatalogTooNew, match=r"knows up to 1 and only reads it\. Update vidsearch_sdk"):
            write()


@pytest.mark.parametrize("files", [["film.mkv"], ["films/film.mkv"], ["films", "catalog.txt"]])
def test_nothing_is_written_among_other_files(tmp_path: Path, files: list[str]) -> None:
    for name in files:
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(b"mine")
    before = sorted(tmp_path.rglob("*"))
    for act in (check_catalog, make_catalog):
        with pytest.raises(CatalogError, match=r"holds other things .*nothing is written there"):
            act(open_disk(tmp_path))
    assert sorted(tmp_path.rglob("*")) == before


def test_a_file_is_no_place_for_a_catalog(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(CatalogError, match="is a file; a catalog is a folder"):
        check_catalog(open_disk(tmp_path / "file"))


def test_hidden_files_do_no_harm(tmp_path: Path) -> None:
    (tmp_path / ".DS_Store").touch()
    (tmp_path / ".catalog.json.0123456789ab.tmp").touch()
    make_catalog(open_disk(tmp_path))
    assert check_catalog(open_disk(tmp_path))


def test_films_without_their_catalog_file_are_kept(disk: Disk) -> None:
    film = published(Films(disk), video_id(1))
    assert not check_catalog(disk)
    make_catalog(disk)
    assert Films(disk).list() == [film]
