"""Title and running time, written into the pictures of a reel so that they are read on light and on dark."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from av.video.frame import VideoFrame
from numpy.typing import NDArray

from vidsearch_sdk.video.lettering import Lettering

_SIZE = 0.034  # of the shorter side; 37 rows of 1080
_SMALLEST = 9
_MARGIN = 0.045  # of the shorter side: inside the area that old televisions were sure to show
_BOX = 0.55  # how much of the picture the box behind the letters hides
_BLACK, _WHITE, _GRAY = 16.0, 235.0, 128.0  # of luma in standard range, and of chroma without color


class Captions:
    """Writes into pictures of one size.

    Args:
        width: Of the pictures, even.
        height: Of the pictures, even.
    """

    def __init__(self, width: int, height: int) -> None:
        shorter = min(width, height)
        self._size = width, height
        self._letters = Lettering(max(_SMALLEST, round(_SIZE * shorter)))
        self._margin = round(_MARGIN * shorter)
        self._title: tuple[str, int, _Label | None] = ("", -1, None)

    def write(self, picture: VideoFrame, *, title: str, time: str) -> None:
        """Write the time into the lower right corner of a picture and the title into the lower left one.

        A title too long for what is left beside the time ends in an ellipsis.

        Args:
            picture: In yuv420p, standard range; it is changed, so it must be nobody else's.
            title: What the part is called; ``""`` for nothing.
            time: Timecode or position; ``""`` for nothing.
        """
        width, height = self._size
        right = width - self._margin
        if time:
            label = self._label(time)
            right -= label.width
            self._put(picture, label, right, height - self._margin - label.height)
        room = right - 2 * self._margin - 2 * self._pad
        if title and self._title[:2] != (title, room):
            # The same on every frame of a part: drawn once.
            text = self._letters.fit(title, room) if room > 0 else ""
            self._title = title, room, self._label(text) if text else None
        if title and self._title[2] is not None:
            self._put(picture, self._title[2], self._margin, height - self._margin - self._title[2].height)

    @property
    def _pad(self) -> int:
        return round(0.4 * self._letters.size)

    def _label(self, text: str) -> _Label:
        mask = np.asarray(self._letters.mask(text), np.float32) / 255
        pad = self._pad
        box = np.pad(mask, ((pad // 2, pad // 2), (pad, pad)))
        # Whole pixels of the colors, which are half as many each way.
        box = np.pad(box, ((0, box.shape[0] % 2), (0, box.shape[1] % 2)))
        return _Label(box.astype(np.float32))

    def _put(self, picture: VideoFrame, label: _Label, left: int, top: int) -> None:
        left, top = max(0, left // 2 * 2), max(0, top // 2 * 2)
        rows, columns = min(label.height, self._size[1] - top), min(label.width, self._size[0] - left)
        if rows < 2 or columns < 2:
            return
        for number, plane in enumerate(picture.planes):
            shrink = 2 if number else 1
            pixels = np.frombuffer(memoryview(plane), np.uint8).reshape(-1, plane.line_size)
            part = pixels[top // shrink : (top + rows) // shrink, left // shrink : (left + columns) // shrink]
            kept, added = label.chroma if number else label.luma
            shape = (slice(part.shape[0]), slice(part.shape[1]))
            part[:] = part * kept[shape] + added[shape]


@dataclass(frozen=True)
class _Label:
    """A line in its box.

    Attributes:
        letters: How much of each pixel is letter, float32 of shape (height, width), both even.
    """

    letters: NDArray[np.float32]

    @property
    def width(self) -> int:
        return int(self.letters.shape[1])

    @property
    def height(self) -> int:
        return int(self.letters.shape[0])

    @cached_property
    def luma(self) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """What brightness is multiplied with, and what is added."""
        kept = (1 - _BOX) * (1 - self.letters)
        # 0.5 because numpy cuts where it makes whole numbers.
        added = _BLACK * _BOX * (1 - self.letters) + _WHITE * self.letters + 0.5
        return kept.astype(np.float32), added.astype(np.float32)

    @cached_property
    def chroma(self) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """The same for colors, at half the size."""
        rows, columns = self.height // 2, self.width // 2
        kept = self.luma[0].reshape(rows, 2, columns, 2).mean(axis=(1, 3), dtype=np.float32)
        return kept, (_GRAY * (1 - kept) + 0.5).astype(np.float32)
