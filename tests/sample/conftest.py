"""What the tests of the sample world share."""

import pytest

from vidsearch_sdk.sample.practice import Backdrops
from vidsearch_sdk.sample.sprites import Sprites


@pytest.fixture(scope="session")
def practice_cache(tmp_path_factory):
    """One backdrop of every place, as a practice run keeps them; drawn once. Needs the font."""
    path = tmp_path_factory.mktemp("practice") / "backdrops.npz"
    Backdrops([0], sprites=Sprites(), cache=path)
    return path
