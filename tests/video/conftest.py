"""What every test of this room may use."""

import numpy as np
import pytest

from tests.video.made import write


@pytest.fixture(scope="session")
def small_film(tmp_path_factory):
    """Two seconds of a moving square, 64x48, 25 frames a second."""
    pictures = []
    for number in range(50):
        picture = np.full((48, 64, 3), 60, np.uint8)
        picture[10:30, number : number + 14] = (220, 120, 20)
        pictures.append(picture)
    return write(tmp_path_factory.mktemp("made") / "small.mp4", pictures)
