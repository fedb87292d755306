"""What sound a film announces."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.results.timelines.conftest import write_film
from vidsearch_sdk.errors import VideoNotFound, VideoRejected
from vidsearch_sdk.video.sound_tracks import SoundTrack, sound_tracks


@pytest.mark.parametrize(
    ("layouts", "channels"),
    [((), []), (("mono",), [1]), (("stereo",), [2]), (("5.1", "stereo"), [6, 2])],
)
def test_tracks_in_their_order(tmp_path: Path, layouts: tuple[str, ...], channels: list[int]) -> None:
    film = write_film(tmp_path / "film.mkv", layouts)
    assert sound_tracks(film) == tuple(SoundTrack(one, 48_000) for one in channels)


def test_what_is_no_film_is_refused(tmp_path: Path) -> None:
    with pytest.raises(VideoNotFound):
        sound_tracks(tmp_path / "none.mp4")
    (tmp_path / "text.mp4").write_text("no film")
    with pytest.raises(VideoRejected):
        sound_tracks(tmp_path / "text.mp4")


def test_a_track_has_channels() -> None:
    with pytest.raises(ValueError, match="no sound"):
        SoundTrack(0, 48_000)
