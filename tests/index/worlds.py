"""Catalogs without films: shots with vectors that a test chooses, and an encoder that knows them."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from PIL import Image

from vidsearch_sdk.catalog import Catalog
from vidsearch_sdk.store.film import Film

DIM = 32


def unit(rows: np.ndarray) -> np.ndarray:
    rows = np.asarray(rows, np.float32)
    return rows / np.linalg.norm(rows, axis=-1, keepdims=True)


def random_rows(count: int, dim: int = DIM, *, seed: int = 0) -> np.ndarray:
    return unit(np.random.default_rng(seed).standard_normal((count, dim)))


def clustered(count: int, dim: int, *, clusters: int, noise: float = 0.7, seed: int = 0) -> np.ndarray:
    """Unit rows around random centers."""
    random = np.random.default_rng(seed)
    centers = unit(random.standard_normal((clusters, dim), dtype=np.float32))
    rows = np.empty((count, dim), np.float32)
    for start in range(0, count, 20_000):
        stop = min(count, start + 20_000)
        spread = random.standard_normal((stop - start, dim), dtype=np.float32) * (noise / np.sqrt(dim))
        rows[start:stop] = unit(centers[random.integers(0, clusters, stop - start)] + spread)
    return rows


class StubEncoder:
    """Gives the vectors it was told, and for anything else a direction that hangs on the content alone."""

    def __init__(self, dim: int = DIM, *, name: str = "stub", fingerprint: str = "00000000000000ab") -> None:
        self.name, self.dim, self.fingerprint = name, dim, fingerprint
        self.texts: dict[str, np.ndarray] = {}
        self.calls = {"texts": 0, "images": 0}

    def encode_texts(self, texts: Sequence[str]) -> np.ndarray:
        self.calls["texts"] += len(texts)
        known = self.texts
        return np.stack([known[text] if text in known else self._of(text.encode()) for text in texts])

    def encode_images(self, pictures: Iterable[Any]) -> np.ndarray:
        rows = [self._of(pixels(picture).tobytes()) for picture in pictures]
        self.calls["images"] += len(rows)
        return np.stack(rows) if rows else np.zeros((0, self.dim), np.float32)

    def _of(self, content: bytes) -> np.ndarray:
        seed = int.from_bytes(hashlib.sha256(content).digest()[:8], "big")
        return random_rows(1, self.dim, seed=seed)[0]


def pixels(picture: Any) -> np.ndarray:
    if isinstance(picture, bytes):
        picture = Image.open(io.BytesIO(picture))
    return np.asarray(picture if isinstance(picture, np.ndarray) else picture.convert("RGB"))


def jpeg(number: int) -> bytes:
    out = io.BytesIO()
    color = ((number * 37) % 256, (number * 91) % 256, (number // 256) % 256)
    Image.new("RGB", (16, 16), color).save(out, "JPEG")
    return out.getvalue()


def film_id(number: int) -> str:
    return hashlib.sha256(f"film {number}".encode()).hexdigest()[:16]


def tables(
    video_id: str,
    shots: int,
    *,
    keyframes: int = 1,
    first: int = 0,
    same: bool = False,
    lines: Sequence[tuple[float, float, str]] | None = None,
    spoken_in: str = "en",
) -> dict[str, pa.Table]:
    """The stored tables of a film of ``shots`` shots of two seconds each; lines are start, end, and text."""
    if lines is None:
        lines = [(0.5, 1.5, f"line of {video_id}")]
    numbers = np.arange(shots)
    frames = np.repeat(numbers, keyframes)
    return {
        "shots": pa.table(
            {
                "shot_id": [f"{video_id}-{number}" for number in numbers],
                "video_id": [video_id] * shots,
                "number": numbers,
                "start_pts": numbers * 1000,
                "end_pts": numbers * 1000 + 1000,
                "start_s": numbers * 2.0,
                "end_s": numbers * 2.0 + 2.0,
                "start_frame": numbers * 50,
                "end_frame": numbers * 50 + 50,
                "duration_s": 1.0 + numbers % 7,
                "opened_by": np.where(numbers == 0, "start", np.where(numbers % 5, "cut", "fade")),
                "keyframes": np.full(shots, keyframes),
            }
        ),
        "keyframes": pa.table(
            {
                "video_id": [video_id] * len(frames),
                "shot_number": frames,
                "frame": np.arange(len(frames)) * 5,
                "time_s": np.arange(len(frames)) * 0.2,
                "jpeg": [jpeg(0 if same else first + n) for n in range(len(frames))],
            }
        ),
        "scores": pa.table({"frame": [0], "pts": [0], "content": np.zeros(1, np.float32)}),
        "dialogue": pa.table(
            {
                "video_id": [video_id] * len(lines),
                "line": np.arange(len(lines)),
                "start_s": np.array([start for start, _, _ in lines], np.float64),
                "end_s": np.array([end for _, end, _ in lines], np.float64),
                "text": pa.array([said for _, _, said in lines], pa.string()),
                "language": [spoken_in] * len(lines),
                "speaker": [""] * len(lines),
                "track": ["film.en.srt"] * len(lines),
            }
        ),
    }


def add_film(
    catalog: Catalog,
    number: int,
    shots: int,
    *,
    vectors: np.ndarray | None = None,
    encoder: StubEncoder | None = None,
    keyframes: int = 1,
    first: int = 0,
    same: bool = False,
    lines: Sequence[tuple[float, float, str]] | None = None,
    spoken_in: str = "en",
    **own: Any,
) -> Film:
    """Store film ``number``; with ``vectors`` (one row per keyframe) it is embedded as well."""
    from vidsearch_sdk.store.catalog_file import make_catalog

    video_id = film_id(number)
    make_catalog(catalog._disk)
    if not catalog.films.exists(video_id):
        catalog.films.add(Film(video_id, f"file:///films/{number}.mkv", f"film {number}.mkv", own=own))
    film = catalog.films.publish(
        video_id,
        measured={
            "frame_rate": "25",
            "time_base": "1/500",
            "source_timecode": "",
            "width": 640,
            "height": 360,
        },
        status="ok",
        error="",
        tables=tables(
            video_id, shots, keyframes=keyframes, first=first, same=same, lines=lines, spoken_in=spoken_in
        ),
    )
    if vectors is not None:
        assert encoder is not None
        catalog.embeddings.publish(film, encoder.fingerprint, vectors)
    return film


def waiting_film(catalog: Catalog, number: int) -> None:
    """A film that was added and not segmented."""
    catalog.films.add(Film(film_id(number), f"file:///films/{number}.mkv", f"film {number}.mkv"))


def catalog_of(
    folder: Path,
    vectors: np.ndarray,
    encoder: StubEncoder,
    *,
    films: int = 1,
    owns: Sequence[dict[str, Any]] = (),
) -> Catalog:
    """A catalog whose shots, in order, have these vectors."""
    catalog = Catalog(folder)
    for number, rows in enumerate(np.array_split(vectors, films)):
        own = owns[number] if number < len(owns) else {}
        add_film(catalog, number, len(rows), vectors=rows, encoder=encoder, same=True, **own)
    return catalog
