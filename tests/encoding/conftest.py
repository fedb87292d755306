"""Small open_clip models with random weights, as folders, and a Hub on the loopback interface."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import open_clip
import pytest
import torch
from safetensors.torch import save_file

from tests.encoding.hub_server import Hub

CONFIG: dict[str, Any] = {
    "embed_dim": 16,
    "vision_cfg": {"image_size": 32, "layers": 2, "width": 32, "head_width": 16, "patch_size": 8},
    "text_cfg": {"context_length": 12, "vocab_size": 49408, "width": 16, "heads": 2, "layers": 1},
}
PREPROCESS = {
    "mean": [0.5, 0.5, 0.5],
    "std": [0.5, 0.5, 0.5],
    "interpolation": "bilinear",
    "resize_mode": "squash",
}


@pytest.fixture(scope="session", autouse=True)
def one_thread() -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture
def make_folder(tmp_path: Path) -> Callable[..., Path]:
    """Write the folder of a small model; the same seed gives the same bytes."""

    def make(name: str = "tiny", *, seed: int = 0, **changes: Any) -> Path:
        folder = tmp_path / name
        folder.mkdir(parents=True)
        config = CONFIG | {key: value for key, value in changes.items() if key in CONFIG}
        torch.manual_seed(seed)
        weights = {key: value.contiguous() for key, value in open_clip.CLIP(**config).state_dict().items()}
        save_file(weights, folder / "open_clip_model.safetensors")
        content = {"model_cfg": config, "preprocess_cfg": PREPROCESS | changes.get("preprocess", {})}
        (folder / "open_clip_config.json").write_text(json.dumps(content))
        return folder

    return make


@pytest.fixture
def hub() -> Iterator[Hub]:
    with Hub() as running:
        yield running
