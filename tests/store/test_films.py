from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from tests.store.made import added, published, tables, video_id
from vidsearch_sdk.errors import CatalogError, VideoNotFound
from vidsearch_sdk.store.disk import Disk
from vidsearch_sdk.store.film import Film, decode_film, encode_film
from vidsearch_sdk.store.films import Films
from vidsearch_sdk.store.local_disk import LocalDisk

ONE = video_id(1)


def test_a_film_is_added_published_and_read(disk: Disk) -> None:
    films = Films(disk)
    waiting = added(films, ONE, own={"show": "Dark"}, source={"bytes": 9, "mtime_ns": 8})
    assert (waiting.status, waiting.run, waiting.has_shots) == ("added", None, False)
    assert films.waiting() == [waiting]
    film = published(films, ONE)
    assert film == films.get(ONE) == films.list()[0]
    assert (film.status, film.own, film.added_at) == ("ok", {"show": "Dark"}, waiting.added_at)
    assert films.waiting(retry=True) == []
    for part, table in tables(ONE).items():
        stored = films.table(film, part)
        assert stored.equals(table.cast(stored.schema))


def test_keyframes_are_read_one_by_one_and_in_a_row(disk: Disk) -> None:
    films = Films(disk)
    film = published(films, ONE, shots=9, keyframes=40)
    expected = tables(ONE, shots=9, keyframes=40)["keyframes"].to_pylist()
    batches = list(films.keyframes(film))
    assert all(batch.num_rows <= 16 for batch in batches)
    assert pa.Table.from_batches(batches).to_pylist() == expected
    for shot in range(9):
        rows = [row for row in expected if row["shot_number"] == shot]
        assert films.shot_keyframes(film, shot) == [(row["time_s"], row["jpeg"]) for row in rows]
        assert films.keyframe(film, shot) == rows[len(rows) // 2]["jpeg"]
        assert films.keyframe(film, shot, 0) == rows[0]["jpeg"]
        assert films.keyframe(film, shot, -1) == rows[-1]["jpeg"]
        for beyond in (len(rows), -len(rows) - 1):
            with pytest.raises(VideoNotFound, match="no position"):
                films.keyframe(film, shot, beyond)
    for number in (9, -1):
        with pytest.raises(VideoNotFound, match="shots 0 to 8"):
            films.keyframe(film, number)


def test_a_picture_costs_one_row_group(tmp_path: Path) -> None:
    read: list[int] = []

    class Counting(LocalDisk):
        def read(self, name: str, *, start: int = 0, end: int | None = None) -> bytes:
            data = super().read(name, start=start, end=end)
            read.append(len(data))
            return data

    films = Films(Counting(tmp_path))
    film = published(films, ONE, shots=100, keyframes=16, jpeg=2000)
    films.keyframe(film, 50)
    read.clear()
    films.keyframe(film, 51)
    assert sum(read) < 3 * 16 * 2200 < film.parts["keyframes"].bytes / 8


def test_tables_may_come_as_arrow_files(disk: Disk, tmp_path: Path) -> None:
    films = Films(disk)
    added(films, ONE)
    given: dict[str, pa.Table | Path] = {}
    for part, table in tables(ONE, keyframes=50).items():
        given[part] = tmp_path / f"{part}.arrow"
        kind = pa.ipc.new_file if part != "scores" else pa.ipc.new_stream
        with kind(str(given[part]), table.schema) as writer:
            for batch in table.to_batches(max_chunksize=7):
                writer.write_batch(batch)
    film = films.publish(ONE, measured={}, status="partial", error="short", tables=given)
    assert film.parts["keyframes"].rows == tables(ONE, keyframes=50)["keyframes"].num_rows
    for part, table in tables(ONE, keyframes=50).items():
        assert films.table(film, part).equals(table.cast(films.table(film, part).schema))
    (tmp_path / "shots.arrow").write_bytes(b"torn")
    with pytest.raises(CatalogError, match=r"cannot be read from shots\.arrow"):
        films.publish(ONE, measured={}, status="ok", error="", tables=given)


def test_publishing_twice_changes_nothing(disk: Disk) -> None:
    films = Films(disk)
    first = published(films, ONE)
    files = [file.name for file in disk.walk("films")]
    assert published(films, ONE) == first
    assert [file.name for file in disk.walk("films")] == files
    other = published(films, ONE, shots=4)
    assert other.run != first.run
    assert films.get(ONE).parts["shots"].rows == 4


def test_publishing_keeps_what_was_edited_meanwhile(tmp_path: Path) -> None:
    class Edited(LocalDisk):
        def sync(self, folder: str) -> None:
            super().sync(folder)
            if not edits:
                edits.append(
                    Films(LocalDisk(tmp_path)).update(ONE, own={"show": "1899"}, uri="file:///elsewhere")
                )

    edits: list[Film] = [Film(ONE, "", "")]
    added(Films(LocalDisk(tmp_path)), ONE)
    films = Films(Edited(tmp_path))
    edits.clear()
    film = published(films, ONE)
    assert (film.own, film.uri, film.status) == ({"show": "1899"}, "file:///elsewhere", "ok")


def test_a_failed_attempt_never_replaces_shots(disk: Disk) -> None:
    films = Films(disk)
    film = published(films, ONE)
    assert films.publish(ONE, measured={}, status="crashed", error="died", tables={}) == film
    assert films.get(ONE) == film
    added(films, video_id(2))
    crashed = films.publish(video_id(2), measured={"width": 5}, status="crashed", error="died", tables={})
    assert (crashed.status, crashed.error, crashed.measured) == ("crashed", "died", {"width": 5})
    assert crashed.run is not None  # so that whoever planned the work sees that it was done
    assert films.waiting() == []
    assert films.waiting(retry=True) == [crashed]
    assert published(films, video_id(2)).error == ""


def test_measured_values_become_plain(disk: Disk) -> None:
    films = Films(disk)
    added(films, ONE)
    measured: dict[str, Any] = {
        "frame_rate": Fraction(24000, 1001),
        "frames": np.int64(7),
        "duration_s": np.float32(0.5),
        "variable_rate": np.bool_(True),
        "rotation": None,
        "hdr": "",
        "more": float("inf"),
    }
    film = films.publish(ONE, measured=measured, status="rejected", error="x", tables={})
    assert films.get(ONE).measured == film.measured
    assert film.measured["frame_rate"] == "24000/1001"
    assert (film.measured["frames"], film.measured["duration_s"]) == (7, 0.5)
    assert film.measured["variable_rate"] is True
    assert film.measured["more"] is None
    with pytest.raises(CatalogError, match="not text, a number"):
        films.publish(ONE, measured={"x": [1]}, status="rejected", error="", tables={})


def _with(part: str, **columns: Any) -> dict[str, pa.Table]:
    made = tables(ONE)
    for name, values in columns.items():
        table = made[part]
        made[part] = table.set_column(table.column_names.index(name), name, pa.array(values))
    return made


@pytest.mark.parametrize(
    ("made", "words"),
    [
        ({**tables(ONE), "shots": tables(video_id(2))["shots"]}, "rows of other films"),
        ({**tables(ONE), "keyframes": tables(ONE, keyframes=8)["keyframes"]}, "other keyframes than"),
        ({**tables(ONE), "shots": tables(ONE)["shots"].slice(0, 0)}, "at least one shot"),
        ({**tables(ONE), "shots": tables(ONE)["shots"].drop_columns(["opened_by"])}, "must have shot_id"),
        ({**tables(ONE), "shots": tables(ONE)["shots"].append_column("x", pa.array([1, 2, 3]))}, "must have"),
        (_with("shots", number=[0, 2, 1]), "count from 0"),
        (_with("shots", start_s=["a", "b", "c"]), "does not convert"),
        (_with("shots", end_s=[1.0, None, 2.0]), "empty cells in end_s"),
        (_with("dialogue", line=[1, 2]), "count from 0"),
        ({**tables(ONE), "keyframes": tables(ONE)["keyframes"][::-1]}, "order of their shots"),
    ],
)
def test_tables_that_do_not_fit_are_refused_and_leave_nothing(
    disk: Disk, made: dict[str, pa.Table], words: str
) -> None:
    films = Films(disk)
    before = added(films, ONE)
    with pytest.raises(CatalogError, match=words):
        films.publish(ONE, measured={}, status="ok", error="", tables=made)
    assert films.get(ONE) == before
    assert not [file for file in disk.walk("films") if file.name.endswith(".parquet")]


@pytest.mark.parametrize(
    ("status", "made"),
    [
        ("ok", {}),
        ("partial", {"shots": tables(ONE)["shots"]}),
        ("crashed", tables(ONE)),
        ("added", {}),
        ("fine", {}),
    ],
)
def test_status_and_tables_belong_together(disk: Disk, status: Any, made: dict[str, pa.Table]) -> None:
    films = Films(disk)
    added(films, ONE)
    with pytest.raises(CatalogError, match="is published as ok or partial"):
        films.publish(ONE, measured={}, status=status, error="", tables=made)


def test_updating_merges_and_takes_away(disk: Disk) -> None:
    films = Films(disk)
    added(films, ONE, own={"show": "Dark", "season": 1})
    films.update(ONE, own={"season": None, "year": 2017}, name="new.mkv")
    film = films.get(ONE)
    assert (film.own, film.name) == ({"show": "Dark", "year": 2017}, "new.mkv")
    with pytest.raises(VideoNotFound):
        films.update(video_id(7), own={})


def test_removing(disk: Disk) -> None:
    films = Films(disk)
    published(films, ONE)
    films.remove(ONE)
    assert films.find(ONE) is None
    assert films.list() == []
    with pytest.raises(VideoNotFound):
        films.remove(ONE)
    with pytest.raises(VideoNotFound):
        films.publish(ONE, measured={}, status="ok", error="", tables=tables(ONE))


def test_a_film_that_is_not_there_names_the_nearest(disk: Disk) -> None:
    films = Films(disk)
    films.add(Film(ONE, "file:///x", "The Lighthouse.mkv"))
    near = ONE[:-1] + "f"
    with pytest.raises(VideoNotFound, match=f"nearest are {ONE}"):
        films.get(near)
    with pytest.raises(VideoNotFound, match=r"No film '\.\./\.\./etc'"):
        films.get("../../etc")
    with pytest.raises(CatalogError, match="not a video_id"):
        films.find("../../etc")


def test_a_film_without_shots_has_no_tables(disk: Disk) -> None:
    films = Films(disk)
    film = added(films, ONE)
    with pytest.raises(CatalogError, match=r"status is added\. Run catalog\.segment"):
        films.table(film, "shots")
    with pytest.raises(CatalogError, match=r"catalog\.segment"):
        films.keyframe(film, 0)
    with pytest.raises(CatalogError, match="not a stored table"):
        films.table(published(films, ONE), "pictures")


def test_films_come_in_the_order_in_which_they_were_added(disk: Disk) -> None:
    films = Films(disk)
    ids = [video_id(number) for number in (5, 1, 9, 3)]
    for film_id in ids:
        added(films, film_id)
    assert [film.video_id for film in films.list()] == ids


def test_a_marker_reads_back_whatever_text_it_holds() -> None:
    film = Film(
        ONE,
        "file:///%FF",
        "n\u00e4me \U0001f600",
        "rejected",
        'a "b"\n\\ \ud800',
        own={"ü": "ß", "n": -1.5e300},
    )
    assert decode_film(encode_film(film), ONE) == film
