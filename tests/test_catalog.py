"""The catalog as users hold it."""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pandas as pd
import pytest

from tests.store.made import FINGERPRINT, published, tables, vectors, video_id
from vidsearch_sdk.catalog import Catalog
from vidsearch_sdk.errors import CatalogError, CatalogTooNew, VideoNotFound
from vidsearch_sdk.store.tables import DIALOGUE, SHOTS, VIDEOS


@pytest.fixture
def films(tmp_path: Path) -> Path:
    folder = tmp_path / "films"
    folder.mkdir()
    for name in ("a.mkv", "b.mkv", "c.mkv"):
        (folder / name).write_bytes(name.encode() * 50)
    return folder


@pytest.fixture
def catalog(tmp_path: Path) -> Catalog:
    return Catalog(tmp_path / "catalog")


def _outcomes(added: pd.DataFrame) -> dict[str, str]:
    return dict(zip(added["name"], added["outcome"], strict=True))


def _own(catalog: Catalog) -> dict[str, dict[str, object]]:
    return {film.name: dict(film.own) for film in catalog.films.list()}


def test_it_is_made_on_first_use(catalog: Catalog, films: Path) -> None:
    assert not catalog.exists
    assert len(catalog.videos) == len(catalog.shots) == len(catalog.dialogue) == len(catalog.verify()) == 0
    assert "catalog.add" in catalog.status().next_step
    assert not Path(catalog.location).exists()
    catalog.add(films)
    assert catalog.exists
    assert repr(catalog) == f"Catalog({catalog.location!r})"


def test_files_are_added_once(catalog: Catalog, films: Path) -> None:
    added = catalog.add(films, show="Dark", season=1)
    assert list(added.columns) == ["video_id", "name", "outcome", "error"]
    assert _outcomes(added) == dict.fromkeys(["a.mkv", "b.mkv", "c.mkv"], "added")
    assert _outcomes(catalog.add(films)) == dict.fromkeys(["a.mkv", "b.mkv", "c.mkv"], "unchanged")
    videos = catalog.videos
    assert list(videos["status"]) == ["added"] * 3
    assert list(videos["bytes"]) == [250] * 3
    assert list(videos["show"]) == ["Dark"] * 3
    assert videos["uri"][0] == (films / "a.mkv").as_uri()
    assert len(catalog.videos["video_id"].unique()) == 3


def test_unchanged_files_are_not_read(catalog: Catalog, films: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    catalog.add(films)
    from vidsearch_sdk.store import adding

    def never(*_: object, **__: object) -> None:
        raise AssertionError("the file was read")

    monkeypatch.setattr(adding, "read_content", never)
    assert set(catalog.add(films)["outcome"]) == {"unchanged"}
    os.utime(films / "a.mkv")
    with pytest.raises(AssertionError, match="was read"):
        catalog.add(films)


def test_a_touched_file_is_read_once_more_only(
    catalog: Catalog, films: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    catalog.add(films / "a.mkv")
    os.utime(films / "a.mkv", ns=(5, 5))
    assert _outcomes(catalog.add(films / "a.mkv")) == {"a.mkv": "unchanged"}
    assert catalog.films.list()[0].source["mtime_ns"] == 5


def test_a_moved_file_keeps_its_shots(catalog: Catalog, films: Path) -> None:
    video = catalog.add(films / "a.mkv", show="Dark")["video_id"][0]
    published(catalog.films, video)
    (films / "deep").mkdir()
    (films / "a.mkv").rename(films / "deep" / "new name.mkv")
    with pytest.raises(VideoNotFound, match=r"no longer at .*catalog\.add"):
        catalog.path(video)
    added = catalog.add(films / "deep")
    assert (added["video_id"][0], added["outcome"][0]) == (video, "moved")
    film = catalog.films.get(video)
    assert (film.status, film.name, film.own) == ("ok", "new name.mkv", {"show": "Dark"})
    assert catalog.path(video) == films / "deep" / "new name.mkv"


def test_a_changed_file_takes_the_old_ones_place(catalog: Catalog, films: Path) -> None:
    catalog.add(films, show="Dark", season=1)
    old = catalog.films.list()[0]
    published(catalog.films, old.video_id)
    (films / "a.mkv").write_bytes(b"another cut")
    assert _outcomes(catalog.add(films, season=2)) == {
        "a.mkv": "changed",
        "b.mkv": "unchanged",
        "c.mkv": "unchanged",
    }
    assert catalog.films.find(old.video_id) is None
    assert _own(catalog)["a.mkv"] == {"show": "Dark", "season": 2}
    assert {film.status for film in catalog.films.list()} == {"added"}
    assert len(catalog.videos) == 3


def test_files_that_changed_places_are_both_kept(catalog: Catalog, films: Path) -> None:
    ids = list(catalog.add([films / "a.mkv", films / "b.mkv"])["video_id"])
    (films / "a.mkv").rename(films / "x")
    (films / "b.mkv").rename(films / "a.mkv")
    (films / "x").rename(films / "b.mkv")
    assert _outcomes(catalog.add([films / "a.mkv", films / "b.mkv"])) == {"a.mkv": "moved", "b.mkv": "moved"}
    assert {film.name: film.video_id for film in catalog.films.list()} == {"a.mkv": ids[1], "b.mkv": ids[0]}


def test_the_same_content_twice_is_one_film(catalog: Catalog, films: Path) -> None:
    (films / "copy of a.mkv").write_bytes((films / "a.mkv").read_bytes())
    (films / "link.mkv").symlink_to(films / "b.mkv")
    added = catalog.add(films).set_index("name")
    assert added.loc["copy of a.mkv", "outcome"] == "duplicate"
    assert added.loc["copy of a.mkv", "error"] == "same content as a.mkv"
    assert added.loc["link.mkv", "outcome"] == "duplicate"
    assert len(catalog.videos) == 3
    assert catalog.add(films).set_index("name").loc["copy of a.mkv", "outcome"] == "duplicate"


def test_a_changed_file_that_repeats_another(catalog: Catalog, films: Path) -> None:
    catalog.add(films)
    (films / "a.mkv").write_bytes((films / "b.mkv").read_bytes())
    assert _outcomes(catalog.add(films))["a.mkv"] == "duplicate"
    assert sorted(film.name for film in catalog.films.list()) == ["b.mkv", "c.mkv"]


def test_what_is_no_file_is_rejected_and_stops_nothing(catalog: Catalog, films: Path) -> None:
    os.mkfifo(films / "pipe.mp4")
    (films / "empty.mp4").touch()
    (films / "dangling.mp4").symlink_to("nowhere")
    added = catalog.add(films, show="Dark")
    assert _outcomes(added) == {
        **dict.fromkeys(["a.mkv", "b.mkv", "c.mkv"], "added"),
        **dict.fromkeys(["pipe.mp4", "empty.mp4", "dangling.mp4"], "rejected"),
    }
    errors = added.set_index("name")["error"]
    assert errors["pipe.mp4"] == "is a FIFO, not a file"
    assert errors["empty.mp4"] == "is empty"
    videos = catalog.videos.set_index("name")
    assert videos.loc["pipe.mp4", "status"] == "rejected"
    assert videos.loc["pipe.mp4", "error"] == "is a FIFO, not a file"
    assert _outcomes(catalog.add(films)) == {
        **_outcomes(added),
        **dict.fromkeys(["a.mkv", "b.mkv", "c.mkv"], "unchanged"),
    }
    assert len(catalog.videos) == 6
    (films / "empty.mp4").write_bytes(b"now there is something")
    assert _outcomes(catalog.add(films))["empty.mp4"] == "changed"
    assert len(catalog.videos) == 6
    assert catalog.videos.set_index("name").loc["empty.mp4", "status"] == "added"
    assert _own(catalog)["empty.mp4"] == {"show": "Dark"}


def test_a_film_whose_file_is_away_for_a_while_stays(catalog: Catalog, films: Path) -> None:
    video = catalog.add(films / "a.mkv")["video_id"][0]
    published(catalog.films, video)
    (films / "a.mkv").unlink()
    (films / "a.mkv").symlink_to("gone")
    added = catalog.add(films / "a.mkv")
    assert (added["video_id"][0], added["outcome"][0]) == (video, "rejected")
    assert catalog.films.get(video).status == "ok"
    assert len(catalog.videos) == 1


def test_names_that_break_things(catalog: Catalog, films: Path) -> None:
    names = [
        b"-rf.mkv",
        b"new\nline.mkv",
        b"'\"; drop.mkv",
        b"bad\xff\xfe.mkv",
        b"[a-z]*.mkv",
        b"%41.mkv",
        b"~.mkv",
    ]
    for number, name in enumerate(names):
        (films / os.fsdecode(name)).write_bytes(b"%d" % number)
    added = catalog.add([films / os.fsdecode(name) for name in names])
    assert set(added["outcome"]) == {"added"}
    assert list(added["name"]) == [
        "-rf.mkv",
        "newline.mkv",
        "'\"; drop.mkv",
        "bad\ufffd\ufffd.mkv",
        "[a-z]*.mkv",
        "%41.mkv",
        "~.mkv",
    ]
    for video, name in zip(added["video_id"], names, strict=True):
        assert os.fsencode(catalog.path(video).name) == name
    assert set(catalog.add(films)["outcome"]) == {"added", "unchanged"}
    catalog.videos.to_json(date_format="iso")


def test_home_and_patterns(catalog: Catalog, films: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(films.parent))
    assert len(catalog.add("~/films/[ab].mkv")) == 2
    monkeypatch.chdir(films)
    assert _outcomes(catalog.add("*.mkv")) == {"a.mkv": "unchanged", "b.mkv": "unchanged", "c.mkv": "added"}


def test_nothing_is_added_when_a_path_is_wrong(catalog: Catalog, films: Path) -> None:
    for wrong in (films / "d.mkv", f"{films}/*.mp4"):
        with pytest.raises(VideoNotFound):
            catalog.add([films / "a.mkv", wrong])
    with pytest.raises(CatalogError, match="'score' is a column"):
        catalog.add(films, score=1)
    with pytest.raises(CatalogError, match="cannot hold"):
        catalog.add(films, show=["Dark"])
    assert not catalog.exists


def test_the_catalogs_own_folder_is_not_searched(films: Path) -> None:
    catalog = Catalog(films / "catalog")
    catalog.add(films)
    (films / "catalog" / "films" / "trap.mkv").write_bytes(b"x")
    assert len(catalog.add(films)) == 3


def test_columns_are_set_changed_and_taken_away(catalog: Catalog, films: Path) -> None:
    catalog.add(films, show="Dark")
    catalog.add(films / "a.mkv", season=1, new=True)
    assert _own(catalog)["a.mkv"] == {"show": "Dark", "season": 1, "new": True}
    catalog.add(films / "a.mkv", new=None)
    catalog.set_columns("b.mkv", show="1899", rating=0.5)
    assert _own(catalog) == {
        "a.mkv": {"show": "Dark", "season": 1},
        "b.mkv": {"show": "1899", "rating": 0.5},
        "c.mkv": {"show": "Dark"},
    }
    with pytest.raises(CatalogError, match="column 'season' holds a number"):
        catalog.add(films / "c.mkv", season="one")
    with pytest.raises(CatalogError, match="'status' is a column"):
        catalog.set_columns("b.mkv", status="ok")
    # A column is free to become another kind once no other film has it.
    catalog.set_columns("a.mkv", season="one")
    assert _own(catalog)["a.mkv"]["season"] == "one"
    videos = catalog.videos
    assert list(videos.columns) == [*VIDEOS.names, "show", "season", "rating"]


def test_tables_have_their_columns_and_types_also_when_empty(catalog: Catalog, films: Path) -> None:
    empty = catalog.videos, catalog.shots, catalog.dialogue
    for film in catalog.add(films, season=1, done=True, show="Dark")["video_id"]:
        published(catalog.films, film)
    full = catalog.videos, catalog.shots, catalog.dialogue
    assert [list(table.columns) for table in empty] == [VIDEOS.names, SHOTS.names, DIALOGUE.names]
    for before, after in zip(empty, full, strict=True):
        assert len(after)
        assert dict(before.dtypes) == {
            name: kind for name, kind in after.dtypes.items() if name in before.columns
        }
    kinds = {name: str(kind) for name, kind in full[0].dtypes.items()}
    assert (kinds["frames"], kinds["width"], kinds["season"], kinds["done"]) == (
        "Int64",
        "Int64",
        "Int64",
        "boolean",
    )
    assert (kinds["duration_s"], kinds["added_at"]) == ("float64", "datetime64[us, UTC]")
    assert str(full[1]["start_pts"].dtype) == str(full[1]["number"].dtype) == "int64"
    assert abs((pd.Timestamp.now(tz="UTC") - full[0]["added_at"][0]).total_seconds()) < 600


def test_shots_come_from_a_generation_and_from_films_alike(catalog: Catalog, films: Path) -> None:
    ids = list(catalog.add(films)["video_id"])
    made = [published(catalog.films, film) for film in ids[:2]]
    before = catalog.shots, catalog.dialogue
    rows = [
        pd.concat([tables(f.video_id)[part].to_pandas() for f in reversed(made)])
        for part in ("shots", "dialogue")
    ]
    import pyarrow as pa
    import pyarrow.parquet as pq

    files = {}
    for name, frame in zip(("shots", "dialogue"), rows, strict=True):
        sink = pa.BufferOutputStream()
        frame["show"] = "Dark"
        pq.write_table(pa.Table.from_pandas(frame, preserve_index=False), sink, write_page_checksum=True)
        files[f"{name}.parquet"] = sink.getvalue().to_pybytes()
    covers = {film.video_id: film.run for film in made}
    catalog.generations.publish(FINGERPRINT, files, {"covers": covers})
    again = Catalog(catalog.location)
    # What the generation covers is not read from the films.
    for film in made:
        for part in ("shots", "dialogue"):
            (Path(catalog.location) / film.folder / film.parts[part].file).rename(
                films / f"{film.video_id}-{part}"
            )
    for one, other in zip(before, (again.shots, again.dialogue), strict=True):
        pd.testing.assert_frame_equal(one, other)
    published(catalog.films, ids[2])
    assert list(Catalog(catalog.location).shots["video_id"].unique()) == ids
    # A film that is gone is gone, whatever a generation still holds.
    catalog.remove(ids[0])
    assert list(Catalog(catalog.location).shots["video_id"].unique()) == ids[1:]


def test_status(catalog: Catalog, films: Path) -> None:
    ids = list(catalog.add(films)["video_id"])
    assert catalog.status().next_step == "catalog.segment()"
    made = [published(catalog.films, film) for film in ids]
    assert catalog.status().next_step == "ShotIndex.build(catalog, encoder)"
    for film in made:
        catalog.embeddings.publish(film, FINGERPRINT, vectors(film))
    covers = {film.video_id: film.run for film in made[:2]}
    catalog.generations.publish(FINGERPRINT, {}, {"covers": covers, "encoder": {"name": "sample"}})
    status = catalog.status()
    assert (status.films, status.shots, status.outdated) == ({"ok": 3}, 9, 1)
    assert status.keyframes == sum(film.parts["keyframes"].rows for film in made)
    assert status.hours == pytest.approx(36 / 3600)
    assert status.embeddings == {FINGERPRINT: 3}
    assert status.serving == "generation 1 of encoder sample"
    assert status.next_step == "index.refresh()"
    for words in ("3 (3 ok)", "9 in 0.0 hours", "3 films with encoder", "index.refresh()", catalog.location):
        assert words in repr(status)


def test_films_are_removed_as_one_names_them(catalog: Catalog, films: Path) -> None:
    ids = list(catalog.add(films)["video_id"])
    for which, name in ((ids[0], "a.mkv"), (["b.mkv"], "b.mkv")):
        removed = catalog.remove(which)
        assert list(removed["name"]) == [name]
    assert (films / "a.mkv").exists()
    catalog.add(films)
    videos = catalog.videos
    assert sorted(catalog.remove(videos[videos["name"] < "c"])["name"]) == ["a.mkv", "b.mkv"]
    catalog.add(films)
    videos = catalog.videos
    assert list(catalog.remove(videos["name"] == "a.mkv")["name"]) == ["a.mkv"]
    assert len(catalog.remove([])) == len(catalog.remove(catalog.videos["frames"] > 5)) == 0
    with pytest.raises(VideoNotFound, match="nearest"):
        catalog.remove(["b.mkv", "bb.mkv"])
    with pytest.raises(CatalogError, match="one per row"):
        catalog.remove(videos["name"] == "b.mkv")
    (films / "deep").mkdir()
    (films / "deep" / "b.mkv").write_bytes(b"other")
    catalog.add(films)
    with pytest.raises(CatalogError, match=r"2 films are called 'b\.mkv'"):
        catalog.remove("b.mkv")
    assert len(catalog.videos) == 4


def test_keyframes(catalog: Catalog, films: Path) -> None:
    video = catalog.add(films / "a.mkv")["video_id"][0]
    published(catalog.films, video)
    rows = [row for row in tables(video)["keyframes"].to_pylist() if row["shot_number"] == 0]
    assert catalog.keyframe(f"{video}-0") == rows[len(rows) // 2]["jpeg"]
    assert catalog.keyframe(f"{video}-0", -1) == rows[-1]["jpeg"]
    assert catalog.keyframes(f"{video}-0") == [(row["time_s"], row["jpeg"]) for row in rows]
    for wrong in (f"{video}-9", f"{video}", f"{video}-00", "nonsense", f"{video_id(9)}-0", f"{video}-0\n"):
        with pytest.raises(VideoNotFound):
            catalog.keyframe(wrong)


def test_a_newer_catalog_is_read_only(catalog: Catalog, films: Path) -> None:
    video = catalog.add(films / "a.mkv")["video_id"][0]
    published(catalog.films, video)
    marker = Path(catalog.location) / "catalog.json"
    marker.write_bytes(marker.read_bytes().replace(b'"format": 1', b'"format": 7'))
    newer = Catalog(catalog.location)
    assert len(newer.videos) == 1
    assert len(newer.shots) == 3
    assert newer.keyframe(f"{video}-0")
    assert len(newer.verify()) == 0
    assert "next" in repr(newer.status())
    for write in (
        lambda: newer.add(films),
        lambda: newer.segment(),
        lambda: newer.remove(video),
        lambda: newer.set_columns(video, show="x"),
        lambda: newer.collect(),
        lambda: newer.embeddings.publish(
            newer.films.get(video), FINGERPRINT, vectors(newer.films.get(video))
        ),
        lambda: newer.generations.publish(FINGERPRINT, {}, {"covers": {}}),
    ):
        with pytest.raises(CatalogTooNew, match="format 7"):
            write()


def test_a_folder_of_films_is_no_catalog(films: Path) -> None:
    with pytest.raises(CatalogError, match=r"holds other things \('a\.mkv', 'b\.mkv', 'c\.mkv'\)"):
        Catalog(films)


def test_collecting(catalog: Catalog, films: Path) -> None:
    video = catalog.add(films / "a.mkv")["video_id"][0]
    published(catalog.films, video)
    catalog.remove(video)
    assert catalog.collect().files == 0
    for path in Path(catalog.location).rglob("*.parquet"):
        os.utime(path, (0, 0))
    assert catalog.collect(grace=timedelta(days=2)).files == 4
    with pytest.raises(CatalogError, match="24 hours"):
        catalog.collect(grace="1h")


def test_an_interrupted_add_keeps_what_was_done(
    catalog: Catalog, films: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from vidsearch_sdk.store import adding

    real = adding.read_content

    def interrupted(path: Path, **more: object) -> object:
        if path.name == "c.mkv":
            raise KeyboardInterrupt
        return real(path)

    monkeypatch.setattr(adding, "read_content", interrupted)
    with pytest.raises(KeyboardInterrupt):
        catalog.add(films)
    assert sorted(catalog.videos["name"]) == ["a.mkv", "b.mkv"]
    monkeypatch.undo()
    assert _outcomes(catalog.add(films)) == {"a.mkv": "unchanged", "b.mkv": "unchanged", "c.mkv": "added"}


def test_on_an_object_store(films: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    catalog = Catalog(f"memory://{tmp_path.name}/catalog")
    ids = list(catalog.add(films, show="Dark")["video_id"])
    for film in ids:
        published(catalog.films, film)
    assert len(catalog.shots) == 9
    assert catalog.keyframe(f"{ids[0]}-0")
    assert len(catalog.verify()) == 0
    assert catalog.status().shots == 9
    assert Catalog(catalog.location).videos["show"].tolist() == ["Dark"] * 3
    with pytest.raises(CatalogError):
        Catalog(str(tmp_path / "x"), storage_options={"a": 1})


def test_a_film_is_segmented_and_mended(catalog: Catalog, films: Path, real_videos: Path) -> None:
    film = real_videos / "formats" / "-leading-dash-1x1px.mp4"
    (films / "empty.mp4").touch()
    video = catalog.add([film, films / "empty.mp4"], show="Dark")["video_id"][0]
    done = catalog.segment(progress=False)
    assert list(done.columns) == ["video_id", "name", "status", "error", "shots", "film_s", "wall_s"]
    assert done.loc[0, ["video_id", "status", "shots"]].tolist() == [video, "ok", 1]
    shots = catalog.shots
    assert (shots["end_frame"].max(), shots["opened_by"][0]) == (5, "start")
    assert catalog.keyframe(f"{video}-0").startswith(b"\xff\xd8")
    assert catalog.videos["show"][0] == "Dark"
    assert len(catalog.segment(progress=False)) == 0
    stored = catalog.films.get(video)
    path = Path(catalog.location) / stored.folder / stored.parts["keyframes"].file
    path.write_bytes(path.read_bytes()[::-1])
    assert list(catalog.verify()["kind"]) == ["keyframes"]
    # What add() rejected is not tried again: there is nothing to decode.
    assert list(catalog.segment(progress=False, retry=True)["video_id"]) == [video]
    assert len(catalog.verify()) == 0
    pd.testing.assert_frame_equal(catalog.shots, shots)
    assert catalog.videos.set_index("name").loc["empty.mp4", "error"] == "is empty"


def test_importing_it_loads_nothing_heavy() -> None:
    heavy = "('torch', 'av', 'dask', 'distributed', 'cv2')"
    code = f"import sys, vidsearch_sdk.catalog; print([m for m in {heavy} if m in sys.modules])"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[]"


def test_its_parts_travel_to_other_processes(catalog: Catalog, films: Path) -> None:
    video = catalog.add(films / "a.mkv")["video_id"][0]
    published(catalog.films, video)
    assert pickle.loads(pickle.dumps(catalog.films)).get(video).has_shots
    assert pickle.loads(pickle.dumps(catalog.embeddings)).counts([]) == {}
