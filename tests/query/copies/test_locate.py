"""Which film a clip comes from, on films that are made for it."""

from __future__ import annotations

import logging
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from PIL import Image

from tests.index.worlds import pixels
from vidsearch_sdk.catalog import Catalog
from vidsearch_sdk.errors import QueryError, VideoNotFound
from vidsearch_sdk.query.algebra.terms import clip, shot, text
from vidsearch_sdk.query.copies import locate as copies
from vidsearch_sdk.query.copies.candidates import candidate_shots
from vidsearch_sdk.query.copies.locate import COLUMNS, locate
from vidsearch_sdk.query.copies.sources import FilmSource, pasted_clip
from vidsearch_sdk.shot_index import ShotIndex
from vidsearch_sdk.video.writing import VideoWriter

SIZE = (160, 90)
RATE = 24


class PatchEncoder:
    """Pictures are alike where their patches of light are."""

    name, dim, fingerprint = "patches", 40, "00000000000000cd"

    def encode_images(self, pictures: Any) -> np.ndarray:
        rows = []
        for picture in pictures:
            small = np.asarray(Image.fromarray(pixels(picture)).convert("L").resize((8, 5)), np.float32)
            rows.append((small - small.mean()).ravel() + 1e-3)
        found = np.array(rows, np.float32).reshape(-1, self.dim)
        return found / np.linalg.norm(found, axis=1, keepdims=True)

    def encode_texts(self, texts: Any) -> np.ndarray:
        return np.ones((len(texts), self.dim), np.float32) / np.sqrt(self.dim)


def place(seed: int) -> np.ndarray:
    """A wide picture of patches of all sizes, for a camera to move over."""
    random = np.random.default_rng(seed)
    whole = np.zeros((2 * SIZE[1], 4 * SIZE[0], 3))
    for cells in (3, 6, 12, 24):
        rough = random.integers(0, 256, (cells, 2 * cells, 3), np.uint8)
        grown = Image.fromarray(rough).resize((4 * SIZE[0], 2 * SIZE[1]), Image.Resampling.BICUBIC)
        whole += np.asarray(grown) / cells**0.5
    return (whole / whole.max() * 255).astype(np.uint8)


def shot_frames(seed: int, count: int) -> list[np.ndarray]:
    """A camera that moves to and fro over a place, while the light changes."""
    random = np.random.default_rng(seed)
    world, (slow, fast, phase) = place(seed), random.uniform(0.5, 3.0, 3)
    frames = []
    for number in range(count):
        time_s = number / RATE
        x = round(1.5 * SIZE[0] + SIZE[0] * np.sin(slow * time_s + phase))
        y = round(0.5 * SIZE[1] + 0.3 * SIZE[1] * np.sin(fast * time_s))
        light = 0.8 + 0.15 * np.sin(2.5 * fast * time_s + phase)
        frames.append((world[y : y + SIZE[1], x : x + SIZE[0]] * light).astype(np.uint8))
    return frames


def film_frames(*seeds: int, seconds: float = 4.0) -> list[np.ndarray]:
    return [frame for seed in seeds for frame in shot_frames(seed, round(seconds * RATE))]


def write(path: Path, frames: list[np.ndarray], *, rate: int = RATE, crf: int = 23) -> Path:
    height, width = (side // 2 * 2 for side in frames[0].shape[:2])
    with VideoWriter(
        path, width=width, height=height, rate=Fraction(rate), crf=crf, preset="ultrafast"
    ) as writer:
        for frame in frames:
            writer.write(frame[:height, :width])
    return path


def resized(frame: np.ndarray, width: int, height: int) -> np.ndarray:
    return np.asarray(Image.fromarray(frame).resize((width, height), Image.Resampling.BILINEAR))


FILMS = {"one": (1, 2, 3, 4), "two": (5, 6, 7), "three": (8, 11, 2, 10)}
"""Films of shots of 4 s by their seeds; shot 2 is in two of them."""


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> SimpleNamespace:
    folder = tmp_path_factory.mktemp("copies")
    frames = {name: film_frames(*seeds) for name, seeds in FILMS.items()}
    catalog, encoder = Catalog(folder / "catalog"), PatchEncoder()
    catalog.add([write(folder / f"{name}.mp4", some) for name, some in frames.items()])
    catalog.segment(progress=False)
    index = ShotIndex.build(catalog, encoder, progress=False)
    ids = {film.name.removesuffix(".mp4"): film.video_id for film in catalog.films.list()}
    return SimpleNamespace(catalog=catalog, encoder=encoder, served=index._serving(), frames=frames, ids=ids)


def ask(world: SimpleNamespace, query: Any, **options: Any) -> Any:
    return locate(world.catalog, world.served, query, encoder=world.encoder, **options)


def cut(world: SimpleNamespace, name: str, start_s: float, end_s: float) -> list[np.ndarray]:
    return list(world.frames[name][round(start_s * RATE) : round(end_s * RATE)])


def with_logo(frame: np.ndarray) -> np.ndarray:
    marked = frame.copy()
    marked[5:16, 120:152] = (230, 40, 30)
    return marked


def letterboxed(frame: np.ndarray) -> np.ndarray:
    return np.pad(resized(frame, 160, 90), ((15, 15), (0, 0), (0, 0)))


DISTURBED: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "as it is": lambda frame: frame,
    "cropped": lambda frame: resized(frame[3:84, 11:155], 160, 90),
    "mirrored": lambda frame: frame[:, ::-1],
    "darker": lambda frame: (frame * 0.55).astype(np.uint8),
    "brighter": lambda frame: np.clip(frame * 1.3 + 12.0, 0, 255).astype(np.uint8),
    "with a logo": with_logo,
    "larger and squeezed": lambda frame: resized(frame, 320, 240),
    "with black bars": letterboxed,
    "all at once": lambda frame: with_logo(
        (resized(frame[3:84, 11:155], 160, 90)[:, ::-1] * 0.6).astype(np.uint8)
    ),
}


@pytest.mark.parametrize("kind", DISTURBED)
def test_a_disturbed_clip_is_found(world: SimpleNamespace, tmp_path: Path, kind: str) -> None:
    frames = [DISTURBED[kind](frame) for frame in cut(world, "one", 9.0, 14.0)]
    best = ask(world, clip(write(tmp_path / "clip.mp4", frames, crf=32))).iloc[0]
    assert best["video_id"] == world.ids["one"]
    assert best["offset_s"] == pytest.approx(9.0, abs=0.1)
    assert (best["start_s"], best["end_s"]) == pytest.approx((9.0, 14.0), abs=0.15)
    assert best["mirrored"] == (kind in ("mirrored", "all at once"))
    assert best["shots"] == (f"{world.ids['one']}-2", f"{world.ids['one']}-3")
    assert best["score"] > 0.6


@pytest.mark.parametrize("rate", [12, 30, 60])
def test_another_frame_rate_is_no_hindrance(world: SimpleNamespace, tmp_path: Path, rate: int) -> None:
    frames = cut(world, "two", 2.0, 7.0)
    picked = [frames[min(len(frames) - 1, int(n * RATE / rate))] for n in range(5 * rate)]
    best = ask(world, clip(write(tmp_path / "clip.mp4", picked, rate=rate))).iloc[0]
    assert best["video_id"] == world.ids["two"]
    assert best["offset_s"] == pytest.approx(2.0, abs=0.1)


def test_the_offset_is_that_of_the_clips_own_clock(world: SimpleNamespace, tmp_path: Path) -> None:
    leader = film_frames(50, seconds=3.0)
    path = write(tmp_path / "clip.mp4", leader + cut(world, "two", 5.0, 10.0))
    best = ask(world, clip(path, 3.0, 8.0)).iloc[0]
    assert best["offset_s"] == pytest.approx(2.0, abs=0.1)
    assert best["start_s"] == pytest.approx(5.0, abs=0.1)


def test_what_hangs_over_the_end_is_left_out_of_the_span(world: SimpleNamespace, tmp_path: Path) -> None:
    path = write(tmp_path / "clip.mp4", cut(world, "two", 7.0, 12.0) + film_frames(51, seconds=1.5))
    best = ask(world, clip(path)).iloc[0]
    assert best["video_id"] == world.ids["two"]
    assert (best["start_s"], best["end_s"]) == pytest.approx((7.0, 12.0), abs=0.1)


@pytest.mark.parametrize("seeds", [(60, 61), (62,), (63, 64)])
def test_a_clip_of_no_film_of_the_catalog_is_not_found(
    world: SimpleNamespace, tmp_path: Path, seeds: tuple[int, ...]
) -> None:
    path = write(tmp_path / "clip.mp4", film_frames(*seeds, seconds=3.0))
    pasted = pasted_clip(clip(path))
    found = ask(world, pasted)
    assert len(found) == 0
    assert tuple(found.columns) == COLUMNS
    anything = ask(world, pasted, strictness=0.0)
    assert len(anything) > 0
    assert anything["score"].max() < 0.5


def test_black_is_found_nowhere(world: SimpleNamespace, tmp_path: Path) -> None:
    path = write(tmp_path / "clip.mp4", [np.zeros((90, 160, 3), np.uint8)] * 72)
    assert len(ask(world, clip(path))) == 0


def test_a_shot_finds_its_repeat_and_not_itself(world: SimpleNamespace) -> None:
    found = ask(world, shot(f"{world.ids['one']}-1"))
    assert found["video_id"].tolist() == [world.ids["three"]]
    assert found.iloc[0]["shots"] == (f"{world.ids['three']}-2",)
    assert found.iloc[0]["offset_s"] == pytest.approx(4.0, abs=0.1)
    assert len(ask(world, shot(f"{world.ids['one']}-0"))) == 0


def test_a_shot_is_compared_by_what_is_stored_where_its_film_is_away(world: SimpleNamespace) -> None:
    path = world.catalog.path(world.ids["one"])
    away = path.rename(path.with_suffix(".away"))
    try:
        found = ask(world, shot(f"{world.ids['one']}-1"))
    finally:
        away.rename(path)
    assert found["shots"].tolist() == [(f"{world.ids['three']}-2",)]


def test_k_and_strictness_bound_the_answer(world: SimpleNamespace, tmp_path: Path) -> None:
    path = write(tmp_path / "clip.mp4", cut(world, "one", 4.5, 7.5))
    pasted = pasted_clip(clip(path))
    assert set(ask(world, pasted)["video_id"]) == {world.ids["one"], world.ids["three"]}
    assert len(ask(world, pasted, k=np.int64(1), strictness=np.float32(0.5))) == 1
    assert len(ask(world, pasted, strictness=1.0)) == 0


def test_a_large_catalog_is_not_read_whole(
    world: SimpleNamespace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(copies, "LOOK_AT_ALL", 0)
    monkeypatch.setattr("vidsearch_sdk.query.copies.candidates.FILMS", 1)
    read: list[str] = []
    looked = FilmSource.frames
    monkeypatch.setattr(
        FilmSource, "frames", lambda self, shots: (read.append(self.film.video_id), looked(self, shots))[1]
    )
    path = write(tmp_path / "clip.mp4", [frame[:, ::-1] for frame in cut(world, "two", 1.0, 6.0)])
    best = ask(world, clip(path)).iloc[0]
    assert read == [best["video_id"]] == [world.ids["two"]]
    assert best["offset_s"] == pytest.approx(1.0, abs=0.1)


def test_the_nearest_shots_name_the_films(world: SimpleNamespace) -> None:
    pictures = [world.frames["three"][number] for number in (30, 120, 340)]
    found = candidate_shots(world.served, world.encoder.encode_images(pictures))
    assert next(iter(found)) == world.ids["three"]
    assert {0, 1, 3} <= set(found[world.ids["three"]])


def test_a_damaged_film_is_left_out(
    world: SimpleNamespace, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    film = world.catalog.films.find(world.ids["three"])
    stored = Path(world.catalog.location) / film.folder / film.parts["scores"].file
    whole = stored.read_bytes()
    stored.write_bytes(whole[:-1] + b"?")
    try:
        path = write(tmp_path / "clip.mp4", cut(world, "two", 1.0, 6.0))
        with caplog.at_level(logging.WARNING, logger="vidsearch_sdk"):
            assert ask(world, clip(path)).iloc[0]["video_id"] == world.ids["two"]
        assert "left out" in caplog.text
    finally:
        stored.write_bytes(whole)


def test_bad_questions_get_one_clear_error_each(world: SimpleNamespace, tmp_path: Path) -> None:
    path = write(tmp_path / "clip.mp4", cut(world, "two", 1.0, 4.0))
    for value in (-0.1, 1.1, float("nan"), True, "strict"):
        with pytest.raises(QueryError, match="strictness="):
            ask(world, clip(path), strictness=value)
    for value in (0, 2.5, True):
        with pytest.raises(QueryError, match="k="):
            ask(world, clip(path), k=value)
    with pytest.raises(QueryError, match="no footage"):
        ask(world, text("a dog"))
    with pytest.raises(QueryError, match=r"ends after its file, which ends at 3\.00 s"):
        ask(world, clip(path, 1.0, 9.0))
    with pytest.raises(QueryError, match="at least 1 s"):
        ask(world, clip(path, 1.0, 1.5))
    with pytest.raises(VideoNotFound):
        ask(world, clip(tmp_path / "gone.mp4"))
    with pytest.raises(QueryError, match="not in the catalog"):
        ask(world, shot("0123456789abcdef-1"))
    with pytest.raises(QueryError, match="has shots 0 to 2, not 9"):
        ask(world, shot(f"{world.ids['two']}-9"))
