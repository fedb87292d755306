"""A changed, cut or zeroed byte in any stored file is found before anything is made of it."""

from __future__ import annotations

import random
import shutil
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pyarrow.parquet as pq
import pytest

from tests.store.made import FINGERPRINT, published, tables, vectors, video_id
from vidsearch_sdk.catalog import Catalog
from vidsearch_sdk.errors import CatalogError, CatalogTooNew, DamagedError
from vidsearch_sdk.store.catalog_file import make_catalog
from vidsearch_sdk.store.disk import open_disk

HURT, WHOLE = video_id(1), video_id(2)
KINDS = (
    "shots",
    "keyframes",
    "scores",
    "dialogue",
    "film.json",
    "vectors",
    "vectors' marker",
    "catalog.json",
    "manifest.json",
    "CURRENT",
    "index.usearch",
    "vectors.npy",
)
DAMAGES = 14


@pytest.fixture(scope="module")
def pristine(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("pristine") / "catalog"
    make_catalog(open_disk(folder))
    catalog = Catalog(folder)
    for film_id in (HURT, WHOLE):
        film = published(catalog.films, film_id, shots=5, keyframes=20)
        catalog.embeddings.publish(film, FINGERPRINT, vectors(film))
    rng = random.Random(1)
    files: dict[str, bytes | Path] = {
        "index.usearch": rng.randbytes(9000),
        "vectors.npy": rng.randbytes(5000),
    }
    catalog.generations.publish(FINGERPRINT, files, {"covers": {}})
    return folder


@pytest.fixture
def catalog(pristine: Path, tmp_path: Path) -> Catalog:
    return Catalog(shutil.copytree(pristine, tmp_path / "catalog"))


def _file(catalog: Catalog, kind: str) -> Path:
    root = Path(catalog.location)
    film = catalog.films.get(HURT)
    if kind in film.parts:
        return root / film.folder / film.parts[kind].file
    vector_folder = root / film.folder / "embeddings"
    return {
        "film.json": root / film.folder / "film.json",
        "vectors": next(vector_folder.glob("*.parquet")),
        "vectors' marker": vector_folder / f"{FINGERPRINT}.json",
        "catalog.json": root / "catalog.json",
        "manifest.json": next(root.glob("published/*/*/manifest.json")),
        "CURRENT": root / "published" / "CURRENT",
        "index.usearch": next(root.glob("published/*/*/index.usearch")),
        "vectors.npy": next(root.glob("published/*/*/vectors.npy")),
    }[kind]


def _use(location: str, kind: str) -> None:
    """Use a file of a kind as a new process would."""
    catalog = Catalog(location)
    if kind == "catalog.json":
        make_catalog(open_disk(location))
        catalog._disk.check_writable()
    elif kind == "keyframes":
        film = catalog.films.get(HURT)
        for _ in catalog.films.keyframes(film):
            pass
    elif kind in tables(HURT):
        catalog.films.table(catalog.films.get(HURT), kind)
    elif kind == "film.json":
        catalog.films.get(HURT)
    elif kind.startswith("vectors") and kind != "vectors.npy":
        catalog.embeddings.read(catalog.films.get(HURT), FINGERPRINT)
    else:
        current = catalog.generations.current()
        assert current is not None
        if kind in ("index.usearch", "vectors.npy"):
            current.local(kind)


def _damages(data: bytes, seed: str) -> list[bytes]:
    rng = random.Random(seed)
    made = []
    for _ in range(DAMAGES - 4):
        flipped = bytearray(data)
        flipped[rng.randrange(len(data))] ^= 1 << rng.randrange(8)
        made.append(bytes(flipped))
    at = rng.randrange(max(1, len(data) - 512))
    made += [
        data[: rng.randrange(len(data))],
        data[:-1],
        data + b"\0",
        data[:at] + bytes(len(data[at : at + 512])),
    ]
    made[-1] += data[at + 512 :]
    assert all(damaged != data for damaged in made)
    return made


def _undetected(catalog: Catalog, kind: str, use: Callable[[str, str], None]) -> int:
    path = _file(catalog, kind)
    data = path.read_bytes()
    missed = 0
    for damaged in _damages(data, kind):
        path.write_bytes(damaged)
        # A newer catalog: the changed bit was in the number of the format itself.
        allowed = (DamagedError, CatalogTooNew) if kind == "catalog.json" else DamagedError
        try:
            use(catalog.location, kind)
            missed += 1
        except allowed:
            pass
        path.write_bytes(data)
    use(catalog.location, kind)
    return missed


@pytest.mark.parametrize("kind", KINDS)
def test_every_damage_is_found_before_use(catalog: Catalog, kind: str) -> None:
    assert len(KINDS) * DAMAGES > 150
    assert _undetected(catalog, kind, _use) == 0


@pytest.mark.parametrize("kind", KINDS)
def test_a_missing_file_is_named(catalog: Catalog, kind: str) -> None:
    path = _file(catalog, kind)
    path.unlink()
    problems = Catalog(catalog.location).verify(progress=False)
    # Markers are what makes things exist: without theirs there is nothing to miss.
    expected = {
        "film.json": [],
        "vectors' marker": [],
        "CURRENT": [],
        "manifest.json": ["CURRENT"],
        "vectors": [f"{FINGERPRINT}.json"],
    }.get(kind, [path.name])
    assert [Path(name).name for name in problems["file"]] == expected
    assert all("is missing" in problem for problem in problems["problem"])


@pytest.mark.parametrize("kind", KINDS)
def test_verify_finds_what_use_would_meet(catalog: Catalog, kind: str) -> None:
    assert len(catalog.verify(progress=False)) == 0
    path = _file(catalog, kind)
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 4
    path.write_bytes(data)
    problems = open_problems(catalog)
    files = {Path(name).name for name in problems["file"]}
    assert path.name in files or (kind == "vectors" and files == {f"{FINGERPRINT}.json"})
    assert all(problems["remedy"])
    if kind not in ("catalog.json", "film.json"):
        assert set(problems["video_id"]) <= {HURT, ""}


def open_problems(catalog: Catalog) -> pd.DataFrame:
    try:
        return Catalog(catalog.location).verify(progress=False)
    except DamagedError:  # catalog.json: opening says so, and what was opened before can still be verified
        return catalog.verify(progress=False)


@pytest.mark.parametrize("kind", ["shots", "dialogue", "film.json"])
def test_one_damaged_film_leaves_the_others_usable(
    catalog: Catalog, kind: str, caplog: pytest.LogCaptureFixture
) -> None:
    path = _file(catalog, kind)
    path.write_bytes(path.read_bytes()[:-9])
    again = Catalog(catalog.location)
    assert set(again.videos["video_id"]) == {HURT, WHOLE}
    assert set(again.shots["video_id"]) == ({HURT, WHOLE} if kind == "dialogue" else {WHOLE})
    assert set(again.dialogue["video_id"]) == ({HURT, WHOLE} if kind == "shots" else {WHOLE})
    assert again.keyframe(f"{WHOLE}-1")
    if kind == "film.json":
        row = again.videos.set_index("video_id").loc[HURT]
        assert row["status"] == "damaged"
        assert "catalog.add" in row["error"]
        assert "add" in again.status().next_step
    else:
        assert HURT in caplog.text


def test_segmenting_again_mends_damaged_parts(catalog: Catalog) -> None:
    before = catalog.films.get(HURT)
    path = _file(catalog, "keyframes")
    data = bytearray(path.read_bytes())
    data[50] ^= 1
    path.write_bytes(data)
    assert catalog.films.waiting(retry=True) == []
    assert "segment(retry=True)" in catalog.verify(progress=False)["remedy"][0]
    assert [film.video_id for film in catalog.films.waiting(retry=True)] == [HURT]
    assert catalog.films.waiting() == []
    assert "keyframes is not what was written" in catalog.videos.set_index("video_id").loc[HURT, "error"]
    assert "retry=True" in catalog.status().next_step
    # The same rows again: although their hashes are those of the damaged parts, new files must be made.
    mended = catalog.films.publish(
        HURT, measured={}, status="ok", error="", tables=tables(HURT, shots=5, keyframes=20)
    )
    assert mended.run != before.run
    assert len(catalog.verify(progress=False)) == 0
    assert catalog.films.waiting(retry=True) == []


def test_a_cut_part_is_known_without_verifying(catalog: Catalog) -> None:
    path = _file(catalog, "scores")
    path.write_bytes(path.read_bytes()[:-1])
    assert [film.video_id for film in catalog.films.waiting(retry=True)] == [HURT]


def test_damaged_vectors_are_set_aside_by_verify(catalog: Catalog) -> None:
    path = _file(catalog, "vectors")
    data = bytearray(path.read_bytes())
    data[len(data) // 3] ^= 1
    path.write_bytes(data)
    film = catalog.films.get(HURT)
    assert catalog.embeddings.has(film, FINGERPRINT)
    assert list(catalog.verify(progress=False)["kind"]) == ["embeddings"]
    assert not catalog.embeddings.has(film, FINGERPRINT)
    catalog.embeddings.publish(film, FINGERPRINT, vectors(film))
    assert catalog.embeddings.read(film, FINGERPRINT).shape == vectors(film).shape


def test_a_damaged_catalog_file_is_written_anew_as_its_message_says(catalog: Catalog) -> None:
    path = _file(catalog, "catalog.json")
    path.write_bytes(b"{}")
    with pytest.raises(DamagedError, match=r"Remove that one file"):
        Catalog(catalog.location)
    path.unlink()
    Catalog(catalog.location).add(Path(__file__))
    assert len(Catalog(catalog.location).videos) == 3


def test_these_tests_find_a_reader_that_does_not_check(catalog: Catalog) -> None:
    def careless(location: str, kind: str) -> None:
        film = catalog.films.get(HURT)
        try:
            pq.read_table(Path(location) / film.folder / film.parts[kind].file)
        except Exception as error:  # pyarrow raises what it likes
            raise DamagedError(film.parts[kind].file) from error

    assert sum(_undetected(catalog, kind, careless) for kind in ("shots", "keyframes", "scores")) > 3


def test_a_part_of_another_film_is_not_taken(catalog: Catalog) -> None:
    root = Path(catalog.location)
    shutil.copy(root / catalog.films.get(WHOLE).folder / "film.json", _file(catalog, "film.json"))
    with pytest.raises(CatalogError, match="belongs to film"):
        catalog.films.get(HURT)
