"""Films that were never decoded: tables of the right shape, the same for the same id."""

from __future__ import annotations

import zlib

import numpy as np
import pyarrow as pa

from vidsearch_sdk.store.film import Film
from vidsearch_sdk.store.films import Films

FINGERPRINT = "0123456789abcdef"


def video_id(number: int) -> str:
    """Return the id of made film ``number``; films lie in different shards."""
    return f"{zlib.crc32(str(number).encode()):08x}{number:08x}"


def tables(film_id: str, *, shots: int = 3, keyframes: int = 7, jpeg: int = 120) -> dict[str, pa.Table]:
    """Return the four tables of a film; shot 0 has most keyframes, so that a shot spans row groups."""
    rng = np.random.default_rng(int(film_id, 16))
    counts = [keyframes, *rng.integers(1, keyframes + 1, shots - 1).tolist()]
    total = sum(counts)
    starts = np.arange(shots) * 100
    return {
        "shots": pa.table(
            {
                "shot_id": [f"{film_id}-{n}" for n in range(shots)],
                "video_id": [film_id] * shots,
                "number": np.arange(shots),
                "start_pts": starts * 512,
                "end_pts": (starts + 100) * 512,
                "start_s": starts / 25,
                "end_s": (starts + 100) / 25,
                "start_frame": starts,
                "end_frame": starts + 100,
                "duration_s": np.full(shots, 4.0),
                "opened_by": ["start", *["cut"] * (shots - 1)],
                "keyframes": counts,
            }
        ),
        "keyframes": pa.table(
            {
                "video_id": [film_id] * total,
                "shot_number": np.repeat(np.arange(shots), counts),
                "frame": np.arange(total) * 10,
                "time_s": np.arange(total) * 0.4,
                "jpeg": [rng.bytes(jpeg) for _ in range(total)],
            }
        ),
        "scores": pa.table(
            {
                "frame": np.arange(shots * 100),
                "pts": np.arange(shots * 100) * 512,
                "content": rng.random(shots * 100, np.float32),
                "brightness": rng.random(shots * 100, np.float32),
            }
        ),
        "dialogue": pa.table(
            {
                "video_id": [film_id] * 2,
                "line": [0, 1],
                "start_s": [1.0, 5.0],
                "end_s": [2.0, 6.5],
                "text": ["Wer ist da?", "ただいま"],
                "language": ["de", "ja"],
                "speaker": ["", "ADA"],
                "track": ["embedded:2", "film.ja.srt"],
            }
        ),
    }


def added(films: Films, film_id: str, **fields: object) -> Film:
    """Add a film that waits."""
    film = Film(film_id, f"file:///films/{film_id}.mkv", f"{film_id}.mkv", **fields)  # type: ignore[arg-type]
    films.add(film)
    return films.get(film_id)


def published(films: Films, film_id: str, **shape: int) -> Film:
    """Add a film and publish its tables."""
    if films.find(film_id) is None:
        added(films, film_id)
    return films.publish(
        film_id,
        measured={"duration_s": 12.0, "width": 640},
        status="ok",
        error="",
        tables=tables(film_id, **shape),
    )


def vectors(film: Film, dim: int = 8) -> np.ndarray:
    """Return unit vectors for every keyframe of a film."""
    rng = np.random.default_rng(int(film.video_id, 16))
    made = rng.standard_normal((film.parts["keyframes"].rows, dim)).astype(np.float32)
    return made / np.linalg.norm(made, axis=1, keepdims=True)
