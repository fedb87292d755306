"""Films of drawn shapes with invented names, made without decoding, and an encoder that knows nothing."""

from __future__ import annotations

import io
import json
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import torch
from PIL import Image, ImageDraw
from safetensors.torch import save_file

import vidsearch_sdk as vs
from tests.store.made import tables, video_id
from vidsearch_sdk.encoding.untrained import new_model
from vidsearch_sdk.learning.pairs import Pairs
from vidsearch_sdk.store.film import Film

NAMES = {"dax": "red", "wug": "blue", "blicket": "lime", "toma": "yellow", "fep": "magenta", "zib": "cyan"}
PLACES = {"hall": "black", "cave": "gray", "field": "white"}
CONFIG = {
    "embed_dim": 32,
    "vision_cfg": {"image_size": 32, "layers": [1, 1, 1, 1], "width": 8, "head_width": 32},
    "text_cfg": {"context_length": 12, "vocab_size": 49408, "width": 32, "heads": 2, "layers": 1},
}
TRANSFORMER = CONFIG | {
    "vision_cfg": {"image_size": 32, "layers": 2, "width": 32, "head_width": 16, "patch_size": 8}
}
PREPROCESS = {
    "mean": [0.5, 0.5, 0.5],
    "std": [0.25, 0.25, 0.25],
    "interpolation": "bicubic",
    "resize_mode": "squash",
}
FILMS = [video_id(number) for number in range(5)]


def picture(name: str, place: str, *, at: float, side: int = 48) -> bytes:
    """One keyframe: a colored disc somewhere in a place."""
    image = Image.new("RGB", (side * 2, side), PLACES[place])
    draw = ImageDraw.Draw(image)
    x = 8 + at * (side * 2 - 40)
    draw.ellipse((x, 10, x + 26, 36), fill=NAMES[name])
    out = io.BytesIO()
    image.save(out, "JPEG", quality=85)
    return out.getvalue()


def make_catalog(folder: Path, *, shots: int = 12, films: list[str] = FILMS) -> vs.Catalog:
    """Films of four-second shots with one to three keyframes each."""
    catalog = vs.Catalog(folder)
    for film in films:
        random = np.random.default_rng(int(film, 16))
        made = tables(film, shots=shots)
        counts = random.integers(1, 4, shots).tolist()
        jpegs = []
        for number, count in enumerate(counts):
            name, place = shown(film, number)
            jpegs += [picture(name, place, at=at) for at in random.random(count)]
        table = made["shots"]
        column = table.schema.get_field_index("keyframes")
        made["shots"] = table.set_column(column, "keyframes", pa.array(counts))
        made["keyframes"] = pa.table(
            {
                "video_id": [film] * len(jpegs),
                "shot_number": np.repeat(np.arange(shots), counts),
                "frame": np.arange(len(jpegs)) * 10,
                "time_s": np.arange(len(jpegs)) * 0.4,
                "jpeg": jpegs,
            }
        )
        catalog.films.add(Film(film, f"file:///films/{film}.mkv", f"{film}.mkv"))
        catalog.films.publish(film, measured={"duration_s": 4.0 * shots}, status="ok", error="", tables=made)
    return catalog


def shown(film: str, number: int) -> tuple[str, str]:
    """What a shot shows."""
    start = int(film, 16) % 7
    return list(NAMES)[(start + number) % len(NAMES)], list(PLACES)[(start + number // 2) % len(PLACES)]


def make_pairs(catalog: vs.Catalog, films: list[str] = FILMS, *, shots: int = 12) -> Pairs:
    """A caption of every shot."""
    rows = []
    for film in films:
        for number in range(shots):
            name, place = shown(film, number)
            rows.append((f"{film}-{number}", f"a {name} in the {place}"))
    return Pairs(catalog, pd.DataFrame(rows, columns=["shot_id", "text"]))


def make_encoder(folder: Path, *, seed: int = 0, config: dict = CONFIG, words: bool = True) -> Path:
    """An encoder folder with random weights; the same seed gives the same bytes."""
    folder.mkdir(parents=True)
    weights = {name: value.contiguous() for name, value in new_model(config, seed=seed).state_dict().items()}
    save_file(weights, folder / "open_clip_model.safetensors")
    content = {"model_cfg": config, "preprocess_cfg": PREPROCESS}
    (folder / "open_clip_config.json").write_text(json.dumps(content))
    if words:
        (folder / "words.txt").write_text("field\nhall\n")
    return folder


def weights_of(folder: Path) -> bytes:
    """Bytes of an encoder's weights."""
    return (folder / "open_clip_model.safetensors").read_bytes()


def one_thread() -> None:
    """As every test of training calculates."""
    torch.set_num_threads(1)
