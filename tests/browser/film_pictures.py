"""The frames of a film, and what a page draws of them, as gray pictures of one small size."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from types import TracebackType

import av
import numpy as np
from playwright.sync_api import Locator

WIDTH, HEIGHT = 64, 36

_DRAWN = f"""(video) => {{
  const canvas = document.createElement('canvas');
  canvas.width = {WIDTH}; canvas.height = {HEIGHT};
  const pen = canvas.getContext('2d');
  pen.imageSmoothingQuality = 'high';
  pen.drawImage(video, 0, 0, {WIDTH}, {HEIGHT});
  return Array.from(pen.getImageData(0, 0, {WIDTH}, {HEIGHT}).data);
}}"""


class FilmPictures:
    """Gives frames of a film by their number; decodes from the keyframe before."""

    def __init__(self, path: Path) -> None:
        self._film = av.open(str(path))
        self._kept: dict[int, np.ndarray] = {}

    def __enter__(self) -> FilmPictures:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._film.close()

    def frame(self, number: int) -> np.ndarray:
        """Luma of a frame, ``(36, 64)``, 0 to 255."""
        if number not in self._kept:
            stream = self._film.streams.video[0]
            rate, base = stream.average_rate, stream.time_base
            assert rate is not None
            assert base is not None
            self._film.seek(int(Fraction(number) / rate / base), stream=stream)
            for frame in self._film.decode(stream):
                assert frame.pts is not None
                if round(frame.pts * base * rate) == number:
                    rgb = frame.reformat(WIDTH, HEIGHT, "rgb24", interpolation="AREA").to_ndarray()
                    self._kept[number] = luma(rgb)
                    break
        return self._kept[number]


def drawn(video: Locator) -> np.ndarray:
    """Luma of what a video element shows now."""
    rgba = np.array(video.evaluate(_DRAWN), np.uint8).reshape(HEIGHT, WIDTH, 4)
    return luma(rgba[..., :3])


def luma(rgb: np.ndarray) -> np.ndarray:
    return np.asarray(rgb.astype(np.float32) @ np.array([0.299, 0.587, 0.114], np.float32))


def difference(one: np.ndarray, other: np.ndarray) -> float:
    """Mean distance of two pictures, 0 to 255."""
    return float(np.abs(one - other).mean())
