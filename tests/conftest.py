"""What every test may use."""

from __future__ import annotations

import os
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def real_videos() -> Path:
    """The folder of real films, odd formats and broken files beside the checkout."""
    folder = Path(__file__).resolve().parents[2] / "shared" / "videos"
    if not (folder / "cuts.json").is_file():
        reason = f"real footage is missing: no {folder}"
        if os.environ.get("CI") == "true":
            pytest.fail(reason)
        pytest.skip(reason)
    return folder
